#include "frame_core.h"

const uint8_t *wire_read_bytes(struct wire_reader *reader, size_t bytes)
{
	if (reader->failed || bytes > reader->left) {
		reader->failed = true;
		return NULL;
	}
	const uint8_t *at = reader->at;
	reader->at += bytes;
	reader->left -= bytes;
	return at;
}

/* The next "bytes" (up to 8, a constant where it is called) as a number. */
static inline __attribute__((always_inline)) uint64_t read_number(struct wire_reader *reader,
								  unsigned bytes)
{
	const uint8_t *at = wire_read_bytes(reader, bytes);
	uint64_t value = 0;
	for (unsigned i = 0; at != NULL && i < bytes; i++) {
		value |= (uint64_t)at[i] << 8 * i;
	}
	return value;
}

uint8_t wire_read_u8(struct wire_reader *reader)
{
	return (uint8_t)read_number(reader, 1);
}

uint16_t wire_read_u16(struct wire_reader *reader)
{
	return (uint16_t)read_number(reader, 2);
}

uint32_t wire_read_u32(struct wire_reader *reader)
{
	return (uint32_t)read_number(reader, 4);
}

uint64_t wire_read_u64(struct wire_reader *reader)
{
	return read_number(reader, 8);
}

void wire_read_copy(struct wire_reader *reader, void *to, size_t bytes)
{
	const uint8_t *at = wire_read_bytes(reader, bytes);
	if (at != NULL) {
		__builtin_memcpy(to, at, bytes);
	} else {
		__builtin_memset(to, 0, bytes);
	}
}

void wire_write_copy(struct wire_writer *writer, const void *from, size_t bytes)
{
	if (writer->failed || bytes > writer->left) {
		writer->failed = true;
		return;
	}
	if (bytes > 0) {
		__builtin_memcpy(writer->at, from, bytes);
	}
	writer->at += bytes;
	writer->left -= bytes;
}

static inline __attribute__((always_inline)) void write_number(struct wire_writer *writer,
							       uint64_t value, unsigned bytes)
{
	uint8_t buffer[8];
	for (unsigned i = 0; i < bytes; i++) {
		buffer[i] = (uint8_t)(value >> 8 * i);
	}
	wire_write_copy(writer, buffer, bytes);
}

void wire_write_u8(struct wire_writer *writer, uint8_t value)
{
	write_number(writer, value, 1);
}

void wire_write_u16(struct wire_writer *writer, uint16_t value)
{
	write_number(writer, value, 2);
}

void wire_write_u32(struct wire_writer *writer, uint32_t value)
{
	write_number(writer, value, 4);
}

void wire_write_u64(struct wire_writer *writer, uint64_t value)
{
	write_number(writer, value, 8);
}

/* --- headers */

static bool is_indexed(uint8_t type)
{
	return type == WIRE_DATA || type == WIRE_RESP;
}

bool wire_decode_header(const void *frame, size_t size, struct wire_header *header)
{
	struct wire_reader reader = wire_reader(frame, size);
	*header = (struct wire_header){0};
	header->version = wire_read_u8(&reader);
	header->type = wire_read_u8(&reader);
	if (reader.failed || header->version != WIRE_VERSION || header->type < WIRE_DATA ||
	    header->type > WIRE_HERE) {
		return false;
	}
	if (is_indexed(header->type)) {
		header->index = wire_read_u32(&reader);
	} else {
		wire_read_copy(&reader, header->sender, WIRE_SHORT_ID_BYTES);
		header->incarnation = wire_read_u64(&reader);
	}
	header->counter = wire_read_u64(&reader);
	header->bytes = size - reader.left;
	return !reader.failed;
}

void wire_encode_header(struct wire_writer *writer, const struct wire_header *header)
{
	wire_write_u8(writer, WIRE_VERSION);
	wire_write_u8(writer, header->type);
	if (is_indexed(header->type)) {
		wire_write_u32(writer, header->index);
	} else {
		wire_write_copy(writer, header->sender, WIRE_SHORT_ID_BYTES);
		wire_write_u64(writer, header->incarnation);
	}
	wire_write_u64(writer, header->counter);
}

/* --- what the handshake says */

