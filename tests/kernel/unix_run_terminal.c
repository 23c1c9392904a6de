/* TEST: oracle=no timeout=120 mem=128 args="file=${file} unix=${unix}"
   modules="build/tests/kernel/unix.cpio $(ramdisk-create);
   build/servers/file/file device=${device-port} megabytes=48 $(file=task-create) $(task-resume);
   build/personalities/unix/unix file=${file} $(unix=task-create) $(task-resume)" */
/* A Unix program on a terminal whose other side is who started it: this test. */
#include "lib/unix.h"

#define OUTPUT_MAX 8192u

static char output[OUTPUT_MAX];
static uint32_t output_bytes, seen;
static unix_data_t keys;

static mach_port_t start(natural_t rows, natural_t columns, kern_return_t expected)
{
	static const unix_path_t path = "/tests/on_console";
	static const unix_path_t directory = "/";
	mach_port_t run = MACH_PORT_NULL;
	int result = 0;

	CHECK_KR(unix_client_start_terminal(unix_administrator, path, strlen(path), directory, 1,
					    (vm_offset_t)path, strlen(path) + 1, 0, 0, rows,
					    columns, &result, &run),
		 expected);
	CHECK_EQ(result, 0);
	output_bytes = seen = 0;
	return run;
}

static void type(mach_port_t run, const char *text)
{
	natural_t taken = 0;

	memcpy(keys, text, strlen(text));
	CHECK_KR(unix_client_write(run, keys, strlen(text), FALSE, &taken), KERN_SUCCESS);
	CHECK_EQ(taken, strlen(text));
}

/* False: there is no more, or no room. */
static boolean_t read_more(mach_port_t run)
{
	static unix_data_t data;
	mach_msg_type_number_t count = sizeof data;
	natural_t stream = 0;

	if (unix_client_read(run, TRUE, &stream, data, &count) != KERN_SUCCESS || stream != 1 ||
	    count > OUTPUT_MAX - output_bytes) {
		return FALSE;
	}
	memcpy(output + output_bytes, data, count);
	output_bytes += count;
	return TRUE;
}

/* What comes next is exactly this. */
static void expect(mach_port_t run, const char *text)
{
	uint32_t length = strlen(text);

	while (output_bytes - seen < length && read_more(run)) {
	}
	CHECK(output_bytes - seen >= length && memcmp(output + seen, text, length) == 0);
	seen += length;
}

static void check_end(mach_port_t run, natural_t expected)
{
	natural_t status = 0;

	CHECK(!read_more(run));
	CHECK_KR(unix_client_wait(run, &status), KERN_SUCCESS);
	CHECK_EQ(status, expected);
	NEED_KR(mach_port_deallocate(mach_task_self(), run));
}

static void check_session(void)
{
	mach_port_t run = start(40, 90, KERN_SUCCESS);

	expect(run, "40 x 90, in front: 1\r\nname? ");
	type(run, "mas");
	expect(run, "mas");
	type(run, "s\177ix\r");
	expect(run, "s\b \bix\r\nhello, masix\r\ninterrupt me\r\n");
	type(run, "\003");
	expect(run, "^Csignal 2\r\nresize me\r\n");
	CHECK_KR(unix_client_set_size(run, 0x10000, 80), KERN_INVALID_VALUE);
	CHECK_KR(unix_client_set_size(run, 40, 100), KERN_SUCCESS);
	expect(run, "signal 28\r\n40 x 100\r\nstop me\r\n");
	type(run, "\032");
	expect(run, "^Zstopped by 20\r\nend of file? ");
	type(run, "\004");
	expect(run, "yes\r\n");
	check_end(run, 5 << 8);
}

/* The end of what is typed: the program has no terminal any more. */
static void check_hangup(void)
{
	mach_port_t run = start(1, 1, KERN_SUCCESS);
	natural_t taken = 0;

	expect(run, "1 x 1, in front: 1\r\nname? ");
	CHECK_KR(unix_client_write(run, keys, 0, TRUE, &taken), KERN_SUCCESS);
	CHECK_KR(unix_client_write(run, keys, 0, TRUE, &taken), KERN_INVALID_VALUE);
	check_end(run, 1); /* SIGHUP */
}

/* Nobody has the run any more: unix_end checks that its program is gone. */
static void check_dropped(void)
{
	mach_port_t run = start(0, 0, KERN_SUCCESS);

	expect(run, "0 x 0, in front: 1\r\nname? ");
	NEED_KR(mach_port_deallocate(mach_task_self(), run));
}

static void check_refused(void)
{
	static const unix_path_t path = "/tests/hello", directory = "/";
	mach_port_t run = MACH_PORT_NULL, other = MACH_PORT_NULL;
	int result = 0;

	(void)start(0x10000, 80, KERN_INVALID_VALUE);
	run = unix_start(path, path, strlen(path) + 1);
	CHECK_KR(unix_client_set_size(run, 40, 100), KERN_FAILURE);
	/* A run is no port that starts programs. */
	CHECK_KR(unix_client_start(run, path, strlen(path), directory, 1, 0, 0, 0, 0,
				   MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND, &result, &other),
		 MIG_BAD_ID);
	CHECK_KR(unix_client_start_terminal(run, path, strlen(path), directory, 1, 0, 0, 0, 0, 1, 1,
					    &result, &other),
		 MIG_BAD_ID);
	NEED_KR(mach_port_deallocate(mach_task_self(), run));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "unix_run_terminal");
	unix_begin();
	check_session();
	check_hangup();
	check_dropped();
	check_refused();
	unix_end();
	test_end();
}
