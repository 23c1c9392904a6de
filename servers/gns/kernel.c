/* The kernel's side of proxies and exports: making, watching, dying. */
#include "network.h"

#include "message_core.h"

#include <gen/mach.h>
#include <gen/mach_port.h>
#include <stdlib.h>

#define PROXY_QUEUE 1 /* of a proxy: the receiver's own queue comes on top of that */
#define FRESH_MAX   256
#define SPARES_MAX  32

/* Send-once rights that were exported lately, the oldest first.  Most are used before it pays to
   watch them. */
static struct fresh {
	uint32_t peer, export_id, generation;
	mach_port_t port;
	uint64_t time_us;
} fresh[FRESH_MAX];
static uint32_t fresh_first, fresh_count;

/* --- proxies */

/* Ports that were proxies for send-once rights and are spent. */
static mach_port_t spares[SPARES_MAX];
static uint32_t spare_count;

/* A port in the set, with or without a past: nobody has a right to it. */
static mach_port_t take_port(void)
{
	mach_port_t port = MACH_PORT_NULL;

	if (spare_count > 0) {
		return spares[--spare_count];
	}
	if (syscall_mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port) != KERN_SUCCESS) {
		return MACH_PORT_NULL;
	}
	if (mach_port_move_member(SELF, port, network.set) != KERN_SUCCESS) {
		(void)mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1);
		return MACH_PORT_NULL;
	}
	return port;
}

static void give_up_port(mach_port_t port, bool spent)
{
	if (spent && spare_count < SPARES_MAX) {
		spares[spare_count++] = port;
	} else {
		(void)mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1);
	}
}

mach_port_t proxy_make(uint32_t peer, uint32_t export_id, uint32_t generation, uint8_t right)
{
	struct stream *stream = stream_find(peer, export_id, generation);
	mach_port_t port = stream != NULL ? take_port() : MACH_PORT_NULL;

	if (port == MACH_PORT_NULL) {
		return MACH_PORT_NULL;
	}
	if (!stream_set_proxy(stream, port, right)) {
		give_up_port(port, true);
		return MACH_PORT_NULL;
	}
	if (right == WIRE_RIGHT_SEND) {
		(void)mach_port_set_qlimit(SELF, port, PROXY_QUEUE);
		proxy_watch(port, 1);
	}
	network.peers[peer].proxies++;
	peer_hold(peer);
	return port;
}

void proxy_destroy(mach_port_t port)
{
	struct stream *stream = stream_of_proxy(port);

	if (stream == NULL) {
		return; /* it could not be made */
	}
	moving_forget(stream);
	give_up_port(port, stream->spent);
	network.peers[stream->peer].proxies--;
	peer_hold(stream->peer);
	stream_clear_proxy(stream);
	stream_settle(stream->peer, stream->export_id);
}

void proxy_hold(struct stream *stream)
{
	stream->held = mach_port_move_member(SELF, stream->port, MACH_PORT_NULL) == KERN_SUCCESS;
}

void proxy_release(struct stream *stream)
{
	stream->held = mach_port_move_member(SELF, stream->port, network.set) != KERN_SUCCESS;
}

void proxy_serve(mach_port_t port)
{
	(void)mach_port_set_qlimit(SELF, port, PROXY_QUEUE);
	(void)mach_port_move_member(SELF, port, network.set);
}

void proxy_watch(mach_port_t port, uint32_t made)
{
	const struct stream *stream = stream_of_proxy(port);
	mach_port_t previous = MACH_PORT_NULL, notify = port;

	/* To the proxy itself: so it comes behind the last message, and nobody else has a send-once
	   right to it; unless it is a port that has left. */
	if (stream != NULL && stream->notice != MACH_PORT_NULL) {
		notify = stream->notice;
	}
	if (mach_port_request_notification(SELF, port, MACH_NOTIFY_NO_SENDERS, made, notify,
					   MACH_MSG_TYPE_MAKE_SEND_ONCE,
					   &previous) == KERN_SUCCESS) {
		right_drop(previous);
	}
}

void port_unwatch(mach_port_t port)
{
	static const mach_msg_id_t whats[] = {MACH_NOTIFY_NO_SENDERS, MACH_NOTIFY_PORT_DESTROYED};

	for (uint32_t i = 0; i < sizeof whats / sizeof whats[0]; i++) {
		mach_port_t previous = MACH_PORT_NULL;

		if (mach_port_request_notification(SELF, port, whats[i], 0, MACH_PORT_NULL,
						   MACH_MSG_TYPE_MOVE_SEND_ONCE,
						   &previous) == KERN_SUCCESS) {
			right_drop(previous);
		}
	}
}

/* --- a port's queue */

uint32_t port_count_messages(mach_port_t port)
{
	struct mach_port_status status;

	return mach_port_get_receive_status(SELF, port, &status) == KERN_SUCCESS
		       ? status.mps_msgcount
		       : 0;
}

