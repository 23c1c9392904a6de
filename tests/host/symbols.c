/* The symbols of boot modules: a small image, the same with every byte spoiled, and random bytes.
   LINK: kernel/kern/symbols.c
*/
#include <stdlib.h>
#include <string.h>

#include <kern/symbols.h>
#include <kern/zone.h>

#include "tap.h"

#define IMAGE_BYTES 1024u
#define RANDOM_RUNS 200000u

static uint32_t blocks_out;
static bool no_memory;

void *kalloc(uint32_t bytes)
{
	if (no_memory || bytes > 65536) {
		return NULL;
	}
	blocks_out++;
	return malloc(bytes);
}

void kfree(void *block, uint32_t bytes)
{
	(void)bytes;
	blocks_out--;
	free(block);
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value);
	put16(at + 2, value >> 16);
}

static void put_symbol(uint8_t *at, uint32_t name, uint32_t value, uint32_t info, uint32_t section)
{
	put32(at, name);
	put32(at + 4, value);
	at[12] = (uint8_t)info;
	put16(at + 14, section);
}

/* Header; sections at 64: none, .symtab, .strtab; symbols at 256; names at 512. */
static void build_image(uint8_t *image)
{
	memset(image, 0, IMAGE_BYTES);
	memcpy(image, "\177ELF\1\1\1", 7);
	put32(image + 32, 64); /* section headers */
	put16(image + 46, 40);
	put16(image + 48, 3);
	put32(image + 64 + 40 + 4, 2); /* .symtab */
	put32(image + 64 + 40 + 16, 256);
	put32(image + 64 + 40 + 20, 6 * 16);
	put32(image + 64 + 40 + 24, 2);
	put32(image + 64 + 80 + 4, 3); /* .strtab */
	put32(image + 64 + 80 + 16, 512);
	put32(image + 64 + 80 + 20, 64);
	memcpy(image + 512, "\0main\0helper\0counter\0start\0nowhere", 35);
	put_symbol(image + 256 + 16, 1, 0x8049000, 0x12, 1);
	put_symbol(image + 256 + 32, 6, 0x8048800, 0x02, 1);
	put_symbol(image + 256 + 48, 13, 0x804a000, 0x11, 2); /* an object: not a function */
	put_symbol(image + 256 + 64, 21, 0x8048000, 0x10, 1);
	put_symbol(image + 256 + 80, 27, 0, 0x12, 0); /* undefined */
}

/* An exact copy on the heap: the sanitizer sees any step beyond it. */
static struct symbols *create(const uint8_t *image, uint32_t bytes)
{
	uint8_t *copy = malloc(bytes != 0 ? bytes : 1);
	memcpy(copy, image, bytes);
	struct symbols *symbols = symbols_create(copy, bytes);
	free(copy);
	return symbols;
}

static bool finds(const struct symbols *symbols, uint32_t address, const char *name,
		  uint32_t offset)
{
	uint32_t found = 0;
	const char *text = symbols_lookup(symbols, address, &found);
	return name == NULL ? text == NULL
			    : text != NULL && strcmp(text, name) == 0 && found == offset;
}

static void known_image(const uint8_t *image)
{
	struct symbols *symbols = create(image, IMAGE_BYTES);
	CHECK(symbols != NULL, "a plain image has symbols");
	CHECK(finds(symbols, 0x8048000, "start", 0) && finds(symbols, 0x80487ff, "start", 0x7ff) &&
		      finds(symbols, 0x8048800, "helper", 0) &&
		      finds(symbols, 0x8049010, "main", 0x10),
	      "addresses find their functions, whatever the table's order");
	CHECK(finds(symbols, 0x8047fff, NULL, 0) && finds(symbols, 0x9000000, NULL, 0) &&
		      finds(NULL, 0x8048000, NULL, 0),
	      "others find none");
	symbols_destroy(symbols);
	no_memory = true;
	CHECK(create(image, IMAGE_BYTES) == NULL, "no memory: none");
	no_memory = false;
	CHECK(blocks_out == 0, "all blocks given back");
}

static void try_image(const uint8_t *image, uint32_t bytes, uint64_t chance)
{
	struct symbols *symbols = create(image, bytes);
	if (symbols != NULL) {
		uint32_t offset;
		(void)symbols_lookup(symbols, (uint32_t)chance, &offset);
		(void)symbols_lookup(symbols, 0x8048000, &offset);
		(void)symbols_lookup(symbols, UINT32_MAX, &offset);
	}
	symbols_destroy(symbols);
}

static void spoiled_images(const uint8_t *image)
{
	static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff};
	uint8_t spoiled[IMAGE_BYTES];
	for (uint32_t i = 0; i < 600; i++) {
		for (uint32_t j = 0; j < sizeof values; j++) {
			memcpy(spoiled, image, IMAGE_BYTES);
			spoiled[i] = values[j];
			try_image(spoiled, IMAGE_BYTES, i);
		}
		try_image(image, i, i); /* cut short */
	}
	uint64_t seed = 0xe1f;
	for (uint32_t run = 0; run < RANDOM_RUNS; run++) {
		memcpy(spoiled, image, IMAGE_BYTES);
		for (uint32_t n = tap_random(&seed) % 8 + 1; n > 0; n--) {
			uint64_t chance = tap_random(&seed);
			spoiled[chance % 600] = (uint8_t)(chance >> 32);
		}
		try_image(spoiled, IMAGE_BYTES - (uint32_t)(tap_random(&seed) % 16), seed);
	}
	CHECK(blocks_out == 0, "spoiled and cut images: no crash, no block lost");
}

int main(void)
{
	uint8_t image[IMAGE_BYTES];
	build_image(image);
	known_image(image);
	spoiled_images(image);
	return tap_done();
}
