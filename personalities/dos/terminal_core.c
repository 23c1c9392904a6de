/* See terminal_core.h. */
#include "terminal_core.h"
#include "keyboard_core.h"

/* 80 to ff (hexadecimal) of code page 437. */
static const uint16_t unicode[] = {
	0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8,
	0x00ef, 0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2,
	0x00fb, 0x00f9, 0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1,
	0x00ed, 0x00f3, 0x00fa, 0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd,
	0x00bc, 0x00a1, 0x00ab, 0x00bb, 0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562,
	0x2556, 0x2555, 0x2563, 0x2551, 0x2557, 0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534,
	0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f, 0x255a, 0x2554, 0x2569, 0x2566, 0x2560,
	0x2550, 0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b,
	0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580, 0x03b1, 0x00df, 0x0393,
	0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9, 0x03b4, 0x221e, 0x03c6,
	0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248, 0x00b0,
	0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0};
_Static_assert(sizeof unicode == 256, "half a code page");

uint32_t terminal_room(const struct terminal_input *input)
{
	return TERMINAL_INPUT_BYTES - (input->count - input->last);
}

/* The key that was taken last is taken for good. */
static void forget_last(struct terminal_input *input)
{
	input->count -= input->last;
	for (uint32_t i = 0; i < input->count; i++) {
		input->bytes[i] = input->bytes[i + input->last];
	}
	input->last = 0;
}

void terminal_add(struct terminal_input *input, const uint8_t *bytes, uint32_t count)
{
	forget_last(input);
	for (uint32_t i = 0; i < count && input->count < TERMINAL_INPUT_BYTES; i++) {
		input->bytes[input->count++] = bytes[i];
	}
}

/* ESC [ A and the like: the scan code, and how many bytes; 0: not one of them. */
static uint16_t sequence(const uint8_t *bytes, uint32_t count, uint32_t *used)
{
	static const struct {
		char text[5];
		uint16_t key;
	} sequences[] = {
		{"[A", 0x4800},   {"[B", 0x5000},   {"[C", 0x4d00},   {"[D", 0x4b00},
		{"[H", 0x4700},   {"[F", 0x4f00},   {"[1~", 0x4700},  {"[2~", 0x5200},
		{"[3~", 0x5300},  {"[4~", 0x4f00},  {"[5~", 0x4900},  {"[6~", 0x5100},
		{"[[A", 0x3b00},  {"[[B", 0x3c00},  {"[[C", 0x3d00},  {"[[D", 0x3e00},
		{"[[E", 0x3f00},  {"[17~", 0x4000}, {"[18~", 0x4100}, {"[19~", 0x4200},
		{"[20~", 0x4300}, {"[21~", 0x4400}, {"[23~", 0x8500}, {"[24~", 0x8600},
		{"OP", 0x3b00},   {"OQ", 0x3c00},   {"OR", 0x3d00},   {"OS", 0x3e00},
		{"OA", 0x4800},   {"OB", 0x5000},   {"OC", 0x4d00},   {"OD", 0x4b00},
		{"OH", 0x4700},   {"OF", 0x4f00},   {"[11~", 0x3b00}, {"[12~", 0x3c00},
		{"[13~", 0x3d00}, {"[14~", 0x3e00}, {"[15~", 0x3f00}, {"[Z", 0x0f00},
	};

	for (uint32_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
		uint32_t same = 0;

		while (sequences[i].text[same] != 0 && same + 1 < count &&
		       bytes[same + 1] == (uint8_t)sequences[i].text[same]) {
			same++;
		}
		if (sequences[i].text[same] == 0) {
			*used = same + 1;
			return sequences[i].key;
		}
	}
	return 0;
}

#define SHIFT   1u
#define ALT     2u
#define CONTROL 4u

/* F1 to F12, and the keys from Home to Del, with shift keys. */
static uint16_t shifted_key(uint16_t key, uint32_t shifts)
{
	static const uint8_t control[] = {0x77, 0x8d, 0x84, 0x8e, 0x73, 0x8f, 0x74,
					  0x90, 0x75, 0x91, 0x76, 0x92, 0x93};
	uint32_t column = (shifts & ALT) != 0 ? 3 : (shifts & CONTROL) != 0 ? 2 : shifts & SHIFT;
	static const uint8_t f1[] = {0x3b, 0x54, 0x5e, 0x68}, f11[] = {0x85, 0x87, 0x89, 0x8b};
	uint32_t code = key >> 8;

	if (code >= 0x3b && code <= 0x44) {
		return (uint16_t)((f1[column] + code - 0x3b) << 8);
	}
	if (code == 0x85 || code == 0x86) {
		return (uint16_t)((f11[column] + code - 0x85) << 8);
	}
	if (code < 0x47 || code > 0x53 || column < 2) {
		return key;
	}
	return (uint16_t)((column == 2 ? control[code - 0x47] : code - 0x47 + 0x97) << 8);
}

