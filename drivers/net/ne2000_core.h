/* The rules of an NE2000: a DP8390 (or a chip that took after it) with packet memory behind a data
   port. Pure: ports are reached through a table, time comes from the caller, nothing waits longer
   than a bounded number of port reads.

   Page numbers are those of the DP8390 data sheet (National Semiconductor, DP8390D/NS32490D): a
   page is 256 bytes of packet memory. The memory is used so:

	first page              two transmit buffers of NE2000_TRANSMIT_PAGES each
	then up to the last     the receive ring

   The states of a chip:
	RUNNING     receives; transmissions go out of two buffers in turn
	OVERWRITTEN the ring was full; the chip was told to stop, which takes it up to 1.6 ms
	DOWN        does not answer as an NE2000 does; tried again every NE2000_RETRY_MS
	STOPPED     ne2000_stop */
#pragma once

#include "nic_core.h"

#define NE2000_PORTS          32u /* that the card occupies, and all that are given to the table */
#define NE2000_TRANSMIT_PAGES 6u
#define NE2000_PAGES_MIN      26u /* packet memory that makes sense: buffers and two long frames */
/* How long a transmission may take: a long frame after 16 collisions on a busy wire. */
#define NE2000_TRANSMIT_MS 500u
#define NE2000_RETRY_MS    1000u
/* The data sheet's 1.6 ms, on a clock whose steps are not known to be finer than 1 ms. */
#define NE2000_OVERWRITE_MS 3u

/* Offsets are below NE2000_PORTS. in16 ... out32 move `count` units through the data port, low byte
   first; data is aligned only to a byte. */
struct ne2000_ports {
	uint8_t (*in8)(void *context, uint32_t offset);
	void (*out8)(void *context, uint32_t offset, uint8_t value);
	void (*in16)(void *context, uint32_t offset, void *data, uint32_t count);
	void (*out16)(void *context, uint32_t offset, const void *data, uint32_t count);
	void (*in32)(void *context, uint32_t offset, void *data, uint32_t count);
	void (*out32)(void *context, uint32_t offset, const void *data, uint32_t count);
};

enum ne2000_state { NE2000_STOPPED, NE2000_RUNNING, NE2000_OVERWRITTEN, NE2000_DOWN };

struct ne2000 {
	const struct ne2000_ports *ports;
	void *context;
	struct nic_status status;
	enum ne2000_state state;
	bool wide;            /* the data port takes 32 bits */
	bool resend;          /* OVERWRITTEN: a transmission was under way */
	uint8_t memory_start; /* pages of packet memory */
	uint8_t ring_start;
	uint8_t memory_end;     /* one past the last page, of memory and ring */
	uint8_t next_page;      /* of the ring, to be read next */
	uint8_t interrupts;     /* those wanted, besides those of transmissions */
	bool interrupts_masked; /* at the card: the ring was not yet seen empty */
	/* Transmit buffers: `sending` is on the wire if transmit_bytes of it is not 0, the other
	   one waits if its transmit_bytes is not 0. */
	uint8_t sending;
	uint16_t transmit_bytes[2];
	uint64_t transmit_deadline_ms;
	uint64_t wait_until_ms; /* OVERWRITTEN, DOWN */
	struct nic_filter filter;
};

enum ne2000_error {
	NE2000_FOUND,
	NE2000_NO_ANSWER, /* nothing at these ports behaves like a DP8390 */
	NE2000_NO_PROM,   /* ... but it has no address PROM of an NE2000 in it */
	NE2000_NO_MEMORY, /* less packet memory than NE2000_PAGES_MIN pages at 4000h */
};

/* Finds out what card is there and starts it. On any error the card, if it is one, is stopped. */
enum ne2000_error ne2000_start(struct ne2000 *chip, const struct ne2000_ports *ports,
			       void *context);

/* The contract of nic.h, routine by routine. */
uint32_t ne2000_poll(struct ne2000 *chip, uint64_t now_ms, struct nic_frame *frames,
		     uint32_t frames_max);
enum nic_result ne2000_transmit(struct ne2000 *chip, uint64_t now_ms, const void *frame,
				uint32_t bytes);
bool ne2000_set_filter(struct ne2000 *chip, const struct nic_filter *filter);
void ne2000_stop(struct ne2000 *chip);

/* Which of the 64 bits of the multicast registers an address falls on. */
uint32_t ne2000_multicast_bit(const uint8_t address[NIC_ADDRESS_BYTES]);
