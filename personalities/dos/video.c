/* See video.h. */
#include "video.h"
#include <string.h>
#include "terminal.h"
#include "machine.h"
#include "fonts.h"
#include "palette_core.h"
#include "picture_core.h"
#include "screen_core.h"

#define ROM         0xc0000u
#define STATE_TABLE 0x0100u /* of INT 10h, 1Bh: modes 0 to 5, 7, 13; what there is */
#define FONT_8      0x0200u /* in the ROM: the fonts, and where INT 1Fh begins */
#define FONT_8_TOP  (FONT_8 + 128 * 8)
#define FONT_14     (FONT_8 + sizeof fonts_8)
#define FONT_16     (FONT_14 + sizeof fonts_14)
#define FONT_PC     0xffa6eu /* the first half, where the first PC had it */
#define PLAIN       0x07

static struct palette palette;

static uint8_t select_cga = 0x30; /* what port 3d9 was told */

/* The adapter's ROM, as programs look for it: its mark, a name, its fonts. */
static void write_rom(void)
{
	uint8_t *rom = machine_memory() + ROM;

	memcpy(rom, "\x55\xaa\x40\xcb", 4);
	memcpy(rom + 0x1e, "IBM compatible VGA", 18);
	memcpy(rom + FONT_8, fonts_8, sizeof fonts_8);
	memcpy(rom + FONT_14, fonts_14, sizeof fonts_14);
	memcpy(rom + FONT_16, fonts_16, sizeof fonts_16);
	memcpy(rom + STATE_TABLE, "\xbf\x20\x08\x00\x00\x00\x00\x07\x02\x08\xff\x0e", 12);
	memcpy(machine_memory() + FONT_PC, fonts_8, sizeof fonts_8 / 2);
}

static void use_font(uint32_t rows)
{
	poke_far(0, 0x43 * 4, ROM / 16, rows == 8 ? FONT_8 : rows == 14 ? FONT_14 : FONT_16);
	poke16(0, BIOS_GLYPH_ROWS, rows);
}

void video_start(void)
{
	write_rom();
	poke_far(0, 0x1f * 4, ROM / 16, FONT_8_TOP);
	use_font(16);
	palette_reset(&palette, false);
}

bool video_has_picture(void)
{
	return picture_is_mode(peek8(0, BIOS_MODE));
}

void video_get_colours(uint8_t *rgb)
{
	bool cga = picture_is_cga(peek8(0, BIOS_MODE));

	for (uint32_t i = 0; i < PALETTE_COLOURS; i++) {
		uint32_t colour = cga ? palette.registers[i & 3] : i;

		memcpy(rgb + 3 * i, palette.rgb + 3 * (colour & palette.mask), 3);
	}
}

void video_teletype(uint8_t character, uint8_t colour)
{
	uint8_t *memory = machine_memory();

	if (video_has_picture()) {
		picture_teletype(memory, character, colour);
	} else {
		screen_teletype(memory, memory[BIOS_PAGE], character);
	}
}

uint8_t video_port_in(uint32_t port)
{
	if (port == 0x3d9) {
		return select_cga;
	}
	return palette_in(&palette, port);
}

static void choose_colours(uint8_t value);

void video_port_out(uint32_t port, uint8_t value)
{
	if (port == 0x3d9) {
		choose_colours(value);
		return;
	}
	palette_out(&palette, port, value);
}

void video_status_read(void)
{
	palette_status_read(&palette);
}

static void set_picture_mode(uint8_t mode, bool keep)
{
	screen_reset(machine_memory(), 1, true); /* 40 columns */
	poke8(0, BIOS_MODE, mode);
	poke16(0, BIOS_PAGE_BYTES, picture_is_cga(mode) ? 0x4000 : 0);
	use_font(8);
	if (!keep) {
		picture_clear(machine_memory());
	}
	if (picture_is_cga(mode)) {
		palette_reset_cga(&palette);
		select_cga = 0x30;
	} else {
		palette_reset(&palette, true);
	}
}

/* Port 3d9, and AH=0Bh of INT 10h: the ground, or one of two sets of colours. */
static void choose_colours(uint8_t value)
{
	select_cga = value;
	if (picture_is_cga(peek8(0, BIOS_MODE))) {
		palette_select_cga(&palette, value);
	} else if (!video_has_picture()) {
		palette.registers[PALETTE_REGISTERS - 1] = value & 0x0f; /* the border */
	}
}

