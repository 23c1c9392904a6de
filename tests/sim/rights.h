/*
 * Rights in the simulator: each node has a kernel (kernel.h), programs (rights.c) and a network
 * server (server.c) that joins lib/wire's port tables, its node and the kernel, as servers/gns
 * does. The truth (truth.c) knows which port each right is of, and what must never happen to it.
 */
#pragma once

#include "kernel.h"
#include "sim.h"
#include "wire/ports_core.h"

#define R_EXPORTS 96 /* of each association */
#define R_TOKENS  128
#define R_WINDOW  4 /* messages that wait at an export */

/* --- the truth */

/* A port of a program, wherever its receive right goes. */
struct truth {
	bool alive;
	bool tainted; /* an association that it was known in has ended: rights may be lost */
	bool moved;   /* its receive right has changed nodes */
	bool hasty;   /* something was not waited for any longer: messages may overtake others */
	bool told;    /* no-senders, and nobody made a right since */
	bool made;    /* a send right, ever */
	uint32_t sent, received;
	uint32_t onces, onces_used;
};

uint32_t truth_new(void);
struct truth *truth_of(uint32_t uid);
void truth_clear(void);

/* A message between two nodes, and the rights in it. */
struct truth_message {
	bool under_way;
	uint32_t from, to, from_life, to_life;
	struct k_stamp stamp;
	int id;
	int types[K_RIGHTS];
	uint32_t uids[K_RIGHTS];
	struct k_stamp giving[K_RIGHTS];
};

uint32_t truth_message(struct sim_node *from, uint32_t to, const struct k_message *message);
struct truth_message *truth_message_of(uint32_t record);
/* It did not arrive, or only somewhere in it. */
void truth_lost(uint32_t record);
void truth_taint(uint32_t uid);
/* Send rights to the port, anywhere. */
uint32_t truth_senders(uint32_t uid);
/* A program got the receive right: is it alone? */
void truth_check_owner(uint32_t uid);
/* The association between them is gone on this side; "lost": with what was on its way. */
void truth_association_ended(struct sim_node *node, uint32_t peer, bool lost);
/* A table was full: a right that needs it may arrive dead. */
void truth_refused(void);
/* Whether a right from a third node may arrive dead: PROVIDE may have been lost or refused. */
bool truth_may_be_late(void);
void truth_node_ended(struct sim_node *node);
void truth_check_balance(void);
void truth_check_end(void);

uint32_t sim_key(void);              /* of a new kernel port */
uint32_t sim_partner(uint32_t node); /* whom it introduces its ports to */

/* --- a node */

struct outbox {
	struct outbox *next;
	uint32_t export_id, generation;
	int32_t handle;
	uint32_t waiting; /* messages with the wire */
};

/* An item that came; a message has its destination and its rights from the beginning, whatever it
   waits for, as its sender lets go of them when it hears that it has arrived. */
struct arrived {
	struct arrived *next;
	uint8_t kind;
	uint32_t bytes;
	struct k_message *message;
	uint32_t record;
	bool direct, opening;
	uint32_t pickups[K_RIGHTS]; /* WIRE_EXPORT_NONE: known */
	struct wire_descriptor descriptors[K_RIGHTS];
	uint8_t data[];
};

struct inbox {
	struct inbox *next;
	uint32_t peer, export_id, generation;
	uint64_t serial;
	struct arrived *first, *last, *partial;
	uint32_t count;
};

struct link {
	bool up, dirty;
	uint64_t serial;
	struct outbox *outboxes;
	struct wire_export *exports;
	struct wire_proxy *proxies;
	bool waits;
};

/* A message for a port whose queue is full.  Streams do not wait for that, as what comes behind it
   on its stream may be what others wait for; the port's messages keep their order. */
struct delayed {
	struct delayed *next;
	struct k_message *message;
	uint32_t peer, export_id, generation, bytes;
	uint64_t serial;
};

/* A proxy whose queue is being emptied before its port is ours. */
struct stopping {
	bool used;
	uint32_t pickup, name;
};

struct sim_app {
	struct sim_node *node;
	struct kernel *k;
	struct wire_ports ports;
	struct wire_ports_peer *peers;
	struct wire_token tokens[R_TOKENS];
	struct wire_gift gifts[R_TOKENS];
	struct wire_pickup pickups[R_TOKENS];
	struct link *links;
	struct inbox *inboxes;
	struct delayed *delayed;
	struct stopping stopping[R_TOKENS];
	struct k_stamp
		*given;   /* of each name of each space: the giver's last message to its port */
	uint64_t refused; /* what was seen of the tables' counter */
	uint64_t act_us, serve_us;
};

/* --- the network server */

void server_start(struct sim_node *node);
void server_stop(struct sim_node *node);
void server_effect(struct sim_node *node, const struct wire_effect *effect);
/* Notifications, messages for proxies, messages that waited for room. */
void server_run(struct sim_node *node);
bool server_reaches(const struct sim_node *node, uint32_t peer);
bool server_is_send_proxy(const struct sim_node *node, int name);
bool server_is_idle(const struct sim_node *node);
/* A program's message goes to a peer's program directly, so that rights get around at first. */
bool server_may_introduce(struct sim_node *node, uint32_t peer);
void server_introduce(struct sim_node *node, uint32_t peer, struct k_message *message);
/* What a program gets when an introduction comes. */
void program_gets(struct sim_node *node, struct k_message *message);
void program_no_senders(struct sim_node *node, int space, int name);
