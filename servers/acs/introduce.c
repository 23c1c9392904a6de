/*
 * Servers of two nodes (paper 3, figure 5): this ACS and the other node's each give a share of the
 * key, over a port that leads from one to the other inside their nodes' association.  The secrets
 * of servers stay here: the grant is sealed by the ACS of the asker, the ticket by that of the
 * server.
 */
#include <string.h>

#include <libmach.h>
#include <gen/acs_network_server.h>
#include <gen/acs_peer.h>
#include <gen/acs_peer_answer.h>
#include <gen/acs_peer_answer_server.h>
#include <gen/acs_peer_server.h>
#include <gen/acs_trusted_reply.h>
#include <gen/mach_port.h>
#include "state.h"

#define SELF mach_task_self()

/* The object of a port for another node's ACS. */
struct peer {
	uint16_t place;
};

/* A question of a server of this node for one of another; under the lock.  Its place is its name.
 */
enum introduction_state {
	INTRODUCTION_FREE,
	INTRODUCTION_WAITS, /* for the other ACS's port */
	INTRODUCTION_SENT,  /* an object stands for it at the other ACS */
};

struct introduction {
	enum introduction_state state;
	uint32_t serial;
	uint32_t waiter;     /* WAITS: handle of the registry */
	ipc_answer_t answer; /* 0: whoever asked is gone */
	struct registry_server *asker;
	uint32_t generation;
	uint16_t place;
	struct trust_question question;
	struct trust_share share; /* ours */
};

/* The object of an answer port. */
struct answer_port {
	struct introduction *introduction;
	uint32_t serial;
};

static struct introduction introductions[ACS_INTRODUCTIONS_MAX];
static struct registry_client waiting; /* all that wait for ACSs */

static const char acs_name[ACS_NAME_BYTES]; /* of another ACS: a name that nobody can ask for */

static void reclaim_answer_port(struct ipc_object *object);

struct ipc_class peer_class = {
	.name = "peer",
	.interfaces = (const ipc_interface_t[]){acs_peer_server_routine, NULL},
	.data_bytes = sizeof(struct peer),
};
static struct ipc_class introduction_class = {
	.name = "introduction",
	.interfaces = (const ipc_interface_t[]){acs_peer_answer_server_routine, NULL},
	.data_bytes = sizeof(struct answer_port),
	.reclaim = reclaim_answer_port,
};

kern_return_t serve_acs_network_make_peer(ipc_call_t call, const acs_digest_t node,
					  mach_port_t *port)
{
	struct ipc_object *object = NULL;
	uint16_t place = acs_find_member(node);
	kern_return_t result = KERN_SUCCESS;

	(void)call;
	if (place == REGISTRY_HERE || place == acs.place) {
		return ACS_NOT_IN_ROSTER;
	}
	result = acs_object_create(&peer_class, &object);
	if (result == KERN_SUCCESS) {
		((struct peer *)ipc_object_data(object))->place = place;
		*port = ipc_object_give(object);
	}
	return result;
}

/* ------------------------------------------------------------------------- the side that is asked
 */

/* The key of the two, sealed for the server; our share.  Lock held. */
static kern_return_t make_ticket(struct registry_server *server,
				 const struct trust_question *question,
				 const struct trust_share *theirs, struct trust_share *ours,
				 acs_ticket_t sealed)
{
	struct acs_server *own = acs_server_of(server);
	struct trust_ticket ticket = {.serial = ++own->tickets, .incarnation = theirs->incarnation};
	enum crypto_error error = acs_make_share(ours);

	memcpy(ticket.node, theirs->node, sizeof ticket.node);
	memcpy(ticket.asker, question->asker, sizeof ticket.asker);
	if (error == CRYPTO_OK) {
		error = trust_make_key(question, theirs, ours, ticket.key);
	}
	if (error == CRYPTO_OK) {
		error = trust_seal_ticket(own->secret, question->server, &ticket, sealed);
	}
	crypto_wipe_bytes(&ticket, sizeof ticket);
	return error == CRYPTO_OK ? KERN_SUCCESS : ACS_NO_RANDOMNESS;
}

