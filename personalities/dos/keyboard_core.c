/* See keyboard_core.h. */
#include "keyboard_core.h"

#define RING_FIRST 0x1e
#define RING_END   0x3e

#define SHIFT_RIGHT 0x01
#define SHIFT_LEFT  0x02
#define CONTROL     0x04
#define ALT         0x08
#define SCROLL_LOCK 0x10
#define NUM_LOCK    0x20
#define CAPS_LOCK   0x40

#define EXTENDED_NEXT 0x02 /* in KEYBOARD_FLAGS3: the last code was e0 */

static uint16_t get16(const uint8_t *memory, uint32_t address)
{
	return (uint16_t)(memory[address] | memory[address + 1] << 8);
}

static void put16(uint8_t *memory, uint32_t address, uint32_t value)
{
	memory[address] = (uint8_t)value;
	memory[address + 1] = (uint8_t)(value >> 8);
}

void keyboard_reset(uint8_t *memory)
{
	put16(memory, KEYBOARD_FLAGS, 0);
	memory[KEYBOARD_ALT] = 0;
	put16(memory, KEYBOARD_HEAD, RING_FIRST);
	put16(memory, KEYBOARD_TAIL, RING_FIRST);
	put16(memory, KEYBOARD_START, RING_FIRST);
	put16(memory, KEYBOARD_END, RING_END);
	memory[KEYBOARD_FLAGS3] = 0x10; /* a keyboard with 101 keys */
}

/* Programs may move the ring, or write nonsense where it is: then it is where it always was. */
static void ring_of(const uint8_t *memory, uint16_t *first, uint16_t *end)
{
	*first = get16(memory, KEYBOARD_START);
	*end = get16(memory, KEYBOARD_END);
	if (*first < RING_FIRST || *end > 0x1000 || *end < *first + 4 || (*end - *first) % 2 != 0) {
		*first = RING_FIRST;
		*end = RING_END;
	}
}

static uint16_t next_of(uint16_t at, uint16_t first, uint16_t end)
{
	return at < first || at + 2 >= end ? first : (uint16_t)(at + 2);
}

static uint16_t end_of_ring(const uint8_t *memory, uint32_t address, uint16_t first, uint16_t end)
{
	uint16_t at = get16(memory, address);

	return at < first || at + 2 > end ? first : at;
}

bool keyboard_put(uint8_t *memory, uint16_t key)
{
	uint16_t first = 0, end = 0, at = 0, next = 0;

	ring_of(memory, &first, &end);
	at = end_of_ring(memory, KEYBOARD_TAIL, first, end);
	next = next_of(at, first, end);
	if (next == end_of_ring(memory, KEYBOARD_HEAD, first, end)) {
		return false;
	}
	put16(memory, 0x400u + at, key);
	put16(memory, KEYBOARD_TAIL, next);
	return true;
}

bool keyboard_get(uint8_t *memory, bool take, uint16_t *key)
{
	uint16_t first = 0, end = 0, at = 0;

	ring_of(memory, &first, &end);
	at = end_of_ring(memory, KEYBOARD_HEAD, first, end);
	if (at == end_of_ring(memory, KEYBOARD_TAIL, first, end)) {
		return false;
	}
	*key = get16(memory, 0x400u + at);
	if (take) {
		put16(memory, KEYBOARD_HEAD, next_of(at, first, end));
	}
	return true;
}

/* Scan codes 1 to 39 (hexadecimal) of a US keyboard, and with the shift key. */
static const char plain[] = "\0\x1b"
			    "1234567890-=\b\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] = "\0\x1b"
			      "!@#$%^&*()_+\b\0QWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

uint16_t keyboard_of_character(uint8_t character)
{
	for (unsigned i = 1; i < sizeof plain - 1 && character != 0; i++) {
		if (character == (uint8_t)plain[i] || character == (uint8_t)shifted[i]) {
			return (uint16_t)(i << 8 | character);
		}
	}
	if (character >= 1 && character <= 26) {
		/* Control and a letter. */
		uint16_t letter = keyboard_of_character((uint8_t)(character - 1 + 'a'));

		return (uint16_t)((letter & 0xff00) | character);
	}
	return character;
}

