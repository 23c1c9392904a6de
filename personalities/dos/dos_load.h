/* Program files become blocks of memory with a PSP: what dos_process.c has of dos_load.c. */
#pragma once

#include "dos.h"
#include "exe_core.h"
#include "machine.h"

/* No error of DOS's: the file is a program, but of another kind (foreign.c). */
#define FOREIGN (-1)

/* What 4B00h wants to know of the caller. */
struct start {
	uint16_t environment; /* 0: a copy of the parent's */
	uint16_t tail_segment, tail_offset;
	uint16_t fcb_segment[2], fcb_offset[2];
};

struct loaded {
	uint16_t psp, environment;
	uint16_t cs, ip, ss, sp;
};

static inline uint8_t *psp_at(uint16_t segment)
{
	return machine_at(segment, 0);
}

static inline uint16_t psp16(uint16_t segment, uint32_t field)
{
	return peek16(segment, field);
}

static inline void psp_copy(uint16_t to, uint32_t to_offset, uint16_t from, uint32_t from_offset,
			    uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		poke8(to, to_offset + i, peek8(from, from_offset + i));
	}
}

/*
 * A program with its environment, ready to be entered; its owner is the current PSP.  A DOS error,
 * or FOREIGN; then no memory is taken.
 */
int load_program(const struct dos_path *path, const struct start *start, struct loaded *loaded);

/* The header of an open file; a DOS error, or FOREIGN. */
int load_header(mach_port_t file, uint32_t file_bytes, struct exe_header *header);

/* The image to segment:0 on, and its relocation by "factor"; a DOS error. */
int load_image(mach_port_t file, const struct exe_header *header, uint16_t segment,
	       uint16_t factor);

/* What memory blocks say of their owner: the name without its extension. */
void load_name_owner(uint16_t segment, const char *path);

/* The child has its parent's handles, but for those that are not to be inherited. */
void load_inherit_handles(uint16_t child);
