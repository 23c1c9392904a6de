/* One function for each routine of masix/console.defs. */
#include "server.h"

#include <gen/console_server.h>
#include <gen/mach.h>
#include <mach/vm_param.h>

/* What a client's object knows. */
struct session {
	struct console *console;
};

_Static_assert(CALLS_MAX >= 8, "as many as a client may have waiting, or more");

/* The console of a call, with the lock held; null: it is none. */
static struct console *enter(ipc_call_t call)
{
	struct session *session = NULL;

	if (call->object->class != &console_class) {
		return NULL;
	}
	session = ipc_call_data(call);
	console_lock();
	if (session->console == NULL) {
		console_unlock();
	}
	return session->console;
}

static void reclaim(struct ipc_object *object)
{
	struct session *session = ipc_object_data(object);
	struct ipc_notifier *notifier = NULL;

	console_lock();
	if (session->console != NULL) {
		notifier = session->console->notifier;
		console_end(session->console);
	}
	console_unlock();
	ipc_notifier_destroy(notifier);
}

struct ipc_class console_class = {
	.name = "console",
	.interfaces = (const ipc_interface_t[]){console_server_routine, NULL},
	.data_bytes = sizeof(struct session),
	.reclaim = reclaim,
};

/* ------------------------------------------------------------------------------------ opening */

static kern_return_t open_object(struct ipc_object **object)
{
	const struct ipc_limits limits = {.calls = CALLS_MAX, .objects = 1, .notifiers = 1};
	struct ipc_client *client = NULL;
	kern_return_t result = ipc_client_create(bucket, &limits, &client);

	if (result == KERN_SUCCESS) {
		result = ipc_object_create(client, &console_class, object);
		ipc_client_release(client); /* it lives as long as its console */
	}
	return result;
}

kern_return_t serve_console_open(ipc_call_t call, natural_t number, mach_port_t *port,
				 natural_t *number_opened)
{
	struct ipc_object *object = NULL;
	struct session *session = NULL;
	kern_return_t result = KERN_INVALID_ARGUMENT;

	if (!call->object->public) {
		return result;
	}
	result = open_object(&object);
	if (result != KERN_SUCCESS) {
		return result;
	}
	session = ipc_object_data(object);
	console_lock();
	result = console_begin(number, object, &session->console);
	if (result == KERN_SUCCESS) {
		*number_opened = session->console->number;
	}
	console_unlock();
	if (result != KERN_SUCCESS) {
		ipc_object_destroy(object);
		return result;
	}
	*port = ipc_object_give(object);
	return KERN_SUCCESS;
}

/* --------------------------------------------------------------------------- writing, reading */

