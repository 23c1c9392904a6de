/* Signatures: RFC 6979's, OpenSSL's, and forgeries. */
#include "checks.h"

static uint8_t private_key[CRYPTO_PRIVATE_BYTES];
static uint8_t public_key[CRYPTO_PUBLIC_BYTES];
static uint8_t signature[CRYPTO_SIGNATURE_BYTES];

/* RFC 6979, A.2.5, SHA-256: the nonce is fixed, so the signature is known to the last bit. */
static void check_known_signatures(void)
{
	hex_bytes("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721", private_key,
		  sizeof private_key);
	EXPECT(crypto_derive_public(private_key, public_key) == CRYPTO_OK);
	EXPECT(crypto_sign_data(private_key, test_random(), "test", 4, signature) == CRYPTO_OK);
	EXPECT(is_hex(signature,
		      "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
		      "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083"));
	EXPECT(crypto_verify_data(public_key, "test", 4, signature, 64) == CRYPTO_OK);
	EXPECT(crypto_sign_data(private_key, test_random(), "sample", 6, signature) == CRYPTO_OK);
	EXPECT(is_hex(signature,
		      "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
		      "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"));
	EXPECT(crypto_verify_data(public_key, "sample", 6, signature, 64) == CRYPTO_OK);
}

/* Made by OpenSSL 3.0, with a random nonce. */
static void check_foreign_signature(void)
{
	uint8_t key[CRYPTO_PUBLIC_BYTES], made[CRYPTO_SIGNATURE_BYTES];

	hex_bytes("0426abe153a1c57db42a9c2fe307216c832a4bdede50fe230b7917a22f4fb66d74"
		  "fad850bbf9e99fa1a0e395432e1116b9ed7979e7448d03ba28d2c7d5e79db29b",
		  key, sizeof key);
	hex_bytes("68ecf4dd4657f0384af712394452a435b6ce608a74cbc9001ec007629e07c4aa"
		  "2a92bebdf1898b56553deb4358594174ae496818c599ce674982f020f4c44092",
		  made, sizeof made);
	EXPECT(crypto_verify_data(key, "openssl made this", 17, made, 64) == CRYPTO_OK);
	EXPECT(crypto_verify_data(key, "openssl made that", 17, made, 64) == CRYPTO_ERROR_FORGED);
	EXPECT(crypto_verify_data(public_key, "openssl made this", 17, made, 64) ==
	       CRYPTO_ERROR_FORGED);
}

static void check_flipped_signature(void)
{
	bool refused = true;

	for (size_t bit = 0; bit < sizeof signature * 8; bit += check_stride) {
		signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
		refused &= crypto_verify_data(public_key, "sample", 6, signature, 64) ==
			   CRYPTO_ERROR_FORGED;
		signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	EXPECT_NAMED(refused, "a signature with one bit flipped is refused");
	EXPECT(crypto_verify_data(public_key, "sampl", 5, signature, 64) == CRYPTO_ERROR_FORGED);
	EXPECT(crypto_verify_data(public_key, "sample", 6, signature, 63) == CRYPTO_ERROR_FORGED);
	EXPECT(crypto_verify_data(public_key, "sample", 6, NULL, 0) == CRYPTO_ERROR_FORGED);
	EXPECT(crypto_verify_data(public_key, "sample", 6, NULL, 64) == CRYPTO_ERROR_ARGUMENT);
	EXPECT(crypto_verify_data(public_key, NULL, 6, signature, 64) == CRYPTO_ERROR_ARGUMENT);
	EXPECT(crypto_verify_data(public_key, "sample", 6, signature, 64) == CRYPTO_OK);
}

/* r and s in more or fewer bytes are the same numbers, and no signature in the form we take. */
static void check_signature_sizes(void)
{
	uint8_t longer[2 * CRYPTO_SIGNATURE_BYTES] = {0};
	bool refused = true;

	for (size_t half = 33; half <= 64; half += 31) {
		memset(longer, 0, sizeof longer);
		memcpy(longer + half - 32, signature, 32);
		memcpy(longer + 2 * half - 32, signature + 32, 32);
		refused &= crypto_verify_data(public_key, "sample", 6, longer, 2 * half) ==
			   CRYPTO_ERROR_FORGED;
	}
	for (size_t bytes = 0; bytes < CRYPTO_SIGNATURE_BYTES; bytes++) {
		refused &= crypto_verify_data(public_key, "sample", 6, signature, bytes) ==
			   CRYPTO_ERROR_FORGED;
	}
	EXPECT_NAMED(refused, "a signature of any other size than 64 bytes is refused");
}

/* r and s at the borders: what they may not be, and what they may be but are not here. */
static void check_borders(void)
{
	static const char *const values[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000001",
		"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550",
		"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
		"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552",
		"ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	};
	const size_t count = sizeof values / sizeof values[0];
	uint8_t forged[CRYPTO_SIGNATURE_BYTES];
	bool refused = true;

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			hex_bytes(values[i], forged, 32);
			hex_bytes(values[j], forged + 32, 32);
			refused &= crypto_verify_data(public_key, "sample", 6, forged, 64) ==
				   CRYPTO_ERROR_FORGED;
		}
		memcpy(forged, signature, sizeof forged);
		hex_bytes(values[i], forged, 32);
		refused &= crypto_verify_data(public_key, "sample", 6, forged, 64) ==
			   CRYPTO_ERROR_FORGED;
		memcpy(forged, signature, sizeof forged);
		hex_bytes(values[i], forged + 32, 32);
		refused &= crypto_verify_data(public_key, "sample", 6, forged, 64) ==
			   CRYPTO_ERROR_FORGED;
	}
	EXPECT_NAMED(refused, "r or s of 0, 1, n - 1, n, n + 1, p, 2^256 - 1 is refused");
}

