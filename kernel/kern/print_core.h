/* Formatting of text. Pure. */
#pragma once

#include <stdarg.h>
#include <stdint.h>

/* Where formatted text goes: a buffer, and what to do when it is full (NULL: drop what follows). */
struct print_sink {
	char *buffer;
	uint32_t size;
	uint32_t used;                          /* bytes in the buffer */
	uint32_t total;                         /* bytes ever put */
	void (*flush)(struct print_sink *sink); /* empties the buffer: sets used to 0 */
};

/* %d %i %u %x %X %p %s %c %% with l, ll and z; flags '-' and '0'; width and precision (for %s: most
   characters; for numbers: least digits), either may be '*'. What it does not know it prints as it
   stands. */
void print_format(struct print_sink *sink, const char *format, va_list arguments);

/* `c` as a program's text may show it, behind the byte `before`: a control character, also one of
   the second set (in UTF-8), is a '?', but ends of lines and tabs stay. So no text of a program
   moves the cursor or speaks to the terminal. */
char print_harmless(char c, char before);
