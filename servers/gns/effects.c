/* What the wire and the port tables want done. */
#include "network.h"

#include <gen/mach_port.h>

/* --- the port tables */

static void drop(mach_port_t port)
{
	right_drop(port);
}

void peer_hold(uint32_t peer)
{
	const struct peer *p = &network.peers[peer];

	wire_hold(&network.node, peer, p->exports + p->proxies + network.handing);
}

void peer_is_wrong(uint32_t peer)
{
	network.counters.violations++;
	wire_disconnect(&network.node, peer, WIRE_REASON_PROTOCOL);
}

/* Whether a right waits to be picked up: here, from here, or by us. */
static bool is_handing(void)
{
	for (uint32_t i = 0; i < network.ports.token_count; i++) {
		const struct wire_token *token = &network.ports.tokens[i];

		if (network.ports.pickups[i].used || network.ports.gifts[i].used ||
		    (token->used && (token->provided || token->to != WIRE_EXPORT_NONE))) {
			return true;
		}
	}
	return false;
}

void handing_look(void)
{
	bool before = network.handing;

	if (!before && !network.handing_changed) {
		return;
	}
	network.handing_changed = false;
	network.handing = is_handing();
	for (uint32_t i = 0; network.handing != before && i < network.peer_count; i++) {
		peer_hold(i);
	}
}

bool is_of_hand_over(uint8_t kind)
{
	return kind == WIRE_KIND_PROVIDE || kind == WIRE_KIND_PICKUP || kind == WIRE_KIND_CANCEL ||
	       kind == WIRE_KIND_PICKED || kind == WIRE_KIND_TAKEN || kind == WIRE_KIND_FLUSHED;
}

static void carry_out_port(const struct wire_ports_effect *effect)
{
	struct peer *peer = &network.peers[effect->peer];

	switch (effect->kind) {
	case WIRE_PORTS_SEND:
		stream_say(effect->peer, effect->export_id, effect->generation, effect->item,
			   effect->body, effect->bytes);
		network.handing_changed |= is_of_hand_over(effect->item);
		break;
	case WIRE_PORTS_OPEN:
		inbound_open(effect->peer, effect->export_id, effect->generation);
		peer->exports++;
		peer_hold(effect->peer);
		break;
	case WIRE_PORTS_CLOSE:
		inbound_close(effect->peer, effect->export_id);
		peer->exports--;
		peer_hold(effect->peer);
		break;
	case WIRE_PORTS_COPY:
		(void)mach_port_mod_refs(SELF, effect->port, MACH_PORT_RIGHT_SEND, 1);
		break;
	case WIRE_PORTS_DROP:
		drop(effect->port);
		break;
	case WIRE_PORTS_DESTROY:
		if (!moving_destroy(effect->port)) {
			proxy_destroy(effect->port);
		}
		break;
	case WIRE_PORTS_CONNECT:
		if (network.peers[effect->peer].gone) {
			wire_ports_unreachable(&network.ports, effect->peer);
			break;
		}
		wire_connect(&network.node, effect->peer);
		break;
	case WIRE_PORTS_RESOLVED:
		if (!names_resolved(effect->pickup)) {
			incoming_resolved(effect->pickup);
		}
		break;
	case WIRE_PORTS_MAKE:
		moving_make(effect->port);
		break;
	case WIRE_PORTS_SERVE:
		moving_serve(effect->port);
		break;
	case WIRE_PORTS_MARK:
		moving_mark(effect->port);
		break;
	case WIRE_PORTS_WATCH:
		proxy_watch(effect->port, 0);
		break;
	}
}

void ports_pump(void)
{
	struct wire_ports_effect effect;

	while (wire_ports_effect(&network.ports, &effect)) {
		carry_out_port(&effect);
	}
}

/* --- the wire */

static void begin(const struct wire_effect *effect)
{
	struct peer *peer = &network.peers[effect->peer];

	peer->up = true;
	peer->suspected = false;
	peer->serial = effect->serial;
	network.counters.associations++;
	inbound_open(effect->peer, WIRE_EXPORT_GNS, 0);
	peer_hold(effect->peer);
	wire_ports_up(&network.ports, effect->peer, effect->incarnation);
	ports_pump();
	names_up(effect->peer);
}

static const char *reason_text(uint8_t reason)
{
	static const char *const texts[] = {
		[WIRE_REASON_NONE] = "ended",
		[WIRE_REASON_DEAD] = "does not answer",
		[WIRE_REASON_IDLE] = "is not needed",
		[WIRE_REASON_REPLACED] = "was started anew",
		[WIRE_REASON_PROTOCOL] = "broke the protocol",
		[WIRE_REASON_UNKNOWN] = "says what this node does not know",
		[WIRE_REASON_REVOKED] = "is no member any more",
		[WIRE_REASON_CLONED] = "has a key that is used twice",
		[WIRE_REASON_CLOSED] = "has ended the association",
	};

	return reason < sizeof texts / sizeof texts[0] ? texts[reason] : "ended";
}

static void end(const struct wire_effect *effect)
{
	struct peer *peer = &network.peers[effect->peer];

	peer->up = false;
	wire_ports_down(&network.ports, effect->peer);
	ports_pump();
	for (uint32_t i = 0; i < EXPORTS_PER_PEER; i++) {
		inbound_close(effect->peer, i);
	}
	streams_end(effect->peer);
	peer->exports = peer->proxies = 0;
	names_down(effect->peer);
	if (effect->reason != WIRE_REASON_IDLE) {
		network.counters.deaths++;
		mach_printf("gns: %s %s\n", peer->name, reason_text(effect->reason));
	}
}

static void send_frame(const struct wire_effect *effect)
{
	if (effect->frame != card_frame()) {
		memcpy(card_frame(), effect->frame, effect->bytes);
	}
	card_send(effect->broadcast ? NULL : effect->address.bytes, (uint32_t)effect->bytes);
}

static void carry_out(const struct wire_effect *effect)
{
	switch (effect->kind) {
	case WIRE_EFFECT_SEND:
		send_frame(effect);
		break;
	case WIRE_EFFECT_COMPUTE:
		worker_add(effect->job);
		break;
	case WIRE_EFFECT_UP:
		begin(effect);
		break;
	case WIRE_EFFECT_DOWN:
		end(effect);
		break;
	case WIRE_EFFECT_UNREACHABLE:
		wire_ports_unreachable(&network.ports, effect->peer);
		ports_pump();
		names_unreachable(effect->peer);
		break;
	case WIRE_EFFECT_SUSPECT:
	case WIRE_EFFECT_TRUST:
		network.peers[effect->peer].suspected = effect->kind == WIRE_EFFECT_SUSPECT;
		break;
	case WIRE_EFFECT_CLONED:
		mach_printf("gns: the key of %s seems to be copied: it is refused for a while\n",
			    network.peers[effect->peer].name);
		break;
	case WIRE_EFFECT_NAMED:
		names_named(effect);
		break;
	case WIRE_EFFECT_DELIVER:
		incoming_piece(effect->peer, &effect->piece);
		break;
	case WIRE_EFFECT_SENT:
	case WIRE_EFFECT_FAILED:
		stream_returned(effect->message, effect->kind == WIRE_EFFECT_SENT);
		break;
	}
}

void network_pump(void)
{
	struct wire_effect effect;

	while (wire_next_effect(&network.node, card_frame(), &effect)) {
		carry_out(&effect);
	}
	if (network.keylog) {
		keylog_look();
	}
}
