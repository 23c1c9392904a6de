/* The words that every layer of the kernel uses: fixed-width integers, user addresses, list links.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mach/kern_return.h>
#include <kern/assert.h>

#define PAGE_SHIFT 12u
#define PAGE_BYTES (1u << PAGE_SHIFT)
#define PAGE_MASK  (PAGE_BYTES - 1u)

#define page_trunc(address) ((uint32_t)(address) & ~PAGE_MASK)
/* Wraps to 0 for the last page: callers check ranges first (vm/map.h, vm_range_check). */
#define page_round(address) (((uint32_t)(address) + PAGE_MASK) & ~PAGE_MASK)

/* User space is [0, USER_TOP); the kernel, with all of physical memory mapped linearly, is above.
 */
#define USER_TOP    0xc0000000u
#define KERNEL_BASE 0xc0000000u
/* Nothing is placed below this address but by a V86 task (design, section 4). */
#define USER_BOTTOM 0x1000u
/* What 16-bit code can address: a V86 task's own memory, where it puts things by address alone. */
#define V86_TOP 0x110000u

#define MUST_CHECK __attribute__((warn_unused_result))

/* The kernel passes three arguments in registers (mk/kernel.mk). Routines of the trap table find
   theirs on the stack, where entry.S put the user's words. */
#define TRAP_ROUTINE __attribute__((regparm(0)))

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

/* An address in the current task's user space. It has a type of its own so that it cannot be
   dereferenced: only copyin and copyout (kern/machine.h) touch user memory. */
struct uaddr {
	uint32_t value;
};

static inline struct uaddr uaddr(uint32_t value)
{
	return (struct uaddr){value};
}
