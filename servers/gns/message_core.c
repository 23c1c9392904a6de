#include "message_core.h"

#define WORD 4u

static uint32_t padded(uint32_t bytes)
{
	return (bytes + WORD - 1) & ~(WORD - 1);
}

static uint32_t word_at(const uint8_t *at)
{
	uint32_t value;
	__builtin_memcpy(&value, at, sizeof value);
	return value;
}

static bool is_right(uint16_t name)
{
	return name >= MACH_MSG_TYPE_PORT_RECEIVE && name <= MACH_MSG_TYPE_PORT_SEND_ONCE;
}

/* The size of an item's data; false: more than memory has. */
static bool count_data(struct message_item *item)
{
	uint64_t bytes = ((uint64_t)item->number * item->bits + 7) / 8;
	item->data_bytes = (uint32_t)bytes;
	return bytes < 0xfffff000u;
}

/* --- a received message */

struct message_walk message_walk(const mach_msg_header_t *message)
{
	uint32_t bytes =
		message->msgh_size < sizeof *message ? sizeof *message : message->msgh_size;
	return (struct message_walk){(const uint8_t *)(message + 1),
				     bytes - (uint32_t)sizeof *message};
}

static bool walk_take(struct message_walk *walk, uint32_t bytes, const uint8_t **at)
{
	if (bytes > walk->left) {
		return false;
	}
	*at = walk->at;
	walk->at += bytes;
	walk->left -= bytes;
	return true;
}

static bool walk_descriptor(struct message_walk *walk, struct message_item *item)
{
	const uint8_t *at;
	mach_msg_type_long_t type;
	if (!walk_take(walk, sizeof type.msgtl_header, &at)) {
		return false;
	}
	__builtin_memcpy(&type.msgtl_header, at, sizeof type.msgtl_header);
	*item = (struct message_item){.name = type.msgtl_header.msgt_name,
				      .bits = type.msgtl_header.msgt_size,
				      .number = type.msgtl_header.msgt_number,
				      .in_line = type.msgtl_header.msgt_inline,
				      .long_form = type.msgtl_header.msgt_longform};
	if (item->long_form) {
		if (!walk_take(walk, sizeof type - sizeof type.msgtl_header, &at)) {
			return false;
		}
		__builtin_memcpy((uint8_t *)&type + sizeof type.msgtl_header, at,
				 sizeof type - sizeof type.msgtl_header);
		item->name = type.msgtl_name;
		item->bits = type.msgtl_size;
		item->number = type.msgtl_number;
	}
	item->rights = is_right(item->name);
	return count_data(item) && (!item->rights || item->bits == 8 * WORD);
}

enum message_step message_next(struct message_walk *walk, struct message_item *item)
{
	const uint8_t *at;
	if (walk->left < sizeof(mach_msg_type_t)) {
		return MESSAGE_END;
	}
	if (!walk_descriptor(walk, item)) {
		return MESSAGE_BAD;
	}
	if (!item->in_line) {
		if (!walk_take(walk, WORD, &at)) {
			return MESSAGE_BAD;
		}
		item->address = word_at(at);
		return MESSAGE_ITEM;
	}
	if (!walk_take(walk, item->data_bytes, &item->data)) {
		return MESSAGE_BAD;
	}
	/* The padding of the last one may be missing. */
	uint32_t padding = padded(item->data_bytes) - item->data_bytes;
	(void)walk_take(walk, padding < walk->left ? padding : walk->left, &at);
	return MESSAGE_ITEM;
}

uint32_t message_right(const struct message_item *item, uint32_t index)
{
	return word_at(item->data + index * WORD);
}

/* --- to the wire */

