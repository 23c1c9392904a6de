/* Letting other servers in that prove who they are: server_auth.defs. */
#include <string.h>

#include <libmach.h>
#include <gen/server_auth_server.h>
#include "internal.h"
#include "proof.h"

/* A peer that has shown its ticket, and not yet its proof. */
struct half {
	struct trust_peer peer;
	struct trust_exchange exchange;
	uint8_t key[CRYPTO_KEY_BYTES];
	boolean_t tried;
};

static void half_reclaim(struct ipc_object *object)
{
	struct half *half = ipc_object_data(object);

	crypto_wipe_bytes(half->key, sizeof half->key);
	ipc_lock(&trust.lock);
	trust.halves--;
	ipc_unlock(&trust.lock);
}

static struct ipc_class half_class = {
	.name = "half",
	.interfaces = (const ipc_interface_t[]){server_auth_server_routine, NULL},
	.data_bytes = sizeof(struct half),
	.reclaim = half_reclaim,
};

/* An object for a peer that is half way; the count is taken already. */
static kern_return_t make_half(struct ipc_bucket *bucket, struct ipc_object **object)
{
	struct ipc_client *client = NULL;
	kern_return_t result = ipc_client_create(bucket, NULL, &client);

	if (result == KERN_SUCCESS) {
		result = ipc_object_create(client, &half_class, object);
		ipc_client_release(client);
	}
	return result;
}

/* Opens and uses up a ticket; a place among the halves is taken when it succeeds. */
static kern_return_t take_ticket(const acs_ticket_t sealed, struct trust_ticket *ticket)
{
	kern_return_t result = KERN_SUCCESS;

	ipc_lock(&trust.lock);
	if (trust.ready == 0) {
		result = KERN_NOT_RECEIVER;
	} else if (trust_open_ticket(trust.secret, trust.name, sealed, ticket) != CRYPTO_OK) {
		result = ACS_WRONG_PROOF;
	} else if (trust.halves == TRUST_HALVES_MAX) {
		result = KERN_RESOURCE_SHORTAGE;
	} else if (!window_take(&trust.tickets, ticket->serial)) {
		result = ACS_WRONG_PROOF;
	} else {
		trust.halves++;
	}
	ipc_unlock(&trust.lock);
	return result;
}

static kern_return_t fill_half(struct half *half, const struct trust_ticket *ticket,
			       const acs_nonce_t nonce)
{
	memcpy(half->peer.name, ticket->asker, sizeof half->peer.name);
	memcpy(half->peer.node, ticket->node, sizeof half->peer.node);
	half->peer.incarnation = ticket->incarnation;
	memcpy(half->key, ticket->key, sizeof half->key);
	memcpy(half->exchange.asker, ticket->asker, sizeof half->exchange.asker);
	memcpy(half->exchange.server, trust.name, sizeof half->exchange.server);
	memcpy(half->exchange.asker_nonce, nonce, sizeof half->exchange.asker_nonce);
	return trust_make_random(half->exchange.server_nonce, sizeof half->exchange.server_nonce);
}

kern_return_t serve_server_begin(ipc_call_t call, const acs_ticket_t sealed,
				 const acs_nonce_t nonce, acs_nonce_t answer, acs_proof_t proof,
				 mach_port_t *port)
{
	struct trust_ticket ticket;
	struct ipc_object *object = NULL;
	struct half *half = NULL;
	kern_return_t result = KERN_INVALID_ARGUMENT;

	if (call->object->class != &trust_class) {
		return result;
	}
	result = take_ticket(sealed, &ticket);
	if (result != KERN_SUCCESS) {
		return result;
	}
	result = make_half(call->object->client->bucket, &object);
	if (result != KERN_SUCCESS) {
		ipc_lock(&trust.lock);
		trust.halves--;
		ipc_unlock(&trust.lock);
		crypto_wipe_bytes(&ticket, sizeof ticket);
		return result;
	}
	half = ipc_object_data(object);
	result = fill_half(half, &ticket, nonce);
	crypto_wipe_bytes(&ticket, sizeof ticket);
	if (result == KERN_SUCCESS &&
	    trust_make_answer(half->key, TRUST_SERVER, &half->exchange, proof) != CRYPTO_OK) {
		result = KERN_RESOURCE_SHORTAGE;
	}
	if (result != KERN_SUCCESS) {
		ipc_object_destroy(object);
		return result;
	}
	memcpy(answer, half->exchange.server_nonce, sizeof(acs_nonce_t));
	*port = ipc_object_give(object);
	return KERN_SUCCESS;
}

kern_return_t serve_server_finish(ipc_call_t call, const acs_proof_t proof, mach_port_t *port)
{
	struct half *half = ipc_call_data(call);
	struct ipc_object *object = NULL;
	kern_return_t result = KERN_INVALID_ARGUMENT;
	boolean_t tried = FALSE;

	if (call->object->class != &half_class) {
		return result;
	}
	ipc_lock(&trust.lock);
	tried = half->tried;
	half->tried = TRUE;
	ipc_unlock(&trust.lock);
	if (tried ||
	    trust_check_answer(half->key, TRUST_ASKER, &half->exchange, proof) != CRYPTO_OK) {
		return ACS_WRONG_PROOF;
	}
	if (trust.server.accept == NULL) {
		return KERN_NO_ACCESS;
	}
	result = trust.server.accept(&half->peer, ipc_call_client(call), &object);
	if (result == KERN_SUCCESS) {
		*port = ipc_object_give(object);
	}
	return result;
}
