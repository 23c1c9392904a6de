/* The roster's signature and ids. */
#include "roster.h"

#include <crypto/crypto.h>

_Static_assert(ROSTER_SIGNATURE_BYTES == CRYPTO_SIGNATURE_BYTES, "one size");
_Static_assert(ROSTER_PUBLIC_BYTES == CRYPTO_PUBLIC_BYTES, "one size");
_Static_assert(ROSTER_ID_BYTES == CRYPTO_DIGEST_BYTES, "one size");

/* So no node can be listed under another's id; ids that differ make keys that differ. */
static const char *check_ids(const struct roster *roster)
{
	struct roster_node node;
	uint8_t id[CRYPTO_DIGEST_BYTES];

	for (unsigned int i = 0; i < roster->nodes; i++) {
		if (!roster_get_node(roster, i, &node) ||
		    crypto_hash_data(node.public_key, ROSTER_PUBLIC_BYTES, id) != CRYPTO_OK ||
		    !crypto_match_bytes(id, node.id, sizeof id)) {
			return "the roster has a node whose id is not its key's";
		}
	}
	return NULL;
}

const char *roster_check(struct roster *roster, const void *bytes, size_t size,
			 uint64_t version_min, const uint8_t cluster_public[ROSTER_PUBLIC_BYTES])
{
	enum roster_error error = roster_open(roster, bytes, size, version_min);
	enum crypto_error signature = CRYPTO_OK;

	/* A version is believed from a signed roster alone, so "older" is said of none else. */
	if (error != ROSTER_OK && error != ROSTER_TOO_OLD) {
		return roster_describe_error(error);
	}
	signature =
		crypto_verify_data(cluster_public, roster->bytes, roster->signed_bytes,
				   roster->bytes + roster->signed_bytes, ROSTER_SIGNATURE_BYTES);
	if (signature == CRYPTO_ERROR_FORGED) {
		return "the roster was not signed with the cluster's key, or it was altered";
	}
	if (signature != CRYPTO_OK) {
		return crypto_describe_error(signature);
	}
	return error != ROSTER_OK ? roster_describe_error(error) : check_ids(roster);
}
