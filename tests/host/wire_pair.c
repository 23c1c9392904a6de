/* Two nodes: what a handshake costs and what it refuses; that every flipped bit is refused without
   an effect; streams that do not wait for each other; kinds that must be known; a peer that breaks
   the protocol.
   LINK: lib/wire/node_core.c lib/wire/handshake_core.c lib/wire/resolve_core.c
   lib/wire/association_core.c lib/wire/transport_core.c lib/wire/out_core.c lib/wire/in_core.c
   lib/wire/pace_core.c lib/wire/liveness_core.c lib/wire/noise_core.c lib/wire/cookie_core.c
   lib/wire/replay_core.c lib/wire/job_core.c lib/wire/frame_core.c tests/sim/cheap.c */
#include "tap.h"

#include "wire_pair.h"

static uint8_t bulk[200000];

static struct wire_message message_of(uint32_t bytes)
{
	return (struct wire_message){.data = bulk, .bytes = bytes, .kind = WIRE_KIND_MESSAGE};
}

/* --- capturing */

static struct pair_frame captured[WIRE_HERE + 1];

static bool capture(unsigned from, uint8_t *frame, size_t *bytes)
{
	struct pair_frame *slot = &captured[frame[1]];
	slot->to = (uint8_t)!from;
	slot->bytes = (uint16_t)*bytes;
	memcpy(slot->data, frame, *bytes);
	return true;
}

/* The first frame of a type is taken off the wire. */
static uint8_t wanted_type;

static bool capture_one(unsigned from, uint8_t *frame, size_t *bytes)
{
	(void)capture(from, frame, bytes);
	if (frame[1] != wanted_type) {
		return true;
	}
	wanted_type = 0;
	return false;
}

/* All that a frame could change, but for the counters of refusals. */
struct state {
	uint64_t accepted, answered, named, jobs, handshakes, sent, serial;
	enum wire_attempt_state attempt;
	unsigned ups, downs;
	uint64_t pieces;
};

static struct state state_of(unsigned number)
{
	const struct wire_counters *c = &pair[number].wire.counters;
	struct state state;
	memset(&state, 0, sizeof state);
	state.accepted = c->accepted;
	state.answered = c->answered;
	state.named = c->named;
	state.jobs = c->jobs;
	state.handshakes = c->handshakes;
	state.sent = c->sent;
	state.serial = pair[number].peer.serial;
	state.attempt = pair[number].peer.attempt.state;
	state.ups = pair[number].ups;
	state.downs = pair[number].downs;
	state.pieces = pair[number].pieces;
	return state;
}

static uint64_t refusals(unsigned number)
{
	uint64_t sum = 0;
	for (unsigned i = 0; i < WIRE_REFUSAL_COUNT; i++) {
		sum += pair[number].wire.counters.refused[i];
	}
	return sum;
}

/* Each bit of a frame flipped, and each shorter piece of it. */
static void check_altered(struct pair_frame *frame, const char *name)
{
	struct state before = state_of(frame->to);
	uint64_t refused = refusals(frame->to);
	unsigned changed = 0;
	for (unsigned bit = 0; bit < frame->bytes * 8u; bit++) {
		frame->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		pair_give(frame->to, frame->data, frame->bytes);
		frame->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		struct state after = state_of(frame->to);
		changed += memcmp(&before, &after, sizeof after) != 0;
	}
	CHECK(changed == 0 && refusals(frame->to) == refused + frame->bytes * 8u,
	      "%s: each of %u bits flipped is refused and counted", name, frame->bytes * 8u);
	bool cut = true;
	for (unsigned bytes = 0; bytes < frame->bytes; bytes++) {
		pair_give(frame->to, frame->data, bytes);
		struct state after = state_of(frame->to);
		cut &= memcmp(&before, &after, sizeof after) == 0;
	}
	CHECK(cut && refusals(frame->to) == refused + frame->bytes * 9u,
	      "%s: so is each shorter piece of it", name);
}

