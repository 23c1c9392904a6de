/* What the console's tests share: writing to a terminal and reading its rows as text. */
#pragma once

#include <string.h>

#include "../../servers/console/vt_core.h"

static struct vt_effects grid_effects;
static uint8_t grid_replies[4096];
static uint32_t grid_reply_bytes;

static inline void grid_write_bytes(struct vt *vt, const uint8_t *bytes, uint32_t count)
{
	grid_reply_bytes = 0;
	while (count > 0) {
		vt_write(vt, bytes, count, &grid_effects);
		for (uint32_t i = 0; i < grid_effects.reply_bytes; i++) {
			grid_replies[grid_reply_bytes++ % sizeof grid_replies] =
				grid_effects.reply[i];
		}
		bytes += grid_effects.consumed;
		count -= grid_effects.consumed;
	}
}

static inline void grid_write(struct vt *vt, const char *text)
{
	grid_write_bytes(vt, (const uint8_t *)text, (uint32_t)strlen(text));
}

/* The row without the blanks at its end. */
static inline const char *grid_text(const struct vt *vt, uint32_t row)
{
	static char text[4][CONSOLE_COLUMNS_MAX + 1];
	static uint32_t next;
	char *out = text[next++ % 4];
	uint16_t cells[CONSOLE_COLUMNS_MAX];
	vt_read_row(vt, row, cells);
	uint32_t count = vt_grid_const(vt)->columns;
	while (count > 0 && CONSOLE_CELL_CHARACTER(cells[count - 1]) == ' ') {
		count--;
	}
	for (uint32_t i = 0; i < count; i++) {
		out[i] = (char)CONSOLE_CELL_CHARACTER(cells[i]);
	}
	out[count] = 0;
	return out;
}

static inline int grid_is(const struct vt *vt, uint32_t row, const char *expected)
{
	const char *text = grid_text(vt, row);
	if (strcmp(text, expected) != 0) {
		printf("# row %u: '%s', expected '%s'\n", row, text, expected);
		return 0;
	}
	return 1;
}

static inline uint8_t grid_attribute(const struct vt *vt, uint32_t row, uint32_t column)
{
	uint16_t cells[CONSOLE_COLUMNS_MAX];
	vt_read_row(vt, row, cells);
	return CONSOLE_CELL_ATTRIBUTE(cells[column]);
}

/* What must hold of a terminal whatever it was given. */
static inline int grid_is_sound(const struct vt *vt)
{
	const struct grid *grid = vt_grid_const(vt);
	uint64_t lines = 0;
	for (uint32_t i = 0; i < CONSOLE_ROWS_MAX; i++) {
		lines |= 1ull << grid->line[i];
	}
	return vt->row < grid->rows && vt->column < grid->columns && vt->bottom <= grid->rows &&
	       vt->top < vt->bottom && vt->view <= vt->history.lines &&
	       lines == (1ull << CONSOLE_ROWS_MAX) - 1;
}
