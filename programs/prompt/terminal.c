/*
 * The console: lines from it, text to it, the interrupt key.  Reads never wait: what happens is
 * told by events, so that one thread can wait for a line, the interrupt key and a child.  When the
 * console server dies, the console is opened again, and what was going on goes on.
 */
#include <stdio.h>
#include <string.h>
#include <gen/acs.h>
#include <gen/console.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <mach/mig_errors.h>
#include <masix/subsystems.h>
#include "prompt.h"

#define LOOK_UP_WAIT_MS 60000
#define RETRY_MS        200
#define EVENT_ID        (MASIX_BASE_IPC + 2) /* masix/ipc.defs */

static natural_t console_number;
static mach_port_t console;
static console_modes_t modes; /* as it was opened */
static mach_port_t events;    /* the console's and the children's */
static bool interrupted;
static char output[CONSOLE_DATA_MAX];
static size_t output_bytes;

/* --------------------------------------------------------------------------- opening, again */

static void sleep_ms(mach_msg_timeout_t time_ms)
{
	mach_msg_header_t nothing;

	/* On a port that nothing is sent to. */
	(void)mach_msg(&nothing, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof nothing,
		       mach_reply_port(), time_ms, MACH_PORT_NULL);
}

/* One attempt; the console is watched, too. */
static kern_return_t try_open(void)
{
	mach_port_t server = MACH_PORT_NULL;
	natural_t number = 0;
	kern_return_t result =
		acs_look_up(standard_port(STANDARD_PORT_ACS), "console", LOOK_UP_WAIT_MS, &server);

	if (result != KERN_SUCCESS) {
		return result;
	}
	result = console_open(server, console_number, &console, &number);
	(void)mach_port_deallocate(mach_task_self(), server);
	if (result != KERN_SUCCESS) {
		return result;
	}
	result = console_get_modes(console, &modes);
	if (result != KERN_SUCCESS) {
		return result;
	}
	return console_watch(console, events, MACH_MSG_TYPE_MAKE_SEND, EVENT_KEY_CONSOLE);
}

static void reopen(void)
{
	kern_return_t result = KERN_FAILURE;

	for (bool told = false; result != KERN_SUCCESS; told = true) {
		if (MACH_PORT_VALID(console)) {
			(void)mach_port_deallocate(mach_task_self(), console);
			console = MACH_PORT_NULL;
		}
		result = try_open();
		if (result != KERN_SUCCESS && !told) {
			printf("console %u cannot be opened (%s); trying on\n", console_number,
			       mach_error_string(result));
		}
		if (result != KERN_SUCCESS) {
			sleep_ms(RETRY_MS);
		}
	}
}

void terminal_open(natural_t number)
{
	console_number = number;
	if (mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &events) !=
	    KERN_SUCCESS) {
		printf("no port for the console's events\n");
		mach_exit();
	}
	reopen();
}

void terminal_reset(void)
{
	(void)console_screen_release(console); /* the screen is seldom taken */
	(void)console_set_modes(console, CONSOLE_WHEN_NOW, modes);
	say("\033[m\033[?25h");
}

mach_port_t terminal_port(void)
{
	return console;
}

mach_port_t terminal_events(void)
{
	return events;
}

/* The console server died while it was asked. */
static bool is_gone(kern_return_t result)
{
	return result == MACH_SEND_INVALID_DEST || result == MIG_SERVER_DIED ||
	       result == KERN_ABORTED;
}

/* ------------------------------------------------------------------------------------ output */

void terminal_flush(void)
{
	while (output_bytes != 0) {
		kern_return_t result = console_write(console, output, output_bytes);

		if (result == KERN_SUCCESS || !is_gone(result)) {
			output_bytes = 0; /* what cannot be shown is lost */
		} else {
			reopen();
		}
	}
}

void say_bytes(const char *data, size_t bytes)
{
	while (bytes != 0) {
		size_t part = sizeof output - output_bytes;

		part = part < bytes ? part : bytes;
		memcpy(output + output_bytes, data, part);
		output_bytes += part;
		data += part;
		bytes -= part;
		if (output_bytes == sizeof output) {
			terminal_flush();
		}
	}
}

void say(const char *format, ...)
{
	char text[512];
	va_list arguments;
	int bytes = 0;

	va_start(arguments, format);
	bytes = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (bytes > 0) {
		say_bytes(text, (size_t)bytes < sizeof text ? (size_t)bytes : sizeof text - 1);
	}
}

/* ------------------------------------------------------------------------------------ events */

struct event_message {
	mach_msg_header_t head;
	struct {
		mach_msg_type_t type;
		natural_t value;
	} words[4]; /* kind, key, count, value */
};

enum happening { NOTHING, INPUT, INTERRUPT, CHILD };

/* The next thing that happens; NOTHING: not within the time. */
static enum happening next_event(mach_msg_option_t option, mach_msg_timeout_t time_ms)
{
	struct event_message message;
	natural_t kind = 0;

	if (mach_msg(&message.head, MACH_RCV_MSG | option, 0, sizeof message, events, time_ms,
		     MACH_PORT_NULL) != MACH_MSG_SUCCESS) {
		return NOTHING;
	}
	if (message.head.msgh_id != EVENT_ID) {
		return INPUT; /* a server that sends something else here: look what there is */
	}
	kind = message.words[0].value;
	if (message.words[1].value == EVENT_KEY_CHILDREN) {
		return CHILD;
	}
	if (kind == CONSOLE_EVENT_SIGNAL && message.words[3].value == CONSOLE_CHARACTER_INTERRUPT) {
		interrupted = true;
		return INTERRUPT;
	}
	return INPUT;
}

bool terminal_interrupted(void)
{
	while (next_event(MACH_RCV_TIMEOUT, 0) != NOTHING) {
	}
	bool was = interrupted;

	interrupted = false;
	return was;
}

bool terminal_wait_child(void)
{
	for (;;) {
		switch (next_event(0, 0)) {
		case INTERRUPT:
			interrupted = false;
			return true;
		case CHILD:
			return false;
		default:
			break;
		}
	}
}

/* ------------------------------------------------------------------------------------- lines */

int terminal_read_line(char *line, size_t bytes_max)
{
	static console_data_t typed;

	terminal_flush();
	interrupted = false;
	for (;;) {
		mach_msg_type_number_t bytes = sizeof typed;
		kern_return_t result =
			console_read(console, sizeof typed, CONSOLE_READ_NOW, typed, &bytes);

		if (result == KERN_TIMEDOUT) {
			if (next_event(0, 0) == INTERRUPT) {
				interrupted = false;
				return LINE_INTERRUPTED;
			}
			continue;
		}
		if (result != KERN_SUCCESS) {
			reopen();
			return LINE_INTERRUPTED; /* what was typed is gone, and a new prompt is due
						  */
		}
		if (bytes == 0) {
			return LINE_END;
		}
		bytes -= typed[bytes - 1] == '\n';
		bytes = bytes < bytes_max - 1 ? bytes : bytes_max - 1;
		memcpy(line, typed, bytes);
		line[bytes] = 0;
		return (int)bytes;
	}
}
