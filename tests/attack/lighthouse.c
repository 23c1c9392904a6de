/*
 * The server "lighthouse" of each node.  Andromeda calls the one that has the name in the cluster,
 * with texts that can be recognized; all nodes say what their network servers have counted.
 */
#include "../gns/lib/msg.h"
#include "../node/lib/node.h"

#include <gen/acs.h>
#include <gen/gns.h>
#include <masix/acs.h>
#include <masix/gns.h>
#include <pthread.h>
#include <stdlib.h>
#include <trust/trust.h>

#define CALLER     1 /* the node that calls */
#define SAY        7100
#define TEXT_BYTES 32
#define TEXTS      64
#define CALLS      4  /* at a time */
#define PAUSE_MS   15 /* between those, and between two accounts */
#define LINE_BYTES 1024

/* A text, and the answer: the same one, and whose it is. */
struct said {
	mig_reply_header_t head;
	mach_msg_type_t type;
	char text[TEXT_BYTES];
	mach_msg_type_t node_type;
	uint32_t node;
};

static struct ipc_bucket *bucket;
static natural_t number;
static uint32_t calls, failures, answered_by;

/* --- the one that is called */

static void say(mach_msg_header_t *request, mach_msg_header_t *reply)
{
	struct said *answer = (struct said *)reply;
	const struct msg_text {
		mach_msg_header_t head;
		mach_msg_type_t type;
		char text[TEXT_BYTES];
	} *question = (const void *)request;

	if (request->msgh_size != sizeof *question) {
		answer->head.RetCode = KERN_INVALID_ARGUMENT;
		return;
	}
	answer->head.RetCode = KERN_SUCCESS;
	answer->head.Head.msgh_size = sizeof *answer;
	answer->type = question->type;
	memcpy(answer->text, question->text, TEXT_BYTES);
	answer->node_type = (mach_msg_type_t){.msgt_name = MACH_MSG_TYPE_INTEGER_32,
					      .msgt_size = 32,
					      .msgt_number = 1,
					      .msgt_inline = 1};
	answer->node = number;
}

static mig_routine_t interface(const mach_msg_header_t *request)
{
	return request->msgh_id == SAY ? say : NULL;
}

static struct ipc_class class = {
	.name = "lighthouse",
	.interfaces = (const ipc_interface_t[]){interface, NULL},
};

static kern_return_t accept(const struct trust_peer *peer, struct ipc_client *client,
			    struct ipc_object **object)
{
	(void)peer;
	return ipc_object_create(client, &class, object);
}

static void *serve(void *argument)
{
	(void)argument;
	ipc_bucket_serve(bucket);
}

static void publish(void)
{
	struct ipc_object *public = NULL;
	pthread_t thread;

	need(ipc_bucket_create(NULL, &bucket), "bucket");
	need(ipc_object_create_public(bucket, &class, &public), "object");
	const struct trust_server server = {
		.name = "lighthouse",
		.acs = standard_port(STANDARD_PORT_ACS),
		.registration = standard_port(STANDARD_PORT_REGISTRATION),
		.client = public,
		.accept = accept,
	};
	need(trust_start(&server), "publish");
	(void)pthread_create(&thread, NULL, serve, NULL);
}

/* --- the one that calls */

/* The same as marked_text of test_attackers.py. */
static void make_text(uint32_t index, char text[TEXT_BYTES])
{
	uint32_t state = index * 2654435761u + 12345;

	for (uint32_t i = 0; i < TEXT_BYTES; i++) {
		state = state * 1103515245 + 12345;
		text[i] = (char)('a' + (state >> 16) % 26);
	}
}

static bool call(mach_port_t port, mach_port_t reply)
{
	static struct msg msg;
	struct msg_item item;
	char text[TEXT_BYTES];

	make_text(calls % TEXTS, text);
	msg_begin(&msg, port, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, SAY);
	msg_add(&msg, MACH_MSG_TYPE_CHAR, 8, TEXT_BYTES, text);
	if (msg_call(&msg, reply) != SAY + 100) {
		return false;
	}
	if (msg_int(&msg) != KERN_SUCCESS || !msg_next(&msg, &item) || item.bytes != TEXT_BYTES ||
	    memcmp(item.data, text, TEXT_BYTES) != 0) {
		mach_printf("Bail out! an answer is not the question's\n");
		exit(1);
	}
	answered_by = msg_int(&msg);
	calls++;
	return true;
}

