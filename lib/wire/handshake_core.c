/*
 * From strangers to keys: HELLO1 and HELLO2 find the peer and prove an address, INIT and RESP are
 * the two messages of Noise KK.  Nothing here changes an association; that is done when a frame
 * sealed with the new keys has opened (association_core.c).
 */
#include "parts_core.h"

static const char hello_label[] = "masix hello";
static const char early_label[] = "masix early";
static const char cookie_label[] = "masix cookie";

/* --- HELLO */

/* Everybody in the cluster can make the key of everybody's HELLOs. */
static bool make_hello_key(struct wire_node *node, const uint8_t sender[WIRE_SHORT_ID_BYTES],
			   uint64_t incarnation, uint8_t key[WIRE_KEY_BYTES])
{
	uint8_t info[sizeof hello_label + WIRE_SHORT_ID_BYTES + 8];
	struct wire_writer writer = wire_writer(info, sizeof info);
	wire_write_copy(&writer, hello_label, sizeof hello_label);
	wire_write_copy(&writer, sender, WIRE_SHORT_ID_BYTES);
	wire_write_u64(&writer, incarnation);
	return !writer.failed && node->suite->expand(node->suite->context, node->cluster, info,
						     sizeof info, key, WIRE_KEY_BYTES);
}

bool wire_start_hello(struct wire_node *node, const uint8_t cluster_key[WIRE_KEY_BYTES])
{
	const struct wire_suite *suite = node->suite;
	uint8_t salt[WIRE_KEY_BYTES] = {0};
	return suite->extract(suite->context, salt, cluster_key, WIRE_KEY_BYTES, node->cluster) &&
	       make_hello_key(node, node->id, node->incarnation, node->hello_key) &&
	       suite->expand(suite->context, node->random_key, cookie_label, sizeof cookie_label,
			     node->cookie_key, WIRE_KEY_BYTES);
}

struct wire_peer *wire_open_named(struct wire_node *node, const struct wire_header *header,
				  uint8_t *frame, size_t bytes)
{
	uint8_t key[WIRE_KEY_BYTES];
	struct wire_peer *peer = wire_find_peer(node, header->sender);
	if (peer == NULL) {
		wire_refuse(node, WIRE_REFUSED_STRANGER);
		return NULL;
	}
	if (!make_hello_key(node, header->sender, header->incarnation, key) ||
	    !node->suite->open(node->suite->context, key, header->counter, frame, header->bytes,
			       frame + header->bytes, bytes - header->bytes)) {
		wire_refuse(node, WIRE_REFUSED_FORGED);
		return NULL;
	}
	return peer;
}

void wire_write_named_header(struct wire_node *node, struct wire_writer *writer, uint8_t type)
{
	struct wire_header header = {
		.type = type, .incarnation = node->incarnation, .counter = node->hello_counter++};
	__builtin_memcpy(header.sender, node->id, WIRE_SHORT_ID_BYTES);
	wire_encode_header(writer, &header);
}

/* Writes a sealed HELLO; its size, or 0: the suite failed. */
static size_t write_hello(struct wire_node *node, uint8_t *out, uint8_t type,
			  const struct wire_question *question)
{
	size_t bytes = type == WIRE_HELLO1 ? WIRE_HELLO1_BYTES : WIRE_HELLO2_BYTES;
	struct wire_writer writer = wire_writer(out, WIRE_NAMED_HEADER_BYTES + bytes);
	uint64_t counter = node->hello_counter;
	wire_write_named_header(node, &writer, type);
	wire_encode_question(&writer, type, question);
	if (writer.failed ||
	    !node->suite->seal(node->suite->context, node->hello_key, counter, out,
			       WIRE_NAMED_HEADER_BYTES, out + WIRE_NAMED_HEADER_BYTES, bytes)) {
		return 0;
	}
	return WIRE_NAMED_HEADER_BYTES + bytes + WIRE_TAG_BYTES;
}

