/* terminal.h: what all terminals have in common. */
#include <masix/file.h>
#include "job_control.h"
#include "kinds.h"
#include "run.h"
#include "terminal.h"

#define O_ACCMODE  03u
#define O_NOCTTY   0400u
#define O_NONBLOCK 04000u
#define CALL_READ  3u

#define OUTPUT_PART 512u /* of a write, converted at a time: at most twice as much comes of it */

struct terminal *terminals;

struct terminal *terminal_create(void)
{
	struct terminal *terminal = calloc(1, sizeof(*terminal));

	if (terminal == NULL) {
		return NULL;
	}
	terminal->output.size = PIPE_BYTES;
	terminal->output.bytes = malloc(PIPE_BYTES);
	if (terminal->output.bytes == NULL) {
		free(terminal);
		return NULL;
	}
	terminal->references = 1;
	terminal->size[0] = 25;
	terminal->size[1] = 80;
	tty_default(&terminal->termios);
	line_init(&terminal->line);
	tty_to_modes(&terminal->termios, &terminal->line.modes);
	terminal->next = terminals;
	terminals = terminal;
	return terminal;
}

void terminal_reference(struct terminal *terminal)
{
	terminal->references++;
}

void terminal_release(struct terminal *terminal)
{
	struct terminal **place = &terminals;

	if (--terminal->references != 0) {
		return;
	}
	while (*place != terminal) {
		place = &(*place)->next;
	}
	*place = terminal->next;
	if (terminal->console != MACH_PORT_NULL) {
		console_end(terminal);
	}
	wait_queue_end(&terminal->changed);
	free(terminal->output.bytes);
	free(terminal);
}

void terminal_changed(struct terminal *terminal)
{
	wait_queue_wake(&terminal->changed);
	if (terminal->run != NULL) {
		run_output(terminal->run);
		run_input(terminal->run);
	}
}

/* --------------------------------------------------------------------------------------- output */

/* The other side may take it: at once, if that is a console. */
static void output_added(struct terminal *terminal)
{
	terminal_changed(terminal);
	if (terminal->console != MACH_PORT_NULL) {
		console_carry_output(terminal);
	}
}

static void put_output(struct terminal *terminal, const uint8_t *bytes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		terminal->column = tty_column(terminal->column, bytes[i]);
	}
	(void)pipe_put_some(&terminal->output, bytes, count);
}

/* ---------------------------------------------------------------------------------------- input */

static void signal_typed(struct terminal *terminal, int character)
{
	static const struct signal_info info = {.code = SI_KERNEL};
	uint32_t signal = character == CONSOLE_CHARACTER_INTERRUPT ? SIGINT
			  : character == CONSOLE_CHARACTER_QUIT    ? SIGQUIT
								   : SIGTSTP;

	if (terminal->foreground != 0) {
		signal_group(terminal->foreground, signal, &info);
	}
}

static void act(struct terminal *terminal, const struct line_effects *effects)
{
	/* What a master could have read already stays, as on Linux. */
	if (effects->flush_output && !terminal->is_pty) {
		terminal->output.first = terminal->output.count = 0;
	}
	if (effects->bell) {
		put_output(terminal, (const uint8_t *)"\a", 1);
	}
	put_output(terminal, effects->echo, effects->echo_bytes);
	if (effects->signal >= 0) {
		signal_typed(terminal, effects->signal);
	}
}

bool terminal_has_room(const struct terminal *terminal)
{
	const struct line *line = &terminal->line;

	return !terminal->is_pty || line->count < LINE_INPUT_MAX - 1 ||
	       ((line->modes.local & CONSOLE_LOCAL_LINES) != 0 && line->ready == 0);
}

uint32_t terminal_input(struct terminal *terminal, const uint8_t *bytes, uint32_t count)
{
	static struct line_effects effects; /* large; the lock is held */
	uint32_t done = 0;

	for (; done < count && terminal_has_room(terminal); done++) {
		line_input(&terminal->line, bytes[done], terminal->column, server_now() / 1000000u,
			   &effects);
		act(terminal, &effects);
	}
	output_added(terminal);
	return done;
}

