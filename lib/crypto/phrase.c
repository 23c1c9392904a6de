/* Keys from pass phrases. */
#include "internal.h"

enum crypto_error crypto_stretch_phrase(const void *phrase, size_t phrase_bytes, const void *salt,
					size_t salt_bytes, unsigned int rounds,
					uint8_t key[CRYPTO_KEY_BYTES])
{
	unsigned long bytes = CRYPTO_KEY_BYTES;
	enum crypto_error error = CRYPTO_OK;

	if (key == NULL) {
		return CRYPTO_ERROR_ARGUMENT;
	}
	crypto_wipe_bytes(key, CRYPTO_KEY_BYTES);
	if (!crypto_started) {
		return CRYPTO_ERROR_NOT_STARTED;
	}
	if (phrase_bytes == 0 || salt_bytes == 0 || !crypto_is_piece(phrase, phrase_bytes) ||
	    !crypto_is_piece(salt, salt_bytes) || rounds == 0 || rounds > INT32_MAX) {
		return CRYPTO_ERROR_ARGUMENT;
	}
	error = crypto_translate_error(pkcs_5_alg2(phrase, phrase_bytes, salt, salt_bytes,
						   (int)rounds, crypto_sha256_index, key, &bytes));
	if (error != CRYPTO_OK) {
		crypto_wipe_bytes(key, CRYPTO_KEY_BYTES);
	}
	return error;
}