static void test_flipped_bits(void)
{
	static const char *const names[] = {"", "DATA", "HELLO1", "HELLO2", "INIT", "RESP"};
	for (uint8_t type = WIRE_DATA; type <= WIRE_RESP; type++) {
		pair_start();
		pair_filter = capture_one;
		wanted_type = type;
		wire_connect(&pair[0].wire, 0);
		pair_settle();
		/* It is on its way now: everything before it was answered. */
		struct pair_frame frame = captured[type];
		check_altered(&frame, names[type]);
		pair_give(frame.to, frame.data, frame.bytes);
		pair_settle();
		CHECK(pair[0].up && pair[1].up, "%s: and the frame itself is accepted",
		      names[type]);
	}
}

static void test_flipped_names(void)
{
	static const char *const names[] = {"RESOLVE", "HERE"};
	for (uint8_t type = WIRE_RESOLVE; type <= WIRE_HERE; type++) {
		pair_start();
		struct wire_resolve resolve = {.name = "a name", .nonce = {1, 2, 3}};
		memcpy(resolve.target, pair[1].wire.id, sizeof resolve.target);
		struct pair_frame frame = {.to = 1};
		frame.bytes =
			(uint16_t)wire_write_resolve(&pair[0].wire, frame.data, type, &resolve);
		check_altered(&frame, names[type - WIRE_RESOLVE]);
		pair_give(1, frame.data, frame.bytes);
		CHECK(pair[1].wire.counters.named == 1, "%s: and the frame itself is handed on",
		      names[type - WIRE_RESOLVE]);
	}
}

/* --- handshakes */

static void test_costs(void)
{
	pair_start();
	CHECK(pair_connect(), "two nodes connect");
	CHECK(pair[0].wire.counters.jobs == 3 && pair[1].wire.counters.jobs == 2,
	      "with three and two jobs");
	CHECK(pair[0].peer.serial == pair[1].peer.serial && pair[0].peer.serial != 0 &&
		      pair[0].peer.incarnation == 2001 && pair[1].peer.incarnation == 1001,
	      "they agree what the association is");
	CHECK(pair[0].ups == 1 && pair[1].ups == 1, "which began once");
}

static void test_flood(void)
{
	pair_start();
	pair_filter = capture;
	CHECK(pair_connect(), "connected");
	uint64_t jobs = pair[0].wire.counters.jobs + pair[1].wire.counters.jobs;
	for (unsigned i = 0; i < 10000; i++) {
		struct pair_frame frame = captured[WIRE_HELLO1 + i % 4];
		unsigned way = (unsigned)(cheap_random() % 3);
		if (way == 0) {
			frame.data[cheap_random() % frame.bytes] ^= (uint8_t)(cheap_random() | 1);
		} else if (way == 1) {
			frame.bytes = (uint16_t)(cheap_random() % frame.bytes);
		}
		pair_give(cheap_random() & 1, frame.data, frame.bytes);
	}
	CHECK(pair[0].wire.counters.jobs + pair[1].wire.counters.jobs == jobs,
	      "10000 bogus, replayed and cut handshake frames cost no multiplication");
	CHECK(pair[0].downs == 0 && pair[1].downs == 0, "and end nothing");
	CHECK(pair[1].wire.counters.refused[WIRE_REFUSED_TOO_MANY] > 0,
	      "the replayed HELLO1s are answered at a limited rate");
	int32_t stream = wire_open_stream(&pair[0].wire, 0, 16, 1, WIRE_LANE_NORMAL);
	struct wire_message message = message_of(100);
	CHECK(wire_send(&pair[0].wire, 0, (uint32_t)stream, &message), "a message");
	pair_settle();
	pair_pass(50000);
	CHECK(pair[1].delivered[16] == 1 && pair[0].sent == 1, "is delivered all the same");
}

