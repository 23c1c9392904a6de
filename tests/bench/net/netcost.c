/* What calls between two nodes cost: node2 answers, node1 asks. */
#include "calls.h"

#include <pthread.h>
#include <gen/acs.h>
#include <gen/mach_port.h>
#include <standard_ports.h>
#include <trust/trust.h>

#define SELF       mach_task_self()
#define LOOK_UP_MS 60000
#define ID_PORT    9000 /* of the public port: the port that calls go to */

struct port_answer {
	mig_reply_header_t head;
	mach_msg_type_t type;
	mach_port_t port;
};

static mach_port_t port;
static struct ipc_bucket *bucket;

static void give_port(mach_msg_header_t *request, mach_msg_header_t *reply)
{
	struct port_answer *answer = (struct port_answer *)reply;

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
	return request->msgh_id == ID_PORT ? give_port : NULL;
}

static struct ipc_class public_class = {
	.name = "netcost",
	.interfaces = (const ipc_interface_t[]){interface, NULL},
};

static void *serve_public(void *argument)
{
	(void)argument;
	ipc_bucket_serve(bucket);
}

static mach_port_t find_partner(void)
{
	union {
		mach_msg_header_t head;
		struct port_answer answer;
	} message = {.head.msgh_id = ID_PORT};
	mach_port_t public = MACH_PORT_NULL, reply = mach_reply_port();

	calls_need(
		acs_look_up(standard_port(STANDARD_PORT_ACS), "netcost@node2", LOOK_UP_MS, &public),
		"netcost@node2");
	message.head.msgh_bits =
		MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	message.head.msgh_remote_port = public;
	message.head.msgh_local_port = reply;
	calls_need(mach_msg(&message.head, MACH_SEND_MSG | MACH_RCV_MSG, sizeof message.head,
			    sizeof message, reply, 0, MACH_PORT_NULL),
		   "the partner's port");
	return message.answer.port;
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