uint32_t message_wire_bytes(const mach_msg_header_t *message, uint32_t apart_bytes)
{
	uint64_t bytes = WIRE_MESSAGE_BYTES_MIN + WIRE_RIGHT_BYTES_MAX;
	struct message_walk walk = message_walk(message);
	struct message_item item;
	enum message_step step = MESSAGE_END;
	if ((message->msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0) {
		return (uint32_t)(bytes + walk.left);
	}
	while ((step = message_next(&walk, &item)) == MESSAGE_ITEM) {
		bytes += WIRE_PART_BYTES;
		if (item.rights) {
			bytes += (uint64_t)item.number * (1 + WIRE_RIGHT_BYTES_MAX);
		} else if (item.in_line || item.data_bytes <= apart_bytes) {
			bytes += item.data_bytes;
		}
	}
	return step == MESSAGE_END && bytes <= UINT32_MAX ? (uint32_t)bytes : 0;
}

uint8_t message_flags(const mach_msg_header_t *message)
{
	mach_msg_type_name_t reply = MACH_MSGH_BITS_REMOTE(message->msgh_bits);
	uint8_t flags =
		(message->msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0 ? WIRE_MESSAGE_COMPLEX : 0;
	if (message->msgh_remote_port == MACH_PORT_NULL && reply == MACH_MSG_TYPE_PORT_SEND) {
		flags |= WIRE_MESSAGE_NO_SEND;
	} else if (message->msgh_remote_port == MACH_PORT_NULL &&
		   reply == MACH_MSG_TYPE_PORT_SEND_ONCE) {
		flags |= WIRE_MESSAGE_NO_ONCE;
	}
	return flags;
}

void message_write_head(struct wire_writer *writer, const mach_msg_header_t *message,
			const struct wire_descriptor *reply)
{
	wire_write_u32(writer, (uint32_t)message->msgh_id);
	wire_write_u8(writer, message_flags(message));
	message_write_right(writer, reply);
}

void message_write_item(struct wire_writer *writer, const struct message_item *item)
{
	wire_write_u8(writer, (uint8_t)((item->in_line ? WIRE_PART_IN_LINE : 0) |
					(item->long_form ? WIRE_PART_LONG : 0) |
					(item->rights ? WIRE_PART_RIGHTS : 0) |
					(item->apart ? WIRE_PART_APART : 0)));
	wire_write_u16(writer, item->name);
	wire_write_u16(writer, item->bits);
	wire_write_u32(writer, item->number);
}

void message_write_right(struct wire_writer *writer, const struct wire_descriptor *descriptor)
{
	wire_write_u8(writer, descriptor != NULL);
	if (descriptor != NULL) {
		wire_encode_descriptor(writer, descriptor);
	}
}

/* --- from the wire */

bool message_read_right(struct wire_reader *reader, bool *null, struct wire_descriptor *descriptor)
{
	uint8_t present = wire_read_u8(reader);
	*null = present == 0;
	return !reader->failed && present <= 1 &&
	       (present == 0 || wire_decode_descriptor(reader, descriptor));
}

bool message_read_head(struct wire_reader *reader, struct message_head *head)
{
	bool null;
	*head = (struct message_head){.id = wire_read_u32(reader)};
	uint8_t flags = wire_read_u8(reader);
	uint8_t type = flags & ~WIRE_MESSAGE_COMPLEX;
	head->complex = (flags & WIRE_MESSAGE_COMPLEX) != 0;
	head->null_type = type == 0                      ? 0
			  : type == WIRE_MESSAGE_NO_SEND ? MACH_MSG_TYPE_PORT_SEND
							 : MACH_MSG_TYPE_PORT_SEND_ONCE;
	bool good = message_read_right(reader, &null, &head->reply);
	head->has_reply = !null;
	return good && (type == 0 ||
			(null && (type == WIRE_MESSAGE_NO_SEND || type == WIRE_MESSAGE_NO_ONCE)));
}

/* What no message of a kernel says. */
static bool item_is_sound(const struct message_item *item, uint8_t flags)
{
	bool short_fits = item->name < 256 && item->bits < 256 && item->number < 4096;
	return flags <= WIRE_PART_FLAGS && item->rights == is_right(item->name) &&
	       (item->name < MACH_MSG_TYPE_MOVE_RECEIVE || item->name > MACH_MSG_TYPE_LAST ||
		item->rights) &&
	       (!item->rights || item->bits == 8 * WORD) && (item->long_form || short_fits) &&
	       (!item->apart || (!item->rights && !item->in_line));
}

enum message_step message_read_item(struct wire_reader *reader, struct message_item *item)
{
	if (reader->left == 0 && !reader->failed) {
		return MESSAGE_END;
	}
	uint8_t flags = wire_read_u8(reader);
	*item = (struct message_item){.name = wire_read_u16(reader),
				      .bits = wire_read_u16(reader),
				      .number = wire_read_u32(reader),
				      .in_line = (flags & WIRE_PART_IN_LINE) != 0,
				      .long_form = (flags & WIRE_PART_LONG) != 0,
				      .rights = (flags & WIRE_PART_RIGHTS) != 0,
				      .apart = (flags & WIRE_PART_APART) != 0};
	if (reader->failed || !count_data(item) || !item_is_sound(item, flags)) {
		return MESSAGE_BAD;
	}
	if (!item->rights && !item->apart) {
		item->data = wire_read_bytes(reader, item->data_bytes);
	}
	return reader->failed ? MESSAGE_BAD : MESSAGE_ITEM;
}

/* Counts an item; its rights are read. */
static bool measure_item(struct wire_reader *reader, const struct message_item *item,
			 struct message_size *measured)
{
	struct wire_descriptor descriptor;
	bool null;
	measured->bytes += item->long_form ? sizeof(mach_msg_type_long_t) : sizeof(mach_msg_type_t);
	if (item->rights && item->number > MESSAGE_RIGHTS_MAX - measured->rights) {
		return false;
	}
	if (item->in_line && item->data_bytes > MESSAGE_BYTES_MAX) {
		return false;
	}
	measured->bytes += item->in_line ? padded(item->data_bytes) : WORD;
	for (uint32_t i = 0; item->rights && i < item->number; i++) {
		measured->rights++;
		if (!message_read_right(reader, &null, &descriptor)) {
			return false;
		}
	}
	return measured->bytes <= MESSAGE_BYTES_MAX;
}

bool message_measure(const void *bytes, size_t size, const uint32_t *regions, uint32_t region_count,
		     struct message_size *measured)
{
	struct wire_reader reader = wire_reader(bytes, size);
	struct message_head head;
	struct message_item item;
	enum message_step step;
	*measured = (struct message_size){.bytes = sizeof(mach_msg_header_t)};
	if (size > MESSAGE_BYTES_MAX || !message_read_head(&reader, &head)) {
		return false;
	}
	if (!head.complex) {
		/* The kernel sends whole words. */
		measured->bytes += padded((uint32_t)reader.left);
		return region_count == 0;
	}
	while ((step = message_read_item(&reader, &item)) == MESSAGE_ITEM) {
		if (item.apart && (measured->regions == region_count ||
				   regions[measured->regions++] != item.data_bytes)) {
			return false;
		}
		if (!measure_item(&reader, &item, measured)) {
			return false;
		}
	}
	return step == MESSAGE_END && measured->regions == region_count;
}

/* --- the kernel's message */

uint8_t *message_put_bytes(struct message_builder *builder, uint32_t bytes)
{
	uint8_t *at = builder->at;
	if (padded(bytes) > (uint32_t)(builder->end - at)) {
		return NULL;
	}
	builder->at += padded(bytes);
	__builtin_memset(at + bytes, 0, padded(bytes) - bytes);
	return at;
}

uint8_t *message_put_item(struct message_builder *builder, const struct message_item *item,
			  uint16_t name)
{
	mach_msg_type_long_t type = {
		.msgtl_header = {.msgt_inline = item->in_line,
				 .msgt_longform = item->long_form,
				 .msgt_deallocate = !item->in_line},
	};
	uint32_t bytes = sizeof type.msgtl_header;
	if (item->long_form) {
		type.msgtl_name = name;
		type.msgtl_size = item->bits;
		type.msgtl_number = item->number;
		bytes = sizeof type;
	} else {
		type.msgtl_header.msgt_name = (uint8_t)name;
		type.msgtl_header.msgt_size = (uint8_t)item->bits;
		type.msgtl_header.msgt_number = item->number & 0xfff;
	}
	uint8_t *at = message_put_bytes(builder, bytes);
	if (at == NULL) {
		return NULL;
	}
	__builtin_memcpy(at, &type, bytes);
	return message_put_bytes(builder, item->in_line ? item->data_bytes : WORD);
}
