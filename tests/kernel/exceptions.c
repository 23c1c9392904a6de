/* TEST: oracle=yes */
/* Exceptions as messages: their layout, who is asked first, what the answers do. */
#include "lib/msg.h"

#define SELF mach_task_self()

static mach_port_t port; /* the exception port under test */
static volatile int steps;

static void invalid_instruction(void *argument)
{
	(void)argument;
	steps = 1;
	__asm__ volatile("ud2");
	steps = 2;
}

static void read_nowhere(void *argument)
{
	(void)*(volatile int *)argument;
	steps = 3;
}

static void write_there(void *argument)
{
	*(volatile int *)argument = 1;
}

static void divide_by_zero(void *argument)
{
	__asm__ volatile("xorl %%edx, %%edx\n\t"
			 "movl $1, %%eax\n\t"
			 "divl %0"
			 :
			 : "r"(argument)
			 : "eax", "edx", "cc");
}

static void breakpoint(void *argument)
{
	(void)argument;
	__asm__ volatile("int3");
}

static void privileged(void *argument)
{
	(void)argument;
	__asm__ volatile("hlt");
}

static void int80(void *argument)
{
	(void)argument;
	__asm__ volatile("int $0x80" : : "a"(20) : "memory");
}

static void overflow(void *argument)
{
	(void)argument;
	__asm__ volatile("movb $0x7f, %%al\n\t"
			 "addb $1, %%al\n\t"
			 "into"
			 :
			 :
			 : "eax", "cc");
}

/* What each fault of the processor is told as. */
static void check_kinds(void)
{
	struct test_fault fault;
	vm_address_t page = 0;

	CHECK(test_catch(&fault, invalid_instruction, NULL));
	CHECK_EQ(fault.exception, EXC_BAD_INSTRUCTION);
	CHECK_EQ(fault.code, EXC_I386_INVOP);
	CHECK(test_catch(&fault, read_nowhere, (void *)0x20));
	CHECK_EQ(fault.exception, EXC_BAD_ACCESS);
	CHECK_EQ(fault.code, KERN_INVALID_ADDRESS);
	CHECK_EQ(fault.subcode, 0x20);
	NEED_KR(vm_allocate(SELF, &page, 4096, TRUE));
	NEED_KR(vm_protect(SELF, page, 4096, FALSE, VM_PROT_READ));
	CHECK(test_catch(&fault, write_there, (void *)(page + 8)));
	CHECK_EQ(fault.exception, EXC_BAD_ACCESS);
	CHECK_EQ(fault.code, KERN_PROTECTION_FAILURE);
	CHECK_EQ(fault.subcode, page + 8);
	NEED_KR(vm_deallocate(SELF, page, 4096));
	CHECK(test_catch(&fault, divide_by_zero, NULL));
	CHECK_EQ(fault.exception, EXC_ARITHMETIC);
	CHECK_EQ(fault.code, EXC_I386_DIV);
	CHECK(test_catch(&fault, breakpoint, NULL));
	CHECK_EQ(fault.exception, EXC_BREAKPOINT);
	CHECK_EQ(fault.code, EXC_I386_BPT);
	CHECK(test_catch(&fault, privileged, NULL));
	CHECK_EQ(fault.exception, EXC_BAD_INSTRUCTION);
	CHECK_EQ(fault.code, EXC_I386_GPFLT);
	CHECK(test_catch(&fault, int80, NULL));
	CHECK_EQ(fault.exception, EXC_BAD_INSTRUCTION);
	CHECK_EQ(fault.code, EXC_I386_GPFLT);
	CHECK_EQ(fault.subcode, 0x402);
	CHECK(test_catch(&fault, overflow, NULL));
	CHECK_EQ(fault.exception, EXC_ARITHMETIC);
	CHECK_EQ(fault.code, EXC_I386_INTO);
}

