/* Child tasks: a copy of this task's memory, a port name space of its own. */
#include "harness.h"
#include "tasks.h"

#define JOIN_TIME_MS    60000 /* a hang, not a child that has much to do */
#define DONE_ID         7001
#define CHILD_DONE_NAME ((mach_port_t)0x1000)

struct done_message {
	mach_msg_header_t head;
	mach_msg_type_t type;
	int result;
};

/*
 * What the task that is being made will run.  The child reads its own copy, not the structure of
 * test_task_create: that of a grandchild lies on the stack which the grandchild begins to use.
 */
static int (*child_function)(void *argument);
static void *child_argument;

/* The first function of the child's thread. */
static void child_main(void *argument)
{
	struct done_message message = {
		.head =
			{
				.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
				.msgh_remote_port = CHILD_DONE_NAME,
				.msgh_id = DONE_ID,
			},
		.type =
			{
				.msgt_name = MACH_MSG_TYPE_INTEGER_32,
				.msgt_size = 32,
				.msgt_number = 1,
				.msgt_inline = TRUE,
			},
	};

	(void)argument;
	mach_init();
	test_become_child();
	message.result = child_function(child_argument);
	(void)mach_msg(&message.head, MACH_SEND_MSG, sizeof message, 0, MACH_PORT_NULL, 0,
		       MACH_PORT_NULL);
	for (;;) {
		test_sleep_ms(100000);
	}
}

/* A place for a stack, aligned to its size; the child's copy of it is the one that is used. */
static char child_stack[MACH_STACK_SIZE] __attribute__((aligned(MACH_STACK_SIZE)));

void test_task_create(struct test_task *child, int (*function)(void *argument), void *argument)
{
	child->function = function;
	child->argument = argument;
	child_function = function;
	child_argument = argument;
	child->stack = (vm_address_t)child_stack;
	mach_thread_block_init(child->stack);
	NEED_KR(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &child->done));
	NEED_KR(task_create(mach_task_self(), TRUE, &child->task));
	NEED_KR(mach_port_insert_right(child->task, CHILD_DONE_NAME, child->done,
				       MACH_MSG_TYPE_MAKE_SEND));
	NEED_KR(thread_create(child->task, &child->thread));
	NEED_KR(mach_thread_start_state(child->thread, child->stack, child_main, NULL));
}

void test_task_give(struct test_task *child, mach_port_t name, mach_port_t right,
		    mach_msg_type_name_t type)
{
	NEED_KR(mach_port_insert_right(child->task, name, right, type));
}

void test_task_run(struct test_task *child)
{
	NEED_KR(thread_resume(child->thread));
}

void test_task_kill(struct test_task *child)
{
	(void)task_terminate(child->task); /* it may have ended itself */
	NEED_KR(mach_port_deallocate(mach_task_self(), child->task));
	NEED_KR(mach_port_deallocate(mach_task_self(), child->thread));
	NEED_KR(mach_port_mod_refs(mach_task_self(), child->done, MACH_PORT_RIGHT_RECEIVE, -1));
}

int test_task_join(struct test_task *child)
{
	struct done_message message = {.result = -1};

	if (mach_msg(&message.head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof message, child->done,
		     JOIN_TIME_MS, MACH_PORT_NULL) != MACH_MSG_SUCCESS) {
		message.result = -1;
	}
	test_task_kill(child);
	return message.result;
}
