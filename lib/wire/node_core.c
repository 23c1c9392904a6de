#include "parts_core.h"

const struct wire_settings wire_default_settings = {
	.life = {.heartbeat_us = 500000, .suspect_us = 1500000, .dead_us = 3000000, .probes = 6},
	.transport =
		{
			.pace = {.timeout_min_us = 40000,
				 .timeout_max_us = 1000000,
				 .timeout_first_us = 200000,
				 .window_first = 10 * WIRE_PAYLOAD_BYTES_MAX,
				 .window_max = 48 * WIRE_PAYLOAD_BYTES_MAX,
				 .window_min = 2 * WIRE_PAYLOAD_BYTES_MAX},
			.ack_delay_us = 10000,
			.blocks_max = 64,
			.budget = 262144,
			.message_bytes_max = 0x4000000,
		},
	.clock_grace_us = 250000,
	.hello_repeat_us = 250000,
	.hello_timeout_us = 1100000,
	.job_timeout_us = 4000000,
	.init_timeout_us = 2000000,
	.confirm_repeat_us = 150000,
	.confirm_timeout_us = 3000000,
	.retry_first_us = 100000,
	.retry_max_us = 4000000,
	.attempts_max = 6,
	.cookie_age_us = 10000000,
	.init_gap_us = 200000,
	.hello_gap_us = 10000,
	.hello_burst = 64,
	.unknown_gap_us = 1000000,
	.resolve_gap_us = 2000,
	.resolve_burst = 128,
	.rekey_us = 120000000,
	.rekey_frames = 1u << 30,
	.overlap_us = 10000000,
	.idle_us = 60000000,
	.idle_repeat_us = 500000,
	.idle_tries = 6,
	.clone_changes = 6,
	.clone_window_us = 30000000,
	.clone_ban_us = 60000000,
};

const char *wire_refusal_text(enum wire_refusal refusal)
{
	static const char *const texts[WIRE_REFUSAL_COUNT] = {
#define WIRE_REFUSAL_TEXT(name, text) text,
		WIRE_REFUSALS(WIRE_REFUSAL_TEXT)
#undef WIRE_REFUSAL_TEXT
	};
	return refusal < WIRE_REFUSAL_COUNT ? texts[refusal] : "?";
}

/* --- what all parts use */

void wire_touch(struct wire_node *node, struct wire_peer *peer)
{
	if (peer->listed) {
		return;
	}
	peer->listed = true;
	peer->next_work = NULL;
	if (node->work_last != NULL) {
		node->work_last->next_work = peer;
	} else {
		node->work_first = peer;
	}
	node->work_last = peer;
}

struct wire_peer *wire_find_peer(struct wire_node *node, const uint8_t id[WIRE_SHORT_ID_BYTES])
{
	for (uint32_t i = 0; i < node->peer_count_max; i++) {
		struct wire_peer *peer = &node->peers[i];
		if (peer->used && !peer->removing &&
		    __builtin_memcmp(peer->id, id, WIRE_SHORT_ID_BYTES) == 0) {
			return peer;
		}
	}
	return NULL;
}

bool wire_make_random(struct wire_node *node, void *out, size_t bytes)
{
	uint8_t info[8];
	struct wire_writer writer = wire_writer(info, sizeof info);
	wire_write_u64(&writer, node->random_counter++);
	return node->suite->expand(node->suite->context, node->random_key, info, sizeof info, out,
				   bytes);
}

static struct wire_peer *peer_at(struct wire_node *node, uint32_t number)
{
	return number < node->peer_count_max && node->peers[number].used ? &node->peers[number]
									 : NULL;
}

/* The peer if its association is up and stays so. */
static struct wire_peer *up_peer(struct wire_node *node, uint32_t number)
{
	struct wire_peer *peer = peer_at(node, number);
	return peer != NULL && peer->up && !peer->ending ? peer : NULL;
}

/* --- start */

