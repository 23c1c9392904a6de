/* tools/segment: chances, determinism, the order of delivery, rates, bounded queues, a switch, and
   what went where adds up. LINK: tools/segment/segment_core.c */
#include <stdlib.h>
#include <string.h>

#include "../../tools/segment/segment_core.h"
#include "tap.h"

static struct segment *segment;
static uint64_t now_us = 1000000;

static void open_segment(uint32_t nodes, uint64_t seed)
{
	segment_init(segment, nodes, seed);
}

static void make_frame(uint8_t *frame, uint32_t from, uint32_t number, uint32_t bytes)
{
	memset(frame, (int)number, bytes);
	memset(frame, 0xff, 6);
	memcpy(frame + 6, (uint8_t[6]){2, 0, 0, 0, 0, (uint8_t)from}, 6);
	memcpy(frame + 14, &number, sizeof number);
}

static void send(uint32_t from, uint32_t number, uint32_t bytes)
{
	uint8_t frame[SEGMENT_FRAME_BYTES_MAX];
	make_frame(frame, from, number, bytes);
	(void)segment_send(segment, now_us, from, frame, bytes);
}

/* The number of the next frame that a node gets, -1: there is none now. */
static int64_t take(uint32_t node)
{
	uint8_t frame[SEGMENT_FRAME_BYTES_MAX];
	uint32_t number = 0;
	if (segment_next(segment, node, frame) == 0) {
		return -1;
	}
	memcpy(&number, frame + 14, sizeof number);
	segment_delivered(segment, node, true);
	return number;
}

static uint32_t take_all(uint32_t node)
{
	uint32_t count = 0;
	while (take(node) >= 0) {
		count++;
	}
	return count;
}

static bool adds_up(void)
{
	struct segment_counters sum = segment_count(segment, SEGMENT_ALL, SEGMENT_ALL);
	return sum.offered + sum.duplicated == sum.delivered + sum.lost + sum.cut + sum.overflow +
						       sum.refused + sum.absent + sum.waiting;
}

/* --------------------------------------------------------------------------------------- basics */

static void test_hub(void)
{
	open_segment(4, 1);
	send(2, 7, 60);
	CHECK(segment_advance(segment, now_us) == now_us + SEGMENT_HOLD_US, "a frame is there");
	CHECK(take(1) == 7 && take(3) == 7 && take(4) == 7 && take(2) == -1,
	      "everybody but its sender gets it");
	CHECK(segment_advance(segment, now_us) == SEGMENT_NEVER && adds_up(), "once");
	uint8_t frame[SEGMENT_FRAME_BYTES_MAX + 1] = {0};
	CHECK(!segment_send(segment, now_us, 1, frame, SEGMENT_FRAME_BYTES_MIN - 1) &&
		      !segment_send(segment, now_us, 1, frame, SEGMENT_FRAME_BYTES_MAX + 1) &&
		      segment->bad_frames == 2,
	      "frames of other lengths are refused");
	CHECK(segment_send(segment, now_us, 1, frame, SEGMENT_FRAME_BYTES_MIN) &&
		      segment_send(segment, now_us, 1, frame, SEGMENT_FRAME_BYTES_MAX),
	      "those of the longest and the shortest are not");
	for (uint32_t i = 0; i < 1000; i++) {
		send(1, i, 100);
	}
	segment_advance(segment, now_us);
	uint32_t wrong = 0;
	CHECK(segment_next(segment, 3, frame) == SEGMENT_FRAME_BYTES_MIN, "in the order");
	segment_delivered(segment, 3, true);
	segment_delivered(segment, 3, true);
	for (uint32_t i = 0; i < 1000; i++) {
		wrong += take(3) != i;
	}
	CHECK(wrong == 0, "of sending");
	segment_delivered(segment, 4, false);
	CHECK(segment_count(segment, 1, 4).absent == 1 && adds_up(), "a node may be absent");
}