static void answer_hello(struct wire_node *node, struct wire_peer *peer,
			 const uint8_t nonce[WIRE_NONCE_BYTES], uint64_t incarnation,
			 const struct wire_address *from)
{
	struct wire_question question = {.roster_version = node->roster_version};
	__builtin_memcpy(question.nonce, nonce, WIRE_NONCE_BYTES);
	__builtin_memcpy(question.target, peer->id, WIRE_SHORT_ID_BYTES);
	if (!wire_make_cookie(node->suite, node->cookie_key, node->clock.now_us,
			      ++node->cookie_serial, from, peer->id, incarnation,
			      question.cookie)) {
		return;
	}
	node->hello2.waits = write_hello(node, node->hello2.frame, WIRE_HELLO2, &question) != 0;
	node->hello2.peer = peer->number;
	node->hello2.address = *from;
	node->counters.answered += node->hello2.waits;
}

bool wire_may_answer(uint64_t *next_us, uint64_t now_us, uint64_t gap_us, uint32_t burst)
{
	if (*next_us < now_us) {
		*next_us = now_us;
	}
	if (*next_us - now_us > gap_us * burst) {
		return false;
	}
	*next_us += gap_us;
	return true;
}

static void ask_share(struct wire_node *node, struct wire_peer *peer)
{
	if (!peer->share_known && !peer->share_asked) {
		peer->share_asked = true;
		peer->share_wanted = true;
		wire_touch(node, peer);
	}
}

static void take_hello1(struct wire_node *node, struct wire_peer *peer,
			const struct wire_header *header, const struct wire_address *from,
			const struct wire_question *question)
{
	if (!wire_may_answer(&node->hello_us, node->clock.now_us, node->settings.hello_gap_us,
			     node->settings.hello_burst)) {
		wire_refuse(node, WIRE_REFUSED_TOO_MANY);
		return;
	}
	if (peer->share_known) {
		answer_hello(node, peer, question->nonce, header->incarnation, from);
		return;
	}
	/* INIT's early code cannot be checked yet: the answer waits for that. */
	peer->hello_waits = true;
	__builtin_memcpy(peer->hello_nonce, question->nonce, WIRE_NONCE_BYTES);
	peer->hello_incarnation = header->incarnation;
	peer->hello_address = *from;
	ask_share(node, peer);
}

static void ask_job(struct wire_node *node, struct wire_peer *peer, enum wire_job_kind kind)
{
	peer->ticket++;
	peer->job_wanted = true;
	peer->job_kind = kind;
	peer->attempt.timeout_us = node->clock.now_us + node->settings.job_timeout_us;
	wire_touch(node, peer);
}

static void take_hello2(struct wire_node *node, struct wire_peer *peer,
			const struct wire_address *from, const struct wire_question *question)
{
	struct wire_attempt *attempt = &peer->attempt;
	if (attempt->state != WIRE_ATTEMPT_HELLO ||
	    !node->suite->match(attempt->nonce, question->nonce, WIRE_NONCE_BYTES)) {
		wire_refuse(node, WIRE_REFUSED_UNASKED);
		return;
	}
	node->counters.accepted++;
	attempt->state = WIRE_ATTEMPT_KEYING;
	attempt->address = *from;
	__builtin_memcpy(attempt->cookie, question->cookie, WIRE_COOKIE_BYTES);
	ask_share(node, peer);
	ask_job(node, peer, WIRE_JOB_OFFER);
}

void wire_take_hello(struct wire_node *node, const struct wire_header *header,
		     const struct wire_address *from, uint8_t *frame, size_t bytes)
{
	struct wire_question question;
	struct wire_peer *peer = wire_open_named(node, header, frame, bytes);
	if (peer == NULL) {
		return;
	}
	if (!wire_decode_question(header->type, frame + header->bytes,
				  bytes - header->bytes - WIRE_TAG_BYTES, &question)) {
		wire_refuse(node, WIRE_REFUSED_MALFORMED);
		return;
	}
	if (__builtin_memcmp(question.target, node->id, WIRE_SHORT_ID_BYTES) != 0) {
		wire_refuse(node, WIRE_REFUSED_ELSEWHERE);
		return;
	}
	if (header->type == WIRE_HELLO1) {
		take_hello1(node, peer, header, from, &question);
	} else {
		take_hello2(node, peer, from, &question);
	}
}

