/* See elf_core.h. */
#include "elf_core.h"

#include <stddef.h>

struct elf_header {
	uint8_t magic[4];
	uint8_t class;
	uint8_t data;
	uint8_t version;
	uint8_t padding[9];
	uint16_t type;
	uint16_t machine;
	uint32_t version_word;
	uint32_t entry;
	uint32_t segments_offset;
	uint32_t sections_offset;
	uint32_t flags;
	uint16_t header_bytes;
	uint16_t segment_bytes;
	uint16_t segment_count;
	uint16_t section_bytes;
	uint16_t section_count;
	uint16_t names_index;
};
_Static_assert(sizeof(struct elf_header) == 52, "ELF32 header");

struct elf_program {
	uint32_t type;
	uint32_t file_offset;
	uint32_t address;
	uint32_t physical;
	uint32_t file_bytes;
	uint32_t memory_bytes;
	uint32_t flags;
	uint32_t align;
};
_Static_assert(sizeof(struct elf_program) == 32, "ELF32 program header");

#define CLASS_32        1
#define DATA_LITTLE     1
#define TYPE_EXECUTABLE 2
#define TYPE_DYNAMIC    3
#define MACHINE_386     3
#define SEGMENT_LOAD    1u
#define SEGMENT_INTERP  3u
#define SEGMENT_STACK   0x6474e551u
#define FLAG_EXECUTE    1u
#define FLAG_WRITE      2u
#define FLAG_READ       4u
#define INTERPRETER_MAX 4096u

static const char *check_header(const struct elf_header *header)
{
	if (header->magic[0] != 0x7f || header->magic[1] != 'E' || header->magic[2] != 'L' ||
	    header->magic[3] != 'F') {
		return "it is not an ELF file";
	}
	if (header->class != CLASS_32 || header->data != DATA_LITTLE ||
	    header->machine != MACHINE_386) {
		return "it is not a 32-bit i386 program";
	}
	if (header->type != TYPE_EXECUTABLE && header->type != TYPE_DYNAMIC) {
		return "it is an ELF file but not an executable";
	}
	if (header->segment_bytes != sizeof(struct elf_program) || header->segment_count == 0) {
		return "it has no program headers of the usual size";
	}
	return NULL;
}

static bool lies_inside(uint32_t offset, uint32_t bytes, uint32_t file_bytes)
{
	return offset <= file_bytes && bytes <= file_bytes - offset;
}

static const char *add_segment(const struct elf_program *program, uint32_t file_bytes,
			       uint32_t bottom, uint32_t top, struct elf_image *image)
{
	uint32_t address = program->address + image->base;
	const struct elf_segment *last =
		image->segment_count > 0 ? &image->segments[image->segment_count - 1] : NULL;

	if (program->memory_bytes == 0) {
		return NULL;
	}
	if (image->segment_count == ELF_SEGMENTS_MAX) {
		return "it has too many segments";
	}
	if (program->file_bytes > program->memory_bytes ||
	    !lies_inside(program->file_offset, program->file_bytes, file_bytes)) {
		return "a segment reaches beyond the end of the file";
	}
	if (address < image->base || address < bottom || address >= top ||
	    program->memory_bytes > top - address) {
		return "a segment lies outside user space";
	}
	if (last != NULL &&
	    (address < last->address || address - last->address < last->memory_bytes)) {
		return "its segments overlap or are not in order";
	}
	image->segments[image->segment_count++] = (struct elf_segment){
		.file_offset = program->file_offset,
		.file_bytes = program->file_bytes,
		.address = address,
		.memory_bytes = program->memory_bytes,
		.read = (program->flags & FLAG_READ) != 0,
		.write = (program->flags & FLAG_WRITE) != 0,
		.execute = (program->flags & FLAG_EXECUTE) != 0,
	};
	return NULL;
}

static const char *add_interpreter(const void *file, const struct elf_program *program,
				   uint32_t file_bytes, struct elf_image *image)
{
	const uint8_t *text = (const uint8_t *)file + program->file_offset;

	if (program->file_bytes < 2 || program->file_bytes > INTERPRETER_MAX ||
	    !lies_inside(program->file_offset, program->file_bytes, file_bytes) ||
	    text[program->file_bytes - 1] != 0) {
		return "the path of its dynamic linker makes no sense";
	}
	image->interpreter_offset = program->file_offset;
	image->interpreter_bytes = program->file_bytes;
	return NULL;
}

/* The segment that holds `bytes` bytes at `address` in memory, or null. */
static const struct elf_segment *find_segment(const struct elf_image *image, uint32_t address,
					      uint32_t bytes)
{
	for (uint32_t i = 0; i < image->segment_count; i++) {
		const struct elf_segment *segment = &image->segments[i];

		if (address >= segment->address &&
		    address - segment->address < segment->memory_bytes &&
		    bytes <= segment->memory_bytes - (address - segment->address)) {
			return segment;
		}
	}
	return NULL;
}

/* Where the program headers come to lie in memory, if a segment's contents hold them. */
static uint32_t locate_headers(const struct elf_image *image, uint32_t offset, uint32_t bytes)
{
	for (uint32_t i = 0; i < image->segment_count; i++) {
		const struct elf_segment *segment = &image->segments[i];

		if (offset >= segment->file_offset &&
		    offset - segment->file_offset <= segment->file_bytes &&
		    bytes <= segment->file_bytes - (offset - segment->file_offset)) {
			return segment->address + (offset - segment->file_offset);
		}
	}
	return 0;
}

static const char *read_segments(const void *file, uint32_t file_bytes, uint32_t bottom,
				 uint32_t top, const struct elf_header *header,
				 struct elf_image *image)
{
	for (uint32_t i = 0; i < header->segment_count; i++) {
		struct elf_program program;
		const char *error = NULL;

		/* The image may lie anywhere: no alignment is assumed. */
		__builtin_memcpy(&program,
				 (const uint8_t *)file + header->segments_offset +
					 i * sizeof program,
				 sizeof program);
		if (program.type == SEGMENT_INTERP) {
			error = add_interpreter(file, &program, file_bytes, image);
		} else if (program.type == SEGMENT_STACK) {
			image->executable_stack = (program.flags & FLAG_EXECUTE) != 0;
		} else if (program.type == SEGMENT_LOAD) {
			error = add_segment(&program, file_bytes, bottom, top, image);
		}
		if (error != NULL) {
			return error;
		}
	}
	return NULL;
}

const char *elf_read(const void *file, uint32_t file_bytes, uint32_t bottom, uint32_t top,
		     uint32_t dynamic_base, struct elf_image *image)
{
	struct elf_header header;
	uint32_t table_bytes = 0;
	const char *error = NULL;

	if (file_bytes < sizeof header) {
		return "it is too short to be a program";
	}
	__builtin_memcpy(&header, file, sizeof header);
	error = check_header(&header);
	if (error != NULL) {
		return error;
	}
	table_bytes = header.segment_count * (uint32_t)sizeof(struct elf_program);
	if (!lies_inside(header.segments_offset, table_bytes, file_bytes)) {
		return "its program headers lie beyond the end of the file";
	}
	*image = (struct elf_image){
		.base = header.type == TYPE_DYNAMIC ? dynamic_base : 0,
		.executable_stack = true,
		.headers = header.segment_count,
	};
	image->entry = header.entry + image->base;
	error = read_segments(file, file_bytes, bottom, top, &header, image);
	if (error != NULL) {
		return error;
	}
	image->headers_address = locate_headers(image, header.segments_offset, table_bytes);
	return find_segment(image, image->entry, 1) != NULL
		       ? NULL
		       : "its entry point lies in none of its segments";
}
