/*
 * Associations: they begin and get new keys when a frame sealed with the keys of a confirmed
 * handshake opens, and end when the peer is dead, gone, idle or wrong.  Frames are sealed and
 * opened here; what is in them is the transport's.
 */
#include "parts_core.h"

/* No frame is shorter than Ethernet's shortest. */
#define PAYLOAD_BYTES_MIN                                                                          \
	(WIRE_FRAME_BYTES_MIN - WIRE_ETHERNET_BYTES - WIRE_INDEXED_HEADER_BYTES - WIRE_TAG_BYTES)
#define SEAL_BYTES (WIRE_ETHERNET_BYTES + WIRE_INDEXED_HEADER_BYTES + WIRE_TAG_BYTES)

/* --- frames */

bool wire_seal_frame(struct wire_node *node, struct wire_peer *peer, const struct wire_keys *keys,
		     uint64_t counter, const struct wire_address *address, uint8_t *out,
		     size_t bytes, struct wire_effect *effect)
{
	struct wire_header header = {.type = WIRE_DATA, .index = keys->remote, .counter = counter};
	struct wire_writer writer = wire_writer(out, WIRE_INDEXED_HEADER_BYTES);
	uint8_t *payload = out + WIRE_INDEXED_HEADER_BYTES;
	wire_encode_header(&writer, &header);
	if (bytes < PAYLOAD_BYTES_MIN) {
		__builtin_memset(payload + bytes, WIRE_KIND_PADDING, PAYLOAD_BYTES_MIN - bytes);
		bytes = PAYLOAD_BYTES_MIN;
	}
	*effect = (struct wire_effect){.kind = WIRE_EFFECT_SEND,
				       .peer = peer->number,
				       .frame = out,
				       .bytes = WIRE_INDEXED_HEADER_BYTES + bytes + WIRE_TAG_BYTES,
				       .address = *address};
	return node->suite->seal(node->suite->context, keys->send, counter, out,
				 WIRE_INDEXED_HEADER_BYTES, payload, bytes);
}

/* Which keys a frame for this index opens with; null: none. */
static struct wire_keys *find_keys(struct wire_node *node, struct wire_peer *peer, uint32_t index)
{
	struct wire_attempt *attempt = &peer->attempt;
	if (attempt->keys.valid && attempt->keys.local == index) {
		return &attempt->keys;
	}
	if (!peer->up) {
		return NULL;
	}
	if (peer->keys[0].local == index) {
		return &peer->keys[0];
	}
	if (peer->keys[1].valid && peer->keys[1].local == index &&
	    node->clock.now_us < peer->previous_until_us) {
		return &peer->keys[1];
	}
	return NULL;
}

/* A frame of an association that we do not have may mean that its sender has one with us; but not
   if both agreed to end it, and the frames of the two crossed. */
static void take_unknown(struct wire_node *node, const struct wire_address *from, uint32_t index)
{
	uint64_t now_us = node->clock.now_us;
	wire_refuse(node, WIRE_REFUSED_UNKNOWN);
	if (now_us < node->unknown_us) {
		return;
	}
	for (uint32_t i = 0; i < node->peer_count_max; i++) {
		struct wire_peer *peer = &node->peers[i];
		if (peer->used && !peer->removing && !peer->up &&
		    peer->attempt.state == WIRE_ATTEMPT_NONE && peer->ended_index != index &&
		    peer->address.count > 0 && wire_same_address(&peer->address, from)) {
			node->unknown_us = now_us + node->settings.unknown_gap_us;
			peer->wanted = true;
			peer->failures = node->settings.attempts_max - 1; /* one attempt */
			wire_touch(node, peer);
			return;
		}
	}
}

/* --- beginning and new keys */

static void use_keys(struct wire_node *node, struct wire_peer *peer)
{
	struct wire_attempt *attempt = &peer->attempt;
	peer->keys[0] = attempt->keys;
	peer->keys_ours = attempt->initiator;
	peer->keys_since_us = node->clock.now_us;
	peer->keys_counter = peer->transport.counter_next;
	peer->address = attempt->address;
	peer->roster_version = attempt->terms.roster_version;
	peer->wanted = false;
	peer->failures = 0;
	wire_forget_attempt(node, peer);
}

