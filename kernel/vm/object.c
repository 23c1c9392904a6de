/* Memory objects: lifetime, slots and charges. What copies share is in object_copy.c. */
#include <kern/task.h>
#include <kern/zone.h>
#include <vm/object.h>
#include <vm/page.h>
#include <vm/pager.h>
#include <vm/pmap.h>

#define NODE_SHIFT 6u
#define NODE_MASK  (VM_OBJECT_NODE_SLOTS - 1u)
#define HEIGHT_MAX 4u /* 64^4 pages are more than there can be */

/* An inner node of height h has subtrees of 64^(h-1) slots; one of height 1 has the slots
   themselves. */
struct slot_node {
	uint32_t used;
	void *slots[VM_OBJECT_NODE_SLOTS];
};

static struct zone object_zone;
static struct zone node_zone;

void vm_object_init(void)
{
	zone_init(&object_zone, "vm.object", sizeof(struct vm_object), 131072);
	zone_init(&node_zone, "vm.object.node", sizeof(struct slot_node), 0);
}

static struct vm_object *object_create(uint32_t pages, struct task *charged)
{
	assert(pages <= VM_OBJECT_PAGES_MAX);
	struct vm_object *object = zone_alloc_zero(&object_zone);
	if (object == NULL) {
		return NULL;
	}
	object->magic = VM_OBJECT_MAGIC;
	object->refs = 1;
	object->pages = pages;
	object->charged = charged;
	if (charged != NULL) {
		task_reference(charged);
	}
	list_init(&object->page_requests);
	list_init(&object->hash_link);
	list_init(&object->mappings);
	return object;
}

struct vm_object *vm_object_create_anonymous(uint32_t pages, struct task *charged)
{
	struct vm_object *object = object_create(pages, charged);
	if (object != NULL) {
		object->anonymous = true;
	}
	return object;
}

struct vm_object *vm_object_create_device(uint32_t physical, uint32_t pages)
{
	struct vm_object *object = object_create(pages, NULL);
	if (object != NULL) {
		object->device = true;
		object->shared = true;
		object->device_base = physical;
	}
	return object;
}

struct vm_object *vm_object_create_paged(struct task *charged)
{
	struct vm_object *object = object_create(VM_OBJECT_PAGES_MAX, charged);
	if (object != NULL) {
		object->shared = true;
		object->alive = true;
	}
	return object;
}

void vm_object_release(struct vm_object *object)
{
	assert(object->magic == VM_OBJECT_MAGIC && object->refs > 0);
	if (--object->refs > 0) {
		return;
	}
	assert(object->mapped == 0);
	if (object->pager != NULL) {
		vm_pager_terminate(object);
	}
	vm_object_drop_pages(object, 0, VM_OBJECT_PAGES_MAX);
	assert(object->resident == 0 && object->slots == NULL);
	if (object->charged != NULL) {
		task_release(object->charged);
	}
	object->magic = 0;
	zone_free(&object_zone, object);
}

/* --- charges ------------------------------------------------------------------------- */

static inline bool charge(struct task *task, uint32_t pages)
{
	if (task == NULL) {
		return true;
	}
	struct page_quota *quota = &task->quota;
	if (quota->used + pages > quota->limit || quota->used + pages < pages) {
		return false;
	}
	quota->used += pages;
	return true;
}

static inline void uncharge(struct task *task, uint32_t pages)
{
	if (task != NULL) {
		assert(task->quota.used >= pages);
		task->quota.used -= pages;
	}
}

kern_return_t vm_object_recharge(struct vm_object *object, struct task *task)
{
	struct task *old = object->charged;
	if (old == task) {
		return KERN_SUCCESS;
	}
	if (!charge(task, object->resident)) {
		return KERN_RESOURCE_SHORTAGE;
	}
	uncharge(old, object->resident);
	if (task != NULL) {
		task_reference(task);
	}
	object->charged = task;
	if (old != NULL) {
		task_release(old);
	}
	return KERN_SUCCESS;
}

/* --- slots --------------------------------------------------------------------------- */

static inline uint32_t digit(uint32_t index, uint32_t height)
{
	return (index >> ((height - 1) * NODE_SHIFT)) & NODE_MASK;
}

/* Whether a tree of this height has a place for the index. */
static inline bool reaches(uint32_t height, uint32_t index)
{
	return index >> (height * NODE_SHIFT) == 0;
}

