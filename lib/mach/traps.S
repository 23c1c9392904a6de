/*
 * The trap stubs.  Each puts its number into eax and jumps through mach_gate, so the stack the gate
 * sees is the caller's: 0(esp) return address, 4(esp) first argument.
 */

	.text

#define kernel_trap(name, number, argument_count)	\
	.globl	name;					\
	.type	name, @function;			\
name:	movl	$number, %eax;				\
	jmp	*mach_gate;				\
	.size	name, . - name;
#include <mach/syscall_sw.h>

/* Known to Masix alone (gate.h, libmach.h). */
kernel_trap(masix_gate_probe, -96, 0)
kernel_trap(masix_v86_run, -97, 1)
kernel_trap(syscall_masix_memory_copy_to_task, -98, 5)

/* The Mach gate: a far call through the kernel's call gate (selector 7; the offset is ignored). */
	.globl	mach_gate_lcall
	.type	mach_gate_lcall, @function
mach_gate_lcall:
	.byte	0x9a			/* lcall $7, $0: said in bytes, as assemblers differ */
	.long	0
	.word	7
	ret
	.size	mach_gate_lcall, . - mach_gate_lcall

/*
 * Masix's cheaper gate.  SYSENTER saves nothing (Intel SDM vol. 2B): the kernel finds our stack in
 * ecx and returns to edx.  ebx esi edi ebp survive; ecx, edx and eflags do not, as the C calling
 * convention allows.
 */
	.globl	mach_gate_sysenter
	.type	mach_gate_sysenter, @function
mach_gate_sysenter:
	movl	%esp, %ecx
	movl	$1f, %edx
	sysenter
1:	ret
	.size	mach_gate_sysenter, . - mach_gate_sysenter

/*
 * uint32_t mach_trap_by_number(uint32_t (*gate)(void), int32_t number, ...): makes any trap, by any
 * gate; for tests.  The gate sees the arguments after "number" above a return address, as it must.
 */
	.globl	mach_trap_by_number
	.type	mach_trap_by_number, @function
mach_trap_by_number:
	popl	mach_trap_return	/* not reentrant: tests call it from one thread */
	popl	mach_trap_gate
	popl	%eax
	call	*mach_trap_gate
	subl	$8, %esp		/* the caller removes all of its arguments */
	jmp	*mach_trap_return
	.size	mach_trap_by_number, . - mach_trap_by_number

	.local	mach_trap_return
	.comm	mach_trap_return, 4, 4
	.local	mach_trap_gate
	.comm	mach_trap_gate, 4, 4

	.section .note.GNU-stack, "", @progbits
