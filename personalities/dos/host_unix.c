/*
 * host.h for a Unix process: streams, terminal, signals, the process.
 *
 * All signals are blocked but where this file waits or looks (open_signals): the thread must not be
 * sent to a handler while it runs 16-bit code.
 */
#include <string.h>
#include <libc/log.h>
#include <libmach.h>
#include <masix/masix_host.h>
#include "cells_core.h"
#include "host_unix.h"

#define DESCRIPTORS 3
#define WORDS_MAX   128
#define CLEAR       "\033[0m\033[2J\033[H"
#define KEEP_FROM   10 /* descriptors from here on hold streams while they change places */
#define EXIT_FAILED 126
#define MASK_BYTES  8 /* of a signal mask */

static const uint32_t all_signals[2] = {0xffffffff, 0xffffffff};
static const uint32_t no_signals[2];

static uint32_t terminal = DESCRIPTORS; /* a descriptor; DESCRIPTORS: there is none */
static bool is_terminal[DESCRIPTORS], is_slow[DESCRIPTORS];
static struct linux_termios modes_found;
static bool is_raw;
static volatile bool interrupted, continued;

bool unix_is_slow(uint32_t descriptor)
{
	return descriptor < DESCRIPTORS && is_slow[descriptor];
}

/* ------------------------------------------------------------------------------------- signals */

static void open_signals(void)
{
	(void)linux_call(LINUX_RT_SIGPROCMASK, LINUX_SIG_SETMASK, LINUX_POINTER(no_signals), 0,
			 MASK_BYTES, 0);
}

static void close_signals(void)
{
	(void)linux_call(LINUX_RT_SIGPROCMASK, LINUX_SIG_SETMASK, LINUX_POINTER(all_signals), 0,
			 MASK_BYTES, 0);
}

static void handle(int number)
{
	if (number == LINUX_SIGINT) {
		interrupted = true;
	} else {
		continued = true;
	}
}

/* What was ignored when we began stays so (a shell's background jobs). */
static void catch_signal(uint32_t number)
{
	struct linux_action before = {0}, action = {.handler = LINUX_POINTER(handle)};

	(void)linux_call(LINUX_RT_SIGACTION, number, 0, LINUX_POINTER(&before), MASK_BYTES, 0);
	if (before.handler != LINUX_SIG_IGN) {
		(void)linux_call(LINUX_RT_SIGACTION, number, LINUX_POINTER(&action), 0, MASK_BYTES,
				 0);
	}
}

bool unix_wait(uint32_t descriptor, int16_t wanted)
{
	struct linux_poll poll = {.descriptor = (int32_t)descriptor, .wanted = wanted};
	int result = -LINUX_EINTR;

	while (result == -LINUX_EINTR && !interrupted) {
		result = linux_call(LINUX_PPOLL, LINUX_POINTER(&poll), 1, 0,
				    LINUX_POINTER(no_signals), MASK_BYTES);
	}
	return result != -LINUX_EINTR;
}

static void wait_for(uint32_t microseconds, bool keys)
{
	const struct linux_timespec time = {(int32_t)(microseconds / 1000000),
					    (int32_t)(microseconds % 1000000 * 1000)};
	struct linux_poll poll = {.descriptor = (int32_t)terminal, .wanted = LINUX_POLLIN};
	bool watched = keys && is_raw;

	(void)linux_call(LINUX_PPOLL, watched ? LINUX_POINTER(&poll) : 0, watched,
			 microseconds == HOST_FOREVER ? 0 : LINUX_POINTER(&time),
			 LINUX_POINTER(no_signals), MASK_BYTES);
}

/* ------------------------------------------------------------------------------------ terminal */

/* A job of the background must not touch the terminal's modes unless it means to be stopped. */
static bool in_foreground(void)
{
	int group = 0;

	return linux_call(LINUX_IOCTL, terminal, LINUX_TIOCGPGRP, LINUX_POINTER(&group), 0, 0) >=
		       0 &&
	       group == linux_call(LINUX_GETPGRP, 0, 0, 0, 0, 0);
}

static void set_modes(const struct linux_termios *modes)
{
	open_signals(); /* SIGTTOU stops us here */
	(void)linux_call(LINUX_IOCTL, terminal, LINUX_TCSETSW, LINUX_POINTER(modes), 0, 0);
	close_signals();
}

/* Keys as they are typed, bytes as they are written; but ^C is a signal, to all of the job. */
static void make_raw(void)
{
	struct linux_termios raw = modes_found;

	raw.input &= ~(LINUX_INPUT_CONVERSIONS | LINUX_INPUT_FLOW);
	raw.output &= ~LINUX_OUTPUT_OPOST;
	raw.local &= ~(LINUX_LOCAL_LINES | LINUX_LOCAL_IEXTEN);
	raw.local |= LINUX_LOCAL_ISIG | LINUX_LOCAL_NOFLSH;
	raw.characters[LINUX_VINTR] = 3;
	raw.characters[LINUX_VQUIT] = 0;
	raw.characters[LINUX_VSUSP] = 0;
	raw.characters[LINUX_VMIN] = 1;
	raw.characters[LINUX_VTIME] = 0;
	set_modes(&raw);
	is_raw = true;
}