bool wire_decode_terms(const uint8_t bytes[WIRE_TERMS_BYTES], struct wire_terms *terms)
{
	struct wire_reader reader = wire_reader(bytes, WIRE_TERMS_BYTES);
	terms->index = wire_read_u32(&reader);
	terms->serial = wire_read_u64(&reader);
	terms->incarnation = wire_read_u64(&reader);
	terms->features = wire_read_u32(&reader);
	terms->byte_order = wire_read_u8(&reader);
	terms->word_bytes = wire_read_u8(&reader);
	terms->frame_bytes_max = wire_read_u16(&reader);
	terms->roster_version = wire_read_u64(&reader);
	return !reader.failed && reader.left == 0 && terms->incarnation != 0 &&
	       terms->byte_order == WIRE_ORDER_LITTLE && terms->word_bytes == 4 &&
	       terms->frame_bytes_max >= WIRE_FRAME_BYTES_LEAST &&
	       terms->frame_bytes_max <= WIRE_FRAME_BYTES_MAX;
}

void wire_encode_terms(uint8_t bytes[WIRE_TERMS_BYTES], const struct wire_terms *terms)
{
	struct wire_writer writer = wire_writer(bytes, WIRE_TERMS_BYTES);
	wire_write_u32(&writer, terms->index);
	wire_write_u64(&writer, terms->serial);
	wire_write_u64(&writer, terms->incarnation);
	wire_write_u32(&writer, terms->features);
	wire_write_u8(&writer, terms->byte_order);
	wire_write_u8(&writer, terms->word_bytes);
	wire_write_u16(&writer, terms->frame_bytes_max);
	wire_write_u64(&writer, terms->roster_version);
}

bool wire_decode_question(uint8_t type, const void *bytes, size_t size,
			  struct wire_question *question)
{
	struct wire_reader reader = wire_reader(bytes, size);
	*question = (struct wire_question){0};
	wire_read_copy(&reader, question->nonce, WIRE_NONCE_BYTES);
	wire_read_copy(&reader, question->target, WIRE_SHORT_ID_BYTES);
	if (type == WIRE_HELLO2) {
		wire_read_copy(&reader, question->cookie, WIRE_COOKIE_BYTES);
	}
	question->roster_version = wire_read_u64(&reader);
	return !reader.failed && reader.left == 0;
}

void wire_encode_question(struct wire_writer *writer, uint8_t type,
			  const struct wire_question *question)
{
	wire_write_copy(writer, question->nonce, WIRE_NONCE_BYTES);
	wire_write_copy(writer, question->target, WIRE_SHORT_ID_BYTES);
	if (type == WIRE_HELLO2) {
		wire_write_copy(writer, question->cookie, WIRE_COOKIE_BYTES);
	}
	wire_write_u64(writer, question->roster_version);
}

static bool is_zero(const uint8_t *bytes, size_t count)
{
	uint8_t any = 0;
	for (size_t i = 0; i < count; i++) {
		any |= bytes[i];
	}
	return any == 0;
}

/* Zero-filled, so that equal names are equal bytes. */
static bool is_name(const char name[WIRE_NAME_BYTES])
{
	size_t end = 0;
	while (end < WIRE_NAME_BYTES && name[end] != 0) {
		end++;
	}
	return end < WIRE_NAME_BYTES && is_zero((const uint8_t *)name + end, WIRE_NAME_BYTES - end);
}

bool wire_decode_resolve(uint8_t type, const void *bytes, size_t size, struct wire_resolve *resolve)
{
	struct wire_reader reader = wire_reader(bytes, size);
	*resolve = (struct wire_resolve){0};
	wire_read_copy(&reader, resolve->nonce, WIRE_NONCE_BYTES);
	if (type == WIRE_RESOLVE) {
		resolve->mode = wire_read_u8(&reader);
		wire_read_copy(&reader, resolve->name, WIRE_NAME_BYTES);
	} else {
		wire_read_copy(&reader, resolve->target, WIRE_SHORT_ID_BYTES);
	}
	resolve->roster_version = wire_read_u64(&reader);
	return !reader.failed && reader.left == 0 && resolve->mode == WIRE_RESOLVE_ANYWHERE &&
	       is_name(resolve->name) && (type == WIRE_HERE || resolve->name[0] != 0);
}

