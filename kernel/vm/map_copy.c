/* Memory in transit: snapshots of ranges of a map, as out-of-line regions of messages and as copies
   within a map. */
#include <kern/task.h>
#include <kern/zone.h>
#include <vm/map.h>
#include <vm/map_private.h>
#include <vm/object.h>
#include <vm/page.h>
#include <vm/pager.h>

#define VM_MAP_COPY_MAGIC 0x766d6370u /* "vmcp" */

/* An anonymous object that nobody maps, and which of its bytes are meant. Other bytes of its pages
   are zero. */
struct vm_map_copy {
	uint32_t magic;
	uint32_t offset; /* of the first byte in the first page */
	uint32_t bytes;
	struct vm_object *object;
};

static struct zone copy_zone;

void vm_map_copy_init(void)
{
	zone_init(&copy_zone, "vm.map.copy", sizeof(struct vm_map_copy), 131072);
}

/* NULL: no memory. */
static struct vm_map_copy *copy_create(struct task *charged, uint32_t offset, uint32_t bytes)
{
	struct vm_map_copy *copy = zone_alloc(&copy_zone);
	if (copy == NULL) {
		return NULL;
	}
	copy->magic = VM_MAP_COPY_MAGIC;
	copy->offset = offset;
	copy->bytes = bytes;
	copy->object =
		vm_object_create_anonymous((offset + bytes + PAGE_MASK) >> PAGE_SHIFT, charged);
	if (copy->object == NULL) {
		zone_free(&copy_zone, copy);
		return NULL;
	}
	return copy;
}

/* Frees the copy alone. */
static struct vm_object *copy_free(struct vm_map_copy *copy)
{
	struct vm_object *object = copy->object;
	assert(copy->magic == VM_MAP_COPY_MAGIC);
	copy->magic = 0;
	zone_free(&copy_zone, copy);
	return object;
}

uint32_t vm_map_copy_bytes(const struct vm_map_copy *copy)
{
	return copy != NULL ? copy->bytes : 0;
}

void vm_map_copy_discard(struct vm_map_copy *copy)
{
	if (copy != NULL) {
		vm_object_release(copy_free(copy));
	}
}

struct vm_object *vm_map_copy_object(struct vm_map_copy *copy)
{
	return copy->object;
}

bool vm_map_copy_aligned(const struct vm_map_copy *copy)
{
	return copy->offset == 0 && (copy->bytes & PAGE_MASK) == 0;
}

/* --- in ------------------------------------------------------------------------------ */

kern_return_t vm_object_fetch(struct vm_object *object, uint32_t first, uint32_t count)
{
	for (uint32_t index = first; index < first + count; index++) {
		/* A page may be taken away again while the next one is awaited; then that part of
		   the copy is zero-filled memory: the pager chose so. */
		if (vm_object_page(object, index) == NULL) {
			kern_return_t result = vm_pager_fetch(object, index, VM_PROT_READ);
			if (result != KERN_SUCCESS) {
				return result;
			}
		}
	}
	return KERN_SUCCESS;
}

static kern_return_t fetch_range(struct vm_map *map, uint32_t start, uint32_t end)
{
	uint32_t address = start;
	while (address < end) {
		struct vm_map_entry *entry = vm_map_lookup(map, address);
		if (entry == NULL) {
			return KERN_INVALID_ADDRESS;
		}
		struct vm_object *object = entry->object;
		uint32_t stop = entry->node.end < end ? entry->node.end : end;
		if (object != NULL && !object->anonymous && !object->device) {
			uint32_t first = vm_map_entry_index(entry, address);
			vm_object_reference(object);
			kern_return_t result =
				vm_object_fetch(object, first, (stop - address) >> PAGE_SHIFT);
			vm_object_release(object);
			if (result != KERN_SUCCESS) {
				return result;
			}
		}
		address = stop;
	}
	return KERN_SUCCESS;
}

kern_return_t vm_map_fetch(struct vm_map *map, uint32_t start, uint32_t end)
{
	vm_map_reference(map);
	kern_return_t result = fetch_range(map, start, end);
	if (map->refs == 1) {
		result =
			KERN_ABORTED; /* the task has ended meanwhile, and with this goes its map */
	}
	vm_map_release(map);
	return result;
}

/* What a look at a source range finds. */
struct source {
	struct vm_map_entry *first;
	bool paged;     /* some of it may have to be fetched */
	bool exclusive; /* all of it belongs to these entries alone */
};

