/* Start, serve. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <libmach.h>
#include <gen/acs_control_server.h>
#include <gen/acs_network_server.h>
#include <gen/acs_register_server.h>
#include <gen/acs_server.h>
#include <gen/acs_trusted_server.h>
#include <gen/mach_port.h>
#include <gen/process_boot.h>
#include "state.h"

#define CLIENTS_MAX 4096 /* one for each task of the node */

struct acs_state acs;

/* Each kind of port has one interface, so none leads to another's routines. */
struct ipc_class client_class = {
	.name = "client",
	.interfaces = (const ipc_interface_t[]){acs_server_routine, NULL},
	.data_bytes = sizeof(struct registry_client),
};
struct ipc_class control_class = {
	.name = "control",
	.interfaces = (const ipc_interface_t[]){acs_control_server_routine, NULL},
};
struct ipc_class registration_class = {
	.name = "registration",
	.interfaces = (const ipc_interface_t[]){acs_register_server_routine, NULL},
	.data_bytes = sizeof(struct acs_holder),
};
struct ipc_class trusted_class = {
	.name = "trusted",
	.interfaces = (const ipc_interface_t[]){acs_trusted_server_routine, NULL},
	.data_bytes = sizeof(struct acs_holder),
};
struct ipc_class network_class = {
	.name = "network",
	.interfaces = (const ipc_interface_t[]){acs_network_server_routine, NULL},
};

void acs_fail(const char *format, ...)
{
	char text[160];
	va_list arguments;

	va_start(arguments, format);
	(void)mach_vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	mach_printf("acs: %s; this node cannot go on.\n", text);
	exit(1);
}

/* The control port goes to the process server alone. */
static void tell_process_server(void)
{
	struct ipc_object *control = NULL;
	mach_port_t port = MACH_PORT_NULL;
	kern_return_t result = acs_object_create(&control_class, &control);

	if (result == KERN_SUCCESS) {
		port = ipc_object_give(control);
		result = mach_port_insert_right(mach_task_self(), port, port,
						MACH_MSG_TYPE_MAKE_SEND);
	}
	result = result ?: process_boot_ready(acs.boot, port);
	if (result != KERN_SUCCESS) {
		acs_fail("the process server does not take the control port: %s",
			 mach_error_string(result));
	}
}

int main(int argc, char **argv)
{
	struct ipc_bucket_options options = {.clients_max = CLIENTS_MAX,
					     .limits.calls = ACS_LOOK_UPS_MAX + 8};
	kern_return_t result = KERN_SUCCESS;

	acs_boot(argc, argv);
	result = ipc_bucket_create(&options, &acs.bucket);
	if (result != KERN_SUCCESS) {
		acs_fail("it cannot serve: %s", mach_error_string(result));
	}
	acs_watch_start();
	acs_agree_start();
	acs_line_start();
	tell_process_server();
	ipc_bucket_serve(acs.bucket);
}