/* --- INIT and RESP */

/* The early code: whoever can make it holds the private key of one of the two.  It covers the
   sender, so that a frame that comes back to it is not taken for its peer's. */
static bool make_early(struct wire_node *node, const struct wire_peer *peer,
		       const uint8_t sender[WIRE_SHORT_ID_BYTES], const uint8_t *frame,
		       size_t bytes, uint8_t code[WIRE_DIGEST_BYTES])
{
	uint8_t buffer[WIRE_SHORT_ID_BYTES + WIRE_INIT_BYTES];
	struct wire_writer writer = wire_writer(buffer, sizeof buffer);
	wire_write_copy(&writer, sender, WIRE_SHORT_ID_BYTES);
	wire_write_copy(&writer, frame, bytes);
	return !writer.failed && node->suite->mac(node->suite->context, peer->early, buffer,
						  sizeof buffer - writer.left, code);
}

static bool check_early(struct wire_node *node, const struct wire_peer *peer, const uint8_t *frame,
			size_t bytes)
{
	uint8_t code[WIRE_DIGEST_BYTES];
	return make_early(node, peer, peer->id, frame, bytes - WIRE_MAC_BYTES, code) &&
	       node->suite->match(code, frame + bytes - WIRE_MAC_BYTES, WIRE_MAC_BYTES);
}

static uint64_t current_serial(const struct wire_peer *peer)
{
	return peer->up && !peer->ending ? peer->serial : 0;
}

static uint32_t new_index(struct wire_node *node, const struct wire_peer *peer)
{
	uint32_t random;
	do {
		if (!wire_make_random(node, &random, sizeof random)) {
			random = peer->keys[0].local + WIRE_PEERS_MAX;
		}
		random = random / WIRE_PEERS_MAX * WIRE_PEERS_MAX + peer->number;
	} while (random == peer->keys[0].local || random == peer->keys[1].local);
	return random;
}

static void write_terms(struct wire_node *node, struct wire_peer *peer,
			uint8_t bytes[WIRE_TERMS_BYTES])
{
	struct wire_terms terms = {.index = peer->attempt.local,
				   .serial = peer->attempt.believed,
				   .incarnation = node->incarnation,
				   .byte_order = WIRE_ORDER_LITTLE,
				   .word_bytes = 4,
				   .frame_bytes_max = node->frame_bytes_max,
				   .roster_version = node->roster_version};
	wire_encode_terms(bytes, &terms);
}

/* The transcript up to the static keys: INIT's header and suite, and both whole ids. */
static void start_noise(struct wire_node *node, struct wire_peer *peer)
{
	struct wire_attempt *attempt = &peer->attempt;
	bool ours = attempt->initiator;
	uint8_t prologue[sizeof attempt->head + 2 * WIRE_ID_BYTES];
	struct wire_writer writer = wire_writer(prologue, sizeof prologue);
	wire_write_copy(&writer, attempt->head, sizeof attempt->head);
	wire_write_copy(&writer, ours ? node->id : peer->id, WIRE_ID_BYTES);
	wire_write_copy(&writer, ours ? peer->id : node->id, WIRE_ID_BYTES);
	wire_noise_start(&attempt->noise, node->suite, prologue, sizeof prologue,
			 ours ? node->public_key : peer->public_key,
			 ours ? peer->public_key : node->public_key);
}

