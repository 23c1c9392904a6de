/* The kernel's 64-bit division: quotient times divisor plus remainder is the dividend, and the
   remainder is smaller than the divisor. (Not compared with the compiler's: on i686 that is it.)
   LINK: kernel/i386/divide.c
 */
#include <stdbool.h>

#include "tap.h"

#define ROUNDS 2000000u

uint64_t __udivmoddi4(uint64_t dividend, uint64_t divisor, uint64_t *remainder);
int64_t __divmoddi4(int64_t dividend, int64_t divisor, int64_t *remainder);

static bool unsigned_good(uint64_t dividend, uint64_t divisor)
{
	uint64_t remainder;
	uint64_t quotient = __udivmoddi4(dividend, divisor, &remainder);
	return remainder < divisor && quotient * divisor + remainder == dividend &&
	       (quotient == 0 || divisor <= dividend);
}

/* C's rule: towards zero, and the remainder has the dividend's sign. */
static bool signed_good(int64_t dividend, int64_t divisor)
{
	int64_t remainder;
	int64_t quotient = __divmoddi4(dividend, divisor, &remainder);
	uint64_t back = (uint64_t)quotient * (uint64_t)divisor + (uint64_t)remainder;
	return back == (uint64_t)dividend && (remainder == 0 || (remainder < 0) == (dividend < 0));
}

int main(void)
{
	static const uint64_t edges[] = {1,
					 2,
					 3,
					 0x7fffffff,
					 0x80000000,
					 0xffffffff,
					 0x100000000,
					 0x100000001,
					 0x7fffffffffffffff,
					 0x8000000000000000,
					 0xfffffffffffffffe,
					 0xffffffffffffffff};
	uint32_t count = sizeof(edges) / sizeof(edges[0]);
	bool good = true;
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t j = 0; j < count; j++) {
			good = good && unsigned_good(edges[i], edges[j]) &&
			       unsigned_good(0, edges[j]);
		}
	}
	CHECK(good, "every pair of %u edge values", count);
	uint64_t seed = 20261121;
	uint32_t round = 0;
	for (good = true; round < ROUNDS && good; round++) {
		uint64_t a = tap_random(&seed) >> (tap_random(&seed) % 64);
		uint64_t b = tap_random(&seed) >> (tap_random(&seed) % 64);
		good = b == 0 || (unsigned_good(a, b) &&
				  (b == UINT64_MAX || signed_good((int64_t)a, (int64_t)b)));
	}
	CHECK(good, "%u random pairs, unsigned and signed", round);
	return tap_done();
}
