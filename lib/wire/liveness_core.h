/*
 * Whether the peer lives.  While the association is needed, silence is answered with probes, one
 * each heartbeat; it is suspected after a while, and dead when it was silent for long and a number
 * of probes was not answered.  Time is that of this node's own running (struct wire_clock).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define WIRE_NEVER UINT64_MAX

/* Time that does not pass while this node does not run. */
struct wire_clock {
	uint64_t now_us;
	uint64_t lost_us;     /* how much did not count */
	uint64_t deadline_us; /* when it asked to be called, or WIRE_NEVER */
};

/*
 * The machine's monotonic clock shows "machine_us".  Who is called more than "grace_us" after it
 * asked for was not running; the rest of that time is as if it had not been.
 */
void wire_clock_advance(struct wire_clock *clock, uint64_t machine_us, uint64_t grace_us);

/* Remembers when it wants to be called; returns that in the machine's time. */
uint64_t wire_clock_ask(struct wire_clock *clock, uint64_t deadline_us);

struct wire_liveness_settings {
	uint64_t heartbeat_us, suspect_us, dead_us;
	uint32_t probes;
};

struct wire_liveness {
	uint64_t heard_us;  /* when a frame of it opened last */
	uint64_t probed_us; /* the last probe */
	uint32_t probes;    /* not answered */
	bool suspected;
	bool needed;
};

enum wire_life {
	WIRE_LIFE_GOOD,
	WIRE_LIFE_PROBE,   /* send one now */
	WIRE_LIFE_SUSPECT, /* from now on */
	WIRE_LIFE_DEAD,
};

void wire_liveness_start(struct wire_liveness *liveness, uint64_t now_us);

/* Whether anything depends on the peer's life. */
void wire_liveness_need(struct wire_liveness *liveness, bool needed);

/* A frame opened; whether that ends a suspicion. */
bool wire_liveness_hear(struct wire_liveness *liveness, uint64_t now_us);

/* What is to be done now; to be called again until it says GOOD. */
enum wire_life wire_liveness_step(struct wire_liveness *liveness,
				  const struct wire_liveness_settings *settings, uint64_t now_us);

/* When to call it next, or WIRE_NEVER. */
uint64_t wire_liveness_deadline(const struct wire_liveness *liveness,
				const struct wire_liveness_settings *settings);
