/* Zones and kalloc over a page source that can run dry: contents, caps, counters, double frees,
   pages given back. LINK: kernel/kern/zone.c kernel/kern/kalloc.c
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <kern/upcall.h>
#include <kern/zone.h>

#include "tap.h"

#define OBJECTS_MAX 2000u
#define STEPS       200000u

#define BLOCKS_MAX 8192u

/* What zones keep is held here too, so that the leak check knows of it. */
static void *blocks[BLOCKS_MAX];
static uint32_t pages_out, pages_limit = UINT32_MAX;
static jmp_buf panic_jump;
static bool panic_expected;
static char panic_text[200];

void *upcall_pages_alloc(uint32_t count)
{
	if (pages_out + count > pages_limit) {
		return NULL;
	}
	void *pages = aligned_alloc((size_t)count * PAGE_BYTES, (size_t)count * PAGE_BYTES);
	memset(pages, 0xa5, (size_t)count * PAGE_BYTES);
	pages_out += count;
	uint32_t slot = 0;
	while (blocks[slot] != NULL) {
		slot++;
	}
	blocks[slot] = pages;
	return pages;
}

void upcall_pages_free(void *pages, uint32_t count)
{
	pages_out -= count;
	uint32_t slot = 0;
	while (blocks[slot] != pages) {
		slot++;
	}
	blocks[slot] = NULL;
	free(pages);
}

void panic(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(panic_text, sizeof panic_text, format, arguments);
	va_end(arguments);
	if (!panic_expected) {
		printf("Bail out! panic: %s\n", panic_text);
		exit(1);
	}
	longjmp(panic_jump, 1);
}

void assert_failed(const char *expression, const char *file, int line)
{
	panic("%s:%d: %s", file, line, expression);
}

struct object {
	uint8_t *memory;
	uint8_t fill;
};

static bool intact(const struct object *object, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++) {
		if (object->memory[i] != object->fill) {
			return false;
		}
	}
	return true;
}

/* Random allocations and frees; every element keeps what its owner wrote, whatever its neighbours
   do. */
static void random_use(uint32_t bytes, uint32_t cap, uint64_t seed)
{
	static struct zone zone;
	static struct object objects[OBJECTS_MAX];
	uint32_t count = 0, damaged = 0, wrong_refusals = 0, misaligned = 0;
	uint32_t pages_before = pages_out;
	zone_init(&zone, "random", bytes, cap);
	for (uint32_t step = 0; step < STEPS / (bytes / 8 + 1) + 1000; step++) {
		uint64_t chance = tap_random(&seed);
		bool growing = (step / 500) % 2 == 0;
		if (chance % 100 < (growing ? 70 : 30) && count < OBJECTS_MAX) {
			uint8_t *memory = zone_alloc(&zone);
			if (memory == NULL) {
				wrong_refusals += cap == 0 || count < cap;
				continue;
			}
			misaligned += (uintptr_t)memory % 8 != 0;
			struct object *object = &objects[count++];
			*object = (struct object){memory, (uint8_t)chance};
			memset(memory, object->fill, bytes);
		} else if (count > 0) {
			uint32_t index = (uint32_t)(chance >> 8) % count;
			damaged += !intact(&objects[index], bytes);
			zone_free(&zone, objects[index].memory);
			objects[index] = objects[--count];
		}
		damaged += zone.in_use != count;
	}
	while (count > 0) {
		damaged += !intact(&objects[--count], bytes);
		zone_free(&zone, objects[count].memory);
	}
	CHECK(damaged == 0 && misaligned == 0, "elements of %u bytes keep their contents", bytes);
	CHECK(wrong_refusals == 0 && (cap == 0 || zone.high_water <= cap),
	      "elements of %u bytes: cap %u holds", bytes, cap);
	uint32_t kept = (1 + zone.cached_max) * zone.slab_pages;
	CHECK(zone.in_use == 0 && pages_out - pages_before <= kept,
	      "elements of %u bytes: all but %u pages given back", bytes, pages_out - pages_before);
	list_remove(&zone.all);
}

