/*
 * RDRAND as an entropy source: Intel SDM vol. 1, 7.3.17.  An unprivileged instruction; the only
 * file of lib/crypto that knows the processor.
 */
#include <string.h>

#include "crypto.h"

#if defined(__i386__) || defined(__x86_64__)

#include <cpuid.h>

#define RETRIES 10 /* 7.3.17.1: ten failures in a row are a failure of the generator */

/* CPUID.01H:ECX.RDRAND[bit 30]; executing it without is an invalid opcode. */
static bool have_rdrand(void)
{
	unsigned int eax = 0, ebx = 0, ecx = 0, edx = 0;

	return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & (1u << 30)) != 0;
}

/* One word; the carry flag says whether there was one. */
static bool read_word(uint32_t *word)
{
	for (int attempt = 0; attempt < RETRIES; attempt++) {
		bool carry = false;

		__asm__ volatile("rdrand %0" : "=r"(*word), "=@ccc"(carry));
		if (carry) {
			return true;
		}
	}
	return false;
}

#else

static bool have_rdrand(void)
{
	return false;
}

static bool read_word(uint32_t *word)
{
	(void)word;
	return false;
}

#endif

static enum crypto_error read_rdrand(void *context, uint8_t *out, size_t bytes)
{
	uint32_t word = 0;

	(void)context;
	if (!have_rdrand()) {
		return CRYPTO_ERROR_ENTROPY;
	}
	for (size_t done = 0; done < bytes; done += sizeof word) {
		size_t part = bytes - done < sizeof word ? bytes - done : sizeof word;

		if (!read_word(&word)) {
			return CRYPTO_ERROR_ENTROPY;
		}
		memcpy(out + done, &word, part);
	}
	crypto_wipe_bytes(&word, sizeof word);
	return CRYPTO_OK;
}

const struct crypto_source crypto_rdrand_source = {
	.read = read_rdrand,
};
