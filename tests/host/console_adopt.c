/* Terminals found in memory: what a sound one keeps, and that rubbish becomes a sound one.
   LINK: servers/console/vt_core.c servers/console/vt_csi_core.c servers/console/vt_colour_core.c
   servers/console/grid_core.c lib/tty/charset_core.c */
#include <stddef.h>
#include <string.h>

#include "../../servers/console/vt_core.h"
#include "tap.h"

#define LINES   20u
#define COLUMNS CONSOLE_COLUMNS_MAX

static struct vt vt, other;
static uint16_t history[LINES * COLUMNS], other_history[LINES * COLUMNS];
static uint16_t row_cells[CONSOLE_COLUMNS_MAX];

static void write_text(struct vt *to, const char *text)
{
	struct vt_effects effects;
	vt_write(to, (const uint8_t *)text, (uint32_t)strlen(text), &effects);
}

static bool row_is(uint32_t row, const char *text)
{
	vt_read_row(&vt, row, row_cells);
	for (uint32_t i = 0; text[i] != 0; i++) {
		if (CONSOLE_CELL_CHARACTER(row_cells[i]) != (uint8_t)text[i]) {
			return false;
		}
	}
	return true;
}

static void test_keeps(void)
{
	char text[32];
	vt_init(&vt, 80, 25, history, LINES, COLUMNS);
	for (int i = 0; i < 40; i++) {
		snprintf(text, sizeof text, "line %d\r\n", i);
		write_text(&vt, text);
	}
	write_text(&vt, "\033[31;44m\033[2;5r\033[10;7H\033[4hhere\033[");
	/* As another process finds it: the pointers mean nothing. */
	other = vt;
	memcpy(other_history, history, sizeof history);
	other.history.cells = (uint16_t *)8;
	vt = other;
	memset(history, 0, sizeof history);
	vt_adopt(&vt, other_history, LINES, COLUMNS);
	CHECK(row_is(0, "line 16") && row_is(9, "line 2here"), "the text stays");
	CHECK(vt.row == 9 && vt.column == 10, "and the cursor");
	CHECK(vt.history.lines == 16 && vt.history.cells == other_history, "and the history");
	vt_scroll_view(&vt, 16);
	CHECK(row_is(0, "line 0"), "which can be looked at");
	CHECK(vt_take_dirty(&vt) == (1u << 25) - 1, "all of it is to be shown");
	write_text(&vt, "mx\033[25;1H\n");
	CHECK(vt.attribute == CONSOLE_ATTRIBUTE_PLAIN && vt.top == 0 && vt.bottom == 25 &&
		      (vt.modes & VT_MODE_INSERT) == 0,
	      "the rest is as after a reset");
	vt_init(&vt, 80, 50, history, LINES, COLUMNS);
	write_text(&vt, "below\033[?1049habove");
	vt_adopt(&vt, history, LINES, COLUMNS);
	CHECK(row_is(0, "     above") && vt.active == 1, "the other screen");
}

/* Each line of the grid once. */
static bool sound(const struct vt *found)
{
	bool good = found->active < 2 && found->view <= found->history.lines &&
		    found->history.lines <= LINES && found->history.next < LINES;
	for (uint32_t i = 0; i < 2; i++) {
		const struct grid *grid = &found->grids[i];
		uint64_t lines = 0;
		for (uint32_t row = 0; row < CONSOLE_ROWS_MAX; row++) {
			good &= grid->line[row] < CONSOLE_ROWS_MAX;
			lines |= 1ull << (grid->line[row] & 63);
		}
		good &= lines == (1ull << CONSOLE_ROWS_MAX) - 1;
		good &= grid->columns >= 1 && grid->columns <= CONSOLE_COLUMNS_MAX &&
			grid->rows >= 1 && grid->rows <= CONSOLE_ROWS_MAX &&
			grid->columns == found->grids[0].columns &&
			grid->rows == found->grids[0].rows;
	}
	return good && found->row < found->grids[0].rows && found->column < found->grids[0].columns;
}

/* Rubbish, with something of a real terminal left in it. */
static void spoil(uint64_t *seed)
{
	uint8_t *bytes = (uint8_t *)&vt;
	uint64_t random = tap_random(seed);
	uint32_t spoilt = random % 3 == 0 ? sizeof vt : (uint32_t)(random >> 8) % 200;
	vt_init(&vt, 1 + (uint32_t)(random >> 16) % 132, 1 + (uint32_t)(random >> 24) % 60, history,
		LINES, COLUMNS);
	for (uint32_t i = 0; i < spoilt; i++) {
		uint64_t next = tap_random(seed);
		uint32_t anywhere = (uint32_t)(next >> 8);
		uint32_t at = i; /* all of it, or some of what counts: not the cells */
		if (spoilt != sizeof vt && next % 2 == 0) {
			at = anywhere % offsetof(struct grid, cells);
		} else if (spoilt != sizeof vt) {
			at = offsetof(struct vt, history) +
			     anywhere % (sizeof vt - offsetof(struct vt, history));
		}
		bytes[at] = (uint8_t)(next >> 40);
	}
}

static void test_rubbish(void)
{
	uint64_t seed = 4711;
	bool good = true;
	for (uint32_t round = 0; round < 400 && good; round++) {
		spoil(&seed);
		vt_adopt(&vt, history, LINES, COLUMNS);
		good = sound(&vt);
		for (uint32_t i = 0; i < 200 && good; i++) {
			static const char *const pieces[] = {
				"\033[", ";",           "7",           "H",  "text",
				"\n",    "\033[?1049h", "\033[?1049l", "M",  "L",
				"r",     "\0337",       "\0338",       "\t", "\033M"};
			write_text(&vt, pieces[tap_random(&seed) % 15]);
		}
		vt_scroll_view(&vt, (int32_t)(tap_random(&seed) % 40) - 10);
		for (uint32_t row = 0; row < vt_grid(&vt)->rows; row++) {
			vt_read_row(&vt, row, row_cells);
		}
		vt_resize(&vt, 80, 25);
		good &= sound(&vt);
		if (!good) {
			printf("# round %u of seed 4711\n", round);
		}
	}
	CHECK(good, "400 terminals of rubbish are sound, and work");
}

int main(void)
{
	test_keeps();
	test_rubbish();
	return tap_done();
}
