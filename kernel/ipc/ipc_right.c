/* Rights under names, into and out of messages: looks entries up, asks ipc_right_core.c for the
   rules, and carries their effects out. */
#include <ipc/ipc_kmsg.h>
#include <ipc/ipc_right.h>
#include <kern/task.h>
#include <kern/zone.h>

/* Does the entry denote a port that has died since anybody looked? */
static inline bool right_stale(const struct ipc_entry *entry)
{
	return (entry->bits & MACH_PORT_TYPE_SEND_RIGHTS) != 0 &&
	       !((struct ipc_port *)entry->object)->active;
}

/* The counts that the entry's right is counted in; NULL for a dead name and a set. */
static inline struct ipc_port_rights *right_counts(const struct ipc_entry *entry)
{
	return (entry->bits & MACH_PORT_TYPE_PORT_RIGHTS) != 0
		       ? &((struct ipc_port *)entry->object)->rights
		       : NULL;
}

/* Most names have no dead-name request. */
static inline struct ipc_port *right_cancel_request(struct ipc_entry *entry)
{
	return likely(entry->request == NULL) ? IP_NULL : ipc_right_cancel_request(entry);
}

void ipc_right_die(struct ipc_entry *entry, bool requested)
{
	struct ipc_port *port = entry->object;
	uint32_t effects;
	assert(entry->request == NULL); /* taken off by the port's death */
	if (entry->bits & MACH_PORT_TYPE_SEND) {
		ipc_hash_remove(entry);
	}
	ipc_right_core_die(&entry->bits, &port->rights, requested, &effects);
	entry->object = NULL;
	ipc_port_release(port);
}

bool ipc_right_check(struct ipc_entry *entry)
{
	if (unlikely(right_stale(entry))) {
		ipc_right_die(entry, false);
	}
	return (entry->bits & MACH_PORT_TYPE_DEAD_NAME) != 0;
}

kern_return_t ipc_right_lookup(struct ipc_space *space, uint32_t name, struct ipc_entry **result)
{
	if (space == NULL || !space->active) {
		return KERN_INVALID_TASK;
	}
	struct ipc_entry *entry = ipc_entry_lookup(space, name);
	if (entry == NULL) {
		return KERN_INVALID_NAME;
	}
	if (unlikely(right_stale(entry))) {
		ipc_right_die(entry, false);
	}
	*result = entry;
	return KERN_SUCCESS;
}

struct ipc_entry *ipc_right_reverse(struct ipc_space *space, struct ipc_port *port)
{
	if (port->receiver == space) {
		return ipc_entry_lookup(space, port->receiver_name);
	}
	return ipc_hash_lookup(space, port);
}

/* --- out of a space */

/* What becomes of an entry whose right was taken. Returns the send-once right of the request that
   ended with the name. */
static struct ipc_port *copyin_effects(struct ipc_entry *entry, struct ipc_port *port,
				       uint32_t effects)
{
	struct ipc_port *soright = IP_NULL;
	if (effects & IPC_RIGHT_HASH_REMOVE) {
		ipc_hash_remove(entry);
	}
	if (effects & IPC_RIGHT_HASH_INSERT) {
		ipc_hash_insert(entry);
	}
	if (effects & IPC_RIGHT_ENTRY_GONE) {
		soright = ipc_right_cancel_request(entry);
		ipc_entry_free(entry);
	}
	if (effects & IPC_RIGHT_REFERENCE) {
		ipc_port_reference(port);
	}
	if (effects & IPC_RIGHT_RECEIVE_LEFT) {
		ipc_port_clear_receiver(port);
	}
	return soright;
}

/* Names that denote nothing. */
static kern_return_t copyin_no_entry(struct ipc_space *space, uint32_t name, struct ipc_port **port)
{
	if (name == MACH_PORT_NAME_NULL) {
		*port = IP_NULL;
		return KERN_SUCCESS;
	}
	if (name == MACH_PORT_NAME_DEAD) {
		*port = IP_DEAD;
		return KERN_SUCCESS;
	}
	return space->active ? KERN_INVALID_NAME : KERN_INVALID_TASK;
}

/* Everything but copies and makes of live rights. */
static __attribute__((noinline)) kern_return_t copyin_other(struct ipc_entry *entry,
							    uint32_t disposition, bool dead_ok,
							    struct ipc_port **port,
							    struct ipc_port **soright)
{
	if (right_stale(entry)) {
		ipc_right_die(entry, false);
	}
	struct ipc_port *object = entry->object;
	uint32_t effects;
	kern_return_t result = ipc_right_core_copyin(&entry->bits, right_counts(entry), disposition,
						     dead_ok, &effects);
	if (result != KERN_SUCCESS) {
		return result;
	}
	*port = effects & IPC_RIGHT_YIELDS_DEAD ? IP_DEAD : object;
	*soright = copyin_effects(entry, object, effects);
	return KERN_SUCCESS;
}

