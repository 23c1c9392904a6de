/* From a space and a port to the entry of its send right. One table for all spaces: rights are
   spread over it by both pointers, so that a port known everywhere does not make a long chain. */
#include <ipc/ipc_space.h>

#define HASH_BITS 13u

static struct ipc_entry *hash_table[1u << HASH_BITS];

/* Objects are at least 32 bytes apart; the golden ratio spreads what is left (Knuth, vol. 3, 6.4).
 */
static inline struct ipc_entry **hash_bucket(const struct ipc_space *space, const void *port)
{
	uint32_t key = (uint32_t)((uintptr_t)port >> 3) + (uint32_t)((uintptr_t)space << 7);
	return &hash_table[(key * 0x9e3779b1u) >> (32u - HASH_BITS)];
}

struct ipc_entry *ipc_hash_lookup(struct ipc_space *space, struct ipc_port *port)
{
	struct ipc_entry *entry = *hash_bucket(space, port);
	while (entry != NULL && (entry->object != port || entry->space != space)) {
		entry = entry->hash_next;
	}
	return entry;
}

void ipc_hash_insert(struct ipc_entry *entry)
{
	struct ipc_entry **bucket = hash_bucket(entry->space, entry->object);
	entry->hash_next = *bucket;
	*bucket = entry;
}

void ipc_hash_remove(struct ipc_entry *entry)
{
	struct ipc_entry **link = hash_bucket(entry->space, entry->object);
	while (*link != entry) {
		assert(*link != NULL);
		link = &(*link)->hash_next;
	}
	*link = entry->hash_next;
}
