/* See terminal.h. */
#include "terminal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ansi_core.h"
#include "host.h"
#include "interrupts.h"
#include "keyboard_core.h"
#include "machine.h"
#include "screen_core.h"
#include "terminal_core.h"
#include "video.h"

#define SCREEN_BYTES (SCREEN_COLUMNS * SCREEN_ROWS * 2)
#define CONTROL_C    0x2e03u

static bool is_there;                 /* a terminal */
static struct console_screen *screen; /* while it is taken */
static bool refused_screen;
static bool pictures; /* can be shown */
static bool input_ended;
static bool break_wanted; /* ^C came from outside, and lies first in the keyboard's ring */
static bool break_twice;  /* and another came before anybody took it */
static char output[CONSOLE_DATA_MAX];
static uint32_t output_bytes;
static uint8_t shown[SCREEN_BYTES]; /* the text memory as we know it */
static struct terminal_input typed;
static uint8_t scans[CONSOLE_KEYS_MAX]; /* codes that the keyboard's controller has not had yet */
static uint32_t scan_at, scan_count;

void terminal_start(void)
{
	is_there = host->start_terminal();
	memcpy(shown, machine_memory() + SCREEN_CELLS, sizeof shown);
}

mach_port_t terminal_input_file(void)
{
	return host->stream(0);
}

mach_port_t terminal_output_file(void)
{
	return host->stream(1);
}

mach_port_t terminal_error_file(void)
{
	return host->stream(2);
}

/* --------------------------------------------------------------------------------- output */

void terminal_flush(void)
{
	if (output_bytes > 0 && is_there) {
		host->write_terminal(output, output_bytes);
	} else if (output_bytes > 0 && host->stream(1) != 0) {
		uint32_t written = 0;

		(void)host->write(host->stream(1), (uint8_t *)output, output_bytes, &written);
	}
	output_bytes = 0;
}

/* As text: UTF-8 to a terminal, bytes as they are to a file. */
static void put_text(uint8_t character)
{
	if (output_bytes + 4 > sizeof output) {
		terminal_flush();
	}
	if (is_there) {
		output_bytes += terminal_utf8(character, output + output_bytes);
	} else {
		output[output_bytes++] = (char)character;
	}
}

void terminal_put(uint8_t character)
{
	uint8_t *memory = machine_memory();

	screen_teletype(memory, memory[BIOS_PAGE], character);
	if (screen == NULL) {
		put_text(character);
		memcpy(shown, memory + SCREEN_CELLS, sizeof shown);
	}
}

void terminal_put_console(uint8_t character)
{
	static struct ansi ansi;
	uint8_t *memory = machine_memory();

	if (!ansi_take(&ansi, memory, memory[BIOS_PAGE], character)) {
		terminal_put(character);
	} else if (screen == NULL) {
		put_text(character); /* the terminal understands it as well */
		memcpy(shown, memory + SCREEN_CELLS, sizeof shown);
	}
}

/* ----------------------------------------------------------------------------- the screen */

static void show_screen(void)
{
	const uint8_t *memory = machine_memory();
	uint8_t row = 0, column = 0, page = memory[BIOS_PAGE] % SCREEN_PAGES;
	const uint8_t *from = memory + screen_page(memory, page);
	uint32_t bytes = 2 * screen_columns(memory);
	char *to = (char *)screen + CONSOLE_SCREEN_CELLS;

	if (pictures && video_has_picture()) {
		video_get_colours((uint8_t *)screen + CONSOLE_SCREEN_PALETTE);
		memcpy((char *)screen + CONSOLE_SCREEN_PIXELS, memory + VIDEO_PIXELS,
		       CONSOLE_PICTURE_COLUMNS * CONSOLE_PICTURE_ROWS);
		screen->picture = CONSOLE_PICTURE_320X200;
		return;
	}
	screen->picture = CONSOLE_PICTURE_NONE;
	/* Forty columns are the left half. */
	memset(to, 0, SCREEN_BYTES);
	for (uint32_t i = 0; i < SCREEN_ROWS; i++) {
		memcpy(to + i * 2 * SCREEN_COLUMNS, from + i * bytes, bytes);
	}
	screen_get_cursor(memory, page, &row, &column);
	screen->cursor_row = row;
	screen->cursor_column = column;
	screen->cursor_shape = (memory[BIOS_CURSOR_SHAPE + 1] & 0x60) == 0x20
				       ? CONSOLE_CURSOR_HIDDEN
				       : CONSOLE_CURSOR_LINE;
	screen->blink = 1;
	host->show_screen();
}

void terminal_take_screen(void)
{
	if (screen != NULL || !is_there || refused_screen) {
		return;
	}
	terminal_flush();
	screen = host->take_screen(&pictures);
	refused_screen = screen == NULL;
	if (screen != NULL) {
		show_screen();
	}
}

