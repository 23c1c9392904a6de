/* Names across nodes. */
#include "names_core.h"

const struct wire_names_settings wire_names_default_settings = {
	.repeat_us = 333000,
	.repeats = 3,
	.limit_us = 1000000,
	.longest_us = 4500000,
	.settle_us = 200000,
};

void wire_names_start(struct wire_names *names, struct wire_node *node,
		      const struct wire_names_settings *settings)
{
	*names = (struct wire_names){.node = node, .settings = *settings};
}

static uint64_t now_of(const struct wire_names *names)
{
	return names->node->clock.now_us;
}

static bool same_name(const char left[WIRE_NAME_BYTES], const char right[WIRE_NAME_BYTES])
{
	return __builtin_memcmp(left, right, WIRE_NAME_BYTES) == 0;
}

/* --- what this node has */

static struct wire_published *find_published(struct wire_names *names,
					     const char name[WIRE_NAME_BYTES])
{
	for (uint32_t i = 0; i < WIRE_PUBLISHED_MAX; i++) {
		if (same_name(names->published[i].name, name)) {
			return &names->published[i];
		}
	}
	return NULL;
}

uint32_t wire_names_publish(struct wire_names *names, const char name[WIRE_NAME_BYTES],
			    bool cluster, uint32_t port)
{
	static const char none[WIRE_NAME_BYTES];
	uint32_t former = wire_names_withdraw(names, name);
	struct wire_published *entry = name[0] != 0 ? find_published(names, none) : NULL;
	if (entry == NULL) {
		return port; /* and then there was no former one */
	}
	__builtin_memcpy(entry->name, name, WIRE_NAME_BYTES);
	entry->cluster = cluster;
	entry->port = port;
	return former;
}

uint32_t wire_names_withdraw(struct wire_names *names, const char name[WIRE_NAME_BYTES])
{
	struct wire_published *entry = name[0] != 0 ? find_published(names, name) : NULL;
	uint32_t port = 0;
	if (entry != NULL) {
		port = entry->port;
		*entry = (struct wire_published){.port = 0};
	}
	return port;
}

/* --- effects that an event has at once */

static struct wire_names_effect *tell(struct wire_names *names, enum wire_names_effect_kind kind,
				      uint32_t peer)
{
	names->told = true;
	names->here = false;
	names->tell = (struct wire_names_effect){.kind = kind, .peer = peer};
	return &names->tell;
}

static void tell_answer_none(struct wire_names *names, uint32_t peer,
			     const uint8_t nonce[WIRE_NONCE_BYTES])
{
	struct wire_names_effect *effect = tell(names, WIRE_NAMES_SAY, peer);
	struct wire_name_answer answer = {.found = false};
	uint8_t bytes[WIRE_NAME_ANSWER_BYTES_MAX];
	__builtin_memcpy(answer.nonce, nonce, WIRE_NONCE_BYTES);
	effect->item = WIRE_KIND_NAME_ANSWER;
	effect->bytes = wire_encode_name_answer(bytes, &answer);
	__builtin_memcpy(effect->body, bytes, effect->bytes);
}

static void close_question(struct wire_names *names, struct wire_name_question *question)
{
	question->used = false;
	names->open--;
}

static void end_missing(struct wire_names *names, struct wire_name_question *question,
			struct wire_names_effect *effect)
{
	*effect =
		(struct wire_names_effect){.kind = WIRE_NAMES_MISSING, .number = question->number};
	close_question(names, question);
	names->counters.missed++;
}

/* --- what it asks */

void wire_names_ask(struct wire_names *names, uint32_t number, uint8_t what,
		    const char name[WIRE_NAME_BYTES], const uint32_t *peers, uint32_t count)
{
	struct wire_name_question *question = &names->questions[number % WIRE_QUESTIONS_MAX];
	bool direct = what != WIRE_WHAT_CLUSTER;
	names->open += !question->used;
	*question = (struct wire_name_question){.used = true,
						.number = number,
						.what = what,
						.begun_us = now_of(names),
						.repeat_us = direct ? WIRE_NEVER : now_of(names),
						.settle_us = direct ? now_of(names) : WIRE_NEVER};
	__builtin_memcpy(question->name, name, WIRE_NAME_BYTES);
	if (!wire_make_nonce(names->node, question->nonce)) {
		question->repeat_us = question->settle_us = WIRE_NEVER; /* it ends with its time */
	}
	for (; question->count < count && question->count < WIRE_CANDIDATES_MAX;
	     question->count++) {
		question->candidates[question->count] = (struct wire_candidate){
			peers[question->count],
			direct ? WIRE_CANDIDATE_HERE : WIRE_CANDIDATE_SILENT};
	}
	question->asking = question->count;
	names->due = true;
}

