/* Network cards for tests (nic.h). */
#include "nic.h"

#include <device/notify.h>
#include <gen/device.h>
#include <gen/mach_host.h>
#include <gen/mach_i386.h>

/* PCI configuration mechanism #1 (PCI 2.1, 3.7.4.1). */
#define PCI_ADDRESS    0xcf8
#define PCI_DATA       0xcfc
#define PCI_NE2000     0x802910ecu /* RTL8029, device and vendor */
#define PCI_BAR_0      0x10
#define PCI_LINE       0x3c
#define PCI_SLOTS      32u
#define ISA_BASE       0x300
#define ISA_LINE       5
#define FRAME_TYPE     0x88b6
#define FRAME_NUMBER_0 14u

static uint32_t pci_read(uint32_t slot, uint32_t offset)
{
	uint32_t address = 0x80000000u | slot << 11 | offset;
	uint32_t value = 0;

	__asm__ volatile("outl %0, %w1" : : "a"(address), "d"(PCI_ADDRESS));
	__asm__ volatile("inl %w1, %0" : "=a"(value) : "d"(PCI_DATA));
	return value;
}

boolean_t test_nic_find_pci(uint32_t *base, uint32_t *line)
{
	mach_port_t permission = MACH_PORT_NULL;
	boolean_t found = FALSE;

	NEED_KR(i386_io_perm_create(device_master, PCI_ADDRESS, PCI_DATA + 3, &permission));
	NEED_KR(i386_io_perm_modify(mach_task_self(), permission, TRUE));
	for (uint32_t slot = 0; slot < PCI_SLOTS && !found; slot++) {
		if (pci_read(slot, 0) == PCI_NE2000) {
			*base = pci_read(slot, PCI_BAR_0) & ~3u;
			*line = pci_read(slot, PCI_LINE) & 0xff;
			found = TRUE;
		}
	}
	NEED_KR(i386_io_perm_modify(mach_task_self(), permission, FALSE));
	NEED_KR(mach_port_deallocate(mach_task_self(), permission));
	return found;
}

boolean_t test_nic_find_isa(uint32_t *base, uint32_t *line)
{
	static struct ne2000_card card;
	enum ne2000_error error = NE2000_FOUND;
	mach_port_t permission = MACH_PORT_NULL;

	*base = ISA_BASE;
	*line = ISA_LINE;
	NEED_KR(i386_io_perm_create(device_master, ISA_BASE, ISA_BASE + NE2000_PORTS - 1,
				    &permission));
	kern_return_t result = ne2000_io_open(&card, permission, ISA_BASE, &error);
	if (result == KERN_SUCCESS) {
		nic_stop(&card.nic);
		NEED_KR(i386_io_perm_modify(mach_task_self(), permission, FALSE));
	}
	NEED_KR(mach_port_deallocate(mach_task_self(), permission));
	return result == KERN_SUCCESS;
}

static void line_open(struct test_nic *nic)
{
	char name[] = "irq00";

	if (nic->line < 10) {
		name[3] = (char)('0' + nic->line);
		name[4] = 0;
	} else {
		name[3] = '1';
		name[4] = (char)('0' + nic->line - 10);
	}
	NEED_KR(device_open(device_master, D_READ | D_WRITE, name, &nic->line_device));
	NEED_KR(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &nic->port));
	NEED_KR(device_intr_register(nic->line_device, (int)nic->line, 0, nic->port,
				     MACH_MSG_TYPE_MAKE_SEND));
}

void test_nic_open(struct test_nic *nic, uint32_t base, uint32_t line)
{
	enum ne2000_error error = NE2000_FOUND;

	nic->base = base;
	nic->line = line;
	nic->interrupts = 0;
	for (uint32_t i = 0; i < TEST_NIC_BURST; i++) {
		nic->frames[i].data = nic->room[i];
	}
	NEED_KR(i386_io_perm_create(device_master, (uint16_t)base,
				    (uint16_t)(base + NE2000_PORTS - 1), &nic->io_perm));
	kern_return_t result = ne2000_io_open(&nic->card, nic->io_perm, base, &error);
	if (result != KERN_SUCCESS) {
		test_bail_out("no card at 0x%x: %s (%s)", base, mach_error_string(result),
			      ne2000_error_string(error));
	}
	line_open(nic);
}

