/* acs_trusted.defs: servers ask for servers (paper 3, figure 4). */
#include <string.h>

#include <libmach.h>
#include <gen/acs_trusted_server.h>
#include <gen/mach_port.h>
#include <trust/name_core.h>
#include <trust/proof.h>
#include "state.h"

/* Whether the server that this port was made for is still registered so; lock held. */
static boolean_t is_current(const struct acs_holder *holder)
{
	return holder->server->generation == holder->generation &&
	       holder->server->state == ACS_STATE_REGISTERED;
}

kern_return_t serve_acs_challenge(ipc_call_t call, acs_nonce_t challenge)
{
	struct acs_holder *holder = ipc_call_data(call);
	kern_return_t result = KERN_INVALID_ARGUMENT;

	ipc_lock(&acs.lock);
	if (is_current(holder)) {
		holder->challenged = crypto_make_random(&acs.random, holder->challenge,
							sizeof holder->challenge) == CRYPTO_OK;
		memcpy(challenge, holder->challenge, sizeof holder->challenge);
		result = holder->challenged ? KERN_SUCCESS : ACS_NO_RANDOMNESS;
	}
	ipc_unlock(&acs.lock);
	return result;
}

enum crypto_error acs_make_share(struct trust_share *share)
{
	enum crypto_error error = CRYPTO_OK;

	share->incarnation = acs.incarnation;
	memcpy(share->node, acs.node.id, sizeof share->node);
	error = crypto_make_random(&acs.random, share->nonce, sizeof share->nonce);
	return error == CRYPTO_OK
		       ? crypto_make_random(&acs.random, share->random, sizeof share->random)
		       : error;
}

/*
 * The key of asker and server, sealed for each.  Both shares come from this ACS, as both servers
 * are on this node.
 */
static enum crypto_error make_keys(const struct trust_question *question, struct acs_server *asker,
				   struct acs_server *server, acs_grant_t grant,
				   acs_ticket_t sealed)
{
	struct trust_share ours, theirs;
	struct trust_ticket ticket = {.serial = ++server->tickets, .incarnation = acs.incarnation};
	enum crypto_error error = acs_make_share(&ours);

	memcpy(ticket.node, acs.node.id, sizeof ticket.node);
	memcpy(ticket.asker, question->asker, sizeof ticket.asker);
	memcpy(ours.nonce, question->nonce, sizeof ours.nonce);
	if (error == CRYPTO_OK) {
		error = acs_make_share(&theirs);
	}
	if (error == CRYPTO_OK) {
		error = trust_make_key(question, &ours, &theirs, ticket.key);
	}
	if (error == CRYPTO_OK) {
		error = trust_seal_grant(asker->secret, ++asker->grants, question, ticket.key,
					 grant);
	}
	if (error == CRYPTO_OK) {
		error = trust_seal_ticket(server->secret, question->server, &ticket, sealed);
	}
	crypto_wipe_bytes(&ours, sizeof ours);
	crypto_wipe_bytes(&theirs, sizeof theirs);
	crypto_wipe_bytes(&ticket, sizeof ticket);
	return error;
}

/* Answers a question whose proof is right; lock held. */
static kern_return_t answer(ipc_call_t call, const struct acs_holder *holder,
			    const struct trust_question *question, const struct server_name *asked,
			    mach_port_t *port, acs_grant_t grant, acs_ticket_t ticket)
{
	struct registry_server *server = registry_find(&acs.registry, asked->name);
	uint16_t place = asked->node[0] != '\0' ? acs_find_member_name(asked->node) : acs.place;

	if (place != acs.place) {
		return place != REGISTRY_HERE ? acs_introduce(call, holder, question, place)
					      : ACS_NAME_NOT_FOUND;
	}
	if (server == NULL || server->state != ACS_STATE_REGISTERED) {
		return ACS_NAME_NOT_FOUND;
	}
	if (make_keys(question, acs_server_of(holder->server), acs_server_of(server), grant,
		      ticket) != CRYPTO_OK) {
		return ACS_NO_RANDOMNESS;
	}
	*port = server->trusted;
	/* A right of the reply's own: the server may go before it is sent. */
	return mach_port_mod_refs(mach_task_self(), *port, MACH_PORT_RIGHT_SEND, 1) == KERN_SUCCESS
		       ? KERN_SUCCESS
		       : ACS_NAME_NOT_FOUND;
}

kern_return_t acs_check_question(struct acs_holder *holder, const struct server_name *asked,
				 const acs_nonce_t nonce, const acs_proof_t proof,
				 struct trust_question *checked)
{
	struct trust_question question;
	kern_return_t result = ACS_WRONG_PROOF;

	memcpy(question.asker, holder->server->name, sizeof question.asker);
	memcpy(question.server, asked->name, sizeof question.server);
	memcpy(question.node, asked->node, sizeof question.node);
	memcpy(question.challenge, holder->challenge, sizeof question.challenge);
	memcpy(question.nonce, nonce, sizeof question.nonce);
	if (!is_current(holder)) {
		result = KERN_INVALID_ARGUMENT;
	} else if (holder->challenged && trust_check_proof(acs_server_of(holder->server)->secret,
							   &question, proof) == CRYPTO_OK) {
		result = KERN_SUCCESS;
	}
	holder->challenged = FALSE; /* used up, and a proof with it */
	*checked = question;
	return result;
}

kern_return_t serve_acs_look_up_server(ipc_call_t call, const_acs_name_t name,
				       const acs_nonce_t nonce, const acs_proof_t proof,
				       mach_port_t *port, acs_grant_t grant, acs_ticket_t ticket)
{
	struct acs_holder *holder = ipc_call_data(call);
	struct trust_question question;
	struct server_name asked;
	kern_return_t result = KERN_SUCCESS;

	if (!name_parse(name, &asked)) {
		return ACS_NAME_INVALID;
	}
	ipc_lock(&acs.lock);
	result = acs_check_question(holder, &asked, nonce, proof, &question);
	result = result ?: answer(call, holder, &question, &asked, port, grant, ticket);
	ipc_unlock(&acs.lock);
	if (result == ACS_WRONG_PROOF) {
		acs_log_refusal("to prove itself to", holder->server->name, result);
	}
	return result;
}
