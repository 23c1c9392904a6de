/* Finding a node's Unix server, and saying why it is not found or gone. */
#include <stdio.h>
#include <string.h>
#include <gen/acs.h>
#include <gen/gns.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <mach/mig_errors.h>
#include <masix/gns.h>
#include "on.h"

#define WAIT_MS 3000 /* for a node that is just starting */

/* The nodes that the network server knows; null: there is none, or no memory. */
static const struct gns_peer *read_peers(unsigned int *count, mach_msg_type_number_t *bytes)
{
	mach_port_t gns = MACH_PORT_NULL;
	pointer_t list = 0;
	kern_return_t result = acs_look_up(standard_port(STANDARD_PORT_ACS), "gns", 0, &gns);

	if (result == KERN_SUCCESS) {
		result = gns_get_peers(gns, &list, bytes);
		(void)mach_port_deallocate(mach_task_self(), gns);
	}
	*count = result == KERN_SUCCESS ? *bytes / sizeof(struct gns_peer) : 0;
	return result == KERN_SUCCESS ? (const struct gns_peer *)list : NULL;
}

static bool is_this_node(const char *node)
{
	acs_name_t name = "";
	acs_digest_t id;
	natural_t number = 0, version = 0;

	return acs_get_node(standard_port(STANDARD_PORT_ACS), name, &number, id, &version) ==
		       KERN_SUCCESS &&
	       strncmp(name, node, sizeof name) == 0;
}

/* What is known of a node: GNS_PEER_*, or a sentence's end that says why it is nobody. */
static const char *state_of(const char *node, uint32_t *state)
{
	unsigned int count = 0;
	mach_msg_type_number_t bytes = 0;
	const struct gns_peer *peers = NULL;
	const char *wrong = "the cluster has no such node; net lists the others";

	*state = GNS_PEER_UP;
	if (is_this_node(node)) {
		return NULL;
	}
	peers = read_peers(&count, &bytes);
	if (peers == NULL) {
		return "this node has no network server (servers says why)";
	}
	for (unsigned int i = 0; i < count; i++) {
		if (strncmp(peers[i].name, node, sizeof peers[i].name) == 0) {
			*state = peers[i].state;
			wrong = NULL;
		}
	}
	(void)vm_deallocate(mach_task_self(), (vm_address_t)peers, bytes);
	return wrong;
}

mach_port_t node_find(const char *node)
{
	acs_name_t name;
	mach_port_t server = MACH_PORT_NULL;
	uint32_t state = 0;
	const char *wrong = state_of(node, &state);
	kern_return_t result = KERN_SUCCESS;

	if (wrong != NULL) {
		complain(node, "%s", wrong);
		return MACH_PORT_NULL;
	}
	if (snprintf(name, sizeof name, "unix@%s", node) >= (int)sizeof name) {
		complain(node, "no node has so long a name");
		return MACH_PORT_NULL;
	}
	result = acs_look_up(standard_port(STANDARD_PORT_ACS), name, WAIT_MS, &server);
	if (result == ACS_NAME_NOT_FOUND) {
		(void)state_of(node, &state);
		complain(node, state == GNS_PEER_UP ? "it has no Unix server just now; try again"
						    : "it does not answer; net shows the nodes");
	} else if (result != KERN_SUCCESS) {
		complain(node, "%s", mach_error_string(result));
	}
	return result == KERN_SUCCESS ? server : MACH_PORT_NULL;
}

void node_complain(const char *node, kern_return_t result)
{
	uint32_t state = 0;

	if (result != MACH_SEND_INVALID_DEST && result != MIG_SERVER_DIED) {
		complain(node, "%s", mach_error_string(result));
		return;
	}
	(void)state_of(node, &state);
	complain(node, "%s",
		 state == GNS_PEER_UP ? "its Unix server has ended, and the program"
				      : "the node is gone, or the way to it is cut");
}
