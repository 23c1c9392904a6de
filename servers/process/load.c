/* From an image to a task: segments, protections, the first stack. */
#include <string.h>
#include <elf/elf_core.h>
#include <libmach.h>
#include <gen/mach.h>
#include "server.h"

#define PAGE_BYTES   0x1000u
#define USER_BOTTOM  0x1000u
#define USER_TOP     0xc0000000u
#define STACK_BYTES  0x20000u /* beside arguments and environment */
#define DYNAMIC_BASE 0x08000000u
#define PIECE_BYTES  0x10000u

static uint32_t page_trunc(uint32_t address)
{
	return address & ~(PAGE_BYTES - 1);
}

static uint32_t page_round(uint32_t address)
{
	return page_trunc(address + PAGE_BYTES - 1);
}

/* What is in a page of the task already. */
static kern_return_t read_page(mach_port_t task, uint32_t page, void *to)
{
	vm_offset_t data = 0;
	mach_msg_type_number_t count = 0;
	kern_return_t result = vm_read(task, page, PAGE_BYTES, &data, &count);

	if (result == KERN_SUCCESS) {
		memcpy(to, (const void *)data, PAGE_BYTES);
		(void)vm_deallocate(mach_task_self(), data, count);
	}
	return result;
}

/*
 * The pages of the task from "start" on, PIECE_BYTES at most, with what the segment has for them,
 * by way of pages of ours: an archive lies in device memory, which cannot be sent, and only whole
 * pages can be written.  merge: the first page is the last segment's, too.
 */
static kern_return_t write_piece(mach_port_t task, const struct image *image,
				 const struct elf_segment *segment, uint32_t start, bool merge)
{
	uint32_t end = segment->address + segment->file_bytes;
	uint32_t from = start > segment->address ? start : segment->address;
	uint32_t to = end - start < PIECE_BYTES ? end : start + PIECE_BYTES;
	vm_size_t bytes = page_round(to - start);
	vm_address_t stage = 0;
	kern_return_t result = vm_allocate(mach_task_self(), &stage, bytes, TRUE);

	if (result != KERN_SUCCESS) {
		return result;
	}
	result = merge ? read_page(task, start, (void *)stage) : KERN_SUCCESS;
	if (result == KERN_SUCCESS) {
		memcpy((uint8_t *)stage + (from - start),
		       image->data + segment->file_offset + (from - segment->address), to - from);
		result = vm_write(task, start, stage, bytes);
	}
	(void)vm_deallocate(mach_task_self(), stage, bytes);
	return result;
}

/* In pieces: pages that fail to come for a large image must be the task's, not ours. */
static kern_return_t write_contents(mach_port_t task, const struct image *image,
				    const struct elf_segment *segment, bool shared)
{
	uint32_t first = page_trunc(segment->address);
	uint32_t end = segment->address + segment->file_bytes;
	kern_return_t result = KERN_SUCCESS;

	for (uint32_t start = first; start < end && result == KERN_SUCCESS; start += PIECE_BYTES) {
		result = write_piece(task, image, segment, start, shared && start == first);
	}
	return result;
}

static kern_return_t load_segment(mach_port_t task, const struct image *image,
				  const struct elf_segment *segment, uint32_t *mapped_end)
{
	vm_address_t start = page_trunc(segment->address);
	uint32_t end = page_round(segment->address + segment->memory_bytes);
	bool shared = start < *mapped_end;
	kern_return_t result = KERN_SUCCESS;

	if (shared) {
		start = *mapped_end;
	}
	if (start < end) {
		result = vm_allocate(task, &start, end - start, FALSE);
	}
	if (result == KERN_SUCCESS && segment->file_bytes > 0) {
		result = write_contents(task, image, segment, shared);
	}
	*mapped_end = end;
	return result;
}

static vm_prot_t protection_of(const struct elf_segment *segment)
{
	return VM_PROT_READ | (segment->write ? VM_PROT_WRITE : 0) |
	       (segment->execute ? VM_PROT_EXECUTE : 0);
}

