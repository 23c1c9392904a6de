/* The DOS personality's memory: each rule, a model of the chain under random calls, and chains that
   a program has scribbled over.
   LINK: personalities/dos/memory_core.c
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../personalities/dos/memory_core.h"
#include "tap.h"

#define BYTES     0x110000
#define FIRST     0x200
#define END       0xa000
#define OWNERS    5
#define STEPS     20000
#define SCRIBBLES 3000

static uint8_t *base;

/* Walks the chain: it is whole, ends at END, and the owner's paragraphs are counted. */
static bool is_whole(const struct dos_memory *memory, uint32_t *used)
{
	uint32_t segment = memory->first;

	*used = 0;
	for (;;) {
		const uint8_t *at = base + segment * 16;
		uint32_t size = at[3] | at[4] << 8;

		if (at[0] != 'M' && at[0] != 'Z') {
			return false;
		}
		*used += (at[1] | at[2]) != 0 ? size + 1 : 0;
		segment += size + 1;
		if (at[0] == 'Z') {
			return segment == END;
		}
	}
}

static void check_rules(void)
{
	struct dos_memory memory = {.base = base};
	uint16_t a = 0, b = 0, c = 0, largest = 0;

	memory_format(&memory, FIRST, END);
	CHECK(memory_allocate(&memory, 8, 0xffff, &a, &largest) == MEMORY_INSUFFICIENT &&
		      largest == END - FIRST - 1,
	      "all is free");
	CHECK(memory_allocate(&memory, 8, 0x10, &a, &largest) == 0 && a == FIRST + 1, "first fit");
	CHECK(memory_allocate(&memory, 8, 0x20, &b, &largest) == 0 && b == a + 0x11, "behind it");
	CHECK(memory_allocate(&memory, 9, 0x10, &c, &largest) == 0, "a third");
	CHECK(memory_free(&memory, a) == 0 && memory_free(&memory, b) == 0, "two freed");
	CHECK(memory_allocate(&memory, 8, 0x31, &a, &largest) == 0 && a == FIRST + 1,
	      "free neighbours are joined");
	CHECK(memory_resize(&memory, c, 0xffff, &largest) == MEMORY_INSUFFICIENT &&
		      memory_size(&memory, c) == largest,
	      "too large: as large as it can be");
	CHECK(memory_resize(&memory, c, 0x10, &largest) == 0, "and back");
	CHECK(memory_resize(&memory, (uint16_t)(c + 1), 1, &largest) == MEMORY_NOT_A_BLOCK,
	      "no block");
	CHECK(memory_free(&memory, 0) == MEMORY_NOT_A_BLOCK, "segment 0");
	CHECK(memory_free_owner(&memory, 9) == 0 && memory_free_owner(&memory, 8) == 0, "owners");
	memory.strategy = MEMORY_LAST_FIT;
	CHECK(memory_allocate(&memory, 8, 0x10, &a, &largest) == 0 && a == END - 0x10, "last fit");
	memory_set_owner(&memory, a, 8, "LONGNAMES");
	CHECK(memcmp(base + (a - 1) * 16 + 8, "LONGNAME", 8) == 0, "the owner's name");
	base[FIRST * 16] = 'X';
	CHECK(memory_allocate(&memory, 8, 1, &b, &largest) == MEMORY_DESTROYED, "destroyed");
}

/* Random calls: whatever comes of them, the chain stays whole and no two blocks overlap. */
static void check_random(uint64_t seed)
{
	struct dos_memory memory = {.base = base};
	uint16_t blocks[64] = {0}, sizes[64] = {0};
	uint64_t state = seed;
	bool good = true;

	memory_format(&memory, FIRST, END);
	for (int step = 0; good && step < STEPS; step++) {
		uint32_t i = tap_random(&state) % 64, used = 0, expected = 0;
		uint16_t wanted = (uint16_t)(tap_random(&state) % 0x600), largest = 0;

		memory.strategy = (uint16_t)(tap_random(&state) % 3);
		if (blocks[i] == 0) {
			if (memory_allocate(&memory, (uint16_t)(8 + i % OWNERS), wanted, &blocks[i],
					    &largest) == 0) {
				sizes[i] = wanted;
				memset(base + blocks[i] * 16u, (int)i, wanted * 16u);
			} else {
				good = largest < wanted;
			}
		} else if (tap_random(&state) % 2 == 0) {
			int result = memory_resize(&memory, blocks[i], wanted, &largest);

			good = result == 0 || (result == MEMORY_INSUFFICIENT && largest < wanted);
			sizes[i] = result == 0 ? wanted : largest;
			memset(base + blocks[i] * 16u, (int)i, sizes[i] * 16u);
		} else {
			for (uint32_t k = 0; k < sizes[i] * 16u; k++) {
				good = good && base[blocks[i] * 16u + k] == i;
			}
			good = good && memory_free(&memory, blocks[i]) == 0;
			blocks[i] = 0;
		}
		for (uint32_t k = 0; k < 64; k++) {
			expected += blocks[k] != 0 ? sizes[k] + 1u : 0;
		}
		good = good && is_whole(&memory, &used) && used == expected;
	}
	CHECK(good, "%u random calls from seed %llu", STEPS, (unsigned long long)seed);
}

/* Chains full of nonsense: every call ends, and the sanitizer sees no step out of the memory. */
static void check_scribbles(uint64_t seed)
{
	struct dos_memory memory = {.base = base};
	uint64_t state = seed;
	uint32_t ended = 0;

	for (int round = 0; round < SCRIBBLES; round++) {
		uint16_t segment = 0, largest = 0;

		memory_format(&memory, FIRST, END);
		for (int i = 0; i < 20; i++) {
			(void)memory_allocate(&memory, 8, (uint16_t)(tap_random(&state) % 0x300),
					      &segment, &largest);
			base[(FIRST + tap_random(&state) % 0x400) * 16 + tap_random(&state) % 6] =
				(uint8_t)(tap_random(&state) % 4 == 0 ? 'M' : tap_random(&state));
			(void)memory_resize(&memory, (uint16_t)(FIRST + tap_random(&state) % 0x400),
					    (uint16_t)tap_random(&state), &largest);
			(void)memory_free(&memory, (uint16_t)tap_random(&state));
		}
		(void)memory_free_owner(&memory, 8);
		ended++;
	}
	CHECK(ended == SCRIBBLES, "%u scribbled chains", SCRIBBLES);
}

int main(void)
{
	base = calloc(1, BYTES);
	check_rules();
	for (uint64_t seed = 1; seed <= 5; seed++) {
		check_random(seed);
	}
	check_scribbles(77);
	free(base);
	return tap_done();
}
