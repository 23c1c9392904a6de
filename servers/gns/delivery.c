/* A message for a port of this node: put together, its rights taken, sent. */
#include "delivery.h"

#include "message_core.h"

#include <gen/mach.h>
#include <gen/mach_port.h>
#include <stdlib.h>

#define RETRY_US   100000 /* if nobody tells us that a queue has room */
#define PAGE_BYTES 4096u

/* Of every port whose queue is full the first message that waits for it; those behind it hang
   there. */
static struct delivery *full;
static uint64_t retry_us;

/* By the pickup: which message's right it is, and where its name belongs. */
static struct wanted {
	struct delivery *delivery;
	uint8_t *at;
} wanted[TOKENS];

/* --- rights */

/* Makes a right to a proxy, or of one of our own ports' rights. */
static mach_port_t make_right(enum wire_taken_right taken, mach_port_t port, uint8_t right)
{
	mach_port_t once = MACH_PORT_NULL;
	mach_msg_type_name_t type = 0;
	bool proxy = taken == WIRE_TAKEN_PROXY;

	if (right == WIRE_RIGHT_SEND) {
		kern_return_t result =
			proxy ? mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND)
			      : mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_SEND, 1);

		return result == KERN_SUCCESS ? port : MACH_PORT_DEAD;
	}
	if (!proxy) {
		return port;
	}
	return mach_port_extract_right(SELF, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, &once, &type) ==
			       KERN_SUCCESS
		       ? once
		       : MACH_PORT_DEAD;
}

/* A proxy that could not be made: the right goes back as if nobody had wanted it. */
static void give_back(uint32_t owner, uint32_t export_id, uint8_t right)
{
	network.counters.rights_no_room++;
	wire_ports_set_proxy(&network.ports, owner, export_id, MACH_PORT_DEAD);
	if (right == WIRE_RIGHT_SEND) {
		(void)wire_ports_no_senders(&network.ports, MACH_PORT_DEAD, 1);
	} else {
		wire_ports_once_used(&network.ports, MACH_PORT_DEAD, true);
	}
}

/* A new proxy is made, if that is what it takes. */
static void take_port(enum wire_taken_right *taken, uint32_t *port, uint32_t owner,
		      uint32_t export_id, uint8_t right)
{
	if (*taken == WIRE_TAKEN_NEW_PROXY) {
		uint32_t generation = network.ports.peers[owner].proxies[export_id].generation;

		*port = proxy_make(owner, export_id, generation, right);
		if (*port == MACH_PORT_NULL) {
			give_back(owner, export_id, right);
			*taken = WIRE_TAKEN_DEAD;
		} else {
			wire_ports_set_proxy(&network.ports, owner, export_id, *port);
			*taken = WIRE_TAKEN_PROXY;
		}
	}
	ports_pump();
}

static mach_port_t take_right(enum wire_taken_right taken, uint32_t port, uint32_t owner,
			      uint32_t export_id, uint8_t right)
{
	take_port(&taken, &port, owner, export_id, right);
	return taken == WIRE_TAKEN_DEAD ? MACH_PORT_DEAD : make_right(taken, port, right);
}

/* As wire_ports_take does, of a peer that may break the protocol by what it says. */
static enum wire_taken_right take(uint32_t peer, const struct wire_descriptor *descriptor,
				  uint32_t *port, uint32_t *owner, uint32_t *export_id,
				  uint32_t *pickup)
{
	uint64_t violations = network.ports.violations;
	enum wire_taken_right taken =
		wire_ports_take(&network.ports, peer, descriptor, port, owner, export_id, pickup);

	if (network.ports.violations != violations) {
		peer_is_wrong(peer);
	}
	if (taken == WIRE_TAKEN_LOCAL && descriptor->right == WIRE_RIGHT_SEND_ONCE &&
	    descriptor->where != WIRE_WHERE_YOURS) {
		peer_is_wrong(peer); /* as if it were a send-once right of ours */
		return WIRE_TAKEN_DEAD;
	}
	return taken;
}

