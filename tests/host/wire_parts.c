/* The small parts of the wire: the window of counters, beside a naive one; time and life, to the
   microsecond; round trips and congestion; what an acknowledgement says; cookies.
   LINK: lib/wire/replay_core.c lib/wire/liveness_core.c lib/wire/pace_core.c
   lib/wire/transport_core.c lib/wire/out_core.c lib/wire/in_core.c
   lib/wire/cookie_core.c lib/wire/frame_core.c tests/sim/cheap.c */
#include "tap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/cheap.h"
#include "wire/cookie_core.h"
#include "wire/liveness_core.h"
#include "wire/pace_core.h"
#include "wire/replay_core.h"
#include "wire/transport_core.h"

static uint64_t state = 1971;

uint64_t cheap_random(void)
{
	return tap_random(&state);
}

/* --- replay */

static bool try_counter(struct wire_replay *replay, uint64_t counter)
{
	if (!wire_replay_is_new(replay, counter)) {
		return false;
	}
	wire_replay_enter(replay, counter);
	return true;
}

/* The cases of WireGuard's selftest/counter.c in our window's size. */
static void test_replay_cases(void)
{
	struct wire_replay replay = {0};
	const uint64_t limit = WIRE_REPLAY_WINDOW;
	CHECK(try_counter(&replay, 0) && try_counter(&replay, 1) && !try_counter(&replay, 1),
	      "a counter is new once");
	CHECK(try_counter(&replay, 9) && try_counter(&replay, 8) && try_counter(&replay, 7) &&
		      !try_counter(&replay, 7),
	      "order does not matter");
	CHECK(try_counter(&replay, limit) && try_counter(&replay, limit - 1) &&
		      !try_counter(&replay, limit - 1) && try_counter(&replay, limit - 2) &&
		      try_counter(&replay, 2) && !try_counter(&replay, 2),
	      "what the window reaches is remembered");
	CHECK(try_counter(&replay, limit + 16) && !try_counter(&replay, 3),
	      "what it does not reach is refused");
	CHECK(try_counter(&replay, limit + 16 + 100 * limit) && !try_counter(&replay, limit + 17) &&
		      !try_counter(&replay, limit * 100),
	      "a leap leaves everything behind");
	CHECK(!try_counter(&replay, UINT64_MAX) && !try_counter(&replay, UINT64_MAX - 1),
	      "the last counters are never used");
}

static void test_replay_model(void)
{
	enum { SPAN = 20000 };
	static bool seen[SPAN];
	struct wire_replay replay = {0};
	uint64_t largest = 0, base = 0;
	bool any = false, good = true;
	for (unsigned round = 0; round < 200000; round++) {
		base += tap_random(&state) % 64 == 0 ? tap_random(&state) % 300 : 0;
		uint64_t counter = base + tap_random(&state) % 2500;
		if (counter >= SPAN) {
			memset(seen, 0, sizeof seen);
			replay = (struct wire_replay){0};
			base = largest = 0;
			any = false;
			continue;
		}
		bool expected = !seen[counter] && (!any || largest + 1 < WIRE_REPLAY_WINDOW ||
						   counter + WIRE_REPLAY_WINDOW > largest);
		good &= try_counter(&replay, counter) == expected;
		seen[counter] = true;
		largest = counter > largest ? counter : largest;
		any = true;
	}
	CHECK(good, "200000 random counters: as a naive window");
}

/* --- time and life */

static const struct wire_liveness_settings life = {500000, 1500000, 3000000, 6};

static void test_clock(void)
{
	struct wire_clock clock = {.deadline_us = WIRE_NEVER};
	wire_clock_advance(&clock, 5000000, 250000);
	CHECK(clock.now_us == 5000000, "who asked for nothing may be called late");
	CHECK(wire_clock_ask(&clock, 5100000) == 5100000, "a deadline");
	wire_clock_advance(&clock, 5340000, 250000);
	CHECK(clock.now_us == 5340000 && clock.lost_us == 0, "a little late is only late");
	(void)wire_clock_ask(&clock, 5400000);
	wire_clock_advance(&clock, 15400000, 250000);
	CHECK(clock.now_us == 5650000 && clock.lost_us == 9750000,
	      "ten seconds in which the node did not run do not count");
	CHECK(wire_clock_ask(&clock, 6000000) == 15750000, "deadlines are the machine's again");
	(void)wire_clock_ask(&clock, 1000);
	wire_clock_advance(&clock, 15500000, 250000);
	CHECK(clock.now_us == 5750000, "a wish for the past is not lateness");
}

