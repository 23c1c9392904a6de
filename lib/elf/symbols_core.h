/* The symbol table of an ELF32 image.  Pure; the image is not trusted. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct elf_symbol {
	const char *name;    /* in the image; not ended by a 0 within name_bytes */
	uint32_t name_bytes; /* at least 1 */
	uint32_t offset;     /* of the address in the function */
};

/*
 * The function that "address" lies in (as the image was linked, without a base).  False: the image
 * has no symbol table that can be read, or no such function.
 */
bool elf_find_symbol(const void *file, uint32_t file_bytes, uint32_t address,
		     struct elf_symbol *symbol);
