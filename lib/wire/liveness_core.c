#include "liveness_core.h"

void wire_clock_advance(struct wire_clock *clock, uint64_t machine_us, uint64_t grace_us)
{
	uint64_t now_us = machine_us - clock->lost_us;
	if (clock->deadline_us != WIRE_NEVER && now_us > clock->deadline_us &&
	    now_us - clock->deadline_us > grace_us) {
		clock->lost_us += now_us - clock->deadline_us - grace_us;
		now_us = clock->deadline_us + grace_us;
	}
	if (now_us > clock->now_us) {
		clock->now_us = now_us;
	}
}

uint64_t wire_clock_ask(struct wire_clock *clock, uint64_t deadline_us)
{
	if (deadline_us < clock->now_us) {
		/* At once; from now on it can be late. */
		deadline_us = clock->now_us;
	}
	clock->deadline_us = deadline_us;
	return deadline_us == WIRE_NEVER ? WIRE_NEVER : deadline_us + clock->lost_us;
}

void wire_liveness_start(struct wire_liveness *liveness, uint64_t now_us)
{
	*liveness = (struct wire_liveness){.heard_us = now_us, .probed_us = now_us};
}

void wire_liveness_need(struct wire_liveness *liveness, bool needed)
{
	if (needed != liveness->needed) {
		/* A silence that nobody listened to proves nothing. */
		liveness->probes = 0;
		liveness->needed = needed;
	}
}

bool wire_liveness_hear(struct wire_liveness *liveness, uint64_t now_us)
{
	bool suspected = liveness->suspected;
	liveness->heard_us = now_us;
	liveness->probes = 0;
	liveness->suspected = false;
	return suspected;
}

static uint64_t next_probe(const struct wire_liveness *liveness,
			   const struct wire_liveness_settings *settings)
{
	uint64_t last = liveness->heard_us;
	if (liveness->probes > 0 && liveness->probed_us > last) {
		last = liveness->probed_us;
	}
	return last + settings->heartbeat_us;
}

enum wire_life wire_liveness_step(struct wire_liveness *liveness,
				  const struct wire_liveness_settings *settings, uint64_t now_us)
{
	if (!liveness->needed) {
		return WIRE_LIFE_GOOD;
	}
	uint64_t silence_us = now_us - liveness->heard_us;
	if (!liveness->suspected && liveness->probes > 1 && silence_us >= settings->suspect_us) {
		liveness->suspected = true;
		return WIRE_LIFE_SUSPECT;
	}
	if (now_us < next_probe(liveness, settings)) {
		return WIRE_LIFE_GOOD;
	}
	if (liveness->probes >= settings->probes && silence_us >= settings->dead_us) {
		return WIRE_LIFE_DEAD;
	}
	liveness->probes++;
	liveness->probed_us = now_us;
	return WIRE_LIFE_PROBE;
}

uint64_t wire_liveness_deadline(const struct wire_liveness *liveness,
				const struct wire_liveness_settings *settings)
{
	if (!liveness->needed) {
		return WIRE_NEVER;
	}
	uint64_t deadline_us = next_probe(liveness, settings);
	uint64_t suspect_us = liveness->heard_us + settings->suspect_us;
	if (!liveness->suspected && liveness->probes > 1 && suspect_us < deadline_us) {
		return suspect_us;
	}
	return deadline_us;
}
