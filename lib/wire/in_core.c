#include "in_core.h"

void wire_receiver_start(struct wire_receiver *receiver, struct wire_in *ins, uint32_t in_count,
			 struct wire_pool *pool, uint32_t blocks_max, uint32_t budget,
			 uint32_t message_bytes_max)
{
	*receiver = (struct wire_receiver){.ins = ins,
					   .in_count = in_count,
					   .pool = pool,
					   .blocks_max = blocks_max,
					   .granted = WIRE_BUDGET_FIRST,
					   .budget = budget,
					   .announce_budget = budget > WIRE_BUDGET_FIRST,
					   .message_bytes_max = message_bytes_max};
	for (uint32_t i = 0; i < in_count; i++) {
		ins[i] = (struct wire_in){0};
	}
}

static void free_block(struct wire_receiver *receiver, struct wire_block *block)
{
	block->next = receiver->pool->free;
	receiver->pool->free = block;
	receiver->blocks--;
}

static void return_lent(struct wire_receiver *receiver)
{
	if (receiver->lent != NULL) {
		free_block(receiver, receiver->lent);
		receiver->lent = NULL;
	}
}

static bool counts(uint8_t flags)
{
	return (flags & WIRE_FLAG_LANE) != WIRE_LANE_CONTROL;
}

static void drop_early(struct wire_receiver *receiver, struct wire_in *in)
{
	while (in->early != NULL) {
		struct wire_block *block = in->early;
		in->early = block->next;
		if (counts(block->flags)) {
			wire_receiver_consume(receiver, block->bytes);
		}
		free_block(receiver, block);
	}
}

void wire_receiver_stop(struct wire_receiver *receiver)
{
	return_lent(receiver);
	for (uint32_t i = 0; i < receiver->in_count; i++) {
		drop_early(receiver, &receiver->ins[i]);
		receiver->ins[i].open = false;
	}
}

static struct wire_in *find_in(struct wire_receiver *receiver, uint32_t export_id)
{
	if (export_id >= receiver->in_count || !receiver->ins[export_id].open) {
		return NULL;
	}
	return &receiver->ins[export_id];
}

bool wire_receiver_open(struct wire_receiver *receiver, uint32_t export_id, uint32_t generation,
			uint32_t slots)
{
	if (export_id >= receiver->in_count || receiver->ins[export_id].open) {
		return false;
	}
	struct wire_in *in = &receiver->ins[export_id];
	/* It may still stand in the list of announcements. */
	bool announce = in->announce;
	struct wire_in *next = in->next_announce;
	*in = (struct wire_in){.open = true,
			       .announce = announce,
			       .next_announce = next,
			       .export_id = export_id,
			       .generation = generation,
			       .limit = slots > WIRE_WINDOW_FIRST ? slots : WIRE_WINDOW_FIRST,
			       .announced = WIRE_WINDOW_FIRST};
	return true;
}

void wire_receiver_close(struct wire_receiver *receiver, uint32_t export_id)
{
	struct wire_in *in = find_in(receiver, export_id);
	if (in != NULL) {
		drop_early(receiver, in);
		in->open = false;
	}
}

void wire_receiver_announce(struct wire_receiver *receiver, struct wire_in *in)
{
	if (in->announce || !in->open) {
		return;
	}
	in->announce = true;
	in->next_announce = NULL;
	if (receiver->announce_last != NULL) {
		receiver->announce_last->next_announce = in;
	} else {
		receiver->announce_first = in;
	}
	receiver->announce_last = in;
}

struct wire_in *wire_receiver_announcement(struct wire_receiver *receiver)
{
	struct wire_in *in;
	do {
		in = receiver->announce_first;
		if (in == NULL) {
			return NULL;
		}
		receiver->announce_first = in->next_announce;
		if (receiver->announce_first == NULL) {
			receiver->announce_last = NULL;
		}
		in->announce = false;
	} while (!in->open);
	return in;
}

/* The peer hears of a larger window when it has used up half of the one it knows, and with a frame
   that goes anyway if it can still send: or every call would cost a frame more. */
static void update_window(struct wire_receiver *receiver, struct wire_in *in)
{
	int32_t known = (int32_t)(in->announced - in->sequence);
	int32_t now = (int32_t)(in->limit - in->sequence);
	if (now > known && 2 * known <= now) {
		wire_receiver_announce(receiver, in);
		receiver->urgent |= known <= 1;
	}
}

void wire_receiver_grant(struct wire_receiver *receiver, uint32_t export_id, uint32_t slots)
{
	struct wire_in *in = find_in(receiver, export_id);
	if (in != NULL && (int32_t)(in->sequence + slots - in->limit) > 0) {
		in->limit = in->sequence + slots;
		update_window(receiver, in);
	}
}

void wire_receiver_consume(struct wire_receiver *receiver, uint32_t bytes)
{
	receiver->taken += bytes;
	/* The peer hears of it when it is worth a record. */
	if (receiver->taken + receiver->budget > receiver->granted + receiver->budget / 4) {
		receiver->announce_budget = true;
	}
}

/* --- pieces */

/* Moves on behind a piece that is next, and describes it. */
static void advance(struct wire_receiver *receiver, struct wire_in *in, struct wire_piece *piece)
{
	in->total = piece->total;
	in->kind = piece->kind;
	in->offset += piece->bytes;
	if (in->offset == in->total) {
		in->sequence++;
		in->offset = 0;
		update_window(receiver, in);
	}
	piece->in = in;
}

