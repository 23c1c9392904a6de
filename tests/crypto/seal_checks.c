/* ChaCha20-Poly1305: RFC 8439, and everything that must not open. */
#include "checks.h"

static uint8_t key[CRYPTO_KEY_BYTES];
static uint8_t nonce[CRYPTO_NONCE_BYTES];

static void count_up(uint8_t *out, size_t bytes, uint8_t first)
{
	for (size_t i = 0; i < bytes; i++) {
		out[i] = (uint8_t)(first + i);
	}
}

/* RFC 8439, 2.8.2. */
static void check_known_seal(void)
{
	static const char text[] = "Ladies and Gentlemen of the class of '99: If I could offer you "
				   "only one tip for the future, sunscreen would be it.";
	uint8_t associated[12], sealed[sizeof text - 1 + CRYPTO_TAG_BYTES], out[sizeof text];

	count_up(key, sizeof key, 0x80);
	hex_bytes("070000004041424344454647", nonce, sizeof nonce);
	hex_bytes("50515253c0c1c2c3c4c5c6c7", associated, sizeof associated);
	EXPECT(crypto_seal_data(key, nonce, associated, 12, text, sizeof text - 1, sealed) ==
	       CRYPTO_OK);
	EXPECT(is_hex(sealed, "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
			      "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
			      "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
			      "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd060"
			      "0691"));
	EXPECT(crypto_open_data(key, nonce, associated, 12, sealed, sizeof sealed, out) ==
	       CRYPTO_OK);
	EXPECT(memcmp(out, text, sizeof text - 1) == 0);
}

/* Without data the tag is over associated data alone (figures by OpenSSL). */
static void check_empty(void)
{
	uint8_t tag[CRYPTO_TAG_BYTES], zeroes[16] = {0};

	count_up(key, sizeof key, 0);
	count_up(nonce, sizeof nonce, 0);
	EXPECT(crypto_seal_data(key, nonce, NULL, 0, NULL, 0, tag) == CRYPTO_OK);
	EXPECT(is_hex(tag, "295a498b8841a1c5f55d4d606f731159"));
	EXPECT(crypto_seal_data(key, nonce, zeroes, 16, NULL, 0, tag) == CRYPTO_OK);
	EXPECT(is_hex(tag, "a7ddc4ffc8ed27cf46cb95d9246ea643"));
	EXPECT(crypto_seal_data(key, nonce, "hello", 5, NULL, 0, tag) == CRYPTO_OK);
	EXPECT(is_hex(tag, "6753ffab9e2a4196ed3605a2409ce04f"));
	EXPECT(crypto_open_data(key, nonce, "hello", 5, tag, sizeof tag, NULL) == CRYPTO_OK);
	EXPECT(crypto_open_data(key, nonce, "hellO", 5, tag, sizeof tag, NULL) ==
	       CRYPTO_ERROR_FORGED);
	EXPECT(crypto_open_data(key, nonce, "hello\0", 6, tag, sizeof tag, NULL) ==
	       CRYPTO_ERROR_FORGED);
}

/* 1000 bytes with 77 associated: many blocks, none whole at the end (figure by OpenSSL). */
static void check_long(void)
{
	static uint8_t text[1000], sealed[1000 + CRYPTO_TAG_BYTES];
	uint8_t digest[CRYPTO_DIGEST_BYTES];

	for (size_t i = 0; i < sizeof text; i++) {
		text[i] = (uint8_t)(i * 7 + 3);
	}
	EXPECT(crypto_seal_data(key, nonce, text, 77, text, sizeof text, sealed) == CRYPTO_OK);
	EXPECT(crypto_hash_data(sealed, sizeof sealed, digest) == CRYPTO_OK);
	EXPECT(is_hex(digest, "3cc56e2da5726717673ee6536aec8412213036cb46af13b7932098049584ae88"));
	/* in place, both ways */
	memcpy(sealed, text, sizeof text);
	EXPECT(crypto_seal_data(key, nonce, text, 77, sealed, sizeof text, sealed) == CRYPTO_OK);
	EXPECT(crypto_open_data(key, nonce, text, 77, sealed, sizeof sealed, sealed) == CRYPTO_OK);
	EXPECT(memcmp(sealed, text, sizeof text) == 0);
}

