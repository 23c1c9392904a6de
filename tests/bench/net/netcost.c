/*
 * What calls between two nodes cost: node2 answers, node1 asks and prints rows on the kernel's
 * console, in the form of nb.c, which does the like between two Linux guests.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <x86intrin.h>
#include <gen/acs.h>
#include <gen/mach.h>
#include <gen/mach_host.h>
#include <gen/mach_port.h>
#include <libmach.h>
#include <standard_ports.h>
#include <trust/trust.h>

#define SELF         mach_task_self()
#define LOOK_UP_MS   60000
#define ANSWER_MS    20000
#define ROUNDS       500
#define WARM_UP      20
#define INLINE_BYTES 1024
#define BULK_BYTES   4000000
#define BULK_TURNS   2

#define ID_PORT   9000 /* of the public port: the port that answers the others */
#define ID_NULL   9001
#define ID_INLINE 9002
#define ID_BULK   9003
#define ID_ANSWER 100 /* added to each */

struct inline_message {
	mach_msg_header_t head;
	mach_msg_type_t type;
	char data[INLINE_BYTES];
};

struct bulk_message {
	mach_msg_header_t head;
	mach_msg_type_long_t type;
	vm_address_t data;
};

struct port_answer {
	mig_reply_header_t head;
	mach_msg_type_t type;
	mach_port_t port;
};

union message {
	mach_msg_header_t head;
	struct inline_message in_line;
	struct bulk_message bulk;
	struct port_answer port;
};

static mach_port_t port;
static struct ipc_bucket *bucket;

static void need(kern_return_t result, const char *what)
{
	if (result != KERN_SUCCESS) {
		mach_printf("NB-END %s: %s\n", what, mach_error_string(result));
		exit(1);
	}
}

/* --- the answering end */

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

static void answer(void)
{
	static union message message;
	mach_msg_header_t *head = &message.head;

	need(mach_msg(head, MACH_RCV_MSG, 0, sizeof message, port, 0, MACH_PORT_NULL), "receive");
	for (;;) {
		if (head->msgh_id == ID_BULK) {
			(void)vm_deallocate(SELF, message.bulk.data, message.bulk.type.msgtl_number);
		}
		head->msgh_bits = MACH_MSGH_BITS(MACH_MSGH_BITS_REMOTE(head->msgh_bits), 0);
		head->msgh_local_port = MACH_PORT_NULL;
		head->msgh_size = sizeof *head;
		head->msgh_id += ID_ANSWER;
		need(mach_msg(head, MACH_SEND_MSG | MACH_RCV_MSG, sizeof *head, sizeof message,
			      port, 0, MACH_PORT_NULL),
		     "answer");
	}
}

/* --- the asking end */

static mach_port_t partner, reply_port;
static double ticks_a_us;

static uint64_t kernel_us(void)
{
	time_value64_t uptime = {0};

	need(host_get_uptime64(mach_host_self(), &uptime), "uptime");
	return (uint64_t)uptime.seconds * 1000000 + (uint64_t)uptime.nanoseconds / 1000;
}

static double measured_us(uint64_t ticks)
{
	return (double)ticks / ticks_a_us;
}

static void call(union message *message, mach_port_t to, mach_msg_id_t id, uint32_t bytes,
		 mach_msg_bits_t bits)
{
	message->head = (mach_msg_header_t){
		.msgh_bits = bits | MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
						   MACH_MSG_TYPE_MAKE_SEND_ONCE),
		.msgh_size = bytes,
		.msgh_remote_port = to,
		.msgh_local_port = reply_port,
		.msgh_id = id,
	};
	need(mach_msg(&message->head, MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT, bytes,
		      sizeof *message, reply_port, ANSWER_MS, MACH_PORT_NULL),
	     "call");
	need(message->head.msgh_id == id + ID_ANSWER ? KERN_SUCCESS : KERN_FAILURE, "the answer");
}

static void call_null(void)
{
	union message message;

	call(&message, partner, ID_NULL, sizeof message.head, 0);
}

