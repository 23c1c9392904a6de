/*
 * The cluster simulator: many nodes, each with the cores of lib/wire as they are in the server,
 * on a faulty wire, with one source of chance.  A run is its seed; it fails with a sentence.
 */
#pragma once

#include "wire/node_core.h"

#include <stdbool.h>
#include <stdint.h>

#define SIM_NODES_MAX   500
#define SIM_EXPORTS     6  /* of each association: control, urgent, two normal, two bulk */
#define SIM_SLOTS       5  /* messages that wait at an export */
#define SIM_STREAMS_MAX 24 /* of sim_messages */
#define SIM_RING_FRAMES 19 /* that a card keeps for a node that does not run */

/* --- chance */

extern uint64_t sim_seed_state;
uint64_t sim_random(void);
uint32_t sim_below(uint32_t limit);  /* 0 to limit - 1 */
bool sim_chance(uint32_t per_mille); /* true so often */
uint64_t sim_between(uint64_t low, uint64_t high);

/* --- what a run is like; chosen from the seed */

struct sim_profile {
	uint32_t nodes;
	uint32_t loss, duplication, corruption, replay; /* per mille */
	uint64_t delay_us, jitter_us;
	uint32_t partitions, crashes, freezes; /* how many */
	uint32_t clones;                       /* quick restarts of one node */
	uint64_t faults_end_us;
	uint32_t messages; /* that the nodes want to send, in all */
	uint32_t partners; /* of each node */
	bool real;         /* lib/crypto instead of the cheap suite */
	const struct sim_programs *programs;
	uint32_t moves; /* of rights: how many receive rights, per mille of those that may */
	struct wire_settings settings;
};

extern struct sim_profile sim_profile;

/* Whether the run has no faults at all, so that no association may break. */
bool sim_is_calm(void);

/* --- failing */

/* Prints what is wrong, once, and ends the run. */
void sim_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern bool sim_failed;

#define SIM_CHECK(condition, ...)                                                                  \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			sim_fail(__VA_ARGS__);                                                     \
		}                                                                                  \
	} while (0)

/* --- cryptography (suites.c) */

void sim_start_suites(bool real);
const struct wire_suite *sim_suite(void);
/* A key pair for a node, and arithmetic with its private key. */
void sim_make_identity(uint32_t node, uint8_t id[WIRE_ID_BYTES],
		       uint8_t public_key[WIRE_PUBLIC_BYTES]);
struct wire_arithmetic *sim_arithmetic(uint32_t node);

/* --- nodes */

struct sim_app;   /* what a node's programs do (app.c) */
struct sim_names; /* what it has and asks for by name (names.c) */

struct sim_node {
	uint32_t number;
	bool alive;
	uint64_t boot_us;         /* when it started */
	uint64_t frozen_until_us; /* it does not run before */
	uint64_t frozen_us;       /* in all, since it started */
	uint32_t freezes;         /* how often it did not run */
	uint32_t ring;            /* frames that wait for it to run again */
	uint64_t clock_offset_us;
	uint64_t incarnation;
	uint32_t life; /* counts its starts */
	uint64_t timer_us;
	struct wire_node wire;
	struct wire_peer *peers;
	struct wire_block *blocks;
	struct wire_out *outs;
	struct wire_in *ins;
	uint8_t id[WIRE_ID_BYTES], public_key[WIRE_PUBLIC_BYTES];
	struct sim_app *app;
	struct sim_names *names;
};

extern struct sim_node sim_nodes[SIM_NODES_MAX];
extern uint64_t sim_now_us;

