#include "out_core.h"

/* A message is not cut for less room than this. */
#define PIECE_BYTES_MIN 128

void wire_sender_start(struct wire_sender *sender, struct wire_out *outs, uint32_t out_count)
{
	*sender = (struct wire_sender){.outs = outs, .out_count = out_count};
	sender->budget_limit = WIRE_BUDGET_FIRST;
	for (uint32_t i = 0; i < out_count; i++) {
		outs[i] = (struct wire_out){0};
	}
	for (uint32_t i = 0; i < WIRE_ITEMS; i++) {
		wire_sender_free_item(sender, &sender->items[i]);
	}
}

struct wire_item *wire_sender_take_item(struct wire_sender *sender)
{
	struct wire_item *item = sender->free_items;
	if (item != NULL) {
		sender->free_items = item->next;
		sender->free_count--;
		*item = (struct wire_item){0};
	}
	return item;
}

void wire_sender_free_item(struct wire_sender *sender, struct wire_item *item)
{
	item->next = sender->free_items;
	sender->free_items = item;
	sender->free_count++;
}

/* --- streams */

static bool may_send(const struct wire_out *out)
{
	return out->current != NULL &&
	       (out->current->begun || (int32_t)(out->limit - out->current->sequence) > 0);
}

static void make_ready(struct wire_sender *sender, struct wire_out *out)
{
	if (out->ready || !may_send(out)) {
		return;
	}
	struct wire_lane *lane = &sender->lanes[out->lane];
	out->ready = true;
	out->next_ready = NULL;
	if (lane->ready_last != NULL) {
		lane->ready_last->next_ready = out;
	} else {
		lane->ready_first = out;
	}
	lane->ready_last = out;
}

static struct wire_out *take_ready(struct wire_lane *lane)
{
	struct wire_out *out = lane->ready_first;
	lane->ready_first = out->next_ready;
	if (lane->ready_first == NULL) {
		lane->ready_last = NULL;
	}
	out->ready = false;
	return out;
}

static void leave_ready(struct wire_lane *lane, struct wire_out *out)
{
	struct wire_out *before = NULL;
	struct wire_out *each = lane->ready_first;
	while (each != NULL && each != out) {
		before = each;
		each = each->next_ready;
	}
	if (each == NULL) {
		return;
	}
	if (before != NULL) {
		before->next_ready = out->next_ready;
	} else {
		lane->ready_first = out->next_ready;
	}
	if (lane->ready_last == out) {
		lane->ready_last = before;
	}
	out->ready = false;
}

int32_t wire_sender_open(struct wire_sender *sender, uint32_t export_id, uint32_t generation,
			 uint8_t lane)
{
	for (uint32_t i = 0; i < sender->out_count && lane < WIRE_LANES; i++) {
		struct wire_out *out = &sender->outs[i];
		if (!out->open) {
			*out = (struct wire_out){.open = true,
						 .lane = lane,
						 .export_id = export_id,
						 .generation = generation,
						 .limit = WIRE_WINDOW_FIRST};
			return (int32_t)i;
		}
	}
	return -1;
}

static struct wire_out *find_out(struct wire_sender *sender, uint32_t handle)
{
	if (handle >= sender->out_count || !sender->outs[handle].open) {
		return NULL;
	}
	return &sender->outs[handle];
}

static void add_done(struct wire_sender *sender, struct wire_message *message)
{
	message->next = NULL;
	if (sender->done_last != NULL) {
		sender->done_last->next = message;
	} else {
		sender->done_first = message;
	}
	sender->done_last = message;
}

/* Takes a message off its stream, and frees a closing stream with its last one. */
static void leave_stream(struct wire_message *message)
{
	struct wire_out *out = message->out;
	if (message->previous != NULL) {
		message->previous->next = message->next;
	} else {
		out->first = message->next;
	}
	if (message->next != NULL) {
		message->next->previous = message->previous;
	} else {
		out->last = message->previous;
	}
	if (out->current == message) {
		out->current = message->next;
	}
	if (out->closing && out->first == NULL) {
		out->open = false;
	}
}

