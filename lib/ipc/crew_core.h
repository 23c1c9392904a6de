/*
 * How many workers a bucket has.  One more is started only when every one is busy, and one at a
 * time: a burst of short calls is served by the few that are there.
 */
#pragma once

#include <stdbool.h>

struct crew {
	unsigned int count; /* workers, the one that starts among them */
	unsigned int max;
	unsigned int idle; /* wait for a message */
	bool starting;
};

/* A worker waits for messages (its first time too: "joined" says it was the one that started). */
static inline void crew_rest(struct crew *crew, bool joined)
{
	crew->idle++;
	crew->starting = crew->starting && !joined;
}

/* A worker has a call; returns whether the caller must start one more worker. */
static inline bool crew_take(struct crew *crew)
{
	crew->idle--;
	if (crew->idle != 0 || crew->starting || crew->count >= crew->max) {
		return false;
	}
	crew->starting = true;
	crew->count++;
	return true;
}

/* The worker could not be started. */
static inline void crew_failed(struct crew *crew)
{
	crew->starting = false;
	crew->count--;
}