bool wire_start_node(struct wire_node *node, const struct wire_start *start)
{
	if (start->incarnation == 0 || start->peer_count_max > WIRE_PEERS_MAX ||
	    start->frame_bytes_max < WIRE_FRAME_BYTES_LEAST ||
	    start->frame_bytes_max > WIRE_FRAME_BYTES_MAX || start->settings->clone_changes == 0 ||
	    start->settings->clone_changes > WIRE_CHANGES_MAX) {
		return false;
	}
	*node = (struct wire_node){.suite = start->suite,
				   .settings = *start->settings,
				   .incarnation = start->incarnation,
				   .roster_version = start->roster_version,
				   .frame_bytes_max = start->frame_bytes_max,
				   .peers = start->peers,
				   .peer_count_max = start->peer_count_max};
	node->clock = (struct wire_clock){.now_us = start->now_us, .deadline_us = WIRE_NEVER};
	__builtin_memcpy(node->id, start->id, sizeof node->id);
	__builtin_memcpy(node->public_key, start->public_key, sizeof node->public_key);
	__builtin_memcpy(node->random_key, start->random, sizeof node->random_key);
	for (uint32_t i = 0; i < start->peer_count_max; i++) {
		start->peers[i] = (struct wire_peer){.number = i};
	}
	for (uint32_t i = 0; i < start->block_count; i++) {
		start->blocks[i].next = node->pool.free;
		node->pool.free = &start->blocks[i];
	}
	return wire_start_hello(node, start->cluster_key);
}

int32_t wire_add_peer(struct wire_node *node, const uint8_t id[WIRE_ID_BYTES],
		      const uint8_t public_key[WIRE_PUBLIC_BYTES], struct wire_out *outs,
		      uint32_t out_count, struct wire_in *ins, uint32_t in_count)
{
	if (__builtin_memcmp(id, node->id, WIRE_SHORT_ID_BYTES) == 0 ||
	    wire_find_peer(node, id) != NULL) {
		return -1;
	}
	for (uint32_t i = 0; i < node->peer_count_max; i++) {
		struct wire_peer *peer = &node->peers[i];
		if (!peer->used && !peer->listed) {
			*peer = (struct wire_peer){.used = true,
						   .number = i,
						   .outs = outs,
						   .out_count = out_count,
						   .ins = ins,
						   .in_count = in_count};
			__builtin_memcpy(peer->id, id, sizeof peer->id);
			__builtin_memcpy(peer->public_key, public_key, sizeof peer->public_key);
			return (int32_t)i;
		}
	}
	return -1;
}

void wire_remove_peer(struct wire_node *node, uint32_t number)
{
	struct wire_peer *peer = peer_at(node, number);
	if (peer != NULL) {
		wire_forget_attempt(node, peer);
		peer->removing = true;
		peer->share_wanted = peer->wanted = false;
		wire_end_association(node, peer, WIRE_REASON_REVOKED, true);
		wire_touch(node, peer);
	}
}

/* --- events */

void wire_take_frame(struct wire_node *node, uint64_t now_us, const struct wire_address *from,
		     void *frame, size_t bytes)
{
	struct wire_header header;
	wire_clock_advance(&node->clock, now_us, node->settings.clock_grace_us);
	if (!wire_decode_header(frame, bytes, &header) || bytes > WIRE_PAYLOAD_BYTES_MAX ||
	    bytes < header.bytes + WIRE_TAG_BYTES) {
		wire_refuse(node, WIRE_REFUSED_MALFORMED);
		return;
	}
	/* The low bits of an index say whose it is, the others which. */
	struct wire_peer *peer = peer_at(node, header.index % WIRE_PEERS_MAX);
	switch (header.type) {
	case WIRE_DATA:
		wire_take_data(node, peer, &header, from, frame, bytes);
		break;
	case WIRE_RESP:
		if (peer == NULL) {
			wire_refuse(node, WIRE_REFUSED_UNKNOWN);
			break;
		}
		wire_take_resp(node, peer, &header, from, frame, bytes);
		break;
	case WIRE_HELLO1:
	case WIRE_HELLO2:
		wire_take_hello(node, &header, from, frame, bytes);
		break;
	case WIRE_INIT:
		wire_take_init(node, &header, from, frame, bytes);
		break;
	case WIRE_RESOLVE:
	case WIRE_HERE:
		wire_take_resolve(node, &header, from, frame, bytes);
		break;
	default:
		wire_refuse(node, WIRE_REFUSED_MALFORMED);
		break;
	}
}

