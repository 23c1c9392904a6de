/* TEST: oracle=yes timeout=60 */
/* Priorities, time slices, giving up the processor, and how long time-outs last. */
#include "lib/harness.h"
#include <gen/mach_host.h>
#include <mach/thread_info.h>
#include <mach/thread_switch.h>

#define SELF mach_task_self()

static volatile uint32_t counters[3];
static volatile int stop;
static volatile uint32_t order;

static void spin(void *argument)
{
	while (!stop) {
		counters[(int)argument]++;
	}
}

static uint32_t now_ms(void)
{
	time_value_t time = {0, 0};

	NEED_KR(host_get_time(mach_host_self(), &time));
	return (uint32_t)time.seconds * 1000 + (uint32_t)time.microseconds / 1000;
}

/* Two spinning threads and this one all get on. */
static void check_slices(void)
{
	struct test_thread threads[2];

	stop = 0;
	counters[0] = 0;
	counters[1] = 0;
	for (int i = 0; i < 2; i++) {
		test_thread_start(&threads[i], spin, (void *)i);
	}
	for (int i = 0; i < 10; i++) {
		uint32_t before[2] = {counters[0], counters[1]};

		CHECK(TEST_WAIT_UNTIL(counters[0] != before[0] && counters[1] != before[1]));
	}
	stop = 1;
	CHECK(test_thread_join(&threads[0], 0));
	CHECK(test_thread_join(&threads[1], 0));
	/* Neither gets the processor for itself. */
	CHECK(counters[0] / 8 < counters[1]);
	CHECK(counters[1] / 8 < counters[0]);
}

static volatile uint32_t seen_high;

static void wake_and_note(void *argument)
{
	mach_msg_header_t message;

	(void)mach_msg(&message, MACH_RCV_MSG, 0, sizeof message, *(mach_port_t *)argument, 0,
		       MACH_PORT_NULL);
	seen_high = ++order;
}

/* A message to a thread of higher priority runs it at once. */
static void check_preemption(void)
{
	struct test_thread thread;
	mach_port_t port = MACH_PORT_NULL;
	mach_msg_header_t message = {.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0)};

	NEED_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port));
	message.msgh_remote_port = port;
	order = 0;
	seen_high = 0;
	test_thread_create(&thread, wake_and_note, &port);
	CHECK_KR(thread_priority(thread.port, 10, FALSE), KERN_FAILURE);
	CHECK_KR(thread_priority(thread.port, 64, FALSE), KERN_INVALID_ARGUMENT);
	CHECK_KR(thread_priority(thread.port, -1, FALSE), KERN_INVALID_ARGUMENT);
	CHECK_KR(thread_priority(thread.port, 26, TRUE), KERN_SUCCESS);
	CHECK_KR(thread_priority(thread.port, 25, FALSE), KERN_FAILURE);
	CHECK_KR(thread_resume(thread.port), KERN_SUCCESS);
	CHECK(test_wait_blocked(thread.port));
	CHECK_KR(mach_msg(&message, MACH_SEND_MSG, sizeof message, 0, MACH_PORT_NULL, 0,
			  MACH_PORT_NULL),
		 MACH_MSG_SUCCESS);
	CHECK(test_thread_join(&thread, 0));
	CHECK_EQ(seen_high, 1);
	NEED_KR(mach_port_destroy(SELF, port));
}

static struct thread_sched_info sched_of(mach_port_t thread)
{
	struct thread_sched_info info = {.policy = -1};
	mach_msg_type_number_t count = THREAD_SCHED_INFO_COUNT;

	NEED_KR(thread_info(thread, THREAD_SCHED_INFO, (thread_info_t)&info, &count));
	return info;
}

/* Depression ends by itself, or by thread_depress_abort. */
static void depress(void *argument)
{
	(void)thread_switch(MACH_PORT_NULL, SWITCH_OPTION_DEPRESS, (mach_msg_timeout_t)argument);
	while (!stop) {
		counters[2]++;
	}
}

static void check_depression(void)
{
	struct test_thread thread;
	struct test_thread busy;

	stop = 0;
	test_thread_start(&busy, spin, (void *)0);
	test_thread_start(&thread, depress, (void *)60000);
	CHECK(TEST_WAIT_UNTIL(sched_of(thread.port).depressed));
	CHECK_KR(thread_depress_abort(thread.port), KERN_SUCCESS);
	CHECK(!sched_of(thread.port).depressed);
	CHECK_KR(thread_depress_abort(thread.port), KERN_SUCCESS);
	stop = 1;
	CHECK(test_thread_join(&thread, 0));
	CHECK(test_thread_join(&busy, 0));
	stop = 0;
	test_thread_start(&busy, spin, (void *)0);
	test_thread_start(&thread, depress, (void *)300);
	CHECK(TEST_WAIT_UNTIL(sched_of(thread.port).depressed));
	CHECK(TEST_WAIT_UNTIL(!sched_of(thread.port).depressed));
	stop = 1;
	CHECK(test_thread_join(&thread, 0));
	CHECK(test_thread_join(&busy, 0));
}

static void check_switch(void)
{
	struct test_thread thread;

	CHECK_KR(thread_switch(MACH_PORT_NULL, SWITCH_OPTION_NONE, 0), KERN_SUCCESS);
	CHECK_KR(thread_switch(MACH_PORT_NULL, 77, 0), KERN_INVALID_ARGUMENT);
	CHECK_KR(thread_switch(MACH_PORT_NULL, SWITCH_OPTION_WAIT, 30), KERN_SUCCESS);
	CHECK_KR(thread_switch(SELF, SWITCH_OPTION_NONE, 0), KERN_SUCCESS);
	CHECK_EQ(swtch(), FALSE);
	CHECK_EQ(swtch_pri(0), FALSE);
	stop = 0;
	counters[0] = 0;
	test_thread_start(&thread, spin, (void *)0);
	test_group_begin("giving up the processor lets the other thread run");
	for (int i = 0; i < 3; i++) {
		uint32_t before = counters[0];

		while (counters[0] == before) {
			(void)swtch_pri(0);
		}
		before = counters[0];
		while (counters[0] == before) {
			(void)swtch();
		}
		before = counters[0];
		while (counters[0] == before) {
			(void)thread_switch(thread.port, SWITCH_OPTION_NONE, 0);
		}
	}
	test_group_end();
	stop = 1;
	CHECK(test_thread_join(&thread, 0));
}

/* A time-out is not early, and late by no more than a loaded host explains. */
static void check_timeouts(void)
{
	static const uint32_t times[] = {0, 1, 10, 50, 200, 500};
	mach_port_t port = mach_reply_port();

	test_group_begin("receives time out when they should");
	for (uint32_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		mach_msg_header_t message;
		uint32_t before = now_ms();
		uint32_t took = 0;

		CHECK_KR(mach_msg(&message, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof message,
				  port, times[i], MACH_PORT_NULL),
			 MACH_RCV_TIMED_OUT);
		took = now_ms() - before;
		CHECK(took + 20 >= times[i]);
		CHECK(took <= times[i] + 1000);
	}
	test_group_end();
	NEED_KR(mach_port_destroy(SELF, port));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "sched_priority");
	check_switch();
	check_slices();
	check_preemption();
	check_depression();
	check_timeouts();
	test_end();
}
