/* TAP for host tests: CHECK counts and prints, tap_done prints the plan and returns main's status.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>

static unsigned tap_count, tap_failed;

#define CHECK(condition, ...)                                                                      \
	do {                                                                                       \
		int tap_good = (condition) != 0;                                                   \
		tap_count++;                                                                       \
		tap_failed += !tap_good;                                                           \
		printf("%sok %u - ", tap_good ? "" : "not ", tap_count);                           \
		printf(__VA_ARGS__);                                                               \
		printf("\n");                                                                      \
		if (!tap_good) {                                                                   \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition);                   \
		}                                                                                  \
	} while (0)

static inline int tap_done(void)
{
	printf("1..%u\n", tap_count);
	return tap_failed != 0;
}

/* Marsaglia's xorshift64: the tests' only source of chance, from a seed they print. */
static inline uint64_t tap_random(uint64_t *state)
{
	uint64_t x = *state;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return *state = x;
}
