/*
 * Ports whose receive rights go from node to node.  Here such a port is
 *
 *	offered   given to a peer that has not said whether it takes it; nobody receives from it
 *	left      a proxy of the peer's port, which sends on what is and what comes into its queue
 *	coming    a peer's, whose messages still follow; nobody receives from it
 */
#include "delivery.h"

#include <gen/mach_port.h>
#include <stdlib.h>

#define MANY_MESSAGES 16 /* in the queue of a port that goes, before who sends more waits */

/* What a peer has put into the queue of a port beyond its limit. */
struct charge {
	struct charge *next;
	uint32_t peer, bytes;
	struct inbound *in; /* waits until the message has gone; or null */
};

struct crossing {
	struct crossing *next;
	mach_port_t port;
	uint32_t to; /* the peer that it goes to; WIRE_EXPORT_NONE: it comes */
	struct charge *first, *last;
	uint32_t count; /* of these */
	/* Of one that has left. */
	bool marking;    /* the messages in its queue are to be counted */
	uint32_t mark;   /* so many of them have yet to be sent on; 0: nobody asked */
	bool senderless; /* the kernel said so, but there were messages */
	uint32_t made;   /* ... of so many send rights that were made */
};

static struct crossing *apart; /* offered, coming */
static struct crossing *away;  /* left */

static struct crossing **find(struct crossing **place, mach_port_t port)
{
	while (*place != NULL && (*place)->port != port) {
		place = &(*place)->next;
	}
	return place;
}

static struct crossing *find_any(mach_port_t port)
{
	const struct stream *stream = stream_of_proxy(port);

	return stream != NULL ? stream->left : *find(&apart, port);
}

static void link_to(struct crossing **list, struct crossing *crossing)
{
	crossing->next = *list;
	*list = crossing;
}

/* --- what peers put into queues */

bool moving_has(mach_port_t port)
{
	return find_any(port) != NULL;
}

bool moving_has_room(uint32_t peer, uint32_t bytes)
{
	return bytes <= PEER_BYTES_MAX - network.peers[peer].bytes;
}

/* A port that goes takes more than its limit, for what goes home by it must not wait here; but not
   for ever, if its new home takes no more.  What the new home itself has sent is here before it
   answers. */
void moving_charge(mach_port_t port, uint32_t peer, uint32_t bytes, struct inbound *in)
{
	struct crossing *crossing = find_any(port);
	struct charge *charge = crossing != NULL ? malloc(sizeof *charge) : NULL;

	if (charge == NULL) {
		return;
	}
	*charge = (struct charge){NULL, peer, bytes, NULL};
	network.peers[peer].bytes += bytes;
	if (crossing->to != WIRE_EXPORT_NONE && crossing->to != peer &&
	    crossing->count >= MANY_MESSAGES && in != NULL) {
		charge->in = in;
		in->waiting++;
	}
	if (crossing->first == NULL) {
		crossing->first = charge;
	} else {
		crossing->last->next = charge;
	}
	crossing->last = charge;
	crossing->count++;
}

/* The oldest: which message it was for is not known, and they all go. */
static void discharge(struct crossing *crossing)
{
	struct charge *charge = crossing->first;

	if (charge == NULL) {
		return;
	}
	crossing->first = charge->next;
	crossing->count--;
	network.peers[charge->peer].bytes -= charge->bytes;
	if (charge->in != NULL) {
		inbound_delivered(charge->in);
	}
	free(charge);
}

static void free_crossing(struct crossing *crossing)
{
	while (crossing->first != NULL) {
		discharge(crossing);
	}
	free(crossing);
}

static bool forget(struct crossing **list, mach_port_t port)
{
	struct crossing **place = find(list, port), *crossing = *place;

	if (crossing == NULL) {
		return false;
	}
	*place = crossing->next;
	free_crossing(crossing);
	return true;
}

/* --- away */

