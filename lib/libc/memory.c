/*
 * Memory for newlib's malloc: an arena that grows and shrinks at its end, page by page.  newlib
 * gives the end back when more than 128 KB of it are free.
 *
 * The arena begins far above the program and above the lowest free addresses, where the kernel puts
 * everything that may lie anywhere (stacks, received memory).  If something stands in its way it
 * goes on behind that; the parts before are then never given back.
 */
#include <errno.h>
#include <stdlib.h>
#include <malloc.h>
#include <unistd.h>
#include <libmach.h>
#include <gen/mach.h>
#include <gen/mach_host.h>
#include <gen/mach_port.h>
#include "lock.h"
#include "memory.h"

#define PAGE_BYTES  0x1000u
#define ARENA_START 0x40000000u
#define ARENA_LIMIT 0xb8000000u /* the emulation library's place begins here */
/* How far the arena grows at least: address space, not memory, which comes when it is touched. */
#define GROW_BYTES 0x10000u

static struct lock arena_lock;
/* Under arena_lock: start <= used <= end, where [start, end) is allocated. */
static vm_address_t arena_start = ARENA_START;
static vm_address_t arena_used = ARENA_START;
static vm_address_t arena_end = ARENA_START;

static int commits; /* libc_memory_commit was called */

static inline vm_address_t page_round(vm_address_t address)
{
	return (address + PAGE_BYTES - 1) & ~(vm_address_t)(PAGE_BYTES - 1);
}

/* Allocates [address, address + size), or says why not. */
static kern_return_t allocate_at(vm_address_t address, vm_size_t size)
{
	return syscall_vm_allocate(mach_task_self(), &address, size, FALSE);
}

/* The first address at or above "address" behind what stands there; ARENA_LIMIT: none. */
static vm_address_t behind_obstacle(vm_address_t address)
{
	vm_address_t start = address;
	vm_size_t size = 0;
	vm_prot_t protection = 0;
	vm_prot_t max_protection = 0;
	vm_inherit_t inheritance = 0;
	boolean_t shared = FALSE;
	mach_port_t object = MACH_PORT_NULL;
	vm_offset_t offset = 0;

	if (vm_region(mach_task_self(), &start, &size, &protection, &max_protection, &inheritance,
		      &shared, &object, &offset) != KERN_SUCCESS) {
		return ARENA_LIMIT;
	}
	if (MACH_PORT_VALID(object)) {
		(void)mach_port_deallocate(mach_task_self(), object);
	}
	return start + size > address && start + size < ARENA_LIMIT ? start + size : ARENA_LIMIT;
}

/* Allocates at "address" room for "size" bytes, or a little more; *end is where it ends. */
static kern_return_t allocate_room(vm_address_t address, vm_size_t size, vm_address_t *end)
{
	kern_return_t result = KERN_FAILURE;

	if (size < GROW_BYTES) {
		*end = address + GROW_BYTES;
		result = allocate_at(address, GROW_BYTES);
	}
	if (result != KERN_SUCCESS) {
		*end = address + size;
		result = allocate_at(address, size);
	}
	return result;
}

/* Makes room for "size" more bytes; the arena may then begin elsewhere.  ENOMEM. */
static int arena_grow(vm_size_t size)
{
	vm_address_t start = arena_start;
	vm_address_t used = arena_used;
	vm_address_t end = arena_end;

	while (used < ARENA_LIMIT && size < ARENA_LIMIT - used) {
		vm_address_t new_end = 0;
		kern_return_t result = allocate_room(end, page_round(used + size) - end, &new_end);

		if (result == KERN_SUCCESS) {
			arena_start = start;
			arena_used = used;
			arena_end = new_end;
			return 0;
		}
		if (result != KERN_NO_SPACE) {
			return ENOMEM;
		}
		end = behind_obstacle(end);
		start = end;
		used = end;
	}
	return ENOMEM;
}

/* Makes every page of a range be there.  False: there is no memory for all of them. */
static int populate(vm_address_t start, vm_size_t size, vm_prot_t protection)
{
	/* What was wired once stays resident: there is no paging. */
	return size == 0 || (vm_wire(mach_host_self(), mach_task_self(), start, size, protection) ==
				     KERN_SUCCESS &&
			     vm_wire(mach_host_self(), mach_task_self(), start, size,
				     VM_PROT_NONE) == KERN_SUCCESS);
}

void libc_memory_commit(void)
{
	vm_address_t start = 0;
	vm_size_t size = 0;
	vm_prot_t protection = 0;
	vm_prot_t max_protection = 0;
	vm_inherit_t inheritance = 0;
	boolean_t shared = FALSE;
	mach_port_t object = MACH_PORT_NULL;
	vm_offset_t offset = 0;

	while (vm_region(mach_task_self(), &start, &size, &protection, &max_protection,
			 &inheritance, &shared, &object, &offset) == KERN_SUCCESS) {
		if (MACH_PORT_VALID(object)) {
			(void)mach_port_deallocate(mach_task_self(), object);
		}
		if ((protection & VM_PROT_WRITE) != 0 && start < arena_start) {
			(void)populate(start, size, protection);
		}
		start += size;
	}
	lock_acquire(&arena_lock);
	(void)populate(arena_start, page_round(arena_used) - arena_start, VM_PROT_DEFAULT);
	commits = 1;
	lock_release(&arena_lock);
}

/* Gives back the pages above what is used. */
static void arena_trim(void)
{
	vm_address_t keep = page_round(arena_used);

	if (keep < arena_end &&
	    syscall_vm_deallocate(mach_task_self(), keep, arena_end - keep) == KERN_SUCCESS) {
		arena_end = keep;
	}
}

/* The old end, or (void *)-1 with ENOMEM; newlib calls it under malloc's lock. */
void *sbrk(ptrdiff_t change)
{
	vm_address_t old = 0;
	int error = 0;

	lock_acquire(&arena_lock);
	if (change < 0) {
		old = arena_used;
		if ((vm_size_t)-change > arena_used - arena_start) {
			error = ENOMEM;
		} else {
			arena_used -= (vm_size_t)-change;
			arena_trim();
		}
	} else {
		if ((vm_size_t)change > arena_end - arena_used) {
			error = arena_grow((vm_size_t)change);
		}
		old = arena_used;
		if (error == 0 && commits &&
		    !populate(page_round(old),
			      page_round(old + (vm_size_t)change) - page_round(old),
			      VM_PROT_DEFAULT)) {
			error = ENOMEM;
			arena_trim(); /* with the pages that were there */
		}
		if (error == 0) {
			arena_used += (vm_size_t)change;
		}
	}
	lock_release(&arena_lock);
	if (error != 0) {
		errno = error;
		return (void *)-1;
	}
	return (void *)old;
}

int posix_memalign(void **result, size_t alignment, size_t size)
{
	void *memory = NULL;

	if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) {
		return EINVAL;
	}
	memory = memalign(alignment, size);
	if (memory == NULL) {
		return ENOMEM;
	}
	*result = memory;
	return 0;
}
