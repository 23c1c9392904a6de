/* stack_core.h */
#include <stddef.h>
#include "stack_core.h"

#define AUXILIARY_WORDS (2 * 20u)
static const char platform[] = "i686";

static uint32_t length(const char *string)
{
	uint32_t bytes = 0;

	while (string[bytes] != '\0') {
		bytes++;
	}
	return bytes;
}

static uint32_t count_strings(const char *strings, uint32_t bytes)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < bytes; i++) {
		count += strings[i] == '\0';
	}
	return count;
}

uint32_t stack_bytes(const struct stack_contents *contents)
{
	uint32_t strings = contents->arguments_bytes + contents->environment_bytes +
			   length(contents->file_name) + 1 + sizeof(platform);
	uint32_t words = 3 + count_strings(contents->arguments, contents->arguments_bytes) +
			 count_strings(contents->environment, contents->environment_bytes) +
			 AUXILIARY_WORDS;

	return strings + 4 * words + sizeof(contents->random) + 64;
}

/* Writes into the image by the addresses that it will have. */
struct writer {
	char *image;
	uint32_t bottom;
};

static void put_bytes(const struct writer *writer, uint32_t address, const void *from,
		      uint32_t bytes)
{
	__builtin_memcpy(writer->image + (address - writer->bottom), from, bytes);
}

static void put_word(const struct writer *writer, uint32_t *address, uint32_t word)
{
	put_bytes(writer, *address, &word, sizeof(word));
	*address += sizeof(word);
}

/* Pointers to strings that lie one after the other, then a null. */
static void put_pointers(const struct writer *writer, uint32_t *address, const char *strings,
			 uint32_t bytes, uint32_t strings_address)
{
	uint32_t start = 0;

	for (uint32_t i = 0; i < bytes; i++) {
		if (strings[i] == '\0') {
			put_word(writer, address, strings_address + start);
			start = i + 1;
		}
	}
	put_word(writer, address, 0);
}

static void put_auxiliary(const struct writer *writer, uint32_t *address,
			  const struct stack_contents *c, uint32_t random, uint32_t file_name,
			  uint32_t platform_address)
{
	const uint32_t pairs[][2] = {
		{ 51, 0x5a0 },		 /* AT_MINSIGSTKSZ */
		{ 16, c->features },	 /* AT_HWCAP */
		{ 6, 4096 },		 /* AT_PAGESZ */
		{ 17, 100 },		 /* AT_CLKTCK */
		{ 3, c->headers_address }, /* AT_PHDR */
		{ 4, 32 },		 /* AT_PHENT */
		{ 5, c->headers },	 /* AT_PHNUM */
		{ 7, c->base },		 /* AT_BASE */
		{ 8, 0 },		 /* AT_FLAGS */
		{ 9, c->entry },	 /* AT_ENTRY */
		{ 11, c->uid },
		{ 12, c->euid },
		{ 13, c->gid },
		{ 14, c->egid },
		{ 23, c->uid != c->euid || c->gid != c->egid }, /* AT_SECURE */
		{ 25, random },
		{ 26, 0 }, /* AT_HWCAP2 */
		{ 31, file_name },
		{ 15, platform_address },
		{ 0, 0 },
	};

	_Static_assert(sizeof(pairs) / sizeof(pairs[0]) * 2 <= AUXILIARY_WORDS, "room for them");
	for (uint32_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		put_word(writer, address, pairs[i][0]);
		put_word(writer, address, pairs[i][1]);
	}
}

uint32_t stack_build(const struct stack_contents *c, char *image, uint32_t bytes, uint32_t top)
{
	struct writer writer = { image, top - bytes };
	uint32_t file_name = top - 4 - (length(c->file_name) + 1);
	uint32_t environment = file_name - c->environment_bytes;
	uint32_t arguments = environment - c->arguments_bytes;
	uint32_t platform_address = arguments - sizeof(platform);
	uint32_t random = (platform_address - sizeof(c->random)) & ~15u;
	uint32_t count = count_strings(c->arguments, c->arguments_bytes);
	uint32_t words = 3 + count + count_strings(c->environment, c->environment_bytes) +
			 AUXILIARY_WORDS;
	uint32_t esp = (random - 4 * words) & ~15u;
	uint32_t at = esp;

	put_bytes(&writer, file_name, c->file_name, length(c->file_name) + 1);
	put_bytes(&writer, environment, c->environment, c->environment_bytes);
	put_bytes(&writer, arguments, c->arguments, c->arguments_bytes);
	put_bytes(&writer, platform_address, platform, sizeof(platform));
	put_bytes(&writer, random, c->random, sizeof(c->random));
	put_word(&writer, &at, count);
	put_pointers(&writer, &at, c->arguments, c->arguments_bytes, arguments);
	put_pointers(&writer, &at, c->environment, c->environment_bytes, environment);
	put_auxiliary(&writer, &at, c, random, file_name, platform_address);
	return esp;
}
