/* What the files of lib/crypto share.  It shows LibTomCrypt, so nobody else includes it. */
#pragma once

#include "settings.h"

#define LTC_SOURCE /* shows the short names of its arithmetic: mp_add(...) */

#include <tomcrypt.h>

#include "crypto.h"

/* Indexes in LibTomCrypt's tables; valid when crypto_started. */
extern bool crypto_started;
extern int crypto_sha256_index;
extern int crypto_scalar_index;

/* The "random number generator" that LibTomCrypt's P-256 reads scalars from (scalar.c). */
extern const struct ltc_prng_descriptor crypto_scalar_descriptor;

/*
 * Where P-256 takes its secret numbers from: all between 1 and n - 1.  With "nonce" the first one
 * is RFC 6979's for the key and digest given to crypto_scalars_for_message; the others are random.
 */
struct crypto_scalars {
	struct crypto_random *random;
	bool nonce;
	uint8_t key[CRYPTO_DIGEST_BYTES]; /* K and V of RFC 6979, 3.2 */
	uint8_t value[CRYPTO_DIGEST_BYTES];
	enum crypto_error error; /* why there was no number */
};

enum crypto_error crypto_scalars_for_message(struct crypto_scalars *scalars,
					     const uint8_t private_key[CRYPTO_PRIVATE_BYTES],
					     const uint8_t digest[CRYPTO_DIGEST_BYTES]);

/* Whether 1 <= scalar < n, in constant time. */
bool crypto_is_scalar(const uint8_t scalar[CRYPTO_PRIVATE_BYTES]);

/* Translates a result of LibTomCrypt. */
enum crypto_error crypto_translate_error(int result);

/* Whether a piece of data can be one: within the limit, and not null unless empty. */
static inline bool crypto_is_piece(const void *data, size_t bytes)
{
	return bytes <= CRYPTO_DATA_BYTES_MAX && (data != NULL || bytes == 0);
}

/* LibTomCrypt refuses null pointers even where it reads nothing. */
static inline const uint8_t *crypto_not_null(const void *data)
{
	return data != NULL ? data : (const void *)"";
}