/* The last screen as text, so that it can still be read. */
static void leave_text(void)
{
	const uint8_t *memory = machine_memory();
	const uint8_t *cells = memory + screen_page(memory, memory[BIOS_PAGE]);
	uint32_t columns = screen_columns(memory), last = 0;

	if (video_has_picture()) {
		return; /* no text can say it */
	}
	for (uint32_t i = 0; i < SCREEN_ROWS * columns; i++) {
		if (cells[2 * i] != ' ' && cells[2 * i] != 0) {
			last = i / columns + 1;
		}
	}
	for (uint32_t row = 0; row < last; row++) {
		uint32_t end = columns;
		const uint8_t *line = cells + row * columns * 2;

		while (end > 0 && (line[2 * end - 2] == ' ' || line[2 * end - 2] == 0)) {
			end--;
		}
		for (uint32_t i = 0; i < end; i++) {
			put_text(line[2 * i] >= ' ' ? line[2 * i] : ' ');
		}
		put_text('\r');
		put_text('\n');
	}
}

void terminal_leave_screen(void)
{
	if (screen != NULL) {
		host->release_screen();
		screen = NULL;
		leave_text();
		memcpy(shown, machine_memory() + SCREEN_CELLS, sizeof shown);
	}
	terminal_flush();
}

void terminal_end(void)
{
	terminal_leave_screen();
	host->end_terminal();
}

/* ------------------------------------------------------------------------------- the keys */

static void poll_scans(void)
{
	if (scan_at < scan_count) {
		return; /* the program has not taken all yet */
	}
	scan_at = 0;
	scan_count = host->read_keys(scans, sizeof scans);
}

static void poll_terminal(bool wanted)
{
	uint8_t data[TERMINAL_INPUT_BYTES];
	uint32_t room = terminal_room(&typed);

	if (room > 0) {
		terminal_add(&typed, data, host->read_terminal(data, room, wanted));
	}
}

/* Without a keyboard, a file's characters are the keys; its line ends are the Enter key. */
static void poll_file(void)
{
	uint16_t key = 0;
	uint8_t data = 0;
	uint32_t count = 0;

	if (input_ended || keyboard_get(machine_memory(), false, &key)) {
		return;
	}
	if (host->stream(0) == 0 || host->read(host->stream(0), &data, 1, &count) != KERN_SUCCESS ||
	    count == 0) {
		input_ended = true;
		return;
	}
	key = keyboard_of_character(data == '\n' ? '\r' : data);
	(void)keyboard_put(machine_memory(), key);
}

bool terminal_is_there(void)
{
	return is_there;
}

bool terminal_has_keyboard(void)
{
	return is_there || !input_ended;
}

bool terminal_has_codes(void)
{
	return scan_at < scan_count;
}

bool terminal_has_keys(void)
{
	uint16_t key = 0;

	return terminal_has_codes() || keyboard_get(machine_memory(), false, &key);
}

bool terminal_next_scan(uint8_t *code)
{
	if (scan_at >= scan_count) {
		return false;
	}
	*code = scans[scan_at++];
	return true;
}

/* What was typed as the scan codes of keys, for a program that handles those itself. */
static void make_scans(void)
{
	uint16_t key = 0;

	if (scan_at == scan_count) {
		scan_at = 0;
		scan_count = 0;
	}
	while (scan_count + KEYBOARD_CODES_MAX <= sizeof scans && terminal_next(&typed, &key)) {
		scan_count += keyboard_codes(key, scans + scan_count);
	}
}

static void make_keys(void)
{
	uint16_t key = 0;

	while (terminal_next(&typed, &key)) {
		if (!keyboard_put(machine_memory(), key)) {
			terminal_undo(&typed);
			break;
		}
	}
}

static void poll_keys(bool wanted)
{
	if (!is_there) {
		poll_file();
	} else if (screen != NULL && host->read_keys != NULL) {
		poll_scans();
	} else {
		poll_terminal(wanted);
		if (interrupts_want_codes()) {
			make_scans();
		} else {
			make_keys();
		}
	}
}

void terminal_poll_keys(void)
{
	poll_keys(true);
}

/* As a BIOS does at Ctrl-Break: what was typed before is forgotten. */
void terminal_break(void)
{
	uint8_t *memory = machine_memory();
	uint16_t key = 0;

	while (keyboard_get(memory, true, &key)) {
	}
	(void)keyboard_put(memory, CONTROL_C);
	break_wanted = true;
}

static void look_for_break(void)
{
	if (!host->take_break()) {
		return;
	}
	if (break_wanted && terminal_break_waits()) {
		break_twice = true;
	}
	terminal_break();
}

bool terminal_break_waits(void)
{
	uint16_t key = 0;

	break_wanted =
		break_wanted && keyboard_get(machine_memory(), false, &key) && key == CONTROL_C;
	return break_wanted;
}

bool terminal_break_is_urgent(void)
{
	bool urgent = break_twice;

	break_twice = false;
	return urgent;
}

void terminal_update(void)
{
	if (screen == NULL && memcmp(shown, machine_memory() + SCREEN_CELLS, sizeof shown) != 0) {
		terminal_take_screen();
		memcpy(shown, machine_memory() + SCREEN_CELLS, sizeof shown);
	}
	if (screen != NULL) {
		show_screen();
	}
	terminal_flush();
	if (is_there) {
		poll_keys(false);
	}
	look_for_break();
}
