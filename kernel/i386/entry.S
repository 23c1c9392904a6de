/* Every way into the kernel and back out.

   All of them build a struct user_frame at the top of the thread's kernel stack. The kernel runs with
   interrupts off: gates that do not clear IF, NT, DF, TF and AC are followed at once by a popf of 2.

   ds and es: the kernel works with any flat writable data segment, so the usual user selectors are
   left where they are, and so are fs and gs, which the kernel does not use. Whoever loads another
   value (an odd ds at entry, a switch to a thread with other selectors, thread_set_state) sets AST_SEGMENTS. */
#include "layout.h"

	.section .text.entry, "ax"

/* Any selectors but the two flat pairs: take the kernel's for ds and es, restore all four on the way out. */
.macro CHECK_SEGMENTS
	cmpw $USER_DS, FRAME_DS(%esp)
	jne 91f
	cmpw $USER_DS, FRAME_ES(%esp)
	je 92f
91:	movl $KERNEL_DS, %ecx
	movl %ecx, %ds
	movl %ecx, %es
	orl $AST_SEGMENTS, ast_pending
92:
.endm

/* What both gates do with the frame that they have pushed from edi on: the rest of it, the trap, its result. */
.macro DO_TRAP
	pushl %ds
	pushl %es
	pushl %fs
	pushl %gs
	CHECK_SEGMENTS
	orl $EFL_IF, FRAME_EFLAGS(%esp)
	call trap_call
	movl %eax, FRAME_EAX(%esp)
	cmpl $0, ast_pending
	jne return_slow
.endm

/* lcall $7,$0. The gate pushed ss esp cs eip, no flags; user registers are the trap's, eax its number. */
	.globl entry_lcall
entry_lcall:
	pushfl
	pushl $0
	pushl $TRAP_LCALL
	pushal
	pushl $EFL_ONE
	popfl
	movl FRAME_EIP-16(%esp), %ecx	/* the flags stand where eip belongs: turn the three */
	movl FRAME_CS-16(%esp), %edx
	movl %edx, FRAME_EIP-16(%esp)
	movl FRAME_EFLAGS-16(%esp), %edx
	movl %edx, FRAME_CS-16(%esp)
	movl %ecx, FRAME_EFLAGS-16(%esp)
	DO_TRAP
	addl $FRAME_EDI, %esp
	popal
	addl $8, %esp
	.globl return_iret_lcall
return_iret_lcall:
	iret

/* SYSENTER (SDM vol. 2): eax = trap number, ecx = user esp, edx = user eip to return to. The MSR's esp
   is the address of tss.esp0, below which there is room for the one exception that can come before
   the first instruction is done (a single step into us). */
	.globl entry_sysenter
entry_sysenter:
	movl (%esp), %esp
	pushl $USER_FLAT_DS
	pushl %ecx
	pushfl
	pushl $USER_FLAT_CS
	pushl %edx
	pushl $0
	pushl $TRAP_SYSENTER
	pushal
	pushl $EFL_ONE
	popfl
	DO_TRAP
	cmpl $TRAP_SYSENTER, FRAME_TRAP(%esp)
	jne return_slow			/* thread_set_state was here */
	addl $FRAME_EDI, %esp
	popal
	movl FRAME_EIP-FRAME_TRAP(%esp), %edx
	movl FRAME_ESP-FRAME_TRAP(%esp), %ecx
	sti				/* takes effect after sysexit */
	sysexit

/* The trap of number -eax, its arguments at frame.esp + 4. In: esp = return address, frame. Out: eax = result.
   Numbers outside the table and unreadable arguments do not return: they end in an exception. */
trap_call:
	pushl %ebp
	movl %esp, %ebp			/* ebp = frame - 8 */
	movl 8+FRAME_EAX(%ebp), %eax
	negl %eax
	movl 8+FRAME_ESP(%ebp), %ecx
	addl $4, %ecx
	cmpl $0, trap_emulation		/* the current task has lcall vectors */
	jne trap_emulate
