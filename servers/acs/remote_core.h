/*
 * Names of other nodes: which are to be asked for, which port each is, which nobody has.  Pure:
 * the time is passed in, port rights are numbers, and what is to be done is fetched.  The caller
 * holds a lock over all of it.
 *
 * A name: ASK, ASKED when the network server was told, and then FOUND, with a right that is kept
 * until the port dies or nobody has looked it up for REMOTE_KEEP_MS; or MISSING for REMOTE_MISS_MS.
 * If somebody waits for a missing name, it is asked for again, each time after twice as long.  One
 * that nobody waits for, or looks up, is forgotten.
 */
#pragma once

#include "registry_core.h"

#define REMOTE_NAMES_MAX  128 /* GNS_QUESTIONS */
#define REMOTE_KEEP_MS    60000
#define REMOTE_MISS_MS    2000
#define REMOTE_AGAIN_MS   1000 /* until a missing name is asked for again, at first */
#define REMOTE_AGAIN_MAX  8000
#define REMOTE_ROUND_MS   6000 /* the network server answers within it (GNS_RESOLVE_MS) */
#define REMOTE_UNSENT_MS  20   /* until it is told again what its queue had no room for */
#define REMOTE_OWNER_NONE 0xffffu

enum remote_state {
	REMOTE_FREE,
	REMOTE_ASK,
	REMOTE_ASKED,
	REMOTE_FOUND,
	REMOTE_MISSING,
};

struct remote_name {
	char name[ACS_NAME_BYTES];
	uint16_t place; /* as in registry_wish, but not HERE */
	uint16_t owner; /* FOUND: the member's place */
	enum remote_state state;
	uint32_t serial;   /* of the question, above the place in the table */
	uint32_t port;     /* FOUND */
	uint64_t time_ms;  /* until which it stays what it is; ASK: from which it may be sent */
	uint64_t again_ms; /* MISSING: when it is asked for again, if somebody waits */
	uint32_t gap_ms;
	bool waited_for; /* MISSING: somebody does, so it is not forgotten before that */
};

struct remote {
	bool network; /* there is somebody to ask */
	struct remote_name names[REMOTE_NAMES_MAX];
};

/*
 * What is known of a name; one that is not known is to be asked for from now on.
 * FOUND: *port, which the caller may use while it holds the lock.  ASKED: it is under way, or will
 * be when there is a network server.  MISSING: nobody had it a moment ago.  FREE: no place is left;
 * if remote_next_due gives something now, there is one then.
 */
enum remote_state remote_look_up(struct remote *remote, const struct registry *registry,
				 const char name[ACS_NAME_BYTES], uint16_t place, uint64_t now_ms,
				 uint32_t *port);

struct remote_question {
	uint32_t number;
	const char *name;
	uint16_t place;
};

/* The next question for the network server; false: none now. */
bool remote_next_question(struct remote *remote, uint64_t now_ms, struct remote_question *question);

/* It could not be told. */
void remote_not_sent(struct remote *remote, uint32_t number, uint64_t now_ms);

/* The open question of that number, or null. */
struct remote_name *remote_find(struct remote *remote, uint32_t number);

/* The answer: FOUND with a port, which is the table's from now on, or, port 0, MISSING. */
void remote_settle(struct remote_name *name, uint32_t port, uint16_t owner, uint64_t now_ms);

/*
 * The network server came or went.  What the former one was asked is to be asked again; if there is
 * none, who waits for it is told, unless it has patience.
 */
void remote_set_network(struct remote *remote, struct registry *registry, bool network,
			uint64_t now_ms);

/* A port died: forgets its names, and says how many rights the table had. */
unsigned int remote_port_died(struct remote *remote, uint32_t port);

/*
 * What time brings, one thing after the other: REMOTE_FOUND: *port is a right to be given back;
 * REMOTE_MISSING: who waits for *settled is to be told that nobody has it; REMOTE_FREE: no more.
 */
enum remote_state remote_next_due(struct remote *remote, const struct registry *registry,
				  uint64_t now_ms, uint32_t *port,
				  const struct remote_name **settled);

/* When something may be due again; questions that wait to be sent are the caller's to think of. */
uint64_t remote_next_deadline(const struct remote *remote);
