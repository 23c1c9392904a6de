/*
 * Names across nodes, of one node: what it has, what others ask for, and what it asks others.
 *
 * A question for a node's own name goes to that node, inside an association.  One for a name of the
 * cluster is broadcast first (RESOLVE); who has it says so (HERE), which is no more than a hint;
 * the best of those who have a licence is asked inside an association, and what it answers there is
 * the binding.  Every question ends: with a right, or with "nobody".
 *
 * Events go in, effects come out one at a time (wire_names_effect), after every event until there
 * are none.  wire_names also acts on the node itself: it connects.
 */
#pragma once

#include "node_core.h"

#define WIRE_QUESTIONS_MAX  128 /* open at a time; a number's remainder is its place */
#define WIRE_PUBLISHED_MAX  80
#define WIRE_CANDIDATES_MAX 16

struct wire_names_settings {
	uint64_t repeat_us;  /* RESOLVE */
	uint32_t repeats;    /* ... so often in all */
	uint64_t limit_us;   /* "nobody", if nobody was met */
	uint64_t longest_us; /* ... in any case */
	uint64_t settle_us;  /* until better candidates have had their say */
};

extern const struct wire_names_settings wire_names_default_settings;

struct wire_published {
	char name[WIRE_NAME_BYTES]; /* [0] == 0: a free place */
	bool cluster;               /* also for who asks without a node */
	uint32_t port;
};

enum wire_candidate_state {
	WIRE_CANDIDATE_SILENT,
	WIRE_CANDIDATE_HERE, /* it has the name, or so it seems */
	WIRE_CANDIDATE_NO,   /* it has not, or is not there */
};

struct wire_candidate {
	uint32_t peer;
	enum wire_candidate_state state;
};

struct wire_name_question {
	bool used;
	uint32_t number;
	uint8_t what;
	char name[WIRE_NAME_BYTES];
	uint8_t nonce[WIRE_NONCE_BYTES];
	struct wire_candidate candidates[WIRE_CANDIDATES_MAX]; /* the best first */
	uint32_t count;
	uint32_t broadcasts; /* RESOLVEs so far */
	uint64_t begun_us;
	uint64_t repeat_us; /* when the next RESOLVE goes; WIRE_NEVER: none more */
	uint64_t settle_us; /* when the best of those that are HERE is asked; WIRE_NEVER: not yet */
	uint32_t asking;    /* candidate; == count: none */
	uint64_t asking_us; /* since when */
	bool asked;         /* in the association that is up */
};

#define WIRE_NAMES_COUNTERS(COUNTER)                                                               \
	COUNTER(broadcasts, "questions to all")                                                    \
	COUNTER(hints, "nodes that said that they have it")                                        \
	COUNTER(asked, "questions to one")                                                         \
	COUNTER(answered, "questions of others")                                                   \
	COUNTER(found, "found")                                                                    \
	COUNTER(missed, "that nobody has")                                                         \
	COUNTER(unlicensed, "claims without a licence")                                            \
	COUNTER(strays, "answers that nobody waited for")

struct wire_names_counters {
#define WIRE_NAMES_COUNTER_FIELD(name, text) uint64_t name;
	WIRE_NAMES_COUNTERS(WIRE_NAMES_COUNTER_FIELD)
#undef WIRE_NAMES_COUNTER_FIELD
};

enum wire_names_effect_kind {
	WIRE_NAMES_SEND,       /* frame, bytes; to address, or to all if broadcast */
	WIRE_NAMES_SAY,        /* peer, item, body, bytes: on the stream of WIRE_EXPORT_GNS */
	WIRE_NAMES_OFFER,      /* peer, nonce, port: give it that right, in a NAME_ANSWER */
	WIRE_NAMES_OFFER_ACS,  /* peer, nonce: likewise the ACS's port for it */
	WIRE_NAMES_FOUND,      /* number, peer, descriptor: a right came; the question is over */
	WIRE_NAMES_STRAY,      /* peer, descriptor: a right came that nobody wants */
	WIRE_NAMES_MISSING,    /* number: nobody has it; the question is over */
	WIRE_NAMES_UNLICENSED, /* peer, name: it seems to claim a name that is not its */
};

struct wire_names_effect {
	enum wire_names_effect_kind kind;
	uint32_t peer, number, port;
	uint8_t *frame;
	size_t bytes;
	bool broadcast;
	struct wire_address address;
	uint8_t item;
	uint8_t body[WIRE_NAME_ASK_BYTES];
	uint8_t nonce[WIRE_NONCE_BYTES];
	char name[WIRE_NAME_BYTES];
	struct wire_descriptor descriptor;
};

struct wire_names {
	struct wire_node *node;
	struct wire_names_settings settings;
	struct wire_name_question questions[WIRE_QUESTIONS_MAX];
	struct wire_published published[WIRE_PUBLISHED_MAX];
	uint32_t open; /* questions in use */
	bool due;      /* ... are to be looked at */
	/* What the last event brought, beside that. */
	bool told;
	struct wire_names_effect tell;
	bool here; /* the effect is a HERE: to "address", for "nonce" */
	struct wire_names_counters counters;
};

void wire_names_start(struct wire_names *names, struct wire_node *node,
		      const struct wire_names_settings *settings);

/* --- what this node has */

/* A right that is the table's from now on; returns one that is given back: the name's former, or
   this one, if there is no room; 0: none. */
uint32_t wire_names_publish(struct wire_names *names, const char name[WIRE_NAME_BYTES],
			    bool cluster, uint32_t port);
uint32_t wire_names_withdraw(struct wire_names *names, const char name[WIRE_NAME_BYTES]);

/* --- what it asks; the time is the node's clock */

/*
 * A question; one with the same place is forgotten.  what, name: as in NAME_ASK; candidates: the
 * peers that may answer, the best first (one, but for WIRE_WHAT_CLUSTER).
 */
void wire_names_ask(struct wire_names *names, uint32_t number, uint8_t what,
		    const char name[WIRE_NAME_BYTES], const uint32_t *peers, uint32_t count);

/* --- events */

void wire_names_named(struct wire_names *names, const struct wire_effect *effect);

/* A NAME_ASK or NAME_ANSWER.  False: against the protocol. */
bool wire_names_item(struct wire_names *names, uint32_t peer, uint8_t kind, const uint8_t *body,
		     size_t bytes);

/* The association is up or down, or could not be made. */
void wire_names_up(struct wire_names *names, uint32_t peer);
void wire_names_down(struct wire_names *names, uint32_t peer);
void wire_names_unreachable(struct wire_names *names, uint32_t peer);

/* Time has passed. */
void wire_names_time(struct wire_names *names);

/* "out" as in wire_next_effect. */
bool wire_names_effect(struct wire_names *names, uint8_t *out, struct wire_names_effect *effect);

/* When wire_names_time is to be called, or WIRE_NEVER. */
uint64_t wire_names_deadline(const struct wire_names *names);
