/* Routines of masix/personality.defs: tasks that a personality made. */
#include <string.h>
#include <libmach.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/masix_host.h>
#include <gen/personality_server.h>
#include "server.h"

static acs_digest_t own_node;

static void reclaim(struct ipc_object *object)
{
	process_release(*(struct process **)ipc_object_data(object));
}

static struct ipc_class personality_class = {
	.name = "personality",
	.interfaces = (const ipc_interface_t[]){personality_server_routine, NULL},
	.data_bytes = sizeof(struct process *),
	.reclaim = reclaim,
};

/* A personality of this node that runs, with a reference; null: it is none. */
static struct process *find_personality(const char *name)
{
	struct process *process = NULL;

	ipc_lock(&state_lock);
	for (uint32_t i = 0; i < server_count; i++) {
		struct server *server = &servers[i];

		if (strcmp(server->entry.name, name) == 0 && !server->entry.program &&
		    server->process != NULL && (server->roster.roles & ACS_ROLE_PERSONALITY) != 0) {
			process = server->process;
			process_reference(process);
		}
	}
	ipc_unlock(&state_lock);
	return process;
}

kern_return_t personality_accept(const struct trust_peer *peer, struct ipc_client *client,
				 struct ipc_object **object)
{
	struct process *process = NULL;
	kern_return_t result = KERN_NO_ACCESS;

	if (memcmp(peer->node, own_node, sizeof own_node) == 0) {
		process = find_personality(peer->name);
	}
	if (process == NULL) {
		return result;
	}
	result = ipc_object_create(client, &personality_class, object);
	if (result != KERN_SUCCESS) {
		process_release(process);
		return result;
	}
	*(struct process **)ipc_object_data(*object) = process;
	return KERN_SUCCESS;
}

void personality_start(const acs_digest_t node)
{
	memcpy(own_node, node, sizeof own_node);
}

/* The personality's own process; locked.  Null: it has ended, or has not the role. */
static struct process *personality_of(ipc_call_t call)
{
	struct process *process = *(struct process **)ipc_call_data(call);

	return process->task != MACH_PORT_NULL && process->server != NULL &&
			       (process->server->roster.roles & ACS_ROLE_PERSONALITY) != 0
		       ? process
		       : NULL;
}

/* One of this personality's; locked. */
static struct process *adopted_of_id(const struct process *personality, uint32_t id)
{
	struct process *process = process_of_id(id);

	return process != NULL && process->personality == personality ? process : NULL;
}

/* Enters the task under a fresh id; locked.  The right to the task is taken. */
static kern_return_t adopt(struct process *personality, struct process *process, uint32_t parent)
{
	struct process *above = parent != 0 ? adopted_of_id(personality, parent) : NULL;

	if (process_of_task(process->task) != NULL) {
		return KERN_NAME_EXISTS;
	}
	if (parent != 0 && above == NULL) {
		return PROCESS_NOT_FOUND;
	}
	process->personality = personality;
	process_enter(process, above);
	events_watch(process->task);
	return KERN_SUCCESS;
}

kern_return_t serve_process_adopt(ipc_call_t call, mach_port_t task, natural_t parent,
				  const_process_name_t name, natural_t pages, natural_t *id)
{
	struct process *process = NULL, *personality = NULL;
	int64_t number = 0;
	masix_digest_t digest;
	natural_t used = 0, limit = 0;
	kern_return_t result = KERN_SUCCESS;

	/* The kernel says whether it is a task: the port itself could be anybody's. */
	if (!MACH_PORT_VALID(task) || strnlen(name, PROCESS_NAME_BYTES) == PROCESS_NAME_BYTES ||
	    masix_task_get_info(host_privileged, task, &number, digest, &used, &limit) !=
		    KERN_SUCCESS) {
		return KERN_INVALID_VALUE;
	}
	process = process_create(NULL, false, *id, name, &result);
	if (process == NULL) {
		return result;
	}
	process->flags = IS_ADOPTED;
	process->task = task;
	process->task_number = (uint64_t)number;
	process->pages = pages != PROCESS_PAGES_INHERIT ? pages : limit;
	ipc_lock(&state_lock);
	personality = personality_of(call);
	result = personality == NULL ? PROCESS_NOT_PERMITTED : adopt(personality, process, parent);
	if (result == KERN_SUCCESS) {
		*id = process->family.id;
		(void)masix_task_set_page_quota(host_privileged, task, process->pages);
	} else {
		process->task = MACH_PORT_NULL; /* the right goes back with the request */
	}
	ipc_unlock(&state_lock);
	if (result != KERN_SUCCESS) {
		process_discard(process);
		return result;
	}
	process_release(process); /* the table has it */
	return KERN_SUCCESS;
}

kern_return_t serve_process_forget(ipc_call_t call, natural_t id)
{
	struct process *personality = NULL, *process = NULL;
	kern_return_t result = PROCESS_NOT_FOUND;

	ipc_lock(&state_lock);
	personality = personality_of(call);
	process = personality != NULL ? adopted_of_id(personality, id) : NULL;
	if (process != NULL) {
		process->personality = NULL;
		process->flags |= IS_FORGOTTEN;
		process_reference(process);
		if (process->family.ended) {
			process_reap(process);
		}
		result = KERN_SUCCESS;
	}
	ipc_unlock(&state_lock);
	if (result == KERN_SUCCESS) {
		process_end(process, PROCESS_STATUS(PROCESS_REASON_KILLED, 0));
		process_release(process);
	}
	return result;
}

/* The old task may have been seen to end already: then the process lives on. */
static kern_return_t replace(struct process *process, mach_port_t task, uint64_t number)
{
	if (process_of_task(task) != NULL) {
		return KERN_NAME_EXISTS;
	}
	if (process->task != MACH_PORT_NULL) {
		events_unwatch(process->task);
		(void)mach_port_deallocate(mach_task_self(), process->task);
	}
	process->family.ended = false;
	process->task = task;
	process->task_number = number;
	(void)masix_task_set_page_quota(host_privileged, task, process->pages);
	events_watch(task);
	return KERN_SUCCESS;
}

kern_return_t serve_process_replace(ipc_call_t call, natural_t id, mach_port_t task)
{
	struct process *personality = NULL, *process = NULL;
	int64_t number = 0;
	masix_digest_t digest;
	natural_t used = 0, limit = 0;
	kern_return_t result = PROCESS_NOT_FOUND;

	if (!MACH_PORT_VALID(task) ||
	    masix_task_get_info(host_privileged, task, &number, digest, &used, &limit) !=
		    KERN_SUCCESS) {
		return KERN_INVALID_VALUE;
	}
	ipc_lock(&state_lock);
	personality = personality_of(call);
	process = personality != NULL ? adopted_of_id(personality, id) : NULL;
	if (process != NULL) {
		result = replace(process, task, (uint64_t)number);
	}
	ipc_unlock(&state_lock);
	return result;
}

kern_return_t serve_process_rename(ipc_call_t call, natural_t id, const_process_name_t name)
{
	struct process *personality = NULL, *process = NULL;
	kern_return_t result = PROCESS_NOT_FOUND;

	if (strnlen(name, PROCESS_NAME_BYTES) == PROCESS_NAME_BYTES) {
		return KERN_INVALID_VALUE;
	}
	ipc_lock(&state_lock);
	personality = personality_of(call);
	process = personality != NULL ? adopted_of_id(personality, id) : NULL;
	if (process != NULL) {
		process_set_name(process, name);
		result = KERN_SUCCESS;
	}
	ipc_unlock(&state_lock);
	return result;
}
