/* See fcb_core.h. */
#include "fcb_core.h"
#include <stdbool.h>
#include "name_core.h"

#define BASE 8

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static bool is_blank(uint8_t character)
{
	return character == ' ' || character == '\t';
}

static bool is_separator(uint8_t character)
{
	return character == ':' || character == ';' || character == ',' || character == '=' ||
	       character == '+';
}

struct reader {
	const uint8_t *text;
	uint32_t at;
	uint32_t count;
};

static uint8_t look(const struct reader *reader, uint32_t ahead)
{
	uint32_t at = reader->at + ahead;

	return at < reader->count ? reader->text[at] : 0;
}

/* One part of a name into its field, filled up; was there any of it? */
static bool parse_part(struct reader *reader, uint8_t *field, uint32_t bytes, bool *wild)
{
	uint32_t used = 0;
	bool any = false;

	for (;; reader->at++) {
		uint8_t character = look(reader, 0);

		if (character == '*') {
			while (used < bytes) {
				field[used++] = '?';
			}
			*wild = true;
		} else if (character == '?' || name_is_character(character)) {
			*wild = *wild || character == '?';
			if (used < bytes) {
				field[used++] = name_upper(character);
			}
		} else {
			break;
		}
		any = true;
	}
	while (any && used < bytes) {
		field[used++] = ' ';
	}
	return any;
}

static void clear(uint8_t *field, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++) {
		field[i] = ' ';
	}
}

uint8_t fcb_parse(uint8_t *fcb, const uint8_t *text, uint32_t count, uint8_t flags, uint8_t drives,
		  uint32_t *used)
{
	struct reader reader = {.text = text, .count = count};
	bool wild = false, named = false;
	uint8_t result = 0;

	while (is_blank(look(&reader, 0))) {
		reader.at++;
	}
	if ((flags & FCB_SKIP_SEPARATORS) != 0 && is_separator(look(&reader, 0))) {
		reader.at++;
		while (is_blank(look(&reader, 0))) {
			reader.at++;
		}
	}
	if (look(&reader, 1) == ':' && name_is_character(look(&reader, 0))) {
		uint8_t letter = name_upper(look(&reader, 0));

		fcb[FCB_DRIVE] = (uint8_t)(letter - 'A' + 1);
		result = letter < 'A' || letter - 'A' >= drives ? 0xff : 0;
		reader.at += 2;
	} else if ((flags & FCB_KEEP_DRIVE) == 0) {
		fcb[FCB_DRIVE] = 0;
	}
	/* "." and ".." are names here. */
	if (look(&reader, 0) == '.') {
		clear(fcb + FCB_NAME, NAME_BYTES);
		for (uint32_t i = 0; i < 2 && look(&reader, 0) == '.'; i++) {
			fcb[FCB_NAME + i] = '.';
			reader.at++;
		}
		*used = reader.at;
		return result;
	}
	named = parse_part(&reader, fcb + FCB_NAME, BASE, &wild);
	if (!named && (flags & FCB_KEEP_NAME) == 0) {
		clear(fcb + FCB_NAME, BASE);
	}
	named = false;
	if (look(&reader, 0) == '.') {
		reader.at++;
		named = parse_part(&reader, fcb + FCB_NAME + BASE, NAME_BYTES - BASE, &wild);
		if (!named) {
			clear(fcb + FCB_NAME + BASE, NAME_BYTES - BASE);
			named = true;
		}
	}
	if (!named && (flags & FCB_KEEP_EXTENSION) == 0) {
		clear(fcb + FCB_NAME + BASE, NAME_BYTES - BASE);
	}
	*used = reader.at;
	return result != 0 ? result : (uint8_t)wild;
}

uint32_t fcb_sequential(const uint8_t *fcb)
{
	return get16(fcb + FCB_BLOCK) * 128u + (fcb[FCB_RECORD] & 0x7f);
}

void fcb_set_sequential(uint8_t *fcb, uint32_t record)
{
	fcb[FCB_BLOCK] = (uint8_t)(record >> 7);
	fcb[FCB_BLOCK + 1] = (uint8_t)(record >> 15);
	fcb[FCB_RECORD] = record & 0x7f;
}

uint32_t fcb_random(const uint8_t *fcb)
{
	uint32_t record = get16(fcb + FCB_RANDOM) | (uint32_t)fcb[FCB_RANDOM + 2] << 16;

	if (get16(fcb + FCB_RECORD_BYTES) < 64) {
		record |= (uint32_t)fcb[FCB_RANDOM + 3] << 24;
	}
	return record;
}

void fcb_set_random(uint8_t *fcb, uint32_t record)
{
	for (int i = 0; i < (get16(fcb + FCB_RECORD_BYTES) < 64 ? 4 : 3); i++) {
		fcb[FCB_RANDOM + i] = (uint8_t)(record >> (8 * i));
	}
}
