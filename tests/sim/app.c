/*
 * What the nodes' programs do, and what must be true of it: each message is delivered whole, in
 * order and at most once, in the association that it was sent in; it comes back to its sender
 * exactly once; SENT means delivered, and "surely not sent" means that not a byte arrived.
 */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the ledger: every message of every stream, for the eyes of the simulator alone */

struct entry {
	uint32_t bytes, seed;
	bool touched, delivered, returned;
};

struct channel {
	struct channel *next;
	uint32_t from, to, from_life;
	uint64_t serial;
	uint32_t export_id;
	struct entry *entries;
	uint32_t count, room;
	uint32_t expected, offset; /* what is to be delivered next */
};

#define CHANNELS 4096
static struct channel *channels[CHANNELS];

static struct channel **channel_place(uint32_t from, uint32_t to, uint64_t serial,
				      uint32_t export_id)
{
	uint64_t hash = serial ^ (from * 31ull + to) * 0x9e3779b97f4a7c15ull ^ export_id << 7;
	struct channel **place = &channels[(hash ^ hash >> 32) % CHANNELS];
	while (*place != NULL && ((*place)->from != from || (*place)->to != to ||
				  (*place)->serial != serial || (*place)->export_id != export_id)) {
		place = &(*place)->next;
	}
	return place;
}

static uint8_t content(uint32_t seed, uint32_t i)
{
	return (uint8_t)(seed + i * 7 + (i >> 8) * 13);
}

/* Larger messages are used up as they come: what a few of them hold before they are whole must not
   be all that may come. */
#define LARGE_BYTES 8192

/* --- an application */

struct sim_message {
	struct wire_message wire;
	struct sim_message *next; /* among those that wait for an association */
	struct channel *channel;
	uint32_t index;
	uint32_t export_id;
	uint32_t to;
	uint8_t data[];
};

struct inbox {
	uint32_t waiting; /* messages that nobody took */
	uint32_t waiting_bytes;
	uint64_t take_us; /* when the next is taken; 0: none waits */
	uint32_t sizes[SIM_SLOTS + WIRE_WINDOW_FIRST + 1];
};

struct partner {
	bool up, held;
	uint64_t serial, incarnation;
	uint64_t needed_us; /* node's clock: since when it is needed, 0: not */
	uint64_t heard_us;  /* node's clock */
	uint32_t freezes;   /* of the node, until it heard or needed the peer last */
	uint64_t up_us;
	int32_t streams[SIM_EXPORTS];
	struct inbox inboxes[SIM_EXPORTS];
	uint32_t to_send; /* messages that the node wants to send it */
	struct sim_message *backlog;
	uint64_t next_us; /* when something is sent */
	uint64_t last_incarnation, changes_us[WIRE_CHANGES_MAX], banned_us;
	uint32_t changes;
	uint64_t hold_toggle_us;
};

struct sim_app {
	struct partner partners[SIM_NODES_MAX];
	uint32_t out; /* messages with the wire */
};

static bool finishing;
static const uint8_t lane_of[SIM_EXPORTS] = {WIRE_LANE_CONTROL, WIRE_LANE_URGENT, WIRE_LANE_NORMAL,
					     WIRE_LANE_NORMAL,  WIRE_LANE_BULK,   WIRE_LANE_BULK};
/* What nodes still want to send outlives their lives. */
static uint32_t wishes[SIM_NODES_MAX][SIM_NODES_MAX];

static uint32_t export_of(uint32_t i)
{
	return i == 0 ? WIRE_EXPORT_GNS : WIRE_EXPORT_FIRST + i;
}

static uint32_t slot_of(uint32_t export_id)
{
	return export_id == WIRE_EXPORT_GNS ? 0 : export_id - WIRE_EXPORT_FIRST;
}

/* In the simulator peer number = node number. */
static void app_start(struct sim_node *node)
{
	struct sim_app *app = calloc(1, sizeof *app);
	node->app = app;
	if (sim_profile.clones > 0 && node->number == 0) {
		/* Both machines with this key speak up. */
		wishes[0][1]++;
	}
	for (uint32_t i = 0; i < sim_profile.nodes; i++) {
		app->partners[i].to_send = wishes[node->number][i];
		app->partners[i].next_us =
			app->partners[i].to_send > 0
				? sim_now_us + 1 +
					  sim_below(sim_profile.clones > 0 ? 100000 : 2000000)
				: 0;
	}
}