/* --------------------------------------------------------------------------------- read, write */

static int wait_for_input(struct request *request, struct terminal *terminal,
			  const struct open_file *file, uint64_t wake_ms)
{
	if ((file->flags & O_NONBLOCK) != 0) {
		return -EAGAIN;
	}
	if (wake_ms != 0) {
		(void)request_wait_until(request, wake_ms * 1000000u);
	}
	return request_wait(request, &terminal->changed);
}

static int terminal_read(struct request *request, struct open_file *file, void *data,
			 uint32_t bytes, int64_t offset)
{
	struct terminal *terminal = file->data;
	uint64_t now_ms = server_now() / 1000000u;
	uint64_t wake_ms = 0;
	int result = 0;

	if (offset != FILE_CURRENT_OFFSET) {
		return -ESPIPE;
	}
	if (terminal->hung_up || bytes == 0) {
		return 0;
	}
	result = job_control_read(request->thread, terminal);
	if (result < 0) {
		return result;
	}
	if (request->number == CALL_READ && request->arguments[4] != 0) {
		return 0; /* a later part of a longer read: one read, one line */
	}
	if (request->memory == 0) {
		request->memory = now_ms; /* since when it reads */
	}
	if (line_check(&terminal->line, bytes, request->memory, now_ms, &wake_ms) == LINE_WAIT) {
		return wait_for_input(request, terminal, file, wake_ms);
	}
	result = (int)line_read(&terminal->line, data, bytes);
	terminal_changed(terminal); /* there is room for a master's bytes */
	return result;
}

/* Puts in what has room; how many of the program's bytes. */
static uint32_t write_some(struct terminal *terminal, const uint8_t *data, uint32_t bytes)
{
	uint8_t converted[2 * OUTPUT_PART];
	uint32_t done = 0;

	while (done < bytes && pipe_room(&terminal->output) >= sizeof(converted)) {
		uint32_t part = bytes - done < OUTPUT_PART ? bytes - done : OUTPUT_PART;

		put_output(terminal, converted,
			   line_output(&terminal->line.modes, data + done, part, converted));
		done += part;
	}
	return done;
}

static int terminal_write(struct request *request, struct open_file *file, const void *data,
			  uint32_t bytes, int64_t offset)
{
	struct terminal *terminal = file->data;
	uint32_t done = (uint32_t)request->memory;
	int result = 0;

	if (offset != FILE_CURRENT_OFFSET) {
		return -ESPIPE;
	}
	result = job_control_write(request->thread, terminal);
	if (result < 0) {
		return done != 0 ? (int)done : result;
	}
	while (!terminal->hung_up && done < bytes) {
		uint32_t part = write_some(terminal, (const uint8_t *)data + done, bytes - done);

		done += part;
		output_added(terminal);
		if (part == 0) {
			break;
		}
	}
	if (terminal->hung_up) {
		return done != 0 ? (int)done : -EIO;
	}
	if (done == bytes) {
		return (int)done;
	}
	if ((file->flags & O_NONBLOCK) != 0) {
		return done != 0 ? (int)done : -EAGAIN;
	}
	request->memory = done;
	request->interrupted = done != 0 ? (int)done : -UNIX_ERESTARTSYS;
	return request_wait(request, &terminal->changed);
}

/* ------------------------------------------------------------------------------------ the rest */

static uint32_t terminal_poll(struct request *request, struct open_file *file, uint32_t events)
{
	struct terminal *terminal = file->data;
	const struct line *line = &terminal->line;
	uint32_t least = line->modes.read_time_ms == 0 && line->modes.read_bytes != 0
				 ? line->modes.read_bytes
				 : 1;
	uint32_t there = 0;

	(void)events;
	if ((line->modes.local & CONSOLE_LOCAL_LINES) != 0 ? line->ready != 0
							   : line->count >= least) {
		there |= POLL_IN;
	}
	if (pipe_room(&terminal->output) >= 2 * OUTPUT_PART) {
		there |= POLL_OUT;
	}
	if (terminal->hung_up) {
		there |= POLL_IN | POLL_OUT | POLL_HANGUP;
	}
	if (request != NULL) {
		(void)request_wait(request, &terminal->changed);
	}
	return there;
}

