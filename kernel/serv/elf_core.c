#include <serv/elf_core.h>

#include <stddef.h>

struct elf_header {
	uint8_t magic[4];
	uint8_t class, data, version, padding[9];
	uint16_t type, machine;
	uint32_t version_word, entry, segments_offset, sections_offset, flags;
	uint16_t header_bytes, segment_bytes, segment_count, section_bytes, section_count,
		names_index;
};
_Static_assert(sizeof(struct elf_header) == 52, "ELF32 header");

struct elf_program {
	uint32_t type, file_offset, address, physical, file_bytes, memory_bytes, flags, align;
};
_Static_assert(sizeof(struct elf_program) == 32, "ELF32 program header");

#define ELF_CLASS_32    1
#define ELF_DATA_LITTLE 1
#define ELF_TYPE_EXEC   2
#define ELF_TYPE_DYN    3
#define ELF_MACHINE_386 3
#define SEGMENT_LOAD    1u
#define SEGMENT_INTERP  3u
#define SEGMENT_STACK   0x6474e551u
#define FLAG_EXECUTE    1u
#define FLAG_WRITE      2u

/* The image may lie anywhere: no alignment is assumed. */
static void copy_out(void *to, const void *file, uint32_t offset, uint32_t bytes)
{
	const uint8_t *from = (const uint8_t *)file + offset;
	uint8_t *target = to;
	for (uint32_t i = 0; i < bytes; i++) {
		target[i] = from[i];
	}
}

static const char *header_check(const struct elf_header *header)
{
	if (header->magic[0] != 0x7f || header->magic[1] != 'E' || header->magic[2] != 'L' ||
	    header->magic[3] != 'F') {
		return "it is not an ELF file";
	}
	if (header->class != ELF_CLASS_32 || header->data != ELF_DATA_LITTLE ||
	    header->machine != ELF_MACHINE_386) {
		return "it is not a 32-bit i386 program";
	}
	if (header->type != ELF_TYPE_EXEC && header->type != ELF_TYPE_DYN) {
		return "it is an ELF file but not an executable";
	}
	if (header->segment_bytes != sizeof(struct elf_program) || header->segment_count == 0) {
		return "it has no program headers of the usual size";
	}
	return NULL;
}

static const char *segment_add(const struct elf_program *program, uint32_t base,
			       uint32_t file_bytes, uint32_t bottom, uint32_t top,
			       struct elf_image *image)
{
	if (program->memory_bytes == 0) {
		return NULL;
	}
	if (image->segment_count == ELF_SEGMENTS_MAX) {
		return "it has too many segments";
	}
	if (program->file_bytes > program->memory_bytes || program->file_offset > file_bytes ||
	    program->file_bytes > file_bytes - program->file_offset) {
		return "a segment reaches beyond the end of the file";
	}
	uint32_t address = program->address + base;
	if (address < program->address || address < bottom || address >= top ||
	    program->memory_bytes > top - address) {
		return "a segment lies outside user space";
	}
	if (image->segment_count > 0) {
		const struct elf_segment *last = &image->segments[image->segment_count - 1];
		if (address < last->address || address - last->address < last->memory_bytes) {
			return "its segments overlap or are not in order";
		}
	}
	image->segments[image->segment_count++] = (struct elf_segment){
		.file_offset = program->file_offset,
		.file_bytes = program->file_bytes,
		.address = address,
		.memory_bytes = program->memory_bytes,
		.write = (program->flags & FLAG_WRITE) != 0,
		.execute = (program->flags & FLAG_EXECUTE) != 0,
	};
	return NULL;
}

static bool entry_is_inside(const struct elf_image *image)
{
	for (uint32_t i = 0; i < image->segment_count; i++) {
		const struct elf_segment *segment = &image->segments[i];
		if (image->entry >= segment->address &&
		    image->entry - segment->address < segment->memory_bytes) {
			return true;
		}
	}
	return false;
}

const char *elf_read(const void *file, uint32_t file_bytes, uint32_t bottom, uint32_t top,
		     struct elf_image *image)
{
	struct elf_header header;
	if (file_bytes < sizeof header) {
		return "it is too short to be a program";
	}
	copy_out(&header, file, 0, sizeof header);
	const char *error = header_check(&header);
	if (error != NULL) {
		return error;
	}
	uint32_t table_bytes = (uint32_t)header.segment_count * sizeof(struct elf_program);
	if (header.segments_offset > file_bytes ||
	    table_bytes > file_bytes - header.segments_offset) {
		return "its program headers lie beyond the end of the file";
	}
	uint32_t base = header.type == ELF_TYPE_DYN ? ELF_DYN_BASE : 0;
	image->entry = header.entry + base;
	image->executable_stack = true;
	image->segment_count = 0;
	for (uint32_t i = 0; i < header.segment_count; i++) {
		struct elf_program program;
		copy_out(&program, file, header.segments_offset + i * (uint32_t)sizeof program,
			 sizeof program);
		if (program.type == SEGMENT_INTERP) {
			return "it needs a dynamic linker, and there is none before the file "
			       "server";
		}
		if (program.type == SEGMENT_STACK) {
			image->executable_stack = (program.flags & FLAG_EXECUTE) != 0;
		}
		if (program.type == SEGMENT_LOAD) {
			error = segment_add(&program, base, file_bytes, bottom, top, image);
			if (error != NULL) {
				return error;
			}
		}
	}
	return entry_is_inside(image) ? NULL : "its entry point lies in none of its segments";
}