/* Runs liveness from "from_us" in steps of its own deadlines until it says DEAD; when. */
static uint64_t time_of_death(struct wire_liveness *l, uint64_t from_us, unsigned *probes,
			      uint64_t *suspect_us)
{
	uint64_t now_us = from_us;
	*probes = 0;
	*suspect_us = 0;
	for (unsigned step = 0; step < 100; step++) {
		switch (wire_liveness_step(l, &life, now_us)) {
		case WIRE_LIFE_DEAD:
			return now_us;
		case WIRE_LIFE_PROBE:
			(*probes)++;
			break;
		case WIRE_LIFE_SUSPECT:
			*suspect_us = now_us;
			break;
		case WIRE_LIFE_GOOD:
			now_us = wire_liveness_deadline(l, &life);
			break;
		}
	}
	return 0;
}

static void test_life(void)
{
	struct wire_liveness l;
	unsigned probes;
	uint64_t suspect_us;
	wire_liveness_start(&l, 1000);
	CHECK(wire_liveness_deadline(&l, &life) == WIRE_NEVER, "nobody needs it: no deadline");
	wire_liveness_need(&l, true);
	CHECK(time_of_death(&l, 1000, &probes, &suspect_us) == 3501000,
	      "silence of 3.5 s after the last frame is death");
	CHECK(probes == 6, "after six probes, was %u", probes);
	CHECK(suspect_us == 1501000, "suspected at 1.5 s");
	wire_liveness_start(&l, 1000);
	wire_liveness_need(&l, true);
	(void)wire_liveness_step(&l, &life, 501000);
	CHECK(!wire_liveness_hear(&l, 600000), "an answer in time ends no suspicion");
	CHECK(time_of_death(&l, 600000, &probes, &suspect_us) == 4100000,
	      "an answer begins it anew");
	wire_liveness_start(&l, 0);
	wire_liveness_need(&l, false);
	wire_liveness_need(&l, true);
	CHECK(time_of_death(&l, 60000000, &probes, &suspect_us) == 63000000 && probes == 6,
	      "who was not needed for a minute is asked six times before it is dead");
	wire_liveness_start(&l, 0);
	wire_liveness_need(&l, true);
	(void)time_of_death(&l, 0, &probes, &suspect_us);
	CHECK(wire_liveness_hear(&l, 3500000), "a frame ends a suspicion");
}

/* --- pace */

static const struct wire_pace_settings pace_settings = {40000, 1000000, 200000, 15000, 72000, 3000};

static void test_pace(void)
{
	struct wire_pace pace;
	wire_pace_start(&pace, &pace_settings);
	CHECK(wire_pace_timeout(&pace, &pace_settings) == 200000, "the first time-out");
	wire_pace_measure(&pace, 100000);
	CHECK(pace.round_us == 100000 && pace.deviation_us == 50000 &&
		      wire_pace_timeout(&pace, &pace_settings) == 300000,
	      "RFC 6298, 2.2: SRTT = R, RTTVAR = R / 2, RTO = SRTT + 4 RTTVAR");
	wire_pace_measure(&pace, 60000);
	CHECK(pace.round_us == 95000 && pace.deviation_us == 47500,
	      "RFC 6298, 2.3: 7/8 and 3/4 of the old");
	wire_pace_timed_out(&pace, &pace_settings, 10);
	CHECK(wire_pace_timeout(&pace, &pace_settings) == 570000, "doubled after a time-out");
	wire_pace_timed_out(&pace, &pace_settings, 10);
	CHECK(wire_pace_timeout(&pace, &pace_settings) == 1000000 && pace.window == 3000,
	      "at most a second; two in a row close the window");
	wire_pace_sent(&pace, 1500);
	wire_pace_acknowledged(&pace, &pace_settings, 1500, 10);
	CHECK(pace.backoff == 0 && pace.window == 4500, "slow start adds what was acknowledged");
	wire_pace_start(&pace, &pace_settings);
	wire_pace_lost(&pace, &pace_settings, 3, 20);
	wire_pace_lost(&pace, &pace_settings, 4, 20);
	CHECK(pace.window == 7500, "a loss halves, two of one round trip halve once");
	wire_pace_lost(&pace, &pace_settings, 20, 40);
	CHECK(pace.window == 3750, "the next round trip's halves again");
	wire_pace_sent(&pace, 3000);
	CHECK(wire_pace_allows(&pace, 750) && !wire_pace_allows(&pace, 751), "the window holds");
	for (unsigned i = 0; i < 10000; i++) {
		wire_pace_sent(&pace, 1500);
		wire_pace_acknowledged(&pace, &pace_settings, 1500, 100 + i);
	}
	CHECK(pace.window == 72000, "and has a limit");
}

