/* What works before crypto_start, what refuses, and that errors have sentences. */
#include "checks.h"

static void check_refusals(void)
{
	struct test_source good = {.state = 7};
	struct crypto_source source = test_source_of(&good);
	struct crypto_random random;
	uint8_t out[CRYPTO_PUBLIC_BYTES];
	static const uint8_t key[CRYPTO_PUBLIC_BYTES] = {4, 1};

	EXPECT(crypto_start_random(&random, &source) == CRYPTO_ERROR_NOT_STARTED);
	EXPECT(crypto_make_random(&random, out, 16) == CRYPTO_ERROR_UNSEEDED);
	EXPECT(crypto_make_mac("key", 3, "x", 1, out) == CRYPTO_ERROR_NOT_STARTED);
	EXPECT(crypto_check_mac("key", 3, "x", 1, out) == CRYPTO_ERROR_NOT_STARTED);
	EXPECT(crypto_extract_key("key", 3, "x", 1, out) == CRYPTO_ERROR_NOT_STARTED);
	EXPECT(crypto_expand_key(key, "x", 1, out, 16) == CRYPTO_ERROR_NOT_STARTED);
	EXPECT(crypto_stretch_phrase("phrase", 6, "x", 1, 1, out) == CRYPTO_ERROR_NOT_STARTED);
	EXPECT(crypto_derive_public(key, out) == CRYPTO_ERROR_NOT_STARTED);
	EXPECT(crypto_import_public(key, 65, out) == CRYPTO_ERROR_NOT_STARTED);
	EXPECT(crypto_agree_secret(key, key, out) == CRYPTO_ERROR_NOT_STARTED);
	EXPECT(crypto_sign_data(key, &random, "x", 1, out) == CRYPTO_ERROR_NOT_STARTED);
	EXPECT(crypto_verify_data(key, "x", 1, key, 64) == CRYPTO_ERROR_NOT_STARTED);
	EXPECT(crypto_hash_data("abc", 3, out) == CRYPTO_OK);
}

static void check_sentences(void)
{
	bool good = true;

	for (int error = -1; error <= CRYPTO_ERROR_INTERNAL + 1; error++) {
		const char *text = crypto_describe_error((enum crypto_error)error);

		good &= text != NULL && strlen(text) > 5;
	}
	EXPECT_NAMED(good, "every error is a sentence");
}

/* RDRAND, where there is one: it is either good or said to be missing, never half. */
static void check_rdrand(void)
{
	struct crypto_random random;
	enum crypto_error error = crypto_start_random(&random, &crypto_rdrand_source);
	uint8_t first[13], second[13];

	EXPECT(error == CRYPTO_OK || error == CRYPTO_ERROR_ENTROPY);
	if (error != CRYPTO_OK) {
		EXPECT(crypto_make_random(&random, first, 13) == CRYPTO_ERROR_UNSEEDED);
		return;
	}
	EXPECT(crypto_make_random(&random, first, 13) == CRYPTO_OK);
	EXPECT(crypto_make_random(&random, second, 13) == CRYPTO_OK);
	EXPECT(memcmp(first, second, 13) != 0);
}

void check_before_start(void)
{
	check_refusals();
	EXPECT(crypto_start() == CRYPTO_OK);
	EXPECT(crypto_start() == CRYPTO_OK);
	check_sentences();
	check_rdrand();
}