static void check_message(struct test_exception *message, mach_port_t thread, mach_port_t from)
{
	const mach_msg_type_t *thread_type = &message->thread_type;
	const mach_msg_type_t *code_type = &message->code_type;

	CHECK_KR(test_exception_receive(from, message, 5000), MACH_MSG_SUCCESS);
	CHECK_EQ(message->head.msgh_id, 2400);
	CHECK_EQ(message->head.msgh_size, 64);
	CHECK_EQ(message->head.msgh_bits,
		 MACH_MSGH_BITS_COMPLEX |
			 MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND_ONCE, MACH_MSG_TYPE_PORT_SEND));
	CHECK_EQ(message->head.msgh_local_port, from);
	CHECK_EQ(message->thread, thread);
	CHECK_EQ(message->task, SELF);
	CHECK_EQ(*(const uint32_t *)thread_type, 0x10012011);
	CHECK_EQ(*(const uint32_t *)code_type, 0x10012002);
}

static void skip_ud2(mach_port_t thread)
{
	struct i386_thread_state state;
	mach_msg_type_number_t count = i386_THREAD_STATE_COUNT;

	NEED_KR(thread_get_state(thread, i386_THREAD_STATE, (thread_state_t)&state, &count));
	state.eip += 2;
	NEED_KR(thread_set_state(thread, i386_THREAD_STATE, (thread_state_t)&state, count));
}

/* The handler repairs the thread's state and answers: the thread goes on. */
static void check_resumed(void)
{
	struct test_thread thread;
	struct test_exception message;

	steps = 0;
	test_thread_create(&thread, invalid_instruction, NULL);
	NEED_KR(thread_set_special_port(thread.port, THREAD_EXCEPTION_PORT, port));
	NEED_KR(thread_resume(thread.port));
	check_message(&message, thread.port, port);
	CHECK_EQ(message.exception, EXC_BAD_INSTRUCTION);
	CHECK_EQ(message.code, EXC_I386_INVOP);
	CHECK_EQ(steps, 1);
	CHECK_EQ(port_refs(thread.port, MACH_PORT_RIGHT_SEND), 2);
	skip_ud2(thread.port);
	CHECK_KR(test_exception_reply(&message, KERN_SUCCESS), MACH_MSG_SUCCESS);
	CHECK(test_thread_join(&thread, 0));
	CHECK_EQ(steps, 2);
}

/* The memory appears while the thread waits: the access is made again. */
static void check_repaired_access(void)
{
	struct test_thread thread;
	struct test_exception message;
	vm_address_t page = 0;

	NEED_KR(vm_allocate(SELF, &page, 4096, TRUE));
	NEED_KR(vm_protect(SELF, page, 4096, FALSE, VM_PROT_NONE));
	steps = 0;
	test_thread_create(&thread, read_nowhere, (void *)(page + 12));
	NEED_KR(thread_set_special_port(thread.port, THREAD_EXCEPTION_PORT, port));
	NEED_KR(thread_resume(thread.port));
	check_message(&message, thread.port, port);
	CHECK_EQ(message.subcode, page + 12);
	NEED_KR(vm_protect(SELF, page, 4096, FALSE, VM_PROT_READ));
	CHECK_KR(test_exception_reply(&message, KERN_SUCCESS), MACH_MSG_SUCCESS);
	CHECK(test_thread_join(&thread, 0));
	CHECK_EQ(steps, 3);
	NEED_KR(vm_deallocate(SELF, page, 4096));
}

/* When the thread's port refuses, the task's is asked. */
static void check_order(void)
{
	struct test_thread thread;
	struct test_exception message;
	mach_port_t task_port = port_new_send();
	mach_port_t guard = MACH_PORT_NULL;

	NEED_KR(task_get_special_port(SELF, TASK_EXCEPTION_PORT, &guard));
	NEED_KR(task_set_special_port(SELF, TASK_EXCEPTION_PORT, task_port));
	steps = 0;
	test_thread_create(&thread, invalid_instruction, NULL);
	NEED_KR(thread_set_special_port(thread.port, THREAD_EXCEPTION_PORT, port));
	NEED_KR(thread_resume(thread.port));
	check_message(&message, thread.port, port);
	CHECK_EQ(port_status(task_port).mps_msgcount, 0);
	CHECK_KR(test_exception_reply(&message, KERN_FAILURE), MACH_MSG_SUCCESS);
	check_message(&message, thread.port, task_port);
	CHECK_EQ(message.exception, EXC_BAD_INSTRUCTION);
	skip_ud2(thread.port);
	CHECK_KR(test_exception_reply(&message, KERN_SUCCESS), MACH_MSG_SUCCESS);
	CHECK(test_thread_join(&thread, 0));
	CHECK_EQ(steps, 2);

	/* Without a port of the thread's own, the task's is the first. */
	test_thread_create(&thread, invalid_instruction, NULL);
	NEED_KR(thread_resume(thread.port));
	check_message(&message, thread.port, task_port);
	skip_ud2(thread.port);
	CHECK_KR(test_exception_reply(&message, KERN_SUCCESS), MACH_MSG_SUCCESS);
	CHECK(test_thread_join(&thread, 0));
	NEED_KR(task_set_special_port(SELF, TASK_EXCEPTION_PORT, guard));
	NEED_KR(mach_port_deallocate(SELF, guard));
	port_destroy(task_port);
}

