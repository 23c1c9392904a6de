/* See restart_core.h. */
#include "restart_core.h"

void restart_started(struct restart *restart, uint64_t now_ms)
{
	restart->started_ms = now_ms;
}

bool restart_ended(struct restart *restart, uint64_t now_ms, uint32_t *delay_ms)
{
	uint32_t delay = RESTART_FIRST_MS;

	if (now_ms - restart->started_ms >= RESTART_STEADY_MS) {
		restart->failures = 0;
	}
	for (uint32_t i = 0; i < restart->failures && delay < RESTART_MOST_MS; i++) {
		delay *= 2;
	}
	*delay_ms = delay < RESTART_MOST_MS ? delay : RESTART_MOST_MS;
	return ++restart->failures < RESTART_FAILURES;
}

void restart_forget(struct restart *restart)
{
	restart->failures = 0;
}
