/* The segment: links with faults, a heap of what is on its way, a queue for each node. */
#include "segment_core.h"

#include <stddef.h>

/* ------------------------------------------------------------------------------------ decisions */

/* What is decided about a frame, each on its own. */
enum purpose { LOSS, DUPLICATE, REORDER, REORDER_TIME, CORRUPT, CORRUPT_BIT, JITTER, PURPOSES };

/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/* The coin of one decision: which frame of which link, which of its two copies, what for. */
struct dice {
	uint64_t state;
};

static struct dice dice_of(const struct segment *segment, uint32_t from, uint32_t to,
			   uint64_t index, uint32_t copy)
{
	uint64_t link = mix(mix(segment->seed) ^ ((uint64_t)from << 32 | to));
	return (struct dice){mix(link ^ mix(2 * index + copy))};
}

static uint64_t draw(struct dice dice, enum purpose purpose)
{
	return mix(dice.state ^ mix(purpose + 1u));
}

/* 0 ... limit - 1. The bias is below 2^-32. */
static uint32_t draw_below(struct dice dice, enum purpose purpose, uint32_t limit)
{
	return (uint32_t)((draw(dice, purpose) >> 32) * limit >> 32);
}

static bool happens(struct dice dice, enum purpose purpose, uint32_t chance)
{
	return draw_below(dice, purpose, SEGMENT_CERTAIN) < chance;
}

/* ------------------------------------------------------------------------ frames and deliveries */

#define NONE UINT32_MAX

static void frame_release(struct segment *segment, uint32_t index)
{
	if (--segment->frames[index].uses == 0) {
		segment->frames[index].next_free = segment->free_frame;
		segment->free_frame = index;
	}
}

/* With one use, which is the caller's. NONE: all are on their way. */
static uint32_t frame_store(struct segment *segment, const void *data, uint32_t bytes)
{
	uint32_t index = segment->free_frame;
	if (index != NONE) {
		struct segment_frame *frame = &segment->frames[index];
		segment->free_frame = frame->next_free;
		frame->uses = 1;
		frame->bytes = bytes;
		__builtin_memcpy(frame->data, data, bytes);
	}
	return index;
}

static void delivery_free(struct segment *segment, uint32_t index)
{
	struct segment_delivery *delivery = &segment->deliveries[index];
	segment->link[delivery->from][delivery->to].counters.waiting--;
	frame_release(segment, delivery->frame);
	delivery->next = segment->free_delivery;
	segment->free_delivery = index;
}

static bool is_before(const struct segment *segment, uint32_t a, uint32_t b)
{
	const struct segment_delivery *one = &segment->deliveries[a];
	const struct segment_delivery *two = &segment->deliveries[b];
	return one->due_us != two->due_us ? one->due_us < two->due_us : one->order < two->order;
}

static void heap_put(struct segment *segment, uint32_t delivery)
{
	uint32_t place = segment->heap_count++;
	while (place > 0 && is_before(segment, delivery, segment->heap[(place - 1) / 2])) {
		segment->heap[place] = segment->heap[(place - 1) / 2];
		place = (place - 1) / 2;
	}
	segment->heap[place] = delivery;
}

static uint32_t heap_take(struct segment *segment)
{
	uint32_t taken = segment->heap[0];
	uint32_t moved = segment->heap[--segment->heap_count];
	uint32_t place = 0;
	for (;;) {
		uint32_t child = 2 * place + 1;
		if (child >= segment->heap_count) {
			break;
		}
		if (child + 1 < segment->heap_count &&
		    is_before(segment, segment->heap[child + 1], segment->heap[child])) {
			child++;
		}
		if (!is_before(segment, segment->heap[child], moved)) {
			break;
		}
		segment->heap[place] = segment->heap[child];
		place = child;
	}
	segment->heap[place] = moved;
	return taken;
}

/* ---------------------------------------------------------------------------------------- links */

