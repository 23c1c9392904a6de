/* The file server's tree beside this machine's own file system: the same random operations, the
   same errors, and after them the same names, links and kinds. LINK: servers/file/tree_core.c
   servers/file/name_core.c servers/file/access_core.c
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../servers/file/name_core.h"
#include "tap.h"

#define STEPS         30000u
#define NODES         4096u
#define BUCKETS       64u
#define PATH_MAX_TEST 64u

static struct tree tree;
static struct tree_entry *buckets[BUCKETS];
static struct tree_node *nodes[NODES];
static ino_t inodes[NODES]; /* the host's, by our number */
static uint32_t node_count, live_nodes, live_entries;
static int host; /* directory descriptor of the host's root */
static uint64_t seed =
	774; /* found a trailing slash that was forgotten over a link in the middle */

/* In whose name the present step is done: NULL is root, without any check. */
static const struct access_identity users[] = {
	{.uid = 1001, .gid = 2001, .group_count = 1, .groups = {2003}},
	{.uid = 1002, .gid = 2002, .group_count = 2, .groups = {2001, 2003}},
	{.uid = 0, .gid = 0},
};
static const struct access_identity *who;

static uint32_t pick(uint32_t n)
{
	return (uint32_t)(tap_random(&seed) % n);
}

static struct tree_name name_of(const char *text)
{
	return (struct tree_name){.bytes = (const uint8_t *)text, .count = (uint32_t)strlen(text)};
}

static int error_of(enum tree_result result)
{
	static const int errors[] = {0,         ENOENT,       EEXIST, ENOTDIR, EISDIR,
				     ENOTEMPTY, ENAMETOOLONG, EINVAL, EMLINK,  EBUSY,
				     ELOOP,     EACCES,       EPERM};
	return errors[result];
}

static struct tree_node *node_new(enum tree_kind kind, const char *target)
{
	struct tree_node *node = malloc(sizeof(*node));
	tree_node_init(node, kind, node_count, kind == TREE_SYMLINK ? 0777 : 0755, 0);
	if (target != NULL) {
		node->data = strdup(target);
		node->data_bytes = (uint32_t)strlen(target);
	}
	nodes[node_count++] = node;
	live_nodes++;
	return node;
}

static void node_free(struct tree_node *node)
{
	nodes[node->number] = NULL;
	free(node->data);
	free(node);
	live_nodes--;
}

static struct tree_entry *entry_new(struct tree_name name)
{
	live_entries++;
	return malloc(sizeof(struct tree_entry) - TREE_NAME_BYTES_MAX + name.count);
}

static void take_back(const struct tree_removed *removed)
{
	for (uint32_t i = 0; i < 2; i++) {
		live_entries -= removed->entries[i] != NULL;
		free(removed->entries[i]);
	}
	if (removed->node != NULL) {
		node_free(removed->node);
	}
}

/* A path of one to four components, sometimes odd. */
static void random_path(char *path, bool odd)
{
	static const char *const parts[] = {"a", "b", "c", "d", "l", "m", ".", ".."};
	uint32_t count = 1 + pick(4);
	path[0] = 0;
	for (uint32_t i = 0; i < count; i++) {
		strcat(path, i == 0 ? "" : pick(8) == 0 ? "//" : "/");
		strcat(path, parts[pick(odd ? 8 : 6)]);
	}
	if (odd && pick(4) == 0) {
		strcat(path, "/");
	}
}

/* Our side of "make NAME in the directory of PATH". */
static int make(const char *path, struct tree_node *node)
{
	struct tree_walk walk = {0};
	int error = error_of(tree_walk(&tree, who, tree.root, name_of(path), false, &walk));
	if (error == 0) {
		error = error_of(name_may_make(&walk, who, node->kind == TREE_DIRECTORY));
	}
	if (error == 0 && node->links == 0) {
		name_adopt(node, walk.directory, who);
	}
	if (error == 0) {
		struct tree_entry *entry = entry_new(walk.last);
		error = error_of(tree_link(&tree, walk.directory, walk.last, node, entry, 1));
		if (error != 0) {
			free(entry);
			live_entries--;
		}
	}
	if (error != 0 && node->links == 0) {
		node_free(node);
	}
	return error;
}

/* From here to host_result the host does it in the same name. */
static void become(void)
{
	if (who != NULL && who->uid != 0 &&
	    (setgroups(who->group_count, who->groups) != 0 || setegid(who->gid) != 0 ||
	     seteuid(who->uid) != 0)) {
		abort();
	}
}

static int host_result(int result)
{
	int error = result == 0 ? 0 : errno;
	if (seteuid(0) != 0 || setegid(0) != 0 || setgroups(0, NULL) != 0) {
		abort();
	}
	return error;
}

