/* The second serial line, by interrupts both ways. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <libmach.h>

/* Takes what the roster gives: COM2's ports and its interrupt line. */
kern_return_t line_start(void);

/*
 * Gives every byte that comes to "take", for ever.  The one thread that does so also learns for the
 * senders that there is room again, so take must not send.
 */
void line_serve(void (*take)(const uint8_t *bytes, size_t count)) __attribute__((noreturn));

/* Sends a frame as a whole; waits until the line has taken it.  Any thread but line_serve's. */
void line_send(uint8_t kind, const void *data, uint32_t bytes);