void moving_give(uint32_t peer, mach_port_t port, struct wire_descriptor *descriptor)
{
	struct crossing *crossing = calloc(1, sizeof *crossing);
	enum wire_given given = WIRE_GIVEN_REFUSED;
	struct mach_port_status status;

	*descriptor =
		(struct wire_descriptor){.where = WIRE_WHERE_NOWHERE, .right = WIRE_RIGHT_RECEIVE};
	port_unwatch(port);
	if (crossing != NULL) {
		crossing->port = port;
		crossing->to = peer;
		link_to(&apart, crossing);
		delivery_flush(port); /* it was sent before the right was */
	}
	if (crossing != NULL && mach_port_get_receive_status(SELF, port, &status) == KERN_SUCCESS) {
		const struct wire_port_state state = {.queue_limit = status.mps_qlimit,
						      .sequence = status.mps_seqno,
						      .made_sends = status.mps_mscount,
						      .once_rights = (uint32_t)status.mps_sorights,
						      .senders = status.mps_srights != 0};

		given = wire_ports_give_receive(&network.ports, peer, port, &state, descriptor);
		ports_pump();
	}
	if (given == WIRE_GIVEN_REFUSED) {
		network.counters.rights_no_room++;
		(void)forget(&apart, port);
		(void)mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1);
	}
}

void moving_make(mach_port_t port)
{
	(void)mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND);
	export_watch(port);
}

bool moving_destroy(mach_port_t port)
{
	if (!forget(&apart, port)) {
		return false;
	}
	(void)mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1);
	return true;
}

/* A proxy of its stream, with a port of its own where the kernel tells of missing senders: who had
   the port may have left send-once rights to it, and their messages are not ours. */
static bool become_proxy(struct stream *stream, struct crossing *crossing)
{
	mach_port_t notice = MACH_PORT_NULL;

	if (mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &notice) != KERN_SUCCESS) {
		return false;
	}
	if (mach_port_move_member(SELF, notice, network.set) != KERN_SUCCESS ||
	    !stream_set_port(stream, notice) ||
	    !stream_set_proxy(stream, crossing->port, WIRE_RIGHT_SEND)) {
		(void)mach_port_mod_refs(SELF, notice, MACH_PORT_RIGHT_RECEIVE, -1);
		return false;
	}
	stream->notice = notice;
	return true;
}

void moving_serve(mach_port_t port)
{
	uint32_t export_id = 0, generation = 0;
	uint32_t peer = wire_ports_find_proxy(&network.ports, port, &export_id, &generation);
	struct crossing **place = find(&apart, port), *crossing = *place;
	struct stream *stream =
		peer != WIRE_EXPORT_NONE ? stream_find(peer, export_id, generation) : NULL;

	if (peer == WIRE_EXPORT_NONE || crossing == NULL) {
		return;
	}
	if (stream == NULL || !become_proxy(stream, crossing)) {
		/* It stays where it is until the end of the association destroys it. */
		mach_printf("gns: no memory to go on with %s\n", network.peers[peer].name);
		wire_disconnect(&network.node, peer, WIRE_REASON_CLOSED);
		return;
	}
	*place = crossing->next;
	link_to(&away, crossing);
	stream->left = crossing;
	network.peers[peer].proxies++;
	peer_hold(peer);
	proxy_serve(port);
	proxy_watch(port, 0);
}

void moving_forget(struct stream *stream)
{
	if (stream->left != NULL) {
		stream->left = NULL;
		(void)forget(&away, stream->port);
		(void)stream_set_port(NULL, stream->notice);
		(void)mach_port_mod_refs(SELF, stream->notice, MACH_PORT_RIGHT_RECEIVE, -1);
		stream->notice = MACH_PORT_NULL;
	}
}

void moving_mark(mach_port_t port)
{
	const struct stream *stream = stream_of_proxy(port);

	if (stream != NULL && stream->left != NULL) {
		stream->left->marking = true;
		network.marking = true;
	}
}

void moving_step(void)
{
	struct crossing *crossing = away;

	network.marking = false;
	while (crossing != NULL) {
		if (!crossing->marking) {
			crossing = crossing->next;
			continue;
		}
		crossing->marking = false;
		crossing->mark = port_count_messages(crossing->port);
		if (crossing->mark == 0) {
			wire_ports_marked(&network.ports, crossing->port);
			ports_pump();
		}
		crossing = away; /* it may be gone */
	}
}