static void test_strangers(void)
{
	pair_start();
	pair[1].peer.public_key[2] ^= 1; /* B's roster has another key for A */
	wire_connect(&pair[0].wire, 0);
	pair_pass(30000000);
	CHECK(!pair[0].up && !pair[1].up && pair[0].unreachable == 1,
	      "who is not who the roster says is refused, and told in bounded time");
	CHECK(pair[1].wire.counters.refused[WIRE_REFUSED_FORGED] > 0, "by INIT's early code");
	pair_start();
	pair[1].peer.id[3] ^= 1;
	wire_connect(&pair[0].wire, 0);
	pair_pass(30000000);
	CHECK(pair[0].unreachable == 1 && pair[1].wire.counters.jobs == 0 &&
		      pair[1].wire.counters.refused[WIRE_REFUSED_STRANGER] > 0,
	      "who is not in the roster costs no arithmetic");
	pair_start();
	pair[1].wire.cluster[0] ^= 1;
	wire_connect(&pair[0].wire, 0);
	pair_pass(30000000);
	CHECK(pair[0].unreachable == 1 && pair[1].wire.counters.jobs == 0,
	      "nor does who has another cluster key");
}

static void test_restart(void)
{
	pair_start();
	pair_filter = capture;
	CHECK(pair_connect(), "connected");
	uint64_t serial = pair[0].peer.serial;
	struct pair_frame old[WIRE_HERE + 1];
	memcpy(old, captured, sizeof old);
	pair_start_node(1, 2002);
	uint64_t jobs = pair[1].wire.counters.jobs;
	for (unsigned type = WIRE_DATA; type <= WIRE_RESP; type++) {
		pair_give(1, old[type].data, old[type].bytes);
	}
	CHECK(pair[1].wire.counters.accepted == 0 && pair[1].wire.counters.jobs <= jobs + 1,
	      "frames for the former incarnation are not accepted");
	wire_connect(&pair[1].wire, 0);
	pair_pass(3000000);
	CHECK(pair[0].up && pair[1].up && pair[0].peer.serial != serial,
	      "the new incarnation has a new association");
	CHECK(pair[0].downs == 1 && pair[0].reason == WIRE_REASON_REPLACED, "the old one ended");
}

/* Of the node with the smaller id INIT is kept and lost, and so are its later HELLO1s and its data:
   the other one connects, and does not hear that it did. */
static unsigned smaller;

static bool lose_of_smaller(unsigned from, uint8_t *frame, size_t *bytes)
{
	if (from == smaller && frame[1] == WIRE_INIT) {
		(void)capture(from, frame, bytes);
	}
	return from != smaller || (frame[1] != WIRE_INIT && frame[1] != WIRE_DATA &&
				   (frame[1] != WIRE_HELLO1 || captured[WIRE_INIT].bytes == 0));
}

static void test_old_init(void)
{
	pair_start();
	smaller = memcmp(pair[0].id, pair[1].id, WIRE_ID_BYTES) > 0;
	unsigned larger = !smaller;
	memset(captured, 0, sizeof captured);
	pair_filter = lose_of_smaller;
	wire_connect(&pair[smaller].wire, 0);
	pair_pass(2050000);
	CHECK(captured[WIRE_INIT].bytes != 0 &&
		      pair[smaller].peer.attempt.state != WIRE_ATTEMPT_SENT,
	      "an INIT was lost and given up");
	wire_connect(&pair[larger].wire, 0);
	pair_settle();
	CHECK(pair[smaller].up && pair[larger].peer.attempt.state == WIRE_ATTEMPT_CONFIRMING,
	      "its peer uses the new keys");
	uint64_t refused = pair[larger].wire.counters.refused[WIRE_REFUSED_OVERTAKEN];
	pair_give(larger, captured[WIRE_INIT].data, captured[WIRE_INIT].bytes);
	CHECK(pair[larger].wire.counters.refused[WIRE_REFUSED_OVERTAKEN] == refused + 1,
	      "a late INIT does not end an attempt whose keys the peer may use");
	pair_filter = NULL;
	pair_pass(1000000);
	CHECK(pair[larger].up && pair[smaller].ups == 1 && pair[smaller].downs == 0,
	      "and the association comes up on both sides");
}

