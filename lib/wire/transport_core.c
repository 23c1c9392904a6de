#include "transport_core.h"

/* How many later frames must have arrived before one counts as lost. */
#define OVERTAKEN_FRAMES 3
/* Room in the ring of frames and among the items that messages leave to announcements. */
#define FLIGHT_RESERVE 4
#define ITEMS_RESERVE  16
/* Frames that ask for an acknowledgement and go without one. */
#define ACK_FRAMES 2

void wire_transport_start(struct wire_transport *transport,
			  const struct wire_transport_settings *settings, uint64_t now_us,
			  struct wire_out *outs, uint32_t out_count, struct wire_in *ins,
			  uint32_t in_count, struct wire_pool *pool)
{
	*transport = (struct wire_transport){
		.lost_us = WIRE_NO_TIME, .timer_us = now_us, .announce_due_us = WIRE_NO_TIME};
	wire_sender_start(&transport->sender, outs, out_count);
	wire_receiver_start(&transport->receiver, ins, in_count, pool, settings->blocks_max,
			    settings->budget, settings->message_bytes_max);
	wire_pace_start(&transport->pace, &settings->pace);
}

/* --- frames in flight */

static struct wire_sent *flight_at(struct wire_transport *t, uint32_t i)
{
	return &t->flight[(t->flight_first + i) % WIRE_FLIGHT];
}

static void trim_flight(struct wire_transport *t)
{
	while (t->flight_count > 0 && !flight_at(t, 0)->waits) {
		t->flight_first = (t->flight_first + 1) % WIRE_FLIGHT;
		t->flight_count--;
	}
}

/* What a lost frame carried goes again. */
static void lose_frame(struct wire_transport *t, struct wire_sent *sent)
{
	struct wire_item *item = sent->items;
	while (item != NULL) {
		struct wire_item *next = item->next;
		switch (item->kind) {
		case WIRE_ITEM_PIECE:
			wire_sender_lost(&t->sender, item);
			break;
		case WIRE_ITEM_WINDOW:
			wire_receiver_announce(&t->receiver, item->in);
			t->receiver.urgent = true;
			wire_sender_free_item(&t->sender, item);
			break;
		case WIRE_ITEM_BUDGET:
			t->receiver.announce_budget = true;
			wire_sender_free_item(&t->sender, item);
			break;
		}
		item = next;
	}
	sent->items = NULL;
	sent->waits = false;
	wire_pace_gave_up(&t->pace, sent->bytes);
}

static void settle_frame(struct wire_transport *t, const struct wire_transport_settings *settings,
			 struct wire_sent *sent)
{
	struct wire_item *item = sent->items;
	while (item != NULL) {
		struct wire_item *next = item->next;
		if (item->kind == WIRE_ITEM_PIECE) {
			wire_sender_arrived(&t->sender, item);
		} else {
			wire_sender_free_item(&t->sender, item);
		}
		item = next;
	}
	sent->items = NULL;
	sent->waits = false;
	wire_pace_acknowledged(&t->pace, &settings->pace, sent->bytes, sent->counter);
}

/* Frames that later ones have overtaken, in number or for long, are lost. */
static void find_losses(struct wire_transport *t, const struct wire_transport_settings *settings,
			uint64_t now_us)
{
	uint64_t largest = t->acked_largest;
	uint32_t patience_us = wire_pace_patience(&t->pace, &settings->pace);
	t->lost_us = WIRE_NO_TIME;
	for (uint32_t i = 0; i < t->flight_count; i++) {
		struct wire_sent *sent = flight_at(t, i);
		if (!sent->waits || sent->counter >= largest) {
			continue;
		}
		if (largest - sent->counter >= OVERTAKEN_FRAMES ||
		    now_us - sent->sent_us >= patience_us) {
			wire_pace_lost(&t->pace, &settings->pace, sent->counter, t->counter_next);
			lose_frame(t, sent);
		} else if (sent->sent_us + patience_us < t->lost_us) {
			t->lost_us = sent->sent_us + patience_us;
		}
	}
	trim_flight(t);
}

