/* Text modes, colours, fonts; see vga_core.h. */
#include "vga_core.h"

#include <masix/console.h>

#define GLYPH_ROWS       16u
#define GLYPH_ROWS_SMALL 8u
#define CURSOR_OFF       0x20

/* Registers with a part that depends on the mode. */
#define SEQUENCER_FONTS 3
#define CRTC_GLYPH_ROWS 9
#define CRTC_CURSOR     10

/* Mode 3, 720x400, 80x25: "IBM VGA technical reference", tables of the BIOS modes. Bright grounds
   instead of blinking (attribute register 10 hexadecimal, bit 3). */
static const struct vga_mode text_mode = {
	.misc = 0x67,
	.sequencer = {0x03, 0x00, 0x03, 0x00, 0x02},
	.crtc = {0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00,
		 0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff},
	.graphics = {0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x00, 0xff},
	.attribute = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a,
		      0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x04, 0x00, 0x0f, 0x08, 0x00},
	.glyph_rows = GLYPH_ROWS,
};

uint32_t vga_font_offset(uint32_t glyph_rows)
{
	return glyph_rows == GLYPH_ROWS_SMALL ? 2 * VGA_FONT_BYTES : 0;
}

bool vga_text_mode(uint32_t columns, uint32_t rows, struct vga_mode *mode)
{
	if (columns != VGA_COLUMNS || (rows != VGA_ROWS && rows != VGA_ROWS_SMALL)) {
		return false;
	}
	*mode = text_mode;
	if (rows == VGA_ROWS_SMALL) {
		mode->glyph_rows = GLYPH_ROWS_SMALL;
		/* Both character maps are the block at 4000 hexadecimal in plane 2. */
		mode->sequencer[SEQUENCER_FONTS] = 0x05;
		mode->crtc[CRTC_GLYPH_ROWS] = (uint8_t)((text_mode.crtc[CRTC_GLYPH_ROWS] & 0xe0) |
							(GLYPH_ROWS_SMALL - 1));
	}
	vga_cursor(CONSOLE_CURSOR_LINE, mode->glyph_rows, &mode->crtc[CRTC_CURSOR],
		   &mode->crtc[CRTC_CURSOR + 1]);
	return true;
}

/* Mode 13 (hexadecimal). */
static const struct vga_mode picture_mode = {
	.misc = 0x63,
	.sequencer = {0x03, 0x01, 0x0f, 0x00, 0x0e},
	.crtc = {0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0xbf, 0x1f, 0x00, 0x41, 0x00, 0x00, 0x00,
		 0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x40, 0x96, 0xb9, 0xa3, 0xff},
	.graphics = {0x00, 0x00, 0x00, 0x00, 0x00, 0x40, 0x05, 0x0f, 0xff},
	.attribute = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a,
		      0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x41, 0x00, 0x0f, 0x00, 0x00},
};

void vga_picture_mode(struct vga_mode *mode)
{
	*mode = picture_mode;
}

void vga_cursor(uint32_t shape, uint32_t glyph_rows, uint8_t *first, uint8_t *last)
{
	*last = (uint8_t)(glyph_rows - 1);
	switch (shape) {
	case CONSOLE_CURSOR_BLOCK:
		*first = 0;
		break;
	case CONSOLE_CURSOR_HALF:
		*first = (uint8_t)(glyph_rows / 2);
		break;
	case CONSOLE_CURSOR_LINE:
		/* Not the last rows of a tall glyph: it is the line under the letters. */
		*last = (uint8_t)(glyph_rows - 1 - glyph_rows / 16);
		*first = (uint8_t)(*last - 1);
		break;
	default:
		*first = CURSOR_OFF;
		break;
	}
}

/* The EGA's 64 colours: bits r g b R G B, the small ones a third. */
void vga_colour(uint32_t index, uint8_t rgb[3])
{
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t bit = 2 - i;
		rgb[i] = (uint8_t)((index >> bit & 1) * 0x2a + (index >> (bit + 3) & 1) * 0x15);
	}
}

static bool glyph_is(const uint8_t *glyph, uint32_t rows, uint8_t dots)
{
	for (uint32_t i = 0; i < rows; i++) {
		if (glyph[i] != dots) {
			return false;
		}
	}
	return true;
}

/* Nothing, the space, the full block, the left and the right half. */
static bool is_font(const uint8_t *font, uint32_t rows)
{
	return glyph_is(font, rows, 0) && glyph_is(font + ' ' * rows, rows, 0) &&
	       glyph_is(font + 0xdb * rows, rows, 0xff) &&
	       glyph_is(font + 0xdd * rows, rows, 0xf0) &&
	       glyph_is(font + 0xde * rows, rows, 0x0f) && !glyph_is(font + 'A' * rows, rows, 0);
}

const uint8_t *vga_find_font(const uint8_t *rom, uint32_t bytes, uint32_t glyph_rows)
{
	uint32_t font_bytes = VGA_GLYPHS * glyph_rows;
	for (uint32_t i = 0; bytes >= font_bytes && i <= bytes - font_bytes; i++) {
		if (is_font(rom + i, glyph_rows)) {
			return rom + i;
		}
	}
	return 0;
}

/* Two rows become one; a line of either is kept. */
void vga_squeeze_font(const uint8_t *tall, uint8_t *flat)
{
	for (uint32_t glyph = 0; glyph < VGA_GLYPHS; glyph++) {
		for (uint32_t row = 0; row < VGA_GLYPH_BYTES; row++) {
			const uint8_t *from = tall + glyph * VGA_GLYPH_BYTES + 2 * row;
			flat[glyph * VGA_GLYPH_BYTES + row] =
				row < GLYPH_ROWS_SMALL ? from[0] | from[1] : 0;
		}
	}
}
