/* Routines of masix/process.defs: a process and its own affairs. */
#include <string.h>
#include <libmach.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/masix_host.h>
#include <gen/process_server.h>
#include "server.h"

#define SELF mach_task_self()

static struct process *process_of(ipc_call_t call)
{
	return *(struct process **)ipc_call_data(call);
}

/* One more send right for a message to move; a right that is dead by now is null. */
static mach_port_t copy_right(mach_port_t port)
{
	return MACH_PORT_VALID(port) && mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_SEND, 1) ==
						KERN_SUCCESS
		       ? port
		       : MACH_PORT_NULL;
}

kern_return_t serve_process_get_ports(ipc_call_t call, mach_port_array_t *ports,
				      mach_msg_type_number_t *count)
{
	struct process *process = process_of(call);
	vm_address_t memory = 0;
	kern_return_t result = vm_allocate(SELF, &memory, STANDARD_PORTS * sizeof **ports, TRUE);

	if (result != KERN_SUCCESS) {
		return KERN_RESOURCE_SHORTAGE;
	}
	*ports = (mach_port_array_t)memory;
	*count = STANDARD_PORTS;
	for (int i = 0; i < (int)STANDARD_PORTS; i++) {
		(*ports)[i] = copy_right(process->ports[i]);
	}
	return KERN_SUCCESS;
}

/* ---------------------------------------------------------------------------------------- spawn */

/* A client's strings: none, or all ended. */
static bool are_strings(vm_offset_t text, mach_msg_type_number_t bytes)
{
	return bytes == 0 || ((const char *)text)[bytes - 1] == 0;
}

static bool is_name(const_process_name_t name)
{
	size_t length = strnlen(name, PROCESS_NAME_BYTES);

	if (length == 0 || length == PROCESS_NAME_BYTES) {
		return false;
	}
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f) {
			return false;
		}
	}
	return true;
}

/* Those of the parent that its child has, too. */
static void inherit_ports(const struct process *parent, const mach_port_t *wanted, uint32_t count,
			  mach_port_t ports[STANDARD_PORTS])
{
	for (uint32_t i = 0; i < STANDARD_PORTS; i++) {
		ports[i] = MACH_PORT_NULL;
		if (i == STANDARD_PORT_ACS || i == STANDARD_PORT_REGISTRATION) {
			continue;
		}
		if (i < count && MACH_PORT_VALID(wanted[i])) {
			ports[i] = copy_right(wanted[i]);
		} else if (i != STANDARD_PORT_LOG) {
			ports[i] = copy_right(parent->ports[i]);
		}
	}
}

static void drop_ports(const mach_port_t *ports, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (MACH_PORT_VALID(ports[i])) {
			(void)mach_port_deallocate(SELF, ports[i]);
		}
	}
}

static kern_return_t check_spawn(const struct process *parent, natural_t flags, natural_t *pages)
{
	if ((flags & ~(natural_t)PROCESS_SPAWN_ALL) != 0) {
		return KERN_INVALID_VALUE;
	}
	if ((flags & PROCESS_SPAWN_ADMINISTRATOR) != 0 && (parent->flags & IS_ADMINISTRATOR) == 0) {
		return PROCESS_NOT_PERMITTED;
	}
	if (*pages == PROCESS_PAGES_INHERIT) {
		*pages = parent->pages;
	}
	return *pages <= parent->pages ? KERN_SUCCESS : PROCESS_NOT_PERMITTED;
}

/*
 * A right to the child's port that the reply moves: the child may end before the reply is sent, and
 * then the right is a dead one, not an error.
 */
static void give_child(struct process *child, mach_port_t *port, natural_t *id)
{
	*port = MACH_PORT_NULL; /* it has ended already; the id can be waited for */
	*id = child->family.id;
	ipc_lock(&state_lock);
	if (child->object != NULL) {
		mach_port_t name = ipc_object_give(child->object);

		if (mach_port_insert_right(SELF, name, name, MACH_MSG_TYPE_MAKE_SEND) ==
		    KERN_SUCCESS) {
			*port = name;
		}
	}
	ipc_unlock(&state_lock);
}

static kern_return_t spawn_child(struct process *parent, struct spawn *spawn, mach_port_t memory,
				 natural_t image_bytes, mach_port_t *port, natural_t *id)
{
	struct image image = {.data = NULL};
	struct process *child = NULL;
	kern_return_t result = image_open(memory, image_bytes, &image);

	if (result != KERN_SUCCESS) {
		return result;
	}
	spawn->parent = parent;
	spawn->image = &image;
	spawn->memory = memory;
	result = spawn_process(spawn, &child);
	image_close(&image);
	if (result == KERN_SUCCESS) {
		give_child(child, port, id);
		process_release(child);
	}
	return result;
}

