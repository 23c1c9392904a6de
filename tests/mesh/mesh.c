/*
 * The server "mesh" of each node: it finds the others by name, and does what node1 asks of all of
 * them. Its arguments: how many nodes there are, and for node1 what is to be done.
 */
#include "mesh.h"
#include "../gns/lib/meet.h"

#include <gen/acs.h>
#include <masix/acs.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <trust/trust.h>

uint32_t mesh_self, mesh_nodes;
struct state mesh_state;

static mach_port_t service;
static struct ipc_bucket *bucket;

void mesh_error(const char *format, ...)
{
	va_list arguments;

	if (__atomic_add_fetch(&mesh_state.errors, 1, __ATOMIC_RELAXED) > 20) {
		return;
	}
	mach_printf("# node%u: ", mesh_self + 1);
	va_start(arguments, format);
	(void)mach_vprintf(format, arguments);
	va_end(arguments);
	mach_printf("\n");
}

/* --- how the others find us */

static struct ipc_class public_class = {
	.name = "mesh",
	.interfaces = (const ipc_interface_t[]){meet_interface, NULL},
};

static void *serve_public(void *argument)
{
	(void)argument;
	ipc_bucket_serve(bucket);
}

static void publish(void)
{
	struct ipc_object *public = NULL;
	pthread_t thread;

	need(ipc_bucket_create(NULL, &bucket), "bucket");
	need(ipc_object_create_public(bucket, &public_class, &public), "object");
	need(trust_publish("mesh", public), "publish");
	(void)pthread_create(&thread, NULL, serve_public, NULL);
}

static void find(uint32_t node, mach_port_t reply)
{
	static struct msg msg;
	mach_port_t public = MACH_PORT_NULL;
	char name[32];

	(void)mach_snprintf(name, sizeof name, "mesh@node%u", node + 1);
	need(acs_look_up(standard_port(STANDARD_PORT_ACS), name, MEET_MS, &public), name);
	msg_begin(&msg, public, MACH_MSG_TYPE_MOVE_SEND, MACH_PORT_NULL, 0, MEET);
	if (msg_call(&msg, reply) != MEET + 100 || msg_int(&msg) != KERN_SUCCESS) {
		mesh_error("%s does not answer", name);
		return;
	}
	mesh_services[node] = msg_port(&msg, MACH_MSG_TYPE_PORT_SEND);
}

static void find_all(void)
{
	mach_port_t reply = port_make();

	for (uint32_t node = 0; node < mesh_nodes; node++) {
		if (node != mesh_self) {
			find(node, reply);
		}
	}
	mesh_services[mesh_self] = service;
	need(mach_port_insert_right(SELF, service, service, MACH_MSG_TYPE_MAKE_SEND), "service");
	port_destroy(reply);
}

/* --- what a node does for the others */

static struct msg in, out;

static void add_words(const void *words, uint32_t bytes)
{
	msg_add(&out, MACH_MSG_TYPE_INTEGER_32, 32, bytes / 4, words);
}

static void serve_more(void)
{
	uint32_t first = msg_int(&in);
	struct tables tables;

	switch (in.head.msgh_id) {
	case ASK_PASS:
		msg_add_port(&out, mesh_ports[first % NODES_MAX][msg_int(&in) % PORTS],
			     MACH_MSG_TYPE_COPY_SEND);
		break;
	case ASK_TABLES:
		tables = rights_tables();
		add_words(&tables, sizeof tables);
		break;
	case ASK_SOURCE:
		rights_add_source(&out, first);
		break;
	case ASK_NULL:
		msg_add_int(&out, first);
		break;
	case ASK_USE:
		rights_use_moved(first);
		break;
	case ASK_GUESTS:
		msg_add_int(&out, rights_guests_gone());
		break;
	case ASK_LEAVE:
		rights_guests_end();
		break;
	default:
		break;
	}
}

static void serve_one(void)
{
	uint32_t first = 0;

	switch (in.head.msgh_id) {
	case ASK_PORTS:
		rights_add_ports(&out, msg_int(&in));
		break;
	case ASK_RESET:
		first = msg_int(&in);
		generate_reset(first, msg_int(&in));
		rights_reset();
		break;
	case ASK_MEET:
		rights_meet();
		break;
	case ASK_RUN:
		generate_run(msg_int(&in));
		break;
	case ASK_CALL:
		generate_call(msg_int(&in));
		break;
	case ASK_STATE:
		add_words(&mesh_state, sizeof mesh_state);
		break;
	case ASK_DROP:
		rights_drop();
		break;
	case ASK_MOVE:
		rights_move();
		break;
	case ASK_TAKE:
		rights_take(&in);
		msg_add_int(&out, 1);
		break;
	default:
		serve_more();
		break;
	}
}

static void *serve(void *argument)
{
	(void)argument;
	do {
		if (mach_msg(&in.head, MACH_RCV_MSG, 0, sizeof in.head + sizeof in.body, service, 0,
			     MACH_PORT_NULL) != MACH_MSG_SUCCESS) {
			continue;
		}
		in.read = sizeof in.head;
		if (in.head.msgh_remote_port == MACH_PORT_NULL || in.head.msgh_id == ASK_STUCK) {
			continue;
		}
		msg_begin(&out, in.head.msgh_remote_port, MACH_MSGH_BITS_REMOTE(in.head.msgh_bits),
			  MACH_PORT_NULL, 0, in.head.msgh_id + ANSWER);
		serve_one();
		if (msg_send(&out, WAIT_MS) != MACH_MSG_SUCCESS) {
			port_drop(out.head.msgh_remote_port);
		}
	} while (in.head.msgh_id != ASK_END);
	node_sleep_ms(1000); /* until the answer has arrived */
	exit(0);
}

/* Words: nodes, messages, messages on a bad wire, messages when a node is killed, calls. */
int main(int argc, char **argv)
{
	uint32_t words[5] = {0};
	acs_name_t name;
	acs_digest_t id;
	natural_t number = 0, version = 0;
	pthread_t thread;

	for (int i = 0; i < 5 && i + 1 < argc; i++) {
		words[i] = (uint32_t)strtoul(argv[i + 1], NULL, 10);
	}
	need(acs_get_node(standard_port(STANDARD_PORT_ACS), name, &number, id, &version), "node");
	mesh_self = number - 1;
	mesh_nodes = words[0];
	service = port_make();
	meet_offer(service, MACH_MSG_TYPE_MAKE_SEND);
	rights_start();
	publish();
	find_all();
	generate_start();
	(void)pthread_create(&thread, NULL, serve, NULL);
	if (mesh_self == 0) {
		node_begin("mesh");
		command_calls(words[4]);
		if (words[1] != 0) {
			command_messages(words[1], words[2], words[3]);
		}
		command_end();
		node_end();
	}
	for (;;) {
		node_sleep_ms(1000000);
	}
}
