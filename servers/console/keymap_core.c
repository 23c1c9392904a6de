/* The US keyboard; see keymap_core.h. */
#include "keymap_core.h"

#include <tty/charset_core.h>

#define BREAK       0x80u
#define PREFIX_E0   0xe0u
#define PREFIX_E1   0xe1u
#define PAUSE_BYTES 2u /* behind each 0xe1 */
#define ESC         0x1b
#define DEL         0x7f

/* What the keys 0x02..0x39 write, alone and with Shift; 0: nothing. */
#define LAYOUT_FIRST 0x02u
#define LAYOUT_LAST  0x39u
static const char layout[2][LAYOUT_LAST - LAYOUT_FIRST + 2] = {
	"1234567890-=\0\0qwertyuiop[]\0\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ",
	"!@#$%^&*()_+\0\0QWERTYUIOP{}\0\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ",
};

/* The keypad 0x47..0x53: with Num Lock, and in the application mode behind ESC O. */
#define KEYPAD_FIRST 0x47u
#define KEYPAD_LAST  0x53u
#define KEYPAD_STAR  0x37u
#define KEYPAD_MINUS 0x4au
#define KEYPAD_PLUS  0x4eu
static const char keypad_digits[] = "789-456+1230.";
static const char keypad_application[] = "wxymtuvlqrspn";

static bool is_set(const uint8_t *bits, uint8_t code)
{
	return (bits[code / 8] >> code % 8 & 1) != 0;
}

static void set(uint8_t *bits, uint8_t code, bool on)
{
	uint8_t bit = (uint8_t)(1u << code % 8);
	bits[code / 8] = on ? bits[code / 8] | bit : bits[code / 8] & (uint8_t)~bit;
}

static uint32_t put_text(uint8_t *bytes, uint32_t count, const char *text)
{
	while (*text != 0 && count < KEYMAP_BYTES_MAX) {
		bytes[count++] = (uint8_t)*text++;
	}
	return count;
}

/* F1..F12 as 1..12; 0: no function key. */
static uint32_t function_number(uint8_t code)
{
	if (code >= KEYMAP_F1 && code < KEYMAP_F1 + 10) {
		return code - KEYMAP_F1 + 1;
	}
	if (code == KEYMAP_F11 || code == KEYMAP_F12) {
		return code - KEYMAP_F11 + 11;
	}
	return 0;
}

enum keymap_action keymap_action(const struct keymap_key *key, bool raw, uint8_t *argument)
{
	uint32_t function = function_number(key->code);
	*argument = 0;
	if (function != 0 && (key->modifiers & KEYMAP_ALT) != 0) {
		if (function == 11) {
			return KEYMAP_SPLIT;
		}
		if (function == 12) {
			return KEYMAP_FOCUS;
		}
		*argument = (uint8_t)(function - 1);
		return KEYMAP_SHOW;
	}
	if (raw) {
		return KEYMAP_NO_ACTION;
	}
	if (key->code == KEYMAP_DELETE && (key->modifiers & KEYMAP_ALT) != 0 &&
	    (key->modifiers & KEYMAP_CONTROL) != 0) {
		return KEYMAP_REBOOT;
	}
	if (key->modifiers == KEYMAP_SHIFT && key->code == KEYMAP_PAGE_UP) {
		return KEYMAP_VIEW_BACK;
	}
	if (key->modifiers == KEYMAP_SHIFT && key->code == KEYMAP_PAGE_DOWN) {
		return KEYMAP_VIEW_FORWARD;
	}
	return KEYMAP_NO_ACTION;
}

/* Linux's sequences for F1..F20; Shift adds twelve, as far as there are any. */
static uint32_t function_bytes(uint32_t function, bool shift, uint8_t *bytes, uint32_t count)
{
	static const uint8_t number[] = {17, 18, 19, 20, 21, 23, 24, 25,
					 26, 28, 29, 31, 32, 33, 34};
	if (shift && function <= 8) {
		function += 12;
	}
	if (function <= 5) {
		count = put_text(bytes, count, "\033[[");
		bytes[count++] = (uint8_t)('A' + function - 1);
		return count;
	}
	count = put_text(bytes, count, "\033[");
	bytes[count++] = (uint8_t)('0' + number[function - 6] / 10);
	bytes[count++] = (uint8_t)('0' + number[function - 6] % 10);
	bytes[count++] = '~';
	return count;
}

