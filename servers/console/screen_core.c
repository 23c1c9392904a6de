/* Consoles, halves, owners; see screen_core.h. Each change is made first; then what it did to the
   screen, compared with before, is told as effects: so no way of changing it can forget to tell. */
#include "screen_core.h"

/* What the effects tell of. */
struct seen {
	bool shown[SCREEN_CONSOLES];
	uint32_t focused;
	uint32_t columns;
	uint32_t rows;
	bool graphics;
};

static uint32_t halves(const struct screen *screen)
{
	return screen->split ? 2 : 1;
}

static bool is_open(const struct screen *screen, uint32_t console)
{
	return console < SCREEN_CONSOLES && screen->consoles[console].vt != 0;
}

static bool is_shown(const struct screen *screen, uint32_t console)
{
	return screen->shown[0] == console || (screen->split && screen->shown[1] == console);
}

bool screen_in_graphics(const struct screen *screen)
{
	const struct screen_console *console = &screen->consoles[screen_focused(screen)];
	return console->grid != 0 && console->graphics;
}

void screen_size(const struct screen *screen, uint32_t *columns, uint32_t *rows)
{
	const struct screen_console *console = &screen->consoles[screen->shown[0]];
	*columns = SCREEN_HALF_COLUMNS;
	*rows = screen->split ? SCREEN_SPLIT_ROWS : SCREEN_HALF_ROWS;
	if (!screen->split && console->vt != 0) {
		/* There are modes of 25 rows and of the largest size, and a console sits in one. */
		const struct grid *grid = vt_grid_const(console->vt);
		*columns = grid->columns > SCREEN_HALF_COLUMNS ? screen->columns_max
							       : SCREEN_HALF_COLUMNS;
		*rows = grid->rows > SCREEN_HALF_ROWS ? screen->rows_max : SCREEN_HALF_ROWS;
	}
}

static struct seen look(const struct screen *screen)
{
	struct seen seen = {.focused = screen_focused(screen),
			    .graphics = screen_in_graphics(screen)};
	screen_size(screen, &seen.columns, &seen.rows);
	for (uint32_t half = 0; half < halves(screen); half++) {
		seen.shown[screen->shown[half]] = true;
	}
	return seen;
}

static void add(struct screen_effects *effects, enum screen_effect_kind kind, uint32_t console,
		uint32_t columns, uint32_t rows)
{
	if (effects->count < SCREEN_EFFECTS_MAX) {
		effects->list[effects->count].kind = kind;
		effects->list[effects->count].console = (uint8_t)console;
		effects->list[effects->count].columns = (uint16_t)columns;
		effects->list[effects->count].rows = (uint16_t)rows;
		effects->count++;
	}
}

/* At most two consoles come, two go, two have another size, the focus moves once, the mode changes
   once: 9 effects. */
static void tell(struct screen *screen, const struct seen *before, struct screen_effects *effects)
{
	struct seen now = look(screen);
	if (before->focused != now.focused) {
		add(effects, SCREEN_BLUR, before->focused, 0, 0);
	}
	for (uint32_t i = 0; i < SCREEN_CONSOLES; i++) {
		if (before->shown[i] && !now.shown[i]) {
			add(effects, SCREEN_HIDDEN, i, 0, 0);
		}
	}
	bool mode = before->columns != now.columns || before->rows != now.rows;
	bool console_changed = before->focused != now.focused;
	if (now.graphics && (!before->graphics || console_changed)) {
		add(effects, SCREEN_GRAPHICS, now.focused, 0, 0);
	} else if (!now.graphics && (before->graphics || mode)) {
		add(effects, SCREEN_MODE, now.focused, now.columns, now.rows);
	}
	for (uint32_t i = 0; i < SCREEN_CONSOLES; i++) {
		if (now.shown[i] && !before->shown[i]) {
			add(effects, SCREEN_SHOWN, i, 0, 0);
		}
	}
	if (before->focused != now.focused) {
		add(effects, SCREEN_FOCUS, now.focused, 0, 0);
	}
	screen->stale = true;
}

static void set_terminal_size(struct screen *screen, uint32_t console, uint32_t columns,
			      uint32_t rows, struct screen_effects *effects)
{
	struct vt *vt = screen->consoles[console].vt;
	const struct grid *grid = vt != 0 ? vt_grid_const(vt) : 0;
	if (grid != 0 && (grid->columns != columns || grid->rows != rows)) {
		vt_resize(vt, columns, rows);
		add(effects, SCREEN_SIZE, console, columns, rows);
	}
}

/* A console that comes into a half gets its size. One that is owned keeps its own: its owner knows
   no other. */
static void fit_halves(struct screen *screen, struct screen_effects *effects)
{
	for (uint32_t half = 0; screen->split && half < 2; half++) {
		uint32_t console = screen->shown[half];
		if (screen->consoles[console].grid == 0) {
			set_terminal_size(screen, console, SCREEN_HALF_COLUMNS, SCREEN_HALF_ROWS,
					  effects);
		}
	}
}

