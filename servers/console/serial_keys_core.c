/* A terminal's bytes become keys; see serial_keys_core.h. */
#include "serial_keys_core.h"

#define CAN           0x18
#define ESC           0x1b
#define PARAMETER_MAX 999u
#define MOUSE_BYTES   3u

/* The keys that end in a letter, behind ESC [ or ESC O. */
static uint8_t key_of_letter(uint8_t letter)
{
	switch (letter) {
	case 'A':
		return KEYMAP_UP;
	case 'B':
		return KEYMAP_DOWN;
	case 'C':
		return KEYMAP_RIGHT;
	case 'D':
		return KEYMAP_LEFT;
	case 'E':
	case 'G':
		return KEYMAP_KEYPAD_5;
	case 'F':
		return KEYMAP_END;
	case 'H':
		return KEYMAP_HOME;
	case 'P':
	case 'Q':
	case 'R':
	case 'S':
		return (uint8_t)(KEYMAP_F1 + (letter - 'P'));
	default:
		return 0;
	}
}

/* The keys of ESC [ number ~. Those above F12 are Shift and a lower one. */
static uint8_t key_of_number(uint32_t number, uint8_t *modifiers)
{
	static const uint8_t keys[] = {
		0,          KEYMAP_HOME,    KEYMAP_INSERT,    KEYMAP_DELETE,
		KEYMAP_END, KEYMAP_PAGE_UP, KEYMAP_PAGE_DOWN, KEYMAP_HOME,
		KEYMAP_END,
	};
	static const uint8_t functions[] = {
		1, 2, 3, 4, 5, 0, 6, 7, 8, 9, 10, 0, 11, 12, 13, 14, 0, 15, 16, 0, 17, 18, 19, 20,
	};
	if (number < sizeof keys) {
		return keys[number];
	}
	if (number < 11 || number - 11 >= sizeof functions || functions[number - 11] == 0) {
		return 0;
	}
	uint32_t function = functions[number - 11];
	if (function > 12) {
		*modifiers |= KEYMAP_SHIFT;
		function -= 12;
	}
	return (uint8_t)(function <= 10 ? KEYMAP_F1 + function - 1 : KEYMAP_F11 + function - 11);
}

/* The key behind the command key. */
static enum keymap_action command_of(const struct keymap_key *key, uint8_t *argument)
{
	uint32_t character = key->code == 0 ? key->character : 0;
	*argument = 0;
	if (character >= '0' && character <= '9') {
		*argument = (uint8_t)(character == '0' ? 9 : character - '1');
		return KEYMAP_SHOW;
	}
	switch (character) {
	case 's':
		return KEYMAP_SPLIT;
	case 'o':
	case '\t':
		return KEYMAP_FOCUS;
	case 'b':
		return KEYMAP_VIEW_BACK;
	case 'f':
		return KEYMAP_VIEW_FORWARD;
	case 'r':
		return KEYMAP_REDRAW;
	default:
		return KEYMAP_NO_ACTION;
	}
}

/* A whole key has been typed: it goes to the program, unless it is the console's. */
static void deliver(struct serial_keys *keys, struct keymap_key key, bool raw,
		    struct serial_keys_effects *effects)
{
	bool is_command =
		key.code == 0 && key.character == SERIAL_KEYS_COMMAND && key.modifiers == 0;
	if (is_command && !keys->command) {
		keys->command = true;
		return;
	}
	if (keys->command && !is_command) {
		/* Anything else is dropped: a mistyped command is not for the program. */
		effects->action = command_of(&key, &effects->argument);
		keys->command = false;
		return;
	}
	keys->command = false;
	effects->action = keymap_action(&key, raw, &effects->argument);
	if (effects->action == KEYMAP_NO_ACTION) {
		effects->has_key = true;
		effects->key = key;
	}
}

