/*
 * Random numbers.  Each use: key = HKDF-Extract(chain, fresh entropy) starts LibTomCrypt's ChaCha20
 * generator, whose first 32 bytes are the next chain ("fast key erasure") and the following bytes
 * the result.  Nothing here knows where the entropy comes from.
 */
#include <string.h>

#include "internal.h"

#define SEEDED        0x5eedf00d /* crypto_random.magic */
#define ENTROPY_BYTES 32

/* Whether a block is one 32-bit word over and over: a generator that is stuck. */
static bool is_stuck(const uint8_t *block)
{
	return memcmp(block, block + 4, ENTROPY_BYTES - 4) == 0;
}

/* Takes one block from the source; refuses one that is stuck or like the one before. */
static enum crypto_error take_entropy(struct crypto_random *random, uint8_t block[ENTROPY_BYTES])
{
	uint8_t digest[CRYPTO_DIGEST_BYTES];
	enum crypto_error error = random->source.read(random->source.context, block, ENTROPY_BYTES);

	if (error != CRYPTO_OK) {
		return CRYPTO_ERROR_ENTROPY;
	}
	error = crypto_hash_data(block, ENTROPY_BYTES, digest);
	if (error != CRYPTO_OK) {
		return error;
	}
	if (is_stuck(block) || crypto_match_bytes(digest, random->last, sizeof digest)) {
		return CRYPTO_ERROR_ENTROPY;
	}
	memcpy(random->last, digest, sizeof digest);
	return CRYPTO_OK;
}

/* Stretches a key to the next chain and "bytes" of result. */
static enum crypto_error stretch(struct crypto_random *random, const uint8_t key[CRYPTO_KEY_BYTES],
				 uint8_t *out, size_t bytes)
{
	prng_state state;
	unsigned long got = 0;
	int result = chacha20_prng_start(&state);

	if (result == CRYPT_OK) {
		result = chacha20_prng_add_entropy(key, CRYPTO_KEY_BYTES, &state);
	}
	if (result == CRYPT_OK) {
		result = chacha20_prng_ready(&state);
	}
	if (result == CRYPT_OK) {
		got = chacha20_prng_read(random->chain, sizeof random->chain, &state);
		if (bytes > 0) {
			got += chacha20_prng_read(out, bytes, &state);
		}
	}
	crypto_wipe_bytes(&state, sizeof state);
	return got == sizeof random->chain + bytes ? CRYPTO_OK : CRYPTO_ERROR_INTERNAL;
}

/* Fills "out" from fresh entropy and the chain. */
static enum crypto_error generate(struct crypto_random *random, uint8_t *out, size_t bytes)
{
	uint8_t fresh[ENTROPY_BYTES];
	uint8_t key[CRYPTO_KEY_BYTES];
	enum crypto_error error = take_entropy(random, fresh);

	if (error == CRYPTO_OK) {
		error = crypto_extract_key(random->chain, sizeof random->chain, fresh, sizeof fresh,
					   key);
	}
	if (error == CRYPTO_OK) {
		error = stretch(random, key, out, bytes);
	}
	crypto_wipe_bytes(fresh, sizeof fresh);
	crypto_wipe_bytes(key, sizeof key);
	return error;
}

enum crypto_error crypto_start_random(struct crypto_random *random,
				      const struct crypto_source *source)
{
	crypto_stop_random(random);
	if (source == NULL || source->read == NULL) {
		return CRYPTO_ERROR_ARGUMENT;
	}
	if (!crypto_started) {
		return CRYPTO_ERROR_NOT_STARTED;
	}
	random->source = *source;
	/* twice, so that a source that repeats itself is found before the first number is used */
	enum crypto_error error = generate(random, NULL, 0);
	if (error == CRYPTO_OK) {
		error = generate(random, NULL, 0);
	}
	if (error != CRYPTO_OK) {
		crypto_stop_random(random);
		return error;
	}
	random->magic = SEEDED;
	return CRYPTO_OK;
}

enum crypto_error crypto_mix_seed(struct crypto_random *random, const void *seed, size_t seed_bytes)
{
	uint8_t mixed[CRYPTO_KEY_BYTES];

	if (random->magic != SEEDED) {
		return CRYPTO_ERROR_UNSEEDED;
	}
	enum crypto_error error =
		crypto_extract_key(random->chain, sizeof random->chain, seed, seed_bytes, mixed);
	if (error == CRYPTO_OK) {
		memcpy(random->chain, mixed, sizeof random->chain);
	}
	crypto_wipe_bytes(mixed, sizeof mixed);
	return error;
}

enum crypto_error crypto_make_random(struct crypto_random *random, void *out, size_t bytes)
{
	enum crypto_error error = CRYPTO_OK;

	if (!crypto_is_piece(out, bytes)) {
		return CRYPTO_ERROR_ARGUMENT;
	}
	if (random->magic != SEEDED) {
		error = CRYPTO_ERROR_UNSEEDED;
	} else {
		error = generate(random, out, bytes);
	}
	if (error != CRYPTO_OK && bytes > 0) {
		memset(out, 0, bytes);
	}
	return error;
}

void crypto_stop_random(struct crypto_random *random)
{
	crypto_wipe_bytes(random, sizeof *random);
}
