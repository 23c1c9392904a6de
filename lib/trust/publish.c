/* What main of a server calls that no other server calls as one. */
#include <libmach.h>
#include <standard_ports.h>
#include "trust.h"

kern_return_t trust_publish(const char *name, struct ipc_object *client)
{
	const struct trust_server server = {
		.name = name,
		.acs = standard_port(STANDARD_PORT_ACS),
		.registration = standard_port(STANDARD_PORT_REGISTRATION),
		.client = client,
	};

	return server.registration != MACH_PORT_NULL ? trust_start(&server) : ipc_publish(client);
}
