/* A model of an NE2000 for host tests, by the DP8390's data sheet or with QEMU's ways: what a
   driver sees through ports, what the wire sees, and what the data sheet forbids a driver to do. */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../../drivers/net/ne2000_core.h"

#define FAKE_MEMORY_BYTES 0xc000u
#define FAKE_SENT_MAX     64u

enum { FAKE_STP = 1, FAKE_STA = 2, FAKE_TXP = 4, FAKE_RREAD = 8, FAKE_RWRITE = 0x10 };
enum {
	FAKE_PRX = 1,
	FAKE_PTX = 2,
	FAKE_TXE = 8,
	FAKE_OVW = 0x10,
	FAKE_CNT = 0x20,
	FAKE_RDC = 0x40,
	FAKE_RST = 0x80
};

struct fake_chip {
	/* What card it is. */
	bool qemu;
	bool wide;           /* knows 32 bits at the data port */
	bool wraps;          /* remote reads go from PSTOP to PSTART by themselves */
	bool mirrors;        /* memory of 16 KB shows again above */
	bool extra_page;     /* leaves a page free after a frame that ends near a page's end */
	uint32_t memory_end; /* packet memory, from 4000h */
	/* What is wrong with it. */
	bool gone;
	bool quiet; /* about what the data sheet forbids */
	bool zeroes;
	bool no_reset;
	bool dma_stuck;
	bool send_stuck;
	bool send_fails;
	/* Its state. */
	uint8_t mem[FAKE_MEMORY_BYTES];
	uint8_t cr, pstart, pstop, bnry, tpsr, isr, rcr, tcr, dcr, imr, curr;
	uint8_t par[6], mar[8], counters[3];
	uint16_t tbcr, rsar, rbcr;
	bool overwritten; /* receives nothing before the whole procedure */
	bool sending;
	bool line;      /* its interrupt line */
	uint32_t edges; /* times that the line went up */
	uint64_t now_us;
	uint64_t stopped_us; /* when STP was written last */
	uint32_t stage;      /* of the procedure after an overwrite */
	/* What was seen. */
	uint32_t accesses;
	uint32_t violations;
	uint32_t dropped;
	uint32_t sent_count;
	uint32_t sent_bytes[FAKE_SENT_MAX];
	uint8_t sent[FAKE_SENT_MAX][2048];
};

static const uint8_t fake_address[6] = {0x52, 0x54, 0x00, 0x77, 0x00, 0x01};

static inline void fake_violation(struct fake_chip *fake, const char *what)
{
	if (!fake->quiet) {
		printf("# the data sheet forbids: %s\n", what);
	}
	fake->violations++;
}

static inline void fake_line(struct fake_chip *fake)
{
	bool line = (fake->isr & fake->imr & 0x7f) != 0;
	fake->edges += line && !fake->line;
	fake->line = line;
}

static inline void fake_prom(struct fake_chip *fake)
{
	for (uint32_t i = 0; i < 16; i++) {
		uint8_t value = i < 6 ? fake_address[i] : i >= 14 ? 0x57 : 0;
		fake->mem[2 * i] = fake->mem[2 * i + 1] = value;
	}
}

static inline void fake_init(struct fake_chip *fake, bool qemu)
{
	memset(fake, 0, sizeof *fake);
	fake->qemu = qemu;
	fake->wide = qemu;
	fake->wraps = qemu;
	fake->memory_end = qemu ? 0xc000 : 0x8000;
	fake->cr = 0x21;
	fake_prom(fake);
}

static inline uint8_t *fake_cell(struct fake_chip *fake, uint32_t address)
{
	if (fake->mirrors && address >= 0x8000 && address < 0xc000) {
		address -= 0x4000;
	}
	bool there = address < 32 || (address >= 0x4000 && address < fake->memory_end);
	return there ? &fake->mem[address] : NULL;
}

/* ------------------------------------------------------------------------------------- the wire */

