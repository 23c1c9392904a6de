/*
 * The text screen as INT 10h has it: 80x25 (or 40x25, or 80x50) cells of character and attribute at
 * b800:0, and the BIOS data that goes with it at 40:49.  All state is in the program's memory.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SCREEN_CELLS    0xb8000u
#define SCREEN_COLUMNS  80u
#define SCREEN_ROWS     25u
#define SCREEN_ROWS_MAX 50u
#define SCREEN_PAGES    8u
#define SCREEN_PAGE     0x1000u /* bytes from one page to the next */

/* BIOS data, as linear addresses. */
#define BIOS_MODE         0x449u
#define BIOS_COLUMNS      0x44au
#define BIOS_PAGE_BYTES   0x44cu
#define BIOS_PAGE_START   0x44eu
#define BIOS_CURSORS      0x450u /* column, row of each page */
#define BIOS_CURSOR_SHAPE 0x460u /* end line, start line */
#define BIOS_PAGE         0x462u
#define BIOS_CRTC         0x463u
#define BIOS_ROWS         0x484u /* less one */
#define BIOS_GLYPH_ROWS   0x485u
#define BIOS_MODE_OPTIONS 0x487u

/* How many there are now: 80 or 40, 25 or 50; and where a page begins. */
uint32_t screen_columns(const uint8_t *memory);
uint32_t screen_rows(const uint8_t *memory);
uint32_t screen_page(const uint8_t *memory, uint8_t page);

/* The state after the mode (0 to 3 or 7) was set; "keep" leaves the cells. */
void screen_reset(uint8_t *memory, uint8_t mode, int keep);

/* Characters of 16 or 8 rows of dots: 25 or 50 rows of text.  The cells stay. */
void screen_set_rows(uint8_t *memory, uint32_t rows);

void screen_set_cursor(uint8_t *memory, uint8_t page, uint8_t row, uint8_t column);
void screen_get_cursor(const uint8_t *memory, uint8_t page, uint8_t *row, uint8_t *column);

/*
 * Where the cursor is behind a character that a terminal writes: of a page with so many columns;
 * "row" may then be that below the last one.  Returns whether it is shown, where the cursor was.
 */
bool screen_step(uint8_t character, uint8_t columns, uint8_t *row, uint8_t *column);

/* One character as a terminal writes it: bell (nothing), backspace, line feed, return; it scrolls.
 */
void screen_teletype(uint8_t *memory, uint8_t page, uint8_t character);

/* Scrolls a window up (or down) by lines; 0 lines, or too many, clear it. */
void screen_scroll(uint8_t *memory, uint8_t page, int down, uint8_t lines, uint8_t attribute,
		   uint8_t top, uint8_t left, uint8_t bottom, uint8_t right);

/* Writes a character (and, if not negative, an attribute) "count" times from the cursor on. */
void screen_write(uint8_t *memory, uint8_t page, uint8_t character, int attribute, uint16_t count);

/* The cell under the cursor: attribute << 8 | character. */
uint16_t screen_read(const uint8_t *memory, uint8_t page);
