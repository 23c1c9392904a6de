/* One function for each routine of masix/gns.defs: what anybody may see of the network. */
#include "network.h"

#include <ctype.h>
#include <gen/gns_server.h>
#include <gen/mach.h>
#include <masix/gns.h>
#include <stdio.h>

/* Memory for a reply, which the stub gives away. */
static kern_return_t reply_memory(size_t bytes, vm_offset_t *memory)
{
	*memory = 0;
	return bytes == 0                                               ? KERN_SUCCESS
	       : vm_allocate(SELF, memory, bytes, TRUE) == KERN_SUCCESS ? KERN_SUCCESS
									: KERN_RESOURCE_SHORTAGE;
}

/* ---------------------------------------------------------------------------------------- peers */

static uint32_t peer_state(const struct peer *peer, const struct wire_peer *wire)
{
	if (peer->up) {
		return peer->suspected ? GNS_PEER_SUSPECTED : GNS_PEER_UP;
	}
	return wire->wanted ? GNS_PEER_CONNECTING : GNS_PEER_UNKNOWN;
}

static uint32_t references_of(const struct wire_ports_peer *ports)
{
	uint32_t references = 0;

	for (uint32_t i = 0; i < ports->count; i++) {
		if (ports->exports[i].state != WIRE_EXPORT_FREE) {
			references += ports->exports[i].count;
		}
	}
	return references;
}

static uint32_t streams_of(const struct peer *peer)
{
	uint32_t streams = 0;

	for (uint32_t i = 0; i < EXPORTS_PER_PEER; i++) {
		streams += peer->streams[i] != NULL;
	}
	return streams;
}

static void fill_peer(uint32_t place, struct gns_peer *info)
{
	const struct peer *peer = &network.peers[place];
	const struct wire_peer *wire = &network.node.peers[place];
	const struct wire_transport *transport = &wire->transport;

	*info = (struct gns_peer){.number = peer->number, .state = peer_state(peer, wire)};
	memcpy(info->name, peer->name, sizeof info->name);
	if (!peer->up) {
		return;
	}
	info->incarnation = wire->incarnation;
	info->serial = wire->serial;
	info->exports = peer->exports;
	info->proxies = peer->proxies;
	info->references = references_of(&network.ports.peers[place]);
	info->streams = streams_of(peer);
	info->round_trip_us = transport->pace.round_us;
	info->window = transport->pace.window / network.node.frame_bytes_max;
	info->flying = transport->flight_count;
	if (network.now_us > wire->life.heard_us) {
		info->silent_ms = (uint32_t)((network.now_us - wire->life.heard_us) / 1000);
	}
}

kern_return_t serve_gns_get_peers(ipc_call_t call, vm_offset_t *peers,
				  mach_msg_type_number_t *bytes)
{
	/* Who there is does not change while this server runs. */
	uint32_t count = network.running ? network.peer_count : 0;
	kern_return_t result = reply_memory(count * sizeof(struct gns_peer), peers);

	(void)call;
	*bytes = count * sizeof(struct gns_peer);
	if (result != KERN_SUCCESS || count == 0) {
		return result;
	}
	network_enter();
	for (uint32_t i = 0; i < count; i++) {
		fill_peer(i, (struct gns_peer *)*peers + i);
	}
	network_leave();
	return KERN_SUCCESS;
}

/* ------------------------------------------------------------------------------------- counters */

#define COUNTER_ONE(name, text) +1
#define WIRE_COUNTERS           5
#define COUNTERS                                                                                   \
	(NETWORK_COUNTERS(COUNTER_ONE) WIRE_NAMES_COUNTERS(COUNTER_ONE) + WIRE_COUNTERS +          \
	 WIRE_REFUSAL_COUNT)

static void add(struct gns_counter **next, const char *name, uint64_t value)
{
	(void)snprintf((*next)->name, sizeof(*next)->name, "%s", name);
	(*next)->value = value;
	(*next)++;
}

/* Frames that were refused, by reason. */
static void add_refusals(struct gns_counter **next)
{
	static const char *const names[] = {
#define REFUSAL_NAME(name, text) "refused_" #name,
		WIRE_REFUSALS(REFUSAL_NAME)
#undef REFUSAL_NAME
	};

	for (uint32_t i = 0; i < WIRE_REFUSAL_COUNT; i++) {
		char *name = (*next)->name;

		add(next, names[i], network.node.counters.refused[i]);
		for (; *name != 0; name++) {
			*name = (char)tolower((unsigned char)*name);
		}
	}
}

kern_return_t serve_gns_get_counters(ipc_call_t call, vm_offset_t *counters,
				     mach_msg_type_number_t *bytes)
{
	const struct wire_counters *wire = &network.node.counters;
	kern_return_t result = reply_memory(COUNTERS * sizeof(struct gns_counter), counters);
	struct gns_counter *next = (struct gns_counter *)*counters;

	(void)call;
	*bytes = 0;
	if (result != KERN_SUCCESS) {
		return result;
	}
	*bytes = COUNTERS * sizeof(struct gns_counter);
	if (network.running) {
		network_enter();
	}
#define NETWORK_COUNTER_ADD(name, text) add(&next, #name, network.counters.name);
	NETWORK_COUNTERS(NETWORK_COUNTER_ADD)
#undef NETWORK_COUNTER_ADD
#define NAMES_COUNTER_ADD(name, text) add(&next, "names_" #name, names_counters()->name);
	WIRE_NAMES_COUNTERS(NAMES_COUNTER_ADD)
#undef NAMES_COUNTER_ADD
	add(&next, "frames_sent", wire->sent);
	add(&next, "frames_accepted", wire->accepted);
	add(&next, "hellos_answered", wire->answered);
	add(&next, "curve_jobs", wire->jobs);
	add(&next, "handshakes", wire->handshakes);
	add_refusals(&next);
	if (network.running) {
		network_leave();
	}
	return KERN_SUCCESS;
}
