/* Child tasks (tests/kernel/lib/tasks.c) that run on the partner's node. */
#include "partner.h"
#include "lib/tasks.h"
#include <mach/mig_support.h>

#define SELF            mach_task_self()
#define JOIN_TIME_MS    60000
#define DONE_ID         7001
#define CHILD_DONE_NAME ((mach_port_t)0x1000)

struct done_message {
	mach_msg_header_t head;
	mach_msg_type_t type;
	int result;
};

static int (*child_function)(void *argument);
static void *child_argument;
static char child_stack[MACH_STACK_SIZE] __attribute__((aligned(MACH_STACK_SIZE)));

void partner_child_main(void *argument);

/* The first function of the child's thread; it has the memory that the test had. */
void partner_child_main(void *argument)
{
	struct done_message message = {
		.head = {.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
			 .msgh_remote_port = CHILD_DONE_NAME,
			 .msgh_id = DONE_ID},
		.type = {.msgt_name = MACH_MSG_TYPE_INTEGER_32,
			 .msgt_size = 32,
			 .msgt_number = 1,
			 .msgt_inline = TRUE},
	};

	(void)argument;
	mach_init();
	test_become_child();
	partner_is_remote = TRUE;
	message.result = child_function(child_argument);
	(void)mach_msg(&message.head, MACH_SEND_MSG, sizeof message, 0, MACH_PORT_NULL, 0,
		       MACH_PORT_NULL);
	for (;;) {
		test_sleep_ms(100000);
	}
}

uint32_t partner_call(mach_msg_id_t id, uint32_t first, uint32_t second, uint32_t third,
		      const mach_msg_type_long_t *type, uint32_t item)
{
	mach_port_t reply = mig_get_reply_port();
	struct partner_request request = {
		.head = {.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
						     MACH_MSG_TYPE_MAKE_SEND_ONCE) |
				      (type != NULL ? MACH_MSGH_BITS_COMPLEX : 0),
			 .msgh_remote_port = partner_port,
			 .msgh_local_port = reply,
			 .msgh_id = id},
		.words_type = {.msgt_name = MACH_MSG_TYPE_INTEGER_32,
			       .msgt_size = 32,
			       .msgt_number = 3,
			       .msgt_inline = TRUE},
		.words = {first, second, third},
		.item = item,
	};
	mach_msg_size_t size =
		(mach_msg_size_t)((uint8_t *)&request.item_type - (uint8_t *)&request);

	if (type != NULL) {
		request.item_type = *type;
		size = sizeof request;
	}
	NEED_KR(mach_msg(&request.head, MACH_SEND_MSG | MACH_RCV_MSG, size, sizeof request, reply,
			 0, MACH_PORT_NULL));
	if (request.head.msgh_id != id + PARTNER_ANSWER) {
		test_bail_out("the partner does not answer");
	}
	return request.words[0];
}

/* Copies the region of this task's memory at *address, or behind it, to the task's; moves on. */
static void copy_region(uint32_t task, vm_address_t *address, vm_address_t end)
{
	vm_size_t size = 0;
	vm_prot_t protection = VM_PROT_NONE, maximum = VM_PROT_NONE;
	vm_inherit_t inheritance = VM_INHERIT_NONE;
	boolean_t shared = FALSE;
	mach_port_t object = MACH_PORT_NULL;
	vm_offset_t offset = 0;

	NEED_KR(vm_region(SELF, address, &size, &protection, &maximum, &inheritance, &shared,
			  &object, &offset));
	if ((protection & VM_PROT_WRITE) != 0 && *address < end) {
		const mach_msg_type_long_t type = {
			.msgtl_header = {.msgt_longform = TRUE},
			.msgtl_name = MACH_MSG_TYPE_BYTE,
			.msgtl_size = 8,
			.msgtl_number = size,
		};

		NEED_KR((kern_return_t)partner_call(PARTNER_WRITE, task, *address, 0, &type,
						    *address));
	}
	*address += size;
}

/* A task with the memory that the test has now: what is the same of every program is there. */
static uint32_t make_remote_task(void)
{
	extern char etext[], _end[]; /* from the linker */
	uint32_t task =
		partner_call(PARTNER_TASK, (uint32_t)child_stack, 0, 0, NULL, MACH_PORT_NULL);
	vm_address_t address = (vm_address_t)etext;

	while (address < (vm_address_t)_end) {
		copy_region(task, &address, (vm_address_t)_end);
	}
	return task;
}

void test_task_create(struct test_task *child, int (*function)(void *argument), void *argument)
{
	child->function = function;
	child->argument = argument;
	child_function = function;
	child_argument = argument;
	child->stack = (vm_address_t)child_stack;
	mach_thread_block_init(child->stack);
	NEED_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &child->done));
	if (function == NULL) {
		/* A name space alone: it runs nothing, and the test looks into it. */
		NEED_KR(task_create(SELF, TRUE, &child->task));
		child->thread = MACH_PORT_NULL;
		return;
	}
	child->task = MACH_PORT_NULL;
	child->thread = make_remote_task();
	partner_tasks++;
	test_task_give(child, CHILD_DONE_NAME, child->done, MACH_MSG_TYPE_MAKE_SEND);
}

void test_task_give(struct test_task *child, mach_port_t name, mach_port_t right,
		    mach_msg_type_name_t type)
{
	const mach_msg_type_long_t item = {
		.msgtl_header = {.msgt_inline = TRUE, .msgt_longform = TRUE},
		.msgtl_name = (unsigned short)type,
		.msgtl_size = 32,
		.msgtl_number = 1,
	};

	if (child->function == NULL) {
		NEED_KR(mach_port_insert_right(child->task, name, right, type));
		return;
	}
	NEED_KR((kern_return_t)partner_call(PARTNER_GIVE, child->thread, name, 0, &item, right));
}

void test_task_run(struct test_task *child)
{
	NEED_KR((kern_return_t)partner_call(PARTNER_RUN, child->thread, 0, 0, NULL, 0));
}

void test_task_kill(struct test_task *child)
{
	if (child->function == NULL) {
		(void)task_terminate(child->task);
		NEED_KR(mach_port_deallocate(SELF, child->task));
	} else {
		NEED_KR((kern_return_t)partner_call(PARTNER_END, child->thread, 0, 0, NULL, 0));
	}
	NEED_KR(mach_port_mod_refs(SELF, child->done, MACH_PORT_RIGHT_RECEIVE, -1));
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
