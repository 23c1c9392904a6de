/* pipe_core.h */
#include "pipe_core.h"

#define RECORD_HEAD 4u

static void copy_out(const struct pipe_core *pipe, uint32_t from, uint8_t *to, uint32_t count)
{
	uint32_t at = (pipe->first + from) & (pipe->size - 1);
	uint32_t part = count < pipe->size - at ? count : pipe->size - at;

	__builtin_memcpy(to, pipe->bytes + at, part);
	__builtin_memcpy(to + part, pipe->bytes, count - part);
}

static void drop(struct pipe_core *pipe, uint32_t count)
{
	pipe->count -= count;
	/* An empty ring begins at the front again: a pipe that is read at once stays in one page.
	 */
	pipe->first = pipe->count == 0 ? 0 : (pipe->first + count) & (pipe->size - 1);
}

static void append(struct pipe_core *pipe, const uint8_t *from, uint32_t count)
{
	uint32_t at = (pipe->first + pipe->count) & (pipe->size - 1);
	uint32_t part = count < pipe->size - at ? count : pipe->size - at;

	__builtin_memcpy(pipe->bytes + at, from, part);
	__builtin_memcpy(pipe->bytes, from + part, count - part);
	pipe->count += count;
}

uint32_t pipe_take(struct pipe_core *pipe, void *to, uint32_t room)
{
	uint32_t count = pipe->count < room ? pipe->count : room;

	copy_out(pipe, 0, to, count);
	drop(pipe, count);
	return count;
}

uint32_t pipe_put_some(struct pipe_core *pipe, const void *from, uint32_t count)
{
	count = count < pipe_room(pipe) ? count : pipe_room(pipe);
	append(pipe, from, count);
	return count;
}

uint32_t pipe_put(struct pipe_core *pipe, const void *from, uint32_t count)
{
	bool whole = count <= PIPE_ATOMIC_BYTES;

	return whole && count > pipe_room(pipe) ? 0 : pipe_put_some(pipe, from, count);
}

uint32_t pipe_record_bytes(const struct pipe_core *pipe)
{
	uint32_t bytes = 0;

	if (pipe->count >= RECORD_HEAD) {
		copy_out(pipe, 0, (uint8_t *)&bytes, RECORD_HEAD);
	}
	return bytes;
}

bool pipe_take_record(struct pipe_core *pipe, void *to, uint32_t room, uint32_t *count)
{
	uint32_t bytes = pipe_record_bytes(pipe);

	if (pipe->count == 0) {
		return false;
	}
	*count = bytes < room ? bytes : room;
	copy_out(pipe, RECORD_HEAD, to, *count);
	drop(pipe, RECORD_HEAD + bytes);
	return true;
}

bool pipe_put_record(struct pipe_core *pipe, const void *from, uint32_t count)
{
	if (count > pipe->size - RECORD_HEAD || count + RECORD_HEAD > pipe_room(pipe)) {
		return false;
	}
	append(pipe, (const uint8_t *)&count, RECORD_HEAD);
	append(pipe, from, count);
	return true;
}