struct frame {
	uint8_t key[CRYPTO_KEY_BYTES];
	uint8_t nonce[CRYPTO_NONCE_BYTES];
	uint8_t associated[14];
	uint8_t sealed[29 + CRYPTO_TAG_BYTES];
};

/* Opens the frame as it is; a refusal must leave nothing but zeroes. */
static enum crypto_error open_frame(const struct frame *frame, bool *clean)
{
	uint8_t out[29];

	memset(out, 0xa5, sizeof out);
	enum crypto_error error = crypto_open_data(frame->key, frame->nonce, frame->associated,
						   sizeof frame->associated, frame->sealed,
						   sizeof frame->sealed, out);
	*clean = error == CRYPTO_OK ? memcmp(out, "a frame of twenty-nine bytes.", 29) == 0
				    : is_zero(out, sizeof out);
	return error;
}

/* Everything that goes in: key, nonce, header, data, tag; one bit of it wrong, each in turn. */
static void check_flipped_bits(void)
{
	struct frame frame;
	uint8_t *bytes = (uint8_t *)&frame;
	bool refused = true, clean = true, all_clean = true;

	count_up(bytes, sizeof frame, 3);
	EXPECT(crypto_seal_data(frame.key, frame.nonce, frame.associated, sizeof frame.associated,
				"a frame of twenty-nine bytes.", 29, frame.sealed) == CRYPTO_OK);
	EXPECT(open_frame(&frame, &clean) == CRYPTO_OK && clean);
	for (size_t bit = 0; bit < sizeof frame * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		refused &= open_frame(&frame, &clean) == CRYPTO_ERROR_FORGED;
		all_clean &= clean;
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	EXPECT_NAMED(refused, "a frame, nonce or key with any one bit flipped is refused");
	EXPECT_NAMED(all_clean, "a refused frame leaves zeroes");
	EXPECT(open_frame(&frame, &clean) == CRYPTO_OK && clean);
}

static void check_wrong_sizes(void)
{
	uint8_t sealed[29 + CRYPTO_TAG_BYTES + 1] = {0}, out[30];
	bool refused = true;

	EXPECT(crypto_seal_data(key, nonce, "head", 4, "a frame of twenty-nine bytes.", 29,
				sealed) == CRYPTO_OK);
	for (size_t bytes = 0; bytes <= sizeof sealed; bytes++) {
		if (bytes != 29 + CRYPTO_TAG_BYTES) {
			refused &= crypto_open_data(key, nonce, "head", 4, sealed, bytes, out) ==
				   CRYPTO_ERROR_FORGED;
		}
	}
	EXPECT_NAMED(refused, "a frame cut short or made longer is refused, down to nothing");
	EXPECT(crypto_open_data(key, nonce, "head", 3, sealed, 45, out) == CRYPTO_ERROR_FORGED);
	EXPECT(crypto_open_data(key, nonce, NULL, 4, sealed, 45, out) == CRYPTO_ERROR_ARGUMENT);
	EXPECT(crypto_open_data(key, nonce, NULL, 0, NULL, 45, out) == CRYPTO_ERROR_ARGUMENT);
	EXPECT(crypto_open_data(key, nonce, NULL, 0, sealed, 45, NULL) == CRYPTO_ERROR_ARGUMENT);
	EXPECT(crypto_open_data(key, nonce, NULL, 0, NULL, 0, NULL) == CRYPTO_ERROR_FORGED);
	EXPECT(crypto_seal_data(key, nonce, NULL, 0, NULL, 1, sealed) == CRYPTO_ERROR_ARGUMENT);
	EXPECT(crypto_seal_data(key, nonce, NULL, 0, "x", 1, NULL) == CRYPTO_ERROR_ARGUMENT);
	EXPECT(crypto_seal_data(key, nonce, NULL, 0, "x", CRYPTO_DATA_BYTES_MAX + 1u, sealed) ==
	       CRYPTO_ERROR_ARGUMENT);
}

void check_seals(void)
{
	check_known_seal();
	check_empty();
	check_long();
	check_flipped_bits();
	check_wrong_sizes();
}
