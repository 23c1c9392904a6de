/* See tree_core.h. */
#include "tree_core.h"

#define HASH_SEED  2166136261u /* FNV-1a */
#define HASH_PRIME 16777619u

#define entry_of(link)                                                                             \
	((struct tree_entry *)(void *)((char *)(link)-offsetof(struct tree_entry, order)))

static uint32_t hash_name(const struct tree_node *directory, struct tree_name name)
{
	uint32_t hash = HASH_SEED ^ (uint32_t)directory->number;
	for (uint32_t i = 0; i < name.count; i++) {
		hash = (hash ^ name.bytes[i]) * HASH_PRIME;
	}
	return hash;
}

static bool name_is(struct tree_name name, const char *text)
{
	uint32_t i = 0;
	while (i < name.count && text[i] != 0 && name.bytes[i] == (uint8_t)text[i]) {
		i++;
	}
	return i == name.count && text[i] == 0;
}

static enum tree_result check_name(struct tree_name name)
{
	if (name.count > TREE_NAME_BYTES_MAX) {
		return TREE_NAME_TOO_LONG;
	}
	if (name.count == 0 || name_is(name, ".") || name_is(name, "..")) {
		return TREE_INVALID;
	}
	for (uint32_t i = 0; i < name.count; i++) {
		if (name.bytes[i] == 0 || name.bytes[i] == '/') {
			return TREE_INVALID;
		}
	}
	return TREE_OK;
}

void tree_node_init(struct tree_node *node, enum tree_kind kind, uint64_t number, uint32_t mode,
		    int64_t now_ns)
{
	*node = (struct tree_node){.number = number, .kind = kind, .mode = mode & 07777u};
	node->access_ns = node->modify_ns = node->change_ns = now_ns;
	node->entries.next = node->entries.prev = &node->entries;
	node->next_cookie = 1;
}

void tree_init(struct tree *tree, struct tree_entry **buckets, uint32_t bucket_count,
	       struct tree_node *root)
{
	*tree = (struct tree){.buckets = buckets, .bucket_count = bucket_count, .root = root};
	for (uint32_t i = 0; i < bucket_count; i++) {
		buckets[i] = NULL;
	}
	root->parent = root;
	root->links = 2;
}

/* --- looking up ---------------------------------------------------------------------- */

static struct tree_entry **bucket_of(const struct tree *tree, uint32_t hash)
{
	return &tree->buckets[(hash ^ hash >> 16) & (tree->bucket_count - 1u)];
}

static bool same_name(const struct tree_entry *entry, struct tree_name name)
{
	return entry->name_bytes == name.count &&
	       __builtin_memcmp(entry->name, name.bytes, name.count) == 0;
}

struct tree_entry *tree_find(const struct tree *tree, const struct tree_node *directory,
			     struct tree_name name)
{
	uint32_t hash = hash_name(directory, name);
	struct tree_entry *entry = *bucket_of(tree, hash);
	while (entry != NULL &&
	       (entry->hash != hash || entry->directory != directory || !same_name(entry, name))) {
		entry = entry->hash_next;
	}
	return entry;
}

struct tree_entry *tree_next(const struct tree_node *directory, uint64_t cookie)
{
	for (struct tree_link *link = directory->entries.next; link != &directory->entries;
	     link = link->next) {
		if (entry_of(link)->cookie > cookie) {
			return entry_of(link);
		}
	}
	return NULL;
}

struct tree_entry *tree_after(const struct tree_entry *entry)
{
	struct tree_link *next = entry->order.next;
	return next != &entry->directory->entries ? entry_of(next) : NULL;
}

struct tree_entry *tree_name_of(const struct tree *tree, struct tree_node *node)
{
	/* A directory has one name; what else lost its newest may have others. */
	for (uint32_t i = 0; node->entry == NULL && node->links > 0 && i < tree->bucket_count;
	     i++) {
		struct tree_entry *entry = tree->buckets[i];
		while (entry != NULL && entry->node != node) {
			entry = entry->hash_next;
		}
		node->entry = entry;
	}
	return node->entry;
}

