/* See name_core.h. */
#include "name_core.h"
#include "terminal_core.h"

#define BASE 8

uint8_t name_upper(uint8_t character)
{
	/* From 80 (hexadecimal) to a4: letters that have an upper case of their own in the code
	   page, or lose their accent. */
	static const uint8_t high[] = {0x80, 0x9a, 'E', 'A', 0x8e, 'A',  0x8f, 0x80, 'E',  'E',
				       'E',  'I',  'I', 'I', 0x8e, 0x8f, 0x90, 0x92, 0x92, 'O',
				       0x99, 'O',  'U', 'U', 'Y',  0x99, 0x9a, 0x9b, 0x9c, 0x9d,
				       0x9e, 0x9f, 'A', 'I', 'O',  'U',  0xa5};

	if (character >= 'a' && character <= 'z') {
		return (uint8_t)(character - 'a' + 'A');
	}
	if (character >= 0x80 && character < 0x80 + sizeof high) {
		return high[character - 0x80];
	}
	return character;
}

/* Those of the code page's letters that keep what they are in upper case. */
static uint8_t lower(uint8_t character)
{
	static const uint8_t pairs[][2] = {{0x80, 0x87}, {0x8e, 0x84}, {0x8f, 0x86}, {0x90, 0x82},
					   {0x92, 0x91}, {0x99, 0x94}, {0x9a, 0x81}, {0xa5, 0xa4}};

	if (character >= 'A' && character <= 'Z') {
		return (uint8_t)(character - 'A' + 'a');
	}
	for (uint32_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		if (pairs[i][0] == character && name_upper(pairs[i][1]) == character) {
			return pairs[i][1];
		}
	}
	return character;
}

uint32_t name_to_tree(const char *text, char *path, uint32_t bytes_max)
{
	uint32_t bytes = 0;

	for (; *text != 0 && bytes + 4 <= bytes_max; text++) {
		uint8_t character = *text == '\\' ? '/' : lower((uint8_t)*text);

		bytes += terminal_utf8(character, path + bytes);
	}
	path[bytes] = 0;
	return bytes;
}

bool name_is_character(uint8_t character)
{
	static const char wrong[] = "\"*+,./:;<=>?[\\]|";

	if (character <= ' ') {
		return false;
	}
	for (const char *at = wrong; *at != 0; at++) {
		if (character == (uint8_t)*at) {
			return false;
		}
	}
	return true;
}

static bool is_dots(const char *text, uint32_t bytes)
{
	return (bytes == 1 && text[0] == '.') || (bytes == 2 && text[0] == '.' && text[1] == '.');
}

bool name_pack(const char *text, uint32_t bytes, uint8_t packed[NAME_BYTES])
{
	uint32_t at = 0, end = BASE;
	bool extension = false;

	for (uint32_t i = 0; i < NAME_BYTES; i++) {
		packed[i] = ' ';
	}
	if (is_dots(text, bytes)) {
		packed[0] = '.';
		packed[1] = bytes == 2 ? '.' : ' ';
		return true;
	}
	for (uint32_t i = 0; i < bytes; i++) {
		uint8_t character = (uint8_t)text[i];

		if (character == '.') {
			if (extension || i == 0) {
				return false;
			}
			extension = true;
			at = BASE;
			end = NAME_BYTES;
		} else if (character == '*') {
			while (at < end) {
				packed[at++] = '?';
			}
		} else if (character != '?' && !name_is_character(character)) {
			return false;
		} else if (at < end) {
			packed[at++] = name_upper(character);
		}
	}
	return packed[0] != ' ';
}

uint32_t name_unpack(const uint8_t packed[NAME_BYTES], char text[NAME_TEXT_BYTES])
{
	uint32_t bytes = 0;

	for (uint32_t i = 0; i < BASE && packed[i] != ' '; i++) {
		text[bytes++] = (char)packed[i];
	}
	for (uint32_t i = BASE; i < NAME_BYTES && packed[i] != ' '; i++) {
		if (i == BASE) {
			text[bytes++] = '.';
		}
		text[bytes++] = (char)packed[i];
	}
	text[bytes] = 0;
	return bytes;
}

bool name_has_wildcards(const uint8_t packed[NAME_BYTES])
{
	for (uint32_t i = 0; i < NAME_BYTES; i++) {
		if (packed[i] == '?') {
			return true;
		}
	}
	return false;
}

bool name_match(const uint8_t pattern[NAME_BYTES], const uint8_t name[NAME_BYTES])
{
	for (uint32_t i = 0; i < NAME_BYTES; i++) {
		if (pattern[i] != '?' && pattern[i] != name[i]) {
			return false;
		}
	}
	return true;
}

void name_apply(const uint8_t pattern[NAME_BYTES], const uint8_t name[NAME_BYTES],
		uint8_t result[NAME_BYTES])
{
	for (uint32_t i = 0; i < NAME_BYTES; i++) {
		result[i] = pattern[i] == '?' ? name[i] : pattern[i];
	}
}

/* A name of the tree (UTF-8) in the code page; its bytes, 0: that cannot be, or is too long. */
static uint32_t to_code_page(const char *name, uint32_t bytes, char text[NAME_TEXT_BYTES])
{
	uint32_t count = 0;

	for (uint32_t at = 0, used = 1; at < bytes; at += used, used = 1) {
		uint8_t character = (uint8_t)name[at];

		if (character >= 0x80) {
			character =
				terminal_from_utf8((const uint8_t *)name + at, bytes - at, &used);
			/* One that loses its accent in upper case is not found again by that. */
			if (character == 0 || name_upper(character) < 0x80) {
				return 0;
			}
		}
		if (count == NAME_TEXT_BYTES - 1) {
			return 0;
		}
		text[count++] = (char)character;
	}
	return count;
}

