/* TEST: oracle=yes timeout=60 */
/* Threads: creation, suspension, abortion, and their end in every state. */
#include "lib/harness.h"
#include <mach/thread_info.h>

#define SELF mach_task_self()

static volatile uint32_t counter;
static volatile int outcome;
static mach_port_t port;

static void spin(void *argument)
{
	(void)argument;
	for (;;) {
		counter++;
	}
}

static void receive(void *argument)
{
	mach_msg_header_t message;

	(void)argument;
	outcome = -1;
	outcome = mach_msg_trap(&message, MACH_RCV_MSG, 0, sizeof message, port, 0, MACH_PORT_NULL);
}

static void sleep_long(void *argument)
{
	(void)argument;
	outcome = -1;
	outcome = mach_msg_trap(NULL, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, 0, port, 100000,
				MACH_PORT_NULL);
}

/* Sends until the queue is full, and waits there. */
static void send(void *argument)
{
	mach_msg_header_t message = {
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0),
		.msgh_remote_port = port,
	};

	(void)argument;
	outcome = -1;
	for (;;) {
		int result = mach_msg_trap(&message, MACH_SEND_MSG, sizeof message, 0,
					   MACH_PORT_NULL, 0, MACH_PORT_NULL);

		if (result != MACH_MSG_SUCCESS) {
			outcome = result;
			return;
		}
	}
}

static struct thread_basic_info info_of(mach_port_t thread)
{
	struct thread_basic_info info = {.run_state = -1};
	mach_msg_type_number_t count = THREAD_BASIC_INFO_COUNT;

	(void)thread_info(thread, THREAD_BASIC_INFO, (thread_info_t)&info, &count);
	return info;
}

/* Does the counter move within the next 50 ms? */
static boolean_t runs(void)
{
	uint32_t before = counter;

	test_sleep_ms(50);
	return counter != before;
}

static void check_suspend(void)
{
	struct test_thread thread;

	test_thread_create(&thread, spin, NULL);
	CHECK_EQ(info_of(thread.port).suspend_count, 1);
	CHECK_EQ(info_of(thread.port).run_state, TH_STATE_STOPPED);
	CHECK(!runs());
	CHECK_KR(thread_suspend(thread.port), KERN_SUCCESS);
	CHECK_EQ(info_of(thread.port).suspend_count, 2);
	CHECK_KR(thread_resume(thread.port), KERN_SUCCESS);
	CHECK(!runs());
	CHECK_KR(thread_resume(thread.port), KERN_SUCCESS);
	CHECK(runs());
	CHECK_EQ(info_of(thread.port).run_state, TH_STATE_RUNNING);
	CHECK_KR(thread_resume(thread.port), KERN_FAILURE);
	CHECK_KR(thread_suspend(thread.port), KERN_SUCCESS);
	CHECK(!runs());
	CHECK_KR(thread_resume(thread.port), KERN_SUCCESS);
	CHECK(runs());
	test_thread_kill(&thread);
	CHECK(!runs());
}

/* thread_abort ends the waits of message calls, with the documented results. */
static void check_abort(void)
{
	struct test_thread thread;

	test_thread_start(&thread, receive, NULL);
	CHECK(test_wait_blocked(thread.port));
	CHECK_KR(thread_abort(thread.port), KERN_SUCCESS);
	CHECK(test_thread_join(&thread, 0));
	CHECK_KR(outcome, MACH_RCV_INTERRUPTED);
	test_thread_start(&thread, sleep_long, NULL);
	CHECK(test_wait_blocked(thread.port));
	CHECK_KR(thread_abort(thread.port), KERN_SUCCESS);
	CHECK(test_thread_join(&thread, 0));
	CHECK_KR(outcome, MACH_RCV_INTERRUPTED);
	test_thread_start(&thread, send, NULL);
	CHECK(test_wait_blocked(thread.port));
	CHECK_KR(thread_abort(thread.port), KERN_SUCCESS);
	CHECK(test_thread_join(&thread, 0));
	CHECK_KR(outcome, MACH_SEND_INTERRUPTED);
	NEED_KR(mach_port_destroy(SELF, port)); /* its queue is full */
	NEED_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port));
	/* A thread that does not wait is not disturbed. */
	test_thread_start(&thread, spin, NULL);
	CHECK(runs());
	CHECK_KR(thread_abort(thread.port), KERN_SUCCESS);
	CHECK(runs());
	test_thread_kill(&thread);
}

