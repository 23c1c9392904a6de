/* I/O port ranges and their bitmap: edges, and random grants beside a plain table.
   LINK: kernel/serv/io_perm_core.c */
#include <string.h>

#include <serv/io_perm_core.h>

#include "tap.h"

static uint8_t bitmap[IO_BITMAP_BYTES];
static bool allowed[65536];

static void set(uint16_t from, uint16_t to, bool allow)
{
	io_bitmap_set(bitmap, (struct io_range){from, to}, allow);
	for (uint32_t port = from; port <= to; port++) {
		allowed[port] = allow;
	}
}

static bool same(void)
{
	for (uint32_t port = 0; port < 65536; port++) {
		struct io_range one = {(uint16_t)port, (uint16_t)port};
		if (io_bitmap_allows(bitmap, one) != allowed[port]) {
			return false;
		}
	}
	return true;
}

int main(void)
{
	memset(bitmap, 0xff, sizeof bitmap);
	CHECK(same(), "a new bitmap allows nothing");
	set(0x300, 0x31f, true);
	CHECK(same() && io_bitmap_allows(bitmap, (struct io_range){0x300, 0x31f}),
	      "a range is allowed");
	CHECK(!io_bitmap_allows(bitmap, (struct io_range){0x2ff, 0x31f}), "no port before it");
	CHECK(!io_bitmap_allows(bitmap, (struct io_range){0x300, 0x320}), "no port after it");
	set(0, 0xffff, true);
	CHECK(same(), "all ports, the last included");
	set(0xffff, 0xffff, false);
	CHECK(same(), "the last port alone");
	CHECK(io_range_overlaps((struct io_range){1, 5}, (struct io_range){5, 9}) &&
		      !io_range_overlaps((struct io_range){1, 4}, (struct io_range){5, 9}),
	      "ranges overlap when they share a port");
	uint64_t seed = 0x853c49e6748fea9bu;
	for (uint32_t round = 0; round < 300; round++) {
		uint16_t a = (uint16_t)tap_random(&seed);
		uint16_t b = (uint16_t)tap_random(&seed);
		set(a < b ? a : b, a < b ? b : a, (tap_random(&seed) & 1) != 0);
	}
	CHECK(same(), "300 random ranges, seed 853c49e6748fea9b");
	return tap_done();
}
