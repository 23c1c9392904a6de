/* Symbols of a boot module's program. Two blocks: functions by address, and their names. */
#include <kern/symbols.h>

#include <kern/string.h>
#include <kern/zone.h>

#define BLOCK_BYTES_MAX 65536u
#define FUNCTION_REACH  65536u /* an address farther from its function is nobody's */
#define NAME_BYTES_MAX  64u

struct elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version, entry, phoff, shoff, flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_section {
	uint32_t name, type, flags, addr, offset, size, link, info, addralign, entsize;
};

struct elf_symbol {
	uint32_t name, value, size;
	uint8_t info, other;
	uint16_t section;
};

_Static_assert(sizeof(struct elf_header) == 52, "ELF32");
_Static_assert(sizeof(struct elf_section) == 40, "ELF32");
_Static_assert(sizeof(struct elf_symbol) == 16, "ELF32");

#define ELF_CLASS_32      1
#define ELF_DATA_LSB      1
#define SECTION_SYMTAB    2u
#define SECTION_STRTAB    3u
#define SECTION_UNDEFINED 0u
#define SECTION_RESERVED  0xff00u
#define SYMBOL_TYPE(info) ((info)&15u)
#define SYMBOL_NOTYPE     0u
#define SYMBOL_FUNCTION   2u

struct function {
	uint32_t address;
	uint32_t name; /* offset into names */
};

struct symbols {
	uint32_t count, names_used;
	uint32_t functions_bytes, names_bytes;
	struct function *functions; /* sorted by address */
	char *names;
};

/* The two sections, already checked to lie in the image. */
struct symbol_source {
	const uint8_t *table;
	uint32_t count;
	const char *strings;
	uint32_t strings_bytes;
};

static bool in_image(uint32_t offset, uint32_t size, uint32_t bytes)
{
	return offset <= bytes && size <= bytes - offset;
}

/* Copied out, since nothing in an untrusted image need be aligned. */
static bool read_section(const uint8_t *image, uint32_t bytes, const struct elf_header *header,
			 uint32_t index, struct elf_section *section)
{
	if (index >= header->shnum || header->shentsize < sizeof *section ||
	    header->shoff > bytes) {
		return false;
	}
	uint64_t offset = header->shoff + (uint64_t)index * header->shentsize;
	if (offset > bytes || !in_image((uint32_t)offset, sizeof *section, bytes)) {
		return false;
	}
	memcpy(section, image + offset, sizeof *section);
	return true;
}

static bool find_symbols(const uint8_t *image, uint32_t bytes, struct symbol_source *source)
{
	struct elf_header header;
	if (bytes < sizeof header) {
		return false;
	}
	memcpy(&header, image, sizeof header);
	if (memcmp(header.ident, "\177ELF", 4) != 0 || header.ident[4] != ELF_CLASS_32 ||
	    header.ident[5] != ELF_DATA_LSB) {
		return false;
	}
	for (uint32_t i = 0; i < header.shnum; i++) {
		struct elf_section table, strings;
		if (!read_section(image, bytes, &header, i, &table)) {
			return false;
		}
		if (table.type != SECTION_SYMTAB) {
			continue;
		}
		if (!in_image(table.offset, table.size, bytes) ||
		    !read_section(image, bytes, &header, table.link, &strings) ||
		    strings.type != SECTION_STRTAB ||
		    !in_image(strings.offset, strings.size, bytes)) {
			return false;
		}
		source->table = image + table.offset;
		source->count = table.size / (uint32_t)sizeof(struct elf_symbol);
		source->strings = (const char *)image + strings.offset;
		source->strings_bytes = strings.size;
		return source->count > 0;
	}
	return false;
}

/* The name of a function worth keeping, and its length; NULL for anything else. */
static const char *function_name(const struct symbol_source *source,
				 const struct elf_symbol *symbol, uint32_t *length)
{
	uint32_t type = SYMBOL_TYPE(symbol->info);
	if ((type != SYMBOL_FUNCTION && type != SYMBOL_NOTYPE) || symbol->value == 0 ||
	    symbol->section == SECTION_UNDEFINED || symbol->section >= SECTION_RESERVED ||
	    symbol->name >= source->strings_bytes) {
		return NULL;
	}
	uint32_t room = source->strings_bytes - symbol->name;
	const char *name = source->strings + symbol->name;
	*length = (uint32_t)strnlen(name, room);
	if (*length == 0 || *length == room) {
		return NULL; /* nameless, or not terminated within the section */
	}
	if (*length > NAME_BYTES_MAX - 1) {
		*length = NAME_BYTES_MAX - 1;
	}
	return name;
}