/* A server that starts tasks, and a node that may not start any here (protocol: the roster's
 * roles). */
static bool lacks_role(uint16_t place, const char name[ACS_NAME_BYTES])
{
	struct roster_server server;

	return roster_find_server(&acs.roster, name, &server) &&
	       (server.entry.roles & ACS_ROLE_PERSONALITY) != 0 &&
	       (acs.members[place].roles & ROSTER_ROLE_START_TASKS) == 0;
}

/* Names of servers alone, and the server is registered; lock held. */
static kern_return_t find_asked(uint16_t place, const_acs_name_t asker, const_acs_name_t server,
				struct trust_question *question, struct registry_server **found)
{
	struct server_name from, to;

	if (!name_parse(asker, &from) || from.node[0] != '\0' || !name_parse(server, &to) ||
	    to.node[0] != '\0') {
		return ACS_NAME_INVALID;
	}
	memcpy(question->asker, from.name, sizeof question->asker);
	memcpy(question->server, to.name, sizeof question->server);
	if (acs_is_gone(place)) {
		return ACS_NOT_IN_ROSTER;
	}
	if (lacks_role(place, to.name)) {
		return ACS_ROLE_MISSING;
	}
	*found = registry_find(&acs.registry, to.name);
	return *found != NULL && (*found)->state == ACS_STATE_REGISTERED ? KERN_SUCCESS
									 : ACS_NAME_NOT_FOUND;
}

kern_return_t serve_acs_peer_introduce(ipc_call_t call, mach_port_t answer, const_acs_name_t asker,
				       const_acs_name_t name, int64_t incarnation,
				       const acs_nonce_t nonce, const acs_key_t random)
{
	struct peer *peer = ipc_call_data(call);
	struct trust_question question = {.asker = ""};
	struct trust_share theirs = {.incarnation = (uint64_t)incarnation},
			   ours = {.incarnation = 0};
	struct registry_server *server = NULL;
	acs_ticket_t ticket = {0};
	mach_port_t port = MACH_PORT_NULL;
	kern_return_t result = KERN_SUCCESS;

	memcpy(theirs.node, acs.members[peer->place].id, sizeof theirs.node);
	memcpy(theirs.nonce, nonce, sizeof theirs.nonce);
	memcpy(theirs.random, random, sizeof theirs.random);
	ipc_lock(&acs.lock);
	result = find_asked(peer->place, asker, name, &question, &server);
	result = result ?: make_ticket(server, &question, &theirs, &ours, ticket);
	if (result == KERN_SUCCESS) {
		port = server->trusted;
	}
	/* Never waits; a queue that is full is the other ACS's own doing. */
	if (acs_peer_introduced(answer, MACH_SEND_TIMEOUT, result, port, MACH_MSG_TYPE_COPY_SEND,
				ticket, (int64_t)ours.incarnation, ours.nonce,
				ours.random) == MACH_SEND_TIMED_OUT &&
	    port != MACH_PORT_NULL) {
		(void)mach_port_deallocate(SELF, port); /* the copy came back */
	}
	ipc_unlock(&acs.lock);
	if (result == ACS_ROLE_MISSING) {
		acs_log_refusal("a server that starts tasks to", acs.members[peer->place].name,
				result);
	}
	crypto_wipe_bytes(&theirs, sizeof theirs);
	crypto_wipe_bytes(&ours, sizeof ours);
	if (MACH_PORT_VALID(answer)) {
		(void)mach_port_deallocate(SELF, answer);
	}
	return KERN_SUCCESS;
}

/* -------------------------------------------------------------------------- the side that asks */

/* Nothing is left of it; lock held. */
static void free_introduction(struct introduction *introduction)
{
	uint32_t serial = introduction->serial + 1;

	crypto_wipe_bytes(introduction, sizeof *introduction);
	introduction->serial = serial;
}

/* It came to nothing: whoever asked is told.  Lock held. */
static void fail(struct introduction *introduction, kern_return_t result)
{
	if (introduction->answer != 0) {
		(void)ipc_answer_error(acs.bucket, introduction->answer, result);
	}
	free_introduction(introduction);
}

