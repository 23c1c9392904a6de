/* Bytes between programs and people: output to the terminal, keys through the line discipline to
   reads that wait. */
#include "server.h"

#include <gen/console_reply.h>

static void type(struct console *console, const uint8_t *bytes, uint32_t count, uint64_t time_ms);

/* ------------------------------------------------------------------------------------- output */

/* To the terminal as they are. What it answers is typed; what is echoed gets no answer, or an
   answer's echo could ask for the next one. */
static void show(struct console *console, const uint8_t *bytes, uint32_t count, bool answers)
{
	struct vt_effects effects;

	for (uint32_t done = 0; done < count; done += effects.consumed) {
		vt_write(console->vt, bytes + done, count - done, &effects);
		if (effects.bell) {
			display_bell();
		}
		if (answers && effects.reply_bytes != 0) {
			type(console, effects.reply, effects.reply_bytes, now_ms());
		}
	}
	display_change();
}

void console_write_text(struct console *console, const uint8_t *bytes, uint32_t count)
{
	static uint8_t out[2 * CONSOLE_DATA_MAX];

	for (uint32_t done = 0; done < count;) {
		uint32_t piece = count - done < CONSOLE_DATA_MAX ? count - done : CONSOLE_DATA_MAX;
		uint32_t made = line_output(&console->line.modes, bytes + done, piece, out);

		show(console, out, made, true);
		done += piece;
	}
}

/* The writer, or who set modes, goes on. */
static void answer_output(struct pending *pending)
{
	enum pending_kind kind = pending->kind;
	mach_port_t reply = pending_take(pending);

	if (reply != MACH_PORT_NULL) {
		ipc_answer_sent(reply, kind == PENDING_WRITE
					       ? console_write_reply(reply, KERN_SUCCESS)
					       : console_set_modes_reply(reply, KERN_SUCCESS));
	}
}

static void use_modes(struct console *console, uint32_t when, const struct console_modes *modes)
{
	static struct line_effects effects;

	if (when == CONSOLE_WHEN_FLUSHED) {
		line_flush(&console->line);
	}
	line_set_modes(&console->line, modes, &effects);
}

void console_pump(struct console *console)
{
	struct pending *pending = NULL;

	while (!console->line.stopped && (pending = pending_oldest_output(console)) != NULL) {
		/* First answered, then done: a writer that is gone has not written. */
		enum pending_kind kind = pending->kind;

		answer_output(pending);
		if (pending->kind == PENDING_GONE) {
			continue;
		}
		if (kind == PENDING_WRITE) {
			console_write_text(console, pending->data, pending->bytes);
		} else {
			use_modes(console, pending->when, &pending->modes);
		}
	}
}

void console_flush_output(struct console *console)
{
	struct pending *pending = NULL;

	while ((pending = pending_oldest(console, PENDING_WRITE)) != NULL) {
		answer_output(pending);
	}
	/* Modes that waited for it do not wait any more. */
	while ((pending = pending_oldest(console, PENDING_MODES)) != NULL) {
		answer_output(pending);
		if (pending->kind == PENDING_NONE) {
			use_modes(console, pending->when, &pending->modes);
		}
	}
}

kern_return_t console_use_modes(struct console *console, uint32_t when,
				const struct console_modes *modes)
{
	use_modes(console, when, modes);
	console_pump(console); /* without flow control nothing is stopped */
	console_serve_reads(console);
	return KERN_SUCCESS;
}

/* -------------------------------------------------------------------------------------- input */

static void type_byte(struct console *console, uint8_t byte, uint64_t time_ms)
{
	static struct line_effects effects;
	int signal = -1;

	line_input(&console->line, byte, console->vt->column, time_ms, &effects);
	signal = effects.signal;
	if (effects.bell) {
		display_bell();
	}
	if (effects.flush_output) {
		console_flush_output(console);
	}
	if (effects.echo_bytes != 0) {
		show(console, effects.echo, effects.echo_bytes, false);
	}
	if (effects.started) {
		console_pump(console); /* what it answers comes here again: no effects after this */
	}
	if (signal >= 0) {
		console_tell(console, CONSOLE_EVENT_SIGNAL, (uint32_t)signal);
	}
}

