/* TEST: oracle=no */
/*
 * What GNU Mach 1.8 does not survive or wrongly allows: absurd message sizes, the trap just past
 * the table, messages and arguments in the kernel's own memory; and a thread whose reply port is
 * gone.
 */
#include "lib/msg.h"
#include <mach/mig_support.h>

static void check_huge_messages(void)
{
	static const mach_msg_size_t sizes[] = {0xfffffffc, 0xfffffff0, 0x80000000,
						0x7ffffffc, 0x40000000, 0x10000000};
	struct msg msg;
	mach_port_t port = port_new_send();

	test_group_begin("a message larger than the kernel's room for one has no buffer");
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		msg_begin(&msg, port, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 1);
		if (!CHECK_KR(mach_msg_trap(&msg.head, MACH_SEND_MSG, sizes[i], 0, MACH_PORT_NULL,
					    0, MACH_PORT_NULL),
			      MACH_SEND_NO_BUFFER)) {
			test_note("  size 0x%x", sizes[i]);
		}
		CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 1);
	}
	test_group_end();
	port_destroy(port);
}

/* A message at a kernel address is neither read nor written. */
static void check_kernel_memory(void)
{
	static const vm_address_t places[] = {0xbffffff8, 0xbffffffc, 0xc0000000, 0xc0001000,
					      0xc0100000, 0xd0000000, 0xffffffe0, 0xfffffffc};
	struct msg msg;
	mach_port_t port = port_new_send();

	test_group_begin("no message is sent from, or received to, the kernel's memory");
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		CHECK_KR(mach_msg_trap((mach_msg_header_t *)places[i], MACH_SEND_MSG, 24, 0,
				       MACH_PORT_NULL, 0, MACH_PORT_NULL),
			 MACH_SEND_INVALID_DATA);
		CHECK_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 1), MACH_MSG_SUCCESS);
		CHECK_KR(mach_msg_trap((mach_msg_header_t *)places[i], MACH_RCV_MSG, 0, 100, port,
				       0, MACH_PORT_NULL),
			 MACH_RCV_INVALID_DATA);
		CHECK_KR(msg_receive(&msg, port, 0), MACH_RCV_TIMED_OUT);
	}
	test_group_end();
	port_destroy(port);
}

struct bad_trap {
	void (*gate)(void);
	int number;
};

static void make_trap(void *argument)
{
	const struct bad_trap *trap = argument;

	(void)mach_trap_by_number(trap->gate, trap->number, 0, 0, 0, 0);
}

static void check_trap_numbers(void)
{
	static const int numbers[] = {-130, -131, -0x7fffffff - 1, -0x7fffffff, 1, 25, 0x7fffffff};
	static void (*const gates[])(void) = {mach_gate_lcall, mach_gate_sysenter};
	struct test_fault fault;

	test_group_begin("by both gates, numbers beyond the table are invalid instructions");
	for (size_t g = 0; g < 2; g++) {
		for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
			struct bad_trap trap = {gates[g], numbers[i]};

			CHECK(test_catch(&fault, make_trap, &trap));
			CHECK_EQ(fault.exception, EXC_BAD_INSTRUCTION);
			if (!CHECK_EQ(fault.code, EXC_I386_INVOP)) {
				test_note("  gate %d number %d", (int)g, numbers[i]);
			}
		}
	}
	test_group_end();
}

/* A trap with three arguments and esp = "stack", by Mach's gate. */
static void trap_lcall(void *stack)
{
	__asm__ volatile("movl %%esp, %%ebx\n\t"
			 "movl %0, %%esp\n\t"
			 ".byte 0x9a, 0, 0, 0, 0, 7, 0\n\t"
			 "movl %%ebx, %%esp"
			 :
			 : "r"(stack), "a"(-61)
			 : "ebx", "ecx", "edx", "memory");
}

/* The same by ours: the stack is what ecx says. */
static void trap_sysenter(void *stack)
{
	__asm__ volatile("movl $1f, %%edx\n\t"
			 "movl %%esp, %%ebx\n\t"
			 "sysenter\n"
			 "1:\tmovl %%ebx, %%esp"
			 :
			 : "c"(stack), "a"(-61)
			 : "ebx", "edx", "memory");
}

static void check_trap_stacks(void)
{
	static void *const stacks[] = {
		(void *)0x0,        (void *)0x10,       (void *)0xbffffff8,
		(void *)0xbffffffc, (void *)0xbfffffff, (void *)0xc0000000,
		(void *)0xc0100000, (void *)0xfffffff0, (void *)0xfffffffc,
	};
	static void (*const traps[])(void *) = {trap_lcall, trap_sysenter};
	struct test_fault fault;

	test_group_begin("by both gates, arguments in the kernel's memory are an invalid address");
	for (size_t t = 0; t < 2; t++) {
		for (size_t i = 0; i < sizeof stacks / sizeof stacks[0]; i++) {
			CHECK(test_catch(&fault, traps[t], stacks[i]));
			CHECK_EQ(fault.exception, EXC_BAD_ACCESS);
			if (!CHECK_EQ(fault.code, KERN_INVALID_ADDRESS)) {
				test_note("  gate %d stack %p", (int)t, stacks[i]);
			}
		}
	}
	test_group_end();
}

/* A thread's reply port that is gone: one call fails, and the next one has another port. */
static void check_reply_port_gone(void)
{
	mach_port_t port = MACH_PORT_NULL;

	CHECK_KR(mach_port_mod_refs(mach_task_self(), mig_get_reply_port(), MACH_PORT_RIGHT_RECEIVE,
				    -1),
		 MACH_RCV_INVALID_NAME);
	CHECK_KR(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port),
		 KERN_SUCCESS);
	CHECK_KR(mach_port_destroy(mach_task_self(), port), KERN_SUCCESS);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "edges");
	check_huge_messages();
	check_kernel_memory();
	check_trap_numbers();
	check_trap_stacks();
	check_reply_port_gone();
	test_end();
}