/* The best candidate that has the name as far as we know; count: none. */
static uint32_t find_best(const struct wire_name_question *question)
{
	uint32_t best = 0;
	while (best < question->count && question->candidates[best].state != WIRE_CANDIDATE_HERE) {
		best++;
	}
	return best;
}

/* That candidate has not got it: the next one, if there is one. */
static void give_up_candidate(struct wire_names *names, struct wire_name_question *question)
{
	question->candidates[question->asking].state = WIRE_CANDIDATE_NO;
	question->asking = question->count;
	question->asked = false;
	question->settle_us = find_best(question) < question->count ? now_of(names) : WIRE_NEVER;
	names->due = true;
}

/* No candidate may have it any more. */
static bool is_hopeless(const struct wire_name_question *question)
{
	uint32_t no = 0;
	while (no < question->count && question->candidates[no].state == WIRE_CANDIDATE_NO) {
		no++;
	}
	return no == question->count;
}

/* Nothing more can be waited for.  A node that answers may be slow to calculate. */
static bool is_over(const struct wire_names *names, const struct wire_name_question *question)
{
	uint64_t passed_us = now_of(names) - question->begun_us;
	bool met = question->asking < question->count &&
		   (question->what == WIRE_WHAT_CLUSTER ||
		    wire_is_met(names->node, question->candidates[question->asking].peer));
	/* Somebody has just said that it is there. */
	met = met || (question->asking == question->count && question->settle_us != WIRE_NEVER);
	return is_hopeless(question) || passed_us >= names->settings.longest_us ||
	       (passed_us >= names->settings.limit_us && !met);
}

/* RESOLVE, to all. */
static bool broadcast(struct wire_names *names, struct wire_name_question *question, uint8_t *out,
		      struct wire_names_effect *effect)
{
	struct wire_resolve resolve = {.mode = WIRE_RESOLVE_ANYWHERE};
	__builtin_memcpy(resolve.nonce, question->nonce, WIRE_NONCE_BYTES);
	__builtin_memcpy(resolve.name, question->name, WIRE_NAME_BYTES);
	question->broadcasts++;
	question->repeat_us = question->broadcasts < names->settings.repeats
				      ? now_of(names) + names->settings.repeat_us
				      : WIRE_NEVER;
	*effect = (struct wire_names_effect){
		.kind = WIRE_NAMES_SEND,
		.frame = out,
		.bytes = wire_write_resolve(names->node, out, WIRE_RESOLVE, &resolve),
		.broadcast = true};
	names->counters.broadcasts++;
	return effect->bytes != 0;
}

/* NAME_ASK, to the candidate that is asked. */
static bool ask(struct wire_names *names, struct wire_name_question *question,
		struct wire_names_effect *effect)
{
	struct wire_name_ask ask = {.what = question->what};
	__builtin_memcpy(ask.nonce, question->nonce, WIRE_NONCE_BYTES);
	__builtin_memcpy(ask.name, question->name, WIRE_NAME_BYTES);
	*effect = (struct wire_names_effect){.kind = WIRE_NAMES_SAY,
					     .peer = question->candidates[question->asking].peer,
					     .item = WIRE_KIND_NAME_ASK,
					     .bytes = WIRE_NAME_ASK_BYTES};
	wire_encode_name_ask(effect->body, &ask);
	question->asked = true;
	names->counters.asked++;
	return true;
}

/* Chooses whom to ask, and makes sure of an association with it. */
static void choose(struct wire_names *names, struct wire_name_question *question)
{
	question->settle_us = WIRE_NEVER;
	question->asking = find_best(question);
	question->asking_us = now_of(names);
	question->asked = false;
	if (question->asking < question->count) {
		wire_connect(names->node, question->candidates[question->asking].peer);
	}
}

/* What is to be done for a question now; true: an effect. */
static bool step(struct wire_names *names, struct wire_name_question *question, uint8_t *out,
		 struct wire_names_effect *effect)
{
	uint64_t now_us = now_of(names);
	if (question->asking < question->count && !question->asked &&
	    now_us - question->asking_us >= names->settings.limit_us &&
	    !wire_is_met(names->node, question->candidates[question->asking].peer)) {
		give_up_candidate(names, question);
	}
	if (question->asking == question->count && question->settle_us <= now_us) {
		choose(names, question);
	}
	if (is_over(names, question)) {
		end_missing(names, question, effect);
		return true;
	}
	if (question->asking < question->count) {
		return !question->asked &&
		       wire_is_up(names->node, question->candidates[question->asking].peer) &&
		       ask(names, question, effect);
	}
	return question->repeat_us <= now_us && broadcast(names, question, out, effect);
}

