/*
 * Where a program's keys come from and its screen is seen: the host's terminal (host.h), or its
 * standard streams.
 *
 * A program that only prints and reads stays in the terminal: what it prints is text there, what is
 * typed comes as characters.  One that places text, or writes to the text memory, takes the screen:
 * from then on the console shows the text memory, and sends scan codes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <mach/mach_types.h>

/* Finds out what the standard ports are.  To be called once. */
void terminal_start(void);

/* The terminal as it was found; the last screen, if the program had it, stays as text. */
void terminal_end(void);

/* The terminal's text is seen again, until somebody takes the screen. */
void terminal_leave_screen(void);

/* The standard input (output, error) if it is no console: an open file; else MACH_PORT_NULL. */
mach_port_t terminal_input_file(void);
mach_port_t terminal_output_file(void);
mach_port_t terminal_error_file(void);

/* A character of code page 437 to the screen: the text memory, and the terminal. */
void terminal_put(uint8_t character);
/* The same by the console's driver, which knows ANSI's sequences. */
void terminal_put_console(uint8_t character);
void terminal_flush(void);

/* From now on the program has the screen, if there is a terminal that shows it. */
void terminal_take_screen(void);

/* At each tick: keys into the keyboard's ring, the text memory to the console. */
void terminal_update(void);

/* Asks for keys now; what came lies in the ring. */
void terminal_poll_keys(void);

bool terminal_is_there(void);

/* Will there ever be a key? */
bool terminal_has_keyboard(void);

/* Does anything lie in the keyboard's ring, or a scan code for it? */
bool terminal_has_keys(void);

bool terminal_has_codes(void); /* the latter alone */

/* The next scan code, for the keyboard's controller; false: none. */
bool terminal_next_scan(uint8_t *code);

/* As if ^C had come from outside: it is the next key, and what was typed before is forgotten. */
void terminal_break(void);

/* ^C has come from outside (a signal), and is the next key. */
bool terminal_break_waits(void);

/* It came a second time before the program took it; said once. */
bool terminal_break_is_urgent(void);
