/*
 * Frames and records as bytes: the one place that reads and writes the layouts of <masix/wire.h>.
 * Readers and writers never leave their memory; what does not fit sets "failed", which stays.
 */
#pragma once

#include <masix/wire.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_reader {
	const uint8_t *at;
	size_t left;
	bool failed;
};

struct wire_writer {
	uint8_t *at;
	size_t left;
	bool failed;
};

static inline struct wire_reader wire_reader(const void *bytes, size_t size)
{
	return (struct wire_reader){bytes, size, false};
}

static inline struct wire_writer wire_writer(void *bytes, size_t size)
{
	return (struct wire_writer){bytes, size, false};
}

/* The next numbers; 0 where there are not enough bytes. */
uint8_t wire_read_u8(struct wire_reader *reader);
uint16_t wire_read_u16(struct wire_reader *reader);
uint32_t wire_read_u32(struct wire_reader *reader);
uint64_t wire_read_u64(struct wire_reader *reader);

/* The next bytes, where they lie; null where there are not so many. */
const uint8_t *wire_read_bytes(struct wire_reader *reader, size_t bytes);

/* Copies the next bytes; zeroes where there are not so many. */
void wire_read_copy(struct wire_reader *reader, void *to, size_t bytes);

void wire_write_u8(struct wire_writer *writer, uint8_t value);
void wire_write_u16(struct wire_writer *writer, uint16_t value);
void wire_write_u32(struct wire_writer *writer, uint32_t value);
void wire_write_u64(struct wire_writer *writer, uint64_t value);
void wire_write_copy(struct wire_writer *writer, const void *from, size_t bytes);

/* --- headers */

struct wire_header {
	uint8_t version, type;
	uint32_t index;                      /* DATA, RESP */
	uint64_t counter;                    /* of the index, or of the sender's incarnation */
	uint8_t sender[WIRE_SHORT_ID_BYTES]; /* the others */
	uint64_t incarnation;                /* likewise */
	size_t bytes;                        /* how long the header is */
};

/* Whether "frame" begins with the whole header of a known version and type. */
bool wire_decode_header(const void *frame, size_t size, struct wire_header *header);

/* Writes it, in the form of its type. */
void wire_encode_header(struct wire_writer *writer, const struct wire_header *header);

/* --- what the handshake says */

struct wire_terms {
	uint32_t index;       /* which its sender wants to see in headers */
	uint64_t serial;      /* of the association it believes in; 0: none */
	uint64_t incarnation; /* of its sender */
	uint32_t features;
	uint8_t byte_order, word_bytes; /* of message data */
	uint16_t frame_bytes_max;       /* with the Ethernet header */
	uint64_t roster_version;
};

/* Exactly WIRE_TERMS_BYTES; false if a field is one that cannot be. */
bool wire_decode_terms(const uint8_t bytes[WIRE_TERMS_BYTES], struct wire_terms *terms);
void wire_encode_terms(uint8_t bytes[WIRE_TERMS_BYTES], const struct wire_terms *terms);

/* HELLO1 and HELLO2, opened. */
struct wire_question {
	uint8_t nonce[WIRE_NONCE_BYTES];
	uint8_t target[WIRE_SHORT_ID_BYTES];
	uint8_t cookie[WIRE_COOKIE_BYTES]; /* HELLO2 alone */
	uint64_t roster_version;
};

/* Sizes are exact; false otherwise. */
bool wire_decode_question(uint8_t type, const void *bytes, size_t size,
			  struct wire_question *question);
void wire_encode_question(struct wire_writer *writer, uint8_t type,
			  const struct wire_question *question);

/* RESOLVE and HERE, opened. */
struct wire_resolve {
	uint8_t nonce[WIRE_NONCE_BYTES];
	uint8_t mode; /* RESOLVE alone, as is the name */
	char name[WIRE_NAME_BYTES];
	uint8_t target[WIRE_SHORT_ID_BYTES]; /* HERE alone */
	uint64_t roster_version;
};

/* Sizes are exact, the mode is known, the name ends; false otherwise. */
bool wire_decode_resolve(uint8_t type, const void *bytes, size_t size,
			 struct wire_resolve *resolve);
void wire_encode_resolve(struct wire_writer *writer, uint8_t type,
			 const struct wire_resolve *resolve);

/* The pieces of INIT and RESP, where they lie in the frame. */
struct wire_shake {
	uint16_t suite;           /* INIT alone, as are the next two */
	const uint8_t *target;    /* [WIRE_SHORT_ID_BYTES] */
	const uint8_t *cookie;    /* [WIRE_COOKIE_BYTES] */
	const uint8_t *ephemeral; /* [WIRE_PUBLIC_BYTES] */
	const uint8_t *sealed;    /* [WIRE_TERMS_BYTES + WIRE_TAG_BYTES] */
	const uint8_t *mac;       /* [WIRE_MAC_BYTES], of all that is before it */
};

