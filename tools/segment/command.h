/* The commands of the control socket, one line each (README.md lists them). No I/O but through the
   hooks. */
#pragma once

#include "segment_core.h"

#define COMMAND_LINE_MAX  8192u
#define COMMAND_REPLY_MAX 512u

/* What a command needs of the process around the segment. */
struct command_hooks {
	/* Starts a capture in a new file; null: ends the one there is. Errors as errno; EBUSY:
	   there is one already. */
	int (*capture)(void *context, const char *path);
	/* Sees each frame that a command puts on the wire. */
	void (*frame)(void *context, const uint8_t *data, uint32_t bytes);
	void *context;
};

struct command_reply {
	bool failed;
	bool quit;
	char text[COMMAND_REPLY_MAX]; /* without a newline */
};

/* Executes one line (without its newline, ended by 0; it is changed). A command that fails has
   changed nothing. */
void command_execute(struct segment *segment, const struct command_hooks *hooks, uint64_t now_us,
		     char *line, struct command_reply *reply);
