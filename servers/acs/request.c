/* acs.defs: names, for anybody. */
#include <string.h>

#include <libmach.h>
#include <gen/acs_server.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <trust/name_core.h>
#include "state.h"

static void look_up_cancelled(void *argument)
{
	ipc_lock(&acs.lock);
	registry_cancel(&acs.registry, (uint32_t)argument);
	ipc_unlock(&acs.lock);
}

/* Makes the call wait; lock held. */
static kern_return_t wait_for(ipc_call_t call, const struct registry_wish *wish)
{
	uint32_t handle = 0;
	ipc_answer_t answer = 0;
	kern_return_t result = registry_wait(&acs.registry, ipc_call_data(call), wish, &handle);

	if (result != KERN_SUCCESS) {
		return result;
	}
	result = ipc_call_defer(call, look_up_cancelled, (void *)handle, &answer);
	if (result != KERN_SUCCESS) {
		registry_cancel(&acs.registry, handle);
		return result;
	}
	/* If it was cancelled meanwhile, look_up_cancelled waits for the lock. */
	registry_set_answer(&acs.registry, handle, answer);
	acs_watch_deadline();
	return MIG_NO_REPLY;
}

/* Where a name is to be looked for; false: at a node that is not in the roster. */
static bool find_where(const struct server_name *asked, uint16_t *place)
{
	if (asked->node[0] == '\0') {
		*place = acs_find_licence(asked->name) != NULL ? REGISTRY_ANYWHERE : REGISTRY_HERE;
		return true;
	}
	*place = acs_find_member_name(asked->node);
	if (*place == acs.place) {
		*place = REGISTRY_HERE;
		return true;
	}
	return *place != REGISTRY_HERE;
}

/* Here, or what is known of other nodes; ACS_NAME_NOT_FOUND and a deadline: the call waits. */
static kern_return_t find(const char name[ACS_NAME_BYTES], uint16_t place, uint64_t now_ms,
			  mach_port_t *port, uint64_t *deadline_ms)
{
	enum remote_state state = REMOTE_FREE;

	if (place >= REGISTRY_ANYWHERE &&
	    registry_look_up(&acs.registry, name, port) == KERN_SUCCESS) {
		return KERN_SUCCESS;
	}
	if (place == REGISTRY_HERE) {
		return ACS_NAME_NOT_FOUND;
	}
	state = remote_look_up(&acs.remote, &acs.registry, name, place, now_ms, port);
	if (state == REMOTE_FREE) {
		acs_names_expire(now_ms);
		state = remote_look_up(&acs.remote, &acs.registry, name, place, now_ms, port);
	}
	if (state == REMOTE_ASKED && acs.remote.network) {
		*deadline_ms = now_ms + REMOTE_ROUND_MS; /* however short the patience */
	}
	return state == REMOTE_FOUND  ? KERN_SUCCESS
	       : state == REMOTE_FREE ? KERN_RESOURCE_SHORTAGE
				      : ACS_NAME_NOT_FOUND;
}

/* The same with a right of the caller's own, as the server may go before the reply is sent. */
static kern_return_t find_live(const char name[ACS_NAME_BYTES], uint16_t place, uint64_t now_ms,
			       mach_port_t *port, uint64_t *deadline_ms)
{
	kern_return_t result = find(name, place, now_ms, port, deadline_ms);

	if (result != KERN_SUCCESS ||
	    mach_port_mod_refs(mach_task_self(), *port, MACH_PORT_RIGHT_SEND, 1) == KERN_SUCCESS) {
		return result;
	}
	/* It has died, and we shall be told. */
	if (!acs_names_drop(*port)) {
		return ACS_NAME_NOT_FOUND;
	}
	return find(name, place, now_ms, port, deadline_ms) == KERN_RESOURCE_SHORTAGE
		       ? KERN_RESOURCE_SHORTAGE
		       : ACS_NAME_NOT_FOUND;
}

