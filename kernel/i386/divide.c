/* 64-bit division, which the compiler calls by these names. The kernel passes arguments in
   registers (mk/kernel.mk), so libgcc's own would not do. */
#include <stdint.h>

uint64_t __udivmoddi4(uint64_t dividend, uint64_t divisor, uint64_t *remainder);
uint64_t __udivdi3(uint64_t dividend, uint64_t divisor);
uint64_t __umoddi3(uint64_t dividend, uint64_t divisor);
int64_t __divdi3(int64_t dividend, int64_t divisor);
int64_t __moddi3(int64_t dividend, int64_t divisor);
int64_t __divmoddi4(int64_t dividend, int64_t divisor, int64_t *remainder);

/* high:low / divisor, which must be larger than high (SDM vol. 2, DIV). */
static uint32_t divide_words(uint32_t high, uint32_t low, uint32_t divisor, uint32_t *remainder)
{
	uint32_t quotient;
	__asm__("divl %4" : "=a"(quotient), "=d"(*remainder) : "a"(low), "d"(high), "r"(divisor));
	return quotient;
}

uint64_t __udivmoddi4(uint64_t dividend, uint64_t divisor, uint64_t *remainder)
{
	uint32_t high = (uint32_t)(dividend >> 32), rest;
	if (divisor >> 32 == 0) { /* two steps of long division */
		uint32_t small = (uint32_t)divisor;
		uint64_t quotient = (uint64_t)(high / small) << 32;
		quotient |= divide_words(high % small, (uint32_t)dividend, small, &rest);
		*remainder = rest;
		return quotient;
	}
	/* The quotient fits a word: estimate it from the leading 32 bits of the divisor; it is at
	   most one too large. */
	uint32_t shift = 32u - (uint32_t)__builtin_clz((uint32_t)(divisor >> 32));
	uint32_t leading = (uint32_t)(divisor >> shift);
	uint64_t half = dividend >> 1;
	uint64_t estimate = divide_words((uint32_t)(half >> 32), (uint32_t)half,
					 leading | 0x80000000u, &rest) >>
			    (shift - 1);
	if (estimate != 0) {
		estimate--;
	}
	uint64_t left = dividend - estimate * divisor;
	while (left >= divisor) {
		estimate++;
		left -= divisor;
	}
	*remainder = left;
	return estimate;
}

uint64_t __udivdi3(uint64_t dividend, uint64_t divisor)
{
	uint64_t remainder;
	return __udivmoddi4(dividend, divisor, &remainder);
}

uint64_t __umoddi3(uint64_t dividend, uint64_t divisor)
{
	uint64_t remainder;
	(void)__udivmoddi4(dividend, divisor, &remainder);
	return remainder;
}

static uint64_t magnitude(int64_t value)
{
	return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

int64_t __divdi3(int64_t dividend, int64_t divisor)
{
	uint64_t quotient = __udivdi3(magnitude(dividend), magnitude(divisor));
	return (int64_t)((dividend < 0) != (divisor < 0) ? -quotient : quotient);
}

int64_t __moddi3(int64_t dividend, int64_t divisor)
{
	uint64_t remainder = __umoddi3(magnitude(dividend), magnitude(divisor));
	return (int64_t)(dividend < 0 ? -remainder : remainder);
}

int64_t __divmoddi4(int64_t dividend, int64_t divisor, int64_t *remainder)
{
	*remainder = __moddi3(dividend, divisor);
	return __divdi3(dividend, divisor);
}
