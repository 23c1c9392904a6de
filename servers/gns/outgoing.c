/* From a proxy to the wire: a message is translated, its rights are given, its memory is sent from
   where it lies. */
#include "outgoing.h"

#include "message_core.h"

#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/masix_host.h>
#include <stdlib.h>
#include <wire/suite.h>

/* Of a proxy whose right is handed over: so many messages may be unsent when one more is taken from
   its queue; and rights in those may be to proxies, whose queues ..., so often. */
#define UNSENT_MAX 16
#define DEPTH_MAX  8

static struct crypto_random numbers;

static void make_token(uint8_t token[WIRE_TOKEN_BYTES])
{
	if (numbers.magic == 0 &&
	    crypto_start_random(&numbers, &crypto_rdrand_source) != CRYPTO_OK) {
		abort(); /* it succeeded at the start */
	}
	if (crypto_make_random(&numbers, token, WIRE_TOKEN_BYTES) != CRYPTO_OK) {
		abort();
	}
}

/* What the tables know the right's port as: a proxy of ours, or the right itself.  False: this
   right leaves no node. */
static bool find_port(mach_port_t name, uint8_t right, mach_port_t *port, bool *proxy)
{
	mach_port_t own = MACH_PORT_NULL;
	kern_return_t result = masix_port_receiver(SELF, name, &own);

	if (result == KERN_FAILURE) {
		network.counters.rights_refused++;
		return false;
	}
	*proxy = result == KERN_SUCCESS && own != MACH_PORT_NULL && stream_of_proxy(own) != NULL;
	*proxy = *proxy && stream_of_proxy(own)->right == right;
	*port = *proxy && right == WIRE_RIGHT_SEND_ONCE ? own : name;
	return result == KERN_SUCCESS;
}

static bool takes_more(const struct stream *stream)
{
	return stream->unsent < UNSENT_MAX &&
	       network.peers[stream->peer].sending <= SENDING_MAX - PEER_BYTES_MAX;
}

/* What is in a proxy's queue goes on before a right to the proxy is handed over, whatever the
   window: what is sent by that right must not come before it.  What comes into the queue meanwhile
   is later.  If a message that is being translated is the proxy's own, a message from its queue has
   a right to a proxy with a message that has one to this: which was first is not known. */
static void send_before(struct stream *stream)
{
	static uint32_t depth;
	mach_port_t port = stream->port;
	uint32_t bytes = PORT_MESSAGE_BYTES;
	uint32_t count = stream->working || depth == DEPTH_MAX ? 0 : port_count_messages(port);
	mach_msg_header_t *message = count != 0 ? malloc(bytes) : NULL;

	if (message == NULL) {
		return;
	}
	depth++;
	if (!stream->held) {
		proxy_hold(stream);
	}
	while (count-- > 0 && stream_of_proxy(port) == stream && takes_more(stream) &&
	       port_receive(port, &message, &bytes)) {
		outgoing_forward(stream, message);
	}
	if (stream_of_proxy(port) == stream && stream->held && stream->unsent <= 1) {
		proxy_release(stream);
	}
	depth--;
	free(message);
}

void outgoing_give(uint32_t peer, mach_port_t name, uint8_t right,
		   struct wire_descriptor *descriptor, mach_port_t *carried)
{
	uint8_t token[WIRE_TOKEN_BYTES] = {0};
	mach_port_t port = MACH_PORT_NULL;
	bool proxy = false;

	*carried = MACH_PORT_NULL;
	*descriptor = (struct wire_descriptor){.where = WIRE_WHERE_NOWHERE, .right = right};
	if (!find_port(name, right, &port, &proxy)) {
		right_drop(name);
		return;
	}
	if (proxy && stream_of_proxy(port)->peer != peer) {
		make_token(token); /* it will be handed over */
		if (right == WIRE_RIGHT_SEND) {
			send_before(stream_of_proxy(port));
		}
	}
	enum wire_given given =
		wire_ports_give(&network.ports, peer, port, right, token, descriptor);
	ports_pump();
	switch (given) {
	case WIRE_GIVEN_KEPT:
		if (proxy && right == WIRE_RIGHT_SEND_ONCE) {
			right_drop(name); /* its proxy is gone, and so is what it was */
		} else if (!proxy && right == WIRE_RIGHT_SEND) {
			export_watch(name);
		} else if (!proxy) {
			export_fresh(peer, descriptor->export_id, descriptor->generation, name);
		}
		break;
	case WIRE_GIVEN_CARRIED:
		*carried = name;
		break;
	case WIRE_GIVEN_REFUSED:
		network.counters.rights_no_room++;
		right_drop(name);
		break;
	case WIRE_GIVEN_SPARE:
		right_drop(name);
		break;
	}
}

