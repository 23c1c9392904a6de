/* Wiring: memory whose pages are resident, mapped, and stay where they are. Wirings of a range do
   not count up. */
#include <kern/task.h>
#include <mach/vm_wire.h>
#include <vm/map.h>
#include <vm/map_private.h>
#include <vm/object.h>
#include <vm/page.h>

#define WIRE_TRIES 8u /* pagers may take pages away while others are awaited; not for ever */

static void page_wire(struct vm_page *page)
{
	if (page->wire_count++ == 0) {
		vm_page_wired_count++;
	}
}

static void page_unwire(struct vm_page *page)
{
	assert(page->wire_count > 0);
	if (--page->wire_count == 0) {
		vm_page_wired_count--;
	}
}

void vm_map_entry_unwire(struct vm_map_entry *entry)
{
	assert(entry->wired_count > 0);
	entry->wired_count = 0;
	if (entry->object->device) {
		return;
	}
	uint32_t last = vm_map_entry_index(entry, entry->node.end);
	for (uint32_t index = vm_map_entry_index(entry, entry->node.start); index < last; index++) {
		struct vm_page *page = vm_object_page(entry->object, index);
		assert(page != NULL);
		page_unwire(page);
	}
}

/* The page of zeros belongs to everybody: a device that writes to wired memory must not find it
   there. */
static kern_return_t replace_zero_page(struct vm_map *map, uint32_t address)
{
	struct vm_map_entry *entry = vm_map_lookup(map, address);
	if (entry == NULL || entry->object == NULL || entry->object->device) {
		return KERN_SUCCESS;
	}
	uint32_t index = vm_map_entry_index(entry, address);
	struct vm_page *page = vm_object_page(entry->object, index);
	if (page != vm_page_zero) {
		return KERN_SUCCESS;
	}
	kern_return_t result = vm_object_own_page(entry->object, index, &page);
	return result == KERN_SUCCESS ? vm_fault(map, address, false) : result;
}

/* Faults in every page of [start, end) that is not ready to be wired. May block. */
static kern_return_t fault_range(struct vm_map *map, uint32_t start, uint32_t end)
{
	for (uint32_t address = start; address < end; address += PAGE_BYTES) {
		struct vm_map_entry *entry = vm_map_lookup(map, address);
		if (entry == NULL) {
			return KERN_INVALID_ADDRESS;
		}
		if (entry->wired_count > 0) {
			continue;
		}
		kern_return_t result =
			vm_fault(map, address, (entry->protection & VM_PROT_WRITE) != 0);
		if (result == KERN_SUCCESS) {
			result = replace_zero_page(map, address);
		}
		if (result != KERN_SUCCESS) {
			return result;
		}
	}
	return KERN_SUCCESS;
}

/* Whether all pages of an entry are there, and its own if it may write. */
static bool entry_ready(const struct vm_map_entry *entry)
{
	if (entry->wired_count > 0) {
		return true;
	}
	if (entry->object == NULL) {
		return false;
	}
	if (entry->object->device) {
		return true;
	}
	uint32_t last = vm_map_entry_index(entry, entry->node.end);
	for (uint32_t index = vm_map_entry_index(entry, entry->node.start); index < last; index++) {
		struct vm_page *page = vm_object_page(entry->object, index);
		if (page == NULL || page == vm_page_zero ||
		    ((entry->protection & VM_PROT_WRITE) && page->refs > 1)) {
			return false;
		}
	}
	return true;
}

static void entry_wire(struct vm_map_entry *entry)
{
	if (entry->wired_count > 0) {
		return;
	}
	entry->wired_count = 1;
	if (entry->object->device) {
		return;
	}
	uint32_t last = vm_map_entry_index(entry, entry->node.end);
	for (uint32_t index = vm_map_entry_index(entry, entry->node.start); index < last; index++) {
		page_wire(vm_object_page(entry->object, index));
	}
}

/* Wires [start, end) if *ready, which says that it was faulted in, still holds. Does not block. */
static kern_return_t wire_ready(struct vm_map *map, uint32_t start, uint32_t end, vm_prot_t access,
				bool *ready)
{
	struct vm_map_entry *first;
	kern_return_t result = vm_map_clip(map, start, end, &first);
	if (result != KERN_SUCCESS) {
		return result;
	}
	for (struct vm_map_entry *e = first; e != NULL && e->node.start < end;
	     e = vm_map_entry_next(e)) {
		if ((access & ~e->protection) != 0) {
			return KERN_PROTECTION_FAILURE;
		}
		*ready = *ready && entry_ready(e);
	}
	if (*ready) {
		for (struct vm_map_entry *e = first; e != NULL && e->node.start < end;
		     e = vm_map_entry_next(e)) {
			entry_wire(e);
		}
	}
	return KERN_SUCCESS;
}