kern_return_t serve_console_write(ipc_call_t call, const console_data_t data,
				  mach_msg_type_number_t bytes)
{
	struct console *console = NULL;
	struct pending *pending = NULL;
	kern_return_t result = KERN_SUCCESS;

	/* MIG's stub compares the count with the message's size, rounded up: both can be too large.
	 */
	if (bytes > CONSOLE_DATA_MAX) {
		return MIG_BAD_ARGUMENTS;
	}
	console = enter(call);
	if (console == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if (!console->line.stopped) {
		console_write_text(console, (const uint8_t *)data, bytes);
	} else {
		result = pending_add(console, call, PENDING_WRITE, &pending);
		if (result == KERN_SUCCESS) {
			pending->bytes = bytes;
			memcpy(pending->data, data, bytes);
			result = MIG_NO_REPLY;
		}
	}
	console_unlock();
	return result;
}

static kern_return_t read_later(struct console *console, ipc_call_t call, natural_t bytes_max)
{
	struct pending *pending = NULL;
	kern_return_t result = pending_add(console, call, PENDING_READ, &pending);

	if (result != KERN_SUCCESS) {
		return result;
	}
	pending->bytes = bytes_max;
	pending->since_ms = now_ms();
	console->told_input = false;
	console_serve_reads(console);
	return MIG_NO_REPLY;
}

kern_return_t serve_console_read(ipc_call_t call, natural_t bytes_max, natural_t flags,
				 console_data_t data, mach_msg_type_number_t *bytes)
{
	struct console *console = NULL;
	kern_return_t result = KERN_SUCCESS;
	uint32_t room = *bytes < CONSOLE_DATA_MAX ? *bytes : CONSOLE_DATA_MAX;
	uint64_t wake_ms = 0;

	*bytes = 0;
	console = enter(call);
	if (console == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	bytes_max = bytes_max < room ? bytes_max : room;
	bool first = pending_oldest(console, PENDING_READ) == NULL;
	bool now = (flags & CONSOLE_READ_NOW) != 0;
	bool there = line_available(&console->line) != 0 || line_at_end(&console->line);
	if ((flags & ~(natural_t)CONSOLE_READ_NOW) != 0) {
		result = KERN_INVALID_VALUE;
	} else if (bytes_max == 0) {
		result = KERN_SUCCESS;
	} else if (now && !(first && there)) {
		console->told_input = false;
		result = KERN_TIMEDOUT;
	} else if (now || (first && line_check(&console->line, bytes_max, now_ms(), now_ms(),
					       &wake_ms) == LINE_READY)) {
		*bytes = line_read(&console->line, (uint8_t *)data, bytes_max);
		console_serve_reads(console);
	} else {
		result = read_later(console, call, bytes_max);
	}
	console_unlock();
	return result;
}

kern_return_t serve_console_read_keys(ipc_call_t call, natural_t flags, console_keys_t keys,
				      mach_msg_type_number_t *bytes)
{
	struct console *console = NULL;
	struct pending *pending = NULL;
	kern_return_t result = KERN_SUCCESS;
	bool room = *bytes >= CONSOLE_KEYS_MAX;

	*bytes = 0;
	console = enter(call);
	if (console == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if ((flags & ~(natural_t)CONSOLE_READ_NOW) != 0 || !room) {
		result = KERN_INVALID_VALUE;
	} else if (console->grid == NULL) {
		result = KERN_FAILURE;
	} else if (console->keys_count != 0) {
		*bytes = console_get_keys(console, (uint8_t *)keys);
	} else if ((flags & CONSOLE_READ_NOW) != 0) {
		console->told_keys = false;
		result = KERN_TIMEDOUT;
	} else {
		console->told_keys = false;
		result = pending_add(console, call, PENDING_READ_KEYS, &pending) ?: MIG_NO_REPLY;
	}
	console_unlock();
	return result;
}

kern_return_t serve_console_wait(ipc_call_t call)
{
	struct console *console = enter(call);
	struct pending *pending = NULL;
	kern_return_t result = KERN_SUCCESS;

	if (console == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if (!console_has_input(console)) {
		result = pending_add(console, call, PENDING_WAIT, &pending) ?: MIG_NO_REPLY;
	}
	console_unlock();
	return result;
}

kern_return_t serve_console_flush(ipc_call_t call, natural_t what)
{
	struct console *console = NULL;

	if ((what & ~(natural_t)(CONSOLE_FLUSH_INPUT | CONSOLE_FLUSH_OUTPUT)) != 0) {
		return KERN_INVALID_VALUE;
	}
	console = enter(call);
	if (console == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if ((what & CONSOLE_FLUSH_INPUT) != 0) {
		line_flush(&console->line);
		console_serve_reads(console);
	}
	if ((what & CONSOLE_FLUSH_OUTPUT) != 0) {
		console_flush_output(console);
	}
	console_unlock();
	return KERN_SUCCESS;
}

/* ----------------------------------------------------------------------------- modes and sizes */

kern_return_t serve_console_get_modes(ipc_call_t call, console_modes_t *modes)
{
	struct console *console = enter(call);

	if (console == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	*modes = console->line.modes;
	console_unlock();
	return KERN_SUCCESS;
}

kern_return_t serve_console_set_modes(ipc_call_t call, natural_t when, console_modes_t modes)
{
	struct console *console = NULL;
	struct pending *pending = NULL;
	kern_return_t result = KERN_SUCCESS;

	if (when > CONSOLE_WHEN_FLUSHED || !line_modes_valid(&modes)) {
		return KERN_INVALID_VALUE;
	}
	console = enter(call);
	if (console == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if (when == CONSOLE_WHEN_NOW || pending_oldest_output(console) == NULL) {
		result = console_use_modes(console, when, &modes);
	} else {
		result = pending_add(console, call, PENDING_MODES, &pending);
		if (result == KERN_SUCCESS) {
			pending->when = when;
			pending->modes = modes;
			result = MIG_NO_REPLY;
		}
	}
	console_unlock();
	return result;
}

kern_return_t serve_console_get_size(ipc_call_t call, natural_t *columns, natural_t *rows)
{
	struct console *console = enter(call);

	if (console == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	*columns = vt_grid_const(console->vt)->columns;
	*rows = vt_grid_const(console->vt)->rows;
	console_unlock();
	return KERN_SUCCESS;
}

kern_return_t serve_console_set_size(ipc_call_t call, natural_t columns, natural_t rows)
{
	struct console *console = enter(call);
	struct screen_effects effects;
	kern_return_t result = KERN_SUCCESS;

	if (console == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if (columns == 0 || rows == 0 || columns > screen.columns_max || rows > screen.rows_max) {
		result = KERN_INVALID_VALUE;
	} else if (!screen_resize(&screen, console->number, columns, rows, &effects)) {
		result = KERN_NO_ACCESS;
	} else {
		console_apply(&effects);
	}
	console_unlock();
	return result;
}

/* ------------------------------------------------------------------------------ status, events */

kern_return_t serve_console_get_status(ipc_call_t call, natural_t *status, natural_t *input_bytes,
				       natural_t *output_bytes)
{
	struct console *console = enter(call);

	if (console == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	*status = console_status(console);
	*input_bytes = line_available(&console->line);
	*output_bytes = 0;
	for (uint32_t i = 0; i < CALLS_MAX; i++) {
		if (console->pending[i].kind == PENDING_WRITE) {
			*output_bytes += console->pending[i].bytes;
		}
	}
	console_unlock();
	return KERN_SUCCESS;
}

kern_return_t serve_console_watch(ipc_call_t call, mach_port_t notify, natural_t key)
{
	struct console *console = enter(call);
	kern_return_t result = KERN_NAME_EXISTS;

	if (console == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	/* Whoever watches is told what it knows: so one whose port is dead makes room. */
	console_tell(console, CONSOLE_EVENT_SEEN,
		     console_status(console) & (CONSOLE_STATUS_SHOWN | CONSOLE_STATUS_FOCUS));
	if (console->notifier == NULL) {
		result = ipc_notifier_create(ipc_call_client(call), notify, &console->notifier);
	}
	if (result == KERN_SUCCESS) {
		console->key = key;
		console->told_input = false;
		console->told_keys = false;
		console_serve_reads(console); /* tells of what is there already */
	}
	console_unlock();
	return result;
}

/* -------------------------------------------------------------------------------------- screen */

kern_return_t serve_console_screen_take(ipc_call_t call, natural_t flags, mach_port_t *memory,
					natural_t *columns, natural_t *rows)
{
	struct console *console = NULL;
	kern_return_t result = KERN_NAME_EXISTS;

	if ((flags & ~(natural_t)CONSOLE_SCREEN_GRAPHICS) != 0) {
		return KERN_INVALID_VALUE;
	}
	console = enter(call);
	if (console == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if ((flags & CONSOLE_SCREEN_GRAPHICS) != 0 && !display_has_pictures()) {
		result = KERN_NO_ACCESS;
	} else if (console->grid == NULL) {
		result = console_take_grid(console, (flags & CONSOLE_SCREEN_GRAPHICS) != 0, memory);
		*columns = vt_grid_const(console->vt)->columns;
		*rows = vt_grid_const(console->vt)->rows;
	}
	console_unlock();
	return result;
}

kern_return_t serve_console_screen_release(ipc_call_t call)
{
	struct console *console = enter(call);
	kern_return_t result = KERN_FAILURE;

	if (console == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if (console->grid != NULL) {
		console_release_grid(console);
		result = KERN_SUCCESS;
	}
	console_unlock();
	return result;
}

kern_return_t serve_console_show(ipc_call_t call)
{
	struct console *console = enter(call);
	kern_return_t result = KERN_INVALID_ARGUMENT;

	if (console != NULL) {
		result = console_show_number(console->number);
		console_unlock();
	}
	return result;
}

static kern_return_t split(struct console *console, natural_t other)
{
	struct screen_effects effects;

	if (other >= SCREEN_CONSOLES) {
		return KERN_INVALID_VALUE;
	}
	if (screen.split || other == console->number) {
		return KERN_NAME_EXISTS;
	}
	if ((console_status(console) & CONSOLE_STATUS_SHOWN) == 0 ||
	    !screen_split(&screen, other, &effects)) {
		return KERN_NO_ACCESS;
	}
	console_apply(&effects);
	return KERN_SUCCESS;
}

/* One console again, and it is this one. */
static kern_return_t join(struct console *console)
{
	struct screen_effects effects;

	if ((console_status(console) & CONSOLE_STATUS_SHOWN) == 0) {
		return KERN_NO_ACCESS;
	}
	(void)console_show_number(console->number); /* the focus goes there */
	if (screen_unsplit(&screen, &effects)) {
		console_apply(&effects);
	}
	return KERN_SUCCESS;
}

kern_return_t serve_console_split(ipc_call_t call, natural_t other)
{
	struct console *console = enter(call);
	kern_return_t result = KERN_INVALID_ARGUMENT;

	if (console != NULL) {
		result = other == CONSOLE_ANY ? join(console) : split(console, other);
		console_unlock();
	}
	return result;
}

/* --------------------------------------------------------------------------------------- cells */

static void copy_cells(const struct console *console, uint16_t *cells, uint32_t columns,
		       uint32_t rows)
{
	if (console->grid != NULL) {
		memcpy(cells, (const uint8_t *)console->grid + CONSOLE_SCREEN_CELLS,
		       2 * columns * rows);
		return;
	}
	for (uint32_t row = 0; row < rows; row++) {
		vt_read_row(console->vt, row, cells + row * columns);
	}
}

static void copy_cursor(const struct console *console, natural_t *row, natural_t *column)
{
	struct screen_cursor cursor;

	screen_console_cursor(&screen, console->number, &cursor);
	*row = cursor.shape != CONSOLE_CURSOR_HIDDEN ? cursor.row : 0xffffffffu;
	*column = cursor.shape != CONSOLE_CURSOR_HIDDEN ? cursor.column : 0;
}

kern_return_t serve_console_get_cells(ipc_call_t call, vm_offset_t *cells,
				      mach_msg_type_number_t *bytes, natural_t *columns,
				      natural_t *rows, natural_t *cursor_row,
				      natural_t *cursor_column)
{
	const vm_size_t bytes_max = 2 * CONSOLE_COLUMNS_MAX * CONSOLE_ROWS_MAX;
	vm_address_t memory = 0;
	struct console *console = NULL;

	if (vm_allocate(mach_task_self(), &memory, bytes_max, TRUE) != KERN_SUCCESS) {
		return KERN_RESOURCE_SHORTAGE;
	}
	console = enter(call);
	if (console == NULL) {
		(void)vm_deallocate(mach_task_self(), memory, bytes_max);
		return KERN_INVALID_ARGUMENT;
	}
	*columns = vt_grid_const(console->vt)->columns;
	*rows = vt_grid_const(console->vt)->rows;
	*bytes = 2 * *columns * *rows;
	copy_cells(console, (uint16_t *)memory, *columns, *rows);
	copy_cursor(console, cursor_row, cursor_column);
	console_unlock();
	/* Sending takes the pages that are sent; the others go here. */
	vm_size_t sent = (*bytes + PAGE_SIZE - 1) & ~(vm_size_t)(PAGE_SIZE - 1);
	vm_size_t all = (bytes_max + PAGE_SIZE - 1) & ~(vm_size_t)(PAGE_SIZE - 1);
	if (sent < all) {
		(void)vm_deallocate(mach_task_self(), memory + sent, all - sent);
	}
	*cells = memory;
	return KERN_SUCCESS;
}
