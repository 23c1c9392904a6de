/*
 * Terminals on consoles.  The console gives bytes as they are typed and shows bytes as they are
 * written: the line discipline is the terminal's own, so a write never waits at the console server
 * for a person who stopped the output.  A thread of its own hears of what happens to consoles.
 */
#include <pthread.h>
#include <gen/console.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <mach/notify.h>
#include <masix/subsystems.h>
#include "terminal.h"

#define SELF mach_task_self()

static mach_port_t event_set;

/* Shows the output; one at a time carries it, so that it stays in order. */
void console_carry_output(struct terminal *terminal)
{
	if (terminal->writing) {
		return;
	}
	terminal->writing = true;
	terminal_reference(terminal);
	while (terminal->output.count != 0 && !terminal->line.stopped && !terminal->hung_up) {
		char part[CONSOLE_DATA_MAX];
		uint32_t count = pipe_take(&terminal->output, part, sizeof(part));
		kern_return_t code = KERN_SUCCESS;

		server_release();
		code = console_write(terminal->console, part, count);
		server_lock();
		if (code != KERN_SUCCESS) {
			terminal_hang_up(terminal); /* the console is gone */
		}
		terminal_changed(terminal);
	}
	terminal->writing = false;
	terminal_release(terminal);
}

/* --------------------------------------------------------------------------------------- events */

/* All that was typed; the console tells of more only after it had none. */
static void take_input(struct terminal *terminal)
{
	char bytes[CONSOLE_DATA_MAX];

	for (;;) {
		mach_msg_type_number_t count = sizeof(bytes);
		kern_return_t code = KERN_SUCCESS;

		server_release();
		code = console_read(terminal->console, sizeof(bytes), CONSOLE_READ_NOW, bytes,
				    &count);
		server_lock();
		if (code == KERN_SUCCESS && count != 0) {
			(void)terminal_input(terminal, (const uint8_t *)bytes, count);
		} else {
			if (code != KERN_SUCCESS && code != KERN_TIMEDOUT) {
				terminal_hang_up(terminal);
			}
			return;
		}
	}
}

static void take_size(struct terminal *terminal)
{
	natural_t columns = 0, rows = 0;
	kern_return_t code = KERN_SUCCESS;

	server_release();
	code = console_get_size(terminal->console, &columns, &rows);
	server_lock();
	if (code == KERN_SUCCESS) {
		const uint16_t size[4] = {(uint16_t)rows, (uint16_t)columns};

		terminal_set_size(terminal, size);
	}
}

static void happened(struct terminal *terminal, natural_t kind)
{
	terminal_reference(terminal);
	switch (kind) {
	case 0: /* some were lost */
		take_size(terminal);
		/* fall through */
	case CONSOLE_EVENT_INPUT:
		take_input(terminal);
		break;
	case CONSOLE_EVENT_SIZE:
		take_size(terminal);
		break;
	case CONSOLE_EVENT_HANGUP:
		terminal_hang_up(terminal);
		break;
	default:
		break;
	}
	terminal_release(terminal);
}

/* ipc_event of masix/ipc.defs. */
struct event_message {
	mach_msg_header_t head;
	struct {
		mach_msg_type_t type;
		natural_t value;
	} words[4]; /* kind, key, count, value */
};

/* The terminal whose events come to the port; or null. */
static struct terminal *find_terminal(mach_port_t events)
{
	struct terminal *terminal = terminals;

	while (terminal != NULL &&
	       (terminal->console == MACH_PORT_NULL || terminal->events != events)) {
		terminal = terminal->next;
	}
	return terminal;
}

/* The kernel's word that the console server has died; it has a send-once right, the server none. */
static bool is_death(const mach_msg_header_t *head)
{
	return head->msgh_id == MACH_NOTIFY_DEAD_NAME &&
	       MACH_MSGH_BITS_LOCAL(head->msgh_bits) == MACH_MSG_TYPE_PORT_SEND_ONCE;
}

