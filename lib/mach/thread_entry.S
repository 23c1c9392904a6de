/*
 * Where a thread made by mach_thread_start_state begins: ebx the function, esi its argument.  The
 * function must not return.
 */
	.text
	.globl	mach_thread_entry
	.type	mach_thread_entry, @function
mach_thread_entry:
	xorl	%ebp, %ebp
	pushl	%ebp
	pushl	%ebp
	pushl	%ebp
	pushl	%esi
	call	*%ebx
	ud2
	.size	mach_thread_entry, . - mach_thread_entry

	.section .note.GNU-stack, "", @progbits
