/* Names of other nodes and of the cluster, and servers of two nodes that prove who they are. */
#include "pair.h"

#include "../node/lib/node.h"
#include <gen/acs.h>
#include <masix/acs.h>
#include <string.h>
#include <trust/trust.h>

#define WAIT_NAME_MS 60000

static kern_return_t look_up(const char *name, natural_t wait_ms, mach_port_t *port)
{
	*port = MACH_PORT_NULL;
	return acs_look_up(standard_port(STANDARD_PORT_ACS), name, wait_ms, port);
}

static void expect_missing(const char *name)
{
	mach_port_t port = MACH_PORT_NULL;
	kern_return_t result = look_up(name, 0, &port);

	check(result == ACS_NAME_NOT_FOUND, name, result);
}

mach_port_t pair_find_cluster(void)
{
	mach_port_t port = MACH_PORT_NULL;

	/* This node has not got it yet; two others have a licence. */
	need(look_up("pair", WAIT_NAME_MS, &port), "a name of the cluster");
	return port;
}

/* All names of the nodes that are known here: how often this one. */
static unsigned count_listed(const char *name, const char *node)
{
	struct acs_entry *entries = NULL;
	mach_msg_type_number_t bytes = 0;
	unsigned count = 0;

	need(acs_list(standard_port(STANDARD_PORT_ACS), (pointer_t *)&entries, &bytes), "list");
	for (unsigned i = 0; i < bytes / sizeof *entries; i++) {
		count += strcmp(entries[i].name, name) == 0 && strcmp(entries[i].node, node) == 0;
	}
	(void)vm_deallocate(SELF, (vm_address_t)entries, bytes);
	return count;
}

void pair_names(void)
{
	mach_port_t port = MACH_PORT_NULL, again = MACH_PORT_NULL;

	expect_missing("nobody@node2");
	expect_missing("pair@node9");
	expect_missing("nobody");
	check(look_up("example@node3", WAIT_NAME_MS, &port) == KERN_SUCCESS,
	      "a server of another node", (int)port);
	check(look_up("example@node3", 0, &again) == KERN_SUCCESS && again == port,
	      "... which is remembered", (int)again);
	check(count_listed("example", "node3") == 1, "... and listed", 0);
	port_drop(port);
	port_drop(again);
	check(look_up("pair@node1", 0, &port) == KERN_SUCCESS &&
		      look_up("pair", 0, &again) == KERN_SUCCESS && again == port,
	      "a name of this node goes before that of the cluster", (int)again);
	port_drop(port);
	port_drop(again);
}

mach_port_t pair_connect(const char *name)
{
	mach_port_t port = MACH_PORT_NULL;
	kern_return_t result = trust_connect("nobody@node2", 0, &port);

	check(result == ACS_NAME_NOT_FOUND, "nobody there to prove anything to", result);
	result = trust_connect("example@node2", WAIT_NAME_MS, &port);
	check(result == KERN_NO_ACCESS, "a server that lets nobody in says so", result);
	need(trust_connect(name, WAIT_NAME_MS, &port), name);
	check(true, "two servers of two nodes have proved who they are", 0);
	return port;
}

kern_return_t pair_accept(const struct trust_peer *peer, struct ipc_client *client,
			  struct ipc_class *class, struct ipc_object **object)
{
	acs_name_t name;
	acs_digest_t id;
	natural_t number = 0, version = 0;

	need(acs_get_node(standard_port(STANDARD_PORT_ACS), name, &number, id, &version), "node");
	if (strcmp(peer->name, "pair") != 0 || memcmp(peer->node, id, sizeof id) == 0) {
		return KERN_INVALID_ARGUMENT; /* not one of another node */
	}
	return ipc_object_create(client, class, object);
}