/* Writes INIT; false: the suite failed. */
static bool write_init(struct wire_node *node, struct wire_peer *peer, uint8_t *out)
{
	struct wire_attempt *attempt = &peer->attempt;
	uint8_t terms[WIRE_TERMS_BYTES + WIRE_TAG_BYTES], code[WIRE_DIGEST_BYTES];
	struct wire_writer writer = wire_writer(out, WIRE_INIT_BYTES);
	wire_write_named_header(node, &writer, WIRE_INIT);
	wire_write_u16(&writer, WIRE_SUITE);
	__builtin_memcpy(attempt->head, out, sizeof attempt->head);
	wire_write_copy(&writer, peer->id, WIRE_SHORT_ID_BYTES);
	wire_write_copy(&writer, attempt->cookie, WIRE_COOKIE_BYTES);
	wire_write_copy(&writer, attempt->public_key, WIRE_PUBLIC_BYTES);

	attempt->believed = current_serial(peer);
	attempt->local = new_index(node, peer);
	write_terms(node, peer, terms);
	start_noise(node, peer);
	wire_noise_mix_public(&attempt->noise, node->suite, attempt->public_key);
	wire_noise_mix_secret(&attempt->noise, node->suite, attempt->es);
	wire_noise_mix_secret(&attempt->noise, node->suite, peer->share);
	if (!wire_noise_seal(&attempt->noise, node->suite, terms)) {
		return false;
	}
	wire_write_copy(&writer, terms, sizeof terms);
	if (!make_early(node, peer, node->id, out, WIRE_INIT_BYTES - WIRE_MAC_BYTES, code)) {
		return false;
	}
	wire_write_copy(&writer, code, WIRE_MAC_BYTES);
	return !writer.failed;
}

/* Whether an INIT may have its arithmetic; the reasons in the order of their cost. */
static bool may_take_init(struct wire_node *node, struct wire_peer *peer,
			  const struct wire_header *header, const struct wire_shake *shake,
			  const struct wire_address *from, const uint8_t *frame, size_t bytes,
			  uint64_t *cookie)
{
	uint64_t now_us = node->clock.now_us;
	enum wire_refusal why;
	if (__builtin_memcmp(shake->target, node->id, WIRE_SHORT_ID_BYTES) != 0) {
		why = WIRE_REFUSED_ELSEWHERE;
	} else if (now_us < peer->banned_until_us) {
		why = WIRE_REFUSED_BANNED;
	} else if (!wire_check_cookie(node->suite, node->cookie_key, now_us,
				      node->settings.cookie_age_us, from, peer->id,
				      header->incarnation, shake->cookie, cookie)) {
		why = WIRE_REFUSED_STALE;
	} else if (!peer->share_known) {
		why = WIRE_REFUSED_NOT_READY;
	} else if (!check_early(node, peer, frame, bytes)) {
		why = WIRE_REFUSED_FORGED;
	} else if (*cookie <= peer->cookie_serial) {
		why = WIRE_REFUSED_REPLAYED;
	} else if (peer->init_us != 0 && now_us - peer->init_us < node->settings.init_gap_us) {
		why = WIRE_REFUSED_TOO_MANY;
	} else {
		return true;
	}
	wire_refuse(node, why);
	return false;
}

/* Both began: the INIT of the node with the smaller id goes first.  Not before keys that the peer
   may use already: its INIT is an old one, or it gave those keys up and asks again. */
static bool goes_first(const struct wire_node *node, const struct wire_peer *peer)
{
	switch (peer->attempt.state) {
	case WIRE_ATTEMPT_SENT:
	case WIRE_ATTEMPT_FINISHING:
		return __builtin_memcmp(node->id, peer->id, WIRE_ID_BYTES) < 0;
	case WIRE_ATTEMPT_CONFIRMING:
		return true;
	case WIRE_ATTEMPT_ANSWERING:
		return true; /* one arithmetic at a time */
	default:
		return false;
	}
}

void wire_take_init(struct wire_node *node, const struct wire_header *header,
		    const struct wire_address *from, const uint8_t *frame, size_t bytes)
{
	struct wire_shake shake;
	uint64_t cookie;
	struct wire_peer *peer = wire_find_peer(node, header->sender);
	if (peer == NULL) {
		wire_refuse(node, WIRE_REFUSED_STRANGER);
		return;
	}
	if (!wire_decode_shake(header, frame, bytes, &shake) || shake.suite != WIRE_SUITE) {
		wire_refuse(node, WIRE_REFUSED_MALFORMED);
		return;
	}
	if (!may_take_init(node, peer, header, &shake, from, frame, bytes, &cookie)) {
		return;
	}
	if (goes_first(node, peer)) {
		wire_refuse(node, WIRE_REFUSED_OVERTAKEN);
		return;
	}
	node->counters.accepted++;
	peer->cookie_serial = cookie;
	peer->init_us = node->clock.now_us;
	wire_forget_attempt(node, peer);
	struct wire_attempt *attempt = &peer->attempt;
	attempt->state = WIRE_ATTEMPT_ANSWERING;
	attempt->address = *from;
	__builtin_memcpy(attempt->head, frame, sizeof attempt->head);
	__builtin_memcpy(attempt->peer_ephemeral, shake.ephemeral, WIRE_PUBLIC_BYTES);
	__builtin_memcpy(attempt->sealed, shake.sealed, sizeof attempt->sealed);
	attempt->terms.incarnation = header->incarnation;
	ask_job(node, peer, WIRE_JOB_ANSWER);
}

