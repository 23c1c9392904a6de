/* See calls.h. */
#include "calls.h"

#include <stdlib.h>
#include <string.h>
#include <x86intrin.h>
#include <gen/mach.h>
#include <gen/mach_host.h>
#include <gen/mach_port.h>

#define SELF         mach_task_self()
#define ANSWER_MS    20000
#define ROUNDS       500
#define WARM_UP      20
#define WARM_UP_US   500000
#define INLINE_BYTES 1024
#define BULK_BYTES   4000000
#define BULK_TURNS   2

#define ID_NULL   9001
#define ID_INLINE 9002
#define ID_BULK   9003

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

union message {
	mach_msg_header_t head;
	struct inline_message in_line;
	struct bulk_message bulk;
};

void calls_need(kern_return_t result, const char *what)
{
	if (result != KERN_SUCCESS) {
		mach_printf("NB-END %s: %s\n", what, mach_error_string(result));
		exit(1);
	}
}

void calls_answer(mach_port_t port)
{
	static union message message;
	mach_msg_header_t *head = &message.head;

	calls_need(mach_msg(head, MACH_RCV_MSG, 0, sizeof message, port, 0, MACH_PORT_NULL),
		   "receive");
	for (;;) {
		if (head->msgh_id == ID_BULK) {
			(void)vm_deallocate(SELF, message.bulk.data,
					    message.bulk.type.msgtl_number);
		}
		head->msgh_bits = MACH_MSGH_BITS(MACH_MSGH_BITS_REMOTE(head->msgh_bits), 0);
		head->msgh_local_port = MACH_PORT_NULL;
		head->msgh_size = sizeof *head;
		head->msgh_id += CALLS_ANSWER;
		calls_need(mach_msg(head, MACH_SEND_MSG | MACH_RCV_MSG, sizeof *head,
				    sizeof message, port, 0, MACH_PORT_NULL),
			   "answer");
	}
}

/* --- the asking end */

static mach_port_t asked, reply_port;
static double ticks_a_us;

static uint64_t kernel_us(void)
{
	time_value64_t uptime = {0};

	calls_need(host_get_uptime64(mach_host_self(), &uptime), "uptime");
	return (uint64_t)uptime.seconds * 1000000 + (uint64_t)uptime.nanoseconds / 1000;
}

static double measured_us(uint64_t ticks)
{
	return (double)ticks / ticks_a_us;
}

static void call(union message *message, mach_msg_id_t id, uint32_t bytes, mach_msg_bits_t bits)
{
	message->head = (mach_msg_header_t){
		.msgh_bits = bits |
			     MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE),
		.msgh_size = bytes,
		.msgh_remote_port = asked,
		.msgh_local_port = reply_port,
		.msgh_id = id,
	};
	calls_need(mach_msg(&message->head, MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT, bytes,
			    sizeof *message, reply_port, ANSWER_MS, MACH_PORT_NULL),
		   "call");
	calls_need(message->head.msgh_id == id + CALLS_ANSWER ? KERN_SUCCESS : KERN_FAILURE,
		   "the answer");
}

static void call_null(void)
{
	union message message;

	call(&message, ID_NULL, sizeof message.head, 0);
}

static void call_inline(void)
{
	static union message message;

	message.in_line.type = (mach_msg_type_t){.msgt_name = MACH_MSG_TYPE_CHAR,
						 .msgt_size = 8,
						 .msgt_number = INLINE_BYTES,
						 .msgt_inline = 1};
	call(&message, ID_INLINE, sizeof message.in_line, 0);
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
		    least / 10, least % 10, middle / 10, middle % 10, (uint32_t)rounds[ROUNDS / 2]);
}

static void measure_bulk(void)
{
	static union message message;
	vm_address_t data = 0;

	calls_need(vm_allocate(SELF, &data, BULK_BYTES, TRUE), "memory");
	memset((void *)data, 0x5a, BULK_BYTES);
	for (int i = 0; i < BULK_TURNS; i++) {
		message.bulk.type = (mach_msg_type_long_t){.msgtl_header = {.msgt_longform = 1},
							   .msgtl_name = MACH_MSG_TYPE_CHAR,
							   .msgtl_size = 8,
							   .msgtl_number = BULK_BYTES};
		message.bulk.data = data;
		uint64_t begin = __rdtsc();
		call(&message, ID_BULK, sizeof message.bulk, MACH_MSGH_BITS_COMPLEX);
		uint64_t ticks = __rdtsc() - begin;
		uint32_t kilobytes = (uint32_t)(BULK_BYTES * 1000.0 / measured_us(ticks));
		mach_printf("RESULT bulk bytes=%u MBps=%u.%03u kiloticks=%u\n", BULK_BYTES,
			    kilobytes / 1000, kilobytes % 1000, (uint32_t)(ticks / 1000));
	}
	calls_need(vm_deallocate(SELF, data, BULK_BYTES), "memory");
}

/* How fast the processor's counter goes, over the first calls. */
static void calibrate(void)
{
	uint64_t begin_us = kernel_us(), begin = __rdtsc();

	while (kernel_us() - begin_us < WARM_UP_US) {
		call_null();
	}
	ticks_a_us = (double)(__rdtsc() - begin) / (double)(kernel_us() - begin_us);
}

void calls_measure(mach_port_t partner)
{
	asked = partner;
	calls_need(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &reply_port), "port");
	calibrate();
	measure_calls("rpc_null", 0, call_null);
	measure_calls("rpc_inline", INLINE_BYTES, call_inline);
	measure_bulk();
	mach_printf("NB-IDLE\n");
}
