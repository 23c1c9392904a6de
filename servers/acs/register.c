/* acs_register.defs: from a started task to a registered server. */
#include <string.h>

#include <libmach.h>
#include <gen/acs_control_server.h>
#include <gen/acs_register_server.h>
#include <gen/mach_port.h>
#include <gen/masix_host.h>
#include <gen/server_auth.h>
#include <trust/name_core.h>
#include "state.h"

#define SELF mach_task_self()

static void drop_object(struct ipc_object **object)
{
	if (*object != NULL) {
		ipc_object_destroy(*object);
		ipc_object_release(*object);
		*object = NULL;
	}
}

static void drop_port(uint32_t port)
{
	if (port != 0) {
		(void)mach_port_deallocate(SELF, port);
	}
}

void acs_make_void(struct registry_server *server, struct registry_ports ports)
{
	struct acs_server *own = acs_server_of(server);

	drop_object(&own->registration);
	drop_object(&own->trusted);
	if (acs_is_network_server(server)) {
		acs_network_close();
	}
	drop_port(ports.client);
	drop_port(ports.trusted);
	crypto_wipe_bytes(own->secret, sizeof own->secret);
	own->grants = 0;
	own->tickets = 0;
	if (own->told != MACH_PORT_NULL) {
		own->told = ACS_TOLD_OLD; /* another port may get the number of this one */
		acs_names_work(acs_now_ms());
	}
}

/* Who receives on a port; task number 0: no task does, or it is no port. */
static void find_owner(mach_port_t port, uint64_t *task_number, acs_digest_t digest)
{
	int64_t number = 0;

	if (masix_port_owner(acs.host_priv, port, MACH_MSG_TYPE_COPY_SEND, &number, digest) !=
	    KERN_SUCCESS) {
		number = 0;
		memset(digest, 0, MASIX_DIGEST_BYTES);
	}
	*task_number = (uint64_t)number;
}

/*
 * A fresh secret, to the inter-server port and nowhere else.  It never waits: a queue that is full
 * is the server's own doing.
 */
static kern_return_t send_secret(struct registry_server *server, mach_port_t port)
{
	struct acs_server *own = acs_server_of(server);
	struct acs_holder *holder = NULL;
	mach_port_t trusted = MACH_PORT_NULL;
	kern_return_t result = KERN_SUCCESS;

	if (crypto_make_random(&acs.random, own->secret, sizeof own->secret) != CRYPTO_OK) {
		return ACS_NO_RANDOMNESS;
	}
	result = acs_object_create(&trusted_class, &own->trusted);
	if (result != KERN_SUCCESS) {
		own->trusted = NULL;
		return result;
	}
	ipc_object_reference(own->trusted);
	holder = ipc_object_data(own->trusted);
	holder->server = server;
	holder->generation = server->generation;
	trusted = ipc_object_give(own->trusted);
	result = server_take_secret(port, MACH_SEND_TIMEOUT, own->secret, trusted);
	if (result == MACH_SEND_TIMED_OUT) {
		(void)mach_port_deallocate(SELF, trusted); /* it came back as a right of ours */
	}
	return result == KERN_SUCCESS ? KERN_SUCCESS : KERN_RESOURCE_SHORTAGE;
}

/* Registers a server whose claim is right; lock held.  On failure it may try again. */
static kern_return_t admit(struct registry_server *server, mach_port_t client, mach_port_t trusted)
{
	kern_return_t result = client != MACH_PORT_NULL ? acs_watch_port(client) : KERN_SUCCESS;

	result = result ?: acs_watch_port(trusted);
	result = result ?: send_secret(server, trusted);
	if (result != KERN_SUCCESS) {
		drop_object(&acs_server_of(server)->trusted);
		crypto_wipe_bytes(acs_server_of(server)->secret, sizeof(acs_secret_t));
		return result;
	}
	registry_register(&acs.registry, server, client, trusted);
	mach_printf("acs: %s is registered\n", server->name);
	acs_answer_waiters();
	acs_names_work(acs_now_ms());
	return KERN_SUCCESS;
}

kern_return_t serve_acs_register(ipc_call_t call, const_acs_name_t name, mach_port_t client,
				 mach_port_t trusted)
{
	struct acs_holder *holder = ipc_call_data(call);
	struct registry_claim claim = {
		.generation = holder->generation, .client = client, .trusted = trusted};
	struct server_name claimed;
	kern_return_t result = KERN_SUCCESS;

	if (!name_parse(name, &claimed) || claimed.node[0] != '\0') {
		acs_log_refusal("to register", "?", ACS_NAME_INVALID);
		return ACS_NAME_INVALID;
	}
	claim.name = claimed.name;
	find_owner(client, &claim.client_owner, claim.client_digest);
	find_owner(trusted, &claim.trusted_owner, claim.trusted_digest);
	ipc_lock(&acs.lock);
	result = registry_check_claim(holder->server, &claim);
	result = result ?: admit(holder->server, client, trusted);
	ipc_unlock(&acs.lock);
	if (result != KERN_SUCCESS) {
		acs_log_refusal("to register", claimed.name, result);
	}
	return result;
}

kern_return_t serve_acs_register_process(ipc_call_t call, mach_port_t client, mach_port_t trusted)
{
	char name[ACS_NAME_BYTES] = "process";
	struct registry_server *server = NULL;
	struct registry_ports ports = {0, 0};
	uint64_t client_owner = acs.process_task, trusted_owner = 0;
	acs_digest_t digest;
	kern_return_t result = ACS_ALREADY_REGISTERED;

	(void)call;
	if (client != MACH_PORT_NULL) {
		find_owner(client, &client_owner, digest);
	}
	find_owner(trusted, &trusted_owner, digest);
	if (client_owner != acs.process_task || trusted_owner != acs.process_task ||
	    client == trusted) {
		return ACS_WRONG_OWNER;
	}
	ipc_lock(&acs.lock);
	server = registry_find(&acs.registry, name);
	if (server->state != ACS_STATE_REGISTERED) {
		(void)registry_start(server, acs.process_task, digest, &ports);
		result = admit(server, client, trusted);
	}
	ipc_unlock(&acs.lock);
	return result;
}
