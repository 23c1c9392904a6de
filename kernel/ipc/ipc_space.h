/* Spaces: a task's names for rights.

   Names are the smallest free integers from 1. Entries live in leaves of 32, found by two array
   steps, and never move: a port's dead-name request or a hash chain may point at one. Leaves of
   names beyond the array (chosen by the user with mach_port_allocate_name or mach_port_rename) are
   in a hash until the array grows past them. A leaf goes when its last name does. */
#pragma once

#include <ipc/ipc_port.h>
#include <kern/types.h>

#define IPC_SPACE_MAGIC      0x73706163u /* "spac" */
#define IPC_LEAF_ENTRIES     32u
#define IPC_LEAF_ALL_FREE    UINT32_MAX
#define IPC_TABLE_LEAVES_MIN 8u
#define IPC_TABLE_LEAVES_MAX 16384u /* the array is one kalloc block */
#define IE_BITS_MAREQUEST                                                                          \
	0x00200000u /* a message-accepted request is outstanding (ipc_marequest.c) */

struct ipc_entry {
	void *object; /* struct ipc_port or ipc_pset, a reference; NULL for a dead name */
	uint32_t bits;
	uint32_t name;
	struct ipc_space *space;
	struct ipc_entry
		*hash_next; /* send rights (without receive): chain of (space, port) -> entry */
	struct ipc_dnrequest *request;
};

struct ipc_leaf {
	uint32_t free; /* bit n: entry n is free. Names 0 and MACH_PORT_NAME_DEAD are never free */
	uint32_t all_free; /* `free` when no name is in use */
	uint32_t index;    /* its first name / IPC_LEAF_ENTRIES */
	struct ipc_space *space;
	struct ipc_leaf *sparse_next; /* index >= leaf_count: in the hash of such leaves */
	struct ipc_entry entries[IPC_LEAF_ENTRIES];
};

struct ipc_space {
	uint32_t magic;
	uint32_t refs;
	bool active;
	struct task *task;        /* not a reference; NULL when terminated */
	uint32_t leaf_count;      /* length of leaves[] */
	uint32_t leaf_hint;       /* no leaf below has a free entry */
	uint32_t leaf_top;        /* all leaves from here are absent */
	uint32_t sparse_count;    /* leaves in the hash */
	struct ipc_leaf **leaves; /* never NULL entries: absent ones point to ipc_leaf_absent, all
				     free, of which nothing is allocated */
	uint32_t entry_count;     /* names in use */
};
typedef struct ipc_space *ipc_space_t;

extern struct ipc_space *ipc_space_kernel; /* receiver of the kernel's ports; has no names */
extern struct ipc_leaf ipc_leaf_absent;
struct ipc_entry *ipc_entry_lookup_sparse(struct ipc_space *space, uint32_t name);

/* The entry in use under `name`, or NULL. Its port may have died meanwhile: see ipc_right_check. */
static inline struct ipc_entry *ipc_entry_lookup(struct ipc_space *space, uint32_t name)
{
	uint32_t index = name / IPC_LEAF_ENTRIES;
	if (likely(index < space->leaf_count)) {
		struct ipc_entry *entry = &space->leaves[index]->entries[name % IPC_LEAF_ENTRIES];
		return likely(entry->bits != 0) ? entry : NULL;
	}
	return ipc_entry_lookup_sparse(space, name);
}

struct ipc_entry *ipc_entry_alloc_slow(struct ipc_space *space) MUST_CHECK;
void ipc_leaf_emptied(struct ipc_leaf *leaf);

/* A free entry of a leaf becomes its holder's, object and request NULL, bits 0. */
static inline struct ipc_entry *ipc_leaf_take(struct ipc_leaf *leaf, uint32_t slot)
{
	leaf->free &= ~(1u << slot);
	leaf->space->entry_count++;
	return &leaf->entries[slot];
}

/* Takes the smallest free name: an entry with its name set and bits 0 (set them before anything
   else allocates). NULL: KERN_RESOURCE_SHORTAGE. */
MUST_CHECK static inline struct ipc_entry *ipc_entry_alloc(struct ipc_space *space)
{
	if (likely(space->leaf_hint < space->leaf_count)) {
		struct ipc_leaf *leaf = space->leaves[space->leaf_hint];
		if (likely(leaf->free != 0 && leaf != &ipc_leaf_absent)) {
			return ipc_leaf_take(leaf, (uint32_t)__builtin_ctz(leaf->free));
		}
	}
	return ipc_entry_alloc_slow(space);
}

/* Takes a given free name. KERN_NAME_EXISTS is the caller's test (lookup first). NULL: no memory.
 */
struct ipc_entry *ipc_entry_alloc_name(struct ipc_space *space, uint32_t name) MUST_CHECK;
/* Frees the name; bits and object are cleared. The right and the request have been dealt with. */
static inline void ipc_entry_free(struct ipc_entry *entry)
{
	uint32_t slot = entry->name % IPC_LEAF_ENTRIES;
	struct ipc_leaf *leaf = container_of(entry - slot, struct ipc_leaf, entries);
	struct ipc_space *space = entry->space;
	assert((leaf->free & (1u << slot)) == 0 && entry->request == NULL);
	entry->bits = 0;
	entry->object = NULL;
	leaf->free |= 1u << slot;
	space->entry_count--;
	if (leaf->index < space->leaf_hint) {
		space->leaf_hint = leaf->index;
	}
	if (unlikely(leaf->free == leaf->all_free)) {
		ipc_leaf_emptied(leaf);
	}
}

/* The entry by which `space` holds a send right for the port (not receive), or NULL. */
struct ipc_entry *ipc_hash_lookup(struct ipc_space *space, struct ipc_port *port);
void ipc_hash_insert(struct ipc_entry *entry);
void ipc_hash_remove(struct ipc_entry *entry);

/* The table of a new space, empty. False: no memory. */
bool ipc_entry_table_create(struct ipc_space *space) MUST_CHECK;
/* Frees the table, in which no name is in use. */
void ipc_entry_table_destroy(struct ipc_space *space);
/* The entry in use with the smallest name >= `name` among those of the array; NULL: none. */
struct ipc_entry *ipc_entry_next(struct ipc_space *space, uint32_t name);
/* The entries in use beyond the array: the first (previous NULL), or the one after `previous`. */
struct ipc_entry *ipc_entry_next_sparse(struct ipc_space *space, struct ipc_entry *previous);
void ipc_entry_init(void);

kern_return_t ipc_space_create(struct task *task, struct ipc_space **result) MUST_CHECK;
void ipc_space_destroy(struct ipc_space *space); /* every right; space becomes inactive */
void ipc_space_reference(struct ipc_space *space);
void ipc_space_release(struct ipc_space *space);
void ipc_init(void);