static bool ack_covers(const struct wire_ack *ack, uint64_t counter)
{
	if (counter >= ack->largest) {
		return counter == ack->largest;
	}
	uint64_t bit = ack->largest - 1 - counter;
	return bit / 8 < ack->bits_bytes && (ack->bits[bit / 8] >> bit % 8 & 1) != 0;
}

/* False: it names a frame that was never sent. */
static bool take_ack(struct wire_transport *t, const struct wire_transport_settings *settings,
		     uint64_t now_us, const struct wire_ack *ack)
{
	bool any = false;
	if (ack->largest >= t->counter_next) {
		return false;
	}
	for (uint32_t i = 0; i < t->flight_count; i++) {
		struct wire_sent *sent = flight_at(t, i);
		if (!sent->waits || !ack_covers(ack, sent->counter)) {
			continue;
		}
		if (sent->counter == ack->largest) {
			wire_pace_measure(&t->pace, (uint32_t)(now_us - sent->sent_us));
		}
		settle_frame(t, settings, sent);
		any = true;
	}
	if (any) {
		t->timer_us = now_us;
		t->extra = 0;
	}
	if (ack->largest > t->acked_largest) {
		t->acked_largest = ack->largest;
	}
	find_losses(t, settings, now_us);
	return true;
}

/* --- reading */

void wire_transport_begin(struct wire_transport *transport, const void *payload, size_t bytes,
			  uint64_t counter)
{
	transport->input = wire_reader(payload, bytes);
	transport->input_counter = counter;
	transport->reading = true;
	transport->asks = false;
	transport->unkept = false;
	transport->draining = NULL;
}

static void shift_bits(uint64_t bits[2], uint64_t step)
{
	if (step >= 128) {
		bits[0] = bits[1] = 0;
	} else if (step >= 64) {
		bits[1] = bits[0] << (step - 64);
		bits[0] = 0;
	} else if (step > 0) {
		bits[1] = bits[1] << step | bits[0] >> (64 - step);
		bits[0] <<= step;
	}
}

/* Remembers for the next acknowledgement that the frame came and all in it was kept. */
static void note_frame(struct wire_transport *t, uint64_t counter)
{
	uint64_t other = counter; /* which gets a bit below the largest */
	if (!t->ack_any) {
		t->ack_any = true;
		t->ack_largest = counter;
		return;
	}
	if (counter > t->ack_largest) {
		shift_bits(t->ack_bits, counter - t->ack_largest);
		other = t->ack_largest;
		t->ack_largest = counter;
	}
	uint64_t bit = t->ack_largest - 1 - other;
	if (bit < 128) {
		t->ack_bits[bit / 64] |= 1ull << bit % 64;
	}
}

static void end_frame(struct wire_transport *t, const struct wire_transport_settings *settings,
		      uint64_t now_us)
{
	bool in_order = !t->ack_any || t->input_counter == t->ack_largest + 1;
	t->reading = false;
	if (t->unkept) {
		return;
	}
	note_frame(t, t->input_counter);
	if (t->asks) {
		if (t->ack_owed++ == 0) {
			t->ack_due_us = now_us + settings->ack_delay_us;
		}
		if (!in_order || t->ack_owed >= ACK_FRAMES) {
			t->ack_due_us = now_us;
		}
	}
}

static enum wire_said say_taken(struct wire_transport *t, enum wire_taken taken,
				const struct wire_piece *piece, uint8_t *value)
{
	switch (taken) {
	case WIRE_TAKEN_PIECE:
		t->draining = piece->in;
		/* A kind that we need not know takes its place in the stream and is left out. */
		return piece->kind <= WIRE_KIND_KNOWN_LAST ? WIRE_SAID_PIECE : WIRE_SAID_NOTHING;
	case WIRE_TAKEN_NOTHING:
		return WIRE_SAID_NOTHING;
	case WIRE_TAKEN_NO_ROOM:
		t->unkept = true;
		return WIRE_SAID_NOTHING;
	case WIRE_TAKEN_VIOLATION:
		break;
	}
	t->reading = false;
	*value = WIRE_REASON_PROTOCOL;
	return WIRE_SAID_WRONG;
}