/* Is it a DOS name as it stands, but for the case of its letters? */
static bool is_short(const char *name, uint32_t bytes)
{
	uint32_t dot = bytes;

	if (bytes == 0 || bytes > 12) {
		return false;
	}
	for (uint32_t i = 0; i < bytes; i++) {
		if (name[i] == '.') {
			if (dot != bytes) {
				return false;
			}
			dot = i;
		} else if (!name_is_character((uint8_t)name[i])) {
			return false;
		}
	}
	return dot >= 1 && dot <= BASE && (dot == bytes || (bytes - dot >= 2 && bytes - dot <= 4));
}

static bool is_plain(char character)
{
	return name_is_character((uint8_t)character) && (uint8_t)character < 0x80 &&
	       character != '~';
}

void name_alias(const char *name, uint32_t bytes, uint8_t packed[NAME_BYTES])
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
	uint32_t hash = 2166136261u, dot = bytes, at = 0; /* FNV-1a */
	char text[NAME_TEXT_BYTES];
	uint32_t text_bytes = to_code_page(name, bytes, text);

	if (is_dots(name, bytes) || is_short(text, text_bytes)) {
		(void)name_pack(text, text_bytes, packed);
		return;
	}
	for (uint32_t i = 0; i < NAME_BYTES; i++) {
		packed[i] = ' ';
	}
	for (uint32_t i = 0; i < bytes; i++) {
		hash = (hash ^ (uint8_t)name[i]) * 16777619u;
		dot = name[i] == '.' && i > 0 ? i : dot;
	}
	for (uint32_t i = 0; i < dot && at < 4; i++) {
		if (is_plain(name[i])) {
			packed[at++] = name_upper((uint8_t)name[i]);
		}
	}
	packed[at++] = '~';
	for (int i = 0; i < 3; i++) {
		packed[at++] = (uint8_t)digits[hash >> (27 - 5 * i) & 31];
	}
	at = BASE;
	for (uint32_t i = dot + 1; i < bytes && at < NAME_BYTES; i++) {
		if (is_plain(name[i])) {
			packed[at++] = name_upper((uint8_t)name[i]);
		}
	}
}

static bool is_separator(char character)
{
	return character == '\\' || character == '/';
}

static uint32_t length(const char *text)
{
	uint32_t bytes = 0;

	while (text[bytes] != 0) {
		bytes++;
	}
	return bytes;
}

uint32_t name_parent(const struct dos_path *path)
{
	uint32_t bytes = length(path->text);

	while (bytes > 0 && path->text[bytes - 1] != '\\') {
		bytes--;
	}
	return bytes > 0 ? bytes - 1 : 0;
}

/* Adds a component, whose ".." takes one away; false: no path. */
static bool add_component(struct dos_path *path, const char *text, uint32_t bytes)
{
	uint32_t used = length(path->text);
	uint8_t packed[NAME_BYTES];
	char name[NAME_TEXT_BYTES];
	uint32_t name_bytes = 0;

	if (!name_pack(text, bytes, packed)) {
		return false;
	}
	if (packed[0] == '.') {
		if (packed[1] == '.') {
			if (used == 0) {
				return false;
			}
			path->text[name_parent(path)] = 0;
		}
		return true;
	}
	name_bytes = name_unpack(packed, name);
	if (used + 1 + name_bytes >= NAME_PATH_BYTES) {
		return false;
	}
	if (used > 0) {
		path->text[used++] = '\\';
	}
	for (uint32_t i = 0; i <= name_bytes; i++) {
		path->text[used + i] = name[i];
	}
	return true;
}

int name_resolve(struct dos_path *path, const char *said, uint8_t drive,
		 const char (*directories)[NAME_PATH_BYTES], uint8_t drives)
{
	path->drive = drive;
	path->text[0] = 0;
	if (said[0] != 0 && said[1] == ':') {
		uint8_t letter = name_upper((uint8_t)said[0]);

		path->drive = (uint8_t)(letter - 'A');
		said += 2;
	}
	if (path->drive >= drives) {
		return 15;
	}
	if (!is_separator(said[0])) {
		for (uint32_t i = 0; i < NAME_PATH_BYTES; i++) {
			path->text[i] = directories[path->drive][i];
		}
		path->text[NAME_PATH_BYTES - 1] = 0;
	}
	while (*said != 0) {
		uint32_t bytes = 0;

		while (is_separator(*said)) {
			said++;
		}
		while (said[bytes] != 0 && !is_separator(said[bytes])) {
			bytes++;
		}
		if (bytes > 0 && !add_component(path, said, bytes)) {
			return 3;
		}
		said += bytes;
	}
	return 0;
}

int name_device(const uint8_t packed[NAME_BYTES])
{
	static const struct {
		char name[BASE + 1];
		int device;
	} devices[] = {
		{"CON     ", DEVICE_CON},   {"AUX     ", DEVICE_AUX}, {"COM1    ", DEVICE_AUX},
		{"PRN     ", DEVICE_PRN},   {"LPT1    ", DEVICE_PRN}, {"NUL     ", DEVICE_NUL},
		{"CLOCK$  ", DEVICE_CLOCK},
	};

	for (uint32_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
		uint32_t same = 0;

		while (same < BASE && packed[same] == (uint8_t)devices[i].name[same]) {
			same++;
		}
		if (same == BASE) {
			return devices[i].device;
		}
	}
	return DEVICE_NONE;
}