static uint32_t message_bytes(void)
{
	switch (sim_below(16)) {
	case 0:
		return 0;
	case 1:
		return sim_below(20000);
	case 2:
		return sim_below(64) == 0 ? sim_below(300000) : sim_below(3000);
	default:
		return sim_below(200);
	}
}

static struct sim_message *make_message(uint32_t to)
{
	uint32_t bytes = message_bytes();
	struct sim_message *message = calloc(1, sizeof *message + bytes);
	message->export_id = export_of(sim_below(SIM_EXPORTS));
	message->to = to;
	message->wire.bytes = bytes;
	message->wire.kind = (uint8_t)(WIRE_KIND_MESSAGE + sim_below(7));
	message->wire.must = sim_chance(500);
	message->wire.data = message->data;
	message->wire.context = (uintptr_t)message;
	return message;
}

/* Enters the message into its channel and gives it to the wire. */
static void send_message(struct sim_node *node, struct partner *partner,
			 struct sim_message *message)
{
	int32_t stream = partner->streams[slot_of(message->export_id)];
	struct channel **place =
		channel_place(node->number, message->to, partner->serial, message->export_id);
	if (*place == NULL) {
		*place = calloc(1, sizeof **place);
		(*place)->from = node->number;
		(*place)->to = message->to;
		(*place)->from_life = node->life;
		(*place)->serial = partner->serial;
		(*place)->export_id = message->export_id;
	}
	struct channel *channel = *place;
	SIM_CHECK(channel->from_life == node->life, "node %u uses a serial of its former life",
		  node->number);
	if (channel->count == channel->room) {
		channel->room = channel->room * 2 + 8;
		channel->entries =
			realloc(channel->entries, channel->room * sizeof *channel->entries);
	}
	message->channel = channel;
	message->index = channel->count++;
	uint32_t seed = (uint32_t)sim_random();
	channel->entries[message->index] = (struct entry){message->wire.bytes, seed, 0, 0, 0};
	for (uint32_t i = 0; i < message->wire.bytes; i++) {
		message->data[i] = content(seed, i);
	}
	node->app->out++;
	SIM_CHECK(wire_send(&node->wire, message->to, (uint32_t)stream, &message->wire),
		  "node %u cannot send on its stream", node->number);
}

static void send_some(struct sim_node *node, uint32_t to)
{
	struct partner *partner = &node->app->partners[to];
	while (partner->backlog != NULL) {
		struct sim_message *message = partner->backlog;
		partner->backlog = message->next;
		send_message(node, partner, message);
	}
	uint32_t burst = 1 + sim_below(sim_chance(100) ? 40 : 4);
	while (partner->to_send > 0 && burst-- > 0) {
		partner->to_send--;
		wishes[node->number][to]--;
		send_message(node, partner, make_message(to));
	}
}

static void count_change(struct sim_node *node, uint32_t peer, uint64_t incarnation)
{
	struct partner *partner = &node->app->partners[peer];
	const struct wire_settings *settings = &sim_profile.settings;
	uint64_t now_us = node->wire.clock.now_us;
	if (partner->last_incarnation != 0 && partner->last_incarnation != incarnation) {
		partner->changes_us[partner->changes++ % settings->clone_changes] = now_us;
		uint64_t oldest = partner->changes_us[partner->changes % settings->clone_changes];
		SIM_CHECK(partner->changes < settings->clone_changes ||
				  now_us - oldest > settings->clone_window_us,
			  "node %u accepts incarnation %u of node %u within the window",
			  node->number, partner->changes, peer);
	}
	SIM_CHECK(partner->banned_us == 0 || now_us >= partner->banned_us + settings->clone_ban_us,
		  "node %u talks to node %u, which it has banned", node->number, peer);
	partner->last_incarnation = incarnation;
}

