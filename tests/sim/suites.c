/*
 * Two suites: lib/crypto, and a cheap one whose seal fails on any changed byte all the same.  Both
 * watch that no key and counter are used twice for sealing.  The cheap agreement is real
 * Diffie-Hellman, in a group that a child could break.
 */
#include "sim.h"
#include "wire/suite.h"

#include <stdlib.h>
#include <string.h>

static bool real_suite;
static struct wire_suite suite;

/* --- no nonce twice */

#define NONCES (1u << 18)
static struct {
	uint64_t hash;
	uint32_t run;
} * nonces;
static uint32_t run, nonce_count;

static void watch_nonce(const uint8_t key[WIRE_KEY_BYTES], uint64_t counter)
{
	uint64_t hash;
	memcpy(&hash, key, sizeof hash);
	hash = (hash ^ counter * 0x9e3779b97f4a7c15ull) * 0xbf58476d1ce4e5b9ull | 1;
	if (nonce_count > NONCES / 2) {
		return;
	}
	uint32_t i = (uint32_t)(hash >> 40) % NONCES;
	for (; nonces[i].run == run; i = (i + 1) % NONCES) {
		if (nonces[i].hash == hash) {
			sim_fail("a key sealed twice with the counter %llu",
				 (unsigned long long)counter);
			return;
		}
	}
	nonces[i].hash = hash;
	nonces[i].run = run;
	nonce_count++;
}

/* --- the cheap suite */

struct mix {
	uint64_t a, b;
};

static void mix_word(struct mix *m, uint64_t word)
{
	m->a = (m->a ^ word) * 0x9e3779b97f4a7c15ull;
	m->a ^= m->a >> 29;
	m->b = (m->b + m->a) * 0xbf58476d1ce4e5b9ull;
	m->b ^= m->b >> 32;
}

static void mix_bytes(struct mix *m, const void *data, size_t bytes)
{
	const uint8_t *at = data;
	mix_word(m, bytes);
	for (; bytes >= 8; bytes -= 8, at += 8) {
		uint64_t word;
		memcpy(&word, at, 8);
		mix_word(m, word);
	}
	uint64_t last = 0;
	if (bytes > 0) {
		memcpy(&last, at, bytes);
	}
	mix_word(m, last);
}

static void mix_out(struct mix *m, void *out, size_t bytes)
{
	uint8_t *at = out;
	while (bytes > 0) {
		size_t now = bytes < 8 ? bytes : 8;
		mix_word(m, 0x5bd1e995);
		uint64_t word = m->a ^ m->b;
		memcpy(at, &word, now);
		at += now;
		bytes -= now;
	}
}

static void cheap_tag(const uint8_t *key, uint64_t counter, const void *associated,
		      size_t associated_bytes, const void *data, size_t bytes,
		      uint8_t tag[WIRE_TAG_BYTES])
{
	struct mix m = {1, counter};
	mix_bytes(&m, key, WIRE_KEY_BYTES);
	mix_bytes(&m, associated, associated_bytes);
	mix_bytes(&m, data, bytes);
	mix_out(&m, tag, WIRE_TAG_BYTES);
}

static bool cheap_seal(void *context, const uint8_t key[WIRE_KEY_BYTES], uint64_t counter,
		       const void *associated, size_t associated_bytes, void *data, size_t bytes)
{
	(void)context;
	watch_nonce(key, counter);
	cheap_tag(key, counter, associated, associated_bytes, data, bytes, (uint8_t *)data + bytes);
	return true;
}

static bool cheap_open(void *context, const uint8_t key[WIRE_KEY_BYTES], uint64_t counter,
		       const void *associated, size_t associated_bytes, void *data, size_t bytes)
{
	uint8_t tag[WIRE_TAG_BYTES];
	(void)context;
	if (bytes < WIRE_TAG_BYTES) {
		return false;
	}
	bytes -= WIRE_TAG_BYTES;
	cheap_tag(key, counter, associated, associated_bytes, data, bytes, tag);
	if (memcmp(tag, (uint8_t *)data + bytes, WIRE_TAG_BYTES) != 0) {
		memset(data, 0xee, bytes);
		return false;
	}
	return true;
}

static bool cheap_hash(void *context, const void *data, size_t bytes,
		       uint8_t digest[WIRE_DIGEST_BYTES])
{
	struct mix m = {2, 2};
	(void)context;
	mix_bytes(&m, data, bytes);
	mix_out(&m, digest, WIRE_DIGEST_BYTES);
	return true;
}

static bool cheap_keyed(uint64_t label, const uint8_t *key, const void *data, size_t bytes,
			void *out, size_t out_bytes)
{
	struct mix m = {label, 3};
	mix_bytes(&m, key, WIRE_KEY_BYTES);
	mix_bytes(&m, data, bytes);
	mix_out(&m, out, out_bytes);
	return true;
}

static bool cheap_mac(void *context, const uint8_t key[WIRE_KEY_BYTES], const void *data,
		      size_t bytes, uint8_t mac[WIRE_DIGEST_BYTES])
{
	(void)context;
	return cheap_keyed(4, key, data, bytes, mac, WIRE_DIGEST_BYTES);
}

static bool cheap_extract(void *context, const uint8_t salt[WIRE_KEY_BYTES], const void *material,
			  size_t bytes, uint8_t key[WIRE_KEY_BYTES])
{
	(void)context;
	return cheap_keyed(5, salt, material, bytes, key, WIRE_KEY_BYTES);
}

