/* The file server's name space: directories, links, and what POSIX says of making, removing and
   renaming them. Pure: every node and entry is memory of the caller's, which the tree links and
   unlinks; nothing is allocated, nothing blocks, time is passed in. Names are bytes; only '/' and 0
   cannot occur in them.

   A node lives while it has links or is open: tree_unlink, tree_rename and tree_close say when the
   last of both has gone, and then the caller frees it, as it frees the entries that are handed
   back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "access_core.h"

#define TREE_NAME_BYTES_MAX 255u
#define TREE_LINKS_MAX      65000u
#define TREE_SYMLINKS_MAX   40u /* followed in one walk */
#define TREE_PATH_BYTES_MAX 4096u

/* Each is one POSIX error (in brackets). */
enum tree_result {
	TREE_OK,
	TREE_NOT_FOUND,     /* [ENOENT] */
	TREE_EXISTS,        /* [EEXIST] */
	TREE_NOT_DIRECTORY, /* [ENOTDIR] */
	TREE_IS_DIRECTORY,  /* [EISDIR] */
	TREE_NOT_EMPTY,     /* [ENOTEMPTY] */
	TREE_NAME_TOO_LONG, /* [ENAMETOOLONG] */
	TREE_INVALID, /* [EINVAL] an empty name, one with '/' or 0, "." or ".." where a link is made
			 or removed */
	TREE_TOO_MANY_LINKS, /* [EMLINK] */
	TREE_BUSY,           /* [EBUSY] the root, or a directory into itself would be [EINVAL] */
	TREE_LOOP,           /* [ELOOP] */
	TREE_DENIED,         /* [EACCES] the permissions say no */
	TREE_NOT_PERMITTED,  /* [EPERM] for the owner alone */
	TREE_BEYOND,         /* a name in the border: tree->beyond says where the path goes on */
};

enum tree_kind {
	TREE_FILE,
	TREE_DIRECTORY,
	TREE_SYMLINK,
	TREE_CHARACTER_DEVICE,
	TREE_BLOCK_DEVICE,
	TREE_FIFO,
	TREE_SOCKET,
};

struct tree_link {
	struct tree_link *next, *prev;
};

/* One file of any kind. */
struct tree_node {
	uint64_t number; /* inode number: never reused */
	enum tree_kind kind;
	uint32_t mode; /* permission bits, 07777 */
	uint32_t uid, gid;
	uint32_t links;  /* entries that name it; a directory's own "." counts, and its children's
			    ".." */
	uint32_t opens;  /* open files and other holders, counted by tree_open and tree_close */
	uint64_t size;   /* bytes; a directory: 0 */
	uint64_t device; /* of a device node */
	int64_t access_ns, modify_ns, change_ns;
	uint32_t generation;      /* changes with every change of data or entries */
	struct tree_entry *entry; /* the newest of its names; NULL: removed, or look for another */
	void *data;               /* the caller's: memory object, symbolic link's text ... */
	uint32_t data_bytes;      /* of a symbolic link's text */
	/* Directories alone: */
	struct tree_node *parent; /* itself for the root; NULL once removed */
	struct tree_link entries; /* struct tree_entry.order, by cookie */
	uint32_t entry_count;
	uint64_t next_cookie;
};

/* One name in a directory. */
struct tree_entry {
	struct tree_entry *hash_next;
	struct tree_link order;
	struct tree_node *directory, *node;
	uint64_t cookie; /* where a reader of the directory goes on: larger than that of every older
			    entry */
	uint32_t hash;
	uint8_t name_bytes;
	uint8_t name[TREE_NAME_BYTES_MAX]; /* allocated to name_bytes alone: tree_entry_bytes() */
};

/* Where a walk left the tree. */
struct tree_beyond {
	uint8_t name[TREE_NAME_BYTES_MAX]; /* in the border */
	uint32_t name_count;
	uint8_t path[TREE_PATH_BYTES_MAX]; /* from there on: relative, "." if nothing is left */
	uint32_t path_count;
};

struct tree {
	struct tree_entry **buckets; /* bucket_count pointers of the caller's, a power of two */
	uint32_t bucket_count;
	struct tree_node *root;
	struct tree_node *border;   /* a directory whose names lead to other trees; NULL: none */
	struct tree_beyond *beyond; /* filled by a walk that was TREE_BEYOND */
};

/* A name that is not terminated. */
struct tree_name {
	const uint8_t *bytes;
	uint32_t count;
};

/* Memory for an entry with a name of that length. */
static inline uint32_t tree_entry_bytes(uint32_t name_bytes)
{
	return (uint32_t)offsetof(struct tree_entry, name) + name_bytes;
}

/* Makes a node of a kind with no links; `number` is the caller's next. */
void tree_node_init(struct tree_node *node, enum tree_kind kind, uint64_t number, uint32_t mode,
		    int64_t now_ns);
