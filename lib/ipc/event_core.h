/*
 * The events that wait for one slow client.  Two with the same kind and key are one, with their
 * number and the newest value; so the queue is bounded by what a client watches, not by what
 * happens.  When even that does not fit, the client is told that it lost some (EVENT_LOST) and must
 * look for itself.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define EVENT_QUEUE_SLOTS 16
#define EVENT_LOST 0u /* a kind of its own: "count" events were lost; servers' kinds begin at 1 */

struct event {
	uint32_t kind;
	uint32_t key;	/* what it is about: the client's own word */
	uint32_t count; /* how many became one; stays at its maximum */
	uint32_t value; /* of the newest */
};

struct event_queue {
	struct event slots[EVENT_QUEUE_SLOTS];
	uint32_t first;
	uint32_t used;
	uint32_t max;  /* 1 to EVENT_QUEUE_SLOTS: the quota */
	uint32_t lost; /* told when the queue is empty again */
};

/* Enters an event; false: it was lost (and counted). */
bool event_add(struct event_queue *queue, uint32_t kind, uint32_t key, uint32_t value);

/* Takes the oldest event; false: there is none. */
bool event_take(struct event_queue *queue, struct event *event);
