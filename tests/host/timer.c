/* The timer wheel beside a list that is searched from end to end.
   LINK: kernel/kern/timer_wheel.c
*/
#include <stdlib.h>

#include <kern/timer_wheel.h>

#include "tap.h"

#define TIMERS 300u
#define STEPS  60000u

void assert_failed(const char *expression, const char *file, int line)
{
	printf("Bail out! %s:%d: %s\n", file, line, expression);
	exit(1);
}

static struct timer_wheel wheel;
static struct timer timers[TIMERS];
static bool armed[TIMERS];
static uint64_t model_deadline[TIMERS];

/* The first tick at or after a deadline. */
static uint64_t due_tick(uint64_t start_ns, uint64_t deadline_ns, uint64_t armed_at_ns)
{
	uint64_t least = armed_at_ns + TICK_NS; /* not in the tick in which it was armed */
	uint64_t ahead = deadline_ns > start_ns ? deadline_ns - start_ns : 0;
	uint64_t due = start_ns + (ahead + TICK_NS - 1) / TICK_NS * TICK_NS;
	return due > least ? due : least;
}

static uint64_t model_due[TIMERS];

static uint64_t random_ahead(uint64_t *seed)
{
	uint64_t chance = tap_random(seed);
	switch (chance % 6) {
	case 0:
		return 0;
	case 1:
		return (chance >> 8) % TICK_NS;
	case 2:
		return (chance >> 8) % (50 * (uint64_t)TICK_NS);
	case 3:
		return (1ull << 32) - 2 * TICK_NS +
		       (chance >> 8) % (4 * (uint64_t)TICK_NS); /* between the rings */
	case 4:
		return (chance >> 8) % (20ull << 32);
	default:
		return (chance >> 8) % (200ull << 32); /* beyond the far ring */
	}
}

static void arm(uint32_t i, uint64_t start_ns, uint64_t deadline_ns)
{
	timer_wheel_arm(&wheel, &timers[i], deadline_ns);
	armed[i] = true;
	model_deadline[i] = deadline_ns;
	model_due[i] = due_tick(start_ns, deadline_ns, wheel.now_ns);
}

static void random_run(uint64_t start_ns, uint64_t seed)
{
	uint64_t now_ns = start_ns;
	uint32_t early = 0, late = 0, missed = 0, fired = 0;
	printf("# seed 0x%llx\n", (unsigned long long)seed);
	timer_wheel_init(&wheel, start_ns);
	for (uint32_t i = 0; i < TIMERS; i++) {
		timer_init(&timers[i], NULL);
		armed[i] = false;
	}
	for (uint32_t step = 0; step < STEPS; step++) {
		uint32_t i = (uint32_t)(tap_random(&seed) % TIMERS);
		if (!armed[i]) {
			arm(i, start_ns, now_ns + random_ahead(&seed));
		} else if (tap_random(&seed) % 4 == 0) {
			list_remove(&timers[i].link);
			armed[i] = false;
		}
		uint64_t leap = tap_random(&seed) % 500 == 0 ? 300 : 3;
		now_ns += tap_random(&seed) % (leap * TICK_NS);
		struct timer *timer;
		while ((timer = timer_wheel_next_expired(&wheel, now_ns)) != NULL) {
			uint32_t index = (uint32_t)(timer - timers);
			missed += !armed[index];
			armed[index] = false;
			fired++;
			early += wheel.now_ns < model_due[index] ||
				 wheel.now_ns < model_deadline[index];
			late += wheel.now_ns > model_due[index];
			if (fired % 7 == 0) {
				arm(index, start_ns,
				    wheel.now_ns); /* from within: must wait for the next tick */
			}
		}
		for (uint32_t j = 0; step % 64 == 0 && j < TIMERS; j++) {
			missed += armed[j] && model_due[j] <= wheel.now_ns;
		}
	}
	CHECK(early == 0, "none of %u timers fired before its tick", fired);
	CHECK(late == 0 && missed == 0, "none after it, none was forgotten");
}

int main(void)
{
	random_run(0, 0x51ab5);
	random_run(123456789, 0x77777);
	random_run((1ull << 32) - TICK_NS, 0xfeed);
	random_run((1ull << 40) - 5, 0xbeef1);
	/* No deadline lies too far. */
	timer_wheel_init(&wheel, 0);
	timer_init(&timers[0], NULL);
	timer_wheel_arm(&wheel, &timers[0], UINT64_MAX);
	CHECK(timer_wheel_next_expired(&wheel, 600ull * 1000000000) == NULL,
	      "the last deadline is not reached in ten minutes");
	list_remove(&timers[0].link);
	return tap_done();
}
