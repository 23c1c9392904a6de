/* lib/trust with lib/crypto (mk/trust.mk adds it): the roster's signature, and the numbers of
   figure 4, of which every field counts. LINK: lib/trust/proof.c lib/trust/roster.c
   lib/trust/roster_core.c lib/trust/roster_write_core.c lib/trust/name_core.c
   lib/trust/cluster_key.c
*/
#include <string.h>

#include "../../lib/trust/cluster_key.h"
#include "../../lib/trust/proof.h"
#include "../../lib/trust/roster.h"
#include "../../lib/trust/roster_write_core.h"
#include "tap.h"

static uint64_t seed = 0x7472757374u;

/* Predictable, and never the same: enough for a test. */
static enum crypto_error read_source(void *context, uint8_t *out, size_t bytes)
{
	(void)context;
	for (size_t i = 0; i < bytes; i++) {
		out[i] = (uint8_t)(tap_random(&seed) >> 24);
	}
	return CRYPTO_OK;
}

static struct crypto_random random_numbers;

static void fill(void *out, size_t bytes)
{
	(void)read_source(NULL, out, bytes);
}

/* ----------------------------------------------------------------------------------- the roster */

static uint8_t bytes[4096];
static uint8_t cluster_private[CRYPTO_PRIVATE_BYTES], cluster_public[CRYPTO_PUBLIC_BYTES];

/* A signed roster of one node; its size.  wrong_id: of a key that is not the node's. */
static size_t make_roster(bool wrong_id)
{
	uint8_t private_key[CRYPTO_PRIVATE_BYTES], public_key[CRYPTO_PUBLIC_BYTES];
	uint8_t id[CRYPTO_DIGEST_BYTES];
	struct roster_node node = {
		.name = "node1", .number = 1, .public_key = public_key, .id = id};
	struct roster_writer writer;
	size_t size = 0;

	if (crypto_make_pair(&random_numbers, private_key, public_key) != CRYPTO_OK ||
	    crypto_hash_data(public_key, sizeof public_key, id) != CRYPTO_OK) {
		return 0;
	}
	id[31] ^= wrong_id;
	roster_begin(&writer, bytes, sizeof bytes, 5);
	roster_add_node(&writer, &node);
	size = roster_finish(&writer);
	if (crypto_sign_data(cluster_private, &random_numbers, bytes, size, bytes + size) !=
	    CRYPTO_OK) {
		return 0;
	}
	return size + ROSTER_SIGNATURE_BYTES;
}

static void check_roster(void)
{
	struct roster roster;
	uint8_t other_private[CRYPTO_PRIVATE_BYTES], other_public[CRYPTO_PUBLIC_BYTES];
	size_t size = make_roster(false);
	unsigned accepted = 0;

	CHECK(size != 0 && roster_check(&roster, bytes, size, 5, cluster_public) == NULL,
	      "a signed roster is believed");
	CHECK(roster_check(&roster, bytes, size, 6, cluster_public) != NULL,
	      "not when it is older than the one before");
	for (size_t i = 0; i < size; i++) {
		bytes[i] ^= 1;
		accepted += roster_check(&roster, bytes, size, 1, cluster_public) == NULL;
		bytes[i] ^= 1;
	}
	CHECK(accepted == 0, "not with any byte altered (%u of %zu were)", accepted, size);
	CHECK(crypto_make_pair(&random_numbers, other_private, other_public) == CRYPTO_OK &&
		      roster_check(&roster, bytes, size, 1, other_public) != NULL,
	      "not when another key signed it");
	size = make_roster(true);
	CHECK(size != 0 && roster_check(&roster, bytes, size, 1, cluster_public) != NULL,
	      "not when a node's id is not its key's, whoever signed it");
}

/* ----------------------------------------------------------------------------------- the numbers
 */

static acs_secret_t secret_a, secret_b;
static struct trust_question question;

static void check_proofs(void)
{
	acs_proof_t proof, altered_proof;
	unsigned accepted = 0;
	bool good = trust_make_proof(secret_a, &question, proof) == CRYPTO_OK &&
		    trust_check_proof(secret_a, &question, proof) == CRYPTO_OK;

	CHECK(good, "a proof is the secret's and the question's");
	CHECK(trust_check_proof(secret_b, &question, proof) == CRYPTO_ERROR_FORGED,
	      "not another secret's");
	for (size_t i = 0; i < sizeof question; i++) {
		struct trust_question altered = question;

		((uint8_t *)&altered)[i] ^= 1;
		accepted += trust_check_proof(secret_a, &altered, proof) == CRYPTO_OK;
	}
	for (size_t i = 0; i < sizeof proof; i++) {
		memcpy(altered_proof, proof, sizeof proof);
		altered_proof[i] ^= 0x80;
		accepted += trust_check_proof(secret_a, &question, altered_proof) == CRYPTO_OK;
	}
	CHECK(accepted == 0, "every byte of question and proof counts");
}

