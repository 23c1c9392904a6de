/* TEST: oracle=yes */
/* Who is asked about an exception, what the answer does, and handlers that die. */
#include "lib/harness.h"
#include <mach/thread_info.h>

#define SELF mach_task_self()

static volatile int reached;

/* An instruction of two bytes that faults, then a note that it was passed. */
static void fault_and_go_on(void *argument)
{
	__asm__ volatile("ud2" ::: "memory");
	reached = (int)argument;
}

static mach_port_t handler_new(void)
{
	mach_port_t port = MACH_PORT_NULL;

	NEED_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port));
	NEED_KR(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	return port;
}

static void skip_instruction(mach_port_t thread)
{
	struct i386_thread_state state;
	mach_msg_type_number_t count = i386_THREAD_STATE_COUNT;

	NEED_KR(thread_get_state(thread, i386_REGS_SEGS_STATE, (thread_state_t)&state, &count));
	state.eip += 2;
	NEED_KR(thread_set_state(thread, i386_REGS_SEGS_STATE, (thread_state_t)&state, count));
}

/* The thread's own port is asked before the task's, and names the thread and the task. */
static void check_order(void)
{
	mach_port_t port = handler_new();
	struct test_thread thread;
	struct test_exception message;

	reached = 0;
	test_thread_create(&thread, fault_and_go_on, (void *)1);
	NEED_KR(thread_set_special_port(thread.port, THREAD_EXCEPTION_PORT, port));
	NEED_KR(thread_resume(thread.port));
	CHECK_KR(test_exception_receive(port, &message, 5000), MACH_MSG_SUCCESS);
	CHECK_EQ(message.head.msgh_id, TEST_EXCEPTION_ID);
	CHECK_EQ(message.head.msgh_size, 64);
	CHECK_EQ(message.thread, thread.port);
	CHECK_EQ(message.task, SELF);
	CHECK_EQ(MACH_MSGH_BITS_REMOTE(message.head.msgh_bits), MACH_MSG_TYPE_PORT_SEND_ONCE);
	CHECK_EQ(message.exception, EXC_BAD_INSTRUCTION);
	skip_instruction(message.thread);
	CHECK_KR(test_exception_reply(&message, KERN_SUCCESS), MACH_MSG_SUCCESS);
	CHECK(test_thread_join(&thread, 0));
	CHECK_EQ(reached, 1);
	NEED_KR(mach_port_destroy(SELF, port));
}

/* A refusal by the thread's handler passes the exception on to the task's. */
static void check_passed_on(void)
{
	mach_port_t port = handler_new();
	mach_port_t task_port = handler_new();
	mach_port_t guard = MACH_PORT_NULL;
	struct test_thread thread;
	struct test_exception message;

	NEED_KR(task_get_special_port(SELF, TASK_EXCEPTION_PORT, &guard));
	NEED_KR(task_set_special_port(SELF, TASK_EXCEPTION_PORT, task_port));
	reached = 0;
	test_thread_create(&thread, fault_and_go_on, (void *)2);
	NEED_KR(thread_set_special_port(thread.port, THREAD_EXCEPTION_PORT, port));
	NEED_KR(thread_resume(thread.port));
	CHECK_KR(test_exception_receive(port, &message, 5000), MACH_MSG_SUCCESS);
	CHECK_KR(test_exception_reply(&message, KERN_FAILURE), MACH_MSG_SUCCESS);
	CHECK_KR(test_exception_receive(task_port, &message, 5000), MACH_MSG_SUCCESS);
	CHECK_EQ(message.exception, EXC_BAD_INSTRUCTION);
	skip_instruction(message.thread);
	CHECK_KR(test_exception_reply(&message, KERN_SUCCESS), MACH_MSG_SUCCESS);
	CHECK(test_thread_join(&thread, 0));
	CHECK_EQ(reached, 2);
	/* A dead port of the thread is passed over as well. */
	reached = 0;
	test_thread_create(&thread, fault_and_go_on, (void *)3);
	NEED_KR(thread_set_special_port(thread.port, THREAD_EXCEPTION_PORT, port));
	NEED_KR(mach_port_destroy(SELF, port));
	NEED_KR(thread_resume(thread.port));
	CHECK_KR(test_exception_receive(task_port, &message, 5000), MACH_MSG_SUCCESS);
	skip_instruction(message.thread);
	CHECK_KR(test_exception_reply(&message, KERN_SUCCESS), MACH_MSG_SUCCESS);
	CHECK(test_thread_join(&thread, 0));
	CHECK_EQ(reached, 3);
	NEED_KR(task_set_special_port(SELF, TASK_EXCEPTION_PORT, guard));
	NEED_KR(mach_port_deallocate(SELF, guard));
	NEED_KR(mach_port_destroy(SELF, task_port));
}

/* A handler that answers without repairing is asked again. */
static void check_again(void)
{
	mach_port_t port = handler_new();
	struct test_thread thread;
	struct test_exception message;

	test_thread_create(&thread, fault_and_go_on, (void *)4);
	NEED_KR(thread_set_special_port(thread.port, THREAD_EXCEPTION_PORT, port));
	NEED_KR(thread_resume(thread.port));
	test_group_begin("an exception that was not repaired comes again");
	for (int i = 0; i < 50; i++) {
		CHECK_KR(test_exception_receive(port, &message, 5000), MACH_MSG_SUCCESS);
		CHECK_KR(test_exception_reply(&message, KERN_SUCCESS), MACH_MSG_SUCCESS);
	}
	CHECK_KR(test_exception_receive(port, &message, 5000), MACH_MSG_SUCCESS);
	test_group_end();
	/* A thread that waits for its handler can be ended, even by its handler before it answers.
	 */
	CHECK_KR(thread_terminate(thread.port), KERN_SUCCESS);
	CHECK_KR(test_exception_reply(&message, KERN_SUCCESS), MACH_MSG_SUCCESS);
	test_thread_kill(&thread);
	NEED_KR(mach_port_destroy(SELF, port));
}

