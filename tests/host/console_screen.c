/* Virtual consoles: what is seen, the split screen, owners, the effects of each change, and any
   order of calls. LINK: servers/console/screen_core.c servers/console/vt_core.c
   servers/console/vt_csi_core.c servers/console/vt_colour_core.c servers/console/grid_core.c
   lib/tty/charset_core.c */
#include <stdlib.h>

#include "tap.h"

#include "console_grid.h"

#include "../../servers/console/screen_core.h"

static struct screen screen;
static struct vt vts[SCREEN_CONSOLES];
static uint16_t cells[CONSOLE_ROWS_MAX * CONSOLE_COLUMNS_MAX];
static struct screen_effects effects;

static void fresh(uint32_t consoles)
{
	screen_init(&screen, 80, 50);
	for (uint32_t i = 0; i < consoles; i++) {
		char name[32];
		vt_init(&vts[i], 80, 25, 0, 0, 0);
		snprintf(name, sizeof name, "console %u", i);
		grid_write(&vts[i], name);
		screen_open(&screen, i, &vts[i], &effects);
	}
	screen_compose(&screen, cells, 80);
}

/* The effects as letters, with the console's number: "B0 F1". */
static int told(const char *expected)
{
	static const char letters[] = "MGSHFBZ";
	char text[128] = "";
	for (uint32_t i = 0; i < effects.count; i++) {
		snprintf(text + strlen(text), sizeof text - strlen(text), "%s%c%u",
			 i == 0 ? "" : " ", letters[effects.list[i].kind], effects.list[i].console);
	}
	if (strcmp(text, expected) != 0) {
		printf("# told '%s', expected '%s'\n", text, expected);
	}
	return strcmp(text, expected) == 0;
}

static int row_is(uint32_t row, const char *text)
{
	for (uint32_t i = 0; i < 80; i++) {
		char expected = i < strlen(text) ? text[i] : ' ';
		if ((char)cells[row * 80 + i] != expected) {
			printf("# row %u column %u is %c\n", row, i, (char)cells[row * 80 + i]);
			return 0;
		}
	}
	return 1;
}

static void test_switching(void)
{
	fresh(3);
	CHECK(row_is(0, "console 0"), "console 0 is seen first");
	CHECK(screen_compose(&screen, cells, 80) == 0, "nothing new, no row");
	grid_write(&vts[0], "\033[7;1Hseven");
	CHECK(screen_compose(&screen, cells, 80) == 1u << 6 && row_is(6, "seven"),
	      "one row changed, one row told");
	grid_write(&vts[1], "\033[3;1Hthird");
	CHECK(screen_compose(&screen, cells, 80) == 0, "a hidden console changes nothing seen");
	CHECK(screen_show(&screen, 1, &effects) && told("B0 H0 S1 F1"),
	      "another console: who is told");
	CHECK(screen_compose(&screen, cells, 80) == (1u << 25) - 1 && row_is(2, "third") &&
		      row_is(6, ""),
	      "it is seen with what it got meanwhile");
	CHECK(screen_show(&screen, 1, &effects) && told(""), "the same again is nothing");
	CHECK(screen_show(&screen, 9, &effects) && screen_compose(&screen, cells, 80) &&
		      row_is(0, ""),
	      "one that is not open is blank");
	CHECK(!screen_show(&screen, 10, &effects) && told(""), "there is no eleventh");
	CHECK(!screen_open(&screen, 0, &vts[0], &effects), "none is opened twice");
	screen_show(&screen, 0, &effects);
	CHECK(screen_close(&screen, 0, &effects) && screen_compose(&screen, cells, 80) &&
		      row_is(0, ""),
	      "a closed one is blank");
	CHECK(!screen_close(&screen, 0, &effects), "and not closed twice");
}

static void test_split(void)
{
	struct screen_cursor cursor;
	fresh(3);
	CHECK(!screen_focus(&screen, &effects) && !screen_unsplit(&screen, &effects),
	      "not split yet");
	CHECK(screen_split(&screen, 1, &effects) && told("M0 S1") && effects.list[0].rows == 50,
	      "splitting sets 80x50 and shows the other");
	screen_compose(&screen, cells, 80);
	CHECK(row_is(0, "console 0") && row_is(25, "console 1"), "both are seen");
	screen_cursor(&screen, &cursor);
	CHECK(cursor.row == 0 && cursor.column == 9, "the cursor is in the upper half");
	CHECK(screen_focus(&screen, &effects) && told("B0 F1"), "the focus moves");
	screen_cursor(&screen, &cursor);
	CHECK(cursor.row == 25 && screen_focused(&screen) == 1, "and the cursor with it");
	grid_write(&vts[1], "\033[25;1Hlast");
	CHECK((screen_compose(&screen, cells, 80) >> 49 & 1) && row_is(49, "last"),
	      "the last row of all");
	CHECK(screen_show(&screen, 0, &effects) && told("B1 F0"),
	      "showing what the other half has goes there");
	screen_focus(&screen, &effects);
	CHECK(screen_show(&screen, 2, &effects) && told("B1 H1 S2 F2"),
	      "a third comes into the half with the focus");
	CHECK(!screen_resize(&screen, 2, 80, 50, &effects), "halves keep their size");
	CHECK(screen_unsplit(&screen, &effects) && told("H0 M2"),
	      "joining leaves the one with the focus");
	screen_compose(&screen, cells, 80);
	CHECK(row_is(0, "console 2"), "alone");
	CHECK(screen_resize(&screen, 2, 80, 50, &effects) && told("Z2 M2"),
	      "80x50 for one console");
	CHECK(!screen_resize(&screen, 2, 132, 60, &effects), "no mode is that large");
	CHECK(screen_split(&screen, 0, &effects) && told("Z2 S0"),
	      "split again: it shrinks, the mode stays");
	screen_init(&screen, 80, 25);
	CHECK(!screen_split(&screen, 1, &effects), "no split without 50 rows");
}

