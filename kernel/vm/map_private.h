/* What the files of the map share with each other. */
#pragma once

#include <vm/map.h>

void vm_map_init(void);
void vm_map_copy_init(void);
/* A map on a pmap that exists; the map takes it over. NULL: no memory. */
struct vm_map *vm_map_create_with(struct task *task, struct pmap *pmap, uint32_t low,
				  uint32_t high) MUST_CHECK;
/* The entry at start if [start, end) has no holes, else NULL. */
struct vm_map_entry *vm_map_check_mapped(struct vm_map *map, uint32_t start, uint32_t end);
bool vm_map_entries_join(const struct vm_map_entry *a, const struct vm_map_entry *b);
/* Finds (from *address on) or checks a free place of whole pages. KERN_NO_SPACE
   KERN_INVALID_ADDRESS. */
kern_return_t vm_map_find_place(struct vm_map *map, uint32_t *address, uint32_t bytes,
				uint32_t mask, bool anywhere) MUST_CHECK;
/* Wires what was just entered, if vm_wire_all asked for that; on failure it is unmapped again. */
kern_return_t vm_map_settle(struct vm_map *map, uint32_t start, uint32_t bytes,
			    vm_prot_t access) MUST_CHECK;
/* Makes pages of a paged object resident. May block. As vm_pager_fetch. The caller holds a
   reference. */
kern_return_t vm_object_fetch(struct vm_object *object, uint32_t first, uint32_t count) MUST_CHECK;