static inline void fake_transmitted(struct fake_chip *fake)
{
	uint32_t from = fake->tpsr * 256u;
	if (fake->sent_count < FAKE_SENT_MAX && fake->tbcr <= 2048 &&
	    from + fake->tbcr <= fake->memory_end) {
		fake->sent_bytes[fake->sent_count] = fake->tbcr;
		memcpy(fake->sent[fake->sent_count++], fake->mem + from, fake->tbcr);
	}
	fake->sending = false;
	fake->cr &= ~FAKE_TXP;
	fake->isr |= fake->send_fails ? FAKE_TXE : FAKE_PTX;
	fake_line(fake);
}

/* The end of a transmission, if there is one under way. */
static inline void fake_finish_sending(struct fake_chip *fake)
{
	if (fake->sending && !fake->send_stuck) {
		fake_transmitted(fake);
	}
}

static inline uint32_t fake_multicast_bit(const uint8_t *address)
{
	uint32_t crc = 0xffffffff;
	for (uint32_t bit = 0; bit < 48; bit++) {
		uint32_t in = (address[bit / 8] >> (bit % 8)) & 1;
		uint32_t out = crc >> 31;
		crc <<= 1;
		if (in != out) {
			crc ^= 0x04c11db7;
		}
	}
	return crc >> 26;
}

static inline bool fake_wants(struct fake_chip *fake, const uint8_t *frame)
{
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	if ((fake->rcr & 0x10) != 0 && fake->qemu) {
		return true;
	}
	if (memcmp(frame, broadcast, 6) == 0) {
		return (fake->rcr & 0x04) != 0;
	}
	if ((frame[0] & 1) != 0) {
		uint32_t bit = fake_multicast_bit(frame);
		return (fake->rcr & 0x08) != 0 && (fake->mar[bit / 8] >> (bit % 8) & 1) != 0;
	}
	uint8_t own[6];
	for (uint32_t i = 0; i < 6; i++) {
		own[i] = fake->qemu ? fake->mem[2 * i] : fake->par[i];
	}
	return (fake->rcr & 0x10) != 0 || memcmp(frame, own, 6) == 0;
}

static inline uint32_t fake_ring_next(const struct fake_chip *fake, uint32_t page)
{
	return page + 1 >= fake->pstop ? fake->pstart : page + 1;
}

/* Is there room for so many pages? QEMU wants room for a long frame, and calls CURR = BNRY empty.
 */
static inline bool fake_has_room(const struct fake_chip *fake, uint32_t pages)
{
	uint32_t ring = fake->pstop - fake->pstart;
	if (fake->qemu) {
		uint32_t room = fake->curr < fake->bnry ? (uint32_t)(fake->bnry - fake->curr)
							: ring - (fake->curr - fake->bnry);
		return room * 256 >= 1518;
	}
	uint32_t room = (fake->bnry + ring - fake->curr) % ring;
	return pages <= room;
}

static inline void fake_missed(struct fake_chip *fake)
{
	fake->dropped++;
	if (!fake->qemu) {
		fake->counters[2] += fake->counters[2] < 0xff;
		if (fake->counters[2] >= 128) {
			fake->isr |= FAKE_CNT;
		}
	}
}

static inline bool fake_receiving(const struct fake_chip *fake)
{
	if (fake->gone || (fake->cr & FAKE_STP) != 0 || fake->pstop <= fake->pstart) {
		return false;
	}
	return fake->qemu || ((fake->cr & FAKE_STA) != 0 && (fake->tcr & 6) == 0 &&
			      (fake->rcr & 0x20) == 0 && !fake->overwritten);
}