void wire_take_resp(struct wire_node *node, struct wire_peer *peer,
		    const struct wire_header *header, const struct wire_address *from,
		    const uint8_t *frame, size_t bytes)
{
	struct wire_attempt *attempt = &peer->attempt;
	struct wire_shake shake;
	if (attempt->state != WIRE_ATTEMPT_SENT || attempt->local != header->index) {
		wire_refuse(node, WIRE_REFUSED_UNASKED);
		return;
	}
	if (!wire_decode_shake(header, frame, bytes, &shake) || header->counter != 0) {
		wire_refuse(node, WIRE_REFUSED_MALFORMED);
		return;
	}
	if (!check_early(node, peer, frame, bytes)) {
		wire_refuse(node, WIRE_REFUSED_FORGED);
		return;
	}
	node->counters.accepted++;
	attempt->state = WIRE_ATTEMPT_FINISHING;
	attempt->address = *from;
	__builtin_memcpy(attempt->peer_ephemeral, shake.ephemeral, WIRE_PUBLIC_BYTES);
	__builtin_memcpy(attempt->sealed, shake.sealed, sizeof attempt->sealed);
	ask_job(node, peer, WIRE_JOB_FINISH);
}

/* Both sides: the keys, and what the association will be called. */
static bool split_keys(struct wire_node *node, struct wire_peer *peer)
{
	struct wire_attempt *attempt = &peer->attempt;
	struct wire_keys *keys = &attempt->keys;
	bool ours = attempt->initiator;
	if (attempt->believed != current_serial(peer) ||
	    !wire_noise_split(&attempt->noise, node->suite, ours ? keys->send : keys->receive,
			      ours ? keys->receive : keys->send)) {
		return false;
	}
	struct wire_reader hash = wire_reader(attempt->noise.hash, 8);
	attempt->serial = wire_read_u64(&hash);
	attempt->serial += attempt->serial == 0;
	attempt->rekey = attempt->believed != 0 && attempt->believed == attempt->terms.serial &&
			 attempt->terms.incarnation == peer->incarnation;
	keys->valid = true;
	keys->local = attempt->local;
	keys->remote = attempt->terms.index;
	return true;
}

/* The responder's side, with its arithmetic done: opens INIT and prepares RESP. */
static bool answer_init(struct wire_node *node, struct wire_peer *peer, const struct wire_job *job)
{
	struct wire_attempt *attempt = &peer->attempt;
	const struct wire_suite *suite = node->suite;
	uint64_t incarnation = attempt->terms.incarnation;
	uint8_t terms[WIRE_TERMS_BYTES + WIRE_TAG_BYTES], code[WIRE_DIGEST_BYTES];
	start_noise(node, peer);
	wire_noise_mix_public(&attempt->noise, suite, attempt->peer_ephemeral);
	wire_noise_mix_secret(&attempt->noise, suite, job->es);
	wire_noise_mix_secret(&attempt->noise, suite, peer->share);
	if (!wire_noise_open(&attempt->noise, suite, attempt->sealed) ||
	    !wire_decode_terms(attempt->sealed, &attempt->terms) ||
	    attempt->terms.incarnation != incarnation) {
		return false;
	}
	attempt->believed = current_serial(peer);
	attempt->local = new_index(node, peer);
	write_terms(node, peer, terms);
	wire_noise_mix_public(&attempt->noise, suite, job->public_key);
	wire_noise_mix_secret(&attempt->noise, suite, job->ee);
	wire_noise_mix_secret(&attempt->noise, suite, job->se);
	if (!wire_noise_seal(&attempt->noise, suite, terms) || !split_keys(node, peer)) {
		return false;
	}
	struct wire_header header = {.type = WIRE_RESP, .index = attempt->terms.index};
	struct wire_writer writer = wire_writer(attempt->frame, WIRE_RESP_BYTES);
	wire_encode_header(&writer, &header);
	wire_write_copy(&writer, job->public_key, WIRE_PUBLIC_BYTES);
	wire_write_copy(&writer, terms, sizeof terms);
	if (!make_early(node, peer, node->id, attempt->frame, WIRE_RESP_BYTES - WIRE_MAC_BYTES,
			code)) {
		return false;
	}
	wire_write_copy(&writer, code, WIRE_MAC_BYTES);
	return !writer.failed;
}

