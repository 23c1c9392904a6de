/*
 * DOS memory: the chain of memory control blocks, laid out in the program's memory as programs
 * expect to walk it.  Each is one paragraph in front of its block: 'M' or (the last) 'Z', the
 * owner's PSP segment (0: free), the block's paragraphs, and from offset 8 on the owner's name.
 * Programs can write there, so each walk checks what it reads.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define MEMORY_OWNER_SYSTEM 8 /* DOS itself */

/* Allocation strategies (INT 21h, 5801h). */
#define MEMORY_FIRST_FIT 0
#define MEMORY_BEST_FIT  1
#define MEMORY_LAST_FIT  2

/* Errors, with their DOS numbers. */
#define MEMORY_DESTROYED    7
#define MEMORY_INSUFFICIENT 8
#define MEMORY_NOT_A_BLOCK  9

struct dos_memory {
	uint8_t *base;  /* address 0 of the machine, 1 MB at least */
	uint16_t first; /* segment of the first control block */
	uint16_t strategy;
};

/* One free block from the control block at "first" to the paragraph before "end". */
void memory_format(struct dos_memory *memory, uint16_t first, uint16_t end);

/*
 * Gives "owner" a block of that many paragraphs: 0 and its segment, or an error and the size of the
 * largest free block.  Free neighbours are joined on the way, as DOS does.
 */
int memory_allocate(struct dos_memory *memory, uint16_t owner, uint16_t paragraphs,
		    uint16_t *segment, uint16_t *largest);

/* 0, MEMORY_DESTROYED or MEMORY_NOT_A_BLOCK. */
int memory_free(struct dos_memory *memory, uint16_t segment);

/*
 * Makes a block larger or smaller.  MEMORY_INSUFFICIENT: it was made as large as it can be, which
 * is "largest", as DOS does.
 */
int memory_resize(struct dos_memory *memory, uint16_t segment, uint16_t paragraphs,
		  uint16_t *largest);

/* Frees all that belongs to an owner; 0 or MEMORY_DESTROYED. */
int memory_free_owner(struct dos_memory *memory, uint16_t owner);

/* Names the owner of a block, up to 8 characters (DOS 4 and later). */
void memory_set_owner(struct dos_memory *memory, uint16_t segment, uint16_t owner,
		      const char *name);

/* The paragraphs of a block, 0 if it is none. */
uint16_t memory_size(const struct dos_memory *memory, uint16_t segment);
