/* A FIFO's bytes and what can be done with it. Pure: the ring's memory is the caller's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define FIFO_BYTES_MAX    16384u /* in the ring; a power of two */
#define FIFO_ATOMIC_BYTES 4096u  /* a write of so many goes in whole or not at all */

struct fifo {
	uint8_t *ring; /* FIFO_BYTES_MAX */
	uint32_t first, bytes;
	uint32_t readers, writers; /* who has it open */
	/* How often each end was opened: who waits for the other end sees that it came, though it
	   may be gone again. */
	uint32_t reader_serial, writer_serial;
};

enum fifo_result {
	FIFO_OK,
	FIFO_WAIT,   /* nothing can be done now */
	FIFO_END,    /* reading: nobody writes, and there is nothing left */
	FIFO_BROKEN, /* writing: nobody reads */
};

/* Takes at most *bytes; *bytes is how many. FIFO_OK FIFO_WAIT FIFO_END */
enum fifo_result fifo_read(struct fifo *fifo, void *data, uint32_t *bytes);
/* Puts in what there is room for, of more than FIFO_ATOMIC_BYTES; else all. *bytes is how many.
   FIFO_OK FIFO_WAIT FIFO_BROKEN */
enum fifo_result fifo_write(struct fifo *fifo, const void *data, uint32_t *bytes);

static inline bool fifo_readable(const struct fifo *fifo)
{
	return fifo->bytes > 0 || fifo->writers == 0;
}

static inline bool fifo_writable(const struct fifo *fifo)
{
	return fifo->readers == 0 || FIFO_BYTES_MAX - fifo->bytes >= FIFO_ATOMIC_BYTES;
}