static void call_inline(void)
{
	static union message message;

	message.in_line.type = (mach_msg_type_t){.msgt_name = MACH_MSG_TYPE_CHAR,
						 .msgt_size = 8,
						 .msgt_number = INLINE_BYTES,
						 .msgt_inline = 1};
	call(&message, partner, ID_INLINE, sizeof message.in_line, 0);
}

static int compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static uint32_t tenths(uint64_t ticks)
{
	return (uint32_t)(measured_us(ticks) * 10);
}

static void measure_calls(const char *name, uint32_t bytes, void (*function)(void))
{
	static uint64_t rounds[ROUNDS];

	for (int i = -WARM_UP; i < ROUNDS; i++) {
		uint64_t begin = __rdtsc();

		function();
		if (i >= 0) {
			rounds[i] = __rdtsc() - begin;
		}
	}
	qsort(rounds, ROUNDS, sizeof rounds[0], compare);
	uint32_t least = tenths(rounds[0]), middle = tenths(rounds[ROUNDS / 2]);
	mach_printf("RESULT %s size=%u n=%d min=%u.%u p50=%u.%u us ticks=%u\n", name, bytes, ROUNDS,
		    least / 10, least % 10, middle / 10, middle % 10,
		    (uint32_t)rounds[ROUNDS / 2]);
}

static void measure_bulk(void)
{
	static union message message;
	vm_address_t data = 0;

	need(vm_allocate(SELF, &data, BULK_BYTES, TRUE), "memory");
	memset((void *)data, 0x5a, BULK_BYTES);
	for (int i = 0; i < BULK_TURNS; i++) {
		message.bulk.type =
			(mach_msg_type_long_t){.msgtl_header = {.msgt_longform = 1},
					       .msgtl_name = MACH_MSG_TYPE_CHAR,
					       .msgtl_size = 8,
					       .msgtl_number = BULK_BYTES};
		message.bulk.data = data;
		uint64_t begin = __rdtsc();
		call(&message, partner, ID_BULK, sizeof message.bulk, MACH_MSGH_BITS_COMPLEX);
		uint64_t ticks = __rdtsc() - begin;
		uint32_t kilobytes = (uint32_t)(BULK_BYTES * 1000.0 / measured_us(ticks));
		mach_printf("RESULT bulk bytes=%u MBps=%u.%03u kiloticks=%u\n", BULK_BYTES,
			    kilobytes / 1000, kilobytes % 1000, (uint32_t)(ticks / 1000));
	}
	need(vm_deallocate(SELF, data, BULK_BYTES), "memory");
}

static void find_partner(void)
{
	union message message;
	mach_port_t public = MACH_PORT_NULL;

	need(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &reply_port), "port");
	need(acs_look_up(standard_port(STANDARD_PORT_ACS), "netcost@node2", LOOK_UP_MS, &public),
	     "netcost@node2");
	call(&message, public, ID_PORT, sizeof message.head, 0);
	partner = message.port.port;
}

/* How fast the processor's counter goes, over the first calls. */
static void calibrate(void)
{
	uint64_t begin_us = kernel_us(), begin = __rdtsc();

	while (kernel_us() - begin_us < 500000) {
		call_null();
	}
	ticks_a_us = (double)(__rdtsc() - begin) / (double)(kernel_us() - begin_us);
}

static void ask(void)
{
	find_partner();
	calibrate();
	measure_calls("rpc_null", 0, call_null);
	measure_calls("rpc_inline", INLINE_BYTES, call_inline);
	measure_bulk();
	mach_printf("NB-IDLE\n");
}

int main(void)
{
	struct ipc_object *public = NULL;
	acs_name_t name;
	acs_digest_t id;
	natural_t number = 0, version = 0;
	pthread_t thread;

	need(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port), "port");
	need(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND), "right");
	need(ipc_bucket_create(NULL, &bucket), "bucket");
	need(ipc_object_create_public(bucket, &public_class, &public), "object");
	need(acs_get_node(standard_port(STANDARD_PORT_ACS), name, &number, id, &version), "node");
	need(trust_publish("netcost", public), "publish");
	need(pthread_create(&thread, NULL, serve_public, NULL), "thread");
	if (number == 1) {
		ask();
	}
	answer();
	return 0;
}