static void test_switch(void)
{
	uint8_t frame[64] = {2, 0, 0, 0, 0, 3};
	open_segment(3, 1);
	segment->is_switch = true;
	memcpy(frame + 6, (uint8_t[6]){2, 0, 0, 0, 0, 1}, 6);
	(void)segment_send(segment, now_us, 1, frame, 64);
	segment_advance(segment, now_us);
	CHECK(take_all(2) == 1 && take_all(3) == 1, "an address not known yet");
	send(3, 1, 64);
	segment_advance(segment, now_us);
	CHECK(take_all(1) == 1 && take_all(2) == 1, "a broadcast");
	(void)segment_send(segment, now_us, 1, frame, 64);
	segment_advance(segment, now_us);
	CHECK(take_all(2) == 0 && take_all(3) == 1, "a known address");
	send(2, 1, 64);
	memcpy(frame + 6, (uint8_t[6]){2, 0, 0, 0, 0, 3}, 6);
	(void)segment_send(segment, now_us, 2, frame, 64);
	segment_advance(segment, now_us);
	(void)take_all(1);
	(void)take_all(3);
	memcpy(frame + 6, (uint8_t[6]){2, 0, 0, 0, 0, 1}, 6);
	(void)segment_send(segment, now_us, 1, frame, 64);
	segment_advance(segment, now_us);
	CHECK(take_all(2) == 1 && take_all(3) == 0, "one that has moved");
	for (uint32_t i = 0; i < 3000; i++) {
		memcpy(frame + 8, &i, sizeof i);
		(void)segment_send(segment, now_us, 1, frame, 64);
	}
	CHECK(segment->addresses_count == SEGMENT_ADDRESSES_MAX, "the table is bounded");
	CHECK(adds_up(), "it adds up");
}

/* -------------------------------------------------------------------------------------- chances */

#define TRIALS 20000u

/* Within five standard deviations of a binomial distribution. */
static bool is_likely(uint64_t count, double chance)
{
	double variance = TRIALS * chance * (1 - chance);
	double away = (double)count - TRIALS * chance;
	return away * away <= 25 * variance + 0.5;
}

static void run_trials(struct segment_faults faults, uint64_t seed)
{
	open_segment(2, seed);
	segment->link[1][2].faults = faults;
	for (uint32_t i = 0; i < TRIALS; i++) {
		now_us += 100;
		send(1, i, 100);
		segment_advance(segment, now_us);
		(void)take_all(2);
	}
	now_us += SEGMENT_HOLD_US / 2;
	segment_advance(segment, now_us);
	(void)take_all(2);
}

static void test_chances(void)
{
	static const uint32_t chances[] = {0,      10000,  50000,          200000,
					   500000, 999999, SEGMENT_CERTAIN};
	for (uint32_t i = 0; i < sizeof chances / sizeof chances[0]; i++) {
		uint32_t chance = chances[i];
		double expected = chance / 1e6;
		run_trials((struct segment_faults){.loss = chance, .reorder_us = 1}, i);
		uint64_t lost = segment_count(segment, 1, 2).lost;
		run_trials((struct segment_faults){.duplicate = chance, .reorder_us = 1}, i);
		uint64_t duplicated = segment_count(segment, 1, 2).duplicated;
		run_trials((struct segment_faults){.corrupt = chance, .reorder_us = 1}, i);
		uint64_t corrupted = segment_count(segment, 1, 2).corrupted;
		run_trials((struct segment_faults){.reorder = chance, .reorder_us = 500}, i);
		uint64_t reordered = segment_count(segment, 1, 2).reordered;
		CHECK(is_likely(lost, expected) && is_likely(duplicated, expected) &&
			      is_likely(corrupted, expected) && is_likely(reordered, expected),
		      "chance %g of %u: %u lost, %u doubled, %u corrupted, %u reordered", expected,
		      TRIALS, (unsigned)lost, (unsigned)duplicated, (unsigned)corrupted,
		      (unsigned)reordered);
		CHECK(segment_count(segment, 1, 2).waiting == 0 && adds_up(), "it adds up");
	}
}

