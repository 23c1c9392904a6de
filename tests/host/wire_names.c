/* lib/wire/names_core: what one node has and asks for, question by question; frames and items as
   bytes; and random events under the sanitizers: every question ends once, within its bound.
   LINK: lib/wire/names_core.c lib/wire/resolve_core.c lib/wire/node_core.c
   lib/wire/handshake_core.c lib/wire/association_core.c lib/wire/transport_core.c
   lib/wire/out_core.c lib/wire/in_core.c lib/wire/pace_core.c lib/wire/liveness_core.c
   lib/wire/noise_core.c lib/wire/cookie_core.c lib/wire/replay_core.c lib/wire/job_core.c
   lib/wire/frame_core.c tests/sim/cheap.c */
#include "tap.h"

#include "../sim/cheap.h"
#include "wire/names_core.h"

#include <stdlib.h>
#include <string.h>

#define PEERS  4
#define SECOND 1000000u

static uint64_t state = 20261121;

uint64_t cheap_random(void)
{
	return tap_random(&state);
}

static uint32_t below(uint32_t limit)
{
	return (uint32_t)((cheap_random() >> 16) % limit);
}

static struct wire_peer peers[PEERS];
static struct wire_node node;
static struct wire_names names;
static struct wire_names_effect effect; /* the last one */
static uint8_t out[WIRE_PAYLOAD_BYTES_MAX];

static void name_of(const char *text, char name[WIRE_NAME_BYTES])
{
	memset(name, 0, WIRE_NAME_BYTES);
	memcpy(name, text, strlen(text));
}

static void start(void)
{
	uint8_t id[WIRE_ID_BYTES] = {0xee}, key[WIRE_KEY_BYTES] = {1};
	uint8_t public_key[WIRE_PUBLIC_BYTES] = {4};
	struct wire_start begin = {.suite = &cheap_suite,
				   .settings = &wire_default_settings,
				   .id = id,
				   .public_key = public_key,
				   .cluster_key = key,
				   .random = key,
				   .incarnation = 7,
				   .roster_version = 3,
				   .now_us = 50 * SECOND,
				   .frame_bytes_max = WIRE_FRAME_BYTES_MAX,
				   .peers = peers,
				   .peer_count_max = PEERS};
	CHECK(wire_start_node(&node, &begin), "a node starts");
	for (uint8_t i = 0; i < PEERS; i++) {
		id[0] = i;
		CHECK(wire_add_peer(&node, id, public_key, NULL, 0, NULL, 0) == i, "a peer");
	}
	wire_names_start(&names, &node, &wire_names_default_settings);
}

static bool next(enum wire_names_effect_kind kind)
{
	return wire_names_effect(&names, out, &effect) && effect.kind == kind;
}

static bool nothing(void)
{
	return !wire_names_effect(&names, out, &effect);
}

static void pass(uint64_t us)
{
	node.clock.now_us += us;
	wire_names_time(&names);
}

static void ask(uint32_t number, uint8_t what, const char *text, const uint32_t *who,
		uint32_t count)
{
	char name[WIRE_NAME_BYTES];
	name_of(text, name);
	wire_names_ask(&names, number, what, name, who, count);
}

/* An answer to the question with this place. */
static bool answer(uint32_t place, uint32_t peer, bool found)
{
	struct wire_name_answer reply = {.found = found,
					 .descriptor = {.where = WIRE_WHERE_MINE,
							.right = WIRE_RIGHT_SEND,
							.export_id = 77}};
	uint8_t body[WIRE_NAME_ANSWER_BYTES_MAX];
	memcpy(reply.nonce, names.questions[place].nonce, WIRE_NONCE_BYTES);
	return wire_names_item(&names, peer, WIRE_KIND_NAME_ANSWER, body,
			       wire_encode_name_answer(body, &reply));
}

static void hint(uint32_t place, uint32_t peer)
{
	struct wire_resolve resolve = {.mode = 0};
	struct wire_effect named = {.type = WIRE_HERE, .peer = peer, .resolve = &resolve};
	memcpy(resolve.nonce, names.questions[place].nonce, WIRE_NONCE_BYTES);
	wire_names_named(&names, &named);
}

static const uint32_t one[] = {1}, three[] = {2, 0, 1};

