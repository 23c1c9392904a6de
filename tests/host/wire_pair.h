/* Two nodes, A and B, on a wire that the test looks at and changes.  Time is the test's; frames
   cross in no time, arithmetic is done at once. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/cheap.h"
#include "wire/node_core.h"

#define PAIR_STREAMS 24
#define PAIR_BLOCKS  16
#define PAIR_QUEUE   4096

struct pair_frame {
	uint8_t to;
	uint16_t bytes;
	uint8_t data[WIRE_PAYLOAD_BYTES_MAX];
};

struct pair_node {
	struct wire_node wire;
	struct wire_peer peer;
	struct wire_block blocks[PAIR_BLOCKS];
	struct wire_out outs[PAIR_STREAMS];
	struct wire_in ins[PAIR_STREAMS];
	uint8_t private_key[WIRE_PRIVATE_BYTES], id[WIRE_ID_BYTES], public_key[WIRE_PUBLIC_BYTES];
	struct wire_arithmetic arithmetic;
	bool up;
	uint8_t reason; /* of the last DOWN */
	unsigned ups, downs, sent, failed, unreachable;
	uint64_t pieces, bytes;
	uint32_t delivered[PAIR_STREAMS]; /* messages, by export */
	bool keep;                        /* do not use up what is delivered */
};

static struct pair_node pair[2];
static uint64_t pair_now_us;
static uint64_t pair_state = 4711;
static struct wire_suite pair_suite;

/* The wire: frames that wait to be delivered. */
static struct pair_frame *pair_queue;
static unsigned pair_first, pair_count;

/* Sees every frame that is sent; false: it is lost.  Null: all pass. */
static bool (*pair_filter)(unsigned from, uint8_t *frame, size_t *bytes);
/* Changes the payload of data frames before they are sealed.  Null: none. */
static void (*pair_tamper)(uint8_t *payload, size_t bytes);
/* Gets the messages that come back.  Null: nobody. */
static void (*pair_returned)(unsigned node, struct wire_message *message);

uint64_t cheap_random(void)
{
	pair_state ^= pair_state << 13;
	pair_state ^= pair_state >> 7;
	return pair_state ^= pair_state << 17;
}

static bool pair_seal(void *context, const uint8_t key[WIRE_KEY_BYTES], uint64_t counter,
		      const void *associated, size_t associated_bytes, void *data, size_t bytes)
{
	if (associated_bytes == WIRE_INDEXED_HEADER_BYTES && pair_tamper != NULL) {
		pair_tamper(data, bytes);
	}
	return cheap_suite.seal(context, key, counter, associated, associated_bytes, data, bytes);
}

static struct wire_address pair_address(unsigned node)
{
	return (struct wire_address){{0x52, 0x54, (uint8_t)node}, 6};
}

static void pair_put(unsigned from, const uint8_t *frame, size_t bytes)
{
	struct pair_frame *slot = &pair_queue[(pair_first + pair_count) % PAIR_QUEUE];
	if (pair_count == PAIR_QUEUE) {
		return;
	}
	slot->to = (uint8_t)!from;
	slot->bytes = (uint16_t)bytes;
	memcpy(slot->data, frame, bytes);
	if (pair_filter == NULL || pair_filter(from, slot->data, &bytes)) {
		slot->bytes = (uint16_t)bytes;
		pair_count++;
	}
}

static void pair_effect(unsigned number, struct wire_effect *effect)
{
	struct pair_node *node = &pair[number];
	const struct wire_piece *piece = &effect->piece;
	if (effect->message != NULL && pair_returned != NULL) {
		pair_returned(number, effect->message);
	}
	switch (effect->kind) {
	case WIRE_EFFECT_SEND:
		pair_put(number, effect->frame, effect->bytes);
		break;
	case WIRE_EFFECT_UP:
		node->up = true;
		node->ups++;
		memset(node->delivered, 0, sizeof node->delivered);
		for (uint32_t i = 16; i < 22; i++) {
			(void)wire_open_export(&node->wire, 0, i, 1, 4);
		}
		(void)wire_open_export(&node->wire, 0, 0, 0, 4);
		break;
	case WIRE_EFFECT_DOWN:
		node->up = false;
		node->downs++;
		node->reason = effect->reason;
		break;
	case WIRE_EFFECT_UNREACHABLE:
		node->unreachable++;
		break;
	case WIRE_EFFECT_SENT:
		node->sent++;
		break;
	case WIRE_EFFECT_FAILED:
		node->failed++;
		break;
	case WIRE_EFFECT_DELIVER:
		node->pieces++;
		node->bytes += piece->bytes;
		for (uint32_t i = 0; i < piece->bytes; i++) {
			node->bytes += piece->data[i] & 0; /* it is memory that may be read */
		}
		if (piece->offset + piece->bytes == piece->total) {
			node->delivered[piece->in->export_id]++;
		}
		if (!node->keep) {
			wire_consume(&node->wire, 0, piece->bytes);
			wire_grant(&node->wire, 0, piece->in->export_id, 4);
		}
		break;
	default:
		break;
	}
}