/* The initiator's side, with its arithmetic done: opens RESP. */
static bool finish_resp(struct wire_node *node, struct wire_peer *peer, const struct wire_job *job)
{
	struct wire_attempt *attempt = &peer->attempt;
	wire_noise_mix_public(&attempt->noise, node->suite, attempt->peer_ephemeral);
	wire_noise_mix_secret(&attempt->noise, node->suite, job->ee);
	wire_noise_mix_secret(&attempt->noise, node->suite, job->se);
	return wire_noise_open(&attempt->noise, node->suite, attempt->sealed) &&
	       wire_decode_terms(attempt->sealed, &attempt->terms) && split_keys(node, peer);
}

/* --- the course of an attempt */

void wire_forget_attempt(struct wire_node *node, struct wire_peer *peer)
{
	node->suite->wipe(&peer->attempt, sizeof peer->attempt);
	peer->attempt.state = WIRE_ATTEMPT_NONE;
	peer->job_wanted = false;
	peer->ticket++;
}

/* The attempt came to nothing; the next one waits, twice as long as the last. */
static void fail_attempt(struct wire_node *node, struct wire_peer *peer)
{
	const struct wire_settings *settings = &node->settings;
	uint32_t shift = peer->failures < 16 ? peer->failures : 16;
	uint64_t wait_us = settings->retry_first_us << shift;
	uint16_t jitter = 0;
	bool initiator = peer->attempt.initiator;
	wire_forget_attempt(node, peer);
	if (!initiator) {
		return;
	}
	if (wait_us > settings->retry_max_us) {
		wait_us = settings->retry_max_us;
	}
	/* Up to a quarter more, so that two nodes do not go on colliding. */
	(void)wire_make_random(node, &jitter, sizeof jitter);
	peer->retry_us = node->clock.now_us + wait_us + (wait_us / 4 * jitter >> 16);
	peer->failures++;
	if (peer->wanted && !peer->up && peer->failures >= settings->attempts_max) {
		peer->wanted = false;
		peer->failures = 0;
		peer->say_unreachable = true;
	}
}

static void take_share(struct wire_node *node, struct wire_peer *peer, const struct wire_job *job)
{
	uint8_t salt[WIRE_KEY_BYTES] = {0}, key[WIRE_KEY_BYTES];
	const struct wire_suite *suite = node->suite;
	peer->share_asked = false;
	if (!job->good || !suite->extract(suite->context, salt, job->share, WIRE_KEY_BYTES, key) ||
	    !suite->expand(suite->context, key, early_label, sizeof early_label, peer->early,
			   sizeof peer->early)) {
		return;
	}
	__builtin_memcpy(peer->share, job->share, sizeof peer->share);
	suite->wipe(key, sizeof key);
	peer->share_known = true;
	if (peer->hello_waits) {
		peer->hello_waits = false;
		answer_hello(node, peer, peer->hello_nonce, peer->hello_incarnation,
			     &peer->hello_address);
	}
}

