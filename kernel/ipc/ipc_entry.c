/* The table of a space's names. See ipc_space.h. */
#include <ipc/ipc_space.h>
#include <kern/zone.h>

#define SPARSE_BUCKETS 1024u

struct ipc_leaf ipc_leaf_absent = {.free = IPC_LEAF_ALL_FREE};

static struct zone leaf_zone;
static struct ipc_leaf
	*sparse_table[SPARSE_BUCKETS]; /* leaves with index >= leaf_count, of all spaces */

_Static_assert(IPC_LEAF_ENTRIES == 32, "`free` has a bit for each entry");

static struct ipc_leaf **sparse_bucket(const struct ipc_space *space, uint32_t index)
{
	uint32_t key = index + (uint32_t)((uintptr_t)space >> 3);
	return &sparse_table[(key * 0x9e3779b1u) / (UINT32_MAX / SPARSE_BUCKETS + 1u)];
}

static struct ipc_leaf *sparse_find(const struct ipc_space *space, uint32_t index)
{
	struct ipc_leaf *leaf = *sparse_bucket(space, index);
	while (leaf != NULL && (leaf->index != index || leaf->space != space)) {
		leaf = leaf->sparse_next;
	}
	return leaf;
}

static void sparse_insert(struct ipc_leaf *leaf)
{
	struct ipc_leaf **bucket = sparse_bucket(leaf->space, leaf->index);
	leaf->sparse_next = *bucket;
	*bucket = leaf;
	leaf->space->sparse_count++;
}

static void sparse_remove(struct ipc_leaf *leaf)
{
	struct ipc_leaf **link = sparse_bucket(leaf->space, leaf->index);
	while (*link != leaf) {
		assert(*link != NULL);
		link = &(*link)->sparse_next;
	}
	*link = leaf->sparse_next;
	leaf->space->sparse_count--;
}

/* The names of this leaf that can be allocated: 0 (in the first) and MACH_PORT_NAME_DEAD (in the
   last) cannot. */
static uint32_t leaf_allocatable(uint32_t index)
{
	if (index == 0) {
		return ~1u;
	}
	return index == UINT32_MAX / IPC_LEAF_ENTRIES ? ~(1u << 31) : IPC_LEAF_ALL_FREE;
}

/* A new leaf in its place, array or hash. NULL: no memory. */
static struct ipc_leaf *leaf_create(struct ipc_space *space, uint32_t index)
{
	struct ipc_leaf *leaf = zone_alloc(&leaf_zone);
	if (leaf == NULL) {
		return NULL;
	}
	leaf->free = leaf_allocatable(index);
	leaf->all_free = leaf->free;
	leaf->index = index;
	leaf->space = space;
	for (uint32_t i = 0; i < IPC_LEAF_ENTRIES; i++) {
		leaf->entries[i] =
			(struct ipc_entry){.name = index * IPC_LEAF_ENTRIES + i, .space = space};
	}
	if (index >= space->leaf_count) {
		sparse_insert(leaf);
		return leaf;
	}
	space->leaves[index] = leaf;
	if (index >= space->leaf_top) {
		space->leaf_top = index + 1;
	}
	return leaf;
}

/* Gives the array half its length as often as a quarter would do: so it is not made longer again at
   once. Without memory for the smaller one it stays. */
static void table_shrink(struct ipc_space *space)
{
	uint32_t count = space->leaf_count;
	while (count > IPC_TABLE_LEAVES_MIN && space->leaf_top <= count / 4) {
		count /= 2;
	}
	if (likely(count == space->leaf_count)) {
		return;
	}
	struct ipc_leaf **leaves = kalloc(count * sizeof(*leaves));
	if (leaves == NULL) {
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		leaves[i] = space->leaves[i];
	}
	kfree(space->leaves, space->leaf_count * sizeof(*leaves));
	space->leaves = leaves;
	space->leaf_count = count;
	if (space->leaf_hint > count) {
		space->leaf_hint = count;
	}
}

/* Frees a leaf in which no name is in use. */
static void leaf_release(struct ipc_leaf *leaf)
{
	struct ipc_space *space = leaf->space;
	if (leaf->index >= space->leaf_count) {
		sparse_remove(leaf);
		zone_free(&leaf_zone, leaf);
		return;
	}
	space->leaves[leaf->index] = &ipc_leaf_absent;
	zone_free(&leaf_zone, leaf);
	while (space->leaf_top > 0 && space->leaves[space->leaf_top - 1] == &ipc_leaf_absent) {
		space->leaf_top--;
	}
	table_shrink(space);
}

/* Doubles the array; leaves of the hash that it now covers move in. */
static bool table_grow(struct ipc_space *space)
{
	uint32_t old_count = space->leaf_count;
	uint32_t count = old_count * 2;
	if (count > IPC_TABLE_LEAVES_MAX) {
		return false;
	}
	struct ipc_leaf **leaves = kalloc(count * sizeof(*leaves));
	if (leaves == NULL) {
		return false;
	}
	for (uint32_t i = 0; i < old_count; i++) {
		leaves[i] = space->leaves[i];
	}
	for (uint32_t i = old_count; i < count; i++) {
		struct ipc_leaf *leaf = space->sparse_count > 0 ? sparse_find(space, i) : NULL;
		leaves[i] = leaf != NULL ? leaf : &ipc_leaf_absent;
		if (leaf != NULL) {
			sparse_remove(leaf);
			space->leaf_top = i + 1;
		}
	}
	kfree(space->leaves, old_count * sizeof(*leaves));
	space->leaves = leaves;
	space->leaf_count = count;
	return true;
}