static void *watch_consoles(void *argument)
{
	(void)argument;
	for (;;) {
		union {
			struct event_message event;
			mach_dead_name_notification_t death;
			char rest[sizeof(struct event_message) + 256];
		} message;
		struct terminal *terminal = NULL;
		natural_t kind = 0;

		if (mach_msg(&message.event.head, MACH_RCV_MSG, 0, sizeof(message), event_set, 0,
			     MACH_PORT_NULL) != MACH_MSG_SUCCESS) {
			continue;
		}
		/* Only the console server has the right, but its restart may send other things. */
		if (is_death(&message.event.head)) {
			/* The notification's own reference. */
			(void)mach_port_deallocate(SELF, message.death.not_port);
			kind = CONSOLE_EVENT_HANGUP;
		} else if (message.event.head.msgh_id == MASIX_BASE_IPC + 2 &&
			   message.event.head.msgh_size == sizeof(message.event)) {
			kind = message.event.words[0].value;
		} else {
			continue;
		}
		server_lock();
		terminal = find_terminal(message.event.head.msgh_local_port);
		if (terminal != NULL) {
			happened(terminal, kind);
		}
		server_unlock();
	}
	return NULL;
}

static kern_return_t start_watching(void)
{
	pthread_t thread;
	kern_return_t code = KERN_SUCCESS;

	if (event_set != MACH_PORT_NULL) {
		return KERN_SUCCESS;
	}
	code = mach_port_allocate(SELF, MACH_PORT_RIGHT_PORT_SET, &event_set);
	if (code == KERN_SUCCESS && pthread_create(&thread, NULL, watch_consoles, NULL) != 0) {
		(void)mach_port_destroy(SELF, event_set);
		event_set = MACH_PORT_NULL;
		code = KERN_RESOURCE_SHORTAGE;
	}
	return code;
}

/* ------------------------------------------------------------------------------ beginning, end */

/* Bytes as they are. */
static const struct console_modes raw = {.read_bytes = 1};

/* Lock not held: the console's modes and events are this server's. */
static kern_return_t take_console(mach_port_t console, struct console_modes *before,
				  mach_port_t *events)
{
	mach_port_t previous = MACH_PORT_NULL;
	kern_return_t code = console_get_modes(console, before);

	code = code ?: mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, events);
	if (code != KERN_SUCCESS) {
		return code;
	}
	code = mach_port_move_member(SELF, *events, event_set);
	code = code ?: console_watch(console, *events, MACH_MSG_TYPE_MAKE_SEND, 0);
	code = code
		       ?: mach_port_request_notification(SELF, console, MACH_NOTIFY_DEAD_NAME, 1,
							 *events, MACH_MSG_TYPE_MAKE_SEND_ONCE,
							 &previous);
	if (MACH_PORT_VALID(previous)) { /* an earlier terminal's on this console */
		(void)mach_port_deallocate(SELF, previous);
	}
	code = code ?: console_set_modes(console, CONSOLE_WHEN_NOW, raw);
	if (code != KERN_SUCCESS) {
		(void)mach_port_destroy(SELF, *events);
	}
	return code;
}

int terminal_open_console(mach_port_t console, struct terminal **made)
{
	struct terminal *terminal = NULL;
	struct console_modes before;
	mach_port_t events = MACH_PORT_NULL;
	static uint32_t last_number;
	kern_return_t code = start_watching();

	if (code == KERN_SUCCESS) {
		server_release();
		code = take_console(console, &before, &events);
		server_lock();
	}
	terminal = code == KERN_SUCCESS ? terminal_create() : NULL;
	if (terminal == NULL) {
		if (code == KERN_SUCCESS) {
			(void)mach_port_destroy(SELF, events);
			(void)console_set_modes(console, CONSOLE_WHEN_NOW, before);
		}
		return code == KERN_SUCCESS || code == KERN_RESOURCE_SHORTAGE ? -ENOMEM : -EIO;
	}
	terminal->console = console;
	terminal->events = events;
	terminal->modes_before = before;
	terminal->number = ++last_number;
	tty_from_modes(&before, &terminal->termios);
	tty_to_modes(&terminal->termios, &terminal->line.modes);
	happened(terminal, 0); /* what there is already */
	*made = terminal;
	return 0;
}

/*
 * With the lock held, in the middle of a close: the console server does not wait in these calls,
 * and asks nothing of us.
 */
void console_end(struct terminal *terminal)
{
	(void)mach_port_destroy(SELF, terminal->events);
	(void)console_set_modes(terminal->console, CONSOLE_WHEN_NOW, terminal->modes_before);
	(void)mach_port_deallocate(SELF, terminal->console);
	terminal->console = MACH_PORT_NULL;
}
