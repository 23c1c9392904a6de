/* A message that came from a peer, on its way to its port: what incoming.c and delivery.c share. */
#pragma once

#include "network.h"

/* A right in it that has yet to be picked up. */
struct pending {
	struct pending *next;
	uint32_t pickup;
	uint8_t right;
	uint8_t *at; /* where its name belongs */
};

struct delivery {
	struct delivery *next; /* of those that wait */
	struct inbound *in;    /* whose head it is; null: the stream has ended, or is used up */
	struct pending *pending;
	bool lost; /* it is to be destroyed: its port is dead, or there was no room for all of it */
	mach_msg_header_t message;
};

/* Makes a message of a MESSAGE and sends it, or lets it wait as the head of its stream. */
void delivery_begin(struct inbound *in, const uint8_t *data, uint32_t bytes,
		    struct region *regions);

/* Those that wait for a queue try again. */
void delivery_retry(void);

/* The head of this stream is gone, or a queue has room: what waits behind goes on. */
void incoming_go_on(struct inbound *in);
