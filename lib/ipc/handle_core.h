/*
 * Handles: 32-bit numbers that stand for pointers.  A handle says in which slot its pointer is, so
 * a look-up searches nothing, and which use of the slot it is, so that a handle whose pointer is
 * gone is recognised.  The memory is the caller's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define HANDLE_INDEX_BITS 20
#define HANDLE_SLOTS_MAX (1u << HANDLE_INDEX_BITS)
#define HANDLE_NONE 0u /* never a handle: the first use of a slot has number 1 */

struct handle_slot {
	void *pointer;	/* null: free */
	uint32_t use;	/* which use of the slot this is; never 0, nor all ones */
	uint32_t next;	/* the next free slot + 1 */
};

struct handle_table {
	struct handle_slot *slots;
	uint32_t count;	 /* of slots */
	uint32_t in_use; /* of these */
	uint32_t free;	 /* the first free slot + 1, 0: none */
};

/* Moves the table to "slots", a copy of the old ones and more; returns the old ones (at first null). */
struct handle_slot *handle_grow(struct handle_table *table, struct handle_slot *slots,
				uint32_t count);

/* A handle for "pointer" (not null); HANDLE_NONE: no free slot, let the table grow. */
uint32_t handle_add(struct handle_table *table, void *pointer);

/* The pointer, or null for what is not a handle (any more). */
void *handle_find(const struct handle_table *table, uint32_t handle);

/* Forgets a handle; returns its pointer or null. */
void *handle_remove(struct handle_table *table, uint32_t handle);
