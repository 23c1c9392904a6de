/*
 * The program's memory: brk, mmap and their like are Mach calls on the task itself.  Only for a
 * file's data the server is asked.
 */
#include "library.h"
#include <mach/vm_inherit.h>
#include <mach/vm_prot.h>
#include <gen/mach.h>
#include <gen/unix.h>

#define PROT_READ  1u
#define PROT_WRITE 2u
#define PROT_EXEC  4u

#define MAP_SHARED          0x1u
#define MAP_PRIVATE         0x2u
#define MAP_TYPE            0xfu
#define MAP_FIXED           0x10u
#define MAP_ANONYMOUS       0x20u
#define MAP_FIXED_NOREPLACE 0x100000u

#define MREMAP_MAYMOVE 1u
#define MREMAP_FIXED   2u

#define RLIMIT_DATA 2

/* Where a place is looked for first: above what brk may want, below the libraries' own. */
#define MMAP_FIRST 0x40000000u

static uint32_t page_round(uint32_t bytes)
{
	return (bytes + UNIX_PAGE_BYTES - 1) & ~(UNIX_PAGE_BYTES - 1);
}

/* May the program do as it likes with this range? */
static bool range_is_programs(uint32_t address, uint32_t bytes)
{
	uint32_t end = address + bytes;

	if (end < address || address < UNIX_PAGE_BYTES || end > UNIX_STACK_TOP) {
		return false;
	}
	return end <= UNIX_LIBRARY_ADDRESS || address >= 0xb9000000u;
}

static vm_prot_t protection_of(uint32_t protection)
{
	vm_prot_t result = VM_PROT_NONE;

	if ((protection & (PROT_READ | PROT_WRITE | PROT_EXEC)) != 0) {
		result = VM_PROT_READ;
	}
	if ((protection & PROT_EXEC) != 0) {
		result |= VM_PROT_EXECUTE; /* the same bit on this processor */
	}
	return (protection & PROT_WRITE) != 0 ? result | VM_PROT_WRITE : result;
}

DO(brk)
{
	uint32_t wanted = argument(page, 0);
	uint32_t mapped = page_round(wanted);
	uint32_t limit = process->limits[RLIMIT_DATA][0];

	if (wanted < process->break_start || wanted > UNIX_LIBRARY_ADDRESS ||
	    (limit != 0xffffffff && wanted - process->break_start > limit)) {
		return (int)process->break_end;
	}
	if (mapped > process->break_mapped) {
		vm_address_t address = process->break_mapped;

		if (syscall_vm_allocate(process->task_port, &address,
					mapped - process->break_mapped, FALSE) != KERN_SUCCESS) {
			return (int)process->break_end;
		}
	} else if (mapped < process->break_mapped) {
		(void)syscall_vm_deallocate(process->task_port, mapped,
					    process->break_mapped - mapped);
	}
	process->break_mapped = mapped;
	process->break_end = wanted;
	return (int)wanted;
}

/* What mmap was asked, and how far it is. */
struct mapping {
	uint32_t address, bytes, protection, flags;
	int descriptor;
	uint32_t page; /* of the file */
	mach_port_t memory;
	vm_prot_t maximum;
};

static kern_return_t map_at(const struct mapping *mapping, vm_address_t *address, bool anywhere)
{
	bool shared = (mapping->flags & MAP_TYPE) != MAP_PRIVATE;
	vm_prot_t protection = protection_of(mapping->protection);

	return syscall_vm_map(process->task_port, address, page_round(mapping->bytes), 0, anywhere,
			      mapping->memory, mapping->page * UNIX_PAGE_BYTES,
			      !shared && mapping->memory != MACH_PORT_NULL, protection,
			      mapping->maximum, shared ? VM_INHERIT_SHARE : VM_INHERIT_COPY);
}

