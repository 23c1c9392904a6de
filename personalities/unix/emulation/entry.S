/*
 * The library's ways in and out.  No register is free on the way in, none on the way out: the
 * thread's page, found by the library's stack (shared/layout.h), keeps them.
 */
#include "offsets.h"

#define PAGE_OF_STACK(register)			\
	subl	$UNIX_STACKS_ADDRESS, register;	\
	shrl	$15, register;			\
	shll	$12, register;			\
	addl	$UNIX_PAGES_ADDRESS, register

	.section .header, "a"
	.long	0x58494e55, 1
	.long	unix_entry, unix_exit, unix_exit_checked, unix_exit_end
	.long	unix_wait_checked, unix_wait_trap, unix_wait_return
	.long	unix_copy_start, unix_copy_end, unix_copy_failed
	.long	unix_signal_return, unix_signal_return_rt

	.text
/* int $0x80: eax the number; eip, eflags and esp are in the page's block; esp is block.stack_top. */
	.globl	unix_entry
unix_entry:
	pushl	%ebx
	movl	%esp, %ebx
	PAGE_OF_STACK(%ebx)
	popl	PAGE_EBX(%ebx)
	movl	%eax, PAGE_EAX(%ebx)
	movl	%ecx, PAGE_ECX(%ebx)
	movl	%edx, PAGE_EDX(%ebx)
	movl	%esi, PAGE_ESI(%ebx)
	movl	%edi, PAGE_EDI(%ebx)
	movl	%ebp, PAGE_EBP(%ebx)
	movl	%eax, PAGE_CALL(%ebx)
	movl	$1, PAGE_STATE(%ebx)
	movl	$1, PAGE_IN_CALL(%ebx)
	movl	$0, PAGE_RESTORE_ALL(%ebx)	/* the segments are in the processor */
	andl	$~0x100, PAGE_EFLAGS(%ebx)	/* TF would trap in the exit */
	subl	$12, %esp		/* C wants its arguments at a multiple of 16 */
	pushl	%ebx
	call	unix_dispatch
	jmp	1f

/* Back to the program, as the page says.  May be begun again at any instruction below. */
	.globl	unix_exit
unix_exit:
	movl	%esp, %ebx
	PAGE_OF_STACK(%ebx)
1:	movl	PAGE_STACK_TOP(%ebx), %esp
	cmpl	$0, PAGE_PENDING(%ebx)
	je	unix_exit_checked
	subl	$12, %esp
	pushl	%ebx
	call	unix_take_signals
	addl	$16, %esp
unix_exit_checked:
	cmpl	$0, PAGE_RESTORE_ALL(%ebx)
	jne	3f
2:	movl	PAGE_ECX(%ebx), %ecx
	movl	PAGE_EDX(%ebx), %edx
	movl	PAGE_ESI(%ebx), %esi
	movl	PAGE_EDI(%ebx), %edi
	movl	PAGE_EBP(%ebx), %ebp
	leal	PAGE_EXIT_CODE(%ebx), %eax
	pushl	%eax
	pushl	PAGE_EFLAGS(%ebx)
	movl	$0, PAGE_IN_CALL(%ebx)
	movl	$0, PAGE_STATE(%ebx)
	movl	PAGE_EAX(%ebx), %eax
	movl	PAGE_EBX(%ebx), %ebx
	popfl
	ret				/* to exit_code: esp and eip */

/* The segments too; after them nothing but the stack is read. */
3:	movl	PAGE_ECX(%ebx), %ecx
	movl	PAGE_EDX(%ebx), %edx
	movl	PAGE_ESI(%ebx), %esi
	movl	PAGE_EDI(%ebx), %edi
	movl	PAGE_EBP(%ebx), %ebp
	leal	PAGE_EXIT_CODE(%ebx), %eax
	pushl	%eax
	pushl	PAGE_EFLAGS(%ebx)
	pushl	PAGE_EAX(%ebx)
	pushl	PAGE_EBX(%ebx)
	pushl	PAGE_DS(%ebx)
	pushl	PAGE_ES(%ebx)
	pushl	PAGE_FS(%ebx)
	pushl	PAGE_GS(%ebx)
	movl	$0, PAGE_IN_CALL(%ebx)
	movl	$0, PAGE_STATE(%ebx)
	popl	%gs
	popl	%fs
	popl	%es
	popl	%ds
	popl	%ebx
	popl	%eax
	popfl
	ret
