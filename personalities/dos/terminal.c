/* See terminal.h. */
#include "terminal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <gen/console.h>
#include <gen/file.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <mach/vm_prot.h>
#include <masix/console.h>
#include <masix/file.h>
#include <standard_ports.h>
#include "keyboard_core.h"
#include "machine.h"
#include "screen_core.h"
#include "terminal_core.h"

#define SCREEN_BYTES (SCREEN_COLUMNS * SCREEN_ROWS * 2)
#define SELF         mach_task_self()

static mach_port_t terminal;    /* a console; MACH_PORT_NULL: there is none */
static mach_port_t input_file;  /* standard input that is none */
static mach_port_t output_file; /* standard output that is none */
static console_modes_t modes_found;
static struct console_screen *screen; /* while it is taken */
static bool refused_screen;
static bool input_ended;
static char output[CONSOLE_DATA_MAX];
static uint32_t output_bytes;
static uint8_t shown[SCREEN_BYTES]; /* the text memory as we know it */
static struct terminal_input typed;
static console_keys_t scans;
static uint32_t scan_at, scan_count;

static bool is_console(mach_port_t port)
{
	natural_t status = 0, in = 0, out = 0;

	return MACH_PORT_VALID(port) &&
	       console_get_status(port, &status, &in, &out) == KERN_SUCCESS;
}

void terminal_start(void)
{
	mach_port_t in = standard_port(STANDARD_PORT_INPUT);
	mach_port_t out = standard_port(STANDARD_PORT_OUTPUT);

	if (is_console(in)) {
		terminal = in;
	} else {
		input_file = MACH_PORT_VALID(in) ? in : MACH_PORT_NULL;
	}
	if (!is_console(out)) {
		output_file = MACH_PORT_VALID(out) ? out : MACH_PORT_NULL;
	} else if (terminal == MACH_PORT_NULL) {
		terminal = out;
	}
	if (terminal != MACH_PORT_NULL &&
	    console_get_modes(terminal, &modes_found) == KERN_SUCCESS) {
		console_modes_t raw = {.read_bytes = 1};

		(void)console_set_modes(terminal, CONSOLE_WHEN_WRITTEN, raw);
	}
	memcpy(shown, machine_memory() + SCREEN_CELLS, sizeof shown);
}

mach_port_t terminal_input_file(void)
{
	return input_file;
}

mach_port_t terminal_output_file(void)
{
	return output_file;
}

mach_port_t terminal_error_file(void)
{
	mach_port_t error = standard_port(STANDARD_PORT_ERROR);

	return MACH_PORT_VALID(error) && !is_console(error) ? error : MACH_PORT_NULL;
}

/* --------------------------------------------------------------------------------- output */

void terminal_flush(void)
{
	if (output_bytes > 0 && terminal != MACH_PORT_NULL) {
		(void)console_write(terminal, output, output_bytes);
	} else if (output_bytes > 0 && output_file != MACH_PORT_NULL) {
		natural_t written = 0;

		(void)file_write(output_file, FILE_CURRENT, 0, output, output_bytes, &written);
	}
	output_bytes = 0;
}