/* Every bit of a frame is flipped about equally often, and one at a time. */
static void test_corruption(void)
{
	uint32_t flips[8 * 20] = {0};
	uint32_t wrong = 0;
	uint8_t frame[20] = {0};
	uint8_t got[SEGMENT_FRAME_BYTES_MAX];
	open_segment(2, 3);
	segment->link[1][2].faults.corrupt = SEGMENT_CERTAIN;
	for (uint32_t i = 0; i < 16000; i++) {
		(void)segment_send(segment, now_us, 1, frame, sizeof frame);
		segment_advance(segment, now_us);
		uint32_t bits = 0;
		wrong += segment_next(segment, 2, got) != sizeof frame;
		for (uint32_t bit = 0; bit < 8 * sizeof frame; bit++) {
			uint32_t set = (got[bit / 8] >> bit % 8) & 1;
			flips[bit] += set;
			bits += set;
		}
		wrong += bits != 1;
		segment_delivered(segment, 2, true);
	}
	for (uint32_t bit = 0; bit < 8 * sizeof frame; bit++) {
		wrong += flips[bit] < 50 || flips[bit] > 150;
	}
	CHECK(wrong == 0, "corruption flips one bit, any bit");
}

/* Which bit was flipped in the next frame that node 2 gets, all of whose bytes were 0. */
static uint32_t flipped_bit(void)
{
	uint8_t got[SEGMENT_FRAME_BYTES_MAX];
	uint32_t bytes = segment_next(segment, 2, got);
	uint32_t bit = 0;
	while (bit < 8 * bytes && (got[bit / 8] >> bit % 8 & 1) == 0) {
		bit++;
	}
	segment_delivered(segment, 2, true);
	return bit;
}

static void test_copies(void)
{
	uint8_t frame[1000] = {0};
	uint32_t last = 0;
	uint32_t alike = 0;
	open_segment(2, 3);
	segment->link[1][2].faults.duplicate = SEGMENT_CERTAIN;
	segment->link[1][2].faults.corrupt = SEGMENT_CERTAIN;
	for (uint32_t i = 0; i < 200; i++) {
		(void)segment_send(segment, now_us, 1, frame, sizeof frame);
		segment_advance(segment, now_us);
		uint32_t first = flipped_bit();
		alike += first == last;
		last = flipped_bit();
		alike += first == last;
	}
	CHECK(alike < 5, "copies and neighbours are spoilt each on their own (%u alike)", alike);
}

/* ---------------------------------------------------------------------------------- determinism */

#define STORY 600u

/* What node 3 got from node 1, frame by frame, with frames of node 2 in between or not. */
static void tell(int64_t story[STORY], uint64_t seed, bool neighbour, uint64_t step_us,
		 uint32_t delay_us)
{
	uint32_t length = 0;
	open_segment(3, seed);
	segment->link[1][3].faults = (struct segment_faults){.loss = 200000,
							     .duplicate = 100000,
							     .reorder = 100000,
							     .reorder_us = 100,
							     .delay_us = delay_us};
	segment->link[2][3].cut = true;
	for (uint32_t i = 0; i < STORY / 2; i++) {
		now_us += step_us;
		send(1, i, 100);
		if (neighbour) {
			send(2, 1000 + i, 100);
			send(3, 1000 + i, 100);
		}
	}
	now_us += 10000;
	segment_advance(segment, now_us);
	for (length = 0; length < STORY; length++) {
		story[length] = take(3);
	}
}