static int fault_in_child(void *argument)
{
	fault_and_go_on(argument);
	return 0;
}

/* Waits for a task's end by its dead name. */
static boolean_t wait_task_dead(mach_port_t task)
{
	mach_port_type_t type = 0;

	return TEST_WAIT_UNTIL(mach_port_type(SELF, task, &type) == KERN_SUCCESS &&
			       (type & MACH_PORT_TYPE_DEAD_NAME));
}

/* No handler at all, a handler that refuses, a handler that dies: the task ends. */
static void check_no_handler(void)
{
	struct test_task task;
	struct test_exception message;
	mach_port_t port = MACH_PORT_NULL;

	test_task_create(&task, fault_in_child, NULL);
	NEED_KR(task_set_special_port(task.task, TASK_EXCEPTION_PORT, MACH_PORT_NULL));
	test_task_run(&task);
	CHECK(wait_task_dead(task.task));
	test_task_kill(&task);

	port = handler_new();
	test_task_create(&task, fault_in_child, NULL);
	NEED_KR(task_set_special_port(task.task, TASK_EXCEPTION_PORT, port));
	test_task_run(&task);
	CHECK_KR(test_exception_receive(port, &message, 5000), MACH_MSG_SUCCESS);
	CHECK_EQ(message.task, task.task);
	CHECK_EQ(message.thread, task.thread);
	CHECK_KR(test_exception_reply(&message, KERN_FAILURE), MACH_MSG_SUCCESS);
	CHECK(wait_task_dead(task.task));
	test_task_kill(&task);

	test_task_create(&task, fault_in_child, NULL);
	NEED_KR(task_set_special_port(task.task, TASK_EXCEPTION_PORT, port));
	test_task_run(&task);
	CHECK_KR(test_exception_receive(port, &message, 5000), MACH_MSG_SUCCESS);
	test_exception_drop(&message); /* the answer can never come */
	CHECK(wait_task_dead(task.task));
	test_task_kill(&task);

	test_task_create(&task, fault_in_child, NULL);
	NEED_KR(task_set_special_port(task.task, TASK_EXCEPTION_PORT, port));
	test_task_run(&task);
	CHECK(test_wait_blocked(task.thread));
	NEED_KR(mach_port_destroy(SELF, port)); /* with the exception in its queue */
	CHECK(wait_task_dead(task.task));
	test_task_kill(&task);
}

/* A handler task that itself faults: its own handler is asked, and both go on. */
static void check_nested(void)
{
	mach_port_t inner = handler_new();
	mach_port_t outer = handler_new();
	struct test_thread first;
	struct test_thread second;
	struct test_exception message;
	struct test_exception nested;

	reached = 0;
	test_thread_create(&first, fault_and_go_on, (void *)5);
	test_thread_create(&second, fault_and_go_on, (void *)6);
	NEED_KR(thread_set_special_port(first.port, THREAD_EXCEPTION_PORT, inner));
	NEED_KR(thread_set_special_port(second.port, THREAD_EXCEPTION_PORT, outer));
	NEED_KR(thread_resume(first.port));
	CHECK_KR(test_exception_receive(inner, &message, 5000), MACH_MSG_SUCCESS);
	NEED_KR(thread_resume(second.port));
	CHECK_KR(test_exception_receive(outer, &nested, 5000), MACH_MSG_SUCCESS);
	skip_instruction(nested.thread);
	CHECK_KR(test_exception_reply(&nested, KERN_SUCCESS), MACH_MSG_SUCCESS);
	CHECK(test_thread_join(&second, 0));
	CHECK_EQ(reached, 6);
	skip_instruction(message.thread);
	CHECK_KR(test_exception_reply(&message, KERN_SUCCESS), MACH_MSG_SUCCESS);
	CHECK(test_thread_join(&first, 0));
	CHECK_EQ(reached, 5);
	NEED_KR(mach_port_destroy(SELF, inner));
	NEED_KR(mach_port_destroy(SELF, outer));
}

/* A child inherits its parent's exception port. */
static void check_inherited(void)
{
	struct test_task task;
	mach_port_t mine = MACH_PORT_NULL;
	mach_port_t its = MACH_PORT_NULL;

	test_task_create(&task, fault_in_child, NULL);
	NEED_KR(task_get_special_port(SELF, TASK_EXCEPTION_PORT, &mine));
	NEED_KR(task_get_special_port(task.task, TASK_EXCEPTION_PORT, &its));
	CHECK_EQ(its, mine);
	NEED_KR(mach_port_deallocate(SELF, its));
	NEED_KR(mach_port_deallocate(SELF, mine));
	test_task_kill(&task);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "exception_handlers");
	check_order();
	check_passed_on();
	check_again();
	check_no_handler();
	check_nested();
	check_inherited();
	test_end();
}
