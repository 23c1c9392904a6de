/* An Ethernet segment with seeded faults. Pure: frames and time come from the caller, memory too
   (one struct segment, some 40 MB, most of it never touched).

   A frame that a node sends is offered to each directed link from that node to another. The link
   loses, doubles, corrupts and delays it; then it lies in the queue of the node it goes to until
   the caller has delivered it.

   Every decision of a link follows from the seed, the link and how many frames were offered to this
   link before: neither time, nor other links, nor other settings change it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SEGMENT_NODES_MAX       64u
#define SEGMENT_FRAME_BYTES_MIN 14u
#define SEGMENT_FRAME_BYTES_MAX 2048u
#define SEGMENT_FRAMES_MAX      8192u  /* on their way at once */
#define SEGMENT_DELIVERIES_MAX  32768u /* ... each to each node */
#define SEGMENT_LINK_QUEUE_MAX  4096u
#define SEGMENT_NODE_QUEUE_MAX  1024u
#define SEGMENT_HISTORY_FRAMES  128u /* of each node, for segment_history */
#define SEGMENT_ADDRESSES_MAX   1024u
#define SEGMENT_CERTAIN         1000000u /* chances are in millionths */
#define SEGMENT_DELAY_US_MAX    60000000u
/* A frame that a node did not take for so long is dropped: it may have been stopped. */
#define SEGMENT_HOLD_US    1000000u
#define SEGMENT_NEVER      UINT64_MAX
#define SEGMENT_REORDER_US 5000u /* how long a reordered frame is held back at most, at first */

/* Everybody, where a node is asked for. Nodes are 1 ... nodes. */
#define SEGMENT_ALL 0u

struct segment_faults {
	uint32_t loss; /* chances, 0 ... SEGMENT_CERTAIN */
	uint32_t duplicate;
	uint32_t reorder;
	uint32_t corrupt; /* one bit of the frame is flipped */
	uint32_t reorder_us;
	uint32_t delay_us;
	uint32_t jitter_us;    /* more delay, at random: frames may pass each other */
	uint32_t rate_bytes_s; /* 0: unlimited */
};

struct segment_counters {
	uint64_t offered; /* to the link; the sum of what became of them: */
	uint64_t delivered;
	uint64_t lost;
	uint64_t cut;      /* the link was cut */
	uint64_t overflow; /* more frames on their way than the link's queue holds */
	uint64_t refused;  /* the node did not take them in time */
	uint64_t absent;   /* there was no node */
	uint64_t waiting;  /* still on their way */
	/* And of them: */
	uint64_t duplicated; /* came into being here: not among those offered */
	uint64_t reordered;
	uint64_t corrupted;
};

struct segment_link {
	struct segment_faults faults;
	struct segment_counters counters;
	uint64_t index;         /* of the next frame, which decides its fate with the seed */
	uint64_t busy_until_us; /* the rate: when the last frame has left */
	bool cut;
};

/* One frame on its way to one node: in the heap until it is due, then in the node's queue. */
struct segment_delivery {
	uint64_t due_us;
	uint64_t order; /* among those that are due at once */
	uint32_t next;  /* in the node's queue, or among the free ones */
	uint16_t frame;
	uint8_t from;
	uint8_t to;
	int32_t flipped_bit; /* -1: none */
};

struct segment_frame {
	uint32_t uses; /* deliveries; while 0 it is free */
	uint32_t next_free;
	uint32_t bytes;
	uint8_t data[SEGMENT_FRAME_BYTES_MAX];
};

struct segment_node {
	uint32_t first; /* delivery, if count is not 0 */
	uint32_t last;
	uint32_t count;
	uint64_t sent; /* frames it sent */
	struct {
		uint32_t bytes;
		uint8_t data[SEGMENT_FRAME_BYTES_MAX];
	} history[SEGMENT_HISTORY_FRAMES];
};

struct segment_address {
	uint8_t bytes[6];
	uint8_t node;
};

struct segment {
	uint32_t nodes;
	uint64_t seed;
	bool is_switch; /* else a hub: everybody hears everything */
	uint32_t link_queue_max;
	uint64_t order;
	uint64_t bad_frames; /* too short or too long */
	uint32_t heap_count;
	uint32_t free_delivery;
	uint32_t free_frame;
	uint32_t addresses_count;
	struct segment_address addresses[SEGMENT_ADDRESSES_MAX];
	struct segment_node node[SEGMENT_NODES_MAX + 1];
	struct segment_link link[SEGMENT_NODES_MAX + 1][SEGMENT_NODES_MAX + 1]; /* [from][to] */
	uint32_t heap[SEGMENT_DELIVERIES_MAX];
	struct segment_delivery deliveries[SEGMENT_DELIVERIES_MAX];
	struct segment_frame frames[SEGMENT_FRAMES_MAX];
};

/* A hub without faults; 1 <= nodes <= SEGMENT_NODES_MAX. */
void segment_init(struct segment *segment, uint32_t nodes, uint64_t seed);

/* The same settings, every decision from its beginning with another seed; what is on its way stays.
 */
void segment_set_seed(struct segment *segment, uint64_t seed);

/* A frame that a node sent. False: its length is bad (counted). */
bool segment_send(struct segment *segment, uint64_t now_us, uint32_t from, const void *data,
		  uint32_t bytes);

/* A frame that nobody sent, as if `from` had: to one node or SEGMENT_ALL. It passes the links, with
   their faults; no switch learns from it. False: its length is bad. */
bool segment_inject(struct segment *segment, uint64_t now_us, uint32_t from, uint32_t to,
		    const void *data, uint32_t bytes);

/* The frame that a node sent `back` frames ago (1: its last one), null if it is not kept. */
const uint8_t *segment_history(const struct segment *segment, uint32_t node, uint32_t back,
			       uint32_t *bytes);

/* Cuts every link between nodes of different groups, and heals all others. group[n] is that of node
   n, from index 1 on. */
void segment_partition(struct segment *segment, const uint8_t group[SEGMENT_NODES_MAX + 1]);

/* Brings what is due into the nodes' queues, and drops what lay there too long. Returns when it
   should be called next, SEGMENT_NEVER if nothing is on its way. */
uint64_t segment_advance(struct segment *segment, uint64_t now_us);

/* The frame that a node is to get next, into SEGMENT_FRAME_BYTES_MAX bytes. 0: none. It stays there
   until segment_delivered. */
uint32_t segment_next(const struct segment *segment, uint32_t node, void *data);

/* What became of it: the node took it, or there is no node. */
void segment_delivered(struct segment *segment, uint32_t node, bool taken);

/* Sums of all links from one node or SEGMENT_ALL to one or SEGMENT_ALL. */
struct segment_counters segment_count(const struct segment *segment, uint32_t from, uint32_t to);