/* The keys between the letters and the keypad. Returns `count` unchanged for any other. */
static uint32_t navigation_bytes(uint8_t code, bool cursor_keys, uint8_t *bytes, uint32_t count)
{
	static const struct {
		uint8_t code;
		char letter; /* a cursor key's, or the number before a tilde */
	} keys[] = {
		{KEYMAP_UP, 'A'},      {KEYMAP_DOWN, 'B'},      {KEYMAP_RIGHT, 'C'},
		{KEYMAP_LEFT, 'D'},    {KEYMAP_HOME, '1'},      {KEYMAP_END, '4'},
		{KEYMAP_PAGE_UP, '5'}, {KEYMAP_PAGE_DOWN, '6'}, {KEYMAP_INSERT, '2'},
		{KEYMAP_DELETE, '3'},
	};
	for (uint32_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		if (keys[i].code != code) {
			continue;
		}
		bool letter = keys[i].letter >= 'A';
		count = put_text(bytes, count, letter && cursor_keys ? "\033O" : "\033[");
		bytes[count++] = (uint8_t)keys[i].letter;
		if (!letter) {
			bytes[count++] = '~';
		}
		return count;
	}
	return count;
}

static bool is_keypad(uint8_t code)
{
	return (code >= KEYPAD_FIRST && code <= KEYPAD_LAST) || code == KEYPAD_STAR;
}

static uint32_t keypad_bytes(uint8_t code, bool digits, const struct keymap_modes *modes,
			     uint8_t *bytes, uint32_t count)
{
	if (code == KEYPAD_STAR) {
		bytes[count++] = '*';
		return count;
	}
	uint32_t index = code - KEYPAD_FIRST;
	if (modes->keypad) {
		count = put_text(bytes, count, "\033O");
		bytes[count++] = (uint8_t)keypad_application[index];
	} else if (digits || code == KEYPAD_MINUS || code == KEYPAD_PLUS) {
		bytes[count++] = (uint8_t)keypad_digits[index];
	} else if (code == KEYMAP_KEYPAD_5) {
		count = put_text(bytes, count, "\033[G");
	} else {
		count = navigation_bytes(KEYMAP_E0 | code, modes->cursor_keys, bytes, count);
	}
	return count;
}

/* What Control makes of a character; -1: nothing. */
static int with_control(char character)
{
	if (character >= '@' && character <= '~') {
		return character & 0x1f;
	}
	switch (character) {
	case ' ':
	case '2':
		return 0;
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
		return 0x1b + (character - '3');
	case '8':
	case '?':
		return DEL;
	case '/':
	case '-':
		return 0x1f;
	default:
		return -1;
	}
}

static uint32_t layout_bytes(const struct keymap_key *key, uint8_t locks, uint8_t *bytes,
			     uint32_t count)
{
	if (key->code < LAYOUT_FIRST || key->code > LAYOUT_LAST) {
		return count;
	}
	bool shift = (key->modifiers & KEYMAP_SHIFT) != 0;
	char plain = layout[0][key->code - LAYOUT_FIRST];
	bool letter = plain >= 'a' && plain <= 'z';
	if (letter && (locks & KEYMAP_LIGHT_CAPS) != 0) {
		shift = !shift;
	}
	int character = layout[shift][key->code - LAYOUT_FIRST];
	if (character != 0 && (key->modifiers & KEYMAP_CONTROL) != 0) {
		character = with_control((char)character);
	} else if (character == 0) {
		character = -1;
	}
	if (character >= 0) {
		bytes[count++] = (uint8_t)character;
	}
	return count;
}

