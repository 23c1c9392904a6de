/*
 * How a test of tests/kernel and its partner on another node speak to each other (README.md).  The
 * test's program runs there, too, as the partner: it sends what the test sends to itself, and has
 * the tasks that the test makes.
 */
#pragma once

#include "lib/harness.h"
#include <stddef.h>
#include <standard_ports.h>

/* Where the runner puts the port of the other one: the partner's, or whoever started the partner.
 */
#define PARTNER_PORT STANDARD_PORT_INPUT

#define PARTNER_ANSWER 100
#define PARTNER_SEND   7601 /* struct partner_message: send it on */
#define PARTNER_TASK   7602 /* stack: make a task with a thread that will begin there */
#define PARTNER_WRITE  7603 /* task, address, memory: its memory there is this */
#define PARTNER_GIVE   7604 /* task, name, right */
#define PARTNER_RUN    7605 /* task */
#define PARTNER_END    7606 /* task */
#define PARTNER_READY  7607 /* from the partner, to who started it: its port */

#define PARTNER_BODY_MAX 0x11000
#define PARTNER_PAGE     ((vm_address_t)4096)

/*
 * A message in a message: what its header was, with its rights as items of the body, and then its
 * own body, as it was if it was complex, else as bytes.  The answer is one that could not be sent,
 * or "result" alone.
 */
struct partner_message {
	mach_msg_header_t head;
	mach_msg_type_t remote_type;
	mach_port_t remote;
	mach_msg_type_t local_type;
	mach_port_t local;
	mach_msg_type_t words_type;
	uint32_t bits;
	mach_msg_id_t id;
	mach_msg_option_t option;
	mach_msg_timeout_t timeout;
	mach_msg_return_t result;
	mach_msg_type_long_t bytes_type; /* not of a complex one, whose body begins here */
};

#define PARTNER_WORDS 5

/* Where the body of the message in it begins. */
static inline uint8_t *partner_body(struct partner_message *message)
{
	return (uint8_t *)message + ((message->bits & MACH_MSGH_BITS_COMPLEX) != 0
					     ? offsetof(struct partner_message, bytes_type)
					     : sizeof *message);
}

/*
 * Wraps a message of "size" bytes up for "to"; its body is in place already, at partner_body.
 * Returns the size of the whole.
 */
mach_msg_size_t partner_wrap(struct partner_message *message, const mach_msg_header_t *inner,
			     mach_msg_size_t size);

/* A small message to or from the partner. */
struct partner_request {
	mach_msg_header_t head;
	mach_msg_type_t words_type;
	uint32_t words[3];
	mach_msg_type_long_t item_type; /* a right, or memory */
	uint32_t item;
};

/* Calls the partner; the first word of the answer. */
uint32_t partner_call(mach_msg_id_t id, uint32_t first, uint32_t second, uint32_t third,
		      const mach_msg_type_long_t *type, uint32_t item);

extern mach_port_t partner_port;      /* a send right to the partner */
extern boolean_t partner_is_remote;   /* this task is one that the partner made, or itself */
extern natural_t partner_sent;        /* how many messages went by it */
extern natural_t partner_sent_itself; /* ... and how many of the test's own did not */
extern natural_t partner_tasks;       /* how many tasks it made */

/* The partner's main; does not return. */
void partner_serve(void) __attribute__((noreturn));

/* What the test's calls of mach_msg and mach_msg_trap become (the Makefile's -D). */
mach_msg_return_t partner_mach_msg(mach_msg_header_t *msg, mach_msg_option_t option,
				   mach_msg_size_t send_size, mach_msg_size_t rcv_size,
				   mach_port_name_t rcv_name, mach_msg_timeout_t timeout,
				   mach_port_name_t notify);
mach_msg_return_t partner_mach_msg_trap(mach_msg_header_t *msg, mach_msg_option_t option,
					mach_msg_size_t send_size, mach_msg_size_t rcv_size,
					mach_port_name_t rcv_name, mach_msg_timeout_t timeout,
					mach_port_name_t notify);