static uint64_t peer_deadline(const struct wire_node *node, const struct wire_peer *peer)
{
	uint64_t handshake_us = wire_handshake_deadline(node, peer);
	uint64_t association_us = wire_association_deadline(node, peer);
	return handshake_us < association_us ? handshake_us : association_us;
}

void wire_take_time(struct wire_node *node, uint64_t now_us)
{
	wire_clock_advance(&node->clock, now_us, node->settings.clock_grace_us);
	for (uint32_t i = 0; i < node->peer_count_max; i++) {
		struct wire_peer *peer = &node->peers[i];
		if (peer->used && peer_deadline(node, peer) <= node->clock.now_us) {
			wire_touch(node, peer);
		}
	}
}

void wire_take_job(struct wire_node *node, uint64_t now_us, struct wire_job *job)
{
	wire_clock_advance(&node->clock, now_us, node->settings.clock_grace_us);
	struct wire_peer *peer = peer_at(node, job->peer);
	if (peer != NULL && !peer->removing &&
	    __builtin_memcmp(peer->public_key, job->peer_static, WIRE_PUBLIC_BYTES) == 0) {
		wire_handshake_job(node, peer, job);
		wire_touch(node, peer);
	}
	node->suite->wipe(job, sizeof *job);
}

/* --- effects */

static bool send_hello2(struct wire_node *node, uint8_t *out, struct wire_effect *effect)
{
	node->hello2.waits = false;
	__builtin_memcpy(out, node->hello2.frame, sizeof node->hello2.frame);
	*effect = (struct wire_effect){.kind = WIRE_EFFECT_SEND,
				       .peer = node->hello2.peer,
				       .frame = out,
				       .bytes = sizeof node->hello2.frame,
				       .address = node->hello2.address};
	return true;
}

static bool tell_named(struct wire_node *node, struct wire_effect *effect)
{
	node->named.waits = false;
	*effect = (struct wire_effect){.kind = WIRE_EFFECT_NAMED,
				       .peer = node->named.peer,
				       .address = node->named.address,
				       .type = node->named.type,
				       .resolve = &node->named.resolve};
	return true;
}

static bool peer_effect(struct wire_node *node, struct wire_peer *peer, uint8_t *out,
			struct wire_effect *effect)
{
	/* An association that ends does so first, and a handshake that waits for that comes next.
	 */
	if (!peer->ending && !peer->install && node->input.peer != peer &&
	    wire_handshake_effect(node, peer, out, effect)) {
		return true;
	}
	return wire_association_effect(node, peer, out, effect);
}

static bool next_effect(struct wire_node *node, uint8_t *out, struct wire_effect *effect)
{
	if (node->hello2.waits) {
		return send_hello2(node, out, effect);
	}
	if (node->named.waits) {
		return tell_named(node, effect);
	}
	while (node->work_first != NULL) {
		struct wire_peer *peer = node->work_first;
		if (peer->used && peer_effect(node, peer, out, effect)) {
			return true;
		}
		node->work_first = peer->next_work;
		if (node->work_first == NULL) {
			node->work_last = NULL;
		}
		peer->listed = false;
		if (peer->removing) {
			node->suite->wipe(peer->share, sizeof peer->share);
			node->suite->wipe(peer->early, sizeof peer->early);
			peer->used = false;
		}
	}
	return false;
}

bool wire_next_effect(struct wire_node *node, uint8_t *out, struct wire_effect *effect)
{
	/* The last effect's job was copied by now; its secrets need not stay. */
	if (node->job_given) {
		node->suite->wipe(&node->job, sizeof node->job);
		node->job_given = false;
	}
	bool any = next_effect(node, out, effect);
	node->counters.sent += any && effect->kind == WIRE_EFFECT_SEND;
	return any;
}

uint64_t wire_next_deadline(struct wire_node *node)
{
	uint64_t deadline_us = WIRE_NEVER;
	for (uint32_t i = 0; i < node->peer_count_max; i++) {
		struct wire_peer *peer = &node->peers[i];
		uint64_t peer_us = peer->used ? peer_deadline(node, peer) : WIRE_NEVER;
		deadline_us = peer_us < deadline_us ? peer_us : deadline_us;
	}
	return wire_clock_ask(&node->clock, deadline_us);
}

