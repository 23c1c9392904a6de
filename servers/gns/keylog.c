/*
 * A cluster whose roster says so shows what its nodes tell each other: each node broadcasts the
 * keys of its associations, for the capture of the wire.  No other cluster does (docs/security.md).
 */
#include "network.h"

#include <wire/keylog_core.h>

static void tell(const struct wire_peer *peer)
{
	const struct wire_keys *keys = &peer->keys[0];
	struct wire_keylog keylog = {.to_node.index = keys->local, .to_peer.index = keys->remote};

	memcpy(keylog.node, network.node.id, sizeof keylog.node);
	memcpy(keylog.peer, peer->id, sizeof keylog.peer);
	memcpy(keylog.to_node.key, keys->receive, sizeof keylog.to_node.key);
	memcpy(keylog.to_peer.key, keys->send, sizeof keylog.to_peer.key);
	wire_encode_keylog(card_frame(), &keylog);
	card_send_other(WIRE_KEYLOG_ETHERTYPE, WIRE_KEYLOG_BYTES);
}

void keylog_look(void)
{
	for (uint32_t i = 0; i < network.peer_count; i++) {
		const struct wire_peer *peer = &network.node.peers[i];

		if (peer->up && peer->keys[0].local != network.peers[i].logged) {
			network.peers[i].logged = peer->keys[0].local;
			tell(peer);
		}
	}
}
