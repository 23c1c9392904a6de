/* See cells_core.h. */
#include "cells_core.h"
#include "terminal_core.h"

/* What is being written. */
struct output {
	char *text;
	uint32_t bytes;
};

static void put(struct output *output, const char *text)
{
	while (*text != 0) {
		output->text[output->bytes++] = *text++;
	}
}

static void put_number(struct output *output, uint32_t number)
{
	if (number >= 10) {
		put_number(output, number / 10);
	}
	output->text[output->bytes++] = (char)('0' + number % 10);
}

/* The characters that a PC shows for 0 to 1f (hexadecimal), and for 7f. */
static void put_character(struct output *output, uint8_t character)
{
	static const uint16_t low[32] = {' ',    0x263a, 0x263b, 0x2665, 0x2666, 0x2663, 0x2660,
					 0x2022, 0x25d8, 0x25cb, 0x25d9, 0x2642, 0x2640, 0x266a,
					 0x266b, 0x263c, 0x25ba, 0x25c4, 0x2195, 0x203c, 0x00b6,
					 0x00a7, 0x25ac, 0x21a8, 0x2191, 0x2193, 0x2192, 0x2190,
					 0x221f, 0x2194, 0x25b2, 0x25bc};
	uint32_t code = character < 0x20 ? low[character] : character == 0x7f ? 0x2302 : 0;

	if (code == 0 || code == ' ') {
		output->bytes +=
			terminal_utf8(code == 0 ? character : ' ', output->text + output->bytes);
		return;
	}
	if (code >= 0x800) {
		output->text[output->bytes++] = (char)(0xe0 | code >> 12);
		output->text[output->bytes++] = (char)(0x80 | (code >> 6 & 0x3f));
	} else {
		output->text[output->bytes++] = (char)(0xc0 | code >> 6);
	}
	output->text[output->bytes++] = (char)(0x80 | (code & 0x3f));
}

/* The VGA's order of colours is blue first, ANSI's red first. */
static void put_attribute(struct output *output, uint8_t attribute)
{
	static const uint8_t colours[8] = {0, 4, 2, 6, 1, 5, 3, 7};

	put(output, "\033[0;");
	put_number(output, ((attribute & 8) != 0 ? 90u : 30u) + colours[attribute & 7]);
	put(output, ";");
	put_number(output, 40u + colours[attribute >> 4 & 7]);
	put(output, (attribute & 0x80) != 0 ? ";5m" : "m");
}

static void put_place(struct output *output, uint32_t row, uint32_t column)
{
	put(output, "\033[");
	put_number(output, row + 1);
	put(output, ";");
	put_number(output, column + 1);
	put(output, "H");
}

static void show_cell(struct cells_shown *shown, struct output *output, const uint8_t *cell,
		      uint32_t row, uint32_t column)
{
	if (!shown->placed || shown->row != row || shown->column != column) {
		put_place(output, row, column);
	}
	if (!shown->known || shown->attribute != cell[1]) {
		put_attribute(output, cell[1]);
		shown->attribute = cell[1];
		shown->known = true;
	}
	put_character(output, cell[0]);
	shown->row = row;
	shown->column = column + 1;
	shown->placed = column + 1 < CELLS_COLUMNS; /* at the edge terminals differ */
}

uint32_t cells_render(struct cells_shown *shown, const uint8_t *cells, uint32_t row,
		      uint32_t column, bool hidden, char *text, uint32_t bytes_max, bool *done)
{
	struct output output = {text, 0};

	*done = false;
	/* The last cell is left alone: writing it scrolls some terminals. */
	for (uint32_t i = 0; i + 1 < CELLS_ROWS * CELLS_COLUMNS; i++) {
		const uint8_t *cell = cells + 2 * i;

		if (cell[0] == shown->cells[2 * i] && cell[1] == shown->cells[2 * i + 1]) {
			continue;
		}
		if (output.bytes + CELLS_ROOM > bytes_max) {
			return output.bytes;
		}
		show_cell(shown, &output, cell, i / CELLS_COLUMNS, i % CELLS_COLUMNS);
		shown->cells[2 * i] = cell[0];
		shown->cells[2 * i + 1] = cell[1];
	}
	if (output.bytes + CELLS_ROOM > bytes_max) {
		return output.bytes;
	}
	hidden = hidden || row >= CELLS_ROWS || column >= CELLS_COLUMNS;
	if (hidden != shown->hidden) {
		put(&output, hidden ? "\033[?25l" : "\033[?25h");
		shown->hidden = hidden;
	}
	if (!hidden && (!shown->placed || shown->row != row || shown->column != column)) {
		put_place(&output, row, column);
		shown->row = row;
		shown->column = column;
		shown->placed = true;
	}
	*done = true;
	return output.bytes;
}
