/*
 * The keyboard's controller (Intel 8042) at ports 60 and 64, and the keyboard behind it: scan codes
 * and answers, one after the other, each with interrupt request 1; and the A20 line.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

void controller_reset(void);
uint8_t controller_in(uint32_t port);
void controller_out(uint32_t port, uint8_t value);

/* Gives the next byte to port 60, if the one before was read and there is one; true: request 1. */
bool controller_look(void);

/* Does a byte lie there that nobody has read? */
bool controller_is_full(void);

/* What port 60 says, which is read with that. */
uint8_t controller_read(void);

/* Does the program wait for a byte by looking at port 64 alone?  Said once. */
bool controller_is_polled(void);
