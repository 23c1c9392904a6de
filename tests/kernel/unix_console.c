/* TEST: oracle=no timeout=120 mem=128 args="file=${file} unix=${unix}"
   modules="build/tests/kernel/unix.cpio $(ramdisk-create);
   build/servers/file/file device=${device-port} megabytes=48 $(file=task-create) $(task-resume);
   build/personalities/unix/unix file=${file} $(unix=task-create) $(task-resume)" */
/* A Unix program at a console: this test is the console server, and the person who types. */
#include "lib/unix.h"
#include <gen/console_server.h>
#include <ipc/ipc.h>
#include <masix/console.h>

#define OUTPUT_MAX 8192u
#define INPUT_MAX  256u

static struct ipc_bucket *bucket;
static struct ipc_notifier *notifier;
static natural_t notify_key;
static struct console_modes modes;
static natural_t columns = 90, rows = 40;
static char output[OUTPUT_MAX + 1];
static volatile uint32_t output_bytes;
static char input[INPUT_MAX];
static volatile uint32_t input_bytes;
static volatile boolean_t ended;
static uint32_t seen, found; /* of the output */

static void reclaim(struct ipc_object *object)
{
	(void)object;
	ipc_notifier_destroy(notifier);
	notifier = NULL;
	ended = TRUE;
}

static struct ipc_class console_class = {
	.name = "console",
	.interfaces = (const ipc_interface_t[]){console_server_routine, NULL},
	.reclaim = reclaim,
};

/* ---- what the Unix server asks of a console; one worker, so nothing runs beside it. */

kern_return_t serve_console_write(ipc_call_t console, const console_data_t data,
				  mach_msg_type_number_t bytes)
{
	(void)console;
	bytes = bytes < OUTPUT_MAX - output_bytes ? bytes : OUTPUT_MAX - output_bytes;
	memcpy(output + output_bytes, data, bytes);
	output_bytes += bytes;
	return KERN_SUCCESS;
}

kern_return_t serve_console_read(ipc_call_t console, natural_t bytes_max, natural_t flags,
				 console_data_t data, mach_msg_type_number_t *bytes)
{
	(void)console;
	if ((flags & CONSOLE_READ_NOW) == 0 || bytes_max < INPUT_MAX) {
		return KERN_INVALID_VALUE; /* it must not wait here */
	}
	if (input_bytes == 0) {
		return KERN_TIMEDOUT;
	}
	memcpy(data, input, input_bytes);
	*bytes = input_bytes;
	input_bytes = 0;
	return KERN_SUCCESS;
}

kern_return_t serve_console_get_modes(ipc_call_t console, console_modes_t *out)
{
	(void)console;
	*out = modes;
	return KERN_SUCCESS;
}

kern_return_t serve_console_set_modes(ipc_call_t console, natural_t when, console_modes_t in)
{
	(void)console, (void)when;
	modes = in;
	return KERN_SUCCESS;
}

kern_return_t serve_console_get_size(ipc_call_t console, natural_t *columns_out,
				     natural_t *rows_out)
{
	(void)console;
	*columns_out = columns;
	*rows_out = rows;
	return KERN_SUCCESS;
}

kern_return_t serve_console_watch(ipc_call_t console, mach_port_t notify, natural_t key)
{
	notify_key = key;
	return ipc_notifier_create(ipc_call_client(console), notify, &notifier);
}

/* ---- and what it must not ask. */

#define REFUSED(name, ...)                                                                         \
	kern_return_t serve_console_##name(__VA_ARGS__)                                            \
	{                                                                                          \
		return KERN_NO_ACCESS;                                                             \
	}

#pragma GCC diagnostic ignored "-Wunused-parameter"
REFUSED(open, ipc_call_t call, natural_t number, mach_port_t *console, natural_t *opened)
REFUSED(set_size, ipc_call_t call, natural_t columns_in, natural_t rows_in)
REFUSED(flush, ipc_call_t call, natural_t what)
REFUSED(get_status, ipc_call_t call, natural_t *status, natural_t *in, natural_t *out)
REFUSED(screen_take, ipc_call_t call, natural_t flags, mach_port_t *memory, natural_t *columns_out,
	natural_t *rows_out)
REFUSED(screen_release, ipc_call_t call)
REFUSED(read_keys, ipc_call_t call, natural_t flags, console_keys_t keys,
	mach_msg_type_number_t *bytes)
REFUSED(show, ipc_call_t call)
REFUSED(split, ipc_call_t call, natural_t other)
REFUSED(wait, ipc_call_t call)
REFUSED(get_cells, ipc_call_t call, vm_offset_t *cells, mach_msg_type_number_t *bytes,
	natural_t *columns_out, natural_t *rows_out, natural_t *row, natural_t *column)

static struct test_thread server;
static mach_port_name_t names_before[64];
static uint32_t names_before_count;

/* All names that this task has; the caller frees them. */
static uint32_t own_names(mach_port_name_t **names)
{
	mach_port_type_t *types = NULL;
	mach_msg_type_number_t count = 0, types_count = 0;

	NEED_KR(mach_port_names(mach_task_self(), names, &count, &types, &types_count));
	NEED_KR(vm_deallocate(mach_task_self(), (vm_address_t)types, types_count * sizeof *types));
	return count;
}

static boolean_t was_there(mach_port_name_t name)
{
	for (uint32_t i = 0; i < names_before_count; i++) {
		if (names_before[i] == name) {
			return TRUE;
		}
	}
	return FALSE;
}

