/* The VGA's registers, colours and fonts. LINK: servers/console/vga_core.c */
#include <string.h>

#include "../../servers/console/vga_core.h"
#include <masix/console.h>
#include "tap.h"

static void test_modes(void)
{
	struct vga_mode mode, small;
	CHECK(vga_text_mode(80, 25, &mode) && mode.glyph_rows == 16, "80x25");
	CHECK(vga_text_mode(80, 50, &small) && small.glyph_rows == 8, "80x50");
	CHECK(!vga_text_mode(132, 25, &mode) && !vga_text_mode(80, 43, &mode), "and no others");
	/* Lines of the picture: what the CRTC shows before the vertical blank, plus one. */
	uint32_t lines = 1u + small.crtc[0x12] + ((small.crtc[7] & 2u) << 7) +
			 ((small.crtc[7] & 0x40u) << 3);
	CHECK(lines / ((small.crtc[9] & 0x1fu) + 1) == 50, "50 rows of 8 lines fill it");
	CHECK(lines / ((mode.crtc[9] & 0x1fu) + 1) == 25, "25 of 16 as well");
	/* Which block of plane 2 both character maps are in: bits 0, 1, 4 and 2, 3, 5. */
	uint32_t maps = small.sequencer[3];
	uint32_t block_b = (maps & 3) << 1 | (maps >> 4 & 1);
	uint32_t block_a = (maps >> 2 & 3) << 1 | (maps >> 5 & 1);
	CHECK(block_a == block_b && block_b * 0x2000 == vga_font_offset(8),
	      "its font is where it is loaded");
	CHECK(mode.sequencer[3] == 0 && vga_font_offset(16) == 0,
	      "the tall one in the first block");
}

static void test_cursor(void)
{
	uint8_t first = 0, last = 0;
	vga_cursor(CONSOLE_CURSOR_LINE, 16, &first, &last);
	CHECK(first == 13 && last == 14, "a line");
	vga_cursor(CONSOLE_CURSOR_LINE, 8, &first, &last);
	CHECK(first == 6 && last == 7, "a line in small glyphs");
	vga_cursor(CONSOLE_CURSOR_HALF, 16, &first, &last);
	CHECK(first == 8 && last == 15, "half");
	vga_cursor(CONSOLE_CURSOR_BLOCK, 8, &first, &last);
	CHECK(first == 0 && last == 7, "a block");
	vga_cursor(CONSOLE_CURSOR_HIDDEN, 16, &first, &last);
	CHECK((first & 0x20) != 0, "hidden");
	vga_cursor(1000, 16, &first, &last);
	CHECK((first & 0x20) != 0, "what is no shape is hidden");
}

static bool colour_is(uint32_t index, uint32_t red, uint32_t green, uint32_t blue)
{
	uint8_t rgb[3];
	vga_colour(index, rgb);
	return rgb[0] == red && rgb[1] == green && rgb[2] == blue;
}

static void test_colours(void)
{
	struct vga_mode mode;
	(void)vga_text_mode(80, 25, &mode);
	CHECK(colour_is(mode.attribute[0], 0, 0, 0), "black");
	CHECK(colour_is(mode.attribute[1], 0, 0, 42), "blue");
	CHECK(colour_is(mode.attribute[4], 42, 0, 0), "red");
	CHECK(colour_is(mode.attribute[6], 42, 21, 0), "brown, not yellow");
	CHECK(colour_is(mode.attribute[7], 42, 42, 42), "grey");
	CHECK(colour_is(mode.attribute[12], 63, 21, 21), "light red");
	CHECK(colour_is(mode.attribute[15], 63, 63, 63), "white");
}

/* A ROM with a font whose other glyphs are any dots. */
static void make_rom(uint8_t *rom, uint32_t bytes, uint32_t at, uint32_t rows, uint64_t *seed)
{
	for (uint32_t i = 0; i < bytes; i++) {
		rom[i] = (uint8_t)tap_random(seed);
	}
	memset(rom + at, 0, rows);
	memset(rom + at + ' ' * rows, 0, rows);
	memset(rom + at + 0xdb * rows, 0xff, rows);
	memset(rom + at + 0xdd * rows, 0xf0, rows);
	memset(rom + at + 0xde * rows, 0x0f, rows);
}

static void test_fonts(void)
{
	static uint8_t rom[0x8000];
	static uint8_t tall[VGA_FONT_BYTES], flat[VGA_FONT_BYTES];
	uint64_t seed = 5;
	make_rom(rom, sizeof rom, 1234, 8, &seed);
	CHECK(vga_find_font(rom, sizeof rom, 8) == rom + 1234, "a font of eight rows");
	CHECK(vga_find_font(rom, sizeof rom, 16) == NULL, "is none of sixteen");
	CHECK(vga_find_font(rom, 1234 + 2047, 8) == NULL, "nor one that is cut off");
	CHECK(vga_find_font(rom, 1234 + 2048, 8) == rom + 1234, "at the very end");
	CHECK(vga_find_font(rom, 100, 8) == NULL, "a ROM smaller than a font");
	make_rom(rom, sizeof rom, 777, 16, &seed);
	CHECK(vga_find_font(rom, sizeof rom, 16) == rom + 777, "a font of sixteen");
	rom[777 + 0xdb * 16 + 3] = 0xfe;
	CHECK(vga_find_font(rom, sizeof rom, 16) == NULL, "a block with a hole is no block");
	memset(rom, 0, sizeof rom);
	CHECK(vga_find_font(rom, sizeof rom, 8) == NULL, "nothing is no font");
	tall['T' * 32 + 2] = 0x7e;
	tall['T' * 32 + 5] = 0x18;
	tall['T' * 32 + 15] = 0x42;
	tall['T' * 32 + 16] = 0x99; /* behind the glyph */
	vga_squeeze_font(tall, flat);
	CHECK(flat['T' * 32 + 1] == 0x7e && flat['T' * 32 + 2] == 0x18 &&
		      flat['T' * 32 + 7] == 0x42 && flat['T' * 32 + 8] == 0 && flat['T' * 32] == 0,
	      "a tall glyph made flat");
}

int main(void)
{
	test_modes();
	test_cursor();
	test_colours();
	test_fonts();
	return tap_done();
}