static void test_direct(void)
{
	peers[1].up = true;
	ask(5, WIRE_WHAT_NODE, "file", one, 1);
	CHECK(next(WIRE_NAMES_SAY) && effect.peer == 1 && effect.item == WIRE_KIND_NAME_ASK &&
		      effect.bytes == WIRE_NAME_ASK_BYTES && nothing(),
	      "who is there is asked at once, alone");
	CHECK(answer(5, 2, true) && next(WIRE_NAMES_STRAY) && nothing(),
	      "another's answer is a stray right");
	CHECK(answer(5, 1, true) && next(WIRE_NAMES_FOUND) && effect.number == 5 &&
		      effect.descriptor.export_id == 77 && nothing(),
	      "its answer is the binding");
	CHECK(answer(5, 1, true) && next(WIRE_NAMES_STRAY) && nothing(),
	      "the second one is a stray");
	ask(5, WIRE_WHAT_NODE, "file", one, 1);
	CHECK(next(WIRE_NAMES_SAY) && answer(5, 1, false) && next(WIRE_NAMES_MISSING) && nothing(),
	      "its no is the end");
	ask(6 + WIRE_QUESTIONS_MAX, WIRE_WHAT_NODE, "file", one, 1);
	ask(6 + 2 * WIRE_QUESTIONS_MAX, WIRE_WHAT_ACS, "", one, 1);
	CHECK(next(WIRE_NAMES_SAY) && effect.body[WIRE_NONCE_BYTES] == WIRE_WHAT_ACS && nothing() &&
		      answer(6, 1, true) && next(WIRE_NAMES_FOUND) &&
		      effect.number == 6 + 2 * WIRE_QUESTIONS_MAX,
	      "a question takes the place of the one before");
	peers[1].up = false;
}

static void test_absent(void)
{
	ask(1, WIRE_WHAT_NODE, "file", one, 1);
	CHECK(nothing() && peers[1].wanted, "who is not there is connected with");
	pass(SECOND - 1);
	CHECK(nothing() && wire_names_deadline(&names) <= node.clock.now_us + 1, "and waited for");
	pass(1);
	CHECK(next(WIRE_NAMES_MISSING) && effect.number == 1 && nothing(), "for a second");
	ask(1, WIRE_WHAT_NODE, "file", one, 1);
	peers[1].attempt.state = WIRE_ATTEMPT_KEYING;
	pass(3 * SECOND);
	CHECK(nothing(), "longer, if it answers");
	pass(2 * SECOND);
	CHECK(next(WIRE_NAMES_MISSING) && nothing(), "but not for ever");
	ask(1, WIRE_WHAT_NODE, "file", one, 1);
	CHECK(nothing(), "again");
	peers[1].attempt.state = WIRE_ATTEMPT_NONE;
	wire_names_unreachable(&names, 1);
	CHECK(next(WIRE_NAMES_MISSING) && nothing(), "who cannot be reached has nothing");
	peers[1].up = true;
	ask(1, WIRE_WHAT_NODE, "file", one, 1);
	CHECK(next(WIRE_NAMES_SAY) && nothing(), "asked");
	peers[1].up = false;
	wire_names_down(&names, 1);
	CHECK(nothing(), "and gone");
	peers[1].up = true;
	wire_names_up(&names, 1);
	CHECK(next(WIRE_NAMES_SAY) && nothing() && answer(1, 1, true) && next(WIRE_NAMES_FOUND),
	      "and back: it is asked again");
	peers[1].up = false;
}

