/* Where walks leave the file server's tree: names in the border, and the rest of the path.
   LINK: servers/file/tree_core.c servers/file/access_core.c
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../servers/file/tree_core.h"
#include "tap.h"

#define BUCKETS 64u

static struct tree tree;
static struct tree_entry *buckets[BUCKETS];
static struct tree_node nodes[16];
static struct tree_entry entries[16];
static struct tree_beyond beyond;
static unsigned int count;

static struct tree_name name_of(const char *text)
{
	return (struct tree_name){(const uint8_t *)text, (uint32_t)strlen(text)};
}

static struct tree_node *add(struct tree_node *directory, const char *name, enum tree_kind kind,
			     const char *text)
{
	struct tree_node *node = &nodes[count];

	tree_node_init(node, kind, count + 1, 0777, 0);
	if (directory != NULL) {
		(void)tree_link(&tree, directory, name_of(name), node, &entries[count], 0);
	}
	node->data = (void *)(uintptr_t)text;
	node->data_bytes = text != NULL ? (uint32_t)strlen(text) : 0;
	count++;
	return node;
}

/* "name:rest", or null if the walk stays here. */
static const char *walk(struct tree_node *start, const char *path, bool follow)
{
	static char text[TREE_NAME_BYTES_MAX + TREE_PATH_BYTES_MAX + 2];
	struct tree_walk walked;

	if (tree_walk(&tree, NULL, start, name_of(path), follow, &walked) != TREE_BEYOND) {
		return "(here)";
	}
	(void)snprintf(text, sizeof text, "%.*s:%.*s", (int)beyond.name_count, beyond.name,
		       (int)beyond.path_count, beyond.path);
	return text;
}

static void known(struct tree_node *net, struct tree_node *tmp)
{
	static const struct {
		const char *path, *expected;
		bool from_net, stop;
	} cases[] = {
		{"/net/a/x/y", "a:x/y", false, false},
		{"/net//a///x//y/", "a:x//y/", false, false},
		{"/net/a", "a:.", false, false},
		{"/net/a/", "a:.", false, false},
		{"/net/a/../b", "a:../b", false, false},
		{"b/c", "b:c", true, false},
		{"./b", "b:.", true, false},
		{"../net/b/.", "b:.", true, false},
		{"/net", "(here)", false, false},
		{"/net/", "(here)", false, false},
		{"/net/.", "(here)", false, false},
		{"/net/..", "(here)", false, false},
		{"..", "(here)", true, false},
		{"/tmp/absolute", "a:x", false, false},
		{"/tmp/absolute", "(here)", false, true},
		{"/tmp/absolute/y", "a:x/y", false, true},
		{"/tmp/absolute/", "a:x/", false, false},
		{"/tmp/relative/z/w", "b:z/w", false, false},
		{"/tmp/chain/1/2", "a:x/more/1/2", false, false},
		{"/tmp/loop/1", "(here)", false, false},
		{"/tmp/nothing/1", "(here)", false, false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *got =
			walk(cases[i].from_net ? net : tmp, cases[i].path, !cases[i].stop);

		CHECK(strcmp(got, cases[i].expected) == 0, "%s: %s (%s)", cases[i].path, got,
		      cases[i].expected);
	}
}

/* Any path: a rest that is not empty, no longer than a path, or the walk stays here. */
static void nonsense(struct tree_node *tmp)
{
	static const char *const parts[] = {"/", "net", "a",        "absolute", "chain", "..",
					    ".", "tmp", "relative", "//",       "long"};
	static char path[TREE_PATH_BYTES_MAX + 64];
	unsigned int left = 0, wrong = 0;

	srand(505);
	for (unsigned int i = 0; i < 20000; i++) {
		unsigned int pieces = (unsigned int)rand() % (i % 100 == 0 ? 900 : 12);

		path[0] = '\0';
		for (unsigned int k = 0; k < pieces && strlen(path) < TREE_PATH_BYTES_MAX - 16;
		     k++) {
			strcat(path, parts[(unsigned int)rand() % 11]);
			strcat(path, rand() % 3 != 0 ? "/" : "");
		}
		if (strcmp(walk(tmp, path, rand() % 2 == 0), "(here)") != 0) {
			left++;
			wrong += beyond.path_count == 0 ||
				 beyond.path_count > TREE_PATH_BYTES_MAX || beyond.name_count == 0;
		}
	}
	CHECK(left > 500 && wrong == 0, "%u of 20000 paths left the tree, %u wrongly", left, wrong);
}

int main(void)
{
	static char long_text[TREE_PATH_BYTES_MAX];
	struct tree_node *root = add(NULL, "", TREE_DIRECTORY, NULL), *net = NULL, *tmp = NULL;
	struct tree_walk walked;

	tree_init(&tree, buckets, BUCKETS, root);
	net = add(root, "net", TREE_DIRECTORY, NULL);
	tmp = add(root, "tmp", TREE_DIRECTORY, NULL);
	(void)add(tmp, "absolute", TREE_SYMLINK, "/net/a/x");
	(void)add(tmp, "relative", TREE_SYMLINK, "../net/b/");
	(void)add(tmp, "chain", TREE_SYMLINK, "absolute/more");
	(void)add(tmp, "loop", TREE_SYMLINK, "loop/x");
	memset(long_text, 'x', sizeof long_text);
	memcpy(long_text, "/net/a/", 7);
	(void)add(tmp, "long", TREE_SYMLINK, NULL);
	CHECK(strcmp(walk(tmp, "/net/a", true), "(here)") == 0, "without a border none leaves");
	tree.border = net;
	tree.beyond = &beyond;
	known(net, tmp);
	nonsense(tmp);
	nodes[count - 1].data = long_text;
	nodes[count - 1].data_bytes = sizeof long_text;
	CHECK(tree_walk(&tree, NULL, tmp, name_of("long"), true, &walked) == TREE_BEYOND,
	      "the longest rest");
	CHECK(tree_walk(&tree, NULL, tmp, name_of("long/0123456789"), true, &walked) ==
		      TREE_NAME_TOO_LONG,
	      "one that is too long");
	return tap_done();
}
