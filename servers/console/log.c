/* The words of the kernel and the servers, which are printed nowhere else while the consoles are
   ours, on a console of their own. The kernel's device answers when there is something; the process
   server is asked now and then while somebody looks. */
#include "devices.h"
#include "server.h"

#include <gen/device_request.h>
#include <gen/mach.h>

#define LOOK_MS 500u

/* What device_read_inband answers (device.defs); the stub that asked does not wait for it. */
struct log_reply {
	mach_msg_header_t head;
	mach_msg_type_t result_type;
	kern_return_t result;
	mach_msg_type_t data_type;
	char data[IO_INBAND_MAX];
};

static uint64_t looked_ms;

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

uint64_t log_wake_ms(void)
{
	bool seen = (console_status(&consoles[CONSOLE_LOG]) & CONSOLE_STATUS_SHOWN) != 0;

	return devices.log == MACH_PORT_NULL && seen ? looked_ms + LOOK_MS : 0;
}

void log_look(void)
{
	vm_address_t text = 0;
	vm_size_t bytes = 0;

	while (resource_read_log(&text, &bytes)) {
		console_lock();
		console_write_text(&consoles[CONSOLE_LOG], (const uint8_t *)text, bytes);
		console_unlock();
		(void)vm_deallocate(mach_task_self(), text, bytes);
	}
	looked_ms = now_ms();
}