static void choose_set(void)
{
	choose_colours(bh() == 0 ? (uint8_t)((select_cga & 0x20) | (bl() & 0x1f))
				 : (uint8_t)((select_cga & 0x1f) | (bl() & 1) << 5));
}

/* Modes that are not to be had change nothing: a program that asks for the mode sees it. */
static void set_mode(void)
{
	uint8_t mode = al() & 0x7f;
	bool keep = (al() & 0x80) != 0;

	if (mode <= 3 || mode == 7) {
		(void)terminal_set_rows(SCREEN_ROWS);
		screen_reset(machine_memory(), mode, keep);
		use_font(16);
		palette_reset(&palette, false);
	} else if (picture_is_mode(mode)) {
		(void)terminal_set_rows(SCREEN_ROWS);
		set_picture_mode(mode, keep);
	} else {
		return;
	}
	poke8(0, BIOS_MODE_OPTIONS, keep ? 0xe0 : 0x60);
}

/* ------------------------------------------------------------------------------------- pixels */

static void put_pixel(void)
{
	if (video_has_picture()) {
		picture_put(machine_memory(), cx(), dx(), al());
	}
}

static void get_pixel(void)
{
	set_al(video_has_picture() ? picture_get(machine_memory(), cx(), dx()) : 0);
}

/* ------------------------------------------------------------------------------------- colours */

static void set_colour(uint32_t index, uint8_t red, uint8_t green, uint8_t blue)
{
	uint8_t *rgb = palette.rgb + 3 * (index % PALETTE_COLOURS);

	rgb[0] = red & 0x3f;
	rgb[1] = green & 0x3f;
	rgb[2] = blue & 0x3f;
}

/* A block of colours from, or to, ES:DX. */
static void move_colours(bool set)
{
	for (uint32_t i = 0; i < cx() && i < PALETTE_COLOURS; i++) {
		uint32_t from = dx() + 3 * i;
		const uint8_t *rgb = palette.rgb + 3 * ((bx() + i) % PALETTE_COLOURS);

		if (set) {
			set_colour(bx() + i, peek8(es(), from), peek8(es(), from + 1),
				   peek8(es(), from + 2));
		} else {
			poke8(es(), from, rgb[0]);
			poke8(es(), from + 1, rgb[1]);
			poke8(es(), from + 2, rgb[2]);
		}
	}
}

/* The sum of its parts by their brightness, as the BIOS has it. */
static void make_grey(uint32_t index)
{
	const uint8_t *rgb = palette.rgb + 3 * (index % PALETTE_COLOURS);
	uint8_t grey = (uint8_t)((30 * rgb[0] + 59 * rgb[1] + 11 * rgb[2] + 50) / 100);

	set_colour(index, grey, grey, grey);
}

/* AH=10h */
static void colours(void)
{
	uint8_t *rgb = palette.rgb + 3 * bl();

	switch (al()) {
	case 0x00:
		if (bl() < PALETTE_REGISTERS) {
			palette.registers[bl()] = bh();
		}
		break;
	case 0x01:
		palette.registers[PALETTE_REGISTERS - 1] = bh();
		break;
	case 0x02:
	case 0x09:
		for (uint32_t i = 0; i < PALETTE_REGISTERS; i++) {
			if (al() == 0x02) {
				palette.registers[i] = peek8(es(), dx() + i);
			} else {
				poke8(es(), dx() + i, palette.registers[i]);
			}
		}
		break;
	case 0x07:
		set_bh(bl() < PALETTE_REGISTERS ? palette.registers[bl()] : 0);
		break;
	case 0x08:
		set_bh(palette.registers[PALETTE_REGISTERS - 1]);
		break;
	case 0x10:
		set_colour(bl(), dh(), ch(), cl());
		break;
	case 0x12:
	case 0x17:
		move_colours(al() == 0x12);
		break;
	case 0x15:
		set_dh(rgb[0]);
		set_ch(rgb[1]);
		set_cl(rgb[2]);
		break;
	case 0x18:
		palette.mask = bl();
		break;
	case 0x19:
		set_bl(palette.mask);
		break;
	case 0x1b:
		for (uint32_t i = 0; i < cx() && i < PALETTE_COLOURS; i++) {
			make_grey(bx() + i);
		}
		break;
	default:
		break;
	}
}

/* ---------------------------------------------------------------------------------------- text */

static void get_cursor(void)
{
	uint8_t row = 0, column = 0;

	screen_get_cursor(machine_memory(), bh(), &row, &column);
	set_dx(row << 8 | column);
	set_cx(peek16(0, BIOS_CURSOR_SHAPE));
}