static void take_up(struct sim_node *node, const struct wire_effect *effect)
{
	struct partner *partner = &node->app->partners[effect->peer];
	struct sim_node *other = &sim_nodes[effect->peer];
	SIM_CHECK(!partner->up, "node %u: UP twice", node->number);
	SIM_CHECK(effect->serial != partner->serial, "node %u: a serial comes again", node->number);
	count_change(node, effect->peer, effect->incarnation);
	/* Not what anybody claims: an incarnation that the peer has, or had before a crash. */
	SIM_CHECK(effect->incarnation >> 16 == other->number + 1 &&
			  (effect->incarnation & 0xffff) <= other->life,
		  "node %u: UP with an incarnation that node %u never had", node->number,
		  effect->peer);
	sim_saw[SIM_SAW_UP]++;
	partner->up = true;
	partner->serial = effect->serial;
	partner->incarnation = effect->incarnation;
	partner->up_us = sim_now_us;
	partner->needed_us = partner->heard_us = node->wire.clock.now_us;
	partner->freezes = node->freezes;
	memset(partner->inboxes, 0, sizeof partner->inboxes);
	for (uint32_t i = 0; i < SIM_EXPORTS; i++) {
		SIM_CHECK(wire_open_export(&node->wire, effect->peer, export_of(i),
					   (uint32_t)effect->serial, SIM_SLOTS),
			  "node %u cannot open an export", node->number);
		partner->streams[i] = wire_open_stream(&node->wire, effect->peer, export_of(i),
						       (uint32_t)effect->serial, lane_of[i]);
		SIM_CHECK(partner->streams[i] >= 0, "node %u cannot open a stream", node->number);
	}
	partner->held = !finishing && sim_chance(700);
	wire_hold(&node->wire, effect->peer, partner->held);
	partner->hold_toggle_us = sim_now_us + sim_between(500000, 20000000);
	if (partner->to_send > 0 || partner->backlog != NULL) {
		partner->next_us = sim_now_us;
	}
	sim_names_up(node, effect->peer, effect->serial);
}

static void take_down(struct sim_node *node, const struct wire_effect *effect)
{
	struct partner *partner = &node->app->partners[effect->peer];
	const struct wire_liveness_settings *life = &sim_profile.settings.life;
	static const enum sim_sight sights[] = {
		[WIRE_REASON_DEAD] = SIM_SAW_DEAD,         [WIRE_REASON_IDLE] = SIM_SAW_IDLE,
		[WIRE_REASON_REPLACED] = SIM_SAW_REPLACED, [WIRE_REASON_CLOSED] = SIM_SAW_CLOSED,
		[WIRE_REASON_CLONED] = SIM_SAW_CLONED,
	};
	SIM_CHECK(partner->up && partner->serial == effect->serial,
		  "node %u: DOWN of what is not up", node->number);
	SIM_CHECK(effect->reason != WIRE_REASON_PROTOCOL && effect->reason != WIRE_REASON_UNKNOWN,
		  "node %u says that node %u breaks the protocol", node->number, effect->peer);
	SIM_CHECK(effect->reason != WIRE_REASON_CLOSED, "node %u: closed by node %u", node->number,
		  effect->peer);
	uint64_t since_us =
		partner->heard_us > partner->needed_us ? partner->heard_us : partner->needed_us;
	uint64_t silence_us = node->wire.clock.now_us - since_us;
	SIM_CHECK(effect->reason != WIRE_REASON_DEAD || silence_us >= life->dead_us,
		  "node %u says that node %u is dead after %llu us", node->number, effect->peer,
		  (unsigned long long)silence_us);
	SIM_CHECK(effect->reason == WIRE_REASON_IDLE || !sim_is_calm(),
		  "node %u loses node %u although nothing happened", node->number, effect->peer);
	if (effect->reason < sizeof sights / sizeof sights[0]) {
		sim_saw[sights[effect->reason]]++;
	}
	partner->up = false;
	partner->held = false;
	for (uint32_t i = 0; i < SIM_EXPORTS; i++) {
		partner->inboxes[i].take_us = 0;
	}
	if (partner->to_send > 0 || partner->backlog != NULL) {
		partner->next_us = sim_now_us + sim_below(500000) + 1;
	}
	sim_names_down(node, effect->peer);
}

static void take_returned(struct sim_node *node, const struct wire_effect *effect)
{
	struct sim_message *message = (void *)(uintptr_t)effect->message->context;
	struct entry *entry = &message->channel->entries[message->index];
	struct partner *partner = &node->app->partners[effect->peer];
	SIM_CHECK(!entry->returned, "node %u gets a message back twice", node->number);
	SIM_CHECK(message->channel->serial == effect->serial,
		  "node %u gets a message back from another association", node->number);
	entry->returned = true;
	node->app->out--;
	if (effect->kind == WIRE_EFFECT_SENT) {
		SIM_CHECK(entry->delivered, "node %u: SENT, but node %u has not got it",
			  node->number, effect->peer);
		free(message);
		return;
	}
	if (!message->wire.begun) {
		SIM_CHECK(!entry->touched, "node %u: surely not sent, but node %u has got it",
			  node->number, effect->peer);
		sim_saw[SIM_SAW_UNSENT]++;
		message->next = partner->backlog;
		partner->backlog = message;
		return;
	}
	SIM_CHECK(node->wire.peers[effect->peer].reason != WIRE_REASON_IDLE,
		  "node %u: a message was lost in an idle association", node->number);
	sim_saw[SIM_SAW_UNCERTAIN]++;
	free(message);
}

