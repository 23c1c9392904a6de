/*
 * ANSI.SYS: escape sequences that the console's driver understands, as DOS 2 has them: the cursor
 * (H f A B C D s u), clearing (J K), attributes (m).  They act on the text screen of screen_core.h;
 * keys are not redefined.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define ANSI_PARAMETERS 8

struct ansi {
	uint8_t state; /* 0: plain text */
	uint8_t count; /* of parameters, the one that is being read among them */
	uint8_t parameters[ANSI_PARAMETERS];
	uint8_t saved_row, saved_column;
	bool coloured; /* the attribute is to be used */
	uint8_t attribute;
};

/*
 * The next character that is written.  true: it is part of a sequence, which has acted if this was
 * its end; false: the caller writes it, where the attribute is set already.
 */
bool ansi_take(struct ansi *ansi, uint8_t *memory, uint8_t page, uint8_t character);
