/* See symbols_core.h. */
#include "symbols_core.h"

#include <stddef.h>

/* The words of a section header and of a symbol, by index (ELF32, 1.9 and 1.18). */
#define SECTION_BYTES      40u
#define SECTION_TYPE       1u
#define SECTION_OFFSET     4u
#define SECTION_SIZE       5u
#define SECTION_LINK       6u
#define SYMBOL_BYTES       16u
#define TYPE_SYMBOLS       2u
#define TYPE_STRINGS       3u
#define SYMBOL_FUNCTION    2u
#define HEADER_SECTIONS    32u /* byte offsets in the ELF header */
#define HEADER_ENTRY_BYTES 46u
#define HEADER_COUNT       48u
#define HEADER_BYTES       52u
#define NAME_BYTES_MAX     255u

struct table {
	const uint8_t *data;
	uint32_t bytes;
};

static uint32_t word_at(const uint8_t *from)
{
	return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

static uint32_t half_at(const uint8_t *from)
{
	return from[0] | (uint32_t)from[1] << 8;
}

/* The contents of section "index", if it has that type and lies in the file. */
static bool read_section(const uint8_t *file, uint32_t file_bytes, uint32_t index, uint32_t type,
			 struct table *table, uint32_t *link)
{
	const uint8_t *header = file + word_at(file + HEADER_SECTIONS) + index * SECTION_BYTES;
	uint32_t offset = word_at(header + 4 * SECTION_OFFSET);
	uint32_t bytes = word_at(header + 4 * SECTION_SIZE);

	if (word_at(header + 4 * SECTION_TYPE) != type || offset > file_bytes ||
	    bytes > file_bytes - offset) {
		return false;
	}
	*table = (struct table){.data = file + offset, .bytes = bytes};
	*link = word_at(header + 4 * SECTION_LINK);
	return true;
}

static bool find_tables(const uint8_t *file, uint32_t file_bytes, struct table *symbols,
			struct table *strings)
{
	uint32_t offset = 0, count = 0, link = 0, unused = 0;

	if (file_bytes < HEADER_BYTES || word_at(file) != 0x464c457f || file[4] != 1 ||
	    half_at(file + HEADER_ENTRY_BYTES) != SECTION_BYTES) {
		return false;
	}
	offset = word_at(file + HEADER_SECTIONS);
	count = half_at(file + HEADER_COUNT);
	if (offset > file_bytes || count * SECTION_BYTES > file_bytes - offset) {
		return false;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (read_section(file, file_bytes, i, TYPE_SYMBOLS, symbols, &link)) {
			return link < count &&
			       read_section(file, file_bytes, link, TYPE_STRINGS, strings, &unused);
		}
	}
	return false;
}

/* The name at "offset" of the strings: ended by a 0 inside them, and not empty or endless. */
static bool read_name(const struct table *strings, uint32_t offset, struct elf_symbol *symbol)
{
	uint32_t bytes = 0;

	while (offset < strings->bytes && bytes < strings->bytes - offset &&
	       bytes <= NAME_BYTES_MAX && strings->data[offset + bytes] != 0) {
		bytes++;
	}
	if (bytes == 0 || bytes > NAME_BYTES_MAX || bytes == strings->bytes - offset) {
		return false;
	}
	symbol->name = (const char *)strings->data + offset;
	symbol->name_bytes = bytes;
	return true;
}

bool elf_find_symbol(const void *file, uint32_t file_bytes, uint32_t address,
		     struct elf_symbol *symbol)
{
	struct table symbols = {NULL, 0}, strings = {NULL, 0};
	bool found = false;

	if (!find_tables(file, file_bytes, &symbols, &strings)) {
		return false;
	}
	/* Assembly gives functions no size: the nearest one before the address has it. */
	for (uint32_t i = 0; i < symbols.bytes / SYMBOL_BYTES; i++) {
		const uint8_t *entry = symbols.data + i * SYMBOL_BYTES;
		uint32_t value = word_at(entry + 4), bytes = word_at(entry + 8);

		if ((entry[12] & 0xf) != SYMBOL_FUNCTION || half_at(entry + 14) == 0 ||
		    value > address || (bytes != 0 && address - value >= bytes) ||
		    (found && address - value >= symbol->offset) ||
		    !read_name(&strings, word_at(entry), symbol)) {
			continue;
		}
		symbol->offset = address - value;
		found = true;
	}
	return found;
}
