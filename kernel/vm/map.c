/* Address maps: lifetime, entries, and putting memory into an address space and taking it out. */
#include <kern/task.h>
#include <kern/zone.h>
#include <vm/map.h>
#include <vm/map_private.h>
#include <vm/object.h>
#include <vm/page.h>

#define OTHERS_LOOK_MAX 1024u

struct vm_map *kernel_map;

static struct zone map_zone;
static struct zone entry_zone;

void vm_map_init(void)
{
	zone_init(&map_zone, "vm.map", sizeof(struct vm_map), 16384);
	zone_init(&entry_zone, "vm.map.entry", sizeof(struct vm_map_entry), 131072);
}

static struct vm_map_entry *entry_of_node(struct vm_tree_node *node)
{
	return (struct vm_map_entry *)node; /* the node is an entry's first member */
}

/* --- lifetime ------------------------------------------------------------------------ */

struct vm_map *vm_map_create_with(struct task *task, struct pmap *pmap, uint32_t low, uint32_t high)
{
	struct vm_map *map = zone_alloc_zero(&map_zone);
	if (map == NULL) {
		return NULL;
	}
	map->magic = VM_MAP_MAGIC;
	map->refs = 1;
	list_init(&map->entries);
	vm_tree_init(&map->tree, low, high);
	map->size_limit_cur = UINT32_MAX;
	map->size_limit_max = UINT32_MAX;
	map->task = task;
	map->pmap = pmap;
	return map;
}

struct vm_map *vm_map_create(struct task *task, uint32_t low, uint32_t high)
{
	struct pmap *pmap = pmap_create();
	if (pmap == NULL) {
		return NULL;
	}
	struct vm_map *map = vm_map_create_with(task, pmap, low, high);
	if (map == NULL) {
		pmap_destroy(pmap);
	}
	return map;
}

void vm_map_reference(struct vm_map *map)
{
	assert(map->magic == VM_MAP_MAGIC);
	map->refs++;
}

static void entry_delete(struct vm_map *map, struct vm_map_entry *entry);

static void map_clear(struct vm_map *map)
{
	while (!list_empty(&map->entries)) {
		entry_delete(map, list_first(&map->entries, struct vm_map_entry, link));
	}
	assert(map->tree.root == NULL && map->entry_count == 0 && map->bytes == 0);
}

void vm_map_include_zero(struct vm_map *map)
{
	assert(map->magic == VM_MAP_MAGIC && map != kernel_map);
	if (map->tree.high != map->tree.low) {
		vm_tree_set_low(&map->tree, 0);
	}
}

void vm_map_terminate(struct vm_map *map)
{
	assert(map->magic == VM_MAP_MAGIC && map != kernel_map);
	map_clear(map);
	map->task = NULL;
	map->tree.high = map->tree.low;
}

void vm_map_release(struct vm_map *map)
{
	assert(map->magic == VM_MAP_MAGIC && map->refs > 0);
	if (--map->refs > 0) {
		return;
	}
	map_clear(map);
	pmap_destroy(map->pmap);
	map->magic = 0;
	zone_free(&map_zone, map);
}

/* --- entries ------------------------------------------------------------------------- */

struct vm_map_entry *vm_map_lookup(struct vm_map *map, uint32_t address)
{
	struct vm_map_entry *entry = map->hint;
	if (entry != NULL && address - entry->node.start < entry->node.end - entry->node.start) {
		return entry;
	}
	struct vm_tree_node *node = vm_tree_at_or_after(&map->tree, address);
	if (node == NULL || node->start > address) {
		return NULL;
	}
	map->hint = entry_of_node(node);
	return map->hint;
}

static struct vm_map_entry *entry_alloc(struct vm_map *map)
{
	return map->entry_count < VM_MAP_ENTRIES_MAX ? zone_alloc(&entry_zone) : NULL;
}

/* Says that the entry maps its object. */
static void entry_attach_object(struct vm_map_entry *entry)
{
	if (entry->object != NULL) {
		list_add_tail(&entry->object->mappings, &entry->object_link);
		entry->object->mapped++;
	} else {
		list_init(&entry->object_link);
	}
}

/* Enters an entry whose range and attributes are set. */
static void entry_link(struct vm_map *map, struct vm_map_entry *entry)
{
	entry->map = map;
	struct vm_tree_node *before = vm_tree_insert(&map->tree, &entry->node);
	list_add_after(before != NULL ? &entry_of_node(before)->link : &map->entries, &entry->link);
	map->entry_count++;
	entry_attach_object(entry);
}

