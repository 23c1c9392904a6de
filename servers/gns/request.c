/* One function for each routine of masix/gns.defs: what somebody sees who looks at the network. */
#include "network.h"

#include <gen/gns_server.h>
#include <gen/mach.h>
#include <ipc/ipc.h>
#include <masix/gns.h>

/* Memory for an answer of so many bytes; none for none. */
static kern_return_t make_answer(uint32_t bytes, pointer_t *answer, mach_msg_type_number_t *count)
{
	*answer = 0;
	*count = bytes;
	return bytes == 0 ? KERN_SUCCESS : vm_allocate(SELF, answer, bytes, TRUE);
}

static uint32_t state_of(uint32_t number)
{
	const struct wire_peer *wire = &network.node.peers[number];
	const struct peer *peer = &network.peers[number];

	if (peer->up) {
		return peer->suspected ? GNS_PEER_SUSPECTED : GNS_PEER_UP;
	}
	return wire->wanted || wire->attempt.state != WIRE_ATTEMPT_NONE ? GNS_PEER_CONNECTING
									: GNS_PEER_UNKNOWN;
}

static void describe_association(uint32_t number, struct gns_peer *info)
{
	const struct wire_peer *wire = &network.node.peers[number];
	const struct wire_ports_peer *ports = &network.ports.peers[number];
	uint32_t largest = (uint32_t)wire->payload_bytes_max;

	info->incarnation = ports->name.incarnation;
	info->serial = network.peers[number].serial;
	info->round_trip_us = wire->transport.pace.round_us;
	info->window = largest != 0 ? wire->transport.pace.window / largest : 0;
	info->flying = wire->transport.flight_count;
	info->silent_ms = (uint32_t)((network.node.clock.now_us - wire->life.heard_us) / 1000);
	for (uint32_t i = 0; i < ports->count; i++) {
		const struct wire_export *export = &ports->exports[i];

		info->exports += export->state != WIRE_EXPORT_FREE;
		info->references += export->state != WIRE_EXPORT_FREE ? export->count : 0;
		info->proxies += ports->proxies[i].state != WIRE_PROXY_NONE;
		info->streams += network.peers[number].streams[i] != NULL;
	}
}

kern_return_t serve_gns_get_peers(ipc_call_t call, pointer_t *peers, mach_msg_type_number_t *bytes)
{
	(void)call;
	network_enter();
	uint32_t count = network.running ? network.peer_count : 0;
	uint32_t members = 0;

	for (uint32_t i = 0; i < count; i++) {
		members += !network.peers[i].gone;
	}
	kern_return_t result = make_answer(members * sizeof(struct gns_peer), peers, bytes);
	struct gns_peer *info = (struct gns_peer *)*peers;

	for (uint32_t i = 0; i < count && result == KERN_SUCCESS; i++) {
		if (network.peers[i].gone) {
			continue;
		}

		memcpy(info->name, network.peers[i].name, sizeof info->name);
		info->number = network.peers[i].number;
		info->state = state_of(i);
		if (network.peers[i].up) {
			describe_association(i, info);
		}
		info++;
	}
	network_leave();
	return result;
}

static struct gns_counter *add_counter(struct gns_counter *counter, const char *prefix,
				       const char *text, uint64_t value)
{
	(void)mach_snprintf(counter->name, sizeof counter->name, "%s%s", prefix, text);
	counter->value = value;
	return counter + 1;
}

static struct gns_counter *add_own(struct gns_counter *at)
{
#define NETWORK_COUNTER_ADD(field, text) at = add_counter(at, "", text, network.counters.field);
	NETWORK_COUNTERS(NETWORK_COUNTER_ADD)
#undef NETWORK_COUNTER_ADD
	return at;
}

static struct gns_counter *add_wire(struct gns_counter *at)
{
	const struct wire_counters *counters = &network.node.counters;

	at = add_counter(at, "", "frames sent", counters->sent);
	at = add_counter(at, "", "frames accepted", counters->accepted);
	at = add_counter(at, "", "HELLOs answered", counters->answered);
	at = add_counter(at, "", "RESOLVE and HERE", counters->named);
	at = add_counter(at, "", "handshakes", counters->handshakes);
	at = add_counter(at, "", "computations on the curve", counters->jobs);
	for (uint32_t i = 0; i < WIRE_REFUSAL_COUNT; i++) {
		at = add_counter(at, "refused: ", wire_refusal_text(i), counters->refused[i]);
	}
	return at;
}

static struct gns_counter *add_names(struct gns_counter *at)
{
	const struct wire_names_counters *counters = names_counters();

#define NAMES_COUNTER_ADD(field, text) at = add_counter(at, "names: ", text, counters->field);
	WIRE_NAMES_COUNTERS(NAMES_COUNTER_ADD)
#undef NAMES_COUNTER_ADD
	return at;
}

#define COUNTER_ONE(field, text) +1
#define COUNTERS                                                                                   \
	(0 NETWORK_COUNTERS(COUNTER_ONE) WIRE_NAMES_COUNTERS(COUNTER_ONE) + 6 + WIRE_REFUSAL_COUNT)

kern_return_t serve_gns_get_counters(ipc_call_t call, pointer_t *counters,
				     mach_msg_type_number_t *bytes)
{
	kern_return_t result = make_answer(COUNTERS * sizeof(struct gns_counter), counters, bytes);

	(void)call;
	if (result == KERN_SUCCESS) {
		network_enter();
		(void)add_names(add_wire(add_own((struct gns_counter *)*counters)));
		network_leave();
	}
	return result;
}
