/* See memory_core.h. */
#include "memory_core.h"
#include <stdbool.h>

#define BLOCKS_MAX 0x10000u /* a chain cannot have more: each has a paragraph of its own */

static uint8_t *control(const struct dos_memory *memory, uint16_t segment)
{
	return memory->base + (uint32_t)segment * 16;
}

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static bool is_control(const uint8_t *at)
{
	return at[0] == 'M' || at[0] == 'Z';
}

static uint16_t owner_of(const uint8_t *at)
{
	return get16(at + 1);
}

static uint16_t size_of(const uint8_t *at)
{
	return get16(at + 3);
}

static void write_control(uint8_t *at, uint8_t kind, uint16_t owner, uint16_t paragraphs)
{
	at[0] = kind;
	put16(at + 1, owner);
	put16(at + 3, paragraphs);
	for (int i = 5; i < 16; i++) {
		at[i] = 0;
	}
}

/* The control block behind this one; 0: this is the last, or what follows is none. */
static uint16_t next_of(const struct dos_memory *memory, uint16_t segment)
{
	const uint8_t *at = control(memory, segment);
	uint32_t next = (uint32_t)segment + size_of(at) + 1;

	return at[0] == 'M' && next < 0x10000 ? (uint16_t)next : 0;
}

/* Joins a free block with the free ones that follow; false: the chain is destroyed. */
static bool join_free(const struct dos_memory *memory, uint16_t segment)
{
	uint8_t *at = control(memory, segment);

	while (at[0] == 'M') {
		uint16_t next = next_of(memory, segment);
		const uint8_t *behind = control(memory, next);
		uint32_t paragraphs = 0;

		if (next == 0 || !is_control(behind)) {
			return false;
		}
		paragraphs = (uint32_t)size_of(at) + size_of(behind) + 1;
		if (owner_of(behind) != 0 || paragraphs > 0xffff) {
			return true;
		}
		at[0] = behind[0];
		put16(at + 3, (uint16_t)paragraphs);
	}
	return true;
}

void memory_format(struct dos_memory *memory, uint16_t first, uint16_t end)
{
	memory->first = first;
	memory->strategy = MEMORY_FIRST_FIT;
	write_control(control(memory, first), 'Z', 0, (uint16_t)(end - first - 1));
}

/* Is a free block of "size" at this place of the chain the better choice? */
static bool is_better(uint16_t strategy, uint16_t chosen, uint16_t chosen_size, uint16_t size)
{
	switch (strategy & 3) {
	case MEMORY_FIRST_FIT:
		return chosen == 0;
	case MEMORY_BEST_FIT:
		return chosen == 0 || size < chosen_size;
	default:
		return true;
	}
}

/* The control block to take from, 0 for none; false: the chain is destroyed. */
static bool choose(const struct dos_memory *memory, uint16_t paragraphs, uint16_t *chosen,
		   uint16_t *largest)
{
	uint16_t segment = memory->first, chosen_size = 0;

	*chosen = 0;
	*largest = 0;
	for (uint32_t i = 0; i < BLOCKS_MAX && segment != 0; i++) {
		const uint8_t *at = control(memory, segment);

		if (!is_control(at) || (owner_of(at) == 0 && !join_free(memory, segment))) {
			return false;
		}
		if (owner_of(at) == 0) {
			uint16_t size = size_of(at);

			*largest = size > *largest ? size : *largest;
			if (size >= paragraphs &&
			    is_better(memory->strategy, *chosen, chosen_size, size)) {
				*chosen = segment;
				chosen_size = size;
			}
		}
		if (at[0] == 'Z') {
			return true;
		}
		segment = next_of(memory, segment);
	}
	return false;
}

/* Cuts a block (of any owner) to its first "paragraphs"; what is left over becomes free. */
static void split(const struct dos_memory *memory, uint16_t segment, uint16_t paragraphs)
{
	uint8_t *at = control(memory, segment);
	uint16_t rest = (uint16_t)(size_of(at) - paragraphs);

	if (rest != 0) {
		uint16_t behind = (uint16_t)(segment + 1 + paragraphs);

		write_control(control(memory, behind), at[0], 0, (uint16_t)(rest - 1));
		at[0] = 'M';
		put16(at + 3, paragraphs);
	}
}

int memory_allocate(struct dos_memory *memory, uint16_t owner, uint16_t paragraphs,
		    uint16_t *segment, uint16_t *largest)
{
	uint16_t chosen = 0;

	if (!choose(memory, paragraphs, &chosen, largest)) {
		return MEMORY_DESTROYED;
	}
	if (chosen == 0) {
		return MEMORY_INSUFFICIENT;
	}
	if ((memory->strategy & 3) >= MEMORY_LAST_FIT) {
		/* From the upper end: the lower part stays free. */
		uint16_t size = size_of(control(memory, chosen));

		if (size > paragraphs) {
			split(memory, chosen, (uint16_t)(size - paragraphs - 1));
			chosen = next_of(memory, chosen);
		}
	} else {
		split(memory, chosen, paragraphs);
	}
	memory_set_owner(memory, (uint16_t)(chosen + 1), owner, NULL);
	*segment = (uint16_t)(chosen + 1);
	return 0;
}

int memory_free(struct dos_memory *memory, uint16_t segment)
{
	uint8_t *at = control(memory, (uint16_t)(segment - 1));

	if (segment == 0 || !is_control(at)) {
		return MEMORY_NOT_A_BLOCK;
	}
	put16(at + 1, 0);
	return 0;
}

int memory_resize(struct dos_memory *memory, uint16_t segment, uint16_t paragraphs,
		  uint16_t *largest)
{
	uint16_t place = (uint16_t)(segment - 1);
	uint8_t *at = control(memory, place);

	*largest = 0;
	if (segment == 0 || !is_control(at)) {
		return MEMORY_NOT_A_BLOCK;
	}
	if (paragraphs > size_of(at) && !join_free(memory, place)) {
		return MEMORY_DESTROYED;
	}
	if (paragraphs > size_of(at)) {
		*largest = size_of(at);
		return MEMORY_INSUFFICIENT;
	}
	split(memory, place, paragraphs);
	return 0;
}

int memory_free_owner(struct dos_memory *memory, uint16_t owner)
{
	uint16_t segment = memory->first;

	for (uint32_t i = 0; i < BLOCKS_MAX && segment != 0; i++) {
		uint8_t *at = control(memory, segment);

		if (!is_control(at)) {
			return MEMORY_DESTROYED;
		}
		if (owner_of(at) == owner) {
			put16(at + 1, 0);
		}
		if (at[0] == 'Z') {
			return 0;
		}
		segment = next_of(memory, segment);
	}
	return MEMORY_DESTROYED;
}

void memory_set_owner(struct dos_memory *memory, uint16_t segment, uint16_t owner, const char *name)
{
	uint8_t *at = control(memory, (uint16_t)(segment - 1));

	put16(at + 1, owner);
	for (int i = 0; name != NULL && i < 8; i++) {
		at[8 + i] = (uint8_t)*name;
		name += *name != 0;
	}
}

uint16_t memory_size(const struct dos_memory *memory, uint16_t segment)
{
	const uint8_t *at = control(memory, (uint16_t)(segment - 1));

	return segment != 0 && is_control(at) ? size_of(at) : 0;
}