static void test_rekey(void)
{
	pair_start();
	CHECK(pair_connect(), "connected");
	uint64_t serial = pair[0].peer.serial;
	uint32_t index = pair[0].peer.keys[0].local;
	int32_t stream = wire_open_stream(&pair[0].wire, 0, 16, 1, WIRE_LANE_NORMAL);
	wire_hold(&pair[0].wire, 0, 1);
	wire_hold(&pair[1].wire, 0, 1);
	struct wire_message messages[40];
	for (unsigned i = 0; i < 40; i++) {
		messages[i] = message_of(100);
		(void)wire_send(&pair[0].wire, 0, (uint32_t)stream, &messages[i]);
		pair_pass(10000000);
	}
	CHECK(pair[0].peer.serial == serial && pair[0].downs == 0 && pair[1].downs == 0 &&
		      pair[0].peer.keys[0].local != index && pair[0].wire.counters.handshakes == 4,
	      "every two minutes new keys in the same association");
	CHECK(pair[1].delivered[16] == 40 && pair[0].sent == 40, "and nothing is lost");
	uint64_t handshakes = pair[0].wire.counters.handshakes;
	pair_pass(600000000);
	CHECK(pair[0].wire.counters.handshakes <= handshakes + 1,
	      "without data, no new keys for ten minutes");
}

/* --- streams */

static uint32_t lost_export;

/* Loses the pieces for one export, in the frames of A: the cheap suite does not encrypt. */
static bool lose_export(unsigned from, uint8_t *frame, size_t *bytes)
{
	if (from != 0 || frame[1] != WIRE_DATA) {
		return true;
	}
	struct wire_reader reader =
		wire_reader(frame + WIRE_INDEXED_HEADER_BYTES,
			    *bytes - WIRE_INDEXED_HEADER_BYTES - WIRE_TAG_BYTES);
	struct wire_record record;
	while (wire_decode_record(&reader, &record) == WIRE_NEXT_RECORD) {
		struct wire_fragment fragment;
		if (record.kind == WIRE_KIND_MESSAGE && wire_decode_fragment(&record, &fragment) &&
		    fragment.export_id == lost_export) {
			return false;
		}
	}
	return true;
}

static void test_independence(void)
{
	pair_start();
	CHECK(pair_connect(), "connected");
	int32_t lost = wire_open_stream(&pair[0].wire, 0, 16, 1, WIRE_LANE_NORMAL);
	int32_t good = wire_open_stream(&pair[0].wire, 0, 17, 1, WIRE_LANE_NORMAL);
	struct wire_message first[2], others[50];
	pair_filter = lose_export;
	lost_export = 16;
	for (unsigned i = 0; i < 2; i++) {
		first[i] = message_of(1400);
		(void)wire_send(&pair[0].wire, 0, (uint32_t)lost, &first[i]);
	}
	for (unsigned i = 0; i < 50; i++) {
		others[i] = message_of(1400);
		(void)wire_send(&pair[0].wire, 0, (uint32_t)good, &others[i]);
	}
	pair_pass(2000000);
	CHECK(pair[1].delivered[16] == 0 && pair[1].delivered[17] == 50,
	      "loss on one port delays no other (%u delivered)", pair[1].delivered[17]);
	pair_filter = NULL;
	pair_pass(3000000);
	CHECK(pair[1].delivered[16] == 2 && pair[0].sent == 52, "what was lost comes in the end");
}

