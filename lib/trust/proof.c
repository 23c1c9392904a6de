/* The numbers of figure 4. */
#include "proof.h"

#include <string.h>

#define LABEL_BYTES    32
#define SERIAL_BYTES   8
#define TEXT_BYTES_MAX 512

/* The text that is hashed, sealed or proved: a label, then fields. */
struct text {
	uint8_t bytes[TEXT_BYTES_MAX];
	size_t used;
};

static void add(struct text *text, const void *bytes, size_t count)
{
	memcpy(text->bytes + text->used, bytes, count);
	text->used += count;
}

static void add_number(struct text *text, uint64_t number)
{
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++) {
		bytes[i] = (uint8_t)(number >> 8 * i);
	}
	add(text, bytes, sizeof bytes);
}

static void begin(struct text *text, const char *label)
{
	text->used = 0;
	memset(text->bytes, 0, LABEL_BYTES);
	memcpy(text->bytes, label, strlen(label));
	text->used = LABEL_BYTES;
}

/* A key for one purpose, of a secret that is for several. */
static enum crypto_error purpose_key(const uint8_t secret[CRYPTO_KEY_BYTES], const char *label,
				     uint8_t key[CRYPTO_KEY_BYTES])
{
	struct text text;

	begin(&text, label);
	return crypto_expand_key(secret, text.bytes, text.used, key, CRYPTO_KEY_BYTES);
}

/* ---------------------------------------------------------------------------------- questions */

static void add_question(struct text *text, const struct trust_question *question)
{
	add(text, question->asker, ACS_NAME_BYTES);
	add(text, question->server, ACS_NAME_BYTES);
	add(text, question->node, ACS_NAME_BYTES);
	add(text, question->challenge, ACS_NONCE_BYTES);
	add(text, question->nonce, ACS_NONCE_BYTES);
}

enum crypto_error trust_make_proof(const acs_secret_t secret, const struct trust_question *question,
				   acs_proof_t proof)
{
	uint8_t key[CRYPTO_KEY_BYTES];
	struct text text;
	enum crypto_error error = purpose_key(secret, "masix look-up key", key);

	begin(&text, "masix look-up");
	add_question(&text, question);
	if (error == CRYPTO_OK) {
		error = crypto_make_mac(key, sizeof key, text.bytes, text.used, proof);
	}
	crypto_wipe_bytes(key, sizeof key);
	return error;
}

enum crypto_error trust_check_proof(const acs_secret_t secret,
				    const struct trust_question *question, const acs_proof_t proof)
{
	acs_proof_t expected;
	enum crypto_error error = trust_make_proof(secret, question, expected);

	if (error == CRYPTO_OK && !crypto_match_bytes(expected, proof, sizeof expected)) {
		error = CRYPTO_ERROR_FORGED;
	}
	crypto_wipe_bytes(expected, sizeof expected);
	return error;
}

enum crypto_error trust_make_key(const struct trust_question *question,
				 const struct trust_share *asker, const struct trust_share *server,
				 uint8_t key[CRYPTO_KEY_BYTES])
{
	uint8_t material[2 * CRYPTO_SECRET_BYTES];
	uint8_t extracted[CRYPTO_KEY_BYTES];
	struct text text;
	enum crypto_error error = CRYPTO_OK;

	memcpy(material, asker->random, CRYPTO_SECRET_BYTES);
	memcpy(material + CRYPTO_SECRET_BYTES, server->random, CRYPTO_SECRET_BYTES);
	begin(&text, "masix key of two");
	add(&text, question->asker, ACS_NAME_BYTES);
	add(&text, question->server, ACS_NAME_BYTES);
	add(&text, asker->node, MASIX_DIGEST_BYTES);
	add(&text, server->node, MASIX_DIGEST_BYTES);
	add_number(&text, asker->incarnation);
	add_number(&text, server->incarnation);
	add(&text, asker->nonce, ACS_NONCE_BYTES);
	add(&text, server->nonce, ACS_NONCE_BYTES);
	error = crypto_extract_key(NULL, 0, material, sizeof material, extracted);
	if (error == CRYPTO_OK) {
		error = crypto_expand_key(extracted, text.bytes, text.used, key, CRYPTO_KEY_BYTES);
	}
	crypto_wipe_bytes(material, sizeof material);
	crypto_wipe_bytes(extracted, sizeof extracted);
	return error;
}

/* ---------------------------------------------------------------------------------- sealing */

/* The serial stands before what was sealed with it. */
static void make_nonce(const uint8_t serial[SERIAL_BYTES], uint8_t nonce[CRYPTO_NONCE_BYTES])
{
	memset(nonce, 0, CRYPTO_NONCE_BYTES);
	memcpy(nonce, serial, SERIAL_BYTES);
}

static enum crypto_error seal(const acs_secret_t secret, const char *label, uint64_t serial,
			      const struct text *associated, const void *data, size_t bytes,
			      uint8_t *sealed)
{
	uint8_t key[CRYPTO_KEY_BYTES];
	uint8_t nonce[CRYPTO_NONCE_BYTES];
	enum crypto_error error = purpose_key(secret, label, key);

	for (int i = 0; i < SERIAL_BYTES; i++) {
		sealed[i] = (uint8_t)(serial >> 8 * i);
	}
	make_nonce(sealed, nonce);
	if (error == CRYPTO_OK) {
		error = crypto_seal_data(key, nonce, associated->bytes, associated->used, data,
					 bytes, sealed + SERIAL_BYTES);
	}
	crypto_wipe_bytes(key, sizeof key);
	return error;
}

