/* VGA text, 80 x 25 (IBM VGA technical reference, "CRT controller registers"). */
#include <i386/console.h>

#include <i386/port_io.h>
#include <kern/string.h>
#include <kern/types.h>

#define VGA_MEMORY  0xb8000u
#define COLUMNS     80u
#define ROWS        25u
#define ATTRIBUTE   0x0700u /* light grey on black */
#define CRTC_INDEX  0x3d4
#define CRTC_DATA   0x3d5
#define CURSOR_HIGH 0x0e
#define CURSOR_LOW  0x0f
#define TAB_STOP    8u

static uint16_t *const screen = (uint16_t *)(KERNEL_BASE + VGA_MEMORY);
static uint32_t position; /* of the cursor, in cells */

void vga_init(void)
{
	port_write8(CRTC_INDEX, CURSOR_HIGH);
	position = (uint32_t)port_read8(CRTC_DATA) << 8;
	port_write8(CRTC_INDEX, CURSOR_LOW);
	position |= port_read8(CRTC_DATA);
	if (position >= ROWS * COLUMNS) {
		position = (ROWS - 1) * COLUMNS;
	}
}

static void clear(uint32_t from, uint32_t cells)
{
	for (uint32_t i = 0; i < cells; i++) {
		screen[from + i] = ATTRIBUTE | ' ';
	}
}

static void scroll(void)
{
	memcpy(screen, screen + COLUMNS, (ROWS - 1) * COLUMNS * sizeof *screen);
	clear((ROWS - 1) * COLUMNS, COLUMNS);
	position -= COLUMNS;
}

static void put(char c)
{
	switch (c) {
	case '\n':
		position += COLUMNS - position % COLUMNS;
		break;
	case '\r':
		position -= position % COLUMNS;
		break;
	case '\t':
		position += TAB_STOP - position % COLUMNS % TAB_STOP;
		break;
	case '\b':
		if (position % COLUMNS != 0) {
			position--;
		}
		break;
	default:
		screen[position++] = ATTRIBUTE | (uint8_t)c;
		break;
	}
	if (position >= ROWS * COLUMNS) {
		scroll();
	}
}

void vga_write(const char *text, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++) {
		put(text[i]);
	}
	port_write8(CRTC_INDEX, CURSOR_HIGH);
	port_write8(CRTC_DATA, (uint8_t)(position >> 8));
	port_write8(CRTC_INDEX, CURSOR_LOW);
	port_write8(CRTC_DATA, (uint8_t)position);
}