enum tree_result tree_step(const struct tree *tree, struct tree_node *from, struct tree_name name,
			   struct tree_node **node)
{
	if (from->kind != TREE_DIRECTORY) {
		return TREE_NOT_DIRECTORY;
	}
	if (name.count > TREE_NAME_BYTES_MAX) {
		return TREE_NAME_TOO_LONG;
	}
	if (name_is(name, ".")) {
		*node = from;
		return TREE_OK;
	}
	if (name_is(name, "..")) {
		*node = from->parent;
		return from->parent != NULL ? TREE_OK : TREE_NOT_FOUND;
	}
	struct tree_entry *entry = tree_find(tree, from, name);
	*node = entry != NULL ? entry->node : NULL;
	return entry != NULL ? TREE_OK : TREE_NOT_FOUND;
}

/* --- walking ------------------------------------------------------------------------- */

/* What is left to walk: the path, and above it the rests of links that were met on the way. Bounded
   by TREE_SYMLINKS_MAX, since each link followed adds one. */
struct rests {
	struct tree_name rest[TREE_SYMLINKS_MAX + 1u];
	uint32_t depth; /* rest[depth] is the one in use */
	uint32_t followed;
	bool slash; /* the path ends in '/', behind the link that is being followed */
};

static void skip_slashes(struct tree_name *rest)
{
	while (rest->count > 0 && rest->bytes[0] == '/') {
		rest->bytes++;
		rest->count--;
	}
}

static struct tree_name take_component(struct tree_name *rest)
{
	struct tree_name name = {.bytes = rest->bytes};
	while (name.count < rest->count && rest->bytes[name.count] != '/') {
		name.count++;
	}
	rest->bytes += name.count;
	rest->count -= name.count;
	return name;
}

/* Drops rests that hold no further component. True: one is left. *slash: a '/' was skipped. */
static bool more_components(struct rests *rests, bool *slash)
{
	for (;;) {
		struct tree_name *rest = &rests->rest[rests->depth];
		*slash |= rest->count > 0;
		skip_slashes(rest);
		if (rest->count > 0) {
			return true;
		}
		if (rests->depth == 0) {
			return false;
		}
		rests->depth--;
	}
}

static enum tree_result push_symlink(const struct tree *tree, struct rests *rests,
				     const struct tree_node *link, struct tree_node **at)
{
	if (rests->followed++ == TREE_SYMLINKS_MAX) {
		return TREE_LOOP;
	}
	if (link->data_bytes == 0) {
		return TREE_NOT_FOUND;
	}
	/* A finished rest makes room: depth grows only by links in the middle of paths. */
	if (rests->rest[rests->depth].count != 0) {
		rests->depth++;
	}
	rests->rest[rests->depth] =
		(struct tree_name){.bytes = link->data, .count = link->data_bytes};
	if (((const uint8_t *)link->data)[0] == '/') {
		*at = tree->root;
	}
	return TREE_OK;
}

static bool is_dot(struct tree_name name)
{
	return name_is(name, ".") || name_is(name, "..");
}

static bool add_beyond(struct tree_beyond *beyond, const uint8_t *bytes, uint32_t count)
{
	if (count > TREE_PATH_BYTES_MAX - beyond->path_count) {
		return false;
	}
	__builtin_memcpy(beyond->path + beyond->path_count, bytes, count);
	beyond->path_count += count;
	return true;
}

/* The walk goes on elsewhere, below "name": with all that is left of the path and of the links. */
static enum tree_result leave_tree(const struct tree *tree, struct rests *rests,
				   struct tree_name name)
{
	struct tree_beyond *beyond = tree->beyond;
	bool fits = true;
	if (name.count > TREE_NAME_BYTES_MAX) {
		return TREE_NAME_TOO_LONG;
	}
	__builtin_memcpy(beyond->name, name.bytes, name.count);
	beyond->name_count = name.count;
	beyond->path_count = 0;
	for (uint32_t i = rests->depth + 1; i-- > 0;) {
		struct tree_name rest = rests->rest[i];
		if (beyond->path_count == 0) {
			skip_slashes(&rest);
		} else if (rest.count > 0 && rest.bytes[0] != '/') {
			fits = fits && add_beyond(beyond, (const uint8_t *)"/", 1);
		}
		fits = fits && add_beyond(beyond, rest.bytes, rest.count);
	}
	if (beyond->path_count == 0) {
		fits = add_beyond(beyond, (const uint8_t *)".", 1);
	} else if (rests->slash) {
		fits = fits && add_beyond(beyond, (const uint8_t *)"/", 1);
	}
	return fits ? TREE_BEYOND : TREE_NAME_TOO_LONG;
}