/*
 * Keys that anybody can guess (d = 1, 2, 3, n - 1), where LibTomCrypt's addition may take two equal
 * points for different ones: it may refuse what is good, but must not take what is forged.
 */
static void check_odd_keys(void)
{
	static const char minus_one[] =
		"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550";
	uint8_t key[CRYPTO_PRIVATE_BYTES], point[CRYPTO_PUBLIC_BYTES];
	uint8_t made[CRYPTO_SIGNATURE_BYTES];
	bool good = true;

	for (uint8_t d = 0; d <= 3; d++) {
		memset(key, 0, sizeof key);
		key[31] = d;
		if (d == 0) {
			hex_bytes(minus_one, key, sizeof key);
		}
		good &= crypto_derive_public(key, point) == CRYPTO_OK;
		good &= crypto_sign_data(key, test_random(), "odd", 3, made) == CRYPTO_OK;
		enum crypto_error error = crypto_verify_data(point, "odd", 3, made, 64);
		good &= error == CRYPTO_OK || error == CRYPTO_ERROR_FORGED;
		good &= crypto_verify_data(point, "even", 4, made, 64) == CRYPTO_ERROR_FORGED;
		good &= crypto_verify_data(point, "odd", 3, signature, 64) == CRYPTO_ERROR_FORGED;
	}
	EXPECT_NAMED(good, "guessable keys sign, and take no forged signature");
}

static void check_refusals(void)
{
	struct crypto_random unseeded = {0};
	struct test_source ill = {.state = 9};
	struct crypto_source source = test_source_of(&ill);
	struct crypto_random random;
	uint8_t made[CRYPTO_SIGNATURE_BYTES], none[CRYPTO_PRIVATE_BYTES] = {0};

	memset(made, 0xa5, sizeof made);
	EXPECT(crypto_sign_data(private_key, &unseeded, "x", 1, made) == CRYPTO_ERROR_UNSEEDED);
	EXPECT(is_zero(made, sizeof made));
	EXPECT(crypto_start_random(&random, &source) == CRYPTO_OK);
	ill.fails = true;
	EXPECT(crypto_sign_data(private_key, &random, "x", 1, made) == CRYPTO_ERROR_ENTROPY);
	EXPECT(is_zero(made, sizeof made));
	EXPECT(crypto_sign_data(none, test_random(), "x", 1, made) == CRYPTO_ERROR_PRIVATE_KEY);
	EXPECT(crypto_sign_data(private_key, test_random(), NULL, 1, made) ==
	       CRYPTO_ERROR_ARGUMENT);
	EXPECT(is_zero(made, sizeof made));
}

void check_signatures(void)
{
	check_known_signatures();
	check_foreign_signature();
	check_flipped_signature();
	check_signature_sizes();
	check_borders();
	check_odd_keys();
	check_refusals();
}
