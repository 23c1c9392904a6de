/*
 * Between LibTomCrypt 1.18.2 and LibTomMath 1.2.0: names that the first still calls by and the
 * second keeps in one large file of old names (bn_deprecated.c), and routines that the first lists
 * in its table and P-256 never uses.  Those refuse; they are not linked because nobody needs them,
 * and because mp_rand would be a second source of randomness that nobody seeds.
 */
#include "settings.h"

#include <stdint.h>
#include <tommath.h>

mp_err mp_set_int(mp_int *number, unsigned long value)
{
	if (value > UINT32_MAX) {
		return MP_VAL;
	}
	mp_set_u32(number, (uint32_t)value);
	return MP_OKAY;
}

unsigned long mp_get_int(const mp_int *number)
{
	return mp_get_mag_u32(number);
}

int mp_unsigned_bin_size(const mp_int *number)
{
	return (int)mp_ubin_size(number);
}

/* The caller has asked for the size before. */
mp_err mp_to_unsigned_bin(const mp_int *number, unsigned char *out)
{
	return mp_to_ubin(number, out, SIZE_MAX, NULL);
}

mp_err mp_read_unsigned_bin(mp_int *number, const unsigned char *in, int bytes)
{
	return bytes < 0 ? MP_VAL : mp_from_ubin(number, in, (size_t)bytes);
}

/* --------------------------------------------------------------------------------- refused */

mp_err mp_rand(mp_int *number, int digits)
{
	(void)number;
	(void)digits;
	return MP_VAL;
}

mp_err mp_toradix(const mp_int *number, char *text, int radix)
{
	(void)number;
	(void)text;
	(void)radix;
	return MP_VAL;
}

mp_err mp_gcd(const mp_int *a, const mp_int *b, mp_int *result)
{
	(void)a;
	(void)b;
	(void)result;
	return MP_VAL;
}

mp_err mp_lcm(const mp_int *a, const mp_int *b, mp_int *result)
{
	return mp_gcd(a, b, result);
}

mp_err mp_exptmod(const mp_int *base, const mp_int *exponent, const mp_int *modulus, mp_int *result)
{
	(void)exponent;
	return mp_gcd(base, modulus, result);
}

mp_err mp_prime_is_prime(const mp_int *number, int rounds, mp_bool *result)
{
	(void)number;
	(void)rounds;
	*result = MP_NO;
	return MP_VAL;
}
