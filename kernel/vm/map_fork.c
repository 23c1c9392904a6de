/* A child's address space by inheritance. */
#include <kern/task.h>
#include <vm/map.h>
#include <vm/map_private.h>
#include <vm/object.h>

/* Device memory that is inherited by copy is shared all the same: there is no state of it to keep.
 */
static bool inherits_shared(const struct vm_map_entry *entry)
{
	return entry->inheritance == VM_INHERIT_SHARE ||
	       (entry->object != NULL && entry->object->device);
}

static kern_return_t inherit_shared(struct vm_map *child, struct vm_map_entry *entry)
{
	if (!vm_map_entry_materialize(entry)) {
		return KERN_RESOURCE_SHORTAGE;
	}
	entry->object->shared = true;
	vm_object_reference(entry->object);
	if (vm_map_entry_insert(child, entry->node.start, entry->node.end, entry->object,
				entry->offset, entry->protection, entry->max_protection,
				entry->inheritance) == NULL) {
		vm_object_release(entry->object);
		return KERN_RESOURCE_SHORTAGE;
	}
	return KERN_SUCCESS;
}

static kern_return_t inherit_copy(struct vm_map *child, const struct vm_map_entry *entry)
{
	struct vm_object *copy = NULL;
	uint32_t count = (entry->node.end - entry->node.start) >> PAGE_SHIFT;
	if (entry->object != NULL) {
		copy = vm_object_create_anonymous(count, child->task);
		if (copy == NULL) {
			return KERN_RESOURCE_SHORTAGE;
		}
		kern_return_t result =
			vm_object_share(copy, 0, entry->object,
					vm_map_entry_index(entry, entry->node.start), count);
		if (result != KERN_SUCCESS) {
			vm_object_release(copy);
			return result;
		}
	}
	if (vm_map_entry_insert(child, entry->node.start, entry->node.end, copy, 0,
				entry->protection, entry->max_protection,
				entry->inheritance) == NULL) {
		if (copy != NULL) {
			vm_object_release(copy);
		}
		return KERN_RESOURCE_SHORTAGE;
	}
	return KERN_SUCCESS;
}

/* Pagers' memory that is inherited by copy must be resident. May block, and the map may change
   meanwhile. */
static kern_return_t fetch_inherited(struct vm_map *map)
{
	uint32_t address = map->tree.low;
	struct vm_tree_node *node;
	while ((node = vm_tree_at_or_after(&map->tree, address)) != NULL) {
		const struct vm_map_entry *entry = (const struct vm_map_entry *)node;
		uint32_t start = node->start;
		uint32_t end = node->end;
		if (entry->inheritance == VM_INHERIT_COPY && entry->object != NULL &&
		    !entry->object->anonymous && !entry->object->device) {
			kern_return_t result = vm_map_fetch(map, start, end);
			if (result != KERN_SUCCESS) {
				return result;
			}
		}
		address = end;
	}
	return KERN_SUCCESS;
}

struct vm_map *vm_map_fork(struct vm_map *parent, struct task *child_task)
{
	/* The parent may end while a pager is awaited. */
	vm_map_reference(parent);
	struct vm_map *child = NULL;
	if (fetch_inherited(parent) == KERN_SUCCESS) {
		child = vm_map_create(child_task, parent->tree.low, parent->tree.high);
	}
	kern_return_t result = child != NULL ? KERN_SUCCESS : KERN_RESOURCE_SHORTAGE;
	list_for_each(link, &parent->entries)
	{
		struct vm_map_entry *entry = list_entry(link, struct vm_map_entry, link);
		if (result != KERN_SUCCESS) {
			break;
		}
		if (entry->inheritance == VM_INHERIT_NONE) {
			continue;
		}
		result = inherits_shared(entry) ? inherit_shared(child, entry)
						: inherit_copy(child, entry);
	}
	if (result == KERN_SUCCESS) {
		child->size_limit_cur = parent->size_limit_cur;
		child->size_limit_max = parent->size_limit_max;
	} else if (child != NULL) {
		vm_map_release(child);
		child = NULL;
	}
	vm_map_release(parent);
	return child;
}
