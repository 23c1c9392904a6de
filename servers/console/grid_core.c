/* Cells, rows and the lines that left; see grid_core.h. */
#include "grid_core.h"

#include <stdbool.h>

static uint32_t at_most(uint32_t value, uint32_t limit)
{
	return value < limit ? value : limit;
}

static uint16_t size_within(uint32_t value, uint32_t limit)
{
	return (uint16_t)(value == 0 ? 1 : at_most(value, limit));
}

void history_init(struct history *history, uint16_t *cells, uint32_t lines_max, uint32_t columns)
{
	*history = (struct history){.cells = cells, .lines_max = lines_max, .columns = columns};
}

static void history_add(struct history *history, const uint16_t *cells, uint32_t columns,
			uint16_t blank)
{
	if (history->lines_max == 0) {
		return;
	}
	uint16_t *line = history->cells + (uint64_t)history->next * history->columns;
	for (uint32_t i = 0; i < history->columns; i++) {
		line[i] = i < columns ? cells[i] : blank;
	}
	history->next = history->next + 1 == history->lines_max ? 0 : history->next + 1;
	if (history->lines < history->lines_max) {
		history->lines++;
	}
}

const uint16_t *history_line(const struct history *history, uint32_t back)
{
	if (back == 0 || back > history->lines) {
		return 0;
	}
	uint32_t index = history->next >= back ? history->next - back
					       : history->next + history->lines_max - back;
	return history->cells + (uint64_t)index * history->columns;
}

void grid_touch_all(struct grid *grid)
{
	grid->dirty = grid->rows == 64 ? ~0ull : (1ull << grid->rows) - 1;
}

uint64_t grid_take_dirty(struct grid *grid)
{
	uint64_t dirty = grid->dirty;
	grid->dirty = 0;
	return dirty;
}

void grid_init(struct grid *grid, uint32_t columns, uint32_t rows, uint16_t blank)
{
	grid->columns = size_within(columns, CONSOLE_COLUMNS_MAX);
	grid->rows = size_within(rows, CONSOLE_ROWS_MAX);
	for (uint32_t row = 0; row < CONSOLE_ROWS_MAX; row++) {
		grid->line[row] = (uint8_t)row;
		for (uint32_t column = 0; column < CONSOLE_COLUMNS_MAX; column++) {
			grid->cells[row][column] = blank;
		}
	}
	grid_touch_all(grid);
}

void grid_adopt(struct grid *grid, uint32_t columns, uint32_t rows)
{
	bool taken[CONSOLE_ROWS_MAX] = {false};
	uint32_t spare = 0;
	grid->columns = size_within(columns, CONSOLE_COLUMNS_MAX);
	grid->rows = size_within(rows, CONSOLE_ROWS_MAX);
	/* Each line once; a row without one, or with another row's, gets one that is left. */
	for (uint32_t row = 0; row < CONSOLE_ROWS_MAX; row++) {
		uint32_t line = grid->line[row];
		bool good = line < CONSOLE_ROWS_MAX && !taken[line];
		grid->line[row] = good ? (uint8_t)line : CONSOLE_ROWS_MAX;
		if (good) {
			taken[line] = true;
		}
	}
	for (uint32_t row = 0; row < CONSOLE_ROWS_MAX; row++) {
		while (spare < CONSOLE_ROWS_MAX && taken[spare]) {
			spare++;
		}
		if (grid->line[row] == CONSOLE_ROWS_MAX) {
			grid->line[row] = (uint8_t)spare++;
		}
	}
	grid_touch_all(grid);
}

void grid_fill(struct grid *grid, uint32_t row, uint32_t column, uint32_t count, uint16_t cell)
{
	uint16_t *cells = grid_row(grid, row);
	uint32_t end = column + at_most(count, grid->columns - column);
	for (uint32_t i = column; i < end; i++) {
		cells[i] = cell;
	}
	grid_touch(grid, row);
}

/* Turns line[from .. to - 1] so that its entry `by`, at most all of them, comes first. */
static void turn_lines(struct grid *grid, uint32_t from, uint32_t to, uint32_t by)
{
	uint8_t turned[CONSOLE_ROWS_MAX];
	uint32_t count = to - from;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t source = i + by < count ? i + by : i + by - count;
		turned[i] = grid->line[from + source];
	}
	for (uint32_t i = 0; i < count; i++) {
		grid->line[from + i] = turned[i];
		grid_touch(grid, from + i);
	}
}

uint32_t grid_scroll_up(struct grid *grid, uint32_t top, uint32_t bottom, uint32_t count,
			uint16_t blank, struct history *history)
{
	if (top >= bottom || count == 0) {
		return 0;
	}
	count = at_most(count, bottom - top);
	for (uint32_t row = top; history != 0 && row < top + count; row++) {
		history_add(history, grid_row(grid, row), grid->columns, blank);
	}
	turn_lines(grid, top, bottom, count);
	for (uint32_t row = bottom - count; row < bottom; row++) {
		grid_fill(grid, row, 0, grid->columns, blank);
	}
	return history != 0 && history->lines_max != 0 ? count : 0;
}

void grid_scroll_down(struct grid *grid, uint32_t top, uint32_t bottom, uint32_t count,
		      uint16_t blank)
{
	if (top >= bottom || count == 0) {
		return;
	}
	count = at_most(count, bottom - top);
	turn_lines(grid, top, bottom, bottom - top - count);
	for (uint32_t row = top; row < top + count; row++) {
		grid_fill(grid, row, 0, grid->columns, blank);
	}
}

void grid_insert(struct grid *grid, uint32_t row, uint32_t column, uint32_t count, uint16_t blank)
{
	uint16_t *cells = grid_row(grid, row);
	count = at_most(count, grid->columns - column);
	for (uint32_t i = grid->columns; i > column + count; i--) {
		cells[i - 1] = cells[i - 1 - count];
	}
	grid_fill(grid, row, column, count, blank);
}

void grid_delete(struct grid *grid, uint32_t row, uint32_t column, uint32_t count, uint16_t blank)
{
	uint16_t *cells = grid_row(grid, row);
	count = at_most(count, grid->columns - column);
	for (uint32_t i = column; i + count < grid->columns; i++) {
		cells[i] = cells[i + count];
	}
	grid_fill(grid, row, grid->columns - count, count, blank);
}

uint32_t grid_resize(struct grid *grid, uint32_t columns, uint32_t rows, uint32_t keep,
		     uint16_t blank, struct history *history)
{
	uint32_t old_columns = grid->columns;
	uint32_t old_rows = grid->rows;
	columns = size_within(columns, CONSOLE_COLUMNS_MAX);
	rows = size_within(rows, CONSOLE_ROWS_MAX);
	uint32_t leave = keep >= rows ? keep - rows + 1 : 0;
	grid_scroll_up(grid, 0, old_rows, leave, blank, history);
	grid->columns = (uint16_t)columns;
	grid->rows = (uint16_t)rows;
	/* What comes in is blank, whatever an earlier, larger size left there. */
	for (uint32_t row = 0; row < rows; row++) {
		if (row >= old_rows) {
			grid_fill(grid, row, 0, columns, blank);
		} else if (columns > old_columns) {
			grid_fill(grid, row, old_columns, columns - old_columns, blank);
		}
	}
	grid_touch_all(grid);
	return leave;
}
