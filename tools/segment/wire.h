/* The nodes' sockets: datagrams are frames. Node n sends to DIR/wireN and receives at DIR/nicN. */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <sys/un.h>

#include "pcap.h"
#include "segment_core.h"

struct wire {
	uint32_t nodes;
	int socket[SEGMENT_NODES_MAX + 1];
	struct sockaddr_un nic[SEGMENT_NODES_MAX + 1];
	uint64_t retry_us[SEGMENT_NODES_MAX + 1]; /* a node whose queue is full: not before */
};

/* Binds the sockets of all nodes. Returns 0, or errno. */
int wire_open(struct wire *wire, const char *directory, uint32_t nodes);

/* Removes them. */
void wire_close(struct wire *wire, const char *directory);

void wire_poll_set(const struct wire *wire, struct pollfd entries[SEGMENT_NODES_MAX]);

/* After poll: takes frames from the nodes, some of each, so that one that floods delays nobody. */
void wire_receive(struct wire *wire, const struct pollfd entries[SEGMENT_NODES_MAX],
		  struct segment *segment, struct pcap *pcap, uint64_t now_us);

/* Gives the nodes what is due. Returns when to try again. */
uint64_t wire_deliver(struct wire *wire, struct segment *segment, uint64_t now_us);
