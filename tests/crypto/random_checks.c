/* Random numbers: above all, when there are none. */
#include "checks.h"

static bool refuses(struct crypto_random *random, enum crypto_error expected)
{
	uint8_t out[48], private_key[CRYPTO_PRIVATE_BYTES], public_key[CRYPTO_PUBLIC_BYTES];

	memset(out, 0xa5, sizeof out);
	memset(private_key, 0xa5, sizeof private_key);
	return crypto_make_random(random, out, sizeof out) == expected &&
	       is_zero(out, sizeof out) &&
	       crypto_make_pair(random, private_key, public_key) == expected &&
	       is_zero(private_key, sizeof private_key) && is_zero(public_key, sizeof public_key);
}

static void check_unseeded(void)
{
	static struct crypto_random random;
	struct test_source faulty = {.state = 1, .fails = true};
	struct crypto_source source = test_source_of(&faulty);

	EXPECT(refuses(&random, CRYPTO_ERROR_UNSEEDED));
	EXPECT(crypto_mix_seed(&random, "a very good seed", 16) == CRYPTO_ERROR_UNSEEDED);
	EXPECT(refuses(&random, CRYPTO_ERROR_UNSEEDED));
	memset(&random, 0xa5, sizeof random);
	EXPECT(refuses(&random, CRYPTO_ERROR_UNSEEDED));
	EXPECT(crypto_start_random(&random, NULL) == CRYPTO_ERROR_ARGUMENT);
	EXPECT(crypto_start_random(&random, &source) == CRYPTO_ERROR_ENTROPY);
	EXPECT(refuses(&random, CRYPTO_ERROR_UNSEEDED));
	EXPECT(crypto_mix_seed(&random, "a very good seed", 16) == CRYPTO_ERROR_UNSEEDED);
	EXPECT(refuses(&random, CRYPTO_ERROR_UNSEEDED));
}

static void check_sick_sources(void)
{
	struct crypto_random random;
	struct test_source repeating = {.state = 2, .repeats = true};
	struct test_source stuck = {.state = 3, .stuck = true};
	struct test_source later = {.state = 4};
	struct crypto_source source = test_source_of(&repeating);
	uint8_t out[8];

	EXPECT(crypto_start_random(&random, &source) == CRYPTO_ERROR_ENTROPY);
	EXPECT(refuses(&random, CRYPTO_ERROR_UNSEEDED));
	source = test_source_of(&stuck);
	EXPECT(crypto_start_random(&random, &source) == CRYPTO_ERROR_ENTROPY);
	EXPECT(refuses(&random, CRYPTO_ERROR_UNSEEDED));

	/* a source that falls ill later: no numbers while it is, whatever was mixed in */
	source = test_source_of(&later);
	EXPECT(crypto_start_random(&random, &source) == CRYPTO_OK);
	EXPECT(crypto_make_random(&random, out, sizeof out) == CRYPTO_OK);
	later.fails = true;
	EXPECT(refuses(&random, CRYPTO_ERROR_ENTROPY));
	EXPECT(crypto_mix_seed(&random, "seed", 4) == CRYPTO_OK);
	EXPECT(refuses(&random, CRYPTO_ERROR_ENTROPY));
	later.fails = false;
	EXPECT(crypto_make_random(&random, out, sizeof out) == CRYPTO_OK);
	later.repeats = true;
	EXPECT(crypto_make_random(&random, out, sizeof out) == CRYPTO_OK);
	EXPECT(refuses(&random, CRYPTO_ERROR_ENTROPY));
	crypto_stop_random(&random);
	EXPECT(is_zero(&random, sizeof random));
	EXPECT(refuses(&random, CRYPTO_ERROR_UNSEEDED));
}

/* Starts from the same source; gives what a node with that source and seed would get. */
static void draw(const char *seed, uint8_t out[32])
{
	struct crypto_random random;
	struct test_source replayed = {.state = 5};
	struct crypto_source source = test_source_of(&replayed);
	bool good = crypto_start_random(&random, &source) == CRYPTO_OK;

	if (seed != NULL) {
		good &= crypto_mix_seed(&random, seed, strlen(seed)) == CRYPTO_OK;
	}
	if (!good || crypto_make_random(&random, out, 32) != CRYPTO_OK) {
		memset(out, 0, 32);
	}
}

static void check_mixing(void)
{
	uint8_t bare[32], again[32], one[32], two[32];

	draw(NULL, bare);
	draw(NULL, again);
	draw("one", one);
	draw("two", two);
	EXPECT(!is_zero(bare, 32) && !is_zero(one, 32) && !is_zero(two, 32));
	EXPECT_NAMED(memcmp(bare, again, 32) == 0, "nothing but the source and seeds goes in");
	EXPECT(memcmp(bare, one, 32) != 0);
	EXPECT(memcmp(one, two, 32) != 0);
}

/* No proof of quality, but of not being broken: about half of many bits are set. */
static void check_output(void)
{
	static uint8_t out[4096];
	unsigned int ones = 0;
	uint8_t first[32], second[32];

	EXPECT(crypto_make_random(test_random(), out, sizeof out) == CRYPTO_OK);
	for (size_t bit = 0; bit < sizeof out * 8; bit++) {
		ones += (out[bit / 8] >> bit % 8) & 1;
	}
	EXPECT(ones > 16384 - 600 && ones < 16384 + 600);
	EXPECT(crypto_make_random(test_random(), first, sizeof first) == CRYPTO_OK);
	EXPECT(crypto_make_random(test_random(), second, sizeof second) == CRYPTO_OK);
	EXPECT(memcmp(first, second, sizeof first) != 0);
	EXPECT(crypto_make_random(test_random(), NULL, 0) == CRYPTO_OK);
	EXPECT(crypto_make_random(test_random(), NULL, 1) == CRYPTO_ERROR_ARGUMENT);
}

void check_randoms(void)
{
	check_unseeded();
	check_sick_sources();
	check_mixing();
	check_output();
}