static void test_windows(void)
{
	pair_start();
	CHECK(pair_connect(), "connected");
	pair[1].keep = true;
	int32_t slow = wire_open_stream(&pair[0].wire, 0, 16, 1, WIRE_LANE_NORMAL);
	int32_t control = wire_open_stream(&pair[0].wire, 0, 0, 0, WIRE_LANE_CONTROL);
	struct wire_message messages[10], large = message_of(sizeof bulk), urgent = message_of(50);
	for (unsigned i = 0; i < 10; i++) {
		messages[i] = message_of(10);
		(void)wire_send(&pair[0].wire, 0, (uint32_t)slow, &messages[i]);
	}
	pair_pass(5000000);
	CHECK(pair[1].delivered[16] == 4, "a port's window holds: %u of 10", pair[1].delivered[16]);
	int32_t other = wire_open_stream(&pair[0].wire, 0, 17, 1, WIRE_LANE_BULK);
	struct wire_message more = message_of(sizeof bulk);
	(void)wire_send(&pair[0].wire, 0, (uint32_t)other, &large);
	(void)wire_send(&pair[0].wire, 0, (uint32_t)other, &more);
	pair_pass(5000000);
	CHECK(pair[1].bytes == wire_default_settings.transport.budget,
	      "the peer's budget holds: %llu bytes", (unsigned long long)pair[1].bytes);
	(void)wire_send(&pair[0].wire, 0, (uint32_t)control, &urgent);
	pair_pass(50000);
	CHECK(pair[1].delivered[0] == 1, "the control lane is not stopped by either");
	wire_close_stream(&pair[0].wire, 0, (uint32_t)slow);
	pair_settle();
	CHECK(pair[0].failed == 6, "a closed stream gives back what was not sent");
	wire_grant(&pair[1].wire, 0, 16, 4);
	wire_consume(&pair[1].wire, 0, (uint32_t)pair[1].bytes);
	pair[1].keep = false;
	pair_pass(5000000);
	CHECK(pair[1].delivered[17] == 2, "what is used up lets the rest come");
	CHECK(pair[0].downs == 0 && pair[1].downs == 0, "and nobody broke the protocol");
}

/* What calls and bulk cost in frames, on a wire that loses nothing. */
static void test_frames(void)
{
	enum { CALLS = 100 };
	static struct wire_message messages[2 * CALLS];
	static uint8_t large[1 << 20];
	pair_start();
	CHECK(pair_connect(), "connected");
	int32_t there = wire_open_stream(&pair[0].wire, 0, 16, 1, WIRE_LANE_NORMAL);
	int32_t back = wire_open_stream(&pair[1].wire, 0, 17, 1, WIRE_LANE_NORMAL);
	uint64_t before = pair[0].wire.counters.sent + pair[1].wire.counters.sent;
	for (unsigned i = 0; i < CALLS; i++) {
		messages[2 * i] = message_of(100);
		messages[2 * i + 1] = message_of(100);
		(void)wire_send(&pair[0].wire, 0, (uint32_t)there, &messages[2 * i]);
		pair_settle();
		(void)wire_send(&pair[1].wire, 0, (uint32_t)back, &messages[2 * i + 1]);
		pair_settle();
		pair_pass(500);
	}
	uint64_t frames = pair[0].wire.counters.sent + pair[1].wire.counters.sent - before;
	CHECK(pair[0].delivered[17] == CALLS && pair[1].delivered[16] == CALLS &&
		      frames <= 2 * CALLS + CALLS / 10,
	      "%u calls cost %u frames", CALLS, (unsigned)frames);
	struct wire_message message = {
		.data = large, .bytes = sizeof large, .kind = WIRE_KIND_MESSAGE};
	uint64_t forth = pair[0].wire.counters.sent, answers = pair[1].wire.counters.sent;
	(void)wire_send(&pair[0].wire, 0, (uint32_t)there, &message);
	for (unsigned i = 0; i < 3000 && pair[0].sent < CALLS + 1; i++) {
		pair_pass(1000);
	}
	forth = pair[0].wire.counters.sent - forth;
	answers = pair[1].wire.counters.sent - answers;
	CHECK(pair[0].sent == CALLS + 1 && forth < 760 && answers < 420,
	      "a megabyte costs %u frames and %u acknowledgements", (unsigned)forth,
	      (unsigned)answers);
}

static void test_closed_export(void)
{
	pair_start();
	CHECK(pair_connect(), "connected");
	int32_t stream = wire_open_stream(&pair[0].wire, 0, 16, 1, WIRE_LANE_BULK);
	int32_t stale = wire_open_stream(&pair[0].wire, 0, 17, 7, WIRE_LANE_BULK);
	struct wire_message message = message_of(50000), other = message_of(100);
	wire_close_export(&pair[1].wire, 0, 16);
	(void)wire_send(&pair[0].wire, 0, (uint32_t)stream, &message);
	(void)wire_send(&pair[0].wire, 0, (uint32_t)stale, &other);
	pair_pass(3000000);
	CHECK(pair[0].sent == 2 && pair[1].pieces == 0,
	      "what is for a port that is gone, or another generation, is taken and dropped");
	CHECK(wire_open_export(&pair[1].wire, 0, 16, 2, 4) &&
		      !wire_open_export(&pair[1].wire, 0, 16, 2, 4) &&
		      !wire_open_export(&pair[1].wire, 0, PAIR_STREAMS, 0, 4),
	      "an export is opened once, and within the table");
}

