/* From the wire to the ports of this node: pieces become messages, which go to their ports in the
   order of their streams. */
#include "delivery.h"

#include <gen/mach.h>
#include <stdlib.h>

/* --- memory */

static void free_regions(struct region *region, uint32_t peer)
{
	while (region != NULL) {
		struct region *next = region->next;

		if (region->address != 0) {
			(void)vm_deallocate(SELF, region->address, region->bytes);
			network.peers[peer].bytes -= region->bytes;
		}
		free(region);
		region = next;
	}
}

/* --- exports open and close */

/* Somebody has let go of it. */
static void leave(struct inbound *in)
{
	if (in->working) {
		return;
	}
	if (!in->closed && in->waiting < SLOTS) {
		wire_grant(&network.node, in->peer, in->export_id, SLOTS - in->waiting);
	} else if (in->closed && in->waiting == 0) {
		free(in);
	}
}

void inbound_delivered(struct inbound *in)
{
	in->waiting--;
	leave(in);
}

void inbound_open(uint32_t peer, uint32_t export_id, uint32_t generation)
{
	struct inbound *in = calloc(1, sizeof *in);

	if (in == NULL) {
		wire_disconnect(&network.node, peer, WIRE_REASON_CLOSED);
		return;
	}
	*in = (struct inbound){.peer = peer, .export_id = export_id, .generation = generation};
	network.peers[peer].inbounds[export_id] = in;
	/* A send-once right has one message: the peer need not hear of a window for it. */
	bool once = export_id >= WIRE_EXPORT_FIRST &&
		    network.ports.peers[peer].exports[export_id].right == WIRE_RIGHT_SEND_ONCE;
	(void)wire_open_export(&network.node, peer, export_id, generation,
			       once ? WIRE_WINDOW_FIRST : SLOTS);
}

static void free_item(struct inbound *in, struct arrived *item)
{
	network.peers[in->peer].bytes -= item->bytes;
	in->waiting--;
	free(item);
}

/* Messages that have arrived go their way, as their rights are taken; nothing else does. */
static void drop_items(struct inbound *in)
{
	struct arrived **place = &in->first;

	in->last = NULL;
	while (*place != NULL) {
		struct arrived *each = *place;

		if (each->kind == WIRE_KIND_MESSAGE) {
			in->last = each;
			place = &each->next;
		} else {
			*place = each->next;
			free_item(in, each);
		}
	}
}

void inbound_close(uint32_t peer, uint32_t export_id)
{
	struct inbound *in = network.peers[peer].inbounds[export_id];

	wire_close_export(&network.node, peer, export_id);
	if (in == NULL) {
		return;
	}
	network.peers[peer].inbounds[export_id] = NULL;
	drop_items(in);
	if (in->data != NULL) {
		network.peers[peer].bytes -= in->total;
		free(in->data);
		in->data = NULL;
	}
	free_regions(in->regions, peer);
	in->regions = NULL;
	in->closed = true;
	leave(in);
}

/* --- in order */

/* What an item of the tables changed beside them. */
static void took_item(uint32_t peer, uint8_t kind, const uint8_t *body, uint32_t bytes)
{
	struct wire_reader reader = wire_reader(body, bytes);

	network.handing_changed |= is_of_hand_over(kind);
	if (kind == WIRE_KIND_FREED) {
		stream_settle(peer, wire_read_u32(&reader));
	} else if (kind == WIRE_KIND_TAKEN) {
		streams_settle(peer);
	}
}

static void take_item(struct inbound *in, uint8_t kind, const uint8_t *data, uint32_t bytes)
{
	uint32_t peer = in->peer;
	uint64_t violations = network.ports.violations;
	bool good = false;

	if (kind == WIRE_KIND_NAME_ASK || kind == WIRE_KIND_NAME_ANSWER) {
		good = in->export_id == WIRE_EXPORT_GNS && names_item(peer, kind, data, bytes);
	} else if (wire_ports_item(&network.ports, peer, in->export_id, in->generation, kind, data,
				   bytes)) {
		good = network.ports.violations == violations;
		took_item(peer, kind, data, bytes);
	}
	if (!good) {
		peer_is_wrong(peer);
	}
	ports_pump();
}

static void queue(struct inbound *in, struct arrived *arrived)
{
	arrived->next = NULL;
	if (in->first == NULL) {
		in->first = arrived;
	} else {
		in->last->next = arrived;
	}
	in->last = arrived;
}

void incoming_go_on(struct inbound *in)
{
	if (in->working) {
		return;
	}
	in->working = true;
	while (in->first != NULL) {
		struct arrived *first = in->first;
		struct delivery *message =
			first->kind == WIRE_KIND_MESSAGE ? (struct delivery *)first : NULL;

		if (message != NULL && message->pending > 0) {
			break;
		}
		in->first = first->next;
		if (message != NULL) {
			delivery_put(message);
		} else {
			take_item(in, first->kind, (const uint8_t *)(first + 1), first->bytes);
			free_item(in, first);
		}
	}
	in->working = false;
	leave(in);
}