/* When a copy of a frame arrives. */
static uint64_t arrival(uint64_t now_us, struct segment_link *link, struct dice dice,
			uint32_t bytes)
{
	const struct segment_faults *faults = &link->faults;
	uint64_t due_us = now_us;
	if (faults->rate_bytes_s != 0) {
		uint64_t start_us = link->busy_until_us > now_us ? link->busy_until_us : now_us;
		link->busy_until_us = start_us + bytes * 1000000ull / faults->rate_bytes_s;
		due_us = link->busy_until_us;
	}
	due_us += faults->delay_us;
	if (faults->jitter_us != 0) {
		due_us += draw_below(dice, JITTER, faults->jitter_us + 1);
	}
	if (happens(dice, REORDER, faults->reorder)) {
		link->counters.reordered++;
		due_us += 1 + draw_below(dice, REORDER_TIME, faults->reorder_us);
	}
	return due_us;
}

static void link_carry(struct segment *segment, uint64_t now_us, uint32_t from, uint32_t to,
		       uint32_t frame, struct dice dice)
{
	struct segment_link *link = &segment->link[from][to];
	uint32_t index = segment->free_delivery;
	if (index == NONE || link->counters.waiting >= segment->link_queue_max) {
		link->counters.overflow++;
		return;
	}
	struct segment_delivery *delivery = &segment->deliveries[index];
	uint32_t bytes = segment->frames[frame].bytes;
	segment->free_delivery = delivery->next;
	segment->frames[frame].uses++;
	link->counters.waiting++;
	*delivery = (struct segment_delivery){
		.due_us = arrival(now_us, link, dice, bytes),
		.order = segment->order++,
		.next = NONE,
		.frame = (uint16_t)frame,
		.from = (uint8_t)from,
		.to = (uint8_t)to,
		.flipped_bit = -1,
	};
	if (happens(dice, CORRUPT, link->faults.corrupt)) {
		link->counters.corrupted++;
		delivery->flipped_bit = (int32_t)draw_below(dice, CORRUPT_BIT, 8 * bytes);
	}
	heap_put(segment, index);
}

static void link_offer(struct segment *segment, uint64_t now_us, uint32_t from, uint32_t to,
		       uint32_t frame)
{
	struct segment_link *link = &segment->link[from][to];
	struct dice dice = dice_of(segment, from, to, link->index, 0);
	struct dice copy = dice_of(segment, from, to, link->index, 1);
	link->index++;
	link->counters.offered++;
	if (link->cut) {
		link->counters.cut++;
		return;
	}
	if (happens(dice, LOSS, link->faults.loss)) {
		link->counters.lost++;
		return;
	}
	link_carry(segment, now_us, from, to, frame, dice);
	if (happens(dice, DUPLICATE, link->faults.duplicate)) {
		link->counters.duplicated++;
		link_carry(segment, now_us, from, to, frame, copy);
	}
}

/* ------------------------------------------------------------------------------------ addresses */

static bool same_address(const uint8_t *a, const uint8_t *b)
{
	return __builtin_memcmp(a, b, 6) == 0;
}

/* Where frames to this address go in a switch; SEGMENT_ALL: it is not known, as a group's never is.
 */
static uint32_t node_of(const struct segment *segment, const uint8_t *address)
{
	for (uint32_t i = 0; i < segment->addresses_count; i++) {
		if (same_address(segment->addresses[i].bytes, address)) {
			return segment->addresses[i].node;
		}
	}
	return SEGMENT_ALL;
}

/* A full table forgets nothing and learns nothing more. */
static void learn(struct segment *segment, const uint8_t *address, uint32_t node)
{
	uint32_t i = 0;
	if ((address[0] & 1) != 0) {
		return;
	}
	while (i < segment->addresses_count &&
	       !same_address(segment->addresses[i].bytes, address)) {
		i++;
	}
	if (i == SEGMENT_ADDRESSES_MAX) {
		return;
	}
	segment->addresses_count += i == segment->addresses_count;
	__builtin_memcpy(segment->addresses[i].bytes, address, 6);
	segment->addresses[i].node = (uint8_t)node;
}

/* --------------------------------------------------------------------------------------- frames */

