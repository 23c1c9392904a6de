/*
 * The world of a run: time, the wire with its faults and its attacker, and the machines, which
 * crash, start again as new incarnations, and now and then do not run for a while.
 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sim_node sim_nodes[SIM_NODES_MAX];
uint64_t sim_now_us;
uint64_t sim_saw[SIM_SIGHTS];

/* A frame as it was sent; every copy of it on the wire refers to it. */
struct frame {
	uint32_t references;
	uint32_t from, to; /* to: SIM_NODES_MAX for all */
	uint32_t meant;    /* the node that it is for, whatever the address */
	uint64_t sent_us;
	bool accepted; /* by anybody, ever */
	size_t bytes;
	uint8_t data[];
};

enum event_kind {
	EVENT_FRAME,
	EVENT_WAKE,
	EVENT_JOB,
	EVENT_FAULT,
	EVENT_RESTART,
	EVENT_HEAL,
};

struct event {
	uint64_t time_us, order;
	enum event_kind kind;
	uint32_t node, life;
	struct frame *frame;
	uint32_t from;    /* the address that the frame seems to come from */
	uint32_t altered; /* bit to be flipped + 1, 0: none */
	bool queued;      /* it waits in the card's ring */
	struct wire_job *job;
};

static struct event *events; /* a heap */
static uint32_t event_count, event_room;
static uint64_t event_order;
static uint8_t sides[SIM_NODES_MAX]; /* who is on which side of a partition */
static uint32_t partition;           /* 0: none; else which one */
static bool faults_over;
static uint8_t cluster_key[WIRE_KEY_BYTES];

#define MEMORY 64 /* frames that the attacker remembers */
static struct frame *memory[MEMORY];

/* What kind of event the effects now come from. */
static bool event_is_bad;       /* a frame that must have no effect */
static bool event_is_altered;   /* a frame that is not as it was sent */
static bool event_is_good_data; /* a new frame with records */

/* --- the queue */

static bool is_earlier(const struct event *left, const struct event *right)
{
	return left->time_us != right->time_us ? left->time_us < right->time_us
					       : left->order < right->order;
}