static kern_return_t source_look(struct vm_map *map, uint32_t start, uint32_t end,
				 struct source *source)
{
	source->first = vm_map_check_mapped(map, start, end);
	source->paged = false;
	source->exclusive = true;
	if (source->first == NULL) {
		return KERN_INVALID_ADDRESS;
	}
	for (struct vm_map_entry *e = source->first; e != NULL && e->node.start < end;
	     e = vm_map_entry_next(e)) {
		if ((e->protection & VM_PROT_READ) == 0) {
			return KERN_PROTECTION_FAILURE;
		}
		const struct vm_object *object = e->object;
		if (object != NULL) {
			source->paged = source->paged || (!object->anonymous && !object->device);
			/* Other references (somebody waits on a word of it) would keep its pages
			   where they are. */
			source->exclusive = source->exclusive && object->anonymous &&
					    !object->shared && object->refs == object->mapped &&
					    object->charged == map->task && e->wired_count == 0;
		}
	}
	return KERN_SUCCESS;
}

/* Snapshots part [start, end) (bytes) of one entry, of which whole pages are shared and parts of
   pages copied. */
static kern_return_t copy_from_entry(struct vm_map_copy *copy, const struct vm_map_entry *entry,
				     uint32_t base, uint32_t start, uint32_t end)
{
	if (entry->object == NULL) {
		return KERN_SUCCESS;
	}
	while (start < end) {
		uint32_t to_index = (start - base) >> PAGE_SHIFT;
		uint32_t index = vm_map_entry_index(entry, start);
		uint32_t within = start & PAGE_MASK;
		uint32_t stop = page_trunc(end);
		kern_return_t result;
		if (within != 0 || stop <= start) {
			stop = end - start < PAGE_BYTES - within ? end
								 : start + (PAGE_BYTES - within);
			result = vm_object_copy_part(copy->object, to_index, entry->object, index,
						     within, stop - start);
		} else {
			result = vm_object_share(copy->object, to_index, entry->object, index,
						 (stop - start) >> PAGE_SHIFT);
		}
		if (result != KERN_SUCCESS) {
			return result;
		}
		start = stop;
	}
	return KERN_SUCCESS;
}

static kern_return_t copy_fill(struct vm_map_copy *copy, struct vm_map_entry *first, uint32_t start,
			       uint32_t end)
{
	uint32_t base = page_trunc(start);
	for (struct vm_map_entry *e = first; e != NULL && e->node.start < end;
	     e = vm_map_entry_next(e)) {
		uint32_t from = e->node.start > start ? e->node.start : start;
		uint32_t to = e->node.end < end ? e->node.end : end;
		kern_return_t result = copy_from_entry(copy, e, base, from, to);
		if (result != KERN_SUCCESS) {
			return result;
		}
	}
	return KERN_SUCCESS;
}

/* Takes the snapshot of a range that was looked at and unmaps the range. */
static kern_return_t copyin_destroy(struct vm_map *map, struct vm_map_copy *copy,
				    const struct source *source, uint32_t address, uint32_t start,
				    uint32_t end)
{
	/* The pages move when nobody else has them: shared for a moment, without the mappings that
	   sharing would have to protect. (Mappings are a cache: losing them costs nothing if this
	   fails.) */
	if (source->exclusive) {
		pmap_remove(map->pmap, start, end);
	}
	kern_return_t result = copy_fill(copy, source->first, address, address + copy->bytes);
	if (result == KERN_SUCCESS) {
		result = vm_map_deallocate_range(map, start, end - start);
	}
	return result;
}