/* A name that the node does not have, so that it is asked for over the wire. */
static void ask_missing(void)
{
	mach_port_t port = MACH_PORT_NULL;

	(void)acs_look_up(standard_port(STANDARD_PORT_ACS), "sunken-treasure@cassiopeia", 0, &port);
}

static void work(void)
{
	static mach_port_t port = MACH_PORT_NULL, reply = MACH_PORT_NULL;

	if (reply == MACH_PORT_NULL) {
		reply = port_make();
	}
	if (port == MACH_PORT_NULL &&
	    acs_look_up(standard_port(STANDARD_PORT_ACS), "lighthouse", 0, &port) != KERN_SUCCESS) {
		port = MACH_PORT_NULL;
		return;
	}
	if (!call(port, reply)) {
		failures++;
		port_drop(port);
		port_destroy(reply);
		port = reply = MACH_PORT_NULL;
	} else if (calls % TEXTS == 1) {
		ask_missing();
	}
}

/* --- accounts */

static const struct gns_counter *get_counters(mach_port_t gns, uint32_t *count, pointer_t *memory)
{
	mach_msg_type_number_t bytes = 0;

	if (gns_get_counters(gns, memory, &bytes) != KERN_SUCCESS) {
		return NULL;
	}
	*count = bytes / sizeof(struct gns_counter);
	return (const struct gns_counter *)*memory;
}

/* All that is counted, by the names that the network server gives it; once. */
static void name_counters(mach_port_t gns)
{
	pointer_t memory = 0;
	uint32_t count = 0;
	const struct gns_counter *counters = get_counters(gns, &count, &memory);

	for (uint32_t i = 0; counters != NULL && i < count; i++) {
		mach_printf("# counter %u %s\n", i, counters[i].name);
	}
	(void)vm_deallocate(SELF, memory, count * sizeof *counters);
}

static void add(char *line, const char *format, uint64_t value)
{
	size_t used = strlen(line);

	(void)mach_snprintf(line + used, LINE_BYTES - used, format, value);
}

static void add_peers(mach_port_t gns, char *line)
{
	pointer_t memory = 0;
	mach_msg_type_number_t bytes = 0;

	if (gns_get_peers(gns, &memory, &bytes) != KERN_SUCCESS) {
		return;
	}
	for (uint32_t i = 0; i < bytes / sizeof(struct gns_peer); i++) {
		const struct gns_peer *peer = (const struct gns_peer *)memory + i;

		add(line, " p%llu", peer->number);
		add(line, "=%llx", peer->incarnation);
	}
	(void)vm_deallocate(SELF, memory, bytes);
}

/* The network server, which may have been started again. */
static mach_port_t find_gns(void)
{
	static mach_port_t gns = MACH_PORT_NULL;

	if (gns != MACH_PORT_NULL && port_refs(gns, MACH_PORT_RIGHT_SEND) > 0) {
		return gns;
	}
	if (gns != MACH_PORT_NULL) {
		port_drop(gns);
		gns = MACH_PORT_NULL;
	}
	if (acs_look_up(standard_port(STANDARD_PORT_ACS), "gns", WAIT_MS, &gns) == KERN_SUCCESS) {
		name_counters(gns);
	}
	return gns;
}

static void account(void)
{
	static char line[LINE_BYTES];
	pointer_t memory = 0;
	uint32_t count = 0;
	mach_port_t gns = find_gns();
	const struct gns_counter *counters = get_counters(gns, &count, &memory);

	if (counters == NULL) {
		return;
	}
	line[0] = 0;
	add(line, "# now calls=%llu", calls);
	add(line, " failures=%llu", failures);
	add(line, " by=%llu", answered_by);
	for (uint32_t i = 0; i < count; i++) {
		add(line, " %llu", i);
		add(line, "=%llu", counters[i].value);
	}
	add_peers(gns, line);
	(void)vm_deallocate(SELF, memory, count * sizeof *counters);
	mach_printf("%s.\n", line);
}

int main(void)
{
	acs_name_t name;
	acs_digest_t id;
	natural_t version = 0;

	need(acs_get_node(standard_port(STANDARD_PORT_ACS), name, &number, id, &version), "node");
	node_begin("lighthouse");
	/* Who calls has not got the name itself, which would be nearer. */
	if (number != CALLER) {
		publish();
	}
	for (;;) {
		for (int i = 0; number == CALLER && i < CALLS; i++) {
			work();
		}
		account();
		node_sleep_ms(PAUSE_MS);
	}
}
