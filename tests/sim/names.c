/*
 * Names in the simulator: what nodes have and ask for, and what must be true of the answers.  A
 * right comes only from a node that may have the name and had it while it was asked for; every
 * question ends once, within its bound; no right gets lost; what is there is found in the end.
 *
 * Names of the cluster have a licence each: a list of nodes, the best first.  Some nodes claim
 * names that are not theirs, and answer what others were asked.
 */
#include "sim.h"
#include "wire/names_core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT     2 /* of each association, for these items alone */
#define SLOTS      8
#define CLUSTER    5 /* names of the cluster; then those of a node */
#define NAMES      8
#define ALWAYS     7 /* every node has it, all its life */
#define ASKED_MAX  12
#define LICENSEES  3
#define ITEM_BYTES 128

struct licence {
	uint32_t nodes[LICENSEES], count;
};

/* A name of a node, in its present life. */
struct owned {
	bool has, cluster;
	uint64_t since_us, until_us; /* until_us: since when it has not */
};

struct asked {
	bool open;
	uint32_t number, name, node; /* node: of whom alone; SIM_NODES_MAX: of the licence */
	uint8_t what;
	uint64_t begun_us, clock_us;
	bool wish;
};

struct inbox {
	uint8_t bytes[ITEM_BYTES];
	uint32_t count;
};

struct sim_names {
	struct wire_names core;
	struct owned owned[NAMES];
	struct asked asked[ASKED_MAX];
	struct inbox inboxes[SIM_NODES_MAX];
	int32_t streams[SIM_NODES_MAX];
	uint32_t numbers;
	uint64_t next_us, change_us;
	bool rogue;
};

struct item {
	struct wire_message wire;
	uint8_t data[WIRE_NAME_ASK_BYTES];
};

static struct licence licences[CLUSTER];
static bool wished[SIM_NODES_MAX][2]; /* not found yet: a node's name, a cluster's */
static bool finishing;

static void make_name(uint32_t index, char name[WIRE_NAME_BYTES])
{
	memset(name, 0, WIRE_NAME_BYTES);
	snprintf(name, WIRE_NAME_BYTES, "name%u", index);
}

/* The port says whose it is, which name's, and of which life. */
static uint32_t port_of(const struct sim_node *node, uint32_t index)
{
	return node->number << 16 | (node->life & 0xff) << 8 | index | 0x80;
}

static bool is_licensed(uint32_t index, uint32_t node)
{
	for (uint32_t i = 0; i < licences[index].count; i++) {
		if (licences[index].nodes[i] == node) {
			return true;
		}
	}
	return false;
}

/* --- what a node has */

static void publish(struct sim_node *node, uint32_t index, bool cluster)
{
	struct owned *owned = &node->names->owned[index];
	char name[WIRE_NAME_BYTES];
	make_name(index, name);
	uint32_t old = wire_names_publish(&node->names->core, name, cluster, port_of(node, index));
	SIM_CHECK(old == (owned->has ? port_of(node, index) : 0), "a port of a name is lost");
	if (!owned->has || owned->cluster != cluster) {
		owned->since_us = sim_now_us;
	}
	owned->has = true;
	owned->cluster = cluster;
}

static void withdraw(struct sim_node *node, uint32_t index)
{
	struct owned *owned = &node->names->owned[index];
	char name[WIRE_NAME_BYTES];
	make_name(index, name);
	uint32_t old = wire_names_withdraw(&node->names->core, name);
	SIM_CHECK(old == (owned->has ? port_of(node, index) : 0), "a port of a name is lost");
	if (owned->has) {
		owned->until_us = sim_now_us;
	}
	owned->has = false;
}

static void change(struct sim_node *node)
{
	uint32_t index = sim_below(ALWAYS);
	if (index == 0) {
		return; /* that of the cluster that its first licensee always has */
	}
	if (sim_chance(400)) {
		withdraw(node, index);
	} else {
		bool may =
			index < CLUSTER && (is_licensed(index, node->number) || node->names->rogue);
		publish(node, index, may && sim_chance(800));
	}
}

