/* random.h, by way of lib/crypto. */
#include <crypto/crypto.h>
#include <mach/kern_return.h>
#include <string.h>
#include "random.h"

static struct crypto_random source;

int random_start(void)
{
	if (crypto_start() != CRYPTO_OK ||
	    crypto_start_random(&source, &crypto_rdrand_source) != CRYPTO_OK) {
		return KERN_FAILURE;
	}
	return KERN_SUCCESS;
}

/* With the server's lock held. */
void random_bytes(void *bytes, size_t count)
{
	if (crypto_make_random(&source, bytes, count) != CRYPTO_OK) {
		memset(bytes, 0, count); /* cannot be: random_start succeeded */
	}
}

uint32_t cpu_features(void)
{
	uint32_t eax = 1, ebx = 0, ecx = 0, edx = 0;

	__asm__("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
	return edx;
}
