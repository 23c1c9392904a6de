/*
 * Who is registered under which name, and who waits for whom: the state and the rules of the ACS.
 * Pure: port rights are numbers here, the time is passed in, and what is to be answered is fetched
 * with registry_next_answer.  The caller holds a lock over all of it.
 *
 * A server: unknown to this node until it is in the roster (registry_add); NEVER until the process
 * server starts it; EXPECTED from registry_start on, with a new generation each time, which makes
 * what an older generation holds void; REGISTERED; DEAD when a port of it dies.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <masix/acs.h>

#define REGISTRY_SERVERS_MAX   65 /* the roster's, and the process server */
#define REGISTRY_WAITERS_MAX   1024
#define REGISTRY_QUESTIONS_MAX 256

#define REGISTRY_STATE_NEVER 0 /* beside ACS_STATE_* */

/* Where a name is asked for: on this node alone, on whichever has a licence (this one first), or
   on the member of the roster with that place. */
#define REGISTRY_HERE     0xffffu
#define REGISTRY_ANYWHERE 0xfffeu

struct registry_server {
	char name[ACS_NAME_BYTES];
	uint32_t state;
	uint32_t generation;
	uint64_t task_number; /* of the task that was started */
	acs_digest_t digest;  /* ... and its measured image */
	uint32_t client;      /* its ports; 0: none */
	uint32_t trusted;
	uint32_t look_ups;
};

/* Two ports that are no longer used, to be given back; 0: none. */
struct registry_ports {
	uint32_t client;
	uint32_t trusted;
};

/* What one client has waiting; zero at first. */
struct registry_client {
	unsigned int waiting;
};

struct registry_waiter {
	uint32_t serial; /* odd while it is used; of the handle */
	uint32_t answer;
	uint64_t deadline_ms;
	uint32_t tag;
	uint64_t patience_ms; /* the deadline after "nobody has it", if that is before it */
	struct registry_client *client;
	uint16_t question; /* index + 1; 0: it is ready */
	uint16_t next;     /* of the same question, or ready; index + 1 */
	kern_return_t result;
	uint32_t port;
};

/* A name that somebody waits for: equal questions are one. */
struct registry_question {
	char name[ACS_NAME_BYTES];
	uint16_t place;
	uint16_t first; /* waiter, index + 1; 0: a free place */
};

struct registry {
	unsigned int server_count;
	uint64_t next_deadline_ms; /* of all waiters, or earlier */
	uint16_t ready;            /* first and last waiter to be answered, index + 1 */
	uint16_t last_ready;
	struct registry_server servers[REGISTRY_SERVERS_MAX];
	struct registry_question questions[REGISTRY_QUESTIONS_MAX];
	struct registry_waiter waiters[REGISTRY_WAITERS_MAX];
};

void registry_begin(struct registry *registry);

/* A server that may be; false: there is no place, or it is there. */
bool registry_add(struct registry *registry, const char name[ACS_NAME_BYTES]);

/* By name; null: it is not known. */
struct registry_server *registry_find(struct registry *registry, const char name[ACS_NAME_BYTES]);

/*
 * The server was started: what it was before is void, and its old ports are to be given back.
 * Returns the generation.
 */
uint32_t registry_start(struct registry_server *server, uint64_t task_number,
			const acs_digest_t digest, struct registry_ports *void_ports);

/* What somebody claims who registers, and what the kernel says of the two ports. */
struct registry_claim {
	const char *name; /* ACS_NAME_BYTES of it */
	uint32_t generation;
	uint32_t client;
	uint32_t trusted;
	uint64_t client_owner; /* task numbers; 0: no task receives */
	uint64_t trusted_owner;
	acs_digest_t client_digest;
	acs_digest_t trusted_digest;
};

/*
 * Whether this is the server that was started.
 *	KERN_INVALID_ARGUMENT	of an older generation; one port for both, or none
 *	ACS_ALREADY_REGISTERED ACS_WRONG_NAME ACS_WRONG_OWNER ACS_WRONG_DIGEST
 */
kern_return_t registry_check_claim(const struct registry_server *server,
				   const struct registry_claim *claim);

/* Registers what was checked; who waits for the name is ready to be answered. */
void registry_register(struct registry *registry, struct registry_server *server, uint32_t client,
		       uint32_t trusted);

/* A port died: the server it was of is dead.  Null: it is no registered server's. */
struct registry_server *registry_port_died(struct registry *registry, uint32_t port,
					   struct registry_ports *void_ports);

/* The client port of a server that is registered here; ACS_NAME_NOT_FOUND: not now. */
kern_return_t registry_look_up(struct registry *registry, const char name[ACS_NAME_BYTES],
			       uint32_t *port);

/*
 * Waits for a name until deadline_ms; if it is asked for on other nodes and nobody has it, until
 * patience_ms alone (not after the deadline).  The waiter's handle is not 0; registry_set_answer,
 * under the same lock, says who is to be answered.  "client" stays valid until the waiter was
 * answered or cancelled.
 *	KERN_RESOURCE_SHORTAGE	the client has ACS_LOOK_UPS_MAX waiting, or no place is left
 */
struct registry_wish {
	const char *name; /* ACS_NAME_BYTES of it */
	uint16_t place;
	uint32_t tag; /* REGISTRY_TAG_*: whose the answer is */
	uint64_t patience_ms, deadline_ms;
};

#define REGISTRY_TAG_LOOK_UP      0
#define REGISTRY_TAG_INTRODUCTION 1

kern_return_t registry_wait(struct registry *registry, struct registry_client *client,
			    const struct registry_wish *wish, uint32_t *handle);
void registry_set_answer(struct registry *registry, uint32_t handle, uint32_t answer);

/* Whether anybody waits for that. */
bool registry_is_wanted(const struct registry *registry, const char name[ACS_NAME_BYTES],
			uint16_t place);

/* Other nodes were asked: who waits for it is ready, with that port; or, port 0, if their patience
   is over. */
void registry_settle(struct registry *registry, const char name[ACS_NAME_BYTES], uint16_t place,
		     uint32_t port, uint64_t now_ms);

/* Nobody waits there any more; a handle that is gone is ignored. */
void registry_cancel(struct registry *registry, uint32_t handle);

struct registry_answer {
	uint32_t answer;
	uint32_t tag;
	kern_return_t result;
	uint32_t port;
};

/* The next one to be answered at that time; false: none. */
bool registry_next_answer(struct registry *registry, uint64_t now_ms,
			  struct registry_answer *answer);

/* When registry_next_answer may have something again; UINT64_MAX: nobody waits. */
uint64_t registry_next_deadline(const struct registry *registry);