/* A suspended waiter that is aborted comes back only when it is resumed. */
static void check_abort_suspended(void)
{
	struct test_thread thread;
	struct i386_thread_state state;
	mach_msg_type_number_t count = i386_THREAD_STATE_COUNT;

	test_thread_start(&thread, sleep_long, NULL);
	CHECK(test_wait_blocked(thread.port));
	CHECK_KR(thread_suspend(thread.port), KERN_SUCCESS);
	CHECK_KR(thread_abort(thread.port), KERN_SUCCESS);
	CHECK_KR(
		thread_get_state(thread.port, i386_REGS_SEGS_STATE, (thread_state_t)&state, &count),
		KERN_SUCCESS);
	CHECK_EQ(state.eax, MACH_RCV_INTERRUPTED);
	test_sleep_ms(20);
	CHECK_EQ(outcome, -1);
	CHECK_KR(thread_resume(thread.port), KERN_SUCCESS);
	CHECK(test_thread_join(&thread, 0));
	CHECK_KR(outcome, MACH_RCV_INTERRUPTED);
}

static void end_self(void *argument)
{
	(void)argument;
	(void)thread_terminate((mach_thread_self)());
	outcome = 1;
}

/* The thread's name dies with it. */
static boolean_t is_dead(mach_port_t name)
{
	mach_port_type_t type = 0;

	return mach_port_type(SELF, name, &type) == KERN_SUCCESS &&
	       (type & MACH_PORT_TYPE_DEAD_NAME) != 0;
}

static void check_terminate(void)
{
	static void (*const functions[])(void *) = {spin, receive, sleep_long, send};
	struct test_thread thread;

	test_group_begin("threads end while they run, wait, sleep, or are suspended");
	for (uint32_t i = 0; i < 8; i++) {
		test_thread_start(&thread, functions[i % 4], NULL);
		test_sleep_ms(20);
		if (i >= 4) {
			CHECK_KR(thread_suspend(thread.port), KERN_SUCCESS);
		}
		CHECK_KR(thread_terminate(thread.port), KERN_SUCCESS);
		CHECK(TEST_WAIT_UNTIL(is_dead(thread.port)));
		CHECK_KR(thread_resume(thread.port), MACH_SEND_INVALID_DEST);
		test_thread_kill(&thread);
	}
	test_thread_create(&thread, spin, NULL);
	CHECK_KR(thread_terminate(thread.port), KERN_SUCCESS);
	test_thread_kill(&thread);
	test_group_end();
	CHECK(!runs());
	outcome = 0;
	test_thread_start(&thread, end_self, NULL);
	CHECK(TEST_WAIT_UNTIL(is_dead(thread.port)));
	CHECK_EQ(outcome, 0);
	NEED_KR(mach_port_deallocate(SELF, thread.port)); /* the name that the thread itself took */
	test_thread_kill(&thread);
}

static void check_many(void)
{
	struct test_thread threads[12];

	test_group_begin("12 threads at once, twice");
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 12; i++) {
			test_thread_start(&threads[i], i % 2 == 0 ? spin : sleep_long, NULL);
		}
		CHECK(runs());
		for (int i = 0; i < 12; i++) {
			test_thread_kill(&threads[i]);
		}
	}
	CHECK(!runs());
	test_group_end();
}

static void check_bad(void)
{
	mach_port_t thread = MACH_PORT_NULL;
	struct thread_basic_info info;
	struct thread_sched_info sched;
	mach_msg_type_number_t count = THREAD_BASIC_INFO_COUNT;

	CHECK_KR(thread_suspend(SELF), KERN_INVALID_ARGUMENT);
	CHECK_KR(thread_info(MACH_PORT_NULL, THREAD_BASIC_INFO, (thread_info_t)&info, &count),
		 MACH_SEND_INVALID_DEST);
	NEED_KR(thread_create(SELF, &thread));
	count = THREAD_BASIC_INFO_COUNT;
	CHECK_KR(thread_info(thread, 77, (thread_info_t)&info, &count), KERN_INVALID_ARGUMENT);
	count = THREAD_SCHED_INFO_COUNT;
	CHECK_KR(thread_info(thread, THREAD_SCHED_INFO, (thread_info_t)&sched, &count),
		 KERN_SUCCESS);
	CHECK_EQ(sched.depressed, 0);
	CHECK(sched.max_priority <= sched.base_priority);
	NEED_KR(thread_terminate(thread));
	NEED_KR(mach_port_deallocate(SELF, thread));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "thread_life");
	NEED_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port));
	check_suspend();
	check_abort();
	check_abort_suspended();
	check_terminate();
	check_many();
	NEED_KR(mach_port_destroy(SELF, port));
	port = mach_reply_port();
	NEED_KR(mach_port_destroy(SELF, port));
	check_bad();
	test_end();
}
