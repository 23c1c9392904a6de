/* Character sets: code page 437, which the screen shows, Unicode and its UTF-8, which programs
   speak, and the line drawing set of the VT100. Pure. */
#pragma once

#include <stdint.h>

#define CHARSET_UTF8_BYTES_MAX 4u
#define CHARSET_REPLACEMENT    0xfffdu

/* A character being put together from its bytes; all zero: none begun. */
struct charset_decoder {
	uint32_t codepoint;
	uint32_t minimum; /* an encoding longer than needed is refused */
	uint8_t left;     /* bytes still to come */
};

enum charset_result {
	CHARSET_MORE, /* the character goes on */
	CHARSET_DONE, /* *codepoint is valid */
	CHARSET_BAD,  /* not UTF-8; the byte is used up */
	CHARSET_CUT,  /* the character broke off; the byte begins something else: decode it again */
};

/* Takes one byte. After CHARSET_BAD and CHARSET_CUT the decoder is empty. */
enum charset_result charset_decode(struct charset_decoder *decoder, uint8_t byte,
				   uint32_t *codepoint);

/* Writes a character as UTF-8; what is no character becomes CHARSET_REPLACEMENT. Returns its bytes.
 */
uint32_t charset_encode(uint32_t codepoint, uint8_t out[CHARSET_UTF8_BYTES_MAX]);

/* The character that byte `code` of code page 437 shows; 0 shows a blank. */
uint32_t charset_from_cp437(uint8_t code);

/* The byte that shows a character, or one that looks much like it; -1: there is none. */
int charset_to_cp437(uint32_t codepoint);

/* The byte that shows the ASCII character `code` in the VT100's line drawing set. */
uint8_t charset_line_drawing(uint8_t code);

/* Columns that a character takes in the eyes of programs: 0 (combining, no glyph of its own), 1
   or 2. */
uint32_t charset_columns(uint32_t codepoint);
