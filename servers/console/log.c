/* The kernel's words, which it prints nowhere else while the consoles are ours, on a console of
   their own. */
#include "devices.h"
#include "server.h"

#include <gen/device_request.h>

/* What device_read_inband answers (device.defs); the stub that asked does not wait for it. */
struct log_reply {
	mach_msg_header_t head;
	mach_msg_type_t result_type;
	kern_return_t result;
	mach_msg_type_t data_type;
	char data[IO_INBAND_MAX];
};

void log_request(mach_port_t port)
{
	if (devices.log != MACH_PORT_NULL) {
		(void)device_read_request_inband(devices.log, port, D_READ, 0, IO_INBAND_MAX);
	}
}

void log_receive(const mach_msg_header_t *message)
{
	const struct log_reply *reply = (const void *)message;

	if (message->msgh_size > offsetof(struct log_reply, data) &&
	    reply->result == KERN_SUCCESS) {
		console_write_text(&consoles[CONSOLE_LOG], (const uint8_t *)reply->data,
				   reply->data_type.msgt_number);
	} else {
		devices.log = MACH_PORT_NULL; /* asking again would bring the same */
	}
}
