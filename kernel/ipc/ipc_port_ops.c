/* The operations on names behind mach_port.defs: making them, looking at them, renaming them.
   Giving rights up and passing them on is in ipc_right.c, receive rights' attributes are in
   ipc_port_status.c. */
#include <ipc/ipc_kmsg.h>
#include <ipc/ipc_right.h>
#include <kern/zone.h>

static inline bool space_usable(const struct ipc_space *space)
{
	return space != NULL && space->active;
}

/* --- making */

/* Fills a new entry with a right of that kind. On failure the entry is free again. */
static kern_return_t entry_fill(struct ipc_entry *entry, uint32_t right)
{
	switch (right) {
	case MACH_PORT_RIGHT_RECEIVE:
		entry->object = ipc_port_alloc(entry->space, entry->name);
		entry->bits = MACH_PORT_TYPE_RECEIVE;
		break;
	case MACH_PORT_RIGHT_PORT_SET:
		entry->object = ipc_pset_alloc(entry->space, entry->name);
		entry->bits = MACH_PORT_TYPE_PORT_SET;
		break;
	default: /* MACH_PORT_RIGHT_DEAD_NAME */
		entry->bits = MACH_PORT_TYPE_DEAD_NAME | 1u;
		return KERN_SUCCESS;
	}
	if (unlikely(entry->object == NULL)) {
		ipc_entry_free(entry);
		return KERN_RESOURCE_SHORTAGE;
	}
	return KERN_SUCCESS;
}

static inline bool right_allocatable(uint32_t right)
{
	return right == MACH_PORT_RIGHT_RECEIVE || right == MACH_PORT_RIGHT_PORT_SET ||
	       right == MACH_PORT_RIGHT_DEAD_NAME;
}

/* A new receive right, set or dead name under the smallest free name. KERN_INVALID_VALUE: another
   kind; KERN_RESOURCE_SHORTAGE; KERN_INVALID_TASK. */
kern_return_t ipc_port_allocate(struct ipc_space *space, uint32_t right, uint32_t *name)
{
	if (!space_usable(space)) {
		return KERN_INVALID_TASK;
	}
	if (!right_allocatable(right)) {
		return KERN_INVALID_VALUE;
	}
	struct ipc_entry *entry = ipc_entry_alloc(space);
	if (unlikely(entry == NULL)) {
		return KERN_RESOURCE_SHORTAGE;
	}
	*name = entry->name;
	return entry_fill(entry, right);
}

/* The same under a name of the caller's choice. KERN_INVALID_VALUE: null or dead name too;
   KERN_NAME_EXISTS. */
