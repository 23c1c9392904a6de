/* See keyboard_core.h. */
#include "keyboard_core.h"

#define RING_FIRST 0x1e
#define RING_END   0x3e

#define SHIFT_RIGHT KEYBOARD_SHIFT_RIGHT
#define SHIFT_LEFT  KEYBOARD_SHIFT_LEFT
#define SHIFTS      (SHIFT_RIGHT | SHIFT_LEFT)
#define CONTROL     KEYBOARD_CONTROL
#define ALT         KEYBOARD_ALTERNATE
#define SCROLL_LOCK 0x10
#define NUM_LOCK    0x20
#define CAPS_LOCK   0x40
#define INSERT      0x80

/* In KEYBOARD_FLAGS2, besides the locks that are held. */
#define LEFT_CONTROL 0x01
#define LEFT_ALT     0x02
#define SYSREQ_HELD  0x04
#define PAUSED       KEYBOARD_PAUSED

/* In KEYBOARD_FLAGS3. */
#define LAST_E1       0x01
#define LAST_E0       0x02
#define RIGHT_CONTROL 0x04
#define RIGHT_ALT     0x08
#define KEYS_101      0x10

#define RELEASED 0x80u /* in a scan code */

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
	memory[KEYBOARD_FLAGS3] = KEYS_101;
	memory[KEYBOARD_LEDS] = 0;
	memory[KEYBOARD_BREAK] = 0;
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

static void forget_all(uint8_t *memory)
{
	uint16_t key = 0;

	while (keyboard_get(memory, true, &key)) {
	}
}

/* 0: a key that the first AT did not have. */
static uint16_t old_key(uint16_t key)
{
	uint8_t code = key >> 8, character = (uint8_t)key;

	if (code == 0xe0) {
		return character == '/' ? 0x352f : (uint16_t)(0x1c00 | character);
	}
	if (code != 0 && character == 0xe0) {
		character = 0;
	}
	if (code > 0x84 || (code != 0 && character == 0xf0)) {
		return 0;
	}
	return (uint16_t)(code << 8 | character);
}

bool keyboard_get_old(uint8_t *memory, bool take, uint16_t *key)
{
	uint16_t found = 0;

	while (keyboard_get(memory, false, &found)) {
		uint16_t old = found != 0 ? old_key(found) : 0;

		if (take || (old == 0 && found != 0)) {
			(void)keyboard_get(memory, true, &found);
		}
		if (old != 0 || found == 0) {
			*key = old;
			return true;
		}
	}
	return false;
}

/* ------------------------------------------------------------------------------ scan codes */

/* Scan codes 1 to 39 (hexadecimal) of a US keyboard, and with the shift key. */
static const char plain[] = "\0\x1b"
			    "1234567890-=\b\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] = "\0\x1b"
			      "!@#$%^&*()_+\b\0QWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

#define KEY_ENTER 0x1cu
#define KEY_SLASH 0x35u
#define KEY_STAR  0x37u
#define KEY_F1    0x3bu
#define KEY_F10   0x44u
#define KEY_NUM   0x45u
#define KEY_BREAK 0x46u
#define KEY_HOME  0x47u
#define KEY_MINUS 0x4au
#define KEY_FIVE  0x4cu
#define KEY_PLUS  0x4eu
#define KEY_INS   0x52u
#define KEY_DEL   0x53u
#define KEY_SYS   0x54u
#define KEY_102   0x56u
#define KEY_F11   0x57u
#define KEY_F12   0x58u

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

static bool is_letter(uint8_t code)
{
	return code < sizeof plain && plain[code] >= 'a' && plain[code] <= 'z';
}

/* What these rows say is the first code of F1 and of F11, without and with shift keys. */
static uint16_t function_key(uint8_t code, uint8_t flags)
{
	uint32_t column = (flags & ALT) != 0       ? 3
			  : (flags & CONTROL) != 0 ? 2
			  : (flags & SHIFTS) != 0  ? 1
						   : 0;
	static const uint8_t f1[] = {0x3b, 0x54, 0x5e, 0x68};
	static const uint8_t f11[] = {0x85, 0x87, 0x89, 0x8b};

	return (uint16_t)((code >= KEY_F11 ? f11[column] + code - KEY_F11
					   : f1[column] + code - KEY_F1)
			  << 8);
}

