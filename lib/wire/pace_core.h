/*
 * How fast to send: the measured round trip (RFC 6298) and the congestion window (RFC 5681's
 * slow start, avoidance and halving).  Every frame has a counter of its own, so a sample is never
 * of a retransmission (Karn's rule holds by itself).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct wire_pace_settings {
	uint32_t timeout_min_us, timeout_max_us; /* of retransmission */
	uint32_t timeout_first_us;               /* before anything was measured */
	uint32_t window_first, window_max;       /* bytes in flight */
	uint32_t window_min;
};

struct wire_pace {
	uint32_t round_us, deviation_us; /* smoothed; 0: nothing measured */
	uint32_t backoff;                /* time-outs since something was acknowledged */
	uint32_t window, threshold;      /* bytes */
	uint32_t flight;                 /* bytes sent and neither acknowledged nor lost */
	uint64_t recover;                /* a loss below this counter was paid for */
};

void wire_pace_start(struct wire_pace *pace, const struct wire_pace_settings *settings);

/* A frame of "bytes" was sent, acknowledged, or given up. */
void wire_pace_sent(struct wire_pace *pace, uint32_t bytes);
void wire_pace_acknowledged(struct wire_pace *pace, const struct wire_pace_settings *settings,
			    uint32_t bytes, uint64_t counter);
void wire_pace_gave_up(struct wire_pace *pace, uint32_t bytes);

/* The newest frame of an acknowledgement took "sample_us". */
void wire_pace_measure(struct wire_pace *pace, uint32_t sample_us);

/* Frame "counter" was lost; "next" is the counter of the next one.  Halves once a round trip. */
void wire_pace_lost(struct wire_pace *pace, const struct wire_pace_settings *settings,
		    uint64_t counter, uint64_t next);

/* The retransmission time-out ran off. */
void wire_pace_timed_out(struct wire_pace *pace, const struct wire_pace_settings *settings,
			 uint64_t next);

/* May "bytes" more be in flight? */
bool wire_pace_allows(const struct wire_pace *pace, uint32_t bytes);

/* How long to wait for an acknowledgement before sending again, and before an overtaken frame
   counts as lost. */
uint32_t wire_pace_timeout(const struct wire_pace *pace, const struct wire_pace_settings *settings);
uint32_t wire_pace_patience(const struct wire_pace *pace,
			    const struct wire_pace_settings *settings);
