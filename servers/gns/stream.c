/* Streams of messages to exports of peers. */
#include "outgoing.h"

#include <gen/mach.h>
#include <stdlib.h>

/* By the name of the proxy: names are small. */
static struct stream **by_port;
static uint32_t by_port_count;

struct stream *stream_of_proxy(mach_port_t port)
{
	return port < by_port_count ? by_port[port] : NULL;
}

/* False: no memory. */
bool stream_set_port(struct stream *stream, mach_port_t port)
{
	if (port >= by_port_count) {
		uint32_t count = port + port / 2 + 64;
		struct stream **larger = realloc(by_port, count * sizeof *larger);

		if (larger == NULL) {
			return false;
		}
		memset(larger + by_port_count, 0, (count - by_port_count) * sizeof *larger);
		by_port = larger;
		by_port_count = count;
	}
	by_port[port] = stream;
	return true;
}

bool stream_set_proxy(struct stream *stream, mach_port_t port, uint8_t right)
{
	if (!stream_set_port(stream, port)) {
		return false;
	}
	stream->port = port;
	stream->right = right;
	return true;
}

void stream_clear_proxy(struct stream *stream)
{
	if (stream->port != MACH_PORT_NULL) {
		by_port[stream->port] = NULL;
		stream->port = MACH_PORT_NULL;
		stream->held = false;
	}
}

/* Takes it out of the table, where another one may have its place already. */
static void leave_table(struct stream *stream)
{
	struct stream **place = &network.peers[stream->peer].streams[stream->export_id];

	if (*place == stream) {
		*place = NULL;
	}
}

static void free_stream(struct stream *stream)
{
	wire_close_stream(&network.node, stream->peer, (uint32_t)stream->handle);
	stream_clear_proxy(stream);
	leave_table(stream);
	free(stream);
}

/* Nothing more goes to it.  The stream may be gone afterwards. */
static void stream_close(struct stream *stream)
{
	leave_table(stream);
	stream->closing = true;
	if (stream->unsent == 0) {
		free_stream(stream);
	}
}

void stream_settle(uint32_t peer, uint32_t export_id)
{
	struct stream *stream =
		export_id < EXPORTS_PER_PEER ? network.peers[peer].streams[export_id] : NULL;

	if (stream == NULL || export_id < WIRE_EXPORT_FIRST || stream->unsent > 0 ||
	    stream->port != MACH_PORT_NULL) {
		return;
	}
	const struct wire_proxy *proxy = &network.ports.peers[peer].proxies[export_id];
	if (proxy->state == WIRE_PROXY_NONE || proxy->generation != stream->generation) {
		free_stream(stream);
	}
}

void streams_settle(uint32_t peer)
{
	for (uint32_t i = WIRE_EXPORT_FIRST; i < EXPORTS_PER_PEER; i++) {
		stream_settle(peer, i);
	}
}

static uint8_t lane_of(uint32_t export_id)
{
	return export_id == WIRE_EXPORT_GNS ? WIRE_LANE_CONTROL : WIRE_LANE_NORMAL;
}

static struct stream *open_stream(uint32_t peer, uint32_t export_id, uint32_t generation)
{
	struct stream *stream = calloc(1, sizeof *stream);

	if (stream == NULL) {
		return NULL;
	}
	stream->peer = peer;
	stream->export_id = export_id;
	stream->generation = generation;
	stream->handle =
		wire_open_stream(&network.node, peer, export_id, generation, lane_of(export_id));
	if (stream->handle < 0) {
		free(stream);
		return NULL;
	}
	network.peers[peer].streams[export_id] = stream;
	return stream;
}

struct stream *stream_find(uint32_t peer, uint32_t export_id, uint32_t generation)
{
	if (export_id >= EXPORTS_PER_PEER || !network.peers[peer].up) {
		return NULL;
	}
	struct stream *stream = network.peers[peer].streams[export_id];
	if (stream != NULL && stream->generation != generation) {
		if (stream->port != MACH_PORT_NULL) {
			return NULL; /* the peer speaks of an export that it has not any more */
		}
		stream_close(stream);
		stream = NULL;
	}
	return stream != NULL ? stream : open_stream(peer, export_id, generation);
}

void streams_end(uint32_t peer)
{
	/* Every message was given back before, so those that were closing are gone. */
	for (uint32_t i = 0; i < EXPORTS_PER_PEER; i++) {
		if (network.peers[peer].streams[i] != NULL) {
			free_stream(network.peers[peer].streams[i]);
		}
	}
}

struct outgoing *outgoing_make(struct stream *stream, uint8_t kind, uint32_t bytes)
{
	struct outgoing *outgoing = malloc(sizeof *outgoing + bytes);

	if (outgoing != NULL) {
		*outgoing = (struct outgoing){.stream = stream};
		outgoing->wire.data = outgoing->data;
		outgoing->wire.bytes = bytes;
		outgoing->wire.kind = kind;
	}
	return outgoing;
}

static void free_outgoing(struct outgoing *outgoing)
{
	while (outgoing->carried != NULL) {
		struct carried *carried = outgoing->carried;

		outgoing->carried = carried->next;
		wire_ports_arrived(&network.ports, outgoing->stream->peer, &carried->descriptor);
		ports_pump();
		right_drop(carried->name);
		free(carried);
	}
	if (outgoing->region != 0) {
		network.peers[outgoing->stream->peer].sending -= outgoing->region_bytes;
		(void)vm_deallocate(SELF, outgoing->region, outgoing->region_bytes);
	}
	free(outgoing);
}

void outgoing_send(struct outgoing *outgoing)
{
	struct stream *stream = outgoing->stream;

	stream->unsent++;
	if (!wire_send(&network.node, stream->peer, (uint32_t)stream->handle, &outgoing->wire)) {
		stream_returned(&outgoing->wire, false);
	}
}

void stream_say(uint32_t peer, uint32_t export_id, uint32_t generation, uint8_t kind,
		const uint8_t *body, uint32_t bytes)
{
	struct stream *stream = stream_find(peer, export_id, generation);
	struct outgoing *outgoing = stream != NULL ? outgoing_make(stream, kind, bytes) : NULL;

	if (outgoing != NULL) {
		memcpy(outgoing->data, body, bytes);
		outgoing_send(outgoing);
	} else if (network.peers[peer].up) {
		/* What is not said would leave the two accounts apart for ever. */
		mach_printf("gns: no memory to go on with %s\n", network.peers[peer].name);
		wire_disconnect(&network.node, peer, WIRE_REASON_CLOSED);
	}
}

void stream_returned(struct wire_message *message, bool sent)
{
	struct outgoing *outgoing = (struct outgoing *)message;
	struct stream *stream = outgoing->stream;

	if (!sent && !message->begun && message->kind == WIRE_KIND_MESSAGE) {
		outgoing_take_back(outgoing);
	}
	free_outgoing(outgoing);
	stream->unsent--;
	if (stream->held && stream->unsent <= 1) {
		proxy_release(stream);
	}
	if (!stream->closing) {
		stream_settle(stream->peer, stream->export_id);
	} else if (stream->unsent == 0) {
		free_stream(stream);
	}
}
