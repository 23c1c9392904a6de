/* See picture_core.h. */
#include "picture_core.h"
#include "screen_core.h"

#define PIXELS        0xa0000u
#define PIXELS_BYTES  (PICTURE_COLUMNS * PICTURE_ROWS)
#define CGA_BYTES     0x4000u
#define CGA_ODD       0x2000u
#define CGA_ROW       80u
#define GLYPH_COLUMNS 8u
#define TEXT_COLUMNS  (PICTURE_COLUMNS / GLYPH_COLUMNS)
#define FONT_VECTOR   (0x43u * 4)
#define XOR           0x80u
#define MEMORY_END    0x100000u

bool picture_is_cga(uint8_t mode)
{
	return mode == 4 || mode == 5;
}

bool picture_is_mode(uint8_t mode)
{
	return mode == PICTURE_MODE || picture_is_cga(mode);
}

static bool is_cga(const uint8_t *memory)
{
	return picture_is_cga(memory[BIOS_MODE]);
}

void picture_clear(uint8_t *memory)
{
	uint32_t start = is_cga(memory) ? SCREEN_CELLS : PIXELS;
	uint32_t bytes = is_cga(memory) ? CGA_BYTES : 0x10000;

	for (uint32_t i = 0; i < bytes; i++) {
		memory[start + i] = 0;
	}
}

static uint32_t cga_place(uint32_t x, uint32_t y)
{
	return SCREEN_CELLS + (y & 1) * CGA_ODD + y / 2 * CGA_ROW + x / 4;
}

void picture_put(uint8_t *memory, uint32_t x, uint32_t y, uint8_t colour)
{
	uint32_t shift = 6 - 2 * (x & 3), place = cga_place(x, y);

	if (x >= PICTURE_COLUMNS || y >= PICTURE_ROWS) {
		return;
	}
	if (!is_cga(memory)) {
		memory[PIXELS + y * PICTURE_COLUMNS + x] = colour;
	} else if ((colour & XOR) != 0) {
		memory[place] ^= (uint8_t)((colour & 3u) << shift);
	} else {
		memory[place] =
			(uint8_t)((memory[place] & ~(3u << shift)) | (colour & 3u) << shift);
	}
}

uint8_t picture_get(const uint8_t *memory, uint32_t x, uint32_t y)
{
	if (x >= PICTURE_COLUMNS || y >= PICTURE_ROWS) {
		return 0;
	}
	return is_cga(memory) ? memory[cga_place(x, y)] >> (6 - 2 * (x & 3)) & 3
			      : memory[PIXELS + y * PICTURE_COLUMNS + x];
}

/* ------------------------------------------------------------------------------ characters */

/* How high they are: 8, or what a program has said. */
static uint32_t glyph_rows(const uint8_t *memory)
{
	uint8_t rows = memory[BIOS_GLYPH_ROWS];

	return rows == 14 || rows == 16 ? rows : 8;
}

static uint32_t text_rows(const uint8_t *memory)
{
	return PICTURE_ROWS / glyph_rows(memory);
}

/* Bit 7 is the left pixel. */
static uint8_t glyph_row(const uint8_t *memory, uint8_t character, uint32_t row)
{
	uint32_t offset = memory[FONT_VECTOR] | (uint32_t)memory[FONT_VECTOR + 1] << 8;
	uint32_t segment = memory[FONT_VECTOR + 2] | (uint32_t)memory[FONT_VECTOR + 3] << 8;
	uint32_t at = segment * 16 + offset + character * glyph_rows(memory) + row;

	return memory[at % MEMORY_END];
}

/* The cursor, brought into the screen. */
static void get_cursor(const uint8_t *memory, uint8_t *row, uint8_t *column)
{
	screen_get_cursor(memory, 0, row, column);
	*row = *row < text_rows(memory) ? *row : (uint8_t)(text_rows(memory) - 1);
	*column = *column < TEXT_COLUMNS ? *column : TEXT_COLUMNS - 1;
}