static void finish_message(struct sim_node *node, struct partner *partner, uint32_t peer,
			   uint32_t slot, uint32_t bytes)
{
	struct inbox *inbox = &partner->inboxes[slot];
	sim_saw[SIM_SAW_DELIVERY]++;
	SIM_CHECK(inbox->waiting < SIM_SLOTS + WIRE_WINDOW_FIRST,
		  "node %u gets more messages than it has room for", node->number);
	inbox->sizes[inbox->waiting++] = bytes;
	if (inbox->take_us == 0) {
		/* Now and then a program is busy for long. */
		uint64_t busy_us = finishing ? 100 : sim_chance(20) ? 3000000 : 3000;
		inbox->take_us = sim_now_us + 1 + sim_below((uint32_t)busy_us);
	}
	(void)peer;
}

static void take_piece(struct sim_node *node, const struct wire_effect *effect)
{
	const struct wire_piece *piece = &effect->piece;
	struct partner *partner = &node->app->partners[effect->peer];
	uint32_t slot = slot_of(piece->in->export_id);
	struct channel *channel =
		*channel_place(effect->peer, node->number, effect->serial, piece->in->export_id);
	if (channel == NULL || piece->sequence >= channel->count) {
		sim_fail("node %u gets what node %u never sent", node->number, effect->peer);
		return;
	}
	struct entry *entry = &channel->entries[piece->sequence];
	SIM_CHECK(partner->up && partner->serial == effect->serial,
		  "node %u: a message of an association that is not up", node->number);
	SIM_CHECK(piece->sequence == channel->expected && piece->offset == channel->offset,
		  "node %u gets message %u byte %u of node %u, not %u byte %u", node->number,
		  piece->sequence, piece->offset, effect->peer, channel->expected, channel->offset);
	SIM_CHECK(piece->total == entry->bytes && piece->bytes <= entry->bytes - piece->offset,
		  "a message has another length");
	for (uint32_t i = 0; i < piece->bytes; i++) {
		if (piece->data[i] != content(entry->seed, piece->offset + i)) {
			sim_fail("byte %u of a message is wrong", piece->offset + i);
			return;
		}
	}
	entry->touched = true;
	channel->offset += piece->bytes;
	if (slot != 0 && entry->bytes > LARGE_BYTES) {
		/* What is large goes to its place at once. */
		wire_consume(&node->wire, effect->peer, piece->bytes);
	}
	if (channel->offset == entry->bytes) {
		entry->delivered = true;
		channel->expected++;
		channel->offset = 0;
		finish_message(node, partner, effect->peer, slot, entry->bytes);
	}
}

static void app_effect(struct sim_node *node, const struct wire_effect *effect)
{
	struct partner *partner = &node->app->partners[effect->peer];
	switch (effect->kind) {
	case WIRE_EFFECT_UP:
		take_up(node, effect);
		break;
	case WIRE_EFFECT_DOWN:
		take_down(node, effect);
		break;
	case WIRE_EFFECT_DELIVER:
		if (!sim_names_piece(node, effect)) {
			take_piece(node, effect);
		}
		break;
	case WIRE_EFFECT_SENT:
	case WIRE_EFFECT_FAILED:
		if (effect->message->kind >= WIRE_KIND_NAME_ASK) {
			free((void *)(uintptr_t)effect->message->context);
			break;
		}
		take_returned(node, effect);
		break;
	case WIRE_EFFECT_NAMED:
		sim_names_named(node, effect);
		break;
	case WIRE_EFFECT_UNREACHABLE:
		sim_names_unreachable(node, effect->peer);
		sim_saw[SIM_SAW_UNREACHABLE]++;
		partner->next_us = sim_now_us + 1000000;
		break;
	case WIRE_EFFECT_CLONED:
		partner->banned_us = node->wire.clock.now_us;
		partner->changes = 0;
		partner->last_incarnation = 0;
		partner->next_us = sim_now_us + 10000000;
		break;
	case WIRE_EFFECT_SUSPECT:
		sim_saw[SIM_SAW_SUSPECT]++;
		break;
	default:
		break;
	}
}

