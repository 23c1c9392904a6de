/* What the files of this tool share.  Everything that fails says why and ends the program. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <crypto/crypto.h>
#include <trust/roster_core.h>

/* One sentence on stderr; status 1. */
void refuse(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Refuses with the library's sentence unless the call succeeded. */
void need(enum crypto_error error, const char *what);

/* The library's random numbers, seeded by the host's kernel. */
struct crypto_random *host_random(void);

/* ---------------------------------------------------------------------------------- files.c */

#define PATH_BYTES 1024

/* A path of up to three parts, in one of a few static buffers. */
const char *path_of(const char *folder, const char *name, const char *suffix);

bool file_exists(const char *path);

/* All of a file, at most "max" bytes; the caller frees it.  Null (and *bytes 0): not there. */
uint8_t *file_read(const char *path, size_t max, size_t *bytes);

/* A file of exactly so many bytes. */
void file_read_exact(const char *path, void *content, size_t bytes);

/* Writes a file that does not exist yet; secret: for its owner alone. */
void file_create(const char *path, const void *content, size_t bytes, bool secret);

/* The same in place of one that may exist, at once: there is the old one or the new one, whole. */
void file_replace(const char *path, const void *content, size_t bytes, bool secret);

/* Makes a folder unless it is there. */
void folder_make(const char *path);

/* ----------------------------------------------------------------------------------- wrap.c */

/* Where the pass phrase comes from. */
struct phrase_source {
	const char *file; /* null: the terminal */
	bool development; /* there is none */
	FILE *open;
};

void signing_create(const char *folder, struct phrase_source *source);
void signing_read(const char *folder, struct phrase_source *source,
		  uint8_t key[CRYPTO_PRIVATE_BYTES]);
void signing_rewrap(const char *folder, struct phrase_source *source);
bool signing_is_unwrapped(const char *folder);

/* ----------------------------------------------------------------------------------- conf.c */

struct conf_server {
	struct roster_server roster;
	uint8_t digests[ROSTER_DIGESTS_MAX][MASIX_DIGEST_BYTES];
};

struct conf_licence {
	char name[ACS_NAME_BYTES];
	unsigned int count;
	char nodes[ROSTER_LICENSEES_MAX][ACS_NAME_BYTES];
};

struct conf {
	unsigned int node_count;
	unsigned int server_count;
	unsigned int licence_count;
	bool keylog;
	struct roster_node nodes[ROSTER_NODES_MAX];
	struct conf_server servers[ROSTER_SERVERS_MAX];
	struct conf_licence licences[ROSTER_LICENCES_MAX];
};

/* Reads a description; each kind is in the order of names afterwards. */
void conf_read(const char *path, struct conf *conf);

/* -------------------------------------------------------------------------------- rosters.c */

/* Makes the roster of CONF with that version, unsigned, in "bytes"; how many are to be signed. */
size_t roster_make(const char *folder, const struct conf *conf, uint64_t version, uint8_t *bytes,
		   size_t size);

/* Likewise a roster as "old" but without the node of that id, with the cluster key for the others.
 */
size_t roster_make_without(const struct roster *old, const uint8_t gone[ROSTER_ID_BYTES],
			   uint64_t version, const uint8_t key[CRYPTO_KEY_BYTES], uint8_t *bytes,
			   size_t size);

/* The newest roster of a folder, signature checked; null: there is none.  The caller frees it. */
uint8_t *roster_load(const char *folder, struct roster *roster);

void roster_print(const struct roster *roster);
