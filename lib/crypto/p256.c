/*
 * P-256.  Keys come and go as bytes and become LibTomCrypt's objects for one call; that happens in
 * load_public and load_private alone, which check them: LibTomCrypt itself calculates with points
 * that are not on the curve, and so tells the private key to whoever sends one.
 */
#include <string.h>

#include "internal.h"

#define COORDINATE_BYTES 32
#define CURVE            (&ltc_ecc_sets[0]) /* settings.h leaves P-256 alone in the table */

/* An empty public key; after success ecc_free. */
static enum crypto_error begin_key(ecc_key *key)
{
	memset(key, 0, sizeof *key);
	key->type = PK_PUBLIC;
	key->idx = 0;
	key->dp = CURVE;
	return crypto_translate_error(
		mp_init_multi(&key->pubkey.x, &key->pubkey.y, &key->pubkey.z, &key->k, NULL));
}

/* Whether y^2 = x (x^2 - 3) + b modulo p: *result; returns LibTomCrypt's errors. */
static int check_equation(void *x, void *y, void *p, bool *result)
{
	void *left = NULL;
	void *right = NULL;
	void *b = NULL;
	int error = mp_init_multi(&left, &right, &b, NULL);

	*result = false;
	if (error != CRYPT_OK) {
		return error;
	}
	if ((error = mp_read_radix(b, CURVE->B, 16)) == CRYPT_OK &&
	    (error = mp_sqrmod(y, p, left)) == CRYPT_OK &&
	    (error = mp_sqrmod(x, p, right)) == CRYPT_OK &&
	    (error = mp_sub_d(right, 3, right)) == CRYPT_OK &&
	    (error = mp_mulmod(right, x, p, right)) == CRYPT_OK &&
	    (error = mp_addmod(right, b, p, right)) == CRYPT_OK) {
		*result = mp_cmp(left, right) == LTC_MP_EQ;
	}
	mp_clear_multi(left, right, b, NULL);
	return error;
}

/* Whether (x, y) is a point of the curve, both below p: *result; returns LibTomCrypt's errors. */
static int check_point(void *x, void *y, bool *result)
{
	void *p = NULL;
	int error = mp_init_multi(&p, NULL);

	*result = false;
	if (error != CRYPT_OK) {
		return error;
	}
	error = mp_read_radix(p, CURVE->prime, 16);
	if (error == CRYPT_OK && mp_cmp(x, p) == LTC_MP_LT && mp_cmp(y, p) == LTC_MP_LT) {
		error = check_equation(x, y, p, result);
	}
	mp_clear_multi(p, NULL);
	return error;
}

/*
 * The one way in for a public key: SP 800-56A, 5.6.2.3.3.  (0, 0) and the point at infinity have no
 * other encoding than ones that fail here.  After success ecc_free.
 */
static enum crypto_error load_public(ecc_key *key, const uint8_t public_key[CRYPTO_PUBLIC_BYTES])
{
	bool is_point = false;
	enum crypto_error error = CRYPTO_OK;

	if (public_key[0] != 0x04) {
		return CRYPTO_ERROR_PUBLIC_KEY;
	}
	error = begin_key(key);
	if (error != CRYPTO_OK) {
		return error;
	}
	/* LibTomCrypt declares what it reads without const */
	unsigned char *x = (unsigned char *)public_key + 1;
	int result = mp_read_unsigned_bin(key->pubkey.x, x, COORDINATE_BYTES);
	if (result == CRYPT_OK) {
		result =
			mp_read_unsigned_bin(key->pubkey.y, x + COORDINATE_BYTES, COORDINATE_BYTES);
	}
	if (result == CRYPT_OK) {
		result = mp_set(key->pubkey.z, 1);
	}
	if (result == CRYPT_OK) {
		result = check_point(key->pubkey.x, key->pubkey.y, &is_point);
	}
	error = crypto_translate_error(result);
	if (error == CRYPTO_OK && !is_point) {
		error = CRYPTO_ERROR_PUBLIC_KEY;
	}
	if (error != CRYPTO_OK) {
		ecc_free(key);
	}
	return error;
}

/* The one way in for a private key; its public half stays empty.  After success ecc_free. */
static enum crypto_error load_private(ecc_key *key, const uint8_t private_key[CRYPTO_PRIVATE_BYTES])
{
	if (!crypto_is_scalar(private_key)) {
		return CRYPTO_ERROR_PRIVATE_KEY;
	}
	enum crypto_error error = begin_key(key);
	if (error != CRYPTO_OK) {
		return error;
	}
	key->type = PK_PRIVATE;
	error = crypto_translate_error(
		mp_read_unsigned_bin(key->k, (unsigned char *)private_key, CRYPTO_PRIVATE_BYTES));
	if (error != CRYPTO_OK) {
		ecc_free(key);
	}
	return error;
}

