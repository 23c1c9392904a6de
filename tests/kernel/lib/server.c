/* Servers that were booted beside a test. */
#include "server.h"
#include "zones.h"
#include <gen/ipc.h>

static mach_port_t lookup(mach_port_t task)
{
	mach_port_array_t ports = NULL;
	mach_msg_type_number_t count = 0;
	mach_port_t port = MACH_PORT_NULL;

	NEED_KR(mach_ports_lookup(task, &ports, &count));
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		if (i == 0) {
			port = ports[i];
		} else if (MACH_PORT_VALID(ports[i])) {
			NEED_KR(mach_port_deallocate(mach_task_self(), ports[i]));
		}
	}
	if (count != 0) {
		NEED_KR(vm_deallocate(mach_task_self(), (vm_address_t)ports,
				      count * sizeof *ports));
	}
	return port;
}

mach_port_t test_server_of(mach_port_t task)
{
	for (int tries = 0; tries < 5000; tries++) {
		mach_port_t port = lookup(task);

		if (port != MACH_PORT_NULL) {
			return port;
		}
		test_sleep_ms(1);
	}
	test_bail_out("the server has no public port");
}

mach_port_t test_server(const char *argument)
{
	const char *word = test_argument(argument);

	if (word == NULL) {
		test_bail_out("no word %s=", argument);
	}
	return test_server_of(strtoul(word, NULL, 10));
}

int test_server_objects(mach_port_t server)
{
	natural_t clients = 0, objects = 0, calls = 0, workers = 0, workers_max = 0;

	return ipc_statistics(server, &clients, &objects, &calls, &workers, &workers_max) ==
			       KERN_SUCCESS
		       ? (int)objects
		       : -1;
}

void test_server_end(const char *argument, mach_port_t server)
{
	/* The task's name stays, dead, as the boot script's names do. */
	NEED_KR(task_terminate(strtoul(test_argument(argument), NULL, 10)));
	NEED_KR(mach_port_destroy(mach_task_self(), server));
	test_zones_may_fall();
}
