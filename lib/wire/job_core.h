/*
 * Handshake arithmetic as jobs: the frame loop hands one out as an effect, a worker runs it, and
 * the result comes back as an event.  A job holds secrets: whoever copies it wipes the copy.
 */
#pragma once

#include "suite_core.h"

enum wire_job_kind {
	WIRE_JOB_SHARE,  /* the secret of the two static keys: once a peer */
	WIRE_JOB_OFFER,  /* INIT: e, es */
	WIRE_JOB_ANSWER, /* RESP: es, e, ee, se */
	WIRE_JOB_FINISH, /* after RESP: ee, se */
};

struct wire_job {
	uint32_t peer, ticket; /* whose it is; a ticket that is not the last one's is ignored */
	enum wire_job_kind kind;
	bool good; /* the result: whether all went well */
	uint8_t peer_static[WIRE_PUBLIC_BYTES];
	uint8_t peer_ephemeral[WIRE_PUBLIC_BYTES];
	uint8_t private_key[WIRE_PRIVATE_BYTES]; /* our ephemeral pair */
	uint8_t public_key[WIRE_PUBLIC_BYTES];
	uint8_t share[WIRE_KEY_BYTES]; /* SHARE */
	uint8_t es[WIRE_KEY_BYTES], ee[WIRE_KEY_BYTES], se[WIRE_KEY_BYTES];
};

/* Multiplies; sets "good".  May be called in any thread. */
void wire_run_job(const struct wire_arithmetic *arithmetic, struct wire_job *job);
