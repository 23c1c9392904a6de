/*
 * Memory: every operation gives back what it took, and when the n-th allocation fails, for any n,
 * it says so, leaves nothing behind and no block in use.
 */
#include "checks.h"

static uint8_t private_key[CRYPTO_PRIVATE_BYTES];
static uint8_t public_key[CRYPTO_PUBLIC_BYTES];
static uint8_t signature[CRYPTO_SIGNATURE_BYTES];
static uint8_t out[CRYPTO_PUBLIC_BYTES];

static enum crypto_error run_mac(void)
{
	return crypto_make_mac("key", 3, "data", 4, out);
}

static enum crypto_error run_extract(void)
{
	return crypto_extract_key("salt", 4, "material", 8, out);
}

static enum crypto_error run_expand(void)
{
	return crypto_expand_key(private_key, "info", 4, out, 64);
}

static enum crypto_error run_seal(void)
{
	uint8_t sealed[4 + CRYPTO_TAG_BYTES];

	return crypto_seal_data(private_key, private_key, NULL, 0, "data", 4, sealed);
}

static enum crypto_error run_random(void)
{
	return crypto_make_random(test_random(), out, 32);
}

static enum crypto_error run_import(void)
{
	return crypto_import_public(public_key, sizeof public_key, out);
}

static enum crypto_error run_derive(void)
{
	return crypto_derive_public(private_key, out);
}

static enum crypto_error run_pair(void)
{
	uint8_t made[CRYPTO_PRIVATE_BYTES];

	return crypto_make_pair(test_random(), made, out);
}

static enum crypto_error run_agree(void)
{
	return crypto_agree_secret(private_key, public_key, out);
}

static enum crypto_error run_sign(void)
{
	return crypto_sign_data(private_key, test_random(), "data", 4, out);
}

static enum crypto_error run_verify(void)
{
	return crypto_verify_data(public_key, "data", 4, signature, sizeof signature);
}

static const struct {
	const char *name;
	enum crypto_error (*run)(void);
} operations[] = {
	{"crypto_make_mac", run_mac},         {"crypto_extract_key", run_extract},
	{"crypto_expand_key", run_expand},    {"crypto_seal_data", run_seal},
	{"crypto_make_random", run_random},   {"crypto_import_public", run_import},
	{"crypto_derive_public", run_derive}, {"crypto_make_pair", run_pair},
	{"crypto_agree_secret", run_agree},   {"crypto_sign_data", run_sign},
	{"crypto_verify_data", run_verify},
};

/* The next number of allocations to let pass: each at first, then further and further apart. */
static unsigned int next_count(unsigned int count)
{
	unsigned int step = count < 40 ? 1 : count / 4;

	return count + step * check_stride;
}

static bool fails_cleanly(enum crypto_error (*run)(void), unsigned int needed)
{
	int before = memory_in_use();
	bool good = true;

	for (unsigned int count = 0; count < needed; count = next_count(count)) {
		memset(out, 0xa5, sizeof out);
		memory_fail_after(count);
		enum crypto_error error = run();
		memory_fail_after(UINT32_MAX);
		good &= error == CRYPTO_ERROR_MEMORY && memory_in_use() == before;
		good &= run == run_verify || is_zero(out, 16);
		if (!good) {
			return false;
		}
	}
	return good;
}

void check_memory(void)
{
	memset(private_key, 0x42, sizeof private_key);
	EXPECT(crypto_derive_public(private_key, public_key) == CRYPTO_OK);
	EXPECT(crypto_sign_data(private_key, test_random(), "data", 4, signature) == CRYPTO_OK);
	memory_watch_wiping(true);
	for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
		int before = memory_in_use();
		unsigned int taken = memory_taken();
		bool good = operations[i].run() == CRYPTO_OK && memory_in_use() == before;

		good &= fails_cleanly(operations[i].run, memory_taken() - taken);
		EXPECT_NAMED(good, operations[i].name);
	}
	memory_watch_wiping(false);
	EXPECT_NAMED(memory_unwiped() == 0, "no block goes back to the heap with content");
}