void terminal_attributes(const struct terminal *terminal, struct file_attributes *attributes)
{
	attributes->number = 0x10000u + terminal->number;
	attributes->links = 1;
	attributes->uid = terminal->uid;
	attributes->gid = 5; /* tty */
	attributes->mode = FILE_MODE_CHARACTER | 0620;
	attributes->device = terminal->is_pty
				     ? (uint64_t)TERMINAL_PTS_MAJOR << 32 | terminal->number
				     : (uint64_t)TERMINAL_MAJOR << 32 | TERMINAL_CONSOLE;
}

static int attributes_of(struct open_file *file, void *attributes)
{
	if (file->port != MACH_PORT_NULL) {
		return file_attributes_of(file, attributes);
	}
	terminal_attributes(file->data, attributes);
	return 0;
}

static int own_ioctl(struct request *request, struct open_file *file, uint32_t command)
{
	struct terminal *terminal = file->data;

	return terminal->hung_up ? -EIO : terminal_ioctl(request, terminal, command);
}

static void terminal_close(struct open_file *file)
{
	struct terminal *terminal = file->data;

	terminal->files--;
	if (terminal->is_pty) {
		pty_changed(terminal);
	}
	terminal_release(terminal);
}

static const struct open_file_kind terminal_kind = {
	.read = terminal_read,
	.write = terminal_write,
	.attributes = attributes_of,
	.poll = terminal_poll,
	.ioctl = own_ioctl,
	.close = terminal_close,
};

struct terminal *terminal_of(const struct open_file *file)
{
	return file->kind == &terminal_kind ? file->data : NULL;
}

struct open_file *terminal_file(struct terminal *terminal, uint32_t flags)
{
	struct open_file *file = open_file_create(&terminal_kind, flags & ~O_NOCTTY, terminal);

	if (file != NULL) {
		terminal_reference(terminal);
		terminal->files++;
		if (terminal->is_pty) {
			pty_changed(terminal);
		}
	}
	return file;
}

/* The terminal itself, by its device: it becomes a leader's that has none. */
static int open_terminal(struct request *request, struct terminal *terminal, uint32_t flags,
			 struct open_file **file)
{
	struct process *process = request->thread->process;

	if (terminal == NULL) {
		return -ENXIO;
	}
	if (terminal->hung_up) {
		return -EIO;
	}
	*file = terminal_file(terminal, flags);
	if (*file == NULL) {
		return -ENFILE;
	}
	if ((flags & O_NOCTTY) == 0 && process->sid == process->pid && process->terminal == NULL &&
	    terminal->session == 0 && (flags & O_ACCMODE) != 1) {
		terminal_set_session(terminal, process);
	}
	return 0;
}

int terminal_open(struct request *request, uint32_t major, uint32_t minor, uint32_t flags,
		  struct open_file **file)
{
	struct terminal *terminal = request->thread->process->terminal;

	if (major == TERMINAL_PTS_MAJOR) {
		terminal = pty_find(minor);
		if (terminal == NULL || !terminal->master_open || terminal->locked) {
			return terminal == NULL ? -ENXIO : -EIO;
		}
		return open_terminal(request, terminal, flags, file);
	}
	switch (minor) {
	case TERMINAL_TTY:
		return open_terminal(request, terminal, flags | O_NOCTTY, file);
	case TERMINAL_CONSOLE:
		terminal = terminals;
		while (terminal != NULL && terminal->console == MACH_PORT_NULL) {
			terminal = terminal->next;
		}
		return open_terminal(request, terminal, flags | O_NOCTTY, file);
	case TERMINAL_PTMX:
		return pty_open_master(request, flags, file);
	default:
		return -ENXIO;
	}
}
