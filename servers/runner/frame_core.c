/* frame_core.h */
#include "frame_core.h"

/* In what was announced, and in no more room than there is. */
static uint32_t least(size_t one, size_t other)
{
	return (uint32_t)(one < other ? one : other);
}

static void copy(uint8_t *to, const uint8_t *from, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		to[i] = from[i];
	}
}

enum frame_result frame_read(struct frame_reader *reader, const uint8_t *bytes, size_t count,
			     size_t *taken)
{
	uint32_t part = 0;

	*taken = 0;
	if (reader->have >= FRAME_HEADER_BYTES &&
	    reader->have == FRAME_HEADER_BYTES + frame_bytes(reader)) {
		reader->have = 0; /* the last one was whole */
	}
	if (reader->have < FRAME_HEADER_BYTES) {
		part = least(count, FRAME_HEADER_BYTES - reader->have);
		copy(reader->header + reader->have, bytes, part);
		reader->have += part;
		*taken = part;
		if (reader->have < FRAME_HEADER_BYTES) {
			return FRAME_MORE;
		}
	}
	if (reader->header[1] != 0 || frame_bytes(reader) > FRAME_DATA_MAX) {
		return FRAME_BAD;
	}
	part = least(count - *taken, FRAME_HEADER_BYTES + frame_bytes(reader) - reader->have);
	copy(reader->data + (reader->have - FRAME_HEADER_BYTES), bytes + *taken, part);
	reader->have += part;
	*taken += part;
	return reader->have == FRAME_HEADER_BYTES + frame_bytes(reader) ? FRAME_WHOLE : FRAME_MORE;
}

void frame_write_header(uint8_t header[FRAME_HEADER_BYTES], uint8_t kind, uint32_t bytes)
{
	header[0] = kind;
	header[1] = 0;
	header[2] = (uint8_t)bytes;
	header[3] = (uint8_t)(bytes >> 8);
}

void frame_write_word(uint8_t bytes[4], uint32_t word)
{
	for (int i = 0; i < 4; i++) {
		bytes[i] = (uint8_t)(word >> (8 * i));
	}
}