static void pair_pull(unsigned number)
{
	struct pair_node *node = &pair[number];
	uint8_t out[WIRE_PAYLOAD_BYTES_MAX];
	struct wire_effect effect;
	struct wire_job jobs[4];
	unsigned count = 0;
	while (wire_next_effect(&node->wire, out, &effect)) {
		if (effect.kind == WIRE_EFFECT_COMPUTE && count < 4) {
			jobs[count++] = *effect.job;
		}
		pair_effect(number, &effect);
	}
	for (unsigned i = 0; i < count; i++) {
		wire_run_job(&node->arithmetic, &jobs[i]);
		wire_take_job(&node->wire, pair_now_us, &jobs[i]);
		pair_pull(number);
	}
}

/* Gives a frame to a node, as if it came from the other; the frame is not changed. */
static void pair_give(unsigned to, const uint8_t *frame, size_t bytes)
{
	uint8_t *copy = malloc(bytes + 1);
	struct wire_address from = pair_address(!to);
	memcpy(copy, frame, bytes);
	wire_take_frame(&pair[to].wire, pair_now_us, &from, copy, bytes);
	pair_pull(to);
	free(copy);
}

/* Delivers until nothing is on the wire. */
static void pair_settle(void)
{
	for (unsigned i = 0; i < 2; i++) {
		pair_pull(i);
	}
	for (unsigned turns = 0; pair_count > 0 && turns < 100000; turns++) {
		struct pair_frame frame = pair_queue[pair_first];
		pair_first = (pair_first + 1) % PAIR_QUEUE;
		pair_count--;
		pair_give(frame.to, frame.data, frame.bytes);
	}
}

/* Lets time pass, in steps of the nodes' own deadlines. */
static void pair_pass(uint64_t length_us)
{
	uint64_t end_us = pair_now_us + length_us;
	for (;;) {
		uint64_t next_us = end_us;
		pair_settle();
		for (unsigned i = 0; i < 2; i++) {
			uint64_t deadline_us = wire_next_deadline(&pair[i].wire);
			next_us = deadline_us < next_us ? deadline_us : next_us;
		}
		pair_now_us = next_us > pair_now_us ? next_us : pair_now_us + 1;
		for (unsigned i = 0; i < 2; i++) {
			wire_take_time(&pair[i].wire, pair_now_us);
			pair_pull(i);
		}
		if (pair_now_us >= end_us) {
			pair_settle();
			return;
		}
	}
}

static void pair_start_node(unsigned number, uint64_t incarnation)
{
	static const uint8_t cluster_key[WIRE_KEY_BYTES] = {9, 9, 9};
	struct pair_node *node = &pair[number];
	uint8_t random[WIRE_KEY_BYTES];
	for (unsigned i = 0; i < sizeof random; i++) {
		random[i] = (uint8_t)cheap_random();
	}
	struct wire_start start = {.suite = &pair_suite,
				   .settings = &wire_default_settings,
				   .id = node->id,
				   .public_key = node->public_key,
				   .cluster_key = cluster_key,
				   .random = random,
				   .incarnation = incarnation,
				   .now_us = pair_now_us,
				   .frame_bytes_max = WIRE_FRAME_BYTES_MAX,
				   .peers = &node->peer,
				   .peer_count_max = 1,
				   .blocks = node->blocks,
				   .block_count = PAIR_BLOCKS};
	if (!wire_start_node(&node->wire, &start) ||
	    wire_add_peer(&node->wire, pair[!number].id, pair[!number].public_key, node->outs,
			  PAIR_STREAMS, node->ins, PAIR_STREAMS) != 0) {
		abort();
	}
	node->up = false;
}

static void pair_start(void)
{
	pair_suite = cheap_suite;
	pair_suite.seal = pair_seal;
	pair_queue = pair_queue != NULL ? pair_queue : calloc(PAIR_QUEUE, sizeof *pair_queue);
	pair_first = pair_count = 0;
	pair_filter = NULL;
	pair_tamper = NULL;
	pair_returned = NULL;
	memset(pair, 0, sizeof pair);
	for (unsigned i = 0; i < 2; i++) {
		pair[i].arithmetic = cheap_arithmetic(pair[i].private_key);
		(void)pair[i].arithmetic.make_pair(NULL, pair[i].private_key, pair[i].public_key);
		(void)cheap_suite.hash(NULL, pair[i].public_key, WIRE_PUBLIC_BYTES, pair[i].id);
	}
	pair_start_node(0, 1001);
	pair_start_node(1, 2001);
}

/* Both are up. */
static bool pair_connect(void)
{
	wire_connect(&pair[0].wire, 0);
	pair_settle();
	for (unsigned i = 0; i < 40 && !(pair[0].up && pair[1].up); i++) {
		pair_pass(500000);
	}
	return pair[0].up && pair[1].up;
}