/* What runs on the nodes: plain messages (app.c), or rights (rights.c). */
struct sim_programs {
	uint32_t streams; /* slots for exports and streams of an association */
	void (*start)(struct sim_node *node);
	void (*stop)(struct sim_node *node);
	void (*effect)(struct sim_node *node, const struct wire_effect *effect);
	void (*tick)(struct sim_node *node); /* something that its programs do */
	uint64_t (*next)(struct sim_node *node);
	void (*check)(struct sim_node *node); /* after each event */
	void (*heard)(struct sim_node *node, uint32_t peer);
	bool (*is_done)(void); /* all nodes have done what they wanted */
	void (*explain)(void); /* fails with what is not done; may be null */
	void (*finish)(void);  /* from now on nothing needs an association */
	bool (*is_idle)(void); /* nothing is left, nothing is up */
	void (*clear)(void);
};

extern const struct sim_programs sim_messages, sim_rights;

/* Puts a frame of the node on the wire (world.c). */
void sim_send(struct sim_node *node, const struct wire_effect *effect);

/* --- names (names.c): the node's events, as far as they concern them */

void sim_names_start(struct sim_node *node);
void sim_names_stop(struct sim_node *node);
void sim_names_up(struct sim_node *node, uint32_t peer, uint64_t serial);
void sim_names_down(struct sim_node *node, uint32_t peer);
void sim_names_unreachable(struct sim_node *node, uint32_t peer);
void sim_names_named(struct sim_node *node, const struct wire_effect *effect);
bool sim_names_piece(struct sim_node *node, const struct wire_effect *effect); /* false: not one */
void sim_names_tick(struct sim_node *node);
uint64_t sim_names_next(struct sim_node *node);
void sim_names_check(struct sim_node *node);
bool sim_names_is_done(void);
void sim_names_finish(void);
void sim_names_clear(void);

/* --- counting what a run saw */

enum sim_sight {
	SIM_SAW_HELLO1,
	SIM_SAW_HELLO2,
	SIM_SAW_INIT,
	SIM_SAW_RESP,
	SIM_SAW_DATA,
	SIM_SAW_RESOLVE,
	SIM_SAW_HERE,
	SIM_SAW_LOSS,
	SIM_SAW_DUPLICATE,
	SIM_SAW_CORRUPT,
	SIM_SAW_REPLAY,
	SIM_SAW_REFLECT,
	SIM_SAW_MISDIRECT,
	SIM_SAW_HELD_BACK,
	SIM_SAW_PARTITION,
	SIM_SAW_CRASH,
	SIM_SAW_FREEZE,
	SIM_SAW_RING_FULL,
	SIM_SAW_UP,
	SIM_SAW_REKEY,
	SIM_SAW_DEAD,
	SIM_SAW_IDLE,
	SIM_SAW_REPLACED,
	SIM_SAW_CLOSED,
	SIM_SAW_CLONED,
	SIM_SAW_SUSPECT,
	SIM_SAW_UNREACHABLE,
	SIM_SAW_DELIVERY,
	SIM_SAW_UNSENT,
	SIM_SAW_UNCERTAIN,
	SIM_SAW_NAME_FOUND,
	SIM_SAW_NAME_MISSING,
	SIM_SAW_NAME_STRAY,
	SIM_SAW_NAME_UNLICENSED,
	/* Of rights: the kinds of items, in the order of their numbers. */
	SIM_SAW_PROVIDE,
	SIM_SAW_PICKUP,
	SIM_SAW_CANCEL,
	SIM_SAW_MOVE,
	SIM_SAW_MOVED,
	SIM_SAW_RELEASE,
	SIM_SAW_PULL,
	SIM_SAW_PICKED,
	SIM_SAW_TAKEN,
	SIM_SAW_DEAD_PORT,
	SIM_SAW_FREED,
	SIM_SAW_REGION,
	SIM_SAW_FLUSHED,
	SIM_SAW_HOME,
	SIM_SAW_ARRIVED_PORT,
	SIM_SAW_RELAYED,
	SIM_SAW_REFUSED,
	SIM_SAW_DELAYED,
	SIM_SAW_HASTY,
	SIM_SAW_NO_SENDERS,
	SIM_SAW_PORT_DEATH,
	SIM_SIGHTS
};

extern uint64_t sim_saw[SIM_SIGHTS];
