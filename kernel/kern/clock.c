/* The clock: time-outs and wall time. */
#include <kern/clock.h>

#include <kern/machine.h>
#include <kern/timer_wheel.h>

#define NS_PER_SECOND    1000000000
#define NS_PER_US        1000
#define SLEW_NS_PER_TICK 500000

static struct timer_wheel wheel;

/* Wall time = wall_seconds + wall_nanoseconds + uptime. Nanoseconds in [0, 1e9). */
static int64_t wall_seconds, wall_nanoseconds;
static int64_t slew_left_ns;

void (*clock_tick_hook)(void);

void timer_set(struct timer *timer, uint64_t deadline_ns)
{
	assert(list_empty(&timer->link));
	timer_wheel_arm(&wheel, timer, deadline_ns);
}

void timer_cancel(struct timer *timer)
{
	list_remove(&timer->link);
}

uint64_t clock_deadline_ms(uint32_t ms)
{
	/* Cannot overflow: 2^32 ms are 50 days, and the uptime stays far below 2^63 ns. */
	return machine_uptime_ns() + (uint64_t)ms * NS_PER_MS;
}

struct clock_time clock_uptime(void)
{
	uint64_t ns = machine_uptime_ns();
	struct clock_time time;
	time.seconds = (int64_t)(ns / NS_PER_SECOND);
	time.nanoseconds = (int64_t)ns - time.seconds * NS_PER_SECOND;
	return time;
}

static struct clock_time clock_normalise(int64_t seconds, int64_t nanoseconds)
{
	while (nanoseconds >= NS_PER_SECOND) {
		nanoseconds -= NS_PER_SECOND;
		seconds++;
	}
	while (nanoseconds < 0) {
		nanoseconds += NS_PER_SECOND;
		seconds--;
	}
	return (struct clock_time){seconds, nanoseconds};
}

struct clock_time clock_wall_time(void)
{
	struct clock_time up = clock_uptime();
	return clock_normalise(up.seconds + wall_seconds, up.nanoseconds + wall_nanoseconds);
}

/* nanoseconds must be in [0, 1e9): host_set_time checks what users say. Seconds wrap rather than
   overflow, whatever the user chose. */
void clock_set_wall_time(struct clock_time time)
{
	assert(time.nanoseconds >= 0 && time.nanoseconds < NS_PER_SECOND);
	struct clock_time up = clock_uptime();
	int64_t seconds = (int64_t)((uint64_t)time.seconds - (uint64_t)up.seconds);
	struct clock_time base = clock_normalise(seconds, time.nanoseconds - up.nanoseconds);
	wall_seconds = base.seconds;
	wall_nanoseconds = base.nanoseconds;
	slew_left_ns = 0;
}

int64_t clock_adjust(int64_t delta_us)
{
	/* Some 290 years either way: clamped so that nanoseconds cannot overflow. */
	const int64_t bound_us = INT64_MAX / NS_PER_US;
	int64_t left_us = slew_left_ns / NS_PER_US;
	if (delta_us > bound_us) {
		delta_us = bound_us;
	} else if (delta_us < -bound_us) {
		delta_us = -bound_us;
	}
	slew_left_ns = delta_us * NS_PER_US;
	return left_us;
}

static void clock_slew(void)
{
	int64_t step_ns = slew_left_ns;
	if (step_ns > SLEW_NS_PER_TICK) {
		step_ns = SLEW_NS_PER_TICK;
	} else if (step_ns < -SLEW_NS_PER_TICK) {
		step_ns = -SLEW_NS_PER_TICK;
	}
	slew_left_ns -= step_ns;
	struct clock_time base = clock_normalise(wall_seconds, wall_nanoseconds + step_ns);
	wall_seconds = base.seconds;
	wall_nanoseconds = base.nanoseconds;
}

void clock_tick(void)
{
	uint64_t now_ns = machine_uptime_ns();
	struct timer *timer;
	while ((timer = timer_wheel_next_expired(&wheel, now_ns)) != NULL) {
		timer->fire(timer);
	}
	if (unlikely(slew_left_ns != 0)) {
		clock_slew();
	}
	if (clock_tick_hook != NULL) {
		clock_tick_hook();
	}
}

void clock_init(void)
{
	timer_wheel_init(&wheel, machine_uptime_ns());
	wall_seconds = machine_boot_seconds();
	wall_nanoseconds = 0;
}
