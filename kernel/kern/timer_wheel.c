#include <kern/timer_wheel.h>

_Static_assert(TIMER_NEAR_SLOTS > 0xffffffffu / TICK_NS + 2u,
	       "a near deadline must not wrap the ring");

void timer_wheel_init(struct timer_wheel *wheel, uint64_t now_ns)
{
	wheel->now_ns = now_ns;
	wheel->tick = 0;
	for (uint32_t i = 0; i < TIMER_NEAR_SLOTS; i++) {
		list_init(&wheel->near[i]);
	}
	for (uint32_t i = 0; i < TIMER_FAR_SLOTS; i++) {
		list_init(&wheel->far[i]);
	}
}

static inline uint32_t period_of(uint64_t ns)
{
	return (uint32_t)(ns >> 32);
}

/* least_ticks: 1 unless the slot of the tick reached is still to be emptied. */
static void timer_wheel_place(struct timer_wheel *wheel, struct timer *timer, uint32_t least_ticks)
{
	uint64_t deadline_ns = timer->deadline_ns;
	uint64_t ahead_ns = deadline_ns > wheel->now_ns ? deadline_ns - wheel->now_ns : 0;
	if (ahead_ns >> 32 != 0) {
		/* At least one whole period ahead, so its slot is yet to be entered. */
		list_add_tail(&wheel->far[period_of(deadline_ns) % TIMER_FAR_SLOTS], &timer->link);
		return;
	}
	uint32_t ahead = (uint32_t)ahead_ns;
	uint32_t ticks = ahead / TICK_NS + (ahead % TICK_NS != 0);
	if (ticks < least_ticks) {
		ticks = least_ticks;
	}
	list_add_tail(&wheel->near[(wheel->tick + ticks) % TIMER_NEAR_SLOTS], &timer->link);
}

void timer_wheel_arm(struct timer_wheel *wheel, struct timer *timer, uint64_t deadline_ns)
{
	timer->deadline_ns = deadline_ns;
	timer_wheel_place(wheel, timer, 1);
}

/* The time has entered a new period: what expires in it moves to the near ring. The period began
   within the last tick, so that a deadline before now belongs to this tick, whose slot is looked at
   next. */
static void timer_wheel_enter_period(struct timer_wheel *wheel, uint32_t period)
{
	struct list *slot = &wheel->far[period % TIMER_FAR_SLOTS];
	list_for_each_safe(link, slot)
	{
		struct timer *timer = list_entry(link, struct timer, link);
		if (period_of(timer->deadline_ns) == period) {
			list_remove(link);
			timer_wheel_place(wheel, timer, 0);
		}
	}
}

struct timer *timer_wheel_next_expired(struct timer_wheel *wheel, uint64_t now_ns)
{
	for (;;) {
		struct list *slot = &wheel->near[wheel->tick % TIMER_NEAR_SLOTS];
		if (!list_empty(slot)) {
			struct timer *timer = list_first(slot, struct timer, link);
			list_remove(&timer->link);
			return timer;
		}
		if (now_ns < wheel->now_ns + TICK_NS) {
			return NULL;
		}
		uint32_t period = period_of(wheel->now_ns);
		wheel->now_ns += TICK_NS;
		wheel->tick++;
		if (period_of(wheel->now_ns) != period) {
			timer_wheel_enter_period(wheel, period_of(wheel->now_ns));
		}
	}
}
