/* What the files of this server share. */
#pragma once

#include <crypto/crypto.h>
#include <ipc/ipc.h>
#include <ipc/sync.h>
#include <trust/name_core.h>
#include <trust/proof.h>
#include <trust/roster.h>
#include "registry_core.h"
#include "remote_core.h"

/* What is known of a server beside the registry, at the same place. */
struct acs_server {
	acs_secret_t secret;
	uint64_t grants; /* how many were sealed with the secret */
	uint64_t tickets;
	struct ipc_object *registration; /* a reference each; null: none */
	struct ipc_object *trusted;
	mach_port_t told; /* its client port as the network server knows it; ACS_TOLD_OLD */
};

#define ACS_TOLD_OLD MACH_PORT_DEAD /* one that is not it any more */

/* The object of a registration port, and of a server's port of acs_trusted.defs. */
struct acs_holder {
	struct registry_server *server;
	uint32_t generation;
	boolean_t challenged;
	acs_nonce_t challenge;
};

/* All under the lock but what never changes after the start. */
struct acs_state {
	struct ipc_lock lock;
	struct registry registry;
	struct remote remote;
	struct acs_server servers[REGISTRY_SERVERS_MAX];
	struct crypto_random random; /* unseeded: no key is made */
	struct ipc_object *network;  /* the network server's, with a reference; null: none */
	mach_port_t names;           /* its gns_names.defs, a send right; or null */
	uint64_t names_retry_ms;     /* its queue was full: when it is told again; UINT64_MAX */
	uint64_t told_version;       /* of the roster, as the network server knows it */
	struct roster in_force;      /* "roster", or one that left out more nodes (change.c) */
	uint8_t cluster_key[CRYPTO_KEY_BYTES];
	/* Never changes: */
	struct ipc_bucket *bucket;
	mach_port_t host_priv;
	mach_port_t boot; /* the process server's (process_boot.defs) */
	uint64_t process_task;
	struct roster roster;        /* with which the node started: its places are the members' */
	struct roster_node *members; /* roster.nodes of them */
	bool *gone; /* likewise: left out since; becomes true once, without a lock */
	struct roster_licence *licences;
	struct roster_node node; /* this one, and its place among them */
	uint16_t place;
	uint8_t node_key[CRYPTO_PRIVATE_BYTES];
	uint8_t cluster_public[CRYPTO_PUBLIC_BYTES];
	uint64_t incarnation;
};

extern struct acs_state acs;
extern struct ipc_class client_class;
extern struct ipc_class control_class;
extern struct ipc_class registration_class;
extern struct ipc_class trusted_class;
extern struct ipc_class network_class;

static inline struct acs_server *acs_server_of(const struct registry_server *server)
{
	return &acs.servers[server - acs.registry.servers];
}

/* The node cannot start or go on: one sentence, and the end. */
void acs_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Refusals are logged, but not without bound. */
void acs_log_refusal(const char *what, const char *name, kern_return_t code);

/* Reads what the host gave this node, checks it, fills the state (boot.c). */
void acs_boot(int argc, char **argv);

/* An object of a client of its own (control.c). */
kern_return_t acs_object_create(struct ipc_class *class, struct ipc_object **object);

/* What a server was is void: ports, secret, objects.  Lock held (register.c). */
void acs_make_void(struct registry_server *server, struct registry_ports ports);

/*
 * Whether that server's question for another is proved with its secret.  Uses up the challenge,
 * whatever the answer.  "checked" becomes the question.  Lock held (trusted.c).
 */
kern_return_t acs_check_question(struct acs_holder *holder, const struct server_name *asked,
				 const acs_nonce_t nonce, const acs_proof_t proof,
				 struct trust_question *checked);

bool acs_is_network_server(const struct registry_server *server);

/*
 * A roster that came while the node runs, "size" bytes that are the ACS's from now on: takes it
 * into force.  Null, or why not, as a sentence without a full stop (change.c).
 */
const char *acs_take_roster(uint8_t *bytes, size_t size);

/* Whether the member of that place was left out by a roster since (change.c). */
bool acs_is_gone(uint16_t place);

/* Starts the thread that takes rosters from the serial line, if there is one (line.c). */
void acs_line_start(void);

/* The place of a member that is not gone, by its id or by its name; REGISTRY_HERE: there is none
   (boot.c). */
uint16_t acs_find_member(const uint8_t id[ROSTER_ID_BYTES]);
uint16_t acs_find_member_name(const char name[ACS_NAME_BYTES]);

/* The licence of a name, or null; and whether that member may have it (boot.c). */
const struct roster_licence *acs_find_licence(const char name[ACS_NAME_BYTES]);
bool acs_may_have(const struct roster_licence *licence, uint16_t member);

/*
 * Tells the network server what it does not know yet: names that came or went, questions.  Never
 * waits; what its queue has no room for is told later.  Lock held (names.c).
 */
void acs_names_work(uint64_t now_ms);

/* The network server's port of gns_names.defs is dead or void.  Lock held (names.c). */
void acs_names_close(void);

/*
 * A server's question, whose proof was right, for a server of another node; the call is answered
 * later.  Lock held (introduce.c).
 */
kern_return_t acs_introduce(ipc_call_t call, const struct acs_holder *holder,
			    const struct trust_question *question, uint16_t place);

/* The port of the other node's ACS that one of them waits for.  Lock held (introduce.c). */
void acs_introduce_found(uint32_t place, kern_return_t result, mach_port_t port);

/* This ACS's share of a key; lock held (trusted.c). */
enum crypto_error acs_make_share(struct trust_share *share);

/* A port is dead: forgets it as another node's name; false: it is none.  Lock held (names.c). */
bool acs_names_drop(mach_port_t port);

/* What time brings to names of other nodes, and when it may bring something again.  Lock held. */
void acs_names_expire(uint64_t now_ms);
uint64_t acs_names_deadline(void);

/* The network server is gone, or begins anew: its port is void.  Lock held (network.c). */
void acs_network_close(void);

/* Starts the thread that calculates for the network server (agree.c). */
void acs_agree_start(void);

/* Answers those who are ready.  Lock held (watch.c). */
void acs_answer_waiters(void);

/* Starts the thread that sees deaths and time-outs. */
void acs_watch_start(void);

/* Asks to be told of a port's death.  KERN_INVALID_RIGHT: it is dead already. */
kern_return_t acs_watch_port(mach_port_t port);

/* A deadline came nearer.  Lock held. */
void acs_watch_deadline(void);

/* Milliseconds since boot. */
uint64_t acs_now_ms(void);
