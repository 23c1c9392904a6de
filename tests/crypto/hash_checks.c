/* SHA-256 (FIPS 180-4), HMAC (RFC 4231), HKDF (RFC 5869), and comparing. */
#include "checks.h"

static bool hashes_to(const void *data, size_t bytes, const char *digest)
{
	uint8_t got[CRYPTO_DIGEST_BYTES];

	return crypto_hash_data(data, bytes, got) == CRYPTO_OK && is_hex(got, digest);
}

/* FIPS 180-4's examples (csrc.nist.gov, SHA256.pdf): one block, none, two, and a million bytes. */
static void check_known_digests(void)
{
	static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	static uint8_t many[1000];
	struct crypto_hash hash;
	uint8_t digest[CRYPTO_DIGEST_BYTES];
	bool good = true;

	EXPECT(hashes_to("abc", 3,
			 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
	EXPECT(hashes_to(NULL, 0,
			 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
	EXPECT(hashes_to(two_blocks, sizeof two_blocks - 1,
			 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
	memset(many, 'a', sizeof many);
	crypto_begin_hash(&hash);
	for (int i = 0; i < 1000; i++) {
		good &= crypto_extend_hash(&hash, many, sizeof many) == CRYPTO_OK;
	}
	good &= crypto_end_hash(&hash, digest) == CRYPTO_OK;
	EXPECT_NAMED(good && is_hex(digest, "cdc76e5c9914fb9281a1c7e284d73e67"
					    "f1809a48a497200e046d39ccc7112cd0"),
		     "a million times 'a', piece by piece");
}

/* However a text is cut in pieces, the digest is the same. */
static void check_pieces(void)
{
	uint8_t text[200], whole[CRYPTO_DIGEST_BYTES], cut[CRYPTO_DIGEST_BYTES];
	bool good = true;

	for (size_t i = 0; i < sizeof text; i++) {
		text[i] = (uint8_t)(i * 11);
	}
	for (size_t bytes = 0; bytes <= sizeof text; bytes += 7) {
		good &= crypto_hash_data(text, bytes, whole) == CRYPTO_OK;
		for (size_t at = 0; at <= bytes; at += 3) {
			struct crypto_hash hash, copy;

			crypto_begin_hash(&hash);
			good &= crypto_extend_hash(&hash, text, at) == CRYPTO_OK;
			copy = hash;
			good &= crypto_extend_hash(&hash, NULL, 0) == CRYPTO_OK;
			good &= crypto_extend_hash(&copy, text + at, bytes - at) == CRYPTO_OK;
			good &= crypto_end_hash(&copy, cut) == CRYPTO_OK;
			good &= memcmp(whole, cut, sizeof cut) == 0;
		}
	}
	EXPECT_NAMED(good, "a text in two pieces has the digest of the whole; copies are apart");
}

static void check_hash_errors(void)
{
	struct crypto_hash hash;
	uint8_t digest[CRYPTO_DIGEST_BYTES];

	EXPECT(crypto_hash_data(NULL, 1, digest) == CRYPTO_ERROR_ARGUMENT);
	EXPECT(crypto_hash_data("x", CRYPTO_DATA_BYTES_MAX + 1u, digest) == CRYPTO_ERROR_ARGUMENT);
	crypto_begin_hash(&hash);
	EXPECT(crypto_extend_hash(&hash, NULL, 5) == CRYPTO_ERROR_ARGUMENT);
	EXPECT(crypto_end_hash(&hash, digest) == CRYPTO_OK);
	memset(digest, 1, sizeof digest);
	EXPECT(crypto_end_hash(&hash, digest) == CRYPTO_ERROR_ARGUMENT);
	EXPECT(is_zero(digest, sizeof digest));
	EXPECT(crypto_extend_hash(&hash, "x", 1) == CRYPTO_ERROR_ARGUMENT);
}

/* RFC 4231, 4.2, 4.3, 4.7. */
static void check_macs(void)
{
	uint8_t key[131], mac[CRYPTO_DIGEST_BYTES];
	static const char text6[] = "Test Using Larger Than Block-Size Key - Hash Key First";
	bool refused = true;

	memset(key, 0x0b, 20);
	EXPECT(crypto_make_mac(key, 20, "Hi There", 8, mac) == CRYPTO_OK);
	EXPECT(is_hex(mac, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"));
	EXPECT(crypto_make_mac("Jefe", 4, "what do ya want for nothing?", 28, mac) == CRYPTO_OK);
	EXPECT(is_hex(mac, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
	memset(key, 0xaa, sizeof key);
	EXPECT(crypto_make_mac(key, sizeof key, text6, sizeof text6 - 1, mac) == CRYPTO_OK);
	EXPECT(is_hex(mac, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"));
	EXPECT(crypto_check_mac(key, sizeof key, text6, sizeof text6 - 1, mac) == CRYPTO_OK);
	for (size_t bit = 0; bit < sizeof mac * 8; bit++) {
		mac[bit / 8] ^= (uint8_t)(1 << bit % 8);
		refused &= crypto_check_mac(key, sizeof key, text6, sizeof text6 - 1, mac) ==
			   CRYPTO_ERROR_FORGED;
		mac[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	EXPECT_NAMED(refused, "a code with any one bit flipped is refused");
	EXPECT(crypto_check_mac(key, sizeof key, text6, sizeof text6, mac) == CRYPTO_ERROR_FORGED);
	EXPECT(crypto_check_mac(key, 130, text6, sizeof text6 - 1, mac) == CRYPTO_ERROR_FORGED);
	EXPECT(crypto_make_mac(key, 0, "x", 1, mac) == CRYPTO_ERROR_ARGUMENT);
	EXPECT(is_zero(mac, sizeof mac));
	EXPECT(crypto_make_mac(NULL, 5, "x", 1, mac) == CRYPTO_ERROR_ARGUMENT);
}

struct hkdf_case {
	const char *salt, *material, *info, *key, *out;
};

/* RFC 5869, A.1 to A.3. */
static const struct hkdf_case hkdf_cases[] = {
	{"000102030405060708090a0b0c", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
	 "f0f1f2f3f4f5f6f7f8f9", "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
	 "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
	{"606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
	 "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
	 "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
	 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	 "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
	 "404142434445464748494a4b4c4d4e4f",
	 "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
	 "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
	 "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
	 "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
	 "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
	 "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
	 "cc30c58179ec3e87c14c01d5c1f3434f1d87"},
	{"", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "",
	 "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
	 "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
};

static void check_hkdf(void)
{
	uint8_t salt[80], material[80], info[80], key[CRYPTO_KEY_BYTES], out[82];

	for (size_t i = 0; i < sizeof hkdf_cases / sizeof hkdf_cases[0]; i++) {
		const struct hkdf_case *test = &hkdf_cases[i];
		size_t salt_bytes = strlen(test->salt) / 2;
		size_t material_bytes = strlen(test->material) / 2;
		size_t info_bytes = strlen(test->info) / 2;

		hex_bytes(test->salt, salt, salt_bytes);
		hex_bytes(test->material, material, material_bytes);
		hex_bytes(test->info, info, info_bytes);
		EXPECT(crypto_extract_key(salt, salt_bytes, material, material_bytes, key) ==
		       CRYPTO_OK);
		EXPECT(is_hex(key, test->key));
		EXPECT(crypto_expand_key(key, info, info_bytes, out, strlen(test->out) / 2) ==
		       CRYPTO_OK);
		EXPECT(is_hex(out, test->out));
	}
}

static void check_hkdf_limits(void)
{
	static uint8_t out[CRYPTO_EXPAND_BYTES_MAX + 1];
	uint8_t key[CRYPTO_KEY_BYTES];

	EXPECT(crypto_extract_key(NULL, 0, NULL, 0, key) == CRYPTO_OK);
	EXPECT(is_hex(key, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"));
	EXPECT(crypto_expand_key(key, NULL, 0, out, CRYPTO_EXPAND_BYTES_MAX) == CRYPTO_OK);
	EXPECT(crypto_expand_key(key, NULL, 0, out, sizeof out) == CRYPTO_ERROR_ARGUMENT);
	EXPECT(crypto_expand_key(key, NULL, 0, out, 0) == CRYPTO_ERROR_ARGUMENT);
	EXPECT(crypto_expand_key(key, NULL, 1, out, 16) == CRYPTO_ERROR_ARGUMENT);
	EXPECT(is_zero(out, 16));
}

static void check_matching(void)
{
	EXPECT(crypto_match_bytes("abcd", "abcd", 4));
	EXPECT(!crypto_match_bytes("abcd", "abce", 4));
	EXPECT(!crypto_match_bytes("\x01"
				   "bcd",
				   "\x81"
				   "bcd",
				   4));
	EXPECT(crypto_match_bytes(NULL, NULL, 0));
	char text[4] = "abc";
	crypto_wipe_bytes(text, sizeof text);
	EXPECT(is_zero(text, sizeof text));
}

/* RFC 7914, 11, and a number of rounds between. */
static void check_phrases(void)
{
	uint8_t key[CRYPTO_KEY_BYTES];

	EXPECT(crypto_stretch_phrase("passwd", 6, "salt", 4, 1, key) == CRYPTO_OK &&
	       is_hex(key, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"));
	EXPECT(crypto_stretch_phrase("password", 8, "salt", 4, 4096 / check_stride, key) ==
	       CRYPTO_OK);
	EXPECT(check_stride != 1 ||
	       is_hex(key, "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a"));
	EXPECT(crypto_stretch_phrase("", 0, "salt", 4, 1, key) == CRYPTO_ERROR_ARGUMENT);
	EXPECT(is_zero(key, sizeof key));
	EXPECT(crypto_stretch_phrase("passwd", 6, NULL, 0, 1, key) == CRYPTO_ERROR_ARGUMENT);
	EXPECT(crypto_stretch_phrase("passwd", 6, "salt", 4, 0, key) == CRYPTO_ERROR_ARGUMENT);
	EXPECT(crypto_stretch_phrase("passwd", 6, "salt", 4, 1, NULL) == CRYPTO_ERROR_ARGUMENT);
}

void check_hashes(void)
{
	check_known_digests();
	check_pieces();
	check_hash_errors();
	check_macs();
	check_hkdf();
	check_hkdf_limits();
	check_phrases();
	check_matching();
}