kern_return_t vm_map_copyin(struct vm_map *map, uint32_t address, uint32_t bytes, bool destroy,
			    struct vm_map_copy **result)
{
	uint32_t start;
	uint32_t end;
	*result = NULL;
	if (bytes == 0) {
		return KERN_SUCCESS;
	}
	kern_return_t error = vm_map_range(map, address, bytes, &start, &end);
	struct source source;
	if (error == KERN_SUCCESS) {
		error = source_look(map, start, end, &source);
	}
	if (error == KERN_SUCCESS && source.paged) {
		error = vm_map_fetch(map, start, end);
		if (error == KERN_SUCCESS) {
			error = source_look(map, start, end, &source); /* that may have blocked */
		}
	}
	if (error != KERN_SUCCESS) {
		return error;
	}
	/* What moves needs no second charge: it is free of charge until the source has gone. */
	bool move = destroy && source.exclusive;
	struct vm_map_copy *copy = copy_create(move ? NULL : map->task, address & PAGE_MASK, bytes);
	if (copy == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	if (destroy) {
		error = copyin_destroy(map, copy, &source, address, start, end);
	} else {
		error = copy_fill(copy, source.first, address, address + bytes);
	}
	if (error == KERN_SUCCESS && move &&
	    vm_object_recharge(copy->object, map->task) != KERN_SUCCESS) {
		/* Not more pages than were just given back, and nobody ran in between; but its
		   quota may have been lowered below what it uses. Then the message rides at
		   nobody's cost, as far as the task was over its quota. */
		assert(copy->object->charged == NULL);
	}
	if (error != KERN_SUCCESS) {
		vm_map_copy_discard(copy);
		return error;
	}
	*result = copy;
	return KERN_SUCCESS;
}

kern_return_t vm_map_copyin_kernel(const void *data, uint32_t bytes, struct vm_map_copy **result)
{
	*result = NULL;
	if (bytes == 0) {
		return KERN_SUCCESS;
	}
	struct vm_map_copy *copy = copy_create(NULL, 0, bytes);
	if (copy == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	for (uint32_t done = 0; done < bytes; done += PAGE_BYTES) {
		struct vm_page *page = vm_page_alloc(
			RESERVE_ESSENTIAL); /* the kernel's answer to a request it bounded */
		uint32_t part = bytes - done < PAGE_BYTES ? bytes - done : PAGE_BYTES;
		if (page == NULL ||
		    vm_object_insert(copy->object, done >> PAGE_SHIFT, page) != KERN_SUCCESS) {
			if (page != NULL) {
				vm_page_unref(page);
			}
			vm_map_copy_discard(copy);
			return KERN_RESOURCE_SHORTAGE;
		}
		char *to = vm_page_kernel_address(page);
		__builtin_memcpy(to, (const char *)data + done, part);
		__builtin_memset(to + part, 0, PAGE_BYTES - part);
	}
	*result = copy;
	return KERN_SUCCESS;
}

/* --- out ----------------------------------------------------------------------------- */

kern_return_t vm_map_copyout(struct vm_map *map, uint32_t *address, struct vm_map_copy *copy)
{
	if (copy == NULL) {
		*address = 0;
		return KERN_SUCCESS;
	}
	assert(copy->magic == VM_MAP_COPY_MAGIC);
	struct vm_object *object = copy->object;
	struct task *payer = object->charged;
	uint32_t start = map->tree.low;
	uint32_t size = object->pages << PAGE_SHIFT;
	kern_return_t result = vm_map_find_place(map, &start, size, 0, true);
	if (result != KERN_SUCCESS) {
		return result;
	}
	if (payer != NULL) {
		task_reference(payer); /* so that the charge can go back */
	}
	result = vm_object_recharge(object, map->task);
	if (result == KERN_SUCCESS) {
		vm_object_reference(object);
		struct vm_map_entry *entry =
			vm_map_entry_insert(map, start, start + size, object, 0, VM_PROT_DEFAULT,
					    VM_PROT_ALL, VM_INHERIT_DEFAULT);
		if (entry != NULL) {
			map->hint = entry;
			result = vm_map_settle(map, start, size, VM_PROT_DEFAULT);
		} else {
			vm_object_release(object);
			result = KERN_RESOURCE_SHORTAGE;
		}
		if (result != KERN_SUCCESS) {
			/* The payer's charge was free a moment ago, and nobody ran in between,
			   unless wiring did: then the message rides at nobody's cost until it is
			   discarded or delivered. */
			if (vm_object_recharge(object, payer) != KERN_SUCCESS) {
				kern_return_t uncharged = vm_object_recharge(object, NULL);
				assert(uncharged == KERN_SUCCESS);
			}
		}
	}
	if (payer != NULL) {
		task_release(payer);
	}
	if (result == KERN_SUCCESS) {
		*address = start + copy->offset;
		vm_object_release(copy_free(copy));
	}
	return result;
}

bool vm_map_copy_read(struct vm_map_copy *copy, uint32_t offset, void *to, uint32_t bytes)
{
	if (copy == NULL || offset > copy->bytes || bytes > copy->bytes - offset) {
		return bytes == 0;
	}
	uint32_t at = copy->offset + offset;
	char *out = to;
	while (bytes > 0) {
		uint32_t within = at & PAGE_MASK;
		uint32_t part = bytes < PAGE_BYTES - within ? bytes : PAGE_BYTES - within;
		const char *data = vm_object_kernel_address(copy->object, at >> PAGE_SHIFT);
		if (data != NULL) {
			__builtin_memcpy(out, data + within, part);
		} else {
			__builtin_memset(out, 0, part);
		}
		out += part;
		at += part;
		bytes -= part;
	}
	return true;
}

/* --- over ---------------------------------------------------------------------------- */

/* Replaces or fills one slot of an anonymous object by a page of the copy (NULL: zero), without
   copying it. */
static kern_return_t overwrite_slot(struct vm_object *object, uint32_t index, struct vm_page *page)
{
	struct vm_page *old = vm_object_page(object, index);
	if (old != NULL) {
		vm_object_unmap_page(object, index);
	}
	if (page == NULL) {
		if (old != NULL) {
			vm_page_unref(vm_object_take(object, index));
		}
		return KERN_SUCCESS;
	}
	assert(!page->writable); /* copies in transit are mapped nowhere, or read-only where they
				    came from */
	if (old == NULL) {
		kern_return_t result = vm_object_insert(object, index, page);
		if (result == KERN_SUCCESS) {
			page->refs++;
		}
		return result;
	}
	page->refs++;
	vm_object_replace(object, index, page);
	vm_page_unref(old);
	return KERN_SUCCESS;
}

/* Writes one page of the copy over one page of an object by value. */
static kern_return_t overwrite_value(struct vm_object *object, uint32_t index, const void *data)
{
	void *to;
	if (object->device) {
		to = vm_object_kernel_address(object, index);
		if (to == NULL) {
			return KERN_INVALID_ADDRESS;
		}
	} else {
		/* All of it is overwritten: a pager need not be asked for what was there. */
		struct vm_page *page = vm_object_page(object, index);
		kern_return_t result = page != NULL ? vm_object_own_page(object, index, &page)
						    : vm_object_zero_fill(object, index, &page);
		if (result != KERN_SUCCESS) {
			return result;
		}
		page->dirty = 1;
		to = vm_page_kernel_address(page);
	}
	if (data != NULL) {
		pmap_copy_page(to, data);
	} else {
		pmap_zero_page(to);
	}
	return KERN_SUCCESS;
}

static kern_return_t overwrite_page(struct vm_map_entry *entry, uint32_t index,
				    struct vm_page *page)
{
	struct vm_object *object = entry->object;
	if (index >= object->pages) {
		return KERN_MEMORY_ERROR;
	}
	struct vm_page *old = vm_object_page(object, index);
	bool wired = entry->wired_count > 0 || (old != NULL && old->wire_count > 0);
	if (object->anonymous && !wired) {
		return overwrite_slot(object, index, page);
	}
	return overwrite_value(object, index, page != NULL ? vm_page_kernel_address(page) : NULL);
}

kern_return_t vm_map_copy_overwrite(struct vm_map *map, uint32_t address, struct vm_map_copy *copy)
{
	uint32_t start;
	uint32_t end;
	if (copy == NULL) {
		return KERN_SUCCESS;
	}
	if ((address & PAGE_MASK) != 0 || !vm_map_copy_aligned(copy)) {
		return KERN_INVALID_ARGUMENT;
	}
	kern_return_t result = vm_map_range(map, address, copy->bytes, &start, &end);
	if (result != KERN_SUCCESS) {
		return result;
	}
	struct vm_map_entry *first = vm_map_check_mapped(map, start, end);
	if (first == NULL) {
		return KERN_INVALID_ADDRESS;
	}
	for (struct vm_map_entry *e = first; e != NULL && e->node.start < end;
	     e = vm_map_entry_next(e)) {
		if ((e->protection & VM_PROT_WRITE) == 0) {
			return KERN_PROTECTION_FAILURE;
		}
	}
	for (struct vm_map_entry *e = first; e != NULL && e->node.start < end;
	     e = vm_map_entry_next(e)) {
		if (!vm_map_entry_materialize(e)) {
			return KERN_RESOURCE_SHORTAGE;
		}
		uint32_t from = e->node.start > start ? e->node.start : start;
		uint32_t to = e->node.end < end ? e->node.end : end;
		for (uint32_t at = from; at < to; at += PAGE_BYTES) {
			struct vm_page *page =
				vm_object_page(copy->object, (at - start) >> PAGE_SHIFT);
			result = overwrite_page(e, vm_map_entry_index(e, at), page);
			if (result != KERN_SUCCESS) {
				return result;
			}
		}
	}
	vm_map_copy_discard(copy);
	return KERN_SUCCESS;
}

kern_return_t vm_map_copy_range(struct vm_map *map, uint32_t from, uint32_t bytes, uint32_t to)
{
	if (((from | bytes | to) & PAGE_MASK) != 0) {
		return KERN_INVALID_ARGUMENT;
	}
	struct vm_map_copy *copy;
	kern_return_t result = vm_map_copyin(map, from, bytes, false, &copy);
	if (result != KERN_SUCCESS || copy == NULL) {
		return result;
	}
	result = vm_map_copy_overwrite(map, to, copy);
	if (result != KERN_SUCCESS) {
		vm_map_copy_discard(copy);
	}
	return result;
}
