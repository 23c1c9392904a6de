/* INT 21h, 01 to 0C (hexadecimal): characters and lines; reading and writing of devices. */
#include "terminal.h"
#include "dos.h"
#include "files.h"
#include "machine.h"
#include "screen_core.h"

#define CONTROL_C   3
#define END_OF_FILE 0x1a
#define LINE_BYTES  256
#define TAB_STOP    8
#define ENDS_MAX    200 /* how often a program reads the end of its input before it is stopped */

static int pending_scan = -1;        /* the second half of a key without a character */
static uint8_t line[LINE_BYTES + 2]; /* what reads of the console have not taken yet */
static uint32_t line_at, line_count;
static bool last_was_return; /* of a file that is standard input */

static struct open_file *standard(uint32_t handle)
{
	return handle_find(&dos.handles, dos_names(), handle);
}

/* ----------------------------------------------------------------------------------- output */

static void console_column(uint8_t *column)
{
	uint8_t row = 0;

	screen_get_cursor(machine_memory(), peek8(0, BIOS_PAGE), &row, column);
}

/* By INT 29h, if somebody has it.  (One who ends the program there spoils its own registers.) */
static void put_fast(uint8_t character)
{
	struct masix_v86_registers before = REGISTERS;

	if (machine_vector_is_ours(0x29)) {
		terminal_put_console(character);
		return;
	}
	set_al(character);
	if (machine_call_interrupt(0x29)) {
		REGISTERS = before;
	}
}

static void put_console(uint8_t character, bool raw)
{
	if (character == '\t' && !raw) {
		uint8_t column = 0;

		do {
			put_fast(' ');
			console_column(&column);
		} while (column % TAB_STOP != 0);
		return;
	}
	put_fast(character);
}

int dos_write(struct open_file *file, const uint8_t *bytes, uint32_t count, uint32_t *written)
{
	*written = count;
	switch (file->device) {
	case DEVICE_CON:
		for (uint32_t i = 0; i < count; i++) {
			put_console(bytes[i], file->raw != 0);
		}
		return 0;
	case DEVICE_NONE:
		terminal_flush();
		return files_write(file->object, bytes, count, written);
	case DEVICE_NUL:
		return 0;
	default:
		*written = 0; /* nothing is connected there */
		return DOS_ERROR_ACCESS;
	}
}

/* A read of a handle that is the console echoes there, wherever standard output goes. */
static bool echo_on_console;

static void put_standard(uint8_t character)
{
	struct open_file *file = standard(1);
	uint32_t written = 0;

	if (echo_on_console) {
		put_console(character, false);
	} else if (file != NULL) {
		(void)dos_write(file, &character, 1, &written);
	}
}

static void echo(uint8_t character)
{
	if (character < ' ' && character != '\r' && character != '\n' && character != '\b' &&
	    character != '\t') {
		put_standard('^');
		character += '@';
	}
	put_standard(character);
}

/* ------------------------------------------------------------------------------------ break */

/* ^C was typed: INT 23h.  false: the program has ended, or a call begins anew. */
static bool on_break(void)
{
	uint16_t before = sp();
	const struct open_file *file = standard(1);

	if (file != NULL && file->device == DEVICE_CON) {
		echo(CONTROL_C);
		put_standard('\r');
		put_standard('\n');
	}
	if (machine_vector_is_ours(0x23)) {
		dos_terminate(0, DOS_END_BREAK);
		return false;
	}
	if (!machine_call_interrupt(0x23)) {
		return false;
	}
	if (sp() != before) {
		/* RETF left the flags where they were: with carry the program is to end. */
		bool ends = (REGISTERS.eflags & FLAG_CARRY) != 0;

		set_sp(before);
		if (ends) {
			dos_terminate(0, DOS_END_BREAK);
			return false;
		}
	}
	return true;
}

/* While output goes on: is ^C the next key? */
static bool check_break(void)
{
	uint16_t key = 0;

	if (terminal_is_there() && bios_peek_key(&key) && (key & 0xff) == CONTROL_C) {
		(void)bios_wait_key(true, &key);
		return on_break();
	}
	return true;
}

bool dos_take_break(void)
{
	uint16_t key = 0;

	return !bios_peek_key(&key) || !bios_wait_key(true, &key) || on_break();
}

/* ------------------------------------------------------------------------------------ input */