/* --- what it asks */

static void ask(struct sim_node *node, uint32_t index, uint32_t whom, uint8_t what, bool wish)
{
	struct sim_names *names = node->names;
	struct asked *asked = names->asked;
	while (asked < names->asked + ASKED_MAX && asked->open) {
		asked++;
	}
	if (asked == names->asked + ASKED_MAX) {
		return;
	}
	char name[WIRE_NAME_BYTES];
	uint32_t peers[WIRE_CANDIDATES_MAX], count = 0;
	make_name(index, name);
	if (what == WIRE_WHAT_ACS) {
		memset(name, 0, sizeof name);
	}
	for (uint32_t i = 0; what == WIRE_WHAT_CLUSTER && i < licences[index].count; i++) {
		if (licences[index].nodes[i] != node->number) {
			peers[count++] = licences[index].nodes[i];
		}
	}
	if (what != WIRE_WHAT_CLUSTER) {
		peers[count++] = whom;
	}
	*asked = (struct asked){.open = true,
				.number = (names->numbers++) * WIRE_QUESTIONS_MAX +
					  (uint32_t)(asked - names->asked),
				.name = index,
				.node = what == WIRE_WHAT_CLUSTER ? SIM_NODES_MAX : whom,
				.what = what,
				.begun_us = sim_now_us,
				.clock_us = node->wire.clock.now_us,
				.wish = wish};
	wire_names_ask(&names->core, asked->number, what, name, peers, count);
}

static void ask_something(struct sim_node *node)
{
	uint32_t other = (node->number + 1 + sim_below(sim_profile.nodes - 1)) % sim_profile.nodes;
	if (wished[node->number][0]) {
		ask(node, ALWAYS, other, WIRE_WHAT_NODE, true);
	}
	if (wished[node->number][1]) {
		ask(node, 0, 0, WIRE_WHAT_CLUSTER, true);
	}
	if (sim_chance(300) && !finishing) {
		uint8_t what = (uint8_t)sim_below(3);
		uint32_t index = what == WIRE_WHAT_CLUSTER ? sim_below(CLUSTER) : sim_below(NAMES);
		ask(node, index, other, what, false);
	}
}

static struct asked *find_asked(struct sim_node *node, uint32_t number)
{
	struct asked *asked = &node->names->asked[number % WIRE_QUESTIONS_MAX];
	if (number % WIRE_QUESTIONS_MAX >= ASKED_MAX || !asked->open || asked->number != number) {
		sim_fail("node %u: a question ends that is not open", node->number);
		return NULL;
	}
	asked->open = false;
	return asked;
}

/* Whether that node has had the name in this form since the question began. */
static bool had_all_along(uint32_t number, const struct asked *asked)
{
	const struct sim_node *node = &sim_nodes[number];
	const struct owned *owned = &node->names->owned[asked->name];
	return node->alive && owned->has && owned->since_us < asked->begun_us &&
	       (owned->cluster || asked->what != WIRE_WHAT_CLUSTER);
}

