/*
 * A newer roster while the node runs.  It may leave nodes out, and brings the others a cluster key
 * that those do not have; whoever carries it here needs no trust, as it is signed.  Members keep
 * their places.  What else it changes (servers, licences, roles) counts when the node starts next.
 */
#include <stdlib.h>
#include <string.h>

#include <libmach.h>
#include <trust/cluster_key.h>
#include "state.h"

bool acs_is_gone(uint16_t place)
{
	return __atomic_load_n(&acs.gone[place], __ATOMIC_RELAXED);
}

/* Who is not in it is a member no more; lock held. */
static void leave_out(const struct roster *next)
{
	struct roster_node node;

	for (uint16_t place = 0; place < acs.roster.nodes; place++) {
		if (!acs.gone[place] && !roster_find_id(next, acs.members[place].id, &node)) {
			__atomic_store_n(&acs.gone[place], true, __ATOMIC_RELAXED);
			mach_printf("acs: %s is no member any more\n", acs.members[place].name);
		}
	}
}

/* Whether it may follow the one in force, and what its cluster key is. */
static const char *check(struct roster *next, const uint8_t *bytes, size_t size,
			 uint8_t key[CRYPTO_KEY_BYTES])
{
	const char *fault = roster_check(next, bytes, size, 1, acs.cluster_public);

	fault = fault != NULL ? fault : roster_refuse_change(&acs.in_force, next, acs.node.id);
	if (fault == NULL &&
	    trust_open_cluster_key(next, acs.node.id, acs.node_key, key) != CRYPTO_OK) {
		fault = "the roster has no cluster key for this node";
	}
	return fault;
}

const char *acs_take_roster(uint8_t *bytes, size_t size)
{
	struct roster next;
	uint8_t key[CRYPTO_KEY_BYTES];
	/* One thread calls this and changes what is in force, so it can be read without the lock.
	 */
	const char *fault = check(&next, bytes, size, key);

	if (fault != NULL) {
		mach_printf("acs: a new roster is refused: %s\n", fault);
		free(bytes);
		return fault;
	}
	ipc_lock(&acs.lock);
	if (acs.in_force.bytes != acs.roster.bytes) {
		free((void *)acs.in_force.bytes);
	}
	acs.in_force = next;
	memcpy(acs.cluster_key, key, sizeof acs.cluster_key);
	leave_out(&next);
	mach_printf("acs: roster version %llu is in force, with %u nodes\n",
		    (unsigned long long)next.version, next.nodes);
	acs_names_work(acs_now_ms());
	ipc_unlock(&acs.lock);
	crypto_wipe_bytes(key, sizeof key);
	return NULL;
}
