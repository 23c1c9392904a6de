/* The time-outs that are armed, by deadline. Pure: the time is an argument.

   Two rings. The near one has a slot per tick for deadlines less than 2^32 ns ahead (so that the
   tick is found with a 32-bit division); the far one a slot for each 2^32 ns (4.3 s). When the time
   enters such a period, its slot is emptied into the near ring. Arming and cancelling take constant
   time. */
#pragma once

#include <stdint.h>

#include <kern/clock.h>

#define TIMER_NEAR_SLOTS 512u /* a power of two, more than 2^32 / TICK_NS */
#define TIMER_FAR_SLOTS  64u  /* 275 s; what lies beyond shares slots and stays in them */

struct timer_wheel {
	uint64_t now_ns; /* of the tick reached: a multiple of TICK_NS after the start */
	uint32_t tick;   /* near slot of now_ns, not reduced */
	struct list near[TIMER_NEAR_SLOTS];
	struct list far[TIMER_FAR_SLOTS];
};

void timer_wheel_init(struct timer_wheel *wheel, uint64_t now_ns);
/* The timer is not armed. */
void timer_wheel_arm(struct timer_wheel *wheel, struct timer *timer, uint64_t deadline_ns);
/* Moves on towards now_ns, tick by tick, as far as the first expired timer, which is disarmed and
   returned; NULL: none is left that expires up to now_ns. Call it until it says so. */
struct timer *timer_wheel_next_expired(struct timer_wheel *wheel, uint64_t now_ns);
