/* Control sequences: the cursor, erasing and moving, modes, reports; see vt_core.h. */
#include "vt_core.h"

/* Parameter `index`; what is missing or zero counts as `otherwise`. */
static uint32_t parameter(const struct vt *vt, uint32_t index, uint32_t otherwise)
{
	uint32_t value = index < vt->parameter_count ? vt->parameters[index] : 0;
	return value != 0 ? value : otherwise;
}

/* Up and down stop at the region's edge if they start inside it. */
static void move_rows(struct vt *vt, int64_t by)
{
	int64_t row = vt->row + by;
	if (by < 0 && vt->row >= vt->top && row < vt->top) {
		row = vt->top;
	}
	if (by > 0 && vt->row < vt->bottom && row >= vt->bottom) {
		row = vt->bottom - 1;
	}
	uint32_t origin = vt->modes & VT_MODE_ORIGIN;
	vt->modes &= ~VT_MODE_ORIGIN;
	vt_move(vt, row, vt->column);
	vt->modes |= origin;
}

static void move_columns(struct vt *vt, int64_t by)
{
	vt->column = (uint16_t)(by < -(int64_t)vt->column ? 0 : vt->column + by);
	if (vt->column >= vt_grid(vt)->columns) {
		vt->column = (uint16_t)(vt_grid(vt)->columns - 1);
	}
	vt->wrap_pending = false;
}

/* The cursor's row as programs count it. */
static uint32_t told_row(const struct vt *vt)
{
	return vt->modes & VT_MODE_ORIGIN ? vt->row - (uint32_t)vt->top : vt->row;
}

static void fill_rows(struct vt *vt, uint32_t from, uint32_t to)
{
	for (uint32_t row = from; row < to; row++) {
		grid_fill(vt_grid(vt), row, 0, vt_grid(vt)->columns, vt_blank(vt));
	}
}

static void erase_display(struct vt *vt, uint32_t what)
{
	struct grid *grid = vt_grid(vt);
	switch (what) {
	case 0:
		grid_fill(grid, vt->row, vt->column, grid->columns, vt_blank(vt));
		fill_rows(vt, vt->row + 1u, grid->rows);
		break;
	case 1:
		fill_rows(vt, 0, vt->row);
		grid_fill(grid, vt->row, 0, vt->column + 1u, vt_blank(vt));
		break;
	case 3:
		vt->history.lines = 0;
		vt->view = 0;
		fill_rows(vt, 0, grid->rows);
		break;
	case 2:
		fill_rows(vt, 0, grid->rows);
		break;
	default:
		break;
	}
	vt->wrap_pending = false;
}

static void erase_line(struct vt *vt, uint32_t what)
{
	struct grid *grid = vt_grid(vt);
	if (what == 0) {
		grid_fill(grid, vt->row, vt->column, grid->columns, vt_blank(vt));
	} else if (what == 1) {
		grid_fill(grid, vt->row, 0, vt->column + 1u, vt_blank(vt));
	} else if (what == 2) {
		grid_fill(grid, vt->row, 0, grid->columns, vt_blank(vt));
	}
	vt->wrap_pending = false;
}

/* Lines come in or go at the cursor, if it is inside the region. */
static void edit_lines(struct vt *vt, bool insert, uint32_t count)
{
	if (vt->row < vt->top || vt->row >= vt->bottom) {
		return;
	}
	if (insert) {
		grid_scroll_down(vt_grid(vt), vt->row, vt->bottom, count, vt_blank(vt));
	} else {
		/* Not through vt_scroll_up: deleted lines are no history. */
		grid_scroll_up(vt_grid(vt), vt->row, vt->bottom, count, vt_blank(vt), 0);
	}
	vt->column = 0;
	vt->wrap_pending = false;
}