/* --- what programs do by themselves */

static void take_messages(struct sim_node *node, uint32_t peer, uint32_t slot)
{
	struct inbox *inbox = &node->app->partners[peer].inboxes[slot];
	uint32_t bytes = inbox->sizes[0];
	inbox->waiting--;
	memmove(inbox->sizes, inbox->sizes + 1, inbox->waiting * sizeof inbox->sizes[0]);
	if (slot != 0 && bytes <= LARGE_BYTES) {
		wire_consume(&node->wire, peer, bytes);
	}
	wire_grant(&node->wire, peer, export_of(slot),
		   inbox->waiting < SIM_SLOTS ? SIM_SLOTS - inbox->waiting : 0);
	inbox->take_us = inbox->waiting > 0 ? sim_now_us + 1 + sim_below(1000) : 0;
}

static void toggle_hold(struct sim_node *node, uint32_t peer)
{
	struct partner *partner = &node->app->partners[peer];
	partner->held = !partner->held && !finishing;
	partner->hold_toggle_us = sim_now_us + sim_between(1000000, 30000000);
	wire_hold(&node->wire, peer, partner->held);
}

static void app_tick(struct sim_node *node)
{
	for (uint32_t peer = 0; peer < sim_profile.nodes; peer++) {
		struct partner *partner = &node->app->partners[peer];
		for (uint32_t slot = 0; partner->up && slot < SIM_EXPORTS; slot++) {
			uint64_t take_us = partner->inboxes[slot].take_us;
			if (take_us != 0 && take_us <= sim_now_us) {
				take_messages(node, peer, slot);
			}
		}
		if (partner->up && partner->hold_toggle_us <= sim_now_us) {
			toggle_hold(node, peer);
		}
		if (partner->next_us == 0 || partner->next_us > sim_now_us) {
			continue;
		}
		partner->next_us = 0;
		if (partner->to_send == 0 && partner->backlog == NULL) {
			continue;
		}
		if (!partner->up) {
			wire_connect(&node->wire, peer);
			partner->next_us = sim_now_us + 3000000;
			continue;
		}
		send_some(node, peer);
		if (partner->to_send > 0) {
			partner->next_us =
				sim_now_us + 1 + sim_below(sim_chance(30) ? 8000000 : 60000);
		}
	}
}

static uint64_t app_next(struct sim_node *node)
{
	uint64_t next_us = UINT64_MAX;
	for (uint32_t peer = 0; peer < sim_profile.nodes; peer++) {
		struct partner *partner = &node->app->partners[peer];
		if (partner->next_us != 0 && partner->next_us < next_us) {
			next_us = partner->next_us;
		}
		if (!partner->up) {
			continue;
		}
		if (partner->hold_toggle_us < next_us) {
			next_us = partner->hold_toggle_us;
		}
		for (uint32_t slot = 0; slot < SIM_EXPORTS; slot++) {
			uint64_t take_us = partner->inboxes[slot].take_us;
			if (take_us != 0 && take_us < next_us) {
				next_us = take_us;
			}
		}
	}
	return next_us;
}

static void app_heard(struct sim_node *node, uint32_t peer)
{
	node->app->partners[peer].heard_us = node->wire.clock.now_us;
	node->app->partners[peer].freezes = node->freezes;
}

static void app_check(struct sim_node *node)
{
	const struct wire_liveness_settings *life = &sim_profile.settings.life;
	uint64_t now_us = node->wire.clock.now_us;
	for (uint32_t peer = 0; peer < sim_profile.nodes; peer++) {
		struct partner *partner = &node->app->partners[peer];
		struct wire_peer *wire = &node->wire.peers[peer];
		if (!partner->up) {
			continue;
		}
		bool needed = partner->held || wire_transport_is_busy(&wire->transport);
		if (!needed) {
			partner->needed_us = 0;
			continue;
		}
		if (partner->needed_us == 0) {
			partner->needed_us = now_us;
			partner->freezes = node->freezes;
		}
		uint64_t since_us = partner->heard_us > partner->needed_us ? partner->heard_us
									   : partner->needed_us;
		/* One heartbeat for the last probe to be answered; and a probe that was late by
		   the grace, as the node did not run, has all the later ones late. */
		uint64_t bound_us =
			life->dead_us + life->heartbeat_us +
			(node->freezes - partner->freezes) * sim_profile.settings.clock_grace_us;
		SIM_CHECK(now_us - since_us <= bound_us,
			  "node %u does not notice that node %u is silent for %llu us",
			  node->number, peer, (unsigned long long)(now_us - since_us));
	}
}