static enum wire_said read_fragment(struct wire_transport *t, const struct wire_record *record,
				    struct wire_piece *piece, uint8_t *value)
{
	struct wire_fragment fragment;
	if (!wire_decode_fragment(record, &fragment)) {
		return say_taken(t, WIRE_TAKEN_VIOLATION, NULL, value);
	}
	return say_taken(t, wire_receiver_take(&t->receiver, record, &fragment, piece), piece,
			 value);
}

/* One record of the association itself; NOTHING: go on. */
static enum wire_said read_control(struct wire_transport *t,
				   const struct wire_transport_settings *settings, uint64_t now_us,
				   const struct wire_record *record, uint8_t *value)
{
	struct wire_ack ack;
	struct wire_window window;
	uint64_t limit;
	bool good = true;
	switch (record->kind) {
	case WIRE_KIND_ACK:
		good = wire_decode_ack(record, &ack) && take_ack(t, settings, now_us, &ack);
		break;
	case WIRE_KIND_PROBE:
		good = record->bytes == 0;
		/* Who probes waits for the answer. */
		t->ack_owed += ACK_FRAMES;
		t->ack_due_us = now_us;
		break;
	case WIRE_KIND_WINDOW:
		good = wire_decode_window(record, &window);
		if (good) {
			wire_sender_grant(&t->sender, &window);
		}
		break;
	case WIRE_KIND_BUDGET:
		good = wire_decode_u64(record, &limit);
		if (good) {
			wire_sender_budget(&t->sender, limit);
		}
		break;
	case WIRE_KIND_IDLE:
		good = wire_decode_idle(record, value, &t->idle_heard);
		if (good) {
			return WIRE_SAID_IDLE;
		}
		break;
	case WIRE_KIND_CLOSE:
		good = wire_decode_u8(record, value);
		if (good) {
			t->reading = false;
			return WIRE_SAID_CLOSE;
		}
		break;
	}
	return good ? WIRE_SAID_NOTHING : say_taken(t, WIRE_TAKEN_VIOLATION, NULL, value);
}

static bool is_known(uint8_t kind)
{
	return kind <= WIRE_KIND_CLOSE ||
	       (kind >= WIRE_KIND_STREAM && kind <= WIRE_KIND_KNOWN_LAST);
}

static enum wire_said read_record(struct wire_transport *t,
				  const struct wire_transport_settings *settings, uint64_t now_us,
				  const struct wire_record *record, struct wire_piece *piece,
				  uint8_t *value)
{
	if (!is_known(record->kind) && (record->flags & WIRE_FLAG_MUST) != 0) {
		t->reading = false;
		*value = WIRE_REASON_UNKNOWN;
		return WIRE_SAID_WRONG;
	}
	t->asks |= record->kind != WIRE_KIND_ACK && record->kind != WIRE_KIND_CLOSE;
	if (record->kind >= WIRE_KIND_STREAM && record->kind <= WIRE_KIND_STREAM_LAST) {
		return read_fragment(t, record, piece, value);
	}
	return read_control(t, settings, now_us, record, value);
}

enum wire_said wire_transport_read(struct wire_transport *transport,
				   const struct wire_transport_settings *settings, uint64_t now_us,
				   struct wire_piece *piece, uint8_t *value)
{
	struct wire_transport *t = transport;
	while (t->reading) {
		enum wire_said said = WIRE_SAID_NOTHING;
		if (t->draining != NULL) {
			enum wire_taken taken =
				wire_receiver_next(&t->receiver, t->draining, piece);
			if (taken == WIRE_TAKEN_NOTHING) {
				t->draining = NULL;
			}
			said = say_taken(t, taken, piece, value);
		} else {
			struct wire_record record;
			switch (wire_decode_record(&t->input, &record)) {
			case WIRE_NEXT_RECORD:
				said = read_record(t, settings, now_us, &record, piece, value);
				break;
			case WIRE_NEXT_END:
				end_frame(t, settings, now_us);
				break;
			case WIRE_NEXT_BAD:
				said = say_taken(t, WIRE_TAKEN_VIOLATION, NULL, value);
				break;
			}
		}
		if (said != WIRE_SAID_NOTHING) {
			return said;
		}
	}
	return WIRE_SAID_NOTHING;
}

