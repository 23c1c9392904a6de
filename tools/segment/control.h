/* The control socket: lines in, one line out for each. */
#pragma once

#include <poll.h>
#include <stdbool.h>

#include "command.h"

#define CONTROL_CLIENTS_MAX 16u

struct control_client {
	int socket; /* -1: free */
	uint32_t bytes;
	char line[COMMAND_LINE_MAX];
};

struct control {
	int socket;
	struct control_client clients[CONTROL_CLIENTS_MAX];
};

/* Listens at a path. Returns 0, or errno. */
int control_open(struct control *control, const char *path);

/* What to poll for: one entry for the socket and one for each client. */
void control_poll_set(const struct control *control,
		      struct pollfd entries[CONTROL_CLIENTS_MAX + 1]);

/* Serves whoever has something to say, after poll. True: somebody said quit. */
bool control_serve(struct control *control, const struct pollfd entries[CONTROL_CLIENTS_MAX + 1],
		   struct segment *segment, const struct command_hooks *hooks, uint64_t now_us);

/* Sends commands to a segment's control socket and prints the answers: `ok ...` to standard output,
   errors to standard error. Returns the exit status: 0 if all were done. */
int control_send(const char *path, char **commands, int count);
