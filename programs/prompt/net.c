/* The command that looks at the network. */
#include <inttypes.h>
#include <string.h>
#include <gen/acs.h>
#include <gen/gns.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include "prompt.h"

static const char *state_name(uint32_t state)
{
	static const char *const names[] = {
		[GNS_PEER_UNKNOWN] = "unknown",
		[GNS_PEER_CONNECTING] = "connecting",
		[GNS_PEER_UP] = "up",
		[GNS_PEER_SUSPECTED] = "suspected",
	};

	return state < sizeof names / sizeof names[0] ? names[state] : "?";
}

static void show_peers(mach_port_t gns)
{
	pointer_t list = 0;
	mach_msg_type_number_t bytes = 0;

	if (!succeeded("net", "the peers", gns_get_peers(gns, &list, &bytes))) {
		return;
	}
	say("%-16s %-11s %7s %7s %7s %6s %9s\n", "node", "state", "exports", "proxies", "streams",
	    "window", "round trip");
	for (unsigned int i = 0; i < bytes / sizeof(struct gns_peer); i++) {
		const struct gns_peer *peer = (const struct gns_peer *)list + i;

		say("%-16.16s %-11s %7" PRIu32 " %7" PRIu32 " %7" PRIu32 " %6" PRIu32 " %6" PRIu32
		    " us\n",
		    peer->name, state_name(peer->state), peer->exports, peer->proxies,
		    peer->streams, peer->window, peer->round_trip_us);
	}
	(void)vm_deallocate(mach_task_self(), list, bytes);
}

#define OF_NAMES "names: "

/* What is not 0 of what was counted: of names, or of all else. */
static void show_counters(mach_port_t gns, bool of_names)
{
	pointer_t list = 0;
	mach_msg_type_number_t bytes = 0;

	if (!succeeded("net", "the counters", gns_get_counters(gns, &list, &bytes))) {
		return;
	}
	for (unsigned int i = 0; i < bytes / sizeof(struct gns_counter); i++) {
		const struct gns_counter *counter = (const struct gns_counter *)list + i;
		bool is_one = strncmp(counter->name, OF_NAMES, strlen(OF_NAMES)) == 0;

		if (counter->value != 0 && is_one == of_names) {
			say("%-56.55s %12" PRIu64 "\n", counter->name, counter->value);
		}
	}
	(void)vm_deallocate(mach_task_self(), list, bytes);
}

void command_net(const struct words *words)
{
	mach_port_t gns = MACH_PORT_NULL;

	if (!succeeded("net", "gns",
		       acs_look_up(standard_port(STANDARD_PORT_ACS), "gns", 0, &gns))) {
		return;
	}
	if (words->count == 1) {
		show_peers(gns);
	} else if (strcmp(words->word[1], "counters") == 0) {
		show_counters(gns, false);
	} else if (strcmp(words->word[1], "names") == 0) {
		show_counters(gns, true);
	} else {
		say("net: %s: no such word\n", words->word[1]);
	}
	(void)mach_port_deallocate(mach_task_self(), gns);
}