/* Walks one component from *at. *done: it was the last and `walk` is filled in. */
static enum tree_result walk_component(const struct tree *tree, const struct access_identity *who,
				       struct rests *rests, bool follow, struct tree_node **at,
				       struct tree_walk *walk, bool *done)
{
	struct tree_name name = take_component(&rests->rest[rests->depth]);
	struct tree_node *node = NULL;
	if ((*at)->kind == TREE_DIRECTORY && !tree_allows(*at, who, ACCESS_EXECUTE)) {
		return TREE_DENIED;
	}
	if (*at == tree->border && !is_dot(name)) { /* a component is never empty */
		return leave_tree(tree, rests, name);
	}
	enum tree_result result = tree_step(tree, *at, name, &node);
	if (result != TREE_OK && result != TREE_NOT_FOUND) {
		return result;
	}
	bool slash = false;
	bool last = !more_components(rests, &slash);
	slash = last && (slash || rests->slash);
	if (node != NULL && node->kind == TREE_SYMLINK && (!last || follow || slash)) {
		rests->slash |= slash;
		return push_symlink(tree, rests, node, at);
	}
	if (last) {
		*walk = (struct tree_walk){.node = node, .must_be_directory = slash};
		if (!is_dot(name)) {
			walk->directory = *at;
			walk->last = name;
		}
		*done = true;
		bool wrong = slash && node != NULL && node->kind != TREE_DIRECTORY;
		return wrong ? TREE_NOT_DIRECTORY : is_dot(name) ? result : TREE_OK;
	}
	if (node == NULL) {
		return TREE_NOT_FOUND;
	}
	*at = node;
	return TREE_OK;
}

enum tree_result tree_walk(const struct tree *tree, const struct access_identity *who,
			   struct tree_node *start, struct tree_name path, bool follow,
			   struct tree_walk *walk)
{
	struct rests rests = {.rest = {path}};
	struct tree_node *at = start;
	bool slash = false, done = false;
	if (path.count == 0) {
		return TREE_NOT_FOUND;
	}
	if (path.count > TREE_PATH_BYTES_MAX) {
		return TREE_NAME_TOO_LONG;
	}
	if (path.bytes[0] == '/') {
		at = tree->root;
	}
	while (more_components(&rests, &slash)) {
		enum tree_result result =
			walk_component(tree, who, &rests, follow, &at, walk, &done);
		if (result != TREE_OK || done) {
			return result;
		}
	}
	*walk = (struct tree_walk){.node = at,
				   .must_be_directory = true}; /* "/", or a link to it */
	return at->kind == TREE_DIRECTORY ? TREE_OK : TREE_NOT_DIRECTORY;
}

/* --- changing ------------------------------------------------------------------------ */

static void touch(struct tree_node *directory, int64_t now_ns)
{
	directory->modify_ns = directory->change_ns = now_ns;
	directory->generation++;
}

static void entry_insert(struct tree *tree, struct tree_entry *entry, struct tree_node *directory,
			 struct tree_name name, struct tree_node *node)
{
	entry->directory = directory;
	entry->node = node;
	entry->cookie = directory->next_cookie++;
	entry->hash = hash_name(directory, name);
	entry->name_bytes = (uint8_t)name.count;
	__builtin_memcpy(entry->name, name.bytes, name.count);
	struct tree_entry **bucket = bucket_of(tree, entry->hash);
	entry->hash_next = *bucket;
	*bucket = entry;
	struct tree_link *last = directory->entries.prev;
	entry->order = (struct tree_link){.next = &directory->entries, .prev = last};
	last->next = &entry->order;
	directory->entries.prev = &entry->order;
	directory->entry_count++;
	node->links++;
	node->entry = entry;
	if (node->kind == TREE_DIRECTORY) {
		node->parent = directory;
		directory->links++; /* its ".." */
	}
}