/* Many incarnations in a short time are two machines with one key. */
static bool is_cloned(struct wire_node *node, struct wire_peer *peer, uint64_t incarnation)
{
	const struct wire_settings *settings = &node->settings;
	uint64_t now_us = node->clock.now_us;
	if (incarnation == peer->last_incarnation) {
		return false;
	}
	bool changed = peer->last_incarnation != 0;
	peer->last_incarnation = incarnation;
	if (!changed) {
		return false;
	}
	/* A ring of the last clone_changes times: the slot to be used next holds the oldest. */
	peer->changes_us[peer->change_count % settings->clone_changes] = now_us;
	peer->change_count++;
	uint64_t oldest_us = peer->changes_us[peer->change_count % settings->clone_changes];
	return peer->change_count >= settings->clone_changes &&
	       now_us - oldest_us <= settings->clone_window_us;
}

static void ban(struct wire_node *node, struct wire_peer *peer)
{
	peer->banned_until_us = node->clock.now_us + node->settings.clone_ban_us;
	peer->change_count = 0;
	peer->wanted = false;
	peer->say_clone = true;
	wire_forget_attempt(node, peer);
	if (peer->up) {
		wire_end_association(node, peer, WIRE_REASON_CLONED, false);
	}
}

/*
 * A frame with the keys of the handshake has opened: both sides have them.  False: meanwhile we
 * believe in another association than we said, and the handshake is void.
 */
static bool confirm(struct wire_node *node, struct wire_peer *peer)
{
	struct wire_attempt *attempt = &peer->attempt;
	uint64_t serial = peer->up ? peer->serial : 0;
	if (attempt->believed != serial) {
		wire_forget_attempt(node, peer);
		return false;
	}
	node->counters.handshakes++;
	if (attempt->rekey) {
		peer->keys[1] = peer->keys[0];
		peer->previous_until_us = node->clock.now_us + node->settings.overlap_us;
		use_keys(node, peer);
		return true;
	}
	if (is_cloned(node, peer, attempt->terms.incarnation)) {
		ban(node, peer);
		return false;
	}
	if (peer->up) {
		wire_end_association(node, peer, WIRE_REASON_REPLACED, false);
	}
	peer->install = true;
	return true;
}

/* The new association, once all of the old one was given back. */
static void install(struct wire_node *node, struct wire_peer *peer, struct wire_effect *effect)
{
	struct wire_attempt *attempt = &peer->attempt;
	uint64_t now_us = node->clock.now_us;
	uint16_t frame_bytes = attempt->terms.frame_bytes_max < node->frame_bytes_max
				       ? attempt->terms.frame_bytes_max
				       : node->frame_bytes_max;
	peer->install = false;
	peer->up = true;
	peer->terms = attempt->terms;
	peer->serial = attempt->serial;
	peer->incarnation = attempt->terms.incarnation;
	peer->replay = attempt->replay;
	peer->payload_bytes_max = (size_t)frame_bytes - SEAL_BYTES;
	peer->data_us = now_us;
	peer->held = 0;
	peer->idle_asked = peer->idle_refused = 0;
	peer->idle_repeat_us = 0;
	peer->keys[1].valid = false;
	wire_transport_start(&peer->transport, &node->settings.transport, now_us, peer->outs,
			     peer->out_count, peer->ins, peer->in_count, &node->pool);
	peer->transport.counter_next = attempt->counter;
	wire_liveness_start(&peer->life, now_us);
	use_keys(node, peer);
	peer->keys_counter = 0;
	*effect = (struct wire_effect){.kind = WIRE_EFFECT_UP,
				       .peer = peer->number,
				       .incarnation = peer->incarnation,
				       .serial = peer->serial};
}