/* Nobody has a send right, and nothing is left in the queue. */
static void tell_senderless(struct stream *stream)
{
	struct crossing *crossing = stream->left;
	mach_port_t port = stream->port;

	if (!crossing->senderless || port_count_messages(port) > 0) {
		return;
	}
	uint32_t made = crossing->made;
	crossing->senderless = false;
	if (!wire_ports_no_senders(&network.ports, port, made)) {
		proxy_watch(port, made + 1);
	}
	ports_pump();
}

void moving_notice(struct stream *stream, const mach_msg_header_t *message)
{
	if (message->msgh_id == MACH_NOTIFY_NO_SENDERS && stream->left != NULL) {
		stream->left->senderless = true;
		stream->left->made = ((const mach_no_senders_notification_t *)message)->not_count;
		tell_senderless(stream);
	}
}

void moving_sent(struct stream *stream, bool once)
{
	struct crossing *crossing = stream->left;
	mach_port_t port = stream->port;

	discharge(crossing);
	if (crossing->mark > 0 && --crossing->mark == 0) {
		wire_ports_marked(&network.ports, port);
		ports_pump();
	}
	if (once) {
		wire_ports_once_used(&network.ports, port, false);
		ports_pump();
	}
	if (stream_of_proxy(port) == stream) {
		tell_senderless(stream);
	}
}

/* --- here */

/* A proxy is one no more: nothing more gets into its queue, and what is there goes on; false: no
   memory, and nothing was done. */
static bool stop(struct stream *stream)
{
	mach_port_t port = stream->port;
	uint32_t bytes = PORT_MESSAGE_BYTES;
	mach_msg_header_t *message = malloc(bytes);

	if (message == NULL) {
		return false;
	}
	(void)mach_port_set_qlimit(SELF, port, 0);
	if (!stream->held) {
		(void)mach_port_move_member(SELF, port, MACH_PORT_NULL);
	}
	stream->held = false;
	port_unwatch(port);
	while (port_receive(port, &message, &bytes)) {
		outgoing_forward(stream, message);
	}
	free(message);
	if (stream->left != NULL && stream->left->marking) {
		wire_ports_marked(&network.ports, port);
		ports_pump();
	}
	moving_forget(stream);
	stream_clear_proxy(stream);
	network.peers[stream->peer].proxies--;
	peer_hold(stream->peer);
	return true;
}

void moving_begin(uint32_t pickup, mach_port_t port)
{
	uint32_t peer = network.ports.pickups[pickup].peer;
	struct crossing *crossing = calloc(1, sizeof *crossing);
	bool made = false;

	if (crossing != NULL && port != MACH_PORT_NULL) {
		made = stop(stream_of_proxy(port));
	} else if (crossing != NULL) {
		made = mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port) == KERN_SUCCESS &&
		       mach_port_set_qlimit(SELF, port, 0) == KERN_SUCCESS;
	}
	if (!made) {
		/* Its end leaves us a proxy, or nothing, which moving_end takes. */
		free(crossing);
		mach_printf("gns: no memory to go on with %s\n", network.peers[peer].name);
		wire_disconnect(&network.node, peer, WIRE_REASON_CLOSED);
		return;
	}
	crossing->port = port;
	crossing->to = WIRE_EXPORT_NONE;
	link_to(&apart, crossing);
	wire_ports_stopped(&network.ports, pickup, port);
	ports_pump();
}

bool moving_end(mach_port_t port, uint32_t queue_limit)
{
	struct stream *stream = port != MACH_PORT_NULL ? stream_of_proxy(port) : NULL;

	if (port == MACH_PORT_NULL || (stream != NULL && !stop(stream))) {
		return false;
	}
	(void)forget(&apart, port);
	(void)mach_port_set_qlimit(SELF, port,
				   queue_limit < MACH_PORT_QLIMIT_MAX ? queue_limit
								      : MACH_PORT_QLIMIT_MAX);
	return true;
}