kern_return_t ipc_port_allocate_name(struct ipc_space *space, uint32_t right, uint32_t name)
{
	if (!space_usable(space)) {
		return KERN_INVALID_TASK;
	}
	if (!MACH_PORT_NAME_VALID(name) || !right_allocatable(right)) {
		return KERN_INVALID_VALUE;
	}
	if (ipc_entry_lookup(space, name) != NULL) {
		return KERN_NAME_EXISTS;
	}
	struct ipc_entry *entry = ipc_entry_alloc_name(space, name);
	if (entry == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	return entry_fill(entry, right);
}

/* --- looking */

static uint32_t entry_type(const struct ipc_entry *entry)
{
	uint32_t type = IE_BITS_TYPE(entry->bits);
	if (entry->request != NULL) {
		type |= MACH_PORT_TYPE_DNREQUEST;
	}
	if (entry->bits & IE_BITS_MAREQUEST) {
		type |= MACH_PORT_TYPE_MAREQUEST;
	}
	return type;
}

kern_return_t ipc_port_type(struct ipc_space *space, uint32_t name, uint32_t *type)
{
	struct ipc_entry *entry;
	kern_return_t result = ipc_right_lookup(space, name, &entry);
	if (result == KERN_SUCCESS) {
		*type = entry_type(entry);
	}
	return result;
}

/* The caller's name for the receive right, MACH_PORT_NULL if it is elsewhere. KERN_INVALID_RIGHT:
   not a port; KERN_FAILURE: the kernel has it. */
kern_return_t ipc_port_get_receiver(struct ipc_space *space, uint32_t name, uint32_t *receiver)
{
	struct ipc_entry *entry;
	kern_return_t result = ipc_right_lookup(space, name, &entry);
	if (result != KERN_SUCCESS) {
		return result;
	}
	if ((IE_BITS_TYPE(entry->bits) & MACH_PORT_TYPE_PORT_RIGHTS) == 0) {
		return KERN_INVALID_RIGHT;
	}
	const struct ipc_port *port = entry->object;
	if (port->receiver == ipc_space_kernel) {
		return KERN_FAILURE;
	}
	*receiver = port->receiver == space ? port->receiver_name : MACH_PORT_NULL;
	return KERN_SUCCESS;
}

/* 0 user references: the name denotes no right of that kind. KERN_INVALID_VALUE: no such kind. */
kern_return_t ipc_port_get_refs(struct ipc_space *space, uint32_t name, uint32_t right,
				uint32_t *urefs)
{
	if (!space_usable(space)) {
		return KERN_INVALID_TASK;
	}
	if (right >= MACH_PORT_RIGHT_NUMBER) {
		return KERN_INVALID_VALUE;
	}
	struct ipc_entry *entry;
	kern_return_t result = ipc_right_lookup(space, name, &entry);
	if (result == KERN_SUCCESS) {
		*urefs = ipc_right_core_get_refs(entry->bits, right);
	}
	return result;
}

/* All names and their types. Arrays end at what kalloc gives in one block (16,384 names):
   KERN_RESOURCE_SHORTAGE. */
kern_return_t ipc_port_names(struct ipc_space *space, uint32_t **names, uint32_t **types,
			     uint32_t *count)
{
	if (!space_usable(space)) {
		return KERN_INVALID_TASK;
	}
	uint32_t total = space->entry_count;
	uint32_t bytes = total * (uint32_t)sizeof(uint32_t);
	*names = NULL;
	*types = NULL;
	*count = total;
	if (total == 0) {
		return KERN_SUCCESS;
	}
	if (total > 65536u / sizeof(uint32_t)) {
		return KERN_RESOURCE_SHORTAGE;
	}
	uint32_t *name = kalloc(bytes);
	uint32_t *type = kalloc(bytes);
	if (name == NULL || type == NULL) {
		if (name != NULL) {
			kfree(name, bytes);
		}
		if (type != NULL) {
			kfree(type, bytes);
		}
		return KERN_RESOURCE_SHORTAGE;
	}

	uint32_t n = 0;
	struct ipc_entry *entry = ipc_entry_next(space, 1);
	for (; entry != NULL; entry = ipc_entry_next(space, entry->name + 1)) {
		ipc_right_check(entry);
		name[n] = entry->name;
		type[n++] = entry_type(entry);
	}
	while ((entry = ipc_entry_next_sparse(space, entry)) != NULL) {
		ipc_right_check(entry);
		name[n] = entry->name;
		type[n++] = entry_type(entry);
	}
	assert(n == total);
	*names = name;
	*types = type;
	return KERN_SUCCESS;
}

/* --- renaming */

/* A dead-name request goes along; so does everything that knows the name. KERN_INVALID_VALUE: not a
   name that a right can have; KERN_NAME_EXISTS: the new name is in use; KERN_INVALID_NAME: the old
   one is not. */
kern_return_t ipc_port_rename(struct ipc_space *space, uint32_t old_name, uint32_t new_name)
{
	if (!space_usable(space)) {
		return KERN_INVALID_TASK;
	}
	if (!MACH_PORT_NAME_VALID(new_name)) {
		return KERN_INVALID_VALUE;
	}
	if (ipc_entry_lookup(space, new_name) != NULL) {
		return KERN_NAME_EXISTS;
	}
	struct ipc_entry *from;
	kern_return_t result = ipc_right_lookup(space, old_name, &from);
	if (result != KERN_SUCCESS) {
		return result;
	}
	struct ipc_entry *to = ipc_entry_alloc_name(space, new_name);
	if (to == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}

	to->object = from->object;
	to->bits = from->bits &
		   ~IE_BITS_MAREQUEST; /* that notification knows the old name: it will say none */
	if (from->request != NULL) {
		to->request = from->request;
		to->request->entry = to;
		from->request = NULL;
	}
	uint32_t type = IE_BITS_TYPE(to->bits);
	if (type & MACH_PORT_TYPE_RECEIVE) {
		((struct ipc_port *)to->object)->receiver_name = new_name;
	} else if (type & MACH_PORT_TYPE_SEND) {
		ipc_hash_remove(from);
		ipc_hash_insert(to);
	} else if (type & MACH_PORT_TYPE_PORT_SET) {
		((struct ipc_pset *)to->object)->name = new_name;
	}
	ipc_entry_free(from);
	return KERN_SUCCESS;
}