void wire_encode_resolve(struct wire_writer *writer, uint8_t type,
			 const struct wire_resolve *resolve)
{
	wire_write_copy(writer, resolve->nonce, WIRE_NONCE_BYTES);
	if (type == WIRE_RESOLVE) {
		wire_write_u8(writer, resolve->mode);
		wire_write_copy(writer, resolve->name, WIRE_NAME_BYTES);
	} else {
		wire_write_copy(writer, resolve->target, WIRE_SHORT_ID_BYTES);
	}
	wire_write_u64(writer, resolve->roster_version);
}

bool wire_decode_shake(const struct wire_header *header, const uint8_t *frame, size_t size,
		       struct wire_shake *shake)
{
	struct wire_reader reader = wire_reader(frame, size);
	*shake = (struct wire_shake){0};
	(void)wire_read_bytes(&reader, header->bytes);
	if (header->type == WIRE_INIT) {
		shake->suite = wire_read_u16(&reader);
		shake->target = wire_read_bytes(&reader, WIRE_SHORT_ID_BYTES);
		shake->cookie = wire_read_bytes(&reader, WIRE_COOKIE_BYTES);
	}
	shake->ephemeral = wire_read_bytes(&reader, WIRE_PUBLIC_BYTES);
	shake->sealed = wire_read_bytes(&reader, WIRE_TERMS_BYTES + WIRE_TAG_BYTES);
	shake->mac = wire_read_bytes(&reader, WIRE_MAC_BYTES);
	return !reader.failed && reader.left == 0;
}

/* --- records */

enum wire_next wire_decode_record(struct wire_reader *reader, struct wire_record *record)
{
	if (reader->left == 0 || reader->at[0] == WIRE_KIND_PADDING) {
		return is_zero(reader->at, reader->left) ? WIRE_NEXT_END : WIRE_NEXT_BAD;
	}
	record->kind = wire_read_u8(reader);
	record->flags = wire_read_u8(reader);
	record->bytes = wire_read_u16(reader);
	record->body = wire_read_bytes(reader, record->bytes);
	return reader->failed ? WIRE_NEXT_BAD : WIRE_NEXT_RECORD;
}

void wire_encode_record(struct wire_writer *writer, uint8_t kind, uint8_t flags, size_t bytes)
{
	wire_write_u8(writer, kind);
	wire_write_u8(writer, flags);
	wire_write_u16(writer, (uint16_t)bytes);
}

bool wire_decode_ack(const struct wire_record *record, struct wire_ack *ack)
{
	struct wire_reader reader = wire_reader(record->body, record->bytes);
	ack->largest = wire_read_u64(&reader);
	if (reader.failed || reader.left > WIRE_ACK_BITS_BYTES_MAX) {
		return false;
	}
	ack->bits = reader.at;
	ack->bits_bytes = (uint8_t)reader.left;
	return true;
}

bool wire_decode_window(const struct wire_record *record, struct wire_window *window)
{
	struct wire_reader reader = wire_reader(record->body, record->bytes);
	window->export_id = wire_read_u32(&reader);
	window->generation = wire_read_u32(&reader);
	window->limit = wire_read_u32(&reader);
	return !reader.failed && reader.left == 0;
}

bool wire_decode_u64(const struct wire_record *record, uint64_t *value)
{
	struct wire_reader reader = wire_reader(record->body, record->bytes);
	*value = wire_read_u64(&reader);
	return !reader.failed && reader.left == 0;
}

bool wire_decode_u8(const struct wire_record *record, uint8_t *value)
{
	struct wire_reader reader = wire_reader(record->body, record->bytes);
	*value = wire_read_u8(&reader);
	return !reader.failed && reader.left == 0;
}

bool wire_decode_idle(const struct wire_record *record, uint8_t *what, uint32_t *round)
{
	struct wire_reader reader = wire_reader(record->body, record->bytes);
	*what = wire_read_u8(&reader);
	*round = wire_read_u32(&reader);
	return !reader.failed && reader.left == 0 && *what <= WIRE_IDLE_NO;
}

