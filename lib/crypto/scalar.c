/*
 * The secret numbers of P-256.  LibTomCrypt takes what its generator gives (modulo n, zero too), so
 * the choice is made here: a number from 1 to n - 1 or none, each as likely as the other.
 */
#include <string.h>

#include "internal.h"

/* n, the order of the base point: FIPS 186-4, D.1.2.3. */
static const uint8_t order[CRYPTO_PRIVATE_BYTES] = {
	0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
	0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
};

/* A candidate fails once in 2^32; so many failures are no chance. */
#define CANDIDATES_MAX 16

/* difference = number - n, modulo 2^256; whether number < n.  No branch depends on the number. */
static bool subtract_order(const uint8_t *number, uint8_t *difference)
{
	unsigned int borrow = 0;

	for (int i = CRYPTO_PRIVATE_BYTES - 1; i >= 0; i--) {
		unsigned int digit = 0x100u + number[i] - order[i] - borrow;

		difference[i] = (uint8_t)digit;
		borrow = 1 - (digit >> 8);
	}
	return borrow == 1;
}

bool crypto_is_scalar(const uint8_t scalar[CRYPTO_PRIVATE_BYTES])
{
	static const uint8_t zero[CRYPTO_PRIVATE_BYTES];
	uint8_t difference[CRYPTO_PRIVATE_BYTES];
	bool below = subtract_order(scalar, difference);
	bool is_zero = crypto_match_bytes(scalar, zero, sizeof zero);

	crypto_wipe_bytes(difference, sizeof difference);
	return below & !is_zero;
}

/* K = HMAC(K, V | mark | more), V = HMAC(K, V): the step of RFC 6979, 3.2 d to h. */
static enum crypto_error advance(struct crypto_scalars *scalars, uint8_t mark, const uint8_t *more,
				 size_t more_bytes)
{
	uint8_t text[CRYPTO_DIGEST_BYTES + 1 + CRYPTO_PRIVATE_BYTES + CRYPTO_DIGEST_BYTES];
	uint8_t key[CRYPTO_DIGEST_BYTES];
	uint8_t value[CRYPTO_DIGEST_BYTES];

	memcpy(text, scalars->value, CRYPTO_DIGEST_BYTES);
	text[CRYPTO_DIGEST_BYTES] = mark;
	if (more_bytes > 0) {
		memcpy(text + CRYPTO_DIGEST_BYTES + 1, more, more_bytes);
	}
	enum crypto_error error = crypto_make_mac(scalars->key, sizeof scalars->key, text,
						  CRYPTO_DIGEST_BYTES + 1 + more_bytes, key);
	if (error == CRYPTO_OK) {
		error = crypto_make_mac(key, sizeof key, scalars->value, sizeof scalars->value,
					value);
	}
	if (error == CRYPTO_OK) {
		memcpy(scalars->key, key, sizeof key);
		memcpy(scalars->value, value, sizeof value);
	}
	crypto_wipe_bytes(text, sizeof text);
	crypto_wipe_bytes(key, sizeof key);
	crypto_wipe_bytes(value, sizeof value);
	return error;
}

enum crypto_error crypto_scalars_for_message(struct crypto_scalars *scalars,
					     const uint8_t private_key[CRYPTO_PRIVATE_BYTES],
					     const uint8_t digest[CRYPTO_DIGEST_BYTES])
{
	/* int2octets(x), bits2octets(h1) */
	uint8_t seed[CRYPTO_PRIVATE_BYTES + CRYPTO_DIGEST_BYTES];

	memcpy(seed, private_key, CRYPTO_PRIVATE_BYTES);
	if (subtract_order(digest, seed + CRYPTO_PRIVATE_BYTES)) {
		memcpy(seed + CRYPTO_PRIVATE_BYTES, digest, CRYPTO_DIGEST_BYTES);
	}
	scalars->nonce = true;
	memset(scalars->value, 0x01, sizeof scalars->value);
	memset(scalars->key, 0x00, sizeof scalars->key);
	enum crypto_error error = advance(scalars, 0x00, seed, sizeof seed);
	if (error == CRYPTO_OK) {
		error = advance(scalars, 0x01, seed, sizeof seed);
	}
	crypto_wipe_bytes(seed, sizeof seed);
	return error;
}

/* The next candidate for RFC 6979's nonce. */
static enum crypto_error next_nonce(struct crypto_scalars *scalars, bool first,
				    uint8_t out[CRYPTO_PRIVATE_BYTES])
{
	uint8_t value[CRYPTO_DIGEST_BYTES];
	enum crypto_error error = first ? CRYPTO_OK : advance(scalars, 0x00, NULL, 0);

	if (error == CRYPTO_OK) {
		error = crypto_make_mac(scalars->key, sizeof scalars->key, scalars->value,
					sizeof scalars->value, value);
	}
	if (error == CRYPTO_OK) {
		memcpy(scalars->value, value, sizeof value);
		memcpy(out, value, sizeof value);
	}
	crypto_wipe_bytes(value, sizeof value);
	return error;
}

static enum crypto_error choose(struct crypto_scalars *scalars, uint8_t out[CRYPTO_PRIVATE_BYTES])
{
	for (int candidate = 0; candidate < CANDIDATES_MAX; candidate++) {
		enum crypto_error error = scalars->nonce ? next_nonce(scalars, candidate == 0, out)
							 : crypto_make_random(scalars->random, out,
									      CRYPTO_PRIVATE_BYTES);
		if (error != CRYPTO_OK) {
			return error;
		}
		if (crypto_is_scalar(out)) {
			scalars->nonce = false;
			return CRYPTO_OK;
		}
	}
	return CRYPTO_ERROR_ENTROPY;
}

/* LibTomCrypt hands back the pointer that it was given as a generator's state. */
static unsigned long read_scalar(unsigned char *out, unsigned long bytes, prng_state *state)
{
	struct crypto_scalars *scalars = (struct crypto_scalars *)(void *)state;

	if (bytes != CRYPTO_PRIVATE_BYTES) {
		scalars->error = CRYPTO_ERROR_INTERNAL;
		return 0;
	}
	scalars->error = choose(scalars, out);
	if (scalars->error != CRYPTO_OK) {
		memset(out, 0, bytes);
		return 0;
	}
	return bytes;
}

const struct ltc_prng_descriptor crypto_scalar_descriptor = {
	.name = "scalars of P-256",
	.read = read_scalar,
};
