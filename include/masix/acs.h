/* The C side of the ACS's interfaces (acs.defs and its neighbours). */
#pragma once

#include <stdint.h>
#include <mach/error.h>
#include <mach/kern_return.h>
#include <mach/machine/vm_types.h>
#include <masix/masix_host.h>

#define ACS_NAME_BYTES   64 /* 1 to 63 of [a-z0-9._-], "@node" after it perhaps, and a 0 */
#define ACS_SECRET_BYTES 32
#define ACS_NONCE_BYTES  32
#define ACS_PROOF_BYTES  32  /* that somebody has a secret, without it (lib/trust/proof.h) */
#define ACS_GRANT_BYTES  56  /* the key of two servers, sealed for the one that asked */
#define ACS_TICKET_BYTES 160 /* the key of two servers, and who asks, sealed for the other */
#define ACS_POINT_BYTES  65  /* a public key: 4, x, y */
#define ACS_KEY_BYTES    32  /* the cluster key, an agreed secret */
#define ACS_LOOK_UPS_MAX 16 /* a client may have so many waiting at a time */
#define ACS_WAIT_MAX_MS  60000u
#define ACS_AGREEMENTS_MAX    8 /* acs_network_agree: so many wait */
#define ACS_AGREEMENTS_SECOND 32
#define ACS_NETWORK_KEYLOG    0x1 /* acs_network_get_flags: the roster wants a keylog */
#define ACS_INTRODUCTIONS_MAX 32 /* questions of servers for those of other nodes, at a time */

/* What the ACS answers beside the kernel's codes. */
#define ACS_ERROR(number)      ((kern_return_t)(err_local | err_sub(501) | (number)))
#define ACS_NAME_INVALID       ACS_ERROR(1) /* not a name: length, or a byte that no name has */
#define ACS_NAME_NOT_FOUND     ACS_ERROR(2) /* nobody has it, or had it when the time was over */
#define ACS_NOT_IN_ROSTER      ACS_ERROR(3) /* the roster does not know this server */
#define ACS_WRONG_DIGEST       ACS_ERROR(4) /* the roster does not permit this image */
#define ACS_WRONG_NAME         ACS_ERROR(5) /* the registration port is another server's */
#define ACS_WRONG_OWNER        ACS_ERROR(6) /* the port's receiver is not the task that was started */
#define ACS_ALREADY_REGISTERED ACS_ERROR(7)  /* a registration port works once */
#define ACS_WRONG_PROOF        ACS_ERROR(8)  /* the proof of a secret is wrong, or used before */
#define ACS_NO_RANDOMNESS      ACS_ERROR(9)  /* no RDRAND: no keys are made */
#define ACS_ROSTER_REFUSED     ACS_ERROR(10) /* signature, version or form of a roster is wrong */
#define ACS_BAD_POINT          ACS_ERROR(11) /* not a point of the curve */
#define ACS_ROLE_MISSING       ACS_ERROR(12) /* the roster gives the asker's node no such role */

typedef char acs_name_t[ACS_NAME_BYTES];
typedef const char *const_acs_name_t;
typedef uint8_t acs_secret_t[ACS_SECRET_BYTES];
typedef uint8_t acs_digest_t[MASIX_DIGEST_BYTES];
typedef uint8_t acs_nonce_t[ACS_NONCE_BYTES];
typedef uint8_t acs_proof_t[ACS_PROOF_BYTES];
typedef uint8_t acs_grant_t[ACS_GRANT_BYTES];
typedef uint8_t acs_ticket_t[ACS_TICKET_BYTES];
typedef uint8_t acs_point_t[ACS_POINT_BYTES];
typedef uint8_t acs_key_t[ACS_KEY_BYTES];

/* One line of acs_list. */
struct acs_entry {
	char name[ACS_NAME_BYTES];
	char node[ACS_NAME_BYTES];
	uint64_t task_number; /* of the server; 0: it is on another node */
	uint32_t state;       /* ACS_STATE_* */
	uint32_t look_ups;    /* answered so far */
};

#define ACS_STATE_EXPECTED   1 /* started, not yet registered */
#define ACS_STATE_REGISTERED 2
#define ACS_STATE_DEAD       3 /* was registered, and is gone */

/* What the roster lets a server have (acs_get_server). */
struct acs_resource {
	uint32_t kind;  /* PROCESS_RESOURCE_* of masix/process.h */
	uint32_t first; /* port, line, or physical address; a PCI card: vendor << 16 | device */
	uint32_t count; /* ports or bytes; a PCI card: 0 */
};

#define ACS_RESOURCES_MAX 16

struct acs_server_entry {
	uint32_t digests; /* how many images are permitted */
	uint32_t resources;
	uint32_t roles; /* ACS_ROLE_* */
	struct acs_resource resource[ACS_RESOURCES_MAX];
};

#define ACS_ROLE_PERSONALITY 0x1 /* may adopt tasks (personality.defs) */

typedef struct acs_server_entry acs_server_entry_t;

/* A node of the cluster (acs_network_get_members). */
struct acs_member {
	char name[ACS_NAME_BYTES];
	acs_digest_t id;
	acs_point_t public_key;
	uint8_t gone; /* 1: a newer roster has left it out since this node started */
	uint8_t reserved[2];
	uint32_t number; /* 1 to 63; 0: it runs no personalities */
	uint32_t roles;  /* ACS_NODE_* */
};

#define ACS_NODE_START_TASKS 0x1 /* may start tasks on other nodes */
#define ACS_NODE_PUBLISH     0x2 /* may have cluster-wide names, if it has a licence */

/* A name that means the same on all nodes, and who may have it (acs_network_get_licences). */
#define ACS_LICENSEES_MAX 16
struct acs_licence {
	char name[ACS_NAME_BYTES];
	uint32_t count;
	uint16_t members[ACS_LICENSEES_MAX]; /* the best first: places in the list of members */
};