static void test_cluster(void)
{
	ask(3, WIRE_WHAT_CLUSTER, "time", three, 3);
	bool broadcasts = true;
	for (int i = 0; i < 3; i++) {
		broadcasts &= next(WIRE_NAMES_SEND) && effect.broadcast && out[1] == WIRE_RESOLVE &&
			      nothing();
		pass(wire_names_default_settings.repeat_us);
	}
	CHECK(broadcasts && nothing(), "all are asked three times in a second");
	pass(1000);
	CHECK(next(WIRE_NAMES_MISSING) && nothing(), "and then nobody has it");

	peers[0].up = peers[1].up = true;
	ask(3, WIRE_WHAT_CLUSTER, "time", three, 3);
	(void)next(WIRE_NAMES_SEND);
	hint(3, 3);
	CHECK(next(WIRE_NAMES_UNLICENSED) && effect.peer == 3 && nothing(),
	      "who has no licence is not asked");
	hint(3, 1);
	CHECK(nothing(), "the second best waits for the best");
	pass(wire_names_default_settings.settle_us / 2);
	CHECK(next(WIRE_NAMES_SEND) && nothing(), "who is asked once more");
	hint(3, 0);
	pass(wire_names_default_settings.settle_us / 2);
	CHECK(next(WIRE_NAMES_SAY) && effect.peer == 0 && nothing(),
	      "of those that are there the best is asked");
	CHECK(answer(3, 1, true) && next(WIRE_NAMES_STRAY), "the others are not believed");
	CHECK(answer(3, 0, false) && next(WIRE_NAMES_SAY) && effect.peer == 1 && nothing(),
	      "if it has not got it, the next one");
	CHECK(answer(3, 1, true) && next(WIRE_NAMES_FOUND) && effect.peer == 1 && nothing(),
	      "which has");
	ask(3, WIRE_WHAT_CLUSTER, "time", three, 3);
	(void)next(WIRE_NAMES_SEND);
	peers[2].up = true;
	hint(3, 2);
	CHECK(next(WIRE_NAMES_SAY) && effect.peer == 2 && nothing(), "the best is asked at once");
	CHECK(answer(3, 2, false) && nothing(), "one is left to be heard of");
	pass(SECOND);
	CHECK(next(WIRE_NAMES_MISSING) && nothing(), "and is not");
	ask(3, WIRE_WHAT_CLUSTER, "time", three, 0);
	CHECK(next(WIRE_NAMES_MISSING) && nothing(), "nobody may have it: nobody is asked");
	peers[0].up = peers[1].up = peers[2].up = false;
}

static void resolve(const char *text)
{
	struct wire_resolve resolve = {.nonce = {9}};
	struct wire_effect named = {
		.type = WIRE_RESOLVE, .peer = 2, .address = {{1, 2, 3}, 6}, .resolve = &resolve};
	name_of(text, resolve.name);
	wire_names_named(&names, &named);
}

static bool take_ask(uint8_t what, const char *text)
{
	struct wire_name_ask asked = {.nonce = {9}, .what = what};
	uint8_t body[WIRE_NAME_ASK_BYTES];
	name_of(text, asked.name);
	wire_encode_name_ask(body, &asked);
	return wire_names_item(&names, 2, WIRE_KIND_NAME_ASK, body, sizeof body);
}

static void test_own(void)
{
	char name[WIRE_NAME_BYTES];
	name_of("time", name);
	CHECK(wire_names_publish(&names, name, true, 11) == 0 &&
		      wire_names_publish(&names, name, true, 12) == 11,
	      "a name's former port is given back");
	name_of("private", name);
	CHECK(wire_names_publish(&names, name, false, 13) == 0, "another name");
	resolve("time");
	CHECK(next(WIRE_NAMES_SEND) && !effect.broadcast && out[1] == WIRE_HERE &&
		      effect.address.bytes[2] == 3 && nothing(),
	      "a name of the cluster answers who asks all");
	resolve("private");
	CHECK(nothing(), "a private one does not");
	resolve("other");
	CHECK(nothing(), "nor one that is not here");
	CHECK(take_ask(WIRE_WHAT_CLUSTER, "time") && next(WIRE_NAMES_OFFER) && effect.port == 12 &&
		      effect.peer == 2 && effect.nonce[0] == 9 && nothing(),
	      "it is given");
	CHECK(take_ask(WIRE_WHAT_NODE, "private") && next(WIRE_NAMES_OFFER) && effect.port == 13,
	      "a private one to who names the node");
	CHECK(take_ask(WIRE_WHAT_CLUSTER, "private") && next(WIRE_NAMES_SAY) &&
		      effect.body[WIRE_NONCE_BYTES] == 0 && nothing(),
	      "and to nobody else");
	CHECK(take_ask(WIRE_WHAT_ACS, "") && next(WIRE_NAMES_OFFER_ACS) && nothing(),
	      "the ACS's port is asked for without a name");
	CHECK(!take_ask(WIRE_WHAT_ACS, "x") && !take_ask(3, "x") && !take_ask(WIRE_WHAT_NODE, ""),
	      "what cannot be is against the protocol");
	CHECK(wire_names_withdraw(&names, name) == 13 && wire_names_withdraw(&names, name) == 0,
	      "a name is withdrawn once");
	uint32_t full = 0;
	for (uint32_t i = 0; i < WIRE_PUBLISHED_MAX; i++) {
		char text[20];
		snprintf(text, sizeof text, "n%u", i);
		name_of(text, name);
		full += wire_names_publish(&names, name, true, 100 + i) == 100 + i;
	}
	CHECK(full == 1, "one too many is given back");
}