/* Takes an entry off all lists but the tree; its reference to the object is the caller's. */
static void entry_unlist(struct vm_map *map, struct vm_map_entry *entry)
{
	if (map->hint == entry) {
		map->hint = NULL;
	}
	list_remove(&entry->link);
	map->entry_count--;
	if (entry->object != NULL) {
		list_remove(&entry->object_link);
		entry->object->mapped--;
	}
}

/* The same, off the tree too. */
static void entry_unlink(struct vm_map *map, struct vm_map_entry *entry)
{
	vm_tree_remove(&map->tree, &entry->node);
	entry_unlist(map, entry);
}

/* Lets an entry cover the one after it too, which goes. */
static void entry_join(struct vm_map *map, struct vm_map_entry *entry, struct vm_map_entry *next)
{
	struct vm_object *object = next->object;
	vm_tree_join(&map->tree, &entry->node, &next->node);
	entry_unlist(map, next);
	zone_free(&entry_zone, next);
	if (object != NULL) {
		vm_object_release(object);
	}
}

struct vm_map_entry *vm_map_entry_insert(struct vm_map *map, uint32_t start, uint32_t end,
					 struct vm_object *object, uint32_t offset, vm_prot_t cur,
					 vm_prot_t max, vm_inherit_t inherit)
{
	struct vm_map_entry *entry = entry_alloc(map);
	if (entry == NULL) {
		return NULL;
	}
	entry->node.start = start;
	entry->node.end = end;
	entry->object = object;
	entry->offset = offset;
	entry->protection = cur;
	entry->max_protection = max;
	entry->inheritance = inherit;
	entry->wired_count = 0;
	entry_link(map, entry);
	map->bytes += end - start;
	return entry;
}

bool vm_map_entry_materialize(struct vm_map_entry *entry)
{
	if (entry->object != NULL) {
		return true;
	}
	uint32_t pages = (entry->node.end - entry->node.start) >> PAGE_SHIFT;
	struct vm_object *object = vm_object_create_anonymous(pages, entry->map->task);
	if (object == NULL) {
		return false;
	}
	entry->object = object;
	entry->offset = 0;
	list_add_tail(&object->mappings, &entry->object_link);
	object->mapped++;
	return true;
}

/* Splits an entry at an address inside it; `spare` becomes the upper part. */
static void entry_split(struct vm_map *map, struct vm_map_entry *entry, uint32_t address,
			struct vm_map_entry *spare)
{
	spare->map = map;
	spare->object = entry->object;
	spare->offset = 0;
	spare->protection = entry->protection;
	spare->max_protection = entry->max_protection;
	spare->inheritance = entry->inheritance;
	spare->wired_count = entry->wired_count;
	if (entry->object != NULL) {
		/* Each page belongs to one of the two, so this does not make the object shared. */
		spare->offset = entry->offset + (address - entry->node.start);
		vm_object_reference(entry->object);
	}
	vm_tree_split(&map->tree, &entry->node, address, &spare->node);
	list_add_after(&entry->link, &spare->link);
	map->entry_count++;
	entry_attach_object(spare);
}

