/*
 * What goes over the second serial line, between this server and tools/masix run: frames, each a
 * header of four bytes (kind, 0, length as a little-endian word) and at most FRAME_DATA_MAX bytes.
 * tools/lib/masix/channel.py is the other side.  Pure; what comes in is not trusted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER_BYTES 4u
#define FRAME_DATA_MAX     4096u

/* From the host.  Those of the order come first, in any order; arguments and environment add up. */
#define FRAME_PATH        'p' /* the program */
#define FRAME_DIRECTORY   'd'
#define FRAME_ARGUMENTS   'a' /* strings, each ended by a 0; may be cut anywhere */
#define FRAME_ENVIRONMENT 'e'
#define FRAME_TERMINAL    't' /* it gets one, of so many rows and columns: two 16-bit words */
#define FRAME_START       's' /* the order is complete */
#define FRAME_INPUT       'i' /* for standard input, no more than was granted */
#define FRAME_INPUT_END   'z'
#define FRAME_SIGNAL      'k' /* one byte: its number */
#define FRAME_GET         'g' /* the path of a file to be sent */
/* FRAME_TERMINAL after the start: its size now. */

/* To the host. */
#define FRAME_READY   'R' /* one byte: FRAME_VERSION */
#define FRAME_GRANT   'G' /* a word of four bytes: so much more input may come */
#define FRAME_OUTPUT  'O'
#define FRAME_ERROR   'E'
#define FRAME_REFUSED 'X' /* a word: the program could not be started, an error number of Linux */
#define FRAME_ENDED   'W' /* a word: its status as wait4 has it; no more output comes */
#define FRAME_FILE    'F' /* a part of the file that was asked for */
#define FRAME_GOT     'T' /* two words: 0 or an error number of Linux; the file's mode */
#define FRAME_FAILED  '!' /* a sentence: why nothing more will come */

#define FRAME_VERSION 2u

/* One direction's reader: begins as zeros. */
struct frame_reader {
	uint32_t have; /* bytes of the header, then of the data */
	uint8_t header[FRAME_HEADER_BYTES];
	uint8_t data[FRAME_DATA_MAX];
};

enum frame_result { FRAME_MORE, FRAME_WHOLE, FRAME_BAD };

/*
 * Takes bytes up to the end of the next frame; *taken says how many.  FRAME_WHOLE: a frame is there
 * until the next call.  FRAME_BAD: what came is no frame, and nothing after it can be understood.
 */
enum frame_result frame_read(struct frame_reader *reader, const uint8_t *bytes, size_t count,
			     size_t *taken);

/* Of a whole frame. */
static inline uint8_t frame_kind(const struct frame_reader *reader)
{
	return reader->header[0];
}

static inline uint32_t frame_bytes(const struct frame_reader *reader)
{
	return reader->header[2] | (uint32_t)reader->header[3] << 8;
}

void frame_write_header(uint8_t header[FRAME_HEADER_BYTES], uint8_t kind, uint32_t bytes);
void frame_write_word(uint8_t bytes[4], uint32_t word);