void wire_take_data(struct wire_node *node, struct wire_peer *peer,
		    const struct wire_header *header, const struct wire_address *from,
		    uint8_t *frame, size_t bytes)
{
	struct wire_keys *keys = peer == NULL ? NULL : find_keys(node, peer, header->index);
	if (keys == NULL) {
		take_unknown(node, from, header->index);
		return;
	}
	bool pending = keys == &peer->attempt.keys;
	struct wire_replay *replay =
		pending && !peer->attempt.rekey ? &peer->attempt.replay : &peer->replay;
	if (!wire_replay_is_new(replay, header->counter)) {
		wire_refuse(node, WIRE_REFUSED_REPLAYED);
		return;
	}
	if (!node->suite->open(node->suite->context, keys->receive, header->counter, frame,
			       header->bytes, frame + header->bytes, bytes - header->bytes)) {
		wire_refuse(node, WIRE_REFUSED_FORGED);
		return;
	}
	bool newest = header->counter >= replay->next;
	wire_replay_enter(replay, header->counter);
	node->counters.accepted++;
	wire_touch(node, peer);
	if (pending && !confirm(node, peer)) {
		return;
	}
	if (newest) {
		peer->address = *from;
	}
	if (peer->up && !peer->ending) {
		peer->say_trust |= wire_liveness_hear(&peer->life, node->clock.now_us);
	}
	node->input.peer = peer;
	node->input.payload = frame + header->bytes;
	node->input.bytes = bytes - header->bytes - WIRE_TAG_BYTES;
	node->input.counter = header->counter;
	node->input.begun = false;
}

/* --- the end */

void wire_end_association(struct wire_node *node, struct wire_peer *peer, uint8_t reason, bool bye)
{
	if (!peer->up || peer->ending) {
		return;
	}
	peer->ending = true;
	peer->bye = bye;
	peer->reason = reason;
	peer->install = false;
	wire_touch(node, peer);
}

static bool give_message(struct wire_peer *peer, enum wire_effect_kind kind,
			 struct wire_message *message, struct wire_effect *effect)
{
	if (message == NULL) {
		return false;
	}
	*effect = (struct wire_effect){
		.kind = kind, .peer = peer->number, .serial = peer->serial, .message = message};
	return true;
}

/* A message that arrived, or came back unsent because its stream was closed. */
static bool give_done(struct wire_peer *peer, struct wire_effect *effect)
{
	struct wire_message *message = wire_sender_done(&peer->transport.sender);
	return give_message(
		peer, message != NULL && !message->begun ? WIRE_EFFECT_FAILED : WIRE_EFFECT_SENT,
		message, effect);
}

/* The last frame says why, without sending any message more. */
static bool say_bye(struct wire_node *node, struct wire_peer *peer, uint8_t *out,
		    struct wire_effect *effect)
{
	struct wire_transport *transport = &peer->transport;
	peer->bye = false;
	transport->close_reason = peer->reason;
	size_t bytes =
		wire_transport_write(transport, node->clock.now_us, out + WIRE_INDEXED_HEADER_BYTES,
				     peer->payload_bytes_max);
	return wire_seal_frame(node, peer, &peer->keys[0], transport->counter_next++,
			       &peer->address, out, bytes, effect);
}

/* Gives everything back; the last effect is DOWN. */
static void end_step(struct wire_node *node, struct wire_peer *peer, uint8_t *out,
		     struct wire_effect *effect)
{
	if (peer->bye && say_bye(node, peer, out, effect)) {
		return;
	}
	if (give_done(peer, effect) ||
	    give_message(peer, WIRE_EFFECT_FAILED, wire_sender_drain(&peer->transport.sender),
			 effect)) {
		return;
	}
	wire_receiver_stop(&peer->transport.receiver);
	peer->ended_index = peer->reason == WIRE_REASON_IDLE ? peer->keys[0].local : 0;
	node->suite->wipe(peer->keys, sizeof peer->keys);
	peer->up = false;
	peer->ending = false;
	peer->end_after_write = false;
	peer->say_suspect = peer->say_trust = false;
	if (node->input.peer == peer && !peer->install) {
		node->input.peer = NULL;
	}
	if (!peer->install && peer->attempt.rekey) {
		wire_forget_attempt(node, peer);
	}
	*effect = (struct wire_effect){.kind = WIRE_EFFECT_DOWN,
				       .peer = peer->number,
				       .incarnation = peer->incarnation,
				       .serial = peer->serial,
				       .reason = peer->reason};
}

/* --- idle associations */

static bool is_unused(const struct wire_node *node, const struct wire_peer *peer, uint64_t idle_us)
{
	return peer->held == 0 && !wire_transport_is_busy(&peer->transport) &&
	       node->clock.now_us - peer->data_us >= idle_us;
}

static void say_idle(struct wire_peer *peer, uint8_t what, uint32_t round)
{
	peer->transport.idle_say = true;
	peer->transport.idle_what = what;
	peer->transport.idle_round = round;
}

