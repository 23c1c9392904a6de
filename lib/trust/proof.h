/*
 * The numbers of figure 4: what the ACS and two servers A (who asks) and B (who is asked) compute
 * from their secrets.  Everything that is hashed, sealed or proved begins with a label of its own,
 * and has fields of fixed size, so nothing can be taken for something else.  Little-endian.
 *
 * Of every routine: the errors of lib/crypto; FORGED from those that check or open.
 */
#pragma once

#include <crypto/crypto.h>
#include <masix/acs.h>

/* A asks the ACS for B: the ACS's nonce and A's. */
struct trust_question {
	char asker[ACS_NAME_BYTES];
	char server[ACS_NAME_BYTES];
	char node[ACS_NAME_BYTES]; /* that A named; empty: none */
	acs_nonce_t challenge;
	acs_nonce_t nonce;
};

/* That A, who has "secret", asks this. */
enum crypto_error trust_make_proof(const acs_secret_t secret, const struct trust_question *question,
				   acs_proof_t proof) CRYPTO_MUST_CHECK;
enum crypto_error trust_check_proof(const acs_secret_t secret,
				    const struct trust_question *question,
				    const acs_proof_t proof) CRYPTO_MUST_CHECK;

/* What the ACS of one side gives to the key of A and B. */
struct trust_share {
	uint8_t random[CRYPTO_SECRET_BYTES];
	acs_digest_t node; /* id */
	uint64_t incarnation;
	acs_nonce_t nonce;
};

/* k_ab, of both shares. */
enum crypto_error trust_make_key(const struct trust_question *question,
				 const struct trust_share *asker, const struct trust_share *server,
				 uint8_t key[CRYPTO_KEY_BYTES]) CRYPTO_MUST_CHECK;

/*
 * k_ab for A, under A's secret and bound to the question.  A serial is used once with a secret, and
 * grants and tickets have keys of their own.
 */
enum crypto_error trust_seal_grant(const acs_secret_t secret, uint64_t serial,
				   const struct trust_question *question,
				   const uint8_t key[CRYPTO_KEY_BYTES],
				   acs_grant_t grant) CRYPTO_MUST_CHECK;
enum crypto_error trust_open_grant(const acs_secret_t secret, const struct trust_question *question,
				   const acs_grant_t grant,
				   uint8_t key[CRYPTO_KEY_BYTES]) CRYPTO_MUST_CHECK;

/* What B learns of A. */
struct trust_ticket {
	uint64_t serial; /* of B's tickets, from 1 on */
	uint64_t incarnation;
	acs_digest_t node;
	char asker[ACS_NAME_BYTES];
	uint8_t key[CRYPTO_KEY_BYTES];
};

/* For B of that name, under B's secret. */
enum crypto_error trust_seal_ticket(const acs_secret_t secret, const char server[ACS_NAME_BYTES],
				    const struct trust_ticket *ticket,
				    acs_ticket_t sealed) CRYPTO_MUST_CHECK;
enum crypto_error trust_open_ticket(const acs_secret_t secret, const char server[ACS_NAME_BYTES],
				    const acs_ticket_t sealed,
				    struct trust_ticket *ticket) CRYPTO_MUST_CHECK;

/* The exchange between A and B: both nonces, under k_ab. */
struct trust_exchange {
	char asker[ACS_NAME_BYTES];
	char server[ACS_NAME_BYTES];
	acs_nonce_t asker_nonce;
	acs_nonce_t server_nonce;
};

enum trust_role { TRUST_ASKER, TRUST_SERVER };

/* The proof of one role; never that of the other. */
enum crypto_error trust_make_answer(const uint8_t key[CRYPTO_KEY_BYTES], enum trust_role role,
				    const struct trust_exchange *exchange,
				    acs_proof_t proof) CRYPTO_MUST_CHECK;
enum crypto_error trust_check_answer(const uint8_t key[CRYPTO_KEY_BYTES], enum trust_role role,
				     const struct trust_exchange *exchange,
				     const acs_proof_t proof) CRYPTO_MUST_CHECK;
