/*
 * How a thread finds its block.  Alone in its file: a program with lib/libc is linked without it,
 * as there the block is found through the thread's own segment and stacks may have any size.
 */
#include "libmach.h"

struct mach_thread_block *mach_thread_block(void)
{
	vm_address_t here = (vm_address_t)__builtin_frame_address(0);
	struct mach_thread_block *block =
		(struct mach_thread_block *)(here & ~(vm_address_t)(MACH_STACK_SIZE - 1));

	if (block->magic != MACH_THREAD_BLOCK_MAGIC) {
		mach_print("libmach: no thread block at the base of this thread's stack\n");
		__builtin_trap();
	}
	return block;
}

void mach_thread_block_init_first(void)
{
	mach_thread_block_init((vm_address_t)__builtin_frame_address(0) &
			       ~(vm_address_t)(MACH_STACK_SIZE - 1));
}