static void test_owner(void)
{
	struct screen_cursor cursor;
	/* Exactly as large as agreed: a read beyond is seen by the sanitizer. */
	struct console_screen *grid = calloc(1, CONSOLE_SCREEN_BYTES(80, 25));
	uint16_t *drawn = (uint16_t *)((uint8_t *)grid + CONSOLE_SCREEN_CELLS);
	fresh(2);
	for (uint32_t i = 0; i < 80 * 25; i++) {
		drawn[i] = CONSOLE_CELL('#', 0x1f);
	}
	CHECK(screen_take(&screen, 0, grid, false, &effects) && told(""),
	      "a program takes the screen");
	screen_compose(&screen, cells, 80);
	CHECK(cells[0] == 0x1f23 && cells[80 * 25 - 1] == 0x1f23, "its grid is seen");
	drawn[80 * 3 + 5] = CONSOLE_CELL('!', 0x1f);
	CHECK(screen_compose(&screen, cells, 80) == 1u << 3,
	      "a change is found without being told");
	grid->columns = 9999;
	grid->rows = 9999;
	grid->cursor_row = 0xffffffff;
	grid->cursor_shape = CONSOLE_CURSOR_BLOCK;
	screen_cursor(&screen, &cursor);
	CHECK(screen_compose(&screen, cells, 80) == 0 && cursor.shape == CONSOLE_CURSOR_HIDDEN,
	      "lies about sizes and places do no harm");
	grid->cursor_row = 4;
	grid->cursor_column = 7;
	screen_cursor(&screen, &cursor);
	CHECK(cursor.row == 4 && cursor.column == 7 && cursor.shape == CONSOLE_CURSOR_BLOCK,
	      "its cursor");
	CHECK(!screen_take(&screen, 0, grid, false, &effects), "there is one owner");
	CHECK(!screen_resize(&screen, 0, 80, 50, &effects), "an owned console keeps its size");
	grid_write(&vts[0], "\r\nmore text");
	CHECK(screen_split(&screen, 1, &effects), "an owned console in a half");
	screen_compose(&screen, cells, 80);
	CHECK(cells[80 * 24] == 0x1f23 && row_is(25, "console 1"), "is seen there");
	screen_unsplit(&screen, &effects);
	CHECK(screen_release(&screen, 0, &effects), "it gives the screen back");
	screen_compose(&screen, cells, 80);
	CHECK(row_is(0, "console 0") && row_is(1, "more text"),
	      "the terminal is as it was, with what came meanwhile");
	CHECK(!screen_release(&screen, 0, &effects), "there is no owner now");
	CHECK(screen_take(&screen, 0, grid, true, &effects) && told("G0"), "a graphics mode");
	CHECK(screen_compose(&screen, cells, 80) == 0 && screen_in_graphics(&screen),
	      "nothing is composed");
	CHECK(screen_show(&screen, 1, &effects) && told("B0 H0 M1 S1 F1"),
	      "another console brings text back");
	CHECK(screen_compose(&screen, cells, 80) == (1u << 25) - 1, "all of it");
	CHECK(screen_show(&screen, 0, &effects) && told("B1 H1 G0 S0 F0"),
	      "and back into graphics");
	CHECK(screen_close(&screen, 0, &effects) && told("M0"), "the owner's death ends it");
	free(grid);
}

