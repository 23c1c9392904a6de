/* Start: the hardware, the consoles that the last server left, the public port; then serve. */
#include "devices.h"
#include "render_core.h"
#include "server.h"
#include "vga_core.h"

#include <gen/console_server.h>
#include <standard_ports.h>
#include <trust/trust.h>

struct ipc_bucket *bucket;

_Static_assert(sizeof(struct state) <= CONSOLE_STATE_BYTES, "what is kept has room");

static struct ipc_class public_class = {
	.name = "consoles",
	.interfaces = (const ipc_interface_t[]){console_server_routine, NULL},
};

/* With a screen its largest mode counts; a serial terminal has none. */
static void start_consoles(void)
{
	console_lock();
	display_start();
	consoles_start(devices.state, devices.screen ? VGA_COLUMNS : CONSOLE_COLUMNS_MAX,
		       devices.screen ? VGA_ROWS_SMALL : CONSOLE_ROWS_MAX);
	if (devices.keyboard) {
		keyboard_start();
	}
	console_unlock();
}

/* With the ACS, as a server of a node; or for whoever holds this task's port, as a test does. */
static kern_return_t make_known(struct ipc_object *public)
{
	const struct trust_server server = {
		.name = "console",
		.acs = standard_port(STANDARD_PORT_ACS),
		.registration = standard_port(STANDARD_PORT_REGISTRATION),
		.client = public,
	};

	return server.registration != MACH_PORT_NULL ? trust_start(&server) : ipc_publish(public);
}

int main(int argc, char **argv)
{
	struct ipc_object *public = NULL;
	kern_return_t result = devices_open(argc, argv);

	result = result ?: ipc_bucket_create(NULL, &bucket);
	if (result == KERN_SUCCESS) {
		start_consoles();
		result = loop_start();
	}
	result = result ?: ipc_object_create_public(bucket, &public_class, &public);
	result = result ?: make_known(public);
	if (result != KERN_SUCCESS) {
		mach_printf("console: cannot start: %s\n", mach_error_string(result));
		return 1;
	}
	ipc_bucket_serve(bucket);
}
