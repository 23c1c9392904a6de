/*
 * The cryptography of Masix: LibTomCrypt and LibTomMath behind one small interface.  Nobody else
 * calls those libraries; README.md says why, and what they leave to the caller.
 *
 * Keys, points, digests and signatures are plain bytes of fixed size: no object is left to free.
 * Sizes are in bytes.  No routine keeps a pointer it was given, but crypto_start_random its source.
 * Data of 0 bytes may have a null pointer.  What a routine that fails would have written is zero,
 * unless the sizes were what was wrong.  All may allocate for the time of the call and none blocks.
 * Threads may call at the same time, each with a crypto_random or crypto_hash of its own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRYPTO_DIGEST_BYTES    32 /* of SHA-256, of a message authentication code */
#define CRYPTO_KEY_BYTES       32 /* of a sealing key and of an extracted key */
#define CRYPTO_NONCE_BYTES     12
#define CRYPTO_TAG_BYTES       16 /* how much longer sealed data is */
#define CRYPTO_PRIVATE_BYTES   32 /* a scalar 1 <= d < n of P-256, most significant byte first */
#define CRYPTO_PUBLIC_BYTES    65 /* 0x04, x, y: SEC 1, 2.3.3, uncompressed */
#define CRYPTO_SECRET_BYTES    32
#define CRYPTO_SIGNATURE_BYTES 64 /* r, s, each 32 bytes, most significant first */

#define CRYPTO_DATA_BYTES_MAX   0x40000000                  /* of one piece of data, everywhere */
#define CRYPTO_EXPAND_BYTES_MAX (255 * CRYPTO_DIGEST_BYTES) /* RFC 5869, 2.3 */

enum crypto_error {
	CRYPTO_OK = 0,
	CRYPTO_ERROR_ARGUMENT = 1,    /* a null pointer, or a size that cannot be */
	CRYPTO_ERROR_MEMORY = 2,      /* no memory for the time of the call */
	CRYPTO_ERROR_NOT_STARTED = 3, /* crypto_start was not called */
	CRYPTO_ERROR_UNSEEDED = 4,    /* the random numbers were never seeded */
	CRYPTO_ERROR_ENTROPY = 5,     /* the entropy source failed, or repeats itself */
	CRYPTO_ERROR_FORGED = 6,      /* a tag, code or signature does not match its data */
	CRYPTO_ERROR_PUBLIC_KEY = 7,  /* not a point of P-256 in the one form we take */
	CRYPTO_ERROR_PRIVATE_KEY = 8, /* 0, or not below the order of P-256 */
	CRYPTO_ERROR_INTERNAL = 9,    /* the libraries below failed in a way that cannot be */
};

#define CRYPTO_MUST_CHECK __attribute__((warn_unused_result))

/* The code as a sentence without a full stop; never null. */
const char *crypto_describe_error(enum crypto_error error);

/*
 * Tells the libraries below about each other.  To be called once by main, before other threads
 * run; again does nothing.  Until then everything but the hashes, crypto_seal_data,
 * crypto_open_data, crypto_match_bytes and crypto_wipe_bytes answers NOT_STARTED.
 * Errors: INTERNAL.
 */
enum crypto_error crypto_start(void) CRYPTO_MUST_CHECK;

/* ---------------------------------------------------------------------------------- memory */

/* Whether two pieces are equal, in a time that depends on "bytes" alone. */
bool crypto_match_bytes(const void *left, const void *right, size_t bytes) CRYPTO_MUST_CHECK;

/* Zeroes memory that is not used again; the compiler may not leave it out. */
void crypto_wipe_bytes(void *memory, size_t bytes);

/* ---------------------------------------------------------------------------------- random */

/*
 * Where true randomness comes from: fills "out" with "bytes" bytes or answers ENTROPY.  What it
 * left in "out" on failure is not used.
 */
struct crypto_source {
	enum crypto_error (*read)(void *context, uint8_t *out, size_t bytes);
	void *context;
};

/* RDRAND, if CPUID says that the processor has it (rdrand.c); else ENTROPY at each read. */
extern const struct crypto_source crypto_rdrand_source;

/*
 * Random numbers.  All zeroes (static storage) is the unseeded state, which refuses.  Every use
 * takes fresh entropy from the source, stretches it with what was mixed in before, and forgets
 * the way back: who reads the state later learns nothing that was handed out, and who knew it
 * learns nothing that will be.  The caller holds a lock of its own if threads share one.
 */
struct crypto_random {
	uint32_t magic;
	struct crypto_source source;
	uint8_t chain[CRYPTO_DIGEST_BYTES]; /* all that was mixed in so far */
	uint8_t last[CRYPTO_DIGEST_BYTES];  /* digest of the last entropy, to see repetition */
};

