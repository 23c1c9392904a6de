/* What calls between two nodes cost: node2 answers, node1 asks. */
#include "calls.h"
#include "../../gns/lib/meet.h"

#include <pthread.h>
#include <gen/acs.h>
#include <gen/mach_port.h>
#include <standard_ports.h>
#include <trust/trust.h>

static mach_port_t port;
static struct ipc_bucket *bucket;

static struct ipc_class public_class = {
	.name = "netcost",
	.interfaces = (const ipc_interface_t[]){meet_interface, NULL},
};

static void *serve_public(void *argument)
{
	(void)argument;
	ipc_bucket_serve(bucket);
}

static mach_port_t find_partner(void)
{
	static struct msg msg;
	mach_port_t public = MACH_PORT_NULL;

	calls_need(acs_look_up(standard_port(STANDARD_PORT_ACS), "netcost@node2", MEET_MS, &public),
		   "netcost@node2");
	msg_begin(&msg, public, MACH_MSG_TYPE_MOVE_SEND, MACH_PORT_NULL, 0, MEET);
	calls_need(msg_call(&msg, mach_reply_port()) == MEET + 100 ? (kern_return_t)msg_int(&msg)
								   : KERN_FAILURE,
		   "the partner's port");
	return msg_port(&msg, MACH_MSG_TYPE_PORT_SEND);
}

int main(void)
{
	struct ipc_object *public = NULL;
	acs_name_t name;
	acs_digest_t id;
	natural_t number = 0, version = 0;
	pthread_t thread;

	calls_need(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port), "port");
	calls_need(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND), "right");
	meet_offer(port, MACH_MSG_TYPE_MAKE_SEND);
	calls_need(ipc_bucket_create(NULL, &bucket), "bucket");
	calls_need(ipc_object_create_public(bucket, &public_class, &public), "object");
	calls_need(acs_get_node(standard_port(STANDARD_PORT_ACS), name, &number, id, &version),
		   "node");
	calls_need(trust_publish("netcost", public), "publish");
	calls_need(pthread_create(&thread, NULL, serve_public, NULL), "thread");
	if (number == 1) {
		calls_measure(find_partner());
	}
	calls_answer(port);
}
