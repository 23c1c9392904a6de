/* See tick.h. */
#include "tick.h"
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <gen/masix_host.h>
#include <libc/word.h>
#include "interrupts.h"
#include "machine.h"

#define PIT_HZ      1193182ll
#define PIT_DIVISOR 65536ll
#define TICK_NS     (1000000000ll * PIT_DIVISOR / PIT_HZ)
#define DAY_SECONDS 86400
#define IGNORED_US  1000000u /* with interrupts off: then we come in all the same */
#define DAY_TICKS   0x1800b0u

static int64_t moved;       /* seconds by which the program has set its clock */
static int32_t ticks_moved; /* the same of tick_of_day alone */
static mach_port_t program;

static volatile uint32_t period_us = TICK_NS / 1000;
static unsigned int paused; /* a word that the thread waits on */

static void wait_next(struct timespec *next)
{
	int64_t period_ns = period_us * 1000ll;

	while (__atomic_load_n(&paused, __ATOMIC_SEQ_CST) != 0) {
		(void)word_wait(&paused, 1, NULL);
		(void)clock_gettime(CLOCK_MONOTONIC, next);
	}
	next->tv_nsec += (long)period_ns;
	if (next->tv_nsec >= 1000000000) {
		next->tv_nsec -= 1000000000;
		next->tv_sec++;
	}
	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, next, NULL);
}

static void *tick_main(void *argument)
{
	struct timespec next;
	uint32_t ignored_us = 0; /* for which the program has not let us in */

	(void)clock_gettime(CLOCK_MONOTONIC, &next);
	for (;;) {
		wait_next(&next);
		ignored_us = machine_block.pending != 0 ? ignored_us + period_us : 0;
		machine_block.pending = 1;
		(void)masix_thread_post_v86(program, ignored_us >= IGNORED_US);
		ignored_us %= IGNORED_US;
	}
	return argument;
}

void tick_start(void)
{
	pthread_t thread;

	program = mach_thread_self();
	if (pthread_create(&thread, NULL, tick_main, NULL) != 0) {
		printf("dos: no thread for the clock; time stands still while a program "
		       "computes\n");
	}
}

void tick_changed(void)
{
	bool wanted = false;

	period_us = interrupts_period_us(&wanted);
}

void tick_pause(void)
{
	__atomic_store_n(&paused, 1, __ATOMIC_SEQ_CST);
}

void tick_resume(void)
{
	if (__atomic_exchange_n(&paused, 0, __ATOMIC_SEQ_CST) != 0) {
		word_wake_all(&paused);
	}
}

uint64_t clock_microseconds(void)
{
	struct timespec now = {0, 0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

int64_t clock_seconds(uint8_t *hundredth)
{
	struct timespec now = {0, 0};

	(void)clock_gettime(CLOCK_REALTIME, &now);
	*hundredth = (uint8_t)(now.tv_nsec / 10000000);
	return now.tv_sec + moved;
}

void clock_move(int64_t seconds)
{
	moved += seconds;
}

uint32_t tick_of_day(int64_t *day)
{
	struct timespec now = {0, 0};
	int64_t seconds = 0, ticks = 0;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	seconds = now.tv_sec + moved;
	*day = seconds / DAY_SECONDS;
	ticks = (seconds % DAY_SECONDS * 1000000 + now.tv_nsec / 1000) * PIT_HZ /
		(PIT_DIVISOR * 1000000);
	return (uint32_t)((ticks + ticks_moved + DAY_TICKS) % DAY_TICKS);
}

void tick_set(uint32_t ticks)
{
	int64_t day = 0;

	ticks_moved = 0;
	ticks_moved = (int32_t)(ticks % DAY_TICKS) - (int32_t)tick_of_day(&day);
}