/*
 * Seeds from the source, twice.  Unless this succeeds, "random" refuses everything.
 * Errors: NOT_STARTED, ENTROPY, ARGUMENT (no source), MEMORY.
 */
enum crypto_error crypto_start_random(struct crypto_random *random,
				      const struct crypto_source *source) CRYPTO_MUST_CHECK;

/*
 * Mixes in a seed of any size and quality.  It can only add: the entropy of the source is still
 * in every number.  Errors: UNSEEDED (a seed alone is not enough), ARGUMENT, MEMORY.
 */
enum crypto_error crypto_mix_seed(struct crypto_random *random, const void *seed,
				  size_t seed_bytes) CRYPTO_MUST_CHECK;

/* Fills "out".  Errors: UNSEEDED, ENTROPY, ARGUMENT, MEMORY. */
enum crypto_error crypto_make_random(struct crypto_random *random, void *out,
				     size_t bytes) CRYPTO_MUST_CHECK;

/* Back to the unseeded state. */
void crypto_stop_random(struct crypto_random *random);

/* --------------------------------------------------------------- SHA-256, FIPS 180-4, 6.2 */

/* A hash in the making.  A copy of it is a hash of its own. */
struct crypto_hash {
	uint64_t state[16];
};

void crypto_begin_hash(struct crypto_hash *hash);

/* Errors: ARGUMENT; more than 2^61 bytes in all. */
enum crypto_error crypto_extend_hash(struct crypto_hash *hash, const void *data,
				     size_t bytes) CRYPTO_MUST_CHECK;

/* Ends and wipes the hash.  Errors: ARGUMENT (the hash was ended before). */
enum crypto_error crypto_end_hash(struct crypto_hash *hash,
				  uint8_t digest[CRYPTO_DIGEST_BYTES]) CRYPTO_MUST_CHECK;

/* All of it at once.  Errors: ARGUMENT. */
enum crypto_error crypto_hash_data(const void *data, size_t bytes,
				   uint8_t digest[CRYPTO_DIGEST_BYTES]) CRYPTO_MUST_CHECK;

/* ------------------------------------------------------------------- HMAC-SHA-256, RFC 2104 */

/* Errors: NOT_STARTED, ARGUMENT (an empty key, too), MEMORY. */
enum crypto_error crypto_make_mac(const void *key, size_t key_bytes, const void *data, size_t bytes,
				  uint8_t mac[CRYPTO_DIGEST_BYTES]) CRYPTO_MUST_CHECK;

/* Whether "mac" is the data's, in constant time.  Errors: FORGED, those of crypto_make_mac. */
enum crypto_error crypto_check_mac(const void *key, size_t key_bytes, const void *data,
				   size_t bytes,
				   const uint8_t mac[CRYPTO_DIGEST_BYTES]) CRYPTO_MUST_CHECK;

/* ------------------------------------------------------------------- HKDF-SHA-256, RFC 5869 */

/*
 * 2.2, extract: makes one good key of key material; the salt may be empty, and so may the material.
 * Errors: NOT_STARTED, ARGUMENT, MEMORY.
 */
enum crypto_error crypto_extract_key(const void *salt, size_t salt_bytes, const void *material,
				     size_t material_bytes,
				     uint8_t key[CRYPTO_KEY_BYTES]) CRYPTO_MUST_CHECK;

/*
 * 2.3, expand: makes "out_bytes" (1 to CRYPTO_EXPAND_BYTES_MAX) of keys from an extracted key;
 * "info" says what for.  Errors: NOT_STARTED, ARGUMENT, MEMORY.
 */
enum crypto_error crypto_expand_key(const uint8_t key[CRYPTO_KEY_BYTES], const void *info,
				    size_t info_bytes, void *out,
				    size_t out_bytes) CRYPTO_MUST_CHECK;

/* ------------------------------------------------ PBKDF2-HMAC-SHA-256, RFC 8018, 5.2 */

/*
 * Makes a key of a pass phrase, slowly: each round costs who guesses as much.  The salt is random
 * and no secret.  For the host: nodes know no pass phrases.
 * Errors: NOT_STARTED, ARGUMENT (empty phrase or salt, no rounds), MEMORY.
 */
enum crypto_error crypto_stretch_phrase(const void *phrase, size_t phrase_bytes, const void *salt,
					size_t salt_bytes, unsigned int rounds,
					uint8_t key[CRYPTO_KEY_BYTES]) CRYPTO_MUST_CHECK;

/* -------------------------------------------------------- ChaCha20-Poly1305, RFC 8439, 2.8 */

