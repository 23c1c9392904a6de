/*
 * Where a program begins.  The kernel leaves argc at 0(esp), then argv, a null, envp, a null.  The
 * first thread moves to a stack of our own, so that every thread's stack has the shape thread.h
 * says (aligned to its size, thread block at its base).
 */
#define MACH_STACK_SIZE 0x10000		/* thread.h; mach_start.c asserts that they agree */

	.text
	.globl	_start
	.type	_start, @function
_start:
	movl	%esp, %eax
	movl	$mach_main_stack + MACH_STACK_SIZE, %esp
	xorl	%ebp, %ebp		/* ends a backtrace */
	pushl	%ebp			/* with the next push and the call: esp + 4 is 16-aligned */
	pushl	%ebp
	pushl	%ebp
	pushl	%eax
	call	mach_start		/* mach_start(uint32_t *kernel_stack): does not return */
	ud2
	.size	_start, . - _start

	.section .note.GNU-stack, "", @progbits
