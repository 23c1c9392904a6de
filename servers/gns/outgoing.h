/* A message of the wire that is ours until it is given back: what stream.c and outgoing.c share. */
#pragma once

#include "network.h"

/* Rights of ours that must stay until the peer has the message. */
struct carried {
	struct carried *next;
	struct wire_descriptor descriptor;
	mach_port_t name;
};

struct outgoing {
	struct wire_message wire;
	struct stream *stream;
	struct carried *carried;
	vm_address_t region; /* of a REGION: the memory that is sent */
	vm_size_t region_bytes;
	uint8_t data[];
};

/* With room for so many bytes of its own; null: no memory. */
struct outgoing *outgoing_make(struct stream *stream, uint8_t kind, uint32_t bytes);

/* Sends it; it is the wire's from now on.  What cannot be sent is given back at once. */
void outgoing_send(struct outgoing *outgoing);

/* A MESSAGE was surely not sent: its rights go back. */
void outgoing_take_back(const struct outgoing *outgoing);
