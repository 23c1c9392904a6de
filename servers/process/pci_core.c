/* See pci_core.h. */
#include "pci_core.h"

#include <stdbool.h>

#define WORD_ID      0x00u
#define WORD_COMMAND 0x04u
#define WORD_CLASS   0x08u
#define WORD_HEADER  0x0cu
#define WORD_BAR     0x10u
#define WORD_LINE    0x3cu

#define COMMAND_IO     0x1u
#define COMMAND_MEMORY 0x2u
#define COMMAND_MASTER 0x4u
#define STATUS_BITS    0xffff0000u /* of the same word: written as 0, nothing is cleared */

#define HEADER_MULTIPLE 0x800000u
#define HEADER_TYPE(w)  ((w) >> 16 & 0x7f)
#define BAR_IO          0x1u
#define BAR_TYPE_64     0x4u
#define BAR_TYPE_MASK   0x6u
#define BUSES           256u
#define SLOTS           32u
#define FUNCTIONS       8u

struct place {
	uint32_t bus;
	uint32_t slot;
	uint32_t function;
};

static uint32_t read_word(const struct pci_access *access, struct place at, uint32_t offset)
{
	return access->read(access->context, pci_address(at.bus, at.slot, at.function, offset));
}

static void write_word(const struct pci_access *access, struct place at, uint32_t offset,
		       uint32_t value)
{
	access->write(access->context, pci_address(at.bus, at.slot, at.function, offset), value);
}

/* The ones that stick tell how large the range is. */
static uint32_t size_bar(const struct pci_access *access, struct place at, uint32_t offset)
{
	uint32_t before = read_word(access, at, offset), stuck = 0;

	write_word(access, at, offset, 0xffffffffu);
	stuck = read_word(access, at, offset);
	write_word(access, at, offset, before);
	return stuck;
}

static struct pci_bar decode_bar(uint32_t value, uint32_t stuck)
{
	bool io = (value & BAR_IO) != 0;
	uint32_t mask = io ? stuck & 0xfffffffcu : stuck & 0xfffffff0u;

	if (io) {
		mask |= 0xffff0000u; /* a PC decodes 16 bits, and cards may have no more */
	}
	if (stuck == 0 || (io ? mask & 0xffffu : mask) == 0) {
		return (struct pci_bar){.kind = PCI_BAR_NONE};
	}
	return (struct pci_bar){
		.kind = io ? PCI_BAR_IO : PCI_BAR_MEMORY,
		.first = io ? value & 0xfffcu : value & 0xfffffff0u,
		.count = ~mask + 1,
	};
}

static void read_bars(const struct pci_access *access, struct place at, struct pci_card *card,
		      uint32_t bars)
{
	uint32_t command = read_word(access, at, WORD_COMMAND) & ~STATUS_BITS;

	write_word(access, at, WORD_COMMAND, command & ~(COMMAND_IO | COMMAND_MEMORY));
	for (uint32_t i = 0; i < bars; i++) {
		uint32_t offset = WORD_BAR + 4 * i;
		uint32_t value = read_word(access, at, offset);

		card->bars[i] = decode_bar(value, size_bar(access, at, offset));
		if ((value & (BAR_IO | BAR_TYPE_MASK)) == BAR_TYPE_64 && i + 1 < bars) {
			if (read_word(access, at, offset + 4) != 0) {
				card->bars[i].kind = PCI_BAR_NONE; /* above 4 GB: out of reach */
			}
			i++; /* its upper half */
		}
	}
	write_word(access, at, WORD_COMMAND, command);
}

static void read_card(const struct pci_access *access, struct place at, uint32_t header,
		      struct pci_card *card)
{
	uint32_t id = read_word(access, at, WORD_ID);

	*card = (struct pci_card){
		.bus = (uint8_t)at.bus,
		.slot = (uint8_t)at.slot,
		.function = (uint8_t)at.function,
		.line = (uint8_t)read_word(access, at, WORD_LINE),
		.vendor = (uint16_t)id,
		.device = (uint16_t)(id >> 16),
		.class = read_word(access, at, WORD_CLASS) >> 8,
	};
	/* A bridge to another bus has two, one to cards none that we know. */
	if (HEADER_TYPE(header) <= 1) {
		read_bars(access, at, card, HEADER_TYPE(header) == 0 ? PCI_BARS : 2);
	}
}

/* All functions of a slot. */
static uint32_t scan_slot(const struct pci_access *access, uint32_t bus, uint32_t slot,
			  struct pci_card *cards, uint32_t max)
{
	uint32_t count = 0;

	for (uint32_t function = 0; function < FUNCTIONS && count < max; function++) {
		struct place at = {.bus = bus, .slot = slot, .function = function};
		uint32_t header = 0;

		if ((read_word(access, at, WORD_ID) & 0xffff) == 0xffff) {
			if (function == 0) {
				break;
			}
			continue;
		}
		header = read_word(access, at, WORD_HEADER);
		read_card(access, at, header, &cards[count++]);
		if (function == 0 && (header & HEADER_MULTIPLE) == 0) {
			break;
		}
	}
	return count;
}

uint32_t pci_scan(const struct pci_access *access, struct pci_card *cards, uint32_t max)
{
	uint32_t count = 0;

	for (uint32_t bus = 0; bus < BUSES; bus++) {
		for (uint32_t slot = 0; slot < SLOTS; slot++) {
			count += scan_slot(access, bus, slot, cards + count, max - count);
		}
	}
	return count;
}

void pci_enable(const struct pci_access *access, const struct pci_card *card, int master)
{
	struct place at = {.bus = card->bus, .slot = card->slot, .function = card->function};
	uint32_t command = read_word(access, at, WORD_COMMAND) & ~STATUS_BITS;

	command |= COMMAND_IO | COMMAND_MEMORY | (master ? COMMAND_MASTER : 0);
	write_word(access, at, WORD_COMMAND, command);
}
