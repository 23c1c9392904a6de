/* Time: monotonic nanoseconds, wall time, and time-outs with 10 ms ticks. */
#pragma once

#include <kern/list.h>
#include <kern/types.h>

#define HZ        100u
#define TICK_NS   (1000000000u / HZ)
#define NS_PER_MS 1000000u

/* A time-out. The owner embeds it; `fire` runs from clock_tick with interrupts off and must only
   post (thread_wake and the like): it may not block. */
struct timer {
	struct list link;
	uint64_t deadline_ns;
	void (*fire)(struct timer *timer);
};

static inline void timer_init(struct timer *timer, void (*fire)(struct timer *))
{
	list_init(&timer->link);
	timer->fire = fire;
}

/* Arms a timer that is not armed. It fires at the first tick at or after its deadline. */
void timer_set(struct timer *timer, uint64_t deadline_ns);
/* Disarms; no effect on one that is not armed. */
void timer_cancel(struct timer *timer);

/* machine_uptime_ns() + ms, saturating. */
uint64_t clock_deadline_ms(uint32_t ms);

/* Wall time: boot seconds + uptime + what host_set_time and host_adjust_time changed. */
struct clock_time {
	int64_t seconds;
	int64_t nanoseconds;
};
struct clock_time clock_wall_time(void);
struct clock_time clock_uptime(void);
void clock_set_wall_time(struct clock_time time);
/* Slews by delta_us, half a millisecond each tick; returns what was left of the former adjustment.
 */
int64_t clock_adjust(int64_t delta_us);

/* Called by the timer interrupt (through sched_tick) once a tick, lost ticks included. */
void clock_tick(void);
void clock_init(void);

/* Called each tick with the wall time; the time device (device/) keeps its mapped page current. */
extern void (*clock_tick_hook)(void);
