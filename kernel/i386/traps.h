/* C entries of entry.S. All take the frame in a register and run with interrupts off. */
#pragma once

#include <i386/machine_thread.h>

#define ENTRY __attribute__((regparm(1)))

/* An exception or interrupt that came from user mode. */
ENTRY void i386_user_trap(struct user_frame *frame);
ENTRY void i386_user_page_fault(struct user_frame *frame);
/* #GP in virtual-8086 mode (v86_trap.c); ds and es hold the kernel's selectors, which IRET to that
 * mode does not mind. */
ENTRY void i386_v86_protection(struct user_frame *frame);
/* One that came from the kernel: an interrupt between a gate and its first instruction or in the
   idle loop, a fault on user memory, a selector that does not load; everything else is a bug. */
ENTRY void i386_kernel_trap(struct user_frame *frame);
/* ast_pending is not zero and the current thread is about to return to user mode. */
ENTRY void i386_boundary(struct user_frame *frame);
ENTRY void i386_trap_bad_stack(struct user_frame *frame);
ENTRY void i386_trap_bad_number(struct user_frame *frame);
/* The current task has emulation vectors: 1 when one was entered instead of the kernel's own trap.
 */
ENTRY int i386_trap_emulate(struct user_frame *frame);
