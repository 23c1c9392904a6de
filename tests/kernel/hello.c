/* TEST: oracle=yes */
/* The harness itself: a program starts, checks, runs threads and a child, catches a fault. */
#include "lib/harness.h"

static volatile int thread_ran;

static void count_up(void *argument)
{
	thread_ran += (int)argument;
	NEED_KR(mach_port_get_refs(mach_task_self(), mach_task_self(), MACH_PORT_RIGHT_SEND,
				   &(mach_port_urefs_t){0}));
}

static void read_nowhere(void *argument)
{
	(void)*(volatile int *)argument;
}

static int child(void *argument)
{
	mach_port_type_t type = 0;

	CHECK_KR(mach_port_type(mach_task_self(), TEST_CHILD_NAME(0), &type), KERN_SUCCESS);
	CHECK_EQ(type, MACH_PORT_TYPE_SEND);
	return (int)argument + test_child_failures();
}

static void check_threads(void)
{
	struct test_thread threads[3];

	for (int i = 0; i < 3; i++) {
		test_thread_start(&threads[i], count_up, (void *)(1 << i));
	}
	test_group_begin("three threads ran and were joined");
	for (int i = 0; i < 3; i++) {
		CHECK(test_thread_join(&threads[i], 0));
	}
	CHECK_EQ(thread_ran, 7);
	test_group_end();
}

static void check_fault(void)
{
	struct test_fault fault;

	CHECK(test_catch(&fault, read_nowhere, (void *)0x10));
	CHECK_EQ(fault.exception, EXC_BAD_ACCESS);
	CHECK_EQ(fault.code, KERN_INVALID_ADDRESS);
	CHECK_EQ(fault.subcode, 0x10);
	CHECK(!test_catch(&fault, count_up, (void *)0));
}

static void check_child(void)
{
	struct test_task task;
	mach_port_t port = MACH_PORT_NULL;

	NEED_KR(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port));
	test_task_create(&task, child, (void *)42);
	test_task_give(&task, TEST_CHILD_NAME(0), port, MACH_MSG_TYPE_MAKE_SEND);
	test_task_run(&task);
	CHECK_EQ(test_task_join(&task), 42);
	NEED_KR(mach_port_destroy(mach_task_self(), port));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "hello");
	CHECK(argc >= 3);
	CHECK(MACH_PORT_VALID(host_priv));
	CHECK(MACH_PORT_VALID(device_master));
	CHECK(strlen(argv[0]) > 0);
	check_threads();
	check_fault();
	check_child();
	test_end();
}