kern_return_t ipc_right_copyin(struct ipc_space *space, uint32_t name, uint32_t disposition,
			       bool dead_ok, struct ipc_port **port, struct ipc_port **soright)
{
	struct ipc_entry *entry = ipc_entry_lookup(space, name);
	*soright = IP_NULL;
	if (unlikely(entry == NULL)) {
		return copyin_no_entry(space, name, port);
	}
	struct ipc_port *object = entry->object;
	if (likely((entry->bits & MACH_PORT_TYPE_PORT_RIGHTS) != 0 && object->active) &&
	    ipc_right_core_copy(entry->bits, &object->rights, disposition)) {
		ipc_port_reference(object);
		*port = object;
		return KERN_SUCCESS;
	}
	return copyin_other(entry, disposition, dead_ok, port, soright);
}

/* The copyin has just given back the memory that its undoing needs. Should it be gone all the same,
   the name stays gone, and whoever asked for it is told. */
static void copyin_undo_refused(uint32_t name, uint32_t disposition, struct ipc_port *port,
				struct ipc_port *soright)
{
	ipc_right_release(port, ipc_copyin_type(disposition));
	if (soright != IP_NULL) {
		ipc_notify_port_deleted(soright, name);
	}
}

void ipc_right_copyin_undo(struct ipc_space *space, uint32_t name, uint32_t disposition,
			   struct ipc_port *port, struct ipc_port *soright)
{
	if (name == MACH_PORT_NAME_NULL || name == MACH_PORT_NAME_DEAD) {
		return;
	}
	assert(disposition != MACH_MSG_TYPE_MOVE_RECEIVE);
	bool dead = port == IP_DEAD;
	struct ipc_entry *entry = ipc_entry_lookup(space, name);
	if (entry == NULL) {
		entry = ipc_entry_alloc_name(space, name);
		if (entry == NULL) {
			copyin_undo_refused(name, disposition, port, soright);
			return;
		}
		entry->object = dead ? NULL : port;
	}
	uint32_t effects;
	ipc_right_core_copyin_undo(&entry->bits, dead ? NULL : &port->rights, disposition, dead,
				   &effects);
	if (effects & IPC_RIGHT_HASH_INSERT) {
		ipc_hash_insert(entry);
	}
	if (effects & IPC_RIGHT_RELEASE) {
		ipc_port_release(port);
	}
	if (soright != IP_NULL && ipc_right_add_request(entry, soright) != KERN_SUCCESS) {
		ipc_notify_port_deleted(soright, name);
	}
}

/* --- into a space */

/* A task's control port has come to a space that did not hold it: what was measured may be changed
   from there. The first right of a space alone takes this way, so that it costs others nothing. */
static void control_port_entered(const struct ipc_port *port, const struct ipc_space *space)
{
	if (port->receiver == ipc_space_kernel && port->kobject_type == IKOT_TASK &&
	    port->kobject != NULL && space->task != NULL) {
		task_control_port_entered(port->kobject, space->task->number);
	}
}

/* Puts the right into an entry whose object is the port. */
static kern_return_t copyout_entry(struct ipc_entry *entry, struct ipc_port *port, uint32_t type,
				   bool peg)
{
	uint32_t effects;
	kern_return_t result =
		ipc_right_core_copyout(&entry->bits, &port->rights, type, peg, &effects);
	if (result != KERN_SUCCESS) {
		return result;
	}
	if (effects & IPC_RIGHT_HASH_INSERT) {
		ipc_hash_insert(entry);
		control_port_entered(port, entry->space);
	}
	if (effects & IPC_RIGHT_HASH_REMOVE) {
		ipc_hash_remove(entry);
	}
	if (effects & IPC_RIGHT_RECEIVE_CAME) {
		struct ipc_port *destination = port->destination;
		port->receiver = entry->space;
		port->receiver_name = entry->name;
		port->destination = IP_NULL;
		if (destination != IP_NULL) {
			ipc_port_release(destination);
		}
	}
	if (effects & IPC_RIGHT_RELEASE) {
		assert(port->refs > 1); /* the entry's stays */
		port->refs--;
	}
	return KERN_SUCCESS;
}