bool port_receive(mach_port_t port, mach_msg_header_t **message, uint32_t *bytes)
{
	for (;;) {
		mach_msg_return_t result =
			mach_msg(*message, MACH_RCV_MSG | MACH_RCV_LARGE | MACH_RCV_TIMEOUT, 0,
				 *bytes, port, 0, MACH_PORT_NULL);
		if (result != MACH_RCV_TOO_LARGE) {
			return result == MACH_MSG_SUCCESS;
		}
		uint32_t needed = (*message)->msgh_size;
		mach_msg_header_t *larger = realloc(*message, needed);
		if (larger != NULL) {
			*message = larger;
			*bytes = needed;
			continue;
		}
		network.counters.messages_lost++;
		(void)mach_msg(*message, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof **message, port,
			       0, MACH_PORT_NULL);
	}
}

/* --- exports */

void export_watch(mach_port_t port)
{
	mach_port_t previous = MACH_PORT_NULL;

	/* At once, if it is dead already. */
	if (mach_port_request_notification(SELF, port, MACH_NOTIFY_DEAD_NAME, 1, network.events,
					   MACH_MSG_TYPE_MAKE_SEND_ONCE,
					   &previous) == KERN_SUCCESS) {
		right_drop(previous);
	}
}

static void watch_first(void)
{
	const struct fresh *entry = &fresh[fresh_first];
	const struct wire_export *export =
		&network.ports.peers[entry->peer].exports[entry->export_id];

	if (export->state == WIRE_EXPORT_LIVE && export->generation == entry->generation &&
	    export->port == entry->port) {
		export_watch(entry->port);
	}
	fresh_first = (fresh_first + 1) % FRESH_MAX;
	fresh_count--;
}

void export_fresh(uint32_t peer, uint32_t export_id, uint32_t generation, mach_port_t port)
{
	if (fresh_count == FRESH_MAX) {
		watch_first();
	}
	fresh[(fresh_first + fresh_count++) % FRESH_MAX] =
		(struct fresh){peer, export_id, generation, port, network.now_us};
}

void export_step(void)
{
	while (fresh_count > 0 && fresh[fresh_first].time_us + FRESH_US <= network.now_us) {
		watch_first();
	}
}

uint64_t export_deadline(void)
{
	return fresh_count > 0 ? fresh[fresh_first].time_us + FRESH_US : WIRE_NEVER;
}

/* --- what the kernel tells */

static void port_is_dead(mach_port_t name)
{
	wire_ports_dead_name(&network.ports, name);
	ports_pump();
	right_drop(name); /* the notification's own reference */
}

void events_take(mach_msg_header_t *message)
{
	struct wire_job job;

	switch (message->msgh_id) {
	case MACH_NOTIFY_DEAD_NAME:
		port_is_dead(((mach_dead_name_notification_t *)message)->not_port);
		break;
	case MACH_NOTIFY_MSG_ACCEPTED:
		incoming_accepted(((mach_msg_accepted_notification_t *)message)->not_port);
		break;
	case MACH_NOTIFY_PORT_DELETED:
	case MACH_NOTIFY_SEND_ONCE:
		break;
	default:
		while (worker_take(&job)) {
			wire_take_job(&network.node, network.now_us, &job);
			network_pump();
		}
		break;
	}
}

/* --- messages that come to nothing */

void right_drop(mach_port_t name)
{
	if (MACH_PORT_VALID(name)) {
		(void)syscall_mach_port_deallocate(SELF, name);
	}
}

void right_destroy(mach_port_t name, mach_msg_type_name_t type)
{
	mach_msg_type_name_t made = 0;
	mach_port_t once = MACH_PORT_NULL;

	if (!MACH_PORT_VALID(name)) {
		return;
	}
	switch (type) {
	case MACH_MSG_TYPE_MOVE_RECEIVE:
		(void)mach_port_mod_refs(SELF, name, MACH_PORT_RIGHT_RECEIVE, -1);
		break;
	case MACH_MSG_TYPE_MOVE_SEND:
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
		right_drop(name);
		break;
	case MACH_MSG_TYPE_MAKE_SEND:
		/* The tables count it as made; so it is, and is given up. */
		if (mach_port_insert_right(SELF, name, name, type) == KERN_SUCCESS) {
			right_drop(name);
		}
		break;
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		if (mach_port_extract_right(SELF, name, type, &once, &made) == KERN_SUCCESS) {
			right_drop(once);
		}
		break;
	default:
		break;
	}
}

void message_destroy(mach_msg_header_t *message)
{
	struct message_walk walk = message_walk(message);
	struct message_item item;

	right_destroy(message->msgh_remote_port, MACH_MSGH_BITS_REMOTE(message->msgh_bits));
	right_destroy(message->msgh_local_port, MACH_MSGH_BITS_LOCAL(message->msgh_bits));
	if ((message->msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0) {
		return;
	}
	while (message_next(&walk, &item) == MESSAGE_ITEM) {
		if (!item.in_line && item.address == 0) {
			continue; /* nothing, or what there was no memory for */
		}
		if (!item.in_line) {
			item.data = (const uint8_t *)item.address;
		}
		for (uint32_t i = 0; item.rights && i < item.number; i++) {
			right_destroy(message_right(&item, i), item.name);
		}
		if (!item.in_line && item.data_bytes != 0) {
			(void)vm_deallocate(SELF, item.address, item.data_bytes);
		}
	}
}

void message_destroy_received(mach_msg_header_t *message)
{
	/* The port it came to is ours and stays. */
	message->msgh_bits &= ~MACH_MSGH_BITS_LOCAL_MASK;
	message_destroy(message);
}
