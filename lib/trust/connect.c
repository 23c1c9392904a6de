/* Proving to another server who we are (paper 3, figure 4), as the one that asks. */
#include <string.h>

#include <libmach.h>
#include <gen/acs_trusted.h>
#include <gen/mach_port.h>
#include <gen/server_auth.h>
#include "internal.h"
#include "name_core.h"
#include "proof.h"

/* What the ACS gave for one connection. */
struct introduction {
	struct server_name asked;
	uint8_t key[CRYPTO_KEY_BYTES];
	acs_ticket_t ticket;
	mach_port_t port; /* the other's inter-server port */
};

static void drop(mach_port_t port)
{
	if (MACH_PORT_VALID(port)) {
		(void)mach_port_deallocate(mach_task_self(), port);
	}
}

/* A question of this server's for another, with a proof for the ACS; one thread at a time. */
static kern_return_t prove(const struct server_name *asked, struct trust_question *question,
			   acs_proof_t proof)
{
	kern_return_t result = KERN_SUCCESS;

	memcpy(question->asker, trust.name, sizeof question->asker);
	memcpy(question->server, asked->name, sizeof question->server);
	memcpy(question->node, asked->node, sizeof question->node);
	result = trust_make_random(question->nonce, sizeof question->nonce);
	result = result ?: acs_challenge(trust.acs, question->challenge);
	if (result == KERN_SUCCESS &&
	    trust_make_proof(trust.secret, question, proof) != CRYPTO_OK) {
		result = KERN_RESOURCE_SHORTAGE;
	}
	return result;
}

/* Steps 1 and 2 of the figure, with a proof; one thread at a time. */
static kern_return_t ask(const char *name, struct introduction *introduction)
{
	struct trust_question question;
	acs_proof_t proof;
	acs_grant_t grant;
	acs_name_t asked;
	kern_return_t result = prove(&introduction->asked, &question, proof);

	name_copy(asked, name, strlen(name));
	result = result
			 ?: acs_look_up_server(trust.acs, asked, question.nonce, proof,
					       &introduction->port, grant, introduction->ticket);
	if (result == KERN_SUCCESS &&
	    trust_open_grant(trust.secret, &question, grant, introduction->key) != CRYPTO_OK) {
		drop(introduction->port);
		result = ACS_WRONG_PROOF;
	}
	return result;
}

/* Steps 3 and 4, and the exchange that the paper left out. */
static kern_return_t exchange_proofs(const struct introduction *introduction, mach_port_t *port)
{
	struct trust_exchange exchange;
	acs_proof_t theirs, ours;
	mach_port_t half = MACH_PORT_NULL;
	kern_return_t result = trust_make_random(exchange.asker_nonce, sizeof(acs_nonce_t));

	memcpy(exchange.asker, trust.name, sizeof exchange.asker);
	memcpy(exchange.server, introduction->asked.name, sizeof exchange.server);
	result =
		result
			?: server_begin(introduction->port, introduction->ticket,
					exchange.asker_nonce, exchange.server_nonce, theirs, &half);
	if (result != KERN_SUCCESS) {
		return result;
	}
	if (trust_check_answer(introduction->key, TRUST_SERVER, &exchange, theirs) != CRYPTO_OK ||
	    trust_make_answer(introduction->key, TRUST_ASKER, &exchange, ours) != CRYPTO_OK) {
		result = ACS_WRONG_PROOF;
	}
	result = result ?: server_finish(half, ours, port);
	drop(half);
	return result;
}

kern_return_t trust_connect(const char *name, uint32_t wait_ms, mach_port_t *port)
{
	struct introduction introduction = {.port = MACH_PORT_NULL};
	mach_port_t client = MACH_PORT_NULL;
	kern_return_t result = KERN_SUCCESS;

	if (strlen(name) >= ACS_NAME_BYTES || !name_parse(name, &introduction.asked)) {
		return ACS_NAME_INVALID;
	}
	if (__atomic_load_n(&trust.ready, __ATOMIC_ACQUIRE) == 0) {
		return KERN_NOT_RECEIVER;
	}
	if (wait_ms != 0) { /* the inter-server look-up does not wait */
		result = trust_look_up(name, wait_ms, &client);
		drop(client);
	}
	if (result == KERN_SUCCESS) {
		ipc_lock(&trust.asking);
		result = ask(name, &introduction);
		ipc_unlock(&trust.asking);
	}
	if (result == KERN_SUCCESS) {
		result = exchange_proofs(&introduction, port);
		drop(introduction.port);
	}
	crypto_wipe_bytes(introduction.key, sizeof introduction.key);
	return result;
}

kern_return_t trust_open_network(mach_port_t *network)
{
	const struct server_name self = {.name = "acs"};
	struct trust_question question;
	acs_proof_t proof;
	kern_return_t result = KERN_NOT_RECEIVER;

	if (__atomic_load_n(&trust.ready, __ATOMIC_ACQUIRE) == 0) {
		return result;
	}
	ipc_lock(&trust.asking);
	result = prove(&self, &question, proof);
	result = result ?: acs_open_network(trust.acs, question.nonce, proof, network);
	ipc_unlock(&trust.asking);
	return result;
}