/* A character of a file that is standard input.  DOS would give ^Z at its end for ever, and many a
   program would ask for ever; false: it is stopped. */
static bool read_file_character(struct open_file *file, uint8_t *character)
{
	static uint32_t ends;
	uint32_t got = 0;

	if (file != NULL && file->device == DEVICE_NONE &&
	    files_read(file->object, character, 1, &got) == 0 && got == 1) {
		ends = 0;
		return true;
	}
	*character = END_OF_FILE;
	if (++ends > ENDS_MAX) {
		machine_refuse("reads on and on behind the end of its input");
		return false;
	}
	return true;
}

/* The next character of standard input; false: the program has ended meanwhile. */
static bool read_character(uint8_t *character, bool checked)
{
	struct open_file *file = standard(0);
	uint16_t key = 0;

	if (pending_scan >= 0) {
		*character = (uint8_t)pending_scan;
		pending_scan = -1;
		return true;
	}
	if (file == NULL || file->device != DEVICE_CON) {
		return read_file_character(file, character);
	}
	for (;;) {
		if (!bios_wait_key_idle(&key)) {
			return false;
		}
		*character = (uint8_t)key;
		if (*character == 0 || (*character == 0xe0 && key >= 0x100)) {
			*character = 0;
			pending_scan = key >> 8;
			return true;
		}
		if (*character != CONTROL_C || !checked) {
			return true;
		}
		if (!on_break()) {
			return false;
		}
	}
}

void dos_read_echo(void)
{
	uint8_t character = 0;

	if (read_character(&character, true)) {
		echo(character);
		set_al(character);
	}
}

void dos_read_raw(void)
{
	uint8_t character = 0;

	if (read_character(&character, false)) {
		set_al(character);
	}
}

void dos_read_no_echo(void)
{
	uint8_t character = 0;

	if (read_character(&character, true)) {
		set_al(character);
	}
}

void dos_write_character(void)
{
	uint8_t character = dl();

	if (check_break()) {
		put_standard(character);
		set_al(character);
	}
}

/* No serial line and no printer: what is written is lost, what is read is the end. */
void dos_auxiliary_read(void)
{
	set_al(END_OF_FILE);
}

void dos_auxiliary_write(void)
{
}

void dos_printer_write(void)
{
}

void dos_write_string(void)
{
	if (!check_break()) {
		return;
	}
	for (uint32_t i = 0; i < 0x10000 && peek8(ds(), dx() + i) != '$'; i++) {
		put_standard(peek8(ds(), dx() + i));
	}
	set_al('$');
}

/* Is there something to read, without waiting? */
static bool has_input(void)
{
	struct open_file *file = standard(0);
	uint16_t key = 0;

	if (pending_scan >= 0) {
		return true;
	}
	if (file != NULL && file->device == DEVICE_CON) {
		return bios_look_key(&key);
	}
	return file != NULL && file->device == DEVICE_NONE && files_has_input(file->object);
}

void dos_direct_console(void)
{
	uint8_t character = 0;

	if (dl() != 0xff) {
		put_standard(dl());
		set_al(dl());
		return;
	}
	machine_set_flag(FLAG_ZERO, true);
	set_al(0);
	if (has_input() && read_character(&character, false)) {
		machine_set_flag(FLAG_ZERO, false);
		set_al(character);
	}
}

void dos_input_status(void)
{
	if (check_break()) {
		set_al(has_input() ? 0xff : 0);
	}
}

void dos_flush_and_read(void)
{
	uint16_t key = 0;
	struct open_file *file = standard(0);

	if (file != NULL && file->device == DEVICE_CON && terminal_is_there()) {
		pending_scan = -1;
		line_at = line_count;
		while (bios_peek_key(&key)) {
			(void)bios_wait_key(true, &key);
		}
	}
	if (al() == 0x01 || al() == 0x06 || al() == 0x07 || al() == 0x08 || al() == 0x0a) {
		set_ah(al());
		dos_call();
	} else {
		set_al(0);
	}
}

/* ------------------------------------------------------------------------------------- lines */

/* Rubs out what one character has put on the screen. */
static void rub_out(uint8_t character)
{
	for (int i = 0; i < (character < ' ' ? 2 : 1); i++) {
		put_standard('\b');
		put_standard(' ');
		put_standard('\b');
	}
}