static void take_offer(struct wire_peer *peer, const struct wire_job *job)
{
	struct wire_attempt *attempt = &peer->attempt;
	__builtin_memcpy(attempt->private_key, job->private_key, WIRE_PRIVATE_BYTES);
	__builtin_memcpy(attempt->public_key, job->public_key, WIRE_PUBLIC_BYTES);
	__builtin_memcpy(attempt->es, job->es, WIRE_KEY_BYTES);
	attempt->offered = true;
}

void wire_handshake_job(struct wire_node *node, struct wire_peer *peer, const struct wire_job *job)
{
	struct wire_attempt *attempt = &peer->attempt;
	uint64_t now_us = node->clock.now_us;
	if (job->kind == WIRE_JOB_SHARE) {
		take_share(node, peer, job);
		return;
	}
	if (job->ticket != peer->ticket || attempt->state == WIRE_ATTEMPT_NONE) {
		return;
	}
	if (job->kind == WIRE_JOB_OFFER && job->good) {
		take_offer(peer, job);
	} else if (job->kind == WIRE_JOB_ANSWER && job->good && answer_init(node, peer, job)) {
		attempt->state = WIRE_ATTEMPT_ANSWERED;
		attempt->send = true;
		attempt->timeout_us = now_us + node->settings.confirm_timeout_us;
	} else if (job->kind == WIRE_JOB_FINISH && job->good && finish_resp(node, peer, job)) {
		attempt->state = WIRE_ATTEMPT_CONFIRMING;
		attempt->timeout_us = now_us + node->settings.confirm_timeout_us;
		attempt->repeat_us = now_us;
	} else {
		fail_attempt(node, peer);
	}
}

static bool wants_attempt(const struct wire_node *node, const struct wire_peer *peer)
{
	return !peer->removing && ((peer->wanted && !peer->up) || wire_wants_rekey(node, peer));
}

static bool begin_attempt(struct wire_node *node, struct wire_peer *peer)
{
	uint64_t now_us = node->clock.now_us;
	struct wire_attempt *attempt = &peer->attempt;
	if (!wants_attempt(node, peer) || now_us < peer->retry_us ||
	    now_us < peer->banned_until_us) {
		return false;
	}
	wire_forget_attempt(node, peer);
	if (!wire_make_random(node, attempt->nonce, sizeof attempt->nonce)) {
		return false;
	}
	attempt->initiator = true;
	attempt->state = WIRE_ATTEMPT_HELLO;
	attempt->timeout_us = now_us + node->settings.hello_timeout_us;
	attempt->repeat_us = now_us;
	return true;
}

static bool send_hello1(struct wire_node *node, struct wire_peer *peer, uint8_t *out,
			struct wire_effect *effect)
{
	struct wire_question question = {.roster_version = node->roster_version};
	__builtin_memcpy(question.nonce, peer->attempt.nonce, WIRE_NONCE_BYTES);
	__builtin_memcpy(question.target, peer->id, WIRE_SHORT_ID_BYTES);
	peer->attempt.repeat_us = node->clock.now_us + node->settings.hello_repeat_us;
	*effect = (struct wire_effect){.kind = WIRE_EFFECT_SEND,
				       .peer = peer->number,
				       .frame = out,
				       .bytes = write_hello(node, out, WIRE_HELLO1, &question),
				       .broadcast = !peer->up,
				       .address = peer->address};
	return effect->bytes != 0;
}

static bool send_shake(struct wire_node *node, struct wire_peer *peer, uint8_t *out,
		       struct wire_effect *effect)
{
	struct wire_attempt *attempt = &peer->attempt;
	size_t bytes = WIRE_RESP_BYTES;
	attempt->send = false;
	if (attempt->initiator) {
		bytes = WIRE_INIT_BYTES;
		attempt->state = WIRE_ATTEMPT_SENT;
		attempt->timeout_us = node->clock.now_us + node->settings.init_timeout_us;
		if (!write_init(node, peer, out)) {
			fail_attempt(node, peer);
			return false;
		}
	} else {
		__builtin_memcpy(out, attempt->frame, bytes);
	}
	*effect = (struct wire_effect){.kind = WIRE_EFFECT_SEND,
				       .peer = peer->number,
				       .frame = out,
				       .bytes = bytes,
				       .address = attempt->address};
	return true;
}

