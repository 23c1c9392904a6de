/* The process server's own counters. */
#include <string.h>
#include "server.h"

static const char *const names[COUNTERS_OWN] = {
	[COUNTER_SPAWNED] = "process_spawned",   [COUNTER_REFUSED] = "process_spawns_refused",
	[COUNTER_ENDED] = "process_ended",       [COUNTER_FAULTS] = "process_faults",
	[COUNTER_RESTARTS] = "process_restarts", [COUNTER_LOG_LINES] = "process_log_lines",
};
static uint32_t values[COUNTERS_OWN];

void counter_add(enum counter counter)
{
	(void)__atomic_add_fetch(&values[counter], 1, __ATOMIC_RELAXED);
}

void counters_read(masix_counter_t counters[COUNTERS_OWN])
{
	for (int i = 0; i < COUNTERS_OWN; i++) {
		memset(&counters[i], 0, sizeof counters[i]);
		(void)strncpy(counters[i].name, names[i], sizeof counters[i].name - 1);
		counters[i].value = __atomic_load_n(&values[i], __ATOMIC_RELAXED);
	}
}
