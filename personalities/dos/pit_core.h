/*
 * The PC's timer (Intel 8253/8254): three counters of 1193182 Hz.  Time is given, in its cycles.
 * Counting in BCD is done in binary.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PIT_HZ       1193182u
#define PIT_CHANNELS 3u

struct pit_channel {
	uint8_t mode;   /* 0 to 5 */
	uint8_t access; /* 1: the low byte, 2: the high byte, 3: one after the other */
	bool gate;
	bool writes_high, reads_high; /* which byte is next */
	bool waits;                   /* for its count: it stands */
	uint8_t low;                  /* written, and waits for the high byte */
	uint32_t reload;              /* 1 to 65536 */
	uint64_t since;               /* when it began to count */
	uint8_t latched;              /* bytes of the count still to be read */
	uint16_t latch;
	bool status_latched;
	uint8_t status;
};

struct pit {
	struct pit_channel channels[PIT_CHANNELS];
};

void pit_reset(struct pit *pit, uint64_t now);

/* Ports 40 to 43. */
uint8_t pit_in(struct pit *pit, uint32_t port, uint64_t now);
void pit_out(struct pit *pit, uint32_t port, uint8_t value, uint64_t now);

/* The gate of channel 2, and what a channel puts out. */
void pit_gate(struct pit *pit, bool gate, uint64_t now);
bool pit_output(const struct pit *pit, uint32_t channel, uint64_t now);

/* How often channel 0 has asked for its interrupt since it was set; how far apart that is. */
uint64_t pit_interrupts(const struct pit *pit, uint64_t now);
uint32_t pit_period(const struct pit *pit);
