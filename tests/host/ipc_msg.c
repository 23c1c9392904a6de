/* The parser of typed message bodies: known items, every boundary, and random bytes.
   LINK: kernel/ipc/ipc_msg_core.c */
#include <stdlib.h>
#include <string.h>

#include <ipc/ipc_msg_core.h>

#include "tap.h"

#define INLINE     (1u << 28)
#define LONG       (1u << 29)
#define DEALLOCATE (1u << 30)
#define UNUSED     (1u << 31)

static uint32_t short_word(uint32_t name, uint32_t bits, uint32_t number, uint32_t flags)
{
	return name | bits << 8 | number << 16 | flags;
}

static enum ipc_item_result parse(const uint32_t *words, uint32_t bytes, struct ipc_item *item)
{
	/* An exact copy on the heap: the sanitizer sees any step beyond it. */
	void *copy = malloc(bytes != 0 ? bytes : 1);
	memcpy(copy, words, bytes);
	enum ipc_item_result result = ipc_item_parse(copy, bytes, item);
	free(copy);
	return result;
}

static void known_items(void)
{
	struct ipc_item item;
	uint32_t one_int[] = {0x10012002u, 42};
	CHECK(parse(one_int, 8, &item) == IPC_ITEM_OK && item.name == 2 &&
		      item.element_bits == 32 && item.number == 1 && item.is_inline &&
		      !item.is_port && item.item_bytes == 8 && item.data_bytes == 4,
	      "one inline int is 0x10012002");
	uint32_t bytes5[] = {short_word(9, 8, 5, INLINE), 0, 0};
	CHECK(parse(bytes5, 12, &item) == IPC_ITEM_OK && item.item_bytes == 12 &&
		      item.data_bytes == 5,
	      "five bytes are padded to eight");
	uint32_t bits3[] = {short_word(0, 1, 3, INLINE), 0};
	CHECK(parse(bits3, 8, &item) == IPC_ITEM_OK && item.data_bytes == 1 && item.item_bytes == 8,
	      "three bits are one byte");
	uint32_t out[] = {LONG | DEALLOCATE, 9u | 8u << 16, 100000, 0x1000};
	CHECK(parse(out, 16, &item) == IPC_ITEM_OK && item.is_long && !item.is_inline &&
		      item.deallocate && item.item_bytes == 16 && item.data_bytes == 100000,
	      "out of line, long form: the address follows");
	uint32_t empty[] = {short_word(2, 32, 0, INLINE)};
	CHECK(parse(empty, 4, &item) == IPC_ITEM_OK && item.item_bytes == 4,
	      "no elements: the descriptor alone");
	uint32_t huge[] = {LONG, 2u | 0xffffu << 16, 0xffffffffu, 0};
	CHECK(parse(huge, 16, &item) == IPC_ITEM_OK &&
		      item.data_bytes == ((uint64_t)0xffffffffu * 0xffffu + 7) >> 3,
	      "the largest size does not overflow");
}

static void refused_items(void)
{
	struct ipc_item item;
	uint32_t words[4] = {0};
	CHECK(parse(words, 0, &item) == IPC_ITEM_TOO_SMALL, "nothing left: too small");
	words[0] = LONG | INLINE;
	CHECK(parse(words, 8, &item) == IPC_ITEM_TOO_SMALL, "half a long descriptor: too small");
	words[0] = short_word(2, 32, 4, INLINE);
	CHECK(parse(words, 16, &item) == IPC_ITEM_TOO_SMALL,
	      "four ints in room for three: too small");
	words[0] = short_word(2, 32, 1, 0);
	CHECK(parse(words, 4, &item) == IPC_ITEM_TOO_SMALL, "no room for the address: too small");
	words[0] = LONG | INLINE, words[1] = 2u | 32u << 16, words[2] = 0x40000001u;
	CHECK(parse(words, 16, &item) == IPC_ITEM_TOO_SMALL,
	      "an inline size beyond 32 bits: too small");
	words[0] = short_word(17, 16, 1, INLINE);
	CHECK(parse(words, 8, &item) == IPC_ITEM_BAD_TYPE, "rights of 16 bits: bad type");
	words[0] = short_word(2, 32, 1, INLINE | DEALLOCATE);
	CHECK(parse(words, 8, &item) == IPC_ITEM_BAD_TYPE, "deallocate inline: bad type");
	words[0] = short_word(2, 32, 1, INLINE | UNUSED);
	CHECK(parse(words, 8, &item) == IPC_ITEM_BAD_TYPE, "the unused bit: bad type");
	words[0] = short_word(2, 0, 0, LONG | INLINE), words[1] = 0, words[2] = 0;
	CHECK(parse(words, 12, &item) == IPC_ITEM_BAD_TYPE,
	      "a long form with a short form's name: bad type");
}

static void set_fields(void)
{
	uint32_t s = short_word(21, 32, 1, INLINE), l[] = {LONG, 20u | 32u << 16, 7, 0};
	struct ipc_item item;
	ipc_item_set_name(&s, 18);
	CHECK(s == short_word(18, 32, 1, INLINE), "set_name, short form");
	ipc_item_set_name(l, 17);
	CHECK(l[1] == (17u | 32u << 16) && l[0] == LONG, "set_name, long form");
	l[0] |= DEALLOCATE;
	CHECK(parse(l, 16, &item) == IPC_ITEM_OK && item.deallocate && item.name == 17,
	      "the deallocate bit beside a name that was set");
}

/* A walk over random bytes stays inside, makes progress, and ends. */
static void random_bodies(uint64_t seed)
{
	unsigned walked = 0, good = 0;
	for (unsigned round = 0; round < 200000; round++) {
		uint32_t words[24], bytes = (uint32_t)(tap_random(&seed) % 25) * 4;
		for (unsigned i = 0; i < 24; i++) {
			words[i] = (uint32_t)tap_random(&seed);
			if (tap_random(&seed) % 2 !=
			    0) { /* often something that looks like a short descriptor */
				words[i] = short_word(tap_random(&seed) % 24, 32,
						      tap_random(&seed) % 4,
						      (tap_random(&seed) & 5) << 28);
			}
		}
		for (uint32_t at = 0; at < bytes;) {
			struct ipc_item item;
			if (parse(words + at / 4, bytes - at, &item) != IPC_ITEM_OK) {
				break;
			}
			good++;
			if (item.item_bytes < 4 || item.item_bytes % 4 != 0 ||
			    item.item_bytes > bytes - at) {
				CHECK(0, "item of %u bytes in %u, round %u", item.item_bytes,
				      bytes - at, round);
				return;
			}
			at += item.item_bytes;
			walked++;
		}
	}
	CHECK(good > 10000 && walked == good, "200000 random bodies walked, %u items", good);
}

int main(void)
{
	known_items();
	refused_items();
	set_fields();
	printf("# seed 20261121\n");
	random_bodies(20261121);
	return tap_done();
}