void screen_init(struct screen *screen, uint32_t columns_max, uint32_t rows_max)
{
	*screen = (struct screen){.stale = true};
	screen->columns_max =
		(uint16_t)(columns_max < CONSOLE_COLUMNS_MAX ? columns_max : CONSOLE_COLUMNS_MAX);
	screen->rows_max = (uint16_t)(rows_max < CONSOLE_ROWS_MAX ? rows_max : CONSOLE_ROWS_MAX);
}

bool screen_open(struct screen *screen, uint32_t console, struct vt *vt,
		 struct screen_effects *effects)
{
	*effects = (struct screen_effects){0};
	if (console >= SCREEN_CONSOLES || is_open(screen, console)) {
		return false;
	}
	struct seen before = look(screen);
	screen->consoles[console] = (struct screen_console){.vt = vt};
	fit_halves(screen, effects);
	tell(screen, &before, effects);
	return true;
}

bool screen_close(struct screen *screen, uint32_t console, struct screen_effects *effects)
{
	*effects = (struct screen_effects){0};
	if (!is_open(screen, console)) {
		return false;
	}
	struct seen before = look(screen);
	screen->consoles[console] = (struct screen_console){0};
	tell(screen, &before, effects);
	return true;
}

bool screen_show(struct screen *screen, uint32_t console, struct screen_effects *effects)
{
	*effects = (struct screen_effects){0};
	if (console >= SCREEN_CONSOLES) {
		return false;
	}
	struct seen before = look(screen);
	if (screen->split && screen->shown[!screen->focus] == console) {
		screen->focus = !screen->focus;
	} else {
		screen->shown[screen->split ? screen->focus : 0] = (uint8_t)console;
		fit_halves(screen, effects);
	}
	tell(screen, &before, effects);
	return true;
}

bool screen_split(struct screen *screen, uint32_t other, struct screen_effects *effects)
{
	*effects = (struct screen_effects){0};
	if (other >= SCREEN_CONSOLES || screen->split || screen->shown[0] == other ||
	    screen->rows_max < SCREEN_SPLIT_ROWS || screen->columns_max < SCREEN_HALF_COLUMNS) {
		return false;
	}
	struct seen before = look(screen);
	screen->split = true;
	screen->focus = 0;
	screen->shown[1] = (uint8_t)other;
	fit_halves(screen, effects);
	tell(screen, &before, effects);
	return true;
}

bool screen_unsplit(struct screen *screen, struct screen_effects *effects)
{
	*effects = (struct screen_effects){0};
	if (!screen->split) {
		return false;
	}
	struct seen before = look(screen);
	screen->shown[0] = (uint8_t)screen_focused(screen);
	screen->split = false;
	screen->focus = 0;
	tell(screen, &before, effects);
	return true;
}

bool screen_focus(struct screen *screen, struct screen_effects *effects)
{
	*effects = (struct screen_effects){0};
	if (!screen->split) {
		return false;
	}
	struct seen before = look(screen);
	screen->focus = !screen->focus;
	tell(screen, &before, effects);
	return true;
}

bool screen_resize(struct screen *screen, uint32_t console, uint32_t columns, uint32_t rows,
		   struct screen_effects *effects)
{
	*effects = (struct screen_effects){0};
	if (!is_open(screen, console) || screen->consoles[console].grid != 0 || columns == 0 ||
	    rows == 0 || columns > screen->columns_max || rows > screen->rows_max ||
	    (screen->split && is_shown(screen, console))) {
		return false;
	}
	struct seen before = look(screen);
	set_terminal_size(screen, console, columns, rows, effects);
	tell(screen, &before, effects);
	return true;
}

bool screen_take(struct screen *screen, uint32_t console,
		 const volatile struct console_screen *grid, bool graphics,
		 struct screen_effects *effects)
{
	*effects = (struct screen_effects){0};
	if (!is_open(screen, console) || screen->consoles[console].grid != 0 || grid == 0) {
		return false;
	}
	struct seen before = look(screen);
	struct screen_console *taken = &screen->consoles[console];
	taken->grid = grid;
	taken->grid_columns = vt_grid_const(taken->vt)->columns;
	taken->grid_rows = vt_grid_const(taken->vt)->rows;
	taken->graphics = graphics;
	tell(screen, &before, effects);
	return true;
}

bool screen_release(struct screen *screen, uint32_t console, struct screen_effects *effects)
{
	*effects = (struct screen_effects){0};
	if (!is_open(screen, console) || screen->consoles[console].grid == 0) {
		return false;
	}
	struct seen before = look(screen);
	screen->consoles[console].grid = 0;
	screen->consoles[console].graphics = false;
	fit_halves(screen, effects); /* it may have been taken when it was larger */
	tell(screen, &before, effects);
	return true;
}

bool screen_set_graphics(struct screen *screen, uint32_t console, bool graphics,
			 struct screen_effects *effects)
{
	*effects = (struct screen_effects){0};
	if (!is_open(screen, console) || screen->consoles[console].grid == 0) {
		return false;
	}
	struct seen before = look(screen);
	screen->consoles[console].graphics = graphics;
	tell(screen, &before, effects);
	return true;
}