void outgoing_take_back(const struct outgoing *outgoing)
{
	struct wire_reader reader = wire_reader(outgoing->data, outgoing->wire.bytes);
	uint32_t peer = outgoing->stream->peer;
	struct wire_descriptor descriptor;
	struct message_head head;
	struct message_item item;
	bool null;

	(void)message_read_head(&reader, &head);
	if (head.has_reply) {
		wire_ports_take_back(&network.ports, peer, &head.reply);
		ports_pump();
	}
	while (head.complex && message_read_item(&reader, &item) == MESSAGE_ITEM) {
		for (uint32_t i = 0; item.rights && i < item.number; i++) {
			if (message_read_right(&reader, &null, &descriptor) && !null) {
				wire_ports_take_back(&network.ports, peer, &descriptor);
				ports_pump();
			}
		}
	}
}

/* --- a message */

static void give_one(struct outgoing *outgoing, struct wire_writer *writer, mach_port_t name,
		     mach_msg_type_name_t type)
{
	struct wire_descriptor descriptor = {.where = WIRE_WHERE_NOWHERE, .right = WIRE_RIGHT_SEND};
	struct carried *carried = NULL;
	mach_port_t keep = MACH_PORT_NULL;

	if (name == MACH_PORT_NULL) {
		message_write_right(writer, NULL);
		return;
	}
	if (name != MACH_PORT_DEAD && type == MACH_MSG_TYPE_PORT_RECEIVE) {
		moving_give(outgoing->stream->peer, name, &descriptor);
	} else if (name != MACH_PORT_DEAD) {
		outgoing_give(outgoing->stream->peer, name,
			      type == MACH_MSG_TYPE_PORT_SEND_ONCE ? WIRE_RIGHT_SEND_ONCE
								   : WIRE_RIGHT_SEND,
			      &descriptor, &keep);
	}
	if (keep != MACH_PORT_NULL && (carried = malloc(sizeof *carried)) != NULL) {
		*carried = (struct carried){outgoing->carried, descriptor, keep};
		outgoing->carried = carried;
	} else if (keep != MACH_PORT_NULL) {
		/* It stays for good, rather than that its owner hears of its end too early. */
		network.counters.rights_no_room++;
	}
	message_write_right(writer, &descriptor);
}

static void free_memory(const struct message_item *item)
{
	if (item->data_bytes != 0) {
		(void)vm_deallocate(SELF, item->address, item->data_bytes);
	}
}

/* Memory that goes before its message, from where it lies; false: no memory to say so. */
static bool send_region(struct stream *stream, const struct message_item *item)
{
	struct outgoing *region = outgoing_make(stream, WIRE_KIND_REGION, 0);

	if (region == NULL) {
		return false;
	}
	region->wire.data = (const uint8_t *)item->address;
	region->wire.bytes = item->data_bytes;
	region->region = item->address;
	region->region_bytes = item->data_bytes;
	network.peers[stream->peer].sending += item->data_bytes;
	outgoing_send(region);
	return true;
}

static void write_item(struct outgoing *outgoing, struct wire_writer *writer,
		       struct message_item *item)
{
	bool in_line = item->in_line;

	item->apart = !in_line && !item->rights && item->data_bytes > APART_BYTES;
	message_write_item(writer, item);
	if (!in_line && !item->apart) {
		item->data = (const uint8_t *)item->address;
	}
	for (uint32_t i = 0; item->rights && i < item->number; i++) {
		give_one(outgoing, writer, message_right(item, i), item->name);
	}
	if (!item->rights && !item->apart) {
		wire_write_copy(writer, item->data, item->data_bytes);
	}
	if (!in_line && !item->apart) {
		free_memory(item);
	}
}

/* The regions of a message, in their order; false: it cannot be sent. */
static bool send_regions(struct stream *stream, const mach_msg_header_t *message)
{
	struct message_walk walk = message_walk(message);
	struct message_item item;
	bool good = true;

	while (message_next(&walk, &item) == MESSAGE_ITEM) {
		if (item.in_line || item.rights || item.data_bytes <= APART_BYTES) {
			continue;
		}
		good = good && send_region(stream, &item);
		if (!good) {
			free_memory(&item);
		}
	}
	return good;
}

/* Whether there is room for memory that goes to a peer.  A proxy sends one message after the other,
   so it takes several of them to use up what all have together; and what is left then is for
   messages that are not so large. */
static bool has_room(uint32_t peer, uint32_t bytes)
{
	uint32_t limit = SENDING_MAX + (bytes <= SMALL_BYTES ? SENDING_MORE : 0);

	return bytes == 0 || (bytes <= PEER_BYTES_MAX && network.peers[peer].sending <= limit &&
			      bytes <= limit - network.peers[peer].sending);
}

