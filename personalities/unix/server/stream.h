/* Streams: what a program reads and writes that was started without a console (unix_client.defs). */
#pragma once

#include "descriptors.h"

#define STREAM_BYTES 0x10000u

struct run;

struct stream {
	struct run *run;
	char *bytes; /* a ring of STREAM_BYTES */
	uint32_t first, count;
	bool ended;		   /* who started the program is gone, or gives no more */
	bool closed;		   /* no process names it any more */
	struct wait_queue waiters; /* of the program's side */
};

/* An open file on the program's side; a reference to the run is its. */
struct open_file *stream_open(struct stream *stream, uint32_t flags);

/* The other side.  Both return how many bytes. */
uint32_t stream_put(struct stream *stream, const char *data, uint32_t bytes);
uint32_t stream_take(struct stream *stream, char *data, uint32_t bytes);
void stream_end(struct stream *stream);