/*
 * Seals "bytes" of data, and vouches for "associated" data that travels beside it.  A nonce must
 * never be used twice with one key.  "sealed" takes bytes + CRYPTO_TAG_BYTES, the tag at its end;
 * it may begin where "data" does, and may not overlap it otherwise.  Errors: ARGUMENT.
 */
enum crypto_error crypto_seal_data(const uint8_t key[CRYPTO_KEY_BYTES],
				   const uint8_t nonce[CRYPTO_NONCE_BYTES], const void *associated,
				   size_t associated_bytes, const void *data, size_t bytes,
				   void *sealed) CRYPTO_MUST_CHECK;

/*
 * Opens what was sealed with the same key, nonce and associated data.  "data" takes sealed_bytes -
 * CRYPTO_TAG_BYTES; it may begin where "sealed" does, which then is lost, and may not overlap it
 * otherwise.  Unless the tag matches, "data" is zeroed.  Errors: FORGED (too short, too), ARGUMENT.
 */
enum crypto_error crypto_open_data(const uint8_t key[CRYPTO_KEY_BYTES],
				   const uint8_t nonce[CRYPTO_NONCE_BYTES], const void *associated,
				   size_t associated_bytes, const void *sealed, size_t sealed_bytes,
				   void *data) CRYPTO_MUST_CHECK;

/* --------------------------------------------------------- P-256, FIPS 186-4, D.1.2.3 */

/*
 * Makes a key pair.  About one multiplication on the curve (25 ms on a node under TCG).
 * Errors: NOT_STARTED, UNSEEDED, ENTROPY, ARGUMENT, MEMORY.
 */
enum crypto_error crypto_make_pair(struct crypto_random *random,
				   uint8_t private_key[CRYPTO_PRIVATE_BYTES],
				   uint8_t public_key[CRYPTO_PUBLIC_BYTES]) CRYPTO_MUST_CHECK;

/*
 * Checks a private key and makes its public key; a multiplication.
 * Errors: PRIVATE_KEY, NOT_STARTED, ARGUMENT, MEMORY.
 */
enum crypto_error crypto_derive_public(const uint8_t private_key[CRYPTO_PRIVATE_BYTES],
				       uint8_t public_key[CRYPTO_PUBLIC_BYTES]) CRYPTO_MUST_CHECK;

/*
 * Full public-key validation (NIST SP 800-56A, 5.6.2.3.3): exactly 65 bytes, uncompressed, both
 * coordinates below p, on the curve; so not the point at infinity, and of order n, since the
 * cofactor is 1.  For what comes from outside; the routines below check again by themselves.
 * Errors: PUBLIC_KEY, NOT_STARTED, ARGUMENT, MEMORY.
 */
enum crypto_error crypto_import_public(const void *bytes, size_t size,
				       uint8_t public_key[CRYPTO_PUBLIC_BYTES]) CRYPTO_MUST_CHECK;

/*
 * Key agreement (NIST SP 800-56A, 5.7.1.2): the x coordinate of d * Q.  It is not uniform: it goes
 * through crypto_extract_key before it is a key.  One multiplication.
 * Errors: PUBLIC_KEY, PRIVATE_KEY, NOT_STARTED, ARGUMENT, MEMORY.
 */
enum crypto_error crypto_agree_secret(const uint8_t private_key[CRYPTO_PRIVATE_BYTES],
				      const uint8_t public_key[CRYPTO_PUBLIC_BYTES],
				      uint8_t secret[CRYPTO_SECRET_BYTES]) CRYPTO_MUST_CHECK;

/*
 * ECDSA over SHA-256 (FIPS 186-4, 6.4) with the nonce of RFC 6979, 3.2: one message and key have
 * one signature, and no repeated random number gives the key away.  "random" blinds the arithmetic.
 * Errors: PRIVATE_KEY, UNSEEDED, ENTROPY, NOT_STARTED, ARGUMENT, MEMORY.
 */
enum crypto_error crypto_sign_data(const uint8_t private_key[CRYPTO_PRIVATE_BYTES],
				   struct crypto_random *random, const void *data, size_t bytes,
				   uint8_t signature[CRYPTO_SIGNATURE_BYTES]) CRYPTO_MUST_CHECK;

/*
 * Whether the signature is that of the data: OK or FORGED.  A third party can turn (r, s) into
 * (r, n - s), which is as good: a signature is no name for what it signs.
 * Errors: FORGED (r or s not in 1..n-1, or "signature_bytes" not 64, too), PUBLIC_KEY, NOT_STARTED,
 * ARGUMENT, MEMORY.
 */
enum crypto_error crypto_verify_data(const uint8_t public_key[CRYPTO_PUBLIC_BYTES],
				     const void *data, size_t bytes, const void *signature,
				     size_t signature_bytes) CRYPTO_MUST_CHECK;