static void arrive_item(struct inbound *in, uint8_t kind, const uint8_t *data, uint32_t bytes)
{
	struct peer *peer = &network.peers[in->peer];

	if (in->first == NULL) {
		take_item(in, kind, data, bytes);
		return;
	}
	struct arrived *arrived =
		bytes <= PEER_BYTES_MAX - peer->bytes ? malloc(sizeof *arrived + bytes) : NULL;
	if (arrived == NULL) {
		wire_disconnect(&network.node, in->peer, WIRE_REASON_CLOSED);
		return;
	}
	*arrived = (struct arrived){.kind = kind, .bytes = bytes};
	memcpy(arrived + 1, data, bytes);
	peer->bytes += bytes;
	in->waiting++;
	queue(in, arrived);
}

/* Its rights are taken at once: the peer lets go of them when it knows that the message is here. */
static void arrive_message(struct inbound *in, const uint8_t *data, uint32_t bytes)
{
	struct region *regions = in->regions;

	in->regions = in->regions_last = NULL;
	in->region_count = 0;
	if (in->export_id == WIRE_EXPORT_GNS) {
		peer_is_wrong(in->peer); /* nothing must wait on this stream, as a message may */
		free_regions(regions, in->peer);
		return;
	}
	struct delivery *delivery = delivery_make(in, data, bytes, regions);
	free_regions(regions, in->peer);
	if (delivery == NULL) {
		return;
	}
	bool alone = delivery->in == NULL || in->first == NULL;
	if (alone && delivery->pending == 0) {
		delivery_put(delivery);
	} else if (delivery_hold(delivery) && delivery->in != NULL) {
		queue(in, &delivery->arrived);
	}
}

static void arrive(struct inbound *in, uint8_t kind, const uint8_t *data, uint32_t bytes)
{
	in->working = true;
	if (kind == WIRE_KIND_MESSAGE) {
		arrive_message(in, data, bytes);
	} else {
		arrive_item(in, kind, data, bytes);
	}
	in->working = false;
	leave(in);
}

/* --- pieces */

/* Memory out of line goes where it will stay; without room for it its message is lost. */
static bool begin_region(struct inbound *in, uint32_t total)
{
	struct region *region = calloc(1, sizeof *region);
	struct peer *peer = &network.peers[in->peer];

	if (region == NULL) {
		return false;
	}
	region->bytes = total;
	in->region_count++;
	if (total == 0 || total > REGION_BYTES_MAX || total > PEER_BYTES_MAX - peer->bytes ||
	    vm_allocate(SELF, &region->address, total, TRUE) != KERN_SUCCESS) {
		region->address = 0;
	} else {
		peer->bytes += total;
	}
	if (in->regions == NULL) {
		in->regions = region;
	} else {
		in->regions_last->next = region;
	}
	in->regions_last = region;
	return true;
}

static bool take_region(struct inbound *in, const struct wire_piece *piece)
{
	if (piece->offset == 0 && in->region_count == REGIONS_MAX) {
		peer_is_wrong(in->peer);
		return true;
	}
	if (piece->offset == 0 && !begin_region(in, piece->total)) {
		return false;
	}
	if (in->regions_last->address != 0) {
		memcpy((uint8_t *)in->regions_last->address + piece->offset, piece->data,
		       piece->bytes);
	}
	if (piece->offset + piece->bytes == piece->total) {
		leave(in);
	}
	return true;
}

/* A message of more than one piece; false: no memory. */
static bool take_part(struct inbound *in, const struct wire_piece *piece)
{
	struct peer *peer = &network.peers[in->peer];

	if (piece->offset == 0) {
		in->data =
			piece->total <= PEER_BYTES_MAX - peer->bytes ? malloc(piece->total) : NULL;
		if (in->data == NULL) {
			return false;
		}
		in->total = piece->total;
		peer->bytes += piece->total;
	}
	memcpy(in->data + piece->offset, piece->data, piece->bytes);
	if (piece->offset + piece->bytes < piece->total) {
		return true;
	}
	uint8_t *data = in->data;
	in->data = NULL;
	peer->bytes -= piece->total;
	arrive(in, piece->kind, data, piece->total);
	free(data);
	return true;
}

void incoming_piece(uint32_t peer, const struct wire_piece *piece)
{
	struct inbound *in = network.peers[peer].inbounds[piece->in->export_id];
	bool good = true;

	if ((piece->flags & WIRE_FLAG_LANE) != WIRE_LANE_CONTROL) {
		wire_consume(&network.node, peer, piece->bytes);
	}
	if (in == NULL) {
		return; /* there was no memory for it: the association ends */
	}
	if (piece->kind == WIRE_KIND_REGION) {
		good = take_region(in, piece);
	} else if (piece->offset == 0 && piece->bytes == piece->total) {
		arrive(in, piece->kind, piece->data, piece->bytes);
	} else {
		good = take_part(in, piece);
	}
	if (!good) {
		mach_printf("gns: no memory for what %s sends\n", network.peers[peer].name);
		wire_disconnect(&network.node, peer, WIRE_REASON_CLOSED);
	}
}

void incoming_accepted(mach_port_t port)
{
	delivery_retry(port);
}
