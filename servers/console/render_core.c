/* Differences of cells as ANSI sequences; see render_core.h.

   Only what the VT100's descendants agree on is used: places, SGR with bright colours, erasing to
   the end of a line (in plain colours only, since not all erase with the ground's), the scroll
   region and line feeds at its bottom. Automatic wrapping is switched off, because terminals differ
   in what they do in the last column. */
#include "render_core.h"

#include <tty/charset_core.h>

#define PLAIN CONSOLE_ATTRIBUTE_PLAIN
/* The most one cell can take: a place, an attribute, a character. */
#define UNIT_BYTES_MAX 40u
/* Cells that are right already are written again if that is shorter than another place. */
#define GAP_MAX 4u
/* Blanks at a line's end are erased from so many on. */
#define ERASE_MIN 4u

struct output {
	uint8_t *bytes;
	uint32_t count;
	uint32_t bytes_max;
};

static bool has_room(const struct output *out, uint32_t bytes)
{
	return out->bytes_max - out->count >= bytes;
}

static void put(struct output *out, const char *text)
{
	while (*text != 0 && out->count < out->bytes_max) {
		out->bytes[out->count++] = (uint8_t)*text++;
	}
}

static void put_number(struct output *out, uint32_t number)
{
	char digits[12];
	uint32_t at = sizeof digits - 1;
	digits[at] = 0;
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number != 0);
	put(out, digits + at);
}

/* Code 0 shows a blank; it need not be drawn over one. */
static uint16_t visible(uint16_t cell)
{
	return CONSOLE_CELL_CHARACTER(cell) == 0 ? (uint16_t)(cell | ' ') : cell;
}

static uint16_t wanted(const struct render_target *target, uint32_t row, uint32_t column)
{
	return visible(target->cells[row * target->stride + column]);
}

static bool differs(const struct render *render, const struct render_target *target, uint32_t row,
		    uint32_t column)
{
	return render->cells[row][column] != wanted(target, row, column);
}

/* The VGA's colours in ANSI's order. */
static uint32_t to_ansi(uint32_t colour)
{
	return (colour & 2) | (colour & 1) << 2 | (colour >> 2 & 1);
}

static void put_attribute(struct render *render, struct output *out, uint8_t attribute)
{
	if (render->attribute == attribute) {
		return;
	}
	render->attribute = attribute;
	uint32_t fore = attribute & 0xf;
	uint32_t ground = attribute >> 4;
	/* Grey on black is what the terminal's user likes best: its own colours. */
	put(out, "\033[0");
	if (fore != (PLAIN & 0xf)) {
		put(out, ";");
		put_number(out, (fore & 8 ? 90 : 30) + to_ansi(fore));
	}
	if (ground != PLAIN >> 4) {
		put(out, ";");
		put_number(out, (ground & 8 ? 100 : 40) + to_ansi(ground));
	}
	put(out, "m");
}

static void put_character(struct output *out, uint8_t code)
{
	uint8_t bytes[CHARSET_UTF8_BYTES_MAX];
	uint32_t count = charset_encode(charset_from_cp437(code), bytes);
	for (uint32_t i = 0; i < count && out->count < out->bytes_max; i++) {
		out->bytes[out->count++] = bytes[i];
	}
}

static void put_cell(struct render *render, struct output *out, uint32_t row, uint32_t column,
		     uint16_t cell)
{
	put_attribute(render, out, CONSOLE_CELL_ATTRIBUTE(cell));
	put_character(out, CONSOLE_CELL_CHARACTER(cell));
	render->cells[row][column] = cell;
	/* Behind the last column the cursor's place is a matter of taste. */
	render->row = column + 1u < render->columns ? (int16_t)row : -1;
	render->column = (int16_t)(column + 1);
}

/* Writes the cells between the cursor and a place near it again, if they need no other attribute.
 */
static bool walk(struct render *render, const struct render_target *target, struct output *out,
		 uint32_t row, uint32_t column)
{
	if (render->row != (int32_t)row || render->column > (int32_t)column ||
	    column - (uint32_t)render->column > GAP_MAX) {
		return false;
	}
	for (uint32_t i = (uint32_t)render->column; i < column; i++) {
		if (differs(render, target, row, i) ||
		    CONSOLE_CELL_ATTRIBUTE(wanted(target, row, i)) != render->attribute) {
			return false;
		}
	}
	for (uint32_t i = (uint32_t)render->column; i < column; i++) {
		put_cell(render, out, row, i, wanted(target, row, i));
	}
	return true;
}

