/* I/O authority: what the roster names becomes ports, and nothing is given twice. */
#include <string.h>
#include <device/device_types.h>
#include <libmach.h>
#include <gen/device.h>
#include <gen/mach.h>
#include <gen/mach_i386.h>
#include <gen/mach_port.h>
#include "grant_core.h"
#include "pci_core.h"
#include "server.h"

#define SELF              mach_task_self()
#define CONFIG_ADDRESS    0xcf8u
#define CONFIG_DATA       0xcfcu
#define ROSTER_LINE_FIRST 0x2e8u /* COM4 */
#define ROSTER_LINE_COUNT 8u
#define FW_CFG_FIRST      0x510u
#define FW_CFG_COUNT      12u
#define CARDS_MAX         64u
#define PORT_LAST         0xffffu
#define LINE_LAST         15u
#define OWNER_KERNEL      1u /* owners of servers begin at 16 */
#define OWNER_ACS         2u
#define OWNER_PROCESS     3u

static struct grants grants; /* the keeper thread's, and boot's before it */
static struct pci_card cards[CARDS_MAX];
static uint32_t card_count;

static void out_long(uint32_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %w1" : : "a"(value), "Nd"(port));
}

static uint32_t in_long(uint32_t port)
{
	uint32_t value = 0;

	__asm__ volatile("inl %w1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static uint32_t config_read(void *context, uint32_t address)
{
	(void)context;
	out_long(CONFIG_ADDRESS, address);
	return in_long(CONFIG_DATA);
}

static void config_write(void *context, uint32_t address, uint32_t value)
{
	(void)context;
	out_long(CONFIG_ADDRESS, address);
	out_long(CONFIG_DATA, value);
}

static const struct pci_access config = {config_read, config_write, NULL};

static kern_return_t open_device(const char *name, mach_port_t *port)
{
	return device_open(device_master, D_READ | D_WRITE, (char *)name, port);
}

/* Those that are nobody's to ask for. */
static void reserve(uint32_t kind, uint32_t first, uint32_t count, uint32_t owner)
{
	struct grant grant = {.kind = kind, .first = first, .count = count, .owner = owner};

	(void)grant_add(&grants, &grant,
			kind == PROCESS_RESOURCE_INTERRUPT ? LINE_LAST : PORT_LAST);
}

void resources_start(void)
{
	mach_port_t ports = MACH_PORT_NULL;
	kern_return_t result =
		i386_io_perm_create(device_master, CONFIG_ADDRESS, CONFIG_DATA + 3, &ports);

	reserve(PROCESS_RESOURCE_IO, 0x20, 2, OWNER_KERNEL); /* interrupt controllers */
	reserve(PROCESS_RESOURCE_IO, 0xa0, 2, OWNER_KERNEL);
	reserve(PROCESS_RESOURCE_IO, 0x40, 4, OWNER_KERNEL); /* timer */
	reserve(PROCESS_RESOURCE_INTERRUPT, 0, 1, OWNER_KERNEL);
	reserve(PROCESS_RESOURCE_INTERRUPT, 2, 1, OWNER_KERNEL);
	reserve(PROCESS_RESOURCE_IO, FW_CFG_FIRST, FW_CFG_COUNT, OWNER_ACS);
	reserve(PROCESS_RESOURCE_IO, ROSTER_LINE_FIRST, ROSTER_LINE_COUNT, OWNER_ACS);
	reserve(PROCESS_RESOURCE_IO, CONFIG_ADDRESS, 8, OWNER_PROCESS);
	if (result == KERN_SUCCESS) {
		result = i386_io_perm_modify(SELF, ports, TRUE);
	}
	if (result != KERN_SUCCESS) {
		log_say("no PCI cards: %s", mach_error_string(result));
		return;
	}
	card_count = pci_scan(&config, cards, CARDS_MAX);
	for (uint32_t i = 0; i < card_count; i++) {
		const struct pci_card *card = &cards[i];

		log_say("pci %02x:%02x.%x %04x:%04x class %06x line %u", card->bus, card->slot,
			card->function, card->vendor, card->device, card->class, card->line);
	}
}

static mach_port_t make_ports(uint32_t first, uint32_t count)
{
	mach_port_t ports = MACH_PORT_NULL;

	return i386_io_perm_create(device_master, (uint16_t)first, (uint16_t)(first + count - 1),
				   &ports) == KERN_SUCCESS
		       ? ports
		       : MACH_PORT_NULL;
}

mach_port_t resources_fw_cfg(void)
{
	return make_ports(FW_CFG_FIRST, FW_CFG_COUNT);
}

mach_port_t resources_roster_line(void)
{
	return make_ports(ROSTER_LINE_FIRST, ROSTER_LINE_COUNT);
}

/* ------------------------------------------------------------------------------ one thing a time
 */

static kern_return_t make_memory(const struct resource *resource, mach_port_t *port)
{
	mach_port_t device = MACH_PORT_NULL;
	kern_return_t result = open_device("mem", &device);

	if (result == KERN_SUCCESS) {
		result = device_map(device, VM_PROT_READ | VM_PROT_WRITE, resource->first,
				    resource->count, port, FALSE);
		(void)mach_port_deallocate(SELF, device);
	}
	return result;
}

static kern_return_t make_port(const struct resource *resource, mach_port_t *port)
{
	char name[16];

	switch (resource->kind) {
	case PROCESS_RESOURCE_IO:
		return i386_io_perm_create(device_master, (io_port_t)resource->first,
					   (io_port_t)(resource->first + resource->count - 1),
					   port);
	case PROCESS_RESOURCE_INTERRUPT:
		(void)mach_snprintf(name, sizeof name, "irq%u", (unsigned)resource->first);
		return open_device(name, port);
	case PROCESS_RESOURCE_MEMORY:
		return make_memory(resource, port);
	case PROCESS_RESOURCE_CONSOLE:
		return open_device("console", port);
	case PROCESS_RESOURCE_ARCHIVE:
		return open_device("rd0", port);
	case PROCESS_RESOURCE_CLOCK:
		return open_device("time", port);
	default:
		return KERN_INVALID_ARGUMENT;
	}
}

static uint32_t last_of(uint32_t kind)
{
	return kind == PROCESS_RESOURCE_IO          ? PORT_LAST
	       : kind == PROCESS_RESOURCE_INTERRUPT ? LINE_LAST
						    : UINT32_MAX;
}

static bool add_resource(struct server *server, const struct resource *resource, uint32_t owner,
			 bool shared)
{
	static const char *const words[] = {[GRANT_TAKEN] = "is another's",
					    [GRANT_FULL] = "is one too many",
					    [GRANT_INVALID] = "cannot be"};
	struct grant grant = {.kind = resource->kind,
			      .first = resource->first,
			      .count = resource->count,
			      .owner = owner,
			      .shared = shared};
	struct resource *entry = &server->resource[server->resources];
	enum grant_result granted = grant_add(&grants, &grant, last_of(resource->kind));
	kern_return_t result = KERN_SUCCESS;

	if (granted == GRANT_KNOWN) {
		return true;
	}
	if (granted == GRANT_NEW && server->resources == RESOURCES_MAX) {
		granted = GRANT_FULL;
	}
	if (granted != GRANT_NEW) {
		log_say("%s does not get resource %u at 0x%x: it %s", server->entry.name,
			resource->kind, resource->first, words[granted]);
		return false;
	}
	*entry = *resource;
	result = make_port(resource, &entry->port);
	if (result != KERN_SUCCESS) {
		log_say("%s does not get resource %u at 0x%x: %s", server->entry.name,
			resource->kind, resource->first, mach_error_string(result));
		return false;
	}
	server->resources++;
	return true;
}

/* ------------------------------------------------------------------------------------- PCI cards
 */

static bool is_free(const struct pci_card *card, uint32_t owner)
{
	for (uint32_t i = 0; i < PCI_BARS; i++) {
		struct grants copy = grants; /* asked, not taken */
		struct grant grant = {.kind = card->bars[i].kind == PCI_BAR_IO
						      ? PROCESS_RESOURCE_IO
						      : PROCESS_RESOURCE_MEMORY,
				      .first = card->bars[i].first,
				      .count = card->bars[i].count,
				      .owner = owner};

		if (card->bars[i].kind != PCI_BAR_NONE &&
		    grant_add(&copy, &grant, last_of(grant.kind)) != GRANT_NEW) {
			return false;
		}
	}
	return true;
}

/* Ports, memory and line of a card. */
static void add_card(struct server *server, const struct pci_card *card, uint32_t owner)
{
	for (uint32_t i = 0; i < PCI_BARS; i++) {
		struct resource resource = {.kind = card->bars[i].kind == PCI_BAR_IO
							    ? PROCESS_RESOURCE_IO
							    : PROCESS_RESOURCE_MEMORY,
					    .first = card->bars[i].first,
					    .count = card->bars[i].count};

		if (card->bars[i].kind != PCI_BAR_NONE) {
			(void)add_resource(server, &resource, owner, false);
		}
	}
	if (card->line <= LINE_LAST && card->line != 0) {
		struct resource line = {
			.kind = PROCESS_RESOURCE_INTERRUPT, .first = card->line, .count = 1};

		(void)add_resource(server, &line, owner, true);
	}
	pci_enable(&config, card, TRUE);
}

static void add_cards(struct server *server, uint32_t vendor_device, uint32_t owner)
{
	for (uint32_t i = 0; i < card_count; i++) {
		const struct pci_card *card = &cards[i];

		if (((uint32_t)card->vendor << 16 | card->device) == vendor_device &&
		    is_free(card, owner)) {
			add_card(server, card, owner);
			return;
		}
	}
	log_say("%s does not get the card %04x:%04x: there is none that is free",
		server->entry.name, (unsigned)(vendor_device >> 16),
		(unsigned)(vendor_device & 0xffff));
}

void resources_grant(struct server *server, uint32_t owner)
{
	uint32_t count = server->roster.resources < ACS_RESOURCES_MAX ? server->roster.resources
								      : ACS_RESOURCES_MAX;

	for (uint32_t i = 0; i < count; i++) {
		const struct acs_resource *entry = &server->roster.resource[i];
		struct resource resource = {
			.kind = entry->kind, .first = entry->first, .count = entry->count};

		if (entry->kind == PROCESS_RESOURCE_PCI) {
			add_cards(server, entry->first, owner);
			continue;
		}
		if (entry->kind >= PROCESS_RESOURCE_CONSOLE) {
			resource.first = 0; /* of these there is one */
			resource.count = 1;
		}
		(void)add_resource(server, &resource, owner,
				   entry->kind == PROCESS_RESOURCE_ARCHIVE ||
					   entry->kind == PROCESS_RESOURCE_CLOCK);
	}
}