/* --- writing */

static bool may_send_messages(const struct wire_transport *t)
{
	return t->idle_state == WIRE_IDLE_OPEN && t->flight_count < WIRE_FLIGHT - FLIGHT_RESERVE &&
	       t->sender.free_count > ITEMS_RESERVE;
}

static bool is_paced(const struct wire_transport *t, size_t bytes)
{
	return t->extra > 0 || wire_pace_allows(&t->pace, (uint32_t)bytes);
}

static bool may_announce(const struct wire_transport *t)
{
	return t->flight_count < WIRE_FLIGHT && t->sender.free_count > 0 &&
	       (t->receiver.announce_first != NULL || t->receiver.announce_budget);
}

static bool announcement_is_due(const struct wire_transport *t, uint64_t now_us)
{
	return may_announce(t) &&
	       (t->receiver.urgent || t->receiver.announce_budget || now_us >= t->announce_due_us);
}

static bool ack_is_due(const struct wire_transport *t, uint64_t now_us)
{
	return t->ack_owed > 0 && now_us >= t->ack_due_us;
}

static bool has_something(const struct wire_transport *t, uint64_t now_us, size_t bytes)
{
	return ack_is_due(t, now_us) || announcement_is_due(t, now_us) || t->probe || t->idle_say ||
	       t->close_reason != WIRE_REASON_NONE ||
	       (may_send_messages(t) && wire_sender_has_piece(&t->sender, is_paced(t, bytes)));
}

static void write_ack(struct wire_transport *t, struct wire_writer *writer)
{
	/* What is behind 64 frames without a gap was said often enough. */
	bool gap = ~t->ack_bits[0] != 0;
	unsigned bytes = gap && t->ack_bits[1] != 0 ? 16 : t->ack_bits[0] != 0 ? 8 : 0;
	wire_encode_record(writer, WIRE_KIND_ACK, 0, 8 + bytes);
	wire_write_u64(writer, t->ack_largest);
	for (unsigned i = 0; i < bytes / 8; i++) {
		wire_write_u64(writer, t->ack_bits[i]);
	}
	t->ack_owed = 0;
}

/* Announces windows and the budget; items that say so to whom loses the frame. */
static struct wire_item *write_announcements(struct wire_transport *t, struct wire_writer *writer)
{
	struct wire_item *items = NULL;
	t->receiver.urgent = false;
	t->announce_due_us = WIRE_NO_TIME;
	while (may_announce(t) && writer->left >= WIRE_RECORD_HEADER_BYTES + 12) {
		struct wire_item *item = wire_sender_take_item(&t->sender);
		item->next = items;
		items = item;
		if (t->receiver.announce_budget) {
			t->receiver.announce_budget = false;
			t->receiver.granted = t->receiver.taken + t->receiver.budget;
			item->kind = WIRE_ITEM_BUDGET;
			wire_encode_record(writer, WIRE_KIND_BUDGET, WIRE_FLAG_MUST, 8);
			wire_write_u64(writer, t->receiver.granted);
			continue;
		}
		struct wire_in *in = wire_receiver_announcement(&t->receiver);
		if (in == NULL) {
			items = item->next;
			wire_sender_free_item(&t->sender, item);
			break;
		}
		item->kind = WIRE_ITEM_WINDOW;
		item->in = in;
		wire_encode_record(writer, WIRE_KIND_WINDOW, WIRE_FLAG_MUST, 12);
		wire_write_u32(writer, in->export_id);
		wire_write_u32(writer, in->generation);
		wire_write_u32(writer, in->limit);
		in->announced = in->limit;
	}
	return items;
}