static uint32_t enter_bytes(bool newline, uint8_t *bytes, uint32_t count)
{
	return put_text(bytes, count, newline ? "\r\n" : "\r");
}

/* What the key itself writes, behind the `count` bytes that are there. */
static uint32_t plain_bytes(const struct keymap_key *key, uint8_t locks,
			    const struct keymap_modes *modes, uint8_t *bytes, uint32_t count)
{
	bool shift = (key->modifiers & KEYMAP_SHIFT) != 0;
	uint32_t function = function_number(key->code);
	if (key->code == 0) {
		return key->character == '\r'
			       ? enter_bytes(modes->newline, bytes, count)
			       : count + charset_encode(key->character, bytes + count);
	}
	if (function != 0) {
		return function_bytes(function, shift, bytes, count);
	}
	if (is_keypad(key->code)) {
		bool digits = ((locks & KEYMAP_LIGHT_NUM) != 0) != shift;
		return keypad_bytes(key->code, digits, modes, bytes, count);
	}
	switch (key->code) {
	case KEYMAP_ESCAPE:
		return put_text(bytes, count, "\033");
	case KEYMAP_BACKSPACE:
		return put_text(bytes, count, key->modifiers & KEYMAP_CONTROL ? "\b" : "\177");
	case KEYMAP_TAB: /* terminfo's back tab for this terminal is Meta-Tab */
		return put_text(bytes, count, shift && count == 0 ? "\033\t" : "\t");
	case KEYMAP_KEYPAD_ENTER:
		if (modes->keypad) {
			return put_text(bytes, count, "\033OM");
		}
		return enter_bytes(modes->newline, bytes, count);
	case KEYMAP_ENTER:
		return enter_bytes(modes->newline, bytes, count);
	case KEYMAP_KEYPAD_SLASH:
		return put_text(bytes, count, "/");
	default:
		break;
	}
	if (key->code & KEYMAP_E0) {
		return navigation_bytes(key->code, modes->cursor_keys, bytes, count);
	}
	return layout_bytes(key, locks, bytes, count);
}

uint32_t keymap_bytes(const struct keymap_key *key, uint8_t locks, const struct keymap_modes *modes,
		      uint8_t bytes[KEYMAP_BYTES_MAX])
{
	uint32_t prefix = 0;
	if (key->modifiers & KEYMAP_ALT) {
		bytes[prefix++] = ESC;
	}
	uint32_t count = plain_bytes(key, locks, modes, bytes, prefix);
	return count == prefix ? 0 : count; /* Alt alone writes nothing */
}

static uint8_t held_modifiers(const struct keymap *keymap)
{
	uint8_t modifiers = 0;
	if (is_set(keymap->down, KEYMAP_LEFT_SHIFT) || is_set(keymap->down, KEYMAP_RIGHT_SHIFT)) {
		modifiers |= KEYMAP_SHIFT;
	}
	if (is_set(keymap->down, KEYMAP_LEFT_CONTROL) ||
	    is_set(keymap->down, KEYMAP_RIGHT_CONTROL)) {
		modifiers |= KEYMAP_CONTROL;
	}
	if (is_set(keymap->down, KEYMAP_LEFT_ALT) || is_set(keymap->down, KEYMAP_RIGHT_ALT)) {
		modifiers |= KEYMAP_ALT;
	}
	return modifiers;
}

static bool is_modifier(uint8_t code)
{
	return code == KEYMAP_LEFT_SHIFT || code == KEYMAP_RIGHT_SHIFT ||
	       (code & ~KEYMAP_E0) == KEYMAP_LEFT_CONTROL || (code & ~KEYMAP_E0) == KEYMAP_LEFT_ALT;
}

static uint8_t lock_of(uint8_t code)
{
	switch (code) {
	case KEYMAP_CAPS_LOCK:
		return KEYMAP_LIGHT_CAPS;
	case KEYMAP_NUM_LOCK:
		return KEYMAP_LIGHT_NUM;
	case KEYMAP_SCROLL_LOCK:
		return KEYMAP_LIGHT_SCROLL;
	default:
		return 0;
	}
}