/* Finds a place, or makes it. */
static int place(const struct mapping *mapping)
{
	vm_address_t address = mapping->address & ~(UNIX_PAGE_BYTES - 1);
	kern_return_t code = KERN_NO_SPACE;

	if ((mapping->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0) {
		if ((mapping->flags & MAP_FIXED_NOREPLACE) == 0) {
			(void)syscall_vm_deallocate(process->task_port, address,
						    page_round(mapping->bytes));
		}
		code = map_at(mapping, &address, false);
		if (code == KERN_NO_SPACE) {
			return -EEXIST;
		}
		return code == KERN_SUCCESS ? (int)address : -ENOMEM;
	}
	if (address != 0 && range_is_programs(address, page_round(mapping->bytes))) {
		code = map_at(mapping, &address, false);
	}
	if (code == KERN_NO_SPACE || code == KERN_INVALID_ADDRESS) {
		address = MMAP_FIRST;
		code = map_at(mapping, &address, true);
	}
	if (code == KERN_SUCCESS && address + page_round(mapping->bytes) > UNIX_LIBRARY_ADDRESS) {
		(void)syscall_vm_deallocate(process->task_port, address,
					    page_round(mapping->bytes));
		code = KERN_NO_SPACE;
	}
	if (code == KERN_NO_SPACE) {
		address = UNIX_MMAP_BOTTOM;
		code = map_at(mapping, &address, true);
		if (code == KERN_SUCCESS &&
		    address + page_round(mapping->bytes) > UNIX_LIBRARY_ADDRESS) {
			(void)syscall_vm_deallocate(process->task_port, address,
						    page_round(mapping->bytes));
			code = KERN_NO_SPACE;
		}
	}
	return code == KERN_SUCCESS ? (int)address : -ENOMEM;
}

static int map(struct unix_thread_page *page, struct mapping *mapping)
{
	int64_t file_bytes = 0;
	int result = 0;

	mapping->memory = MACH_PORT_NULL;
	mapping->maximum = VM_PROT_ALL;
	if (mapping->bytes == 0 || (mapping->flags & MAP_TYPE) == 0 ||
	    (mapping->flags & MAP_TYPE) > 3) {
		return -EINVAL;
	}
	if (page_round(mapping->bytes) == 0 || page_round(mapping->bytes) > UNIX_LIBRARY_ADDRESS) {
		return -ENOMEM;
	}
	if ((mapping->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0) {
		if ((mapping->address & (UNIX_PAGE_BYTES - 1)) != 0) {
			return -EINVAL;
		}
		if (!range_is_programs(mapping->address, page_round(mapping->bytes))) {
			return mapping->address < UNIX_PAGE_BYTES ? -EPERM : -ENOMEM;
		}
	}
	if ((mapping->flags & MAP_ANONYMOUS) != 0) {
		mapping->page = 0;
		return place(mapping);
	}
	if (unix_map_file(page->server_port, mapping->descriptor, mapping->protection,
			  mapping->flags & MAP_TYPE, &result, &mapping->memory,
			  &file_bytes) != KERN_SUCCESS) {
		return -ENOMEM;
	}
	if (result < 0) {
		return result;
	}
	if ((mapping->flags & MAP_TYPE) != MAP_PRIVATE) {
		mapping->maximum = (vm_prot_t)result; /* what the descriptor permits */
	}
	result = mapping->memory == MACH_PORT_NULL && (mapping->flags & MAP_TYPE) != MAP_PRIVATE &&
				 file_bytes != 0
			 ? -ENODEV
			 : place(mapping);
	if (mapping->memory != MACH_PORT_NULL) {
		(void)syscall_mach_port_deallocate(process->task_port, mapping->memory);
	}
	return result;
}

DO(mmap2)
{
	struct mapping mapping = {.address = argument(page, 0),
				  .bytes = argument(page, 1),
				  .protection = argument(page, 2),
				  .flags = argument(page, 3),
				  .descriptor = (int)argument(page, 4),
				  .page = argument(page, 5)};

	return map(page, &mapping);
}

/* The call of old: a pointer to the arguments, and the offset in bytes. */
DO(mmap)
{
	uint32_t words[6];
	struct mapping mapping;

	if (GET(words, argument(page, 0)) < 0) {
		return -EFAULT;
	}
	if ((words[5] & (UNIX_PAGE_BYTES - 1)) != 0) {
		return -EINVAL;
	}
	mapping = (struct mapping){.address = words[0],
				   .bytes = words[1],
				   .protection = words[2],
				   .flags = words[3],
				   .descriptor = (int)words[4],
				   .page = words[5] / UNIX_PAGE_BYTES};
	return map(page, &mapping);
}

DO(munmap)
{
	uint32_t address = argument(page, 0);
	uint32_t bytes = page_round(argument(page, 1));

	if ((address & (UNIX_PAGE_BYTES - 1)) != 0 || bytes == 0 ||
	    !range_is_programs(address, bytes)) {
		return -EINVAL;
	}
	return syscall_vm_deallocate(process->task_port, address, bytes) == KERN_SUCCESS ? 0
											 : -EINVAL;
}

/* Is there memory everywhere between these two?  "region" is told the first one. */
struct region {
	vm_address_t start;
	vm_size_t bytes;
	vm_prot_t protection, maximum;
	vm_inherit_t inheritance;
	boolean_t shared;
	vm_offset_t offset;
};

static bool region_at(uint32_t address, struct region *region)
{
	mach_port_t object = MACH_PORT_NULL;
	kern_return_t code = KERN_SUCCESS;

	region->start = address;
	code = vm_region(process->task_port, &region->start, &region->bytes, &region->protection,
			 &region->maximum, &region->inheritance, &region->shared, &object,
			 &region->offset);
	if (code == KERN_SUCCESS && object != MACH_PORT_NULL) {
		(void)syscall_mach_port_deallocate(process->task_port, object);
	}
	return code == KERN_SUCCESS && region->start <= address;
}

static bool range_is_mapped(uint32_t address, uint32_t bytes)
{
	struct region region;
	uint32_t end = address + bytes;

	while (address < end) {
		if (!region_at(address, &region)) {
			return false;
		}
		address = region.start + region.bytes;
	}
	return true;
}

DO(mprotect)
{
	uint32_t address = argument(page, 0);
	uint32_t bytes = page_round(argument(page, 1));
	vm_prot_t protection = protection_of(argument(page, 2));
	kern_return_t code = KERN_SUCCESS;

	if ((address & (UNIX_PAGE_BYTES - 1)) != 0) {
		return -EINVAL;
	}
	if (bytes == 0) {
		return 0;
	}
	if (!range_is_programs(address, bytes) || !range_is_mapped(address, bytes)) {
		return -ENOMEM;
	}
	code = vm_protect(process->task_port, address, bytes, FALSE, protection);
	if (code == KERN_PROTECTION_FAILURE && (protection & VM_PROT_EXECUTE) != 0) {
		/* A window on a file that was not opened to be executed: readable is enough. */
		code = vm_protect(process->task_port, address, bytes, FALSE,
				  (protection & ~VM_PROT_EXECUTE) | VM_PROT_READ);
	}
	switch (code) {
	case KERN_SUCCESS:
		return 0;
	case KERN_PROTECTION_FAILURE:
		return -EACCES;
	default:
		return -ENOMEM;
	}
}

/* The memory behind "old" is moved to "new", or grows there: only private memory can. */
static int move(uint32_t old, uint32_t old_bytes, uint32_t bytes, uint32_t fixed)
{
	struct mapping mapping = {.address = fixed,
				  .bytes = bytes,
				  .protection = PROT_READ | PROT_WRITE,
				  .flags = MAP_PRIVATE | MAP_ANONYMOUS |
					   (fixed != 0 ? MAP_FIXED : 0),
				  .maximum = VM_PROT_ALL};
	struct region region;
	int address = 0;

	if (!region_at(old, &region) || region.inheritance == VM_INHERIT_SHARE) {
		return -ENOMEM;
	}
	address = place(&mapping);
	if (address < 0 && address >= -4095) {
		return address;
	}
	if (vm_copy(process->task_port, old, old_bytes < bytes ? old_bytes : bytes,
		    (vm_address_t)address) != KERN_SUCCESS) {
		(void)syscall_vm_deallocate(process->task_port, (vm_address_t)address, bytes);
		return -ENOMEM;
	}
	(void)vm_protect(process->task_port, (vm_address_t)address, bytes, FALSE,
			 region.protection);
	(void)syscall_vm_deallocate(process->task_port, old, old_bytes);
	return address;
}

DO(mremap)
{
	uint32_t old = argument(page, 0);
	uint32_t old_bytes = page_round(argument(page, 1));
	uint32_t bytes = page_round(argument(page, 2));
	uint32_t flags = argument(page, 3);
	struct region region;
	vm_address_t end = old + old_bytes;

	if ((old & (UNIX_PAGE_BYTES - 1)) != 0 || bytes == 0 ||
	    (flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED)) != 0 ||
	    ((flags & MREMAP_FIXED) != 0 && (flags & MREMAP_MAYMOVE) == 0)) {
		return -EINVAL;
	}
	if (!range_is_programs(old, old_bytes) || old_bytes == 0 ||
	    !range_is_mapped(old, old_bytes)) {
		return -EFAULT;
	}
	if ((flags & MREMAP_FIXED) != 0) {
		uint32_t fixed = argument(page, 4);

		if (!range_is_programs(fixed, bytes) || (fixed & (UNIX_PAGE_BYTES - 1)) != 0 ||
		    (fixed < old + old_bytes && old < fixed + bytes)) {
			return -EINVAL;
		}
		return move(old, old_bytes, bytes, fixed);
	}
	if (bytes <= old_bytes) {
		if (bytes < old_bytes) {
			(void)syscall_vm_deallocate(process->task_port, old + bytes,
						    old_bytes - bytes);
		}
		return (int)old;
	}
	if (region_at(old, &region) && region.inheritance == VM_INHERIT_COPY &&
	    range_is_programs(old, bytes) &&
	    syscall_vm_map(process->task_port, &end, bytes - old_bytes, 0, FALSE, MACH_PORT_NULL, 0,
			   FALSE, region.protection, VM_PROT_ALL,
			   VM_INHERIT_COPY) == KERN_SUCCESS) {
		return (int)old;
	}
	return (flags & MREMAP_MAYMOVE) != 0 ? move(old, old_bytes, bytes, 0) : -ENOMEM;
}

/* Private memory that is given up reads as zero; nothing else of madvise is more than advice. */
DO(madvise)
{
	uint32_t address = argument(page, 0);
	uint32_t bytes = page_round(argument(page, 1));
	uint32_t end = address + bytes;
	struct region region;

	if ((address & (UNIX_PAGE_BYTES - 1)) != 0 || end < address) {
		return -EINVAL;
	}
	if (bytes == 0) {
		return 0;
	}
	if (!range_is_programs(address, bytes) || !range_is_mapped(address, bytes)) {
		return -ENOMEM;
	}
	if (argument(page, 2) != 4) { /* MADV_DONTNEED */
		return argument(page, 2) <= 25 ? 0 : -EINVAL;
	}
	while (address < end && region_at(address, &region)) {
		uint32_t stop =
			region.start + region.bytes < end ? region.start + region.bytes : end;

		if (region.inheritance == VM_INHERIT_COPY) {
			(void)syscall_vm_deallocate(process->task_port, address, stop - address);
			(void)syscall_vm_map(process->task_port, &address, stop - address, 0, FALSE,
					     MACH_PORT_NULL, 0, FALSE, region.protection,
					     VM_PROT_ALL, VM_INHERIT_COPY);
		}
		address = stop;
	}
	return 0;
}

/* A shared mapping is the file's own memory: there is nothing to write back. */
DO(msync)
{
	uint32_t address = argument(page, 0);
	uint32_t bytes = page_round(argument(page, 1));

	if ((address & (UNIX_PAGE_BYTES - 1)) != 0 || (argument(page, 2) & ~7u) != 0) {
		return -EINVAL;
	}
	return bytes == 0 || range_is_mapped(address, bytes) ? 0 : -ENOMEM;
}

/* Memory never leaves for a disk. */
DO(mlock)
{
	return range_is_mapped(argument(page, 0) & ~(UNIX_PAGE_BYTES - 1),
			       page_round(argument(page, 1)))
		       ? 0
		       : -ENOMEM;
}

DO(munlock)
{
	return do_mlock(page);
}

DO(mincore)
{
	uint32_t address = argument(page, 0);
	uint32_t bytes = page_round(argument(page, 1));
	uint8_t there = 1;

	if ((address & (UNIX_PAGE_BYTES - 1)) != 0) {
		return -EINVAL;
	}
	if (!range_is_mapped(address, bytes)) {
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < bytes / UNIX_PAGE_BYTES; i++) {
		if (PUT(argument(page, 2) + i, there) < 0) {
			return -EFAULT;
		}
	}
	return 0;
}