static void put_place(struct render *render, struct output *out, uint32_t row, uint32_t column)
{
	if (render->row == (int32_t)row && render->column == (int32_t)column) {
		return;
	}
	if (render->row == (int32_t)row && column == 0) {
		put(out, "\r");
	} else if (render->row + 1 == (int32_t)row && render->row >= 0 && column == 0) {
		put(out, "\r\n");
	} else {
		put(out, "\033[");
		put_number(out, row + 1);
		if (column != 0) {
			put(out, ";");
			put_number(out, column + 1);
		}
		put(out, "H");
	}
	render->row = (int16_t)row;
	render->column = (int16_t)column;
}

/* The column from which on the row wants only plain blanks. */
static uint32_t text_end(const struct render_target *target, uint32_t row)
{
	uint32_t end = target->columns;
	while (end > 0 && wanted(target, row, end - 1) == CONSOLE_BLANK) {
		end--;
	}
	return end;
}

/* Erases the row from `column` on. */
static void put_erase(struct render *render, struct output *out, uint32_t row, uint32_t column)
{
	put_place(render, out, row, column);
	put_attribute(render, out, PLAIN);
	put(out, "\033[K");
	for (uint32_t i = column; i < render->columns; i++) {
		render->cells[row][i] = CONSOLE_BLANK;
	}
}

/* Makes a row right. False: there was no room for all of it. */
static bool draw_row(struct render *render, const struct render_target *target, struct output *out,
		     uint32_t row)
{
	uint32_t end = text_end(target, row);
	for (uint32_t column = 0; column < target->columns; column++) {
		if (!differs(render, target, row, column)) {
			continue;
		}
		if (!has_room(out, UNIT_BYTES_MAX)) {
			return false;
		}
		if (column >= end && target->columns - column >= ERASE_MIN) {
			put_erase(render, out, row, column);
			break;
		}
		if (!walk(render, target, out, row, column)) {
			put_place(render, out, row, column);
		}
		put_cell(render, out, row, column, wanted(target, row, column));
	}
	return true;
}

/* Whether target row `row` is what the terminal shows in row `shown`. */
static bool same_row(const struct render *render, const struct render_target *target, uint32_t row,
		     uint32_t shown)
{
	for (uint32_t column = 0; column < target->columns; column++) {
		if (wanted(target, row, column) != render->cells[shown][column]) {
			return false;
		}
	}
	return true;
}

/* How many rows from `top` on would be right if the terminal's rows there moved up by `by`, without
   a gap. */
static uint32_t rows_moved(const struct render *render, const struct render_target *target,
			   uint32_t top, uint32_t by)
{
	uint32_t count = 0;
	while (top + count + by < target->rows &&
	       same_row(render, target, top + count, top + count + by)) {
		count++;
	}
	return count;
}

/*
 * How many rows are right after `count` rows from `top` on have come from `by` rows below, and were
 * not before, less those that are lost where blanks come in.  Blank rows do not count: they cost
 * nothing.
 */
static int32_t rows_gained(const struct render *render, const struct render_target *target,
			   uint32_t top, uint32_t count, uint32_t by)
{
	int32_t gained = 0;
	for (uint32_t row = top; row < top + count + by; row++) {
		if (text_end(target, row) == 0) {
			continue;
		}
		bool right = same_row(render, target, row, row);
		if (row < top + count) {
			gained += !right;
		} else {
			gained -= right;
		}
	}
	return gained;
}

static void scroll_rows(struct render *render, struct output *out, uint32_t top, uint32_t bottom,
			uint32_t by)
{
	put_attribute(render, out, PLAIN); /* what comes in is blank and plain everywhere */
	put(out, "\033[");
	put_number(out, top + 1);
	put(out, ";");
	put_number(out, bottom);
	put(out, "r\033[");
	put_number(out, bottom);
	put(out, "H");
	for (uint32_t i = 0; i < by; i++) {
		put(out, "\n");
	}
	put(out, "\033[r");
	render->row = 0;
	render->column = 0;
	for (uint32_t row = top; row < bottom; row++) {
		for (uint32_t column = 0; column < render->columns; column++) {
			render->cells[row][column] =
				row + by < bottom ? render->cells[row + by][column] : CONSOLE_BLANK;
		}
	}
}

/* Looks for the one block whose rows moved up and scrolls it. The first row that is wrong is its
   top: what scrolls is a screen, or one of two, or a part of it below a heading. */