kern_return_t ipc_right_copyout(struct ipc_space *space, struct ipc_port *port, uint32_t type,
				uint32_t *name)
{
	if (unlikely(!IP_VALID(port))) {
		*name = port == IP_NULL ? MACH_PORT_NAME_NULL : MACH_PORT_NAME_DEAD;
		return KERN_SUCCESS;
	}
	if (unlikely(!space->active)) {
		return KERN_INVALID_TASK;
	}
	if (unlikely(!port->active)) {
		ipc_right_release(port, type);
		*name = MACH_PORT_NAME_DEAD;
		return KERN_SUCCESS;
	}
	struct ipc_entry *entry =
		type == MACH_MSG_TYPE_PORT_SEND_ONCE ? NULL : ipc_right_reverse(space, port);
	if (entry == NULL) {
		entry = ipc_entry_alloc(space);
		if (unlikely(entry == NULL)) {
			return KERN_RESOURCE_SHORTAGE;
		}
		entry->object = port;
	}
	*name = entry->name;
	return copyout_entry(entry, port, type, true);
}

kern_return_t ipc_port_insert_right(struct ipc_space *space, uint32_t name, struct ipc_port *right,
				    uint32_t type)
{
	if (space == NULL || !space->active) {
		return KERN_INVALID_TASK;
	}
	if (!MACH_PORT_NAME_VALID(name) || !MACH_MSG_TYPE_PORT_ANY_RIGHT(type)) {
		return KERN_INVALID_VALUE;
	}
	if (!IP_VALID(right)) {
		return KERN_INVALID_CAPABILITY;
	}
	struct ipc_entry *entry = ipc_entry_lookup(space, name);
	struct ipc_entry *held = right->active ? ipc_right_reverse(space, right) : NULL;
	kern_return_t result = ipc_right_core_insert_check(type, entry != NULL, held != NULL,
							   held == entry, right->active);
	if (result != KERN_SUCCESS) {
		return result;
	}
	if (entry == NULL) {
		entry = ipc_entry_alloc_name(space, name);
		if (entry == NULL) {
			return KERN_RESOURCE_SHORTAGE;
		}
		entry->object = right;
	}
	return copyout_entry(entry, right, type, false);
}

kern_return_t ipc_port_extract_right(struct ipc_space *space, uint32_t name, uint32_t disposition,
				     struct ipc_port **right, uint32_t *type)
{
	if (space == NULL || !space->active) {
		return KERN_INVALID_TASK;
	}
	if (!MACH_MSG_TYPE_PORT_ANY(disposition)) {
		return KERN_INVALID_VALUE;
	}
	if (!MACH_PORT_NAME_VALID(name)) {
		return KERN_INVALID_NAME;
	}
	struct ipc_port *soright;
	kern_return_t result = ipc_right_copyin(space, name, disposition, true, right, &soright);
	if (result != KERN_SUCCESS) {
		return result;
	}
	*type = ipc_copyin_type(disposition);
	if (soright != IP_NULL) {
		ipc_notify_port_deleted(soright, name);
	}
	return KERN_SUCCESS;
}

void ipc_right_release(struct ipc_port *port, uint32_t type)
{
	if (!IP_VALID(port)) {
		return; /* the null and the dead name travel as themselves, and carry nothing */
	}
	switch (type) {
	case MACH_MSG_TYPE_PORT_SEND:
		ipc_port_release_send(port);
		break;
	case MACH_MSG_TYPE_PORT_SEND_ONCE:
		ipc_port_release_sonce(port);
		break;
	default:
		assert(type == MACH_MSG_TYPE_PORT_RECEIVE);
		ipc_port_release_receive(port);
		break;
	}
}

/* --- rights given up */

/* A send right whose port was saved by a port-destroyed request: its name dies all the same, as if
   the port had. */
static void name_dies(struct ipc_entry *entry, struct ipc_port *port)
{
	struct ipc_port *notify = ipc_right_cancel_request(entry);
	ipc_port_reference(port);
	ipc_right_die(entry, notify != IP_NULL);
	if (notify != IP_NULL) {
		ipc_notify_dead_name(notify, entry->name);
	}
	if (port->rights.srights == 0) {
		ipc_port_no_senders(port);
	}
	ipc_port_release(port);
}

/* Carries out what giving up a right means. The entry comes first, so that nothing that follows
   sees it; then the port; then the notifications, no-senders before port-deleted as in Mach. */
