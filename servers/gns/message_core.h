/*
 * A message of the kernel as the bytes of a wire MESSAGE, and back.  Pure: memory that lies out of
 * line is named by its address, and rights are the caller's to translate, one after the other in
 * the order of the message.
 *
 * Out: message_walk goes through a received message; message_write_... write what it finds.
 * In: message_measure checks all of what a peer sent and says how large the kernel's message will
 * be; then message_read_... cannot fail any more, and message_put_... lay it out.
 */
#pragma once

#include <mach/message.h>
#include <wire/frame_core.h>

/* An item of a message's body. */
struct message_item {
	uint16_t name; /* MACH_MSG_TYPE_*; of rights the received form, PORT_RECEIVE to
			  PORT_SEND_ONCE */
	uint16_t bits; /* of an element */
	uint32_t number;
	bool in_line, long_form;
	bool rights;
	bool apart;          /* on the wire: the data came before, as a REGION */
	uint32_t data_bytes; /* of the data in memory; of rights a word each */
	const uint8_t *data; /* in line, or read from the wire; null if apart or rights */
	uint32_t address;    /* out of line */
};

enum message_step {
	MESSAGE_ITEM,
	MESSAGE_END,
	MESSAGE_BAD,
};

/* --- a received message */

struct message_walk {
	const uint8_t *at;
	uint32_t left;
};

/* The body of a complex message of msgh_size bytes. */
struct message_walk message_walk(const mach_msg_header_t *message);

/* The next item; data is where it lies in the message. */
enum message_step message_next(struct message_walk *walk, struct message_item *item);

/* The index-th right of an item in line. */
uint32_t message_right(const struct message_item *item, uint32_t index);

/* --- to the wire */

/* How many bytes the message takes at most, data that is to go apart aside: whatever is out of line
   and has more than apart_bytes.  0: it is malformed, or too large to be counted. */
uint32_t message_wire_bytes(const mach_msg_header_t *message, uint32_t apart_bytes);

/* "reply" null: there is none. */
/* WIRE_MESSAGE_* of a message that was received. */
uint8_t message_flags(const mach_msg_header_t *message);

void message_write_head(struct wire_writer *writer, const mach_msg_header_t *message,
			const struct wire_descriptor *reply);

/* An item's description; its data or rights follow. */
void message_write_item(struct wire_writer *writer, const struct message_item *item);

/* "descriptor" null: a null right. */
void message_write_right(struct wire_writer *writer, const struct wire_descriptor *descriptor);

/* --- from the wire */

struct message_head {
	uint32_t id;
	bool complex, has_reply;
	mach_msg_type_name_t null_type; /* of a reply right that is null; 0: there is none */
	struct wire_descriptor reply;
};

struct message_size {
	uint32_t bytes;   /* of the kernel's message */
	uint32_t rights;  /* of the body */
	uint32_t regions; /* how many items came apart */
};

/* The largest message that is put together, in line, and most rights in one. */
#define MESSAGE_BYTES_MAX  0x100000u
#define MESSAGE_RIGHTS_MAX 4096u

/*
 * Whether these bytes are a message, all of it.  "regions" are the sizes of the REGIONs that came
 * before it, which it must use up.
 */
bool message_measure(const void *bytes, size_t size, const uint32_t *regions, uint32_t region_count,
		     struct message_size *measured);

bool message_read_head(struct wire_reader *reader, struct message_head *head);

/* The next item of a complex body.  Data that is here is read over; rights follow. */
enum message_step message_read_item(struct wire_reader *reader, struct message_item *item);

/* *null: a null right, and no descriptor. */
bool message_read_right(struct wire_reader *reader, bool *null, struct wire_descriptor *descriptor);

/* --- the kernel's message */

struct message_builder {
	uint8_t *at;
	uint8_t *end;
};

/* Room for "bytes" of body that is not typed. */
uint8_t *message_put_bytes(struct message_builder *builder, uint32_t bytes);

/* The descriptor of an item; returns where its data in line, or the address of what is out of line,
   is to be written.  "name" is a right's disposition, or the item's.  Out of line is deallocated.
 */
uint8_t *message_put_item(struct message_builder *builder, const struct message_item *item,
			  uint16_t name);
