/* How objects share pages, and how they stop sharing them. */
#include <kern/counter.h>
#include <kern/task.h>
#include <vm/map.h>
#include <vm/object.h>
#include <vm/page.h>
#include <vm/pmap.h>

COUNTER(vm_zero_fills);
COUNTER(vm_copies);
COUNTER(vm_shares);

/* With more entries than that a page's own list of mappings is the shorter way to them. */
#define UNMAP_LOOK_MAX 64u

struct vm_page *vm_page_zero;

struct vm_page *vm_object_page_alloc(const struct vm_object *object)
{
	/* What nobody pays for is the kernel's own: data on its way to a receiver. It stops where
	   others do. */
	return vm_page_alloc(object->charged != NULL ? object->charged->quota.reserve
						     : RESERVE_NONE);
}

kern_return_t vm_object_zero_fill(struct vm_object *object, uint32_t index, struct vm_page **result)
{
	struct vm_page *page = vm_object_page_alloc(object);
	if (page == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	if (vm_object_insert(object, index, page) != KERN_SUCCESS) {
		vm_page_unref(page);
		return KERN_RESOURCE_SHORTAGE;
	}
	pmap_zero_page(vm_page_kernel_address(page));
	counter_add(vm_zero_fills);
	vm_event_counts.zero_fills++;
	*result = page;
	return KERN_SUCCESS;
}

void vm_zero_page_init(void)
{
	vm_page_zero = vm_page_alloc(RESERVE_ESSENTIAL);
	assert(vm_page_zero != NULL);
	vm_page_zero->unmanaged = 1;
	pmap_zero_page(vm_page_kernel_address(vm_page_zero));
}

kern_return_t vm_object_insert_zero(struct vm_object *object, uint32_t index,
				    struct vm_page **result)
{
	vm_page_zero->refs++;
	if (vm_object_insert(object, index, vm_page_zero) != KERN_SUCCESS) {
		vm_page_zero->refs--;
		return KERN_RESOURCE_SHORTAGE;
	}
	*result = vm_page_zero;
	return KERN_SUCCESS;
}

/* Whether the entry maps that page of its object; *address is where. */
static bool entry_maps(const struct vm_map_entry *entry, uint32_t index, uint32_t *address)
{
	uint32_t first = entry->offset >> PAGE_SHIFT;
	uint32_t count = (entry->node.end - entry->node.start) >> PAGE_SHIFT;
	*address = entry->node.start + ((index - first) << PAGE_SHIFT);
	return index - first < count;
}

void vm_object_unmap_page(struct vm_object *object, uint32_t index)
{
	struct vm_page *page = vm_object_page(object, index);
	if (unlikely(object->mapped > UNMAP_LOOK_MAX && page != NULL && !page->unmanaged)) {
		/* Mappings through other objects go too, and come back by faults. */
		pmap_page_protect(page, VM_PROT_NONE);
		return;
	}
	list_for_each(link, &object->mappings)
	{
		struct vm_map_entry *entry = list_entry(link, struct vm_map_entry, object_link);
		uint32_t address;
		if (entry_maps(entry, index, &address)) {
			pmap_remove(entry->map->pmap, address, address + PAGE_BYTES);
		}
	}
}

/* How many entries hold the page wired through this object. */
static uint32_t wires_of(const struct vm_object *object, uint32_t index)
{
	uint32_t wires = 0;
	list_for_each(link, &object->mappings)
	{
		struct vm_map_entry *entry = list_entry(link, struct vm_map_entry, object_link);
		uint32_t address;
		if (entry->wired_count > 0 && entry_maps(entry, index, &address)) {
			wires++;
		}
	}
	return wires;
}

/* Moves this object's wirings from the page it leaves to the one it gets. */
static void move_wires(const struct vm_object *object, uint32_t index, struct vm_page *from,
		       struct vm_page *to)
{
	if (from->wire_count == 0) {
		return;
	}
	uint32_t wires = wires_of(object, index);
	assert(from->wire_count >= wires);
	if (wires > 0) {
		from->wire_count = from->wire_count - wires;
		to->wire_count = wires;
		vm_page_wired_count += 1u - (from->wire_count == 0);
	}
}

kern_return_t vm_object_own_page(struct vm_object *object, uint32_t index, struct vm_page **result)
{
	struct vm_page *old = vm_object_page(object, index);
	assert(old != NULL);
	*result = old;
	if (old->refs == 1) {
		return KERN_SUCCESS;
	}
	struct vm_page *page = vm_object_page_alloc(object);
	if (page == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	pmap_copy_page(vm_page_kernel_address(page), vm_page_kernel_address(old));
	page->dirty = 1;
	move_wires(object, index, old, page);
	vm_object_unmap_page(object, index);
	vm_object_replace(object, index, page);
	old->refs--;
	counter_add(vm_copies);
	vm_event_counts.copies++;
	*result = page;
	return KERN_SUCCESS;
}

void *vm_object_kernel_address(const struct vm_object *object, uint32_t index)
{
	if (object->device) {
		return index < object->pages ? vm_physical_kernel_address(object->device_base +
									  (index << PAGE_SHIFT))
					     : NULL;
	}
	struct vm_page *page = vm_object_page(object, index);
	return page != NULL ? vm_page_kernel_address(page) : NULL;
}

kern_return_t vm_object_copy_part(struct vm_object *to, uint32_t to_index, struct vm_object *from,
				  uint32_t index, uint32_t offset, uint32_t bytes)
{
	assert(offset + bytes <= PAGE_BYTES);
	char *data = vm_object_kernel_address(from, index);
	if (data == NULL) {
		return from->device ? KERN_INVALID_ADDRESS
				    : KERN_SUCCESS; /* an empty slot is zero in both */
	}
	struct vm_page *page = vm_object_page_alloc(to);
	if (page == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	if (vm_object_insert(to, to_index, page) != KERN_SUCCESS) {
		vm_page_unref(page);
		return KERN_RESOURCE_SHORTAGE;
	}
	char *copy = vm_page_kernel_address(page);
	if (bytes == PAGE_BYTES) {
		pmap_copy_page(copy, data);
	} else {
		pmap_zero_page(copy);
		__builtin_memcpy(copy + offset, data + offset, bytes);
	}
	return KERN_SUCCESS;
}

static kern_return_t copy_device(struct vm_object *to, uint32_t to_first, struct vm_object *from,
				 uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		kern_return_t result =
			vm_object_copy_part(to, to_first + i, from, first + i, 0, PAGE_BYTES);
		if (result != KERN_SUCCESS) {
			return result;
		}
	}
	return KERN_SUCCESS;
}

/* Shares one resident page. */
static kern_return_t share_page(struct vm_object *to, uint32_t to_index, struct vm_object *from,
				uint32_t index, struct vm_page *page)
{
	/* A wired page must stay where it is, writable: a device may be writing to it. */
	if (unlikely(page->wire_count > 0)) {
		return vm_object_copy_part(to, to_index, from, index, 0, PAGE_BYTES);
	}
	kern_return_t result = vm_object_insert(to, to_index, page);
	if (likely(result == KERN_SUCCESS)) {
		page->refs++;
		if (page->writable) {
			pmap_page_protect(page, VM_PROT_READ);
		}
	}
	return result;
}

kern_return_t vm_object_share(struct vm_object *to, uint32_t to_first, struct vm_object *from,
			      uint32_t first, uint32_t count)
{
	if (from->device) {
		return copy_device(to, to_first, from, first, count);
	}
	uint32_t before = to->resident;
	kern_return_t result = KERN_SUCCESS;
	uint32_t length;
	for (uint32_t done = 0; done < count && result == KERN_SUCCESS; done += length) {
		struct vm_page **run = vm_object_run(from, first + done, &length);
		length = length < count - done ? length : count - done;
		uint32_t i = run != NULL ? vm_object_share_run(to, to_first + done, run, length)
					 : length;
		for (; i < length && result == KERN_SUCCESS; i++) {
			if (run[i] != NULL) {
				result = share_page(to, to_first + done + i, from, first + done + i,
						    run[i]);
			}
		}
	}
	vm_event_counts.shares += to->resident - before;
	counter_vm_shares.value += to->resident - before;
	return result;
}
