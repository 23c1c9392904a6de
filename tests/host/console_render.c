/* What the renderer writes makes a second terminal show the same: after any edits, in steps of any
   size, while the target changes; and it does not write more than it should. LINK:
   servers/console/render_core.c servers/console/vt_core.c servers/console/vt_csi_core.c
   servers/console/vt_colour_core.c servers/console/grid_core.c lib/tty/charset_core.c */
#include "tap.h"

#include "console_grid.h"

#include "../../servers/console/render_core.h"

#define COLUMNS 80u
#define ROWS    25u

static uint16_t cells[CONSOLE_ROWS_MAX * CONSOLE_COLUMNS_MAX];
static struct render_target target;
static struct render render;
static struct vt terminal;
static uint64_t seed = 0xda3e39cb94b95bdb;

static void fresh(uint32_t columns, uint32_t rows)
{
	for (uint32_t i = 0; i < CONSOLE_ROWS_MAX * CONSOLE_COLUMNS_MAX; i++) {
		cells[i] = CONSOLE_BLANK;
	}
	target = (struct render_target){cells, columns, columns, rows, 0, 0, true};
	render_init(&render);
	vt_init(&terminal, columns, rows, 0, 0, 0);
}

/* Renders until nothing is left, in steps of at most `bytes_max`. Returns the bytes; 0xffffffff: it
   does not end. */
static uint32_t settle(uint32_t bytes_max)
{
	uint8_t bytes[8192];
	uint32_t total = 0;
	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t count = render_step(&render, &target, bytes, bytes_max);
		if (count == 0) {
			return total;
		}
		if (count > bytes_max) {
			return UINT32_MAX;
		}
		total += count;
		grid_write_bytes(&terminal, bytes, count);
	}
	return UINT32_MAX;
}

static int shows_target(void)
{
	for (uint32_t row = 0; row < target.rows; row++) {
		uint16_t shown[CONSOLE_COLUMNS_MAX];
		vt_read_row(&terminal, row, shown);
		for (uint32_t column = 0; column < target.columns; column++) {
			uint16_t cell = cells[row * target.stride + column];
			uint16_t expected = (cell & 0xff) == 0 ? cell | ' ' : cell;
			if (shown[column] != expected) {
				printf("# %u,%u shows %04x, not %04x\n", row, column, shown[column],
				       expected);
				return 0;
			}
		}
	}
	bool inside = target.cursor_row < target.rows && target.cursor_column < target.columns;
	if (!target.cursor_shown || !inside) {
		return !vt_cursor_shown(&terminal);
	}
	return vt_cursor_shown(&terminal) && terminal.row == target.cursor_row &&
	       terminal.column == target.cursor_column;
}

static void put_text(uint32_t row, uint32_t column, const char *text)
{
	for (uint32_t i = 0; text[i] != 0; i++) {
		cells[row * target.stride + column + i] = CONSOLE_CELL(text[i], 0x07);
	}
}

static void scroll_rows(uint32_t top, uint32_t bottom, uint32_t by)
{
	uint32_t stride = target.stride;
	for (uint32_t row = top; row < bottom; row++) {
		for (uint32_t i = 0; i < target.columns; i++) {
			cells[row * stride + i] =
				row + by < bottom ? cells[(row + by) * stride + i] : CONSOLE_BLANK;
		}
	}
}

static void test_sizes(void)
{
	fresh(COLUMNS, ROWS);
	uint32_t first = settle(4096);
	CHECK(first < 60 && shows_target(), "an empty screen takes %u bytes", first);
	CHECK(settle(4096) == 0, "and the same again none");
	put_text(0, 0, "$ ls");
	target.cursor_column = 4;
	uint32_t bytes = settle(4096);
	CHECK(bytes == 4 && shows_target(), "four characters at the cursor take %u", bytes);
	put_text(12, 40, "x");
	bytes = settle(4096);
	CHECK(bytes <= 16 && shows_target(), "one elsewhere takes %u", bytes);
	for (uint32_t row = 0; row < ROWS; row++) {
		char line[64];
		snprintf(line, sizeof line, "this is line number %u of the text on the screen",
			 row);
		put_text(row, 0, line);
	}
	uint32_t full = settle(4096);
	CHECK(shows_target(), "a full screen takes %u", full);
	scroll_rows(0, ROWS, 1);
	put_text(ROWS - 1, 0, "a new line at the bottom");
	target.cursor_row = ROWS - 1;
	bytes = settle(4096);
	CHECK(bytes < 100 && shows_target(), "scrolling it by a line takes %u", bytes);
	scroll_rows(3, 20, 5);
	bytes = settle(4096);
	CHECK(bytes < 100 && shows_target(), "scrolling a part by five takes %u", bytes);
	scroll_rows(0, ROWS, ROWS);
	bytes = settle(4096);
	CHECK(bytes < 200 && shows_target(), "clearing takes %u", bytes);
	target.cursor_row = 99;
	settle(4096);
	CHECK(shows_target(), "a cursor outside is hidden");
}

