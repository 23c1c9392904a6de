/* Time.  The kernel's clock costs a call, so between readings of it time is counted by the
   processor's own, at the rate that was measured since. */
#include "network.h"

#include <gen/mach_host.h>

#define TRUST_US 100000 /* how long the count is believed */
#define LEAST_US 1000   /* what a rate is measured over */

static uint64_t read_us, read_ticks; /* both clocks, when the kernel's was read last */
static uint64_t scale;               /* microseconds a tick, times 2^32; 0: not known */
static uint64_t last_us;

static uint64_t count_ticks(void)
{
	uint32_t low = 0, high = 0;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

static uint64_t kernel_us(void)
{
	time_value64_t uptime = {0};

	(void)host_get_uptime64(mach_host_self(), &uptime);
	return (uint64_t)uptime.seconds * 1000000 + (uint64_t)uptime.nanoseconds / 1000;
}

/* Reads the kernel's clock, and learns how fast the other one is. */
static uint64_t read_clock(void)
{
	uint64_t now_us = kernel_us(), ticks = count_ticks();
	uint64_t elapsed_us = now_us - read_us, elapsed = ticks - read_ticks;

	if (read_us != 0 && elapsed_us < LEAST_US) {
		return now_us;
	}
	/* A machine that stood still, or was moved, teaches nothing. */
	scale = read_us != 0 && elapsed_us <= 4 * TRUST_US && elapsed > elapsed_us
			? (elapsed_us << 32) / elapsed
			: 0;
	read_us = now_us;
	read_ticks = ticks;
	return now_us;
}

uint64_t network_now_us(void)
{
	uint64_t ticks = count_ticks() - read_ticks;
	uint64_t counted_us = scale != 0 && ticks < 1ull << 31 ? ticks * scale >> 32 : TRUST_US;
	uint64_t now_us = counted_us < TRUST_US ? read_us + counted_us : read_clock();

	last_us = now_us > last_us ? now_us : last_us;
	return last_us;
}