/* The keys from F1 (3b) to Del (53); 0: no such key with these shift keys. */
static uint16_t function_key(uint8_t code, uint8_t flags, bool extended)
{
	static const char digits[] = "789-456+1230.";
	/* With Ctrl, from Home (47) on. */
	static const uint8_t control[] = {0x77, 0x8d, 0x84, 0x8e, 0x73, 0x8f, 0x74,
					  0x90, 0x75, 0x91, 0x76, 0x92, 0x93};

	if (code <= 0x44) {
		uint8_t first = (flags & ALT) != 0                          ? 0x68
				: (flags & CONTROL) != 0                    ? 0x5e
				: (flags & (SHIFT_LEFT | SHIFT_RIGHT)) != 0 ? 0x54
									    : 0x3b;

		return (uint16_t)((code - 0x3b + first) << 8);
	}
	if (code < 0x47) {
		return 0; /* Num Lock, Scroll Lock */
	}
	if ((flags & CONTROL) != 0) {
		return (uint16_t)(control[code - 0x47] << 8);
	}
	if (!extended &&
	    (code == 0x4a || code == 0x4e ||
	     ((flags & NUM_LOCK) != 0) != ((flags & (SHIFT_LEFT | SHIFT_RIGHT)) != 0))) {
		return (uint16_t)(code << 8 | (uint8_t)digits[code - 0x47]);
	}
	return (uint16_t)(code << 8 | (extended ? 0xe0 : 0));
}

/* The key of a scan code below 3b; 0: none. */
static uint16_t main_key(uint8_t code, uint8_t flags)
{
	bool shift = (flags & (SHIFT_LEFT | SHIFT_RIGHT)) != 0;
	uint8_t character = (uint8_t)plain[code];
	bool letter = character >= 'a' && character <= 'z';

	if ((flags & ALT) != 0) {
		if (letter) {
			return (uint16_t)(code << 8);
		}
		return code >= 2 && code <= 0x0d ? (uint16_t)((code + 0x76) << 8) : 0;
	}
	if ((flags & CONTROL) != 0) {
		switch (code) {
		case 0x03:
			return 0x0300; /* ^@ */
		case 0x07:
			return 0x071e;
		case 0x0c:
			return 0x0c1f;
		case 0x0e:
			return 0x0e7f;
		case 0x1c:
			return 0x1c0a;
		case 0x01:
		case 0x39:
			return (uint16_t)(code << 8 | character);
		default:
			break;
		}
		if (letter || character == '[' || character == '\\' || character == ']') {
			return (uint16_t)(code << 8 | (character & 0x1f));
		}
		return 0;
	}
	if (letter && (flags & CAPS_LOCK) != 0) {
		shift = !shift;
	}
	if (code == 0x0f && shift) {
		return 0x0f00;
	}
	character = (uint8_t)(shift ? shifted[code] : plain[code]);
	return character != 0 ? (uint16_t)(code << 8 | character) : 0;
}

static uint8_t shift_flag(uint8_t code)
{
	switch (code) {
	case 0x2a:
		return SHIFT_LEFT;
	case 0x36:
		return SHIFT_RIGHT;
	case 0x1d:
		return CONTROL;
	case 0x38:
		return ALT;
	default:
		return 0;
	}
}

static uint8_t lock_flag(uint8_t code)
{
	switch (code) {
	case 0x3a:
		return CAPS_LOCK;
	case 0x45:
		return NUM_LOCK;
	case 0x46:
		return SCROLL_LOCK;
	default:
		return 0;
	}
}

void keyboard_scan(uint8_t *memory, uint8_t code)
{
	bool extended = (memory[KEYBOARD_FLAGS3] & EXTENDED_NEXT) != 0;
	uint8_t flag = shift_flag(code & 0x7f);
	uint16_t key = 0;

	memory[KEYBOARD_FLAGS3] &= (uint8_t)~EXTENDED_NEXT;
	if (code == 0xe0) {
		memory[KEYBOARD_FLAGS3] |= EXTENDED_NEXT;
		return;
	}
	if (extended && (flag & (SHIFT_LEFT | SHIFT_RIGHT)) != 0) {
		return; /* the keyboard's own shifts around grey keys */
	}
	if (flag != 0) {
		memory[KEYBOARD_FLAGS] =
			(uint8_t)((code & 0x80) != 0 ? memory[KEYBOARD_FLAGS] & ~flag
						     : memory[KEYBOARD_FLAGS] | flag);
		return;
	}
	if ((code & 0x80) != 0) {
		return;
	}
	if (lock_flag(code) != 0) {
		memory[KEYBOARD_FLAGS] ^= lock_flag(code);
		return;
	}
	if (code < 0x3b) {
		key = main_key(code, memory[KEYBOARD_FLAGS]);
	} else if (code <= 0x53) {
		key = function_key(code, memory[KEYBOARD_FLAGS], extended);
	} else if (code == 0x57 || code == 0x58) {
		key = (uint16_t)((code - 0x57 + 0x85) << 8);
	}
	if (key != 0) {
		(void)keyboard_put(memory, key);
	}
}
