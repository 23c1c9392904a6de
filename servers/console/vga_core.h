/* What a VGA must be told to show text, and where its glyphs come from: register values (IBM VGA
   technical reference) and fonts found in the adapter's own ROM. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define VGA_GLYPHS      256u
#define VGA_GLYPH_BYTES 32u /* a glyph's room in plane 2, whatever its height */
#define VGA_FONT_BYTES  (VGA_GLYPHS * VGA_GLYPH_BYTES)

#define VGA_COLUMNS    80u
#define VGA_ROWS       25u
#define VGA_ROWS_SMALL 50u

struct vga_mode {
	uint8_t misc;
	uint8_t sequencer[5];
	uint8_t crtc[25];
	uint8_t graphics[9];
	uint8_t attribute[21]; /* the palette is 0 to 15 */
	uint8_t glyph_rows;
};

/* The text mode of that size. False: there is none. */
bool vga_text_mode(uint32_t columns, uint32_t rows, struct vga_mode *mode);

/* The mode of 320x200 pixels of 256 colours, at VGA_MEMORY in a row. */
void vga_picture_mode(struct vga_mode *mode);

/* Where in plane 2 the glyphs of that height are kept, so that both fonts stay loaded. */
uint32_t vga_font_offset(uint32_t glyph_rows);

/* The cursor's first and last row in a glyph, for CONSOLE_CURSOR_*; hidden: bit 5 of the first. */
void vga_cursor(uint32_t shape, uint32_t glyph_rows, uint8_t *first, uint8_t *last);

/* A colour of the DAC as its text modes have it: three values of six bits. */
void vga_colour(uint32_t index, uint8_t rgb[3]);

/* Finds a table of 256 glyphs of that height, eight dots wide, in a ROM: by those that code page
   437 says dot by dot (blank, blocks). Null: there is none. */
const uint8_t *vga_find_font(const uint8_t *rom, uint32_t bytes, uint32_t glyph_rows);

/* A font of eight rows from one of sixteen; both with VGA_GLYPH_BYTES a glyph. */
void vga_squeeze_font(const uint8_t *tall, uint8_t *flat);