static void type(struct console *console, const uint8_t *bytes, uint32_t count, uint64_t time_ms)
{
	for (uint32_t i = 0; i < count; i++) {
		type_byte(console, bytes[i], time_ms);
	}
	console_serve_reads(console);
}

void console_type(struct console *console, const uint8_t *bytes, uint32_t count)
{
	if (console->vt->view != 0) {
		vt_scroll_view(console->vt, -(int32_t)console->vt->view);
		display_change();
	}
	type(console, bytes, count, now_ms());
}

/* ------------------------------------------------------------------------ those who only wait */

bool console_has_input(const struct console *console)
{
	return line_available(&console->line) != 0 || line_at_end(&console->line) ||
	       console->keys_count != 0;
}

static void answer_waits(struct console *console)
{
	struct pending *pending = NULL;

	while (console_has_input(console) &&
	       (pending = pending_oldest(console, PENDING_WAIT)) != NULL) {
		mach_port_t reply = pending_take(pending);

		if (reply != MACH_PORT_NULL) {
			ipc_answer_sent(reply, console_wait_reply(reply, KERN_SUCCESS));
		}
	}
}

/* ---------------------------------------------------------------------------------- scan codes */

static void add_keys(struct console *console, const uint8_t *codes, uint32_t count)
{
	if (console->keys_lost || console->keys_count + count > CONSOLE_KEYS_MAX) {
		console->keys_lost = true;
		return;
	}
	memcpy(console->keys + console->keys_count, codes, count);
	console->keys_count += count;
}

uint32_t console_get_keys(struct console *console, uint8_t *codes)
{
	uint32_t count = console->keys_count;

	memcpy(codes, console->keys, count);
	console->keys_count = 0;
	if (console->keys_lost) {
		console->keys_lost = false;
		input_release(console);
	}
	console->told_keys = console->keys_count != 0;
	return count;
}

void console_type_keys(struct console *console, const uint8_t *codes, uint32_t count)
{
	static uint8_t out[CONSOLE_KEYS_MAX];
	struct pending *pending = NULL;

	add_keys(console, codes, count);
	while (console->keys_count != 0 &&
	       (pending = pending_oldest(console, PENDING_READ_KEYS)) != NULL) {
		mach_port_t reply = pending_take(pending);

		if (reply != MACH_PORT_NULL) {
			uint32_t taken = console_get_keys(console, out);

			ipc_answer_sent(reply, console_read_keys_reply(reply, KERN_SUCCESS,
								       (const char *)out, taken));
		}
	}
	if (console->keys_count != 0 && !console->told_keys) {
		console->told_keys = true;
		console_tell(console, CONSOLE_EVENT_KEYS, console->keys_count);
	}
	answer_waits(console);
}

/* -------------------------------------------------------------------------------------- reads */

static void answer_read(struct console *console, struct pending *pending)
{
	static uint8_t data[CONSOLE_DATA_MAX];
	mach_port_t reply = pending_take(pending);

	if (reply != MACH_PORT_NULL) {
		uint32_t count = line_read(&console->line, data, pending->bytes);

		ipc_answer_sent(reply,
				console_read_reply(reply, KERN_SUCCESS, (const char *)data, count));
	}
}

void console_serve_reads(struct console *console)
{
	struct pending *pending = NULL;
	uint32_t available = 0;

	console->wake_ms = 0;
	while ((pending = pending_oldest(console, PENDING_READ)) != NULL) {
		if (line_check(&console->line, pending->bytes, pending->since_ms, now_ms(),
			       &console->wake_ms) == LINE_WAIT) {
			break;
		}
		answer_read(console, pending);
	}
	if (console->wake_ms != 0) {
		loop_wake();
	}
	available = line_available(&console->line);
	if (available == 0 && !line_at_end(&console->line)) {
		console->told_input = false;
	} else if (!console->told_input) {
		console->told_input = true;
		console_tell(console, CONSOLE_EVENT_INPUT, available);
	}
	answer_waits(console);
}
