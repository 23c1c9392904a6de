/* The line discipline: from what is typed to what a program reads, with echo, editing and signals,
   as console_set_modes says (masix/console.h) and as termios has it. Pure; the time is passed in.

   Typed bytes stand in a ring. With CONSOLE_LOCAL_LINES the oldest of them are whole lines, which
   can be read, and the rest is the line that is being edited. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <masix/console.h>

#define LINE_INPUT_MAX 4096u /* a line has one byte less, so that it can be ended */
/* All of a line again, each byte as two, and what comes before it. */
#define LINE_ECHO_MAX (2u * LINE_INPUT_MAX + 16u)

struct line {
	struct console_modes modes;
	uint32_t first;        /* the oldest byte in the ring */
	uint32_t count;        /* in the ring */
	uint32_t ready;        /* of these, in whole lines; means something with lines alone */
	uint32_t start_column; /* where the line that is edited begins on the screen */
	uint64_t last_ms;      /* when the newest byte came */
	bool literal;          /* the next character is taken as it is */
	bool stopped;          /* output is */
	uint8_t bytes[LINE_INPUT_MAX];
	uint8_t marks[LINE_INPUT_MAX]; /* enum line_mark */
};

/* What a call wants done. */
struct line_effects {
	int signal;        /* CONSOLE_CHARACTER_INTERRUPT, _QUIT or _SUSPEND; -1: none */
	bool started;      /* output is not stopped any more */
	bool flush_output; /* what was written and is not shown is discarded */
	bool bell;         /* there was no room */
	uint32_t echo_bytes;
	uint8_t echo[LINE_ECHO_MAX]; /* for the terminal as it is */
};

enum line_wait { LINE_READY, LINE_WAIT };

/* Nothing typed, and the modes of a terminal that people type lines at. */
void line_init(struct line *line);

/* Do these flags and numbers mean something? */
bool line_modes_valid(const struct console_modes *modes);

/* New modes. What was typed stays: what was whole, or is to be read without lines now, can be read
   at once. */
void line_set_modes(struct line *line, const struct console_modes *modes,
		    struct line_effects *effects);

/* A byte was typed while the cursor was in this column. */
void line_input(struct line *line, uint8_t byte, uint32_t column, uint64_t now_ms,
		struct line_effects *effects);

/* Forgets what was typed. */
void line_flush(struct line *line);

/* Whether a read of at most bytes_max (1 at least) that began at since_ms has what it waits for.
   LINE_WAIT: ask again when something changes, and at *wake_ms at the latest, unless that is 0. */
enum line_wait line_check(const struct line *line, uint32_t bytes_max, uint64_t since_ms,
			  uint64_t now_ms, uint64_t *wake_ms);

/* How many bytes a read would get. */
uint32_t line_available(const struct line *line);

/* Would a read get the end of file? */
bool line_at_end(const struct line *line);

/* Takes what a read of at most bytes_max gets; returns its bytes. */
uint32_t line_read(struct line *line, uint8_t *bytes, uint32_t bytes_max);

/* What a program writes, as the output modes say; `out` has room for twice as much. */
uint32_t line_output(const struct console_modes *modes, const uint8_t *bytes, uint32_t count,
		     uint8_t *out);
