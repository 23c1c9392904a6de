/* Start: the card, who we are, the worker; then the loop in a thread of its own, and serve. */
#include "network.h"

#include <gen/gns_server.h>
#include <gen/mach_port.h>
#include <ipc/ipc.h>
#include <pthread.h>
#include <trust/trust.h>

static struct ipc_bucket *bucket;
static struct ipc_class public_class = {
	.name = "network",
	.interfaces = (const ipc_interface_t[]){gns_server_routine, NULL},
};

static void *run(void *argument)
{
	(void)argument;
	loop_run();
}

static kern_return_t make_ports(void)
{
	kern_return_t result = mach_port_allocate(SELF, MACH_PORT_RIGHT_PORT_SET, &network.set);

	result = result ?: mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &network.events);
	return result ?: mach_port_move_member(SELF, network.events, network.set);
}

static void start_network(void)
{
	pthread_t thread;

	if (make_ports() != KERN_SUCCESS || card_open() != KERN_SUCCESS) {
		return;
	}
	kern_return_t result = trust_open_network(&network.acs);
	result = result ?: network_start();
	result = result ?: worker_start();
	if (result == KERN_SUCCESS && pthread_create(&thread, NULL, run, NULL) != 0) {
		result = KERN_RESOURCE_SHORTAGE;
	}
	result = result ?: names_start(bucket);
	network.running = result == KERN_SUCCESS;
	if (result != KERN_SUCCESS) {
		mach_printf("gns: this node is alone: %s\n", mach_error_string(result));
	}
}

int main(void)
{
	struct ipc_object *public = NULL;
	kern_return_t result = ipc_bucket_create(NULL, &bucket);

	result = result ?: ipc_object_create_public(bucket, &public_class, &public);
	result = result ?: trust_publish("gns", public);
	if (result != KERN_SUCCESS) {
		mach_printf("gns: cannot start: %s\n", mach_error_string(result));
		return 1;
	}
	start_network();
	ipc_bucket_serve(bucket);
}
