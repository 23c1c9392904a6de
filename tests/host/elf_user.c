/* lib/elf: programs and symbols of user space.
   LINK: lib/elf/elf_core.c lib/elf/symbols_core.c
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <elf/elf_core.h>
#include <elf/symbols_core.h>
#include "tap.h"

#define BOTTOM 0x1000u
#define TOP    0xbffe0000u
#define BASE   0x08000000u

#define FILE_BYTES  0x3000u
#define SECTIONS_AT 0x2000u
#define SYMBOLS_AT  0x2200u
#define STRINGS_AT  0x2400u
#define INTERP_AT   0x2600u

static uint8_t file[FILE_BYTES];

static void put(uint32_t offset, uint32_t value)
{
	memcpy(file + offset, &value, 4);
}

static void put_half(uint32_t offset, uint16_t value)
{
	memcpy(file + offset, &value, 2);
}

static void put_segment(uint32_t index, uint32_t type, uint32_t offset, uint32_t address,
			uint32_t file_bytes, uint32_t memory_bytes, uint32_t flags)
{
	uint32_t at = 52 + 32 * index;

	put(at, type);
	put(at + 4, offset);
	put(at + 8, address);
	put(at + 12, address);
	put(at + 16, file_bytes);
	put(at + 20, memory_bytes);
	put(at + 24, flags);
	put(at + 28, 0x1000);
}

static void put_symbol(uint32_t index, uint32_t name, uint32_t value, uint32_t bytes, uint8_t type,
		       uint16_t section)
{
	uint32_t at = SYMBOLS_AT + 16 * index;

	put(at, name);
	put(at + 4, value);
	put(at + 8, bytes);
	file[at + 12] = type;
	put_half(at + 14, section);
}

/* Two segments, a stack, a symbol table. */
static void make(uint16_t type)
{
	memset(file, 0, sizeof file);
	memcpy(file, "\177ELF\1\1\1", 7);
	put_half(16, type);
	put_half(18, 3);
	put(20, 1);
	put(24, type == 2 ? 0x08048100 : 0x100);
	put(28, 52);
	put(32, SECTIONS_AT);
	put_half(40, 52);
	put_half(42, 32);
	put_half(44, 3);
	put_half(46, 40);
	put_half(48, 3);
	put_segment(0, 1, 0, type == 2 ? 0x08048000 : 0, 0x1000, 0x1000, 5);
	put_segment(1, 1, 0x1000, type == 2 ? 0x08049000 : 0x1000, 0x100, 0x5000, 6);
	put_segment(2, 0x6474e551, 0, 0, 0, 0, 6);
	put(SECTIONS_AT + 40 + 4, 2);
	put(SECTIONS_AT + 40 + 16, SYMBOLS_AT);
	put(SECTIONS_AT + 40 + 20, 16 * 5);
	put(SECTIONS_AT + 40 + 24, 2);
	put(SECTIONS_AT + 80 + 4, 3);
	put(SECTIONS_AT + 80 + 16, STRINGS_AT);
	put(SECTIONS_AT + 80 + 20, 24);
	memcpy(file + STRINGS_AT, "\0main\0helper\0data\0_start", 24);
	put_symbol(1, 1, 0x1000, 0x40, 0x12, 1);
	put_symbol(2, 6, 0x1040, 0x10, 0x02, 1);
	put_symbol(3, 13, 0x1044, 4, 0x11, 2);
	put_symbol(4, 6, 0x1100, 0, 0x12, 1); /* no size */
}

static const char *read_file(struct elf_image *image)
{
	return elf_read(file, sizeof file, BOTTOM, TOP, BASE, image);
}

static void check_good(void)
{
	struct elf_image image;

	make(2);
	CHECK(read_file(&image) == NULL && image.segment_count == 2 && image.entry == 0x08048100 &&
		      image.base == 0 && !image.executable_stack && image.interpreter_bytes == 0,
	      "a program");
	CHECK(image.segments[0].execute && !image.segments[0].write && image.segments[0].read &&
		      image.segments[1].write && !image.segments[1].execute &&
		      image.segments[1].memory_bytes == 0x5000 &&
		      image.segments[1].file_bytes == 0x100,
	      "its segments");
	CHECK(image.headers_address == 0x08048034 && image.headers == 3, "its headers in memory");
	make(3);
	CHECK(read_file(&image) == NULL && image.entry == BASE + 0x100 && image.base == BASE &&
		      image.segments[1].address == BASE + 0x1000,
	      "one that may lie anywhere");
	make(2);
	put_segment(2, 3, INTERP_AT, 0, 9, 9, 4);
	memcpy(file + INTERP_AT, "/lib/ld1", 9);
	CHECK(read_file(&image) == NULL && image.interpreter_offset == INTERP_AT &&
		      image.interpreter_bytes == 9 && image.executable_stack,
	      "one with an interpreter, and a stack that says nothing");
}

struct lie {
	const char *what;
	uint32_t offset;
	uint32_t value;
	uint32_t bytes;
};

