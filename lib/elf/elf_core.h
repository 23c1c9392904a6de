/* Reads the headers of a program: ELF32, i386, ET_EXEC or ET_DYN.  Pure; the image is not trusted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define ELF_SEGMENTS_MAX 32u

struct elf_segment {
	uint32_t file_offset; /* where its contents are in the image */
	uint32_t file_bytes;
	uint32_t address; /* where they go; the rest is zero */
	uint32_t memory_bytes;
	bool read;
	bool write;
	bool execute;
};

struct elf_image {
	uint32_t base; /* what was added to every address: 0, or dynamic_base for ET_DYN */
	uint32_t entry;
	bool executable_stack;       /* PT_GNU_STACK says so, or is missing */
	uint32_t interpreter_offset; /* its path in the image, ended by a 0 */
	uint32_t interpreter_bytes;  /* with the 0; 0: it needs none */
	uint32_t headers_address;    /* the program headers in memory (AT_PHDR); 0: not loaded */
	uint32_t headers;
	uint32_t segment_count;
	struct elf_segment segments[ELF_SEGMENTS_MAX]; /* in address order, apart in bytes */
};

/*
 * Checks the whole image against the addresses [bottom, top).  dynamic_base: where an ET_DYN image
 * goes, a multiple of the page size.  Null: *image is good; else what is wrong, as the end of a
 * sentence.
 */
const char *elf_read(const void *file, uint32_t file_bytes, uint32_t bottom, uint32_t top,
		     uint32_t dynamic_base, struct elf_image *image);
