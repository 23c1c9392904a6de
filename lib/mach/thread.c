/* Thread blocks and the first state of a thread. */
#include "libmach.h"
#include <gen/mach.h>
#include <mach/thread_status.h>

void mach_thread_entry(void);

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

void mach_thread_block_init(vm_address_t stack)
{
	struct mach_thread_block *block = (struct mach_thread_block *)stack;

	block->magic = MACH_THREAD_BLOCK_MAGIC;
	block->reply_port = MACH_PORT_NULL;
}

kern_return_t mach_thread_start_state(mach_port_t thread, vm_address_t stack,
				      void (*function)(void *), void *argument)
{
	/* Zero selectors mean the default ones, and zero flags the kernel's choice. */
	struct i386_thread_state state = {
		.eip = (unsigned int)mach_thread_entry,
		.uesp = stack + MACH_STACK_SIZE,
		.ebx = (unsigned int)function,
		.esi = (unsigned int)argument,
	};

	mach_thread_block_init(stack);
	return thread_set_state(thread, i386_THREAD_STATE, (thread_state_t)&state,
				i386_THREAD_STATE_COUNT);
}
