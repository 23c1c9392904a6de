/* TEST: oracle=no timeout=600 mem=128 args="file=${file} unix=${unix}"
   modules="build/tests/kernel/unix.cpio $(ramdisk-create);
   build/servers/file/file device=${device-port} megabytes=48 $(file=task-create) $(task-resume);
   build/personalities/unix/unix file=${file} $(unix=task-create) $(task-resume)" */
/*
 * The Unix server under random system calls (tests/unix/alone/random_calls.c): it goes on serving,
 * and nothing is left when the processes are gone; runs that are killed, waited for or not, leave
 * nothing.
 */
#include "lib/unix.h"
#include <gen/masix_host.h>

#define PROGRAM    "/alone/random_calls"
#define OBJECTS    2   /* of the server: its ports */
#define PAGES_MORE 128 /* malloc spreads; 16 bytes lost in each of 50,000 calls would be 195 */

static char output[65536];

static mach_port_t start_random(const char *calls, const char *seed)
{
	char arguments[128];
	uint32_t bytes = 0;
	const char *words[] = {PROGRAM, calls, seed};

	for (int i = 0; i < 3; i++) {
		memcpy(arguments + bytes, words[i], strlen(words[i]) + 1);
		bytes += strlen(words[i]) + 1;
	}
	return unix_start(PROGRAM, arguments, bytes);
}

static void check_calls(const char *calls, const char *seed)
{
	natural_t status = 0;
	mach_port_t run = start_random(calls, seed);

	(void)unix_collect(run, output, sizeof output, &status);
	CHECK_EQ(status, 9);
	NEED_KR(mach_port_deallocate(mach_task_self(), run));
	CHECK(TEST_WAIT_UNTIL(test_server_objects(unix_public) == OBJECTS));
	unix_check_program("hello");
}

/* Of the server's memory. */
static natural_t pages_used(void)
{
	natural_t used = 0, limit = 0;

	NEED_KR(masix_task_pages(strtoul(test_argument("unix"), NULL, 10), &used, &limit));
	return used;
}

static void check_killed(void)
{
	natural_t status = 0;
	mach_port_t run = start_random("1000000000", "77");

	test_sleep_ms(500);
	CHECK_KR(unix_client_signal(run, 9), KERN_SUCCESS);
	CHECK_KR(unix_client_wait(run, &status), KERN_SUCCESS);
	CHECK_EQ(status, 9);
	NEED_KR(mach_port_deallocate(mach_task_self(), run));
	CHECK(TEST_WAIT_UNTIL(test_server_objects(unix_public) == OBJECTS));
	/* Nobody waits for it.  (SIGHUP alone would not do: random calls may have ignored that.) */
	run = start_random("1000000000", "78");
	test_sleep_ms(300);
	CHECK_KR(unix_client_signal(run, 9), KERN_SUCCESS);
	NEED_KR(mach_port_deallocate(mach_task_self(), run));
	CHECK(TEST_WAIT_UNTIL(test_server_objects(unix_public) == OBJECTS));
	unix_check_program("hello");
}

int main(int argc, char **argv)
{
	natural_t pages = 0;

	test_begin(argc, argv, "server_unix_random");
	unix_begin();
	check_calls("5000", "1");
	check_calls("100000", test_argument("seed") != NULL ? test_argument("seed") : "1000");
	pages = pages_used();
	check_calls("50000", "2000");
	test_note("pages: %u, then %u", (unsigned)pages, (unsigned)pages_used());
	CHECK(pages_used() <= pages + PAGES_MORE);
	check_killed();
	unix_end();
	test_end();
}
