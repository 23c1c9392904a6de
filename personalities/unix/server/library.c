/* The emulation library: one piece of memory, mapped read only into every task. */
#include <mach/vm_inherit.h>
#include <mach/vm_prot.h>
#include <elf/elf_core.h>
#include <gen/mach.h>
#include <gen/mach4.h>
#include "library.h"

#define SELF mach_task_self()

const struct unix_library_header *library_header;
static mach_port_t memory;
static uint32_t library_bytes;

/* One segment, at its address, that begins with the header.  Null: it is something else. */
static const struct unix_library_header *find_header(const void *file, size_t bytes)
{
	struct elf_image image;
	const struct unix_library_header *header = NULL;

	if (elf_read(file, bytes, UNIX_LIBRARY_ADDRESS, UNIX_LIBRARY_ADDRESS + UNIX_LIBRARY_BYTES,
		     UNIX_LIBRARY_ADDRESS, &image) != NULL ||
	    image.segment_count != 1 || image.segments[0].address != UNIX_LIBRARY_ADDRESS ||
	    image.segments[0].file_bytes < sizeof(*header)) {
		return NULL;
	}
	header = (const void *)((const char *)file + image.segments[0].file_offset);
	library_bytes = image.segments[0].file_bytes;
	return header->magic == UNIX_LIBRARY_MAGIC && header->version == UNIX_PAGES_VERSION
		       ? header
		       : NULL;
}

kern_return_t library_load(const void *file, size_t bytes)
{
	const struct unix_library_header *header = find_header(file, bytes);
	vm_address_t here = 0;
	kern_return_t code = KERN_SUCCESS;

	if (header == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	code = vm_allocate(SELF, &here, library_bytes, TRUE);
	if (code == KERN_SUCCESS) {
		memcpy((void *)here, header, library_bytes);
		library_bytes = (library_bytes + UNIX_PAGE_BYTES - 1) & ~(UNIX_PAGE_BYTES - 1);
		code = vm_region_create_proxy(SELF, here, VM_PROT_READ | VM_PROT_EXECUTE,
					      library_bytes, &memory);
	}
	library_header = (const struct unix_library_header *)here;
	return code;
}

kern_return_t library_map(mach_port_t task)
{
	vm_address_t there = UNIX_LIBRARY_ADDRESS;

	return vm_map(task, &there, library_bytes, 0, FALSE, memory, 0, FALSE,
		      VM_PROT_READ | VM_PROT_EXECUTE, VM_PROT_READ | VM_PROT_EXECUTE,
		      VM_INHERIT_SHARE);
}

bool library_has(uint32_t address)
{
	return address - UNIX_LIBRARY_ADDRESS < library_bytes;
}