/* After all is written.  A page that two segments share may do what either may. */
static kern_return_t protect_segments(mach_port_t task, const struct elf_image *program)
{
	uint32_t last_end = 0;
	vm_prot_t last = VM_PROT_NONE;
	kern_return_t result = KERN_SUCCESS;

	for (uint32_t i = 0; i < program->segment_count && result == KERN_SUCCESS; i++) {
		const struct elf_segment *segment = &program->segments[i];
		uint32_t start = page_trunc(segment->address);
		uint32_t end = page_round(segment->address + segment->memory_bytes);
		vm_prot_t protection = protection_of(segment);

		if (start < last_end) {
			last |= protection;
			result = vm_protect(task, start, PAGE_BYTES, FALSE, last);
			start += PAGE_BYTES;
		}
		if (start < end && result == KERN_SUCCESS) {
			result = vm_protect(task, start, end - start, FALSE, protection);
			last = protection;
		}
		last_end = end;
	}
	return result;
}

static uint32_t count_strings(struct strings strings)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < strings.bytes; i++) {
		count += strings.text[i] == 0;
	}
	return count;
}

/* Pointers to strings that lie at "address", then a null; returns where the next word goes. */
static uint32_t *put_pointers(uint32_t *word, struct strings strings, uint32_t address)
{
	uint32_t at = 0;

	while (at < strings.bytes) {
		*word++ = address + at;
		at += (uint32_t)strlen(strings.text + at) + 1;
	}
	*word++ = 0;
	return word;
}

/* argc, argv, 0, envp, 0, strings: esp points at argc (i386 psABI).  The block is its last bytes.
 */
static void fill_stack(uint8_t *block, uint32_t bytes, struct strings arguments,
		       struct strings environment)
{
	uint32_t strings_bytes = (arguments.bytes + environment.bytes + 3u) & ~3u;
	uint32_t strings_at = USER_TOP - strings_bytes;
	uint32_t *word = (uint32_t *)block;

	*word++ = count_strings(arguments);
	word = put_pointers(word, arguments, strings_at);
	(void)put_pointers(word, environment, strings_at + arguments.bytes);
	memcpy(block + bytes - strings_bytes, arguments.text, arguments.bytes);
	memcpy(block + bytes - strings_bytes + arguments.bytes, environment.text,
	       environment.bytes);
}

static kern_return_t load_stack(mach_port_t task, struct strings arguments,
				struct strings environment, bool executable, uint32_t *stack)
{
	uint32_t words = 1 + count_strings(arguments) + 1 + count_strings(environment) + 1;
	uint32_t bytes =
		(words * 4 + ((arguments.bytes + environment.bytes + 3u) & ~3u) + 15u) & ~15u;
	vm_size_t pages = page_round(bytes), total = STACK_BYTES + pages;
	vm_address_t base = USER_TOP - total, stage = 0;
	kern_return_t result = vm_allocate(mach_task_self(), &stage, pages, TRUE);

	if (result != KERN_SUCCESS) {
		return result;
	}
	*stack = USER_TOP - bytes;
	fill_stack((uint8_t *)stage + pages - bytes, bytes, arguments, environment);
	result = vm_allocate(task, &base, total, FALSE);
	if (result == KERN_SUCCESS) {
		result = vm_write(task, USER_TOP - pages, stage, pages);
	}
	if (result == KERN_SUCCESS && executable) {
		result = vm_protect(task, base, total, FALSE, VM_PROT_ALL);
	}
	(void)vm_deallocate(mach_task_self(), stage, pages);
	return result;
}

kern_return_t load_program(mach_port_t task, const struct image *image, struct strings arguments,
			   struct strings environment, struct program_start *start,
			   const char **why)
{
	struct elf_image program;
	uint32_t mapped_end = 0;
	kern_return_t result = KERN_SUCCESS;

	/* The first stack lies below USER_TOP: what meets it fails to be allocated. */
	*why = elf_read(image->data, image->bytes, USER_BOTTOM, USER_TOP - STACK_BYTES,
			DYNAMIC_BASE, &program);
	if (*why == NULL && program.interpreter_bytes != 0) {
		*why = "it needs a dynamic linker, which programs of Masix itself do not have";
	}
	if (*why != NULL) {
		return PROCESS_BAD_IMAGE;
	}
	for (uint32_t i = 0; i < program.segment_count && result == KERN_SUCCESS; i++) {
		result = load_segment(task, image, &program.segments[i], &mapped_end);
	}
	if (result == KERN_SUCCESS) {
		result = protect_segments(task, &program);
	}
	if (result == KERN_SUCCESS) {
		result = load_stack(task, arguments, environment, program.executable_stack,
				    &start->stack);
	}
	start->entry = program.entry;
	return result == KERN_SUCCESS ? result : KERN_RESOURCE_SHORTAGE;
}
