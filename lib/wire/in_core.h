/*
 * What is received: each export's messages in order, whatever order their pieces come in.  A
 * piece that comes in order is handed on from its frame; one that comes early is copied into a
 * block until those before it came.  Blocks come from a pool that all peers share, up to a number
 * for each; without one the piece counts as not received and is sent again.
 */
#pragma once

#include "frame_core.h"

struct wire_block {
	struct wire_block *next;
	uint32_t sequence, offset, total;
	uint16_t bytes;
	uint8_t kind, flags;
	uint8_t data[WIRE_PAYLOAD_BYTES_MAX];
};

/* Blocks that nobody uses. */
struct wire_pool {
	struct wire_block *free;
};

struct wire_in {
	bool open, announce;
	uint32_t export_id, generation;
	uint32_t sequence, offset; /* what comes next */
	uint32_t total;            /* of the message in the middle of which we are */
	uint8_t kind;              /* likewise */
	uint32_t limit;            /* messages below it may come */
	uint32_t announced;        /* what of that the peer was told last */
	struct wire_block *early;  /* by sequence and offset */
	struct wire_in *next_announce;
};

struct wire_receiver {
	struct wire_in *ins; /* by export id */
	uint32_t in_count;
	struct wire_pool *pool;
	uint32_t blocks, blocks_max; /* of the pool, in use by this peer */
	struct wire_block *lent;     /* whose data the last piece was */
	struct wire_in *announce_first, *announce_last;
	/* Bytes, but for those of the control lane: accepted, used up, allowed to come. */
	uint64_t received, taken, granted;
	uint32_t budget;
	bool announce_budget;
	bool urgent; /* the peer will soon stop for want of a window */
	uint32_t message_bytes_max;
};

/* A piece of a message, in order. */
struct wire_piece {
	struct wire_in *in;
	uint32_t sequence, offset, total;
	const uint8_t *data; /* until the next piece is asked for */
	uint32_t bytes;
	uint8_t kind, flags;
};

enum wire_taken {
	WIRE_TAKEN_PIECE,     /* *piece is to be handed on */
	WIRE_TAKEN_NOTHING,   /* early, had before, or for nobody */
	WIRE_TAKEN_NO_ROOM,   /* must come again */
	WIRE_TAKEN_VIOLATION, /* the peer breaks the protocol */
};

void wire_receiver_start(struct wire_receiver *receiver, struct wire_in *ins, uint32_t in_count,
			 struct wire_pool *pool, uint32_t blocks_max, uint32_t budget,
			 uint32_t message_bytes_max);

/* Gives all blocks back. */
void wire_receiver_stop(struct wire_receiver *receiver);

/* Messages to this export are wanted, so many at first.  False: no such slot, or open. */
bool wire_receiver_open(struct wire_receiver *receiver, uint32_t export_id, uint32_t generation,
			uint32_t slots);
void wire_receiver_close(struct wire_receiver *receiver, uint32_t export_id);

/* So many more messages than were handed on may come. */
void wire_receiver_grant(struct wire_receiver *receiver, uint32_t export_id, uint32_t slots);

/* So many bytes of what was handed on are used up. */
void wire_receiver_consume(struct wire_receiver *receiver, uint32_t bytes);

/* A piece came. */
enum wire_taken wire_receiver_take(struct wire_receiver *receiver, const struct wire_record *record,
				   const struct wire_fragment *fragment, struct wire_piece *piece);

/* The next early piece of "in" that is in order now. */
enum wire_taken wire_receiver_next(struct wire_receiver *receiver, struct wire_in *in,
				   struct wire_piece *piece);

/* A window that the peer has to hear of, until it did; whoever writes it sets "announced". */
void wire_receiver_announce(struct wire_receiver *receiver, struct wire_in *in);
struct wire_in *wire_receiver_announcement(struct wire_receiver *receiver);
