/* INT 2Fh: what DOS itself answers there, inner functions (12xx) above all. */
#include "dos.h"
#include "files.h"
#include "machine.h"
#include "xms.h"

#define MESSAGE_TABLES 5 /* of 122Eh: extended, parse, critical errors, files', a routine */

static uint16_t message_tables[MESSAGE_TABLES][2]; /* segment, offset */

/* Some of the inner functions have a word on the caller's stack. */
static uint16_t argument(void)
{
	return peek16(ss(), sp());
}

static uint32_t text_bytes(uint32_t segment, uint32_t offset)
{
	uint32_t bytes = 0;

	while (bytes < 0xffff && peek8(segment, offset + bytes) != 0) {
		bytes++;
	}
	return bytes + 1;
}

static uint8_t path_character(uint32_t segment, uint32_t offset)
{
	uint8_t character = name_upper(peek8(segment, offset));

	return character == '/' ? '\\' : character;
}

/* 1211h: DS:SI to ES:DI in upper case, with backslashes. */
static void normalize_path(void)
{
	uint32_t bytes = text_bytes(ds(), si());

	for (uint32_t i = 0; i < bytes; i++) {
		poke8(es(), di() + i, path_character(ds(), si() + i));
	}
	set_si(si() + bytes);
	set_di(di() + bytes);
}

/* 121Eh: are the paths at DS:SI and ES:DI the same? */
static void compare_paths(void)
{
	uint32_t i = 0;

	while (i < 0xffff && path_character(ds(), si() + i) == path_character(es(), di() + i) &&
	       peek8(ds(), si() + i) != 0) {
		i++;
	}
	machine_set_flag(FLAG_ZERO,
			 path_character(ds(), si() + i) == path_character(es(), di() + i));
}

/* 121Ah: the drive of the path at DS:SI, which is skipped. */
static void drive_of_path(void)
{
	uint8_t letter = name_upper(peek8(ds(), si()));

	set_al(0);
	if (letter != 0 && peek8(ds(), si() + 1u) == ':') {
		set_al(letter >= 'A' && letter < 'A' + DOS_DRIVES && files_has_drive(letter - 'A')
			       ? letter - 'A' + 1u
			       : 0xff);
		set_si(si() + 2u);
	}
}

/* 1216h: the table's entry of an open file; 1217h: of a drive. */
static void find_entry(bool drive)
{
	uint32_t at = drive ? dos_table_of_drive(argument()) : dos_table_of_file(bx());

	machine_set_flag(FLAG_CARRY, at == 0);
	if (at != 0 && drive) {
		set_ds(DOS_SEGMENT);
		set_si(at);
	} else if (at != 0) {
		set_es(DOS_SEGMENT);
		set_di(at);
	}
}

/* 1220h: where the handle's number of an open file stands. */
static void find_handle(void)
{
	struct handle_names names = dos_names();
	uint32_t address = (uint32_t)(names.bytes - machine_memory()) + bx();

	if (bx() >= names.count) {
		set_al(DOS_ERROR_HANDLE);
		machine_set_flag(FLAG_CARRY, true);
		return;
	}
	set_es(address / 16);
	set_di(address % 16);
	machine_set_flag(FLAG_CARRY, false);
}

/* 122Eh: where COMMAND.COM has the words for errors; DL even: asked, odd: set. */
static void messages(void)
{
	uint32_t which = dl() / 2u;

	if (which >= MESSAGE_TABLES) {
		return;
	}
	if (dl() % 2 == 0) {
		set_es(message_tables[which][0]);
		set_di(message_tables[which][1]);
	} else {
		message_tables[which][0] = es();
		message_tables[which][1] = di();
	}
}

static void inner_function(void)
{
	switch (al()) {
	case 0x00:
		set_al(0xff);
		break;
	case 0x02:
		set_es(0);
		set_bx((argument() & 0xffu) * 4);
		break;
	case 0x03:
		set_ds(DOS_SEGMENT);
		break;
	case 0x11:
		normalize_path();
		break;
	case 0x12:
		set_cx(text_bytes(es(), di()));
		break;
	case 0x13:
		set_ax(name_upper((uint8_t)argument()));
		break;
	case 0x14:
		machine_set_flag(FLAG_ZERO, ds() * 16u + si() == es() * 16u + di());
		break;
	case 0x16:
	case 0x17:
		find_entry(al() == 0x17);
		break;
	case 0x1a:
		drive_of_path();
		break;
	case 0x1e:
		compare_paths();
		break;
	case 0x20:
		find_handle();
		break;
	case 0x21:
		dos_true_name();
		break;
	case 0x25:
		set_cx(text_bytes(ds(), si()));
		break;
	case 0x2c:
		set_bx(DOS_SEGMENT);
		set_ax(DOS_DEVICES);
		break;
	case 0x2d:
		set_ax(dos.error);
		break;
	case 0x2e:
		messages();
		break;
	default:
		break;
	}
}

void dos_multiplex(void)
{
	if (ah() == 0x12) {
		inner_function();
	} else if (ah() == 0x43) {
		xms_multiplex();
	} else if (ax() == 0x1680) {
		set_al(0);
		(void)machine_wait(MACHINE_TICK);
	} else if (ax() == 0x1a00) {
		set_al(0xff); /* ANSI.SYS is part of the console */
	} else if (ax() == 0x1600) {
		set_al(0); /* no Windows */
	} else if (ax() == 0x4a01 || ax() == 0x4a02) {
		set_bx(0); /* DOS is not in the high memory area and gives none of it away */
		set_es(0xffff);
		set_di(0xffff);
	}
}
