/*
 * The cluster key that a roster brings its nodes: sealed on the host for the key of each, so that
 * the roster may pass through anybody's hands.  The host makes a key pair for the purpose and
 * forgets its private half; "secret" is what crypto_agree_secret makes of one half of it and one of
 * the node's.
 */
#pragma once

#include <crypto/crypto.h>
#include "roster_core.h"

enum crypto_error trust_seal_cluster_key(const uint8_t secret[CRYPTO_SECRET_BYTES],
					 uint64_t version, const uint8_t id[ROSTER_ID_BYTES],
					 const uint8_t key[CRYPTO_KEY_BYTES],
					 uint8_t sealed[ROSTER_SEALED_BYTES]);

/* The key that the roster has for the node with that id, opened with its private key; FORGED: none,
   or it is not for that key. */
enum crypto_error trust_open_cluster_key(const struct roster *roster,
					 const uint8_t id[ROSTER_ID_BYTES],
					 const uint8_t private_key[CRYPTO_PRIVATE_BYTES],
					 uint8_t key[CRYPTO_KEY_BYTES]);
