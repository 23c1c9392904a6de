/* Beginning, errors, and what is needed for bytes alone. */
#include <string.h>

#include "internal.h"

bool crypto_started;
int crypto_sha256_index;
int crypto_scalar_index;

enum crypto_error crypto_start(void)
{
	if (crypto_started) {
		return CRYPTO_OK;
	}
	ltc_mp = ltm_desc;
	crypto_sha256_index = register_hash(&sha256_desc);
	crypto_scalar_index = register_prng(&crypto_scalar_descriptor);
	if (crypto_sha256_index < 0 || crypto_scalar_index < 0) {
		return CRYPTO_ERROR_INTERNAL;
	}
	crypto_started = true;
	return CRYPTO_OK;
}

enum crypto_error crypto_translate_error(int result)
{
	switch (result) {
	case CRYPT_OK:
		return CRYPTO_OK;
	case CRYPT_MEM:
		return CRYPTO_ERROR_MEMORY;
	case CRYPT_INVALID_ARG:
		return CRYPTO_ERROR_ARGUMENT;
	default:
		return CRYPTO_ERROR_INTERNAL;
	}
}

const char *crypto_describe_error(enum crypto_error error)
{
	switch (error) {
	case CRYPTO_OK:
		return "success";
	case CRYPTO_ERROR_ARGUMENT:
		return "a null pointer or an impossible size was given to lib/crypto";
	case CRYPTO_ERROR_MEMORY:
		return "no memory for cryptography";
	case CRYPTO_ERROR_NOT_STARTED:
		return "lib/crypto was used before crypto_start";
	case CRYPTO_ERROR_UNSEEDED:
		return "the random numbers are not seeded, so no keys are made";
	case CRYPTO_ERROR_ENTROPY:
		return "no entropy: the processor has no RDRAND, or it fails";
	case CRYPTO_ERROR_FORGED:
		return "not genuine: the tag or signature does not match the data";
	case CRYPTO_ERROR_PUBLIC_KEY:
		return "not a public key: no point of P-256";
	case CRYPTO_ERROR_PRIVATE_KEY:
		return "not a private key of P-256";
	case CRYPTO_ERROR_INTERNAL:
		return "the cryptographic library failed unexpectedly";
	}
	return "unknown error of lib/crypto";
}

bool crypto_match_bytes(const void *left, const void *right, size_t bytes)
{
	/* mem_neq answers with an error code, not 0, when a pointer is null */
	return mem_neq(crypto_not_null(left), crypto_not_null(right), bytes) == 0;
}

void crypto_wipe_bytes(void *memory, size_t bytes)
{
	/* theirs goes byte by byte */
	memset(memory, 0, bytes);
	/* or the compiler would leave out the wiping of what nobody reads again */
	__asm__ volatile("" : : "r"(memory) : "memory");
}
