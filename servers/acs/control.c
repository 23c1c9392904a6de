/* acs_control.defs: for the process server. */
#include <string.h>

#include <libmach.h>
#include <gen/acs_control_server.h>
#include <trust/name_core.h>
#include "state.h"

kern_return_t acs_object_create(struct ipc_class *class, struct ipc_object **object)
{
	struct ipc_client *client = NULL;
	kern_return_t result = ipc_client_create(acs.bucket, NULL, &client);

	if (result == KERN_SUCCESS) {
		result = ipc_object_create(client, class, object);
		ipc_client_release(client); /* it lives as long as its object */
	}
	return result;
}

/* A server of the roster, by a name that came in a message; "name" is zero-filled then. */
static kern_return_t find_server(const_acs_name_t text, struct roster_server *server)
{
	struct server_name asked;

	if (!name_parse(text, &asked) || asked.node[0] != '\0') {
		return ACS_NAME_INVALID;
	}
	return roster_find_server(&acs.roster, asked.name, server) ? KERN_SUCCESS
								   : ACS_NOT_IN_ROSTER;
}

kern_return_t serve_acs_get_server(ipc_call_t call, const_acs_name_t name,
				   acs_server_entry_t *entry)
{
	struct roster_server server;
	kern_return_t result = find_server(name, &server);

	(void)call;
	if (result == KERN_SUCCESS) {
		*entry = server.entry;
	}
	return result;
}

kern_return_t serve_acs_start_server(ipc_call_t call, const_acs_name_t name, int64_t task_number,
				     const acs_digest_t digest, mach_port_t *registration)
{
	struct roster_server permitted;
	struct registry_server *server = NULL;
	struct registry_ports ports = {0, 0};
	struct ipc_object *object = NULL;
	struct acs_holder *holder = NULL;
	kern_return_t result = find_server(name, &permitted);

	(void)call;
	if (result == KERN_SUCCESS && !roster_permits(&permitted, digest)) {
		result = ACS_WRONG_DIGEST;
	}
	if (result == KERN_SUCCESS && acs.random.magic == 0) {
		result = ACS_NO_RANDOMNESS;
	}
	if (result != KERN_SUCCESS) {
		acs_log_refusal("to start", result != ACS_NAME_INVALID ? name : "?", result);
		return result;
	}
	result = acs_object_create(&registration_class, &object);
	if (result != KERN_SUCCESS) {
		return result;
	}
	holder = ipc_object_data(object);
	ipc_lock(&acs.lock);
	server = registry_find(&acs.registry, permitted.name);
	holder->server = server;
	holder->generation = registry_start(server, (uint64_t)task_number, digest, &ports);
	acs_make_void(server, ports);
	ipc_object_reference(object);
	acs_server_of(server)->registration = object;
	*registration = ipc_object_give(object);
	ipc_unlock(&acs.lock);
	return KERN_SUCCESS;
}

kern_return_t serve_acs_make_client(ipc_call_t call, int64_t task_number, mach_port_t *client)
{
	struct ipc_object *object = NULL;
	kern_return_t result = acs_object_create(&client_class, &object);

	(void)call;
	(void)task_number; /* the port is the quota: each task has one of its own */
	if (result == KERN_SUCCESS) {
		*client = ipc_object_give(object);
	}
	return result;
}