struct vm_page *vm_object_tree_page(const struct vm_object *object, uint32_t index)
{
	if (object->height == 0 || !reaches(object->height, index)) {
		return NULL;
	}
	const struct slot_node *node = object->slots;
	for (uint32_t height = object->height; height > 1; height--) {
		node = node->slots[digit(index, height)];
		if (node == NULL) {
			return NULL;
		}
	}
	return node->slots[digit(index, 1)];
}

/* Where a full slot is. */
static void **slot_of(struct vm_object *object, uint32_t index)
{
	if (index < VM_OBJECT_INLINE_SLOTS) {
		return (void **)&object->first_slots[index];
	}
	assert(object->height != 0 && reaches(object->height, index));
	struct slot_node *node = object->slots;
	for (uint32_t height = object->height; height > 1; height--) {
		node = node->slots[digit(index, height)];
		assert(node != NULL);
	}
	return &node->slots[digit(index, 1)];
}

void vm_object_replace(struct vm_object *object, uint32_t index, struct vm_page *page)
{
	void **slot = slot_of(object, index);
	assert(*slot != NULL);
	*slot = page;
}

/* Takes the page of a slot in the tree out; nodes that become empty go. */
static struct vm_page *tree_take(struct vm_object *object, uint32_t index)
{
	struct slot_node *path[HEIGHT_MAX + 1];
	struct slot_node *node = object->slots;
	assert(object->height != 0 && reaches(object->height, index));
	for (uint32_t height = object->height; height > 1; height--) {
		path[height] = node;
		node = node->slots[digit(index, height)];
		assert(node != NULL);
	}
	path[1] = node;
	struct vm_page *page = node->slots[digit(index, 1)];
	for (uint32_t height = 1;; height++) {
		path[height]->slots[digit(index, height)] = NULL;
		if (--path[height]->used > 0) {
			break;
		}
		zone_free(&node_zone, path[height]);
		if (height == object->height) {
			object->slots = NULL;
			object->height = 0;
			break;
		}
	}
	return page;
}

struct vm_page *vm_object_take(struct vm_object *object, uint32_t index)
{
	struct vm_page *page;
	if (index < VM_OBJECT_INLINE_SLOTS) {
		page = object->first_slots[index];
		object->first_slots[index] = NULL;
	} else {
		page = tree_take(object, index);
	}
	assert(page != NULL);
	object->resident--;
	uncharge(object->charged, 1);
	return page;
}

/* Makes the tree high enough for the index. */
static bool tree_grow(struct vm_object *object, uint32_t index)
{
	if (object->height == 0) {
		uint32_t height = 1;
		while (!reaches(height, index)) {
			height++;
		}
		object->slots = zone_alloc_zero(&node_zone);
		if (object->slots == NULL) {
			return false;
		}
		object->height = (uint8_t)height;
	}
	while (!reaches(object->height, index)) {
		struct slot_node *root = zone_alloc_zero(&node_zone);
		if (root == NULL) {
			return false;
		}
		root->slots[0] = object->slots;
		root->used = 1;
		object->slots = root;
		object->height++;
	}
	return true;
}

/* A failed insertion may leave nodes with nothing in them, on the path to the index alone: frees
   them. */
static void tree_prune(struct vm_object *object, uint32_t index)
{
	while (object->height != 0) {
		struct slot_node *parent = NULL;
		struct slot_node *node = object->slots;
		uint32_t height = object->height;
		uint32_t parent_digit = 0;
		while (node->used > 0) {
			parent = node;
			parent_digit = digit(index, height);
			node = height > 1 && reaches(object->height, index)
				       ? node->slots[parent_digit]
				       : NULL;
			height--;
			if (node == NULL) {
				return;
			}
		}
		zone_free(&node_zone, node);
		if (parent == NULL) {
			object->slots = NULL;
			object->height = 0;
		} else {
			parent->slots[parent_digit] = NULL;
			parent->used--;
		}
	}
}

static bool tree_insert(struct vm_object *object, uint32_t index, struct vm_page *page)
{
	if (!tree_grow(object, index)) {
		tree_prune(object, index);
		return false;
	}
	struct slot_node *node = object->slots;
	for (uint32_t height = object->height; height > 1; height--) {
		struct slot_node *child = node->slots[digit(index, height)];
		if (child == NULL) {
			child = zone_alloc_zero(&node_zone);
			if (child == NULL) {
				tree_prune(object, index);
				return false;
			}
			node->slots[digit(index, height)] = child;
			node->used++;
		}
		node = child;
	}
	assert(node->slots[digit(index, 1)] == NULL);
	node->slots[digit(index, 1)] = page;
	node->used++;
	return true;
}

