/* What the runner reads from its serial line: frames however they are cut, orders, the input ring.
   LINK: servers/runner/frame_core.c servers/runner/order_core.c
 */
#include <stdlib.h>
#include <string.h>

#include "../../servers/runner/frame_core.h"
#include "../../servers/runner/order_core.h"
#include "tap.h"

#define ROUNDS 2000
#define BYTES  60000u

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Writes random frames one after the other; returns how many bytes. */
static uint32_t write_frames(uint8_t *to, uint32_t *seed)
{
	uint32_t used = 0;

	while (used + FRAME_HEADER_BYTES + FRAME_DATA_MAX <= BYTES) {
		uint32_t bytes = next_random(seed) % 3 == 0 ? FRAME_DATA_MAX - next_random(seed) % 3
							    : next_random(seed) % 20;

		frame_write_header(to + used, (uint8_t)next_random(seed), bytes);
		used += FRAME_HEADER_BYTES;
		for (uint32_t i = 0; i < bytes; i++) {
			to[used++] = (uint8_t)next_random(seed);
		}
	}
	return used;
}

/* However a stream is cut, the same frames come out of it. */
static void check_cuts(uint32_t seed)
{
	static uint8_t stream[BYTES], again[BYTES];
	static struct frame_reader reader;
	uint32_t bytes = write_frames(stream, &seed);
	uint32_t place = 0, out = 0;
	bool good = true;

	reader = (struct frame_reader){0};
	while (place < bytes && good) {
		size_t count = next_random(&seed) % 4 == 0 ? 1 : next_random(&seed) % 6000;
		size_t taken = 0;

		count = count < bytes - place ? count : bytes - place;
		/* A copy of exactly that size, so that the sanitizer sees a read beyond it. */
		uint8_t *part = malloc(count != 0 ? count : 1);
		memcpy(part, stream + place, count);
		enum frame_result result = frame_read(&reader, part, count, &taken);

		free(part);
		good = result != FRAME_BAD && taken <= count;
		place += (uint32_t)taken;
		if (result == FRAME_WHOLE) {
			memcpy(again + out, reader.header, FRAME_HEADER_BYTES);
			memcpy(again + out + FRAME_HEADER_BYTES, reader.data, frame_bytes(&reader));
			out += FRAME_HEADER_BYTES + frame_bytes(&reader);
		}
	}
	CHECK(good && out == bytes && memcmp(stream, again, bytes) == 0,
	      "random frames in random parts (seed %u)", seed);
}

static void check_bad(void)
{
	static const uint8_t odd[] = {'i', 1, 0, 0}, large[] = {'i', 0, 1, 0x10};
	static const uint8_t empty[] = {'z', 0, 0, 0};
	static struct frame_reader reader;
	size_t taken = 0;

	CHECK(frame_read(&reader, odd, sizeof odd, &taken) == FRAME_BAD,
	      "a header with another byte");
	reader = (struct frame_reader){0};
	CHECK(frame_read(&reader, large, sizeof large, &taken) == FRAME_BAD,
	      "a frame that is too long");
	reader = (struct frame_reader){0};
	CHECK(frame_read(&reader, empty, sizeof empty, &taken) == FRAME_WHOLE && taken == 4,
	      "a frame without data is whole at once");
	CHECK(frame_read(&reader, empty, sizeof empty, &taken) == FRAME_WHOLE && taken == 4,
	      "and the next one, too");
}

/* Random bytes never lead beyond the buffers, which the sanitizer watches. */
static void check_noise(uint32_t seed)
{
	static struct frame_reader reader;
	bool within = true;

	for (int round = 0; round < ROUNDS; round++) {
		uint8_t bytes[64];
		size_t taken = 0;

		for (size_t i = 0; i < sizeof bytes; i++) {
			bytes[i] = next_random(&seed) % 3 != 0 ? 0 : (uint8_t)next_random(&seed);
		}
		if (frame_read(&reader, bytes, next_random(&seed) % 65, &taken) == FRAME_BAD) {
			reader = (struct frame_reader){0};
		}
		within = within && taken <= sizeof bytes && frame_bytes(&reader) <= 0xffff;
	}
	CHECK(within, "noise (seed %u)", seed);
}

