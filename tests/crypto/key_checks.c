/* P-256 keys: what is one, what is none, and what two of them agree on. */
#include "checks.h"

static const char base_point[] =
	"046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
	"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
static const char minus_base_point[] =
	"046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
	"b01cbd1c01e58065711814b583f061e9d431cca994cea1313449bf97c840ae0a";
static const char order[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

static bool derives(const char *private_key, const char *public_key)
{
	uint8_t scalar[CRYPTO_PRIVATE_BYTES], point[CRYPTO_PUBLIC_BYTES];

	hex_bytes(private_key, scalar, sizeof scalar);
	return crypto_derive_public(scalar, point) == CRYPTO_OK && is_hex(point, public_key);
}

static bool is_private_key(const char *private_key)
{
	uint8_t scalar[CRYPTO_PRIVATE_BYTES], point[CRYPTO_PUBLIC_BYTES];
	uint8_t other[CRYPTO_PUBLIC_BYTES], secret[CRYPTO_SECRET_BYTES];

	hex_bytes(private_key, scalar, sizeof scalar);
	hex_bytes(base_point, other, sizeof other);
	memset(point, 0xa5, sizeof point);
	memset(secret, 0xa5, sizeof secret);
	bool refused = crypto_derive_public(scalar, point) == CRYPTO_ERROR_PRIVATE_KEY &&
		       is_zero(point, sizeof point) &&
		       crypto_agree_secret(scalar, other, secret) == CRYPTO_ERROR_PRIVATE_KEY &&
		       is_zero(secret, sizeof secret);
	return !refused;
}

static void check_private_keys(void)
{
	EXPECT(derives("0000000000000000000000000000000000000000000000000000000000000001",
		       base_point));
	EXPECT(derives("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550",
		       minus_base_point));
	/* RFC 6979, A.2.5 */
	EXPECT(derives("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
		       "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
		       "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"));
	EXPECT(!is_private_key("0000000000000000000000000000000000000000000000000000000000000000"));
	EXPECT(!is_private_key(order));
	EXPECT(!is_private_key("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552"));
	EXPECT(!is_private_key("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"));
}

/* Every routine that takes a public key must refuse this one, and leave nothing behind. */
static bool is_refused(const uint8_t public_key[CRYPTO_PUBLIC_BYTES])
{
	static const uint8_t private_key[CRYPTO_PRIVATE_BYTES] = {[31] = 7};
	static const uint8_t signature[CRYPTO_SIGNATURE_BYTES] = {[31] = 1, [63] = 1};
	uint8_t secret[CRYPTO_SECRET_BYTES], copy[CRYPTO_PUBLIC_BYTES];

	memset(secret, 0xa5, sizeof secret);
	memset(copy, 0xa5, sizeof copy);
	return crypto_import_public(public_key, CRYPTO_PUBLIC_BYTES, copy) ==
		       CRYPTO_ERROR_PUBLIC_KEY &&
	       is_zero(copy, sizeof copy) &&
	       crypto_agree_secret(private_key, public_key, secret) == CRYPTO_ERROR_PUBLIC_KEY &&
	       is_zero(secret, sizeof secret) &&
	       crypto_verify_data(public_key, "x", 1, signature, sizeof signature) ==
		       CRYPTO_ERROR_PUBLIC_KEY;
}

static bool is_refused_text(const char *public_key)
{
	uint8_t point[CRYPTO_PUBLIC_BYTES];

	hex_bytes(public_key, point, sizeof point);
	return is_refused(point);
}

/* Encodings of a good point with one bit flipped: none is a point, so none may be taken for one. */
static void check_flipped_points(void)
{
	uint8_t point[CRYPTO_PUBLIC_BYTES], copy[CRYPTO_PUBLIC_BYTES];
	bool refused = true;

	hex_bytes(base_point, point, sizeof point);
	for (size_t bit = 0; bit < sizeof point * 8; bit++) {
		point[bit / 8] ^= (uint8_t)(1 << bit % 8);
		refused &= is_refused(point);
		point[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	EXPECT_NAMED(refused, "a point with any one bit flipped is off the curve, and refused");
	EXPECT(crypto_import_public(point, sizeof point, copy) == CRYPTO_OK);
	EXPECT(memcmp(point, copy, sizeof copy) == 0);
}

static void check_bad_points(void)
{
	/* (0, 0), where a point at infinity would be written if it could be */
	EXPECT(is_refused_text("040000000000000000000000000000000000000000000000000000000000000000"
			       "0000000000000000000000000000000000000000000000000000000000000000"));
	/* a point with x = 0, good as such ... */
	uint8_t point[CRYPTO_PUBLIC_BYTES], copy[CRYPTO_PUBLIC_BYTES];
	hex_bytes("040000000000000000000000000000000000000000000000000000000000000000"
		  "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4",
		  point, sizeof point);
	EXPECT(crypto_import_public(point, sizeof point, copy) == CRYPTO_OK);
	/* ... and with x = p, which is 0 modulo p and another encoding of it */
	EXPECT(is_refused_text("04ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"
			       "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4"));
	/* a point with y = 5, and with y = p + 5 */
	hex_bytes("04d7325d7646cd60d80a92738ceb345f844cffaf35841022cab176f692de8de1d7"
		  "0000000000000000000000000000000000000000000000000000000000000005",
		  point, sizeof point);
	EXPECT(crypto_import_public(point, sizeof point, copy) == CRYPTO_OK);
	EXPECT(is_refused_text("04d7325d7646cd60d80a92738ceb345f844cffaf35841022cab176f692de8de1d7"
			       "ffffffff00000001000000000000000000000001000000000000000000000004"));
	EXPECT(is_refused_text("04ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
			       "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"));
}

static void check_bad_encodings(void)
{
	uint8_t point[CRYPTO_PUBLIC_BYTES + 1], copy[CRYPTO_PUBLIC_BYTES];
	bool refused = true;

	hex_bytes(base_point, point, CRYPTO_PUBLIC_BYTES);
	point[CRYPTO_PUBLIC_BYTES] = 0;
	for (size_t size = 0; size <= sizeof point; size++) {
		refused &= size == CRYPTO_PUBLIC_BYTES ||
			   crypto_import_public(point, size, copy) == CRYPTO_ERROR_PUBLIC_KEY;
	}
	EXPECT_NAMED(refused, "a point of any other size than 65 bytes is refused");
	refused = true;
	for (int form = 0; form < 256; form++) {
		point[0] = (uint8_t)form;
		refused &= form == 4 || is_refused(point);
	}
	EXPECT_NAMED(refused, "a point in any other form than 4 is refused (6 and 7, hybrid, too)");
	EXPECT(crypto_import_public("\0", 1, copy) == CRYPTO_ERROR_PUBLIC_KEY);
	EXPECT(crypto_import_public(NULL, 0, copy) == CRYPTO_ERROR_PUBLIC_KEY);
	EXPECT(crypto_import_public(NULL, CRYPTO_PUBLIC_BYTES, copy) == CRYPTO_ERROR_ARGUMENT);
	/* the base point compressed: SEC 1 has it, we do not */
	hex_bytes(base_point, point, CRYPTO_PUBLIC_BYTES);
	point[0] = 3;
	EXPECT(crypto_import_public(point, 33, copy) == CRYPTO_ERROR_PUBLIC_KEY);
}

static bool agrees(const char *private_key, const char *public_key, const char *expected)
{
	uint8_t scalar[CRYPTO_PRIVATE_BYTES], point[CRYPTO_PUBLIC_BYTES];
	uint8_t secret[CRYPTO_SECRET_BYTES];

	hex_bytes(private_key, scalar, sizeof scalar);
	hex_bytes(public_key, point, sizeof point);
	return crypto_agree_secret(scalar, point, secret) == CRYPTO_OK && is_hex(secret, expected);
}

/* NIST CAVP, ECC CDH primitive, P-256, counts 0 and 1; and a secret that begins with a zero. */
static void check_known_secrets(void)
{
	EXPECT(agrees("7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534",
		      "04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287"
		      "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac",
		      "46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b"));
	EXPECT(agrees("38f65d6dce47676044d58ce5139582d568f64bb16098d179dbab07741dd5caf5",
		      "04809f04289c64348c01515eb03d5ce7ac1a8cb9498f5caa50197e58d43a86a7ae"
		      "b29d84e811197f25eba8f5194092cb6ff440e26d4421011372461f579271cda3",
		      "057d636096cb80b67a8c038c890e887d1adfa4195e9b3ce241c8a778c59cda67"));
	EXPECT(agrees("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
		      "04005543894af3d00ed7d740abdbd75c96b06877b787db5f70eea78b90a8d7c00a"
		      "bb4c85a3d8ea29efaafa24406912dd84d5b14dc32bf656ef6c6bd58a5d943f92",
		      "009956a92a3c4b2c539f3c8b1e345e0d0a65d32a8902e37a86c0f37f88f82025"));
	EXPECT(derives("000000000000000000000000000000000000000000000000000000000000017b",
		       "04005543894af3d00ed7d740abdbd75c96b06877b787db5f70eea78b90a8d7c00a"
		       "bb4c85a3d8ea29efaafa24406912dd84d5b14dc32bf656ef6c6bd58a5d943f92"));
}

static void check_made_pairs(void)
{
	uint8_t private_a[CRYPTO_PRIVATE_BYTES], public_a[CRYPTO_PUBLIC_BYTES];
	uint8_t private_b[CRYPTO_PRIVATE_BYTES], public_b[CRYPTO_PUBLIC_BYTES];
	uint8_t secret_a[CRYPTO_SECRET_BYTES], secret_b[CRYPTO_SECRET_BYTES];
	uint8_t derived[CRYPTO_PUBLIC_BYTES];

	EXPECT(crypto_make_pair(test_random(), private_a, public_a) == CRYPTO_OK);
	EXPECT(crypto_make_pair(test_random(), private_b, public_b) == CRYPTO_OK);
	EXPECT(memcmp(private_a, private_b, sizeof private_a) != 0);
	EXPECT(crypto_derive_public(private_a, derived) == CRYPTO_OK);
	EXPECT(memcmp(derived, public_a, sizeof derived) == 0);
	EXPECT(crypto_agree_secret(private_a, public_b, secret_a) == CRYPTO_OK);
	EXPECT(crypto_agree_secret(private_b, public_a, secret_b) == CRYPTO_OK);
	EXPECT(memcmp(secret_a, secret_b, sizeof secret_a) == 0);
	EXPECT(!is_zero(secret_a, sizeof secret_a));
}

void check_keys(void)
{
	check_private_keys();
	check_flipped_points();
	check_bad_points();
	check_bad_encodings();
	check_known_secrets();
	check_made_pairs();
}
