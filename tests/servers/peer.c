/*
 * A server on lib/trust, for tests: "peer NAME OTHER".  Its ACS and registration ports are the
 * first two that were registered for its task (mach_ports_register).  On its client port
 *	example_add(0)	connects to OTHER, and adds 5 on the object that it got
 *	example_add(n)	waits up to n ms for OTHER first
 *	example_wait(n)	adds n on the object that it still has
 * On what a peer gets: example_add(n) is n + 1000 times the first letter of the peer's name.
 */
#include <stdlib.h>
#include <string.h>

#include <libmach.h>
#include <gen/example.h>
#include <gen/example_server.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <trust/trust.h>

static const char *other;
static mach_port_t connected; /* the last object that OTHER made for us */

static struct ipc_class public_class = {
	.name = "public",
	.interfaces = (const ipc_interface_t[]){example_server_routine, NULL},
};
static struct ipc_class peer_class = {
	.name = "peer",
	.interfaces = (const ipc_interface_t[]){example_server_routine, NULL},
	.data_bytes = sizeof(struct trust_peer),
};

static kern_return_t accept_peer(const struct trust_peer *peer, struct ipc_client *client,
				 struct ipc_object **object)
{
	kern_return_t result = ipc_object_create(client, &peer_class, object);

	if (result == KERN_SUCCESS) {
		memcpy(ipc_object_data(*object), peer, sizeof *peer);
	}
	return result;
}

static void forget(void)
{
	if (connected != MACH_PORT_NULL) {
		(void)mach_port_deallocate(mach_task_self(), connected);
		connected = MACH_PORT_NULL;
	}
}

kern_return_t serve_example_add(ipc_call_t call, natural_t amount, natural_t *total)
{
	kern_return_t result = KERN_SUCCESS;

	if (call->object->class == &peer_class) {
		const struct trust_peer *peer = ipc_call_data(call);

		*total = amount + 1000u * (unsigned char)peer->name[0];
		return KERN_SUCCESS;
	}
	forget();
	result = trust_connect(other, amount, &connected);
	return result ?: example_add(connected, 5, total);
}

kern_return_t serve_example_open(ipc_call_t call, mach_port_t *port)
{
	(void)call;
	(void)port;
	return KERN_FAILURE;
}

kern_return_t serve_example_wait(ipc_call_t call, natural_t least, natural_t *total)
{
	(void)call;
	/* On the object that is still there: has it died? */
	return example_add(connected, least, total);
}

kern_return_t serve_example_watch(ipc_call_t call, mach_port_t notify, natural_t key)
{
	(void)call;
	(void)notify;
	(void)key;
	return KERN_FAILURE;
}

int main(int argc, char **argv)
{
	mach_port_array_t ports = NULL;
	mach_msg_type_number_t count = 0;
	struct ipc_bucket *bucket = NULL;
	struct trust_server server = {.accept = accept_peer};
	kern_return_t result = mach_ports_lookup(mach_task_self(), &ports, &count);

	if (argc != 3 || result != KERN_SUCCESS || count < 2) {
		return 1;
	}
	other = argv[2];
	server.name = argv[1];
	server.acs = ports[0];
	server.registration = ports[1];
	result = ipc_bucket_create(NULL, &bucket);
	result = result ?: ipc_object_create_public(bucket, &public_class, &server.client);
	result = result ?: trust_start(&server);
	if (result != KERN_SUCCESS) {
		mach_printf("peer %s: %s\n", server.name, mach_error_string(result));
		return 1;
	}
	ipc_bucket_serve(bucket);
}
