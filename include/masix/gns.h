/* The C side of the network server's interfaces (gns.defs, gns_names.defs). */
#pragma once

#include <stdint.h>
#include <masix/acs.h>

#define GNS_NAME_CLUSTER 0x1   /* gns_publish: also for who asks without a node */
#define GNS_RESOLVE_MS   5000u /* gns_resolve: the answer comes within that, mostly within 1000 */
#define GNS_QUESTIONS    128   /* that may be open */

/* One line of gns_get_peers. */
struct gns_peer {
	char name[ACS_NAME_BYTES];
	uint32_t number;
	uint32_t state;       /* GNS_PEER_* */
	uint64_t incarnation; /* of the peer; the rest is 0 without an association, too */
	uint64_t serial;      /* of the association */
	uint32_t exports;     /* ports of ours that it has rights to */
	uint32_t proxies;     /* ports of its that we have rights to */
	uint32_t references;  /* to our exports, altogether */
	uint32_t streams;
	uint32_t round_trip_us;
	uint32_t window; /* frames that may be under way */
	uint32_t flying; /* ... and are */
	uint32_t silent_ms;
};

#define GNS_PEER_UNKNOWN    0 /* no association */
#define GNS_PEER_CONNECTING 1
#define GNS_PEER_UP         2
#define GNS_PEER_SUSPECTED  3

#define GNS_COUNTER_NAME_BYTES 56

struct gns_counter {
	char name[GNS_COUNTER_NAME_BYTES];
	uint64_t value;
};
