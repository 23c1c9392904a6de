/* What is known about regions of a map: protection, inheritance, wiring; and telling it. */
#include <kern/task.h>
#include <mach/vm_sync.h>
#include <mach/vm_wire.h>
#include <vm/map.h>
#include <vm/map_private.h>
#include <vm/object.h>
#include <vm/page.h>
#include <vm/pager.h>

/* Below this many entries, parts that are alike again stay apart: what was protected once will be
   protected again, and then needs no splitting. vm_map_region shows them as one. */
#define ENTRIES_TIDY 1024u

kern_return_t vm_map_protect(struct vm_map *map, uint32_t address, uint32_t bytes, bool set_max,
			     vm_prot_t protection)
{
	uint32_t start;
	uint32_t end;
	if ((protection & ~VM_PROT_ALL) != 0) {
		return KERN_INVALID_ARGUMENT;
	}
	if (bytes == 0) {
		return KERN_SUCCESS;
	}
	kern_return_t result = vm_map_range(map, address, bytes, &start, &end);
	if (result != KERN_SUCCESS) {
		return result;
	}
	struct vm_tree_node *node = vm_tree_at_or_after(&map->tree, start);
	struct vm_map_entry *first = (struct vm_map_entry *)node;
	for (struct vm_map_entry *e = first; e != NULL && e->node.start < end;
	     e = vm_map_entry_next(e)) {
		if ((protection & ~e->max_protection) != 0) {
			return KERN_PROTECTION_FAILURE;
		}
	}
	result = vm_map_cut(map, start, end, &first);
	if (result != KERN_SUCCESS) {
		return result;
	}
	for (struct vm_map_entry *e = first; e != NULL && e->node.start < end;
	     e = vm_map_entry_next(e)) {
		vm_prot_t old = e->protection;
		if (set_max) {
			e->max_protection = protection;
			e->protection = old & protection;
		} else {
			e->protection = protection;
		}
		if ((old & ~e->protection) != 0 && e->object != NULL) {
			pmap_protect(map->pmap, e->node.start, e->node.end, e->protection);
		}
	}
	if (map->entry_count > ENTRIES_TIDY) {
		vm_map_simplify(map, start, end);
	}
	return KERN_SUCCESS;
}

kern_return_t vm_map_inherit(struct vm_map *map, uint32_t address, uint32_t bytes,
			     vm_inherit_t inheritance)
{
	uint32_t start;
	uint32_t end;
	if (inheritance != VM_INHERIT_SHARE && inheritance != VM_INHERIT_COPY &&
	    inheritance != VM_INHERIT_NONE) {
		return KERN_INVALID_ARGUMENT;
	}
	if (bytes == 0) {
		return KERN_SUCCESS;
	}
	kern_return_t result = vm_map_range(map, address, bytes, &start, &end);
	struct vm_map_entry *first;
	if (result == KERN_SUCCESS) {
		result = vm_map_cut(map, start, end, &first);
	}
	if (result != KERN_SUCCESS) {
		return result;
	}
	for (struct vm_map_entry *e = first; e != NULL && e->node.start < end;
	     e = vm_map_entry_next(e)) {
		e->inheritance = inheritance;
	}
	if (map->entry_count > ENTRIES_TIDY) {
		vm_map_simplify(map, start, end);
	}
	return KERN_SUCCESS;
}

kern_return_t vm_map_region(struct vm_map *map, uint32_t address, struct vm_map_region_info *info)
{
	struct vm_tree_node *node = vm_tree_at_or_after(&map->tree, address);
	if (node == NULL) {
		return KERN_NO_SPACE;
	}
	struct vm_map_entry *entry = (struct vm_map_entry *)node;
	info->start = entry->node.start;
	info->protection = entry->protection;
	info->max_protection = entry->max_protection;
	info->inheritance = entry->inheritance;
	info->object = entry->object;
	info->offset = entry->offset;
	info->shared = entry->object != NULL && entry->object->shared;
	/* Parts that were split and are alike again are one region to the caller. */
	struct vm_map_entry *next = vm_map_entry_next(entry);
	while (next != NULL && vm_map_entries_join(entry, next)) {
		entry = next;
		next = vm_map_entry_next(entry);
	}
	info->bytes = entry->node.end - info->start;
	return KERN_SUCCESS;
}

kern_return_t vm_map_sync(struct vm_map *map, uint32_t address, uint32_t bytes, int flags)
{
	uint32_t start;
	uint32_t end;
	int how = flags & (VM_SYNC_SYNCHRONOUS | VM_SYNC_ASYNCHRONOUS);
	if ((flags & ~(VM_SYNC_SYNCHRONOUS | VM_SYNC_ASYNCHRONOUS | VM_SYNC_INVALIDATE)) != 0 ||
	    how == (VM_SYNC_SYNCHRONOUS | VM_SYNC_ASYNCHRONOUS)) {
		return KERN_INVALID_ARGUMENT;
	}
	if (bytes == 0) {
		return KERN_SUCCESS;
	}
	kern_return_t result = vm_map_range(map, address, bytes, &start, &end);
	if (result != KERN_SUCCESS) {
		return result;
	}
	return vm_map_check_mapped(map, start, end) != NULL ? KERN_SUCCESS : KERN_INVALID_ADDRESS;
}

kern_return_t vm_map_make_proxy(struct vm_map *map, uint32_t address, uint32_t bytes,
				vm_prot_t max_protection, struct vm_proxy *proxy)
{
	uint32_t start;
	uint32_t end;
	if (bytes == 0 || (max_protection & ~VM_PROT_ALL) != 0) {
		return KERN_INVALID_ARGUMENT;
	}
	kern_return_t result = vm_map_range(map, address, bytes, &start, &end);
	if (result != KERN_SUCCESS) {
		return result;
	}
	struct vm_map_entry *entry = vm_map_lookup(map, start);
	if (entry == NULL) {
		return KERN_INVALID_ADDRESS;
	}
	if (end > entry->node.end) {
		return KERN_INVALID_ARGUMENT;
	}
	if ((max_protection & ~entry->max_protection) != 0) {
		return KERN_PROTECTION_FAILURE;
	}
	if (!vm_map_entry_materialize(entry)) {
		return KERN_RESOURCE_SHORTAGE;
	}
	entry->object->shared = true;
	vm_object_reference(entry->object);
	proxy->object = entry->object;
	proxy->offset = entry->offset + (start - entry->node.start);
	proxy->bytes = end - start;
	proxy->max_protection = max_protection;
	return KERN_SUCCESS;
}