static void make_cooked(void)
{
	if (is_raw) {
		set_modes(&modes_found);
		is_raw = false;
	}
}

/* Newlib's thread block is found by a segment: the Unix server is to know of it, for fork. */
static void tell_segment(void)
{
	uint32_t base = 0, selector = 0;
	struct linux_segment segment = {.limit = 0xfffff, .bits = 0x51};

	__asm__ volatile("movl %%gs:0, %0; movl %%gs, %1" : "=r"(base), "=r"(selector));
	segment.entry = selector >> 3;
	segment.base = base;
	(void)linux_call(LINUX_SET_THREAD_AREA, LINUX_POINTER(&segment), 0, 0, 0, 0);
}

static void no_log(const char *text, size_t bytes)
{
	(void)text;
	(void)bytes;
}

static bool start_terminal(void)
{
	struct linux_termios modes;

	libc_log_set(no_log);
	close_signals();
	tell_segment();
	for (uint32_t i = 0; i < DESCRIPTORS; i++) {
		struct linux_stat stat = {.mode = 0};

		is_terminal[i] =
			linux_call(LINUX_IOCTL, i, LINUX_TCGETS, LINUX_POINTER(&modes), 0, 0) >= 0;
		is_slow[i] = linux_call(LINUX_FSTAT64, i, LINUX_POINTER(&stat), 0, 0, 0) >= 0 &&
			     (stat.mode & FILE_MODE_KIND) != FILE_MODE_REGULAR;
		if (is_terminal[i] && terminal == DESCRIPTORS && i < 2) {
			terminal = i;
			modes_found = modes;
		}
	}
	catch_signal(LINUX_SIGINT);
	catch_signal(LINUX_SIGCONT);
	return terminal != DESCRIPTORS;
}

static uint32_t stream(uint32_t number)
{
	struct linux_stat stat;

	return is_terminal[number] ||
			       linux_call(LINUX_FSTAT64, number, LINUX_POINTER(&stat), 0, 0, 0) < 0
		       ? 0
		       : unix_file((int)number);
}

static void write_terminal(const char *bytes, uint32_t count)
{
	uint32_t descriptor = is_terminal[1] ? 1 : terminal;

	if (!is_raw && is_terminal[1] && in_foreground()) {
		make_raw();
	}
	while (count > 0) {
		int result = 0;

		(void)unix_wait(descriptor, LINUX_POLLOUT);
		open_signals(); /* SIGTTOU, where that is wanted */
		result = linux_call(LINUX_WRITE, descriptor, LINUX_POINTER(bytes), count, 0, 0);
		close_signals();
		if (result <= 0 && result != -LINUX_EINTR) {
			return;
		}
		bytes += result > 0 ? result : 0;
		count -= result > 0 ? (uint32_t)result : 0;
	}
}

static uint32_t read_terminal(uint8_t *bytes, uint32_t bytes_max, bool wanted)
{
	int result = 0;

	if (!is_raw) {
		if (!wanted) {
			return 0;
		}
		make_raw();
	}
	if (!unix_has_input(unix_file((int)terminal))) {
		return 0;
	}
	open_signals(); /* SIGTTIN stops us here */
	result = linux_call(LINUX_READ, terminal, LINUX_POINTER(bytes), bytes_max, 0, 0);
	close_signals();
	return result > 0 ? (uint32_t)result : 0;
}

/* ------------------------------------------------------------------------------------- the screen
 */

/* The cells, as the rest of the monitor has them from a console; drawn as text here. */
static union {
	struct console_screen header;
	uint8_t bytes[CONSOLE_SCREEN_BYTES(CELLS_COLUMNS, CELLS_ROWS)];
} screen;
static struct cells_shown shown;

static struct console_screen *take_screen(bool *pictures)
{
	uint16_t size[4] = {0};
	int result = linux_call(LINUX_IOCTL, terminal, LINUX_TIOCGWINSZ, LINUX_POINTER(size), 0, 0);

	*pictures = false;
	if (result < 0 || size[0] < CELLS_ROWS || size[1] < CELLS_COLUMNS || !is_terminal[1]) {
		return NULL;
	}
	if (!is_raw) {
		make_raw();
	}
	shown = (struct cells_shown){.known = false};
	write_terminal(CLEAR, sizeof CLEAR - 1);
	return &screen.header;
}

static void show_screen(void)
{
	char text[1024];
	bool done = false;

	while (!done) {
		uint32_t bytes = cells_render(&shown, screen.bytes + CONSOLE_SCREEN_CELLS,
					      screen.header.cursor_row, screen.header.cursor_column,
					      screen.header.cursor_shape == CONSOLE_CURSOR_HIDDEN,
					      text, sizeof text, &done);

		if (bytes > 0) {
			write_terminal(text, bytes);
		}
	}
}