static void exhaustion(void)
{
	static struct zone zone;
	void *elements[1000];
	uint32_t count = 0;
	zone_init(&zone, "dry", 200, 0);
	pages_limit = pages_out + 8;
	while ((elements[count] = zone_alloc(&zone)) != NULL) {
		count++;
	}
	CHECK(count >= 8 * PAGE_BYTES / 200 * 7 / 8 && zone.refused == 1,
	      "%u elements fit eight pages, then NULL", count);
	zone_free(&zone, elements[0]);
	CHECK(zone_alloc(&zone) == elements[0], "one freed can be had again");
	while (count > 0) {
		zone_free(&zone, elements[--count]);
	}
	pages_limit = UINT32_MAX;
	CHECK(zone.in_use == 0, "all given back");
	list_remove(&zone.all);
}

static bool panics_on_free(struct zone *zone, void *element)
{
	panic_expected = true;
	if (setjmp(panic_jump) == 0) {
		zone_free(zone, element);
		panic_expected = false;
		return false;
	}
	panic_expected = false;
	return true;
}

static void misuse(void)
{
	static struct zone zone, other;
	zone_init(&zone, "misuse", 64, 0);
	zone_init(&other, "other", 64, 0);
	void *element = zone_alloc(&zone);
	void *second = zone_alloc(&zone);
	CHECK(panics_on_free(&other, element), "a free into the wrong zone panics: %s", panic_text);
	zone_free(&zone, element);
	CHECK(panics_on_free(&zone, element), "a second free panics: %s", panic_text);
	/* The poison of a live element, written by whoever chose its contents, is no second free.
	 */
	uintptr_t word = *((uintptr_t *)element + 1);
	element = zone_alloc(&zone);
	*((uintptr_t *)element + 1) = word;
	CHECK(!panics_on_free(&zone, element), "data that looks like poison is freed quietly");
	*((uintptr_t *)element + 1) = 0;
	panic_expected = true;
	bool caught = setjmp(panic_jump) != 0;
	if (!caught) {
		(void)!!zone_alloc(&zone);
	}
	panic_expected = false;
	CHECK(caught, "a write after free is seen by the next allocation");
	zone_free(&zone, second);
	list_remove(&zone.all);
	list_remove(&other.all);
}

static void alignment(void)
{
	static struct zone zone;
	zone_init(&zone, "fpu", 512, 0);
	uint32_t misaligned = 0;
	void *elements[20];
	for (uint32_t i = 0; i < 20; i++) {
		elements[i] = zone_alloc(&zone);
		misaligned += (uintptr_t)elements[i] % 512 != 0;
	}
	for (uint32_t i = 0; i < 20; i++) {
		zone_free(&zone, elements[i]);
	}
	CHECK(misaligned == 0, "512-byte elements are aligned to their size");
	list_remove(&zone.all);
}

static void kalloc_sizes(void)
{
	zone_bootstrap();
	uint32_t bad = 0;
	uint32_t before = pages_out;
	for (uint32_t bytes = 1; bytes <= 65536; bytes += bytes / 16 + 1) {
		void *block = kalloc(bytes);
		bad += block == NULL;
		if (block != NULL) {
			memset(block, 1, bytes);
			kfree(block, bytes);
		}
	}
	CHECK(bad == 0, "kalloc serves every size up to 64 KB");
	CHECK(kalloc(65537) == NULL && kalloc(UINT32_MAX) == NULL, "and refuses what is larger");
	uint32_t zones = 0, in_use = 0;
	for (struct zone *zone = NULL; (zone = zone_next(zone)) != NULL;) {
		zones++;
		in_use += zone->in_use;
	}
	CHECK(zones == 9 && in_use == 0,
	      "zone_next walks kalloc's nine zones, all idle (%u pages kept)", pages_out - before);
}

int main(void)
{
	static const uint32_t sizes[] = {1, 8, 24, 40, 64, 100, 256, 300, 512, 1000, 2048, 4096};
	for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		random_use(sizes[i], i % 2 == 0 ? 0 : 100, 0x1234567 + i);
	}
	exhaustion();
	misuse();
	alignment();
	kalloc_sizes();
	return tap_done();
}