static inline void fake_store(struct fake_chip *fake, const uint8_t *frame, uint32_t bytes,
			      uint32_t pages)
{
	uint32_t next = fake->curr;
	for (uint32_t i = 0; i < pages; i++) {
		next = fake_ring_next(fake, next);
	}
	uint32_t at = fake->curr * 256u;
	fake->mem[at] = 1;
	fake->mem[at + 1] = (uint8_t)next;
	fake->mem[at + 2] = (uint8_t)(bytes + 4);
	fake->mem[at + 3] = (uint8_t)((bytes + 4) >> 8);
	at += 4;
	for (uint32_t i = 0; i < bytes; i++) {
		fake->mem[at++] = frame[i];
		at = at == fake->pstop * 256u ? fake->pstart * 256u : at;
	}
	fake->curr = (uint8_t)next;
	fake->isr |= FAKE_PRX;
}

/* A frame arrives. True: it went into the ring. */
static inline bool fake_receive(struct fake_chip *fake, const uint8_t *data, uint32_t bytes)
{
	uint8_t frame[2048] = {0};
	memcpy(frame, data, bytes);
	bytes = bytes < 60 ? 60 : bytes;
	if (!fake_receiving(fake)) {
		fake_missed(fake);
		fake_line(fake);
		return false;
	}
	if (!fake_wants(fake, frame)) {
		return false;
	}
	uint32_t pages = (bytes + 8 + 255) / 256;
	uint32_t room = pages;
	if (fake->extra_page && (bytes + 8) % 256 > 250) {
		pages++;
		room = pages;
	}
	if (!fake_has_room(fake, room)) {
		if (!fake->qemu) {
			fake->overwritten = true;
			fake->stage = 0;
			fake->isr |= FAKE_OVW;
		}
		fake_missed(fake);
		fake_line(fake);
		return false;
	}
	fake_store(fake, frame, bytes, pages);
	fake_line(fake);
	return true;
}

/* ------------------------------------------------------------------------------------ the ports */

static inline void fake_dma_count(struct fake_chip *fake, uint32_t bytes)
{
	fake->rsar += bytes;
	if (fake->wraps && fake->rsar == fake->pstop * 256u) {
		fake->rsar = fake->pstart * 256u;
	}
	if (fake->dma_stuck) {
		return;
	}
	fake->rbcr = fake->rbcr <= bytes ? 0 : fake->rbcr - bytes;
	if (fake->rbcr == 0) {
		fake->isr |= FAKE_RDC;
	}
}

static inline uint8_t fake_dma_byte_in(struct fake_chip *fake, uint32_t offset)
{
	const uint8_t *cell = fake_cell(fake, fake->rsar + offset);
	return fake->zeroes ? 0 : fake->gone || cell == NULL ? 0xff : *cell;
}

static inline void fake_dma_byte_out(struct fake_chip *fake, uint32_t offset, uint8_t value)
{
	uint8_t *cell = fake_cell(fake, fake->rsar + offset);
	uint32_t page = (fake->rsar + offset) / 256u;
	if (fake->pstop > fake->pstart && page >= fake->pstart && page < fake->pstop) {
		fake_violation(fake, "writing into the receive ring");
	}
	if (cell != NULL && !fake->gone) {
		*cell = value;
	}
}

/* A card of 16 bits sees a 32-bit access as one word at its port and one word at nobody's. */
static inline void fake_data_in(struct fake_chip *fake, uint8_t *data, uint32_t unit,
				uint32_t count)
{
	for (; count > 0; count--, data += unit) {
		fake->accesses++;
		uint32_t known = unit == 4 && !fake->wide ? 2 : unit;
		memset(data, 0xff, unit);
		if ((fake->dcr & 1) == 0 || (fake->cr & 0x38) != FAKE_RREAD) {
			fake_violation(fake, "reading data without a remote read of words");
		}
		for (uint32_t i = 0; i < known; i++) {
			data[i] = fake_dma_byte_in(fake, i);
		}
		fake_dma_count(fake, known);
	}
}

