/* TEST: oracle=no */
/* thread_switch(DEPRESS) by threads that are depressed already, and aborted, suspended and ended
 * meanwhile. */
#include "lib/harness.h"
#include <mach/thread_switch.h>
#include <gen/mach_host.h>

static void depress(void *argument)
{
	for (int i = 0; i < (int)argument; i++) {
		(void)thread_switch(MACH_PORT_NULL, SWITCH_OPTION_DEPRESS, 1000);
	}
}

static void depress_for_ever(void *argument)
{
	(void)argument;
	for (;;) {
		(void)thread_switch(MACH_PORT_NULL, SWITCH_OPTION_DEPRESS, 5);
	}
}

static void check_again(void)
{
	struct test_thread threads[3];

	for (int i = 0; i < 3; i++) {
		test_thread_start(&threads[i], depress, (void *)50);
	}
	for (int i = 0; i < 3; i++) {
		CHECK(test_thread_join(&threads[i], 10000));
	}
}

static void check_others(void)
{
	struct test_thread threads[3];

	for (int i = 0; i < 3; i++) {
		test_thread_start(&threads[i], depress_for_ever, NULL);
	}
	test_group_begin("depressed threads are aborted, suspended and resumed");
	for (int i = 0; i < 300; i++) {
		mach_port_t port = threads[i % 3].port;

		CHECK_KR(thread_depress_abort(port), KERN_SUCCESS);
		CHECK_KR(thread_suspend(port), KERN_SUCCESS);
		CHECK_KR(thread_abort(port), KERN_SUCCESS);
		CHECK_KR(thread_resume(port), KERN_SUCCESS);
	}
	test_group_end();
	for (int i = 0; i < 3; i++) {
		test_thread_kill(&threads[i]);
	}
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "depress");
	check_again();
	check_others();
	test_end();
}
