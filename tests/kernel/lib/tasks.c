/* Child tasks: a copy of this task's memory, a port name space of its own. */
#include "harness.h"
#include "tasks.h"

#define JOIN_TIME_MS 10000
#define DONE_ID 7001
#define CHILD_DONE_NAME ((mach_port_t)0x1000)

struct done_message {
	mach_msg_header_t head;
	mach_msg_type_t type;
	int result;
};

/* The first function of the child's thread: "argument" is the child's copy of the structure. */
static void child_main(void *argument)
{
	struct test_task *child = argument;
	struct done_message message = {
		.head = {
			.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
			.msgh_remote_port = CHILD_DONE_NAME,
			.msgh_id = DONE_ID,
		},
		.type = {
			.msgt_name = MACH_MSG_TYPE_INTEGER_32,
			.msgt_size = 32,
			.msgt_number = 1,
			.msgt_inline = TRUE,
		},
	};

	mach_init();
	test_become_child();
	message.result = child->function(child->argument);
	(void)mach_msg(&message.head, MACH_SEND_MSG, sizeof message, 0, MACH_PORT_NULL, 0,
		       MACH_PORT_NULL);
	for (;;) {
		test_sleep_ms(100000);
	}
}

/*
 * Places for a stack, aligned to its size; the child's copy of one is what is used.  Two, because a
 * child may have children: what it runs on holds their struct test_task, which theirs must not overwrite.
 */
static char child_stacks[2][MACH_STACK_SIZE] __attribute__((aligned(MACH_STACK_SIZE)));

static vm_address_t free_child_stack(void)
{
	vm_address_t here = (vm_address_t)__builtin_frame_address(0);
	boolean_t first_in_use = here - (vm_address_t)child_stacks[0] < MACH_STACK_SIZE;

	return (vm_address_t)child_stacks[first_in_use ? 1 : 0];
}

void test_task_create(struct test_task *child, int (*function)(void *argument), void *argument)
{
	child->function = function;
	child->argument = argument;
	child->stack = free_child_stack();
	mach_thread_block_init(child->stack);
	NEED_KR(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &child->done));
	NEED_KR(task_create(mach_task_self(), TRUE, &child->task));
	NEED_KR(mach_port_insert_right(child->task, CHILD_DONE_NAME, child->done,
				       MACH_MSG_TYPE_MAKE_SEND));
	NEED_KR(thread_create(child->task, &child->thread));
	NEED_KR(mach_thread_start_state(child->thread, child->stack, child_main, child));
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
	struct done_message message = { .result = -1 };

	if (mach_msg(&message.head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof message,
		     child->done, JOIN_TIME_MS, MACH_PORT_NULL) != MACH_MSG_SUCCESS) {
		message.result = -1;
	}
	test_task_kill(child);
	return message.result;
}