bool wire_decode_fragment(const struct wire_record *record, struct wire_fragment *fragment)
{
	struct wire_reader reader = wire_reader(record->body, record->bytes);
	fragment->export_id = wire_read_u32(&reader);
	fragment->generation = wire_read_u32(&reader);
	fragment->sequence = wire_read_u32(&reader);
	fragment->offset = wire_read_u32(&reader);
	fragment->total = wire_read_u32(&reader);
	fragment->bytes = (uint32_t)reader.left;
	fragment->data = reader.at;
	/* A message has bytes in each of its pieces, or none and one piece. */
	return !reader.failed && fragment->offset <= fragment->total &&
	       fragment->bytes <= fragment->total - fragment->offset &&
	       (fragment->bytes > 0 || fragment->total == 0);
}

void wire_encode_fragment(struct wire_writer *writer, uint8_t kind, uint8_t flags,
			  const struct wire_fragment *fragment)
{
	wire_encode_record(writer, kind, flags, WIRE_FRAGMENT_BYTES + fragment->bytes);
	wire_write_u32(writer, fragment->export_id);
	wire_write_u32(writer, fragment->generation);
	wire_write_u32(writer, fragment->sequence);
	wire_write_u32(writer, fragment->offset);
	wire_write_u32(writer, fragment->total);
	wire_write_copy(writer, fragment->data, fragment->bytes);
}

/* --- rights */

static void read_node(struct wire_reader *reader, struct wire_node_name *node)
{
	wire_read_copy(reader, node->id, WIRE_SHORT_ID_BYTES);
	node->incarnation = wire_read_u64(reader);
}

static void write_node(struct wire_writer *writer, const struct wire_node_name *node)
{
	wire_write_copy(writer, node->id, WIRE_SHORT_ID_BYTES);
	wire_write_u64(writer, node->incarnation);
}

static bool read_state(struct wire_reader *reader, struct wire_descriptor *descriptor)
{
	struct wire_port_state *state = &descriptor->state;
	state->queue_limit = wire_read_u32(reader);
	state->sequence = wire_read_u32(reader);
	state->made_sends = wire_read_u32(reader);
	state->once_rights = wire_read_u32(reader);
	uint8_t senders = wire_read_u8(reader);
	state->senders = senders == 1;
	return senders <= 1;
}

static void write_state(struct wire_writer *writer, const struct wire_port_state *state)
{
	wire_write_u32(writer, state->queue_limit);
	wire_write_u32(writer, state->sequence);
	wire_write_u32(writer, state->made_sends);
	wire_write_u32(writer, state->once_rights);
	wire_write_u8(writer, state->senders);
}

bool wire_decode_descriptor(struct wire_reader *reader, struct wire_descriptor *descriptor)
{
	*descriptor = (struct wire_descriptor){0};
	descriptor->where = wire_read_u8(reader);
	descriptor->right = wire_read_u8(reader);
	switch (descriptor->where) {
	case WIRE_WHERE_NOWHERE:
		break;
	case WIRE_WHERE_YOURS:
	case WIRE_WHERE_MINE:
		descriptor->export_id = wire_read_u32(reader);
		descriptor->generation = wire_read_u32(reader);
		break;
	case WIRE_WHERE_MOVED:
		descriptor->export_id = wire_read_u32(reader);
		descriptor->generation = wire_read_u32(reader);
		descriptor->old_id = wire_read_u32(reader);
		descriptor->old_generation = wire_read_u32(reader);
		break;
	case WIRE_WHERE_THIRD:
		wire_read_copy(reader, descriptor->token, WIRE_TOKEN_BYTES);
		read_node(reader, &descriptor->node);
		break;
	default:
		return false;
	}
	bool moves = descriptor->right == WIRE_RIGHT_RECEIVE;
	if (moves && descriptor->where == WIRE_WHERE_MINE && !read_state(reader, descriptor)) {
		return false;
	}
	return !reader->failed &&
	       (moves ? descriptor->where == WIRE_WHERE_MINE ||
				descriptor->where == WIRE_WHERE_NOWHERE
		      : descriptor->right == WIRE_RIGHT_SEND ||
				descriptor->right == WIRE_RIGHT_SEND_ONCE) &&
	       (descriptor->where != WIRE_WHERE_MOVED || descriptor->right == WIRE_RIGHT_SEND);
}