/* From Home (47) to Del (53): on the number pad, or (after e0) those beside it. */
static uint16_t pad_key(uint8_t code, uint8_t flags, bool extended)
{
	static const char digits[] = "789-456+1230.";
	static const uint8_t control[] = {0x77, 0x8d, 0x84, 0x8e, 0x73, 0x8f, 0x74,
					  0x90, 0x75, 0x91, 0x76, 0x92, 0x93};
	uint8_t at = (uint8_t)(code - KEY_HOME);
	bool sign = code == KEY_MINUS || code == KEY_PLUS;

	if ((flags & ALT) != 0) {
		return (uint16_t)(extended ? (at + 0x97) << 8 : sign ? code << 8 : 0);
	}
	if ((flags & CONTROL) != 0) {
		return (uint16_t)(control[at] << 8 | (extended ? 0xe0 : 0));
	}
	if (!extended && (sign || ((flags & NUM_LOCK) != 0) != ((flags & SHIFTS) != 0))) {
		return (uint16_t)(code << 8 | (uint8_t)digits[at]);
	}
	return (uint16_t)(code << 8 | (extended ? 0xe0 : code == KEY_FIVE ? 0xf0 : 0));
}

static uint16_t alt_key(uint8_t code)
{
	if (code >= 2 && code <= 0x0d) {
		return (uint16_t)((code + 0x76) << 8);
	}
	switch (code) {
	case 0x0f:
		return 0xa500;
	case 0x39:
		return 0x3920;
	default:
		return (uint16_t)(code << 8);
	}
}

static uint16_t control_key(uint8_t code)
{
	uint8_t character = (uint8_t)plain[code];

	switch (code) {
	case 0x03:
		return 0x0300; /* ^@ */
	case 0x07:
		return 0x071e;
	case 0x0c:
		return 0x0c1f;
	case 0x0e:
		return 0x0e7f;
	case 0x0f:
		return 0x9400;
	case KEY_ENTER:
		return 0x1c0a;
	case KEY_STAR:
		return 0x9600;
	case 0x01:
	case 0x39:
		return (uint16_t)(code << 8 | character);
	default:
		break;
	}
	return is_letter(code) || character == '[' || character == '\\' || character == ']'
		       ? (uint16_t)(code << 8 | (character & 0x1f))
		       : 0;
}

/* The key of a scan code below 3b; 0: none. */
static uint16_t main_key(uint8_t code, uint8_t flags)
{
	bool shift = (flags & SHIFTS) != 0;
	uint8_t character = 0;

	if (plain[code] == 0) {
		return 0;
	}
	if ((flags & ALT) != 0) {
		return alt_key(code);
	}
	if ((flags & CONTROL) != 0) {
		return control_key(code);
	}
	if (is_letter(code) && (flags & CAPS_LOCK) != 0) {
		shift = !shift;
	}
	if (code == 0x0f && shift) {
		return 0x0f00;
	}
	character = (uint8_t)(shift ? shifted[code] : plain[code]);
	return character != 0 ? (uint16_t)(code << 8 | character) : 0;
}

/* Enter and '/' of the number pad. */
static uint16_t grey_key(uint8_t code, uint8_t flags)
{
	bool enter = code == KEY_ENTER;

	if ((flags & ALT) != 0) {
		return enter ? 0xa600 : 0xa400;
	}
	if ((flags & CONTROL) != 0) {
		return enter ? 0xe00a : 0x9500;
	}
	return enter ? 0xe00d : 0xe02f;
}

static uint16_t key_of(uint8_t code, uint8_t flags, bool extended)
{
	if (extended && (code == KEY_ENTER || code == KEY_SLASH)) {
		return grey_key(code, flags);
	}
	if (code < KEY_F1) {
		return extended ? 0 : main_key(code, flags);
	}
	if (code <= KEY_F10 || code == KEY_F11 || code == KEY_F12) {
		return function_key(code, flags);
	}
	if (code >= KEY_HOME && code <= KEY_DEL) {
		return pad_key(code, flags, extended);
	}
	if (code == KEY_102 && (flags & (CONTROL | ALT)) == 0) {
		return (flags & SHIFTS) != 0 ? 0x567c : 0x565c;
	}
	return 0;
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
	case KEY_NUM:
		return NUM_LOCK;
	case KEY_BREAK:
		return SCROLL_LOCK;
	case KEY_INS:
		return INSERT;
	default:
		return 0;
	}
}

static void set(uint8_t *memory, uint32_t address, uint8_t bits, bool on)
{
	memory[address] = (uint8_t)(on ? memory[address] | bits : memory[address] & ~bits);
}

