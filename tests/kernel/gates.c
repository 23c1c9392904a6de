/* TEST: oracle=no */
/* Masix's own gate beside Mach's: the same traps, the same answers. */
#include "lib/msg.h"

#define SELF mach_task_self()

typedef void (*gate_t)(void);
static const gate_t gates[] = {mach_gate_lcall, mach_gate_sysenter};

static void check_probe(void)
{
	CHECK(mach_kernel_is_masix);
	CHECK(mach_gate == mach_gate_sysenter);
	CHECK_EQ(mach_trap_by_number(mach_gate_lcall, MASIX_GATE_PROBE_TRAP), MASIX_GATE_MAGIC);
	CHECK_EQ(mach_trap_by_number(mach_gate_sysenter, MASIX_GATE_PROBE_TRAP), MASIX_GATE_MAGIC);
}

/* Every unassigned number, and each simple trap: both gates say the same. */
static void check_same_answers(void)
{
	test_group_begin("unassigned numbers answer alike by both gates");
	for (int number = -1; number > -MACH_TRAP_TABLE_COUNT; number--) {
		uint32_t answers[2];

		if ((number <= -17 && number >= -30) || (number <= -39 && number >= -40) ||
		    (number <= -59 && number >= -96)) {
			continue;
		}
		for (int g = 0; g < 2; g++) {
			answers[g] = mach_trap_by_number(gates[g], number, 1, 2, 3, 4);
		}
		if (!CHECK_EQ(answers[1], answers[0])) {
			test_note("  trap %d", number);
		}
	}
	test_group_end();
	CHECK_EQ(mach_trap_by_number(mach_gate_sysenter, -28), SELF);
	CHECK_EQ(mach_trap_by_number(mach_gate_lcall, -28), SELF);
	NEED_KR(mach_port_mod_refs(SELF, SELF, MACH_PORT_RIGHT_SEND, -2));
}

/* Requests, messages, eleven arguments, a blocking receive: each through each gate. */
static void check_work(gate_t gate)
{
	gate_t before = mach_gate;
	vm_address_t address = 0;
	mach_port_t port = MACH_PORT_NULL;

	mach_gate = gate;
	port = port_new_send();
	CHECK_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 3), MACH_MSG_SUCCESS);
	CHECK_EQ(msg_receive_id(port, 0), 3);
	CHECK_EQ(msg_receive_id(port, 20), -1);
	CHECK_KR(syscall_vm_map(SELF, &address, 4096, 0, TRUE, MACH_PORT_NULL, 0, FALSE,
				VM_PROT_READ, VM_PROT_ALL, VM_INHERIT_COPY),
		 KERN_SUCCESS);
	CHECK_EQ(*(volatile int *)address, 0);
	CHECK_KR(syscall_vm_deallocate(SELF, address, 4096), KERN_SUCCESS);
	CHECK_KR(thread_switch(MACH_PORT_NULL, 0, 0), KERN_SUCCESS);
	port_destroy(port);
	mach_gate = before;
}

static volatile uint32_t woken[2];
static mach_port_t wake_port;

static void wait_by_gate(void *argument)
{
	static mach_msg_header_t heads[2];
	int g = (int)argument;

	/* The stubs share one gate, so this thread makes its trap by hand. */
	uint32_t arguments[8] = {0, (uint32_t)&heads[g], MACH_RCV_MSG,
				 0, sizeof heads[g],     wake_port,
				 0, MACH_PORT_NULL};
	uint32_t stack = (uint32_t)arguments;
	uint32_t result = 0;

	if (g == 0) {
		__asm__ volatile("movl %%esp, %%ebx\n\t"
				 "movl %1, %%esp\n\t"
				 ".byte 0x9a, 0, 0, 0, 0, 7, 0\n\t"
				 "movl %%ebx, %%esp"
				 : "=a"(result)
				 : "r"(stack), "0"(-25)
				 : "ebx", "ecx", "edx", "memory", "cc");
	} else {
		__asm__ volatile("movl %%esp, %%ebx\n\t"
				 "movl $1f, %%edx\n\t"
				 "sysenter\n"
				 "1:\tmovl %%ebx, %%esp"
				 : "=a"(result), "+c"(stack)
				 : "0"(-25)
				 : "ebx", "edx", "memory", "cc");
	}
	woken[g] = result + 1;
}

/* A thread that waits in a trap by one gate is woken by a message sent through the other. */
static void check_crossed(void)
{
	for (int g = 0; g < 2; g++) {
		struct test_thread thread;

		wake_port = port_new_send();
		woken[g] = 0;
		test_thread_start(&thread, wait_by_gate, (void *)g);
		CHECK(test_wait_blocked(thread.port));
		mach_gate = gates[1 - g];
		CHECK_KR(msg_send_id(wake_port, MACH_MSG_TYPE_COPY_SEND, 4), MACH_MSG_SUCCESS);
		CHECK(test_thread_join(&thread, 0));
		CHECK_EQ(woken[g], MACH_MSG_SUCCESS + 1);
		port_destroy(wake_port);
	}
	mach_gate = mach_gate_sysenter;
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "gates");
	check_probe();
	check_same_answers();
	check_work(mach_gate_lcall);
	check_work(mach_gate_sysenter);
	check_crossed();
	test_end();
}