static void check_key(void)
{
	struct trust_share shares[2], altered[2];
	uint8_t key[CRYPTO_KEY_BYTES], other[CRYPTO_KEY_BYTES];
	unsigned same = 0, failed = 0;

	fill(shares, sizeof shares);
	failed += trust_make_key(&question, &shares[0], &shares[1], key) != CRYPTO_OK;
	for (size_t i = 0; i < sizeof shares; i++) {
		memcpy(altered, shares, sizeof shares);
		((uint8_t *)altered)[i] ^= 1;
		failed += trust_make_key(&question, &altered[0], &altered[1], other) != CRYPTO_OK;
		same += memcmp(key, other, sizeof key) == 0;
	}
	failed += trust_make_key(&question, &shares[1], &shares[0], other) != CRYPTO_OK;
	same += memcmp(key, other, sizeof key) == 0;
	CHECK(failed == 0 && same == 0, "every byte of both shares counts, and whose it is");
}

static void check_grants(void)
{
	uint8_t key[CRYPTO_KEY_BYTES], opened[CRYPTO_KEY_BYTES], zero[CRYPTO_KEY_BYTES] = {0};
	acs_grant_t grant;
	unsigned accepted = 0, leaked = 0;

	fill(key, sizeof key);
	CHECK(trust_seal_grant(secret_a, 9, &question, key, grant) == CRYPTO_OK &&
		      trust_open_grant(secret_a, &question, grant, opened) == CRYPTO_OK &&
		      memcmp(key, opened, sizeof key) == 0,
	      "a grant is opened with its secret");
	for (size_t i = 0; i < sizeof grant; i++) {
		grant[i] ^= 1;
		accepted += trust_open_grant(secret_a, &question, grant, opened) == CRYPTO_OK;
		leaked += memcmp(opened, zero, sizeof zero) != 0;
		grant[i] ^= 1;
	}
	for (size_t i = 0; i < sizeof question; i++) {
		struct trust_question altered = question;

		((uint8_t *)&altered)[i] ^= 1;
		accepted += trust_open_grant(secret_a, &altered, grant, opened) == CRYPTO_OK;
	}
	accepted += trust_open_grant(secret_b, &question, grant, opened) == CRYPTO_OK;
	CHECK(accepted == 0 && leaked == 0, "not altered, for another question, by another secret");
}

static void check_tickets(void)
{
	struct trust_ticket ticket, opened;
	acs_ticket_t sealed;
	unsigned accepted = 0;

	fill(&ticket, sizeof ticket);
	CHECK(trust_seal_ticket(secret_b, question.server, &ticket, sealed) == CRYPTO_OK &&
		      trust_open_ticket(secret_b, question.server, sealed, &opened) == CRYPTO_OK &&
		      memcmp(&ticket, &opened, sizeof ticket) == 0,
	      "a ticket says what was sealed");
	for (size_t i = 0; i < sizeof sealed; i++) {
		sealed[i] ^= 1;
		accepted +=
			trust_open_ticket(secret_b, question.server, sealed, &opened) == CRYPTO_OK;
		sealed[i] ^= 1;
	}
	accepted += trust_open_ticket(secret_a, question.server, sealed, &opened) == CRYPTO_OK;
	accepted += trust_open_ticket(secret_b, question.asker, sealed, &opened) == CRYPTO_OK;
	CHECK(accepted == 0, "not altered, by another secret, by a server of another name");
}

static void check_exchange(void)
{
	struct trust_exchange exchange;
	uint8_t key[CRYPTO_KEY_BYTES];
	acs_proof_t asker, server;
	unsigned accepted = 0;

	fill(&exchange, sizeof exchange);
	fill(key, sizeof key);
	CHECK(trust_make_answer(key, TRUST_ASKER, &exchange, asker) == CRYPTO_OK &&
		      trust_make_answer(key, TRUST_SERVER, &exchange, server) == CRYPTO_OK &&
		      trust_check_answer(key, TRUST_ASKER, &exchange, asker) == CRYPTO_OK &&
		      trust_check_answer(key, TRUST_SERVER, &exchange, server) == CRYPTO_OK,
	      "both roles prove that they have the key");
	CHECK(trust_check_answer(key, TRUST_ASKER, &exchange, server) == CRYPTO_ERROR_FORGED &&
		      trust_check_answer(key, TRUST_SERVER, &exchange, asker) ==
			      CRYPTO_ERROR_FORGED,
	      "neither with the other's words");
	for (size_t i = 0; i < sizeof exchange; i++) {
		((uint8_t *)&exchange)[i] ^= 1;
		accepted += trust_check_answer(key, TRUST_ASKER, &exchange, asker) == CRYPTO_OK;
		((uint8_t *)&exchange)[i] ^= 1;
	}
	CHECK(accepted == 0, "every byte of names and nonces counts");
}

