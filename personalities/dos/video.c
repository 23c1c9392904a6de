/* See video.h. */
#include "video.h"
#include "terminal.h"
#include "machine.h"
#include "screen_core.h"

static bool is_text_mode(uint8_t mode)
{
	return mode <= 3 || mode == 7;
}

static void set_mode(void)
{
	uint8_t mode = al() & 0x7f;

	if (is_text_mode(mode)) {
		/* 40 columns are not to be had: 80 take their place. */
		terminal_take_screen();
		screen_reset(machine_memory(), mode < 2 ? (uint8_t)(mode + 2) : mode,
			     (al() & 0x80) != 0);
	}
}

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
	poke16(0, BIOS_PAGE_START, page * SCREEN_PAGE);
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
		set_ax(SCREEN_COLUMNS << 8 | peek8(0, BIOS_MODE));
		set_bh(peek8(0, BIOS_PAGE));
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