static bool scroll(struct render *render, const struct render_target *target, struct output *out)
{
	uint32_t best = 0;
	uint32_t best_by = 0;
	int32_t best_gain = 1; /* one row is drawn as quickly */
	uint32_t top = render->next_row;
	while (top < target->rows && same_row(render, target, top, top)) {
		top++;
	}
	render->next_row = (uint16_t)top;
	for (uint32_t by = 1; top + by < target->rows; by++) {
		uint32_t count = rows_moved(render, target, top, by);
		int32_t gain = count > 1 ? rows_gained(render, target, top, count, by) : 0;
		if (gain > best_gain) {
			best = count;
			best_by = by;
			best_gain = gain;
		}
	}
	if (best == 0 || !has_room(out, UNIT_BYTES_MAX + best_by)) {
		return false;
	}
	scroll_rows(render, out, top, top + best + best_by, best_by);
	return true;
}

/* The terminal's modes and its cells, from whatever they are. */
static void start(struct render *render, const struct render_target *target, struct output *out)
{
	put(out, "\033%G\033[r\033[?6l\033[?7l\033[4l\033(B\017\033[0m\033[2J\033[H");
	render->known = true;
	render->columns = (uint16_t)target->columns;
	render->rows = (uint16_t)target->rows;
	render->row = 0;
	render->column = 0;
	render->attribute = PLAIN;
	render->cursor_shown = -1;
	render->next_row = 0;
	render->scrolls = false;
	for (uint32_t row = 0; row < target->rows; row++) {
		for (uint32_t column = 0; column < target->columns; column++) {
			render->cells[row][column] = CONSOLE_BLANK;
		}
	}
}

static void finish(struct render *render, const struct render_target *target, struct output *out)
{
	bool shown = target->cursor_shown && target->cursor_row < target->rows &&
		     target->cursor_column < target->columns;
	if (shown) {
		put_place(render, out, target->cursor_row, target->cursor_column);
	}
	if (render->cursor_shown != shown) {
		put(out, shown ? "\033[?25h" : "\033[?25l");
		render->cursor_shown = shown;
	}
}

void render_init(struct render *render)
{
	render->known = false;
	render->scrolls = false;
	render->next_row = 0;
	render->columns = 0;
	render->rows = 0;
}

uint32_t render_step(struct render *render, const struct render_target *target, uint8_t *bytes,
		     uint32_t bytes_max)
{
	struct output out = {bytes, 0, bytes_max};
	if (bytes_max < RENDER_BYTES_MIN || target->columns > CONSOLE_COLUMNS_MAX ||
	    target->rows > CONSOLE_ROWS_MAX) {
		return 0;
	}
	if (!render->known || render->columns != target->columns || render->rows != target->rows) {
		start(render, target, &out);
	}
	if (render->next_row >= target->rows) {
		render->next_row = 0;
	}
	/* A new pass over the rows, not the rest of one. */
	if (render->next_row == 0) {
		render->scrolls = true;
	}
	if (render->scrolls) {
		render->scrolls = false;
		scroll(render, target, &out);
	}
	uint32_t first = render->next_row;
	for (uint32_t i = 0; i < target->rows; i++) {
		uint32_t row = (first + i) % target->rows;
		if (!draw_row(render, target, &out, row)) {
			render->next_row = (uint16_t)row;
			return out.count;
		}
	}
	render->next_row = 0;
	if (has_room(&out, UNIT_BYTES_MAX)) {
		finish(render, target, &out);
	}
	return out.count;
}

uint32_t render_leave(struct render *render, uint8_t bytes[RENDER_BYTES_MIN])
{
	struct output out = {bytes, 0, RENDER_BYTES_MIN};
	if (render->known) {
		put(&out, "\033[0m\033[?7h\033[?25h\033[");
		put_number(&out, render->rows);
		put(&out, "H\r\n");
	}
	render->known = false;
	return out.count;
}

uint32_t render_text_row(const uint16_t *cells, uint32_t columns,
			 uint8_t bytes[RENDER_TEXT_BYTES_MAX])
{
	struct output out = {bytes, 0, RENDER_TEXT_BYTES_MAX};
	while (columns > 0 && CONSOLE_CELL_CHARACTER(visible(cells[columns - 1])) == ' ') {
		columns--;
	}
	for (uint32_t i = 0; i < columns && i < CONSOLE_COLUMNS_MAX; i++) {
		put_character(&out, CONSOLE_CELL_CHARACTER(cells[i]));
	}
	put(&out, "\r\n");
	return out.count;
}