static bool cheap_expand(void *context, const uint8_t key[WIRE_KEY_BYTES], const void *info,
			 size_t info_bytes, void *out, size_t out_bytes)
{
	(void)context;
	return cheap_keyed(6, key, info, info_bytes, out, out_bytes);
}

static bool cheap_match(const void *left, const void *right, size_t bytes)
{
	return memcmp(left, right, bytes) == 0;
}

static void cheap_wipe(void *memory, size_t bytes)
{
	memset(memory, 0, bytes);
}

/* --- cheap arithmetic: powers of 7 modulo 2^31 - 1 */

#define PRIME 0x7fffffffu

static uint32_t power(uint32_t base, uint32_t exponent)
{
	uint64_t result = 1, square = base;
	for (; exponent != 0; exponent >>= 1) {
		if (exponent & 1) {
			result = result * square % PRIME;
		}
		square = square * square % PRIME;
	}
	return (uint32_t)result;
}

static void cheap_public(const uint8_t private_key[WIRE_PRIVATE_BYTES],
			 uint8_t public_key[WIRE_PUBLIC_BYTES])
{
	uint32_t exponent, value;
	memcpy(&exponent, private_key, 4);
	value = power(7, exponent);
	memset(public_key, 0, WIRE_PUBLIC_BYTES);
	public_key[0] = 4;
	memcpy(public_key + 1, &value, 4);
}

static bool cheap_agree(void *context, const uint8_t private_key[WIRE_PRIVATE_BYTES],
			const uint8_t public_key[WIRE_PUBLIC_BYTES], uint8_t secret[WIRE_KEY_BYTES])
{
	uint32_t exponent, value;
	(void)context;
	memcpy(&exponent, private_key, 4);
	memcpy(&value, public_key + 1, 4);
	if (public_key[0] != 4 || value == 0 || value >= PRIME) {
		return false;
	}
	value = power(value, exponent);
	return cheap_hash(NULL, &value, sizeof value, secret);
}

static bool cheap_pair(void *context, uint8_t private_key[WIRE_PRIVATE_BYTES],
		       uint8_t public_key[WIRE_PUBLIC_BYTES])
{
	(void)context;
	for (unsigned i = 0; i < WIRE_PRIVATE_BYTES; i++) {
		private_key[i] = (uint8_t)sim_random();
	}
	cheap_public(private_key, public_key);
	return true;
}

/* --- lib/crypto, with a predictable source */

static struct crypto_random real_random;
static uint64_t entropy_state;

static enum crypto_error read_entropy(void *context, uint8_t *out, size_t bytes)
{
	(void)context;
	for (size_t i = 0; i < bytes; i++) {
		entropy_state = entropy_state * 6364136223846793005ull + 1442695040888963407ull;
		out[i] = (uint8_t)(entropy_state >> 33);
	}
	return CRYPTO_OK;
}

static const struct crypto_source entropy = {read_entropy, NULL};

static bool real_seal(void *context, const uint8_t key[WIRE_KEY_BYTES], uint64_t counter,
		      const void *associated, size_t associated_bytes, void *data, size_t bytes)
{
	watch_nonce(key, counter);
	return wire_crypto_suite.seal(context, key, counter, associated, associated_bytes, data,
				      bytes);
}

/* --- both */

static struct identity {
	uint8_t private_key[WIRE_PRIVATE_BYTES];
	struct wire_crypto_keys keys;
	struct wire_arithmetic arithmetic;
} identities[SIM_NODES_MAX];

static bool cheap_agree_static(void *context, const uint8_t public_key[WIRE_PUBLIC_BYTES],
			       uint8_t secret[WIRE_KEY_BYTES])
{
	struct identity *identity = context;
	return cheap_agree(NULL, identity->private_key, public_key, secret);
}

void sim_start_suites(bool real)
{
	real_suite = real;
	if (nonces == NULL) {
		nonces = calloc(NONCES, sizeof *nonces);
	}
	run++;
	nonce_count = 0;
	if (real) {
		entropy_state = sim_random();
		if (crypto_start() != CRYPTO_OK ||
		    crypto_start_random(&real_random, &entropy) != CRYPTO_OK) {
			sim_fail("lib/crypto does not start");
		}
		suite = wire_crypto_suite;
		suite.seal = real_seal;
		return;
	}
	suite = (struct wire_suite){.seal = cheap_seal,
				    .open = cheap_open,
				    .hash = cheap_hash,
				    .mac = cheap_mac,
				    .extract = cheap_extract,
				    .expand = cheap_expand,
				    .match = cheap_match,
				    .wipe = cheap_wipe};
}

const struct wire_suite *sim_suite(void)
{
	return &suite;
}

void sim_make_identity(uint32_t node, uint8_t id[WIRE_ID_BYTES],
		       uint8_t public_key[WIRE_PUBLIC_BYTES])
{
	struct identity *identity = &identities[node];
	if (real_suite) {
		identity->keys = (struct wire_crypto_keys){&real_random, identity->private_key};
		identity->arithmetic = wire_crypto_arithmetic(&identity->keys);
		SIM_CHECK(crypto_make_pair(&real_random, identity->private_key, public_key) ==
				  CRYPTO_OK,
			  "no key pair");
	} else {
		identity->arithmetic = (struct wire_arithmetic){identity, cheap_pair, cheap_agree,
								cheap_agree_static};
		cheap_pair(NULL, identity->private_key, public_key);
	}
	SIM_CHECK(suite.hash(suite.context, public_key, WIRE_PUBLIC_BYTES, id), "no id");
}

struct wire_arithmetic *sim_arithmetic(uint32_t node)
{
	return &identities[node].arithmetic;
}