static void take_found(struct sim_node *node, const struct wire_names_effect *effect)
{
	struct asked *asked = find_asked(node, effect->number);
	struct sim_node *owner = &sim_nodes[effect->peer];
	uint32_t port = effect->descriptor.export_id;
	if (asked == NULL) {
		return;
	}
	sim_saw[SIM_SAW_NAME_FOUND]++;
	SIM_CHECK(port >> 16 == effect->peer, "node %u: a right of another node than answered",
		  node->number);
	SIM_CHECK((effect->descriptor.generation & 0xffff) ==
			  (node->wire.peers[effect->peer].incarnation & 0xffff),
		  "node %u: a right of another life", node->number);
	SIM_CHECK(asked->node == SIM_NODES_MAX ? is_licensed(asked->name, effect->peer)
					       : asked->node == effect->peer,
		  "node %u believes node %u, which may not have the name", node->number,
		  effect->peer);
	if (asked->what != WIRE_WHAT_ACS && owner->alive &&
	    owner->life == effect->descriptor.generation) {
		struct owned *owned = &owner->names->owned[asked->name];
		SIM_CHECK((port & 0x7f) == asked->name &&
				  (owned->has || owned->until_us >= asked->begun_us),
			  "node %u gets a name that node %u has not", node->number, effect->peer);
		SIM_CHECK(asked->what != WIRE_WHAT_CLUSTER || owned->cluster ||
				  owned->since_us >= asked->begun_us ||
				  owned->until_us >= asked->begun_us,
			  "node %u gets a name that is not the cluster's", node->number);
	}
	for (uint32_t i = 0; sim_is_calm() && asked->what == WIRE_WHAT_CLUSTER &&
			     licences[asked->name].nodes[i] != effect->peer;
	     i++) {
		uint32_t better = licences[asked->name].nodes[i];
		SIM_CHECK(better == node->number || !had_all_along(better, asked),
			  "node %u takes a name of node %u, and node %u goes first", node->number,
			  effect->peer, better);
	}
	if (asked->wish) {
		wished[node->number][asked->what == WIRE_WHAT_CLUSTER] = false;
	}
}

static void take_missing(struct sim_node *node, const struct wire_names_effect *effect)
{
	struct asked *asked = find_asked(node, effect->number);
	if (asked == NULL) {
		return;
	}
	sim_saw[SIM_SAW_NAME_MISSING]++;
	SIM_CHECK(!sim_is_calm() || asked->what != WIRE_WHAT_ACS, "an ACS is not found");
	for (uint32_t i = 0; sim_is_calm() && i < sim_profile.nodes; i++) {
		bool may = asked->node == SIM_NODES_MAX ? is_licensed(asked->name, i)
							: asked->node == i;
		SIM_CHECK(!may || i == node->number || !had_all_along(i, asked),
			  "node %u does not find a name that node %u has", node->number, i);
	}
}

/* --- effects */

static void say(struct sim_node *node, uint32_t peer, uint8_t kind, const uint8_t *body,
		size_t bytes)
{
	struct item *item = calloc(1, sizeof *item);
	memcpy(item->data, body, bytes);
	item->wire = (struct wire_message){.data = item->data,
					   .bytes = (uint32_t)bytes,
					   .kind = kind,
					   .context = (uintptr_t)item};
	if (!wire_is_up(&node->wire, peer) || node->names->streams[peer] < 0 ||
	    !wire_send(&node->wire, peer, (uint32_t)node->names->streams[peer], &item->wire)) {
		free(item);
	}
}

static void offer(struct sim_node *node, uint32_t peer, const uint8_t nonce[WIRE_NONCE_BYTES],
		  uint32_t port)
{
	struct wire_name_answer answer = {.found = true,
					  .descriptor = {.where = WIRE_WHERE_MINE,
							 .right = WIRE_RIGHT_SEND,
							 .export_id = port,
							 .generation = node->life}};
	uint8_t body[WIRE_NAME_ANSWER_BYTES_MAX];
	memcpy(answer.nonce, nonce, WIRE_NONCE_BYTES);
	say(node, peer, WIRE_KIND_NAME_ANSWER, body, wire_encode_name_answer(body, &answer));
}

