/* Two nodes, the same program on each: node1 asks, node2 answers (pair.h).  Both are the server
   "pair" of their node. */
#include "pair.h"

#include "../node/lib/node.h"
#include <gen/acs.h>
#include <masix/acs.h>
#include <pthread.h>
#include <trust/trust.h>

#define MEET    7000
#define MEET_MS 60000

/* What is asked of the public port: the partner's own port. */
struct met {
	mig_reply_header_t head;
	mach_msg_type_t type;
	mach_port_t port;
};

static mach_port_t port;
static struct ipc_bucket *bucket;

static void meet(mach_msg_header_t *request, mach_msg_header_t *reply)
{
	struct met *answer = (struct met *)reply;

	(void)request;
	answer->head.RetCode = KERN_SUCCESS;
	answer->head.Head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	answer->head.Head.msgh_size = sizeof *answer;
	answer->type = (mach_msg_type_t){.msgt_name = MACH_MSG_TYPE_MAKE_SEND,
					 .msgt_size = 32,
					 .msgt_number = 1,
					 .msgt_inline = 1};
	answer->port = port;
}

static mig_routine_t interface(const mach_msg_header_t *request)
{
	return request->msgh_id == MEET ? meet : NULL;
}

static struct ipc_class public_class = {
	.name = "pair",
	.interfaces = (const ipc_interface_t[]){interface, NULL},
};

static mach_port_t find_partner(void)
{
	static struct msg msg;
	mach_port_t public = MACH_PORT_NULL, reply = port_make();

	need(acs_look_up(standard_port(STANDARD_PORT_ACS), "pair@node2", MEET_MS, &public),
	     "pair@node2");
	check(true, "a name of the other node is found", 0);
	msg_begin(&msg, public, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, MEET);
	(void)msg_call(&msg, reply);
	(void)msg_int(&msg);
	return msg_port(&msg, MACH_MSG_TYPE_PORT_SEND);
}

static void *serve(void *argument)
{
	(void)argument;
	ipc_bucket_serve(bucket);
}

int main(void)
{
	struct ipc_object *public = NULL;
	acs_name_t name;
	acs_digest_t id;
	natural_t number = 0, version = 0;
	pthread_t thread;

	port = port_make();
	need(ipc_bucket_create(NULL, &bucket), "bucket");
	need(ipc_object_create_public(bucket, &public_class, &public), "object");
	need(trust_publish("pair", public), "publish");
	(void)pthread_create(&thread, NULL, serve, NULL);
	need(acs_get_node(standard_port(STANDARD_PORT_ACS), name, &number, id, &version), "node");
	node_begin("pair");
	if (number == 1) {
		pair_ask(find_partner());
		node_end();
	}
	pair_answer(port);
	node_sleep_ms(1000); /* until the last answer has arrived */
	node_end();
}
