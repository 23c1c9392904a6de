/* What MIG's stubs need: one reply port per thread, kept in the thread's block (thread.h). */
#include "libmach.h"
#include <gen/mach_port.h>
#include <mach/mig_errors.h>
#include <mach/mig_support.h>

void mig_init(void *first)
{
	(void)first;
}

mach_port_t mig_get_reply_port(void)
{
	struct mach_thread_block *block = mach_thread_block();

	if (block->reply_port == MACH_PORT_NULL) {
		block->reply_port = mach_reply_port();
	}
	return block->reply_port;
}

void mig_dealloc_reply_port(mach_port_t port)
{
	struct mach_thread_block *block = mach_thread_block();

	/* Forgotten first: the RPC that destroys it makes itself another. */
	if (block->reply_port == port) {
		block->reply_port = MACH_PORT_NULL;
	}
	/*
	 * A stub also comes here when the name was bad: then there is nothing to destroy.  If the name was
	 * free already, the other one may have it now.
	 */
	if (MACH_PORT_VALID(port) && mig_get_reply_port() != port) {
		(void)mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_RECEIVE, -1);
	}
}

void mig_put_reply_port(mach_port_t port)
{
	(void)port;
}

vm_size_t mig_strncpy(char *to, const char *from, vm_size_t size)
{
	vm_size_t length = 0;

	if (size == 0) {
		return 0;
	}
	while (length < size - 1 && from[length] != '\0') {
		to[length] = from[length];
		length++;
	}
	to[length] = '\0';
	return length + 1;
}

void mig_allocate(vm_address_t *address, vm_size_t size)
{
	if (syscall_vm_allocate(mach_task_self(), address, size, TRUE) != KERN_SUCCESS) {
		*address = 0;
	}
}

void mig_deallocate(vm_address_t address, vm_size_t size)
{
	(void)syscall_vm_deallocate(mach_task_self(), address, size);
}

void mig_reply_setup(const mach_msg_header_t *request, mach_msg_header_t *reply)
{
	mig_reply_header_t *answer = (mig_reply_header_t *)reply;

	*answer = (mig_reply_header_t){
		.Head =
			{
				.msgh_bits = MACH_MSGH_BITS(
					MACH_MSGH_BITS_REMOTE(request->msgh_bits), 0),
				.msgh_size = sizeof *answer,
				.msgh_remote_port = request->msgh_remote_port,
				.msgh_id = request->msgh_id + 100,
			},
		.RetCodeType =
			{
				.msgt_name = MACH_MSG_TYPE_INTEGER_32,
				.msgt_size = 32,
				.msgt_number = 1,
				.msgt_inline = TRUE,
			},
		.RetCode = KERN_SUCCESS,
	};
}
