/*
 * The keys of an association as a node broadcasts them, if its cluster was made with a keylog: who
 * has the capture can open what is in it (tools/decode).  Nothing of the protocol reads this.
 */
#pragma once

#include "frame_core.h"

struct wire_keylog_way {
	uint32_t index; /* of the receiver */
	uint8_t key[WIRE_KEY_BYTES];
};

struct wire_keylog {
	uint8_t node[WIRE_SHORT_ID_BYTES], peer[WIRE_SHORT_ID_BYTES];
	struct wire_keylog_way to_node, to_peer;
};

void wire_encode_keylog(uint8_t bytes[WIRE_KEYLOG_BYTES], const struct wire_keylog *keylog);

/* False: not a keylog.  More bytes than it has are padding. */
bool wire_decode_keylog(const uint8_t *bytes, size_t size, struct wire_keylog *keylog);