bool incoming_right(uint32_t peer, const struct wire_descriptor *descriptor, mach_port_t *name,
		    uint32_t *pickup)
{
	uint32_t port = MACH_PORT_NULL, owner = peer, export_id = 0;

	if (descriptor->right != WIRE_RIGHT_SEND && descriptor->right != WIRE_RIGHT_SEND_ONCE) {
		*name = MACH_PORT_DEAD;
		return true;
	}
	enum wire_taken_right taken = take(peer, descriptor, &port, &owner, &export_id, pickup);

	if (taken == WIRE_TAKEN_PENDING) {
		network.handing_changed = true;
		ports_pump();
		return false;
	}
	*name = take_right(taken, port, owner, export_id, descriptor->right);
	return true;
}

void incoming_right_resolved(uint32_t pickup, mach_port_t *name)
{
	uint32_t port = MACH_PORT_NULL, owner = 0, export_id = 0;
	uint8_t right = network.ports.pickups[pickup].right;
	uint32_t queue_limit = wire_ports_moved_state(&network.ports, pickup)->queue_limit;
	uint64_t violations = network.ports.violations;
	enum wire_taken_right taken =
		wire_ports_resolve(&network.ports, pickup, &port, &owner, &export_id);

	if (network.ports.violations != violations) {
		peer_is_wrong(owner);
	}
	if (taken == WIRE_TAKEN_RECEIVE) {
		ports_pump();
		*name = moving_end(port, queue_limit) ? port : MACH_PORT_DEAD;
	} else {
		*name = take_right(taken, port, owner, export_id, right);
	}
}

/* --- putting together */

static uint16_t disposition(uint8_t right)
{
	return right == WIRE_RIGHT_SEND_ONCE ? MACH_MSG_TYPE_MOVE_SEND_ONCE
					     : MACH_MSG_TYPE_MOVE_SEND;
}

/* A receive right: its name is written when all that is in its queue is here. */
static void place_receive(struct delivery *delivery, uint32_t peer,
			  const struct wire_descriptor *descriptor, uint8_t *at)
{
	uint32_t port = MACH_PORT_NULL, owner = peer, export_id = 0, pickup = 0;
	enum wire_taken_right taken = take(peer, descriptor, &port, &owner, &export_id, &pickup);

	ports_pump();
	if (taken == WIRE_TAKEN_MOVING) {
		wanted[pickup] = (struct wanted){delivery, at};
		delivery->pending++;
		network.handing_changed = true;
		moving_begin(pickup, port);
	}
}

/* Writes the name of a right where it belongs, now or when it was picked up. */
static void place_right(struct delivery *delivery, uint32_t peer,
			const struct wire_descriptor *descriptor, uint8_t *at)
{
	mach_port_t name = MACH_PORT_DEAD;
	uint32_t pickup = 0;

	memcpy(at, &name, sizeof name);
	if (descriptor->right == WIRE_RIGHT_RECEIVE) {
		place_receive(delivery, peer, descriptor, at);
		return;
	}
	if (!incoming_right(peer, descriptor, &name, &pickup)) {
		wanted[pickup] = (struct wanted){delivery, at};
		delivery->pending++;
	}
	memcpy(at, &name, sizeof name);
}

/* Whether an item that says that its rights are of a kind may have this one. */
static bool fits(uint16_t name, const struct wire_descriptor *descriptor)
{
	return descriptor->where == WIRE_WHERE_NOWHERE ||
	       (name == MACH_MSG_TYPE_PORT_SEND && descriptor->right == WIRE_RIGHT_SEND) ||
	       (name == MACH_MSG_TYPE_PORT_SEND_ONCE &&
		descriptor->right == WIRE_RIGHT_SEND_ONCE) ||
	       (name == MACH_MSG_TYPE_PORT_RECEIVE && descriptor->right == WIRE_RIGHT_RECEIVE);
}

static void place_rights(struct delivery *delivery, uint32_t peer, struct wire_reader *reader,
			 const struct message_item *item, uint8_t *at)
{
	static const mach_port_t no_right = MACH_PORT_NULL;
	struct wire_descriptor descriptor;
	bool null = true;

	for (uint32_t i = 0; i < item->number; i++, at += sizeof(mach_port_t)) {
		memcpy(at, &no_right, sizeof no_right);
		if (!message_read_right(reader, &null, &descriptor) || null) {
			continue;
		}
		if (fits(item->name, &descriptor)) {
			place_right(delivery, peer, &descriptor, at);
		} else {
			peer_is_wrong(peer); /* the end of the association takes it back */
		}
	}
}