/* A number as exactly 32 bytes; LibTomCrypt leaves out leading zeroes. */
static enum crypto_error store_number(void *number, uint8_t out[COORDINATE_BYTES])
{
	unsigned long bytes = mp_unsigned_bin_size(number);

	memset(out, 0, COORDINATE_BYTES);
	if (bytes > COORDINATE_BYTES) {
		return CRYPTO_ERROR_INTERNAL;
	}
	return crypto_translate_error(mp_to_unsigned_bin(number, out + (COORDINATE_BYTES - bytes)));
}

static enum crypto_error store_public(const ecc_key *key, uint8_t public_key[CRYPTO_PUBLIC_BYTES])
{
	public_key[0] = 0x04;
	enum crypto_error error = store_number(key->pubkey.x, public_key + 1);
	if (error == CRYPTO_OK) {
		error = store_number(key->pubkey.y, public_key + 1 + COORDINATE_BYTES);
	}
	return error;
}

/* Why LibTomCrypt failed, or its source of scalars. */
static enum crypto_error scalars_error(int result, const struct crypto_scalars *scalars)
{
	if (result == CRYPT_ERROR_READPRNG && scalars->error != CRYPTO_OK) {
		return scalars->error;
	}
	return crypto_translate_error(result);
}

enum crypto_error crypto_make_pair(struct crypto_random *random,
				   uint8_t private_key[CRYPTO_PRIVATE_BYTES],
				   uint8_t public_key[CRYPTO_PUBLIC_BYTES])
{
	struct crypto_scalars scalars = {.random = random};
	enum crypto_error error = CRYPTO_ERROR_NOT_STARTED;
	ecc_key key;

	if (crypto_started) {
		int result = ecc_make_key_ex((prng_state *)(void *)&scalars, crypto_scalar_index,
					     &key, CURVE);
		error = scalars_error(result, &scalars);
	}
	if (error == CRYPTO_OK) {
		error = store_number(key.k, private_key);
		if (error == CRYPTO_OK) {
			error = store_public(&key, public_key);
		}
		ecc_free(&key);
	}
	if (error != CRYPTO_OK) {
		crypto_wipe_bytes(private_key, CRYPTO_PRIVATE_BYTES);
		memset(public_key, 0, CRYPTO_PUBLIC_BYTES);
	}
	return error;
}

/* key's public half = its private half times the base point. */
static int multiply_base(ecc_key *key)
{
	void *p = NULL;
	int result = mp_init_multi(&p, NULL);

	if (result != CRYPT_OK) {
		return result;
	}
	ecc_point *base = ltc_ecc_new_point();
	if (base == NULL) {
		result = CRYPT_MEM;
	} else if ((result = mp_read_radix(p, CURVE->prime, 16)) == CRYPT_OK &&
		   (result = mp_read_radix(base->x, CURVE->Gx, 16)) == CRYPT_OK &&
		   (result = mp_read_radix(base->y, CURVE->Gy, 16)) == CRYPT_OK &&
		   (result = mp_set(base->z, 1)) == CRYPT_OK) {
		result = ltc_mp.ecc_ptmul(key->k, base, &key->pubkey, p, 1);
	}
	if (base != NULL) {
		ltc_ecc_del_point(base);
	}
	mp_clear_multi(p, NULL);
	return result;
}

enum crypto_error crypto_derive_public(const uint8_t private_key[CRYPTO_PRIVATE_BYTES],
				       uint8_t public_key[CRYPTO_PUBLIC_BYTES])
{
	ecc_key key;
	enum crypto_error error = CRYPTO_ERROR_NOT_STARTED;

	if (crypto_started) {
		error = load_private(&key, private_key);
	}
	if (error == CRYPTO_OK) {
		error = crypto_translate_error(multiply_base(&key));
		if (error == CRYPTO_OK) {
			error = store_public(&key, public_key);
		}
		ecc_free(&key);
	}
	if (error != CRYPTO_OK) {
		memset(public_key, 0, CRYPTO_PUBLIC_BYTES);
	}
	return error;
}

enum crypto_error crypto_import_public(const void *bytes, size_t size,
				       uint8_t public_key[CRYPTO_PUBLIC_BYTES])
{
	uint8_t copy[CRYPTO_PUBLIC_BYTES];
	ecc_key key;
	enum crypto_error error = CRYPTO_OK;

	if (!crypto_started) {
		error = CRYPTO_ERROR_NOT_STARTED;
	} else if (!crypto_is_piece(bytes, size)) {
		error = CRYPTO_ERROR_ARGUMENT;
	} else if (size != CRYPTO_PUBLIC_BYTES) {
		error = CRYPTO_ERROR_PUBLIC_KEY;
	}
	memset(public_key, 0, CRYPTO_PUBLIC_BYTES);
	if (error != CRYPTO_OK) {
		return error;
	}
	/* what is checked is what is kept, even if the caller's bytes change meanwhile */
	memcpy(copy, bytes, sizeof copy);
	error = load_public(&key, copy);
	if (error == CRYPTO_OK) {
		ecc_free(&key);
		memcpy(public_key, copy, sizeof copy);
	}
	return error;
}

