/* When a server that ended is started again, and when it is given up.  Time is the caller's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define RESTART_FIRST_MS  100u /* after the first end in a row; doubles with each */
#define RESTART_MOST_MS   30000u
#define RESTART_STEADY_MS 60000u /* who ran so long begins a new row */
#define RESTART_FAILURES  10u    /* ends in a row, and it is given up */

struct restart {
	uint32_t failures; /* in a row */
	uint64_t started_ms;
};

void restart_started(struct restart *restart, uint64_t now_ms);

/* It ended, or did not start.  False: give it up; else *delay_ms is how long to wait. */
bool restart_ended(struct restart *restart, uint64_t now_ms, uint32_t *delay_ms);

/* An administrator wants a fresh beginning. */
void restart_forget(struct restart *restart);