static void repeat(struct vt *vt, uint32_t count)
{
	uint32_t limit = (uint32_t)vt_grid(vt)->columns * vt_grid(vt)->rows;
	for (uint32_t i = 0; vt->repeat != 0 && i < count && i < limit; i++) {
		vt_print(vt, vt->repeat);
	}
}

static void clear_tabs(struct vt *vt, uint32_t what)
{
	if (what == 0) {
		vt->tabs[vt->column / 8] &= (uint8_t) ~(1u << vt->column % 8);
	} else if (what == 3) {
		for (uint32_t i = 0; i < sizeof vt->tabs; i++) {
			vt->tabs[i] = 0;
		}
	}
}

static void move_tabs(struct vt *vt, bool forward, uint32_t count)
{
	for (uint32_t i = 0; i < count && i < vt_grid(vt)->columns; i++) {
		vt->column = (uint16_t)(forward ? vt_next_tab(vt, vt->column)
						: vt_previous_tab(vt, vt->column));
	}
	vt->wrap_pending = false;
}

static void set_region(struct vt *vt)
{
	uint32_t rows = vt_grid(vt)->rows;
	uint32_t top = parameter(vt, 0, 1) - 1;
	uint32_t bottom = parameter(vt, 1, rows);
	if (bottom > rows) {
		bottom = rows;
	}
	if (top + 1 >= bottom && rows > 1) {
		return; /* two rows at least */
	}
	vt_set_region(vt, rows > 1 ? top : 0, bottom);
	vt_move(vt, 0, 0);
}

/* The cursor's Linux shapes (CSI ? n c) and the VT520's (CSI n SP q). */
static void set_cursor_shape(struct vt *vt, bool linux_numbers, uint32_t shape)
{
	static const uint8_t linux_shape[8] = {
		CONSOLE_CURSOR_LINE,  CONSOLE_CURSOR_HIDDEN, CONSOLE_CURSOR_LINE,
		CONSOLE_CURSOR_LINE,  CONSOLE_CURSOR_HALF,   CONSOLE_CURSOR_HALF,
		CONSOLE_CURSOR_BLOCK, CONSOLE_CURSOR_BLOCK,
	};
	shape &= 0xf;
	if (linux_numbers) {
		vt->cursor_shape = shape < 8 ? linux_shape[shape] : CONSOLE_CURSOR_BLOCK;
	} else {
		vt->cursor_shape =
			shape == 1 || shape == 2 ? CONSOLE_CURSOR_BLOCK : CONSOLE_CURSOR_LINE;
	}
}

static void set_mode_bit(struct vt *vt, uint32_t bit, bool on)
{
	vt->modes = on ? vt->modes | bit : vt->modes & ~bit;
}

/* The alternate screen: 47 shows it, 1047 also clears it on the way back, 1049 clears it on the way
   there and saves the cursor. */
static void alternate_screen(struct vt *vt, uint32_t mode, bool on)
{
	if (mode == 1049 && on && vt->active == 0) {
		vt_save_cursor(vt);
	}
	if (mode == 1047 && !on && vt->active == 1) {
		fill_rows(vt, 0, vt_grid(vt)->rows);
	}
	bool changes = vt->active != on;
	vt_use_grid(vt, on);
	if (mode == 1049 && on && changes) {
		fill_rows(vt, 0, vt_grid(vt)->rows);
	}
	if (mode == 1049 && !on && changes) {
		vt_restore_cursor(vt);
	}
}