static void check_lies(void)
{
	static const struct lie lies[] = {
		{"no magic", 0, 0x464c4560, 4},
		{"64 bits", 4, 2, 1},
		{"the other byte order", 5, 2, 1},
		{"an object file", 16, 1, 2},
		{"another machine", 18, 62, 2},
		{"no segments", 44, 0, 2},
		{"headers of another size", 42, 56, 2},
		{"headers beyond the end", 28, 0xfffffff0, 4},
		{"too many headers", 44, 0xffff, 2},
		{"the entry outside", 24, 0x0804f000, 4},
		{"contents beyond the end", 52 + 4, 0x2fff, 4},
		{"an offset that wraps", 52 + 4, 0xffffffff, 4},
		{"more contents than memory", 52 + 20, 0xfff, 4},
		{"memory without end", 52 + 20, 0xffffffff, 4},
		{"the first page", 52 + 8, 0, 4},
		{"kernel memory", 84 + 8, 0xc0000000, 4},
		{"up into the stack", 84 + 8, 0xbffdf000, 4},
		{"overlapping segments", 84 + 8, 0x08048fff, 4},
		{"segments in another order", 84 + 8, 0x08000000, 4},
	};
	struct elf_image image;
	uint32_t refused = 0;

	for (uint32_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
		make(2);
		memcpy(file + lies[i].offset, &lies[i].value, lies[i].bytes);
		if (read_file(&image) != NULL) {
			refused++;
		} else {
			printf("# taken: %s\n", lies[i].what);
		}
	}
	CHECK(refused == sizeof lies / sizeof lies[0], "%u lies refused", refused);
	make(2);
	put_segment(2, 3, INTERP_AT, 0, 9, 9, 4);
	memset(file + INTERP_AT, 'x', 9);
	CHECK(read_file(&image) != NULL, "an interpreter's path without end");
	CHECK(elf_read(file, 51, BOTTOM, TOP, BASE, &image) != NULL, "half a header");
}

static bool has_symbol(uint32_t address, const char *name, uint32_t offset)
{
	struct elf_symbol symbol;

	return elf_find_symbol(file, sizeof file, address, &symbol) &&
	       symbol.name_bytes == strlen(name) &&
	       memcmp(symbol.name, name, symbol.name_bytes) == 0 && symbol.offset == offset;
}

static void check_symbols(void)
{
	struct elf_symbol symbol;

	make(2);
	CHECK(has_symbol(0x1000, "main", 0) && has_symbol(0x103f, "main", 0x3f), "a function");
	CHECK(has_symbol(0x1044, "helper", 4), "not a variable in it");
	CHECK(!elf_find_symbol(file, sizeof file, 0x1050, &symbol), "a gap");
	CHECK(has_symbol(0x1234, "helper", 0x134), "a function without size reaches on");
	CHECK(!elf_find_symbol(file, sizeof file, 0xfff, &symbol), "before all of them");
	put(SECTIONS_AT + 80 + 20, 10); /* the strings end in "helper" */
	CHECK(!elf_find_symbol(file, sizeof file, 0x1044, &symbol), "a name that does not end");
	put(SECTIONS_AT + 40 + 24, 7);
	CHECK(!elf_find_symbol(file, sizeof file, 0x1000, &symbol), "strings that are not there");
	make(2);
	put(SECTIONS_AT + 40 + 20, 0xfffffff0);
	CHECK(!elf_find_symbol(file, sizeof file, 0x1000, &symbol), "a table without end");
}

/* What is read must hold; the sanitizer sees every step outside. */
static bool holds(const struct elf_image *image, uint32_t bytes)
{
	uint64_t last = BOTTOM;

	for (uint32_t i = 0; i < image->segment_count; i++) {
		const struct elf_segment *segment = &image->segments[i];

		if (segment->address < last || segment->memory_bytes < segment->file_bytes ||
		    (uint64_t)segment->file_offset + segment->file_bytes > bytes) {
			return false;
		}
		last = (uint64_t)segment->address + segment->memory_bytes;
	}
	return last <= TOP &&
	       image->interpreter_offset + (uint64_t)image->interpreter_bytes <= bytes;
}

static void fuzz(void)
{
	uint64_t seed = 15;
	uint32_t wrong = 0, good = 0, named = 0;

	for (uint32_t round = 0; round < 40000; round++) {
		struct elf_image image;
		struct elf_symbol symbol;
		uint32_t bytes = tap_random(&seed) % 8 == 0
					 ? (uint32_t)(tap_random(&seed) % FILE_BYTES)
					 : FILE_BYTES;
		uint8_t *copy = NULL;

		make(tap_random(&seed) % 2 ? 2 : 3);
		for (uint32_t i = tap_random(&seed) % 4; i > 0; i--) {
			static const uint32_t places[] = {0, SECTIONS_AT, SYMBOLS_AT, STRINGS_AT};
			uint32_t at = places[tap_random(&seed) % 4] + tap_random(&seed) % 148;

			file[at] = tap_random(&seed) % 3 == 0 ? 0xff : (uint8_t)tap_random(&seed);
		}
		copy = malloc(bytes + 1);
		memcpy(copy, file, bytes);
		if (elf_read(copy, bytes, BOTTOM, TOP, BASE, &image) == NULL) {
			good++;
			wrong += !holds(&image, bytes);
		}
		if (elf_find_symbol(copy, bytes, 0x1044, &symbol)) {
			named++;
			wrong += symbol.name_bytes == 0 || (const uint8_t *)symbol.name < copy ||
				 (const uint8_t *)symbol.name + symbol.name_bytes > copy + bytes;
		}
		free(copy);
	}
	CHECK(wrong == 0 && good > 1000 && named > 1000,
	      "40000 damaged images (seed 15): %u taken, %u with a name", good, named);
}

int main(void)
{
	check_good();
	check_lies();
	check_symbols();
	fuzz();
	return tap_done();
}
