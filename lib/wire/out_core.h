/*
 * What is to be sent: streams of messages, one for each export of the peer, in four lanes.  A
 * message is cut into pieces as frames have room; a piece that was lost goes again as it was.
 * Memory of streams and messages is the caller's; a message's bytes stay where they are, and must
 * not change, until the message is given back.
 */
#pragma once

#include "frame_core.h"

#define WIRE_ITEMS 192 /* pieces and announcements in flight, of one association */

struct wire_message {
	/* The caller's. */
	const uint8_t *data;
	uint32_t bytes;
	uint8_t kind; /* WIRE_KIND_STREAM to WIRE_KIND_STREAM_LAST */
	bool must;    /* the peer must know the kind */
	uint64_t context;

	/* Ours. */
	struct wire_message *next, *previous; /* of its stream, later of those done */
	struct wire_out *out;
	uint32_t sequence;
	uint32_t sent;   /* bytes in pieces so far */
	uint32_t pieces; /* neither acknowledged nor dropped */
	bool begun;      /* some of it was sent, so its sequence number is used up */
};

struct wire_out {
	bool open, closing, ready;
	uint8_t lane;
	uint32_t export_id, generation;
	uint32_t sequence; /* of the next message */
	uint32_t limit;    /* messages below it may be sent */
	struct wire_message *first, *last;
	struct wire_message *current; /* the first that is not wholly in pieces */
	struct wire_out *next_ready;
};

enum wire_item_kind {
	WIRE_ITEM_PIECE,
	WIRE_ITEM_WINDOW,
	WIRE_ITEM_BUDGET,
};

/* What a frame in flight carries and is lost with it. */
struct wire_item {
	struct wire_item *next;
	enum wire_item_kind kind;
	struct wire_message *message;
	uint32_t offset, bytes;
	struct wire_in *in;
};

struct wire_lane {
	struct wire_out *ready_first, *ready_last;
	struct wire_item *lost_first, *lost_last;
};

struct wire_sender {
	struct wire_out *outs;
	uint32_t out_count;
	struct wire_lane lanes[WIRE_LANES];
	uint32_t turns; /* frames filled, so that no lane starves */
	struct wire_item items[WIRE_ITEMS];
	struct wire_item *free_items;
	uint32_t free_count;
	uint64_t budget_limit, budget_used; /* bytes, but for those of the control lane */
	struct wire_message *done_first, *done_last;
	uint32_t messages; /* not yet given back */
};

void wire_sender_start(struct wire_sender *sender, struct wire_out *outs, uint32_t out_count);

/* A stream to an export; its handle, or -1: no room. */
int32_t wire_sender_open(struct wire_sender *sender, uint32_t export_id, uint32_t generation,
			 uint8_t lane);

/* No more messages; those that were not begun are given back at once, unsent. */
void wire_sender_close(struct wire_sender *sender, uint32_t handle);

/* The message is the sender's until wire_sender_done or wire_sender_drain gives it back.  False:
   no such stream, or not a kind for streams; then nothing happened. */
bool wire_sender_push(struct wire_sender *sender, uint32_t handle, struct wire_message *message);

/* What the peer granted. */
void wire_sender_grant(struct wire_sender *sender, const struct wire_window *window);
void wire_sender_budget(struct wire_sender *sender, uint64_t limit);

/* Whether there is a piece that may go: of the control lane, or of any if "paced". */
bool wire_sender_has_piece(const struct wire_sender *sender, bool paced);

/* Writes pieces while there is room; returns them as items of one frame. */
struct wire_item *wire_sender_fill(struct wire_sender *sender, struct wire_writer *writer,
				   bool paced);

/* An item for an announcement, or null. */
struct wire_item *wire_sender_take_item(struct wire_sender *sender);
void wire_sender_free_item(struct wire_sender *sender, struct wire_item *item);

/* A piece arrived; a piece was lost and goes again. */
void wire_sender_arrived(struct wire_sender *sender, struct wire_item *item);
void wire_sender_lost(struct wire_sender *sender, struct wire_item *item);

/* The next message that arrived whole, or that its stream's end gave back unsent (then it has not
   begun); null: none. */
struct wire_message *wire_sender_done(struct wire_sender *sender);

/* When the association has ended: the next message of all, or null.  Items are then worthless. */
struct wire_message *wire_sender_drain(struct wire_sender *sender);
