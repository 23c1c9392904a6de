/* INT 21h: version, flags, country. */
#include "dos.h"
#include <string.h>
#include "files.h"
#include "machine.h"
#include "psp_core.h"
#include "version_core.h"

#define COUNTRY_BYTES 34
#define COUNTRY_US    1
#define CODE_PAGE     437
#define CODE_LOOK     16 /* bytes behind a call of 30h */
#define UPPER_TABLE   (DOS_TABLES + 0x00)
#define FILE_TABLE    (DOS_TABLES + 0x90) /* characters that names cannot have */
#define COLLATE_TABLE (DOS_TABLES + 0xb0)
#define LEAD_TABLE    (DOS_TABLES + 0x1c0)
#define CASE_ROUTINE  (DOS_TABLES + 0x1d0)

static void write_country(void)
{
	static const uint8_t us[COUNTRY_BYTES] = {0, 0,   '$', 0, 0, 0, 0, ',', 0, '.', 0,   '-',
						  0, ':', 0,   0, 2, 0, 0, 0,   0, 0,   ',', 0};

	for (uint32_t i = 0; i < COUNTRY_BYTES; i++) {
		poke8(DOS_SEGMENT, DOS_COUNTRY + i, us[i]);
	}
	poke_far(DOS_SEGMENT, DOS_COUNTRY + 18, DOS_SEGMENT, CASE_ROUTINE);
	/* Of the routine that changes AL to upper case: for a US country ASCII is enough.
	   CMP AL,61; JB done; CMP AL,7A; JA done; SUB AL,20; done: RETF */
	static const uint8_t routine[] = {0x3c, 0x61, 0x72, 0x06, 0x3c, 0x7a,
					  0x77, 0x02, 0x2c, 0x20, 0xcb};
	for (uint32_t i = 0; i < sizeof routine; i++) {
		poke8(DOS_SEGMENT, CASE_ROUTINE + i, routine[i]);
	}
}

static void write_tables(void)
{
	static const char file_terminators[] = ".\"/\\[]:|<>+=;,";

	poke16(DOS_SEGMENT, UPPER_TABLE, 128);
	for (uint32_t i = 0; i < 128; i++) {
		poke8(DOS_SEGMENT, UPPER_TABLE + 2 + i, name_upper((uint8_t)(0x80 + i)));
	}
	poke16(DOS_SEGMENT, FILE_TABLE, 8 + 14);
	poke8(DOS_SEGMENT, FILE_TABLE + 2, 1);
	poke8(DOS_SEGMENT, FILE_TABLE + 4, 0xff); /* all characters from 0 to ff, */
	poke8(DOS_SEGMENT, FILE_TABLE + 6, 0);    /* but for those from 0 to 20 */
	poke8(DOS_SEGMENT, FILE_TABLE + 7, 0x20);
	poke8(DOS_SEGMENT, FILE_TABLE + 8, 2);
	poke8(DOS_SEGMENT, FILE_TABLE + 9, 14);
	for (uint32_t i = 0; i < 14; i++) {
		poke8(DOS_SEGMENT, FILE_TABLE + 10 + i, (uint8_t)file_terminators[i]);
	}
	poke16(DOS_SEGMENT, COLLATE_TABLE, 256);
	for (uint32_t i = 0; i < 256; i++) {
		poke8(DOS_SEGMENT, COLLATE_TABLE + 2 + i, name_upper((uint8_t)i));
	}
	poke16(DOS_SEGMENT, LEAD_TABLE, 0);
}

void dos_country_start(void)
{
	write_country();
	write_tables();
}

/*
 * The program's own version stands in its PSP.  One that was packed, or has put its code together
 * by itself, shows only now what it demands.
 */
void dos_get_version(void)
{
	uint16_t version = peek16(dos.psp, PSP_VERSION);

	if (files_configuration()->version == 0 && version == VERSION_OURS &&
	    version_after_call(machine_at(cs(), ip()), machine_span(ip(), CODE_LOOK), &version)) {
		poke16(dos.psp, PSP_VERSION, version);
	}
	set_ax((version & 0xff) != 0 && (version & 0xff) < 10 ? version : VERSION_OURS);
	set_bx(0xff00);
	set_cx(0);
}

void dos_break_flag(void)
{
	switch (al()) {
	case 0x00:
		set_dl(dos.break_check);
		break;
	case 0x01:
		dos.break_check = (dl() & 1) != 0;
		break;
	case 0x02: {
		uint8_t before = dos.break_check;

		dos.break_check = (dl() & 1) != 0;
		set_dl(before);
		break;
	}
	case 0x05:
		set_dl(DOS_DRIVE_C + 1);
		break;
	case 0x06:
		set_bx(VERSION_OURS);
		set_dx(0);
		break;
	default:
		set_al(0xff);
		break;
	}
}

void dos_get_in_dos(void)
{
	set_es(DOS_SEGMENT);
	set_bx(DOS_IN_DOS);
}

void dos_switch_character(void)
{
	switch (al()) {
	case 0x00:
		set_dl(dos.switch_character);
		set_al(0);
		break;
	case 0x01:
		dos.switch_character = dl();
		set_al(0);
		break;
	case 0x02:
	case 0x03:
		set_dl(0xff); /* devices have names everywhere */
		set_al(0);
		break;
	default:
		set_al(0xff);
		break;
	}
}