static void select_page(void)
{
	uint8_t page = al() % SCREEN_PAGES;

	poke8(0, BIOS_PAGE, page);
	poke16(0, BIOS_PAGE_START, screen_page(machine_memory(), page) - SCREEN_CELLS);
}

/* AH=09h, 0Ah: characters at the cursor of page BH; "attribute" -1 leaves what is there. */
static void write_cells(uint8_t character, int attribute, uint16_t count)
{
	uint8_t *memory = machine_memory();

	if (video_has_picture()) {
		uint8_t ground = memory[BIOS_MODE] == PICTURE_MODE ? bh() : 0;

		picture_write(memory, character, attribute < 0 ? bl() : (uint8_t)attribute, ground,
			      count);
	} else {
		screen_write(memory, bh(), character, attribute, count);
	}
}

/* The cursor of a picture, behind a character that stands there already. */
static void move_on(uint8_t character)
{
	uint8_t *memory = machine_memory();
	uint8_t row = 0, column = 0;

	screen_get_cursor(memory, 0, &row, &column);
	if (character == '\r' || character == '\n' || character == '\b' || character == '\a' ||
	    column + 1u >= screen_columns(memory)) {
		picture_teletype(memory, character, bl());
	} else {
		screen_set_cursor(memory, 0, row, (uint8_t)(column + 1));
	}
}

/* AH=13h: a string, with (AL bit 1) or without attributes; AL bit 0: the cursor moves. */
static void write_string(void)
{
	uint8_t *memory = machine_memory();
	uint8_t row = 0, column = 0, with = (al() & 2) != 0 ? 2 : 1;

	screen_get_cursor(memory, bh(), &row, &column);
	screen_set_cursor(memory, bh(), dh(), dl());
	for (uint32_t i = 0; i < cx(); i++) {
		uint8_t character = peek8(es(), bp() + i * with);

		if (character != '\r' && character != '\n' && character != '\b' &&
		    character != '\a') {
			write_cells(character, with == 2 ? peek8(es(), bp() + i * 2 + 1) : bl(), 1);
		}
		if (video_has_picture()) {
			move_on(character);
		} else {
			screen_teletype(memory, bh(), character);
		}
	}
	if ((al() & 1) == 0) {
		screen_set_cursor(memory, bh(), row, column);
	}
}

/* Functions that place text, which a terminal's text cannot show. */
static void place(void)
{
	uint8_t *memory = machine_memory();
	uint8_t page = memory[BIOS_PAGE];

	terminal_take_screen();
	switch (ah()) {
	case 0x01:
		poke16(0, BIOS_CURSOR_SHAPE, cx());
		break;
	case 0x02:
		screen_set_cursor(memory, bh(), dh(), dl());
		break;
	case 0x05:
		select_page();
		break;
	case 0x06:
	case 0x07:
		if (video_has_picture()) {
			picture_scroll(memory, ah() == 7, al(), bh(), ch(), cl(), dh(), dl());
		} else {
			screen_scroll(memory, page, ah() == 7, al(), bh(), ch(), cl(), dh(), dl());
		}
		break;
	case 0x09:
		write_cells(al(), bl(), cx());
		break;
	case 0x0a:
		write_cells(al(), -1, cx());
		break;
	default:
		write_string();
		break;
	}
}

/* AX=1130h: where a font is, how high the characters are, how many rows there are. */
static void tell_font(void)
{
	static const uint16_t offsets[] = {FONT_8_TOP, 0,       FONT_14, FONT_8,
					   FONT_8_TOP, FONT_14, FONT_16, FONT_16};

	if (bh() > 7) {
		return;
	}
	if (bh() < 2) {
		uint32_t vector = bh() == 0 ? 0x1f : 0x43;

		set_bp(peek16(0, vector * 4));
		set_es(peek16(0, vector * 4 + 2));
	} else {
		set_bp(offsets[bh()]);
		set_es(ROM / 16);
	}
	set_cx(peek16(0, BIOS_GLYPH_ROWS));
	set_dl(peek8(0, BIOS_ROWS));
}

/* The characters of a graphics mode: a program's own, or one of the adapter's fonts. */
static void set_picture_font(uint32_t segment, uint32_t offset, uint32_t rows)
{
	if (!video_has_picture()) {
		return;
	}
	poke_far(0, 0x43 * 4, segment, offset);
	poke16(0, BIOS_GLYPH_ROWS, rows);
	poke8(0, BIOS_ROWS, (rows > 0 ? PICTURE_ROWS / rows : SCREEN_ROWS) - 1);
}