/* Takes the name away; the node's link with it. */
static void entry_remove(struct tree *tree, struct tree_entry *entry)
{
	struct tree_entry **at = bucket_of(tree, entry->hash);
	while (*at != entry) {
		at = &(*at)->hash_next;
	}
	*at = entry->hash_next;
	entry->order.prev->next = entry->order.next;
	entry->order.next->prev = entry->order.prev;
	entry->directory->entry_count--;
	entry->node->links--;
	if (entry->node->entry == entry) {
		entry->node->entry = NULL;
	}
	if (entry->node->kind == TREE_DIRECTORY) {
		entry->directory->links--;
	}
}

/* The node has lost a name for good. True: it is gone. */
static bool node_bereft(struct tree_node *node, int64_t now_ns)
{
	node->change_ns = now_ns;
	if (node->kind == TREE_DIRECTORY) {
		node->links--; /* its "." */
		node->parent = NULL;
	}
	return node->links == 0 && node->opens == 0;
}

enum tree_result tree_link(struct tree *tree, struct tree_node *directory, struct tree_name name,
			   struct tree_node *node, struct tree_entry *entry, int64_t now_ns)
{
	enum tree_result result = check_name(name);
	if (directory->kind != TREE_DIRECTORY) {
		return TREE_NOT_DIRECTORY;
	}
	if (result != TREE_OK) {
		return result;
	}
	if (directory->parent == NULL) {
		return TREE_NOT_FOUND;
	}
	if (tree_find(tree, directory, name) != NULL) {
		return TREE_EXISTS;
	}
	if (node->kind == TREE_DIRECTORY && node->links != 0) {
		return TREE_IS_DIRECTORY;
	}
	if (node->links >= TREE_LINKS_MAX ||
	    (node->kind == TREE_DIRECTORY && directory->links >= TREE_LINKS_MAX)) {
		return TREE_TOO_MANY_LINKS;
	}
	entry_insert(tree, entry, directory, name, node);
	if (node->kind == TREE_DIRECTORY) {
		node->links++; /* its "." */
	}
	node->change_ns = now_ns;
	touch(directory, now_ns);
	return TREE_OK;
}

/* May this node give up its name, for a directory (or not) to be removed or replaced? */
static enum tree_result check_removable(const struct tree_node *node, bool directory_wanted)
{
	if (directory_wanted) {
		if (node->kind != TREE_DIRECTORY) {
			return TREE_NOT_DIRECTORY;
		}
		return node->entry_count != 0 ? TREE_NOT_EMPTY : TREE_OK;
	}
	return node->kind == TREE_DIRECTORY ? TREE_IS_DIRECTORY : TREE_OK;
}

enum tree_result tree_unlink(struct tree *tree, struct tree_node *directory, struct tree_name name,
			     bool directory_wanted, int64_t now_ns, struct tree_removed *removed)
{
	*removed = (struct tree_removed){0};
	enum tree_result result = check_name(name);
	if (directory->kind != TREE_DIRECTORY) {
		return TREE_NOT_DIRECTORY;
	}
	if (result != TREE_OK) {
		return result;
	}
	struct tree_entry *entry = tree_find(tree, directory, name);
	if (entry == NULL) {
		return TREE_NOT_FOUND;
	}
	result = check_removable(entry->node, directory_wanted);
	if (result != TREE_OK) {
		return result;
	}
	struct tree_node *node = entry->node;
	entry_remove(tree, entry);
	touch(directory, now_ns);
	removed->entries[0] = entry;
	removed->node = node_bereft(node, now_ns) ? node : NULL;
	return TREE_OK;
}

bool tree_is_above(const struct tree_node *node, const struct tree_node *below)
{
	while (below != node && below->parent != NULL && below->parent != below) {
		below = below->parent;
	}
	return below == node;
}