/* A bucket has no end: its thread and its ports are taken away. */
static void end_bucket(void)
{
	mach_port_name_t *names = NULL;
	uint32_t count = 0;

	test_thread_kill(&server);
	count = own_names(&names);
	for (uint32_t i = 0; i < count; i++) {
		if (!was_there(names[i])) {
			(void)mach_port_destroy(mach_task_self(), names[i]);
		}
	}
	NEED_KR(vm_deallocate(mach_task_self(), (vm_address_t)names, count * sizeof *names));
}

static void serve(void *argument)
{
	(void)argument;
	ipc_bucket_serve(bucket);
}

/* A console with one client, whose right the caller gets. */
static mach_port_t make_console(void)
{
	const struct ipc_bucket_options options = {.workers_max = 1};
	struct ipc_client *client = NULL;
	struct ipc_object *object = NULL;
	mach_port_t port = MACH_PORT_NULL;

	mach_port_name_t *names = NULL;

	names_before_count = own_names(&names);
	CHECK(names_before_count <= 64);
	memcpy(names_before, names, names_before_count * sizeof *names);
	NEED_KR(vm_deallocate(mach_task_self(), (vm_address_t)names,
			      names_before_count * sizeof *names));
	NEED_KR(ipc_bucket_create(&options, &bucket));
	NEED_KR(ipc_client_create(bucket, NULL, &client));
	NEED_KR(ipc_object_create(client, &console_class, &object));
	ipc_client_release(client);
	port = ipc_object_give(object);
	NEED_KR(mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND));
	test_thread_start(&server, serve, NULL);
	return port;
}

/* ---- the person */

static void type(const char *text)
{
	uint32_t bytes = strlen(text);

	CHECK(TEST_WAIT_UNTIL(input_bytes == 0));
	memcpy(input, text, bytes);
	input_bytes = bytes;
	CHECK_KR(ipc_notify(notifier, CONSOLE_EVENT_INPUT, notify_key, bytes), KERN_SUCCESS);
}

static boolean_t shows(const char *text)
{
	uint32_t length = strlen(text);

	for (uint32_t at = seen; at + length <= output_bytes; at++) {
		if (memcmp(output + at, text, length) == 0) {
			found = at + length;
			return TRUE;
		}
	}
	return FALSE;
}

#define EXPECT(text)                                                                               \
	do {                                                                                       \
		CHECK(TEST_WAIT_UNTIL(shows(text)));                                               \
		seen = found;                                                                      \
	} while (0)

static mach_port_t start(mach_port_t console)
{
	static const unix_path_t path = "/tests/on_console";
	static const unix_path_t directory = "/";
	mach_port_t run = MACH_PORT_NULL;
	int result = 0;

	NEED_KR(unix_client_start(unix_administrator, path, strlen(path), directory, 1,
				  (vm_offset_t)path, strlen(path) + 1, 0, 0, console,
				  MACH_MSG_TYPE_MOVE_SEND, &result, &run));
	CHECK_EQ(result, 0);
	return run;
}

int main(int argc, char **argv)
{
	const struct console_modes before = {
		.input = CONSOLE_INPUT_CR_TO_NL | CONSOLE_INPUT_FLOW,
		.output = CONSOLE_OUTPUT_PROCESSED | CONSOLE_OUTPUT_NL_TO_CRNL,
		.local = CONSOLE_LOCAL_LINES | CONSOLE_LOCAL_ECHO | CONSOLE_LOCAL_ECHO_ERASE |
			 CONSOLE_LOCAL_ECHO_CONTROL | CONSOLE_LOCAL_SIGNALS,
		.read_bytes = 1,
		.characters = {[CONSOLE_CHARACTER_INTERRUPT] = 3,
			       [CONSOLE_CHARACTER_ERASE] = 0177,
			       [CONSOLE_CHARACTER_END] = 4,
			       [CONSOLE_CHARACTER_START] = 021,
			       [CONSOLE_CHARACTER_STOP] = 023,
			       [CONSOLE_CHARACTER_SUSPEND] = 032},
	};
	mach_port_t run = MACH_PORT_NULL;
	natural_t status = 0;

	test_begin(argc, argv, "unix_console");
	unix_begin();
	modes = before;
	run = start(make_console());
	EXPECT("40 x 90, in front: 1\r\nname? ");
	CHECK_EQ(modes.local, 0); /* the line discipline is the Unix server's */
	type("mas");
	EXPECT("mas");
	type("s\177ix\r");
	EXPECT("s\b \bix\r\nhello, masix\r\ninterrupt me\r\n");
	type("\003");
	EXPECT("^Csignal 2\r\nresize me\r\n");
	columns = 100;
	CHECK_KR(ipc_notify(notifier, CONSOLE_EVENT_SIZE, notify_key, columns << 16 | rows),
		 KERN_SUCCESS);
	EXPECT("signal 28\r\n40 x 100\r\nstop me\r\n");
	type("\032");
	EXPECT("^Zstopped by 20\r\nend of file? ");
	type("\004");
	EXPECT("yes\r\n");
	CHECK_KR(unix_client_wait(run, &status), KERN_SUCCESS);
	CHECK_EQ(status, 5 << 8);
	NEED_KR(mach_port_deallocate(mach_task_self(), run));
	CHECK(TEST_WAIT_UNTIL(ended));
	CHECK(memcmp(&modes, &before, sizeof modes) == 0);
	end_bucket();
	unix_end();
	test_end();
}