static void test_determinism(void)
{
	static int64_t one[STORY], two[STORY];
	tell(one, 5, false, 0, 0);
	tell(two, 5, false, 0, 0);
	CHECK(memcmp(one, two, sizeof one) == 0, "the same seed and frames, the same end");
	tell(two, 5, true, 0, 0);
	CHECK(memcmp(one, two, sizeof one) == 0, "whatever others do meanwhile");
	tell(two, 5, false, 0, 5000);
	CHECK(memcmp(one, two, sizeof one) == 0, "and whatever else is set");
	open_segment(3, 5);
	segment->link[1][3].cut = true;
	for (uint32_t i = 0; i < 100; i++) {
		send(1, i, 100);
	}
	segment->link[1][3].cut = false;
	segment->link[1][3].faults.loss = 200000;
	uint32_t wrong = 0;
	for (uint32_t i = 100; i < STORY / 2; i++) {
		bool came = false;
		for (uint32_t j = 0; j < STORY; j++) {
			came |= one[j] == i;
		}
		send(1, i, 100);
		segment_advance(segment, now_us);
		wrong += (take(3) == i) != came;
	}
	CHECK(wrong == 0, "frames that were cut count, too");
	tell(two, 6, false, 0, 0);
	CHECK(memcmp(one, two, sizeof one) != 0, "another seed, another end");
	/* With time between them none passes another, but the same are lost and doubled. */
	tell(two, 5, false, 1000, 0);
	uint32_t counts[2][STORY] = {0};
	for (uint32_t i = 0; i < STORY; i++) {
		counts[0][one[i] >= 0 ? one[i] : STORY - 1]++;
		counts[1][two[i] >= 0 ? two[i] : STORY - 1]++;
	}
	CHECK(memcmp(counts[0], counts[1], sizeof counts[0]) == 0, "at any pace");
	CHECK(memcmp(one, two, sizeof one) != 0, "though not in the same order");
	segment_set_seed(segment, 5);
	segment->link[1][3].faults.delay_us = 0;
	for (uint32_t i = 0; i < STORY / 2; i++) {
		send(1, i, 100);
	}
	now_us += 10000;
	segment_advance(segment, now_us);
	for (uint32_t i = 0; i < STORY; i++) {
		two[i] = take(3);
	}
	CHECK(memcmp(one, two, sizeof one) == 0 && adds_up(), "a seed set again begins again");
	int64_t same = 0;
	open_segment(3, 9);
	for (uint32_t from = 1; from <= 3; from++) {
		for (uint32_t to = 1; to <= 3; to++) {
			segment->link[from][to].faults.loss = 500000;
		}
	}
	for (uint32_t i = 0; i < 1000; i++) {
		uint64_t before = segment_count(segment, 1, 2).lost;
		uint64_t other = segment_count(segment, 1, 3).lost;
		send(1, i, 64);
		same += (segment_count(segment, 1, 2).lost - before) ==
			(segment_count(segment, 1, 3).lost - other);
		segment_advance(segment, now_us);
		(void)take_all(2);
		(void)take_all(3);
	}
	CHECK(same > 400 && same < 600, "links decide each on its own (%d of 1000 alike)",
	      (int)same);
}

/* ----------------------------------------------------------------------------------------- time */

static void test_delay(void)
{
	open_segment(3, 1);
	segment->link[1][3].faults.delay_us = 500;
	send(1, 1, 64);
	send(2, 2, 64);
	CHECK(segment_advance(segment, now_us) == now_us + 500, "the next is due after its delay");
	CHECK(take(3) == 2 && take(3) == -1 && take(2) == 1, "others are not delayed");
	now_us += 499;
	segment_advance(segment, now_us);
	CHECK(take(3) == -1, "not before");
	now_us += 1;
	segment_advance(segment, now_us);
	CHECK(take(3) == 1, "then it comes");
	uint32_t at_once = 0;
	open_segment(2, 1);
	segment->link[1][2].faults.jitter_us = 1;
	for (uint32_t i = 0; i < 1000; i++) {
		send(1, i, 64);
	}
	segment_advance(segment, now_us);
	at_once = take_all(2);
	segment_advance(segment, now_us + 1);
	CHECK(at_once > 400 && at_once < 600 && at_once + take_all(2) == 1000, "jitter of 1 us");
	/* Jitter: due times lie within, and all over. */
	uint32_t early = 0;
	open_segment(2, 1);
	segment->link[1][2].faults =
		(struct segment_faults){.delay_us = 100, .jitter_us = 1000, .reorder_us = 1};
	for (uint32_t i = 0; i < 1000; i++) {
		send(1, i, 64);
	}
	segment_advance(segment, now_us + 99);
	CHECK(take_all(2) == 0, "jitter comes on top of the delay");
	segment_advance(segment, now_us + 600);
	early = take_all(2);
	CHECK(early > 400 && early < 600, "half of it for half of the frames (%u)", early);
	segment_advance(segment, now_us + 1099);
	uint32_t late = take_all(2);
	segment_advance(segment, now_us + 1100);
	CHECK(early + late + take_all(2) == 1000 && late > 300, "and all of them within it");
}

