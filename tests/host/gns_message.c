/* Messages on the wire and back: random ones of every kind of item come out as they went in; what a
   peer made up is refused, or is a message that can be read to its end within its bytes.
   LINK: servers/gns/message_core.c lib/wire/frame_core.c */
#include "tap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../servers/gns/message_core.h"

#define BYTES_MAX  16384
#define APART      300
#define MEMORY_MAX 2000
#define OUTS_MAX   32

static uint64_t state = 20260101;

static uint32_t below(uint32_t limit)
{
	return (uint32_t)((tap_random(&state) >> 20) % limit);
}

/* --- a message, and memory out of line: address n is outs[n] */

static struct memory {
	uint8_t bytes[MEMORY_MAX];
	uint32_t size;
} outs[OUTS_MAX], got_outs[OUTS_MAX];
static uint32_t out_count, got_count;

static union {
	mach_msg_header_t header;
	uint8_t bytes[BYTES_MAX];
} message, got;

static void fill(uint8_t *bytes, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++) {
		bytes[i] = (uint8_t)tap_random(&state);
	}
}

static void add_random_item(struct message_builder *builder)
{
	static const uint16_t names[] = {MACH_MSG_TYPE_CHAR,         MACH_MSG_TYPE_INTEGER_32,
					 MACH_MSG_TYPE_BIT,          MACH_MSG_TYPE_PORT_SEND,
					 MACH_MSG_TYPE_PORT_RECEIVE, MACH_MSG_TYPE_PORT_SEND_ONCE,
					 MACH_MSG_TYPE_PORT_NAME};
	struct message_item item = {.name = names[below(7)]};
	item.rights = item.name >= MACH_MSG_TYPE_PORT_RECEIVE;
	item.bits = item.rights || item.name == MACH_MSG_TYPE_INTEGER_32 ? 32 : 8;
	item.bits = item.name == MACH_MSG_TYPE_BIT ? 1 : item.bits;
	item.number = below(4) == 0 ? 0 : below(item.bits == 32 ? 40 : 400);
	item.in_line = below(2) == 0;
	item.long_form = below(2) == 0;
	item.data_bytes = (item.number * item.bits + 7) / 8;
	uint8_t *at = message_put_item(builder, &item, item.name);
	uint32_t address = out_count;
	uint8_t *data = item.in_line ? at : outs[out_count].bytes;
	if (!item.in_line) {
		outs[out_count++].size = item.data_bytes;
		memcpy(at, &address, sizeof address);
	}
	fill(data, item.data_bytes);
	/* A null right, and a dead one. */
	for (uint32_t i = 0; item.rights && i < item.number; i++) {
		if (below(5) == 0) {
			memset(data + 4 * i, below(2) == 0 ? 0 : 0xff, 4);
		}
	}
}

static void make_message(void)
{
	struct message_builder builder = {message.bytes + sizeof(mach_msg_header_t),
					  message.bytes + sizeof message};
	memset(&message, 0, sizeof message);
	out_count = 0;
	message.header.msgh_id = (mach_msg_id_t)tap_random(&state);
	message.header.msgh_remote_port = below(3) == 0 ? 0 : 77;
	/* A null right has a type, too. */
	message.header.msgh_bits = message.header.msgh_remote_port != 0 || below(3) == 0
					   ? MACH_MSG_TYPE_PORT_SEND_ONCE
				   : below(2) == 0 ? MACH_MSG_TYPE_PORT_SEND
						   : 0;
	if (below(4) == 0) {
		uint32_t bytes = below(200) & ~3u;
		fill(message_put_bytes(&builder, bytes), bytes);
	} else {
		message.header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
		for (uint32_t i = below(6); i > 0; i--) {
			add_random_item(&builder);
		}
	}
	message.header.msgh_size = (mach_msg_size_t)(builder.at - message.bytes);
}

/* --- to the wire; a right's name travels as its export */

static uint8_t wire[65536];
static size_t wire_size;
static struct memory regions[OUTS_MAX];
static uint32_t region_sizes[OUTS_MAX], region_count;

static void write_right(struct wire_writer *writer, uint32_t name)
{
	struct wire_descriptor descriptor = {.right = WIRE_RIGHT_SEND,
					     .where = name == UINT32_MAX ? WIRE_WHERE_NOWHERE
									 : WIRE_WHERE_MINE,
					     .export_id = name,
					     .generation = ~name};
	message_write_right(writer, name == 0 ? NULL : &descriptor);
}