static inline void fake_data_out(struct fake_chip *fake, const uint8_t *data, uint32_t unit,
				 uint32_t count)
{
	for (; count > 0; count--, data += unit) {
		fake->accesses++;
		uint32_t known = unit == 4 && !fake->wide ? 2 : unit;
		if ((fake->dcr & 1) == 0 || (fake->cr & 0x38) != FAKE_RWRITE) {
			fake_violation(fake, "writing data without a remote write of words");
		}
		for (uint32_t i = 0; i < known && fake->rbcr > 0; i++) {
			fake_dma_byte_out(fake, i, data[i]);
		}
		if (fake->rbcr > 0) {
			fake_dma_count(fake, known);
		}
	}
}

static inline void fake_in16(void *context, uint32_t offset, void *data, uint32_t count)
{
	(void)offset;
	fake_data_in(context, data, 2, count);
}

static inline void fake_out16(void *context, uint32_t offset, const void *data, uint32_t count)
{
	(void)offset;
	fake_data_out(context, data, 2, count);
}

static inline void fake_in32(void *context, uint32_t offset, void *data, uint32_t count)
{
	(void)offset;
	fake_data_in(context, data, 4, count);
}

static inline void fake_out32(void *context, uint32_t offset, const void *data, uint32_t count)
{
	(void)offset;
	fake_data_out(context, data, 4, count);
}

/* Section 7: stop, wait, clear the byte count, loopback, start, remove frames, acknowledge, normal.
 */
static inline void fake_procedure(struct fake_chip *fake, uint32_t stage, const char *otherwise)
{
	if (!fake->overwritten || fake->qemu) {
		return;
	}
	if (fake->stage + 1 != stage && fake->stage != stage) {
		fake_violation(fake, otherwise);
	}
	fake->stage = stage;
}

static inline void fake_command(struct fake_chip *fake, uint8_t value)
{
	bool start = (value & FAKE_STP) == 0;
	if (!start && (fake->cr & FAKE_STP) == 0) {
		fake->stopped_us = fake->now_us;
		fake_procedure(fake, 1, "stopping in the middle of the procedure");
		/* A transmission ends by itself, or is given up without a word. */
		if (fake->sending && (fake->now_us & 1) != 0) {
			fake_finish_sending(fake);
		}
		fake->sending = false;
	}
	if (start && (fake->cr & FAKE_STP) != 0) {
		if (fake->overwritten && fake->now_us < fake->stopped_us + 1600) {
			fake_violation(fake, "starting before 1.6 ms are over");
		}
		if (fake->overwritten && (fake->tcr & 6) == 0) {
			fake_violation(fake, "starting without loopback after an overwrite");
		}
		fake_procedure(fake, 2, "starting in the middle of the procedure");
		fake->isr &= ~FAKE_RST;
	}
	uint8_t txp = fake->sending ? FAKE_TXP : 0;
	fake->cr = (value & ~FAKE_TXP) | txp;
	if (start && (value & 0x18) != 0 && (value & 0x20) == 0 && fake->rbcr == 0) {
		fake->isr |= FAKE_RDC;
	}
	if (start && (value & FAKE_TXP) != 0) {
		if (fake->sending) {
			fake_violation(fake, "transmitting while transmitting");
		}
		if (!fake->qemu && (fake->tcr & 6) != 0) {
			fake_violation(fake, "transmitting in loopback");
		}
		fake->sending = true;
		fake->cr |= FAKE_TXP;
		if (fake->qemu) {
			fake_finish_sending(fake);
		}
	}
}

static inline void fake_acknowledge(struct fake_chip *fake, uint8_t value)
{
	if ((value & fake->isr & FAKE_OVW) != 0) {
		fake_procedure(fake, 3, "acknowledging an overwrite before the ring was read");
	}
	fake->isr &= ~(value & 0x7f);
}

static inline void fake_write_boundary(struct fake_chip *fake, uint8_t value)
{
	if (fake->overwritten && fake->stage < 2) {
		fake_violation(fake, "emptying a ring that was overwritten before the procedure");
	}
	fake->bnry = value;
}