void wire_encode_descriptor(struct wire_writer *writer, const struct wire_descriptor *descriptor)
{
	wire_write_u8(writer, descriptor->where);
	wire_write_u8(writer, descriptor->right);
	if (descriptor->where == WIRE_WHERE_THIRD) {
		wire_write_copy(writer, descriptor->token, WIRE_TOKEN_BYTES);
		write_node(writer, &descriptor->node);
	} else if (descriptor->where != WIRE_WHERE_NOWHERE) {
		wire_write_u32(writer, descriptor->export_id);
		wire_write_u32(writer, descriptor->generation);
		if (descriptor->where == WIRE_WHERE_MOVED) {
			wire_write_u32(writer, descriptor->old_id);
			wire_write_u32(writer, descriptor->old_generation);
		} else if (descriptor->right == WIRE_RIGHT_RECEIVE) {
			write_state(writer, &descriptor->state);
		}
	}
}

bool wire_decode_gift(const void *bytes, size_t size, uint8_t token[WIRE_TOKEN_BYTES],
		      struct wire_node_name *node)
{
	struct wire_reader reader = wire_reader(bytes, size);
	wire_read_copy(&reader, token, WIRE_TOKEN_BYTES);
	read_node(&reader, node);
	return !reader.failed && reader.left == 0;
}

void wire_encode_gift(uint8_t bytes[WIRE_GIFT_BYTES], const uint8_t token[WIRE_TOKEN_BYTES],
		      const struct wire_node_name *node)
{
	struct wire_writer writer = wire_writer(bytes, WIRE_GIFT_BYTES);
	wire_write_copy(&writer, token, WIRE_TOKEN_BYTES);
	write_node(&writer, node);
}

/* --- names */

bool wire_decode_name_ask(const void *bytes, size_t size, struct wire_name_ask *ask)
{
	struct wire_reader reader = wire_reader(bytes, size);
	*ask = (struct wire_name_ask){0};
	wire_read_copy(&reader, ask->nonce, WIRE_NONCE_BYTES);
	ask->what = wire_read_u8(&reader);
	wire_read_copy(&reader, ask->name, WIRE_NAME_BYTES);
	return !reader.failed && reader.left == 0 && ask->what <= WIRE_WHAT_ACS &&
	       is_name(ask->name) && (ask->what == WIRE_WHAT_ACS) == (ask->name[0] == 0);
}

void wire_encode_name_ask(uint8_t bytes[WIRE_NAME_ASK_BYTES], const struct wire_name_ask *ask)
{
	struct wire_writer writer = wire_writer(bytes, WIRE_NAME_ASK_BYTES);
	wire_write_copy(&writer, ask->nonce, WIRE_NONCE_BYTES);
	wire_write_u8(&writer, ask->what);
	wire_write_copy(&writer, ask->name, WIRE_NAME_BYTES);
}

bool wire_decode_name_answer(const void *bytes, size_t size, struct wire_name_answer *answer)
{
	struct wire_reader reader = wire_reader(bytes, size);
	*answer = (struct wire_name_answer){0};
	wire_read_copy(&reader, answer->nonce, WIRE_NONCE_BYTES);
	uint8_t found = wire_read_u8(&reader);
	answer->found = found == 1;
	return found <= 1 &&
	       (!answer->found || wire_decode_descriptor(&reader, &answer->descriptor)) &&
	       !reader.failed && reader.left == 0;
}

size_t wire_encode_name_answer(uint8_t bytes[WIRE_NAME_ANSWER_BYTES_MAX],
			       const struct wire_name_answer *answer)
{
	struct wire_writer writer = wire_writer(bytes, WIRE_NAME_ANSWER_BYTES_MAX);
	wire_write_copy(&writer, answer->nonce, WIRE_NONCE_BYTES);
	wire_write_u8(&writer, answer->found);
	if (answer->found) {
		wire_encode_descriptor(&writer, &answer->descriptor);
	}
	return WIRE_NAME_ANSWER_BYTES_MAX - writer.left;
}
