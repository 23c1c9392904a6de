/* Messages made by hand, for programs that run on several nodes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <libmach.h>
#include <mach/notify.h>

#define SELF          mach_task_self()
#define MSG_BODY_MAX 65536
#define WAIT_MS       20000 /* for what must come: to catch hangs only */

struct msg {
	mach_msg_header_t head;
	uint8_t body[MSG_BODY_MAX];
	/* Under construction: */
	uint32_t size;
	/* Received: */
	uint32_t read;
};

/* An item of a received message. */
struct msg_item {
	uint32_t name, bits, number;
	bool in_line;
	uint32_t bytes;
	void *data;
};

/* Dispositions are 0 for no port. */
void msg_begin(struct msg *msg, mach_port_t to, mach_msg_type_name_t to_type, mach_port_t reply,
	       mach_msg_type_name_t reply_type, mach_msg_id_t id);
void msg_add(struct msg *msg, uint32_t name, uint32_t bits, uint32_t number, const void *data);
void msg_add_out(struct msg *msg, uint32_t name, uint32_t bits, uint32_t number, const void *data,
		 bool deallocate);
void msg_add_int(struct msg *msg, uint32_t value);
void msg_add_port(struct msg *msg, mach_port_t port, uint32_t disposition);

mach_msg_return_t msg_send(struct msg *msg, mach_msg_timeout_t time_ms);
mach_msg_return_t msg_receive(struct msg *msg, mach_port_t port, mach_msg_timeout_t time_ms);

/* Sends with a send-once right to "port" and receives there; -1: no answer, else its id. */
mach_msg_id_t msg_call(struct msg *msg, mach_port_t port);

/* The next item; false: there is none. */
bool msg_next(struct msg *msg, struct msg_item *item);

/* The next item's integer; its right, if it has that type (else MACH_PORT_NULL). */
uint32_t msg_int(struct msg *msg);
mach_port_t msg_port(struct msg *msg, uint32_t type);

/* Gives up all that a received message has. */
void msg_drop(struct msg *msg);

/* --- ports */

mach_port_t port_make(void);      /* a receive right */
mach_port_t port_make_send(void); /* and a send right under the same name */
mach_port_t port_make_once(mach_port_t port);
mach_port_t port_make_dead(void);
void port_drop(mach_port_t port);    /* a send or send-once right, or a dead name */
void port_destroy(mach_port_t port); /* a receive right, and all under its name */
int port_refs(mach_port_t port, mach_port_right_t right);
void port_notify(mach_port_t port, mach_msg_id_t what, mach_port_t notify);

/* The next message's id, which is dropped; -1: none within time_ms. */
mach_msg_id_t port_next_id(mach_port_t port, mach_msg_timeout_t time_ms);