static void pass_raw(struct keymap_effects *effects, uint8_t code, uint8_t release)
{
	if (code & KEYMAP_E0) {
		effects->bytes[effects->count++] = PREFIX_E0;
	}
	effects->bytes[effects->count++] = (uint8_t)((code & ~KEYMAP_E0) | release);
}

static void key_down(struct keymap *keymap, uint8_t code, const struct keymap_modes *modes,
		     struct keymap_effects *effects)
{
	bool repeats = is_set(keymap->down, code);
	set(keymap->down, code, true);
	if (repeats && is_set(keymap->swallowed, code)) {
		return;
	}
	struct keymap_key key = {0, code, held_modifiers(keymap)};
	effects->action = keymap_action(&key, modes->raw, &effects->argument);
	if (effects->action != KEYMAP_NO_ACTION) {
		/* Moving the view repeats with the key, the others happen once. */
		bool view = effects->action == KEYMAP_VIEW_BACK ||
			    effects->action == KEYMAP_VIEW_FORWARD;
		set(keymap->swallowed, code, !view);
		return;
	}
	if (lock_of(code) != 0 && !repeats) {
		keymap->locks ^= lock_of(code);
		effects->lights_changed = true;
	}
	if (modes->raw) {
		pass_raw(effects, code, 0);
	} else if (!is_modifier(code) && lock_of(code) == 0) {
		effects->count = (uint8_t)keymap_bytes(&key, keymap->locks, modes, effects->bytes);
	}
}

static void key_up(struct keymap *keymap, uint8_t code, const struct keymap_modes *modes,
		   struct keymap_effects *effects)
{
	bool swallowed = is_set(keymap->swallowed, code);
	set(keymap->down, code, false);
	set(keymap->swallowed, code, false);
	if (modes->raw && !swallowed) {
		pass_raw(effects, code, BREAK);
	}
}

/* Pause sends two bytes behind 0xe1 when pressed, and two more at once; programs that own the
   screen get them. */
static bool pause_byte(struct keymap *keymap, uint8_t byte, bool raw,
		       struct keymap_effects *effects)
{
	if (byte == PREFIX_E1) {
		keymap->prefix = PAUSE_BYTES;
	} else if (keymap->prefix != 0 && keymap->prefix != PREFIX_E0) {
		keymap->prefix--;
	} else {
		return false;
	}
	if (raw) {
		effects->bytes[effects->count++] = byte;
	}
	return true;
}

void keymap_scan(struct keymap *keymap, uint8_t byte, const struct keymap_modes *modes,
		 struct keymap_effects *effects)
{
	*effects = (struct keymap_effects){0};
	if (pause_byte(keymap, byte, modes->raw, effects)) {
		return;
	}
	if (byte == PREFIX_E0) {
		keymap->prefix = PREFIX_E0;
		return;
	}
	bool extended = keymap->prefix == PREFIX_E0;
	keymap->prefix = 0;
	if (byte == 0 || byte == 0xfa || byte == 0xfe || byte == 0xff) {
		return; /* the controller's answers and complaints */
	}
	uint8_t code = (uint8_t)((byte & ~BREAK) | (extended ? KEYMAP_E0 : 0));
	if (code == (KEYMAP_E0 | KEYMAP_LEFT_SHIFT) || code == (KEYMAP_E0 | KEYMAP_RIGHT_SHIFT)) {
		/* Shifts that the keyboard makes up around its grey keys. */
		if (modes->raw) {
			pass_raw(effects, code, byte & BREAK);
		}
	} else if (byte & BREAK) {
		key_up(keymap, code, modes, effects);
	} else {
		key_down(keymap, code, modes, effects);
	}
}

