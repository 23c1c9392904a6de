/* See fifo_core.h. */
#include "fifo_core.h"

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

enum fifo_result fifo_read(struct fifo *fifo, void *data, uint32_t *bytes)
{
	uint32_t count = least(*bytes, fifo->bytes);
	uint32_t straight = least(count, FIFO_BYTES_MAX - fifo->first);
	bool empty = fifo->bytes == 0 && *bytes > 0;
	*bytes = count;
	if (empty) {
		return fifo->writers == 0 ? FIFO_END : FIFO_WAIT;
	}
	__builtin_memcpy(data, fifo->ring + fifo->first, straight);
	__builtin_memcpy((uint8_t *)data + straight, fifo->ring, count - straight);
	fifo->first = (fifo->first + count) % FIFO_BYTES_MAX;
	fifo->bytes -= count;
	return FIFO_OK;
}

enum fifo_result fifo_write(struct fifo *fifo, const void *data, uint32_t *bytes)
{
	uint32_t room = FIFO_BYTES_MAX - fifo->bytes;
	uint32_t wanted = *bytes;
	*bytes = 0;
	if (fifo->readers == 0) {
		return FIFO_BROKEN;
	}
	if (wanted > 0 && room < (wanted <= FIFO_ATOMIC_BYTES ? wanted : 1u)) {
		return FIFO_WAIT;
	}
	uint32_t count = least(wanted, room);
	uint32_t at = (fifo->first + fifo->bytes) % FIFO_BYTES_MAX;
	uint32_t straight = least(count, FIFO_BYTES_MAX - at);
	__builtin_memcpy(fifo->ring + at, data, straight);
	__builtin_memcpy(fifo->ring, (const uint8_t *)data + straight, count - straight);
	fifo->bytes += count;
	*bytes = count;
	return FIFO_OK;
}