/* --- frames */

/* Somebody asks all: if we have it, we say so. */
static void take_resolve(struct wire_names *names, const struct wire_effect *effect)
{
	struct wire_published *entry = find_published(names, effect->resolve->name);
	if (entry == NULL || !entry->cluster) {
		return;
	}
	struct wire_names_effect *send = tell(names, WIRE_NAMES_SEND, effect->peer);
	send->address = effect->address;
	__builtin_memcpy(send->nonce, effect->resolve->nonce, WIRE_NONCE_BYTES);
	names->here = true;
}

static struct wire_name_question *find_question(struct wire_names *names,
						const uint8_t nonce[WIRE_NONCE_BYTES])
{
	for (uint32_t i = 0; i < WIRE_QUESTIONS_MAX; i++) {
		if (names->questions[i].used &&
		    names->node->suite->match(names->questions[i].nonce, nonce, WIRE_NONCE_BYTES)) {
			return &names->questions[i];
		}
	}
	return NULL;
}

/* How long the better candidates have for their say: none, if there are none that may have one. */
static uint64_t settle_time(const struct wire_names *names,
			    const struct wire_name_question *question, uint32_t best)
{
	for (uint32_t i = 0; i < best; i++) {
		if (question->candidates[i].state == WIRE_CANDIDATE_SILENT) {
			return names->settings.settle_us;
		}
	}
	return 0;
}

/* Somebody says that it has what we ask for.  Anybody can say so: a wrong hint costs a question. */
static void take_here(struct wire_names *names, const struct wire_effect *effect)
{
	struct wire_name_question *question = find_question(names, effect->resolve->nonce);
	uint32_t i = 0;
	if (question == NULL || question->what != WIRE_WHAT_CLUSTER) {
		return;
	}
	while (i < question->count && question->candidates[i].peer != effect->peer) {
		i++;
	}
	if (i == question->count) {
		names->counters.unlicensed++;
		struct wire_names_effect *log = tell(names, WIRE_NAMES_UNLICENSED, effect->peer);
		__builtin_memcpy(log->name, question->name, WIRE_NAME_BYTES);
		return;
	}
	names->counters.hints++;
	if (question->candidates[i].state != WIRE_CANDIDATE_SILENT) {
		return;
	}
	question->candidates[i].state = WIRE_CANDIDATE_HERE;
	uint64_t at_us = now_of(names) + settle_time(names, question, find_best(question));
	if (question->asking == question->count && at_us < question->settle_us) {
		question->settle_us = at_us;
		/* One question more for those whose copy was lost. */
		uint64_t again_us = now_of(names) + names->settings.settle_us / 2;
		question->repeat_us = again_us < at_us ? again_us : question->repeat_us;
	}
	names->due = true;
}

void wire_names_named(struct wire_names *names, const struct wire_effect *effect)
{
	if (effect->type == WIRE_RESOLVE) {
		take_resolve(names, effect);
	} else {
		take_here(names, effect);
	}
}

/* --- items of an association */

static void take_ask(struct wire_names *names, uint32_t peer, const struct wire_name_ask *ask)
{
	struct wire_names_effect *effect = NULL;
	struct wire_published *entry =
		ask->what != WIRE_WHAT_ACS ? find_published(names, ask->name) : NULL;
	names->counters.answered++;
	if (ask->what == WIRE_WHAT_ACS) {
		effect = tell(names, WIRE_NAMES_OFFER_ACS, peer);
	} else if (entry != NULL && (entry->cluster || ask->what == WIRE_WHAT_NODE)) {
		effect = tell(names, WIRE_NAMES_OFFER, peer);
		effect->port = entry->port;
	} else {
		tell_answer_none(names, peer, ask->nonce);
		return;
	}
	__builtin_memcpy(effect->nonce, ask->nonce, WIRE_NONCE_BYTES);
}