kern_return_t serve_acs_look_up(ipc_call_t call, const_acs_name_t name, natural_t wait_ms,
				mach_port_t *port)
{
	struct server_name asked;
	struct registry_wish wish = {.name = asked.name};
	uint64_t now_ms = 0;
	kern_return_t result = KERN_SUCCESS;

	if (!name_parse(name, &asked)) {
		return ACS_NAME_INVALID;
	}
	if (!find_where(&asked, &wish.place)) {
		return ACS_NAME_NOT_FOUND;
	}
	if (wish.place != REGISTRY_HERE || wait_ms != 0) { /* else no time matters */
		now_ms = acs_now_ms();
	}
	wish.patience_ms = now_ms + (wait_ms < ACS_WAIT_MAX_MS ? wait_ms : ACS_WAIT_MAX_MS);
	wish.deadline_ms = wish.patience_ms;
	ipc_lock(&acs.lock);
	result = find_live(asked.name, wish.place, now_ms, port, &wish.deadline_ms);
	if (result == ACS_NAME_NOT_FOUND && wish.deadline_ms > now_ms) {
		if (wish.deadline_ms < wish.patience_ms) {
			wish.deadline_ms = wish.patience_ms;
		}
		result = wait_for(call, &wish);
		acs_names_work(now_ms);
	}
	ipc_unlock(&acs.lock);
	return result;
}

/* The servers of this node, then the names of others that are known; lock held. */
static struct acs_entry *list_names(struct acs_entry *entry)
{
	for (unsigned int i = 0; i < acs.registry.server_count; i++) {
		const struct registry_server *server = &acs.registry.servers[i];

		if (server->state == REGISTRY_STATE_NEVER) {
			continue;
		}
		memcpy(entry->name, server->name, sizeof entry->name);
		memcpy(entry->node, acs.node.name, sizeof entry->node);
		entry->task_number = server->task_number;
		entry->state = server->state;
		entry->look_ups = server->look_ups;
		entry++;
	}
	for (unsigned int i = 0; i < REMOTE_NAMES_MAX; i++) {
		const struct remote_name *name = &acs.remote.names[i];

		if (name->state == REMOTE_FOUND && name->name[0] != '\0') {
			memcpy(entry->name, name->name, sizeof entry->name);
			memcpy(entry->node, acs.members[name->owner].name, sizeof entry->node);
			entry->state = ACS_STATE_REGISTERED;
			entry++;
		}
	}
	return entry;
}

#define LIST_BYTES ((REGISTRY_SERVERS_MAX + REMOTE_NAMES_MAX) * sizeof(struct acs_entry))

kern_return_t serve_acs_list(ipc_call_t call, pointer_t *entries, mach_msg_type_number_t *bytes)
{
	vm_address_t memory = 0;
	struct acs_entry *entry = NULL;

	(void)call;
	if (vm_allocate(mach_task_self(), &memory, LIST_BYTES, TRUE) != KERN_SUCCESS) {
		return KERN_RESOURCE_SHORTAGE;
	}
	entry = (struct acs_entry *)memory;
	ipc_lock(&acs.lock);
	entry = list_names(entry);
	ipc_unlock(&acs.lock);
	*entries = memory;
	*bytes = (mach_msg_type_number_t)((vm_address_t)entry - memory);
	/* The reply takes the pages that it carries along; the rest are given back here. */
	vm_size_t used = (*bytes + 4095u) & ~4095u;
	vm_size_t all = (LIST_BYTES + 4095u) & ~4095u;

	if (used < all) {
		(void)vm_deallocate(mach_task_self(), memory + used, all - used);
	}
	return KERN_SUCCESS;
}

kern_return_t serve_acs_get_member(ipc_call_t call, const acs_digest_t id, acs_name_t name,
				   natural_t *roles)
{
	uint16_t place = acs_find_member(id);

	(void)call;
	if (place == REGISTRY_HERE) {
		return ACS_NOT_IN_ROSTER;
	}
	memcpy(name, acs.members[place].name, ACS_NAME_BYTES);
	*roles = acs.members[place].roles;
	return KERN_SUCCESS;
}

kern_return_t serve_acs_get_node(ipc_call_t call, acs_name_t name, natural_t *number,
				 acs_digest_t id, natural_t *roster_version)
{
	(void)call;
	memcpy(name, acs.node.name, ACS_NAME_BYTES);
	*number = acs.node.number;
	memcpy(id, acs.node.id, MASIX_DIGEST_BYTES);
	ipc_lock(&acs.lock);
	*roster_version = (natural_t)acs.in_force.version;
	ipc_unlock(&acs.lock);
	return KERN_SUCCESS;
}