static void test_all_cells(void)
{
	fresh(132, 60);
	uint32_t at = 0;
	for (uint32_t i = 0; i < 132 * 60; i++) {
		cells[i] = (uint16_t)(at += 40503);
	}
	CHECK(settle(RENDER_BYTES_MIN) != UINT32_MAX && shows_target(),
	      "all sorts of cells in the smallest steps");
	for (uint32_t i = 0; i < 256 && i < 132 * 60; i++) {
		cells[i] = (uint16_t)(i << 8 | 'x');
		cells[300 + i] = (uint16_t)(0x1e00 | i);
	}
	settle(1000);
	CHECK(shows_target(), "every attribute and every character");
	grid_write(&terminal, "\033[3;9r\033[?6h\033[4h\033(0\033[41mgarbage\033[2J");
	render_redraw(&render);
	settle(1000);
	CHECK(shows_target(), "a redraw brings a terminal in any state back");
	CHECK(render_step(&render, &target, (uint8_t[8]){0}, 8) == 0,
	      "too little room writes nothing");
	uint8_t bytes[RENDER_BYTES_MIN];
	uint32_t count = render_leave(&render, bytes);
	grid_write_bytes(&terminal, bytes, count);
	CHECK(terminal.attribute == 7 && (terminal.modes & VT_MODE_AUTOWRAP) &&
		      vt_cursor_shown(&terminal),
	      "leaving restores the terminal");
	uint8_t text[RENDER_TEXT_BYTES_MAX];
	fresh(COLUMNS, ROWS);
	put_text(0, 0, "\x82t\x82");
	count = render_text_row(cells, COLUMNS, text);
	CHECK(count == 7 && memcmp(text, "\xc3\xa9t\xc3\xa9\r\n", 7) == 0, "a row as plain text");
	for (uint32_t i = 0; i < 132; i++) {
		cells[i] = 0x07db;
	}
	CHECK(render_text_row(cells, 132, text) == RENDER_TEXT_BYTES_MAX, "the longest row fits");
}

/* A random change such as programs make: cells, runs, scrolling, clearing, the cursor. */
static void edit(void)
{
	uint64_t chance = tap_random(&seed);
	uint32_t row = (uint32_t)(chance >> 8) % target.rows;
	uint32_t column = (uint32_t)(chance >> 16) % target.columns;
	uint32_t length = (uint32_t)(chance >> 24) % 60;
	uint16_t attribute = chance >> 32 & 1 ? 0x07 : (uint16_t)(chance >> 40 & 0xff);
	switch (chance % 8) {
	case 0:
		scroll_rows(0, target.rows, 1 + length % 4);
		break;
	case 1:
		scroll_rows(row / 2, row + 1, 1 + length % 3);
		break;
	case 2:
		for (uint32_t i = column; i < target.columns; i++) {
			cells[row * target.stride + i] = CONSOLE_CELL(' ', attribute);
		}
		break;
	case 3:
		cells[row * target.stride + column] = (uint16_t)(chance >> 48);
		break;
	case 4:
		target.cursor_row = row;
		target.cursor_column = column;
		target.cursor_shown = (chance >> 32 & 3) != 0;
		break;
	default:
		for (uint32_t i = column; i < target.columns && i < column + length; i++) {
			uint8_t code = (uint8_t)('a' + (chance >> 44) % 26 + i % 7);
			cells[row * target.stride + i] = CONSOLE_CELL(code, attribute);
		}
		break;
	}
}

static void test_round_trip(void)
{
	static const uint32_t sizes[][2] = {{80, 25}, {80, 50}, {132, 60}, {1, 1}, {7, 3}};
	printf("# seed %#llx\n", (unsigned long long)seed);
	for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		fresh(sizes[i][0], sizes[i][1]);
		uint32_t wrong = 0;
		for (uint32_t turn = 0; turn < 600; turn++) {
			uint32_t edits = 1 + (uint32_t)tap_random(&seed) % 12;
			for (uint32_t j = 0; j < edits; j++) {
				edit();
				/* Sometimes a step is taken before the edits are over. */
				if (tap_random(&seed) % 4 == 0) {
					uint8_t bytes[200];
					uint32_t count =
						render_step(&render, &target, bytes,
							    64 + (uint32_t)tap_random(&seed) % 137);
					grid_write_bytes(&terminal, bytes, count);
				}
			}
			wrong += settle(64 + (uint32_t)tap_random(&seed) % 4000) == UINT32_MAX ||
				 !shows_target();
			wrong += settle(4096) != 0;
		}
		CHECK(wrong == 0, "random edits at %ux%u", sizes[i][0], sizes[i][1]);
	}
}

/* A whole chain: a program's bytes, its terminal, the renderer, the terminal outside. */
static void test_chain(void)
{
	static struct vt inner;
	uint32_t wrong = 0;
	fresh(COLUMNS, ROWS);
	vt_init(&inner, COLUMNS, ROWS, 0, 0, 0);
	for (uint32_t turn = 0; turn < 1000; turn++) {
		uint8_t bytes[64];
		for (uint32_t i = 0; i < sizeof bytes; i++) {
			uint64_t chance = tap_random(&seed);
			bytes[i] = chance % 3
					   ? (uint8_t) "\033\033\033[[[;;1234567mmHJKLMPSTX\r\n\r\n"
						     [(chance >> 8) % 30]
					   : (uint8_t)(32 + (chance >> 16) % 95);
		}
		grid_write_bytes(&inner, bytes, sizeof bytes);
		for (uint32_t row = 0; row < ROWS; row++) {
			vt_read_row(&inner, row, cells + row * COLUMNS);
		}
		target.cursor_row = inner.row;
		target.cursor_column = inner.column;
		target.cursor_shown = vt_cursor_shown(&inner);
		wrong += settle(512) == UINT32_MAX || !shows_target();
	}
	CHECK(wrong == 0, "what a program writes is seen at a terminal as on the screen");
}

int main(void)
{
	test_sizes();
	test_all_cells();
	test_round_trip();
	test_chain();
	return tap_done();
}