/* The heap, beside a list that is sorted slowly: due times first, then the order of sending. */
static void test_order(uint64_t seed)
{
	static struct {
		uint64_t due_us;
		int64_t number;
	} model[3000];
	uint64_t state = seed;
	uint32_t count = 0;
	uint32_t wrong = 0;
	open_segment(2, seed);
	for (uint32_t number = 0; number < 3000; number++) {
		if (tap_random(&state) % 4 != 0) {
			uint32_t delay_us = tap_random(&state) % 300;
			segment->link[1][2].faults.delay_us = delay_us;
			send(1, number, 20);
			uint32_t place = count++;
			for (; place > 0 && model[place - 1].due_us > now_us + delay_us; place--) {
				model[place] = model[place - 1];
			}
			model[place].due_us = now_us + delay_us;
			model[place].number = number;
			continue;
		}
		now_us += tap_random(&state) % 100;
		uint64_t next_us = segment_advance(segment, now_us);
		uint32_t due = 0;
		while (due < count && model[due].due_us <= now_us) {
			wrong += take(2) != model[due++].number;
		}
		wrong += take(2) != -1;
		count -= due;
		memmove(model, model + due, count * sizeof model[0]);
		wrong += due == 0 && next_us != (count > 0 ? model[0].due_us : SEGMENT_NEVER);
	}
	CHECK(wrong == 0 && adds_up(), "seed %llu: in the order of their times",
	      (unsigned long long)seed);
}

static void test_rate(void)
{
	open_segment(2, 1);
	segment->link[1][2].faults.rate_bytes_s = 1000000;
	for (uint32_t i = 0; i < 10; i++) {
		send(1, i, 1000);
	}
	uint32_t wrong = 0;
	for (uint32_t i = 0; i < 10; i++) {
		wrong += segment_advance(segment, now_us + 999) != now_us + 1000;
		wrong += take(2) != -1;
		now_us += 1000;
		segment_advance(segment, now_us);
		wrong += take(2) != i || take(2) != -1;
	}
	CHECK(wrong == 0, "a rate spaces frames by their lengths");
	now_us += 50000;
	send(1, 11, 500);
	CHECK(segment_advance(segment, now_us) == now_us + 500, "an idle link saves nothing up");
}

/* --------------------------------------------------------------------------------------- bounds */

static void test_bounds(void)
{
	open_segment(3, 1);
	segment->link_queue_max = 10;
	segment->link[1][2].faults.delay_us = 1000;
	for (uint32_t i = 0; i < 25; i++) {
		send(1, i, 64);
		segment_advance(segment, now_us);
		(void)take_all(3);
	}
	CHECK(segment_count(segment, 1, 2).overflow == 15 &&
		      segment_count(segment, 1, 3).delivered == 25,
	      "a link's queue is bounded, others go on");
	now_us += 1000;
	segment_advance(segment, now_us);
	CHECK(take_all(2) == 10 && adds_up(), "what was in it comes");
	/* A node that takes nothing. */
	open_segment(2, 1);
	for (uint32_t i = 0; i < SEGMENT_NODE_QUEUE_MAX + 5; i++) {
		send(1, i, 64);
		segment_advance(segment, now_us);
	}
	CHECK(segment_count(segment, 1, 2).refused == 5 && adds_up(), "so is a node's");
	segment_advance(segment, now_us + SEGMENT_HOLD_US - 1);
	CHECK(segment->node[2].count == SEGMENT_NODE_QUEUE_MAX, "it is held for a while");
	CHECK(segment_advance(segment, now_us + SEGMENT_HOLD_US) == SEGMENT_NEVER &&
		      take(2) == -1 && segment_count(segment, 1, 2).waiting == 0 && adds_up(),
	      "and no longer");
	/* All at once: frames run out before anything else does, and everything comes back. */
	for (uint32_t round = 0; round < 3; round++) {
		open_segment(64, 1);
		for (uint32_t from = 1; from <= 64; from++) {
			for (uint32_t to = 1; to <= 64; to++) {
				segment->link[from][to].faults.delay_us = round * 100;
			}
		}
		for (uint32_t i = 0; i < 2000; i++) {
			send(1 + i % 64, i, 64);
		}
		CHECK(segment_count(segment, SEGMENT_ALL, SEGMENT_ALL).overflow > 0 && adds_up(),
		      "deliveries run out");
		now_us += 200;
		segment_advance(segment, now_us);
		uint32_t got = 0;
		for (uint32_t node = 1; node <= 64; node++) {
			got += take_all(node);
		}
		CHECK(got > 20000 && segment_advance(segment, now_us) == SEGMENT_NEVER && adds_up(),
		      "and come back (%u)", got);
	}
	open_segment(2, 1);
	segment->link[1][2].faults.delay_us = 100;
	segment->link[2][1].faults.delay_us = 100;
	for (uint32_t i = 0; i < 2 * SEGMENT_FRAMES_MAX; i++) {
		send(1 + i % 2, i, 64);
	}
	CHECK(segment_count(segment, SEGMENT_ALL, SEGMENT_ALL).overflow == SEGMENT_FRAMES_MAX &&
		      adds_up(),
	      "frames run out");
	segment_advance(segment, now_us + 100);
	CHECK(take_all(1) + take_all(2) == 2 * SEGMENT_NODE_QUEUE_MAX && adds_up(),
	      "and come back, too");
}

