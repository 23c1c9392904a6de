/* A message that came from a peer, on its way to its port: what incoming.c and delivery.c share. */
#pragma once

#include "network.h"

struct delivery {
	struct arrived arrived;     /* its place in its stream, or behind others for its port */
	struct delivery *next_full; /* of the first for a port: the first for another one */
	struct delivery *last;      /* ... and the last one behind it */
	struct inbound *in;         /* null: a send-once right's, in nobody's order */
	uint32_t peer;
	uint32_t charged; /* of the peer's bytes */
	uint32_t pending; /* rights that have yet to be picked up */
	mach_port_t port;
	bool held; /* its rights are its own: it may wait */
	bool sent; /* it is in the queue of its port as the one too many, and not ours any more */
	bool lost; /* to be destroyed: its port is dead, or there was no room for all of it */
	mach_msg_header_t message;
};

/* Makes a message of a MESSAGE: takes its destination and all its rights.  Null: the association
   ends. */
struct delivery *delivery_make(struct inbound *in, const uint8_t *data, uint32_t bytes,
			       struct region *regions);

/* It waits from now on; false: there is no room, and it is gone. */
bool delivery_hold(struct delivery *delivery);

/* Nothing of it is pending: it goes to its port, or behind the others that wait for that. */
void delivery_put(struct delivery *delivery);

/* The port's queue has room. */
void delivery_retry(mach_port_t port);

/* The rights of the first message of a stream are known. */
void incoming_go_on(struct inbound *in);

/* A message of the stream is where it belongs.  The stream may be gone afterwards. */
void inbound_delivered(struct inbound *in);
