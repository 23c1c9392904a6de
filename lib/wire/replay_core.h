/*
 * The window of counters that were received, as WireGuard's (RFC 6479): a ring of bits, of which
 * one word is always being left behind.  All zeroes is a window that has received nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define WIRE_REPLAY_BITS   2048
#define WIRE_REPLAY_WORDS  (WIRE_REPLAY_BITS / 32)
#define WIRE_REPLAY_WINDOW (WIRE_REPLAY_BITS - 32) /* how far below the largest is remembered */

struct wire_replay {
	uint64_t next; /* one more than the largest counter received */
	uint32_t bits[WIRE_REPLAY_WORDS];
};

/* Whether the counter may still come; changes nothing. */
bool wire_replay_is_new(const struct wire_replay *replay, uint64_t counter);

/* Remembers a counter that is new, whose frame has opened. */
void wire_replay_enter(struct wire_replay *replay, uint64_t counter);