static void private_mode(struct vt *vt, uint32_t mode, bool on, struct vt_effects *effects)
{
	switch (mode) {
	case 1:
		set_mode_bit(vt, VT_MODE_CURSOR_KEYS, on);
		effects->modes_changed = true;
		break;
	case 5:
		if (((vt->modes & VT_MODE_REVERSE) != 0) != on) {
			set_mode_bit(vt, VT_MODE_REVERSE, on);
			grid_touch_all(vt_grid(vt));
		}
		break;
	case 6:
		set_mode_bit(vt, VT_MODE_ORIGIN, on);
		vt_move(vt, 0, 0);
		break;
	case 7:
		set_mode_bit(vt, VT_MODE_AUTOWRAP, on);
		break;
	case 25:
		set_mode_bit(vt, VT_MODE_CURSOR_SHOWN, on);
		break;
	case 66:
		set_mode_bit(vt, VT_MODE_KEYPAD, on);
		effects->modes_changed = true;
		break;
	case 47:
	case 1047:
	case 1049:
		alternate_screen(vt, mode, on);
		break;
	case 1048:
		if (on) {
			vt_save_cursor(vt);
		} else {
			vt_restore_cursor(vt);
		}
		break;
	default: /* the mouse, pasting, widths: not ours */
		break;
	}
}

static void set_modes(struct vt *vt, bool on, struct vt_effects *effects)
{
	for (uint32_t i = 0; i < vt->parameter_count; i++) {
		uint32_t mode = vt->parameters[i];
		if (vt->private_marker == '?') {
			private_mode(vt, mode, on, effects);
		} else if (mode == 4) {
			set_mode_bit(vt, VT_MODE_INSERT, on);
		} else if (mode == 20) {
			set_mode_bit(vt, VT_MODE_NEWLINE, on);
			effects->modes_changed = true;
		}
	}
}

/* Appends a number and a character to a text being built. */
static char *put_number(char *at, uint32_t number, char after)
{
	char digits[10];
	uint32_t count = 0;
	do {
		digits[count++] = (char)('0' + number % 10);
		number /= 10;
	} while (number != 0);
	while (count > 0) {
		*at++ = digits[--count];
	}
	*at++ = after;
	return at;
}

static void report_pair(struct vt_effects *effects, const char *before, uint32_t first,
			uint32_t second, char final)
{
	char text[VT_REPLY_ONE_MAX];
	char *at = text;
	while (*before != 0) {
		*at++ = *before++;
	}
	at = put_number(at, first, ';');
	at = put_number(at, second, final);
	*at = 0;
	vt_reply(effects, text);
}

static void report_status(struct vt *vt, struct vt_effects *effects)
{
	bool dec = vt->private_marker == '?';
	if (parameter(vt, 0, 0) == 5 && !dec) {
		vt_reply(effects, "\033[0n");
	} else if (parameter(vt, 0, 0) == 6) {
		report_pair(effects, dec ? "\033[?" : "\033[", told_row(vt) + 1, vt->column + 1u,
			    'R');
	}
}

/* DECSTR: the modes and the pen as after a reset, the text stays. */
static void soft_reset(struct vt *vt, struct vt_effects *effects)
{
	vt->modes &= VT_MODE_UTF8 | VT_MODE_REVERSE;
	vt->modes |= VT_MODE_AUTOWRAP | VT_MODE_CURSOR_SHOWN;
	vt->charset[0] = VT_CHARSET_TEXT;
	vt->charset[1] = VT_CHARSET_TEXT;
	vt->shift = 0;
	vt_pen_reset(vt);
	vt_set_region(vt, 0, vt_grid(vt)->rows);
	effects->modes_changed = true;
}

/* With a marker or an intermediate byte: few of those mean anything here. */
static void csi_marked(struct vt *vt, uint8_t final, struct vt_effects *effects)
{
	bool dec = vt->private_marker == '?' && vt->intermediate == 0;
	if (dec && (final == 'h' || final == 'l')) {
		set_modes(vt, final == 'h', effects);
	} else if (dec && final == 'n') {
		report_status(vt, effects);
	} else if (dec && final == 'c') {
		set_cursor_shape(vt, true, parameter(vt, 0, 0));
		effects->modes_changed = true;
	} else if (dec && final == 'J') {
		erase_display(vt, parameter(vt, 0, 0));
	} else if (dec && final == 'K') {
		erase_line(vt, parameter(vt, 0, 0));
	} else if (vt->private_marker == 0 && vt->intermediate == '!' && final == 'p') {
		soft_reset(vt, effects);
	} else if (vt->private_marker == 0 && vt->intermediate == ' ' && final == 'q') {
		set_cursor_shape(vt, false, parameter(vt, 0, 0));
		effects->modes_changed = true;
	}
}

