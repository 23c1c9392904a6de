/* A card without hardware that keeps the contract of nic.h: for host tests of what is above it. The
   test plays the wire. */
#pragma once

#include "nic.h"

#define FAKE_NIC_FRAMES_MAX 32u

struct fake_nic_queue {
	uint32_t first;
	uint32_t count;
	uint32_t bytes[FAKE_NIC_FRAMES_MAX];
	uint8_t frames[FAKE_NIC_FRAMES_MAX][NIC_FRAME_BYTES_MAX];
};

struct fake_nic {
	struct nic nic;
	struct nic_status status;
	struct nic_filter filter;
	bool stopped;
	bool interrupts_masked;
	bool interrupt;    /* the card asks for a poll */
	bool sender_waits; /* somebody was told NIC_BUSY */
	uint32_t send_max; /* frames that may wait to be taken before transmit says NIC_BUSY; the
			      test may set it, at most FAKE_NIC_FRAMES_MAX */
	struct fake_nic_queue received;
	struct fake_nic_queue sent;
};

/* A card that is up, accepts broadcasts, and has room for two frames to be sent. */
void fake_nic_open(struct fake_nic *fake, const uint8_t address[NIC_ADDRESS_BYTES]);

/* A frame arrives from the wire. False: the filter or a full ring dropped it (the ring's: counted
   as missed), or the card is down. bytes above NIC_FRAME_BYTES_MAX are dropped, too. */
bool fake_nic_deliver(struct fake_nic *fake, const void *frame, uint32_t bytes);

/* Takes the next frame that was transmitted, into NIC_FRAME_BYTES_MAX bytes. Returns its bytes; 0:
   there is none. */
uint32_t fake_nic_take(struct fake_nic *fake, void *frame);

/* The card vanishes with all that is in it, or is there again: what the next poll finds. */
void fake_nic_set_up(struct fake_nic *fake, bool up);