/* The other ACS's port is known: it is asked.  Lock held. */
static void send_question(struct introduction *introduction, mach_port_t port)
{
	struct ipc_object *object = NULL;
	struct answer_port *data = NULL;
	mach_port_t answer = MACH_PORT_NULL;
	kern_return_t result = acs_object_create(&introduction_class, &object);

	if (result != KERN_SUCCESS) {
		fail(introduction, result);
		return;
	}
	data = ipc_object_data(object);
	data->introduction = introduction;
	data->serial = introduction->serial;
	introduction->state = INTRODUCTION_SENT;
	answer = ipc_object_give(object);
	result = acs_peer_introduce(port, MACH_SEND_TIMEOUT, answer, MACH_MSG_TYPE_MAKE_SEND,
				    introduction->question.asker, introduction->question.server,
				    (int64_t)introduction->share.incarnation,
				    introduction->share.nonce, introduction->share.random);
	if (result == MACH_SEND_TIMED_OUT) {
		/* The right came back: without it the object ends, and is told so. */
		(void)mach_port_mod_refs(SELF, answer, MACH_PORT_RIGHT_SEND, -1);
	} else if (result != KERN_SUCCESS) {
		ipc_object_destroy(object);
	}
}

void acs_introduce_found(uint32_t place, kern_return_t result, mach_port_t port)
{
	struct introduction *introduction = &introductions[place];

	introduction->waiter = 0;
	if (result != KERN_SUCCESS) {
		fail(introduction, result);
	} else {
		send_question(introduction, port);
	}
}

/* Whoever asked is gone. */
static void introduction_cancelled(void *argument)
{
	struct introduction *introduction = argument;

	ipc_lock(&acs.lock);
	introduction->answer = 0;
	if (introduction->state == INTRODUCTION_WAITS) {
		registry_cancel(&acs.registry, introduction->waiter);
		free_introduction(introduction);
	}
	ipc_unlock(&acs.lock);
}

/* Waits for the other ACS's port, or has it; lock held. */
static kern_return_t find_acs(struct introduction *introduction, mach_port_t *port)
{
	uint64_t now_ms = acs_now_ms();
	struct registry_wish wish = {.name = acs_name,
				     .place = introduction->place,
				     .tag = REGISTRY_TAG_INTRODUCTION,
				     .patience_ms = now_ms,
				     .deadline_ms = now_ms + REMOTE_ROUND_MS};
	enum remote_state state =
		remote_look_up(&acs.remote, &acs.registry, acs_name, wish.place, now_ms, port);
	kern_return_t result = KERN_SUCCESS;

	if (state == REMOTE_FOUND) {
		return KERN_SUCCESS;
	}
	if (state != REMOTE_ASKED || !acs.remote.network) {
		return state == REMOTE_FREE ? KERN_RESOURCE_SHORTAGE : ACS_NAME_NOT_FOUND;
	}
	result = registry_wait(&acs.registry, &waiting, &wish, &introduction->waiter);
	if (result == KERN_SUCCESS) {
		registry_set_answer(&acs.registry, introduction->waiter,
				    (uint32_t)(introduction - introductions));
		result = MIG_NO_REPLY;
	}
	return result;
}