trap_native:
	cmpl $TRAP_TABLE_ENTRIES, %eax
	jae trap_bad_number
	movzbl trap_table+4(,%eax,8), %edx
	cmpl $(USER_TOP_ASM - 64), %ecx
	ja trap_bad_stack
	leal (%edx,%edx,2), %edx
	negl %edx
	addl $trap_arguments_end, %edx
	jmp *%edx
	/* Three bytes each; entered so that as many are done as the trap has arguments. */
trap_arguments:
	pushl 40(%ecx)
	pushl 36(%ecx)
	pushl 32(%ecx)
	pushl 28(%ecx)
	pushl 24(%ecx)
	pushl 20(%ecx)
	pushl 16(%ecx)
	pushl 12(%ecx)
	pushl 8(%ecx)
	pushl 4(%ecx)
	.byte 0xff, 0x71, 0x00		/* pushl 0(%ecx), with the displacement that keeps it at three bytes */
trap_arguments_end:
	call *trap_table(,%eax,8)
	movl %ebp, %esp
	popl %ebp
	ret

	.section .recovery, "a"
	.long trap_arguments, trap_arguments_end, trap_bad_stack
	.previous

trap_bad_stack:
	movl %ebp, %esp
	addl $8, %esp
	movl %esp, %eax
	xorl %ebp, %ebp
	call i386_trap_bad_stack	/* (frame in eax): EXC_BAD_ACCESS */
	jmp return_to_user
trap_bad_number:
	movl %ebp, %esp
	addl $8, %esp
	movl %esp, %eax
	xorl %ebp, %ebp
	call i386_trap_bad_number
	jmp return_to_user
/* Asks for a vector entry; if there is none, the trap is the kernel's. */
trap_emulate:
	pushl %ecx
	pushl %eax
	leal 8(%ebp), %eax
	call i386_trap_emulate		/* (frame in eax): not 0: the frame was changed */
	testl %eax, %eax
	popl %eax
	popl %ecx
	je trap_native
	movl %ebp, %esp
	addl $8, %esp
	jmp return_to_user

/* --- back to the user. esp = the frame, complete. --- */
	.globl return_to_user
return_to_user:
	cmpl $0, ast_pending
	je return_restore
return_slow:
	movl %esp, %eax
	xorl %ebp, %ebp
	call i386_boundary		/* clears every bit but AST_SEGMENTS */
	testl $AST_SEGMENTS, ast_pending
	je return_restore
	andl $~AST_SEGMENTS, ast_pending
	.globl return_gs
return_gs:
	mov FRAME_GS(%esp), %gs
	.globl return_fs
return_fs:
	mov FRAME_FS(%esp), %fs
	.globl return_es
return_es:
	mov FRAME_ES(%esp), %es
	.globl return_ds
return_ds:
	mov FRAME_DS(%esp), %ds
return_restore:
	addl $FRAME_EDI, %esp
	popal
	addl $8, %esp
	.globl return_iret
return_iret:
	iret

/* A selector that cannot be loaded (its descriptor went away) becomes null. */
.macro RECOVER_SEGMENT name, slot
recover_\name:
	movl $0, \slot(%esp)
	jmp return_\name
	.section .recovery, "a"
	.long return_\name, return_\name + 1, recover_\name
	.previous
.endm
	RECOVER_SEGMENT gs, FRAME_GS
	RECOVER_SEGMENT fs, FRAME_FS
	RECOVER_SEGMENT es, FRAME_ES
	RECOVER_SEGMENT ds, FRAME_DS

/* iret refused the frame: iret_refused has put the thread's frame in order as a #GP of the user's; esp = that frame. */
	.globl return_refused
return_refused:
	movl $KERNEL_DS, %eax
	movl %eax, %ds
	movl %eax, %es
	orl $AST_SEGMENTS, ast_pending
	movl %esp, %eax
	xorl %ebp, %ebp
	call i386_user_trap
	jmp return_to_user

/* The first switch to a new user thread comes here, with esp at its frame. */
	.globl thread_first_return
thread_first_return:
	call thread_start_finish
	orl $AST_SEGMENTS, ast_pending
	jmp return_to_user
/* And to a kernel thread: entry and argument on the stack. */
	.globl kernel_thread_first
