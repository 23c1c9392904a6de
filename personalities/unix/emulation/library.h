/* The emulation library's own: how a call gets at its thread, at the server and at memory. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <mach/mach_traps.h>
#include <mach/mach_types.h>
#include <mach/message.h>
#include <masix/unix.h>
#include "../shared/arguments.h"
#include "../shared/errors.h"
#include "../shared/pages.h"

struct unix_thread_page;

/* The process's page. */
#define process ((struct unix_process_page *)UNIX_PAGES_ADDRESS)

/* The page of the running thread, found by its stack. */
static inline struct unix_thread_page *this_thread(void)
{
	uint32_t here = (uint32_t)__builtin_frame_address(0) - UNIX_STACKS_ADDRESS;

	return (struct unix_thread_page *)UNIX_PAGE_OF_THREAD(here / UNIX_STACK_BYTES);
}

/* The host's name, learnt once for each process. */
mach_port_t host(void);

/* Copies between the program's memory and ours; 0 or -EFAULT.  Either side may be the program's. */
int copy(void *to, const void *from, uint32_t bytes);

/* Copies a string with its 0; its length without it, -EFAULT, or bytes_max if there is no 0. */
int copy_string(char *to, const char *from, uint32_t bytes_max);

/* Fills the program's memory with zeros; 0 or -EFAULT. */
int zero(void *to, uint32_t bytes);

/* A frame's floating point state: stored into the program's memory, and loaded from there. */
struct fp_state;
int save_fp(struct fp_state *to);
int load_fp(const struct fp_state *from);

/* entry.S: the trap, which looks at "pending" first if the thread's state is UNIX_STATE_KERNEL. */
mach_msg_return_t mach_msg_gate(mach_msg_header_t *message, mach_msg_option_t option,
				mach_msg_size_t send_size, mach_msg_size_t receive_size,
				mach_port_name_t receive_name, mach_msg_timeout_t timeout,
				mach_port_name_t notify);

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memset(void *to, int byte, size_t bytes);

/* Asks the server; the result that the program gets. */
int carry(struct unix_thread_page *page, uint32_t number, const uint32_t arguments[6]);

/* Signals that became deliverable by a change of the mask: looked at on the way out. */
void look_for_signals(struct unix_thread_page *page);

/* Before and after a wait in the kernel that a signal ends (gsync_wait). */
static inline void kernel_wait_begin(struct unix_thread_page *page)
{
	__atomic_store_n(&page->state, UNIX_STATE_KERNEL, __ATOMIC_SEQ_CST);
}

static inline void kernel_wait_end(struct unix_thread_page *page)
{
	__atomic_store_n(&page->state, UNIX_STATE_LIBRARY, __ATOMIC_SEQ_CST);
}

/* The n-th argument of the running call. */
static inline uint32_t argument(const struct unix_thread_page *page, unsigned int n)
{
	const struct unix_registers *r = &page->registers;

	switch (n) {
	case 0:
		return r->ebx;
	case 1:
		return r->ecx;
	case 2:
		return r->edx;
	case 3:
		return r->esi;
	case 4:
		return r->edi;
	default:
		return r->ebp;
	}
}

/* Reads or writes a variable of the program's; a null pointer is the caller's to see. */
#define GET(variable, address) copy(&(variable), (const void *)(address), sizeof(variable))
#define PUT(address, variable) copy((void *)(address), &(variable), sizeof(variable))

/* A call that the library has a function for: do_NAME. */
#define DO(name) int do_##name(struct unix_thread_page *page)
