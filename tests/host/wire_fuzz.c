/* The whole of lib/wire fed with nonsense, under the sanitizers: frames that are changed on the
   wire, and payloads that are changed before they are sealed, as a member of the cluster could that
   somebody took over; meanwhile random local calls.  Nothing may be read or written where it must
   not, every message comes back once, every block goes back to the pool, and afterwards all works.
   LINK: lib/wire/node_core.c lib/wire/handshake_core.c lib/wire/resolve_core.c lib/wire/association_core.c
   lib/wire/transport_core.c lib/wire/out_core.c lib/wire/in_core.c lib/wire/pace_core.c
   lib/wire/liveness_core.c lib/wire/noise_core.c lib/wire/cookie_core.c lib/wire/replay_core.c
   lib/wire/job_core.c lib/wire/frame_core.c tests/sim/cheap.c */
#include "tap.h"

#include "wire_pair.h"

#define MESSAGES 64
#define ROUNDS   200000

static struct slot {
	struct wire_message wire;
	bool out;
	unsigned node;
	uint8_t *data;
} slots[MESSAGES];

static bool wrong_return;
static unsigned returned;

static uint32_t below(uint32_t limit)
{
	return (uint32_t)((cheap_random() >> 16) % limit);
}

static void take_back(unsigned node, struct wire_message *message)
{
	struct slot *slot = (struct slot *)(void *)message;
	wrong_return |= !slot->out || slot->node != node;
	slot->out = false;
	free(slot->data);
	slot->data = NULL;
	returned++;
}

/* --- nonsense */

static uint8_t interesting(void)
{
	static const uint8_t bytes[] = {0,  1,  2,    3,    4,    5,    6,    7,    8,    15,
					16, 17, 0x20, 0x21, 0x3f, 0x40, 0x7f, 0x80, 0xfe, 0xff};
	return below(3) == 0 ? (uint8_t)cheap_random() : bytes[below(sizeof bytes)];
}

static void mutate(uint8_t *bytes, size_t size)
{
	for (unsigned i = 1 + below(4); i > 0 && size > 0; i--) {
		/* The beginning has the numbers. */
		size_t at = below(2) == 0 ? below(size < 32 ? (uint32_t)size : 32)
					  : below((uint32_t)size);
		switch (below(3)) {
		case 0:
			bytes[at] ^= (uint8_t)(1u << below(8));
			break;
		case 1:
			bytes[at] = interesting();
			break;
		default:
			/* A piece of it somewhere else: records twice, in another order. */
			if (size - at >= 24 && size > 24) {
				memmove(bytes + at, bytes + below((uint32_t)size - 24), below(24));
			}
			break;
		}
	}
}

/* One payload in so many is changed; few, and what is far into a conversation is reached, too. */
static uint32_t tamper_odds;

static void tamper(uint8_t *payload, size_t bytes)
{
	if (below(tamper_odds) == 0) {
		mutate(payload, bytes);
	}
}

static bool disturb(unsigned from, uint8_t *frame, size_t *bytes)
{
	(void)from;
	switch (below(60)) {
	case 0:
		return false;
	case 1:
		mutate(frame, *bytes);
		return true;
	case 2:
		*bytes = below((uint32_t)*bytes);
		return true;
	default:
		return true;
	}
}

/* --- local calls */

static void send_something(unsigned node)
{
	struct slot *slot = &slots[below(MESSAGES)];
	if (slot->out) {
		return;
	}
	uint32_t bytes = below(8) == 0 ? below(20000) : below(300);
	slot->data = calloc(1, bytes + 1);
	slot->wire = (struct wire_message){.data = slot->data,
					   .bytes = bytes,
					   .kind = (uint8_t)(WIRE_KIND_STREAM + below(36)),
					   .must = below(300) == 0};
	slot->node = node;
	slot->out = wire_send(&pair[node].wire, 0, below(PAIR_STREAMS + 2), &slot->wire);
	if (!slot->out) {
		free(slot->data);
	}
}

