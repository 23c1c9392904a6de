/*
 * Where a thread of lib/thread begins: ebx its block (struct libc_thread *), the stack empty and
 * 16-aligned.
 */
	.text
	.globl	thread_entry
	.type	thread_entry, @function
thread_entry:
	movl	$0x33, %eax		/* LIBC_THREAD_SELECTOR: the creator has set the segment */
	movl	%eax, %gs
	fninit				/* all floating-point exceptions masked, as C expects */
	xorl	%ebp, %ebp		/* ends a backtrace */
	subl	$12, %esp		/* with the next push and the call: esp + 4 is 16-aligned */
	pushl	%ebx
	call	thread_main		/* thread_main(struct libc_thread *): does not return */
	ud2
	.size	thread_entry, . - thread_entry

	.section .note.GNU-stack, "", @progbits
