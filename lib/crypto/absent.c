/*
 * ASN.1: LibTomCrypt's signatures can be written so, ours never are (64 bytes, r and s), and a
 * parser that is not there cannot be attacked.  It is half of the size of P-256.
 */
#include "internal.h"

int der_encode_sequence_multi(unsigned char *out, unsigned long *out_bytes, ...)
{
	(void)out;
	*out_bytes = 0;
	return CRYPT_ERROR;
}

int der_decode_sequence_multi(const unsigned char *in, unsigned long bytes, ...)
{
	(void)in;
	(void)bytes;
	return CRYPT_ERROR;
}
