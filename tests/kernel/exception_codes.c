/* TEST: oracle=yes */
/*
 * Every processor exception from user mode: which exception, code and subcode it becomes.  QEMU's
 * TCG raises neither alignment checks, nor SIMD exceptions, nor those of LDMXCSR, nor #GP for null
 * data segments.
 */
#include "lib/harness.h"

/* Each function faults at its first instruction that can; all are without an end of their own. */
#define FAULT(name, instructions)                                                                  \
	static void name(void *argument)                                                           \
	{                                                                                          \
		(void)argument;                                                                    \
		__asm__ volatile(instructions ::: "eax", "ebx", "ecx", "edx", "memory", "cc");     \
	}

FAULT(divide_by_zero, "xorl %%edx, %%edx\n movl $1, %%eax\n xorl %%ecx, %%ecx\n divl %%ecx")
FAULT(divide_overflow, "movl $0x80000000, %%eax\n cltd\n movl $-1, %%ecx\n idivl %%ecx")
FAULT(breakpoint, "int3")
FAULT(breakpoint_two_bytes, ".byte 0xcd, 0x03")
FAULT(overflow, "movb $0x7f, %%al\n addb $1, %%al\n into")
FAULT(bound, "pushl $5\n pushl $1\n movl $9, %%eax\n boundl %%eax, (%%esp)")
FAULT(undefined, "ud2")
FAULT(undefined_lock, ".byte 0xf0, 0x90, 0xc3")
FAULT(halt, "hlt")
FAULT(disable_interrupts, "cli")
FAULT(enable_interrupts, "sti")
FAULT(interrupt_80, "int $0x80")
FAULT(interrupt_20, "int $0x20")
FAULT(interrupt_0d, "int $0x0d")
FAULT(interrupt_ff, "int $0xff")
FAULT(port_in, "inb $0x60, %%al")
FAULT(port_out, "outb %%al, $0x61")
FAULT(port_in_word, "movl $0x70, %%edx\n inw %%dx, %%ax")
FAULT(load_cr3, "movl %%cr3, %%eax")
FAULT(load_gdt, "pushl $0\n pushl $0\n lgdt (%%esp)")
FAULT(load_msr, "movl $0x174, %%ecx\n rdmsr")
FAULT(write_msr, "movl $0x174, %%ecx\n wrmsr")
FAULT(load_dr7, "movl %%dr7, %%eax")
FAULT(clear_ts, "clts")
FAULT(invalidate, "invlpg 0")
FAULT(bad_ds, "movl $0x10, %%eax\n movl %%eax, %%ds")
FAULT(bad_es, "movl $0x88, %%eax\n movl %%eax, %%es")
FAULT(bad_gs, "movl $0xfff8, %%eax\n movl %%eax, %%gs")
FAULT(bad_ss, "movl $0x10, %%eax\n movl %%eax, %%ss")
FAULT(null_ss, "xorl %%eax, %%eax\n movl %%eax, %%ss")
FAULT(single_step, "pushfl\n orl $0x100, (%%esp)\n popfl\n nop\n nop")
FAULT(x87_divide, "fninit\n pushl $0x037b\n fldcw (%%esp)\n fld1\n fldz\n fdivrp\n fwait")
FAULT(x87_invalid, "fninit\n pushl $0x037e\n fldcw (%%esp)\n fldz\n fldz\n fdivrp\n fwait")
FAULT(esp_kernel, "movl $0xc0001000, %%esp\n pushl $1")
FAULT(esp_zero, "xorl %%esp, %%esp\n popl %%eax")
FAULT(read_null, "movl 0, %%eax")
FAULT(write_null, "movl %%eax, 8")
FAULT(read_kernel, "movl 0xc0000000, %%eax")
FAULT(write_kernel, "movl %%eax, 0xc0100000")
FAULT(read_last, "movl 0xfffffffc, %%eax")
FAULT(read_straddling, "movl 0xbfffffff, %%eax")
FAULT(jump_kernel, "movl $0xc0100000, %%eax\n jmp *%%eax")
FAULT(jump_null, "xorl %%eax, %%eax\n jmp *%%eax")

/* An x87 error tells the status word; a fault above user addresses the trap, not a Mach error. */
#define EXC_I386_PGFLT 14

struct expectation {
	const char *name;
	void (*function)(void *argument);
	int exception;
	int code;
	uint32_t subcode;
};

#define ROW(name, exception, code, subcode)                                                        \
	{                                                                                          \
#name, name, exception, code, subcode                                              \
	}

