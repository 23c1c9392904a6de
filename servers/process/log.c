/*
 * The node's log.  Everything goes the kernel's way: a line is printed there with its time and the
 * process's name, shows on the console until the console server has taken it, and comes back
 * through the kernel's log into the ring, in one order with what the kernel says itself.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <device/device_types.h>
#include <libmach.h>
#include <gen/device.h>
#include <gen/process_log_server.h>
#include "server.h"

#define PIECE_BYTES 255u /* what mach_print takes at once */

static struct ipc_lock log_lock; /* of the ring, and of every process's line */
static struct log_ring ring;
static mach_port_t kernel_log;

void log_start(void)
{
	if (device_open(device_master, D_READ, "kmsg", &kernel_log) != D_SUCCESS) {
		kernel_log = MACH_PORT_NULL;
		mach_print("process: the kernel's log cannot be read\n");
	}
}

/* Log lock held. */
static void pump(void)
{
	io_buf_ptr_inband_t data;
	mach_msg_type_number_t count = sizeof data;

	while (kernel_log != MACH_PORT_NULL &&
	       device_read_inband(kernel_log, D_NOWAIT, 0, sizeof data, data, &count) ==
		       D_SUCCESS &&
	       count > 0) {
		log_write(&ring, data, count);
		count = sizeof data;
	}
}

/* One line, complete; log lock held. */
static void put_line(const char *name, const char *text, size_t bytes)
{
	char line[PROCESS_NAME_BYTES + LOG_LINE_BYTES + 32];
	uint64_t now = milliseconds_now();
	int length =
		mach_snprintf(line, sizeof line, "[%5u.%03u] %s: %.*s\n", (unsigned)(now / 1000),
			      (unsigned)(now % 1000), name, (int)bytes, text);

	if (length >= (int)sizeof line) {
		length = sizeof line - 1;
	}
	/* Symbols of a program's image, say, are the program's own. */
	log_make_plain(line, (uint32_t)length - 1);
	counter_add(COUNTER_LOG_LINES);
	for (int at = 0; at < length; at += (int)PIECE_BYTES) {
		char piece[PIECE_BYTES + 1];

		(void)strncpy(piece, line + at, PIECE_BYTES);
		piece[PIECE_BYTES] = 0;
		mach_print(piece);
	}
	pump();
}

void log_line_of(const char *name, const char *text)
{
	ipc_lock(&log_lock);
	put_line(name, text, strlen(text));
	ipc_unlock(&log_lock);
}

void log_say(const char *format, ...)
{
	char text[LOG_LINE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	(void)mach_vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	log_line_of("process", text);
}

void log_pump(void)
{
	ipc_lock(&log_lock);
	pump();
	ipc_unlock(&log_lock);
}

uint32_t log_copy(uint64_t *position, char *text, uint32_t bytes_max)
{
	uint32_t count = 0;

	ipc_lock(&log_lock);
	pump();
	count = log_read(&ring, position, text, bytes_max);
	ipc_unlock(&log_lock);
	return count;
}

kern_return_t serve_process_log(ipc_call_t call, const process_text_t text,
				mach_msg_type_number_t count)
{
	struct process *process = *(struct process **)ipc_call_data(call);
	uint32_t at = 0, taken = 0;

	ipc_lock(&log_lock);
	while (at < count) {
		if (log_line_add(&process->line, text + at, count - at, &taken)) {
			put_line(process->name, process->line.text, process->line.bytes);
			process->line.bytes = 0;
		}
		at += taken;
	}
	ipc_unlock(&log_lock);
	return KERN_SUCCESS;
}