void wire_sender_close(struct wire_sender *sender, uint32_t handle)
{
	struct wire_out *out = find_out(sender, handle);
	if (out == NULL || out->closing) {
		return;
	}
	struct wire_message *message = out->first;
	while (message != NULL) {
		struct wire_message *next = message->next;
		if (!message->begun) {
			leave_stream(message);
			add_done(sender, message);
		}
		message = next;
	}
	if (!may_send(out)) {
		leave_ready(&sender->lanes[out->lane], out);
	}
	out->closing = true;
	out->open = out->first != NULL;
}

bool wire_sender_push(struct wire_sender *sender, uint32_t handle, struct wire_message *message)
{
	struct wire_out *out = find_out(sender, handle);
	if (out == NULL || out->closing || message->kind < WIRE_KIND_STREAM ||
	    message->kind > WIRE_KIND_STREAM_LAST) {
		return false;
	}
	message->out = out;
	message->sequence = out->sequence++;
	message->sent = 0;
	message->pieces = 0;
	message->begun = false;
	message->next = NULL;
	message->previous = out->last;
	if (out->last != NULL) {
		out->last->next = message;
	} else {
		out->first = message;
	}
	out->last = message;
	if (out->current == NULL) {
		out->current = message;
	}
	sender->messages++;
	make_ready(sender, out);
	return true;
}

void wire_sender_grant(struct wire_sender *sender, const struct wire_window *window)
{
	for (uint32_t i = 0; i < sender->out_count; i++) {
		struct wire_out *out = &sender->outs[i];
		if (out->open && out->export_id == window->export_id &&
		    out->generation == window->generation) {
			/* Windows only grow; an older one that was overtaken says less. */
			if ((int32_t)(window->limit - out->limit) > 0) {
				out->limit = window->limit;
				make_ready(sender, out);
			}
			return;
		}
	}
}

void wire_sender_budget(struct wire_sender *sender, uint64_t limit)
{
	if (limit > sender->budget_limit) {
		sender->budget_limit = limit;
	}
}

/* --- pieces */

static bool within_budget(const struct wire_sender *sender, unsigned lane)
{
	if (lane == WIRE_LANE_CONTROL || sender->budget_used < sender->budget_limit) {
		return true;
	}
	/* A message without bytes costs nothing; its turn comes with the next budget all the same.
	 */
	return false;
}

static bool lane_has_piece(const struct wire_sender *sender, unsigned lane)
{
	const struct wire_lane *l = &sender->lanes[lane];
	return l->lost_first != NULL || (l->ready_first != NULL && sender->free_items != NULL &&
					 within_budget(sender, lane));
}

bool wire_sender_has_piece(const struct wire_sender *sender, bool paced)
{
	for (unsigned lane = 0; lane < (paced ? WIRE_LANES : 1); lane++) {
		if (lane_has_piece(sender, lane)) {
			return true;
		}
	}
	return false;
}

static void write_piece(struct wire_writer *writer, const struct wire_item *item)
{
	const struct wire_message *message = item->message;
	const struct wire_out *out = message->out;
	struct wire_fragment fragment = {
		.export_id = out->export_id,
		.generation = out->generation,
		.sequence = message->sequence,
		.offset = item->offset,
		.total = message->bytes,
		.data = item->bytes > 0 ? message->data + item->offset : NULL,
		.bytes = item->bytes,
	};
	uint8_t flags = (uint8_t)(out->lane | (message->must ? WIRE_FLAG_MUST : 0));
	wire_encode_fragment(writer, message->kind, flags, &fragment);
}

static struct wire_item *take_lost(struct wire_lane *lane, size_t room)
{
	struct wire_item *item = lane->lost_first;
	if (item == NULL || item->bytes > room) {
		return NULL;
	}
	lane->lost_first = item->next;
	if (lane->lost_first == NULL) {
		lane->lost_last = NULL;
	}
	return item;
}