/* An empty tree: root is an initialised directory. */
void tree_init(struct tree *tree, struct tree_entry **buckets, uint32_t bucket_count,
	       struct tree_node *root);

/* Do the node's permissions allow all of ACCESS_*? */
static inline bool tree_allows(const struct tree_node *node, const struct access_identity *who,
			       uint32_t wanted)
{
	return access_allowed(who, node->uid, node->gid, node->mode, node->kind == TREE_DIRECTORY,
			      wanted);
}

/* The entry of that name, or NULL. Knows neither "." nor "..". */
struct tree_entry *tree_find(const struct tree *tree, const struct tree_node *directory,
			     struct tree_name name);
/* The entry of the smallest cookie that is larger than `cookie`, or NULL. Entries made or removed
   meanwhile may or may not be seen; no other is seen twice or missed. */
struct tree_entry *tree_next(const struct tree_node *directory, uint64_t cookie);
/* The entry behind this one, without looking for it. */
struct tree_entry *tree_after(const struct tree_entry *entry);
/* A name of the node, or NULL: it has none. May look at every entry there is. */
struct tree_entry *tree_name_of(const struct tree *tree, struct tree_node *node);
/* Is `node` the directory `below`, or above it? */
bool tree_is_above(const struct tree_node *node, const struct tree_node *below);

/* One step of a walk: the node under `name` ("." and ".." too). TREE_NOT_DIRECTORY TREE_NOT_FOUND
   TREE_NAME_TOO_LONG. */
enum tree_result tree_step(const struct tree *tree, struct tree_node *from, struct tree_name name,
			   struct tree_node **node);

/* What a walk of a whole path found. */
struct tree_walk {
	struct tree_node *node;      /* NULL: the last name does not exist in `directory` */
	struct tree_node *directory; /* that the last name is in; NULL when the path ended in "." or
					".." or was "/" */
	struct tree_name last;       /* points into the path, or into a symbolic link's text */
	bool must_be_directory;      /* the path ended in '/' */
};
/* Walks from `start` ("/..." from tree->root), following symbolic links, the last one only if
   `follow`. The path is at most TREE_PATH_BYTES_MAX. TREE_OK also when only the last name is
   missing. TREE_NOT_FOUND (an empty path, or a directory on the way) TREE_NOT_DIRECTORY TREE_LOOP
   TREE_NAME_TOO_LONG TREE_DENIED (a directory that `who` may not search) TREE_BEYOND. */
enum tree_result tree_walk(const struct tree *tree, const struct access_identity *who,
			   struct tree_node *start, struct tree_name path, bool follow,
			   struct tree_walk *walk);

/* Enters `node` under a name; `entry` has tree_entry_bytes(name.count) and becomes the tree's. A
   directory must be new (links 0). TREE_EXISTS TREE_INVALID TREE_NAME_TOO_LONG TREE_TOO_MANY_LINKS
   TREE_NOT_DIRECTORY; TREE_NOT_FOUND: `directory` was removed; TREE_IS_DIRECTORY: a second link to
   a directory. Nothing is changed then. */
enum tree_result tree_link(struct tree *tree, struct tree_node *directory, struct tree_name name,
			   struct tree_node *node, struct tree_entry *entry, int64_t now_ns);

/* What an operation hands back. */
struct tree_removed {
	struct tree_entry *entries[2]; /* to be freed; NULL: none */
	struct tree_node *node; /* has neither links nor opens any more: to be freed; or NULL */
};

/* Removes a name: a directory (empty) if `directory_wanted` (rmdir), else anything but a directory
   (unlink). TREE_NOT_FOUND TREE_INVALID TREE_NOT_DIRECTORY TREE_IS_DIRECTORY TREE_NOT_EMPTY. */
enum tree_result tree_unlink(struct tree *tree, struct tree_node *directory, struct tree_name name,
			     bool directory_wanted, int64_t now_ns, struct tree_removed *removed);

/* rename(2): `entry` is memory for the new name. What stood there is replaced if the kinds agree (a
   directory only when empty). Two names of one file: nothing happens, `entry` comes back in
   `removed`. TREE_INVALID: also a directory into its own subtree; and as tree_link and tree_unlink.
 */
enum tree_result tree_rename(struct tree *tree, struct tree_node *from, struct tree_name from_name,
			     struct tree_node *to, struct tree_name to_name,
			     struct tree_entry *entry, int64_t now_ns,
			     struct tree_removed *removed);

/* What two names stand for changes places; nothing is made or removed. TREE_NOT_FOUND: one of them
   does not exist; TREE_INVALID: one would come into its own subtree; and as tree_rename. */
enum tree_result tree_exchange(struct tree *tree, struct tree_node *from,
			       struct tree_name from_name, struct tree_node *to,
			       struct tree_name to_name, int64_t now_ns);

void tree_open(struct tree_node *node);
/* True: that was the last hold on a node without links; the caller frees it. */
bool tree_close(struct tree_node *node);
