/* Commands that look at this node, at another, or at all: whose lists they read. */
#include <stdio.h>
#include <string.h>
#include <gen/acs.h>
#include <gen/gns.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/process.h>
#include <gen/status.h>
#include <masix/gns.h>
#include "prompt.h"

static bool is_this_node(const char *node)
{
	acs_name_t name = "";
	acs_digest_t id;
	natural_t number = 0, version = 0;

	return acs_get_node(standard_port(STANDARD_PORT_ACS), name, &number, id, &version) ==
		       KERN_SUCCESS &&
	       strncmp(name, node, sizeof name) == 0;
}

bool nodes_has(const char *node)
{
	mach_port_t gns = MACH_PORT_NULL;
	pointer_t list = 0;
	mach_msg_type_number_t bytes = 0;
	bool found = is_this_node(node);

	if (acs_look_up(standard_port(STANDARD_PORT_ACS), "gns", 0, &gns) != KERN_SUCCESS) {
		return found;
	}
	if (gns_get_peers(gns, &list, &bytes) == KERN_SUCCESS) {
		for (unsigned int i = 0; i < bytes / sizeof(struct gns_peer); i++) {
			const struct gns_peer *peer = (const struct gns_peer *)list + i;

			found |= strncmp(peer->name, node, sizeof peer->name) == 0;
		}
		if (bytes != 0) {
			(void)vm_deallocate(mach_task_self(), list, bytes);
		}
	}
	(void)mach_port_deallocate(mach_task_self(), gns);
	return found;
}

static void look_at(const char *command, const char *node, void (*show)(mach_port_t status))
{
	acs_name_t name;
	mach_port_t status = MACH_PORT_NULL;

	if (is_this_node(node)) {
		(*show)(MACH_PORT_NULL);
		return;
	}
	if (snprintf(name, sizeof name, "status@%s", node) >= (int)sizeof name ||
	    !succeeded(command, name,
		       acs_look_up(standard_port(STANDARD_PORT_ACS), name, 0, &status))) {
		return;
	}
	(*show)(status);
	(void)mach_port_deallocate(mach_task_self(), status);
}

/* This node, then the others that the network server knows. */
static void look_at_all(const char *command, void (*show)(mach_port_t status))
{
	mach_port_t gns = MACH_PORT_NULL;
	pointer_t list = 0;
	mach_msg_type_number_t bytes = 0;

	say("this node:\n");
	(*show)(MACH_PORT_NULL);
	if (!succeeded(command, "gns",
		       acs_look_up(standard_port(STANDARD_PORT_ACS), "gns", 0, &gns))) {
		return;
	}
	if (succeeded(command, "the nodes", gns_get_peers(gns, &list, &bytes))) {
		for (unsigned int i = 0; i < bytes / sizeof(struct gns_peer); i++) {
			const struct gns_peer *peer = (const struct gns_peer *)list + i;

			say("%.63s:\n", peer->name);
			look_at(command, peer->name, show);
		}
		(void)vm_deallocate(mach_task_self(), list, bytes);
	}
	(void)mach_port_deallocate(mach_task_self(), gns);
}

void nodes_show(const struct words *words, void (*show)(mach_port_t status))
{
	if (words->count == 1) {
		(*show)(MACH_PORT_NULL);
	} else if (strcmp(words->word[1], "all") == 0) {
		look_at_all(words->word[0], show);
	} else {
		look_at(words->word[0], words->word[1], show);
	}
}

kern_return_t nodes_list_processes(mach_port_t status, pointer_t *list,
				   mach_msg_type_number_t *bytes)
{
	return status == MACH_PORT_NULL ? process_list(standard_process_port(), list, bytes)
					: status_get_processes(status, list, bytes);
}

kern_return_t nodes_list_servers(mach_port_t status, pointer_t *list, mach_msg_type_number_t *bytes)
{
	return status == MACH_PORT_NULL ? process_list_servers(standard_process_port(), list, bytes)
					: status_get_servers(status, list, bytes);
}

kern_return_t nodes_list_names(mach_port_t status, pointer_t *list, mach_msg_type_number_t *bytes)
{
	return status == MACH_PORT_NULL ? acs_list(standard_port(STANDARD_PORT_ACS), list, bytes)
					: status_get_names(status, list, bytes);
}
