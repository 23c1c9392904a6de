/*
 * ChaCha20-Poly1305.  The only callers of LibTomCrypt's AEAD: its decrypting hands out whatever it
 * made and leaves the comparison of tags to the caller, who has no second buffer for it in the
 * one-call form; and with no plaintext it forgets to pad the associated data.
 */
#include <string.h>

#include "internal.h"

enum direction { SEAL, OPEN };

/* RFC 8439, 2.8.1: runs the cipher over the data and computes the tag of the sealed bytes. */
static int process(enum direction direction, const uint8_t *key, const uint8_t *nonce,
		   const uint8_t *associated, size_t associated_bytes, const uint8_t *in,
		   size_t bytes, uint8_t *out, uint8_t tag[CRYPTO_TAG_BYTES])
{
	static const uint8_t zeroes[16];
	chacha20poly1305_state state;
	unsigned long tag_bytes = CRYPTO_TAG_BYTES;
	int result = chacha20poly1305_init(&state, key, CRYPTO_KEY_BYTES);

	if (result == CRYPT_OK) {
		result = chacha20poly1305_setiv(&state, nonce, CRYPTO_NONCE_BYTES);
	}
	if (result == CRYPT_OK && associated_bytes > 0) {
		result = chacha20poly1305_add_aad(&state, associated, associated_bytes);
	}
	if (result == CRYPT_OK && bytes == 0 && associated_bytes % 16 != 0) {
		/* pad16(AAD), which ltc does at the first byte of data only */
		result = poly1305_process(&state.poly, zeroes, 16 - associated_bytes % 16);
	}
	if (result == CRYPT_OK && bytes > 0) {
		result = direction == SEAL ? chacha20poly1305_encrypt(&state, in, bytes, out)
					   : chacha20poly1305_decrypt(&state, in, bytes, out);
	}
	if (result == CRYPT_OK) {
		result = chacha20poly1305_done(&state, tag, &tag_bytes);
	}
	crypto_wipe_bytes(&state, sizeof state);
	return result == CRYPT_OK && tag_bytes != CRYPTO_TAG_BYTES ? CRYPT_ERROR : result;
}

enum crypto_error crypto_seal_data(const uint8_t key[CRYPTO_KEY_BYTES],
				   const uint8_t nonce[CRYPTO_NONCE_BYTES], const void *associated,
				   size_t associated_bytes, const void *data, size_t bytes,
				   void *sealed)
{
	if (sealed == NULL || !crypto_is_piece(associated, associated_bytes) ||
	    !crypto_is_piece(data, bytes)) {
		return CRYPTO_ERROR_ARGUMENT;
	}
	int result = process(SEAL, key, nonce, associated, associated_bytes, data, bytes, sealed,
			     (uint8_t *)sealed + bytes);
	if (result != CRYPT_OK) {
		memset(sealed, 0, bytes + CRYPTO_TAG_BYTES);
	}
	return crypto_translate_error(result);
}

enum crypto_error crypto_open_data(const uint8_t key[CRYPTO_KEY_BYTES],
				   const uint8_t nonce[CRYPTO_NONCE_BYTES], const void *associated,
				   size_t associated_bytes, const void *sealed, size_t sealed_bytes,
				   void *data)
{
	uint8_t genuine[CRYPTO_TAG_BYTES];
	uint8_t received[CRYPTO_TAG_BYTES];

	if (!crypto_is_piece(associated, associated_bytes) ||
	    !crypto_is_piece(sealed, sealed_bytes)) {
		return CRYPTO_ERROR_ARGUMENT;
	}
	if (sealed_bytes < CRYPTO_TAG_BYTES) {
		return CRYPTO_ERROR_FORGED;
	}
	size_t bytes = sealed_bytes - CRYPTO_TAG_BYTES;
	if (data == NULL && bytes > 0) {
		return CRYPTO_ERROR_ARGUMENT;
	}
	memcpy(received, (const uint8_t *)sealed + bytes, sizeof received);
	enum crypto_error error = crypto_translate_error(process(
		OPEN, key, nonce, associated, associated_bytes, sealed, bytes, data, genuine));
	if (error == CRYPTO_OK && !crypto_match_bytes(received, genuine, sizeof genuine)) {
		error = CRYPTO_ERROR_FORGED;
	}
	/* the right tag of a forged frame would make it genuine */
	crypto_wipe_bytes(genuine, sizeof genuine);
	if (error != CRYPTO_OK && bytes > 0) {
		crypto_wipe_bytes(data, bytes);
	}
	return error;
}
