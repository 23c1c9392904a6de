/* The commands (README.md). */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <trust/name_core.h>

#include "keys.h"

#define SECRET_BYTES 32 /* of the cluster key, and of a seed */

static const char usage[] =
	"usage: keys cluster FOLDER [PHRASE]\n"
	"       keys node FOLDER NAME\n"
	"       keys roster FOLDER CONF [PHRASE]\n"
	"       keys files FOLDER NODE OUT\n"
	"       keys revoke FOLDER NODE [PHRASE]\n"
	"       keys phrase FOLDER [PHRASE]\n"
	"       keys show FOLDER-OR-ROSTER\n"
	"       keys development FOLDER CONF\n"
	"PHRASE: --phrase-file FILE, or --development for none; else it is asked for.\n";

void refuse(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "keys: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	exit(1);
}

void need(enum crypto_error error, const char *what)
{
	if (error != CRYPTO_OK) {
		refuse("%s: %s", what, crypto_describe_error(error));
	}
}

/* The host's kernel: the library wants fresh bytes for each use. */
static enum crypto_error read_host(void *context, uint8_t *out, size_t bytes)
{
	(void)context;
	for (size_t done = 0; done < bytes;) {
		ssize_t got = getrandom(out + done, bytes - done, 0);

		if (got < 0 && errno != EINTR) {
			return CRYPTO_ERROR_ENTROPY;
		}
		done += got > 0 ? (size_t)got : 0;
	}
	return CRYPTO_OK;
}

struct crypto_random *host_random(void)
{
	static const struct crypto_source source = {.read = read_host};
	static struct crypto_random random;
	static bool started;

	if (!started) {
		need(crypto_start_random(&random, &source), "random numbers");
		started = true;
	}
	return &random;
}

/* ----------------------------------------------------------------------------------- commands */

static void make_cluster(const char *folder, struct phrase_source *source)
{
	uint8_t key[SECRET_BYTES];

	folder_make(folder);
	signing_create(folder, source);
	need(crypto_make_random(host_random(), key, sizeof key), "the cluster key");
	file_create(path_of(folder, "cluster-key", ""), key, sizeof key, true);
	crypto_wipe_bytes(key, sizeof key);
}

static void make_node(const char *folder, const char *name)
{
	const char *nodes = path_of(folder, "nodes", "");
	uint8_t key[CRYPTO_PRIVATE_BYTES], public_key[CRYPTO_PUBLIC_BYTES];

	if (!name_check(name, strlen(name))) {
		refuse("%s is not a name: 1 to 63 of a-z 0-9 . _ -", name);
	}
	folder_make(nodes);
	need(crypto_make_pair(host_random(), key, public_key), "the node's key pair");
	file_create(path_of(nodes, name, ".key"), key, sizeof key, true);
	file_create(path_of(nodes, name, ".public"), public_key, sizeof public_key, false);
	crypto_wipe_bytes(key, sizeof key);
}

/* Whether both rosters say the same, versions and signatures aside. */
static bool same_content(const struct roster *roster, const uint8_t *bytes, size_t count)
{
	return roster->signed_bytes == count &&
	       memcmp(roster->bytes + ROSTER_HEADER_BYTES, bytes + ROSTER_HEADER_BYTES,
		      count - ROSTER_HEADER_BYTES) == 0;
}

/* The next version; lazy: none if nothing changed. */
static void make_roster(const char *folder, const struct conf *conf, struct phrase_source *source,
			bool lazy)
{
	struct roster old;
	uint8_t *old_bytes = roster_load(folder, &old);
	uint64_t version = old_bytes != NULL ? old.version + 1 : 1;
	uint8_t *bytes = malloc(ROSTER_BYTES_MAX);
	uint8_t key[CRYPTO_PRIVATE_BYTES];
	size_t count = 0;

	if (bytes == NULL) {
		refuse("no memory");
	}
	if (conf->keylog && !signing_is_unwrapped(folder)) {
		refuse("%s: a keylog shows all that its nodes say: for development clusters alone",
		       folder);
	}
	count = roster_make(folder, conf, version, bytes, ROSTER_BYTES_MAX);
	if (!lazy || old_bytes == NULL || !same_content(&old, bytes, count)) {
		signing_read(folder, source, key);
		need(crypto_sign_data(key, host_random(), bytes, count, bytes + count), "signing");
		crypto_wipe_bytes(key, sizeof key);
		file_replace(path_of(folder, "roster", ""), bytes, count + ROSTER_SIGNATURE_BYTES,
			     false);
		printf("%s: version %" PRIu64 "\n", path_of(folder, "roster", ""), version);
	}
	free(bytes);
	free(old_bytes);
}

