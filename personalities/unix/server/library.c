/* The emulation library: one piece of memory, mapped read only into every task. */
#include <mach/vm_inherit.h>
#include <mach/vm_prot.h>
#include <gen/mach.h>
#include <gen/mach4.h>
#include "library.h"

#define SELF mach_task_self()

const struct unix_library_header *library_header;
static mach_port_t memory;
static uint32_t library_bytes;

/* Of an ELF file what matters here: one segment, at UNIX_LIBRARY_ADDRESS. */
struct elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version, entry, program_offset, section_offset, flags;
	uint16_t header_bytes, program_bytes, program_count;
};

struct elf_program {
	uint32_t type, offset, address, physical, file_bytes, memory_bytes, flags, align;
};

kern_return_t library_load(const void *file, size_t bytes)
{
	const struct elf_header *elf = file;
	const struct elf_program *program = NULL;
	const struct unix_library_header *header = NULL;
	vm_address_t here = 0;
	kern_return_t code = KERN_SUCCESS;

	if (bytes < sizeof(*elf) || memcmp(elf->ident, "\177ELF", 4) != 0 ||
	    elf->program_offset > bytes - sizeof(*program)) {
		return KERN_INVALID_ARGUMENT;
	}
	program = (const struct elf_program *)((const char *)file + elf->program_offset);
	if (program->type != 1 || program->address != UNIX_LIBRARY_ADDRESS ||
	    program->file_bytes > UNIX_LIBRARY_BYTES || program->offset > bytes ||
	    program->file_bytes > bytes - program->offset ||
	    program->file_bytes < sizeof(*header)) {
		return KERN_INVALID_ARGUMENT;
	}
	header = (const struct unix_library_header *)((const char *)file + program->offset);
	if (header->magic != UNIX_LIBRARY_MAGIC || header->version != UNIX_PAGES_VERSION) {
		return KERN_INVALID_ARGUMENT;
	}
	library_bytes = (program->file_bytes + UNIX_PAGE_BYTES - 1) & ~(UNIX_PAGE_BYTES - 1);
	code = vm_allocate(SELF, &here, library_bytes, TRUE);
	if (code == KERN_SUCCESS) {
		memcpy((void *)here, header, program->file_bytes);
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