static void release_effects(struct ipc_entry *entry, uint32_t effects)
{
	void *object = entry->object;
	struct ipc_port *port = object;
	uint32_t name = entry->name;
	struct ipc_port *deleted = IP_NULL;
	struct ipc_port *no_senders = IP_NULL;
	uint32_t mscount = 0;

	if (effects & IPC_RIGHT_HASH_REMOVE) {
		ipc_hash_remove(entry);
	}
	if (effects & IPC_RIGHT_HASH_INSERT) {
		ipc_hash_insert(entry);
	}
	if (effects & IPC_RIGHT_ENTRY_GONE) {
		deleted = ipc_right_cancel_request(entry);
		ipc_entry_free(entry);
	}
	if (effects & IPC_RIGHT_REFERENCE) {
		ipc_port_reference(port);
	}
	if (effects & IPC_RIGHT_NO_SENDERS) {
		/* Before the receive right goes, for it takes the make-send count along. */
		no_senders = port->nsrequest;
		port->nsrequest = IP_NULL;
		mscount = port->rights.mscount;
	}
	if (effects & IPC_RIGHT_RECEIVE_GONE) {
		ipc_port_destroy(port);
		if ((effects & IPC_RIGHT_NAME_DIES) && (entry->bits & MACH_PORT_TYPE_SEND)) {
			name_dies(entry, port);
		}
	} else if (effects & IPC_RIGHT_SONCE_UNUSED) {
		ipc_port_release_sonce(port);
	} else if (effects & IPC_RIGHT_SET_GONE) {
		ipc_pset_destroy(object);
	} else if (effects & IPC_RIGHT_RELEASE) {
		assert(port->refs > 1); /* the receive right's */
		port->refs--;
	}
	if (no_senders != IP_NULL) {
		ipc_notify_no_senders(no_senders, mscount);
	} else if ((effects & IPC_RIGHT_NO_SENDERS) && (effects & IPC_RIGHT_RECEIVE_GONE) == 0) {
		ipc_port_no_senders(port);
	}
	if (deleted != IP_NULL) {
		ipc_notify_port_deleted(deleted, name);
	}
}

void ipc_right_destroy(struct ipc_entry *entry)
{
	uint32_t effects;
	if (unlikely(right_stale(entry))) {
		ipc_right_die(entry, false);
	}
	struct ipc_port_rights *rights = right_counts(entry);
	ipc_right_core_destroy(&entry->bits, rights, &effects);
	release_effects(entry, effects);
}

kern_return_t ipc_port_destroy_name(struct ipc_space *space, uint32_t name)
{
	struct ipc_entry *entry;
	kern_return_t result = ipc_right_lookup(space, name, &entry);
	if (result == KERN_SUCCESS) {
		ipc_right_destroy(entry);
	}
	return result;
}

kern_return_t ipc_port_deallocate(struct ipc_space *space, uint32_t name)
{
	struct ipc_entry *entry;
	kern_return_t result = ipc_right_lookup(space, name, &entry);
	if (result != KERN_SUCCESS) {
		return result;
	}
	uint32_t effects;
	result = ipc_right_core_deallocate(&entry->bits, right_counts(entry), &effects);
	if (result == KERN_SUCCESS && effects != 0) {
		release_effects(entry, effects);
	}
	return result;
}

/* A send right that stayed when the receive right went. The port lives on when a port-destroyed
   request took it; for this name it is dead all the same. */
static void die_with_receive(struct ipc_entry *entry)
{
	if ((entry->bits & MACH_PORT_TYPE_SEND) == 0) {
		return; /* its dead-name request has seen to it */
	}
	struct ipc_port *port = entry->object;
	struct ipc_port *notify = ipc_right_cancel_request(entry);
	uint32_t name = entry->name;
	bool alive =
		port->active; /* then the message that holds the receive right holds a reference */
	ipc_right_die(entry, notify != IP_NULL);
	if (alive && port->rights.srights == 0) {
		ipc_port_no_senders(port);
	}
	if (notify != IP_NULL) {
		ipc_notify_dead_name(notify, name);
	}
}

kern_return_t ipc_port_mod_refs(struct ipc_space *space, uint32_t name, uint32_t right,
				int32_t delta)
{
	if (space == NULL || !space->active) {
		return KERN_INVALID_TASK;
	}
	if (right >= MACH_PORT_RIGHT_NUMBER) {
		return KERN_INVALID_VALUE;
	}
	struct ipc_entry *entry;
	kern_return_t result = ipc_right_lookup(space, name, &entry);
	if (result != KERN_SUCCESS) {
		return result;
	}
	uint32_t effects;
	result = ipc_right_core_mod_refs(&entry->bits, right_counts(entry), right, delta, &effects);
	if (result == KERN_SUCCESS && effects != 0) {
		release_effects(entry, effects);
		if ((effects & (IPC_RIGHT_RECEIVE_GONE | IPC_RIGHT_ENTRY_GONE)) ==
		    IPC_RIGHT_RECEIVE_GONE) {
			die_with_receive(entry);
		}
	}
	return result;
}

/* KERN_INVALID_NAME and KERN_INVALID_RIGHT when the name has changed hands since: then there is
   nothing to take back. */
kern_return_t ipc_port_undo_copyout(struct ipc_space *space, uint32_t name, uint32_t type)
{
	if (type == MACH_MSG_TYPE_PORT_RECEIVE) {
		return ipc_port_mod_refs(space, name, MACH_PORT_RIGHT_RECEIVE, -1);
	}
	return ipc_port_deallocate(space, name);
}