static enum tree_result check_rename(const struct tree_node *node, const struct tree_node *to,
				     const struct tree_entry *target)
{
	bool directory = node->kind == TREE_DIRECTORY;
	if (to->parent == NULL) {
		return TREE_NOT_FOUND;
	}
	if (directory && tree_is_above(node, to)) {
		return TREE_INVALID;
	}
	if (target != NULL) {
		return check_removable(target->node, directory);
	}
	return directory && to->links >= TREE_LINKS_MAX ? TREE_TOO_MANY_LINKS : TREE_OK;
}

enum tree_result tree_rename(struct tree *tree, struct tree_node *from, struct tree_name from_name,
			     struct tree_node *to, struct tree_name to_name,
			     struct tree_entry *entry, int64_t now_ns, struct tree_removed *removed)
{
	*removed = (struct tree_removed){0};
	if (from->kind != TREE_DIRECTORY || to->kind != TREE_DIRECTORY) {
		return TREE_NOT_DIRECTORY;
	}
	enum tree_result result = check_name(from_name);
	result = result == TREE_OK ? check_name(to_name) : result;
	if (result != TREE_OK) {
		return result;
	}
	struct tree_entry *source = tree_find(tree, from, from_name),
			  *target = tree_find(tree, to, to_name);
	if (source == NULL) {
		return TREE_NOT_FOUND;
	}
	struct tree_node *node = source->node;
	if (target != NULL &&
	    target->node == node) { /* two names of one file: POSIX wants nothing done */
		removed->entries[0] = entry;
		return TREE_OK;
	}
	result = check_rename(node, to, target);
	if (result != TREE_OK) {
		return result;
	}
	if (target != NULL) {
		struct tree_node *replaced = target->node;
		entry_remove(tree, target);
		removed->entries[1] = target;
		removed->node = node_bereft(replaced, now_ns) ? replaced : NULL;
	}
	entry_remove(tree, source);
	removed->entries[0] = source;
	entry_insert(tree, entry, to, to_name, node);
	node->change_ns = now_ns;
	touch(from, now_ns);
	touch(to, now_ns);
	return TREE_OK;
}

/* Lets an entry stand for another node; links of nodes stay as many as they are. */
static void entry_turn(struct tree_entry *entry, struct tree_node *node, int64_t now_ns)
{
	entry->node = node;
	node->entry = entry;
	node->change_ns = now_ns;
	if (node->kind == TREE_DIRECTORY) {
		node->parent->links--;
		node->parent = entry->directory;
		node->parent->links++;
	}
}

enum tree_result tree_exchange(struct tree *tree, struct tree_node *from,
			       struct tree_name from_name, struct tree_node *to,
			       struct tree_name to_name, int64_t now_ns)
{
	if (from->kind != TREE_DIRECTORY || to->kind != TREE_DIRECTORY) {
		return TREE_NOT_DIRECTORY;
	}
	enum tree_result result = check_name(from_name);
	result = result == TREE_OK ? check_name(to_name) : result;
	if (result != TREE_OK) {
		return result;
	}
	struct tree_entry *a = tree_find(tree, from, from_name), *b = tree_find(tree, to, to_name);
	if (a == NULL || b == NULL) {
		return TREE_NOT_FOUND;
	}
	struct tree_node *first = a->node, *second = b->node;
	if (first == second) {
		return TREE_OK;
	}
	if (tree_is_above(first, to) || tree_is_above(second, from)) {
		return TREE_INVALID;
	}
	bool into = first->kind == TREE_DIRECTORY && second->kind != TREE_DIRECTORY;
	bool out_of = second->kind == TREE_DIRECTORY && first->kind != TREE_DIRECTORY;
	if (from != to &&
	    ((into && to->links >= TREE_LINKS_MAX) || (out_of && from->links >= TREE_LINKS_MAX))) {
		return TREE_TOO_MANY_LINKS;
	}
	entry_turn(a, second, now_ns);
	entry_turn(b, first, now_ns);
	touch(from, now_ns);
	touch(to, now_ns);
	return TREE_OK;
}

void tree_open(struct tree_node *node)
{
	node->opens++;
}

bool tree_close(struct tree_node *node)
{
	node->opens--;
	return node->links == 0 && node->opens == 0;
}