unix_exit_end:

/*
 * mach_msg_return_t mach_msg_gate(...): the kernel's gate as lib/mach has it (SYSENTER, ecx the
 * stack, edx where to go on).  A thread that is about to wait in the kernel sees a signal here or
 * is moved to unix_wait_return by the server.
 */
	.globl	mach_msg_gate
mach_msg_gate:
	movl	%esp, %ecx
	PAGE_OF_STACK(%ecx)
	cmpl	$STATE_KERNEL, PAGE_STATE(%ecx)
	jne	4f
unix_wait_checked:
	cmpl	$0, PAGE_PENDING(%ecx)
	jne	5f
4:	movl	$-25, %eax
	movl	%esp, %ecx
	movl	$unix_wait_return, %edx
unix_wait_trap:
	sysenter
unix_wait_return:
	ret
5:	movl	$SEND_INTERRUPTED, %eax
	ret

/* The other traps. */
#define TRAP(name, number)		\
	.globl	name;			\
name:	movl	$number, %eax;		\
	movl	%esp, %ecx;		\
	movl	$6f, %edx;		\
	sysenter
TRAP(mach_reply_port, -26)
TRAP(mach_host_self, -29)
TRAP(swtch, -60)
TRAP(syscall_vm_map, -64)
TRAP(syscall_vm_allocate, -65)
TRAP(syscall_vm_deallocate, -66)
TRAP(syscall_mach_port_deallocate, -73)
6:	ret

/* int copy(void *to, const void *from, uint32_t bytes) */
	.globl	copy
copy:	pushl	%esi
	pushl	%edi
	movl	12(%esp), %edi
	movl	16(%esp), %esi
	movl	20(%esp), %ecx
unix_copy_start:
	movl	%ecx, %edx
	shrl	$2, %ecx
	rep movsl
	movl	%edx, %ecx
	andl	$3, %ecx
	rep movsb
	xorl	%eax, %eax
	jmp	7f

/* int copy_string(char *to, const char *from, uint32_t bytes_max) */
	.globl	copy_string
copy_string_body:
	xorl	%eax, %eax
8:	cmpl	%eax, %ecx
	je	7f
	movb	(%esi,%eax), %dl
	movb	%dl, (%edi,%eax)
	testb	%dl, %dl
	je	7f
	incl	%eax
	jmp	8b

/* int zero(void *to, uint32_t bytes) */
zero_body:
	xorl	%eax, %eax
	movl	%ecx, %edx
	shrl	$2, %ecx
	rep stosl
	movl	%edx, %ecx
	andl	$3, %ecx
	rep stosb
	jmp	7f

/*
 * int save_fp(struct fp_state *to), int load_fp(const struct fp_state *from): fnsave's form, then its
 * status word, then fxsave's.  fnsave empties the registers, so they are loaded again.
 */
save_fp_body:
	fxsave	FP_FXSAVE(%edi)
	fnsave	(%edi)
	frstor	(%edi)
	movzwl	4(%edi), %eax
	movl	%eax, FP_STATUS(%edi)
	xorl	%eax, %eax
	jmp	7f
load_fp_body:
	fxrstor	FP_FXSAVE(%edi)
	xorl	%eax, %eax
	jmp	7f
unix_copy_end:
unix_copy_failed:
	movl	$-14, %eax		/* EFAULT */
7:	popl	%edi
	popl	%esi
	ret

copy_string:
	pushl	%esi
	pushl	%edi
	movl	12(%esp), %edi
	movl	16(%esp), %esi
	movl	20(%esp), %ecx
	jmp	copy_string_body

	.globl	zero
zero:	pushl	%esi
	pushl	%edi
	movl	12(%esp), %edi
	movl	16(%esp), %ecx
	jmp	zero_body

	.globl	save_fp
save_fp:
	pushl	%esi
	pushl	%edi
	movl	12(%esp), %edi
	jmp	save_fp_body

	.globl	load_fp
load_fp:
	pushl	%esi
	pushl	%edi
	movl	12(%esp), %edi
	jmp	load_fp_body

/* Where handlers return to that have no restorer: as Linux's C libraries have it. */
unix_signal_return:
	popl	%eax
	movl	$119, %eax
	int	$0x80
unix_signal_return_rt:
	movl	$173, %eax
	int	$0x80

	.section .note.GNU-stack, "", @progbits
