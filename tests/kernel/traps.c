/* TEST: oracle=yes */
/* Every trap with good and bad arguments; the numbers beside them; what survives a trap. */
#include "lib/msg.h"

#define SELF               mach_task_self()
#define TRAP_BY(gate, ...) mach_trap_by_number(gate, __VA_ARGS__)

static void check_selves(void)
{
	mach_port_t task = (mach_task_self)();
	mach_port_t host = (mach_host_self)();
	mach_port_t thread = mach_thread_self();
	mach_port_t reply = mach_reply_port();
	int refs = port_refs(task, MACH_PORT_RIGHT_SEND);

	CHECK_EQ(task, SELF);
	CHECK_EQ(host, mach_host_self());
	CHECK_EQ((mach_task_self)(), task);
	CHECK_EQ(port_refs(task, MACH_PORT_RIGHT_SEND), refs + 1);
	NEED_KR(mach_port_mod_refs(SELF, task, MACH_PORT_RIGHT_SEND, -2));
	CHECK_EQ(port_refs(host, MACH_PORT_RIGHT_SEND), 2);
	NEED_KR(mach_port_deallocate(SELF, host));
	CHECK_EQ(port_type(thread), MACH_PORT_TYPE_SEND);
	CHECK_EQ(mach_thread_self(), thread);
	CHECK_EQ(port_refs(thread, MACH_PORT_RIGHT_SEND), 2);
	NEED_KR(mach_port_mod_refs(SELF, thread, MACH_PORT_RIGHT_SEND, -2));
	CHECK_EQ(port_type(thread), 0);
	CHECK_EQ(port_type(reply), MACH_PORT_TYPE_RECEIVE);
	port_destroy(reply);
}

/* Numbers of the table that have no trap; the list of traps says which have. */
static boolean_t assigned(int number)
{
	switch (number) {
#define kernel_trap(name, trap_number, argument_count)                                             \
	case trap_number:                                                                          \
		return TRUE;
#include <mach/syscall_sw.h>
#undef kernel_trap
	default:
		return FALSE;
	}
}

static void check_unassigned(void)
{
	test_group_begin("an unassigned number of the table is an invalid argument");
	for (int number = -1; number > -MACH_TRAP_TABLE_COUNT; number--) {
		kern_return_t expected = KERN_INVALID_ARGUMENT;

		/* The named but unimplemented ones answer as they like; -77 is newer than 1.8. */
		if (assigned(number) || (number <= -77 && number >= -98)) {
			continue;
		}
		if ((number <= -10 && number >= -13) || number == -55 || number == -56) {
			expected = KERN_SUCCESS;
		}
		if (!CHECK_KR((kern_return_t)TRAP_BY(mach_gate, number, 0, 0, 0), expected)) {
			test_note("  trap %d", number);
		}
	}
	test_group_end();
}

static void trap_positive(void *number)
{
	(void)TRAP_BY(mach_gate, (int)number, 0, 0, 0, 0);
}

static void check_beyond(void)
{
	static const int numbers[] = {1,          2,    25,    129,         130,
				      0x7fffffff, -131, -1000, -0x7fffffff, 0x1000000};
	struct test_fault fault;

	test_group_begin("numbers that are positive or beyond the table: an invalid instruction");
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		CHECK(test_catch(&fault, trap_positive, (void *)numbers[i]));
		CHECK_EQ(fault.exception, EXC_BAD_INSTRUCTION);
		if (!CHECK_EQ(fault.code, EXC_I386_INVOP)) {
			test_note("  trap %d", numbers[i]);
		}
	}
	test_group_end();
}

/* Makes a trap with esp = "stack": an argument that cannot be read is the caller's fault. */
static void trap_on_stack(void *stack)
{
	__asm__ volatile("movl %%esp, %%ebx\n\t"
			 "movl %0, %%esp\n\t"
			 ".byte 0x9a, 0, 0, 0, 0, 7, 0\n\t"
			 "movl %%ebx, %%esp"
			 :
			 : "r"(stack), "a"(-61)
			 : "ebx", "ecx", "edx", "memory");
}

static void check_bad_stack(void)
{
	static void *const stacks[] = {(void *)0x10, (void *)0x70000000, (void *)0xb0000001};
	struct test_fault fault;

	test_group_begin("arguments that cannot be read: an invalid address");
	for (size_t i = 0; i < sizeof stacks / sizeof stacks[0]; i++) {
		CHECK(test_catch(&fault, trap_on_stack, stacks[i]));
		CHECK_EQ(fault.exception, EXC_BAD_ACCESS);
		if (!CHECK_EQ(fault.code, KERN_INVALID_ADDRESS)) {
			test_note("  stack %p", stacks[i]);
		}
	}
	test_group_end();
}