/* Memory out of line, as it will be received; null: there is none. */
static uint8_t *allocate(struct delivery *delivery, uint32_t bytes)
{
	struct peer *peer = &network.peers[delivery->peer];
	uint32_t pages = (bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
	vm_address_t address = 0;

	if (pages > PEER_BYTES_MAX - peer->bytes ||
	    vm_allocate(SELF, &address, bytes, TRUE) != KERN_SUCCESS) {
		return NULL;
	}
	peer->bytes += pages;
	delivery->charged += pages;
	return (uint8_t *)address;
}

/* Where an item's data goes: in line, or memory of its own; null: there is none. */
static uint8_t *memory_of(struct delivery *delivery, const struct message_item *item, uint8_t *at)
{
	if (item->in_line) {
		return at;
	}
	uint8_t *memory = item->data_bytes != 0 ? allocate(delivery, item->data_bytes) : NULL;
	memcpy(at, &memory, sizeof memory);
	return memory;
}

static void take_region(struct delivery *delivery, struct region *region, uint8_t *at)
{
	memcpy(at, &region->address, sizeof region->address);
	if (region->address == 0) {
		delivery->lost = true;
		return;
	}
	delivery->charged += region->bytes;
	region->address = 0; /* it is the message's now */
}

static void put_item(struct delivery *delivery, uint32_t peer, struct wire_reader *reader,
		     struct message_builder *builder, const struct message_item *item,
		     struct region **region)
{
	uint8_t *at = message_put_item(builder, item, item->name);

	if (item->apart) {
		take_region(delivery, *region, at);
		*region = (*region)->next;
		return;
	}
	uint8_t *memory = memory_of(delivery, item, at);
	if (memory == NULL && item->data_bytes != 0) {
		delivery->lost = true;
		if (item->rights) {
			/* They cannot be taken; the association's end takes them back. */
			wire_disconnect(&network.node, peer, WIRE_REASON_CLOSED);
		}
	} else if (item->rights) {
		place_rights(delivery, peer, reader, item, memory);
	} else {
		memcpy(memory, item->data, item->data_bytes);
	}
}

static void put_body(struct delivery *delivery, uint32_t peer, struct wire_reader *reader,
		     bool complex, struct region *regions)
{
	mach_msg_header_t *message = &delivery->message;
	struct message_builder builder = {(uint8_t *)(message + 1),
					  (uint8_t *)message + message->msgh_size};
	struct message_item item;

	if (!complex) {
		memcpy(message_put_bytes(&builder, (uint32_t)reader->left), reader->at,
		       reader->left);
		return;
	}
	message->msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	while (message_read_item(reader, &item) == MESSAGE_ITEM) {
		put_item(delivery, peer, reader, &builder, &item, &regions);
		if (delivery->lost && item.rights && item.data_bytes != 0) {
			message->msgh_size = (mach_msg_size_t)(builder.at - (uint8_t *)message);
			return;
		}
	}
}

/* --- sending */

static void forget_reply(mach_msg_header_t *message)
{
	message->msgh_local_port = MACH_PORT_DEAD;
	message->msgh_bits = (message->msgh_bits & ~(mach_msg_bits_t)MACH_MSGH_BITS_LOCAL_MASK) |
			     MACH_MSGH_BITS(0, MACH_MSG_TYPE_MOVE_SEND);
}

static bool is_once(const struct delivery *delivery)
{
	return MACH_MSGH_BITS_REMOTE(delivery->message.msgh_bits) == MACH_MSG_TYPE_MOVE_SEND_ONCE;
}

/* Its port is coming, and earlier messages by the same way may be on their way to the old home and
   back. */
static bool waits_for_port(const struct delivery *delivery)
{
	const struct inbound *in = delivery->in;

	return in != NULL && wire_ports_waits(&network.ports, delivery->port, in->peer,
					      in->closed ? WIRE_EXPORT_NONE : in->export_id);
}

/* To a port whose receive right is this server's, beyond its limit: what only goes on must not wait
   here, or nodes would wait for each other. */
static mach_msg_return_t send_to_moving(struct delivery *delivery)
{
	mach_msg_header_t *message = &delivery->message;

	if (!moving_charge(delivery->port, delivery->peer,
			   message->msgh_size + delivery->charged)) {
		network.counters.messages_lost++;
		return MACH_SEND_NO_BUFFER;
	}
	return mach_msg(message, MACH_SEND_MSG | MACH_SEND_TIMEOUT | MACH_SEND_ALWAYS,
			message->msgh_size, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
}

/* False: its port's queue is full, and the message is whole; or it was the one too many. */
static bool try_send(struct delivery *delivery)
{
	mach_msg_header_t *message = &delivery->message;
	mach_msg_return_t result = MACH_SEND_INVALID_DEST;

	if (!delivery->lost && !is_once(delivery) && moving_has(delivery->port)) {
		if (waits_for_port(delivery)) {
			return false;
		}
		result = send_to_moving(delivery);
	} else if (!delivery->lost) {
		result = mach_msg(message, MACH_SEND_MSG | MACH_SEND_TIMEOUT | MACH_SEND_NOTIFY,
				  message->msgh_size, 0, MACH_PORT_NULL, 0, network.events);
	}
	switch (result) {
	case MACH_SEND_WILL_NOTIFY:
		network.counters.queues_full++;
		network.counters.messages_in++;
		delivery->sent = true;
		return false;
	case MACH_MSG_SUCCESS:
		network.counters.messages_in++;
		return true;
	case MACH_SEND_NOTIFY_IN_PROGRESS:
	case MACH_SEND_TIMED_OUT:
		network.counters.queues_full++;
		retry_us = network.now_us + RETRY_US;
		return false;
	case MACH_SEND_INVALID_REPLY:
		forget_reply(message);
		return try_send(delivery);
	default:
		network.counters.messages_dead++;
		message_destroy(message);
		return true;
	}
}

/* --- waiting */

static void finish(struct delivery *delivery)
{
	struct inbound *in = delivery->in;

	network.peers[delivery->peer].bytes -= delivery->charged;
	free(delivery);
	if (in != NULL) {
		inbound_delivered(in);
	}
}

static void lose(struct delivery *delivery)
{
	for (uint32_t i = 0; i < TOKENS; i++) {
		if (wanted[i].delivery == delivery) {
			wanted[i].delivery = NULL;
		}
	}
	network.counters.messages_lost++;
	message_destroy(&delivery->message);
	finish(delivery);
}

/* A right of its own to reply with: the proxy that it would be made of may be gone, and its name
   another port's, when the message is sent. */
static void hold_reply(mach_msg_header_t *message)
{
	mach_port_t once = MACH_PORT_NULL;
	mach_msg_type_name_t type = 0;

	if (MACH_MSGH_BITS_LOCAL(message->msgh_bits) != MACH_MSG_TYPE_MAKE_SEND_ONCE) {
		return;
	}
	if (mach_port_extract_right(SELF, message->msgh_local_port, MACH_MSG_TYPE_MAKE_SEND_ONCE,
				    &once, &type) != KERN_SUCCESS) {
		forget_reply(message);
		return;
	}
	message->msgh_local_port = once;
	message->msgh_bits = (message->msgh_bits & ~(mach_msg_bits_t)MACH_MSGH_BITS_LOCAL_MASK) |
			     MACH_MSGH_BITS(0, MACH_MSG_TYPE_MOVE_SEND_ONCE);
}

/* A right of its own to its port, which may be released meanwhile. */
static void hold_port(struct delivery *delivery)
{
	mach_msg_header_t *message = &delivery->message;

	if (MACH_MSGH_BITS_REMOTE(message->msgh_bits) != MACH_MSG_TYPE_COPY_SEND) {
		return;
	}
	if (mach_port_mod_refs(SELF, message->msgh_remote_port, MACH_PORT_RIGHT_SEND, 1) !=
	    KERN_SUCCESS) {
		delivery->lost = true;
		message->msgh_remote_port = MACH_PORT_NULL;
	}
	message->msgh_bits ^= MACH_MSG_TYPE_COPY_SEND ^ MACH_MSG_TYPE_MOVE_SEND;
}

bool delivery_hold(struct delivery *delivery)
{
	struct peer *peer = &network.peers[delivery->peer];
	uint32_t bytes = delivery->message.msgh_size;

	if (delivery->held || delivery->sent) {
		return true;
	}
	delivery->held = true;
	hold_port(delivery);
	hold_reply(&delivery->message);
	if (bytes > PEER_BYTES_MAX - peer->bytes) {
		lose(delivery);
		return false;
	}
	peer->bytes += bytes;
	delivery->charged += bytes;
	return true;
}

/* The place of the first that waits for this port, or the end. */
static struct delivery **first_for(mach_port_t port)
{
	struct delivery **place = &full;

	while (*place != NULL && (*place)->port != port) {
		place = &(*place)->next_full;
	}
	return place;
}

void delivery_put(struct delivery *delivery)
{
	struct delivery *first = delivery->lost ? NULL : *first_for(delivery->port);
	bool passes = first == NULL || is_once(delivery) ||
		      (moving_has(delivery->port) && !waits_for_port(delivery));

	if (passes && try_send(delivery)) {
		finish(delivery);
	} else if (!delivery_hold(delivery)) {
		return;
	} else if (first != NULL) {
		delivery->arrived.next = NULL;
		first->last->arrived.next = &delivery->arrived;
		first->last = delivery;
	} else {
		delivery->arrived.next = NULL;
		delivery->last = delivery;
		delivery->next_full = full;
		full = delivery;
	}
}

/* Those that wait for one port, while there is room.  True: they have all gone. */
static bool retry(struct delivery **place)
{
	struct delivery *first = *place, *end = first->next_full;

	while (first->sent || try_send(first)) {
		struct delivery *next = (struct delivery *)first->arrived.next;

		if (next == NULL) {
			*place = end;
			finish(first);
			return true;
		}
		next->last = first->last;
		next->next_full = end;
		*place = next;
		finish(first);
		first = next;
	}
	return false;
}

void delivery_flush(mach_port_t port)
{
	struct delivery **place = first_for(port);

	if (*place != NULL) {
		(void)retry(place);
	}
}

void delivery_retry(mach_port_t port)
{
	struct delivery **place = port != MACH_PORT_NULL ? first_for(port) : &full;

	if (port != MACH_PORT_NULL && *place != NULL) {
		(void)retry(place);
		return;
	}
	while (*place != NULL) {
		if (!retry(place)) {
			place = &(*place)->next_full;
		}
	}
}

/* Those that the kernel says nothing about. */
static void retry_others(void)
{
	struct delivery **place = &full;

	while (*place != NULL) {
		if ((*place)->sent || !retry(place)) {
			place = &(*place)->next_full;
		}
	}
}

void incoming_step(void)
{
	if (retry_us != 0 && retry_us <= network.now_us) {
		retry_us = 0;
		retry_others();
	}
}

uint64_t incoming_deadline(void)
{
	return retry_us != 0 ? retry_us : WIRE_NEVER;
}

static void complete(struct delivery *delivery)
{
	if (delivery->in != NULL) {
		incoming_go_on(delivery->in);
	} else {
		delivery_put(delivery);
	}
}

void incoming_resolved(uint32_t pickup)
{
	struct delivery *delivery = wanted[pickup].delivery;
	bool receive = network.ports.pickups[pickup].right == WIRE_RIGHT_RECEIVE;
	mach_port_t name = MACH_PORT_NULL;

	wanted[pickup].delivery = NULL;
	incoming_right_resolved(pickup, &name);
	if (delivery == NULL) { /* its message is lost */
		right_destroy(name, receive ? MACH_MSG_TYPE_MOVE_RECEIVE : MACH_MSG_TYPE_MOVE_SEND);
		return;
	}
	memcpy(wanted[pickup].at, &name, sizeof name);
	if (--delivery->pending == 0) {
		complete(delivery);
	}
	if (receive) {
		delivery_flush(name); /* what waited for the port */
	}
}

/* --- from the wire */

/* The sizes of the regions; false: too many. */
static bool measure(const struct region *regions, const uint8_t *data, uint32_t bytes,
		    struct message_size *measured)
{
	uint32_t sizes[REGIONS_MAX];
	uint32_t count = 0;

	for (const struct region *each = regions; each != NULL; each = each->next) {
		if (count == REGIONS_MAX) {
			return false;
		}
		sizes[count++] = each->bytes;
	}
	return message_measure(data, bytes, sizes, count, measured);
}

/* To what port it goes; afterwards the stream may be gone. */
static void find_port(struct delivery *delivery, struct inbound *in)
{
	mach_msg_header_t *message = &delivery->message;
	uint32_t port = MACH_PORT_NULL;
	uint8_t right = WIRE_RIGHT_SEND;

	delivery->lost = !wire_ports_deliver(&network.ports, in->peer, in->export_id,
					     in->generation, &port, &right);
	delivery->port = delivery->lost ? MACH_PORT_NULL : port;
	message->msgh_remote_port = delivery->port;
	message->msgh_bits = right == WIRE_RIGHT_SEND_ONCE ? MACH_MSG_TYPE_MOVE_SEND_ONCE
							   : MACH_MSG_TYPE_COPY_SEND;
	if (right != WIRE_RIGHT_SEND_ONCE) {
		delivery->in = in;
		in->waiting++;
	}
	ports_pump();
}

/* The right to reply is mostly a send-once right that the kernel can make as it sends the message.
 */
static void put_reply(struct delivery *delivery, uint32_t peer,
		      const struct wire_descriptor *descriptor)
{
	mach_msg_header_t *message = &delivery->message;
	uint32_t port = MACH_PORT_NULL, owner = peer, export_id = 0, pickup = 0;

	if (descriptor->right != WIRE_RIGHT_SEND_ONCE || descriptor->where != WIRE_WHERE_MINE) {
		message->msgh_bits |= MACH_MSGH_BITS(0, disposition(descriptor->right));
		place_right(delivery, peer, descriptor, (uint8_t *)&message->msgh_local_port);
		return;
	}
	enum wire_taken_right taken = take(peer, descriptor, &port, &owner, &export_id, &pickup);
	take_port(&taken, &port, owner, export_id, WIRE_RIGHT_SEND_ONCE);
	message->msgh_bits |=
		MACH_MSGH_BITS(0, taken == WIRE_TAKEN_DEAD ? MACH_MSG_TYPE_MOVE_SEND
							   : MACH_MSG_TYPE_MAKE_SEND_ONCE);
	message->msgh_local_port = taken == WIRE_TAKEN_DEAD ? MACH_PORT_DEAD : port;
}

static void put_head(struct delivery *delivery, uint32_t peer, const struct message_head *head)
{
	mach_msg_header_t *message = &delivery->message;

	message->msgh_id = (mach_msg_id_t)head->id;
	message->msgh_local_port = MACH_PORT_NULL;
	if (head->has_reply) {
		put_reply(delivery, peer, &head->reply);
	} else {
		message->msgh_bits |= MACH_MSGH_BITS(0, head->null_type);
	}
}

struct delivery *delivery_make(struct inbound *in, const uint8_t *data, uint32_t bytes,
			       struct region *regions)
{
	struct wire_reader reader = wire_reader(data, bytes);
	uint32_t peer = in->peer;
	struct message_size measured;
	struct message_head head;

	if (!measure(regions, data, bytes, &measured)) {
		peer_is_wrong(peer);
		return NULL;
	}
	struct delivery *delivery =
		malloc(sizeof *delivery - sizeof delivery->message + measured.bytes);
	if (delivery == NULL) {
		wire_disconnect(&network.node, peer, WIRE_REASON_CLOSED);
		return NULL;
	}
	*delivery = (struct delivery){.arrived.kind = WIRE_KIND_MESSAGE,
				      .peer = peer,
				      .pending = 1, /* until all of it is here */
				      .message.msgh_size = measured.bytes};
	find_port(delivery, in);
	(void)message_read_head(&reader, &head);
	put_head(delivery, peer, &head);
	put_body(delivery, peer, &reader, head.complex, regions);
	delivery->pending--;
	return delivery;
}
