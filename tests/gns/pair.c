/* Three nodes, the same program on each: node1 asks, the others answer (pair.h).  It is the server
   "pair" of its node. */
#include "pair.h"

#include "../node/lib/node.h"
#include "lib/meet.h"
#include <gen/acs.h>
#include <masix/acs.h>
#include <pthread.h>
#include <trust/trust.h>

static mach_port_t port;
static mach_port_t cluster; /* the name without a node, before this one had it */
static struct ipc_bucket *bucket;

static struct ipc_class public_class = {
	.name = "pair",
	.interfaces = (const ipc_interface_t[]){meet_interface, NULL},
};

/* The partner's own port, by the port that it is known by; uses that up. */
static mach_port_t meet_partner(mach_port_t public)
{
	static struct msg msg;
	mach_port_t reply = port_make();

	msg_begin(&msg, public, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, MEET);
	check(msg_call(&msg, reply) == MEET + 100, "... and called", 0);
	(void)msg_int(&msg);
	port_drop(public);
	port_destroy(reply);
	return msg_port(&msg, MACH_MSG_TYPE_PORT_SEND);
}

static mach_port_t find_partner(const char *name)
{
	mach_port_t public = MACH_PORT_NULL;

	need(acs_look_up(standard_port(STANDARD_PORT_ACS), name, MEET_MS, &public), name);
	check(true, "a name of another node is found", 0);
	return meet_partner(public);
}

static kern_return_t accept(const struct trust_peer *peer, struct ipc_client *client,
			    struct ipc_object **object)
{
	return pair_accept(peer, client, &public_class, object);
}

static void ask(void)
{
	port_drop(meet_partner(cluster));
	pair_names();
	port_drop(meet_partner(pair_connect("pair@node2")));
	mach_port_t second = find_partner("pair@node2");
	mach_port_t third = find_partner("pair@node3");

	pair_ask(second, 300, 4);
	pair_random(third, 200);
	pair_order(second, third);
	pair_hand_over(second, third);
	pair_move(second, third, 60);
	pair_move_from_dying(second, third);
	pair_fill(second);
	pair_watch_death(second, PAIR_ECHO, "kill node2 now");
	pair_see_dying();
	pair_hand_over(third, third);
	pair_watch_death(third, PAIR_KILL, "a network server is killed");
	third = find_partner("pair@node3");
	/* The node is started again, and the wire is a bad one from now on. */
	second = find_partner("pair@node2");
	mach_printf("# the wire is bad\n");
	pair_ask(second, 50, 1);
	pair_hand_over(second, third);
	pair_move(second, third, 20);
	pair_end(second);
	pair_end(third);
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
	meet_offer(port, MACH_MSG_TYPE_MAKE_SEND);
	need(ipc_bucket_create(NULL, &bucket), "bucket");
	need(ipc_object_create_public(bucket, &public_class, &public), "object");
	need(acs_get_node(standard_port(STANDARD_PORT_ACS), name, &number, id, &version), "node");
	if (number == 1) {
		cluster = pair_find_cluster();
	}
	const struct trust_server server = {
		.name = "pair",
		.acs = standard_port(STANDARD_PORT_ACS),
		.registration = standard_port(STANDARD_PORT_REGISTRATION),
		.client = public,
		.accept = accept,
	};
	need(trust_start(&server), "publish");
	(void)pthread_create(&thread, NULL, serve, NULL);
	node_begin("pair");
	if (number == 1) {
		ask();
		node_end();
	}
	pair_answer(port);
	node_sleep_ms(1000); /* until the last answer has arrived */
	node_end();
}