/*
 * The peer offers to end, agrees, or does not.  Who agrees ends as it says so; who asked sends no
 * message until it is answered, so nothing is lost between the two.  A round that was answered NO
 * is never answered YES, or a late copy of the question would end what goes on.
 */
static void take_idle(struct wire_node *node, struct wire_peer *peer, uint8_t what)
{
	struct wire_transport *transport = &peer->transport;
	uint32_t round = transport->idle_heard;
	switch (what) {
	case WIRE_IDLE_ASK:
		peer->end_after_write = round > peer->idle_refused &&
					is_unused(node, peer, node->settings.idle_us / 2);
		if (!peer->end_after_write && round > peer->idle_refused) {
			peer->idle_refused = round;
		}
		say_idle(peer, peer->end_after_write ? WIRE_IDLE_YES : WIRE_IDLE_NO, round);
		break;
	case WIRE_IDLE_YES:
		wire_end_association(node, peer, WIRE_REASON_IDLE, false);
		break;
	case WIRE_IDLE_NO:
		if (round == peer->idle_asked) {
			transport->idle_state = WIRE_IDLE_OPEN;
			peer->idle_repeat_us = node->clock.now_us + node->settings.idle_us / 2;
		}
		break;
	}
}

/* When this node next asks, or asks again. */
static uint64_t idle_deadline(const struct wire_node *node, const struct wire_peer *peer)
{
	if (peer->transport.idle_state == WIRE_IDLE_ASKED) {
		return peer->idle_repeat_us;
	}
	if (!is_unused(node, peer, 0)) {
		return WIRE_NEVER;
	}
	uint64_t idle_us = peer->data_us + node->settings.idle_us;
	return idle_us > peer->idle_repeat_us ? idle_us : peer->idle_repeat_us;
}

static void idle_step(struct wire_node *node, struct wire_peer *peer)
{
	struct wire_transport *transport = &peer->transport;
	if (node->clock.now_us < idle_deadline(node, peer)) {
		return;
	}
	if (transport->idle_state == WIRE_IDLE_OPEN) {
		transport->idle_state = WIRE_IDLE_ASKED;
		peer->idle_tries = 0;
		peer->idle_asked++;
	}
	if (peer->idle_tries++ >= node->settings.idle_tries) {
		wire_end_association(node, peer, WIRE_REASON_IDLE, false);
		return;
	}
	peer->idle_repeat_us = node->clock.now_us + node->settings.idle_repeat_us;
	say_idle(peer, WIRE_IDLE_ASK, peer->idle_asked);
}

/* --- new keys for old ones */

uint64_t wire_rekey_deadline(const struct wire_node *node, const struct wire_peer *peer)
{
	if (!peer->up || peer->data_us <= peer->keys_since_us) {
		return WIRE_NEVER;
	}
	/* The side that was not the initiator leaves it the first go. */
	uint64_t late_us = peer->keys_ours ? 0 : node->settings.rekey_us / 8;
	uint64_t deadline_us = peer->keys_since_us + node->settings.rekey_us + late_us;
	return deadline_us > peer->retry_us ? deadline_us : peer->retry_us;
}

bool wire_wants_rekey(const struct wire_node *node, const struct wire_peer *peer)
{
	if (!peer->up || peer->ending) {
		return false;
	}
	return peer->transport.counter_next - peer->keys_counter >= node->settings.rekey_frames ||
	       node->clock.now_us >= wire_rekey_deadline(node, peer);
}

/* --- effects */

static bool say_flag(struct wire_peer *peer, bool *flag, enum wire_effect_kind kind,
		     struct wire_effect *effect)
{
	if (!*flag) {
		return false;
	}
	*flag = false;
	*effect = (struct wire_effect){.kind = kind, .peer = peer->number, .serial = peer->serial};
	return true;
}

