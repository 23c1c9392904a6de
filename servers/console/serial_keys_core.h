/* Keys typed at a terminal on the serial line: its bytes (UTF-8, the sequences of xterm, the VT220
   and Linux) become the same struct keymap_key that a keyboard makes. Pure; the time is passed in.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <tty/charset_core.h>
#include "keymap_core.h"

/* So long after an escape character it was the Escape key: sequences arrive in one go. */
#define SERIAL_KEYS_ESCAPE_MS 50u
/* Control-]: the next key is for the console, since terminals tend to keep Alt-F1 for themselves.
   Digits show a console (0 the tenth), s splits, Tab or o goes to the other half, b and f move the
   view, r draws all anew; twice, it is itself. */
#define SERIAL_KEYS_COMMAND 0x1du

#define SERIAL_KEYS_PARAMETERS_MAX 4u

enum serial_keys_state {
	SERIAL_KEYS_GROUND,
	SERIAL_KEYS_ESCAPE,
	SERIAL_KEYS_SS3,
	SERIAL_KEYS_CSI,
	SERIAL_KEYS_LINUX, /* ESC [ [ */
	SERIAL_KEYS_MOUSE, /* three bytes that say where it is */
};

/* All zero: at the beginning. */
struct serial_keys {
	enum serial_keys_state state;
	struct charset_decoder decoder;
	uint64_t escape_ms; /* when the last escape character came */
	uint32_t parameters[SERIAL_KEYS_PARAMETERS_MAX];
	uint8_t parameter_count;
	uint8_t marker; /* a byte < = > ? or an intermediate one: no key */
	uint8_t skip;   /* bytes of the mouse still to come */
	bool alt;       /* for the character being decoded */
	bool command;   /* the command key was pressed */
};

/* What a byte, or the time, brought; at most one of both. */
struct serial_keys_effects {
	bool has_key;
	struct keymap_key key;
	enum keymap_action action;
	uint8_t argument;
	uint32_t wake_ms; /* call serial_keys_idle so long from now; 0: not needed */
};

/* Takes one byte. `raw`: the program that gets the keys owns its screen. */
void serial_keys_byte(struct serial_keys *keys, uint8_t byte, bool raw, uint64_t now_ms,
		      struct serial_keys_effects *effects);

/* Time has passed: an escape character that stands alone becomes a key. */
void serial_keys_idle(struct serial_keys *keys, bool raw, uint64_t now_ms,
		      struct serial_keys_effects *effects);