kern_return_t vm_object_insert(struct vm_object *object, uint32_t index, struct vm_page *page)
{
	assert(index < VM_OBJECT_PAGES_MAX && !object->device);
	if (!charge(object->charged, 1)) {
		return KERN_RESOURCE_SHORTAGE;
	}
	if (likely(index < VM_OBJECT_INLINE_SLOTS)) {
		assert(object->first_slots[index] == NULL);
		object->first_slots[index] = page;
	} else if (!tree_insert(object, index, page)) {
		uncharge(object->charged, 1);
		return KERN_RESOURCE_SHORTAGE;
	}
	object->resident++;
	return KERN_SUCCESS;
}

struct vm_page **vm_object_run(const struct vm_object *object, uint32_t index, uint32_t *length)
{
	if (index < VM_OBJECT_INLINE_SLOTS) {
		*length = VM_OBJECT_INLINE_SLOTS - index;
		return (struct vm_page **)&object->first_slots[index];
	}
	if (object->height == 0 || !reaches(object->height, index)) {
		*length = VM_OBJECT_PAGES_MAX - index;
		return NULL;
	}
	struct slot_node *node = object->slots;
	uint32_t height = object->height;
	while (height > 1 && node->slots[digit(index, height)] != NULL) {
		node = node->slots[digit(index, height)];
		height--;
	}
	if (height > 1) {
		uint32_t step = 1u << ((height - 1) * NODE_SHIFT);
		*length = step - (index & (step - 1));
		return NULL;
	}
	*length = VM_OBJECT_NODE_SLOTS - digit(index, 1);
	return (struct vm_page **)&node->slots[digit(index, 1)];
}

struct vm_page *vm_object_next_page(const struct vm_object *object, uint32_t *index, uint32_t end)
{
	while (*index < end && object->resident > 0) {
		uint32_t length;
		struct vm_page **run = vm_object_run(object, *index, &length);
		length = length < end - *index ? length : end - *index;
		for (uint32_t i = 0; run != NULL && i < length; i++) {
			if (run[i] != NULL) {
				*index += i;
				return run[i];
			}
		}
		*index += length;
	}
	return NULL;
}

void vm_page_unref(struct vm_page *page)
{
	assert(page->refs > 0);
	if (--page->refs == 0) {
		vm_page_free(page);
	}
}

/* Empties a run of slots: of the object itself, or of one node of its tree. Returns how many were
   full. */
static uint32_t drop_run(struct vm_object *object, uint32_t index, struct vm_page **run,
			 uint32_t length)
{
	uint32_t dropped = 0;
	bool in_tree = index >= VM_OBJECT_INLINE_SLOTS;
	struct slot_node *node =
		in_tree ? container_of(run - digit(index, 1), struct slot_node, slots) : NULL;
	for (uint32_t i = 0; i < length; i++) {
		struct vm_page *page = run[i];
		if (page == NULL) {
			continue;
		}
		vm_page_unref(page);
		dropped++;
		if (in_tree && node->used == 1) {
			(void)tree_take(object, index + i); /* the last: the node goes, and with it
							       the rest of the run */
			break;
		}
		run[i] = NULL;
		if (in_tree) {
			node->used--;
		}
	}
	return dropped;
}

void vm_object_drop_pages(struct vm_object *object, uint32_t start, uint32_t end)
{
	uint32_t dropped = 0;
	uint32_t index = start;
	while (index < end && dropped < object->resident) {
		uint32_t length;
		struct vm_page **run = vm_object_run(object, index, &length);
		length = length < end - index ? length : end - index;
		if (run != NULL) {
			dropped += drop_run(object, index, run, length);
		}
		index += length;
	}
	object->resident -= dropped;
	uncharge(object->charged, dropped);
}

uint32_t vm_object_share_run(struct vm_object *to, uint32_t to_first, struct vm_page **source,
			     uint32_t count)
{
	uint32_t shared = 0;
	uint32_t done = 0;
	if (to_first + count > VM_OBJECT_INLINE_SLOTS || !charge(to->charged, count)) {
		return 0;
	}
	struct vm_page **target = &to->first_slots[to_first];
	for (; done < count; done++) {
		struct vm_page *page = source[done];
		if (page == NULL) {
			continue;
		}
		if (unlikely(page->wire_count > 0)) {
			break;
		}
		assert(target[done] == NULL);
		target[done] = page;
		page->refs++;
		shared++;
		if (page->writable) {
			pmap_page_protect(page, VM_PROT_READ);
		}
	}
	uncharge(to->charged, count - shared);
	to->resident += shared;
	return done;
}
