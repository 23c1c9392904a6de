/* The terminal: printing, control characters, escapes and the parser; see vt_core.h. */
#include "vt_core.h"

#define BEL            0x07
#define CAN            0x18
#define SUB            0x1a
#define ESC            0x1b
#define DEL            0x7f
#define UNKNOWN_GLYPH  '?'
#define PALETTE_DIGITS 7u
#define MODES_INITIAL  (VT_MODE_AUTOWRAP | VT_MODE_CURSOR_SHOWN | VT_MODE_UTF8)

static void set_tabs(struct vt *vt)
{
	for (uint32_t i = 0; i < sizeof vt->tabs; i++) {
		vt->tabs[i] = 1; /* a byte is eight columns */
	}
}

uint32_t vt_next_tab(const struct vt *vt, uint32_t column)
{
	uint32_t last = vt_grid_const(vt)->columns - 1u;
	for (column++; column < last; column++) {
		if (vt->tabs[column / 8] >> column % 8 & 1) {
			return column;
		}
	}
	return last;
}

uint32_t vt_previous_tab(const struct vt *vt, uint32_t column)
{
	while (column > 0) {
		column--;
		if (vt->tabs[column / 8] >> column % 8 & 1) {
			break;
		}
	}
	return column;
}

void vt_set_region(struct vt *vt, uint32_t top, uint32_t bottom)
{
	vt->top = (uint16_t)top;
	vt->bottom = (uint16_t)bottom;
}

static void forget_saved(struct vt *vt, uint32_t which)
{
	vt->saved[which] = (struct vt_saved){
		.pen = {.fore = CONSOLE_ATTRIBUTE_PLAIN & 0xf},
		.autowrap = true,
	};
}

/* All but the cells and the history: the state after a reset. */
static void reset_state(struct vt *vt)
{
	vt->active = 0;
	vt->view = 0;
	vt->row = 0;
	vt->column = 0;
	vt->wrap_pending = false;
	vt->modes = MODES_INITIAL;
	vt->cursor_shape = CONSOLE_CURSOR_LINE;
	vt->charset[0] = VT_CHARSET_TEXT;
	vt->charset[1] = VT_CHARSET_TEXT;
	vt->shift = 0;
	vt->repeat = 0;
	vt->state = VT_GROUND;
	vt->decoder = (struct charset_decoder){0};
	vt_pen_reset(vt);
	set_tabs(vt);
	vt_set_region(vt, 0, vt->grids[0].rows);
	forget_saved(vt, 0);
	forget_saved(vt, 1);
}

void vt_init(struct vt *vt, uint32_t columns, uint32_t rows, uint16_t *history_cells,
	     uint32_t history_lines, uint32_t history_columns)
{
	grid_init(&vt->grids[0], columns, rows, CONSOLE_BLANK);
	grid_init(&vt->grids[1], columns, rows, CONSOLE_BLANK);
	history_init(&vt->history, history_cells, history_lines, history_columns);
	reset_state(vt);
}

void vt_reset(struct vt *vt)
{
	reset_state(vt);
	grid_init(&vt->grids[0], vt->grids[0].columns, vt->grids[0].rows, CONSOLE_BLANK);
	grid_init(&vt->grids[1], vt->grids[1].columns, vt->grids[1].rows, CONSOLE_BLANK);
}

void vt_adopt(struct vt *vt, uint16_t *history_cells, uint32_t history_lines,
	      uint32_t history_columns)
{
	struct history old = vt->history;
	bool alternate = *(const uint8_t *)&vt->active == 1;
	uint32_t row = vt->row;
	uint32_t column = vt->column;
	grid_adopt(&vt->grids[0], vt->grids[0].columns, vt->grids[0].rows);
	grid_adopt(&vt->grids[1], vt->grids[0].columns, vt->grids[0].rows);
	history_init(&vt->history, history_cells, history_lines, history_columns);
	if (old.next < history_lines && old.lines <= history_lines) {
		vt->history.next = old.next;
		vt->history.lines = old.lines;
	}
	reset_state(vt);
	vt->active = alternate;
	vt_move(vt, row, column);
}

/* A view that is moved back stays at the lines it shows, as long as they are kept. */
static void follow_view(struct vt *vt, uint32_t lines)
{
	if (vt->view != 0) {
		uint32_t view = vt->view + lines;
		vt->view = view < vt->history.lines ? view : vt->history.lines;
	}
}

