/*
 * lib/crypto as the cores want it.  crypto_start must have been called.
 */
#pragma once

#include <crypto/crypto.h>

#include "suite_core.h"

/* Noise_KK_P256_ChaChaPoly_SHA256's primitives. */
extern const struct wire_suite wire_crypto_suite;

/*
 * Arithmetic with a private key that lies in this task; "static_key" must stay.  Where it does
 * not lie here, the caller makes a table of its own, whose agree_static asks who has it.
 */
struct wire_crypto_keys {
	struct crypto_random *random;
	const uint8_t *static_key; /* [CRYPTO_PRIVATE_BYTES] */
};

struct wire_arithmetic wire_crypto_arithmetic(struct wire_crypto_keys *keys);
