/* Thread blocks and the first state of a thread. */
#include "libmach.h"
#include <gen/mach.h>
#include <mach/thread_status.h>

void mach_thread_entry(void);

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