static void remember_inode(const char *path, struct tree_node *node)
{
	struct stat st;
	if (fstatat(host, path, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		inodes[node->number] = st.st_ino;
	}
}

static int step_make(char *what, const char *path)
{
	uint32_t kind = pick(3);
	static const char *const targets[] = {"a", "b/c", "../a", "l", ".", "a/", "../.."};
	const char *target = targets[pick(7)];
	become();
	struct tree_node *node = node_new(kind == 0   ? TREE_FILE
					  : kind == 1 ? TREE_DIRECTORY
						      : TREE_SYMLINK,
					  kind == 2 ? target : NULL);
	int theirs = host_result(kind == 0   ? mknodat(host, path, S_IFREG | 0755, 0)
				 : kind == 1 ? mkdirat(host, path, 0755)
					     : symlinkat(target, host, path));
	sprintf(what, "make kind %u %s", kind, path);
	int ours = make(path, node);
	if (ours == 0) {
		remember_inode(path, node);
	}
	return ours == theirs ? -1 : ours;
}

static int step_link(char *what, const char *path, const char *to)
{
	struct tree_walk walk = {0};
	who = NULL; /* what Linux lets users link depends on its settings */
	int theirs = host_result(linkat(host, path, host, to, 0));
	sprintf(what, "link %s to %s", path, to);
	int ours = error_of(tree_walk(&tree, who, tree.root, name_of(path), false, &walk));
	if (ours == 0 && walk.node == NULL) {
		ours = ENOENT;
	}
	if (ours == 0) {
		ours = make(to, walk.node);
		ours = ours == EISDIR ? EPERM : ours;
	}
	return ours == theirs ? -1 : ours;
}

static int step_remove(char *what, const char *path, bool directory)
{
	struct tree_walk walk = {0};
	struct tree_removed removed = {0};
	become();
	int theirs = host_result(unlinkat(host, path, directory ? AT_REMOVEDIR : 0));
	sprintf(what, "%s %s", directory ? "rmdir" : "unlink", path);
	int ours = error_of(tree_walk(&tree, who, tree.root, name_of(path), false, &walk));
	if (ours == 0) {
		ours = error_of(name_may_remove(&walk, who, directory));
	}
	if (ours == 0) {
		ours = error_of(
			tree_unlink(&tree, walk.directory, walk.last, directory, 1, &removed));
	}
	take_back(&removed);
	return ours == theirs ? -1 : ours;
}

static int rename_ours(const char *from, const char *to, uint32_t flags)
{
	struct tree_walk a = {0}, b = {0};
	struct tree_removed removed = {0};
	int ours = error_of(tree_walk(&tree, who, tree.root, name_of(from), false, &a));
	ours = ours == 0 ? error_of(tree_walk(&tree, who, tree.root, name_of(to), false, &b))
			 : ours;
	ours = ours == 0 ? error_of(name_may_rename(&a, &b, who, flags)) : ours;
	if (ours == 0 && (flags & NAME_EXCHANGE) != 0) {
		return error_of(tree_exchange(&tree, a.directory, a.last, b.directory, b.last, 1));
	}
	if (ours == 0) {
		struct tree_entry *entry = entry_new(b.last);
		ours = error_of(tree_rename(&tree, a.directory, a.last, b.directory, b.last, entry,
					    1, &removed));
		if (ours != 0) {
			free(entry);
			live_entries--;
		}
	}
	take_back(&removed);
	return ours;
}

static int step_rename(char *what, const char *from, const char *to)
{
	static const uint32_t kinds[] = {0, 0, 0, NAME_EXCLUSIVE, NAME_EXCHANGE};
	uint32_t flags = kinds[pick(5)];
	become();
	int theirs = host_result(renameat2(host, from, host, to, flags));
	sprintf(what, "rename %s to %s, flags %u", from, to, flags);
	int ours = rename_ours(from, to, flags);
	/* A directory above its own target: Linux looks at that before it looks whether the target
	   is empty. */
	bool both_refuse = ours != 0 && theirs != 0 && (theirs == EINVAL || theirs == ENOTEMPTY);
	return ours == theirs || both_refuse ? -1 : ours;
}

static int step_mode(char *what, const char *path)
{
	static const uint32_t modes[] = {0755, 0777,  0700, 01775, 02775,
					 0070, 04755, 0007, 02711, 06644};
	uint32_t mode = modes[pick(10)];
	struct tree_walk walk = {0};
	become();
	int theirs = host_result(fchmodat(host, path, mode, 0));
	sprintf(what, "chmod %o %s", mode, path);
	int ours = error_of(tree_walk(&tree, who, tree.root, name_of(path), true, &walk));
	if (ours == 0 && walk.node == NULL) {
		ours = ENOENT;
	}
	ours = ours == 0 ? error_of(name_may_set(walk.node, who, NAME_SET_MODE, 0, 0)) : ours;
	if (ours == 0) {
		walk.node->mode = name_mode_allowed(walk.node, who, mode);
	}
	return ours == theirs ? -1 : ours;
}

static int step_owner(char *what, const char *path)
{
	static const uint32_t ids[] = {0, 1001, 1002}, groups[] = {2001, 2002, 2003, 9};
	uint32_t which = 1 + pick(3), uid = ids[pick(3)], gid = groups[pick(4)];
	struct tree_walk walk = {0};
	which = (which & 1 ? NAME_SET_UID : 0) | (which & 2 ? NAME_SET_GID : 0);
	become();
	int theirs = host_result(fchownat(host, path, which & NAME_SET_UID ? uid : (uid_t)-1,
					  which & NAME_SET_GID ? gid : (gid_t)-1, 0));
	sprintf(what, "chown %u:%u (%x) %s", uid, gid, which, path);
	int ours = error_of(tree_walk(&tree, who, tree.root, name_of(path), true, &walk));
	if (ours == 0 && walk.node == NULL) {
		ours = ENOENT;
	}
	ours = ours == 0 ? error_of(name_may_set(walk.node, who, which, uid, gid)) : ours;
	if (ours == 0) {
		walk.node->mode = name_mode_changed(walk.node, who);
		walk.node->uid = which & NAME_SET_UID ? uid : walk.node->uid;
		walk.node->gid = which & NAME_SET_GID ? gid : walk.node->gid;
	}
	return ours == theirs ? -1 : ours;
}

/* access(2) with the effective identity. */
static int step_access(char *what, const char *path)
{
	uint32_t wanted = pick(8);
	struct tree_walk walk = {0};
	become();
	int theirs = host_result(faccessat(host, path, (int)wanted, AT_EACCESS));
	sprintf(what, "access %s for %u", path, wanted);
	int ours = error_of(tree_walk(&tree, who, tree.root, name_of(path), true, &walk));
	if (ours == 0 && walk.node == NULL) {
		ours = ENOENT;
	}
	if (ours == 0 && !tree_allows(walk.node, who, wanted)) {
		ours = EACCES;
	}
	return ours == theirs ? -1 : ours;
}

/* stat and lstat of a path: the same node, kind and links. */
static int step_look(char *what, const char *path)
{
	bool follow = pick(2) != 0;
	struct tree_walk walk = {0};
	struct stat st = {0};
	become();
	int theirs = host_result(fstatat(host, path, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW));
	sprintf(what, "%s %s", follow ? "stat" : "lstat", path);
	int ours = error_of(tree_walk(&tree, who, tree.root, name_of(path), follow, &walk));
	if (ours == 0 && walk.node == NULL) {
		ours = ENOENT;
	}
	if (ours != theirs) {
		return ours;
	}
	bool same = ours != 0 || (inodes[walk.node->number] == st.st_ino &&
				  (walk.node->kind == TREE_DIRECTORY) == S_ISDIR(st.st_mode) &&
				  (walk.node->kind == TREE_SYMLINK) == S_ISLNK(st.st_mode) &&
				  walk.node->mode == (st.st_mode & 07777) &&
				  walk.node->uid == st.st_uid && walk.node->gid == st.st_gid &&
				  (S_ISDIR(st.st_mode) || walk.node->links == st.st_nlink));
	return same ? -1 : 1000;
}

static int step(char *what)
{
	char path[PATH_MAX_TEST], to[PATH_MAX_TEST];
	uint32_t kind = pick(13);
	uint32_t user = pick(6);
	who = user < 3 ? &users[user] : NULL;
	random_path(path, kind < 4);
	random_path(to, false);
	switch (kind) {
	case 0:
	case 1:
	case 2:
	case 3:
		return step_look(what, path);
	case 4:
	case 5:
	case 6:
		return node_count < NODES ? step_make(what, path) : -1;
	case 7:
		return step_link(what, path, to);
	case 8:
		return step_remove(what, path, pick(2) != 0);
	case 9:
		return step_mode(what, path);
	case 10:
		return step_owner(what, path);
	case 11:
		return step_access(what, path);
	default:
		return step_rename(what, path, to);
	}
}

static int beside_the_host(const char *root)
{
	char what[3 * PATH_MAX_TEST] = "";
	struct stat st;
	int wrong = -1;
	uint32_t i = 0;
	/* In a root of its own, so that ".." at the top is the top on both sides. */
	if (chroot(root) != 0 || chdir("/") != 0 || (host = open("/", O_DIRECTORY)) < 0) {
		printf("1..0 # SKIP chroot is not allowed here\n");
		return 0;
	}
	tree_init(&tree, buckets, BUCKETS, node_new(TREE_DIRECTORY, NULL));
	umask(0);
	fchmod(host, 0777);
	tree.root->mode = 0777;
	fstat(host, &st);
	inodes[0] = st.st_ino;
	while (i < STEPS && wrong == -1) {
		wrong = step(what);
		i++;
	}
	CHECK(wrong == -1, "%u operations as on this machine's file system (last: %s, ours %d)", i,
	      what, wrong);
	CHECK(live_nodes > 5 && live_entries > 5, "%u nodes, %u names at the end", live_nodes,
	      live_entries);
	return tap_done();
}

int main(void)
{
	char root[] = "build/file-tree-XXXXXX", command[64];
	int status = 1;
	printf("# seed 774\n");
	fflush(stdout);
	if (mkdtemp(root) == NULL) {
		perror("mkdtemp build/file-tree");
		return 1;
	}
	pid_t child =
		fork(); /* who cannot come back from its root: this process removes the folder */
	if (child == 0) {
		int result = beside_the_host(root);
		fflush(stdout);
		_exit(result);
	}
	waitpid(child, &status, 0);
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command) == 0 && status == 0 ? 0 : 1;
}
