/* A terminal's bytes as keys, and code page 437 as UTF-8. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TERMINAL_INPUT_BYTES 64

/* What was typed and not yet taken. */
struct terminal_input {
	uint8_t bytes[TERMINAL_INPUT_BYTES];
	uint32_t count;
	uint32_t last; /* bytes of the key that was taken last, for terminal_undo */
};

uint32_t terminal_room(const struct terminal_input *input);
void terminal_add(struct terminal_input *input, const uint8_t *bytes, uint32_t count);

/* Takes the next key (scan code << 8 | character); false: nothing is there. */
bool terminal_next(struct terminal_input *input, uint16_t *key);

/* Puts the key back that was taken last. */
void terminal_undo(struct terminal_input *input);

/* A character as UTF-8; returns the bytes, 3 at most.  Control characters stay as they are. */
uint32_t terminal_utf8(uint8_t character, char *text);

/* The other way, of a character of two or three bytes: "used" of "count".  0: the code page has
   none such. */
uint8_t terminal_from_utf8(const uint8_t *bytes, uint32_t count, uint32_t *used);
