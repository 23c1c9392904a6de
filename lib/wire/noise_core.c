#include "noise_core.h"

#define MIX_BYTES_MAX 128

static void mix_hash(struct wire_noise *noise, const struct wire_suite *suite, const void *data,
		     size_t bytes)
{
	uint8_t buffer[WIRE_DIGEST_BYTES + MIX_BYTES_MAX];
	if (noise->failed || bytes > MIX_BYTES_MAX) {
		noise->failed = true;
		return;
	}
	__builtin_memcpy(buffer, noise->hash, WIRE_DIGEST_BYTES);
	__builtin_memcpy(buffer + WIRE_DIGEST_BYTES, data, bytes);
	noise->failed =
		!suite->hash(suite->context, buffer, WIRE_DIGEST_BYTES + bytes, noise->hash);
}

void wire_noise_start(struct wire_noise *noise, const struct wire_suite *suite,
		      const void *prologue, size_t prologue_bytes,
		      const uint8_t initiator[WIRE_PUBLIC_BYTES],
		      const uint8_t responder[WIRE_PUBLIC_BYTES])
{
	static const char name[WIRE_DIGEST_BYTES] = WIRE_NOISE_NAME;
	*noise = (struct wire_noise){0};
	/* A name that fits is the hash itself (section 5.2). */
	__builtin_memcpy(noise->hash, name, WIRE_DIGEST_BYTES);
	__builtin_memcpy(noise->chain, name, WIRE_DIGEST_BYTES);
	mix_hash(noise, suite, prologue, prologue_bytes);
	mix_hash(noise, suite, initiator, WIRE_PUBLIC_BYTES);
	mix_hash(noise, suite, responder, WIRE_PUBLIC_BYTES);
}

void wire_noise_mix_public(struct wire_noise *noise, const struct wire_suite *suite,
			   const uint8_t public_key[WIRE_PUBLIC_BYTES])
{
	mix_hash(noise, suite, public_key, WIRE_PUBLIC_BYTES);
}

void wire_noise_mix_secret(struct wire_noise *noise, const struct wire_suite *suite,
			   const uint8_t secret[WIRE_KEY_BYTES])
{
	uint8_t extracted[WIRE_KEY_BYTES], out[2 * WIRE_KEY_BYTES];
	if (noise->failed ||
	    !suite->extract(suite->context, noise->chain, secret, WIRE_KEY_BYTES, extracted) ||
	    !suite->expand(suite->context, extracted, NULL, 0, out, sizeof out)) {
		noise->failed = true;
		return;
	}
	__builtin_memcpy(noise->chain, out, WIRE_KEY_BYTES);
	__builtin_memcpy(noise->key, out + WIRE_KEY_BYTES, WIRE_KEY_BYTES);
	suite->wipe(extracted, sizeof extracted);
	suite->wipe(out, sizeof out);
}

bool wire_noise_seal(struct wire_noise *noise, const struct wire_suite *suite,
		     uint8_t payload[WIRE_TERMS_BYTES + WIRE_TAG_BYTES])
{
	/* Each message seals once after its last key was mixed in: the nonce is always 0. */
	if (noise->failed || !suite->seal(suite->context, noise->key, 0, noise->hash,
					  WIRE_DIGEST_BYTES, payload, WIRE_TERMS_BYTES)) {
		return false;
	}
	mix_hash(noise, suite, payload, WIRE_TERMS_BYTES + WIRE_TAG_BYTES);
	return !noise->failed;
}

bool wire_noise_open(struct wire_noise *noise, const struct wire_suite *suite,
		     uint8_t payload[WIRE_TERMS_BYTES + WIRE_TAG_BYTES])
{
	uint8_t hash[WIRE_DIGEST_BYTES];
	if (noise->failed) {
		return false;
	}
	__builtin_memcpy(hash, noise->hash, sizeof hash);
	mix_hash(noise, suite, payload, WIRE_TERMS_BYTES + WIRE_TAG_BYTES);
	return !noise->failed && suite->open(suite->context, noise->key, 0, hash, sizeof hash,
					     payload, WIRE_TERMS_BYTES + WIRE_TAG_BYTES);
}

bool wire_noise_split(struct wire_noise *noise, const struct wire_suite *suite,
		      uint8_t to_responder[WIRE_KEY_BYTES], uint8_t to_initiator[WIRE_KEY_BYTES])
{
	uint8_t extracted[WIRE_KEY_BYTES], out[2 * WIRE_KEY_BYTES];
	if (noise->failed || !suite->extract(suite->context, noise->chain, NULL, 0, extracted) ||
	    !suite->expand(suite->context, extracted, NULL, 0, out, sizeof out)) {
		return false;
	}
	__builtin_memcpy(to_responder, out, WIRE_KEY_BYTES);
	__builtin_memcpy(to_initiator, out + WIRE_KEY_BYTES, WIRE_KEY_BYTES);
	suite->wipe(extracted, sizeof extracted);
	suite->wipe(out, sizeof out);
	suite->wipe(noise->chain, sizeof noise->chain);
	suite->wipe(noise->key, sizeof noise->key);
	return true;
}