static void call_something(void)
{
	unsigned node = below(2);
	if (!pair[node].up && below(4) == 0) {
		wire_connect(&pair[node].wire, 0);
		pair_pass(400000);
		for (uint32_t i = 0; i < 8; i++) {
			(void)wire_open_stream(&pair[node].wire, 0, 15 + i, 1, (uint8_t)(i % 4));
		}
	}
	struct wire_node *wire = &pair[node].wire;
	uint32_t export_id = below(8) == 0 ? below(40) : 16 + below(6);
	switch (below(14)) {
	case 0:
		wire_connect(wire, 0);
		break;
	case 1:
		(void)wire_open_stream(wire, 0, export_id, below(4) == 0 ? 0 : 1,
				       (uint8_t)below(5));
		break;
	case 2:
		wire_close_stream(wire, 0, below(PAIR_STREAMS + 2));
		break;
	case 3:
		(void)wire_open_export(wire, 0, export_id, 1, below(8));
		break;
	case 4:
		if (below(8) == 0) {
			wire_close_export(wire, 0, export_id);
		}
		break;
	case 5:
		wire_grant(wire, 0, export_id, below(8));
		break;
	case 6:
		wire_hold(wire, 0, below(2));
		break;
	case 7:
		if (below(100) == 0) {
			wire_disconnect(wire, 0, WIRE_REASON_REVOKED);
		}
		break;
	case 8:
		pair_pass(below(100) == 0 ? below(4000000) : below(30000));
		break;
	default:
		send_something(node);
		break;
	}
	pair_settle();
}

static unsigned free_blocks(unsigned node)
{
	unsigned count = 0;
	for (struct wire_block *b = pair[node].wire.pool.free; b != NULL; b = b->next) {
		count++;
	}
	return count;
}

static void settle_all(void)
{
	pair_tamper = NULL;
	pair_filter = NULL;
	pair_pass(100000000);
	for (unsigned i = 0; i < 2; i++) {
		wire_disconnect(&pair[i].wire, 0, WIRE_REASON_REVOKED);
		pair_settle();
	}
}

static void run_seed(uint64_t seed)
{
	unsigned out = 0, reasons[16] = {0}, last[2] = {0};
	pair_state = seed;
	pair_start();
	pair_returned = take_back;
	pair_filter = disturb;
	pair_tamper = tamper;
	for (unsigned round = 0; round < ROUNDS; round++) {
		tamper_odds = round < ROUNDS / 2 ? 20 : 1000;
		call_something();
		for (unsigned i = 0; i < 2; i++) {
			reasons[pair[i].reason % 16] += pair[i].downs != last[i];
			last[i] = pair[i].downs;
		}
	}
	uint64_t pieces = pair[0].pieces + pair[1].pieces;
	settle_all();
	for (unsigned i = 0; i < MESSAGES; i++) {
		out += slots[i].out;
	}
	printf("# seed %llu: %llu pieces, %u up, %u down, %u against the protocol, %u unknown\n",
	       (unsigned long long)seed, (unsigned long long)pieces, pair[0].ups, pair[0].downs,
	       reasons[WIRE_REASON_PROTOCOL], reasons[WIRE_REASON_UNKNOWN]);
	CHECK(pieces > 1000 && reasons[WIRE_REASON_PROTOCOL] > 10 &&
		      reasons[WIRE_REASON_UNKNOWN] > 0,
	      "%u rounds of nonsense are survived, and noticed", ROUNDS);
	CHECK(out == 0 && !wrong_return && returned > 0, "each of %u messages came back once",
	      returned);
	CHECK(free_blocks(0) == PAIR_BLOCKS && free_blocks(1) == PAIR_BLOCKS,
	      "every block went back to the pool");
	pair_now_us += 100000000;
	CHECK(pair_connect(), "and the two connect again");
	int32_t stream = wire_open_stream(&pair[0].wire, 0, 16, 1, WIRE_LANE_NORMAL);
	static struct slot last_slot;
	last_slot = (struct slot){.out = true};
	last_slot.wire.kind = WIRE_KIND_MESSAGE;
	uint32_t before = pair[1].delivered[16];
	(void)wire_send(&pair[0].wire, 0, (uint32_t)stream, &last_slot.wire);
	pair_pass(1000000);
	CHECK(pair[1].delivered[16] == before + 1, "and a message is delivered");
}

int main(int count, char **words)
{
	uint64_t seed = count > 1 ? strtoull(words[1], NULL, 0) : 20261;
	for (unsigned i = 0; i < 4; i++) {
		run_seed(seed + i);
	}
	return tap_done();
}