void vt_scroll_up(struct vt *vt, uint32_t top, uint32_t count)
{
	struct history *history = vt->active == 0 && top == 0 ? &vt->history : 0;
	follow_view(vt, grid_scroll_up(vt_grid(vt), top, vt->bottom, count, vt_blank(vt), history));
}

void vt_line_feed(struct vt *vt)
{
	if (vt->row + 1 == vt->bottom) {
		vt_scroll_up(vt, vt->top, 1);
	} else if (vt->row + 1 < vt_grid(vt)->rows) {
		vt->row++;
	}
	vt->wrap_pending = false;
}

static void reverse_line_feed(struct vt *vt)
{
	if (vt->row == vt->top) {
		grid_scroll_down(vt_grid(vt), vt->top, vt->bottom, 1, vt_blank(vt));
	} else if (vt->row > 0) {
		vt->row--;
	}
	vt->wrap_pending = false;
}

static int64_t within(int64_t value, int64_t first, int64_t last)
{
	if (value < first) {
		return first;
	}
	return value > last ? last : value;
}

void vt_move(struct vt *vt, int64_t row, int64_t column)
{
	const struct grid *grid = vt_grid(vt);
	if (vt->modes & VT_MODE_ORIGIN) {
		row = within(row + vt->top, vt->top, vt->bottom - 1);
	}
	vt->row = (uint16_t)within(row, 0, grid->rows - 1);
	vt->column = (uint16_t)within(column, 0, grid->columns - 1);
	vt->wrap_pending = false;
}

void vt_save_cursor(struct vt *vt)
{
	vt->saved[vt->active] = (struct vt_saved){
		.pen = vt->pen,
		.row = vt->row,
		.column = vt->column,
		.origin = (vt->modes & VT_MODE_ORIGIN) != 0,
		.autowrap = (vt->modes & VT_MODE_AUTOWRAP) != 0,
		.charset = {vt->charset[0], vt->charset[1]},
		.shift = vt->shift,
	};
}

void vt_restore_cursor(struct vt *vt)
{
	const struct vt_saved *saved = &vt->saved[vt->active];
	vt->pen = saved->pen;
	vt_pen_apply(vt);
	vt->charset[0] = saved->charset[0];
	vt->charset[1] = saved->charset[1];
	vt->shift = saved->shift;
	/* The place counts from the screen's corner, and a smaller screen may have come since. */
	vt->modes &= ~(VT_MODE_ORIGIN | VT_MODE_AUTOWRAP);
	vt_move(vt, saved->row, saved->column);
	vt->modes |=
		(saved->origin ? VT_MODE_ORIGIN : 0) | (saved->autowrap ? VT_MODE_AUTOWRAP : 0);
}

void vt_use_grid(struct vt *vt, uint32_t which)
{
	if (vt->active == which) {
		return;
	}
	vt->active = (uint8_t)which;
	vt->view = 0;
	vt->wrap_pending = false;
	grid_touch_all(vt_grid(vt));
}

static void put_cell(struct vt *vt, uint8_t code)
{
	struct grid *grid = vt_grid(vt);
	if (vt->wrap_pending && (vt->modes & VT_MODE_AUTOWRAP) != 0) {
		vt->column = 0;
		vt_line_feed(vt);
	}
	if (vt->modes & VT_MODE_INSERT) {
		grid_insert(grid, vt->row, vt->column, 1, vt_blank(vt));
	}
	grid_row(grid, vt->row)[vt->column] = CONSOLE_CELL(code, vt->attribute);
	grid_touch(grid, vt->row);
	if (vt->column + 1 < grid->columns) {
		vt->column++;
	} else {
		vt->wrap_pending = true;
	}
}

void vt_print(struct vt *vt, uint32_t codepoint)
{
	vt->repeat = codepoint;
	if (codepoint < 0x7f && vt->charset[vt->shift] == VT_CHARSET_LINES) {
		put_cell(vt, charset_line_drawing((uint8_t)codepoint));
		return;
	}
	uint32_t columns = charset_columns(codepoint);
	if (columns == 0) {
		return;
	}
	/* One that takes two columns is not torn apart at the end of a line. */
	if (columns == 2 && vt->column + 1 == vt_grid(vt)->columns && !vt->wrap_pending) {
		put_cell(vt, ' ');
	}
	int code = charset_to_cp437(codepoint);
	put_cell(vt, code < 0 ? UNKNOWN_GLYPH : (uint8_t)code);
	if (columns == 2) {
		put_cell(vt, ' ');
	}
}

