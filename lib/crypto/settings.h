/*
 * What we take of LibTomCrypt 1.18.2 and LibTomMath 1.2.0.  Given to the compiler with -include
 * before every file of theirs, and included first by each file of ours that calls them, so that
 * both sides see the same structures.
 */
#pragma once

/* ------------------------------------------------------------------------------ LibTomCrypt */

#define LTC_NOTHING   /* nothing but what is named here */
#define LTC_NO_FILE   /* no hashing of files: a server has none */
#define LTC_NO_TEST   /* their self-tests; ours are tests/crypto */
#define ARGTYPE     4 /* a bad argument is an error code, not the end of the program */

#define LTC_SHA256
#define LTC_HMAC
#define LTC_HKDF
#define LTC_PKCS_5
#define LTC_HASH_HELPERS
#define LTC_CHACHA
#define LTC_POLY1305
#define LTC_CHACHA20POLY1305_MODE
#define LTC_CHACHA20_PRNG

#define LTM_DESC /* numbers are LibTomMath's */
#define LTC_MECC
#define LTC_NO_CURVES
#define LTC_ECC256 /* P-256 is the only curve, so no key can name another */
#define LTC_ECC_SHAMIR
#define LTC_ECC_TIMING_RESISTANT
#define LTC_DER /* demanded by LTC_MECC; absent.c says why it is not there */

/* Their rotations by assembler take the count from a register, also where it is a constant. */
#define LTC_NO_ASM

/* Their loads and stores of words are copies of 4 bytes, which must not be calls (-fno-builtin). */
#define XMEMCPY __builtin_memcpy

#define XMALLOC  crypto_memory_get
#define XCALLOC  crypto_memory_get_zeroed
#define XREALLOC crypto_memory_resize
#define XFREE    crypto_memory_release

/* ------------------------------------------------------------------------------- LibTomMath */

#define LTM_NOTHING /* but what follows, and what that needs (tommath_class.h) */
#define MP_NO_FILE
#define MP_NO_ZERO_ON_FREE /* memory.c does, for both libraries */
#define MP_NO_DEV_URANDOM  /* nor any randomness of its own (numbers.c) */
#define MP_FIXED_CUTOFFS

#define BN_MP_2EXPT_C
#define BN_MP_ADDMOD_C
#define BN_MP_ADD_C
#define BN_MP_ADD_D_C
#define BN_MP_CLEAR_C
#define BN_MP_CMP_C
#define BN_MP_CMP_D_C
#define BN_MP_CNT_LSB_C
#define BN_MP_COPY_C
#define BN_MP_COUNT_BITS_C
#define BN_MP_DIV_2_C
#define BN_MP_DIV_C
#define BN_MP_FROM_UBIN_C
#define BN_MP_GET_MAG_U32_C
#define BN_MP_INIT_C
#define BN_MP_INVMOD_C
#define BN_MP_MOD_D_C
#define BN_MP_MONTGOMERY_CALC_NORMALIZATION_C
#define BN_MP_MONTGOMERY_REDUCE_C
#define BN_MP_MONTGOMERY_SETUP_C
#define BN_MP_MULMOD_C
#define BN_MP_MUL_C
#define BN_MP_MUL_D_C
#define BN_MP_NEG_C
#define BN_MP_RADIX_SMAP_C
#define BN_MP_READ_RADIX_C
#define BN_MP_SET_C
#define BN_MP_SET_U32_C
#define BN_MP_SQRMOD_C
#define BN_MP_SQR_C
#define BN_MP_SUBMOD_C
#define BN_MP_SUB_C
#define BN_MP_SUB_D_C
#define BN_MP_TO_UBIN_C
#define BN_MP_UBIN_SIZE_C

#define MP_MALLOC  crypto_memory_get
#define MP_CALLOC  crypto_memory_get_zeroed
#define MP_REALLOC crypto_memory_resize_known
#define MP_FREE    crypto_memory_release_known
