/* Reads the headers of a program: ELF32, i386, ET_EXEC or ET_DYN (placed at 128 MB). Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define ELF_SEGMENTS_MAX 16u
#define ELF_DYN_BASE     0x08000000u

struct elf_segment {
	uint32_t file_offset, file_bytes; /* where its contents are in the image */
	uint32_t address, memory_bytes;   /* where they go; the rest is zero */
	bool write, execute;
};

struct elf_image {
	uint32_t entry;
	bool executable_stack; /* PT_GNU_STACK says so, or is missing */
	uint32_t segment_count;
	struct elf_segment segments[ELF_SEGMENTS_MAX]; /* in address order, apart in bytes */
};

/* Checks the whole image against user space [bottom, top). NULL: *image is good; else what is
   wrong, as the end of a sentence. */
const char *elf_read(const void *file, uint32_t file_bytes, uint32_t bottom, uint32_t top,
		     struct elf_image *image);