bool segment_inject(struct segment *segment, uint64_t now_us, uint32_t from, uint32_t to,
		    const void *data, uint32_t bytes)
{
	if (bytes < SEGMENT_FRAME_BYTES_MIN || bytes > SEGMENT_FRAME_BYTES_MAX) {
		segment->bad_frames++;
		return false;
	}
	uint32_t frame = frame_store(segment, data, bytes);
	for (uint32_t node = 1; node <= segment->nodes; node++) {
		if ((to == SEGMENT_ALL && node == from) || (to != SEGMENT_ALL && node != to)) {
			continue;
		}
		if (frame == NONE) {
			segment->link[from][node].counters.offered++;
			segment->link[from][node].counters.overflow++;
		} else {
			link_offer(segment, now_us, from, node, frame);
		}
	}
	if (frame != NONE) {
		frame_release(segment, frame);
	}
	return true;
}

bool segment_send(struct segment *segment, uint64_t now_us, uint32_t from, const void *data,
		  uint32_t bytes)
{
	const uint8_t *address = data;
	uint32_t to = SEGMENT_ALL;
	struct segment_node *node = &segment->node[from];
	if (bytes < SEGMENT_FRAME_BYTES_MIN || bytes > SEGMENT_FRAME_BYTES_MAX) {
		segment->bad_frames++;
		return false;
	}
	uint32_t place = (uint32_t)(node->sent++ % SEGMENT_HISTORY_FRAMES);
	node->history[place].bytes = bytes;
	__builtin_memcpy(node->history[place].data, data, bytes);
	learn(segment, address + 6, from);
	if (segment->is_switch) {
		to = node_of(segment, address);
		if (to == from) {
			return true;
		}
	}
	return segment_inject(segment, now_us, from, to, data, bytes);
}

const uint8_t *segment_history(const struct segment *segment, uint32_t node, uint32_t back,
			       uint32_t *bytes)
{
	const struct segment_node *one = &segment->node[node];
	if (back == 0 || back > one->sent || back > SEGMENT_HISTORY_FRAMES) {
		return NULL;
	}
	uint32_t place = (uint32_t)((one->sent - back) % SEGMENT_HISTORY_FRAMES);
	*bytes = one->history[place].bytes;
	return one->history[place].data;
}

/* ------------------------------------------------------------------------------------- delivery */

static void queue_drop_first(struct segment *segment, uint32_t node)
{
	struct segment_node *queue = &segment->node[node];
	uint32_t index = queue->first;
	queue->first = segment->deliveries[index].next;
	queue->count--;
	delivery_free(segment, index);
}

static struct segment_counters *counters_of(struct segment *segment, uint32_t delivery)
{
	const struct segment_delivery *one = &segment->deliveries[delivery];
	return &segment->link[one->from][one->to].counters;
}

static void queue_put(struct segment *segment, uint32_t delivery)
{
	struct segment_node *queue = &segment->node[segment->deliveries[delivery].to];
	if (queue->count == SEGMENT_NODE_QUEUE_MAX) {
		counters_of(segment, delivery)->refused++;
		delivery_free(segment, delivery);
		return;
	}
	segment->deliveries[delivery].next = NONE;
	if (queue->count++ == 0) {
		queue->first = delivery;
	} else {
		segment->deliveries[queue->last].next = delivery;
	}
	queue->last = delivery;
}

uint64_t segment_advance(struct segment *segment, uint64_t now_us)
{
	uint64_t next_us = SEGMENT_NEVER;
	while (segment->heap_count > 0 && segment->deliveries[segment->heap[0]].due_us <= now_us) {
		uint32_t delivery = heap_take(segment);
		struct segment_delivery *one = &segment->deliveries[delivery];
		if (segment->link[one->from][one->to].cut) {
			counters_of(segment, delivery)->cut++;
			delivery_free(segment, delivery);
		} else {
			queue_put(segment, delivery);
		}
	}
	if (segment->heap_count > 0) {
		next_us = segment->deliveries[segment->heap[0]].due_us;
	}
	for (uint32_t node = 1; node <= segment->nodes; node++) {
		struct segment_node *queue = &segment->node[node];
		while (queue->count > 0 &&
		       segment->deliveries[queue->first].due_us + SEGMENT_HOLD_US <= now_us) {
			counters_of(segment, queue->first)->refused++;
			queue_drop_first(segment, node);
		}
		if (queue->count > 0) {
			uint64_t end_us =
				segment->deliveries[queue->first].due_us + SEGMENT_HOLD_US;
			next_us = end_us < next_us ? end_us : next_us;
		}
	}
	return next_us;
}