void dos_country(void)
{
	if ((al() == 0xff ? bx() : al() == 0 ? COUNTRY_US : al()) != COUNTRY_US) {
		dos_fail(DOS_ERROR_NO_FILE);
		return;
	}
	if (dx() != 0xffff) {
		for (uint32_t i = 0; i < COUNTRY_BYTES; i++) {
			poke8(ds(), dx() + i, peek8(DOS_SEGMENT, DOS_COUNTRY + i));
		}
	}
	set_ax(COUNTRY_US);
	set_bx(COUNTRY_US);
	dos_succeed();
}

static void upper_case(uint32_t segment, uint32_t offset, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		poke8(segment, offset + i, name_upper(peek8(segment, offset + i)));
	}
}

/* 65h, 20 to 22 (A0 to A2 for names): upper case of DL, of a string with its length, of one that
   ends with 0. */
static void change_case(void)
{
	uint32_t count = 0;

	set_al(al() & 0x7f);
	if (al() == 0x20) {
		set_dl(name_upper(dl()));
	} else if (al() == 0x21) {
		upper_case(ds(), dx(), cx());
	} else {
		while (count < 0xffff && peek8(ds(), dx() + count) != 0) {
			count++;
		}
		upper_case(ds(), dx(), count);
	}
	dos_succeed();
}

/* 65h, 1: the country's table with its length, number and code page in front. */
static void country_table(void)
{
	uint8_t table[7 + COUNTRY_BYTES] = {
		1, 4 + COUNTRY_BYTES, 0, COUNTRY_US, 0, CODE_PAGE & 0xff, CODE_PAGE >> 8};
	uint32_t count = cx() < sizeof table ? cx() : sizeof table;

	for (uint32_t i = 0; i < COUNTRY_BYTES; i++) {
		table[7 + i] = peek8(DOS_SEGMENT, DOS_COUNTRY + i);
	}
	for (uint32_t i = 0; i < count; i++) {
		poke8(es(), di() + i, table[i]);
	}
	set_cx(count);
	dos_succeed();
}

void dos_extended_country(void)
{
	uint32_t table = 0;

	switch (al()) {
	case 0x01:
		if (cx() < 5) {
			dos_fail(DOS_ERROR_FUNCTION);
			return;
		}
		country_table();
		return;
	case 0x02:
	case 0x04:
		table = UPPER_TABLE;
		break;
	case 0x05:
		table = FILE_TABLE;
		break;
	case 0x06:
		table = COLLATE_TABLE;
		break;
	case 0x07:
		table = LEAD_TABLE;
		break;
	case 0x20:
	case 0x21:
	case 0x22:
	case 0xa0:
	case 0xa1:
	case 0xa2:
		change_case();
		return;
	case 0x23: /* yes or no? */
		set_ax(name_upper(dl()) == 'Y' ? 1 : name_upper(dl()) == 'N' ? 0 : 2);
		dos_succeed();
		return;
	default:
		dos_fail(DOS_ERROR_FUNCTION);
		return;
	}
	poke8(es(), di(), al());
	poke_far(es(), di() + 1u, DOS_SEGMENT, table);
	set_cx(5);
	dos_succeed();
}

void dos_code_page(void)
{
	if (al() == 1) {
		set_bx(CODE_PAGE);
		set_dx(CODE_PAGE);
		dos_succeed();
	} else if (al() == 2 && bx() == CODE_PAGE) {
		dos_succeed();
	} else {
		dos_fail(DOS_ERROR_NO_FILE);
	}
}

void dos_set_verify(void)
{
	dos.verify = (al() & 1) != 0;
}

void dos_get_verify(void)
{
	set_al(dos.verify);
}

void dos_lead_bytes(void)
{
	if (al() == 0) {
		set_ds(DOS_SEGMENT);
		set_si(LEAD_TABLE + 2);
		set_al(0);
		dos_succeed();
	} else {
		dos_fail(DOS_ERROR_FUNCTION);
	}
}

/* Error, class, action, place; what the program is to do about it. */
void dos_extended_error(void)
{
	uint8_t class = 13, action = 4, place = 1;

	switch (dos.error) {
	case 0:
		class = action = place = 0;
		break;
	case DOS_ERROR_NO_FILE:
	case DOS_ERROR_NO_PATH:
	case DOS_ERROR_NO_MORE:
	case DOS_ERROR_DRIVE:
		class = 8;
		action = 3;
		place = 2;
		break;
	case DOS_ERROR_TOO_MANY:
	case DOS_ERROR_MEMORY:
		class = 1;
		place = dos.error == DOS_ERROR_MEMORY ? 5 : 1;
		break;
	case DOS_ERROR_ACCESS:
	case DOS_ERROR_CURRENT:
		class = 3;
		action = 3;
		place = 2;
		break;
	case DOS_ERROR_EXISTS:
		class = 12;
		action = 3;
		place = 2;
		break;
	case DOS_ERROR_FUNCTION:
	case DOS_ERROR_HANDLE:
		class = 7;
		break;
	default:
		break;
	}
	set_ax(dos.error);
	set_bx(class << 8 | action);
	set_ch(place);
}
