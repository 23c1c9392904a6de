/* What the files of lib/trust share in a server. */
#pragma once

#include <crypto/crypto.h>
#include <ipc/sync.h>
#include "trust.h"
#include "window_core.h"

#define TRUST_HALVES_MAX 32 /* peers that are half way */

/* Who we are.  [s] is set while trust_start runs, and never again; else under the lock. */
struct trust_state {
	struct ipc_lock lock;
	struct trust_server server; /* [s] */
	char name[ACS_NAME_BYTES];  /* [s] */
	struct ipc_object *trusted; /* [s] the inter-server port's */
	struct crypto_random random;
	uint32_t ready; /* a word to wait on: 1 when the secret is there */
	acs_secret_t secret;
	mach_port_t acs;       /* our port of acs_trusted.defs */
	struct window tickets; /* used ones */
	unsigned int halves;
	struct ipc_lock asking; /* a challenge is for one question at a time */
};

extern struct trust_state trust;
extern struct ipc_class trust_class;

/* Random bytes, under the lock's care. */
kern_return_t trust_make_random(void *out, size_t bytes);