/*
 * The next version, without that node, with a cluster key that it does not have.  The key comes
 * first: if nothing else is done, the same command can do it all again.
 */
static void revoke(const char *folder, const char *node, struct phrase_source *source)
{
	struct roster old;
	struct roster_node found;
	char name[ACS_NAME_BYTES];
	uint8_t cluster_key[SECRET_BYTES], key[CRYPTO_PRIVATE_BYTES];
	uint8_t *old_bytes = roster_load(folder, &old), *bytes = malloc(ROSTER_BYTES_MAX);
	const char *nodes = path_of(folder, "nodes", "");
	size_t count = 0;

	if (bytes == NULL) {
		refuse("no memory");
	}
	name_copy(name, node, strlen(node) < sizeof name ? strlen(node) : 0);
	if (old_bytes == NULL || !name_check(node, strlen(node)) ||
	    !roster_find_node(&old, name, &found)) {
		refuse("%s: its roster has no node %s", folder, node);
	}
	if (old.nodes == 1) {
		refuse("%s: %s is its only node", folder, node);
	}
	signing_read(folder, source, key);
	need(crypto_make_random(host_random(), cluster_key, sizeof cluster_key), "the cluster key");
	count = roster_make_without(&old, found.id, old.version + 1, cluster_key, bytes,
				    ROSTER_BYTES_MAX);
	need(crypto_sign_data(key, host_random(), bytes, count, bytes + count), "signing");
	crypto_wipe_bytes(key, sizeof key);
	file_replace(path_of(folder, "cluster-key", ""), cluster_key, sizeof cluster_key, true);
	crypto_wipe_bytes(cluster_key, sizeof cluster_key);
	file_replace(path_of(folder, "roster", ""), bytes, count + ROSTER_SIGNATURE_BYTES, false);
	/* Of no use any more: a node of that name is another one, with a key of its own. */
	(void)remove(path_of(nodes, node, ".key"));
	(void)remove(path_of(nodes, node, ".public"));
	printf("%s: version %" PRIu64 " without %s\n", path_of(folder, "roster", ""),
	       old.version + 1, node);
	free(bytes);
	free(old_bytes);
}

static void copy_file(const char *from, const char *to, size_t max, bool secret)
{
	size_t bytes = 0;
	uint8_t *content = file_read(from, max, &bytes);

	if (content == NULL) {
		refuse("%s: it is not there", from);
	}
	file_replace(to, content, bytes, secret);
	crypto_wipe_bytes(content, bytes);
	free(content);
}

/* What a node gets through fw_cfg. */
static void make_files(const char *folder, const char *node, const char *out)
{
	struct roster roster;
	struct roster_node found;
	char name[ACS_NAME_BYTES];
	uint8_t seed[SECRET_BYTES];
	uint8_t *bytes = roster_load(folder, &roster);

	name_copy(name, node, strlen(node));
	if (bytes == NULL || !name_check(node, strlen(node)) ||
	    !roster_find_node(&roster, name, &found)) {
		refuse("%s: its roster has no node %s", folder, node);
	}
	folder_make(out);
	need(crypto_make_random(host_random(), seed, sizeof seed), "the seed");
	copy_file(path_of(folder, "roster", ""), path_of(out, "roster", ""), ROSTER_BYTES_MAX,
		  false);
	copy_file(path_of(path_of(folder, "nodes", ""), node, ".key"), path_of(out, "node-key", ""),
		  CRYPTO_PRIVATE_BYTES, true);
	copy_file(path_of(folder, "cluster-public", ""), path_of(out, "cluster-public", ""),
		  CRYPTO_PUBLIC_BYTES, false);
	copy_file(path_of(folder, "cluster-key", ""), path_of(out, "cluster-key", ""), SECRET_BYTES,
		  true);
	file_replace(path_of(out, "seed", ""), seed, sizeof seed, true);
	free(bytes);
}