/* ESC [ number ; shift keys + 1, letter or ~: what xterm sends; 0: not that. */
static uint16_t shifted_sequence(const uint8_t *bytes, uint32_t count, uint32_t *used)
{
	uint8_t plain[5] = {0x1b, '['};
	uint32_t at = 2, length = 2, same = 0, shifts = 0;
	uint16_t key = 0;

	if (count < 6 || bytes[1] != '[') {
		return 0;
	}
	while (at < count && at < 4 && bytes[at] >= '0' && bytes[at] <= '9') {
		plain[length++] = bytes[at++];
	}
	if (at + 2 >= count || bytes[at] != ';' || bytes[at + 1] < '2' || bytes[at + 1] > '8') {
		return 0;
	}
	shifts = bytes[at + 1] - '1';
	if (bytes[at + 2] == '~') {
		plain[length++] = '~';
	} else {
		length = 2;
		plain[1] = bytes[at + 2] >= 'P' && bytes[at + 2] <= 'S' ? 'O' : '[';
		plain[length++] = bytes[at + 2];
	}
	key = sequence(plain, length, &same);
	if (key == 0 || same != length) {
		return 0;
	}
	*used = at + 3;
	return shifted_key(key, shifts);
}

/*
 * ESC and a letter or digit, and nothing else: Alt with that key.  Who types Esc, and then
 * something else, is not so fast.
 */
static uint16_t alt_sequence(const uint8_t *bytes, uint32_t count, uint32_t *used)
{
	uint8_t letter = count == 2 ? bytes[1] : 0;
	uint32_t code = keyboard_of_character(letter) >> 8;

	if ((letter < '0' || letter > '9') && ((letter | 0x20) < 'a' || (letter | 0x20) > 'z')) {
		return 0;
	}
	*used = 2;
	return (uint16_t)((code <= 0x0d ? code + 0x76 : code) << 8);
}

uint8_t terminal_from_utf8(const uint8_t *bytes, uint32_t count, uint32_t *used)
{
	uint32_t code = 0;

	if (bytes[0] >= 0xc2 && bytes[0] < 0xe0 && count >= 2) {
		code = (bytes[0] & 0x1fu) << 6 | (bytes[1] & 0x3fu);
		*used = 2;
	} else if (bytes[0] >= 0xe0 && bytes[0] < 0xf0 && count >= 3) {
		code = (bytes[0] & 0x0fu) << 12 | (bytes[1] & 0x3fu) << 6 | (bytes[2] & 0x3fu);
		*used = 3;
	}
	for (uint32_t i = 1; code != 0 && i < *used; i++) {
		code = (bytes[i] & 0xc0) == 0x80 ? code : 0;
	}
	for (uint32_t i = 0; code != 0 && i < 128; i++) {
		if (unicode[i] == code) {
			return (uint8_t)(0x80 + i);
		}
	}
	return 0;
}

bool terminal_next(struct terminal_input *input, uint16_t *key)
{
	uint32_t used = 1;

	forget_last(input);
	if (input->count == 0) {
		return false;
	}
	*key = 0;
	if (input->bytes[0] == 0x1b) {
		*key = sequence(input->bytes, input->count, &used)
			       ?: shifted_sequence(input->bytes, input->count, &used)
			       ?: alt_sequence(input->bytes, input->count, &used);
	} else if (input->bytes[0] == 0x7f) {
		*key = 0x0e08;
	} else if (input->bytes[0] >= 0x80) {
		uint8_t character = terminal_from_utf8(input->bytes, input->count, &used);

		*key = character != 0 ? character : '?';
	}
	if (*key == 0) {
		*key = keyboard_of_character(input->bytes[0]);
	}
	input->last = used;
	return true;
}

void terminal_undo(struct terminal_input *input)
{
	input->last = 0;
}

uint32_t terminal_utf8(uint8_t character, char *text)
{
	uint32_t code = character < 0x80 ? character : unicode[character - 0x80];

	if (code < 0x80) {
		text[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		text[0] = (char)(0xc0 | code >> 6);
		text[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	text[0] = (char)(0xe0 | code >> 12);
	text[1] = (char)(0x80 | (code >> 6 & 0x3f));
	text[2] = (char)(0x80 | (code & 0x3f));
	return 3;
}
