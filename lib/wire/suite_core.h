/*
 * The cryptography as the cores see it: a table that is passed in.  suite.c fills it with
 * lib/crypto; the simulator also has one that costs little, and counts.  No routine keeps a
 * pointer; false is a failure, after which what it would have written is not used.
 */
#pragma once

#include <masix/wire.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_suite {
	void *context;

	/* Seals in place: "data" has room for WIRE_TAG_BYTES more.  The nonce is the counter. */
	bool (*seal)(void *context, const uint8_t key[WIRE_KEY_BYTES], uint64_t counter,
		     const void *associated, size_t associated_bytes, void *data, size_t bytes);
	/* Opens in place; "bytes" includes the tag.  False: forged, and the data is gone. */
	bool (*open)(void *context, const uint8_t key[WIRE_KEY_BYTES], uint64_t counter,
		     const void *associated, size_t associated_bytes, void *data, size_t bytes);
	bool (*hash)(void *context, const void *data, size_t bytes,
		     uint8_t digest[WIRE_DIGEST_BYTES]);
	bool (*mac)(void *context, const uint8_t key[WIRE_KEY_BYTES], const void *data,
		    size_t bytes, uint8_t mac[WIRE_DIGEST_BYTES]);
	bool (*extract)(void *context, const uint8_t salt[WIRE_KEY_BYTES], const void *material,
			size_t bytes, uint8_t key[WIRE_KEY_BYTES]);
	bool (*expand)(void *context, const uint8_t key[WIRE_KEY_BYTES], const void *info,
		       size_t info_bytes, void *out, size_t out_bytes);
	/* Equal?  In a time that depends on "bytes" alone. */
	bool (*match)(const void *left, const void *right, size_t bytes);
	void (*wipe)(void *memory, size_t bytes);
};

/*
 * The arithmetic on the curve, 25 ms a call, for a worker that may wait.  agree_static uses this
 * node's private key, wherever that is kept.
 */
struct wire_arithmetic {
	void *context;
	bool (*make_pair)(void *context, uint8_t private_key[WIRE_PRIVATE_BYTES],
			  uint8_t public_key[WIRE_PUBLIC_BYTES]);
	bool (*agree)(void *context, const uint8_t private_key[WIRE_PRIVATE_BYTES],
		      const uint8_t public_key[WIRE_PUBLIC_BYTES], uint8_t secret[WIRE_KEY_BYTES]);
	bool (*agree_static)(void *context, const uint8_t public_key[WIRE_PUBLIC_BYTES],
			     uint8_t secret[WIRE_KEY_BYTES]);
};
