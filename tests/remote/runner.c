/*
 * The runners of two nodes: that of node1 runs each program of /etc/tests with its partner on
 * node2, and ends; that of node2 starts and ends partners.  They find each other by the server
 * "remote", which is this program, too: a server has a name, and a program of an administrator the
 * files.
 */
#include "../gns/lib/meet.h"
#include "../node/lib/node.h"

#include <gen/acs.h>
#include <gen/file.h>
#include <gen/mach_host.h>
#include <mach/vm_prot.h>
#include <masix/acs.h>
#include <stdlib.h>
#include <trust/trust.h>
#include "lib/partner.h"

#define KEEP  7699 /* the port that MEET answers */
#define START 7700 /* name: starts the partner of that program; its port */
#define STOP  7701 /* ends it */
#define DONE  7702 /* ends the node */
#define LIST  "/etc/tests"

static mach_port_t port;
static struct ipc_bucket *bucket;
static struct msg msg;

static void keep(mach_msg_header_t *request, mach_msg_header_t *reply)
{
	const struct given {
		mach_msg_header_t head;
		mach_msg_type_t number_type;
		int number;
		mach_msg_type_t type;
		mach_port_t port;
	} *given = (const struct given *)request;

	meet_offer(given->port, MACH_MSG_TYPE_COPY_SEND);
	((mig_reply_header_t *)reply)->RetCode = KERN_SUCCESS;
}

static mig_routine_t interface(const mach_msg_header_t *request)
{
	return request->msgh_id == KEEP ? keep : NULL;
}

static struct ipc_class public_class = {
	.name = "remote",
	.interfaces = (const ipc_interface_t[]){meet_interface, interface, NULL},
};

static void be_server(void)
{
	struct ipc_object *public = NULL;

	need(ipc_bucket_create(NULL, &bucket), "bucket");
	need(ipc_object_create_public(bucket, &public_class, &public), "object");
	need(trust_publish("remote", public), "publish");
	ipc_bucket_serve(bucket);
}

/* --- programs */

static mach_port_t open_image(const char *path, natural_t flags, int64_t *bytes)
{
	file_attributes_t attributes;
	mach_port_t file = MACH_PORT_NULL, image = MACH_PORT_NULL;

	need(file_open(standard_port(STANDARD_PORT_ROOT), NULL, 0, path, strlen(path),
		       FILE_READ | flags, 0, &file, &attributes),
	     path);
	need(file_map(file, VM_PROT_READ | (flags != 0 ? VM_PROT_EXECUTE : 0), &image, bytes),
	     path);
	port_drop(file);
	return image;
}

static natural_t start(const char *name, bool partner, mach_port_t other)
{
	char path[64] = "/tests/", words[64] = {0};
	mach_port_t ports[STANDARD_PORTS] = {MACH_PORT_NULL};
	mach_port_t child = MACH_PORT_NULL;
	size_t length = strlen(name) + 1;
	natural_t id = 0;
	int64_t bytes = 0;

	(void)strlcat(path, name, sizeof path);
	mach_port_t image = open_image(path, FILE_EXECUTE, &bytes);
	(void)strlcpy(words, name, sizeof words);
	if (partner) {
		(void)strlcpy(words + length, "partner", sizeof words - length);
		length += sizeof "partner";
	}
	ports[PARTNER_PORT] = other;
	need(process_spawn(standard_process_port(), image, MACH_MSG_TYPE_MOVE_SEND,
			   (natural_t)bytes, name, (pointer_t)words, length, (pointer_t) "", 0,
			   ports, MACH_MSG_TYPE_COPY_SEND, STANDARD_PORTS, 0, PROCESS_PAGES_INHERIT,
			   &child, &id),
	     "process_spawn");
	port_drop(child);
	return id;
}

static natural_t wait_for(natural_t id)
{
	natural_t ended = 0, status = 0;

	need(process_wait(standard_process_port(), id, 0, &ended, &status), "process_wait");
	return status;
}

/* --- node2 */

static natural_t running;

static mach_port_t start_partner(const char *name)
{
	static struct msg ready;
	mach_port_t rendezvous = port_make_send();

	running = start(name, true, rendezvous);
	need(msg_receive(&ready, rendezvous, WAIT_MS), "the partner");
	port_destroy(rendezvous);
	return msg_port(&ready, MACH_MSG_TYPE_PORT_SEND);
}

static void stop_partner(void)
{
	(void)process_kill(standard_process_port(), running);
	(void)wait_for(running);
}

