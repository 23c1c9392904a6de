/* The loop: one port set for proxies, notifications and the card's line. */
#include "network.h"

#include <pthread.h>
#include <stdlib.h>

#define WAKE_ID       1
#define MESSAGE_BYTES 8192
#define PORTS_STEP_US 10000 /* their times are seconds */

struct network network;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t wait_until_us; /* what the loop waits for, while it waits */
static mach_msg_header_t *message;
static uint32_t message_bytes;

void loop_wake(void)
{
	mach_msg_header_t word = {
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND_ONCE, 0),
		.msgh_remote_port = network.events,
		.msgh_id = WAKE_ID,
	};

	/* By a send-once right, which no full queue stops. */
	(void)mach_msg(&word, MACH_SEND_MSG, sizeof word, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
}

static uint64_t sooner(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

static uint64_t next_deadline_us(void)
{
	uint64_t deadline_us = sooner(wire_next_deadline(&network.node), card_deadline_us());

	deadline_us = sooner(deadline_us, names_deadline());
	return sooner(sooner(deadline_us, incoming_deadline()), export_deadline());
}

/* All that time alone brings about. */
static void serve_time(void)
{
	static uint64_t ports_us;

	network.now_us = network_now_us();
	handing_look();
	wire_take_time(&network.node, network.now_us);
	network_pump();
	if (network.now_us - ports_us >= PORTS_STEP_US) {
		ports_us = network.now_us;
		wire_ports_time(&network.ports, network.now_us);
		ports_pump();
	}
	incoming_step();
	export_step();
	names_step();
	if (network.marking) {
		moving_step();
	}
	if (card_deadline_us() <= network.now_us) {
		card_serve(false);
	}
	network_pump();
}

void network_enter(void)
{
	pthread_mutex_lock(&lock);
	network.now_us = network_now_us();
}

void network_leave(void)
{
	bool early = false;

	if (network.peers != NULL) {
		network_pump();
		early = network.marking || next_deadline_us() < wait_until_us;
	}
	pthread_mutex_unlock(&lock);
	if (early) {
		loop_wake();
	}
}

static void serve_message(void)
{
	mach_port_t port = message->msgh_local_port;
	struct stream *stream = NULL;

	if (card_is_line(port)) {
		card_serve(true);
	} else if (port == network.events) {
		events_take(message);
	} else if ((stream = stream_of_proxy(port)) != NULL) {
		outgoing_take(stream, message);
	} else {
		message_destroy_received(message); /* the proxy went while it was received */
	}
	network_pump();
}

/* A message waits that is larger than what we have room for.  Without memory for it the kernel
   destroys it, and its sender's right to a reply with it. */
static void make_room(void)
{
	uint32_t bytes = message->msgh_size;
	mach_msg_header_t *larger = realloc(message, bytes);

	if (larger != NULL) {
		message = larger;
		message_bytes = bytes;
		return;
	}
	network.counters.messages_lost++;
	(void)mach_msg(message, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof *message, network.set, 0,
		       MACH_PORT_NULL);
}

static mach_msg_return_t receive(uint64_t deadline_us)
{
	mach_msg_option_t option = MACH_RCV_MSG | MACH_RCV_LARGE;
	mach_msg_timeout_t wait_ms = 0;

	if (deadline_us != WIRE_NEVER) {
		option |= MACH_RCV_TIMEOUT;
		wait_ms =
			deadline_us <= network.now_us
				? 0
				: (mach_msg_timeout_t)((deadline_us - network.now_us + 999) / 1000);
	}
	return mach_msg(message, option, 0, message_bytes, network.set, wait_ms, MACH_PORT_NULL);
}

void loop_run(void)
{
	message = malloc(MESSAGE_BYTES);
	message_bytes = MESSAGE_BYTES;
	pthread_mutex_lock(&lock);
	for (;;) {
		serve_time();
		uint64_t deadline_us = next_deadline_us();

		wait_until_us = deadline_us;
		pthread_mutex_unlock(&lock);
		mach_msg_return_t result = receive(deadline_us);
		pthread_mutex_lock(&lock);
		wait_until_us = 0;
		network.now_us = network_now_us();
		if (result == MACH_MSG_SUCCESS) {
			serve_message();
		} else if (result == MACH_RCV_TOO_LARGE) {
			make_room();
		}
	}
}