/* As text: UTF-8 to a terminal, bytes as they are to a file. */
static void put_text(uint8_t character)
{
	if (output_bytes + 4 > sizeof output) {
		terminal_flush();
	}
	if (terminal != MACH_PORT_NULL) {
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

/* ----------------------------------------------------------------------------- the screen */

static void show_screen(void)
{
	const uint8_t *memory = machine_memory();
	uint8_t row = 0, column = 0, page = memory[BIOS_PAGE] % SCREEN_PAGES;

	memcpy((char *)screen + CONSOLE_SCREEN_CELLS, memory + SCREEN_CELLS + page * SCREEN_PAGE,
	       SCREEN_BYTES);
	screen_get_cursor(memory, page, &row, &column);
	screen->cursor_row = row;
	screen->cursor_column = column;
	screen->cursor_shape = (memory[BIOS_CURSOR_SHAPE + 1] & 0x60) == 0x20
				       ? CONSOLE_CURSOR_HIDDEN
				       : CONSOLE_CURSOR_LINE;
	screen->blink = 1;
}

void terminal_take_screen(void)
{
	mach_port_t memory = MACH_PORT_NULL;
	natural_t columns = 0, rows = 0;
	vm_address_t address = 0;
	kern_return_t result = KERN_SUCCESS;

	if (screen != NULL || terminal == MACH_PORT_NULL || refused_screen) {
		return;
	}
	terminal_flush();
	result = console_screen_take(terminal, 0, &memory, &columns, &rows);
	if (result == KERN_SUCCESS) {
		if (columns == SCREEN_COLUMNS && rows == SCREEN_ROWS) {
			result = vm_map(SELF, &address, CONSOLE_SCREEN_BYTES(columns, rows), 0,
					TRUE, memory, 0, FALSE, VM_PROT_READ | VM_PROT_WRITE,
					VM_PROT_READ | VM_PROT_WRITE, VM_INHERIT_NONE);
		} else {
			result = KERN_NO_ACCESS; /* a console of another size */
		}
		(void)mach_port_deallocate(SELF, memory);
		if (result != KERN_SUCCESS) {
			(void)console_screen_release(terminal);
		}
	}
	if (result != KERN_SUCCESS) {
		refused_screen = true;
		printf("dos: no screen: %s\n", mach_error_string(result));
		return;
	}
	screen = (struct console_screen *)address;
	show_screen();
}

/* The last screen as text, so that it can still be read. */
static void leave_text(void)
{
	const uint8_t *cells = machine_memory() + SCREEN_CELLS +
			       machine_memory()[BIOS_PAGE] % SCREEN_PAGES * SCREEN_PAGE;
	uint32_t last = 0;

	for (uint32_t i = 0; i < SCREEN_ROWS * SCREEN_COLUMNS; i++) {
		if (cells[2 * i] != ' ' && cells[2 * i] != 0) {
			last = i / SCREEN_COLUMNS + 1;
		}
	}
	for (uint32_t row = 0; row < last; row++) {
		uint32_t end = SCREEN_COLUMNS;
		const uint8_t *line = cells + row * SCREEN_COLUMNS * 2;

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

void terminal_end(void)
{
	if (screen != NULL) {
		(void)console_screen_release(terminal);
		screen = NULL;
		leave_text();
	}
	terminal_flush();
	if (terminal != MACH_PORT_NULL) {
		(void)console_set_modes(terminal, CONSOLE_WHEN_WRITTEN, modes_found);
	}
}

/* ------------------------------------------------------------------------------- the keys */

static void poll_scans(void)
{
	mach_msg_type_number_t count = sizeof scans;

	if (scan_at < scan_count) {
		return; /* the program has not taken all yet */
	}
	scan_at = 0;
	scan_count = 0;
	if (console_read_keys(terminal, CONSOLE_READ_NOW, scans, &count) == KERN_SUCCESS) {
		scan_count = count;
	}
}

static void poll_terminal(void)
{
	static console_data_t data; /* the stub wants room for the largest answer */
	mach_msg_type_number_t count = sizeof data;
	uint32_t room = terminal_room(&typed);

	if (room > 0 &&
	    console_read(terminal, room, CONSOLE_READ_NOW, data, &count) == KERN_SUCCESS) {
		terminal_add(&typed, (const uint8_t *)data, count);
	}
}

/* Without a keyboard, a file's characters are the keys; its line ends are the Enter key. */
static void poll_file(void)
{
	uint16_t key = 0;
	char data = 0;
	mach_msg_type_number_t count = 1;

	if (input_ended || keyboard_get(machine_memory(), false, &key)) {
		return;
	}
	if (input_file == MACH_PORT_NULL ||
	    file_read(input_file, FILE_CURRENT, 1, 0, &data, &count) != KERN_SUCCESS ||
	    count == 0) {
		input_ended = true;
		return;
	}
	key = keyboard_of_character((uint8_t)(data == '\n' ? '\r' : data));
	(void)keyboard_put(machine_memory(), key);
}

bool terminal_is_there(void)
{
	return terminal != MACH_PORT_NULL;
}

bool terminal_has_keyboard(void)
{
	return terminal != MACH_PORT_NULL || !input_ended;
}

bool terminal_next_scan(uint8_t *code)
{
	if (scan_at >= scan_count) {
		return false;
	}
	*code = (uint8_t)scans[scan_at++];
	return true;
}

void terminal_poll_keys(void)
{
	uint8_t *memory = machine_memory();
	uint16_t key = 0;
	uint8_t code = 0;

	if (terminal == MACH_PORT_NULL) {
		poll_file();
		return;
	}
	if (screen != NULL) {
		poll_scans();
		while (machine_vector_is_ours(9) && terminal_next_scan(&code)) {
			keyboard_scan(memory, code);
		}
		return;
	}
	poll_terminal();
	while (terminal_next(&typed, &key)) {
		if (!keyboard_put(memory, key)) {
			terminal_undo(&typed);
			break;
		}
	}
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
	if (terminal != MACH_PORT_NULL) {
		terminal_poll_keys();
	}
}
