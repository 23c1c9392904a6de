#include <serv/program_load.h>

#include <kern/task.h>
#include <serv/elf_core.h>
#include <vm/map.h>
#include <vm/pmap.h>

#define STACK_BYTES (128u * 1024u)

/* Writes (or zeroes: data NULL) into a task's memory that is mapped writable. Pages are faulted in
   and reached through the kernel's linear map. False: no memory. */
static bool task_write(struct task *task, uint32_t address, const void *data, uint32_t bytes)
{
	const uint8_t *from = data;
	while (bytes > 0) {
		uint32_t chunk = PAGE_BYTES - (address & PAGE_MASK);
		if (chunk > bytes) {
			chunk = bytes;
		}
		if (vm_fault(task->map, page_trunc(address), true) != KERN_SUCCESS) {
			return false;
		}
		uint32_t physical = pmap_extract(task->map->pmap, page_trunc(address));
		assert(physical != 0xffffffffu);
		void *to = (void *)(KERNEL_BASE + page_trunc(physical) + (address & PAGE_MASK));
		if (from != NULL) {
			__builtin_memcpy(to, from, chunk);
			from += chunk;
		} else {
			__builtin_memset(to, 0, chunk);
		}
		address += chunk;
		bytes -= chunk;
	}
	return true;
}

static bool pages_allocate(struct task *task, uint32_t start, uint32_t end)
{
	return start >= end ||
	       vm_map_allocate(task->map, &start, end - start, false) == KERN_SUCCESS;
}

static vm_prot_t segment_protection(const struct elf_segment *segment)
{
	return VM_PROT_READ | (segment->write ? VM_PROT_WRITE : 0) |
	       (segment->execute ? VM_PROT_EXECUTE : 0);
}

static const char *segments_load(struct task *task, const uint8_t *image,
				 const struct elf_image *program)
{
	uint32_t mapped_end = 0;
	for (uint32_t i = 0; i < program->segment_count; i++) {
		const struct elf_segment *segment = &program->segments[i];
		uint32_t start = page_trunc(segment->address);
		uint32_t end = page_round(segment->address + segment->memory_bytes);
		/* Two segments may meet in one page: it is there already. */
		if (!pages_allocate(task, start > mapped_end ? start : mapped_end, end) ||
		    !task_write(task, segment->address, image + segment->file_offset,
				segment->file_bytes)) {
			return "there is no memory for it";
		}
		mapped_end = end > mapped_end ? end : mapped_end;
	}
	return NULL;
}

/* After all is written: text becomes read-only. A page that two segments share may do what either
   may. */
static kern_return_t segments_protect(struct task *task, const struct elf_image *program)
{
	uint32_t last_end = 0;
	vm_prot_t last = VM_PROT_NONE;
	for (uint32_t i = 0; i < program->segment_count; i++) {
		const struct elf_segment *segment = &program->segments[i];
		uint32_t start = page_trunc(segment->address);
		uint32_t end = page_round(segment->address + segment->memory_bytes);
		vm_prot_t protection = segment_protection(segment);
		if (start < last_end) {
			kern_return_t result = vm_map_protect(task->map, start, PAGE_BYTES, false,
							      last | protection);
			if (result != KERN_SUCCESS) {
				return result;
			}
			start += PAGE_BYTES;
		}
		if (start < end) {
			kern_return_t result =
				vm_map_protect(task->map, start, end - start, false, protection);
			if (result != KERN_SUCCESS) {
				return result;
			}
		}
		last_end = end;
		last = protection;
	}
	return KERN_SUCCESS;
}

/* argc, argv, 0, envp, 0, strings: esp points at argc (i386 psABI). */
static bool stack_build(struct task *task, const struct program_arguments *arguments, uint32_t top,
			uint32_t *stack)
{
	uint32_t words = 1 + arguments->count + 1 + arguments->environment_count + 1;
	uint32_t strings = top - ((arguments->strings_bytes + 3u) & ~3u);
	uint32_t esp = (strings - words * 4u) & ~15u;
	if (!task_write(task, strings, arguments->strings, arguments->strings_bytes) ||
	    !task_write(task, esp, &arguments->count, 4)) {
		return false;
	}
	uint32_t slot = esp + 4;
	uint32_t offset = 0;
	uint32_t total = arguments->count + arguments->environment_count;
	for (uint32_t i = 0; i <= total; i++) {
		if (i == arguments->count) {
			slot += 4; /* argv ends with 0: fresh pages are zero */
		}
		if (i == total) {
			break;
		}
		uint32_t address = strings + offset;
		if (!task_write(task, slot, &address, 4)) {
			return false;
		}
		slot += 4;
		offset += (uint32_t)__builtin_strlen(arguments->strings + offset) + 1;
	}
	*stack = esp;
	return true;
}

const char *program_load(struct task *task, const void *image, uint32_t image_bytes,
			 const struct program_arguments *arguments, struct program_start *start)
{
	struct elf_image program;
	const char *error =
		elf_read(image, image_bytes, USER_BOTTOM, USER_TOP - STACK_BYTES, &program);
	if (error == NULL) {
		error = segments_load(task, image, &program);
	}
	if (error != NULL) {
		return error;
	}
	if (segments_protect(task, &program) != KERN_SUCCESS ||
	    !pages_allocate(task, USER_TOP - STACK_BYTES, USER_TOP) ||
	    !stack_build(task, arguments, USER_TOP, &start->stack)) {
		return "there is no memory for its stack";
	}
	if (program.executable_stack &&
	    vm_map_protect(task->map, USER_TOP - STACK_BYTES, STACK_BYTES, false, VM_PROT_ALL) !=
		    KERN_SUCCESS) {
		return "its stack cannot be made executable";
	}
	start->entry = program.entry;
	return NULL;
}
