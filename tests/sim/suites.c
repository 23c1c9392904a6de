/*
 * The two suites of the simulator: lib/crypto, and the cheap one.  Both watch that no key and
 * counter are used twice for sealing.
 */
#include "cheap.h"
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

static bool watched_cheap_seal(void *context, const uint8_t key[WIRE_KEY_BYTES], uint64_t counter,
			       const void *associated, size_t associated_bytes, void *data,
			       size_t bytes)
{
	watch_nonce(key, counter);
	return cheap_suite.seal(context, key, counter, associated, associated_bytes, data, bytes);
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
	suite = cheap_suite;
	suite.seal = watched_cheap_seal;
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
		identity->arithmetic = cheap_arithmetic(identity->private_key);
		(void)identity->arithmetic.make_pair(NULL, identity->private_key, public_key);
	}
	SIM_CHECK(suite.hash(suite.context, public_key, WIRE_PUBLIC_BYTES, id), "no id");
}

struct wire_arithmetic *sim_arithmetic(uint32_t node)
{
	return &identities[node].arithmetic;
}