static void write_item(struct wire_writer *writer, struct message_item *item)
{
	const uint8_t *data = item->in_line ? item->data : outs[item->address].bytes;
	item->apart = !item->in_line && !item->rights && item->data_bytes > APART;
	message_write_item(writer, item);
	for (uint32_t i = 0; item->rights && i < item->number; i++) {
		uint32_t name;
		memcpy(&name, data + 4 * i, 4);
		write_right(writer, name);
	}
	if (item->apart) {
		regions[region_count] = outs[item->address];
		region_sizes[region_count++] = item->data_bytes;
	} else if (!item->rights) {
		wire_write_copy(writer, data, item->data_bytes);
	}
}

static bool write_message(void)
{
	uint32_t most = message_wire_bytes(&message.header, APART);
	struct wire_writer writer = wire_writer(wire, most);
	struct message_walk walk = message_walk(&message.header);
	struct wire_descriptor reply = {.right = WIRE_RIGHT_SEND_ONCE};
	struct message_item item;
	region_count = 0;
	message_write_head(&writer, &message.header,
			   message.header.msgh_remote_port == 0 ? NULL : &reply);
	if ((message.header.msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0) {
		wire_write_copy(&writer, walk.at, walk.left);
	} else {
		while (message_next(&walk, &item) == MESSAGE_ITEM) {
			write_item(&writer, &item);
		}
	}
	wire_size = most - writer.left;
	return most <= sizeof wire && !writer.failed;
}

/* --- and back; false: it cannot be read although it was measured */

static bool read_item(struct wire_reader *reader, struct message_builder *builder,
		      const struct message_item *item, uint32_t *region)
{
	uint8_t *at = message_put_item(builder, item, item->name);
	uint32_t address = got_count;
	if (at == NULL) {
		return false;
	}
	if (!item->in_line) {
		if (got_count == OUTS_MAX || item->data_bytes > MEMORY_MAX) {
			return true; /* more than the test has room for */
		}
		memcpy(at, &address, 4);
		got_outs[got_count].size = item->data_bytes;
		at = got_outs[got_count++].bytes;
	}
	if (item->apart) {
		memcpy(at, regions[*region].bytes, item->data_bytes);
		(*region)++;
	} else if (!item->rights) {
		memcpy(at, item->data, item->data_bytes);
	}
	for (uint32_t i = 0; item->rights && i < item->number; i++) {
		struct wire_descriptor descriptor;
		bool null;
		if (!message_read_right(reader, &null, &descriptor)) {
			return false;
		}
		uint32_t name = null                                     ? 0
				: descriptor.where == WIRE_WHERE_NOWHERE ? UINT32_MAX
									 : descriptor.export_id;
		memcpy(at + 4 * i, &name, 4);
	}
	return true;
}

static bool read_message(const struct message_size *measured)
{
	struct wire_reader reader = wire_reader(wire, wire_size);
	struct message_builder builder = {got.bytes + sizeof(mach_msg_header_t),
					  got.bytes + measured->bytes};
	struct message_head head;
	struct message_item item;
	enum message_step step = MESSAGE_END;
	uint32_t region = 0;
	got_count = 0;
	memset(&got, 0, sizeof got);
	if (!message_read_head(&reader, &head)) {
		return false;
	}
	got.header.msgh_id = (mach_msg_id_t)head.id;
	got.header.msgh_remote_port = head.has_reply ? 77 : 0;
	got.header.msgh_bits = head.has_reply ? MACH_MSG_TYPE_PORT_SEND_ONCE : head.null_type;
	got.header.msgh_bits |= head.complex ? MACH_MSGH_BITS_COMPLEX : 0;
	got.header.msgh_size = measured->bytes;
	if (!head.complex) {
		uint8_t *at = message_put_bytes(&builder, (uint32_t)reader.left);
		if (at == NULL) {
			return false;
		}
		memcpy(at, reader.at, reader.left);
		return builder.at == builder.end;
	}
	while ((step = message_read_item(&reader, &item)) == MESSAGE_ITEM) {
		if (!read_item(&reader, &builder, &item, &region)) {
			return false;
		}
	}
	return step == MESSAGE_END && builder.at == builder.end;
}

/* Out of line is marked as the sender's to lose; the rest is the same. */
static bool same_message(void)
{
	if (message.header.msgh_size != got.header.msgh_size || out_count != got_count ||
	    memcmp(&message, &got, message.header.msgh_size) != 0) {
		return false;
	}
	for (uint32_t i = 0; i < out_count; i++) {
		if (outs[i].size != got_outs[i].size ||
		    memcmp(outs[i].bytes, got_outs[i].bytes, outs[i].size) != 0) {
			return false;
		}
	}
	return true;
}

static void test_there_and_back(void)
{
	struct message_size measured;
	uint32_t written = 0, same = 0, apart = 0;
	for (uint32_t i = 0; i < 5000; i++) {
		make_message();
		written += write_message();
		apart += region_count;
		same += message_measure(wire, wire_size, region_sizes, region_count, &measured) &&
			read_message(&measured) && same_message();
	}
	CHECK(written == 5000, "every message fits what was counted for it (%u)", written);
	CHECK(same == 5000 && apart > 100, "and comes back as it was (%u)", same);
}

static void test_made_up(void)
{
	struct message_size measured;
	uint32_t accepted = 0, bad = 0;
	for (uint32_t i = 0; i < 60000; i++) {
		if (i % 8 == 0) {
			make_message();
			(void)write_message();
		}
		if (below(3) == 0) {
			wire_size = wire_size == 0 ? 0 : below((uint32_t)wire_size);
		}
		for (uint32_t n = below(4); n > 0 && wire_size > 0; n--) {
			wire[below((uint32_t)wire_size)] = (uint8_t)tap_random(&state);
		}
		/* Exactly its bytes, so that the sanitizer sees what lies behind. */
		uint8_t *exact = malloc(wire_size + 1);
		memcpy(exact, wire, wire_size);
		if (message_measure(exact, wire_size, region_sizes, region_count, &measured) &&
		    measured.bytes <= sizeof got) {
			accepted++;
			bad += !read_message(&measured);
		}
		free(exact);
	}
	CHECK(accepted > 1000 && bad == 0, "what is accepted can be read (%u of them)", accepted);
}

static void test_refused(void)
{
	struct message_size measured;
	uint8_t bytes[64] = {1, 0, 0, 0, 8, 0};
	CHECK(!message_measure(bytes, 6, NULL, 0, &measured), "an unknown flag is refused");
	bytes[4] = WIRE_MESSAGE_NO_SEND | WIRE_MESSAGE_NO_ONCE;
	CHECK(!message_measure(bytes, 6, NULL, 0, &measured), "a null right is of one type");
	bytes[4] = WIRE_MESSAGE_NO_SEND;
	bytes[5] = 1;
	struct wire_writer right = wire_writer(bytes + 6, sizeof bytes - 6);
	const struct wire_descriptor descriptor = {.right = WIRE_RIGHT_SEND_ONCE};
	wire_encode_descriptor(&right, &descriptor);
	CHECK(!message_measure(bytes, (uint32_t)(sizeof bytes - right.left), NULL, 0, &measured),
	      "a right that is there is not null");
	bytes[5] = 0;
	CHECK(message_measure(bytes, 6, NULL, 0, &measured), "a null right may have a type");
	bytes[4] = WIRE_MESSAGE_COMPLEX;
	CHECK(message_measure(bytes, 6, NULL, 0, &measured) && measured.bytes == 24,
	      "a header alone is a message");
	uint32_t region = 100;
	CHECK(!message_measure(bytes, 6, &region, 1, &measured), "regions must be used up");
	struct wire_writer writer = wire_writer(bytes + 6, sizeof bytes - 6);
	struct message_item item = {
		.name = MACH_MSG_TYPE_CHAR, .bits = 8, .number = 100, .apart = true};
	message_write_item(&writer, &item);
	CHECK(message_measure(bytes, 15, &region, 1, &measured) && measured.regions == 1,
	      "a region for an item");
	CHECK(!message_measure(bytes, 15, NULL, 0, &measured), "one that did not come is missed");
	region = 99;
	CHECK(!message_measure(bytes, 15, &region, 1, &measured), "as is one of another size");
	item = (struct message_item){.name = MACH_MSG_TYPE_CHAR,
				     .bits = 0xffff,
				     .number = 0xffffffff,
				     .in_line = true,
				     .long_form = true};
	writer = wire_writer(bytes + 6, sizeof bytes - 6);
	message_write_item(&writer, &item);
	CHECK(!message_measure(bytes, sizeof bytes, NULL, 0, &measured), "sizes do not overflow");
	item = (struct message_item){.name = MACH_MSG_TYPE_COPY_SEND, .bits = 32, .in_line = true};
	writer = wire_writer(bytes + 6, sizeof bytes - 6);
	message_write_item(&writer, &item);
	CHECK(!message_measure(bytes, 15, NULL, 0, &measured),
	      "rights are in the form in which they are received");
	item = (struct message_item){.name = MACH_MSG_TYPE_PORT_SEND,
				     .bits = 32,
				     .number = MESSAGE_RIGHTS_MAX + 1,
				     .long_form = true,
				     .rights = true};
	static uint8_t many[6 + WIRE_PART_BYTES + MESSAGE_RIGHTS_MAX + 1];
	memcpy(many, bytes, 6);
	writer = wire_writer(many + 6, sizeof many - 6);
	message_write_item(&writer, &item);
	CHECK(!message_measure(many, sizeof many, NULL, 0, &measured), "and not too many");
}

int main(void)
{
	test_there_and_back();
	test_made_up();
	test_refused();
	return tap_done();
}