/* An owner of 80x50 seen in a half: the rows around its cursor. */
static void test_owner_in_half(void)
{
	struct console_screen *grid = calloc(1, CONSOLE_SCREEN_BYTES(80, 50));
	uint16_t *drawn = (uint16_t *)((uint8_t *)grid + CONSOLE_SCREEN_CELLS);
	struct screen_cursor cursor;
	fresh(2);
	screen_resize(&screen, 0, 80, 50, &effects);
	for (uint32_t i = 0; i < 80 * 50; i++) {
		drawn[i] = CONSOLE_CELL('A' + i / 80, 7);
	}
	CHECK(!screen_set_graphics(&screen, 0, true, &effects), "a picture needs an owner");
	screen_take(&screen, 0, grid, false, &effects);
	CHECK(screen_set_graphics(&screen, 0, true, &effects) && told("G0") &&
		      screen_set_graphics(&screen, 0, true, &effects) && told(""),
	      "a picture is told once");
	CHECK(screen_set_graphics(&screen, 0, false, &effects) && told("M0"), "and cells again");
	screen_split(&screen, 1, &effects);
	screen_compose(&screen, cells, 80);
	CHECK((char)cells[0] == 'A' && (char)cells[24 * 80] == 'A' + 24, "the upper rows");
	grid->cursor_row = 40;
	grid->cursor_shape = CONSOLE_CURSOR_LINE;
	screen_compose(&screen, cells, 80);
	screen_cursor(&screen, &cursor);
	CHECK((char)cells[24 * 80] == 'A' + 40 && cursor.row == 24,
	      "or those that end with the cursor's");
	screen_release(&screen, 0, &effects);
	CHECK(told("Z0"), "afterwards its terminal gets the half's size");
	free(grid);
}

/* A picture kept row by row from what compose tells is the same as one made anew. */
static int same_as_anew(void)
{
	static uint16_t anew[CONSOLE_ROWS_MAX * CONSOLE_COLUMNS_MAX];
	struct screen copy = screen;
	uint32_t columns = 0;
	uint32_t rows = 0;
	screen_compose(&screen, cells, 80);
	copy.stale = true;
	screen_compose(&copy, anew, 80);
	screen_size(&screen, &columns, &rows);
	return screen_in_graphics(&screen) || memcmp(anew, cells, columns * rows * 2) == 0;
}

static void one_call(uint64_t chance, struct console_screen *grid)
{
	uint32_t console = (uint32_t)(chance >> 8) % 12;
	switch (chance % 10) {
	case 0:
		if (console < SCREEN_CONSOLES && screen.consoles[console].vt == 0) {
			vt_init(&vts[console], 80, 25, 0, 0, 0);
		}
		screen_open(&screen, console, &vts[console % SCREEN_CONSOLES], &effects);
		break;
	case 1:
		if (chance >> 16 & 1) {
			screen_close(&screen, console, &effects);
		}
		break;
	case 2:
		screen_split(&screen, console, &effects);
		break;
	case 3:
		screen_unsplit(&screen, &effects);
		break;
	case 4:
		screen_focus(&screen, &effects);
		break;
	case 5:
		screen_resize(&screen, console, 80, chance >> 16 & 1 ? 50 : 25, &effects);
		break;
	case 6:
		screen_take(&screen, console, grid, (chance >> 16 & 3) == 0, &effects);
		break;
	case 7:
		screen_release(&screen, console, &effects);
		break;
	default:
		screen_show(&screen, console, &effects);
		break;
	}
}

static void test_any_order(void)
{
	uint64_t seed = 0xb5ad4eceda1ce2a9;
	printf("# seed %#llx\n", (unsigned long long)seed);
	struct console_screen *grid = calloc(1, CONSOLE_SCREEN_BYTES(80, 50));
	uint16_t *drawn = (uint16_t *)((uint8_t *)grid + CONSOLE_SCREEN_CELLS);
	uint32_t wrong = 0;
	uint32_t most = 0;
	uint32_t keys_at = 0;
	fresh(4);
	for (uint32_t i = 0; i < 20000; i++) {
		uint64_t chance = tap_random(&seed);
		effects.count = 0;
		one_call(chance, grid);
		most = effects.count > most ? effects.count : most;
		for (uint32_t j = 0; j < effects.count; j++) {
			keys_at = effects.list[j].kind == SCREEN_FOCUS ? effects.list[j].console
								       : keys_at;
		}
		uint32_t writer = (uint32_t)(chance >> 32) % SCREEN_CONSOLES;
		if (screen.consoles[writer].vt != 0) {
			grid_write(&vts[writer], chance >> 40 & 1 ? "\033[7mword\r\n"
								  : "\033[H\033[2Jx\033[20;1H");
		}
		drawn[(chance >> 20) % (80 * 50)] = (uint16_t)chance;
		grid->cursor_row = (uint32_t)(chance >> 44) % 60;
		struct screen_cursor cursor;
		screen_cursor(&screen, &cursor);
		wrong += keys_at != screen_focused(&screen) || !same_as_anew();
		wrong += cursor.shape != CONSOLE_CURSOR_HIDDEN &&
			 (cursor.row >= 50 || cursor.column >= 80);
	}
	CHECK(wrong == 0, "any order of calls: focus and picture are always as told");
	CHECK(most <= 9, "at most nine effects (%u)", most);
	free(grid);
}

int main(void)
{
	test_switching();
	test_split();
	test_owner();
	test_owner_in_half();
	test_any_order();
	return tap_done();
}