/* The adapter's font of 8 rows, or of 16, for text: 50 rows, or 25. */
static void set_text_rows(uint32_t glyph_rows)
{
	uint8_t mode = peek8(0, BIOS_MODE);
	uint32_t rows = glyph_rows == 8 ? SCREEN_ROWS_MAX : SCREEN_ROWS;

	if ((mode == 2 || mode == 3) && (glyph_rows == 8 || glyph_rows == 16) &&
	    terminal_set_rows(rows)) {
		screen_set_rows(machine_memory(), rows);
		use_font(glyph_rows);
	}
}

/* AH=11h.  A program's own glyphs are not shown in text, but their height counts. */
static void fonts(void)
{
	switch (al()) {
	case 0x10:
		set_text_rows(bh());
		break;
	case 0x11:
		set_text_rows(14);
		break;
	case 0x12:
		set_text_rows(8);
		break;
	case 0x14:
		set_text_rows(16);
		break;
	case 0x20:
		poke_far(0, 0x1f * 4, es(), bp());
		break;
	case 0x21:
		set_picture_font(es(), bp(), cx());
		break;
	case 0x22:
		set_picture_font(ROM / 16, FONT_14, 14);
		break;
	case 0x23:
		set_picture_font(ROM / 16, FONT_8, 8);
		break;
	case 0x24:
		set_picture_font(ROM / 16, FONT_16, 16);
		break;
	case 0x30:
		tell_font();
		break;
	default:
		break;
	}
}

/* AH=1Bh: what the screen is, in 64 bytes at ES:DI. */
static void tell_state(void)
{
	uint16_t colours = peek8(0, BIOS_MODE) == PICTURE_MODE ? 256 : 16;

	if (bx() != 0) {
		return;
	}
	for (uint32_t i = 0; i < 64; i++) {
		poke8(es(), di() + i, 0);
	}
	poke_far(es(), di(), ROM / 16, STATE_TABLE);
	for (uint32_t i = 0; i < 30; i++) {
		poke8(es(), di() + 4u + i, peek8(0, BIOS_MODE + i));
	}
	poke8(es(), di() + 0x22u, peek8(0, BIOS_ROWS) + 1u);
	poke16(es(), di() + 0x23u, peek16(0, BIOS_GLYPH_ROWS));
	poke8(es(), di() + 0x25u, 8); /* a VGA with a colour screen */
	poke16(es(), di() + 0x27u, colours);
	poke8(es(), di() + 0x29u, SCREEN_PAGES);
	poke8(es(), di() + 0x2au, 2); /* 400 lines */
	poke8(es(), di() + 0x31u, 3); /* 256 KB */
	set_al(0x1b);
}

void video_interrupt(void)
{
	switch (ah()) {
	case 0x00:
		set_mode();
		break;
	case 0x01:
	case 0x02:
	case 0x05:
	case 0x06:
	case 0x07:
	case 0x09:
	case 0x0a:
	case 0x13:
		place();
		break;
	case 0x03:
		get_cursor();
		break;
	case 0x08:
		set_ax(video_has_picture() ? picture_read(machine_memory())
					   : screen_read(machine_memory(), bh()));
		break;
	case 0x0b:
		choose_set();
		break;
	case 0x0e:
		if (video_has_picture()) {
			picture_teletype(machine_memory(), al(), bl());
		} else {
			terminal_put(al());
		}
		break;
	case 0x0f:
		set_ax(screen_columns(machine_memory()) << 8 | peek8(0, BIOS_MODE));
		set_bh(peek8(0, BIOS_PAGE));
		break;
	case 0x0c:
		put_pixel();
		break;
	case 0x0d:
		get_pixel();
		break;
	case 0x10:
		colours();
		break;
	case 0x11:
		fonts();
		break;
	case 0x12:
		if (bl() == 0x10) {
			set_bx(0x0003); /* colour, 256 KB */
			set_cx(0x0009);
		} else if (bl() >= 0x30 && bl() <= 0x36) {
			set_al(0x12); /* a function that there is */
		}
		break;
	case 0x1b:
		tell_state();
		break;
	case 0x1a:
		if (al() == 0) {
			set_ax(0x001a);
			set_bx(0x0008); /* a VGA with a colour screen */
		}
		break;
	default:
		break;
	}
}