static void carry_out(struct sim_node *node, const struct wire_names_effect *effect)
{
	struct wire_effect send = {.kind = WIRE_EFFECT_SEND,
				   .peer = effect->peer,
				   .frame = effect->frame,
				   .bytes = effect->bytes,
				   .broadcast = effect->broadcast,
				   .address = effect->address};
	switch (effect->kind) {
	case WIRE_NAMES_SEND:
		sim_send(node, &send);
		break;
	case WIRE_NAMES_SAY:
		say(node, effect->peer, effect->item, effect->body, effect->bytes);
		break;
	case WIRE_NAMES_OFFER:
		offer(node, effect->peer, effect->nonce, effect->port);
		break;
	case WIRE_NAMES_OFFER_ACS:
		offer(node, effect->peer, effect->nonce, port_of(node, 0x7f));
		break;
	case WIRE_NAMES_FOUND:
		take_found(node, effect);
		break;
	case WIRE_NAMES_STRAY:
		sim_saw[SIM_SAW_NAME_STRAY]++;
		break;
	case WIRE_NAMES_MISSING:
		take_missing(node, effect);
		break;
	case WIRE_NAMES_UNLICENSED:
		sim_saw[SIM_SAW_NAME_UNLICENSED]++;
		break;
	}
}

static void pump(struct sim_node *node)
{
	uint8_t out[WIRE_PAYLOAD_BYTES_MAX];
	struct wire_names_effect effect;
	while (!sim_failed && wire_names_effect(&node->names->core, out, &effect)) {
		carry_out(node, &effect);
	}
}

/* --- the node's events */

void sim_names_start(struct sim_node *node)
{
	struct sim_names *names = calloc(1, sizeof *names);
	node->names = names;
	wire_names_start(&names->core, &node->wire, &wire_names_default_settings);
	names->rogue = sim_chance(150);
	names->next_us = sim_now_us + 1 + sim_below(2000000);
	names->change_us = sim_now_us + 1 + sim_below(3000000);
	publish(node, ALWAYS, false);
	for (uint32_t i = 0; i < ALWAYS; i++) {
		if (i == 0 && licences[0].nodes[0] == node->number) {
			publish(node, i, true);
		} else if (i != 0 && sim_chance(500)) {
			bool may = i < CLUSTER && (is_licensed(i, node->number) || names->rogue);
			publish(node, i, may);
		}
	}
}

void sim_names_stop(struct sim_node *node)
{
	free(node->names);
	node->names = NULL;
}

void sim_names_up(struct sim_node *node, uint32_t peer, uint64_t serial)
{
	SIM_CHECK(wire_open_export(&node->wire, peer, EXPORT, (uint32_t)serial, SLOTS),
		  "node %u cannot open an export", node->number);
	node->names->streams[peer] =
		wire_open_stream(&node->wire, peer, EXPORT, (uint32_t)serial, WIRE_LANE_CONTROL);
	node->names->inboxes[peer].count = 0;
	wire_names_up(&node->names->core, peer);
	pump(node);
}

void sim_names_down(struct sim_node *node, uint32_t peer)
{
	node->names->streams[peer] = -1;
	wire_names_down(&node->names->core, peer);
	pump(node);
}

void sim_names_unreachable(struct sim_node *node, uint32_t peer)
{
	wire_names_unreachable(&node->names->core, peer);
	pump(node);
}

void sim_names_named(struct sim_node *node, const struct wire_effect *effect)
{
	wire_names_named(&node->names->core, effect);
	pump(node);
	if (effect->type == WIRE_RESOLVE && node->names->rogue &&
	    !is_licensed((uint32_t)effect->resolve->name[4] - '0', node->number)) {
		/* It answers although it was not asked, and may not have it. */
		offer(node, effect->peer, effect->resolve->nonce, port_of(node, 1));
	}
}

