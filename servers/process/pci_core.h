/*
 * PCI: which cards there are, and which ports, memory and line each has (PCI Local Bus 3.0, 3.2.2.3
 * and 6).  Pure: the caller reads and writes the configuration words.
 */
#pragma once

#include <stdint.h>

#define PCI_BARS 6u

struct pci_access {
	uint32_t (*read)(void *context, uint32_t address);
	void (*write)(void *context, uint32_t address, uint32_t value);
	void *context;
};

/* What goes into CONFIG_ADDRESS (0xcf8) for configuration mechanism #1. */
static inline uint32_t pci_address(uint32_t bus, uint32_t slot, uint32_t function, uint32_t offset)
{
	return 0x80000000u | bus << 16 | slot << 11 | function << 8 | (offset & 0xfc);
}

enum pci_bar_kind { PCI_BAR_NONE, PCI_BAR_IO, PCI_BAR_MEMORY };

struct pci_bar {
	enum pci_bar_kind kind;
	uint32_t first; /* port or physical address */
	uint32_t count; /* ports or bytes */
};

struct pci_card {
	uint8_t bus;
	uint8_t slot;
	uint8_t function;
	uint8_t line; /* 0xff: none */
	uint16_t vendor;
	uint16_t device;
	uint32_t class; /* class << 16 | subclass << 8 | interface */
	struct pci_bar bars[PCI_BARS];
};

/*
 * Finds the cards on all buses and reads what they have, cards[max] at most; returns how many.  The
 * cards must not be in use: each is switched off while its ranges are sized.
 */
uint32_t pci_scan(const struct pci_access *access, struct pci_card *cards, uint32_t max);

/* Lets a card decode its ranges and reach memory by itself, if "master". */
void pci_enable(const struct pci_access *access, const struct pci_card *card, int master);
