/*
 * The keyboard as the BIOS has it: a ring of sixteen words at 40:1e (fifteen can be used) whose
 * ends are at 40:1a and 40:1c, and the shift keys at 40:17.  All state is in the program's memory.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define KEYBOARD_FLAGS  0x417u
#define KEYBOARD_FLAGS2 0x418u
#define KEYBOARD_ALT    0x419u /* the number that is typed with Alt */
#define KEYBOARD_HEAD   0x41au
#define KEYBOARD_TAIL   0x41cu
#define KEYBOARD_RING   0x41eu
#define KEYBOARD_BREAK  0x471u /* bit 7: Ctrl-Break was pressed */
#define KEYBOARD_START  0x480u /* where the ring is, as offsets from 40:0 */
#define KEYBOARD_END    0x482u
#define KEYBOARD_FLAGS3 0x496u
#define KEYBOARD_LEDS   0x497u

#define KEYBOARD_SHIFT_RIGHT 0x01
#define KEYBOARD_SHIFT_LEFT  0x02
#define KEYBOARD_CONTROL     0x04
#define KEYBOARD_ALTERNATE   0x08
#define KEYBOARD_PAUSED      0x08 /* in KEYBOARD_FLAGS2 */

void keyboard_reset(uint8_t *memory);

/* Adds a key, scan code << 8 | character; false: the ring is full. */
bool keyboard_put(uint8_t *memory, uint16_t key);

/* The first key; with "take" it is taken away.  false: there is none. */
bool keyboard_get(uint8_t *memory, bool take, uint16_t *key);

/* The same as INT 16h's functions 00 and 01 have it, which know the 84 keys of the first AT alone:
   others are thrown away. */
bool keyboard_get_old(uint8_t *memory, bool take, uint16_t *key);

/* What INT 9 has to do besides. */
enum keyboard_action {
	KEYBOARD_NOTHING,
	KEYBOARD_DO_BREAK,     /* INT 1Bh */
	KEYBOARD_DO_PRINT,     /* INT 5 */
	KEYBOARD_DO_SYSREQ,    /* INT 15h, 8500 */
	KEYBOARD_DO_SYSREQ_UP, /* 8501 */
	KEYBOARD_DO_RESTART,
};

/* What INT 9 does with one scan code: shift keys, and a key for the ring. */
enum keyboard_action keyboard_scan(uint8_t *memory, uint8_t code);

/* What INT 16h, 12h says of the shift keys. */
uint16_t keyboard_shifts(const uint8_t *memory);

/* The key of a character that came without a scan code, from a file or a terminal. */
uint16_t keyboard_of_character(uint8_t character);

/*
 * The scan codes that a keyboard sends when such a key is pressed and let go, with the shift keys
 * that it takes; a character without a key is typed as its number.  Returns how many, at most
 * KEYBOARD_CODES_MAX.
 */
#define KEYBOARD_CODES_MAX 12u
uint32_t keyboard_codes(uint16_t key, uint8_t *codes);