/* Reads on in the frame that came; false: nothing for the caller in the rest of it. */
static bool read_input(struct wire_node *node, struct wire_peer *peer, struct wire_effect *effect)
{
	struct wire_transport *transport = &peer->transport;
	const struct wire_transport_settings *settings = &node->settings.transport;
	uint64_t now_us = node->clock.now_us;
	struct wire_piece piece;
	uint8_t value = 0;
	if (!node->input.begun) {
		node->input.begun = true;
		wire_transport_begin(transport, node->input.payload, node->input.bytes,
				     node->input.counter);
	}
	for (;;) {
		switch (wire_transport_read(transport, settings, now_us, &piece, &value)) {
		case WIRE_SAID_NOTHING:
			node->input.peer = NULL;
			return false;
		case WIRE_SAID_PIECE:
			peer->data_us = now_us;
			*effect = (struct wire_effect){.kind = WIRE_EFFECT_DELIVER,
						       .peer = peer->number,
						       .incarnation = peer->incarnation,
						       .serial = peer->serial,
						       .piece = piece};
			return true;
		case WIRE_SAID_IDLE:
			take_idle(node, peer, value);
			break;
		case WIRE_SAID_CLOSE:
			wire_end_association(node, peer, WIRE_REASON_CLOSED, false);
			node->input.peer = NULL;
			return false;
		case WIRE_SAID_WRONG:
			wire_end_association(node, peer, value, true);
			node->input.peer = NULL;
			return false;
		}
	}
}

static void life_step(struct wire_node *node, struct wire_peer *peer)
{
	wire_liveness_need(&peer->life, peer->held > 0 || wire_transport_is_busy(&peer->transport));
	for (;;) {
		switch (wire_liveness_step(&peer->life, &node->settings.life, node->clock.now_us)) {
		case WIRE_LIFE_GOOD:
			return;
		case WIRE_LIFE_PROBE:
			peer->transport.probe = true;
			break;
		case WIRE_LIFE_SUSPECT:
			peer->say_suspect = true;
			break;
		case WIRE_LIFE_DEAD:
			wire_end_association(node, peer, WIRE_REASON_DEAD, false);
			return;
		}
	}
}

static bool write_frame(struct wire_node *node, struct wire_peer *peer, uint8_t *out,
			struct wire_effect *effect)
{
	struct wire_transport *transport = &peer->transport;
	size_t bytes =
		wire_transport_write(transport, node->clock.now_us, out + WIRE_INDEXED_HEADER_BYTES,
				     peer->payload_bytes_max);
	if (bytes == 0) {
		return false;
	}
	if (peer->end_after_write) {
		/* "Yes, let us end" went with this frame. */
		wire_end_association(node, peer, WIRE_REASON_IDLE, false);
	}
	return wire_seal_frame(node, peer, &peer->keys[0], transport->counter_next++,
			       &peer->address, out, bytes, effect);
}

bool wire_association_effect(struct wire_node *node, struct wire_peer *peer, uint8_t *out,
			     struct wire_effect *effect)
{
	uint64_t now_us = node->clock.now_us;
	if (peer->up && !peer->ending && !peer->install) {
		if (node->input.peer == peer && read_input(node, peer, effect)) {
			return true;
		}
		if (!peer->ending) {
			wire_transport_step(&peer->transport, &node->settings.transport, now_us);
			life_step(node, peer);
			idle_step(node, peer);
		}
	}
	if (peer->ending) {
		end_step(node, peer, out, effect);
		return true;
	}
	if (peer->install) {
		install(node, peer, effect);
		return true;
	}
	if (say_flag(peer, &peer->say_unreachable, WIRE_EFFECT_UNREACHABLE, effect) ||
	    say_flag(peer, &peer->say_clone, WIRE_EFFECT_CLONED, effect) ||
	    say_flag(peer, &peer->say_trust, WIRE_EFFECT_TRUST, effect) ||
	    say_flag(peer, &peer->say_suspect, WIRE_EFFECT_SUSPECT, effect)) {
		return true;
	}
	return peer->up && (give_done(peer, effect) || write_frame(node, peer, out, effect));
}

uint64_t wire_association_deadline(const struct wire_node *node, const struct wire_peer *peer)
{
	if (!peer->up) {
		return WIRE_NEVER;
	}
	uint64_t deadline_us = wire_transport_deadline(&peer->transport, &node->settings.transport);
	uint64_t life_us = wire_liveness_deadline(&peer->life, &node->settings.life);
	uint64_t idle_us = idle_deadline(node, peer);
	deadline_us = life_us < deadline_us ? life_us : deadline_us;
	return idle_us < deadline_us ? idle_us : deadline_us;
}