static void show(const char *path)
{
	struct stat status;
	struct roster roster;
	size_t size = 0;
	uint8_t *bytes = NULL;

	if (stat(path, &status) != 0) {
		refuse("%s: %s", path, strerror(errno));
	}
	if (S_ISDIR(status.st_mode)) {
		printf("# signing key: %s\n", signing_is_unwrapped(path)
						      ? "for development, without a pass phrase"
						      : "under a pass phrase");
		bytes = roster_load(path, &roster);
		if (bytes == NULL) {
			refuse("%s: no roster yet", path);
		}
		printf("# signature: right\n");
	} else {
		enum roster_error error = ROSTER_OK;

		bytes = file_read(path, ROSTER_BYTES_MAX, &size);
		error = roster_open(&roster, bytes, size, 1);
		if (error != ROSTER_OK) {
			refuse("%s: %s", path, roster_describe_error(error));
		}
		printf("# signature: not checked\n");
	}
	roster_print(&roster);
	free(bytes);
}

static struct conf conf; /* large */

/* Makes what is missing; what is there stays. */
static void make_development(const char *folder, const char *path)
{
	struct phrase_source source = {.development = true};
	const char *all = path_of(folder, "fw_cfg", "");
	char kept[PATH_BYTES];

	snprintf(kept, sizeof kept, "%s", all);
	conf_read(path, &conf);
	if (!file_exists(path_of(folder, "cluster-signing", ""))) {
		make_cluster(folder, &source);
	}
	for (unsigned int i = 0; i < conf.node_count; i++) {
		if (!file_exists(
			    path_of(path_of(folder, "nodes", ""), conf.nodes[i].name, ".key"))) {
			make_node(folder, conf.nodes[i].name);
		}
	}
	make_roster(folder, &conf, &source, true);
	folder_make(kept);
	for (unsigned int i = 0; i < conf.node_count; i++) {
		char out[2 * PATH_BYTES];

		snprintf(out, sizeof out, "%s/%s", kept, conf.nodes[i].name);
		make_files(folder, conf.nodes[i].name, out);
	}
}

/* ------------------------------------------------------------------------------------- words */

static void wrong_words(void)
{
	fprintf(stderr, "%s", usage);
	exit(2);
}

/* Takes PHRASE off the end of the command line; how many words are left. */
static int take_phrase(int count, char **words, struct phrase_source *source)
{
	if (count >= 1 && strcmp(words[count - 1], "--development") == 0) {
		source->development = true;
		return count - 1;
	}
	if (count >= 2 && strcmp(words[count - 2], "--phrase-file") == 0) {
		source->file = words[count - 1];
		return count - 2;
	}
	return count;
}

int main(int argc, char **argv)
{
	struct phrase_source source = {.file = NULL};
	int count = take_phrase(argc - 1, argv + 1, &source);
	char **words = argv + 1;
	bool phrase = count != argc - 1;

	need(crypto_start(), "cryptography");
	if (count == 2 && strcmp(words[0], "cluster") == 0) {
		make_cluster(words[1], &source);
	} else if (count == 3 && !phrase && strcmp(words[0], "node") == 0) {
		make_node(words[1], words[2]);
	} else if (count == 3 && strcmp(words[0], "roster") == 0) {
		conf_read(words[2], &conf);
		make_roster(words[1], &conf, &source, false);
	} else if (count == 3 && strcmp(words[0], "revoke") == 0) {
		revoke(words[1], words[2], &source);
	} else if (count == 4 && !phrase && strcmp(words[0], "files") == 0) {
		make_files(words[1], words[2], words[3]);
	} else if (count == 2 && strcmp(words[0], "phrase") == 0) {
		signing_rewrap(words[1], &source);
	} else if (count == 2 && !phrase && strcmp(words[0], "show") == 0) {
		show(words[1]);
	} else if (count == 3 && !phrase && strcmp(words[0], "development") == 0) {
		make_development(words[1], words[2]);
	} else {
		wrong_words();
	}
	return 0;
}
