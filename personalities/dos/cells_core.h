/*
 * The text screen for a terminal that knows nothing of cells: what has changed since the last time,
 * as text with ANSI's sequences (cursor, colours) and UTF-8.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CELLS_ROWS    25u
#define CELLS_COLUMNS 80u
#define CELLS_BYTES   (CELLS_ROWS * CELLS_COLUMNS * 2)
#define CELLS_ROOM    64u /* one cell with all that it may need is not longer */

/* What the terminal shows; all 0: nothing is known, and all is drawn. */
struct cells_shown {
	bool known, hidden, placed;
	uint8_t attribute;
	uint32_t row, column; /* of the cursor, if placed */
	uint8_t cells[CELLS_BYTES];
};

/*
 * Writes what makes the terminal show these cells and the cursor; bytes_max is CELLS_ROOM at least.
 * Returns the bytes; *done: that was all, else the next call goes on.
 */
uint32_t cells_render(struct cells_shown *shown, const uint8_t *cells, uint32_t row,
		      uint32_t column, bool hidden, char *text, uint32_t bytes_max, bool *done);
