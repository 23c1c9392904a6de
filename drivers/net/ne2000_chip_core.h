/* The registers of the DP8390 (data sheet, section 10) and of the card around it, and packet memory
   through the data port. For the files of this driver alone. */
#pragma once

#include "ne2000_core.h"

enum {
	/* Every page. */
	DP_CR = 0x00,
	/* Page 0, reading and writing differ. */
	DP_PSTART = 0x01,
	DP_PSTOP = 0x02,
	DP_BNRY = 0x03,
	DP_TPSR = 0x04,
	DP_TBCR0 = 0x05,
	DP_TBCR1 = 0x06,
	DP_ISR = 0x07,
	DP_RSAR0 = 0x08,
	DP_RSAR1 = 0x09,
	DP_RBCR0 = 0x0a,
	DP_RBCR1 = 0x0b,
	DP_RCR = 0x0c,
	DP_TCR = 0x0d,
	DP_DCR = 0x0e,
	DP_IMR = 0x0f,
	DP_CNTR0 = 0x0d, /* frames with bad alignment */
	DP_CNTR1 = 0x0e, /* ... bad checksum */
	DP_CNTR2 = 0x0f, /* frames missed */
	/* Page 1. */
	DP_PAR0 = 0x01,
	DP_CURR = 0x07,
	DP_MAR0 = 0x08,
	/* The card. */
	NE_DATA = 0x10,
	NE_RESET = 0x1f,
};

enum {
	CR_STOP = 0x01,
	CR_START = 0x02,
	CR_TRANSMIT = 0x04,
	CR_READ = 0x08,
	CR_WRITE = 0x10,
	CR_NO_DMA = 0x20,
	CR_PAGE_1 = 0x40,

	ISR_RECEIVED = 0x01,
	ISR_SENT = 0x02,
	ISR_RECEIVE_ERROR = 0x04,
	ISR_SEND_ERROR = 0x08,
	ISR_OVERWRITE = 0x10,
	ISR_COUNTERS = 0x20,
	ISR_DMA_DONE = 0x40,
	ISR_RESET = 0x80,

	DCR_WORDS = 0x01,
	DCR_NO_LOOPBACK = 0x08,
	DCR_FIFO_8 = 0x40,

	RCR_BROADCAST = 0x04,
	RCR_MULTICAST = 0x08,
	RCR_PROMISCUOUS = 0x10,
	RCR_MONITOR = 0x20,

	TCR_NORMAL = 0x00,
	TCR_LOOPBACK = 0x02,

	RECEIVED_OK = 0x01, /* in the status byte before a frame in the ring */
};

#define NE2000_PAGE_BYTES   256u
#define NE2000_MEMORY_START 0x40u
#define NE2000_MEMORY_END   0xc0u /* no card has more */

static inline uint8_t chip_read(struct ne2000 *chip, uint32_t offset)
{
	return chip->ports->in8(chip->context, offset);
}

static inline void chip_write(struct ne2000 *chip, uint32_t offset, uint32_t value)
{
	chip->ports->out8(chip->context, offset, (uint8_t)value);
}

static inline void chip_select_page(struct ne2000 *chip, uint32_t page_bits)
{
	chip_write(chip, DP_CR, CR_NO_DMA | CR_START | page_bits);
}

/* Reads or writes packet memory from a byte address on. The chip must have been started, if only in
   loopback. False: the transfer did not end (counted); the chip must be reset. */
bool chip_memory_read(struct ne2000 *chip, uint32_t address, void *data, uint32_t bytes);
bool chip_memory_write(struct ne2000 *chip, uint32_t address, const void *data, uint32_t bytes);

/* The card's reset. False: it did not say that it was reset. */
bool chip_reset(struct ne2000 *chip);

/* Started, but neither receiving nor sending: for the PROM and tests of memory. */
void chip_set_quiet(struct ne2000 *chip);

/* Sets everything up from the chip's description and starts it with interrupts masked and an empty
   ring. False: it does not keep what is written to it. */
bool chip_set_up(struct ne2000 *chip);

/* Programs the filter of a chip that was set up. */
void chip_set_filter(struct ne2000 *chip);