kernel_thread_first:
	call thread_start_finish
	popl %edx
	popl %eax
	xorl %ebp, %ebp
	call *%edx
	ud2

/* --- exceptions and interrupts --- */

/* The frame is pushed from edi on: the rest of it; then the handler, if it was a user's. */
.macro FINISH_FRAME user_handler
	pushl %ds
	pushl %es
	pushl %fs
	pushl %gs
	testb $3, FRAME_CS(%esp)
	je 95f
94:	cld
	CHECK_SEGMENTS
	movl %esp, %eax
	xorl %ebp, %ebp
	call \user_handler
	jmp return_to_user
95:	testl $EFL_VM, FRAME_EFLAGS(%esp)	/* there cs is no selector */
	jne 94b
	jmp trap_kernel
.endm

trap_common:
	pushal
	FINISH_FRAME i386_user_trap
trap_kernel:
	/* Anything may be in ds: a gate was entered an instant ago, or a segment register did not load. */
	movl $KERNEL_DS, %eax
	movl %eax, %ds
	movl %eax, %es
	/* fs and gs may name a descriptor that has gone since they were loaded (the idle thread keeps the last user's): should
	   their pops below fault, that fault's own frame must not hold the same selectors again. */
	xorl %eax, %eax
	mov %eax, %fs
	mov %eax, %gs
	cld
	movl %esp, %eax
	call i386_kernel_trap
pop_gs:	popl %gs
pop_fs:	popl %fs
pop_es:	popl %es
pop_ds:	popl %ds
	popal
	addl $8, %esp
	iret
	/* What was fine at entry may not load now: the fault may have blocked, and the descriptor be gone. Null, then; the
	   way back to the user tries again. */
.macro RECOVER_POP name
recover_pop_\name:
	movl $0, (%esp)
	orl $AST_SEGMENTS, %ss:ast_pending
	jmp pop_\name
	.section .recovery, "a"
	.long pop_\name, pop_\name + 1, recover_pop_\name
	.previous
.endm
	RECOVER_POP gs
	RECOVER_POP fs
	RECOVER_POP es
	RECOVER_POP ds

.macro TRAP number
trap_\number:
	pushl $0
	pushl $\number
	jmp trap_common
.endm
.macro TRAP_ERROR number
trap_\number:
	pushl $\number
	jmp trap_common
.endm
	TRAP 0
	TRAP 2
	TRAP 3
	TRAP 4
	TRAP 5
	TRAP 6
	TRAP 7
	TRAP 9
	TRAP_ERROR 10
	TRAP_ERROR 11
	TRAP_ERROR 12
	TRAP 15
	TRAP 16
	TRAP_ERROR 17
	TRAP 18
	TRAP 19

/* A single step. From the kernel it can only be one into a gate: forget it here, the thread gets its TF back
   when it leaves. Runs on the few words below tss.esp0 when that gate was SYSENTER. */
trap_1:
	testb $3, 4(%esp)
	jne 2f
	testl $EFL_VM, 8(%esp)
	je 1f
2:	pushl $0
	pushl $1
	jmp trap_common
1:	andl $~EFL_TF, 8(%esp)
	orl $AST_TRACE, %ss:ast_pending	/* ds is still the user's and may be null */
	iret

/* #GP. In virtual-8086 mode this is how every sensitive instruction comes, so it has a way of its own: the processor has
   saved the segment registers elsewhere and made them null, and IRET will load them. */
trap_13:
	testl $EFL_VM, 12(%esp)
	jne 1f
	pushl $13
	jmp trap_common
1:	pushl $13
	pushal
	pushl $0
	pushl $0
	pushl $0
	pushl $0
	movl $KERNEL_DS, %eax
	movl %eax, %ds
	movl %eax, %es
	cld
	movl %esp, %eax
	xorl %ebp, %ebp
	call i386_v86_protection
	jmp return_to_user

/* Page fault: cr2 goes where pusha puts esp. */
trap_14:
	pushl $14
	pushal
	pushl %eax
	movl %cr2, %eax
	movl %eax, 4+12(%esp)
	popl %eax
	FINISH_FRAME i386_user_page_fault

