/* What MIG's stubs need: one reply port a thread, in its page; messages; strings.  And the host. */
#include "library.h"
#include <mach/mig_support.h>

mach_msg_return_t mach_msg(mach_msg_header_t *message, mach_msg_option_t option,
			   mach_msg_size_t send_size, mach_msg_size_t receive_size,
			   mach_port_name_t receive_name, mach_msg_timeout_t timeout,
			   mach_port_name_t notify)
{
	mach_msg_return_t result = mach_msg_gate(message, option, send_size, receive_size,
						 receive_name, timeout, notify);

	/* Only waits in the kernel are interrupted, and those are asked by who wants to know. */
	if (this_thread()->state != UNIX_STATE_KERNEL) {
		while (result == MACH_SEND_INTERRUPTED) {
			result = mach_msg_gate(message, option, send_size, receive_size,
					       receive_name, timeout, notify);
		}
	}
	while (result == MACH_RCV_INTERRUPTED) { /* the answer comes: it was interrupted, too */
		result = mach_msg_gate(message, option & ~MACH_SEND_MSG, 0, receive_size,
				       receive_name, timeout, notify);
	}
	return result;
}

mach_port_t host(void)
{
	if (process->host_port == 0) {
		process->host_port = mach_host_self();
	}
	return process->host_port;
}

mach_port_t mig_get_reply_port(void)
{
	struct unix_thread_page *page = this_thread();

	if (page->reply_port == MACH_PORT_NULL) {
		page->reply_port = mach_reply_port();
	}
	return page->reply_port;
}

void mig_dealloc_reply_port(mach_port_t port)
{
	(void)port;
	this_thread()->reply_port = MACH_PORT_NULL; /* the next call makes another */
}

void mig_put_reply_port(mach_port_t port)
{
	(void)port;
}

/* For stubs that the library does not call, in files with those that it does. */
void mig_allocate(vm_address_t *address, vm_size_t bytes)
{
	if (syscall_vm_allocate(process->task_port, address, bytes, TRUE) != KERN_SUCCESS) {
		*address = 0;
	}
}

vm_size_t mig_strncpy(char *to, const char *from, vm_size_t bytes)
{
	for (vm_size_t i = 0; i < bytes; i++) {
		to[i] = from[i];
		if (from[i] == '\0') {
			return i + 1;
		}
	}
	return bytes;
}

/* The stubs and the compiler want these. */
void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
	void *result = to;

	size_t words = bytes / 4;

	__asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
	bytes &= 3;
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
	return result;
}

void *memset(void *to, int byte, size_t bytes)
{
	void *result = to;

	size_t words = bytes / 4;

	__asm__ volatile("rep stosl"
			 : "+D"(to), "+c"(words)
			 : "a"((uint32_t)(uint8_t)byte * 0x01010101u)
			 : "memory");
	bytes &= 3;
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(byte) : "memory");
	return result;
}
