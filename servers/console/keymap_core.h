/* Keys: from a PC keyboard's scan codes (set 1, US layout) to what programs with TERM=linux read,
   to the chords that belong to the console itself, and, for programs that own their screen, the
   scan codes as they are. Pure.

   A key that comes from elsewhere (serial_keys_core.h) takes the same way from struct keymap_key
   on, and can be turned back into scan codes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* In the order in which terminals number them. */
#define KEYMAP_SHIFT   0x1u
#define KEYMAP_ALT     0x2u
#define KEYMAP_CONTROL 0x4u

/* A key's code is its make code, with KEYMAP_E0 if the keyboard sends 0xe0 before it. */
#define KEYMAP_E0 0x80u

#define KEYMAP_ESCAPE        0x01u
#define KEYMAP_BACKSPACE     0x0eu
#define KEYMAP_TAB           0x0fu
#define KEYMAP_ENTER         0x1cu
#define KEYMAP_LEFT_CONTROL  0x1du
#define KEYMAP_LEFT_SHIFT    0x2au
#define KEYMAP_RIGHT_SHIFT   0x36u
#define KEYMAP_LEFT_ALT      0x38u
#define KEYMAP_CAPS_LOCK     0x3au
#define KEYMAP_F1            0x3bu /* to F10 in order */
#define KEYMAP_NUM_LOCK      0x45u
#define KEYMAP_SCROLL_LOCK   0x46u
#define KEYMAP_F11           0x57u
#define KEYMAP_F12           0x58u
#define KEYMAP_KEYPAD_5      0x4cu
#define KEYMAP_KEYPAD_ENTER  (KEYMAP_E0 | 0x1cu)
#define KEYMAP_KEYPAD_SLASH  (KEYMAP_E0 | 0x35u)
#define KEYMAP_RIGHT_CONTROL (KEYMAP_E0 | 0x1du)
#define KEYMAP_RIGHT_ALT     (KEYMAP_E0 | 0x38u)
#define KEYMAP_HOME          (KEYMAP_E0 | 0x47u)
#define KEYMAP_UP            (KEYMAP_E0 | 0x48u)
#define KEYMAP_PAGE_UP       (KEYMAP_E0 | 0x49u)
#define KEYMAP_LEFT          (KEYMAP_E0 | 0x4bu)
#define KEYMAP_RIGHT         (KEYMAP_E0 | 0x4du)
#define KEYMAP_END           (KEYMAP_E0 | 0x4fu)
#define KEYMAP_DOWN          (KEYMAP_E0 | 0x50u)
#define KEYMAP_PAGE_DOWN     (KEYMAP_E0 | 0x51u)
#define KEYMAP_INSERT        (KEYMAP_E0 | 0x52u)
#define KEYMAP_DELETE        (KEYMAP_E0 | 0x53u)

/* A key with what is held down, or, with code 0, a character from a terminal; its control
   characters are ASCII's. */
struct keymap_key {
	uint32_t character;
	uint8_t code;
	uint8_t modifiers;
};

/* What the console does itself. */
enum keymap_action {
	KEYMAP_NO_ACTION,
	KEYMAP_SHOW,      /* console `argument`: Alt-F1 is 0, to Alt-F10 */
	KEYMAP_SPLIT,     /* Alt-F11: two consoles at once, or one again */
	KEYMAP_FOCUS,     /* Alt-F12: the keys go to the other half */
	KEYMAP_VIEW_BACK, /* Shift-PageUp: half a screen of history */
	KEYMAP_VIEW_FORWARD,
	KEYMAP_REBOOT, /* Ctrl-Alt-Del */
	KEYMAP_REDRAW, /* a serial terminal may show something else: by its own keys alone */
};

/* How the program that gets the keys wants them. */
struct keymap_modes {
	bool raw;         /* scan codes, only the console's chords are taken out */
	bool cursor_keys; /* VT_MODE_CURSOR_KEYS */
	bool keypad;      /* VT_MODE_KEYPAD */
	bool newline;     /* VT_MODE_NEWLINE */
};

/* The most bytes that one key makes. */
#define KEYMAP_BYTES_MAX 16u

struct keymap_effects {
	enum keymap_action action;
	uint8_t argument;
	uint8_t count;
	uint8_t bytes[KEYMAP_BYTES_MAX]; /* for the program */
	bool lights_changed;             /* struct keymap's locks are the lights' new state */
};

#define KEYMAP_LIGHT_SCROLL 0x1u
#define KEYMAP_LIGHT_NUM    0x2u
#define KEYMAP_LIGHT_CAPS   0x4u

/* The keyboard; all zero: nothing held, no locks. */
struct keymap {
	uint8_t locks;         /* KEYMAP_LIGHT_* */
	uint8_t prefix;        /* 0xe0, or how many bytes of Pause are to come */
	uint8_t down[32];      /* a bit for each code: held */
	uint8_t swallowed[32]; /* held, but the program does not know: its break is kept from it too
				*/
};

/* Takes one byte from the keyboard. Bytes that are no scan codes (acknowledgements) do nothing. */
void keymap_scan(struct keymap *keymap, uint8_t byte, const struct keymap_modes *modes,
		 struct keymap_effects *effects);

/* The break codes of the keys that the program believes held, as when its console loses the
   keyboard; from then on it is told nothing of them. Returns how many bytes were written,
   `bytes_max` (2 at least) at most: call until 0. */
uint32_t keymap_release(struct keymap *keymap, uint8_t *bytes, uint32_t bytes_max);

/* What a key means for the console itself; KEYMAP_NO_ACTION: it is the program's. */
enum keymap_action keymap_action(const struct keymap_key *key, bool raw, uint8_t *argument);

/* The bytes that a program with TERM=linux reads for a key; `locks` are those of the keyboard. */
uint32_t keymap_bytes(const struct keymap_key *key, uint8_t locks, const struct keymap_modes *modes,
		      uint8_t bytes[KEYMAP_BYTES_MAX]);

/* The scan codes of typing a key: pressed with its modifiers and let go. A character that the US
   layout lacks is typed as people do on a PC: Alt and the digits of its code in code page 437. 0:
   it cannot be typed. */
uint32_t keymap_scans(const struct keymap_key *key, uint8_t bytes[KEYMAP_BYTES_MAX]);
