/* See video.h. */
#include "video.h"
#include <string.h>
#include <masix/console.h>
#include "terminal.h"
#include "machine.h"
#include "palette_core.h"
#include "screen_core.h"

#define PIXEL_COLUMNS CONSOLE_PICTURE_COLUMNS
#define PIXEL_ROWS    CONSOLE_PICTURE_ROWS
#define PICTURE_MODE  0x13

static struct palette palette;

void video_start(void)
{
	palette_reset(&palette, false);
}

bool video_has_picture(void)
{
	return peek8(0, BIOS_MODE) == PICTURE_MODE;
}

void video_get_colours(uint8_t *rgb)
{
	for (uint32_t i = 0; i < PALETTE_COLOURS; i++) {
		memcpy(rgb + 3 * i, palette.rgb + 3 * (i & palette.mask), 3);
	}
}

uint8_t video_port_in(uint32_t port)
{
	return palette_in(&palette, port);
}

void video_port_out(uint32_t port, uint8_t value)
{
	palette_out(&palette, port, value);
}

void video_status_read(void)
{
	palette_status_read(&palette);
}

static void set_picture_mode(bool keep)
{
	screen_reset(machine_memory(), 1, true); /* 40 columns */
	poke8(0, BIOS_MODE, PICTURE_MODE);
	poke16(0, BIOS_PAGE_BYTES, 0);
	poke16(0, BIOS_GLYPH_ROWS, 8);
	if (!keep) {
		memset(machine_memory() + VIDEO_PIXELS, 0, 0x10000);
	}
	palette_reset(&palette, true);
}

/* Modes that are not to be had change nothing: a program that asks for the mode sees it. */
static void set_mode(void)
{
	uint8_t mode = al() & 0x7f;
	bool keep = (al() & 0x80) != 0;

	if (mode <= 3 || mode == 7) {
		terminal_take_screen();
		screen_reset(machine_memory(), mode, keep);
		palette_reset(&palette, false);
	} else if (mode == PICTURE_MODE) {
		terminal_take_screen();
		set_picture_mode(keep);
	} else {
		return;
	}
	poke8(0, BIOS_MODE_OPTIONS, keep ? 0xe0 : 0x60);
}

/* ------------------------------------------------------------------------------------- pixels */

static void put_pixel(void)
{
	if (video_has_picture() && cx() < PIXEL_COLUMNS && dx() < PIXEL_ROWS) {
		machine_memory()[VIDEO_PIXELS + dx() * PIXEL_COLUMNS + cx()] = al();
	}
}

static void get_pixel(void)
{
	bool inside = video_has_picture() && cx() < PIXEL_COLUMNS && dx() < PIXEL_ROWS;

	set_al(inside ? machine_memory()[VIDEO_PIXELS + dx() * PIXEL_COLUMNS + cx()] : 0);
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
			screen_write(memory, bh(), character,
				     with == 2 ? peek8(es(), bp() + i * 2 + 1) : bl(), 1);
		}
		screen_teletype(memory, bh(), character);
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

	if (video_has_picture() && ah() != 0x02) {
		return; /* no characters among the pixels */
	}
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
		screen_scroll(memory, page, ah() == 7, al(), bh(), ch(), cl(), dh(), dl());
		break;
	case 0x09:
		screen_write(memory, bh(), al(), bl(), cx());
		break;
	case 0x0a:
		screen_write(memory, bh(), al(), -1, cx());
		break;
	default:
		write_string();
		break;
	}
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
		set_ax(screen_read(machine_memory(), bh()));
		break;
	case 0x0e:
		terminal_put(al());
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
		if (al() == 0x30) { /* how high the characters are; where, only the adapter knows */
			set_cx(peek16(0, BIOS_GLYPH_ROWS));
			set_dl(peek8(0, BIOS_ROWS));
		}
		break;
	case 0x12:
		if (bl() == 0x10) {
			set_bx(0x0003); /* colour, 256 KB */
			set_cx(0x0009);
		}
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