/*
 * Reads a line with editing into "bytes" (bytes_max at most): how much it has, without its end.
 * false: the program has ended.  F1 and F3 take from "old", the line before.
 */
static bool edit_line(uint8_t *bytes, uint32_t bytes_max, const uint8_t *old, uint32_t old_count,
		      uint32_t *count, bool *ended)
{
	uint8_t character = 0;

	*count = 0;
	*ended = false;
	for (;;) {
		if (!read_character(&character, true)) {
			return false;
		}
		switch (character) {
		case '\n':
			if (last_was_return) {
				last_was_return = false;
				continue; /* the second half of a line's end */
			}
			return true;
		case '\r':
			last_was_return = !terminal_is_there();
			return true;
		case '\b':
			if (*count > 0) {
				rub_out(bytes[--*count]);
			}
			continue;
		case 0x1b:
			while (*count > 0) {
				rub_out(bytes[--*count]);
			}
			continue;
		case 0:
			if (!read_character(&character, true)) {
				return false;
			}
			for (uint32_t i = *count; (character == 0x3d || character == 0x3b) &&
						  i < old_count && *count < bytes_max;
			     i++) {
				bytes[(*count)++] = old[i];
				echo(old[i]);
				if (character == 0x3b) {
					break;
				}
			}
			continue;
		case END_OF_FILE:
			if (standard(0) == NULL || standard(0)->device != DEVICE_CON) {
				*ended = true;
				return true;
			}
			break;
		default:
			break;
		}
		last_was_return = false;
		if (*count < bytes_max) {
			bytes[(*count)++] = character;
			echo(character);
		} else {
			put_standard('\a');
		}
	}
}

void dos_read_line(void)
{
	uint8_t bytes[LINE_BYTES], old[LINE_BYTES];
	uint32_t most = peek8(ds(), dx()), old_count = peek8(ds(), dx() + 1u), count = 0;
	uint16_t segment = ds(), offset = dx();
	bool ended = false;

	if (most == 0) {
		return;
	}
	old_count =
		old_count < most && peek8(segment, offset + 2u + old_count) == '\r' ? old_count : 0;
	for (uint32_t i = 0; i < old_count; i++) {
		old[i] = peek8(segment, offset + 2u + i);
	}
	if (!edit_line(bytes, most - 1, old, old_count, &count, &ended)) {
		return;
	}
	put_standard('\r');
	poke8(segment, offset + 1u, count);
	for (uint32_t i = 0; i < count; i++) {
		poke8(segment, offset + 2u + i, bytes[i]);
	}
	poke8(segment, offset + 2u + count, '\r');
}

/* A line of the console for reads of a handle, with CR and LF. */
static bool fill_line(void)
{
	static const uint8_t old[1];
	bool ended = false, is_there = false;

	echo_on_console = true;
	is_there = edit_line(line, LINE_BYTES - 2, old, 0, &line_count, &ended);
	if (is_there && !ended) {
		put_standard('\r');
		put_standard('\n');
	}
	echo_on_console = false;
	if (!is_there) {
		return false;
	}
	line_at = 0;
	if (!ended) {
		line[line_count++] = '\r';
		line[line_count++] = '\n';
	}
	return true;
}

static bool read_console(struct open_file *file, uint8_t *bytes, uint32_t count, uint32_t *got)
{
	*got = 0;
	if (file->raw != 0) {
		for (; *got < count; (*got)++) {
			if (!read_character(&bytes[*got], false)) {
				return false;
			}
		}
		return true;
	}
	if (line_at == line_count && !fill_line()) {
		return false;
	}
	while (*got < count && line_at < line_count) {
		if (line[line_at] == END_OF_FILE) {
			line_at = line_count; /* the end: nothing behind it is read */
			break;
		}
		bytes[(*got)++] = line[line_at++];
	}
	return true;
}

bool dos_read(struct open_file *file, uint8_t *bytes, uint32_t count, uint32_t *got, int *error)
{
	*got = 0;
	*error = 0;
	switch (file->device) {
	case DEVICE_CON:
		return read_console(file, bytes, count, got);
	case DEVICE_NONE:
		*error = files_read(file->object, bytes, count, got);
		return true;
	case DEVICE_NUL:
		return true;
	default:
		return true; /* AUX, PRN: the end */
	}
}
