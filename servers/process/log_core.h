/* The node's log: a ring of text, and how a process's pieces become its lines.  Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LOG_RING_BYTES 0x20000u
#define LOG_LINE_BYTES 240u /* a longer line comes in parts */

struct log_ring {
	uint64_t written; /* bytes ever; the newest LOG_RING_BYTES of them are there */
	char text[LOG_RING_BYTES];
};

void log_write(struct log_ring *ring, const char *text, uint32_t bytes);

/*
 * Copies from byte number *position on, or from the oldest that is there; *position moves behind
 * what was copied.  A position in the future becomes the present.
 */
uint32_t log_read(const struct log_ring *ring, uint64_t *position, char *text, uint32_t bytes_max);

/* Makes text part of one line: what would end it or tell the terminal something becomes '?'. */
void log_make_plain(char *text, uint32_t bytes);

/* A line in the making. */
struct log_line {
	uint32_t bytes;
	char text[LOG_LINE_BYTES];
};

/*
 * Takes bytes of "text" into the line until it is complete: *taken of them.  True: it is complete
 * (without its newline), and the caller empties it.  What no terminal should be told becomes '?'.
 */
bool log_line_add(struct log_line *line, const char *text, uint32_t bytes, uint32_t *taken);