void test_nic_close(struct test_nic *nic)
{
	nic_stop(&nic->card.nic);
	NEED_KR(i386_io_perm_modify(mach_task_self(), nic->io_perm, FALSE));
	NEED_KR(mach_port_deallocate(mach_task_self(), nic->io_perm));
	NEED_KR(mach_port_mod_refs(mach_task_self(), nic->port, MACH_PORT_RIGHT_RECEIVE, -1));
	NEED_KR(device_close(nic->line_device));
	NEED_KR(mach_port_deallocate(mach_task_self(), nic->line_device));
}

uint32_t test_nic_poll(struct test_nic *nic)
{
	return nic_poll(&nic->card.nic, test_now_ms(), nic->frames, TEST_NIC_BURST);
}

int test_nic_wait(struct test_nic *nic, mach_msg_timeout_t time_ms)
{
	device_intr_notification_t message;

	if (mach_msg(&message.intr_header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof message,
		     nic->port, time_ms, MACH_PORT_NULL) != MACH_MSG_SUCCESS) {
		return -1;
	}
	nic->interrupts++;
	uint32_t count = test_nic_poll(nic);
	NEED_KR(device_intr_ack(nic->line_device, nic->port, MACH_MSG_TYPE_MAKE_SEND));
	return (int)count;
}

uint64_t test_now_ms(void)
{
	time_value64_t uptime = {0};

	NEED_KR(host_get_uptime64(mach_host_self(), &uptime));
	return (uint64_t)uptime.seconds * 1000 + (uint64_t)uptime.nanoseconds / 1000000;
}

/* What all bytes behind the number follow from: the number and both addresses, so that one wrong
   bit anywhere shows. */
static uint8_t frame_seed(const uint8_t *frame, uint32_t number)
{
	uint32_t seed = number ^ number >> 8 ^ number >> 16 ^ number >> 24;

	for (uint32_t i = 0; i < 2 * NIC_ADDRESS_BYTES; i++) {
		seed += frame[i];
	}
	return (uint8_t)seed;
}

static uint8_t frame_byte(uint8_t seed, uint32_t index)
{
	return (uint8_t)(seed * 31 + index * 7 + (index >> 8));
}

void test_frame_make(uint8_t *frame, const uint8_t *to, const uint8_t *from, uint32_t number,
		     uint32_t bytes)
{
	memcpy(frame, to, NIC_ADDRESS_BYTES);
	memcpy(frame + NIC_ADDRESS_BYTES, from, NIC_ADDRESS_BYTES);
	frame[12] = FRAME_TYPE >> 8;
	frame[13] = FRAME_TYPE & 0xff;
	memcpy(frame + FRAME_NUMBER_0, &number, sizeof number);
	uint8_t seed = frame_seed(frame, number);
	for (uint32_t i = FRAME_NUMBER_0 + sizeof number; i < bytes; i++) {
		frame[i] = frame_byte(seed, i);
	}
}

int test_frame_number(const uint8_t *frame, uint32_t bytes)
{
	uint32_t number = 0;

	if (bytes < FRAME_NUMBER_0 + sizeof number || frame[12] != FRAME_TYPE >> 8 ||
	    frame[13] != (FRAME_TYPE & 0xff)) {
		return -1;
	}
	memcpy(&number, frame + FRAME_NUMBER_0, sizeof number);
	uint8_t seed = frame_seed(frame, number);
	for (uint32_t i = FRAME_NUMBER_0 + sizeof number; i < bytes; i++) {
		if (frame[i] != frame_byte(seed, i)) {
			return -1;
		}
	}
	return (int)number;
}