uint32_t segment_next(const struct segment *segment, uint32_t node, void *data)
{
	if (segment->node[node].count == 0) {
		return 0;
	}
	const struct segment_delivery *one = &segment->deliveries[segment->node[node].first];
	const struct segment_frame *frame = &segment->frames[one->frame];
	__builtin_memcpy(data, frame->data, frame->bytes);
	if (one->flipped_bit >= 0) {
		((uint8_t *)data)[one->flipped_bit / 8] ^= (uint8_t)(1u << one->flipped_bit % 8);
	}
	return frame->bytes;
}

void segment_delivered(struct segment *segment, uint32_t node, bool taken)
{
	struct segment_counters *counters = counters_of(segment, segment->node[node].first);
	if (taken) {
		counters->delivered++;
	} else {
		counters->absent++;
	}
	queue_drop_first(segment, node);
}

/* ------------------------------------------------------------------------------------- the rest */

void segment_init(struct segment *segment, uint32_t nodes, uint64_t seed)
{
	__builtin_memset(segment, 0, offsetof(struct segment, heap));
	segment->nodes = nodes;
	segment->seed = seed;
	segment->link_queue_max = SEGMENT_LINK_QUEUE_MAX;
	segment->free_delivery = 0;
	segment->free_frame = 0;
	for (uint32_t i = 0; i < SEGMENT_DELIVERIES_MAX; i++) {
		segment->deliveries[i].next = i + 1 < SEGMENT_DELIVERIES_MAX ? i + 1 : NONE;
	}
	for (uint32_t i = 0; i < SEGMENT_FRAMES_MAX; i++) {
		segment->frames[i].uses = 0;
		segment->frames[i].next_free = i + 1 < SEGMENT_FRAMES_MAX ? i + 1 : NONE;
	}
	for (uint32_t from = 0; from <= SEGMENT_NODES_MAX; from++) {
		for (uint32_t to = 0; to <= SEGMENT_NODES_MAX; to++) {
			segment->link[from][to].faults.reorder_us = SEGMENT_REORDER_US;
		}
	}
}

void segment_set_seed(struct segment *segment, uint64_t seed)
{
	segment->seed = seed;
	for (uint32_t from = 1; from <= segment->nodes; from++) {
		for (uint32_t to = 1; to <= segment->nodes; to++) {
			segment->link[from][to].index = 0;
		}
	}
}

void segment_partition(struct segment *segment, const uint8_t group[SEGMENT_NODES_MAX + 1])
{
	for (uint32_t from = 1; from <= segment->nodes; from++) {
		for (uint32_t to = 1; to <= segment->nodes; to++) {
			segment->link[from][to].cut = group[from] != group[to];
		}
	}
}

struct segment_counters segment_count(const struct segment *segment, uint32_t from, uint32_t to)
{
	struct segment_counters sum = {0};
	for (uint32_t a = 1; a <= segment->nodes; a++) {
		for (uint32_t b = 1; b <= segment->nodes; b++) {
			const struct segment_counters *one = &segment->link[a][b].counters;
			if ((from != SEGMENT_ALL && a != from) || (to != SEGMENT_ALL && b != to)) {
				continue;
			}
			sum.offered += one->offered;
			sum.delivered += one->delivered;
			sum.lost += one->lost;
			sum.cut += one->cut;
			sum.overflow += one->overflow;
			sum.refused += one->refused;
			sum.absent += one->absent;
			sum.waiting += one->waiting;
			sum.duplicated += one->duplicated;
			sum.reordered += one->reordered;
			sum.corrupted += one->corrupted;
		}
	}
	return sum;
}
