/*
 * Where a program with lib/libc begins.  The kernel leaves argc at 0(esp), then argv, a null, envp,
 * a null.  The first thread stays on the kernel's stack.
 */
	.text
	.globl	_start
	.type	_start, @function
_start:
	movl	%esp, %eax
	xorl	%ebp, %ebp		/* ends a backtrace */
	andl	$-16, %esp
	subl	$12, %esp		/* with the next push and the call: esp + 4 is 16-aligned */
	pushl	%eax
	fninit				/* all floating-point exceptions masked, as C expects */
	call	libc_start		/* libc_start(uint32_t *kernel_stack): does not return */
	ud2
	.size	_start, . - _start

	.section .note.GNU-stack, "", @progbits