struct ipc_entry *ipc_entry_lookup_sparse(struct ipc_space *space, uint32_t name)
{
	if (likely(space->sparse_count == 0)) {
		return NULL;
	}
	struct ipc_leaf *leaf = sparse_find(space, name / IPC_LEAF_ENTRIES);
	if (leaf == NULL || leaf->entries[name % IPC_LEAF_ENTRIES].bits == 0) {
		return NULL;
	}
	return &leaf->entries[name % IPC_LEAF_ENTRIES];
}

struct ipc_entry *ipc_entry_alloc_slow(struct ipc_space *space)
{
	uint32_t index = space->leaf_hint;
	for (;; index++) {
		if (index == space->leaf_count && !table_grow(space)) {
			return NULL;
		}
		if (likely(space->leaves[index]->free != 0)) {
			break;
		}
	}
	space->leaf_hint = index;
	struct ipc_leaf *leaf = space->leaves[index];
	if (unlikely(leaf == &ipc_leaf_absent)) {
		leaf = leaf_create(space, index);
		if (leaf == NULL) {
			return NULL;
		}
	}
	return ipc_leaf_take(leaf, (uint32_t)__builtin_ctz(leaf->free));
}

struct ipc_entry *ipc_entry_alloc_name(struct ipc_space *space, uint32_t name)
{
	uint32_t index = name / IPC_LEAF_ENTRIES;
	struct ipc_leaf *leaf =
		index < space->leaf_count ? space->leaves[index] : sparse_find(space, index);
	if (leaf == NULL || leaf == &ipc_leaf_absent) {
		leaf = leaf_create(space, index);
		if (leaf == NULL) {
			return NULL;
		}
	}
	assert(leaf->free & (1u << name % IPC_LEAF_ENTRIES));
	return ipc_leaf_take(leaf, name % IPC_LEAF_ENTRIES);
}

/* No name of the leaf is in use any more. The first leaf stays with the space. */
void ipc_leaf_emptied(struct ipc_leaf *leaf)
{
	if (leaf->index != 0) {
		leaf_release(leaf);
	}
}

/* The first entry in use of a leaf from `slot` on. */
static struct ipc_entry *leaf_next(struct ipc_leaf *leaf, uint32_t slot)
{
	for (; slot < IPC_LEAF_ENTRIES; slot++) {
		if (leaf->entries[slot].bits != 0) {
			return &leaf->entries[slot];
		}
	}
	return NULL;
}

struct ipc_entry *ipc_entry_next(struct ipc_space *space, uint32_t name)
{
	uint32_t slot = name % IPC_LEAF_ENTRIES;
	for (uint32_t index = name / IPC_LEAF_ENTRIES; index < space->leaf_top; index++) {
		struct ipc_entry *entry = leaf_next(space->leaves[index], slot);
		if (entry != NULL) {
			return entry;
		}
		slot = 0;
	}
	return NULL;
}

struct ipc_entry *ipc_entry_next_sparse(struct ipc_space *space, struct ipc_entry *previous)
{
	struct ipc_leaf **bucket = sparse_table;
	struct ipc_leaf *leaf = sparse_table[0];
	if (previous != NULL) {
		uint32_t slot = previous->name % IPC_LEAF_ENTRIES;
		struct ipc_leaf *own = container_of(previous - slot, struct ipc_leaf, entries);
		struct ipc_entry *entry = leaf_next(own, slot + 1);
		if (entry != NULL) {
			return entry;
		}
		bucket = sparse_bucket(space, own->index);
		leaf = own->sparse_next;
	} else if (space->sparse_count == 0) {
		return NULL;
	}
	for (;;) {
		for (; leaf != NULL; leaf = leaf->sparse_next) {
			struct ipc_entry *entry = leaf->space == space ? leaf_next(leaf, 0) : NULL;
			if (entry != NULL) {
				return entry;
			}
		}
		if (++bucket == sparse_table + SPARSE_BUCKETS) {
			return NULL;
		}
		leaf = *bucket;
	}
}

bool ipc_entry_table_create(struct ipc_space *space)
{
	uint32_t count = IPC_TABLE_LEAVES_MIN;
	struct ipc_leaf **leaves = kalloc(count * sizeof(*leaves));
	if (leaves == NULL) {
		return false;
	}
	for (uint32_t i = 0; i < count; i++) {
		leaves[i] = &ipc_leaf_absent;
	}
	space->leaves = leaves;
	space->leaf_count = count;
	space->leaf_hint = 0;
	space->leaf_top = 0;
	space->sparse_count = 0;
	space->entry_count = 0;
	if (leaf_create(space, 0) == NULL) {
		kfree(leaves, count * sizeof(*leaves));
		return false;
	}
	return true;
}

void ipc_entry_table_destroy(struct ipc_space *space)
{
	assert(space->entry_count == 0 && space->sparse_count == 0);
	zone_free(&leaf_zone, space->leaves[0]);
	kfree(space->leaves, space->leaf_count * sizeof(*space->leaves));
	space->leaves = NULL;
	space->leaf_count = 0;
	space->leaf_top = 0;
}

void ipc_entry_init(void)
{
	zone_init(&leaf_zone, "ipc.leaves", sizeof(struct ipc_leaf), IPC_LEAVES_MAX);
}