/* Ctrl and Alt are there twice: the left one is in one byte, the right one in another. */
static void move_shift(uint8_t *memory, uint8_t flag, bool extended, bool down)
{
	uint8_t left = flag == CONTROL ? LEFT_CONTROL : LEFT_ALT;
	uint8_t right = flag == CONTROL ? RIGHT_CONTROL : RIGHT_ALT;

	if ((flag & SHIFTS) != 0) {
		set(memory, KEYBOARD_FLAGS, flag, down);
		return;
	}
	set(memory, extended ? KEYBOARD_FLAGS3 : KEYBOARD_FLAGS2, extended ? right : left, down);
	set(memory, KEYBOARD_FLAGS, flag,
	    (memory[KEYBOARD_FLAGS2] & left) != 0 || (memory[KEYBOARD_FLAGS3] & right) != 0);
	if (flag == ALT && !down && memory[KEYBOARD_ALT] != 0) {
		(void)keyboard_put(memory, memory[KEYBOARD_ALT]);
		memory[KEYBOARD_ALT] = 0;
	}
}

/* Once a time that it is pressed, though the keyboard repeats it. */
static void press_lock(uint8_t *memory, uint8_t flag)
{
	if ((memory[KEYBOARD_FLAGS2] & flag) == 0) {
		memory[KEYBOARD_FLAGS] ^= flag;
		set(memory, KEYBOARD_FLAGS2, flag, true);
	}
	memory[KEYBOARD_LEDS] =
		(uint8_t)((memory[KEYBOARD_LEDS] & ~7) | (memory[KEYBOARD_FLAGS] >> 4 & 7));
}

/* A digit of the number pad with Alt. */
static bool type_number(uint8_t *memory, uint8_t code, uint8_t flags, bool extended)
{
	static const int8_t digits[] = {7, 8, 9, -1, 4, 5, 6, -1, 1, 2, 3, 0};
	uint8_t at = (uint8_t)(code - KEY_HOME);

	if ((flags & ALT) == 0 || extended || code < KEY_HOME || code > KEY_INS || digits[at] < 0) {
		return false;
	}
	memory[KEYBOARD_ALT] = (uint8_t)(memory[KEYBOARD_ALT] * 10 + digits[at]);
	return true;
}

/* Keys that are no keys to a program. */
static bool special_key(uint8_t *memory, uint8_t code, uint8_t flags, bool extended,
			enum keyboard_action *action)
{
	if (code == KEY_BREAK && (flags & CONTROL) != 0) {
		forget_all(memory);
		(void)keyboard_put(memory, 0);
		memory[KEYBOARD_BREAK] |= 0x80;
		*action = KEYBOARD_DO_BREAK;
	} else if (code == KEY_NUM && (flags & CONTROL) != 0) {
		memory[KEYBOARD_FLAGS2] |= PAUSED;
	} else if (code == KEY_STAR && extended && (flags & (CONTROL | ALT)) == 0) {
		*action = KEYBOARD_DO_PRINT;
	} else if (code == KEY_SYS) {
		memory[KEYBOARD_FLAGS2] |= SYSREQ_HELD;
		*action = KEYBOARD_DO_SYSREQ;
	} else if (code == KEY_DEL && (flags & (CONTROL | ALT)) == (CONTROL | ALT)) {
		*action = KEYBOARD_DO_RESTART;
	} else {
		return false;
	}
	return true;
}

static void release(uint8_t *memory, uint8_t code, enum keyboard_action *action)
{
	set(memory, KEYBOARD_FLAGS2, lock_flag(code), false);
	if (code == KEY_SYS) {
		set(memory, KEYBOARD_FLAGS2, SYSREQ_HELD, false);
		*action = KEYBOARD_DO_SYSREQ_UP;
	}
}

static void press(uint8_t *memory, uint8_t code, bool extended, enum keyboard_action *action)
{
	uint8_t flags = memory[KEYBOARD_FLAGS];
	uint16_t key = 0;

	if (special_key(memory, code, flags, extended, action)) {
		return;
	}
	if ((memory[KEYBOARD_FLAGS2] & PAUSED) != 0 && code != KEY_NUM) {
		memory[KEYBOARD_FLAGS2] &= (uint8_t)~PAUSED; /* this key ends the pause */
		return;
	}
	if (type_number(memory, code, flags, extended)) {
		return;
	}
	if (lock_flag(code) != 0 && !(code == KEY_INS && (flags & (CONTROL | ALT)) != 0)) {
		press_lock(memory, lock_flag(code));
		if (code != KEY_INS) {
			return;
		}
	}
	key = key_of(code, flags, extended);
	if (key != 0) {
		(void)keyboard_put(memory, key);
	}
}

enum keyboard_action keyboard_scan(uint8_t *memory, uint8_t code)
{
	uint8_t last = memory[KEYBOARD_FLAGS3] & (LAST_E0 | LAST_E1);
	bool extended = (last & LAST_E0) != 0, down = (code & RELEASED) == 0;
	uint8_t flag = shift_flag(code & 0x7f);
	enum keyboard_action action = KEYBOARD_NOTHING;