bool sim_names_piece(struct sim_node *node, const struct wire_effect *effect)
{
	const struct wire_piece *piece = &effect->piece;
	struct inbox *inbox = &node->names->inboxes[effect->peer];
	if (piece->in->export_id != EXPORT) {
		return false;
	}
	if (piece->offset == 0) {
		inbox->count = 0;
	}
	if (piece->total > ITEM_BYTES || piece->offset != inbox->count) {
		sim_fail("node %u gets a torn item", node->number);
		return true;
	}
	memcpy(inbox->bytes + inbox->count, piece->data, piece->bytes);
	inbox->count += piece->bytes;
	if (inbox->count == piece->total) {
		struct wire_name_answer answer;
		bool right = piece->kind == WIRE_KIND_NAME_ANSWER &&
			     wire_decode_name_answer(inbox->bytes, inbox->count, &answer) &&
			     answer.found;
		SIM_CHECK(wire_names_item(&node->names->core, effect->peer, piece->kind,
					  inbox->bytes, inbox->count),
			  "node %u refuses an item", node->number);
		SIM_CHECK(!right || (node->names->core.told &&
				     (node->names->core.tell.kind == WIRE_NAMES_FOUND ||
				      node->names->core.tell.kind == WIRE_NAMES_STRAY)),
			  "node %u loses a right", node->number);
		wire_grant(&node->wire, effect->peer, EXPORT, SLOTS);
		pump(node);
	}
	return true;
}

void sim_names_tick(struct sim_node *node)
{
	struct sim_names *names = node->names;
	if (names->next_us <= sim_now_us) {
		ask_something(node);
		names->next_us = sim_now_us + sim_between(100000, finishing ? 900000 : 3000000);
	}
	if (names->change_us <= sim_now_us && !finishing) {
		change(node);
		names->change_us = sim_now_us + sim_between(100000, 6000000);
	}
	wire_names_time(&names->core);
	pump(node);
}

uint64_t sim_names_next(struct sim_node *node)
{
	struct sim_names *names = node->names;
	bool wants = !finishing || wished[node->number][0] || wished[node->number][1];
	uint64_t next_us = wants ? names->next_us : UINT64_MAX;
	uint64_t deadline_us = wire_names_deadline(&names->core);
	if (!finishing && names->change_us < next_us) {
		next_us = names->change_us;
	}
	if (deadline_us != WIRE_NEVER) {
		uint64_t here_us = deadline_us - node->clock_offset_us;
		if (deadline_us < node->clock_offset_us || here_us < sim_now_us) {
			here_us = sim_now_us;
		}
		next_us = here_us < next_us ? here_us : next_us;
	}
	return next_us;
}

void sim_names_check(struct sim_node *node)
{
	const uint64_t bound_us = wire_names_default_settings.longest_us +
				  wire_names_default_settings.settle_us +
				  sim_profile.settings.clock_grace_us;
	for (uint32_t i = 0; i < ASKED_MAX; i++) {
		const struct asked *asked = &node->names->asked[i];
		if (asked->open && node->wire.clock.now_us - asked->clock_us > bound_us) {
			/* As the server does whenever it runs; when the node did not, its timer
			   comes later than this event. */
			wire_names_time(&node->names->core);
			pump(node);
		}
		SIM_CHECK(!asked->open || node->wire.clock.now_us - asked->clock_us <= bound_us,
			  "node %u: a question does not end", node->number);
	}
}

bool sim_names_is_done(void)
{
	for (uint32_t i = 0; i < sim_profile.nodes; i++) {
		if (wished[i][0] || wished[i][1]) {
			return false;
		}
	}
	return true;
}

void sim_names_finish(void)
{
	finishing = true;
}

void sim_names_clear(void)
{
	finishing = false;
	for (uint32_t i = 0; i < CLUSTER; i++) {
		uint32_t first = sim_below(sim_profile.nodes);
		licences[i].count = 1 + sim_below(sim_profile.nodes < LICENSEES ? sim_profile.nodes
										: LICENSEES);
		for (uint32_t k = 0; k < licences[i].count; k++) {
			licences[i].nodes[k] = (first + k) % sim_profile.nodes;
		}
	}
	for (uint32_t i = 0; i < SIM_NODES_MAX; i++) {
		/* Each wants something; in large clusters some do. */
		bool wants = i < sim_profile.nodes && (sim_profile.nodes <= 20 || i % 25 == 0);
		wished[i][0] = wants;
		wished[i][1] = wants && licences[0].nodes[0] != i;
	}
}