static struct wire_item *join_items(struct wire_item *left, struct wire_item *right)
{
	while (left != NULL) {
		struct wire_item *next = left->next;
		left->next = right;
		right = left;
		left = next;
	}
	return right;
}

static void enter_flight(struct wire_transport *t, uint64_t now_us, size_t bytes,
			 struct wire_item *items)
{
	struct wire_sent *sent = flight_at(t, t->flight_count);
	if (t->flight_count == 0) {
		t->timer_us = now_us;
	}
	t->flight_count++;
	*sent = (struct wire_sent){t->counter_next, now_us, (uint32_t)bytes, items, true};
	wire_pace_sent(&t->pace, (uint32_t)bytes);
	if (t->extra > 0) {
		t->extra--;
	}
}

size_t wire_transport_write(struct wire_transport *transport, uint64_t now_us, void *payload,
			    size_t payload_bytes_max)
{
	struct wire_transport *t = transport;
	struct wire_writer writer = wire_writer(payload, payload_bytes_max);
	if (!has_something(t, now_us, payload_bytes_max)) {
		return 0;
	}
	if (t->ack_owed > 0) {
		write_ack(t, &writer);
	}
	if (t->probe) {
		t->probe = false;
		wire_encode_record(&writer, WIRE_KIND_PROBE, WIRE_FLAG_MUST, 0);
	}
	if (t->idle_say) {
		t->idle_say = false;
		wire_encode_record(&writer, WIRE_KIND_IDLE, WIRE_FLAG_MUST, 5);
		wire_write_u8(&writer, t->idle_what);
		wire_write_u32(&writer, t->idle_round);
	}
	if (t->close_reason != WIRE_REASON_NONE) {
		wire_encode_record(&writer, WIRE_KIND_CLOSE, WIRE_FLAG_MUST, 1);
		wire_write_u8(&writer, t->close_reason);
		t->close_reason = WIRE_REASON_NONE;
		return payload_bytes_max - writer.left;
	}
	struct wire_item *items = write_announcements(t, &writer);
	if (may_send_messages(t)) {
		items = join_items(
			wire_sender_fill(&t->sender, &writer, is_paced(t, payload_bytes_max)),
			items);
	}
	size_t bytes = payload_bytes_max - writer.left;
	if (items != NULL) {
		enter_flight(t, now_us, bytes, items);
	}
	return bytes;
}

/* --- time */

static uint64_t time_out(const struct wire_transport *t,
			 const struct wire_transport_settings *settings)
{
	return t->flight_count == 0 ? WIRE_NO_TIME
				    : t->timer_us + wire_pace_timeout(&t->pace, &settings->pace);
}

void wire_transport_step(struct wire_transport *transport,
			 const struct wire_transport_settings *settings, uint64_t now_us)
{
	struct wire_transport *t = transport;
	if (t->announce_due_us == WIRE_NO_TIME && t->receiver.announce_first != NULL) {
		t->announce_due_us = now_us + settings->ack_delay_us;
	}
	if (now_us >= t->lost_us) {
		find_losses(t, settings, now_us);
	}
	if (now_us >= time_out(t, settings)) {
		wire_pace_timed_out(&t->pace, &settings->pace, t->counter_next);
		lose_frame(t, flight_at(t, 0));
		trim_flight(t);
		t->timer_us = now_us;
		t->extra = 2;
	}
}

uint64_t wire_transport_deadline(const struct wire_transport *transport,
				 const struct wire_transport_settings *settings)
{
	uint64_t deadline_us = time_out(transport, settings);
	if (transport->lost_us < deadline_us) {
		deadline_us = transport->lost_us;
	}
	if (transport->announce_due_us < deadline_us && may_announce(transport)) {
		deadline_us = transport->announce_due_us;
	}
	if (transport->ack_owed > 0 && transport->ack_due_us < deadline_us) {
		deadline_us = transport->ack_due_us;
	}
	return deadline_us;
}

bool wire_transport_is_busy(const struct wire_transport *transport)
{
	return transport->sender.messages > 0 || transport->flight_count > 0 ||
	       transport->receiver.announce_first != NULL || transport->receiver.announce_budget;
}