/* Counts (symbols NULL) or copies the functions that fit the limits. */
static void take_functions(const struct symbol_source *source, struct symbols *symbols,
			   uint32_t *count_result, uint32_t *names_result)
{
	uint32_t count = 0, names = 0;
	for (uint32_t i = 0; i < source->count; i++) {
		struct elf_symbol symbol;
		uint32_t length;
		memcpy(&symbol, source->table + i * sizeof symbol, sizeof symbol);
		const char *name = function_name(source, &symbol, &length);
		if (name == NULL) {
			continue;
		}
		if ((count + 1) * sizeof(struct function) > BLOCK_BYTES_MAX ||
		    names + length + 1 > BLOCK_BYTES_MAX) {
			break;
		}
		if (symbols != NULL) {
			symbols->functions[count] = (struct function){symbol.value, names};
			memcpy(symbols->names + names, name, length);
			symbols->names[names + length] = 0;
		}
		count++;
		names += length + 1;
	}
	*count_result = count;
	*names_result = names;
}

static void sift_down(struct function *functions, uint32_t root, uint32_t count)
{
	struct function moving = functions[root];
	for (;;) {
		uint32_t child = 2 * root + 1;
		if (child >= count) {
			break;
		}
		if (child + 1 < count && functions[child + 1].address > functions[child].address) {
			child++;
		}
		if (functions[child].address <= moving.address) {
			break;
		}
		functions[root] = functions[child];
		root = child;
	}
	functions[root] = moving;
}

/* Heap sort: no recursion, no memory, and no bad case for a hostile table to find. */
static void sort_functions(struct function *functions, uint32_t count)
{
	for (uint32_t i = count / 2; i > 0; i--) {
		sift_down(functions, i - 1, count);
	}
	for (uint32_t last = count; last > 1; last--) {
		struct function largest = functions[0];
		functions[0] = functions[last - 1];
		functions[last - 1] = largest;
		sift_down(functions, 0, last - 1);
	}
}

struct symbols *symbols_create(const void *image, uint32_t bytes)
{
	struct symbol_source source;
	if (!find_symbols(image, bytes, &source)) {
		return NULL;
	}
	uint32_t count, names_bytes;
	take_functions(&source, NULL, &count, &names_bytes);
	if (count == 0) {
		return NULL;
	}
	struct symbols *symbols = kalloc(sizeof *symbols);
	if (symbols == NULL) {
		return NULL;
	}
	memset(symbols, 0, sizeof *symbols);
	symbols->functions_bytes = count * (uint32_t)sizeof(struct function);
	symbols->names_bytes = names_bytes;
	symbols->functions = kalloc(symbols->functions_bytes);
	symbols->names = kalloc(names_bytes);
	if (symbols->functions == NULL || symbols->names == NULL) {
		symbols_destroy(symbols);
		return NULL;
	}
	take_functions(&source, symbols, &symbols->count, &symbols->names_used);
	sort_functions(symbols->functions, symbols->count);
	return symbols;
}

void symbols_destroy(struct symbols *symbols)
{
	if (symbols == NULL) {
		return;
	}
	if (symbols->functions != NULL) {
		kfree(symbols->functions, symbols->functions_bytes);
	}
	if (symbols->names != NULL) {
		kfree(symbols->names, symbols->names_bytes);
	}
	kfree(symbols, sizeof *symbols);
}

const char *symbols_lookup(const struct symbols *symbols, uint32_t address, uint32_t *offset)
{
	if (symbols == NULL || address < symbols->functions[0].address) {
		return NULL;
	}
	uint32_t low = 0; /* functions[low].address <= address < functions[high].address */
	uint32_t high = symbols->count;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (symbols->functions[middle].address <= address) {
			low = middle;
		} else {
			high = middle;
		}
	}
	*offset = address - symbols->functions[low].address;
	return *offset < FUNCTION_REACH ? symbols->names + symbols->functions[low].name : NULL;
}