/* The cursor's sequences. False: none of them. */
static bool csi_cursor(struct vt *vt, uint8_t final)
{
	int64_t count = parameter(vt, 0, 1);
	switch (final) {
	case 'A':
		move_rows(vt, -count);
		break;
	case 'B':
	case 'e':
		move_rows(vt, count);
		break;
	case 'C':
	case 'a':
		move_columns(vt, count);
		break;
	case 'D':
		move_columns(vt, -count);
		break;
	case 'E':
	case 'F':
		vt->column = 0;
		move_rows(vt, final == 'E' ? count : -count);
		break;
	case 'G':
	case '`':
		move_columns(vt, count - 1 - vt->column);
		break;
	case 'd':
		vt_move(vt, count - 1, vt->column);
		break;
	case 'H':
	case 'f':
		vt_move(vt, count - 1, (int64_t)parameter(vt, 1, 1) - 1);
		break;
	case 'I':
	case 'Z':
		move_tabs(vt, final == 'I', (uint32_t)count);
		break;
	case 's':
		vt_save_cursor(vt);
		break;
	case 'u':
		vt_restore_cursor(vt);
		break;
	default:
		return false;
	}
	return true;
}

/* Those that change cells. False: none of them. */
static bool csi_cells(struct vt *vt, uint8_t final)
{
	struct grid *grid = vt_grid(vt);
	uint32_t count = parameter(vt, 0, 1);
	switch (final) {
	case 'J':
		erase_display(vt, parameter(vt, 0, 0));
		break;
	case 'K':
		erase_line(vt, parameter(vt, 0, 0));
		break;
	case 'L':
	case 'M':
		edit_lines(vt, final == 'L', count);
		break;
	case '@':
		grid_insert(grid, vt->row, vt->column, count, vt_blank(vt));
		vt->wrap_pending = false;
		break;
	case 'P':
		grid_delete(grid, vt->row, vt->column, count, vt_blank(vt));
		vt->wrap_pending = false;
		break;
	case 'X':
		grid_fill(grid, vt->row, vt->column, count, vt_blank(vt));
		vt->wrap_pending = false;
		break;
	case 'S':
		vt_scroll_up(vt, vt->top, count);
		break;
	case 'T':
		if (vt->parameter_count == 1) {
			grid_scroll_down(grid, vt->top, vt->bottom, count, vt_blank(vt));
		}
		break;
	case 'b':
		repeat(vt, count);
		break;
	default:
		return false;
	}
	return true;
}

void vt_csi(struct vt *vt, uint8_t final, struct vt_effects *effects)
{
	if (vt->private_marker != 0 || vt->intermediate != 0) {
		csi_marked(vt, final, effects);
		return;
	}
	if (csi_cursor(vt, final) || csi_cells(vt, final)) {
		return;
	}
	switch (final) {
	case 'm':
		vt_csi_select_graphics(vt);
		break;
	case 'h':
	case 'l':
		set_modes(vt, final == 'h', effects);
		break;
	case 'r':
		set_region(vt);
		break;
	case 'g':
		clear_tabs(vt, parameter(vt, 0, 0));
		break;
	case 'n':
		report_status(vt, effects);
		break;
	case 'c':
		if (parameter(vt, 0, 0) == 0) {
			vt_reply(effects, "\033[?6c");
		}
		break;
	case 't':
		if (parameter(vt, 0, 0) == 18) {
			report_pair(effects, "\033[8;", vt_grid(vt)->rows, vt_grid(vt)->columns,
				    't');
		}
		break;
	default: /* lights, media copy, Linux's own settings: nothing to do */
		break;
	}
}
