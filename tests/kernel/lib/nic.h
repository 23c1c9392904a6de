/* Network cards for tests: finding them, their ports and lines, and the loop of a driver's user. */
#pragma once

#include "harness.h"
#include <net/ne2000_io.h>

#define TEST_NIC_BURST 16u

/* A card with its interrupts. */
struct test_nic {
	struct ne2000_card card;
	uint32_t base;
	uint32_t line;
	mach_port_t io_perm;
	mach_port_t line_device;
	mach_port_t port; /* where interrupts come as messages */
	uint32_t interrupts;
	struct nic_frame frames[TEST_NIC_BURST];
	uint8_t room[TEST_NIC_BURST][NIC_FRAME_BYTES_MAX];
};

/* Where the cards of QEMU's machine are. False: there is none. */
boolean_t test_nic_find_pci(uint32_t *base, uint32_t *line);
boolean_t test_nic_find_isa(uint32_t *base, uint32_t *line);

/* Opens the card there, with its line; ends the test if that fails. */
void test_nic_open(struct test_nic *nic, uint32_t base, uint32_t line);

/* Stops the card and gives back everything. */
void test_nic_close(struct test_nic *nic);

/* Waits for an interrupt, takes what came, acknowledges when a poll has left room. Returns how many
   frames are in nic->frames; -1: there was no interrupt within time_ms. */
int test_nic_wait(struct test_nic *nic, mach_msg_timeout_t time_ms);

/* A poll alone, into nic->frames. */
uint32_t test_nic_poll(struct test_nic *nic);

/* Milliseconds since boot. */
uint64_t test_now_ms(void);

/* A frame of at least 18 bytes: to, from, EtherType 88b6h (for experiments), `number`, and bytes
   that follow from all of these. */
void test_frame_make(uint8_t *frame, const uint8_t *to, const uint8_t *from, uint32_t number,
		     uint32_t bytes);

/* The number of a frame that test_frame_make made, with every byte right; -1: it is not one. */
int test_frame_number(const uint8_t *frame, uint32_t bytes);