/* The first frame with the new keys: a probe, until the peer uses them, too. */
static bool send_confirmation(struct wire_node *node, struct wire_peer *peer, uint8_t *out,
			      struct wire_effect *effect)
{
	struct wire_attempt *attempt = &peer->attempt;
	struct wire_writer writer =
		wire_writer(out + WIRE_INDEXED_HEADER_BYTES, WIRE_RECORD_HEADER_BYTES);
	uint64_t *counter = attempt->rekey ? &peer->transport.counter_next : &attempt->counter;
	attempt->repeat_us = node->clock.now_us + node->settings.confirm_repeat_us;
	wire_encode_record(&writer, WIRE_KIND_PROBE, WIRE_FLAG_MUST, 0);
	return wire_seal_frame(node, peer, &attempt->keys, (*counter)++, &attempt->address, out,
			       WIRE_RECORD_HEADER_BYTES, effect);
}

static bool give_job(struct wire_node *node, struct wire_peer *peer, struct wire_effect *effect)
{
	struct wire_attempt *attempt = &peer->attempt;
	struct wire_job *job = &node->job;
	bool share = peer->share_wanted;
	*job = (struct wire_job){.peer = peer->number,
				 .ticket = peer->ticket,
				 .kind = share ? WIRE_JOB_SHARE : peer->job_kind};
	__builtin_memcpy(job->peer_static, peer->public_key, WIRE_PUBLIC_BYTES);
	if (share) {
		peer->share_wanted = false;
	} else {
		peer->job_wanted = false;
		__builtin_memcpy(job->peer_ephemeral, attempt->peer_ephemeral, WIRE_PUBLIC_BYTES);
		__builtin_memcpy(job->private_key, attempt->private_key, WIRE_PRIVATE_BYTES);
	}
	node->job_given = true;
	node->counters.jobs++;
	*effect =
		(struct wire_effect){.kind = WIRE_EFFECT_COMPUTE, .peer = peer->number, .job = job};
	return true;
}

bool wire_handshake_effect(struct wire_node *node, struct wire_peer *peer, uint8_t *out,
			   struct wire_effect *effect)
{
	struct wire_attempt *attempt = &peer->attempt;
	uint64_t now_us = node->clock.now_us;
	if (peer->share_wanted || peer->job_wanted) {
		return give_job(node, peer, effect);
	}
	if (attempt->state == WIRE_ATTEMPT_NONE && !begin_attempt(node, peer)) {
		return false;
	}
	if (now_us >= attempt->timeout_us) {
		fail_attempt(node, peer);
		return false;
	}
	if (attempt->state == WIRE_ATTEMPT_HELLO && now_us >= attempt->repeat_us) {
		return send_hello1(node, peer, out, effect);
	}
	if (attempt->state == WIRE_ATTEMPT_KEYING && attempt->offered && peer->share_known) {
		return send_shake(node, peer, out, effect);
	}
	if (attempt->state == WIRE_ATTEMPT_ANSWERED && attempt->send) {
		return send_shake(node, peer, out, effect);
	}
	if (attempt->state == WIRE_ATTEMPT_CONFIRMING && now_us >= attempt->repeat_us) {
		return send_confirmation(node, peer, out, effect);
	}
	return false;
}

uint64_t wire_handshake_deadline(const struct wire_node *node, const struct wire_peer *peer)
{
	const struct wire_attempt *attempt = &peer->attempt;
	if (attempt->state == WIRE_ATTEMPT_NONE) {
		if (!wants_attempt(node, peer)) {
			return wire_rekey_deadline(node, peer);
		}
		return peer->retry_us > peer->banned_until_us ? peer->retry_us
							      : peer->banned_until_us;
	}
	bool repeats =
		attempt->state == WIRE_ATTEMPT_HELLO || attempt->state == WIRE_ATTEMPT_CONFIRMING;
	return repeats && attempt->repeat_us < attempt->timeout_us ? attempt->repeat_us
								   : attempt->timeout_us;
}