/* int $0x80: the redirect of personalities; without one, what the processor would have said of a gate that
   users may not call. */
	.globl trap_128
trap_128:
	pushl $0x402
	pushl $128
	jmp trap_common

.macro INTERRUPT line
interrupt_\line:
	pushl $0
	pushl $(0x20 + \line)
	jmp trap_common
.endm
	.irp line, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	INTERRUPT \line
	.endr

/* The double-fault task starts here with a stack of its own (descriptors.c). */
	.globl entry_double_fault
entry_double_fault:
	call i386_double_fault
1:	hlt
	jmp 1b

	.section .rodata
	.align 4
	.globl trap_entries
trap_entries:
	.long trap_0, trap_1, trap_2, trap_3, trap_4, trap_5, trap_6, trap_7, 0, trap_9
	.long trap_10, trap_11, trap_12, trap_13, trap_14, trap_15, trap_16, trap_17, trap_18, trap_19
	.globl interrupt_entries
interrupt_entries:
	.irp line, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.long interrupt_\line
	.endr

	.text
/* C calls these with its first three arguments in eax, edx and ecx (-mregparm=3). */

/* bool copyin(struct uaddr from, void *to, uint32_t bytes); bool copyout(const void *from, struct uaddr to, uint32_t bytes):
   words first, then the rest. A fault that vm_fault cannot resolve continues at copy_failed. */
	.globl copyin
	.globl copyout
copyin:
	pushl %esi
	pushl %edi
	movl %eax, %esi
	movl %edx, %edi
	jmp copy_check			/* eax: the user's end */
copyout:
	pushl %esi
	pushl %edi
	movl %eax, %esi
	movl %edx, %edi
	movl %edx, %eax
copy_check:
	addl %ecx, %eax
	jc copy_failed
	cmpl $USER_TOP_ASM, %eax
	ja copy_failed
	movl %ecx, %edx
	shrl $2, %ecx
copy_words:
	rep movsl
	andl $3, %edx
	jne copy_rest
copy_done:
	popl %edi
	popl %esi
	movl $1, %eax
	ret
copy_rest:
	movl %edx, %ecx
copy_bytes:
	rep movsb
	jmp copy_done
copy_failed:
	popl %edi
	popl %esi
	xorl %eax, %eax
	ret
	.section .recovery, "a"
	.long copy_words, copy_words + 1, copy_failed
	.long copy_bytes, copy_bytes + 1, copy_failed
	.previous

/* bool v86_load2(uint32_t linear, uint32_t *value) and its like (v86_trap.c): one access below V86_TOP. */
.macro V86_ACCESS name, access
	.globl v86_\name
v86_\name:
	\access
	.section .recovery, "a"
	.long v86_\name, v86_\name + 1, v86_access_failed
	.previous
.endm
	V86_ACCESS load2, "movzwl (%eax), %eax"
	movl %eax, (%edx)
	jmp v86_access_done
	V86_ACCESS load4, "movl (%eax), %eax"
	movl %eax, (%edx)
	jmp v86_access_done
	V86_ACCESS store2, "movw %dx, (%eax)"
	jmp v86_access_done
	V86_ACCESS store4, "movl %edx, (%eax)"
v86_access_done:
	movl $1, %eax
	ret
v86_access_failed:
	xorl %eax, %eax
	ret

/* bool copyin_string(struct uaddr from, char *to, uint32_t size) */
	.globl copyin_string
copyin_string:
	pushl %ebx
1:	testl %ecx, %ecx
	je copy_string_failed
	cmpl $USER_TOP_ASM, %eax
	jae copy_string_failed
copy_string_byte:
	movb (%eax), %bl
	movb %bl, (%edx)
	incl %eax
	incl %edx
	decl %ecx
	testb %bl, %bl
	jne 1b
	popl %ebx
	movl $1, %eax
	ret
copy_string_failed:
	popl %ebx
	xorl %eax, %eax
	ret
	.section .recovery, "a"
	.long copy_string_byte, copy_string_byte + 1, copy_string_failed
	.previous
