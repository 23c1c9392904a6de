/* A grid of cells, as masix/console.h says what a cell is, and the lines that have left it at the
   top. Rows are reached through a table, so that scrolling moves bytes of the table and no cells.
   Pure. */
#pragma once

#include <stdint.h>

#include <masix/console.h>

/* Rows and columns given to these routines are inside the grid, and counts may be anything: they
   are cut to fit. */
struct grid {
	uint16_t columns;               /* 1 .. CONSOLE_COLUMNS_MAX */
	uint16_t rows;                  /* 1 .. CONSOLE_ROWS_MAX */
	uint8_t line[CONSOLE_ROWS_MAX]; /* row -> its cells; a permutation of all of them */
	uint64_t dirty;                 /* bit r: row r may have changed since grid_take_dirty */
	uint16_t cells[CONSOLE_ROWS_MAX][CONSOLE_COLUMNS_MAX];
};

_Static_assert(CONSOLE_ROWS_MAX <= 64, "a bit a row");

/* A ring of lines in the caller's memory; lines_max 0: nothing is kept. */
struct history {
	uint16_t *cells; /* lines_max * columns */
	uint32_t lines_max;
	uint32_t columns; /* longer lines lose their end, shorter ones are padded */
	uint32_t next;    /* where the next line goes */
	uint32_t lines;   /* that are kept */
};

void history_init(struct history *history, uint16_t *cells, uint32_t lines_max, uint32_t columns);

/* The cells of the line that left `back` lines ago (1: the last one); null: it is not kept. */
const uint16_t *history_line(const struct history *history, uint32_t back);

/* A grid of blanks; the size is brought within the limits. */
void grid_init(struct grid *grid, uint32_t columns, uint32_t rows, uint16_t blank);

/* Makes a sound grid of one that was found in memory, whatever it holds, with its cells. */
void grid_adopt(struct grid *grid, uint32_t columns, uint32_t rows);

static inline uint16_t *grid_row(struct grid *grid, uint32_t row)
{
	return grid->cells[grid->line[row]];
}

static inline const uint16_t *grid_row_const(const struct grid *grid, uint32_t row)
{
	return grid->cells[grid->line[row]];
}

static inline void grid_touch(struct grid *grid, uint32_t row)
{
	grid->dirty |= 1ull << row;
}

void grid_touch_all(struct grid *grid);

/* The rows that may have changed since the last call. */
uint64_t grid_take_dirty(struct grid *grid);

/* Sets `count` cells of a row from `column` on. */
void grid_fill(struct grid *grid, uint32_t row, uint32_t column, uint32_t count, uint16_t cell);

/* Moves the rows top .. bottom - 1 up or down, blanks come in. What leaves upwards goes to
   `history` unless it is null. Returns how many lines went there. */
uint32_t grid_scroll_up(struct grid *grid, uint32_t top, uint32_t bottom, uint32_t count,
			uint16_t blank, struct history *history);
void grid_scroll_down(struct grid *grid, uint32_t top, uint32_t bottom, uint32_t count,
		      uint16_t blank);

/* Moves the rest of a row to the right or to the left, blanks come in. */
void grid_insert(struct grid *grid, uint32_t row, uint32_t column, uint32_t count, uint16_t blank);
void grid_delete(struct grid *grid, uint32_t row, uint32_t column, uint32_t count, uint16_t blank);

/* Gives the grid another size. Rows are lost at the bottom, but row `keep` stays: as many as needed
   leave at the top, to `history` unless it is null. Returns how many left there. */
uint32_t grid_resize(struct grid *grid, uint32_t columns, uint32_t rows, uint32_t keep,
		     uint16_t blank, struct history *history);
