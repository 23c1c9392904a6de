/* Messages made by hand, and short words for what tests ask about rights. */
#pragma once

#include "harness.h"

#define MSG_BODY_MAX 8192

/* A message under construction, or received: head, body, and how much of it is used so far. */
struct msg {
	mach_msg_header_t head;
	uint8_t body[MSG_BODY_MAX];
	mach_msg_size_t size; /* of head and body, as they are sent */
	mach_msg_size_t read; /* where msg_item stands */
};

/* Begins a message: destination and reply port with their dispositions (0 for no port). */
void msg_begin(struct msg *msg, mach_port_t remote, mach_msg_type_name_t remote_type,
	       mach_port_t local, mach_msg_type_name_t local_type, mach_msg_id_t id);

/* Adds one item inline: "number" elements of "size_bits" each. */
void msg_add(struct msg *msg, mach_msg_type_name_t name, unsigned int size_bits,
	     unsigned int number, const void *data);
void msg_add_long(struct msg *msg, mach_msg_type_name_t name, unsigned int size_bits,
		  unsigned int number, const void *data);

/* Adds one item out of line (short form), whose memory is taken from us when "deallocate". */
void msg_add_ool(struct msg *msg, mach_msg_type_name_t name, unsigned int size_bits,
		 unsigned int number, const void *data, boolean_t deallocate);
void msg_add_ool_long(struct msg *msg, mach_msg_type_name_t name, unsigned int size_bits,
		      unsigned int number, const void *data, boolean_t deallocate);

/* Adds raw words: type words that no other routine would make. */
void msg_add_words(struct msg *msg, const uint32_t *words, unsigned int count);

void msg_add_int(struct msg *msg, uint32_t value);
void msg_add_port(struct msg *msg, mach_port_t name, mach_msg_type_name_t disposition);

/* Sends; the time-out is one second, so that a full queue is an error and not a hang. */
mach_msg_return_t msg_send(struct msg *msg);

/* Receives with a time-out (0: only what is there already). */
mach_msg_return_t msg_receive(struct msg *msg, mach_port_t port, mach_msg_timeout_t time_ms);

/* An item of a received message, short or long form made equal. */
struct msg_item {
	mach_msg_type_name_t name;
	unsigned int size_bits;
	unsigned int number;
	boolean_t is_inline;
	boolean_t is_long;
	boolean_t deallocate;
	const void *data; /* inline: in the message; else where the memory was mapped */
};

/* The next item of a received message; false when there is none. */
boolean_t msg_item(struct msg *msg, struct msg_item *item);

/* The next item's single port or integer; 0xdeadbeef when it is not one. */
mach_port_t msg_item_port(struct msg *msg, mach_msg_type_name_t expected_name);
uint32_t msg_item_int(struct msg *msg);

/* A message of a header alone, with one right. */
mach_msg_return_t msg_send_id(mach_port_t port, mach_msg_type_name_t disposition, mach_msg_id_t id);

/* Receives and returns the message's id; -1: nothing came within time_ms.  Drops every right. */
mach_msg_id_t msg_receive_id(mach_port_t port, mach_msg_timeout_t time_ms);

/* ------------------------------------------------------------------------------------ rights */

/* A fresh receive right; with a send right under the same name; a fresh port set. */
mach_port_t port_new(void);
mach_port_t port_new_send(void);
mach_port_t set_new(void);

/* Makes a send-once right for a port we receive from, under a name of its own. */
mach_port_t port_make_send_once(mach_port_t port);

/* The type bits of a name; 0 when it denotes nothing. */
mach_port_type_t port_type(mach_port_t name);

/* User references of one right of a name; -1 when the name denotes nothing. */
int port_refs(mach_port_t name, mach_port_right_t right);

/* The receive right's status; all ones when it is none. */
mach_port_status_t port_status(mach_port_t name);

/* Drops a name with all of its rights; the name must denote something. */
void port_destroy(mach_port_t name);

/* A name that denotes nothing (and was never given out): the first one from 5000. */
mach_port_t port_unused_name(void);

/* The name of the dead: a name whose port has died; drop it with port_destroy. */
mach_port_t port_new_dead(void);