/* The size is exact; false otherwise. */
bool wire_decode_shake(const struct wire_header *header, const uint8_t *frame, size_t size,
		       struct wire_shake *shake);

/* --- records */

struct wire_record {
	uint8_t kind, flags;
	uint16_t bytes;
	const uint8_t *body;
};

enum wire_next {
	WIRE_NEXT_RECORD,
	WIRE_NEXT_END, /* no more, or only padding */
	WIRE_NEXT_BAD, /* does not fit, or padding that is not zero */
};

enum wire_next wire_decode_record(struct wire_reader *reader, struct wire_record *record);

/* Begins a record; the caller writes exactly "bytes" more. */
void wire_encode_record(struct wire_writer *writer, uint8_t kind, uint8_t flags, size_t bytes);

struct wire_ack {
	uint64_t largest;
	const uint8_t *bits; /* bit i of byte j: counter largest - 1 - (8 j + i) came, too */
	uint8_t bits_bytes;
};

struct wire_window {
	uint32_t export_id, generation, limit;
};

struct wire_fragment {
	uint32_t export_id, generation;
	uint32_t sequence; /* of the message on its stream */
	uint32_t offset, total;
	const uint8_t *data;
	uint32_t bytes;
};

/* Each answers false for a body of the wrong size, or numbers that contradict each other. */
bool wire_decode_ack(const struct wire_record *record, struct wire_ack *ack);
bool wire_decode_window(const struct wire_record *record, struct wire_window *window);
bool wire_decode_u64(const struct wire_record *record, uint64_t *value);
bool wire_decode_u8(const struct wire_record *record, uint8_t *value);
bool wire_decode_idle(const struct wire_record *record, uint8_t *what, uint32_t *round);
bool wire_decode_fragment(const struct wire_record *record, struct wire_fragment *fragment);
/* --- rights */

struct wire_node_name {
	uint8_t id[WIRE_SHORT_ID_BYTES];
	uint64_t incarnation;
};

/* What travels with a receive right. */
struct wire_port_state {
	uint32_t queue_limit, sequence, made_sends;
	uint32_t once_rights; /* that there are, so far unused */
	bool senders;         /* whether there are send rights */
};

/* A right as it travels in a message. */
struct wire_descriptor {
	uint8_t where, right;
	uint32_t export_id, generation;
	uint32_t old_id, old_generation; /* MOVED */
	struct wire_port_state state;    /* of a receive right */
	uint8_t token[WIRE_TOKEN_BYTES];
	struct wire_node_name node;
};

/* False: cut, or a number that cannot be. */
bool wire_decode_descriptor(struct wire_reader *reader, struct wire_descriptor *descriptor);
void wire_encode_descriptor(struct wire_writer *writer, const struct wire_descriptor *descriptor);

/* PICKUP, and how PROVIDE begins: exactly WIRE_GIFT_BYTES. */
bool wire_decode_gift(const void *bytes, size_t size, uint8_t token[WIRE_TOKEN_BYTES],
		      struct wire_node_name *node);
void wire_encode_gift(uint8_t bytes[WIRE_GIFT_BYTES], const uint8_t token[WIRE_TOKEN_BYTES],
		      const struct wire_node_name *node);

/* --- names */

struct wire_name_ask {
	uint8_t nonce[WIRE_NONCE_BYTES];
	uint8_t what; /* WIRE_WHAT_* */
	char name[WIRE_NAME_BYTES];
};

struct wire_name_answer {
	uint8_t nonce[WIRE_NONCE_BYTES];
	bool found;
	struct wire_descriptor descriptor; /* if it was */
};

/* False: of another size, or a number or name that cannot be. */
bool wire_decode_name_ask(const void *bytes, size_t size, struct wire_name_ask *ask);
void wire_encode_name_ask(uint8_t bytes[WIRE_NAME_ASK_BYTES], const struct wire_name_ask *ask);
bool wire_decode_name_answer(const void *bytes, size_t size, struct wire_name_answer *answer);
/* How many bytes it takes. */
size_t wire_encode_name_answer(uint8_t bytes[WIRE_NAME_ANSWER_BYTES_MAX],
			       const struct wire_name_answer *answer);

void wire_encode_fragment(struct wire_writer *writer, uint8_t kind, uint8_t flags,
			  const struct wire_fragment *fragment);
