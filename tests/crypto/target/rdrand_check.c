/* A node's processor has RDRAND (design, decision 1): on the target it must be found. */
#include "../checks.h"

void check_rdrand_present(void);

void check_rdrand_present(void)
{
	struct crypto_random random;

	EXPECT(crypto_start_random(&random, &crypto_rdrand_source) == CRYPTO_OK);
}
