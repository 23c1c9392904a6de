/* Sealing cluster keys: ECDH, HKDF, ChaCha20-Poly1305; each key seals once, so the nonce is 0. */
#include "cluster_key.h"

#include <string.h>

_Static_assert(ROSTER_SEALED_BYTES == CRYPTO_KEY_BYTES + CRYPTO_TAG_BYTES, "a sealed key");

static const uint8_t nonce[CRYPTO_NONCE_BYTES];

/* For whom, and in which roster: a key is good there and nowhere else. */
struct purpose {
	char label[18];
	uint8_t version[8];
	uint8_t id[ROSTER_ID_BYTES];
};

static enum crypto_error make_seal_key(const uint8_t secret[CRYPTO_SECRET_BYTES],
				       const struct purpose *purpose, uint8_t key[CRYPTO_KEY_BYTES])
{
	uint8_t extracted[CRYPTO_KEY_BYTES];
	enum crypto_error error = crypto_extract_key(purpose->id, sizeof purpose->id, secret,
						     CRYPTO_SECRET_BYTES, extracted);

	if (error == CRYPTO_OK) {
		error = crypto_expand_key(extracted, purpose, sizeof *purpose, key,
					  CRYPTO_KEY_BYTES);
	}
	crypto_wipe_bytes(extracted, sizeof extracted);
	return error;
}

static struct purpose describe(uint64_t version, const uint8_t id[ROSTER_ID_BYTES])
{
	struct purpose purpose = {.label = "masix cluster key"};

	for (int i = 0; i < 8; i++) {
		purpose.version[i] = (uint8_t)(version >> 8 * i);
	}
	memcpy(purpose.id, id, sizeof purpose.id);
	return purpose;
}

enum crypto_error trust_seal_cluster_key(const uint8_t secret[CRYPTO_SECRET_BYTES],
					 uint64_t version, const uint8_t id[ROSTER_ID_BYTES],
					 const uint8_t key[CRYPTO_KEY_BYTES],
					 uint8_t sealed[ROSTER_SEALED_BYTES])
{
	const struct purpose purpose = describe(version, id);
	uint8_t seal[CRYPTO_KEY_BYTES];
	enum crypto_error error = make_seal_key(secret, &purpose, seal);

	if (error == CRYPTO_OK) {
		error = crypto_seal_data(seal, nonce, &purpose, sizeof purpose, key,
					 CRYPTO_KEY_BYTES, sealed);
	}
	crypto_wipe_bytes(seal, sizeof seal);
	return error;
}

enum crypto_error trust_open_cluster_key(const struct roster *roster,
					 const uint8_t id[ROSTER_ID_BYTES],
					 const uint8_t private_key[CRYPTO_PRIVATE_BYTES],
					 uint8_t key[CRYPTO_KEY_BYTES])
{
	const struct purpose purpose = describe(roster->version, id);
	const uint8_t *public_key = NULL, *sealed = NULL;
	uint8_t secret[CRYPTO_SECRET_BYTES], seal[CRYPTO_KEY_BYTES];
	enum crypto_error error = CRYPTO_OK;

	if (!roster_find_key(roster, id, &public_key, &sealed)) {
		return CRYPTO_ERROR_FORGED;
	}
	error = crypto_agree_secret(private_key, public_key, secret);
	if (error == CRYPTO_OK) {
		error = make_seal_key(secret, &purpose, seal);
	}
	if (error == CRYPTO_OK) {
		error = crypto_open_data(seal, nonce, &purpose, sizeof purpose, sealed,
					 ROSTER_SEALED_BYTES, key);
	}
	crypto_wipe_bytes(secret, sizeof secret);
	crypto_wipe_bytes(seal, sizeof seal);
	return error;
}