static void take_answer(struct wire_names *names, uint32_t peer,
			const struct wire_name_answer *answer)
{
	struct wire_name_question *question = find_question(names, answer->nonce);
	struct wire_names_effect *effect = NULL;
	bool wanted = question != NULL && question->asked &&
		      question->candidates[question->asking].peer == peer;
	if (wanted && !answer->found) {
		give_up_candidate(names, question);
		return;
	}
	if (!wanted) {
		names->counters.strays++;
		if (!answer->found) {
			return;
		}
	}
	effect = tell(names, wanted ? WIRE_NAMES_FOUND : WIRE_NAMES_STRAY, peer);
	effect->descriptor = answer->descriptor;
	if (wanted) {
		effect->number = question->number;
		close_question(names, question);
		names->counters.found++;
	}
}

bool wire_names_item(struct wire_names *names, uint32_t peer, uint8_t kind, const uint8_t *body,
		     size_t bytes)
{
	struct wire_name_ask ask;
	struct wire_name_answer answer;
	if (kind == WIRE_KIND_NAME_ASK && wire_decode_name_ask(body, bytes, &ask)) {
		take_ask(names, peer, &ask);
		return true;
	}
	if (kind == WIRE_KIND_NAME_ANSWER && wire_decode_name_answer(body, bytes, &answer)) {
		take_answer(names, peer, &answer);
		return true;
	}
	return false;
}

/* --- associations and time */

void wire_names_up(struct wire_names *names, uint32_t peer)
{
	(void)peer;
	names->due = true;
}

/* Who is being asked there: its answer will not come. */
static bool is_asked(const struct wire_name_question *question, uint32_t peer)
{
	return question->used && question->asking < question->count &&
	       question->candidates[question->asking].peer == peer;
}

void wire_names_down(struct wire_names *names, uint32_t peer)
{
	for (uint32_t i = 0; i < WIRE_QUESTIONS_MAX; i++) {
		if (is_asked(&names->questions[i], peer)) {
			names->questions[i].asked = false;
			names->questions[i].asking_us = now_of(names);
			wire_connect(names->node, peer);
		}
	}
	names->due = true;
}

void wire_names_unreachable(struct wire_names *names, uint32_t peer)
{
	for (uint32_t i = 0; i < WIRE_QUESTIONS_MAX; i++) {
		if (is_asked(&names->questions[i], peer)) {
			give_up_candidate(names, &names->questions[i]);
		}
	}
}

void wire_names_time(struct wire_names *names)
{
	names->due = true;
}

static bool write_here(struct wire_names *names, uint8_t *out, struct wire_names_effect *effect)
{
	struct wire_resolve resolve = {.mode = 0};
	__builtin_memcpy(resolve.nonce, effect->nonce, WIRE_NONCE_BYTES);
	__builtin_memcpy(resolve.target, names->node->peers[effect->peer].id, WIRE_SHORT_ID_BYTES);
	effect->frame = out;
	effect->bytes = wire_write_resolve(names->node, out, WIRE_HERE, &resolve);
	return effect->bytes != 0;
}

bool wire_names_effect(struct wire_names *names, uint8_t *out, struct wire_names_effect *effect)
{
	if (names->told) {
		names->told = false;
		*effect = names->tell;
		if (!names->here || write_here(names, out, effect)) {
			return true;
		}
	}
	for (uint32_t i = 0; names->due && names->open != 0 && i < WIRE_QUESTIONS_MAX; i++) {
		if (names->questions[i].used && step(names, &names->questions[i], out, effect)) {
			return true;
		}
	}
	names->due = false;
	return false;
}

static uint64_t sooner(uint64_t left, uint64_t right)
{
	return left < right ? left : right;
}

uint64_t wire_names_deadline(const struct wire_names *names)
{
	uint64_t deadline_us = WIRE_NEVER, now_us = now_of(names);
	for (uint32_t i = 0; names->open != 0 && i < WIRE_QUESTIONS_MAX; i++) {
		const struct wire_name_question *question = &names->questions[i];
		if (!question->used) {
			continue;
		}
		uint64_t limit_us = question->begun_us + names->settings.limit_us;
		/* After it, whether the other side answers is looked at again and again. */
		limit_us = limit_us > now_us ? limit_us : now_us + names->settings.settle_us;
		deadline_us = sooner(deadline_us, sooner(limit_us, question->settle_us));
		if (question->asking == question->count) {
			deadline_us = sooner(deadline_us, question->repeat_us);
		} else if (!question->asked) {
			uint64_t met_us = question->asking_us + names->settings.limit_us;
			deadline_us = sooner(deadline_us, met_us > now_us ? met_us : limit_us);
		}
	}
	return deadline_us == WIRE_NEVER ? WIRE_NEVER : deadline_us + names->node->clock.lost_us;
}
