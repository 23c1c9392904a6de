/* The VGA in text mode: registers, fonts, cells (IBM VGA technical reference). */
#include "devices.h"

#include <masix/console.h>

#include "port_io.h"
#include "vga_core.h"

#define ATTRIBUTE         0x3c0 /* index and data alternate; reading STATUS makes it index */
#define MISC_WRITE        0x3c2
#define SEQUENCER         0x3c4 /* index; data is the next port, here and below */
#define DAC_INDEX         0x3c8
#define DAC_DATA          0x3c9
#define GRAPHICS          0x3ce
#define CRTC              0x3d4
#define STATUS            0x3da
#define ATTRIBUTE_VIDEO   0x20 /* in the index: the palette is not written, the screen is on */
#define ATTRIBUTE_MODE    0x10
#define ATTRIBUTE_BLINK   0x08
#define CRTC_CURSOR_FIRST 0x0a
#define CRTC_CURSOR_PLACE 0x0e /* high byte, low byte */
#define CRTC_PROTECT      0x11
#define CRTC_PROTECT_BIT  0x80
#define GLYPH_ROWS        16u
#define GLYPH_ROWS_SMALL  8u
#define COLOURS           64u
#define PLANE_2           2u

static struct vga_mode mode;
static bool in_graphics;
static bool anew; /* all of the picture is still to be shown */
static uint8_t picture[CONSOLE_PICTURE_COLUMNS * CONSOLE_PICTURE_ROWS]; /* as it is shown */
static uint8_t palette[CONSOLE_PICTURE_COLOURS * 3];
static uint8_t fonts[2][VGA_FONT_BYTES]; /* of sixteen rows, of eight */

static void set(uint16_t port, uint8_t index, uint8_t value)
{
	port_write(port, index);
	port_write((uint16_t)(port + 1), value);
}

static void set_attribute(uint8_t index, uint8_t value)
{
	(void)port_read(STATUS);
	port_write(ATTRIBUTE, index);
	port_write(ATTRIBUTE, value);
}

/* ------------------------------------------------------------------------------------- fonts */

/* Plane 2 alone, byte for byte, at a0000. */
static void open_plane(void)
{
	set(SEQUENCER, 2, 1u << PLANE_2);
	set(SEQUENCER, 4, 0x06); /* all memory, not odd and even */
	set(GRAPHICS, 4, PLANE_2);
	set(GRAPHICS, 5, 0x00);
	set(GRAPHICS, 6, 0x04); /* 64 KB from a0000 */
}

static void close_plane(void)
{
	for (uint8_t i = 2; i < 5; i++) {
		set(SEQUENCER, i, mode.sequencer[i]);
	}
	for (uint8_t i = 4; i < 7; i++) {
		set(GRAPHICS, i, mode.graphics[i]);
	}
}

static void load_font(const uint8_t *font, uint32_t glyph_rows)
{
	volatile uint8_t *to = devices.vga + vga_font_offset(glyph_rows);

	for (uint32_t i = 0; i < VGA_FONT_BYTES; i++) {
		to[i] = font[i];
	}
}

/* The ROM's tables have no gaps between the glyphs. */
static bool font_of_rom(uint32_t glyph_rows, uint8_t *font)
{
	const uint8_t *found = devices.rom != NULL
				       ? vga_find_font(devices.rom, devices.rom_bytes, glyph_rows)
				       : NULL;

	for (uint32_t i = 0; found != NULL && i < VGA_GLYPHS; i++) {
		memcpy(font + i * VGA_GLYPH_BYTES, found + i * glyph_rows, glyph_rows);
	}
	return found != NULL;
}

/* What the ROM does not have is what the BIOS loaded, and the small one is made of the tall one. */
static void find_fonts(void)
{
	if (!font_of_rom(GLYPH_ROWS, fonts[0])) {
		for (uint32_t i = 0; i < VGA_FONT_BYTES; i++) {
			fonts[0][i] = devices.vga[i];
		}
	}
	if (!font_of_rom(GLYPH_ROWS_SMALL, fonts[1])) {
		mach_print("console: no font of eight rows in the ROM, made one\n");
		vga_squeeze_font(fonts[0], fonts[1]);
	}
}

/* ------------------------------------------------------------------------------------- modes */

static void set_colours(void)
{
	port_write(DAC_INDEX, 0);
	for (uint32_t i = 0; i < COLOURS; i++) {
		uint8_t rgb[3];

		vga_colour(i, rgb);
		port_write(DAC_DATA, rgb[0]);
		port_write(DAC_DATA, rgb[1]);
		port_write(DAC_DATA, rgb[2]);
	}
}

