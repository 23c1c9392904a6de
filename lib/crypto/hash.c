/* SHA-256, HMAC and HKDF: LibTomCrypt's, with its limits on arguments made ours. */
#include <string.h>

#include "internal.h"
#include "memory.h"

_Static_assert(sizeof(hash_state) <= sizeof(struct crypto_hash), "crypto_hash is too small");
_Static_assert(_Alignof(hash_state) <= _Alignof(struct crypto_hash), "crypto_hash is misaligned");

/* The state of LibTomCrypt (ltc), whose type crypto.h does not show. */
static hash_state *state_of(struct crypto_hash *hash)
{
	return (hash_state *)(void *)hash->state;
}

void crypto_begin_hash(struct crypto_hash *hash)
{
	sha256_init(state_of(hash));
}

enum crypto_error crypto_extend_hash(struct crypto_hash *hash, const void *data, size_t bytes)
{
	if (!crypto_is_piece(data, bytes)) {
		return CRYPTO_ERROR_ARGUMENT;
	}
	return sha256_process(state_of(hash), crypto_not_null(data), bytes) == CRYPT_OK
		       ? CRYPTO_OK
		       : CRYPTO_ERROR_ARGUMENT;
}

enum crypto_error crypto_end_hash(struct crypto_hash *hash, uint8_t digest[CRYPTO_DIGEST_BYTES])
{
	int result = sha256_done(state_of(hash), digest);

	/* ltc refuses to go on with more than a block waiting: an ended hash stays ended */
	crypto_wipe_bytes(hash, sizeof *hash);
	state_of(hash)->sha256.curlen = sizeof state_of(hash)->sha256.buf + 1;
	if (result != CRYPT_OK) {
		memset(digest, 0, CRYPTO_DIGEST_BYTES);
		return CRYPTO_ERROR_ARGUMENT;
	}
	return CRYPTO_OK;
}

enum crypto_error crypto_hash_data(const void *data, size_t bytes,
				   uint8_t digest[CRYPTO_DIGEST_BYTES])
{
	struct crypto_hash hash;

	crypto_begin_hash(&hash);
	enum crypto_error error = crypto_extend_hash(&hash, data, bytes);
	if (error != CRYPTO_OK) {
		memset(digest, 0, CRYPTO_DIGEST_BYTES);
		return error;
	}
	return crypto_end_hash(&hash, digest);
}

/*
 * In place of LibTomCrypt's routine of this name, which its HKDF calls, too: that one loses the
 * block with the key when hmac_done finds no memory (the one case in which that does not free it).
 */
int hmac_memory(int hash, const unsigned char *key, unsigned long key_bytes,
		const unsigned char *in, unsigned long bytes, unsigned char *out,
		unsigned long *out_bytes)
{
	hmac_state state;
	int result = hmac_init(&state, hash, key, key_bytes);

	if (result == CRYPT_OK) {
		result = hmac_process(&state, in, bytes);
		if (result != CRYPT_OK) {
			crypto_memory_release(state.key);
		} else {
			result = hmac_done(&state, out, out_bytes);
			if (result == CRYPT_MEM) {
				crypto_memory_release(state.key);
			}
		}
	}
	crypto_wipe_bytes(&state, sizeof state);
	return result;
}

enum crypto_error crypto_make_mac(const void *key, size_t key_bytes, const void *data, size_t bytes,
				  uint8_t mac[CRYPTO_DIGEST_BYTES])
{
	unsigned long size = CRYPTO_DIGEST_BYTES;
	enum crypto_error error = CRYPTO_OK;

	if (!crypto_started) {
		error = CRYPTO_ERROR_NOT_STARTED;
	} else if (key_bytes == 0 || !crypto_is_piece(key, key_bytes) ||
		   !crypto_is_piece(data, bytes)) {
		error = CRYPTO_ERROR_ARGUMENT;
	} else {
		error = crypto_translate_error(hmac_memory(crypto_sha256_index, key, key_bytes,
							   crypto_not_null(data), bytes, mac,
							   &size));
	}
	if (error != CRYPTO_OK) {
		memset(mac, 0, CRYPTO_DIGEST_BYTES);
	}
	return error;
}

enum crypto_error crypto_check_mac(const void *key, size_t key_bytes, const void *data,
				   size_t bytes, const uint8_t mac[CRYPTO_DIGEST_BYTES])
{
	uint8_t genuine[CRYPTO_DIGEST_BYTES];
	enum crypto_error error = crypto_make_mac(key, key_bytes, data, bytes, genuine);

	if (error == CRYPTO_OK && !crypto_match_bytes(mac, genuine, sizeof genuine)) {
		error = CRYPTO_ERROR_FORGED;
	}
	crypto_wipe_bytes(genuine, sizeof genuine);
	return error;
}

enum crypto_error crypto_extract_key(const void *salt, size_t salt_bytes, const void *material,
				     size_t material_bytes, uint8_t key[CRYPTO_KEY_BYTES])
{
	unsigned long size = CRYPTO_KEY_BYTES;
	enum crypto_error error = CRYPTO_OK;

	if (!crypto_started) {
		error = CRYPTO_ERROR_NOT_STARTED;
	} else if (!crypto_is_piece(salt, salt_bytes) ||
		   !crypto_is_piece(material, material_bytes)) {
		error = CRYPTO_ERROR_ARGUMENT;
	} else {
		error = crypto_translate_error(hkdf_extract(crypto_sha256_index, salt, salt_bytes,
							    crypto_not_null(material),
							    material_bytes, key, &size));
	}
	if (error != CRYPTO_OK) {
		memset(key, 0, CRYPTO_KEY_BYTES);
	}
	return error;
}

enum crypto_error crypto_expand_key(const uint8_t key[CRYPTO_KEY_BYTES], const void *info,
				    size_t info_bytes, void *out, size_t out_bytes)
{
	enum crypto_error error = CRYPTO_OK;

	if (out == NULL || out_bytes == 0 || out_bytes > CRYPTO_EXPAND_BYTES_MAX) {
		return CRYPTO_ERROR_ARGUMENT;
	}
	if (!crypto_started) {
		error = CRYPTO_ERROR_NOT_STARTED;
	} else if (!crypto_is_piece(info, info_bytes)) {
		error = CRYPTO_ERROR_ARGUMENT;
	} else {
		error = crypto_translate_error(hkdf_expand(crypto_sha256_index, info, info_bytes,
							   key, CRYPTO_KEY_BYTES, out, out_bytes));
	}
	if (error != CRYPTO_OK) {
		memset(out, 0, out_bytes);
	}
	return error;
}