static const struct expectation expectations[] = {
	ROW(divide_by_zero, EXC_ARITHMETIC, 1, 0),
	ROW(divide_overflow, EXC_ARITHMETIC, 1, 0),
	ROW(breakpoint, EXC_BREAKPOINT, 2, 0),
	ROW(breakpoint_two_bytes, EXC_BREAKPOINT, 2, 0),
	ROW(overflow, EXC_ARITHMETIC, 2, 0),
	ROW(bound, EXC_SOFTWARE, 7, 0),
	ROW(undefined, EXC_BAD_INSTRUCTION, 1, 0),
	ROW(undefined_lock, EXC_BAD_INSTRUCTION, 1, 0),
	ROW(halt, EXC_BAD_INSTRUCTION, 13, 0),
	ROW(disable_interrupts, EXC_BAD_INSTRUCTION, 13, 0),
	ROW(enable_interrupts, EXC_BAD_INSTRUCTION, 13, 0),
	ROW(interrupt_80, EXC_BAD_INSTRUCTION, 13, 0x402),
	ROW(interrupt_20, EXC_BAD_INSTRUCTION, 13, 0x102),
	ROW(interrupt_0d, EXC_BAD_INSTRUCTION, 13, 0x6a),
	ROW(interrupt_ff, EXC_BAD_INSTRUCTION, 13, 0x7fa),
	ROW(port_in, EXC_BAD_INSTRUCTION, 13, 0),
	ROW(port_out, EXC_BAD_INSTRUCTION, 13, 0),
	ROW(port_in_word, EXC_BAD_INSTRUCTION, 13, 0),
	ROW(load_cr3, EXC_BAD_INSTRUCTION, 13, 0),
	ROW(load_gdt, EXC_BAD_INSTRUCTION, 13, 0),
	ROW(load_msr, EXC_BAD_INSTRUCTION, 13, 0),
	ROW(write_msr, EXC_BAD_INSTRUCTION, 13, 0),
	ROW(load_dr7, EXC_BAD_INSTRUCTION, 13, 0),
	ROW(clear_ts, EXC_BAD_INSTRUCTION, 13, 0),
	ROW(invalidate, EXC_BAD_INSTRUCTION, 13, 0),
	ROW(bad_ds, EXC_BAD_INSTRUCTION, 13, 0x10),
	ROW(bad_gs, EXC_BAD_INSTRUCTION, 13, 0xfff8),
	ROW(bad_ss, EXC_BAD_INSTRUCTION, 13, 0x10),
	ROW(null_ss, EXC_BAD_INSTRUCTION, 13, 0),
	ROW(single_step, EXC_BREAKPOINT, 1, 0),
	ROW(x87_divide, EXC_ARITHMETIC, 5, 0xb884),
	ROW(x87_invalid, EXC_ARITHMETIC, 5, 0xb881),
	ROW(esp_kernel, EXC_BAD_ACCESS, EXC_I386_PGFLT, 0xc0000ffc),
	ROW(esp_zero, EXC_BAD_ACCESS, KERN_INVALID_ADDRESS, 0),
	ROW(read_null, EXC_BAD_ACCESS, KERN_INVALID_ADDRESS, 0),
	ROW(write_null, EXC_BAD_ACCESS, KERN_INVALID_ADDRESS, 8),
	ROW(read_kernel, EXC_BAD_ACCESS, EXC_I386_PGFLT, 0xc0000000),
	ROW(write_kernel, EXC_BAD_ACCESS, EXC_I386_PGFLT, 0xc0100000),
	ROW(read_last, EXC_BAD_ACCESS, EXC_I386_PGFLT, 0xfffffffc),
	ROW(read_straddling, EXC_BAD_ACCESS, EXC_I386_PGFLT, 0xc0000000),
	ROW(jump_kernel, EXC_BAD_ACCESS, EXC_I386_PGFLT, 0xc0100000),
	ROW(jump_null, EXC_BAD_ACCESS, KERN_INVALID_ADDRESS, 0),
	ROW(bad_es, EXC_BAD_INSTRUCTION, 13, 0x88),
};

int main(int argc, char **argv)
{
	test_begin(argc, argv, "exception_codes");
	for (uint32_t i = 0; i < sizeof expectations / sizeof expectations[0]; i++) {
		const struct expectation *row = &expectations[i];
		struct test_fault fault;

		test_group_begin(row->name);
		CHECK(test_catch(&fault, row->function, NULL));
		CHECK_EQ(fault.exception, row->exception);
		CHECK_EQ(fault.code, row->code);
		CHECK_EQ(fault.subcode, row->subcode);
		CHECK(fault.state.efl & 0x200);
		CHECK_EQ(fault.state.efl & 0x4000, 0);
		test_group_end();
	}
	test_end();
}
