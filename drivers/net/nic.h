/* The contract between a network card's driver and the server in whose address space it runs.

   Nothing here blocks, and nothing is called back. The server
   - polls after each interrupt message, and again at once as long as a poll fills all the frames
     that it was given: the card does not interrupt before a poll has left some of them empty;
   - then acknowledges the line (device_intr_ack);
   - polls at status->deadline_ms, too, if no interrupt came before.
   It may poll at any other time. One thread at a time. */
#pragma once

#include "nic_core.h"

struct nic;

struct nic_ops {
	uint32_t (*poll)(struct nic *nic, uint64_t now_ms, struct nic_frame *frames,
			 uint32_t frames_max);
	enum nic_result (*transmit)(struct nic *nic, uint64_t now_ms, const void *frame,
				    uint32_t bytes);
	bool (*set_filter)(struct nic *nic, const struct nic_filter *filter);
	void (*stop)(struct nic *nic);
};

/* Part of a driver's own object. */
struct nic {
	const struct nic_ops *ops;
	const struct nic_status *status;
};

/* Receives at most frames_max frames, in the order of the wire, and looks after the card: finishes
   transmissions, recovers from what went wrong. now_ms is any clock that does not go backwards.
   Returns how many frames were filled; frames_max: there may be more. The frames stay the
   caller's. */
static inline uint32_t nic_poll(struct nic *nic, uint64_t now_ms, struct nic_frame *frames,
				uint32_t frames_max)
{
	return nic->ops->poll(nic, now_ms, frames, frames_max);
}

/* Gives the card one frame of NIC_HEADER_BYTES to NIC_FRAME_BYTES_MAX bytes, which are copied. The
   source address is the caller's to fill in. After NIC_BUSY an interrupt tells when to try again.
   NIC_OK promises no delivery: it is an Ethernet. */
static inline enum nic_result nic_transmit(struct nic *nic, uint64_t now_ms, const void *frame,
					   uint32_t bytes)
{
	return nic->ops->transmit(nic, now_ms, frame, bytes);
}

/* What is received besides frames to the card's own address (at first: broadcasts). False, and
   nothing changed: multicast_count is above NIC_MULTICAST_MAX, or one of them is no multicast
   address. */
static inline bool nic_set_filter(struct nic *nic, const struct nic_filter *filter)
{
	return nic->ops->set_filter(nic, filter);
}

/* Silences the card for good: neither frames nor interrupts come any more. */
static inline void nic_stop(struct nic *nic)
{
	nic->ops->stop(nic);
}
