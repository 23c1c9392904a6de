/* What every network card has in common: frames, results, counters, the filter. Pure declarations;
   nic.h is the contract that a driver keeps with them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* An Ethernet frame from destination address to the end of its data, without the checksum, which
   the card adds and takes away. A shorter frame than NIC_FRAME_BYTES_PADDED is padded with zeroes.
 */
#define NIC_ADDRESS_BYTES      6u
#define NIC_HEADER_BYTES       14u
#define NIC_FRAME_BYTES_PADDED 60u
#define NIC_FRAME_BYTES_MAX    1514u

#define NIC_MULTICAST_MAX 16u
#define NIC_NEVER         UINT64_MAX

enum nic_result {
	NIC_OK,
	NIC_BUSY,       /* no transmit buffer is free: try again after the next poll */
	NIC_BAD_LENGTH, /* shorter than a header or longer than a frame */
	NIC_DOWN,       /* the card does not answer, or is being set up again; the frame is lost */
};

/* Room for one frame, given by the caller of a poll. */
struct nic_frame {
	uint8_t *data;  /* NIC_FRAME_BYTES_MAX bytes */
	uint32_t bytes; /* set by the driver */
};

/* Which frames are delivered besides those to the card's own address. */
struct nic_filter {
	bool broadcast;
	bool promiscuous;
	uint8_t multicast_count;
	uint8_t multicast[NIC_MULTICAST_MAX][NIC_ADDRESS_BYTES];
};

/* Since the card was opened. */
struct nic_counters {
	uint64_t frames_received;
	uint64_t bytes_received;
	uint64_t frames_sent;
	uint64_t bytes_sent;
	uint32_t send_errors;  /* the card says that it could not send a frame */
	uint32_t send_busy;    /* refused with NIC_BUSY */
	uint32_t send_lost;    /* given to a card that then had to be set up again */
	uint32_t bad_lengths;  /* received frames whose length no frame has */
	uint32_t filtered;     /* let through by the card's coarser filter */
	uint32_t overwrites;   /* times that the ring was full and the card stopped for it */
	uint32_t ring_resyncs; /* times that the ring made no sense and was emptied unread */
	uint32_t dma_timeouts; /* transfers that the card did not finish */
	uint32_t restarts;     /* times that the card was set up again */
	uint32_t wire_errors;  /* frames with bad checksums or alignment, as the card counts them */
	uint32_t missed;       /* frames the card had no room for, as it counts them */
};

/* What a driver lets its user see; written by the driver alone. */
struct nic_status {
	uint8_t address[NIC_ADDRESS_BYTES];
	bool up; /* false: the card does not answer; the driver tries again by itself */
	uint64_t deadline_ms; /* poll at this time although no interrupt came; NIC_NEVER */
	struct nic_counters counters;
};

/* Does the filter let this frame (of at least a header) through to a card with this address? */
static inline bool nic_filter_accepts(const struct nic_filter *filter,
				      const uint8_t own[NIC_ADDRESS_BYTES], const uint8_t *frame)
{
	bool is_own = true;
	bool is_broadcast = true;
	for (uint32_t i = 0; i < NIC_ADDRESS_BYTES; i++) {
		is_own &= frame[i] == own[i];
		is_broadcast &= frame[i] == 0xff;
	}
	if (filter->promiscuous || is_own || (is_broadcast && filter->broadcast)) {
		return true;
	}
	for (uint32_t entry = 0; entry < filter->multicast_count && !is_broadcast; entry++) {
		bool same = true;
		for (uint32_t i = 0; i < NIC_ADDRESS_BYTES; i++) {
			same &= frame[i] == filter->multicast[entry][i];
		}
		if (same) {
			return true;
		}
	}
	return false;
}

/* At most NIC_MULTICAST_MAX addresses, all of them multicast. */
static inline bool nic_filter_is_valid(const struct nic_filter *filter)
{
	bool valid = filter->multicast_count <= NIC_MULTICAST_MAX;
	for (uint32_t i = 0; valid && i < filter->multicast_count; i++) {
		valid = (filter->multicast[i][0] & 1) != 0;
	}
	return valid;
}