kern_return_t vm_map_range(const struct vm_map *map, uint32_t address, uint32_t bytes,
			   uint32_t *start, uint32_t *end)
{
	uint64_t last = ((uint64_t)address + bytes + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
	*start = page_trunc(address);
	*end = (uint32_t)last;
	if (*start < map->tree.low || last > map->tree.high) {
		return KERN_INVALID_ADDRESS;
	}
	return KERN_SUCCESS;
}

/* The entry at start if [start, end) has no holes, else NULL. */
struct vm_map_entry *vm_map_check_mapped(struct vm_map *map, uint32_t start, uint32_t end)
{
	struct vm_map_entry *first = vm_map_lookup(map, start);
	struct vm_map_entry *entry = first;
	while (entry != NULL && entry->node.end < end) {
		struct vm_map_entry *next = vm_map_entry_next(entry);
		if (next == NULL || next->node.start != entry->node.end) {
			return NULL;
		}
		entry = next;
	}
	return entry != NULL ? first : NULL;
}

kern_return_t vm_map_cut(struct vm_map *map, uint32_t start, uint32_t end,
			 struct vm_map_entry **result)
{
	struct vm_tree_node *node = vm_tree_at_or_after(&map->tree, start);
	struct vm_map_entry *first = node != NULL && node->start < end ? entry_of_node(node) : NULL;
	*result = first;
	if (first == NULL) {
		return KERN_SUCCESS;
	}
	struct vm_map_entry *last = first->node.end >= end ? first : vm_map_lookup(map, end - 1);
	bool cut_first = first->node.start < start;
	bool cut_last = last != NULL && last->node.end > end;
	/* Both parts are there before anything changes. */
	struct vm_map_entry *spare_first = cut_first ? entry_alloc(map) : NULL;
	if (cut_first && spare_first == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	struct vm_map_entry *spare_last = cut_last ? entry_alloc(map) : NULL;
	if (cut_last && spare_last == NULL) {
		if (cut_first) {
			zone_free(&entry_zone, spare_first);
		}
		return KERN_RESOURCE_SHORTAGE;
	}
	if (cut_last) {
		entry_split(map, last, end, spare_last);
	}
	if (cut_first) {
		entry_split(map, first, start, spare_first);
		*result = spare_first;
	}
	return KERN_SUCCESS;
}

kern_return_t vm_map_clip(struct vm_map *map, uint32_t start, uint32_t end,
			  struct vm_map_entry **result)
{
	if (vm_map_check_mapped(map, start, end) == NULL) {
		return KERN_INVALID_ADDRESS;
	}
	return vm_map_cut(map, start, end, result);
}

static bool entries_alike(const struct vm_map_entry *a, const struct vm_map_entry *b)
{
	return a->protection == b->protection && a->max_protection == b->max_protection &&
	       a->inheritance == b->inheritance && a->wired_count == b->wired_count;
}

/* Whether b continues a. */
bool vm_map_entries_join(const struct vm_map_entry *a, const struct vm_map_entry *b)
{
	return a->node.end == b->node.start && a->object == b->object && entries_alike(a, b) &&
	       (a->object == NULL || a->offset + (a->node.end - a->node.start) == b->offset);
}

void vm_map_simplify(struct vm_map *map, uint32_t start, uint32_t end)
{
	struct vm_tree_node *node = vm_tree_at_or_after(&map->tree, start > 0 ? start - 1 : 0);
	struct vm_map_entry *entry = node != NULL ? entry_of_node(node) : NULL;
	while (entry != NULL && entry->node.start < end) {
		struct vm_map_entry *next = vm_map_entry_next(entry);
		if (next != NULL && vm_map_entries_join(entry, next)) {
			entry_join(map, entry, next);
		} else {
			entry = next;
		}
	}
}

/* --- taking memory out --------------------------------------------------------------- */

/* Whether another entry maps something of pages [first, first + count) of the object; supposed of
   objects with very many mappings, or unmapping them all would take the square of their number:
   what is left goes with the last. */
static bool others_map(const struct vm_map_entry *self, uint32_t first, uint32_t count)
{
	if (unlikely(self->object->mapped > OTHERS_LOOK_MAX)) {
		return true;
	}
	list_for_each(link, &self->object->mappings)
	{
		const struct vm_map_entry *entry =
			list_entry(link, struct vm_map_entry, object_link);
		uint32_t entry_first = entry->offset >> PAGE_SHIFT;
		uint32_t entry_count = (entry->node.end - entry->node.start) >> PAGE_SHIFT;
		if (entry != self && entry_first < first + count &&
		    first < entry_first + entry_count) {
			return true;
		}
	}
	return false;
}

/* Pages [start, end) of an entry (all unwired) leave the address space; if nobody else can see
   them, they go. */
static void entry_forget_pages(struct vm_map *map, struct vm_map_entry *entry, uint32_t start,
			       uint32_t end)
{
	struct vm_object *object = entry->object;
	if (object == NULL) {
		return;
	}
	if (object->resident > 0 || object->device) {
		pmap_remove(map->pmap, start, end);
	}
	if (object->resident == 0 || !object->anonymous) {
		return;
	}
	uint32_t first = vm_map_entry_index(entry, start);
	uint32_t count = (end - start) >> PAGE_SHIFT;
	/* They can go when all references to the object are map entries and none of them sees
	   these. */
	if (object->refs == object->mapped &&
	    (!object->shared || !others_map(entry, first, count))) {
		vm_object_drop_pages(object, first, first + count);
	}
}

/* Removes a whole entry. */
static void entry_delete(struct vm_map *map, struct vm_map_entry *entry)
{
	struct vm_object *object = entry->object;
	if (entry->wired_count > 0) {
		vm_map_entry_unwire(entry);
	}
	entry_forget_pages(map, entry, entry->node.start, entry->node.end);
	map->bytes -= entry->node.end - entry->node.start;
	entry_unlink(map, entry);
	zone_free(&entry_zone, entry);
	if (object != NULL) {
		vm_object_release(object);
	}
}

/* Removes [start, end), which touches one end of the (unwired) entry but is not all of it. */
static void entry_shrink(struct vm_map *map, struct vm_map_entry *entry, uint32_t start,
			 uint32_t end)
{
	struct vm_object *object = entry->object;
	entry_forget_pages(map, entry, start, end);
	map->bytes -= end - start;
	if (start == entry->node.start) {
		if (object != NULL) {
			entry->offset += end - start;
		}
		vm_tree_resize(&map->tree, &entry->node, end, entry->node.end);
		return;
	}
	vm_tree_resize(&map->tree, &entry->node, entry->node.start, start);
	/* The tail of a private object goes for good, so that the entry can grow again. */
	if (object != NULL && object->anonymous && object->refs == 1) {
		object->pages = vm_map_entry_index(entry, start);
	}
}

/* Cuts entries so that removing [start, end) needs no more memory: only a hole strictly inside an
   entry needs a new one, and in wired entries, which are unwired as a whole, every cut does. *first
   is the lowest entry concerned, or NULL. */
static kern_return_t deallocate_cut(struct vm_map *map, uint32_t start, uint32_t end,
				    struct vm_map_entry **first)
{
	struct vm_tree_node *node = vm_tree_at_or_after(&map->tree, start);
	struct vm_map_entry *entry = node != NULL ? entry_of_node(node) : NULL;
	*first = entry;
	if (entry == NULL || entry->node.start >= end) {
		return KERN_SUCCESS;
	}
	struct vm_map_entry *last = entry->node.end >= end ? entry : vm_map_lookup(map, end - 1);
	bool cut_first =
		entry->node.start < start && (entry->node.end > end || entry->wired_count > 0);
	bool cut_last = last != NULL && last->node.end > end && last->wired_count > 0;
	struct vm_map_entry *spare_first = cut_first ? entry_alloc(map) : NULL;
	struct vm_map_entry *spare_last = cut_last ? entry_alloc(map) : NULL;
	if ((cut_first && spare_first == NULL) || (cut_last && spare_last == NULL)) {
		if (spare_first != NULL) {
			zone_free(&entry_zone, spare_first);
		}
		if (spare_last != NULL) {
			zone_free(&entry_zone, spare_last);
		}
		return KERN_RESOURCE_SHORTAGE;
	}
	if (cut_last) {
		entry_split(map, last, end, spare_last);
	}
	if (cut_first) {
		entry_split(map, entry, start, spare_first);
		*first = spare_first;
	}
	return KERN_SUCCESS;
}

kern_return_t vm_map_deallocate_range(struct vm_map *map, uint32_t address, uint32_t bytes)
{
	if (bytes == 0) {
		return KERN_SUCCESS;
	}
	uint64_t last = ((uint64_t)address + bytes + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
	if (last > (uint64_t)UINT32_MAX + 1) {
		return KERN_INVALID_ADDRESS;
	}
	uint32_t start = page_trunc(address);
	uint32_t end = last > map->tree.high ? map->tree.high : (uint32_t)last;
	if (start < map->tree.low) {
		start = map->tree.low;
	}
	if (start >= end) {
		return KERN_SUCCESS;
	}
	struct vm_map_entry *entry;
	kern_return_t result = deallocate_cut(map, start, end, &entry);
	if (result != KERN_SUCCESS) {
		return result;
	}
	while (entry != NULL && entry->node.start < end) {
		struct vm_map_entry *next = vm_map_entry_next(entry);
		uint32_t from = entry->node.start > start ? entry->node.start : start;
		uint32_t to = entry->node.end < end ? entry->node.end : end;
		if (from == entry->node.start && to == entry->node.end) {
			entry_delete(map, entry);
		} else {
			entry_shrink(map, entry, from, to);
		}
		entry = next;
	}
	return KERN_SUCCESS;
}

/* --- putting memory in --------------------------------------------------------------- */

/* Whether [start, end) is free. */
static bool range_free(struct vm_map *map, uint32_t start, uint32_t end)
{
	struct vm_tree_node *node = vm_tree_at_or_after(&map->tree, start);
	return node == NULL || node->start >= end;
}

/* Finds or checks the place for `bytes` (whole pages, not 0). */
kern_return_t vm_map_find_place(struct vm_map *map, uint32_t *address, uint32_t bytes,
				uint32_t mask, bool anywhere)
{
	if (bytes > map->size_limit_cur || map->bytes > map->size_limit_cur - bytes) {
		return KERN_NO_SPACE;
	}
	if (anywhere) {
		uint32_t from = map->tree.low == 0 && *address < V86_TOP ? V86_TOP : *address;
		return vm_tree_find_gap(&map->tree, from, bytes, mask, address) ? KERN_SUCCESS
										: KERN_NO_SPACE;
	}
	if ((*address & mask) != 0) {
		return KERN_NO_SPACE;
	}
	if (*address < map->tree.low || (uint64_t)*address + bytes > map->tree.high) {
		return KERN_INVALID_ADDRESS;
	}
	return range_free(map, *address, *address + bytes) ? KERN_SUCCESS : KERN_NO_SPACE;
}

/* Whether the entry can take in anonymous memory that follows it: it has no object yet, or one that
   it alone has and that ends with it. */
static bool entry_can_grow(const struct vm_map_entry *entry, uint32_t bytes)
{
	const struct vm_object *object = entry->object;
	if (object == NULL) {
		return true;
	}
	uint32_t index = vm_map_entry_index(entry, entry->node.end);
	return object->anonymous && object->refs == 1 && !object->shared &&
	       object->charged == entry->map->task && index == object->pages &&
	       index + (bytes >> PAGE_SHIFT) <= VM_OBJECT_PAGES_MAX;
}

/* Adds untouched anonymous memory to a neighbour instead of making an entry. */
static bool extend_neighbour(struct vm_map *map, uint32_t start, uint32_t end,
			     const struct vm_map_entry *like)
{
	struct vm_map_entry *after = NULL;
	struct vm_map_entry *before = start > 0 ? vm_map_lookup(map, start - 1) : NULL;
	if (before != NULL && entries_alike(before, like) && entry_can_grow(before, end - start)) {
		if (before->object != NULL) {
			before->object->pages += (end - start) >> PAGE_SHIFT;
		}
		vm_tree_resize(&map->tree, &before->node, before->node.start, end);
		after = vm_map_entry_next(before);
		if (after != NULL && vm_map_entries_join(before, after) && before->object == NULL) {
			entry_join(map, before, after);
		}
		map->bytes += end - start;
		return true;
	}
	if (end == map->tree.high) {
		return false;
	}
	after = vm_map_lookup(map, end);
	if (after != NULL && after->object == NULL && entries_alike(after, like)) {
		vm_tree_resize(&map->tree, &after->node, start, after->node.end);
		map->bytes += end - start;
		return true;
	}
	return false;
}

/* Enters an object (or none: fresh anonymous memory) at a free place. The map takes over a
   reference on success. */
static kern_return_t map_place(struct vm_map *map, uint32_t start, uint32_t bytes,
			       struct vm_object *object, uint32_t offset, vm_prot_t cur,
			       vm_prot_t max, vm_inherit_t inherit)
{
	if (object == NULL) {
		struct vm_map_entry like;
		like.protection = cur;
		like.max_protection = max;
		like.inheritance = inherit;
		like.wired_count = 0;
		if (extend_neighbour(map, start, start + bytes, &like)) {
			return KERN_SUCCESS;
		}
	}
	struct vm_map_entry *entry =
		vm_map_entry_insert(map, start, start + bytes, object, offset, cur, max, inherit);
	if (entry == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	map->hint = entry;
	return KERN_SUCCESS;
}

/* vm_wire_all(FUTURE) holds for what was just entered; undone if that cannot be. */
kern_return_t vm_map_settle(struct vm_map *map, uint32_t start, uint32_t bytes, vm_prot_t access)
{
	if (likely(!map->wire_future) || access == VM_PROT_NONE) {
		return KERN_SUCCESS;
	}
	kern_return_t result = vm_map_wire(map, start, bytes, access);
	if (result != KERN_SUCCESS) {
		kern_return_t undone = vm_map_deallocate_range(map, start, bytes);
		assert(undone == KERN_SUCCESS || undone == KERN_RESOURCE_SHORTAGE);
	}
	return result;
}

kern_return_t vm_map_allocate(struct vm_map *map, uint32_t *address, uint32_t bytes, bool anywhere)
{
	if (bytes == 0) {
		*address = 0;
		return KERN_SUCCESS;
	}
	uint32_t start = anywhere ? map->tree.low : page_trunc(*address);
	uint32_t size = page_round(bytes);
	if (size == 0) {
		return anywhere ? KERN_NO_SPACE : KERN_INVALID_ADDRESS;
	}
	kern_return_t result = vm_map_find_place(map, &start, size, 0, anywhere);
	if (result == KERN_SUCCESS) {
		result = map_place(map, start, size, NULL, 0, VM_PROT_DEFAULT, VM_PROT_ALL,
				   VM_INHERIT_DEFAULT);
	}
	if (result == KERN_SUCCESS) {
		result = vm_map_settle(map, start, size, VM_PROT_DEFAULT);
	}
	if (result == KERN_SUCCESS) {
		*address = start;
	}
	return result;
}

/* A private copy of a window of an object, as fresh anonymous memory. */
static kern_return_t private_copy(struct vm_map *map, struct vm_object *object, uint32_t offset,
				  uint32_t bytes, struct vm_object **result)
{
	uint32_t first = offset >> PAGE_SHIFT;
	uint32_t count = bytes >> PAGE_SHIFT;
	if (!object->anonymous && !object->device) {
		vm_map_reference(map);
		kern_return_t fetched = vm_object_fetch(object, first, count);
		if (map->refs == 1) {
			fetched = KERN_ABORTED; /* the task has ended meanwhile, and with this goes
						   its map */
		}
		vm_map_release(map);
		if (fetched != KERN_SUCCESS) {
			return fetched;
		}
	}
	/* What lies beyond the end of the object faults in the copy, too. */
	uint32_t there = first < object->pages ? object->pages - first : 0;
	if (object->anonymous && count > there) {
		count = there;
	}
	struct vm_object *copy = vm_object_create_anonymous(count, map->task);
	if (copy == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	kern_return_t shared = vm_object_share(copy, 0, object, first, count);
	if (shared != KERN_SUCCESS) {
		vm_object_release(copy);
		return shared;
	}
	*result = copy;
	return KERN_SUCCESS;
}

static bool protections_valid(vm_prot_t cur, vm_prot_t max, vm_inherit_t inherit)
{
	return (cur & ~VM_PROT_ALL) == 0 && (max & ~VM_PROT_ALL) == 0 && (cur & ~max) == 0 &&
	       (inherit == VM_INHERIT_SHARE || inherit == VM_INHERIT_COPY ||
		inherit == VM_INHERIT_NONE);
}

kern_return_t vm_map_enter(struct vm_map *map, uint32_t *address, uint32_t bytes, uint32_t mask,
			   bool anywhere, struct vm_object *object, uint32_t offset, bool copy,
			   vm_prot_t cur, vm_prot_t max, vm_inherit_t inherit)
{
	uint32_t size = page_round(bytes);
	if (bytes == 0 || size == 0 || !protections_valid(cur, max, inherit) ||
	    (offset & PAGE_MASK) != 0) {
		return KERN_INVALID_ARGUMENT;
	}
	if (object != NULL && (uint64_t)offset + size > (uint64_t)VM_OBJECT_PAGES_MAX
								<< PAGE_SHIFT) {
		return KERN_INVALID_ARGUMENT;
	}
	uint32_t start = anywhere ? page_round(*address) : page_trunc(*address);
	if (anywhere && start < *address) {
		return KERN_NO_SPACE;
	}
	kern_return_t result = KERN_SUCCESS;
	struct vm_object *placed = object;
	if (object != NULL && copy) {
		/* This may block, so the place is looked for afterwards. */
		result = private_copy(map, object, offset, size, &placed);
		if (result != KERN_SUCCESS) {
			return result;
		}
		offset = 0;
	} else if (object != NULL) {
		vm_object_reference(object);
	}
	result = vm_map_find_place(map, &start, size, mask, anywhere);
	if (result == KERN_SUCCESS) {
		result = map_place(map, start, size, placed, offset, cur, max, inherit);
	}
	if (result != KERN_SUCCESS) {
		if (placed != NULL) {
			vm_object_release(placed);
		}
		return result;
	}
	if (placed != NULL && placed == object) {
		/* Whoever named the object may map it again. */
		object->shared = true;
	}
	result = vm_map_settle(map, start, size, cur);
	if (result == KERN_SUCCESS) {
		*address = start;
	}
	return result;
}