/* C0, wherever it comes, inside sequences too. */
static void control(struct vt *vt, uint8_t byte, struct vt_effects *effects)
{
	switch (byte) {
	case BEL:
		effects->bell = true;
		break;
	case '\b':
		if (vt->column > 0) {
			vt->column--;
		}
		vt->wrap_pending = false;
		break;
	case '\t':
		vt->column = (uint16_t)vt_next_tab(vt, vt->column);
		vt->wrap_pending = false;
		break;
	case '\n':
	case '\v':
	case '\f':
		vt_line_feed(vt);
		if (vt->modes & VT_MODE_NEWLINE) {
			vt->column = 0;
		}
		break;
	case '\r':
		vt->column = 0;
		vt->wrap_pending = false;
		break;
	case 0x0e:
	case 0x0f:
		vt->shift = byte == 0x0e;
		break;
	case CAN:
	case SUB:
		vt->state = VT_GROUND;
		break;
	case ESC:
		vt->state = VT_ESCAPE;
		break;
	default:
		break;
	}
}

static void set_tab(struct vt *vt)
{
	vt->tabs[vt->column / 8] |= (uint8_t)(1u << vt->column % 8);
}

/* The escapes that begin something longer. False: this one is whole. */
static bool escape_begins(struct vt *vt, uint8_t byte)
{
	switch (byte) {
	case '[':
		vt->state = VT_CSI;
		vt->parameters[0] = 0;
		vt->parameter_count = 1;
		vt->colons = 0;
		vt->private_marker = 0;
		vt->intermediate = 0;
		break;
	case ']':
		vt->state = VT_OSC_BEGIN;
		break;
	case 'P':
	case 'X':
	case '^':
	case '_':
	case 'k': /* a title, says screen */
		vt->state = VT_STRING;
		break;
	case '(':
	case ')':
		vt->designated = byte == ')';
		vt->state = VT_ESCAPE_CHARSET;
		break;
	case '*':
	case '+':
		vt->state = VT_ESCAPE_OTHER_CHARSET;
		break;
	case '#':
		vt->state = VT_ESCAPE_HASH;
		break;
	case '%':
		vt->state = VT_ESCAPE_PERCENT;
		break;
	default:
		if (byte >= 0x20 && byte < 0x30) {
			vt->state = VT_ESCAPE_SKIP;
			break;
		}
		return false;
	}
	return true;
}

/* The byte after ESC. */
static void escape(struct vt *vt, uint8_t byte, struct vt_effects *effects)
{
	if (escape_begins(vt, byte)) {
		return;
	}
	vt->state = VT_GROUND;
	switch (byte) {
	case '7':
		vt_save_cursor(vt);
		break;
	case '8':
		vt_restore_cursor(vt);
		break;
	case 'D':
		vt_line_feed(vt);
		break;
	case 'E':
		vt->column = 0;
		vt_line_feed(vt);
		break;
	case 'M':
		reverse_line_feed(vt);
		break;
	case 'H':
		set_tab(vt);
		break;
	case 'Z':
		vt_reply(effects, "\033[?6c");
		break;
	case '=':
	case '>':
		vt->modes = byte == '=' ? vt->modes | VT_MODE_KEYPAD : vt->modes & ~VT_MODE_KEYPAD;
		effects->modes_changed = true;
		break;
	case 'c':
		vt_reset(vt);
		effects->modes_changed = true;
		break;
	default:
		break;
	}
}

/* ESC ( and ESC ): which set the bytes of G0 or G1 stand for. */
static void designate(struct vt *vt, uint8_t byte)
{
	enum vt_charset charset = VT_CHARSET_TEXT;
	if (byte == '0') {
		charset = VT_CHARSET_LINES;
	} else if (byte == 'U' || byte == 'K') {
		charset = VT_CHARSET_RAW;
	}
	vt->charset[vt->designated] = (uint8_t)charset;
}

/* ESC # 8: the alignment pattern. */
static void align(struct vt *vt)
{
	struct grid *grid = vt_grid(vt);
	for (uint32_t row = 0; row < grid->rows; row++) {
		grid_fill(grid, row, 0, grid->columns, CONSOLE_CELL('E', CONSOLE_ATTRIBUTE_PLAIN));
	}
	vt_set_region(vt, 0, grid->rows);
	vt->modes &= ~VT_MODE_ORIGIN;
	vt_move(vt, 0, 0);
}

