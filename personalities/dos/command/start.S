/*
 * COMMAND.COM: where it begins, its way to INT 21h, and its interrupts.  One segment for everything;
 * the C code is 32-bit instructions in 16-bit mode (gcc -m16), so the upper halves of the registers
 * are to be 0 whenever it runs.
 */
	.code16
	.section .start, "ax"
	.globl	_start
_start:
	cld
	movl	$stack_top, %esp
	movl	$bss_start, %edi
	movl	$bss_end, %ecx
	subl	%edi, %ecx
	xorl	%eax, %eax
	xorl	%ebp, %ebp
	addr32 rep stosb
	xorl	%ebx, %ebx
	xorl	%edx, %edx
	xorl	%esi, %esi
	calll	command_main
	movb	$0x4c, %ah
	int	$0x21

	.text
/* void dos_int21(struct dos_registers *): eax is the pointer (regparm).  Offsets: dos_calls.h. */
	.globl	dos_int21
dos_int21:
	pushal
	pushw	%ds
	pushw	%es
	movl	%eax, %ebp
	movw	2(%ebp), %bx
	movw	4(%ebp), %cx
	movw	6(%ebp), %dx
	movw	8(%ebp), %si
	movw	10(%ebp), %di
	movw	14(%ebp), %es
	movw	0(%ebp), %ax
	movw	12(%ebp), %ds
	int	$0x21
	movzwl	%sp, %esp		/* a child may have left anything in the upper halves */
	movzwl	%bp, %ebp
	movw	%ax, 0(%ebp)
	movw	%bx, 2(%ebp)
	movw	%cx, 4(%ebp)
	movw	%dx, 6(%ebp)
	movw	%si, 8(%ebp)
	movw	%di, 10(%ebp)
	movw	%ds, 12(%ebp)
	movw	%es, 14(%ebp)
	pushfw
	popw	16(%ebp)
	cld
	popw	%es
	popw	%ds
	popal
	retl

/* An empty stack and registers as C wants them. */
	.macro	AFRESH
	movw	%cs, %ax
	movw	%ax, %ds
	movw	%ax, %es
	cli
	movw	%ax, %ss
	movl	$stack_top, %esp
	sti
	cld
	xorl	%eax, %eax
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%esi, %esi
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	.endm

/*
 * INT 23h.  A child that has not its own vector is to end: RETF with carry.  In the shell itself
 * whatever was done is given up, and it begins its loop again.
 */
	.globl	interrupt_23
interrupt_23:
	pushw	%ax
	pushw	%bx
	movb	$0x51, %ah
	int	$0x21
	movw	%cs, %ax
	cmpw	%ax, %bx
	popw	%bx
	popw	%ax
	je	1f
	stc
	lretw
1:	AFRESH
	calll	command_broken
	movb	$0x4c, %ah
	int	$0x21

/* In INT 24h: the command that caused the error is given up. */
	.globl	shell_restart
shell_restart:
	AFRESH
	calll	command_aborted
	movb	$0x4c, %ah
	int	$0x21

/* Runs a C function on a stack of its own: cs:stack in, all registers kept but AX. */
	.macro	ON_STACK save, stack, function
	movw	%ss, %cs:\save
	movw	%sp, %cs:\save + 2
	pushw	%cs
	popw	%ds
	pushw	%cs
	popw	%es
	cli
	pushw	%cs
	popw	%ss
	movl	$\stack, %esp
	sti
	cld
	calll	\function
	cli
	movw	%cs:\save, %ss
	movzwl	%cs:\save + 2, %esp
	sti
	.endm

/* What an interrupt keeps besides AX. */
	.macro	SAVE
	pushw	%ds
	pushw	%es
	pushl	%ebx
	pushl	%ecx
	pushl	%edx
	pushl	%esi
	pushl	%edi
	pushl	%ebp
	.endm

	.macro	RESTORE
	popl	%ebp
	popl	%edi
	popl	%esi
	popl	%edx
	popl	%ecx
	popl	%ebx
	popw	%es
	popw	%ds
	.endm

/* INT 24h: AX and DI say what went wrong; AL answers.  Functions 01 to 0C may be used. */
	.globl	interrupt_24
interrupt_24:
	SAVE
	movzwl	%ax, %eax
	movzwl	%di, %edx
	ON_STACK saved_24, stack_24, command_critical
	RESTORE
	iretw

/* INT 2Eh: DS:SI is a command line with its length in front. */
	.globl	interrupt_2e
interrupt_2e:
	SAVE
	movw	%ds, %ax
	movzwl	%ax, %eax
	movzwl	%si, %edx
	ON_STACK saved_2e, stack_2e, command_interrupt_2e
	RESTORE
	xorw	%ax, %ax
	iretw

	.bss
	.balign	4
saved_24: .skip	4
saved_2e: .skip	4
	.skip	2048
stack_24:
	.skip	4096
stack_2e:
	.section .stack, "aw", @nobits
	.skip	12288
stack_top:
	.section .note.GNU-stack, "", @progbits
