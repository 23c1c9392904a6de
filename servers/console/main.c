/* Start: the hardware, the consoles that the last server left, the public port; then serve. */
#include "devices.h"
#include "render_core.h"
#include "server.h"
#include "vga_core.h"

#include <gen/console_server.h>

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
	result = result ?: ipc_publish(public);
	if (result != KERN_SUCCESS) {
		mach_printf("console: cannot start: %s\n", mach_error_string(result));
		return 1;
	}
	ipc_bucket_serve(bucket);
}