static enum crypto_error unseal(const acs_secret_t secret, const char *label,
				const struct text *associated, const uint8_t *sealed,
				size_t sealed_bytes, void *data)
{
	uint8_t key[CRYPTO_KEY_BYTES];
	uint8_t nonce[CRYPTO_NONCE_BYTES];
	enum crypto_error error = purpose_key(secret, label, key);

	make_nonce(sealed, nonce);
	if (error == CRYPTO_OK) {
		error = crypto_open_data(key, nonce, associated->bytes, associated->used,
					 sealed + SERIAL_BYTES, sealed_bytes - SERIAL_BYTES, data);
	}
	crypto_wipe_bytes(key, sizeof key);
	return error;
}

_Static_assert(ACS_GRANT_BYTES == SERIAL_BYTES + CRYPTO_KEY_BYTES + CRYPTO_TAG_BYTES, "a grant");

enum crypto_error trust_seal_grant(const acs_secret_t secret, uint64_t serial,
				   const struct trust_question *question,
				   const uint8_t key[CRYPTO_KEY_BYTES], acs_grant_t grant)
{
	struct text text;

	begin(&text, "masix grant");
	add_question(&text, question);
	return seal(secret, "masix grant key", serial, &text, key, CRYPTO_KEY_BYTES, grant);
}

enum crypto_error trust_open_grant(const acs_secret_t secret, const struct trust_question *question,
				   const acs_grant_t grant, uint8_t key[CRYPTO_KEY_BYTES])
{
	struct text text;

	begin(&text, "masix grant");
	add_question(&text, question);
	return unseal(secret, "masix grant key", &text, grant, ACS_GRANT_BYTES, key);
}

/* What is inside a ticket. */
struct ticket_content {
	uint8_t incarnation[8];
	uint8_t node[MASIX_DIGEST_BYTES];
	char asker[ACS_NAME_BYTES];
	uint8_t key[CRYPTO_KEY_BYTES];
};

_Static_assert(ACS_TICKET_BYTES == SERIAL_BYTES + sizeof(struct ticket_content) + CRYPTO_TAG_BYTES,
	       "a ticket");

static void begin_ticket(struct text *text, const char server[ACS_NAME_BYTES])
{
	begin(text, "masix ticket");
	add(text, server, ACS_NAME_BYTES);
}

enum crypto_error trust_seal_ticket(const acs_secret_t secret, const char server[ACS_NAME_BYTES],
				    const struct trust_ticket *ticket, acs_ticket_t sealed)
{
	struct ticket_content content;
	struct text text;
	enum crypto_error error = CRYPTO_OK;

	for (int i = 0; i < 8; i++) {
		content.incarnation[i] = (uint8_t)(ticket->incarnation >> 8 * i);
	}
	memcpy(content.node, ticket->node, sizeof content.node);
	memcpy(content.asker, ticket->asker, sizeof content.asker);
	memcpy(content.key, ticket->key, sizeof content.key);
	begin_ticket(&text, server);
	error = seal(secret, "masix ticket key", ticket->serial, &text, &content, sizeof content,
		     sealed);
	crypto_wipe_bytes(&content, sizeof content);
	return error;
}

enum crypto_error trust_open_ticket(const acs_secret_t secret, const char server[ACS_NAME_BYTES],
				    const acs_ticket_t sealed, struct trust_ticket *ticket)
{
	struct ticket_content content;
	struct text text;
	enum crypto_error error = CRYPTO_OK;

	memset(ticket, 0, sizeof *ticket);
	begin_ticket(&text, server);
	error = unseal(secret, "masix ticket key", &text, sealed, ACS_TICKET_BYTES, &content);
	if (error == CRYPTO_OK) {
		for (int i = 0; i < 8; i++) {
			ticket->serial |= (uint64_t)sealed[i] << 8 * i;
			ticket->incarnation |= (uint64_t)content.incarnation[i] << 8 * i;
		}
		memcpy(ticket->node, content.node, sizeof ticket->node);
		memcpy(ticket->asker, content.asker, sizeof ticket->asker);
		memcpy(ticket->key, content.key, sizeof ticket->key);
	}
	crypto_wipe_bytes(&content, sizeof content);
	return error;
}

/* --------------------------------------------------------------------------------- the exchange */

enum crypto_error trust_make_answer(const uint8_t key[CRYPTO_KEY_BYTES], enum trust_role role,
				    const struct trust_exchange *exchange, acs_proof_t proof)
{
	struct text text;

	begin(&text, role == TRUST_ASKER ? "masix exchange, asker" : "masix exchange, server");
	add(&text, exchange->asker, ACS_NAME_BYTES);
	add(&text, exchange->server, ACS_NAME_BYTES);
	add(&text, exchange->asker_nonce, ACS_NONCE_BYTES);
	add(&text, exchange->server_nonce, ACS_NONCE_BYTES);
	return crypto_make_mac(key, CRYPTO_KEY_BYTES, text.bytes, text.used, proof);
}

enum crypto_error trust_check_answer(const uint8_t key[CRYPTO_KEY_BYTES], enum trust_role role,
				     const struct trust_exchange *exchange, const acs_proof_t proof)
{
	acs_proof_t expected;
	enum crypto_error error = trust_make_answer(key, role, exchange, expected);

	if (error == CRYPTO_OK && !crypto_match_bytes(expected, proof, sizeof expected)) {
		error = CRYPTO_ERROR_FORGED;
	}
	crypto_wipe_bytes(expected, sizeof expected);
	return error;
}