/* Whether the piece fits the message in the middle of which the stream is. */
static bool fits(const struct wire_in *in, uint32_t total, uint8_t kind)
{
	return in->offset == 0 || (total == in->total && kind == in->kind);
}

static bool is_before(uint32_t sequence, uint32_t offset, uint32_t than, uint32_t than_offset)
{
	return sequence != than ? (int32_t)(sequence - than) < 0 : offset < than_offset;
}

/* Copies an early piece into a block, in its place among the others. */
static enum wire_taken keep_early(struct wire_receiver *receiver, struct wire_in *in,
				  const struct wire_record *record,
				  const struct wire_fragment *fragment)
{
	struct wire_block **place = &in->early;
	while (*place != NULL && is_before((*place)->sequence, (*place)->offset, fragment->sequence,
					   fragment->offset)) {
		place = &(*place)->next;
	}
	if (*place != NULL && (*place)->sequence == fragment->sequence &&
	    (*place)->offset == fragment->offset) {
		return WIRE_TAKEN_NOTHING;
	}
	struct wire_block *block = receiver->pool->free;
	if (block == NULL || receiver->blocks >= receiver->blocks_max) {
		return WIRE_TAKEN_NO_ROOM;
	}
	receiver->pool->free = block->next;
	receiver->blocks++;
	block->sequence = fragment->sequence;
	block->offset = fragment->offset;
	block->total = fragment->total;
	block->bytes = (uint16_t)fragment->bytes;
	block->kind = record->kind;
	block->flags = record->flags;
	if (fragment->bytes > 0) {
		__builtin_memcpy(block->data, fragment->data, fragment->bytes);
	}
	block->next = *place;
	*place = block;
	return WIRE_TAKEN_NOTHING;
}

/* A piece is accepted: its bytes count against what was granted. */
static bool within_grant(struct wire_receiver *receiver, uint8_t flags, uint32_t bytes)
{
	if (counts(flags)) {
		receiver->received += bytes;
	}
	return receiver->received <= receiver->granted;
}

enum wire_taken wire_receiver_take(struct wire_receiver *receiver, const struct wire_record *record,
				   const struct wire_fragment *fragment, struct wire_piece *piece)
{
	struct wire_in *in = find_in(receiver, fragment->export_id);
	return_lent(receiver);
	if (fragment->total > receiver->message_bytes_max) {
		return WIRE_TAKEN_VIOLATION;
	}
	if (in == NULL || in->generation != fragment->generation) {
		/* For a port that is gone: it came, and costs the peer nothing. */
		if (counts(record->flags)) {
			wire_receiver_consume(receiver, fragment->bytes);
		}
		return WIRE_TAKEN_NOTHING;
	}
	if (is_before(fragment->sequence, fragment->offset, in->sequence, in->offset)) {
		return WIRE_TAKEN_NOTHING;
	}
	if ((int32_t)(fragment->sequence - in->limit) >= 0) {
		return WIRE_TAKEN_VIOLATION;
	}
	if (fragment->sequence != in->sequence || fragment->offset != in->offset) {
		uint32_t before = receiver->blocks;
		enum wire_taken taken = keep_early(receiver, in, record, fragment);
		return receiver->blocks == before ||
				       within_grant(receiver, record->flags, fragment->bytes)
			       ? taken
			       : WIRE_TAKEN_VIOLATION;
	}
	if (!fits(in, fragment->total, record->kind) ||
	    !within_grant(receiver, record->flags, fragment->bytes)) {
		return WIRE_TAKEN_VIOLATION;
	}
	if (fragment->sequence == 0 && fragment->offset == 0 && in->limit != in->announced) {
		/* The peer may have ignored our window before it knew the export. */
		wire_receiver_announce(receiver, in);
	}
	*piece = (struct wire_piece){.sequence = fragment->sequence,
				     .offset = fragment->offset,
				     .total = fragment->total,
				     .data = fragment->data,
				     .bytes = fragment->bytes,
				     .kind = record->kind,
				     .flags = record->flags};
	advance(receiver, in, piece);
	return WIRE_TAKEN_PIECE;
}

enum wire_taken wire_receiver_next(struct wire_receiver *receiver, struct wire_in *in,
				   struct wire_piece *piece)
{
	return_lent(receiver);
	struct wire_block *block = in->open ? in->early : NULL;
	if (block == NULL || is_before(in->sequence, in->offset, block->sequence, block->offset)) {
		return WIRE_TAKEN_NOTHING;
	}
	in->early = block->next;
	receiver->lent = block;
	if (block->sequence != in->sequence || block->offset != in->offset ||
	    !fits(in, block->total, block->kind)) {
		/* Pieces that overlap: the peer cut the message in two ways. */
		return WIRE_TAKEN_VIOLATION;
	}
	*piece = (struct wire_piece){.sequence = block->sequence,
				     .offset = block->offset,
				     .total = block->total,
				     .data = block->data,
				     .bytes = block->bytes,
				     .kind = block->kind,
				     .flags = block->flags};
	advance(receiver, in, piece);
	return WIRE_TAKEN_PIECE;
}
