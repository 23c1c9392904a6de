/*
 * The bytes in a pipe: a ring, with Linux's rules for who gets how many.  Pure: the memory is the
 * caller's, waiting too.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PIPE_BYTES        65536u
#define PIPE_BYTES_LEAST  8192u
#define PIPE_ATOMIC_BYTES 4096u /* PIPE_BUF: a write of so many is whole or not at all */

struct pipe_core {
	uint8_t *bytes;
	uint32_t size; /* of the ring: a power of 2, PIPE_BYTES_LEAST at least */
	uint32_t first;
	uint32_t count;
};

/* Takes at most "room" bytes; how many. */
uint32_t pipe_take(struct pipe_core *pipe, void *to, uint32_t room);

/* Puts in what has room of "count" bytes: all or none of PIPE_ATOMIC_BYTES or fewer; how many. */
uint32_t pipe_put(struct pipe_core *pipe, const void *from, uint32_t count);

/* As many as there is room for, of however many. */
uint32_t pipe_put_some(struct pipe_core *pipe, const void *from, uint32_t count);

/* The same with bounds kept (datagrams): a whole one; what does not fit "room" is lost. */
bool pipe_take_record(struct pipe_core *pipe, void *to, uint32_t room, uint32_t *count);
bool pipe_put_record(struct pipe_core *pipe, const void *from, uint32_t count);

/* How many bytes the next record has, or 0: none is there. */
uint32_t pipe_record_bytes(const struct pipe_core *pipe);

static inline uint32_t pipe_room(const struct pipe_core *pipe)
{
	return pipe->size - pipe->count;
}
