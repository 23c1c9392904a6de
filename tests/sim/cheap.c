#include "cheap.h"

#include <string.h>

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
		private_key[i] = (uint8_t)cheap_random();
	}
	cheap_public(private_key, public_key);
	return true;
}

static bool cheap_agree_static(void *context, const uint8_t public_key[WIRE_PUBLIC_BYTES],
			       uint8_t secret[WIRE_KEY_BYTES])
{
	return cheap_agree(NULL, context, public_key, secret);
}

const struct wire_suite cheap_suite = {
	.seal = cheap_seal,
	.open = cheap_open,
	.hash = cheap_hash,
	.mac = cheap_mac,
	.extract = cheap_extract,
	.expand = cheap_expand,
	.match = cheap_match,
	.wipe = cheap_wipe,
};

struct wire_arithmetic cheap_arithmetic(uint8_t *static_key)
{
	return (struct wire_arithmetic){static_key, cheap_pair, cheap_agree, cheap_agree_static};
}
