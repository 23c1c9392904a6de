/* The checks of lib/crypto, the same on the host (tests/host/crypto.c) and on the target. */
#pragma once

#include <crypto/crypto.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* One TAP line; the program that is linked with the checks prints it. */
void check_result(bool passed, const char *text, const char *file, int line);
#define EXPECT(condition)             check_result(!!(condition), #condition, __FILE__, __LINE__)
#define EXPECT_NAMED(condition, text) check_result(!!(condition), text, __FILE__, __LINE__)

/*
 * How thorough loops over operations of P-256 are: each bit, each failing allocation (1), or one in
 * so many.  A multiplication takes 25 ms on the target.
 */
extern unsigned int check_stride;

void check_before_start(void); /* first: it ends with crypto_start */
void check_hashes(void);
void check_seals(void);
void check_randoms(void);
void check_keys(void);
void check_signatures(void);
void check_memory(void);

/* On the target: a node's processor has RDRAND (design, decision 1), another must be refused. */
void check_rdrand_present(void);
void check_rdrand_absent(void);

/* All of the first seven, in order. */
void check_all(void);

/* Bytes from hexadecimal digits; the text must be sound, and as long as "bytes". */
void hex_bytes(const char *text, uint8_t *out, size_t bytes);

/* Whether the bytes are those of the text. */
bool is_hex(const uint8_t *data, const char *text);

bool is_zero(const void *data, size_t bytes);

/* A source of "entropy" that is predictable, and whose faults are set. */
struct test_source {
	uint32_t state;
	unsigned int reads;
	bool fails;   /* answers an error */
	bool repeats; /* gives the same block again and again */
	bool stuck;   /* gives one word over and over, another one at each read */
};

struct crypto_source test_source_of(struct test_source *source);

/* A seeded random for tests that only need one. */
struct crypto_random *test_random(void);

/* --------------------------------------------------------------------- memory (malloc_wrap.c) */

/* How many blocks malloc has given and free not yet taken back. */
int memory_in_use(void);

/* How many blocks malloc has given so far. */
unsigned int memory_taken(void);

/* Makes the malloc that comes after "count" good ones fail, and all after it; UINT32_MAX: none. */
void memory_fail_after(unsigned int count);

/* Between true and false every block that lib/crypto frees is looked at: how many had content. */
void memory_watch_wiping(bool watch);
unsigned int memory_unwiped(void);