/* What a trap leaves in the registers that C expects to survive; 1: all of them did. */
static int registers_survive(void (*gate)(void))
{
	uint32_t ebx = 0x11111111;
	uint32_t esi = 0x22222222;
	uint32_t edi = 0x33333333;
	uint32_t ebp_before = 0;
	uint32_t ebp_after = 0;
	uint32_t esp_before = 0;
	uint32_t esp_after = 0;
	uint32_t eax = (uint32_t)-59;

	/* swtch_pri(0), its argument pushed as a call would. */
	__asm__ volatile(
		"movl %%ebp, %[ebp_before]\n\t"
		"movl %%esp, %[esp_before]\n\t"
		"pushl $0\n\t"
		"call *%[gate]\n\t"
		"addl $4, %%esp\n\t"
		"movl %%esp, %[esp_after]\n\t"
		"movl %%ebp, %[ebp_after]\n\t"
		: "+b"(ebx), "+S"(esi), "+D"(edi),
		  "+a"(eax), [ebp_before] "=&m"(ebp_before), [esp_before] "=&m"(esp_before),
		  [esp_after] "=&m"(esp_after), [ebp_after] "=&m"(ebp_after)
		: [gate] "m"(gate)
		: "ecx", "edx", "memory", "cc");
	return ebx == 0x11111111 && esi == 0x22222222 && edi == 0x33333333 &&
	       ebp_before == ebp_after && esp_before == esp_after;
}

/* The gate of Mach also keeps the flags: here those that a program may set for itself. */
static uint32_t flags_after_trap(uint32_t set)
{
	uint32_t flags = 0;

	__asm__ volatile("pushfl\n\t"
			 "orl %1, (%%esp)\n\t"
			 "popfl\n\t"
			 "movl $-24, %%eax\n\t"
			 "call mach_gate_lcall\n\t"
			 "pushfl\n\t"
			 "popl %0\n\t"
			 "cld"
			 : "=&r"(flags)
			 : "r"(set)
			 : "eax", "ecx", "edx", "memory", "cc");
	return flags & set;
}

static void check_registers(void)
{
	CHECK(registers_survive(mach_gate_lcall));
	CHECK(registers_survive(mach_gate));
	CHECK_EQ(flags_after_trap(0x400), 0x400);
	CHECK_EQ(flags_after_trap(0x8d5), 0x8d5);
	CHECK_EQ(flags_after_trap(0x40000), 0x40000);
}

static void check_vm(void)
{
	vm_address_t address = 0;

	CHECK_KR(syscall_vm_allocate(SELF, &address, 8192, TRUE), KERN_SUCCESS);
	*(volatile int *)address = 1;
	CHECK_KR(syscall_vm_allocate(SELF, &address, 4096, FALSE), KERN_NO_SPACE);
	CHECK_KR(syscall_vm_deallocate(SELF, address, 8192), KERN_SUCCESS);
	CHECK_KR(syscall_vm_allocate(SELF, &address, 4096, FALSE), KERN_SUCCESS);
	CHECK_KR(syscall_vm_deallocate(SELF, address, 4096), KERN_SUCCESS);
	CHECK_KR(syscall_vm_map(SELF, &address, 4096, 0, TRUE, MACH_PORT_NULL, 0, FALSE,
				VM_PROT_ALL, VM_PROT_ALL, VM_INHERIT_COPY),
		 KERN_SUCCESS);
	CHECK_EQ(*(volatile int *)address, 0);
	CHECK_KR(syscall_vm_deallocate(SELF, address, 4096), KERN_SUCCESS);
	CHECK_KR(syscall_vm_allocate(4999, &address, 4096, TRUE), MACH_SEND_INTERRUPTED);
	CHECK_KR(syscall_vm_deallocate(4999, address, 4096), MACH_SEND_INTERRUPTED);
	CHECK_KR(syscall_vm_map(4999, &address, 4096, 0, TRUE, MACH_PORT_NULL, 0, FALSE,
				VM_PROT_ALL, VM_PROT_ALL, VM_INHERIT_COPY),
		 MACH_SEND_INTERRUPTED);
	CHECK_KR(syscall_vm_allocate(host_priv, &address, 4096, TRUE), MACH_SEND_INTERRUPTED);
}