enum crypto_error crypto_agree_secret(const uint8_t private_key[CRYPTO_PRIVATE_BYTES],
				      const uint8_t public_key[CRYPTO_PUBLIC_BYTES],
				      uint8_t secret[CRYPTO_SECRET_BYTES])
{
	ecc_key ours;
	ecc_key theirs;
	unsigned long bytes = CRYPTO_SECRET_BYTES;
	enum crypto_error error = CRYPTO_ERROR_NOT_STARTED;

	if (crypto_started) {
		error = load_private(&ours, private_key);
	}
	if (error == CRYPTO_OK) {
		error = load_public(&theirs, public_key);
		if (error == CRYPTO_OK) {
			error = crypto_translate_error(
				ecc_shared_secret(&ours, &theirs, secret, &bytes));
			ecc_free(&theirs);
		}
		ecc_free(&ours);
	}
	if (error == CRYPTO_OK && bytes != CRYPTO_SECRET_BYTES) {
		error = CRYPTO_ERROR_INTERNAL;
	}
	if (error != CRYPTO_OK) {
		crypto_wipe_bytes(secret, CRYPTO_SECRET_BYTES);
	}
	return error;
}

/* Signs a digest with a loaded key and prepared scalars. */
static enum crypto_error sign_digest(ecc_key *key, struct crypto_scalars *scalars,
				     const uint8_t digest[CRYPTO_DIGEST_BYTES],
				     uint8_t signature[CRYPTO_SIGNATURE_BYTES])
{
	unsigned long bytes = CRYPTO_SIGNATURE_BYTES;
	int result = ecc_sign_hash_rfc7518(digest, CRYPTO_DIGEST_BYTES, signature, &bytes,
					   (prng_state *)(void *)scalars, crypto_scalar_index, key);

	if (result == CRYPT_OK && bytes != CRYPTO_SIGNATURE_BYTES) {
		return CRYPTO_ERROR_INTERNAL;
	}
	return scalars_error(result, scalars);
}

enum crypto_error crypto_sign_data(const uint8_t private_key[CRYPTO_PRIVATE_BYTES],
				   struct crypto_random *random, const void *data, size_t bytes,
				   uint8_t signature[CRYPTO_SIGNATURE_BYTES])
{
	struct crypto_scalars scalars = {.random = random};
	uint8_t digest[CRYPTO_DIGEST_BYTES];
	ecc_key key;
	enum crypto_error error = CRYPTO_ERROR_NOT_STARTED;

	memset(signature, 0, CRYPTO_SIGNATURE_BYTES);
	if (crypto_started) {
		error = crypto_hash_data(data, bytes, digest);
	}
	if (error == CRYPTO_OK) {
		error = load_private(&key, private_key);
	}
	if (error == CRYPTO_OK) {
		error = crypto_scalars_for_message(&scalars, private_key, digest);
		if (error == CRYPTO_OK) {
			error = sign_digest(&key, &scalars, digest, signature);
		}
		ecc_free(&key);
	}
	crypto_wipe_bytes(&scalars, sizeof scalars);
	if (error != CRYPTO_OK) {
		memset(signature, 0, CRYPTO_SIGNATURE_BYTES);
	}
	return error;
}

enum crypto_error crypto_verify_data(const uint8_t public_key[CRYPTO_PUBLIC_BYTES],
				     const void *data, size_t bytes, const void *signature,
				     size_t signature_bytes)
{
	uint8_t digest[CRYPTO_DIGEST_BYTES];
	ecc_key key;
	int genuine = 0;
	enum crypto_error error = CRYPTO_ERROR_NOT_STARTED;

	if (crypto_started) {
		error = crypto_hash_data(data, bytes, digest);
	}
	if (error == CRYPTO_OK && !crypto_is_piece(signature, signature_bytes)) {
		error = CRYPTO_ERROR_ARGUMENT;
	}
	if (error == CRYPTO_OK && signature_bytes != CRYPTO_SIGNATURE_BYTES) {
		error = CRYPTO_ERROR_FORGED;
	}
	if (error == CRYPTO_OK) {
		error = load_public(&key, public_key);
	}
	if (error != CRYPTO_OK) {
		return error;
	}
	int result = ecc_verify_hash_rfc7518(signature, signature_bytes, digest, sizeof digest,
					     &genuine, &key);
	ecc_free(&key);
	if (result == CRYPT_MEM) {
		return CRYPTO_ERROR_MEMORY;
	}
	/* r or s out of range is INVALID_PACKET: forged like any other */
	return result == CRYPT_OK && genuine == 1 ? CRYPTO_OK : CRYPTO_ERROR_FORGED;
}