static void draw(uint8_t *memory, uint32_t row, uint32_t column, uint8_t character, uint8_t colour,
		 uint8_t ground)
{
	bool over = is_cga(memory) && (colour & XOR) != 0;

	for (uint32_t y = 0; y < glyph_rows(memory); y++) {
		uint8_t dots = glyph_row(memory, character, y);

		for (uint32_t x = 0; x < GLYPH_COLUMNS; x++) {
			bool dot = (dots >> (7 - x) & 1) != 0;

			if (dot || !over) {
				picture_put(memory, column * GLYPH_COLUMNS + x,
					    row * glyph_rows(memory) + y, dot ? colour : ground);
			}
		}
	}
}

void picture_write(uint8_t *memory, uint8_t character, uint8_t colour, uint8_t ground,
		   uint16_t count)
{
	uint8_t row = 0, column = 0;

	get_cursor(memory, &row, &column);
	for (uint32_t i = 0; i < count && column + i < TEXT_COLUMNS; i++) {
		draw(memory, row, column + i, character, colour, ground);
	}
}

static bool stands_there(const uint8_t *memory, uint32_t row, uint32_t column, uint8_t character)
{
	for (uint32_t y = 0; y < glyph_rows(memory); y++) {
		uint8_t dots = 0;

		for (uint32_t x = 0; x < GLYPH_COLUMNS; x++) {
			bool dot = picture_get(memory, column * GLYPH_COLUMNS + x,
					       row * glyph_rows(memory) + y) != 0;

			dots = (uint8_t)(dots << 1 | dot);
		}
		if (dots != glyph_row(memory, character, y)) {
			return false;
		}
	}
	return true;
}

uint8_t picture_read(const uint8_t *memory)
{
	uint8_t row = 0, column = 0;

	get_cursor(memory, &row, &column);
	if (stands_there(memory, row, column, ' ')) {
		return ' ';
	}
	for (uint32_t i = 1; i < 256; i++) {
		if (stands_there(memory, row, column, (uint8_t)i)) {
			return (uint8_t)i;
		}
	}
	return 0;
}

void picture_teletype(uint8_t *memory, uint8_t character, uint8_t colour)
{
	uint8_t row = 0, column = 0, at_row = 0, at_column = 0;

	get_cursor(memory, &row, &column);
	at_row = row;
	at_column = column;
	if (screen_step(character, TEXT_COLUMNS, &row, &column)) {
		draw(memory, at_row, at_column, character, colour, 0);
	}
	if (row == text_rows(memory)) {
		row--;
		picture_scroll(memory, false, 1, 0, 0, 0, row, TEXT_COLUMNS - 1);
	}
	screen_set_cursor(memory, 0, row, column);
}

void picture_scroll(uint8_t *memory, bool down, uint8_t lines, uint8_t colour, uint8_t top,
		    uint8_t left, uint8_t bottom, uint8_t right)
{
	uint32_t height = 0, distance = 0, first = 0;

	bottom = bottom < text_rows(memory) ? bottom : (uint8_t)(text_rows(memory) - 1);
	right = right < TEXT_COLUMNS ? right : TEXT_COLUMNS - 1;
	if (top > bottom || left > right) {
		return;
	}
	first = top * glyph_rows(memory);
	height = (bottom - top + 1u) * glyph_rows(memory);
	distance = lines * glyph_rows(memory);
	distance = distance == 0 || distance > height ? height : distance;
	for (uint32_t i = 0; i < height; i++) {
		uint32_t to = first + (down ? height - 1 - i : i);

		for (uint32_t x = left * GLYPH_COLUMNS; x < (right + 1u) * GLYPH_COLUMNS; x++) {
			uint32_t from = down ? to - distance : to + distance;

			picture_put(memory, x, to,
				    i + distance < height ? picture_get(memory, x, from)
							  : colour & (is_cga(memory) ? 3 : 0xff));
		}
	}
}

void picture_render(const uint8_t *memory, uint8_t *pixels)
{
	bool cga = is_cga(memory);

	for (uint32_t y = 0; y < PICTURE_ROWS; y++) {
		for (uint32_t x = 0; x < PICTURE_COLUMNS; x++) {
			*pixels++ = cga ? picture_get(memory, x, y)
					: memory[PIXELS + y * PICTURE_COLUMNS + x];
		}
	}
}
