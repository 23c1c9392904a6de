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

static void free_arrived(struct arrived *arrived, uint32_t peer)
{
	free_regions(arrived->regions, peer);
	network.peers[peer].bytes -= arrived->bytes;
	free(arrived);
}

/* --- exports open and close */

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

void inbound_close(uint32_t peer, uint32_t export_id)
{
	struct inbound *in = network.peers[peer].inbounds[export_id];

	wire_close_export(&network.node, peer, export_id);
	if (in == NULL) {
		return;
	}
	network.peers[peer].inbounds[export_id] = NULL;
	/* What has arrived goes its way; what is behind it does not. */
	if (in->head != NULL) {
		in->head->in = NULL;
	}
	while (in->first != NULL) {
		struct arrived *next = in->first->next;

		free_arrived(in->first, peer);
		in->first = next;
	}
	if (in->data != NULL) {
		network.peers[peer].bytes -= in->total;
		free(in->data);
	}
	free_regions(in->regions, peer);
	free(in);
}

/* --- in order */

static void peer_is_wrong(uint32_t peer)
{
	network.counters.violations++;
	wire_disconnect(&network.node, peer, WIRE_REASON_PROTOCOL);
}

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

static void process(struct inbound *in, uint8_t kind, const uint8_t *data, uint32_t bytes,
		    struct region *regions)
{
	uint32_t peer = in->peer;

	if (kind == WIRE_KIND_MESSAGE) {
		delivery_begin(in, data, bytes, regions);
	} else if (kind == WIRE_KIND_NAME_ASK || kind == WIRE_KIND_NAME_ANSWER) {
		if (in->export_id != WIRE_EXPORT_GNS || !names_item(peer, kind, data, bytes)) {
			peer_is_wrong(peer);
		}
	} else if (!wire_ports_item(&network.ports, peer, in->export_id, in->generation, kind, data,
				    bytes)) {
		peer_is_wrong(peer);
	} else {
		took_item(peer, kind, data, bytes);
	}
	ports_pump();
	free_regions(regions, peer);
}

static bool is_blocked(const struct inbound *in)
{
	return in->head != NULL || in->full != MACH_PORT_NULL;
}

/* The export may have been closed by what it got. */
static bool is_open(const struct inbound *in, uint32_t peer, uint32_t export_id)
{
	return network.peers[peer].inbounds[export_id] == in;
}

static void grant(const struct inbound *in)
{
	if (!is_blocked(in)) {
		wire_grant(&network.node, in->peer, in->export_id, SLOTS);
	}
}

void incoming_go_on(struct inbound *in)
{
	uint32_t peer = in->peer, export_id = in->export_id;

	while (is_open(in, peer, export_id) && !is_blocked(in) && in->first != NULL) {
		struct arrived *arrived = in->first;
		struct region *regions = arrived->regions;

		in->first = arrived->next;
		arrived->regions = NULL;
		process(in, arrived->kind, arrived->data, arrived->bytes, regions);
		free_arrived(arrived, peer);
	}
	if (is_open(in, peer, export_id)) {
		grant(in);
	}
}

static void queue(struct inbound *in, uint8_t kind, const uint8_t *data, uint32_t bytes,
		  struct region *regions)
{
	struct arrived *arrived = malloc(sizeof *arrived + bytes);

	if (arrived == NULL) {
		free_regions(regions, in->peer);
		wire_disconnect(&network.node, in->peer, WIRE_REASON_CLOSED);
		return;
	}
	*arrived = (struct arrived){.regions = regions, .kind = kind, .bytes = bytes};
	memcpy(arrived->data, data, bytes);
	network.peers[in->peer].bytes += bytes;
	if (in->first == NULL) {
		in->first = arrived;
	} else {
		in->last->next = arrived;
	}
	in->last = arrived;
}

static void arrive(struct inbound *in, uint8_t kind, const uint8_t *data, uint32_t bytes)
{
	struct region *regions = NULL;

	if (kind == WIRE_KIND_MESSAGE) {
		regions = in->regions;
		in->regions = in->regions_last = NULL;
	}
	if (is_blocked(in)) {
		queue(in, kind, data, bytes, regions);
		return;
	}
	uint32_t peer = in->peer, export_id = in->export_id;
	process(in, kind, data, bytes, regions);
	if (is_open(in, peer, export_id)) {
		grant(in);
	}
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
	if (total > REGION_BYTES_MAX || total > PEER_BYTES_MAX - peer->bytes ||
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
	if (piece->offset == 0 && !begin_region(in, piece->total)) {
		return false;
	}
	if (in->regions_last->address != 0) {
		memcpy((uint8_t *)in->regions_last->address + piece->offset, piece->data,
		       piece->bytes);
	}
	if (piece->offset + piece->bytes == piece->total) {
		grant(in);
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

/* A port's queue has room: the streams that wait for it go on. */
void incoming_accepted(mach_port_t port)
{
	for (uint32_t peer = 0; peer < network.peer_count; peer++) {
		for (uint32_t i = 0; i < EXPORTS_PER_PEER; i++) {
			struct inbound *in = network.peers[peer].inbounds[i];

			if (in != NULL && in->full != MACH_PORT_NULL &&
			    (port == MACH_PORT_NULL || in->full == port)) {
				in->full = MACH_PORT_NULL;
				/* Without a word of the kernel's no more are granted. */
				if (port != MACH_PORT_NULL || in->first != NULL) {
					incoming_go_on(in);
				}
			}
		}
	}
	delivery_retry();
}
