/* Page faults: what a map says about an address becomes what the page tables say. */
#include <kern/counter.h>
#include <kern/task.h>
#include <kern/trace.h>
#include <vm/map.h>
#include <vm/object.h>
#include <vm/page.h>
#include <vm/pager.h>

COUNTER(vm_faults);
COUNTER(vm_faults_ahead);

#define AHEAD_PAGES 16u /* mapped by one fault at most, when they are resident already */

/* What a mapping of this page may allow. */
static inline vm_prot_t mapping_protection(const struct vm_map_entry *entry,
					   const struct vm_page *page)
{
	return page->refs > 1 ? entry->protection & ~VM_PROT_WRITE : entry->protection;
}

/* Maps resident pages that follow, as far as that costs next to nothing: who reads one page of a
   message reads the next. */
static void map_ahead(struct vm_map_entry *entry, uint32_t address, uint32_t index)
{
	struct pmap *pmap = entry->map->pmap;
	struct vm_object *object = entry->object;
	uint32_t count = (entry->node.end - address) >> PAGE_SHIFT;
	if (count > AHEAD_PAGES) {
		count = AHEAD_PAGES;
	}
	for (uint32_t i = 1; i < count; i++) {
		struct vm_page *page = vm_object_page(object, index + i);
		vm_prot_t protection =
			page != NULL ? mapping_protection(entry, page) : VM_PROT_NONE;
		if (protection == VM_PROT_NONE ||
		    !pmap_enter_hint(pmap, address + (i << PAGE_SHIFT), page, protection)) {
			return;
		}
		counter_add(vm_faults_ahead);
	}
}

/* Enters a page; page tables that map nothing are given up for one that must map something. */
static kern_return_t enter(struct pmap *pmap, uint32_t address, struct vm_page *page,
			   vm_prot_t protection)
{
	kern_return_t result = pmap_enter(pmap, address, page, protection);
	if (unlikely(result != KERN_SUCCESS)) {
		pmap_collect(pmap);
		result = pmap_enter(pmap, address, page, protection);
	}
	return result;
}

static kern_return_t fault_device(struct vm_map_entry *entry, uint32_t address, uint32_t index)
{
	if (index >= entry->object->pages) {
		return KERN_MEMORY_ERROR;
	}
	return pmap_enter_device(entry->map->pmap, address,
				 entry->object->device_base + (index << PAGE_SHIFT),
				 entry->protection);
}

/* A fault on a page of the object that is resident. */
static kern_return_t fault_resident(struct vm_map_entry *entry, uint32_t address, uint32_t index,
				    struct vm_page *page, bool write)
{
	if (write && page->refs > 1) {
		kern_return_t result = vm_object_own_page(entry->object, index, &page);
		if (result != KERN_SUCCESS) {
			return result;
		}
		return enter(entry->map->pmap, address, page, entry->protection);
	}
	kern_return_t result =
		enter(entry->map->pmap, address, page, mapping_protection(entry, page));
	if (result == KERN_SUCCESS) {
		map_ahead(entry, address, index);
	}
	return result;
}

/* A fault on a page that a pager has. Blocks; the map may have changed after. */
static kern_return_t fault_paged(struct vm_map *map, struct vm_object *object, uint32_t index,
				 bool write)
{
	vm_map_reference(map);
	vm_object_reference(object);
	kern_return_t result =
		vm_pager_fetch(object, index, write ? VM_PROT_READ | VM_PROT_WRITE : VM_PROT_READ);
	vm_object_release(object);
	if (map->refs == 1) {
		result =
			KERN_ABORTED; /* the task has ended meanwhile, and with this goes its map */
	}
	vm_map_release(map);
	return result;
}

/* One attempt. *again: something was waited for, look anew. */
static kern_return_t fault_once(struct vm_map *map, uint32_t address, bool write, bool *again)
{
	struct vm_map_entry *entry = vm_map_lookup(map, address);
	if (entry == NULL) {
		return KERN_INVALID_ADDRESS;
	}
	if ((entry->protection & (write ? VM_PROT_WRITE : VM_PROT_READ | VM_PROT_EXECUTE)) == 0) {
		return KERN_PROTECTION_FAILURE;
	}
	if (unlikely(entry->object == NULL) && !vm_map_entry_materialize(entry)) {
		return KERN_RESOURCE_SHORTAGE;
	}
	struct vm_object *object = entry->object;
	uint32_t index = vm_map_entry_index(entry, address);
	struct vm_page *page = vm_object_page(object, index);
	if (page != NULL) {
		return fault_resident(entry, address, index, page, write);
	}
	if (likely(object->anonymous)) {
		if (unlikely(index >= object->pages)) {
			return KERN_MEMORY_ERROR; /* a window that is longer than what it shows */
		}
		/* A reader shares the page of zeros until somebody writes. */
		kern_return_t result = write ? vm_object_zero_fill(object, index, &page)
					     : vm_object_insert_zero(object, index, &page);
		return result == KERN_SUCCESS
			       ? enter(map->pmap, address, page, mapping_protection(entry, page))
			       : result;
	}
	if (object->device) {
		return fault_device(entry, address, index);
	}
	*again = true;
	return fault_paged(map, object, index, write);
}

kern_return_t vm_fault(struct vm_map *map, uint32_t address, bool write)
{
	address = page_trunc(address);
	counter_add(vm_faults);
	vm_event_counts.faults++;
	if (map->task != NULL) {
		map->task->faults++;
	}
	for (;;) {
		bool again = false;
		kern_return_t result = fault_once(map, address, write, &again);
		if (likely(!again) || result != KERN_SUCCESS) {
			return result;
		}
	}
}
