/*
 * What every thread's stack looks like: MACH_STACK_SIZE bytes, aligned to its size, with a thread
 * block at its base (its lowest bytes).  So a thread finds its own block from its stack pointer,
 * with no register and no trap.  The first thread's stack is in the program's zero-filled data.
 *
 * In a program with lib/libc the first thread and those of lib/thread are another kind: their block
 * is in their own segment (lib/libc/thread_block.h).  Threads of the kind described here may run
 * beside them, but must not use the C library.
 */
#pragma once

#include <mach/mach_types.h>

#define MACH_STACK_SIZE 0x10000

struct mach_thread_block {
	unsigned int magic;
	mach_port_t reply_port; /* for MIG stubs; MACH_PORT_NULL: none yet */
};

#define MACH_THREAD_BLOCK_MAGIC 0x4d544842u

/* The running thread's block; stops the program when the stack has not the shape above. */
struct mach_thread_block *mach_thread_block(void);

/* Makes the running thread's block, if it has none; mach_init calls it in the first thread. */
void mach_thread_block_init_first(void);

/* Makes the block at the base of a fresh stack. */
void mach_thread_block_init(vm_address_t stack);

/*
 * Makes "thread" (suspended) begin in function(argument) on the stack that begins at "stack".  The
 * function must not return.  Errors: those of thread_set_state.
 */
kern_return_t mach_thread_start_state(mach_port_t thread, vm_address_t stack,
				      void (*function)(void *), void *argument);
