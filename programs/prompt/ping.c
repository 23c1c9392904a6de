/* The command that calls a server of another node, and says how long it takes. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <gen/acs.h>
#include <gen/example.h>
#include <gen/mach_port.h>
#include "prompt.h"

#define PING_CALLS   100  /* the clock tells 10 ms apart */
#define PING_WAIT_MS 3000 /* for a node that is just starting */

static int64_t now_us(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

/* Why the name was not found: perhaps the cluster has no such node. */
static void say_not_found(const char *node, const char *name, kern_return_t result)
{
	if (result == ACS_NAME_NOT_FOUND && !nodes_has(node)) {
		say("ping: the cluster has no node %s\n", node);
	} else {
		(void)succeeded("ping", name, result);
	}
}

/* Calls the example server of another node (or of this one), and says how long it took. */
void command_ping(const struct words *words)
{
	acs_name_t name;
	mach_port_t public = MACH_PORT_NULL, session = MACH_PORT_NULL;
	int64_t start_us = 0;
	natural_t total = 0;
	kern_return_t result = KERN_SUCCESS;

	if (snprintf(name, sizeof name, "example@%s", words->word[1]) >= (int)sizeof name) {
		say("ping: %s: no node has so long a name\n", words->word[1]);
		return;
	}
	result = acs_look_up(standard_port(STANDARD_PORT_ACS), name, PING_WAIT_MS, &public);
	if (result != KERN_SUCCESS) {
		say_not_found(words->word[1], name, result);
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
