/* Commands that look at the network: the other nodes, and how long a call to one takes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <gen/acs.h>
#include <gen/example.h>
#include <gen/gns.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <masix/gns.h>
#include "prompt.h"

#define PING_CALLS   100  /* the clock tells 10 ms apart */
#define PING_WAIT_MS 3000 /* for a node that is just starting */

/* The client port of a server, by its name; MACH_PORT_NULL: told why not. */
static mach_port_t look_up(const char *command, const char *name, unsigned int wait_ms)
{
	acs_name_t wanted = "";
	mach_port_t port = MACH_PORT_NULL;

	(void)snprintf(wanted, sizeof wanted, "%s", name);
	(void)succeeded(command, name,
			acs_look_up(standard_port(STANDARD_PORT_ACS), wanted, wait_ms, &port));
	return port;
}

/* ------------------------------------------------------------------------------------------ net */

static const char *peer_state(uint32_t state)
{
	switch (state) {
	case GNS_PEER_UNKNOWN:
		return "unknown";
	case GNS_PEER_CONNECTING:
		return "connecting";
	case GNS_PEER_UP:
		return "up";
	case GNS_PEER_SUSPECTED:
		return "suspected";
	default:
		return "?";
	}
}

static void show_peers(mach_port_t gns)
{
	pointer_t list = 0;
	mach_msg_type_number_t bytes = 0;

	if (!succeeded("net", "the other nodes", gns_get_peers(gns, &list, &bytes))) {
		return;
	}
	say("%-15s %-10s %7s %7s %7s %10s %8s %9s\n", "NODE", "STATE", "EXPORTS", "PROXIES",
	    "STREAMS", "TRIP (US)", "FLYING", "HEARD MS");
	for (unsigned int i = 0; i < bytes / sizeof(struct gns_peer); i++) {
		const struct gns_peer *peer = (struct gns_peer *)list + i;

		say("%-15.63s %-10s %7" PRIu32 " %7" PRIu32 " %7" PRIu32 " %10" PRIu32 " %4" PRIu32
		    "/%-3" PRIu32 " %9" PRIu32 "\n",
		    peer->name, peer_state(peer->state), peer->exports, peer->proxies,
		    peer->streams, peer->round_trip_us, peer->flying, peer->window,
		    peer->silent_ms);
	}
	(void)vm_deallocate(mach_task_self(), list, bytes);
}

static void show_counters(mach_port_t gns, const char *prefix)
{
	pointer_t list = 0;
	mach_msg_type_number_t bytes = 0;
	unsigned int shown = 0;

	if (!succeeded("net", "counters", gns_get_counters(gns, &list, &bytes))) {
		return;
	}
	for (unsigned int i = 0; i < bytes / sizeof(struct gns_counter); i++) {
		const struct gns_counter *counter = (struct gns_counter *)list + i;

		/* Without a prefix, those that ever counted something. */
		if (strncmp(counter->name, prefix, strlen(prefix)) == 0 &&
		    (prefix[0] != 0 || counter->value != 0)) {
			say("%-55.55s %16" PRIu64 "\n", counter->name, counter->value);
			shown++;
		}
	}
	if (shown == 0) {
		say("net: %s: no counter's name begins so\n", prefix);
	}
	(void)vm_deallocate(mach_task_self(), list, bytes);
}

void command_net(const struct words *words)
{
	bool counters = words->count > 1 && strcmp(words->word[1], "counters") == 0;
	mach_port_t gns = MACH_PORT_NULL;

	if (words->count > 1 && !counters) {
		say("net: %s: only \"counters\" is known here\n", words->word[1]);
		return;
	}
	gns = look_up("net", "gns", 0);
	if (gns == MACH_PORT_NULL) {
		return;
	}
	if (counters) {
		show_counters(gns, words->count > 2 ? words->word[2] : "");
	} else {
		show_peers(gns);
	}
	(void)mach_port_deallocate(mach_task_self(), gns);
}

/* ----------------------------------------------------------------------------------------- ping */

static int64_t now_us(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

/* Calls the example server of another node (or of this one), and says how long it took. */
void command_ping(const struct words *words)
{
	char name[ACS_NAME_BYTES];
	mach_port_t public = MACH_PORT_NULL, session = MACH_PORT_NULL;
	int64_t start_us = 0;
	natural_t total = 0;
	kern_return_t result = KERN_SUCCESS;

	if (snprintf(name, sizeof name, "example@%s", words->word[1]) >= (int)sizeof name) {
		say("ping: %s: no node has so long a name\n", words->word[1]);
		return;
	}
	public = look_up("ping", name, PING_WAIT_MS);
	if (public == MACH_PORT_NULL) {
		return;
	}
	result = example_open(public, &session);
	start_us = now_us();
	for (unsigned int i = 0; i < PING_CALLS && result == KERN_SUCCESS; i++) {
		result = example_add(session, 1, &total);
	}
	if (succeeded("ping", name, result)) {
		say("%s answered %" PRIu32 " calls, %" PRId64 " us each\n", name, (uint32_t)total,
		    (now_us() - start_us) / PING_CALLS);
	}
	if (MACH_PORT_VALID(session)) {
		(void)mach_port_deallocate(mach_task_self(), session);
	}
	(void)mach_port_deallocate(mach_task_self(), public);
}
