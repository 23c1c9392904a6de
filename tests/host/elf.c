/* The program loader's reader: a good image, every field spoilt in turn, truncation, and random
   changes. LINK: kernel/serv/elf_core.c */
#include <stdlib.h>
#include <string.h>

#include <serv/elf_core.h>

#include "tap.h"

#define BOTTOM 0x1000u
#define TOP    0xbffe0000u
#define BYTES  (52u + 3u * 32u + 64u)

static uint8_t image[BYTES];

static void put16(uint32_t offset, uint16_t value)
{
	memcpy(image + offset, &value, 2);
}

static void put32(uint32_t offset, uint32_t value)
{
	memcpy(image + offset, &value, 4);
}

static void put_segment(uint32_t index, uint32_t type, uint32_t offset, uint32_t address,
			uint32_t file, uint32_t memory, uint32_t flags)
{
	uint32_t at = 52 + index * 32;
	const uint32_t words[8] = {type, offset, address, address, file, memory, flags, 4096};
	memcpy(image + at, words, 32);
}

/* Text, data with zeros after it, and a stack that may not be executed. */
static void make_image(void)
{
	memset(image, 0, sizeof image);
	memcpy(image, "\177ELF\1\1\1", 7);
	put16(16, 2);
	put16(18, 3);
	put32(20, 1);
	put32(24, 0x08048004);
	put32(28, 52);
	put16(40, 52);
	put16(42, 32);
	put16(44, 3);
	put_segment(0, 1, 148, 0x08048000, 32, 32, 5);
	put_segment(1, 1, 180, 0x08049020, 32, 8192, 6);
	put_segment(2, 0x6474e551, 0, 0, 0, 0, 6);
}

static const char *read_image(uint32_t bytes, struct elf_image *result)
{
	uint8_t *exact = malloc(bytes != 0 ? bytes : 1);
	memcpy(exact, image, bytes);
	const char *error = elf_read(exact, bytes, BOTTOM, TOP, result);
	free(exact);
	return error;
}

static void spoil(const char *what, uint32_t offset, uint32_t value, uint32_t bytes)
{
	struct elf_image result;
	make_image();
	memcpy(image + offset, &value, bytes);
	const char *error = read_image(BYTES, &result);
	CHECK(error != NULL, "%s: %s", what, error != NULL ? error : "accepted");
}

int main(void)
{
	struct elf_image result;
	make_image();
	CHECK(read_image(BYTES, &result) == NULL, "a good image is read");
	CHECK(result.entry == 0x08048004 && result.segment_count == 2 && !result.executable_stack,
	      "as it is");
	CHECK(result.segments[1].write && !result.segments[1].execute &&
		      result.segments[1].memory_bytes == 8192,
	      "with its data segment");
	put16(16, 3);
	put_segment(0, 1, 148, 0, 32, 32, 5);
	put_segment(1, 1, 180, 0x1020, 32, 8192, 6);
	put32(24, 4);
	CHECK(read_image(BYTES, &result) == NULL && result.entry == ELF_DYN_BASE + 4,
	      "a movable one goes to 128 MB");

	spoil("not ELF", 0, 0, 1);
	spoil("64 bits", 4, 2, 1);
	spoil("another machine", 18, 62, 2);
	spoil("an object file", 16, 1, 2);
	spoil("no segments", 44, 0, 2);
	spoil("odd segment headers", 42, 56, 2);
	spoil("headers beyond the end", 28, BYTES - 40, 4);
	spoil("headers far beyond the end", 28, 0xfffffff0, 4);
	spoil("entry outside", 24, 0x08060000, 4);
	spoil("segment in page 0", 52 + 8, 0, 4);
	spoil("segment in the kernel", 52 + 32 + 8, 0xc0001000, 4);
	spoil("segment that wraps", 52 + 32 + 20, 0xf8000000, 4);
	spoil("contents beyond the end", 52 + 32 + 16, 4096, 4);
	spoil("offset beyond the end", 52 + 32 + 4, 0xffffffff, 4);
	spoil("more in the file than in memory", 52 + 32 + 20, 16, 4);
	spoil("overlap", 52 + 32 + 8, 0x08048010, 4);
	spoil("interpreter", 52 + 64, 3, 4);

	uint32_t refused = 0;
	make_image();
	for (uint32_t bytes = 0; bytes < BYTES - 64; bytes++) {
		refused += read_image(bytes, &result) != NULL;
	}
	CHECK(refused == BYTES - 64, "every image cut before its contents is refused");

	uint64_t seed = 0x2545f4914f6cdd1du;
	bool sane = true;
	for (uint32_t round = 0; round < 200000; round++) {
		make_image();
		for (uint32_t i = 1 + tap_random(&seed) % 4; i > 0; i--) {
			image[tap_random(&seed) % (BYTES - 64)] = (uint8_t)tap_random(&seed);
		}
		if (read_image(BYTES, &result) != NULL) {
			continue;
		}
		for (uint32_t i = 0; i < result.segment_count; i++) {
			const struct elf_segment *segment = &result.segments[i];
			sane = sane && segment->address >= BOTTOM &&
			       segment->memory_bytes <= TOP - segment->address &&
			       segment->file_bytes <= segment->memory_bytes &&
			       segment->file_offset <= BYTES &&
			       segment->file_bytes <= BYTES - segment->file_offset;
		}
	}
	CHECK(sane, "200000 changed images are refused or in bounds, seed 2545f4914f6cdd1d");
	return tap_done();
}
