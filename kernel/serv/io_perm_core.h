/* Ranges of I/O ports and the processor's bitmap of them (a set bit forbids). Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define IO_BITMAP_BYTES 8192u

struct io_range {
	uint16_t from, to; /* both inclusive */
};

static inline bool io_range_overlaps(struct io_range a, struct io_range b)
{
	return a.from <= b.to && b.from <= a.to;
}

/* Allows or forbids a range in a bitmap of IO_BITMAP_BYTES. */
void io_bitmap_set(uint8_t *bitmap, struct io_range range, bool allow);
/* True if every port of the range is allowed. */
bool io_bitmap_allows(const uint8_t *bitmap, struct io_range range);