/* --- a peer that says what it must not say */

static uint8_t injected[600];
static size_t injected_bytes;

/* The next frame carries the injected records instead of its own. */
static void inject(uint8_t *payload, size_t bytes)
{
	if (injected_bytes > 0 && injected_bytes <= bytes) {
		memset(payload, 0, bytes);
		memcpy(payload, injected, injected_bytes);
		injected_bytes = 0;
	}
}

/* Lets A send these records, in a frame of a message that is never delivered itself. */
static void say(const void *records, size_t bytes)
{
	static struct wire_message carrier;
	pair_start();
	if (!pair_connect()) {
		abort();
	}
	int32_t stream = wire_open_stream(&pair[0].wire, 0, 99, 1, WIRE_LANE_NORMAL);
	carrier = message_of(1000);
	memcpy(injected, records, bytes);
	injected_bytes = bytes;
	pair_tamper = inject;
	(void)wire_send(&pair[0].wire, 0, (uint32_t)stream, &carrier);
	pair_pass(10000);
	pair_tamper = NULL;
}

static void say_fragment(uint32_t sequence, uint32_t offset, uint32_t total, uint32_t bytes)
{
	uint8_t records[600];
	struct wire_writer writer = wire_writer(records, sizeof records);
	struct wire_fragment fragment = {.export_id = 16,
					 .generation = 1,
					 .sequence = sequence,
					 .offset = offset,
					 .total = total,
					 .data = bulk,
					 .bytes = bytes};
	wire_encode_fragment(&writer, WIRE_KIND_MESSAGE, WIRE_LANE_NORMAL, &fragment);
	say(records, sizeof records - writer.left);
}

static void test_kinds(void)
{
	say("\x0f\x00\x02\x00xx", 6);
	CHECK(pair[0].up && pair[1].up, "an unknown kind is skipped");
	say("\x0f\x80\x02\x00xx", 6);
	CHECK(pair[1].downs == 1 && pair[1].reason == WIRE_REASON_UNKNOWN,
	      "unless it must be known: then the association ends");
	CHECK(pair[0].downs == 1 && pair[0].reason == WIRE_REASON_CLOSED,
	      "and the peer hears of it");
	uint8_t records[100];
	struct wire_writer writer = wire_writer(records, sizeof records);
	struct wire_fragment fragment = {.export_id = 16, .generation = 1, .total = 5};
	fragment.data = bulk;
	fragment.bytes = 5;
	wire_encode_fragment(&writer, WIRE_KIND_STREAM_LAST, WIRE_LANE_NORMAL, &fragment);
	fragment.sequence = 1;
	wire_encode_fragment(&writer, WIRE_KIND_MESSAGE, WIRE_LANE_NORMAL, &fragment);
	say(records, sizeof records - writer.left);
	CHECK(pair[1].up && pair[1].delivered[16] == 1 && pair[1].pieces == 1,
	      "an unknown kind in a stream takes its place and is left out");
}