static void set_registers(void)
{
	port_write(MISC_WRITE, mode.misc);
	set(SEQUENCER, 0, 0x01); /* reset while the clock changes */
	for (uint8_t i = 1; i < sizeof mode.sequencer; i++) {
		set(SEQUENCER, i, mode.sequencer[i]);
	}
	set(SEQUENCER, 0, mode.sequencer[0]);
	set(CRTC, CRTC_PROTECT, mode.crtc[CRTC_PROTECT] & (uint8_t)~CRTC_PROTECT_BIT);
	for (uint8_t i = 0; i < sizeof mode.crtc; i++) {
		set(CRTC, i, mode.crtc[i]);
	}
	for (uint8_t i = 0; i < sizeof mode.graphics; i++) {
		set(GRAPHICS, i, mode.graphics[i]);
	}
	for (uint8_t i = 0; i < sizeof mode.attribute; i++) {
		set_attribute(i, mode.attribute[i]);
	}
	(void)port_read(STATUS);
	port_write(ATTRIBUTE, ATTRIBUTE_VIDEO);
}

static void load_fonts(void)
{
	open_plane();
	load_font(fonts[0], GLYPH_ROWS);
	load_font(fonts[1], GLYPH_ROWS_SMALL);
	close_plane();
}

void vga_set_mode(uint32_t columns, uint32_t rows)
{
	if (!vga_text_mode(columns, rows, &mode)) {
		return;
	}
	if (in_graphics) {
		/* The picture lay where the glyphs are. */
		in_graphics = false;
		load_fonts();
		set_registers();
		set_colours();
	} else {
		set_registers();
	}
}

void vga_start(void)
{
	(void)vga_text_mode(VGA_COLUMNS, VGA_ROWS, &mode);
	open_plane();
	find_fonts();
	close_plane();
	load_fonts();
	set_registers();
	set_colours();
}

/* ---------------------------------------------------------------------------------- pictures */

void vga_set_graphics(void)
{
	vga_picture_mode(&mode);
	set_registers();
	in_graphics = true;
	anew = true;
}

static void show_colour(uint32_t index, const volatile uint8_t *from)
{
	uint8_t *known = palette + 3 * index;
	uint8_t rgb[3] = {from[0], from[1], from[2]};

	if (anew || memcmp(known, rgb, sizeof rgb) != 0) {
		memcpy(known, rgb, sizeof rgb);
		port_write(DAC_INDEX, (uint8_t)index);
		for (uint32_t i = 0; i < sizeof rgb; i++) {
			port_write(DAC_DATA, rgb[i] & 0x3f);
		}
	}
}

/* The program may write while we read: a row may be torn for a frame. */
static void show_row(uint32_t row, const volatile uint8_t *from)
{
	uint8_t *known = picture + row * CONSOLE_PICTURE_COLUMNS;
	const volatile uint32_t *words = (const volatile uint32_t *)from;
	volatile uint32_t *to = (volatile uint32_t *)(devices.vga + row * CONSOLE_PICTURE_COLUMNS);

	for (uint32_t i = 0; i < CONSOLE_PICTURE_COLUMNS / 4; i++) {
		uint32_t now = words[i], was = 0;

		memcpy(&was, known + 4 * i, sizeof was);
		if (anew || now != was) {
			memcpy(known + 4 * i, &now, sizeof now);
			to[i] = now;
		}
	}
}

void vga_show_picture(const volatile uint8_t *grid)
{
	for (uint32_t i = 0; i < CONSOLE_PICTURE_COLOURS; i++) {
		show_colour(i, grid + CONSOLE_SCREEN_PALETTE + 3 * i);
	}
	for (uint32_t row = 0; row < CONSOLE_PICTURE_ROWS; row++) {
		show_row(row, grid + CONSOLE_SCREEN_PIXELS + row * CONSOLE_PICTURE_COLUMNS);
	}
	anew = false;
}

/* ------------------------------------------------------------------------------ what it shows */

void vga_write_row(uint32_t row, const uint16_t *cells, uint32_t columns)
{
	volatile uint16_t *to =
		(volatile uint16_t *)(devices.vga + (VGA_TEXT - VGA_MEMORY)) + row * columns;

	for (uint32_t i = 0; i < columns; i++) {
		to[i] = cells[i];
	}
}

void vga_set_cursor(uint32_t shape, uint32_t row, uint32_t column, bool blink)
{
	uint32_t place = row * VGA_COLUMNS + column;
	uint8_t first = 0;
	uint8_t last = 0;
	uint8_t bits = (uint8_t)(mode.attribute[ATTRIBUTE_MODE] | (blink ? ATTRIBUTE_BLINK : 0));

	vga_cursor(shape, mode.glyph_rows, &first, &last);
	set(CRTC, CRTC_CURSOR_FIRST, first);
	set(CRTC, CRTC_CURSOR_FIRST + 1, last);
	set(CRTC, CRTC_CURSOR_PLACE, (uint8_t)(place >> 8));
	set(CRTC, CRTC_CURSOR_PLACE + 1, (uint8_t)place);
	set_attribute(ATTRIBUTE_MODE | ATTRIBUTE_VIDEO, bits);
}