/* --- local */

void wire_connect(struct wire_node *node, uint32_t number)
{
	struct wire_peer *peer = peer_at(node, number);
	if (peer != NULL && !peer->wanted && (!peer->up || peer->ending)) {
		peer->wanted = true;
		peer->failures = 0;
		wire_touch(node, peer);
	}
}

void wire_disconnect(struct wire_node *node, uint32_t number, uint8_t reason)
{
	struct wire_peer *peer = up_peer(node, number);
	if (peer != NULL) {
		wire_end_association(node, peer, reason, true);
	}
}

bool wire_is_up(const struct wire_node *node, uint32_t number)
{
	return number < node->peer_count_max && node->peers[number].used &&
	       node->peers[number].up && !node->peers[number].ending;
}

bool wire_is_met(const struct wire_node *node, uint32_t number)
{
	return wire_is_up(node, number) ||
	       (number < node->peer_count_max && node->peers[number].used &&
		node->peers[number].attempt.state > WIRE_ATTEMPT_HELLO);
}

bool wire_set_cluster_key(struct wire_node *node, const uint8_t cluster_key[WIRE_KEY_BYTES])
{
	return wire_start_hello(node, cluster_key);
}

void wire_set_roster(struct wire_node *node, uint64_t version)
{
	node->roster_version = version;
}

uint64_t wire_peer_roster(const struct wire_node *node, uint32_t number)
{
	return number < node->peer_count_max ? node->peers[number].roster_version : 0;
}

void wire_hold(struct wire_node *node, uint32_t number, uint32_t entries)
{
	struct wire_peer *peer = up_peer(node, number);
	if (peer != NULL) {
		if (peer->held != 0 && entries == 0) {
			peer->data_us = node->clock.now_us;
		}
		peer->held = entries;
		wire_touch(node, peer);
	}
}

int32_t wire_open_stream(struct wire_node *node, uint32_t number, uint32_t export_id,
			 uint32_t generation, uint8_t lane)
{
	struct wire_peer *peer = up_peer(node, number);
	return peer == NULL
		       ? -1
		       : wire_sender_open(&peer->transport.sender, export_id, generation, lane);
}

void wire_close_stream(struct wire_node *node, uint32_t number, uint32_t stream)
{
	struct wire_peer *peer = up_peer(node, number);
	if (peer != NULL) {
		wire_sender_close(&peer->transport.sender, stream);
		wire_touch(node, peer);
	}
}

bool wire_send(struct wire_node *node, uint32_t number, uint32_t stream,
	       struct wire_message *message)
{
	struct wire_peer *peer = up_peer(node, number);
	if (peer == NULL || !wire_sender_push(&peer->transport.sender, stream, message)) {
		return false;
	}
	peer->data_us = node->clock.now_us;
	wire_touch(node, peer);
	return true;
}

bool wire_open_export(struct wire_node *node, uint32_t number, uint32_t export_id,
		      uint32_t generation, uint32_t slots)
{
	struct wire_peer *peer = up_peer(node, number);
	return peer != NULL &&
	       wire_receiver_open(&peer->transport.receiver, export_id, generation, slots);
}

void wire_close_export(struct wire_node *node, uint32_t number, uint32_t export_id)
{
	struct wire_peer *peer = up_peer(node, number);
	if (peer != NULL) {
		wire_receiver_close(&peer->transport.receiver, export_id);
		wire_touch(node, peer);
	}
}

void wire_grant(struct wire_node *node, uint32_t number, uint32_t export_id, uint32_t slots)
{
	struct wire_peer *peer = up_peer(node, number);
	if (peer != NULL) {
		wire_receiver_grant(&peer->transport.receiver, export_id, slots);
		wire_touch(node, peer);
	}
}

void wire_consume(struct wire_node *node, uint32_t number, uint32_t bytes)
{
	struct wire_peer *peer = up_peer(node, number);
	if (peer != NULL) {
		wire_receiver_consume(&peer->transport.receiver, bytes);
		wire_touch(node, peer);
	}
}