static void check_ports(void)
{
	mach_port_t port = MACH_PORT_NULL;
	mach_port_t name = port_unused_name();

	CHECK_KR(syscall_mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port), KERN_SUCCESS);
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_RECEIVE);
	CHECK_KR(syscall_mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND),
		 KERN_SUCCESS);
	CHECK_KR(syscall_mach_port_insert_right(SELF, name, port, MACH_MSG_TYPE_MAKE_SEND),
		 KERN_RIGHT_EXISTS);
	CHECK_KR(syscall_mach_port_insert_right(SELF, port, port, 3), KERN_INVALID_VALUE);
	CHECK_KR(syscall_mach_port_insert_right(SELF, name, name, MACH_MSG_TYPE_COPY_SEND),
		 KERN_INVALID_NAME);
	CHECK_KR(syscall_mach_port_deallocate(SELF, port), KERN_SUCCESS);
	CHECK_KR(syscall_mach_port_deallocate(SELF, port), KERN_INVALID_RIGHT);
	CHECK_KR(syscall_mach_port_deallocate(SELF, name), KERN_INVALID_NAME);
	CHECK_KR(syscall_mach_port_allocate_name(SELF, MACH_PORT_RIGHT_PORT_SET, name),
		 KERN_SUCCESS);
	CHECK_EQ(port_type(name), MACH_PORT_TYPE_PORT_SET);
	CHECK_KR(syscall_mach_port_allocate_name(SELF, MACH_PORT_RIGHT_PORT_SET, name),
		 KERN_NAME_EXISTS);
	CHECK_KR(syscall_mach_port_allocate(SELF, MACH_PORT_RIGHT_SEND, &port), KERN_INVALID_VALUE);
	CHECK_KR(syscall_mach_port_allocate(name, MACH_PORT_RIGHT_RECEIVE, &port),
		 MACH_SEND_INTERRUPTED);
	CHECK_KR(syscall_mach_port_allocate_name(port, MACH_PORT_RIGHT_RECEIVE, name),
		 MACH_SEND_INTERRUPTED);
	CHECK_KR(syscall_mach_port_deallocate(MACH_PORT_NULL, name), MACH_SEND_INTERRUPTED);
	port_destroy(name);
	port_destroy(port);
}

static void check_tasks(void)
{
	mach_port_t task = MACH_PORT_NULL;
	mach_port_t none = MACH_PORT_NULL;
	mach_port_t port = port_new_send();

	CHECK_KR(syscall_task_create(SELF, FALSE, &task), KERN_SUCCESS);
	CHECK_EQ(port_type(task), MACH_PORT_TYPE_SEND);
	CHECK_KR(syscall_task_suspend(task), KERN_SUCCESS);
	CHECK_KR(task_resume(task), KERN_SUCCESS);
	CHECK_KR(syscall_task_set_special_port(task, TASK_BOOTSTRAP_PORT, port), KERN_SUCCESS);
	CHECK_KR(syscall_task_set_special_port(task, 77, port), KERN_INVALID_ARGUMENT);
	CHECK_KR(syscall_task_terminate(task), KERN_SUCCESS);
	CHECK_EQ(port_type(task), MACH_PORT_TYPE_DEAD_NAME);
	CHECK_KR(syscall_task_terminate(task), MACH_SEND_INTERRUPTED);
	CHECK_KR(syscall_task_suspend(4999), MACH_SEND_INTERRUPTED);
	CHECK_KR(syscall_task_create(4999, FALSE, &none), MACH_SEND_INTERRUPTED);
	CHECK_KR(syscall_task_set_special_port(4999, TASK_BOOTSTRAP_PORT, port),
		 MACH_SEND_INTERRUPTED);
	port_destroy(task);
	port_destroy(port);
}

static void check_scheduling(void)
{
	CHECK(swtch_pri(0) <= TRUE);
	CHECK(swtch() <= TRUE);
	CHECK_KR(thread_switch(MACH_PORT_NULL, 0, 0), KERN_SUCCESS);
	CHECK_KR(thread_switch(MACH_PORT_NULL, 1, 5), KERN_SUCCESS);
	CHECK_KR(thread_switch(MACH_PORT_NULL, 2, 5), KERN_SUCCESS);
	CHECK_KR(thread_switch(4999, 0, 0), KERN_SUCCESS);
	CHECK_KR(thread_switch(MACH_PORT_NULL, 3, 0), KERN_INVALID_ARGUMENT);
	CHECK_KR(thread_switch(MACH_PORT_NULL, -1, 0), KERN_INVALID_ARGUMENT);
	CHECK_KR(syscall_thread_depress_abort(4999), MACH_SEND_INTERRUPTED);
	CHECK_KR(evc_wait(0x12345678), KERN_INVALID_ARGUMENT);
	CHECK_KR(evc_wait_clear(0x12345678), KERN_INVALID_ARGUMENT);
	mach_print("# printed by a trap\n");
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "traps");
	check_selves();
	check_unassigned();
	check_beyond();
	check_bad_stack();
	check_registers();
	check_vm();
	check_ports();
	check_tasks();
	check_scheduling();
	test_end();
}