kern_return_t acs_introduce(ipc_call_t call, const struct acs_holder *holder,
			    const struct trust_question *question, uint16_t place)
{
	struct introduction *introduction = introductions;
	mach_port_t port = MACH_PORT_NULL;
	kern_return_t result = KERN_SUCCESS;

	while (introduction < introductions + ACS_INTRODUCTIONS_MAX &&
	       introduction->state != INTRODUCTION_FREE) {
		introduction++;
	}
	if (introduction == introductions + ACS_INTRODUCTIONS_MAX) {
		return KERN_RESOURCE_SHORTAGE;
	}
	introduction->state = INTRODUCTION_WAITS;
	introduction->asker = holder->server;
	introduction->generation = holder->generation;
	introduction->place = place;
	introduction->question = *question;
	if (acs_make_share(&introduction->share) != CRYPTO_OK) {
		free_introduction(introduction);
		return ACS_NO_RANDOMNESS;
	}
	/* A server's own nonce is in the key, too. */
	memcpy(introduction->share.nonce, question->nonce, sizeof introduction->share.nonce);
	result = find_acs(introduction, &port);
	if (result != KERN_SUCCESS && result != MIG_NO_REPLY) {
		free_introduction(introduction);
		return result;
	}
	if (ipc_call_defer(call, introduction_cancelled, introduction, &introduction->answer) !=
	    KERN_SUCCESS) {
		registry_cancel(&acs.registry, introduction->waiter);
		free_introduction(introduction);
		return KERN_RESOURCE_SHORTAGE;
	}
	if (result == KERN_SUCCESS) {
		send_question(introduction, port);
	} else {
		acs_names_work(acs_now_ms());
	}
	return MIG_NO_REPLY;
}

/* The key of the two, sealed for the asker; lock held. */
static kern_return_t make_grant(struct introduction *introduction, const struct trust_share *theirs,
				acs_grant_t grant)
{
	struct registry_server *asker = introduction->asker;
	struct acs_server *own = acs_server_of(asker);
	uint8_t key[CRYPTO_KEY_BYTES];
	enum crypto_error error = CRYPTO_OK;

	if (asker->generation != introduction->generation || asker->state != ACS_STATE_REGISTERED) {
		return KERN_INVALID_ARGUMENT; /* it was started anew: its secret is another's */
	}
	error = trust_make_key(&introduction->question, &introduction->share, theirs, key);
	if (error == CRYPTO_OK) {
		error = trust_seal_grant(own->secret, ++own->grants, &introduction->question, key,
					 grant);
	}
	crypto_wipe_bytes(key, sizeof key);
	return error == CRYPTO_OK ? KERN_SUCCESS : ACS_NO_RANDOMNESS;
}

kern_return_t serve_acs_peer_introduced(ipc_call_t call, kern_return_t result, mach_port_t port,
					const acs_ticket_t ticket, int64_t incarnation,
					const acs_nonce_t nonce, const acs_key_t random)
{
	struct answer_port *data = ipc_call_data(call);
	struct introduction *introduction = data->introduction;
	struct trust_share theirs = {.incarnation = (uint64_t)incarnation};
	acs_grant_t grant = {0};
	mach_port_t reply = MACH_PORT_NULL;

	memcpy(theirs.nonce, nonce, sizeof theirs.nonce);
	memcpy(theirs.random, random, sizeof theirs.random);
	ipc_lock(&acs.lock);
	if (introduction->serial == data->serial && introduction->state == INTRODUCTION_SENT) {
		memcpy(theirs.node, acs.members[introduction->place].id, sizeof theirs.node);
		result = result ?: make_grant(introduction, &theirs, grant);
		result = result == KERN_SUCCESS && !MACH_PORT_VALID(port) ? ACS_NAME_NOT_FOUND
									  : result;
		reply = introduction->answer != 0
				? ipc_answer_take(acs.bucket, introduction->answer)
				: MACH_PORT_NULL;
		if (reply != MACH_PORT_NULL) {
			ipc_answer_sent(reply, acs_look_up_server_reply(reply, result,
									result == KERN_SUCCESS
										? port
										: MACH_PORT_NULL,
									grant, (uint8_t *)ticket));
		}
		free_introduction(introduction);
	}
	ipc_unlock(&acs.lock);
	crypto_wipe_bytes(&theirs, sizeof theirs);
	if (MACH_PORT_VALID(port)) {
		(void)mach_port_deallocate(SELF, port);
	}
	return KERN_SUCCESS;
}

/* The other ACS, its node or the network has given the port up. */
static void reclaim_answer_port(struct ipc_object *object)
{
	struct answer_port *data = ipc_object_data(object);

	ipc_lock(&acs.lock);
	if (data->introduction->serial == data->serial &&
	    data->introduction->state == INTRODUCTION_SENT) {
		fail(data->introduction, ACS_NAME_NOT_FOUND);
	}
	ipc_unlock(&acs.lock);
}
