/* Who this node is and who else there is, as the ACS says; the tables for that many. */
#include "network.h"

#include <gen/acs_network.h>
#include <gen/mach.h>
#include <stdlib.h>
#include <wire/suite.h>

#define STREAMS_PER_PEER (EXPORTS_PER_PEER + 64) /* some are still closing */

static kern_return_t make_tables(struct peer *peer, struct wire_ports_peer *ports,
				 const struct acs_member *member)
{
	struct wire_out *outs = calloc(STREAMS_PER_PEER, sizeof *outs);
	struct wire_in *ins = calloc(EXPORTS_PER_PEER, sizeof *ins);

	memcpy(peer->name, member->name, sizeof peer->name);
	memcpy(peer->id, member->id, sizeof peer->id);
	peer->number = member->number;
	peer->roles = member->roles;
	memcpy(ports->name.id, member->id, sizeof ports->name.id);
	ports->exports = calloc(EXPORTS_PER_PEER, sizeof *ports->exports);
	ports->proxies = calloc(EXPORTS_PER_PEER, sizeof *ports->proxies);
	ports->count = EXPORTS_PER_PEER;
	if (outs == NULL || ins == NULL || ports->exports == NULL || ports->proxies == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	int32_t number = wire_add_peer(&network.node, member->id, member->public_key, outs,
				       STREAMS_PER_PEER, ins, EXPORTS_PER_PEER);
	return number == peer - network.peers ? KERN_SUCCESS : KERN_FAILURE;
}

/* This node's end of the wire, and "count" peers without anything. */
static kern_return_t start_wire(const struct acs_member *self, uint32_t count, int64_t version)
{
	struct crypto_random random = {0};
	uint8_t secret[WIRE_KEY_BYTES], cluster_key[WIRE_KEY_BYTES];
	uint64_t incarnation = 0;
	struct wire_peer *peers = calloc(count, sizeof *peers);
	struct wire_block *blocks = calloc(BLOCKS, sizeof *blocks);

	network.peers = calloc(count, sizeof *network.peers);
	network.peer_count = count;
	if (peers == NULL || blocks == NULL || network.peers == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	if (crypto_start_random(&random, &crypto_rdrand_source) != CRYPTO_OK ||
	    crypto_make_random(&random, secret, sizeof secret) != CRYPTO_OK ||
	    crypto_make_random(&random, &incarnation, sizeof incarnation) != CRYPTO_OK) {
		return ACS_NO_RANDOMNESS;
	}
	kern_return_t result = acs_network_get_cluster_key(network.acs, cluster_key);
	const struct wire_start start = {
		.suite = &wire_crypto_suite,
		.settings = &wire_default_settings,
		.id = self->id,
		.public_key = self->public_key,
		.cluster_key = cluster_key,
		.random = secret,
		.incarnation = incarnation | 1,
		.roster_version = (uint64_t)version,
		.now_us = network.now_us,
		.frame_bytes_max = WIRE_FRAME_BYTES_MAX,
		.peers = peers,
		.peer_count_max = count,
		.blocks = blocks,
		.block_count = BLOCKS,
	};

	if (result == KERN_SUCCESS && !wire_start_node(&network.node, &start)) {
		result = KERN_FAILURE;
	}
	crypto_wipe_bytes(cluster_key, sizeof cluster_key);
	crypto_wipe_bytes(secret, sizeof secret);
	crypto_stop_random(&random);
	return result;
}

static kern_return_t start_ports(const struct acs_member *members, uint32_t count, uint32_t place)
{
	struct wire_ports_peer *peers = calloc(network.peer_count, sizeof *peers);
	struct wire_token *tokens = calloc(TOKENS, sizeof *tokens);
	struct wire_gift *gifts = calloc(TOKENS, sizeof *gifts);
	struct wire_pickup *pickups = calloc(TOKENS, sizeof *pickups);
	struct wire_node_name self = {.incarnation = network.node.incarnation};
	kern_return_t result = KERN_SUCCESS;
	uint32_t peer = 0;

	if (peers == NULL || tokens == NULL || gifts == NULL || pickups == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	memcpy(self.id, members[place].id, sizeof self.id);
	for (uint32_t i = 0; i < count && result == KERN_SUCCESS; i++) {
		if (i != place) {
			network.peers[peer].place = i;
			result = make_tables(&network.peers[peer], &peers[peer], &members[i]);
			peer++;
		}
	}
	wire_ports_start(&network.ports, &self, peers, network.peer_count, tokens, gifts, pickups,
			 TOKENS, wire_default_settings.life.dead_us + 500000);
	return result;
}

kern_return_t network_start(void)
{
	int64_t version = 0;
	natural_t place = 0;
	pointer_t list = 0;
	mach_msg_type_number_t bytes = 0;
	kern_return_t result = acs_network_get_node(network.acs, &version, &place);

	natural_t flags = 0;

	result = result ?: acs_network_get_flags(network.acs, &flags);
	result = result ?: acs_network_get_members(network.acs, &list, &bytes);
	if (result != KERN_SUCCESS) {
		return result;
	}
	network.keylog = (flags & ACS_NETWORK_KEYLOG) != 0;
	if (network.keylog) {
		mach_print("gns: KEYLOG: this cluster was made to show who hears its wire all that "
			   "nodes say\n");
	}
	const struct acs_member *members = (const struct acs_member *)list;
	uint32_t count = bytes / sizeof *members;
	network.now_us = network_now_us();
	result = place < count ? start_wire(&members[place], count - 1, version) : KERN_FAILURE;
	result = result ?: start_ports(members, count, place);
	(void)vm_deallocate(SELF, list, bytes);
	return result;
}
