/*
 * A table of descriptors: numbers to things, with the flag FD_CLOEXEC.  Pure; the arrays are the
 * caller's, who makes them longer when a number needs it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct descriptor_table {
	void **entries;	       /* null: free */
	uint8_t *close_on_exec;
	uint32_t room;
};

/* The lowest free number from "least" on; it may be room or above, then the arrays are too short. */
uint32_t descriptor_free(const struct descriptor_table *table, uint32_t least);

/* What a number stands for, or null. */
void *descriptor_at(const struct descriptor_table *table, int number);

/* Sets a number below room; returns what stood there, or null. */
void *descriptor_set(struct descriptor_table *table, uint32_t number, void *entry,
		     bool close_on_exec);