/* --- acknowledgements */

static struct wire_transport transport;
static const struct wire_transport_settings settings = {.budget = 1};

/* A frame comes that wants to be acknowledged at once: how many bytes of bits the answer has. */
static size_t acknowledge(uint64_t counter, struct wire_ack *ack)
{
	static const uint8_t probe[] = {WIRE_KIND_PROBE, WIRE_FLAG_MUST, 0, 0};
	static uint8_t payload[256];
	struct wire_piece piece;
	struct wire_record record;
	uint8_t value = 0;
	wire_transport_begin(&transport, probe, sizeof probe, counter);
	if (wire_transport_read(&transport, &settings, counter, &piece, &value) !=
	    WIRE_SAID_NOTHING) {
		return SIZE_MAX;
	}
	size_t bytes = wire_transport_write(&transport, counter, payload, sizeof payload);
	struct wire_reader reader = wire_reader(payload, bytes);
	bool good = wire_decode_record(&reader, &record) == WIRE_NEXT_RECORD &&
		    record.kind == WIRE_KIND_ACK && wire_decode_ack(&record, ack) &&
		    ack->largest == counter;
	return good ? ack->bits_bytes : SIZE_MAX;
}

static void test_acknowledgements(void)
{
	static struct wire_out out;
	static struct wire_in in;
	struct wire_pool pool = {0};
	struct wire_ack ack;
	bool good = true;
	wire_transport_start(&transport, &settings, 0, &out, 1, &in, 1, &pool);
	CHECK(acknowledge(0, &ack) == 0, "the first frame's acknowledgement is its counter");
	for (uint64_t i = 1; i < 200; i++) {
		good &= acknowledge(i, &ack) == 8;
	}
	CHECK(good, "as long as no frame is missing, it says what came of 64 before that");
	for (uint64_t i = 201; i < 300; i++) {
		bool near = i - 1 - 200 < 64;
		size_t bytes = acknowledge(i, &ack);
		good &= bytes == (near ? 16 : 8);
		for (uint64_t bit = 0; good && bit < 8 * bytes; bit++) {
			bool came = (ack.bits[bit / 8] >> bit % 8 & 1) != 0;
			good &= came == (i - 1 - bit != 200);
		}
	}
	CHECK(good, "of 128, as long as one of those 64 is missing");
}

/* --- cookies */

static bool check_cookie(const uint8_t *cookie, uint64_t now_us, const struct wire_address *address,
			 uint8_t node, uint64_t incarnation)
{
	uint8_t secret[WIRE_KEY_BYTES] = {1, 2, 3}, id[WIRE_SHORT_ID_BYTES] = {node};
	uint64_t serial;
	return wire_check_cookie(&cheap_suite, secret, now_us, 10000000, address, id, incarnation,
				 cookie, &serial) &&
	       serial == 77;
}

static void test_cookie(void)
{
	uint8_t secret[WIRE_KEY_BYTES] = {1, 2, 3}, id[WIRE_SHORT_ID_BYTES] = {9};
	uint8_t cookie[WIRE_COOKIE_BYTES];
	struct wire_address here = {{1, 2, 3, 4, 5, 6}, 6}, there = {{1, 2, 3, 4, 5, 7}, 6};
	CHECK(wire_make_cookie(&cheap_suite, secret, 5000, 77, &here, id, 42, cookie) &&
		      check_cookie(cookie, 5000, &here, 9, 42),
	      "a cookie is good");
	CHECK(check_cookie(cookie, 10005000, &here, 9, 42) &&
		      !check_cookie(cookie, 10005001, &here, 9, 42) &&
		      !check_cookie(cookie, 4999, &here, 9, 42),
	      "for ten seconds, not before it was made");
	CHECK(!check_cookie(cookie, 5000, &there, 9, 42), "for no other address");
	CHECK(!check_cookie(cookie, 5000, &here, 8, 42), "for no other node");
	CHECK(!check_cookie(cookie, 5000, &here, 9, 43), "for no other incarnation");
	bool refused = true;
	for (unsigned bit = 0; bit < WIRE_COOKIE_BYTES * 8; bit++) {
		cookie[bit / 8] ^= (uint8_t)(1u << bit % 8);
		refused &= !check_cookie(cookie, 5000, &here, 9, 42);
		cookie[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	CHECK(refused, "with no bit changed");
}

int main(void)
{
	test_replay_cases();
	test_replay_model();
	test_clock();
	test_life();
	test_pace();
	test_acknowledgements();
	test_cookie();
	return tap_done();
}
