/* TEST: oracle=no timeout=300 mem=128 args="file=${file} unix=${unix}"
   modules="build/tests/kernel/unix.cpio $(ramdisk-create);
   build/servers/file/file device=${device-port} megabytes=48 $(file=task-create) $(task-resume);
   build/personalities/unix/unix file=${file} $(unix=task-create) $(task-resume)" */
/*
 * Limits of the Unix server: many processes and descriptors at once; programs that take all they
 * can get leave the others alone; whatever is killed, nothing of it is left.
 */
#include "lib/unix.h"
#include "lib/zones.h"

#define OBJECTS 2 /* of the server: its ports */
#define ROUNDS  4 /* the first lets grow what grows on demand */

static char output[4096];

/* "/alone/NAME WORD" (word may be null), as root. */
static mach_port_t start(const char *name, const char *word)
{
	char words[64];
	uint32_t bytes = strlen(name) + 1;

	memcpy(words, name, bytes);
	if (word != NULL) {
		memcpy(words + bytes, word, strlen(word) + 1);
		bytes += strlen(word) + 1;
	}
	return unix_start(name, words, bytes);
}

/* Reads what it says first: the same text, or false. */
static boolean_t says(mach_port_t run, const char *text)
{
	static unix_data_t data;
	natural_t stream = 0;
	mach_msg_type_number_t count = sizeof data;

	NEED_KR(unix_client_read(run, FALSE, &stream, data, &count));
	return stream == 1 && count == strlen(text) && memcmp(data, text, count) == 0;
}

static void end(mach_port_t run, natural_t expected)
{
	natural_t status = 0;

	(void)unix_collect(run, output, sizeof output, &status);
	CHECK_EQ(status, expected);
	NEED_KR(mach_port_deallocate(mach_task_self(), run));
}

static void check_many(void)
{
	static const char expected[] = "2000 descriptors\n200 processes\n200 ended\n";
	natural_t status = 0;
	mach_port_t run = start("/alone/many", NULL);
	uint32_t bytes = unix_collect(run, output, sizeof output, &status);

	CHECK(bytes == strlen(expected) && memcmp(output, expected, bytes) == 0);
	CHECK_EQ(status, 0);
	NEED_KR(mach_port_deallocate(mach_task_self(), run));
}

/* While a bomb has all that it gets, other programs run, with children of their own. */
static void check_bomb(void)
{
	mach_port_t run = start("/alone/bomb", NULL);

	CHECK(says(run, "refused\n"));
	unix_check_program("process");
	CHECK_KR(unix_client_signal(run, 9), KERN_SUCCESS);
	end(run, 9);
}

/* Hogs are killed; one who needs little is not, and gets what it needs. */
static void check_hogs(const char *count)
{
	mach_port_t quiet = start("/alone/pause", NULL);
	mach_port_t run = start("/alone/hog", count);

	unix_check_program("hello");
	end(run, 9);
	unix_check_program("hello");
	CHECK_KR(unix_client_signal(quiet, 15), KERN_SUCCESS);
	end(quiet, 15);
}

static void check_killed(void)
{
	mach_port_t run = start("/alone/states", NULL);

	CHECK(says(run, "ready\n"));
	CHECK_KR(unix_client_signal(run, 9), KERN_SUCCESS);
	end(run, 9);
	CHECK(TEST_WAIT_UNTIL(test_server_objects(unix_public) == OBJECTS));
}

static void check_baseline(void)
{
	boolean_t baseline = FALSE;

	for (int round = 0; round < ROUNDS; round++) {
		check_killed();
		if (round == ROUNDS / 2) {
			test_sleep_ms(200); /* what ended is noticed by messages */
			test_zones_may_fall();
			test_zones_remember(host_priv);
		}
	}
	for (int tries = 0; tries < 50 && !baseline; tries++) {
		test_sleep_ms(100);
		baseline = test_zones_at_baseline(host_priv, tries == 49);
	}
	CHECK(baseline);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "server_unix_limits");
	unix_begin();
	check_many();
	check_bomb();
	check_hogs("1");
	check_hogs("5");
	check_baseline();
	unix_end();
	test_end();
}
