/*
 * Linux's termios and the modes of the line discipline (masix/console.h), one to the other.  Pure.
 */
#pragma once

#include <stdint.h>
#include <masix/console.h>

#define TTY_CHARACTERS 19

/* As TCGETS has it. */
struct linux_termios {
	uint32_t input, output, control, local;
	uint8_t discipline;
	uint8_t characters[TTY_CHARACTERS];
};

/* As TCGETA has it. */
struct linux_termio {
	uint16_t input, output, control, local;
	uint8_t discipline;
	uint8_t characters[8];
};

_Static_assert(sizeof(struct linux_termios) == 36, "as Linux has it");
_Static_assert(sizeof(struct linux_termio) == 18, "as Linux has it");

#define TTY_LOCAL_TOSTOP 0400u /* output of the background stops its writer */

/* Those that Linux's terminals begin with. */
void tty_default(struct linux_termios *termios);

/* Of the bits that mean nothing here none is lost: they are kept in termios alone. */
void tty_to_modes(const struct linux_termios *termios, struct console_modes *modes);

/* Puts the modes in the place of those bits of *termios that have one. */
void tty_from_modes(const struct console_modes *modes, struct linux_termios *termios);

void tty_to_termio(const struct linux_termios *termios, struct linux_termio *termio);

/* Changes the lower halves and the characters that termio has. */
void tty_from_termio(const struct linux_termio *termio, struct linux_termios *termios);

/* The column behind a byte that is written at "column"; escape sequences are not understood. */
uint32_t tty_column(uint32_t column, uint8_t byte);
