/* node.h */
#include "node.h"
#include <mach/task_special_ports.h>
#include <masix/acs.h>
#include <gen/acs.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/process.h>

#define SELF       mach_task_self()
#define UP_MS      60000
#define RESTART_MS 20000
#define STEP_MS    20

mach_port_t node_administrator;
mach_port_t node_acs;

static void drop(mach_port_t port)
{
	if (MACH_PORT_VALID(port)) {
		(void)mach_port_deallocate(SELF, port);
	}
}

static boolean_t is_administrator(mach_port_t process)
{
	masix_counter_array_t counters = NULL;
	mach_msg_type_number_t count = 0;

	if (!MACH_PORT_VALID(process) ||
	    process_get_counters(process, &counters, &count) != KERN_SUCCESS) {
		return FALSE;
	}
	(void)vm_deallocate(SELF, (vm_address_t)counters, count * sizeof counters[0]);
	return TRUE;
}

/* Its workers receive from a set; on a port in none, a reply port, nobody would answer. */
static boolean_t is_served(mach_port_t server, mach_port_t name)
{
	mach_port_status_t status = {.mps_pset = MACH_PORT_NULL};

	return mach_port_get_receive_status(server, name, &status) == KERN_SUCCESS &&
	       status.mps_pset != MACH_PORT_NULL;
}

/* Every port that the process server serves may be a process. */
static boolean_t find_administrator(mach_port_t server)
{
	mach_port_array_t names = NULL;
	mach_port_type_array_t types = NULL;
	mach_msg_type_number_t count = 0, type_count = 0;

	NEED_KR(mach_port_names(server, &names, &count, &types, &type_count));
	for (mach_msg_type_number_t i = 0; i < count && node_administrator == MACH_PORT_NULL; i++) {
		mach_port_t process = MACH_PORT_NULL;
		mach_msg_type_name_t type = 0;

		if ((types[i] & MACH_PORT_TYPE_RECEIVE) == 0 || !is_served(server, names[i]) ||
		    mach_port_extract_right(server, names[i], MACH_MSG_TYPE_MAKE_SEND, &process,
					    &type) != KERN_SUCCESS) {
			continue;
		}
		if (is_administrator(process)) {
			node_administrator = process;
		} else {
			drop(process);
		}
	}
	(void)vm_deallocate(SELF, (vm_address_t)names, count * sizeof names[0]);
	(void)vm_deallocate(SELF, (vm_address_t)types, type_count * sizeof types[0]);
	return node_administrator != MACH_PORT_NULL;
}

static void take_ports(void)
{
	mach_port_array_t ports = NULL;
	mach_msg_type_number_t count = 0;

	NEED_KR(process_get_ports(node_administrator, &ports, &count));
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		if (i == STANDARD_PORT_ACS) {
			node_acs = ports[i];
		} else {
			drop(ports[i]);
		}
	}
	(void)vm_deallocate(SELF, (vm_address_t)ports, count * sizeof ports[0]);
}

/* Not test_argument, which comes with test_begin. */
static mach_port_t named(int argc, char **argv, const char *name)
{
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], name, strlen(name)) == 0) {
			return strtoul(argv[i] + strlen(name), NULL, 10);
		}
	}
	return MACH_PORT_NULL;
}

void node_join(int argc, char **argv)
{
	mach_port_t process_server = named(argc, argv, "ps=");

	for (int waited = 0; !find_administrator(process_server); waited += STEP_MS) {
		if (waited > UP_MS) {
			test_bail_out("the node does not come up");
		}
		test_sleep_ms(STEP_MS);
	}
	take_ports();
}

boolean_t node_server(const char *name, struct process_server_info *info)
{
	vm_offset_t list = 0;
	mach_msg_type_number_t bytes = 0;
	boolean_t found = FALSE;

	NEED_KR(process_list_servers(node_administrator, &list, &bytes));
	for (size_t i = 0; i < bytes / sizeof *info; i++) {
		const struct process_server_info *entry =
			(const struct process_server_info *)list + i;

		if (strcmp(entry->name, name) == 0) {
			*info = *entry;
			found = TRUE;
		}
	}
	(void)vm_deallocate(SELF, list, bytes);
	return found;
}

int64_t node_task_number(natural_t process_id)
{
	vm_offset_t list = 0;
	mach_msg_type_number_t bytes = 0;
	int64_t number = 0;

	NEED_KR(process_list(node_administrator, &list, &bytes));
	for (size_t i = 0; i < bytes / sizeof(struct process_info); i++) {
		const struct process_info *entry = (const struct process_info *)list + i;

		if (entry->id == process_id) {
			number = (int64_t)entry->task_number;
		}
	}
	(void)vm_deallocate(SELF, list, bytes);
	return number;
}

mach_port_t node_look_up(const char *name)
{
	mach_port_t port = MACH_PORT_NULL;

	return acs_look_up(node_acs, (char *)(uintptr_t)name, 10000, &port) == KERN_SUCCESS
		       ? port
		       : MACH_PORT_NULL;
}

boolean_t node_wait_server(const char *name, natural_t restarts)
{
	struct process_server_info info = {.state = 0};

	for (int waited = 0; waited < RESTART_MS; waited += STEP_MS) {
		mach_port_t port = MACH_PORT_NULL;

		if (node_server(name, &info) && info.restarts >= restarts &&
		    info.state == PROCESS_SERVER_RUNS &&
		    acs_look_up(node_acs, (char *)(uintptr_t)name, 1000, &port) == KERN_SUCCESS) {
			drop(port);
			return TRUE;
		}
		(void)process_start_server(node_administrator, (char *)(uintptr_t)name);
		test_sleep_ms(STEP_MS);
	}
	test_note("%s: state %u, %u restarts", name, info.state, info.restarts);
	return FALSE;
}