static void release_screen(void)
{
	write_terminal(CLEAR "\033[?25h", sizeof CLEAR "\033[?25h" - 1);
}

/* ---------------------------------------------------------------------------------- the process */

static bool take_break(void)
{
	bool was = false;

	open_signals();
	close_signals();
	if (continued) {
		continued = false;
		if (is_raw && in_foreground()) {
			make_raw(); /* the shell has had the terminal meanwhile */
		}
	}
	was = interrupted;
	interrupted = false;
	return was;
}

static void split(const char *text, uint32_t bytes, const char **words)
{
	uint32_t count = 0;

	for (uint32_t at = 0; at < bytes && count + 1 < WORDS_MAX;
	     at += (uint32_t)strlen(text + at) + 1) {
		words[count++] = text + at;
	}
	words[count] = NULL;
}

/* The child, in its own copy of the memory; nothing here may come back. */
static void __attribute__((noreturn))
become(const struct host_program *program, const char *const *words, const char *const *variables)
{
	int kept[HOST_STREAMS];

	for (uint32_t i = 0; i < HOST_STREAMS; i++) {
		uint32_t file = program->streams[i];

		kept[i] = linux_call(LINUX_FCNTL64, file == 0 ? i : unix_descriptor(file),
				     LINUX_F_DUPFD, KEEP_FROM, 0, 0);
	}
	for (uint32_t i = 0; i < HOST_STREAMS; i++) {
		if (kept[i] >= 0) {
			(void)linux_call(LINUX_DUP2, (uint32_t)kept[i], i, 0, 0, 0);
			(void)linux_call(LINUX_CLOSE, (uint32_t)kept[i], 0, 0, 0, 0);
		}
	}
	(void)linux_call(LINUX_CHDIR, LINUX_POINTER(program->directory), 0, 0, 0, 0);
	open_signals();
	(void)linux_call(LINUX_EXECVE, LINUX_POINTER(program->path), LINUX_POINTER(words),
			 LINUX_POINTER(variables), 0, 0);
	(void)linux_call(LINUX_EXIT_GROUP, EXIT_FAILED, 0, 0, 0, 0);
	__builtin_trap();
}

static int execute(const struct host_program *program)
{
	const char *words[WORDS_MAX], *variables[WORDS_MAX];
	int child = 0, result = 0;
	uint32_t status = 0;

	split(program->words, program->words_bytes, words);
	split(program->environment, program->environment_bytes, variables);
	make_cooked();
	child = linux_call(LINUX_FORK, 0, 0, 0, 0, 0);
	if (child == 0) {
		become(program, words, variables);
	}
	if (child < 0) {
		return -1;
	}
	do {
		open_signals();
		result = linux_call(LINUX_WAIT4, (uint32_t)child, LINUX_POINTER(&status), 0, 0, 0);
		close_signals();
	} while (result == -LINUX_EINTR);
	interrupted = false; /* it was the child's as well */
	return (int)((status & 0x7f) != 0 ? 0x80 | (status & 0x7f) : status >> 8 & 0xff);
}

static void end_terminal(void)
{
	make_cooked();
}

static void __attribute__((noreturn)) exit_process(uint32_t code, bool by_break)
{
	const struct linux_action action = {.handler = LINUX_SIG_DFL};

	if (by_break) {
		/* So that who waits for us sees what has ended us, as with every Unix program. */
		(void)linux_call(LINUX_RT_SIGACTION, LINUX_SIGINT, LINUX_POINTER(&action), 0,
				 MASK_BYTES, 0);
		(void)linux_call(LINUX_KILL, (uint32_t)linux_call(LINUX_GETPID, 0, 0, 0, 0, 0),
				 LINUX_SIGINT, 0, 0, 0);
		open_signals();
	}
	(void)linux_call(LINUX_EXIT_GROUP, code, 0, 0, 0, 0);
	__builtin_trap();
}

const struct host host_unix = {
	.get_attributes = unix_get_attributes,
	.read_directory = unix_read_directory,
	.open = unix_open,
	.close = unix_close,
	.read = unix_read,
	.write = unix_write,
	.seek = unix_seek,
	.get_file_attributes = unix_get_file_attributes,
	.set_size = unix_set_size,
	.set_modified = unix_set_modified,
	.has_input = unix_has_input,
	.make_directory = unix_make_directory,
	.remove = unix_remove,
	.rename = unix_rename,
	.set_mode = unix_set_mode,
	.get_space = unix_get_space,
	.get_directory = unix_get_directory,
	.start_terminal = start_terminal,
	.end_terminal = end_terminal,
	.stream = stream,
	.write_terminal = write_terminal,
	.read_terminal = read_terminal,
	.take_screen = take_screen,
	.show_screen = show_screen,
	.release_screen = release_screen,
	.wait = wait_for,
	.take_break = take_break,
	.execute = execute,
	.exit = exit_process,
};