static void deliver_code(struct serial_keys *keys, uint8_t code, uint32_t modifiers, bool raw,
			 struct serial_keys_effects *effects)
{
	keys->state = SERIAL_KEYS_GROUND;
	if (code != 0) {
		deliver(keys, (struct keymap_key){0, code, (uint8_t)(modifiers & 7)}, raw, effects);
	}
}

static void escape_typed(struct serial_keys *keys, uint64_t now_ms)
{
	keys->state = SERIAL_KEYS_ESCAPE;
	keys->escape_ms = now_ms;
	keys->alt = false;
	keys->decoder = (struct charset_decoder){0};
}

static void text(struct serial_keys *keys, uint8_t byte, bool raw, uint64_t now_ms,
		 struct serial_keys_effects *effects)
{
	if (byte == ESC) {
		escape_typed(keys, now_ms);
		return;
	}
	uint32_t codepoint = 0;
	enum charset_result result = charset_decode(&keys->decoder, byte, &codepoint);
	if (result == CHARSET_CUT) {
		keys->alt = false;
		result = charset_decode(&keys->decoder, byte, &codepoint);
	}
	if (result == CHARSET_MORE) {
		return;
	}
	uint8_t modifiers = keys->alt ? KEYMAP_ALT : 0;
	keys->alt = false;
	if (result == CHARSET_DONE) {
		deliver(keys, (struct keymap_key){codepoint, 0, modifiers}, raw, effects);
	}
}

static void escape(struct serial_keys *keys, uint8_t byte, bool raw, uint64_t now_ms,
		   struct serial_keys_effects *effects)
{
	switch (byte) {
	case '[':
		keys->state = SERIAL_KEYS_CSI;
		keys->parameters[0] = 0;
		keys->parameter_count = 1;
		keys->marker = 0;
		break;
	case 'O':
		keys->state = SERIAL_KEYS_SS3;
		break;
	case ESC:
		/* The first one was a key. */
		escape_typed(keys, now_ms);
		deliver(keys, (struct keymap_key){0, KEYMAP_ESCAPE, 0}, raw, effects);
		break;
	default:
		keys->state = SERIAL_KEYS_GROUND;
		keys->alt = true;
		text(keys, byte, raw, now_ms, effects);
		break;
	}
}

/* ESC [ ... final: modifiers are told as one more than their bits. */
static void csi_end(struct serial_keys *keys, uint8_t final, bool raw,
		    struct serial_keys_effects *effects)
{
	uint32_t told = keys->parameter_count > 1 ? keys->parameters[1] : 1;
	uint8_t modifiers = told >= 1 && told <= 16 ? (uint8_t)((told - 1) & 7) : 0;
	uint8_t code = 0;
	if (keys->marker != 0) {
		code = 0;
	} else if (final == '~') {
		code = key_of_number(keys->parameters[0], &modifiers);
	} else if (final == 'Z') {
		code = KEYMAP_TAB;
		modifiers |= KEYMAP_SHIFT;
	} else if (keys->parameters[0] <= 1 && told <= 16) {
		/* With other numbers it is an answer, such as the cursor's place. */
		code = key_of_letter(final);
	}
	deliver_code(keys, code, modifiers, raw, effects);
}

static void csi(struct serial_keys *keys, uint8_t byte, bool raw,
		struct serial_keys_effects *effects)
{
	uint32_t *parameter = &keys->parameters[keys->parameter_count - 1];
	if (byte >= '0' && byte <= '9') {
		uint32_t value = *parameter * 10 + (byte - '0');
		*parameter = value < PARAMETER_MAX ? value : PARAMETER_MAX;
	} else if (byte == ';') {
		if (keys->parameter_count < SERIAL_KEYS_PARAMETERS_MAX) {
			keys->parameters[keys->parameter_count++] = 0;
		} else {
			keys->marker = byte;
		}
	} else if (byte == '[' && keys->parameter_count == 1 && *parameter == 0) {
		keys->state = SERIAL_KEYS_LINUX;
	} else if (byte == 'M' && keys->marker == 0) {
		keys->state = SERIAL_KEYS_MOUSE;
		keys->skip = MOUSE_BYTES;
	} else if (byte < 0x40) {
		keys->marker = byte;
	} else {
		csi_end(keys, byte, raw, effects);
	}
}