	if (code == 0xe0 || code == 0xe1) {
		memory[KEYBOARD_FLAGS3] |= code == 0xe0 ? LAST_E0 : LAST_E1;
		return action;
	}
	if ((last & LAST_E1) != 0) {
		/* Pause is e1 1d 45 and e1 9d c5. */
		if (flag == CONTROL) {
			return action;
		}
		memory[KEYBOARD_FLAGS3] &= (uint8_t) ~(LAST_E0 | LAST_E1);
		if (code == KEY_NUM) {
			memory[KEYBOARD_FLAGS2] |= PAUSED;
		}
		return action;
	}
	memory[KEYBOARD_FLAGS3] &= (uint8_t)~LAST_E0;
	if (extended && (flag & SHIFTS) != 0) {
		return action; /* the keyboard's own shifts around grey keys */
	}
	if (flag != 0) {
		move_shift(memory, flag, extended, down);
	} else if (down) {
		press(memory, code, extended, &action);
	} else {
		release(memory, code & 0x7f, &action);
	}
	return action;
}

uint16_t keyboard_shifts(const uint8_t *memory)
{
	uint8_t held = memory[KEYBOARD_FLAGS2];
	uint8_t high = (uint8_t)((held & (LEFT_CONTROL | LEFT_ALT | 0x70)) |
				 (memory[KEYBOARD_FLAGS3] & (RIGHT_CONTROL | RIGHT_ALT)) |
				 ((held & SYSREQ_HELD) != 0 ? 0x80 : 0));

	return (uint16_t)(memory[KEYBOARD_FLAGS] | high << 8);
}

/* ------------------------------------------------------------------- keys as scan codes */

struct codes {
	uint8_t *bytes;
	uint32_t count;
};

static void add(struct codes *codes, uint8_t code)
{
	codes->bytes[codes->count++] = code;
}

static void add_key(struct codes *codes, uint8_t code, bool extended, bool down)
{
	if (extended) {
		add(codes, 0xe0);
	}
	add(codes, down ? code : code | RELEASED);
}

/* A character that no key has, as its number on the number pad. */
static void add_number(struct codes *codes, uint8_t character)
{
	static const uint8_t digits[] = {0x52, 0x4f, 0x50, 0x51, 0x4b,
					 0x4c, 0x4d, 0x47, 0x48, 0x49};
	uint32_t divisor = 100;

	add(codes, 0x38);
	for (; divisor > 0; divisor /= 10) {
		uint8_t code = digits[character / divisor % 10];

		add_key(codes, code, false, true);
		add_key(codes, code, false, false);
	}
	add(codes, 0x38 | RELEASED);
}

/* Which scan code and shift keys make the key; false: none do. */
static bool find_key(uint16_t key, uint8_t *code, uint8_t *flags, bool *extended)
{
	static const uint8_t tries[] = {0, SHIFT_LEFT, CONTROL, ALT};

	for (uint32_t i = 0; i < sizeof tries; i++) {
		for (uint32_t n = 1; n <= KEY_F12; n++) {
			/* Keys beside the number pad are those that a terminal has. */
			bool beside = n >= KEY_HOME && n <= KEY_DEL && n != KEY_MINUS &&
				      n != KEY_FIVE && n != KEY_PLUS;
			uint16_t made = key_of((uint8_t)n, tries[i], beside);

			if (beside && (made & 0xff) == 0xe0) {
				made &= 0xff00;
			}
			if (made == key && made != 0) {
				*code = (uint8_t)n;
				*flags = tries[i];
				*extended = beside;
				return true;
			}
		}
	}
	return false;
}

uint32_t keyboard_codes(uint16_t key, uint8_t *bytes)
{
	struct codes codes = {bytes, 0};
	uint8_t code = 0, flags = 0, shift = 0;
	bool extended = false;

	if (!find_key((key & 0xff) == 0xe0 && key > 0xff ? key & 0xff00 : key, &code, &flags,
		      &extended)) {
		if ((key & 0xff) != 0) {
			add_number(&codes, (uint8_t)key);
		}
		return codes.count;
	}
	shift = flags == SHIFT_LEFT ? 0x2a : flags == CONTROL ? 0x1d : 0x38;
	if (flags != 0) {
		add(&codes, shift);
	}
	add_key(&codes, code, extended, true);
	add_key(&codes, code, extended, false);
	if (flags != 0) {
		add(&codes, shift | RELEASED);
	}
	return codes.count;
}
