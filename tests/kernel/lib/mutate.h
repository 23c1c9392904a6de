/*
 * Random and mutated messages for a server: well-formed requests with wild values, the same with
 * counts, types, sizes, ids and rights changed, and mere noise.  All of it follows from a seed.
 */
#pragma once

#include "harness.h"

#define MUTATE_ANY_RIGHT 0xff /* the name of an item whose disposition the caller chooses */

/* An item of a request, as MIG's stub sends it (tools/mig/request-layouts). */
struct mutate_item {
	uint8_t name;       /* MACH_MSG_TYPE_*, or MUTATE_ANY_RIGHT */
	uint16_t size_bits; /* of an element */
	uint32_t number;    /* of elements, at most */
	uint8_t is_inline;
	uint8_t is_long;
	uint8_t is_variable; /* a call says how many elements it has */
};

struct mutate_routine {
	const char *name;
	mach_msg_id_t id;
	unsigned int item_count;
	const struct mutate_item *items;
};

struct mutate_interface {
	const char *name;
	unsigned int routine_count;
	const struct mutate_routine *routines;
};

/* The generated tables: one for each interface of include/masix with a server. */
#define MUTATE_INTERFACE(name) extern const struct mutate_interface mutate_##name
MUTATE_INTERFACE(ipc);

#define MUTATE_MESSAGES    50000
#define MUTATE_TARGETS_MAX 8

struct mutate {
	uint32_t seed;
	unsigned int messages;                        /* that the kernel delivers */
	const struct mutate_interface *interfaces[4]; /* whose requests; ipc's come with them */
	mach_port_t targets[MUTATE_TARGETS_MAX]; /* send rights; MACH_PORT_NULL ends the list */
	const char *const *words; /* text that means something to the server; null ends it */
	/* Is that message, the index-th, not to be sent?  Runs in a child.  May be null. */
	boolean_t (*spares)(const mach_msg_header_t *head, unsigned int index);
	/*
	 * Called after each batch, when no hostile client lives: the server still does its work, or
	 * the function says otherwise by a failed CHECK.  May be null.
	 */
	void (*serves)(void *argument);
	void *argument;
};

/*
 * Sends them, from child tasks that are killed in between, and gives back what is answered.  Rights
 * that the server hands out become targets, too.  One TAP line: all were delivered, within bounds.
 * What "serves" checks are lines of the caller's only if they fail.
 */
void mutate_run(const struct mutate *mutate);

/* ---------------------------------- between mutate.c, mutate_message.c and mutate_counts.c */

/*
 * Sends each target each request with an inline array of variable length that is said to be longer
 * than the interface allows.  One TAP line: the stubs refused all of them.  Returns how many arrays
 * a target takes.
 */
unsigned int mutate_counts(const struct mutate *mutate);

#define MUTATE_BODY_MAX 16384
#define MUTATE_RIGHTS   24

/* A message under construction. */
struct mutate_message {
	mach_msg_header_t head;
	uint8_t body[MUTATE_BODY_MAX];
	mach_msg_size_t size; /* as it is sent */
	vm_address_t memory;  /* out of line data, to be given back if the message is not sent */
	vm_size_t memory_bytes;
};

/* The rights from which messages take theirs. */
struct mutate_rights {
	mach_port_t set;      /* everything that may come back comes here */
	mach_port_t reply;    /* a receive right in it */
	mach_port_t other;    /* another one, with a send right */
	mach_port_t dead;     /* a dead name */
	unsigned int kept;    /* targets that are the caller's: the first ones */
	unsigned int targets; /* and those that the server gave */
	mach_port_t target[MUTATE_RIGHTS];
};

/* Builds message "index" of the run. */
void mutate_build(const struct mutate *mutate, const struct mutate_rights *rights,
		  unsigned int index, struct mutate_message *message);