/* ESC O: cursor keys, F1 to F4, and the keypad, which is told by what it has on its caps. */
static void ss3(struct serial_keys *keys, uint8_t byte, bool raw,
		struct serial_keys_effects *effects)
{
	static const uint8_t keypad[] =
		"\x37\x4e\x00\x4a\x53\x00\x52\x4f\x50\x51\x4b\x4c\x4d\x47\x48\x49";
	uint8_t code = key_of_letter(byte);
	if (byte == 'M') {
		code = KEYMAP_KEYPAD_ENTER;
	} else if (byte == 'o') {
		code = KEYMAP_KEYPAD_SLASH;
	} else if (byte >= 'j' && byte <= 'y') {
		code = keypad[byte - 'j'];
	}
	deliver_code(keys, code, 0, raw, effects);
}

void serial_keys_byte(struct serial_keys *keys, uint8_t byte, bool raw, uint64_t now_ms,
		      struct serial_keys_effects *effects)
{
	*effects = (struct serial_keys_effects){0};
	switch (keys->state) {
	case SERIAL_KEYS_GROUND:
		text(keys, byte, raw, now_ms, effects);
		break;
	case SERIAL_KEYS_ESCAPE:
		escape(keys, byte, raw, now_ms, effects);
		break;
	case SERIAL_KEYS_MOUSE:
		if (--keys->skip == 0) {
			deliver_code(keys, 0, 0, raw, effects);
		}
		break;
	default:
		if (byte == ESC) {
			escape_typed(keys, now_ms);
		} else if (byte == CAN) {
			deliver_code(keys, 0, 0, raw, effects);
		} else if (byte < 0x20) {
			break;
		} else if (keys->state == SERIAL_KEYS_CSI) {
			csi(keys, byte, raw, effects);
		} else if (keys->state == SERIAL_KEYS_SS3) {
			ss3(keys, byte, raw, effects);
		} else {
			uint8_t code =
				byte >= 'A' && byte <= 'E' ? (uint8_t)(KEYMAP_F1 + byte - 'A') : 0;
			deliver_code(keys, code, 0, raw, effects);
		}
		break;
	}
	if (keys->state != SERIAL_KEYS_GROUND) {
		effects->wake_ms = SERIAL_KEYS_ESCAPE_MS;
	}
}

void serial_keys_idle(struct serial_keys *keys, bool raw, uint64_t now_ms,
		      struct serial_keys_effects *effects)
{
	*effects = (struct serial_keys_effects){0};
	if (keys->state == SERIAL_KEYS_GROUND) {
		return;
	}
	uint64_t passed_ms = now_ms - keys->escape_ms;
	if (passed_ms < SERIAL_KEYS_ESCAPE_MS) {
		effects->wake_ms = (uint32_t)(SERIAL_KEYS_ESCAPE_MS - passed_ms);
		return;
	}
	enum serial_keys_state state = keys->state;
	keys->state = SERIAL_KEYS_GROUND;
	if (state == SERIAL_KEYS_ESCAPE) {
		deliver(keys, (struct keymap_key){0, KEYMAP_ESCAPE, 0}, raw, effects);
	} else if (state == SERIAL_KEYS_SS3) {
		deliver(keys, (struct keymap_key){'O', 0, KEYMAP_ALT}, raw, effects);
	} else if (state == SERIAL_KEYS_CSI && keys->parameter_count == 1 &&
		   keys->parameters[0] == 0 && keys->marker == 0) {
		deliver(keys, (struct keymap_key){'[', 0, KEYMAP_ALT}, raw, effects);
	}
}