/* ------------------------------------------------------------------------------ cluster keys */

/* A roster of that version whose record has a key for one node, sealed with "secret". */
static bool make_sealed(struct roster *roster, uint64_t version, const uint8_t *public_key,
			const uint8_t *secret, const uint8_t *id, const uint8_t *key)
{
	uint8_t content[ROSTER_PUBLIC_BYTES + ROSTER_ID_BYTES + ROSTER_SEALED_BYTES];
	struct roster_writer writer;

	memcpy(content, public_key, ROSTER_PUBLIC_BYTES);
	memcpy(content + ROSTER_PUBLIC_BYTES, id, ROSTER_ID_BYTES);
	if (trust_seal_cluster_key(secret, 8, id, key,
				   content + ROSTER_PUBLIC_BYTES + ROSTER_ID_BYTES) != CRYPTO_OK) {
		return false;
	}
	roster_begin(&writer, bytes, sizeof bytes, version);
	roster_add_record(&writer, ROSTER_CLUSTER_KEY, 0, content, sizeof content);
	return roster_open(roster, bytes, roster_finish(&writer) + ROSTER_SIGNATURE_BYTES, 1) ==
	       ROSTER_OK;
}

static void check_cluster_key(void)
{
	uint8_t host[CRYPTO_PRIVATE_BYTES], host_public[CRYPTO_PUBLIC_BYTES];
	uint8_t node[CRYPTO_PRIVATE_BYTES], node_public[CRYPTO_PUBLIC_BYTES];
	uint8_t other[CRYPTO_PRIVATE_BYTES], other_public[CRYPTO_PUBLIC_BYTES];
	uint8_t secret[CRYPTO_SECRET_BYTES], key[CRYPTO_KEY_BYTES], opened[CRYPTO_KEY_BYTES];
	uint8_t id[ROSTER_ID_BYTES], stranger[ROSTER_ID_BYTES];
	struct roster roster;

	fill(key, sizeof key);
	fill(id, sizeof id);
	fill(stranger, sizeof stranger);
	CHECK(crypto_make_pair(&random_numbers, host, host_public) == CRYPTO_OK &&
		      crypto_make_pair(&random_numbers, node, node_public) == CRYPTO_OK &&
		      crypto_make_pair(&random_numbers, other, other_public) == CRYPTO_OK &&
		      crypto_agree_secret(host, node_public, secret) == CRYPTO_OK,
	      "keys of a host and two nodes");
	CHECK(make_sealed(&roster, 8, host_public, secret, id, key) &&
		      trust_open_cluster_key(&roster, id, node, opened) == CRYPTO_OK &&
		      memcmp(opened, key, sizeof key) == 0,
	      "a node opens the cluster key that was sealed for it");
	CHECK(trust_open_cluster_key(&roster, id, other, opened) == CRYPTO_ERROR_FORGED,
	      "another node does not");
	CHECK(trust_open_cluster_key(&roster, stranger, node, opened) == CRYPTO_ERROR_FORGED,
	      "there is none for a node that was left out");
	CHECK(make_sealed(&roster, 9, host_public, secret, id, key) &&
		      trust_open_cluster_key(&roster, id, node, opened) == CRYPTO_ERROR_FORGED,
	      "nor does it count in a roster of another version");
}

int main(void)
{
	static const struct crypto_source source = {.read = read_source};

	printf("# seed %llx\n", (unsigned long long)seed);
	CHECK(crypto_start() == CRYPTO_OK &&
		      crypto_start_random(&random_numbers, &source) == CRYPTO_OK &&
		      crypto_make_pair(&random_numbers, cluster_private, cluster_public) ==
			      CRYPTO_OK,
	      "keys");
	fill(secret_a, sizeof secret_a);
	fill(secret_b, sizeof secret_b);
	fill(&question, sizeof question);
	check_roster();
	check_proofs();
	check_key();
	check_grants();
	check_tickets();
	check_exchange();
	check_cluster_key();
	return tap_done();
}
