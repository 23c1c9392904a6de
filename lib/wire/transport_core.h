/*
 * The transport of one association: records in and out of payloads that are sealed elsewhere.
 * Frames are acknowledged by their counters; what a lost frame carried goes again in a new one,
 * under a new counter.  A payload is read as the caller asks for what is in it
 * (wire_transport_read), so that nothing is queued between the wire and the caller.
 */
#pragma once

#include "in_core.h"
#include "out_core.h"
#include "pace_core.h"

#define WIRE_FLIGHT 64 /* frames that may wait for an acknowledgement */

struct wire_transport_settings {
	struct wire_pace_settings pace;
	uint32_t ack_delay_us; /* how long an acknowledgement may wait for company */
	uint32_t blocks_max;   /* early pieces of one peer */
	uint32_t budget;       /* bytes of one peer that are handed on and not used up */
	uint32_t message_bytes_max;
};

/* A frame that waits for its acknowledgement. */
struct wire_sent {
	uint64_t counter, sent_us;
	uint32_t bytes;
	struct wire_item *items;
	bool waits; /* false: acknowledged or lost, and only its place is left */
};

enum wire_idle_state {
	WIRE_IDLE_OPEN,
	WIRE_IDLE_ASKED, /* we offered to end, and send no more messages until answered */
};

struct wire_transport {
	struct wire_sender sender;
	struct wire_receiver receiver;
	struct wire_pace pace;

	uint64_t counter_next;                /* of our next frame, whatever its keys */
	struct wire_sent flight[WIRE_FLIGHT]; /* a ring, by counter */
	uint32_t flight_first, flight_count;
	uint64_t timer_us;      /* since when nothing was acknowledged */
	uint64_t acked_largest; /* of our frames */
	uint64_t lost_us;       /* when an overtaken frame counts as lost; WIRE_NO_TIME: none */
	uint32_t extra;         /* frames that may be sent beyond the window, after a time-out */

	uint64_t ack_largest;
	uint64_t ack_bits[2]; /* bit i: ack_largest - 1 - i came, too */
	bool ack_any;
	uint32_t ack_owed; /* frames that ask for one */
	uint64_t ack_due_us;
	uint64_t announce_due_us; /* when windows go without company; WIRE_NO_TIME: none waits */

	bool probe; /* send one */
	uint8_t idle_state;
	bool idle_say; /* send idle_what of idle_round */
	uint8_t idle_what;
	uint32_t idle_round;
	uint32_t idle_heard;  /* the round that the peer spoke of */
	uint8_t close_reason; /* send CLOSE, if it is not WIRE_REASON_NONE */

	/* The payload that is being read. */
	struct wire_reader input;
	uint64_t input_counter;
	bool reading, asks, unkept;
	struct wire_in *draining; /* its early pieces come next */
};

#define WIRE_NO_TIME UINT64_MAX

void wire_transport_start(struct wire_transport *transport,
			  const struct wire_transport_settings *settings, uint64_t now_us,
			  struct wire_out *outs, uint32_t out_count, struct wire_in *ins,
			  uint32_t in_count, struct wire_pool *pool);

/* What a payload said. */
enum wire_said {
	WIRE_SAID_NOTHING, /* it is read to its end */
	WIRE_SAID_PIECE,
	WIRE_SAID_IDLE,  /* *value: ASK, YES or NO */
	WIRE_SAID_CLOSE, /* *value: the reason; nothing follows */
	WIRE_SAID_WRONG, /* *value: why the association must end; nothing follows */
};

/* Begins to read a payload of the frame "counter", which must stay as it is meanwhile. */
void wire_transport_begin(struct wire_transport *transport, const void *payload, size_t bytes,
			  uint64_t counter);

/* Reads on, to be called until it says NOTHING. */
enum wire_said wire_transport_read(struct wire_transport *transport,
				   const struct wire_transport_settings *settings, uint64_t now_us,
				   struct wire_piece *piece, uint8_t *value);

/*
 * Writes what is to be sent now as the payload of the frame counter_next, which the caller then
 * counts up; the bytes written, 0: nothing is to be sent.
 */
size_t wire_transport_write(struct wire_transport *transport, uint64_t now_us, void *payload,
			    size_t payload_bytes_max);

/* Time passed. */
void wire_transport_step(struct wire_transport *transport,
			 const struct wire_transport_settings *settings, uint64_t now_us);

/* When something is to be done without a cause from outside, or WIRE_NO_TIME. */
uint64_t wire_transport_deadline(const struct wire_transport *transport,
				 const struct wire_transport_settings *settings);

/* Whether anything is under way: messages not given back, frames not acknowledged, or
   announcements to be made. */
bool wire_transport_is_busy(const struct wire_transport *transport);