static void end_parameter(struct vt *vt, bool colon)
{
	if (vt->parameter_count == VT_PARAMETERS_MAX) {
		vt->state = VT_CSI_SKIP;
		return;
	}
	vt->parameters[vt->parameter_count] = 0;
	if (colon) {
		vt->colons |= 1u << vt->parameter_count;
	}
	vt->parameter_count++;
}

/* A byte of a control sequence, no control character. */
static void csi_byte(struct vt *vt, uint8_t byte, struct vt_effects *effects)
{
	uint32_t *parameter = &vt->parameters[vt->parameter_count - 1];
	if (byte >= '0' && byte <= '9') {
		uint32_t value = *parameter * 10 + (byte - '0');
		*parameter = value < VT_PARAMETER_MAX ? value : VT_PARAMETER_MAX;
	} else if (byte == ';' || byte == ':') {
		end_parameter(vt, byte == ':');
	} else if (byte >= '<' && byte <= '?') {
		if (vt->parameter_count != 1 || *parameter != 0 || vt->private_marker != 0) {
			vt->state = VT_CSI_SKIP;
		}
		vt->private_marker = byte;
	} else if (byte < 0x30) {
		vt->intermediate = byte;
	} else if (byte == '[' && vt->parameter_count == 1 && *parameter == 0) {
		vt->state = VT_FUNCTION;
	} else {
		vt->state = VT_GROUND;
		if (byte < DEL) {
			vt_csi(vt, byte, effects);
		}
	}
}

/* The byte after ESC ]: Linux has two without an end of their own. */
static void osc_begin(struct vt *vt, uint8_t byte)
{
	if (byte == 'P') {
		vt->state = VT_PALETTE;
		vt->digits = PALETTE_DIGITS;
	} else {
		vt->state = byte == 'R' ? VT_GROUND : VT_STRING;
	}
}

/* A byte inside a sequence that is no control character. */
static void sequence_byte(struct vt *vt, uint8_t byte, struct vt_effects *effects)
{
	switch (vt->state) {
	case VT_ESCAPE:
		escape(vt, byte, effects);
		break;
	case VT_ESCAPE_CHARSET:
		designate(vt, byte);
		vt->state = VT_GROUND;
		break;
	case VT_ESCAPE_HASH:
		if (byte == '8') {
			align(vt);
		}
		vt->state = VT_GROUND;
		break;
	case VT_ESCAPE_PERCENT:
		if (byte == '@') {
			vt->modes &= ~VT_MODE_UTF8;
		} else if (byte == 'G' || byte == '8') {
			vt->modes |= VT_MODE_UTF8;
		}
		vt->state = VT_GROUND;
		break;
	case VT_CSI:
		csi_byte(vt, byte, effects);
		break;
	case VT_CSI_SKIP:
		if (byte >= 0x40) {
			vt->state = VT_GROUND;
		}
		break;
	case VT_ESCAPE_SKIP:
		if (byte >= 0x30) {
			vt->state = VT_GROUND;
		}
		break;
	case VT_OSC_BEGIN:
		osc_begin(vt, byte);
		break;
	case VT_PALETTE:
		if (--vt->digits == 0) {
			vt->state = VT_GROUND;
		}
		break;
	case VT_STRING:
		break;
	default: /* VT_FUNCTION, VT_ESCAPE_OTHER_CHARSET: one byte */
		vt->state = VT_GROUND;
		break;
	}
}

/* A byte as text. */
static void text_byte(struct vt *vt, uint8_t byte)
{
	uint32_t codepoint = byte;
	if (vt->charset[vt->shift] == VT_CHARSET_RAW || (vt->modes & VT_MODE_RAW_GLYPHS) != 0) {
		vt->repeat = charset_from_cp437(byte);
		put_cell(vt, byte);
		return;
	}
	if (vt->modes & VT_MODE_UTF8) {
		switch (charset_decode(&vt->decoder, byte, &codepoint)) {
		case CHARSET_MORE:
			return;
		case CHARSET_BAD:
		case CHARSET_CUT: /* the caller gives no byte that is cut off */
			codepoint = CHARSET_REPLACEMENT;
			break;
		default:
			break;
		}
	}
	/* C1: programs for this terminal write ESC and a letter instead. */
	if (codepoint >= 0xa0 || (codepoint >= 0x20 && codepoint < 0x7f)) {
		vt_print(vt, codepoint);
	}
}

/* Which control characters keep their meaning although bytes are glyphs. */
static bool always_control(uint8_t byte)
{
	return byte == 0 || byte == '\b' || byte == '\n' || byte == '\f' || byte == '\r' ||
	       byte == 0x0e || byte == 0x0f || byte == ESC;
}

