/* The thread that serves the hardware: interrupts, the kernel's log, time, frames. */
#include "devices.h"
#include "server.h"

#include <device/notify.h>
#include <gen/device.h>
#include <gen/mach_port.h>
#include <ipc/platform.h>

#define SELF          mach_task_self()
#define WAKE_ID       1
#define LOG_REPLY_ID  2905 /* device_read_inband, + 100 */
#define MESSAGE_BYTES 512

_Static_assert(MESSAGE_BYTES >= IO_INBAND_MAX + 64, "the kernel's log comes in pieces");

static mach_port_t port; /* all of it comes here */
static bool awake;       /* the thread has the lock, or is told to come */
static uint64_t frame_ms;

static void tell(void)
{
	mach_msg_header_t message = {
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND_ONCE, 0),
		.msgh_remote_port = port,
		.msgh_id = WAKE_ID,
	};

	/* By a send-once right, which no full queue stops. */
	(void)mach_msg(&message, MACH_SEND_MSG, sizeof message, 0, MACH_PORT_NULL, 0,
		       MACH_PORT_NULL);
}

void loop_wake(void)
{
	if (!awake) {
		awake = true;
		tell();
	}
}

/* The sooner of two times; 0 is never. */
static uint64_t sooner(uint64_t one, uint64_t other)
{
	return one == 0 || (other != 0 && other < one) ? other : one;
}

/* When to wake at the latest; 0: when something happens. */
static uint64_t next_ms(void)
{
	uint64_t next = input_wake_ms();

	for (uint32_t i = 0; i < SCREEN_CONSOLES; i++) {
		next = sooner(next, consoles[i].wake_ms);
	}
	next = sooner(next, log_wake_ms());
	return display_due_ms() != 0 ? sooner(next, frame_ms + display_due_ms()) : next;
}

/* Lock held. */
static void serve_time(void)
{
	uint64_t time_ms = now_ms();

	for (uint32_t i = 0; i < SCREEN_CONSOLES; i++) {
		if (consoles[i].wake_ms != 0 && consoles[i].wake_ms <= time_ms) {
			console_serve_reads(&consoles[i]);
		}
	}
	if (input_wake_ms() != 0 && input_wake_ms() <= time_ms) {
		input_idle();
	}
	if (display_due_ms() != 0 && time_ms >= frame_ms + display_due_ms()) {
		display_frame();
		frame_ms = time_ms;
	}
}

static void serve_interrupt(const device_intr_notification_t *message)
{
	if (devices.keyboard && message->id == 1) {
		keyboard_service();
		(void)device_intr_ack(devices.keyboard_interrupt, port, MACH_MSG_TYPE_MAKE_SEND);
	} else if (devices.serial) {
		uart_service();
		(void)device_intr_ack(devices.serial_interrupt, port, MACH_MSG_TYPE_MAKE_SEND);
	}
}

/* Lock held. */
static void serve_message(const mach_msg_header_t *message)
{
	switch (message->msgh_id) {
	case DEVICE_INTR_NOTIFY:
		serve_interrupt((const void *)message);
		break;
	case LOG_REPLY_ID:
		log_receive(message);
		log_request(port);
		break;
	default: /* a wake */
		break;
	}
}

static void loop(void *argument)
{
	static union {
		mach_msg_header_t head;
		uint8_t bytes[MESSAGE_BYTES];
	} message;

	(void)argument;
	console_lock();
	for (;;) {
		uint64_t next = next_ms();
		uint64_t time_ms = next != 0 ? now_ms() : 0;
		mach_msg_option_t option = MACH_RCV_MSG | (next != 0 ? MACH_RCV_TIMEOUT : 0);

		awake = false;
		console_unlock();
		mach_msg_return_t result = mach_msg(
			&message.head, option, 0, sizeof message, port,
			next > time_ms ? (mach_msg_timeout_t)(next - time_ms) : 0, MACH_PORT_NULL);
		console_lock();
		awake = true;
		if (log_wake_ms() != 0 && log_wake_ms() <= now_ms()) {
			console_unlock();
			log_look();
			console_lock();
		}
		if (result == MACH_MSG_SUCCESS) {
			serve_message(&message.head);
		}
		serve_time();
	}
}

kern_return_t loop_start(void)
{
	kern_return_t result = mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port);

	if (result != KERN_SUCCESS) {
		return result;
	}
	if (devices.keyboard) {
		result = device_intr_register(devices.keyboard_interrupt, 1, 0, port,
					      MACH_MSG_TYPE_MAKE_SEND);
	}
	if (result == KERN_SUCCESS && devices.serial) {
		result = device_intr_register(devices.serial_interrupt, devices.serial_line, 0,
					      port, MACH_MSG_TYPE_MAKE_SEND);
	}
	if (result == KERN_SUCCESS) {
		log_request(port);
		result = ipc_thread_start(loop, NULL);
	}
	return result;
}
