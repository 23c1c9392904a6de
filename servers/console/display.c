/* What is shown: frames for the VGA, and the way to them for a terminal on the serial line. */
#include "devices.h"
#include "render_core.h"
#include "server.h"

#define STRIDE   CONSOLE_COLUMNS_MAX
#define BELL     0x07
#define FRAME_MS 10u /* the least between two frames */
#define GRID_MS  30u /* how often a program's grid is looked at */

static uint16_t cells[CONSOLE_ROWS_MAX * STRIDE];
static struct render render;
static bool changed;
static bool bell;

void display_start(void)
{
	render_init(&render);
	if (devices.screen) {
		vga_start();
	}
	if (devices.serial) {
		uart_start();
	}
	changed = true;
}

void display_change(void)
{
	if (!changed) {
		changed = true;
		loop_wake();
	}
}

void display_bell(void)
{
	bell = true;
	display_change();
}

void display_redraw(void)
{
	render_redraw(&render);
	display_change();
}

void display_set_mode(uint32_t columns, uint32_t rows)
{
	if (devices.screen) {
		vga_set_mode(columns, rows);
	}
}

void display_set_graphics(void)
{
	if (devices.screen) {
		vga_set_graphics();
	}
}

bool display_has_pictures(void)
{
	return devices.screen;
}

/* One whose program draws may change at any time. */
static bool shows_a_grid(void)
{
	return screen.consoles[screen.shown[0]].grid != NULL ||
	       (screen.split && screen.consoles[screen.shown[1]].grid != NULL);
}

uint32_t display_due_ms(void)
{
	if (changed) {
		return FRAME_MS;
	}
	return shows_a_grid() ? GRID_MS : 0;
}

void display_frame(void)
{
	uint32_t columns = 0;
	uint32_t rows = 0;
	struct screen_cursor cursor;
	uint64_t drawn = 0;

	console_follow_pictures();
	changed = false;
	if (screen_in_graphics(&screen) && devices.screen) {
		vga_show_picture(
			(const volatile uint8_t *)screen.consoles[screen_focused(&screen)].grid);
	}
	drawn = screen_compose(&screen, cells, STRIDE);
	screen_size(&screen, &columns, &rows);
	screen_cursor(&screen, &cursor);
	for (uint32_t row = 0; devices.screen && row < rows; row++) {
		if ((drawn >> row & 1) != 0) {
			vga_write_row(row, cells + row * STRIDE, columns);
		}
	}
	if (devices.screen && !screen_in_graphics(&screen)) {
		vga_set_cursor(cursor.shape, cursor.row, cursor.column, cursor.blink);
	}
	if (devices.serial) {
		uart_send();
	}
}

uint32_t display_serial_bytes(uint8_t *bytes, uint32_t bytes_max)
{
	struct render_target target = {.cells = cells, .stride = STRIDE};
	struct screen_cursor cursor;
	uint32_t count = 0;

	if (bell) {
		bell = false;
		bytes[count++] = BELL;
	}
	screen_size(&screen, &target.columns, &target.rows);
	screen_cursor(&screen, &cursor);
	target.cursor_row = cursor.row;
	target.cursor_column = cursor.column;
	target.cursor_shown = cursor.shape != CONSOLE_CURSOR_HIDDEN;
	return count + render_step(&render, &target, bytes + count, bytes_max - count);
}
