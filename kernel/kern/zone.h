/* Zones: allocators of equal-sized objects, each with a cap and counters. Memory of the kernel is
   bounded because every kind of object comes from a zone and every zone ends at its cap. */
#pragma once

#include <kern/list.h>
#include <kern/types.h>

struct free_element;

/* All fields [o]wner: the kernel as a whole (SMP: a lock per zone).
   Elements taken from slabs = in_use + cached_count, and never more than the cap. */
struct zone {
	struct free_element *cached; /* the last few freed, not yet given back to their slabs */
	uint32_t cached_count;
	uint32_t cached_max;
	uintptr_t slab_mask; /* and-ed with an element's address: its slab */
	const char *name;
	uint32_t element_bytes; /* rounded up to 8 */
	uint32_t cap;           /* most elements in use; 0 = bounded by memory alone */
	uint32_t in_use;
	uint32_t high_water;
	uint32_t refused;    /* allocations that failed, by cap or for want of pages */
	uint32_t slab_pages; /* pages of one slab, a power of two */
	uint32_t slab_elements;
	uint32_t empty_slabs; /* slabs on `partial` with nothing in use; at most one is kept */
	struct list partial;  /* slabs with a free element */
	struct list all;      /* of zones */
};

/* Prepares a zone and enters it in the list that zone_each walks.
   element_bytes at most 4096; alignment of elements is 8 (or element_bytes, when that is a power of
   two of at most 1024: pcb areas need 16). */
void zone_init(struct zone *zone, const char *name, uint32_t element_bytes, uint32_t cap);

/* Returns an element with undefined contents, or NULL when the cap is reached or no page is left.
   Does not block. The element is the caller's until zone_free. */
void *zone_alloc(struct zone *zone) MUST_CHECK;
/* As zone_alloc, zero filled. */
void *zone_alloc_zero(struct zone *zone) MUST_CHECK;
/* Gives an element back. Pages of slabs that become empty go back to the page allocator (all but
   one, and those that the few cached elements keep). Freeing twice, or into the wrong zone, panics
   when it can be seen. */
void zone_free(struct zone *zone, void *element);

/* The zones in order of initialisation: the one after `previous` (NULL for the first), or NULL. */
struct zone *zone_next(const struct zone *previous);

/* Blocks of any size up to 64 KB from zones of powers of two ("kalloc.32" ...), beyond one page
   from contiguous pages. The size must be given back unchanged. */
void *kalloc(uint32_t bytes) MUST_CHECK;
void kfree(void *block, uint32_t bytes);
void zone_bootstrap(void);