/* A message larger than what the other side takes, or than may wait for it. */
static bool is_too_large(uint32_t peer, const mach_msg_header_t *message)
{
	struct message_walk walk = message_walk(message);
	struct message_item item;
	uint32_t rights = 0, regions = 0, bytes = 0;

	if (message->msgh_size > MESSAGE_BYTES_MAX) {
		return true;
	}
	if ((message->msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0) {
		return false;
	}
	while (message_next(&walk, &item) == MESSAGE_ITEM) {
		rights += item.rights ? item.number : 0;
		if (item.data_bytes > REGION_BYTES_MAX || rights > MESSAGE_RIGHTS_MAX) {
			return true;
		}
		if (!item.in_line && !item.rights && item.data_bytes > APART_BYTES) {
			regions++;
			bytes += item.data_bytes;
		}
		if (regions > REGIONS_MAX || bytes > PEER_BYTES_MAX) {
			return true;
		}
	}
	return !has_room(peer, bytes);
}

static void write_body(struct outgoing *outgoing, struct wire_writer *writer,
		       const mach_msg_header_t *message)
{
	struct message_walk walk = message_walk(message);
	struct message_item item;

	if ((message->msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0) {
		wire_write_copy(writer, walk.at, walk.left);
		return;
	}
	while (message_next(&walk, &item) == MESSAGE_ITEM) {
		write_item(outgoing, writer, &item);
	}
}

static void write_head(struct outgoing *outgoing, struct wire_writer *writer,
		       const mach_msg_header_t *message)
{
	wire_write_u32(writer, (uint32_t)message->msgh_id);
	wire_write_u8(writer, message_flags(message));
	give_one(outgoing, writer, message->msgh_remote_port,
		 MACH_MSGH_BITS_REMOTE(message->msgh_bits));
}

static void send_message(struct stream *stream, mach_msg_header_t *message)
{
	bool complex = (message->msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0;
	uint32_t bytes =
		is_too_large(stream->peer, message) ? 0 : message_wire_bytes(message, APART_BYTES);
	struct outgoing *outgoing = bytes != 0 && bytes <= MESSAGE_BYTES_MAX
					    ? outgoing_make(stream, WIRE_KIND_MESSAGE, bytes)
					    : NULL;

	if (outgoing == NULL) {
		network.counters.messages_lost++;
		message_destroy_received(message);
		return;
	}
	if (complex && !send_regions(stream, message)) {
		/* What was begun cannot be taken back: the peer would take it for the next one's.
		 */
		mach_printf("gns: no memory to go on with %s\n", network.peers[stream->peer].name);
		wire_disconnect(&network.node, stream->peer, WIRE_REASON_CLOSED);
	}
	struct wire_writer writer = wire_writer(outgoing->data, bytes);
	write_head(outgoing, &writer, message);
	write_body(outgoing, &writer, message);
	outgoing->wire.bytes = bytes - (uint32_t)writer.left;
	network.counters.messages_out++;
	outgoing_send(outgoing);
}

/* To a proxy of a peer's port that never was here nobody but the kernel has send-once rights. */
static void take_no_senders(const struct stream *stream, const mach_msg_header_t *message)
{
	uint32_t made = ((const mach_no_senders_notification_t *)message)->not_count;

	if (message->msgh_id == MACH_NOTIFY_NO_SENDERS &&
	    !wire_ports_no_senders(&network.ports, stream->port, made)) {
		proxy_watch(stream->port, made + 1);
	}
	ports_pump();
}

void outgoing_forward(struct stream *stream, mach_msg_header_t *message)
{
	bool once = MACH_MSGH_BITS_LOCAL(message->msgh_bits) == MACH_MSG_TYPE_PORT_SEND_ONCE;
	mach_port_t port = stream->port;

	if (stream->right == WIRE_RIGHT_SEND && once && stream->left == NULL) {
		take_no_senders(stream, message);
		return;
	}
	if (stream->right == WIRE_RIGHT_SEND_ONCE && message->msgh_id == MACH_NOTIFY_SEND_ONCE &&
	    message->msgh_size == sizeof *message && message->msgh_remote_port == MACH_PORT_NULL) {
		stream->spent = true;
		wire_ports_once_used(&network.ports, port, true);
		ports_pump();
		return;
	}
	stream->working = true;
	send_message(stream, message);
	stream->working = false;
	if (stream->right == WIRE_RIGHT_SEND_ONCE) {
		stream->spent = true;
		wire_ports_once_used(&network.ports, port, false);
		ports_pump();
	} else if (stream->left != NULL) {
		moving_sent(stream, once);
	}
}

void outgoing_take(struct stream *stream, mach_msg_header_t *message)
{
	mach_port_t port = stream->port;

	if (message->msgh_local_port != port) {
		moving_notice(stream, message);
		return;
	}
	bool waits = stream->right == WIRE_RIGHT_SEND;
	outgoing_forward(stream, message);
	if (!waits) {
		return;
	}
	network_pump();
	if (stream_of_proxy(port) == stream && stream->unsent > 1 && !stream->held) {
		proxy_hold(stream);
	}
}