static void test_violations(void)
{
	struct {
		const char *records;
		size_t bytes;
		const char *what;
	} cases[] = {
		{"\x01\x00\x08\x00\xff\xff\xff\x00\x00\x00\x00\x00", 12,
		 "acknowledging what was never sent"},
		{"\x01\x00\x04\x00\x01\x00\x00\x00", 8, "an acknowledgement without a number"},
		{"\x02\x00\x01\x00x", 5, "a probe with a body"},
		{"\x03\x00\x04\x00xxxx", 8, "a window that is cut"},
		{"\x04\x00\x01\x00x", 5, "a budget that is cut"},
		{"\x05\x00\x05\x00\x03\x01\x00\x00\x00", 9, "an unknown word about idleness"},
		{"\x06\x00\x00\x00", 4, "closing without a reason"},
		{"\x20\x00\x04\x00xxxx", 8, "a piece without its fields"},
		{"\x02\x00\xff\xff", 4, "a record longer than its frame"},
		{"\x00\x00\x00\x00\x01", 5, "padding that is not zero"},
	};
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		say(cases[i].records, cases[i].bytes);
		CHECK(pair[1].downs == 1 && pair[1].reason == WIRE_REASON_PROTOCOL,
		      "%s ends the association", cases[i].what);
	}
	say_fragment(4, 0, 10, 10);
	CHECK(pair[1].reason == WIRE_REASON_PROTOCOL, "a message beyond the window, too");
	say_fragment(0, 0, wire_default_settings.transport.message_bytes_max + 1, 10);
	CHECK(pair[1].reason == WIRE_REASON_PROTOCOL, "a message that is too long, too");
	say_fragment(0, 0, 100, 10);
	CHECK(pair[1].up && pair[1].pieces == 1, "a piece within all limits is delivered");
}

/* --- the end */

static void test_idle(void)
{
	pair_start();
	CHECK(pair_connect(), "connected");
	pair_pass(59000000);
	CHECK(pair[0].up && pair[1].up, "an idle association stays for a minute");
	pair_pass(3000000);
	CHECK(!pair[0].up && !pair[1].up && pair[0].reason == WIRE_REASON_IDLE &&
		      pair[1].reason == WIRE_REASON_IDLE,
	      "and then ends on both sides");
	pair_pass(60000000);
	CHECK(pair[0].ups == 1 && pair[1].ups == 1, "and does not come back by itself");
	CHECK(pair_connect(), "until it is wanted again");
	wire_hold(&pair[1].wire, 0, 1);
	pair_pass(200000000);
	CHECK(pair[0].up && pair[1].up, "what one side needs does not end");
	wire_disconnect(&pair[1].wire, 0, WIRE_REASON_REVOKED);
	pair_settle();
	CHECK(!pair[0].up && !pair[1].up && pair[0].reason == WIRE_REASON_CLOSED,
	      "unless that side ends it");
	wire_remove_peer(&pair[1].wire, 0);
	pair_settle();
	wire_connect(&pair[0].wire, 0);
	pair_pass(30000000);
	CHECK(!pair[0].up && pair[1].wire.counters.refused[WIRE_REFUSED_STRANGER] > 0,
	      "a member no more is a stranger");
}

/* A cluster key that one side alone has admits nobody; associations do not need it. */
static void test_cluster_key(void)
{
	static const uint8_t key[WIRE_KEY_BYTES] = {7, 7};

	pair_start();
	CHECK(pair_connect(), "connected");
	wire_hold(&pair[0].wire, 0, 1);
	CHECK(wire_set_cluster_key(&pair[0].wire, key), "one side has another cluster key");
	pair_pass(20000000);
	CHECK(pair[0].up && pair[1].up, "what is connected stays so");
	wire_disconnect(&pair[0].wire, 0, WIRE_REASON_CLOSED);
	pair_settle();
	wire_connect(&pair[1].wire, 0);
	pair_pass(30000000);
	CHECK(!pair[0].up && pair[1].unreachable > 0 &&
		      pair[0].wire.counters.refused[WIRE_REFUSED_FORGED] > 0,
	      "a HELLO under the old key is refused");
	CHECK(wire_set_cluster_key(&pair[1].wire, key), "the other side has it, too");
	CHECK(pair_connect(), "and they meet again");
}

int main(void)
{
	for (uint32_t i = 0; i < sizeof bulk; i++) {
		bulk[i] = (uint8_t)(i * 7);
	}
	test_costs();
	test_flipped_bits();
	test_flipped_names();
	test_flood();
	test_strangers();
	test_restart();
	test_old_init();
	test_rekey();
	test_independence();
	test_windows();
	test_frames();
	test_closed_export();
	test_kinds();
	test_violations();
	test_idle();
	test_cluster_key();
	return tap_done();
}