/* Cuts the next piece of the lane's next stream; null: not now, or not in this frame. */
static struct wire_item *cut_piece(struct wire_sender *sender, unsigned number, size_t room)
{
	struct wire_lane *lane = &sender->lanes[number];
	if (lane->lost_first != NULL || !lane_has_piece(sender, number)) {
		return NULL;
	}
	struct wire_out *out = lane->ready_first;
	struct wire_message *message = out->current;
	uint32_t left = message->bytes - message->sent;
	uint32_t bytes = left < room ? left : (uint32_t)room;
	if (bytes < left && room < PIECE_BYTES_MIN) {
		return NULL;
	}
	if (number != WIRE_LANE_CONTROL) {
		uint64_t budget = sender->budget_limit - sender->budget_used;
		bytes = bytes < budget ? bytes : (uint32_t)budget;
		sender->budget_used += bytes;
	}
	struct wire_item *item = wire_sender_take_item(sender);
	*item = (struct wire_item){.kind = WIRE_ITEM_PIECE,
				   .message = message,
				   .offset = message->sent,
				   .bytes = bytes};
	message->begun = true;
	message->pieces++;
	message->sent += bytes;
	(void)take_ready(lane);
	if (message->sent == message->bytes) {
		out->current = message->next;
	}
	make_ready(sender, out);
	return item;
}

struct wire_item *wire_sender_fill(struct wire_sender *sender, struct wire_writer *writer,
				   bool paced)
{
	struct wire_item *items = NULL;
	unsigned lanes = paced ? WIRE_LANES : 1;
	/* The higher lane goes first, but each eighth frame begins at the lowest. */
	bool upwards = paced && ++sender->turns % 8 == 0;
	for (unsigned i = 0; i < lanes; i++) {
		unsigned lane = upwards ? lanes - 1 - i : i;
		for (;;) {
			size_t head = WIRE_RECORD_HEADER_BYTES + WIRE_FRAGMENT_BYTES;
			if (writer->left <= head) {
				return items;
			}
			struct wire_item *item =
				take_lost(&sender->lanes[lane], writer->left - head);
			if (item == NULL) {
				item = cut_piece(sender, lane, writer->left - head);
			}
			if (item == NULL) {
				break;
			}
			write_piece(writer, item);
			item->next = items;
			items = item;
		}
	}
	return items;
}

static bool is_whole(const struct wire_message *message)
{
	return message->begun && message->pieces == 0 && message->sent == message->bytes;
}

void wire_sender_arrived(struct wire_sender *sender, struct wire_item *item)
{
	struct wire_message *message = item->message;
	struct wire_out *out = message->out;
	wire_sender_free_item(sender, item);
	message->pieces--;
	/* In order: the peer hands on a message only when it has those before it. */
	while (out->first != NULL && is_whole(out->first)) {
		message = out->first;
		leave_stream(message);
		add_done(sender, message);
	}
}

void wire_sender_lost(struct wire_sender *sender, struct wire_item *item)
{
	struct wire_lane *lane = &sender->lanes[item->message->out->lane];
	item->next = NULL;
	if (lane->lost_last != NULL) {
		lane->lost_last->next = item;
	} else {
		lane->lost_first = item;
	}
	lane->lost_last = item;
}

struct wire_message *wire_sender_done(struct wire_sender *sender)
{
	struct wire_message *message = sender->done_first;
	if (message != NULL) {
		sender->done_first = message->next;
		if (sender->done_first == NULL) {
			sender->done_last = NULL;
		}
		message->out = NULL;
		sender->messages--;
	}
	return message;
}

struct wire_message *wire_sender_drain(struct wire_sender *sender)
{
	for (uint32_t i = 0; sender->messages > 0 && i < sender->out_count; i++) {
		struct wire_message *message = sender->outs[i].first;
		if (sender->outs[i].open && message != NULL) {
			leave_stream(message);
			message->out = NULL;
			sender->messages--;
			return message;
		}
	}
	return NULL;
}
