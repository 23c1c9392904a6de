/* PCI enumeration, beside buses that only exist here.
   LINK: servers/process/pci_core.c
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../servers/process/pci_core.h"
#include "tap.h"

/* A function of a card: its words, and which bits of its ranges can be written. */
struct device {
	uint32_t place; /* pci_address of its word 0 */
	uint32_t words[16];
	uint32_t writable[6];
	uint32_t disabled_while_sized; /* writes of all ones seen with decoding on: must stay 0 */
};

struct bus {
	uint32_t count;
	struct device devices[8];
	uint32_t bad; /* accesses that no caller may make */
};

static struct device *find(struct bus *bus, uint32_t address)
{
	bus->bad += (address & 0x80000003) != 0x80000000;
	for (uint32_t i = 0; i < bus->count; i++) {
		if (bus->devices[i].place == (address & ~0xffu)) {
			return &bus->devices[i];
		}
	}
	return NULL;
}

static uint32_t bus_read(void *context, uint32_t address)
{
	struct device *device = find(context, address);

	return device != NULL && (address & 0xff) < 64 ? device->words[(address & 0xff) / 4]
	       : device != NULL                        ? 0
						       : 0xffffffff;
}

static void bus_write(void *context, uint32_t address, uint32_t value)
{
	struct device *device = find(context, address);
	uint32_t word = (address & 0xff) / 4;

	if (device == NULL) {
		return;
	}
	if (word == 1) {
		device->words[1] = (device->words[1] & 0xffff0000) | (value & 0xffff);
		((struct bus *)context)->bad += (value & 0xffff0000) != 0; /* would clear status */
	} else if (word >= 4 && word < 10) {
		uint32_t mask = device->writable[word - 4];

		device->disabled_while_sized += value == 0xffffffff && (device->words[1] & 3) != 0;
		device->words[word] = (device->words[word] & ~mask) | (value & mask);
	} else {
		((struct bus *)context)->bad++;
	}
}

static struct device *add(struct bus *bus, uint32_t place, uint32_t id, uint32_t header,
			  uint32_t line)
{
	struct device *device = &bus->devices[bus->count++];

	*device = (struct device){.place = place};
	device->words[0] = id;
	device->words[1] = 0x02800007;
	device->words[2] = 0x02000010;
	device->words[3] = header << 16;
	device->words[15] = 0x0100 | line;
	return device;
}

static void check_known(void)
{
	static struct bus bus;
	const struct pci_access access = {bus_read, bus_write, &bus};
	struct pci_card cards[8];
	struct device *net = add(&bus, pci_address(0, 3, 0, 0), 0x802910ec, 0x00, 11);
	struct device *multi = add(&bus, pci_address(0, 1, 0, 0), 0x70008086, 0x80, 0);
	struct device *third = add(&bus, pci_address(0, 1, 3, 0), 0x71138086, 0x00, 9);
	struct device *far = add(&bus, pci_address(200, 31, 0, 0), 0x11111234, 0x00, 0xff);
	struct device *hidden = add(&bus, pci_address(0, 3, 2, 0), 0x99991234, 0x00, 5);

	net->words[4] = 0xc101;
	net->writable[0] = 0xffffffe0;
	net->words[5] = 0xfebf0000;
	net->writable[1] = 0xffff0000;
	far->words[4] = 0xe0000004; /* 64 bits, below 4 GB */
	far->writable[0] = 0xff000000;
	far->writable[1] = 0xffffffff;
	far->words[6] = 0x4; /* 64 bits, above */
	far->words[7] = 1;
	far->writable[2] = 0xfff00000;
	third->words[4] = 0x0601; /* an I/O range whose upper half is not there */
	third->writable[0] = 0xffc0;
	(void)multi;
	CHECK(pci_scan(&access, cards, 8) == 4,
	      "four functions, and not one that a single card hides");
	CHECK(cards[0].slot == 1 && cards[0].function == 0 && cards[1].function == 3 &&
		      cards[2].slot == 3 && cards[3].bus == 200 && cards[3].slot == 31,
	      "in the order of buses, slots, functions");
	CHECK(cards[2].vendor == 0x10ec && cards[2].device == 0x8029 && cards[2].line == 11 &&
		      cards[2].class == 0x020000,
	      "a card");
	CHECK(cards[2].bars[0].kind == PCI_BAR_IO && cards[2].bars[0].first == 0xc100 &&
		      cards[2].bars[0].count == 32 && cards[2].bars[1].kind == PCI_BAR_MEMORY &&
		      cards[2].bars[1].first == 0xfebf0000 && cards[2].bars[1].count == 0x10000 &&
		      cards[2].bars[2].kind == PCI_BAR_NONE,
	      "its ranges");
	CHECK(cards[1].bars[0].kind == PCI_BAR_IO && cards[1].bars[0].first == 0x600 &&
		      cards[1].bars[0].count == 64,
	      "16 bits of ports");
	CHECK(cards[3].bars[0].kind == PCI_BAR_MEMORY && cards[3].bars[0].first == 0xe0000000 &&
		      cards[3].bars[0].count == 0x1000000 &&
		      cards[3].bars[1].kind == PCI_BAR_NONE &&
		      cards[3].bars[2].kind == PCI_BAR_NONE,
	      "ranges of 64 bits: used below 4 GB, left alone above");
	CHECK(net->words[4] == 0xc101 && net->words[1] == 0x02800007 && bus.bad == 0 &&
		      net->disabled_while_sized == 0 && hidden->words[1] == 0x02800007,
	      "everything is as it was, and no card was sized while it listened");
	net->words[1] = 0x02800000;
	pci_enable(&access, &cards[2], 1);
	CHECK(net->words[1] == 0x02800007, "switched on");
	CHECK(pci_scan(&access, cards, 2) == 2, "no more than there is room for");
}

/* Any words: no range wraps, and nothing is written that was not there. */
static void fuzz(void)
{
	static struct bus bus;
	const struct pci_access access = {bus_read, bus_write, &bus};
	uint64_t seed = 14;
	uint32_t wrong = 0;

	for (uint32_t round = 0; round < 300; round++) {
		struct pci_card cards[8];
		struct bus before;

		memset(&bus, 0, sizeof bus);
		for (uint32_t i = 0; i < 4; i++) {
			struct device *device =
				add(&bus, pci_address(i & 1, i, 0, 0), 0x1111, 0, 9);

			for (uint32_t word = 2; word < 16; word++) {
				device->words[word] = (uint32_t)tap_random(&seed);
			}
			for (uint32_t bar = 0; bar < 6; bar++) {
				device->writable[bar] = (uint32_t)tap_random(&seed) &
							(uint32_t)tap_random(&seed) & ~3u;
			}
		}
		before = bus;
		uint32_t count = pci_scan(&access, cards, 8);

		wrong += count != 4 || bus.bad != 0;
		for (uint32_t i = 0; i < 4; i++) {
			wrong += memcmp(bus.devices[i].words, before.devices[i].words,
					sizeof bus.devices[i].words) != 0;
		}
		for (uint32_t i = 0; i < count; i++) {
			for (uint32_t bar = 0; bar < PCI_BARS; bar++) {
				wrong += cards[i].bars[bar].kind != PCI_BAR_NONE &&
					 cards[i].bars[bar].count == 0;
			}
		}
	}
	CHECK(wrong == 0, "300 machines of random words (seed 14)");
}

int main(void)
{
	check_known();
	fuzz();
	return tap_done();
}