static int child_faults(void *argument)
{
	NEED_KR(task_set_special_port(mach_task_self(), TASK_EXCEPTION_PORT, MACH_PORT_NULL));
	invalid_instruction(argument);
	return 0;
}

/* Nobody to ask: the task is terminated. */
static void check_no_handler(void)
{
	struct test_task child;

	test_task_create(&child, child_faults, NULL);
	test_task_run(&child);
	CHECK(TEST_WAIT_UNTIL(port_type(child.task) == MACH_PORT_TYPE_DEAD_NAME));
	CHECK(TEST_WAIT_UNTIL(port_type(child.thread) == MACH_PORT_TYPE_DEAD_NAME));
	test_task_kill(&child);
}

static int child_invalid(void *argument)
{
	invalid_instruction(argument);
	return 0;
}

/* Everybody refuses: the task is terminated, too.  A dead exception port counts as none. */
static void check_refused(void)
{
	struct test_task child;
	struct test_exception message;
	mach_port_t dying = port_new_send();

	test_task_create(&child, child_invalid, NULL);
	NEED_KR(task_set_special_port(child.task, TASK_EXCEPTION_PORT, port));
	test_task_run(&child);
	CHECK_KR(test_exception_receive(port, &message, 5000), MACH_MSG_SUCCESS);
	CHECK_EQ(message.task, child.task);
	CHECK_EQ(message.thread, child.thread);
	CHECK_KR(test_exception_reply(&message, KERN_FAILURE), MACH_MSG_SUCCESS);
	CHECK(TEST_WAIT_UNTIL(port_type(child.task) == MACH_PORT_TYPE_DEAD_NAME));
	test_task_kill(&child);

	test_task_create(&child, child_invalid, NULL);
	NEED_KR(task_set_special_port(child.task, TASK_EXCEPTION_PORT, dying));
	NEED_KR(mach_port_mod_refs(SELF, dying, MACH_PORT_RIGHT_RECEIVE, -1));
	test_task_run(&child);
	CHECK(TEST_WAIT_UNTIL(port_type(child.task) == MACH_PORT_TYPE_DEAD_NAME));
	test_task_kill(&child);
	port_destroy(dying);
}

/* The thread may be ended, and the task's exception port destroyed, while the answer is awaited. */
static void check_ended_while_waiting(void)
{
	struct test_thread thread;
	struct test_exception message;
	mach_port_t other = port_new_send();

	test_thread_create(&thread, invalid_instruction, NULL);
	NEED_KR(thread_set_special_port(thread.port, THREAD_EXCEPTION_PORT, other));
	NEED_KR(thread_resume(thread.port));
	CHECK_KR(test_exception_receive(other, &message, 5000), MACH_MSG_SUCCESS);
	test_thread_kill(&thread);
	CHECK_EQ(port_type(message.thread), MACH_PORT_TYPE_DEAD_NAME);
	(void)test_exception_reply(&message, KERN_SUCCESS);
	if (port_type(message.head.msgh_remote_port) == MACH_PORT_TYPE_DEAD_NAME) {
		port_destroy(message.head.msgh_remote_port);
	}
	port_destroy(other);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "exceptions");
	port = port_new_send();
	check_kinds();
	check_resumed();
	check_repaired_access();
	check_order();
	check_no_handler();
	check_refused();
	check_ended_while_waiting();
	port_destroy(port);
	test_end();
}
