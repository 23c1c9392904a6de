#include "pace_core.h"

void wire_pace_start(struct wire_pace *pace, const struct wire_pace_settings *settings)
{
	*pace = (struct wire_pace){.window = settings->window_first,
				   .threshold = settings->window_max};
}

void wire_pace_sent(struct wire_pace *pace, uint32_t bytes)
{
	pace->flight += bytes;
}

void wire_pace_gave_up(struct wire_pace *pace, uint32_t bytes)
{
	pace->flight -= bytes < pace->flight ? bytes : pace->flight;
}

void wire_pace_acknowledged(struct wire_pace *pace, const struct wire_pace_settings *settings,
			    uint32_t bytes, uint64_t counter)
{
	wire_pace_gave_up(pace, bytes);
	pace->backoff = 0;
	if (counter < pace->recover) {
		return;
	}
	/* Slow start doubles the window each round trip, avoidance adds about a frame to it. */
	pace->window +=
		pace->window < pace->threshold
			? bytes
			: (uint32_t)((uint64_t)bytes * settings->window_min / (2 * pace->window)) +
				  1;
	if (pace->window > settings->window_max) {
		pace->window = settings->window_max;
	}
}

void wire_pace_measure(struct wire_pace *pace, uint32_t sample_us)
{
	if (pace->round_us == 0) {
		pace->round_us = sample_us > 0 ? sample_us : 1;
		pace->deviation_us = sample_us / 2;
		return;
	}
	uint32_t error = sample_us > pace->round_us ? sample_us - pace->round_us
						    : pace->round_us - sample_us;
	pace->deviation_us = pace->deviation_us - pace->deviation_us / 4 + error / 4;
	pace->round_us = pace->round_us - pace->round_us / 8 + sample_us / 8;
	if (pace->round_us == 0) {
		pace->round_us = 1;
	}
}

static void shrink(struct wire_pace *pace, const struct wire_pace_settings *settings)
{
	pace->threshold = pace->window / 2;
	if (pace->threshold < settings->window_min) {
		pace->threshold = settings->window_min;
	}
}

void wire_pace_lost(struct wire_pace *pace, const struct wire_pace_settings *settings,
		    uint64_t counter, uint64_t next)
{
	if (counter < pace->recover) {
		return;
	}
	shrink(pace, settings);
	pace->window = pace->threshold;
	pace->recover = next;
}

void wire_pace_timed_out(struct wire_pace *pace, const struct wire_pace_settings *settings,
			 uint64_t next)
{
	pace->backoff++;
	/* One time-out may be a single lost acknowledgement; two are a wire that does not carry. */
	if (pace->backoff == 2) {
		shrink(pace, settings);
		pace->window = settings->window_min;
		pace->recover = next;
	}
}

bool wire_pace_allows(const struct wire_pace *pace, uint32_t bytes)
{
	return pace->flight == 0 || pace->flight + bytes <= pace->window;
}

uint32_t wire_pace_timeout(const struct wire_pace *pace, const struct wire_pace_settings *settings)
{
	uint64_t timeout_us = settings->timeout_first_us;
	if (pace->round_us != 0) {
		timeout_us = (uint64_t)pace->round_us + 4ull * pace->deviation_us;
	}
	if (timeout_us < settings->timeout_min_us) {
		timeout_us = settings->timeout_min_us;
	}
	timeout_us <<= pace->backoff < 8 ? pace->backoff : 8;
	return timeout_us < settings->timeout_max_us ? (uint32_t)timeout_us
						     : settings->timeout_max_us;
}

uint32_t wire_pace_patience(const struct wire_pace *pace, const struct wire_pace_settings *settings)
{
	uint32_t patience_us = pace->round_us != 0 ? pace->round_us + pace->round_us / 8
						   : settings->timeout_first_us / 2;
	return patience_us > 1000 ? patience_us : 1000;
}
