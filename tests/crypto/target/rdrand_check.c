/* RDRAND on the target: a node's processor has it (design, decision 1), another must be refused. */
#include "../checks.h"

void check_rdrand_present(void)
{
	struct crypto_random random;

	EXPECT(crypto_start_random(&random, &crypto_rdrand_source) == CRYPTO_OK);
}

void check_rdrand_absent(void)
{
	struct crypto_random random;
	uint8_t out[CRYPTO_PUBLIC_BYTES], private_key[CRYPTO_PRIVATE_BYTES];

	EXPECT(crypto_start() == CRYPTO_OK);
	EXPECT(crypto_start_random(&random, &crypto_rdrand_source) == CRYPTO_ERROR_ENTROPY);
	EXPECT(crypto_mix_seed(&random, "a good seed", 11) == CRYPTO_ERROR_UNSEEDED);
	EXPECT(crypto_make_random(&random, out, 32) == CRYPTO_ERROR_UNSEEDED);
	EXPECT(is_zero(out, 32));
	EXPECT(crypto_make_pair(&random, private_key, out) == CRYPTO_ERROR_UNSEEDED);
}
