/*
 * RESOLVE and HERE: frames that everybody in the cluster can make and open, so they prove nothing;
 * what they say is handed on (names_core.h).
 */
#include "parts_core.h"

void wire_take_resolve(struct wire_node *node, const struct wire_header *header,
		       const struct wire_address *from, uint8_t *frame, size_t bytes)
{
	struct wire_peer *peer = wire_open_named(node, header, frame, bytes);
	if (peer == NULL) {
		return;
	}
	if (!wire_decode_resolve(header->type, frame + header->bytes,
				 bytes - header->bytes - WIRE_TAG_BYTES, &node->named.resolve)) {
		wire_refuse(node, WIRE_REFUSED_MALFORMED);
		return;
	}
	if (header->type == WIRE_HERE &&
	    __builtin_memcmp(node->named.resolve.target, node->id, WIRE_SHORT_ID_BYTES) != 0) {
		wire_refuse(node, WIRE_REFUSED_ELSEWHERE);
		return;
	}
	if (header->type == WIRE_RESOLVE &&
	    !wire_may_answer(&node->resolve_us, node->clock.now_us, node->settings.resolve_gap_us,
			     node->settings.resolve_burst)) {
		wire_refuse(node, WIRE_REFUSED_TOO_MANY);
		return;
	}
	node->counters.named++;
	node->named.waits = true;
	node->named.type = header->type;
	node->named.peer = peer->number;
	node->named.address = *from;
}

size_t wire_write_resolve(struct wire_node *node, uint8_t *out, uint8_t type,
			  struct wire_resolve *resolve)
{
	size_t bytes = type == WIRE_RESOLVE ? WIRE_RESOLVE_BYTES : WIRE_HERE_BYTES;
	struct wire_writer writer = wire_writer(out, WIRE_NAMED_HEADER_BYTES + bytes);
	uint64_t counter = node->hello_counter;
	resolve->roster_version = node->roster_version;
	wire_write_named_header(node, &writer, type);
	wire_encode_resolve(&writer, type, resolve);
	if (writer.failed ||
	    !node->suite->seal(node->suite->context, node->hello_key, counter, out,
			       WIRE_NAMED_HEADER_BYTES, out + WIRE_NAMED_HEADER_BYTES, bytes)) {
		return 0;
	}
	node->counters.sent++;
	return WIRE_NAMED_HEADER_BYTES + bytes + WIRE_TAG_BYTES;
}

bool wire_make_nonce(struct wire_node *node, uint8_t nonce[WIRE_NONCE_BYTES])
{
	return wire_make_random(node, nonce, WIRE_NONCE_BYTES);
}