/* Frames of this kind as bytes: exact sizes, names that end. */
static void test_bytes(void)
{
	struct wire_resolve in = {.nonce = {1, 2}, .target = {3}, .roster_version = 9}, back;
	for (uint8_t type = WIRE_RESOLVE; type <= WIRE_HERE; type++) {
		uint8_t bytes[WIRE_RESOLVE_BYTES + 1];
		struct wire_writer writer = wire_writer(bytes, sizeof bytes);
		name_of(type == WIRE_RESOLVE ? "time" : "", in.name);
		wire_encode_resolve(&writer, type, &in);
		size_t size = sizeof bytes - writer.left;
		bool exact = wire_decode_resolve(type, bytes, size, &back) &&
			     memcmp(back.nonce, in.nonce, sizeof in.nonce) == 0 &&
			     memcmp(back.name, in.name, sizeof in.name) == 0 &&
			     back.roster_version == 9;
		for (size_t cut = 0; cut <= sizeof bytes; cut++) {
			exact &= cut == size || !wire_decode_resolve(type, bytes, cut, &back);
		}
		CHECK(exact, "type %u is read as it was written, and not cut", type);
		bytes[WIRE_NONCE_BYTES + WIRE_NAME_BYTES] = 'x';
		CHECK(type == WIRE_HERE || !wire_decode_resolve(type, bytes, size, &back),
		      "a name without an end is refused");
	}
}

#define FUZZ 300000

static void fuzz_event(uint8_t *body)
{
	static const uint32_t who[] = {0, 1, 2, 3};
	uint32_t peer = below(PEERS), place = below(8);
	switch (below(9)) {
	case 0:
		ask(place + below(3) * WIRE_QUESTIONS_MAX, (uint8_t)below(3), "n1", who + peer,
		    1 + below(PEERS - peer));
		break;
	case 1:
		hint(place, peer);
		break;
	case 2:
		(void)answer(place, peer, below(2) == 0);
		break;
	case 3:
		peers[peer].up = !peers[peer].up;
		(peers[peer].up ? wire_names_up : wire_names_down)(&names, peer);
		break;
	case 4:
		wire_names_unreachable(&names, peer);
		break;
	case 5:
		resolve("n1");
		break;
	case 6:
		(void)take_ask((uint8_t)below(4), "n1");
		break;
	case 7:
		for (uint32_t i = 0; i < WIRE_NAME_ASK_BYTES; i++) {
			body[i] = below(3) == 0 ? (uint8_t)cheap_random() : 0;
		}
		(void)wire_names_item(&names, peer, (uint8_t)(WIRE_KIND_NAME_ASK + below(3)), body,
				      below(WIRE_NAME_ASK_BYTES + 1));
		break;
	default:
		pass(below(400000));
		break;
	}
}

/* Whatever comes: effects end, and no question is older than it may be. */
static void test_random(void)
{
	uint8_t *body = malloc(WIRE_NAME_ASK_BYTES);
	bool ends = true, in_time = true;
	printf("# seed %llu\n", (unsigned long long)state);
	for (unsigned i = 0; i < FUZZ; i++) {
		unsigned count = 0;
		fuzz_event(body);
		while (wire_names_effect(&names, out, &effect) && count < 1000) {
			count++;
		}
		ends &= count < 1000;
		for (uint32_t k = 0; k < WIRE_QUESTIONS_MAX; k++) {
			const struct wire_name_question *question = &names.questions[k];
			in_time &= !question->used ||
				   node.clock.now_us - question->begun_us <
					   wire_names_default_settings.longest_us + 400000;
		}
		in_time &= wire_names_deadline(&names) != node.clock.now_us || names.due;
	}
	free(body);
	CHECK(ends, "effects end");
	CHECK(in_time, "questions end in time");
	CHECK(names.counters.found > 200 && names.counters.missed > 1000 &&
		      names.counters.strays > 1000,
	      "with all that can become of them");
}

int main(void)
{
	start();
	test_direct();
	test_absent();
	test_cluster();
	test_own();
	test_bytes();
	test_random();
	return tap_done();
}
