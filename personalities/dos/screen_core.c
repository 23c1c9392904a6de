/* See screen_core.h. */
#include "screen_core.h"

#define PLAIN 0x07

static void put16(uint8_t *memory, uint32_t address, uint32_t value)
{
	memory[address] = (uint8_t)value;
	memory[address + 1] = (uint8_t)(value >> 8);
}

uint32_t screen_columns(const uint8_t *memory)
{
	return memory[BIOS_COLUMNS] == SCREEN_COLUMNS / 2 ? SCREEN_COLUMNS / 2 : SCREEN_COLUMNS;
}

uint32_t screen_rows(const uint8_t *memory)
{
	return memory[BIOS_ROWS] == SCREEN_ROWS_MAX - 1 ? SCREEN_ROWS_MAX : SCREEN_ROWS;
}

uint32_t screen_page(const uint8_t *memory, uint8_t page)
{
	uint32_t bytes = screen_columns(memory) == SCREEN_COLUMNS ? SCREEN_PAGE : SCREEN_PAGE / 2;
	uint32_t parts = screen_rows(memory) == SCREEN_ROWS ? 1 : 2;

	return SCREEN_CELLS + page % (SCREEN_PAGES / parts) * bytes * parts;
}

void screen_set_rows(uint8_t *memory, uint32_t rows)
{
	uint32_t parts = rows == SCREEN_ROWS ? 1 : 2;

	memory[BIOS_ROWS] = (uint8_t)(rows - 1);
	put16(memory, BIOS_GLYPH_ROWS, parts == 1 ? 16 : 8);
	put16(memory, BIOS_PAGE_BYTES, SCREEN_PAGE * parts);
}

static uint32_t cell(const uint8_t *memory, uint8_t page, uint32_t row, uint32_t column)
{
	return screen_page(memory, page) + (row * screen_columns(memory) + column) * 2;
}

void screen_reset(uint8_t *memory, uint8_t mode, int keep)
{
	memory[BIOS_MODE] = mode;
	put16(memory, BIOS_COLUMNS, mode < 2 ? SCREEN_COLUMNS / 2 : SCREEN_COLUMNS);
	put16(memory, BIOS_PAGE_BYTES, mode < 2 ? SCREEN_PAGE / 2 : SCREEN_PAGE);
	put16(memory, BIOS_PAGE_START, 0);
	for (uint32_t i = 0; i < SCREEN_PAGES; i++) {
		put16(memory, BIOS_CURSORS + 2 * i, 0);
	}
	put16(memory, BIOS_CURSOR_SHAPE, 0x0607);
	memory[BIOS_PAGE] = 0;
	put16(memory, BIOS_CRTC, mode == 7 ? 0x3b4 : 0x3d4);
	memory[BIOS_ROWS] = SCREEN_ROWS - 1;
	put16(memory, BIOS_GLYPH_ROWS, 16);
	for (uint32_t at = 0; !keep && at < SCREEN_PAGES * SCREEN_PAGE; at += 2) {
		put16(memory, SCREEN_CELLS + at, PLAIN << 8 | ' ');
	}
}

void screen_set_cursor(uint8_t *memory, uint8_t page, uint8_t row, uint8_t column)
{
	memory[BIOS_CURSORS + 2 * (page % SCREEN_PAGES)] = column;
	memory[BIOS_CURSORS + 2 * (page % SCREEN_PAGES) + 1] = row;
}

void screen_get_cursor(const uint8_t *memory, uint8_t page, uint8_t *row, uint8_t *column)
{
	*column = memory[BIOS_CURSORS + 2 * (page % SCREEN_PAGES)];
	*row = memory[BIOS_CURSORS + 2 * (page % SCREEN_PAGES) + 1];
}

/* The cursor, brought into the screen: programs may put it, or its BIOS data, anywhere. */
static void cursor_inside(const uint8_t *memory, uint8_t page, uint8_t *row, uint8_t *column)
{
	screen_get_cursor(memory, page, row, column);
	*row = *row < screen_rows(memory) ? *row : screen_rows(memory) - 1;
	*column = *column < screen_columns(memory) ? *column : screen_columns(memory) - 1;
}

bool screen_step(uint8_t character, uint8_t columns, uint8_t *row, uint8_t *column)
{
	switch (character) {
	case '\a':
		return false;
	case '\b':
		*column = (uint8_t)(*column > 0 ? *column - 1 : 0);
		return false;
	case '\r':
		*column = 0;
		return false;
	case '\n':
		(*row)++;
		return false;
	default:
		if (++*column == columns) {
			*column = 0;
			(*row)++;
		}
		return true;
	}
}

void screen_teletype(uint8_t *memory, uint8_t page, uint8_t character)
{
	uint8_t row = 0, column = 0;
	uint32_t at = 0;

	cursor_inside(memory, page, &row, &column);
	at = cell(memory, page, row, column);
	if (screen_step(character, screen_columns(memory), &row, &column)) {
		memory[at] = character;
	}
	if (row == screen_rows(memory)) {
		uint8_t attribute = memory[cell(memory, page, screen_rows(memory) - 1, column) + 1];

		screen_scroll(memory, page, 0, 1, attribute, 0, 0, screen_rows(memory) - 1,
			      screen_columns(memory) - 1);
		row = screen_rows(memory) - 1;
	}
	screen_set_cursor(memory, page, row, column);
}

void screen_scroll(uint8_t *memory, uint8_t page, int down, uint8_t lines, uint8_t attribute,
		   uint8_t top, uint8_t left, uint8_t bottom, uint8_t right)
{
	uint32_t height = 0;

	bottom = bottom < screen_rows(memory) ? bottom : (uint8_t)(screen_rows(memory) - 1);
	right = right < screen_columns(memory) ? right : screen_columns(memory) - 1;
	if (top > bottom || left > right) {
		return;
	}
	height = bottom - top + 1u;
	lines = lines == 0 || lines > height ? (uint8_t)height : lines;
	for (uint32_t i = 0; i < height; i++) {
		uint32_t to = down ? bottom - i : top + i;

		for (uint32_t column = left; column <= right; column++) {
			uint32_t at = cell(memory, page, to, column);
			uint32_t from =
				i + lines < height
					? cell(memory, page, down ? to - lines : to + lines, column)
					: 0;

			memory[at] = from != 0 ? memory[from] : ' ';
			memory[at + 1] = from != 0 ? memory[from + 1] : attribute;
		}
	}
}

void screen_write(uint8_t *memory, uint8_t page, uint8_t character, int attribute, uint16_t count)
{
	uint8_t row = 0, column = 0;
	uint32_t at = 0;

	cursor_inside(memory, page, &row, &column);
	at = row * screen_columns(memory) + column;
	for (uint32_t i = 0; i < count && at + i < screen_columns(memory) * screen_rows(memory);
	     i++) {
		uint32_t address = cell(memory, page, 0, at + i);

		memory[address] = character;
		if (attribute >= 0) {
			memory[address + 1] = (uint8_t)attribute;
		}
	}
}

uint16_t screen_read(const uint8_t *memory, uint8_t page)
{
	uint8_t row = 0, column = 0;
	uint32_t at = 0;

	cursor_inside(memory, page, &row, &column);
	at = cell(memory, page, row, column);
	return (uint16_t)(memory[at] | memory[at + 1] << 8);
}