/* --- beginning and end */

static void app_stop(struct sim_node *node)
{
	/* The machine is gone; its messages are the simulator's to free. */
	for (uint32_t peer = 0; peer < sim_profile.nodes; peer++) {
		struct partner *partner = &node->app->partners[peer];
		while (partner->backlog != NULL) {
			struct sim_message *message = partner->backlog;
			partner->backlog = message->next;
			free(message);
		}
		struct wire_sender *sender = &node->wire.peers[peer].transport.sender;
		if (!node->wire.peers[peer].up) {
			continue;
		}
		struct wire_message *each;
		while ((each = wire_sender_done(sender)) != NULL ||
		       (each = wire_sender_drain(sender)) != NULL) {
			free((void *)(uintptr_t)each->context);
		}
	}
	free(node->app);
	node->app = NULL;
}

static bool app_is_done(void)
{
	for (uint32_t i = 0; i < sim_profile.nodes; i++) {
		struct sim_app *app = sim_nodes[i].app;
		if (!sim_nodes[i].alive || app->out > 0) {
			return false;
		}
		for (uint32_t peer = 0; peer < sim_profile.nodes; peer++) {
			if (app->partners[peer].to_send > 0 ||
			    app->partners[peer].backlog != NULL) {
				return false;
			}
		}
	}
	return true;
}

static void app_finish(void)
{
	finishing = true;
	for (uint32_t i = 0; i < sim_profile.nodes; i++) {
		for (uint32_t peer = 0; peer < sim_profile.nodes; peer++) {
			struct partner *partner = &sim_nodes[i].app->partners[peer];
			partner->held = false;
			wire_hold(&sim_nodes[i].wire, peer, 0);
		}
	}
}

static bool app_is_idle(void)
{
	for (uint32_t i = 0; i < sim_profile.nodes; i++) {
		for (uint32_t peer = 0; peer < sim_profile.nodes; peer++) {
			if (sim_nodes[i].app->partners[peer].up) {
				return false;
			}
		}
	}
	return true;
}

static void app_clear(void)
{
	for (unsigned i = 0; i < CHANNELS; i++) {
		while (channels[i] != NULL) {
			struct channel *channel = channels[i];
			channels[i] = channel->next;
			free(channel->entries);
			free(channel);
		}
	}
	finishing = false;
	/* Who wants to say how much to whom. */
	memset(wishes, 0, sizeof wishes);
	uint32_t pairs = sim_profile.nodes * sim_profile.partners;
	for (uint32_t i = 0; i < sim_profile.nodes; i++) {
		for (uint32_t k = 0; k < sim_profile.partners; k++) {
			uint32_t peer =
				(i + 1 + sim_below(sim_profile.nodes - 1)) % sim_profile.nodes;
			wishes[i][peer] += sim_profile.messages / pairs + 1;
		}
	}
}

/* --- messages, and names beside them */

static void start(struct sim_node *node)
{
	sim_names_start(node);
	app_start(node);
}

static void stop(struct sim_node *node)
{
	app_stop(node);
	sim_names_stop(node);
}

static void tick(struct sim_node *node)
{
	app_tick(node);
	sim_names_tick(node);
}

static uint64_t next(struct sim_node *node)
{
	uint64_t app_us = app_next(node), names_us = sim_names_next(node);
	return app_us < names_us ? app_us : names_us;
}

static void check(struct sim_node *node)
{
	app_check(node);
	sim_names_check(node);
}

static bool is_done(void)
{
	return app_is_done() && sim_names_is_done();
}

static void finish(void)
{
	app_finish();
	sim_names_finish();
}

static void clear(void)
{
	app_clear();
	sim_names_clear();
}

const struct sim_programs sim_messages = {
	.streams = SIM_STREAMS_MAX,
	.start = start,
	.stop = stop,
	.effect = app_effect,
	.tick = tick,
	.next = next,
	.check = check,
	.heard = app_heard,
	.is_done = is_done,
	.finish = finish,
	.is_idle = app_is_idle,
	.clear = clear,
};
