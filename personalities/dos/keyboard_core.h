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
#define KEYBOARD_START  0x480u /* where the ring is, as offsets from 40:0 */
#define KEYBOARD_END    0x482u
#define KEYBOARD_FLAGS3 0x496u

void keyboard_reset(uint8_t *memory);

/* Adds a key, scan code << 8 | character; false: the ring is full. */
bool keyboard_put(uint8_t *memory, uint16_t key);

/* The first key; with "take" it is taken away.  false: there is none. */
bool keyboard_get(uint8_t *memory, bool take, uint16_t *key);

/* What INT 9 does with one scan code: shift keys, and a key for the ring. */
void keyboard_scan(uint8_t *memory, uint8_t code);

/* The key of a character that came without a scan code, from a file or a terminal. */
uint16_t keyboard_of_character(uint8_t character);
