/*
 * The roster: who belongs to the cluster, and which binaries may be servers.  Read where it lies,
 * without a copy; whether its signature and its nodes' ids are right is the caller's to check
 * (roster.h), before it believes a word.
 *
 * Form, little-endian.  8 bytes "MASIXROS"; u32 form (1); u32 bytes of the body; u64 version; the
 * body; a signature (64 bytes, ECDSA on P-256 with SHA-256) of all that comes before it.  The body
 * is records: u16 kind, u16 flags, u32 bytes of the content.  A node's, server's and licence's
 * content is records again, its fields.  An unknown kind is skipped, unless its flag MUST says that
 * who does not know it must not use the roster.  Nodes, servers and licences are each in the order
 * of their names, so that no name is there twice.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <masix/acs.h>

#define ROSTER_BYTES_MAX       0x80000u /* a thousand nodes */
#define ROSTER_HEADER_BYTES    24
#define ROSTER_RECORD_BYTES    8 /* of a record's head */
#define ROSTER_SIGNATURE_BYTES 64
#define ROSTER_ID_BYTES        32 /* SHA-256 of the public key */
#define ROSTER_PUBLIC_BYTES    65
#define ROSTER_SEALED_BYTES    48 /* a cluster key for one node (cluster_key.h) */
#define ROSTER_FORM            1u
#define ROSTER_MUST            0x1u

#define ROSTER_NODES_MAX     1024
#define ROSTER_SERVERS_MAX   64
#define ROSTER_LICENCES_MAX  256
#define ROSTER_DIGESTS_MAX   8  /* of one server */
#define ROSTER_LICENSEES_MAX 16 /* of one name */
#define ROSTER_NUMBER_MAX    63

/* Records of the body. */
#define ROSTER_NODE    1
#define ROSTER_SERVER  2
#define ROSTER_LICENCE 3
#define ROSTER_KEYLOG                                                                              \
	4 /* without content: nodes tell their associations' keys (docs/security.md) */
#define ROSTER_CLUSTER_KEY                                                                         \
	5 /* a public key, then for each node its id and the cluster key, sealed for its key */

/* Fields of a node: all of them, once. */
#define ROSTER_NODE_NAME   1 /* bytes, no 0 */
#define ROSTER_NODE_NUMBER 2 /* u32: 1 to 63, or 0 for a node without personalities */
#define ROSTER_NODE_ROLES  3 /* u32: ROSTER_ROLE_* */
#define ROSTER_NODE_PUBLIC 4
#define ROSTER_NODE_ID     5

#define ROSTER_ROLE_START_TASKS 0x1
#define ROSTER_ROLE_PUBLISH     0x2

/* Fields of a server: name and roles once, the others as often as there are. */
#define ROSTER_SERVER_NAME     1
#define ROSTER_SERVER_ROLES    2 /* u32: ACS_ROLE_* */
#define ROSTER_SERVER_DIGEST   3
#define ROSTER_SERVER_RESOURCE 4 /* three u32: struct acs_resource */

/* Fields of a licence: a cluster-wide name, and the ids of those who may have it, best first. */
#define ROSTER_LICENCE_NAME 1
#define ROSTER_LICENCE_NODE 2

enum roster_error {
	ROSTER_OK = 0,
	ROSTER_BAD_FORM,  /* cut off, or lengths, order or values that cannot be */
	ROSTER_UNKNOWN,   /* of another form, or with a record that must be understood */
	ROSTER_TOO_OLD,   /* below the version that was asked for */
	ROSTER_TOO_LARGE, /* more than the limits above */
};

struct roster {
	const uint8_t *bytes;
	size_t size;
	size_t signed_bytes; /* what the signature is of; it follows them */
	uint64_t version;
	unsigned int nodes;
	unsigned int servers;
	unsigned int licences;
};

struct roster_node {
	char name[ACS_NAME_BYTES];
	uint32_t number;
	uint32_t roles;
	const uint8_t *public_key;
	const uint8_t *id;
};

struct roster_server {
	char name[ACS_NAME_BYTES];
	struct acs_server_entry entry;
	const uint8_t *digests[ROSTER_DIGESTS_MAX]; /* entry.digests of them */
};

struct roster_licence {
	char name[ACS_NAME_BYTES];
	unsigned int count;
	const uint8_t *nodes[ROSTER_LICENSEES_MAX]; /* their ids */
};

/*
 * Opens a roster of at least version_min: checks the form of all of it, so that the routines below
 * cannot fail.  "bytes" stay the caller's, unchanged as long as the roster is used.
 */
enum roster_error roster_open(struct roster *roster, const void *bytes, size_t size,
			      uint64_t version_min);

/* The error as a sentence without a full stop. */
const char *roster_describe_error(enum roster_error error);

/* The index-th of its kind; false: there are not so many. */
bool roster_get_node(const struct roster *roster, unsigned int index, struct roster_node *node);
bool roster_get_server(const struct roster *roster, unsigned int index,
		       struct roster_server *server);
bool roster_get_licence(const struct roster *roster, unsigned int index,
			struct roster_licence *licence);

/* Whether the cluster was made to show what its nodes say to each other. */
bool roster_has_keylog(const struct roster *roster);

/* By name (a zero-filled field), by id; false: there is none. */
bool roster_find_node(const struct roster *roster, const char name[ACS_NAME_BYTES],
		      struct roster_node *node);
bool roster_find_id(const struct roster *roster, const uint8_t id[ROSTER_ID_BYTES],
		    struct roster_node *node);
bool roster_find_server(const struct roster *roster, const char name[ACS_NAME_BYTES],
			struct roster_server *server);

/* The new cluster key that it brings a node, sealed, and the public key that it was sealed with;
   false: there is none. */
bool roster_find_key(const struct roster *roster, const uint8_t id[ROSTER_ID_BYTES],
		     const uint8_t **public_key, const uint8_t **sealed);

/* How many bytes a roster has that begins so; 0: it is none, or too large. */
size_t roster_measure(const uint8_t header[ROSTER_HEADER_BYTES]);

/*
 * Whether a node "self" may go from the roster "now" to "next" while it runs: a higher version,
 * with it and without anybody new.  Both were checked (roster.h).  Null, or the reason as a
 * sentence without a full stop.
 */
const char *roster_refuse_change(const struct roster *now, const struct roster *next,
				 const uint8_t self[ROSTER_ID_BYTES]);

/* Whether the server may be this image. */
bool roster_permits(const struct roster_server *server, const uint8_t digest[MASIX_DIGEST_BYTES]);