static void check_order(void)
{
	static struct order order;
	static const uint8_t filler[FRAME_DATA_MAX];
	uint32_t parts = 0;

	CHECK(order_check(&order) != NULL, "an order without a program");
	CHECK(order_add(&order, FRAME_PATH, (const uint8_t *)"/bin/", 5) == NULL &&
		      order_add(&order, FRAME_PATH, (const uint8_t *)"sh", 2) == NULL &&
		      order.path.bytes == 7 && memcmp(order.path.text, "/bin/sh", 7) == 0,
	      "a path in parts");
	CHECK(order_check(&order) != NULL, "no directory");
	CHECK(order_add(&order, FRAME_DIRECTORY, (const uint8_t *)"/", 1) == NULL &&
		      order_check(&order) == NULL,
	      "complete");
	CHECK(order_add(&order, FRAME_ARGUMENTS, (const uint8_t *)"word", 4) == NULL &&
		      order_check(&order) != NULL,
	      "a word without its end");
	CHECK(order_add(&order, FRAME_ARGUMENTS, filler, 1) == NULL && order_check(&order) == NULL,
	      "and with it");
	while (order_add(&order, FRAME_ENVIRONMENT, filler, sizeof filler) == NULL) {
		parts++;
	}
	CHECK(parts == ORDER_STRINGS_MAX / sizeof filler &&
		      order.environment.bytes == ORDER_STRINGS_MAX,
	      "an environment has its limit, and keeps what it has");
	CHECK(order_add(&order, FRAME_GET, filler, 1) != NULL, "a frame of another kind");
}

static void check_terminal(void)
{
	static struct order order;
	static const uint8_t size[] = {40, 0, 0x20, 1}, other[] = {0, 1, 2, 3};

	CHECK(order_size(&order, size, sizeof size) != NULL && !order.wants_terminal,
	      "no size of a terminal that is not there");
	CHECK(order_add(&order, FRAME_TERMINAL, size, sizeof size) == NULL &&
		      order.wants_terminal && order.rows == 40 && order.columns == 0x120,
	      "a terminal");
	CHECK(order_size(&order, other, 3) != NULL && order.rows == 40,
	      "a size of another length changes nothing");
	CHECK(order_size(&order, other, sizeof other) == NULL && order.rows == 0x100 &&
		      order.columns == 0x302,
	      "another size");
}

/* The ring beside counters: what goes in comes out, in order, and never more than was granted. */
static void check_ring(uint32_t seed)
{
	static struct input_ring ring;
	uint32_t in = 0, out = 0;
	bool good = true;

	ring = (struct input_ring){0};
	for (int round = 0; round < ROUNDS && good; round++) {
		static uint8_t data[FRAME_DATA_MAX];
		uint32_t bytes = next_random(&seed) % (sizeof data + 1);
		bool fits = in - out + bytes <= ORDER_INPUT_MAX;

		for (uint32_t i = 0; i < bytes; i++) {
			data[i] = (uint8_t)((in + i) * 7 >> 3);
		}
		good = input_put(&ring, data, bytes) == fits;
		in += fits ? bytes : 0;
		bytes = input_peek(&ring, data, next_random(&seed) % (sizeof data + 1));
		for (uint32_t i = 0; i < bytes; i++) {
			good = good && data[i] == (uint8_t)((out + i) * 7 >> 3);
		}
		bytes = bytes != 0 ? next_random(&seed) % (bytes + 1) : 0;
		input_drop(&ring, bytes);
		out += bytes;
		good = good && ring.count == in - out;
	}
	CHECK(good, "input through the ring (seed %u)", seed);
	ring.ended = true;
	CHECK(!input_put(&ring, (const uint8_t *)"x", 1), "nothing after the end");
}

int main(void)
{
	for (uint32_t seed = 1; seed <= 20; seed++) {
		check_cuts(seed);
	}
	check_bad();
	check_noise(5);
	check_order();
	check_terminal();
	check_ring(9);
	return tap_done();
}