static inline void fake_write_transmit_mode(struct fake_chip *fake, uint8_t value)
{
	if (fake->overwritten && (value & 6) == 0 && (fake->cr & FAKE_STP) == 0) {
		fake_procedure(fake, 4, "leaving loopback too early");
		fake->overwritten = false;
	}
	fake->tcr = value;
}

static inline void fake_out_page_0(struct fake_chip *fake, uint32_t offset, uint8_t value)
{
	switch (offset) {
	case 1:
		fake->pstart = value;
		break;
	case 2:
		fake->pstop = value;
		break;
	case 3:
		fake_write_boundary(fake, value);
		break;
	case 4:
		fake->tpsr = value;
		break;
	case 5:
		fake->tbcr = (fake->tbcr & 0xff00) | value;
		break;
	case 6:
		fake->tbcr = (uint16_t)((fake->tbcr & 0xff) | value << 8);
		break;
	case 7:
		fake_acknowledge(fake, value);
		break;
	case 8:
		fake->rsar = (fake->rsar & 0xff00) | value;
		break;
	case 9:
		fake->rsar = (uint16_t)((fake->rsar & 0xff) | value << 8);
		break;
	case 10:
		fake->rbcr = (fake->rbcr & 0xff00) | value;
		break;
	case 11:
		fake->rbcr = (uint16_t)((fake->rbcr & 0xff) | value << 8);
		break;
	case 12:
		fake->rcr = value;
		break;
	case 13:
		fake_write_transmit_mode(fake, value);
		break;
	case 14:
		fake->dcr = value;
		break;
	case 15:
		fake->imr = value;
		break;
	}
}

static inline void fake_reset(struct fake_chip *fake)
{
	fake->cr = 0x21;
	fake->isr = fake->no_reset ? 0 : FAKE_RST;
	fake->imr = 0;
	fake->sending = false;
	fake->overwritten = false;
	if (fake->qemu) {
		/* It doubles what is doubled already, but for the ends. */
		memset(fake->mem + 12, 0xee, 16);
	}
}

static inline void fake_out8(void *context, uint32_t offset, uint8_t value)
{
	struct fake_chip *fake = context;
	fake->accesses++;
	if (fake->gone || fake->zeroes) {
		return;
	}
	if (offset == 0) {
		fake_command(fake, value);
	} else if (offset == 0x1f) {
		fake_reset(fake);
	} else if (offset < 16 && fake->cr >> 6 == 0) {
		fake_out_page_0(fake, offset, value);
	} else if (offset < 16 && fake->cr >> 6 == 1) {
		if (offset < 7) {
			fake->par[offset - 1] = value;
		} else if (offset == 7) {
			fake->curr = value;
		} else {
			fake->mar[offset - 8] = value;
		}
	}
	fake_line(fake);
}

static inline uint8_t fake_in8(void *context, uint32_t offset)
{
	struct fake_chip *fake = context;
	fake->accesses++;
	if (fake->gone || fake->zeroes) {
		return fake->gone ? 0xff : 0;
	}
	uint8_t value = 0;
	if (offset == 0) {
		value = fake->cr;
	} else if (offset == 0x1f) {
		fake_reset(fake);
	} else if (offset < 16 && fake->cr >> 6 == 1) {
		value = offset < 7    ? fake->par[offset - 1]
			: offset == 7 ? fake->curr
				      : fake->mar[offset - 8];
	} else if (offset == 3) {
		value = fake->bnry;
	} else if (offset == 7) {
		value = fake->isr;
	} else if (offset >= 13 && offset < 16) {
		value = fake->counters[offset - 13];
		fake->counters[offset - 13] = 0;
	}
	fake_line(fake);
	return value;
}

static const struct ne2000_ports fake_ports = {
	.in8 = fake_in8,
	.out8 = fake_out8,
	.in16 = fake_in16,
	.out16 = fake_out16,
	.in32 = fake_in32,
	.out32 = fake_out32,
};
