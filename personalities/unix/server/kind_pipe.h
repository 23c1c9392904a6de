/* Pipes, as FIFOs and pairs of sockets have them too. */
#pragma once

#include "kinds.h"
#include "pipe_core.h"

struct pipe {
	struct pipe_core core;
	unsigned int readers, writers;
	unsigned int uses; /* ends that have it, and openings of a FIFO that wait */
	uint32_t readers_ever, writers_ever; /* counts, for those who wait for an opening */
	bool records;                        /* each write is one read */
	struct wait_queue changed;
	uint64_t number;   /* of the FIFO's file; 0: it has no name */
	struct pipe *next; /* of those with names */
	struct quota *quota;
};

/* What an open file of pipe_kind or fifo_kind has. */
struct pipe_end {
	struct pipe *in, *out; /* null: not for this */
	bool socket;
	uint32_t writers_before; /* of a FIFO: none has come since: no end of file in poll */
	uint64_t number;
	uint32_t uid, gid;
};

extern const struct open_file_kind pipe_kind;

/* Null: no memory, or the quota of the process is used up. */
struct pipe *pipe_create(const struct process *process);
void pipe_release(struct pipe *pipe); /* a use ends */
/* Is not named any more: a FIFO's pipe goes. */
void fifo_forget(struct pipe *pipe);

void pipe_end_free(struct pipe_end *end);
struct pipe_end *pipe_end_create(const struct process *process, struct pipe *in, struct pipe *out);
