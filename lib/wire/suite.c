#include "suite.h"

_Static_assert(WIRE_PUBLIC_BYTES == CRYPTO_PUBLIC_BYTES, "points");
_Static_assert(WIRE_PRIVATE_BYTES == CRYPTO_PRIVATE_BYTES, "scalars");
_Static_assert(WIRE_KEY_BYTES == CRYPTO_KEY_BYTES, "keys");
_Static_assert(WIRE_KEY_BYTES == CRYPTO_SECRET_BYTES, "secrets");
_Static_assert(WIRE_DIGEST_BYTES == CRYPTO_DIGEST_BYTES, "digests");
_Static_assert(WIRE_TAG_BYTES == CRYPTO_TAG_BYTES, "tags");

/* Noise (revision 34, section 12.3): four zero bytes, then the counter, little-endian. */
static void make_nonce(uint8_t nonce[CRYPTO_NONCE_BYTES], uint64_t counter)
{
	for (unsigned i = 0; i < CRYPTO_NONCE_BYTES; i++) {
		nonce[i] = i < 4 ? 0 : (uint8_t)(counter >> 8 * (i - 4));
	}
}

static bool seal(void *context, const uint8_t key[WIRE_KEY_BYTES], uint64_t counter,
		 const void *associated, size_t associated_bytes, void *data, size_t bytes)
{
	uint8_t nonce[CRYPTO_NONCE_BYTES];
	(void)context;
	make_nonce(nonce, counter);
	return crypto_seal_data(key, nonce, associated, associated_bytes, data, bytes, data) ==
	       CRYPTO_OK;
}

static bool open(void *context, const uint8_t key[WIRE_KEY_BYTES], uint64_t counter,
		 const void *associated, size_t associated_bytes, void *data, size_t bytes)
{
	uint8_t nonce[CRYPTO_NONCE_BYTES];
	(void)context;
	make_nonce(nonce, counter);
	return crypto_open_data(key, nonce, associated, associated_bytes, data, bytes, data) ==
	       CRYPTO_OK;
}

static bool hash(void *context, const void *data, size_t bytes, uint8_t digest[WIRE_DIGEST_BYTES])
{
	(void)context;
	return crypto_hash_data(data, bytes, digest) == CRYPTO_OK;
}

static bool mac(void *context, const uint8_t key[WIRE_KEY_BYTES], const void *data, size_t bytes,
		uint8_t code[WIRE_DIGEST_BYTES])
{
	(void)context;
	return crypto_make_mac(key, WIRE_KEY_BYTES, data, bytes, code) == CRYPTO_OK;
}

static bool extract(void *context, const uint8_t salt[WIRE_KEY_BYTES], const void *material,
		    size_t bytes, uint8_t key[WIRE_KEY_BYTES])
{
	(void)context;
	return crypto_extract_key(salt, WIRE_KEY_BYTES, material, bytes, key) == CRYPTO_OK;
}

static bool expand(void *context, const uint8_t key[WIRE_KEY_BYTES], const void *info,
		   size_t info_bytes, void *out, size_t out_bytes)
{
	(void)context;
	return crypto_expand_key(key, info, info_bytes, out, out_bytes) == CRYPTO_OK;
}

static bool match(const void *left, const void *right, size_t bytes)
{
	return crypto_match_bytes(left, right, bytes);
}

const struct wire_suite wire_crypto_suite = {
	.seal = seal,
	.open = open,
	.hash = hash,
	.mac = mac,
	.extract = extract,
	.expand = expand,
	.match = match,
	.wipe = crypto_wipe_bytes,
};

static bool make_pair(void *context, uint8_t private_key[WIRE_PRIVATE_BYTES],
		      uint8_t public_key[WIRE_PUBLIC_BYTES])
{
	struct wire_crypto_keys *keys = context;
	return crypto_make_pair(keys->random, private_key, public_key) == CRYPTO_OK;
}

static bool agree(void *context, const uint8_t private_key[WIRE_PRIVATE_BYTES],
		  const uint8_t public_key[WIRE_PUBLIC_BYTES], uint8_t secret[WIRE_KEY_BYTES])
{
	(void)context;
	return crypto_agree_secret(private_key, public_key, secret) == CRYPTO_OK;
}

static bool agree_static(void *context, const uint8_t public_key[WIRE_PUBLIC_BYTES],
			 uint8_t secret[WIRE_KEY_BYTES])
{
	struct wire_crypto_keys *keys = context;
	return crypto_agree_secret(keys->static_key, public_key, secret) == CRYPTO_OK;
}

struct wire_arithmetic wire_crypto_arithmetic(struct wire_crypto_keys *keys)
{
	return (struct wire_arithmetic){keys, make_pair, agree, agree_static};
}