uint32_t keymap_release(struct keymap *keymap, uint8_t *bytes, uint32_t bytes_max)
{
	uint32_t count = 0;
	for (uint32_t code = 0; code < 256 && count + 2 <= bytes_max; code++) {
		if (!is_set(keymap->down, (uint8_t)code) ||
		    is_set(keymap->swallowed, (uint8_t)code)) {
			continue;
		}
		set(keymap->swallowed, (uint8_t)code, true);
		if (code & KEYMAP_E0) {
			bytes[count++] = PREFIX_E0;
		}
		bytes[count++] = (uint8_t)((code & ~KEYMAP_E0) | BREAK);
	}
	return count;
}

/* Finds the key and the modifiers that write an ASCII character. False: none does. */
static bool key_of_character(uint32_t character, struct keymap_key *key)
{
	for (uint32_t shift = 0; shift < 2; shift++) {
		for (uint32_t i = 0; i <= LAYOUT_LAST - LAYOUT_FIRST; i++) {
			uint8_t code = (uint8_t)(LAYOUT_FIRST + i);
			if ((uint8_t)layout[shift][i] == character && code != KEYPAD_STAR) {
				key->code = code;
				key->modifiers |= shift ? KEYMAP_SHIFT : 0;
				return true;
			}
		}
	}
	return false;
}

/* The same for a character from a terminal, control characters included. */
static bool key_of_input(uint32_t character, struct keymap_key *key)
{
	switch (character) {
	case '\r':
	case '\n': /* pasted text ends its lines so */
		key->code = KEYMAP_ENTER;
		return true;
	case '\b':
	case DEL:
		key->code = KEYMAP_BACKSPACE;
		return true;
	case '\t':
		key->code = KEYMAP_TAB;
		return true;
	case ESC:
		key->code = KEYMAP_ESCAPE;
		return true;
	case 0:
		character = '2';
		key->modifiers |= KEYMAP_CONTROL;
		break;
	default:
		if (character < 0x20) {
			/* ESC is taken: 0x1c..0x1f are \ ] 6 - */
			character = character < 0x1b ? character + 'a' - 1
						     : (uint32_t) "\\]6-"[character - 0x1c];
			key->modifiers |= KEYMAP_CONTROL;
		}
		break;
	}
	return character != 0 && character < DEL && key_of_character(character, key);
}

/* Alt held, the code's digits on the keypad. */
static uint32_t alt_digits(uint8_t code, uint8_t *bytes)
{
	static const uint8_t digit_key[10] = {0x52, 0x4f, 0x50, 0x51, 0x4b,
					      0x4c, 0x4d, 0x47, 0x48, 0x49};
	uint32_t count = 0;
	bytes[count++] = KEYMAP_LEFT_ALT;
	for (uint32_t power = 100; power != 0; power /= 10) {
		uint8_t key = digit_key[code / power % 10];
		bytes[count++] = key;
		bytes[count++] = key | BREAK;
	}
	bytes[count++] = KEYMAP_LEFT_ALT | BREAK;
	return count;
}

uint32_t keymap_scans(const struct keymap_key *key, uint8_t bytes[KEYMAP_BYTES_MAX])
{
	static const uint8_t held[3] = {KEYMAP_LEFT_SHIFT, KEYMAP_LEFT_ALT, KEYMAP_LEFT_CONTROL};
	struct keymap_key typed = *key;
	if (typed.code == 0 && !key_of_input(key->character, &typed)) {
		int code = charset_to_cp437(key->character);
		return code > 0 ? alt_digits((uint8_t)code, bytes) : 0;
	}
	struct keymap_effects effects = {0};
	for (uint32_t i = 0; i < 3; i++) {
		if (typed.modifiers >> i & 1) {
			pass_raw(&effects, held[i], 0);
		}
	}
	pass_raw(&effects, typed.code, 0);
	pass_raw(&effects, typed.code, BREAK);
	for (uint32_t i = 3; i > 0; i--) {
		if (typed.modifiers >> (i - 1) & 1) {
			pass_raw(&effects, held[i - 1], BREAK);
		}
	}
	for (uint32_t i = 0; i < effects.count; i++) {
		bytes[i] = effects.bytes[i];
	}
	return effects.count;
}