static void serve_runner(void)
{
	static struct msg out;
	struct msg_item item;

	do {
		need(mach_msg(&msg.head, MACH_RCV_MSG, 0, sizeof msg.head + sizeof msg.body, port,
			      0, MACH_PORT_NULL),
		     "receive");
		msg.read = sizeof msg.head;
		msg_begin(&out, msg.head.msgh_remote_port, MACH_MSG_TYPE_MOVE_SEND_ONCE,
			  MACH_PORT_NULL, 0, msg.head.msgh_id + 100);
		if (msg.head.msgh_id == START && msg_next(&msg, &item)) {
			msg_add_port(&out, start_partner(item.data), MACH_MSG_TYPE_MOVE_SEND);
		} else if (msg.head.msgh_id == STOP) {
			stop_partner();
		}
		need(msg_send(&out, WAIT_MS), "answer");
	} while (msg.head.msgh_id != DONE);
}

/* --- node1 */

static mach_port_t peer, reply;

static void call(mach_msg_id_t id)
{
	check(msg_call(&msg, reply) == id + 100, "the other node's runner answers", 0);
}

static mach_port_t find(const char *name)
{
	mach_port_t public = MACH_PORT_NULL;

	need(acs_look_up(standard_port(STANDARD_PORT_ACS), name, MEET_MS, &public), name);
	return public;
}

static mach_port_t find_peer(void)
{
	mach_port_t public = find("remote@node2");

	for (;;) {
		msg_begin(&msg, public, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, MEET);
		call(MEET);
		if (msg_int(&msg) == KERN_SUCCESS) {
			port_drop(public);
			return msg_port(&msg, MACH_MSG_TYPE_PORT_SEND);
		}
		node_sleep_ms(50);
	}
}

/* Lets the others find this runner. */
static void give_port(void)
{
	mach_port_t public = find("remote");

	msg_begin(&msg, public, MACH_MSG_TYPE_MOVE_SEND, MACH_PORT_NULL, 0, KEEP);
	msg_add_int(&msg, 0);
	msg_add_port(&msg, port, MACH_MSG_TYPE_MAKE_SEND);
	call(KEEP);
}

static uint32_t now_ms(void)
{
	time_value64_t uptime = {0};

	need(host_get_uptime64(mach_host_self(), &uptime), "uptime");
	return (uint32_t)(uptime.seconds * 1000 + uptime.nanoseconds / 1000000);
}

static void run(const char *name)
{
	msg_begin(&msg, peer, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, START);
	msg_add(&msg, MACH_MSG_TYPE_CHAR, 8, strlen(name) + 1, name);
	call(START);
	mach_port_t partner = msg_port(&msg, MACH_MSG_TYPE_PORT_SEND);

	uint32_t begun = now_ms();

	mach_printf("# program %s\n", name);
	natural_t id = start(name, false, partner);
	port_drop(partner);
	natural_t status = wait_for(id);
	mach_printf("# end of %s, status %u, %u ms\n", name, status, now_ms() - begun);
	msg_begin(&msg, peer, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, STOP);
	call(STOP);
}

static void run_all(void)
{
	char *text = NULL;
	int64_t bytes = 0;
	vm_address_t memory = 0;
	mach_port_t image = open_image(LIST, 0, &bytes);

	need(vm_map(SELF, &memory, (vm_size_t)bytes, 0, TRUE, image, 0, TRUE, VM_PROT_READ,
		    VM_PROT_READ, VM_INHERIT_NONE),
	     LIST);
	text = strndup((const char *)memory, (size_t)bytes);
	for (char *name = strtok(text, "\n"); name != NULL; name = strtok(NULL, "\n")) {
		run(name);
	}
}

int main(void)
{
	acs_name_t name;
	acs_digest_t id;
	natural_t number = 0, version = 0;

	if (standard_port(STANDARD_PORT_REGISTRATION) != MACH_PORT_NULL) {
		be_server();
	}
	port = port_make();
	reply = port_make();
	need(acs_get_node(standard_port(STANDARD_PORT_ACS), name, &number, id, &version), "node");
	if (number == 2) {
		give_port();
		serve_runner();
		node_sleep_ms(1000); /* until the last answer has arrived */
		exit(0);
	}
	peer = find_peer();
	run_all();
	mach_printf("# all programs have run\n");
	msg_begin(&msg, peer, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, DONE);
	call(DONE);
	exit(0);
}