/* What is drawn of one console: a window of `rows` rows from its row `first` on. */
struct window {
	const struct screen_console *console;
	uint32_t columns;
	uint32_t rows;
	uint32_t first;
	bool cut;                    /* there are more rows: which are seen depends on the cursor */
	struct screen_cursor cursor; /* in the console's own rows */
};

static void owner_cursor(const struct screen_console *console, struct screen_cursor *cursor)
{
	/* Read once each: the owner may write at any time. */
	uint32_t row = console->grid->cursor_row;
	uint32_t column = console->grid->cursor_column;
	uint32_t shape = console->grid->cursor_shape;
	cursor->blink = console->grid->blink != 0;
	if (row < console->grid_rows && column < console->grid_columns &&
	    shape <= CONSOLE_CURSOR_BLOCK) {
		cursor->row = (uint16_t)row;
		cursor->column = (uint16_t)column;
		cursor->shape = (uint8_t)shape;
	}
}

static struct window window_of(const struct screen_console *console, uint32_t rows)
{
	struct window window = {.console = console};
	if (console->grid != 0) {
		window.columns = console->grid_columns;
		window.rows = console->grid_rows;
		owner_cursor(console, &window.cursor);
	} else if (console->vt != 0) {
		const struct vt *vt = console->vt;
		window.columns = vt_grid_const(vt)->columns;
		window.rows = vt_grid_const(vt)->rows;
		window.cursor.row = vt->row;
		window.cursor.column = vt->column;
		window.cursor.shape =
			vt_cursor_shown(vt) ? vt->cursor_shape : CONSOLE_CURSOR_HIDDEN;
	}
	/* Of a console with more rows than the half has, those around the cursor. */
	if (window.rows > rows) {
		window.first = window.cursor.row >= rows ? window.cursor.row - rows + 1 : 0;
		window.rows = rows;
		window.cut = true;
	}
	return window;
}

static void read_row(const struct window *window, uint32_t row, uint16_t *cells)
{
	const struct screen_console *console = window->console;
	if (console->grid == 0) {
		vt_read_row(console->vt, row, cells);
		return;
	}
	const volatile uint16_t *from =
		(const volatile uint16_t *)((const volatile uint8_t *)console->grid +
					    CONSOLE_SCREEN_CELLS) +
		row * console->grid_columns;
	for (uint32_t i = 0; i < console->grid_columns; i++) {
		cells[i] = from[i];
	}
}

/* Brings one row of the screen up to date. Returns whether it changed. */
static bool compose_row(const struct window *window, uint32_t row, uint16_t *cells,
			uint32_t columns)
{
	uint16_t made[CONSOLE_COLUMNS_MAX];
	uint32_t given = 0;
	if (row < window->rows) {
		read_row(window, window->first + row, made);
		given = window->columns;
	}
	bool changed = false;
	for (uint32_t i = 0; i < columns; i++) {
		uint16_t cell = i < given ? made[i] : CONSOLE_BLANK;
		changed |= cells[i] != cell;
		cells[i] = cell;
	}
	return changed;
}

uint64_t screen_compose(struct screen *screen, uint16_t *cells, uint32_t stride)
{
	uint32_t columns = 0;
	uint32_t rows = 0;
	uint64_t changed = 0;
	if (screen_in_graphics(screen)) {
		screen->stale = true;
		return 0;
	}
	screen_size(screen, &columns, &rows);
	uint32_t half_rows = rows / halves(screen);
	for (uint32_t half = 0; half < halves(screen); half++) {
		struct window window = window_of(&screen->consoles[screen->shown[half]], half_rows);
		uint64_t dirty = ~0ull;
		if (window.console->grid == 0 && window.console->vt != 0) {
			dirty = vt_take_dirty(window.console->vt);
		}
		for (uint32_t i = 0; i < half_rows; i++) {
			uint32_t row = half * half_rows + i;
			bool may = screen->stale || window.cut || (dirty >> i & 1) != 0;
			if (may && compose_row(&window, i, cells + row * stride, columns)) {
				changed |= 1ull << row;
			}
		}
	}
	/* After another mode has been set the cells are not where they were: all of them count. */
	if (screen->stale) {
		changed = rows == 64 ? ~0ull : (1ull << rows) - 1;
	}
	screen->stale = false;
	return changed;
}

void screen_cursor(const struct screen *screen, struct screen_cursor *cursor)
{
	uint32_t columns = 0;
	uint32_t rows = 0;
	screen_size(screen, &columns, &rows);
	uint32_t half = screen->split ? screen->focus : 0;
	uint32_t half_rows = rows / halves(screen);
	struct window window = window_of(&screen->consoles[screen->shown[half]], half_rows);
	*cursor = window.cursor;
	cursor->row = (uint16_t)(window.cursor.row - window.first + half * half_rows);
	if (cursor->column >= columns) {
		cursor->shape = CONSOLE_CURSOR_HIDDEN;
	}
}

void screen_console_cursor(const struct screen *screen, uint32_t console,
			   struct screen_cursor *cursor)
{
	*cursor = window_of(&screen->consoles[console], CONSOLE_ROWS_MAX).cursor;
}
