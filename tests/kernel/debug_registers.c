/* TEST: oracle=no */
/* Watchpoints that a thread sets for itself hold at once, are its own, and end when it says so. */
#include "lib/harness.h"

static volatile uint32_t watched;
static volatile boolean_t stop;

static void watch(boolean_t on)
{
	struct i386_debug_state state;

	memset(&state, 0, sizeof state);
	state.dr[0] = (uint32_t)&watched;
	state.dr[7] = on ? 0x000d0001 : 0; /* writes of four bytes */
	NEED_KR(thread_set_self_state(i386_DEBUG_STATE, (thread_state_t)&state,
				      i386_DEBUG_STATE_COUNT));
}

static void write_watched(void *argument)
{
	(void)argument;
	watch(TRUE);
	watched = 1;
}

static void write_only(void *argument)
{
	(void)argument;
	watched = 2;
}

static void watch_and_leave_off(void *argument)
{
	(void)argument;
	watch(TRUE);
	while (!stop) {
		test_sleep_ms(1);
	}
	watch(FALSE);
	watched = 3;
}

int main(int argc, char **argv)
{
	struct test_fault fault;
	struct test_thread thread;

	test_begin(argc, argv, "debug_registers");
	CHECK(test_catch(&fault, write_watched, NULL));
	CHECK_EQ(fault.exception, EXC_BREAKPOINT);
	CHECK(!test_catch(&fault, write_only, NULL));
	test_thread_start(&thread, watch_and_leave_off, NULL);
	test_sleep_ms(20);
	CHECK(!test_catch(&fault, write_only, NULL));
	stop = TRUE;
	CHECK(test_thread_join(&thread, 5000));
	CHECK(!test_catch(&fault, write_only, NULL));
	watched = 4; /* an exception nobody expects would end the test */
	test_end();
}