kern_return_t serve_process_spawn(ipc_call_t call, mach_port_t memory, natural_t image_bytes,
				  const_process_name_t name, vm_offset_t arguments,
				  mach_msg_type_number_t argument_bytes, vm_offset_t environment,
				  mach_msg_type_number_t environment_bytes, mach_port_array_t ports,
				  mach_msg_type_number_t port_count, natural_t flags,
				  natural_t pages, mach_port_t *child, natural_t *id)
{
	struct process *parent = process_of(call);
	mach_port_t given[STANDARD_PORTS];
	struct spawn spawn = {
		.name = name,
		.arguments = {(const char *)arguments, argument_bytes},
		.environment = {(const char *)environment, environment_bytes},
		.ports = given,
		.flags = ((flags & PROCESS_SPAWN_ADMINISTRATOR) != 0 ? IS_ADMINISTRATOR : 0) |
			 ((flags & PROCESS_SPAWN_SUSPENDED) != 0 ? IS_SUSPENDED : 0),
	};
	kern_return_t result = check_spawn(parent, flags, &pages);

	if (result == KERN_SUCCESS &&
	    (!is_name(name) || !are_strings(arguments, argument_bytes) ||
	     !are_strings(environment, environment_bytes) || port_count > STANDARD_PORTS ||
	     argument_bytes > PROCESS_ARGUMENTS_BYTES_MAX ||
	     environment_bytes > PROCESS_ARGUMENTS_BYTES_MAX - argument_bytes)) {
		result = KERN_INVALID_VALUE;
	}
	if (result != KERN_SUCCESS) {
		return result;
	}
	spawn.pages = pages;
	inherit_ports(parent, ports, port_count, given);
	result = spawn_child(parent, &spawn, memory, image_bytes, child, id);
	if (result != KERN_SUCCESS) {
		drop_ports(given, STANDARD_PORTS);
		return result;
	}
	drop_ports(ports, port_count);
	(void)vm_deallocate(SELF, (vm_address_t)ports, port_count * sizeof *ports);
	(void)vm_deallocate(SELF, arguments, argument_bytes);
	(void)vm_deallocate(SELF, environment, environment_bytes);
	return KERN_SUCCESS;
}

kern_return_t serve_process_resume(ipc_call_t call)
{
	spawn_resume(process_of(call));
	return KERN_SUCCESS;
}

kern_return_t serve_process_exit(ipc_call_t call, natural_t code)
{
	process_end(process_of(call), PROCESS_STATUS(PROCESS_REASON_EXIT, code));
	return KERN_SUCCESS;
}

kern_return_t serve_process_get_id(ipc_call_t call, natural_t *id, natural_t *parent)
{
	struct process *process = process_of(call);

	ipc_lock(&state_lock);
	*id = process->family.id;
	*parent = process->family.parent != NULL ? process->family.parent->id : 0;
	ipc_unlock(&state_lock);
	return KERN_SUCCESS;
}

kern_return_t serve_process_watch(ipc_call_t call, mach_port_t notify, natural_t key)
{
	struct process *process = process_of(call);
	struct ipc_notifier *old = NULL;
	kern_return_t result = KERN_NAME_EXISTS;

	ipc_lock(&state_lock);
	if (!MACH_PORT_VALID(notify)) {
		old = process->notifier;
		process->notifier = NULL;
		result = KERN_SUCCESS;
	} else if (process->object == NULL) {
		result = KERN_INVALID_ARGUMENT;
	} else if (process->notifier == NULL) {
		process->notify_key = key;
		result = ipc_notifier_create(ipc_call_client(call), notify, &process->notifier);
	}
	ipc_unlock(&state_lock);
	ipc_notifier_destroy(old);
	return result;
}

/* ------------------------------------------------------------------------------- a server's own */

kern_return_t serve_process_get_resource(ipc_call_t call, natural_t kind, natural_t index,
					 mach_port_t *port, natural_t *first, natural_t *count)
{
	const struct server *server = process_of(call)->server;

	if (kind < PROCESS_RESOURCE_IO || kind > PROCESS_RESOURCE_CLOCK) {
		return KERN_INVALID_VALUE;
	}
	for (uint32_t i = 0; server != NULL && i < server->resources; i++) {
		const struct resource *resource = &server->resource[i];

		if (resource->kind == kind && index-- == 0) {
			*port = copy_right(resource->port);
			*first = resource->first;
			*count = resource->count;
			return KERN_SUCCESS;
		}
	}
	return PROCESS_NO_SUCH_RESOURCE;
}

kern_return_t serve_process_keep(ipc_call_t call, mach_port_t memory, natural_t bytes)
{
	struct server *server = process_of(call)->server;
	mach_port_t old = MACH_PORT_NULL;

	if (server == NULL) {
		return PROCESS_NOT_PERMITTED;
	}
	ipc_lock(&state_lock);
	old = server->kept;
	server->kept = MACH_PORT_VALID(memory) ? memory : MACH_PORT_NULL;
	server->kept_bytes = bytes;
	ipc_unlock(&state_lock);
	if (old != MACH_PORT_NULL) {
		(void)mach_port_deallocate(SELF, old);
	}
	return KERN_SUCCESS;
}

kern_return_t serve_process_get_kept(ipc_call_t call, mach_port_t *memory, natural_t *bytes)
{
	struct server *server = process_of(call)->server;
	kern_return_t result = PROCESS_NO_SUCH_RESOURCE;

	ipc_lock(&state_lock);
	if (server != NULL && server->kept != MACH_PORT_NULL) {
		*memory = copy_right(server->kept);
		*bytes = server->kept_bytes;
		result = KERN_SUCCESS;
	}
	ipc_unlock(&state_lock);
	return result;
}

kern_return_t serve_process_set_root(ipc_call_t call, mach_port_t root)
{
	const struct server *server = process_of(call)->server;
	mach_port_t old = MACH_PORT_NULL;

	if (server == NULL || server->entry.program || strcmp(server->entry.name, "file") != 0) {
		return PROCESS_NOT_PERMITTED;
	}
	if (!MACH_PORT_VALID(root)) {
		return KERN_INVALID_VALUE;
	}
	ipc_lock(&state_lock);
	old = root_directory;
	root_directory = root;
	ipc_unlock(&state_lock);
	servers_wake();
	if (old != MACH_PORT_NULL) {
		(void)mach_port_deallocate(mach_task_self(), old);
	}
	return KERN_SUCCESS;
}