static void add_event(struct event event)
{
	if (event_count == event_room) {
		event_room = event_room * 2 + 64;
		events = realloc(events, event_room * sizeof *events);
	}
	event.order = event_order++;
	uint32_t i = event_count++;
	while (i > 0 && is_earlier(&event, &events[(i - 1) / 2])) {
		events[i] = events[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	events[i] = event;
}

static struct event take_event(void)
{
	struct event first = events[0], last = events[--event_count];
	uint32_t i = 0;
	for (;;) {
		uint32_t child = 2 * i + 1;
		if (child + 1 < event_count && is_earlier(&events[child + 1], &events[child])) {
			child++;
		}
		if (child >= event_count || !is_earlier(&events[child], &last)) {
			break;
		}
		events[i] = events[child];
		i = child;
	}
	events[i] = last;
	return first;
}

static void release_frame(struct frame *frame)
{
	if (frame != NULL && --frame->references == 0) {
		free(frame);
	}
}

/* --- the wire */

static struct wire_address address_of(uint32_t node)
{
	return (struct wire_address){{0x52, 0x54, 0, 0, (uint8_t)(node >> 8), (uint8_t)node}, 6};
}

static void put_on_wire(struct frame *frame, uint32_t to, uint32_t from, bool alter,
			uint64_t delay_us)
{
	struct event event = {.time_us = sim_now_us + delay_us,
			      .kind = EVENT_FRAME,
			      .node = to,
			      .frame = frame,
			      .from = from};
	if (alter) {
		event.altered = sim_below((uint32_t)frame->bytes * 8) + 1;
		sim_saw[SIM_SAW_CORRUPT]++;
	}
	frame->references++;
	add_event(event);
}

static uint64_t some_delay(void)
{
	return sim_profile.delay_us + (sim_profile.jitter_us > 0 && !faults_over
					       ? sim_below((uint32_t)sim_profile.jitter_us)
					       : 0);
}

/* One frame to one node, with what may befall it. */
static void carry(struct frame *frame, uint32_t from, uint32_t to)
{
	if (partition != 0 && sides[from] != sides[to]) {
		sim_saw[SIM_SAW_PARTITION]++;
		return;
	}
	if (!faults_over && sim_chance(sim_profile.loss)) {
		if (sim_profile.replay > 0 && sim_chance(300)) {
			/* Somebody keeps it, and lets it go when it is old. */
			sim_saw[SIM_SAW_HELD_BACK]++;
			put_on_wire(frame, to, from, false, sim_between(200000, 20000000));
			return;
		}
		sim_saw[SIM_SAW_LOSS]++;
		return;
	}
	put_on_wire(frame, to, from, !faults_over && sim_chance(sim_profile.corruption),
		    some_delay());
	if (!faults_over && sim_chance(sim_profile.duplication)) {
		sim_saw[SIM_SAW_DUPLICATE]++;
		put_on_wire(frame, to, from, false, some_delay());
	}
}

/* Somebody who hears everything sends something of it again. */
static void attack(void)
{
	struct frame *frame = memory[sim_below(MEMORY)];
	uint32_t to, from;
	if (frame == NULL) {
		return;
	}
	from = frame->from;
	to = frame->to;
	switch (sim_below(4)) {
	case 0: /* back to its sender */
		to = frame->from;
		from = frame->to == SIM_NODES_MAX ? sim_below(sim_profile.nodes) : frame->to;
		sim_saw[SIM_SAW_REFLECT]++;
		break;
	case 1: /* to another */
		to = sim_below(sim_profile.nodes);
		sim_saw[SIM_SAW_MISDIRECT]++;
		break;
	case 2: /* from another address */
		from = sim_below(sim_profile.nodes);
		/* fall through */
	default:
		sim_saw[SIM_SAW_REPLAY]++;
		break;
	}
	if (to == SIM_NODES_MAX) {
		to = sim_below(sim_profile.nodes);
	}
	put_on_wire(frame, to, from, false, sim_below(2000));
}

static void remember(struct frame *frame)
{
	uint32_t i = sim_below(MEMORY);
	release_frame(memory[i]);
	memory[i] = frame;
	frame->references++;
}

void sim_send(struct sim_node *node, const struct wire_effect *effect)
{
	struct frame *frame = calloc(1, sizeof *frame + effect->bytes);
	SIM_CHECK(effect->bytes + WIRE_ETHERNET_BYTES >= WIRE_FRAME_BYTES_MIN &&
			  effect->bytes + WIRE_ETHERNET_BYTES <= node->wire.frame_bytes_max,
		  "node %u sends a frame of %u bytes", node->number, (unsigned)effect->bytes);
	memcpy(frame->data, effect->frame, effect->bytes);
	frame->bytes = effect->bytes;
	frame->from = node->number;
	frame->meant = effect->peer;
	frame->sent_us = sim_now_us;
	frame->to = SIM_NODES_MAX;
	frame->references = 1;
	static const enum sim_sight sights[] = {
		[WIRE_DATA] = SIM_SAW_DATA,     [WIRE_HELLO1] = SIM_SAW_HELLO1,
		[WIRE_HELLO2] = SIM_SAW_HELLO2, [WIRE_INIT] = SIM_SAW_INIT,
		[WIRE_RESP] = SIM_SAW_RESP,     [WIRE_RESOLVE] = SIM_SAW_RESOLVE,
		[WIRE_HERE] = SIM_SAW_HERE,
	};
	sim_saw[sights[effect->frame[1]]]++;
	if (effect->broadcast) {
		for (uint32_t to = 0; to < sim_profile.nodes; to++) {
			if (to != node->number) {
				carry(frame, node->number, to);
			}
		}
	} else {
		frame->to = (uint32_t)effect->address.bytes[4] << 8 | effect->address.bytes[5];
		SIM_CHECK(effect->address.count == 6 && frame->to < sim_profile.nodes,
			  "node %u sends to no address", node->number);
		if (!sim_failed) {
			carry(frame, node->number, frame->to);
		}
	}
	if (!faults_over && sim_profile.replay > 0) {
		remember(frame);
		if (sim_chance(sim_profile.replay)) {
			attack();
		}
	}
	release_frame(frame);
}

/* --- machines */

static uint64_t machine_time(const struct sim_node *node)
{
	return sim_now_us + node->clock_offset_us;
}

/* Of a large cluster few are under way at once; and it has to fit into 32 bits. */
static uint32_t block_count(void)
{
	return 8 + 4 * (sim_profile.nodes < 64 ? sim_profile.nodes : 64);
}

static void boot(uint32_t number)
{
	struct sim_node *node = &sim_nodes[number];
	uint32_t nodes = sim_profile.nodes;
	uint8_t random[WIRE_KEY_BYTES];
	for (unsigned i = 0; i < sizeof random; i++) {
		random[i] = (uint8_t)sim_random();
	}
	node->alive = true;
	node->life++;
	node->boot_us = sim_now_us;
	node->frozen_until_us = 0;
	node->ring = 0;
	node->timer_us = 0;
	node->clock_offset_us = sim_random() >> 20;
	node->incarnation = (uint64_t)(number + 1) << 16 | node->life;
	uint32_t blocks = block_count();
	node->peers = calloc(nodes, sizeof *node->peers);
	node->blocks = calloc(blocks, sizeof *node->blocks);
	node->outs = calloc((size_t)nodes * sim_profile.programs->streams, sizeof *node->outs);
	node->ins = calloc((size_t)nodes * sim_profile.programs->streams, sizeof *node->ins);
	struct wire_start start = {.suite = sim_suite(),
				   .settings = &sim_profile.settings,
				   .id = node->id,
				   .public_key = node->public_key,
				   .cluster_key = cluster_key,
				   .random = random,
				   .incarnation = node->incarnation,
				   .roster_version = 1,
				   .now_us = machine_time(node),
				   .frame_bytes_max = sim_chance(500) ? WIRE_FRAME_BYTES_MAX
								      : WIRE_FRAME_BYTES_LEAST,
				   .peers = node->peers,
				   .peer_count_max = nodes,
				   .blocks = node->blocks,
				   .block_count = blocks};
	SIM_CHECK(wire_start_node(&node->wire, &start), "node %u does not start", number);
	/* Peer number = node number: this node's own place is taken while the others are added. */
	node->peers[number].used = true;
	for (uint32_t i = 0; i < nodes; i++) {
		if (i != number) {
			int32_t peer = wire_add_peer(
				&node->wire, sim_nodes[i].id, sim_nodes[i].public_key,
				node->outs + (size_t)i * sim_profile.programs->streams,
				sim_profile.programs->streams,
				node->ins + (size_t)i * sim_profile.programs->streams,
				sim_profile.programs->streams);
			SIM_CHECK(peer == (int32_t)i, "node %u gets number %d", i, (int)peer);
		}
	}
	node->peers[number].used = false;
	sim_profile.programs->start(node);
}

static void stop_machine(struct sim_node *node)
{
	sim_profile.programs->stop(node);
	free(node->peers);
	free(node->blocks);
	free(node->outs);
	free(node->ins);
	node->alive = false;
}

static void schedule_wake(struct sim_node *node)
{
	uint64_t deadline_us = wire_next_deadline(&node->wire);
	uint64_t next_us = sim_profile.programs->next(node);
	if (deadline_us != WIRE_NEVER) {
		uint64_t here_us = deadline_us - node->clock_offset_us;
		if (deadline_us < node->clock_offset_us) {
			here_us = sim_now_us;
		}
		next_us = here_us < next_us ? here_us : next_us;
	}
	if (next_us < sim_now_us) {
		next_us = sim_now_us;
	}
	if (next_us != UINT64_MAX && next_us != node->timer_us) {
		node->timer_us = next_us;
		add_event((struct event){.time_us = next_us,
					 .kind = EVENT_WAKE,
					 .node = node->number,
					 .life = node->life});
	}
}

static void start_job(struct sim_node *node, const struct wire_effect *effect)
{
	struct wire_job *job = malloc(sizeof *job);
	*job = *effect->job;
	wire_run_job(sim_arithmetic(node->number), job);
	add_event((struct event){.time_us = sim_now_us + sim_between(20000, 150000),
				 .kind = EVENT_JOB,
				 .node = node->number,
				 .life = node->life,
				 .job = job});
}

static void carry_out(struct sim_node *node, const struct wire_effect *effect)
{
	bool ends = effect->kind == WIRE_EFFECT_DOWN && effect->reason != WIRE_REASON_DEAD &&
		    effect->reason != WIRE_REASON_IDLE;
	bool acts = effect->kind == WIRE_EFFECT_UP || effect->kind == WIRE_EFFECT_DELIVER ||
		    effect->kind == WIRE_EFFECT_SENT || ends;
	SIM_CHECK(!acts || !event_is_bad, "node %u acts on a frame that it must refuse (effect %d)",
		  node->number, effect->kind);
	SIM_CHECK((effect->kind != WIRE_EFFECT_UP && !ends) || event_is_good_data,
		  "node %u acts on a handshake that is not confirmed", node->number);
	SIM_CHECK(effect->kind != WIRE_EFFECT_COMPUTE || !event_is_bad ||
			  effect->job->kind == WIRE_JOB_SHARE,
		  "node %u multiplies for a frame that it must refuse", node->number);
	SIM_CHECK(effect->kind != WIRE_EFFECT_NAMED || !event_is_altered,
		  "node %u believes a name in a frame that was altered", node->number);
	if (effect->kind == WIRE_EFFECT_SEND) {
		sim_send(node, effect);
	} else if (effect->kind == WIRE_EFFECT_COMPUTE) {
		start_job(node, effect);
	} else {
		sim_profile.programs->effect(node, effect);
	}
}

/* Carries out all effects of an event, and says when the node wants to run again. */
static void run_effects(struct sim_node *node)
{
	uint8_t out[WIRE_PAYLOAD_BYTES_MAX];
	struct wire_effect effect;
	uint32_t count = 0;
	while (!sim_failed && wire_next_effect(&node->wire, out, &effect)) {
		carry_out(node, &effect);
		SIM_CHECK(++count < 100000, "node %u has effects without end", node->number);
	}
	if (!sim_failed) {
		sim_profile.programs->check(node);
		schedule_wake(node);
	}
}

/* The node does not run now: the event comes when it does. */
static bool postpone(struct sim_node *node, struct event *event)
{
	if (sim_now_us >= node->frozen_until_us) {
		return false;
	}
	if (event->kind == EVENT_FRAME && !event->queued) {
		if (node->ring >= SIM_RING_FRAMES) {
			sim_saw[SIM_SAW_RING_FULL]++;
			release_frame(event->frame);
			return true;
		}
		node->ring++;
		event->queued = true;
	}
	event->time_us = node->frozen_until_us;
	add_event(*event);
	return true;
}

static void run_frame(struct sim_node *node, struct event *event)
{
	uint8_t data[WIRE_PAYLOAD_BYTES_MAX];
	struct frame *frame = event->frame;
	struct wire_address from = address_of(event->from);
	memcpy(data, frame->data, frame->bytes);
	if (event->altered != 0) {
		data[(event->altered - 1) / 8] ^= (uint8_t)(1u << (event->altered - 1) % 8);
	}
	uint64_t accepted = node->wire.counters.accepted;
	uint64_t handshakes = node->wire.counters.handshakes;
	uint64_t deadline_us = node->wire.clock.deadline_us;
	event_is_altered = event->altered != 0;
	event_is_bad = event->altered != 0 || frame->accepted || frame->sent_us < node->boot_us ||
		       frame->meant != node->number;
	wire_take_frame(&node->wire, machine_time(node), &from, data, frame->bytes);
	bool taken = node->wire.counters.accepted != accepted;
	SIM_CHECK(!taken || !event_is_bad, "node %u accepts a frame (type %u) %s", node->number,
		  frame->data[1],
		  event->altered != 0 ? "that was altered"
		  : frame->accepted   ? "for the second time"
				      : "that is not for it");
	SIM_CHECK(!taken || frame->data[1] != WIRE_INIT || event->from == frame->from,
		  "node %u accepts a cookie from another address", node->number);
	SIM_CHECK(!taken || frame->data[1] != WIRE_INIT ||
			  sim_now_us - frame->sent_us <=
				  sim_profile.settings.cookie_age_us + node->frozen_us,
		  "node %u accepts a cookie that is too old", node->number);
	SIM_CHECK(deadline_us == WIRE_NEVER ||
			  node->wire.clock.now_us <=
				  deadline_us + sim_profile.settings.clock_grace_us,
		  "time that node %u did not run counts", node->number);
	event_is_good_data = taken && frame->data[1] == WIRE_DATA;
	if (taken) {
		frame->accepted = true;
		sim_saw[SIM_SAW_REKEY] += node->wire.counters.handshakes != handshakes &&
					  !node->wire.peers[frame->from].install;
		if (event_is_good_data) {
			sim_profile.programs->heard(node, frame->from);
		}
	}
	run_effects(node);
	event_is_bad = event_is_altered = event_is_good_data = false;
}

/* --- faults */

static void crash(uint32_t number, uint64_t down_us)
{
	if (!sim_nodes[number].alive) {
		return;
	}
	sim_saw[SIM_SAW_CRASH]++;
	stop_machine(&sim_nodes[number]);
	add_event((struct event){
		.time_us = sim_now_us + down_us, .kind = EVENT_RESTART, .node = number});
}

static void freeze(uint32_t number, uint64_t length_us)
{
	struct sim_node *node = &sim_nodes[number];
	if (node->alive && sim_now_us >= node->frozen_until_us) {
		sim_saw[SIM_SAW_FREEZE]++;
		node->frozen_until_us = sim_now_us + length_us;
		node->frozen_us += length_us;
		node->freezes++;
		node->ring = 0;
	}
}

static void split(uint64_t length_us)
{
	partition++;
	for (uint32_t i = 0; i < sim_profile.nodes; i++) {
		sides[i] = sim_chance(500);
	}
	add_event((struct event){
		.time_us = sim_now_us + length_us, .kind = EVENT_HEAL, .life = partition});
}

enum fault {
	FAULT_PARTITION,
	FAULT_CRASH,
	FAULT_FREEZE,
	FAULT_CLONE,
	FAULT_END,
};

static void cause(enum fault fault)
{
	uint32_t number = sim_below(sim_profile.nodes);
	if (faults_over) {
		return;
	}
	switch (fault) {
	case FAULT_PARTITION:
		split(sim_chance(700) ? sim_between(50000, 2500000)
				      : sim_between(3000000, 9000000));
		break;
	case FAULT_CRASH:
		crash(number, sim_between(10000, 6000000));
		break;
	case FAULT_FREEZE:
		freeze(number, sim_chance(600) ? sim_between(50000, 2500000)
					       : sim_between(3000000, 9000000));
		break;
	case FAULT_CLONE:
		crash(0, sim_between(1000, 300000));
		break;
	case FAULT_END:
		faults_over = true;
		partition = 0;
		for (uint32_t i = 0; i < sim_profile.nodes; i++) {
			if (sim_nodes[i].frozen_until_us > sim_now_us) {
				sim_nodes[i].frozen_until_us = sim_now_us;
			}
		}
		break;
	}
}

static void plan(enum fault fault, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint64_t time_us = fault == FAULT_CLONE
					   ? 1000000 + (uint64_t)i * 2400000 + sim_below(500000)
					   : sim_between(1, sim_profile.faults_end_us);
		add_event((struct event){
			.time_us = time_us, .kind = EVENT_FAULT, .life = (uint32_t)fault});
	}
}

/* --- a run */

static void run_event(struct event *event)
{
	struct sim_node *node = &sim_nodes[event->node];
	switch (event->kind) {
	case EVENT_FAULT:
		cause((enum fault)event->life);
		return;
	case EVENT_HEAL:
		partition = partition == event->life ? 0 : partition;
		return;
	case EVENT_RESTART:
		boot(event->node);
		run_effects(node);
		return;
	case EVENT_FRAME:
		if (node->alive && postpone(node, event)) {
			return;
		}
		if (node->alive) {
			node->ring -= event->queued && node->ring > 0;
			run_frame(node, event);
		}
		release_frame(event->frame);
		return;
	case EVENT_WAKE:
		if (!node->alive || node->life != event->life || node->timer_us != event->time_us) {
			return;
		}
		if (sim_now_us < node->frozen_until_us) {
			node->timer_us = node->frozen_until_us;
			postpone(node, event);
			return;
		}
		node->timer_us = 0;
		wire_take_time(&node->wire, machine_time(node));
		sim_profile.programs->tick(node);
		run_effects(node);
		return;
	case EVENT_JOB:
		if (node->alive && node->life == event->life) {
			if (postpone(node, event)) {
				return;
			}
			wire_take_job(&node->wire, machine_time(node), event->job);
			run_effects(node);
		}
		free(event->job);
		return;
	}
}

/* Runs until "done" says so; false: it did not within "limit_us". */
static bool run_until(bool (*done)(void), uint64_t limit_us)
{
	uint32_t same = 0, turns = 0;
	while (!sim_failed && event_count > 0) {
		struct event event = take_event();
		SIM_CHECK(event.time_us >= sim_now_us, "time goes back");
		same = event.time_us == sim_now_us ? same + 1 : 0;
		SIM_CHECK(same < 100000, "time does not pass");
		sim_now_us = event.time_us;
		run_event(&event);
		if (++turns % 16 == 0 && done()) {
			return true;
		}
		if (sim_now_us > limit_us) {
			return false;
		}
	}
	return !sim_failed && done();
}

static bool faults_are_over(void)
{
	return faults_over;
}

static void check_pools(void)
{
	for (uint32_t i = 0; i < sim_profile.nodes && !sim_failed; i++) {
		uint32_t count = 0;
		for (struct wire_block *b = sim_nodes[i].wire.pool.free; b != NULL; b = b->next) {
			count++;
		}
		SIM_CHECK(count == block_count(), "node %u has lost blocks", i);
	}
}

static void clear_world(void)
{
	for (uint32_t i = 0; i < sim_profile.nodes; i++) {
		if (sim_nodes[i].alive) {
			stop_machine(&sim_nodes[i]);
		}
	}
	for (uint32_t i = 0; i < event_count; i++) {
		release_frame(events[i].frame);
		free(events[i].job);
	}
	for (unsigned i = 0; i < MEMORY; i++) {
		release_frame(memory[i]);
		memory[i] = NULL;
	}
	event_count = 0;
	memset(sim_nodes, 0, sizeof sim_nodes);
}

void sim_run(void)
{
	const uint64_t patience_us = 400000000;
	sim_now_us = 0;
	event_order = 0;
	partition = 0;
	faults_over = false;
	event_is_bad = event_is_good_data = false;
	sim_profile.programs->clear();
	sim_start_suites(sim_profile.real);
	for (unsigned i = 0; i < sizeof cluster_key; i++) {
		cluster_key[i] = (uint8_t)sim_random();
	}
	for (uint32_t i = 0; i < sim_profile.nodes; i++) {
		sim_nodes[i].number = i;
		sim_make_identity(i, sim_nodes[i].id, sim_nodes[i].public_key);
	}
	for (uint32_t i = 0; i < sim_profile.nodes; i++) {
		boot(i);
		schedule_wake(&sim_nodes[i]);
	}
	plan(FAULT_PARTITION, sim_profile.partitions);
	plan(FAULT_CRASH, sim_profile.crashes);
	plan(FAULT_FREEZE, sim_profile.freezes);
	plan(FAULT_CLONE, sim_profile.clones);
	add_event((struct event){
		.time_us = sim_profile.faults_end_us, .kind = EVENT_FAULT, .life = FAULT_END});
	(void)run_until(faults_are_over, UINT64_MAX);
	bool done = run_until(sim_profile.programs->is_done, sim_now_us + patience_us);
	if (!done && sim_profile.programs->explain != NULL) {
		sim_profile.programs->explain();
	}
	SIM_CHECK(done, "faults are over, but not everything that is wanted gets done");
	if (!sim_failed) {
		sim_profile.programs->finish();
		for (uint32_t i = 0; i < sim_profile.nodes; i++) {
			schedule_wake(&sim_nodes[i]);
		}
	}
	SIM_CHECK(run_until(sim_profile.programs->is_idle, sim_now_us + patience_us),
		  "nothing is needed, but associations stay");
	check_pools();
	clear_world();
}