static void one_byte(struct vt *vt, uint8_t byte, struct vt_effects *effects)
{
	if (vt->decoder.left != 0 && (byte & 0xc0) != 0x80) {
		vt->decoder.left = 0;
		vt_print(vt, CHARSET_REPLACEMENT);
	}
	bool in_string = vt->state == VT_STRING || vt->state == VT_OSC_BEGIN;
	if (vt->state == VT_GROUND) {
		bool raw = (vt->modes & VT_MODE_RAW_GLYPHS) != 0 && !always_control(byte);
		if (byte < 0x20 && !raw) {
			control(vt, byte, effects);
		} else if (byte != DEL || raw) {
			text_byte(vt, byte);
		}
	} else if (in_string && byte == BEL) {
		vt->state = VT_GROUND;
	} else if (byte < 0x20) {
		if (!in_string || byte == ESC || byte == CAN || byte == SUB) {
			control(vt, byte, effects);
		}
	} else if (byte != DEL) {
		sequence_byte(vt, byte, effects);
	}
}

void vt_write(struct vt *vt, const uint8_t *bytes, uint32_t count, struct vt_effects *effects)
{
	*effects = (struct vt_effects){0};
	uint32_t shown = vt->modes & VT_MODE_CURSOR_SHOWN;
	while (effects->consumed < count &&
	       effects->reply_bytes + VT_REPLY_ONE_MAX <= VT_REPLY_MAX) {
		one_byte(vt, bytes[effects->consumed], effects);
		effects->consumed++;
	}
	if ((vt->modes & VT_MODE_CURSOR_SHOWN) != shown) {
		effects->modes_changed = true;
	}
}

void vt_reply(struct vt_effects *effects, const char *text)
{
	for (uint32_t i = 0; text[i] != 0 && effects->reply_bytes < VT_REPLY_MAX; i++) {
		effects->reply[effects->reply_bytes++] = (uint8_t)text[i];
	}
}

void vt_resize(struct vt *vt, uint32_t columns, uint32_t rows)
{
	uint32_t left[2];
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t keep = i == vt->active ? vt->row : vt->saved[i].row;
		struct grid *grid = &vt->grids[i];
		keep = keep < grid->rows ? keep : grid->rows - 1u;
		left[i] = grid_resize(grid, columns, rows, keep, CONSOLE_BLANK,
				      i == 0 ? &vt->history : 0);
		vt->saved[i].row =
			(uint16_t)within((int64_t)vt->saved[i].row - left[i], 0, grid->rows - 1);
	}
	const struct grid *grid = vt_grid(vt);
	vt->row = (uint16_t)within((int64_t)vt->row - left[vt->active], 0, grid->rows - 1);
	vt->column = (uint16_t)within(vt->column, 0, grid->columns - 1);
	vt->wrap_pending = false;
	vt->view = 0;
	vt_set_region(vt, 0, grid->rows);
}

void vt_scroll_view(struct vt *vt, int32_t lines)
{
	int64_t view = within((int64_t)vt->view + lines, 0, vt->history.lines);
	if (vt->active != 0) {
		view = 0;
	}
	if (view != vt->view) {
		vt->view = (uint32_t)view;
		grid_touch_all(vt_grid(vt));
	}
}

void vt_read_row(const struct vt *vt, uint32_t row, uint16_t *cells)
{
	const struct grid *grid = vt_grid_const(vt);
	const uint16_t *from = 0;
	uint32_t columns = grid->columns;
	if (row < vt->view) {
		from = history_line(&vt->history, vt->view - row);
		columns = vt->history.columns < columns ? vt->history.columns : columns;
	} else {
		from = grid_row_const(grid, row - vt->view);
	}
	for (uint32_t i = 0; i < grid->columns; i++) {
		uint16_t cell = i < columns && from != 0 ? from[i] : CONSOLE_BLANK;
		if (vt->modes & VT_MODE_REVERSE) {
			uint8_t attribute = CONSOLE_CELL_ATTRIBUTE(cell);
			cell = CONSOLE_CELL(cell, attribute >> 4 | attribute << 4);
		}
		cells[i] = cell;
	}
}

uint64_t vt_take_dirty(struct vt *vt)
{
	struct grid *grid = vt_grid(vt);
	if (grid->dirty != 0 && vt->view != 0) {
		grid_touch_all(grid); /* the rows are seen elsewhere */
	}
	return grid_take_dirty(grid);
}