/* ----------------------------------------------------------------------- partitions and attacks */

static void test_partition(void)
{
	uint8_t group[SEGMENT_NODES_MAX + 1] = {0, 1, 1, 2, 0};
	open_segment(4, 1);
	segment->link[1][2].faults.delay_us = 100;
	segment->link[1][3].faults.delay_us = 100;
	send(1, 1, 64);
	segment_advance(segment, now_us);
	CHECK(take_all(4) == 1, "a frame is on its way to others");
	segment_partition(segment, group);
	now_us += 100;
	segment_advance(segment, now_us);
	CHECK(take(2) == 1 && take(3) == -1, "a cut takes what is under way");
	send(1, 2, 64);
	send(4, 3, 64);
	now_us += 100;
	segment_advance(segment, now_us);
	CHECK(take(2) == 2 && take_all(1) + take_all(2) + take_all(3) + take_all(4) == 0,
	      "frames stay in their group");
	CHECK(segment_count(segment, 1, 3).cut == 2 && adds_up(), "counted");
	memset(group, 0, sizeof group);
	segment_partition(segment, group);
	send(4, 4, 64);
	segment_advance(segment, now_us);
	CHECK(take_all(1) + take_all(2) + take_all(3) == 3, "until it is healed");
}

static void test_attacks(void)
{
	uint8_t frame[64] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9};
	uint32_t bytes = 0;
	open_segment(3, 1);
	CHECK(segment_history(segment, 1, 1, &bytes) == NULL, "nothing was sent yet");
	for (uint32_t i = 0; i < 300; i++) {
		send(1, i, 64 + i);
		segment_advance(segment, now_us);
		(void)take_all(2);
		(void)take_all(3);
	}
	const uint8_t *last = segment_history(segment, 1, 1, &bytes);
	CHECK(last != NULL && bytes == 64 + 299 && last[14] == (299 & 0xff), "the last frame");
	const uint8_t *first = segment_history(segment, 1, SEGMENT_HISTORY_FRAMES, &bytes);
	CHECK(first != NULL && bytes == 64 + 300 - SEGMENT_HISTORY_FRAMES,
	      "the oldest that is kept");
	CHECK(segment_history(segment, 1, SEGMENT_HISTORY_FRAMES + 1, &bytes) == NULL &&
		      segment_history(segment, 1, 0, &bytes) == NULL,
	      "no other");
	CHECK(segment_inject(segment, now_us, 1, SEGMENT_ALL, frame, 64), "a frame from nowhere");
	segment_advance(segment, now_us);
	CHECK(take_all(1) == 0 && take_all(2) == 1 && take_all(3) == 1, "as if from its node");
	CHECK(segment_inject(segment, now_us, 1, 2, frame, 64) &&
		      segment_inject(segment, now_us, 1, 1, frame, 64),
	      "to one node, or back to it");
	segment_advance(segment, now_us);
	CHECK(take_all(1) == 1 && take_all(2) == 1 && take_all(3) == 0, "alone");
	CHECK(!segment_inject(segment, now_us, 1, 2, frame, 13), "not of any length");
	CHECK(segment->node[1].sent == 300 && adds_up(), "and it is not counted as sent");
}

int main(void)
{
	segment = malloc(sizeof *segment);
	test_hub();
	test_switch();
	test_chances();
	test_corruption();
	test_copies();
	test_determinism();
	test_delay();
	for (uint64_t seed = 1; seed <= 10; seed++) {
		test_order(seed);
	}
	test_rate();
	test_bounds();
	test_partition();
	test_attacks();
	free(segment);
	return tap_done();
}