static kern_return_t unwire_range(struct vm_map *map, uint32_t start, uint32_t end)
{
	struct vm_map_entry *first;
	kern_return_t result = vm_map_clip(map, start, end, &first);
	if (result != KERN_SUCCESS) {
		return result;
	}
	for (struct vm_map_entry *e = first; e != NULL && e->node.start < end;
	     e = vm_map_entry_next(e)) {
		if (e->wired_count > 0) {
			vm_map_entry_unwire(e);
		}
	}
	vm_map_simplify(map, start, end);
	return KERN_SUCCESS;
}

kern_return_t vm_map_wire(struct vm_map *map, uint32_t address, uint32_t bytes, vm_prot_t access)
{
	uint32_t start;
	uint32_t end;
	if ((access & ~VM_PROT_ALL) != 0) {
		return KERN_INVALID_ARGUMENT;
	}
	if (bytes == 0) {
		return KERN_SUCCESS;
	}
	kern_return_t result = vm_map_range(map, address, bytes, &start, &end);
	if (result != KERN_SUCCESS) {
		return result;
	}
	if (access == VM_PROT_NONE) {
		return unwire_range(map, start, end);
	}
	vm_map_reference(map); /* the task may end while a pager is awaited */
	for (uint32_t tries = 0; tries < WIRE_TRIES; tries++) {
		bool ready = tries > 0; /* the first round checks, and everything is faulted in so
					   that it is mapped too */
		result = wire_ready(map, start, end, access, &ready);
		if (result != KERN_SUCCESS || ready) {
			break;
		}
		result = fault_range(map, start, end);
		if (result != KERN_SUCCESS) {
			break;
		}
		result = KERN_FAILURE; /* unless the next round finds all in place */
	}
	vm_map_simplify(map, start, end);
	vm_map_release(map);
	return result;
}

kern_return_t vm_map_wire_all(struct vm_map *map, int flags)
{
	if ((flags & ~VM_WIRE_ALL) != 0) {
		return KERN_INVALID_ARGUMENT;
	}
	map->wire_future = (flags & VM_WIRE_FUTURE) != 0;
	if ((flags & VM_WIRE_CURRENT) == 0 && flags != VM_WIRE_NONE) {
		return KERN_SUCCESS;
	}
	uint32_t address = map->tree.low;
	struct vm_tree_node *node;
	while ((node = vm_tree_at_or_after(&map->tree, address)) != NULL) {
		struct vm_map_entry *entry = (struct vm_map_entry *)node;
		uint32_t end = entry->node.end;
		kern_return_t result = KERN_SUCCESS;
		if (flags == VM_WIRE_NONE || entry->protection != VM_PROT_NONE) {
			vm_prot_t access = flags == VM_WIRE_NONE ? VM_PROT_NONE : entry->protection;
			result = vm_map_wire(map, entry->node.start, end - entry->node.start,
					     access);
		}
		if (result != KERN_SUCCESS) {
			return result;
		}
		address = end;
	}
	return KERN_SUCCESS;
}

kern_return_t vm_map_allocate_contiguous(struct vm_map *map, uint32_t bytes, uint32_t limit,
					 uint32_t align, uint32_t *address, uint32_t *physical)
{
	uint32_t size = page_round(bytes);
	if (size == 0 || (align & (align - 1)) != 0 || align > VM_PHYSICAL_LIMIT ||
	    size > VM_PHYSICAL_LIMIT) {
		return KERN_INVALID_ARGUMENT;
	}
	uint32_t pages = size >> PAGE_SHIFT;
	uint32_t run = 1;
	while (run < pages || run << PAGE_SHIFT < align) {
		run <<= 1;
	}
	struct vm_object *object = vm_object_create_anonymous(pages, map->task);
	struct vm_page *first = vm_page_alloc_contiguous(run, VM_PAGE_RESERVE, limit);
	kern_return_t result =
		object != NULL && first != NULL ? KERN_SUCCESS : KERN_RESOURCE_SHORTAGE;
	for (uint32_t i = 0; first != NULL && i < run; i++) {
		if (result == KERN_SUCCESS && i < pages) {
			result = vm_object_insert(object, i, &first[i]);
		}
		if (result != KERN_SUCCESS || i >= pages) {
			vm_page_free(&first[i]); /* what naturally aligned runs are too long by */
		} else {
			pmap_zero_page(vm_page_kernel_address(&first[i]));
		}
	}
	uint32_t start = map->tree.low;
	if (result == KERN_SUCCESS) {
		result = vm_map_enter(map, &start, size, 0, true, object, 0, false, VM_PROT_DEFAULT,
				      VM_PROT_ALL, VM_INHERIT_DEFAULT);
	}
	if (object != NULL) {
		vm_object_release(object);
	}
	if (result == KERN_SUCCESS) {
		result = vm_map_wire(map, start, size, VM_PROT_DEFAULT);
		if (result != KERN_SUCCESS) {
			kern_return_t undone = vm_map_deallocate_range(map, start, size);
			assert(undone == KERN_SUCCESS);
		}
	}
	if (result == KERN_SUCCESS) {
		*address = start;
		*physical = vm_page_physical(first);
	}
	return result;
}
