/* alarm, interval timers, sleeps, clocks. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include "say.h"

static volatile sig_atomic_t ticks;
static void tick(int signal)
{
	(void)signal;
	ticks++;
}

static long long now_us(clockid_t clock)
{
	struct timespec time;

	NEED(clock_gettime(clock, &time) == 0);
	return time.tv_sec * 1000000ll + time.tv_nsec / 1000;
}

static void alarms(void)
{
	struct sigaction action = {.sa_handler = tick};
	struct itimerval timer = {{0, 20000}, {0, 20000}};
	struct itimerval old;

	NEED(sigaction(SIGALRM, &action, NULL) == 0);
	say("alarm: %u", alarm(10));
	say("alarm: %u", alarm(1));
	pause();
	say("ticks: %d, left %u", ticks, alarm(0));
	ticks = 0;
	TRY(setitimer(ITIMER_REAL, &timer, NULL));
	while (ticks < 5) {
		pause();
	}
	NEED(getitimer(ITIMER_REAL, &old) == 0);
	say("interval: %ld us, value %s", (long)old.it_interval.tv_usec,
	    old.it_value.tv_sec == 0 && old.it_value.tv_usec <= 20000 ? "less" : "more");
	memset(&timer, 0, sizeof timer);
	TRY(setitimer(ITIMER_REAL, &timer, &old));
	say("old interval: %ld us", (long)old.it_interval.tv_usec);
	timer.it_value.tv_usec = 1000000;
	TRY(setitimer(ITIMER_REAL, &timer, NULL));
	TRY(setitimer(77, &timer, NULL));
	TRY(getitimer(77, &timer));
	if (fork() == 0) {
		say("a child has none: %u", alarm(0));
		_exit(0);
	}
	wait(NULL);
}

static void sleeps(void)
{
	struct timespec time = {0, 30000000};
	struct timespec end;
	long long start = now_us(CLOCK_MONOTONIC);

	TRY(nanosleep(&time, NULL));
	say("at least: %d", now_us(CLOCK_MONOTONIC) - start >= 30000);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_nsec += 20000000;
	end.tv_sec += end.tv_nsec / 1000000000;
	end.tv_nsec %= 1000000000;
	say("absolute: %d", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL));
	say("at least: %d", now_us(CLOCK_MONOTONIC) >= end.tv_sec * 1000000ll + end.tv_nsec / 1000);
	say("past: %d", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &time, NULL));
	time.tv_nsec = 1000000000;
	TRY(nanosleep(&time, NULL));
	time.tv_nsec = -1;
	TRY(nanosleep(&time, NULL));
	time = (struct timespec){0, 0};
	TRY(nanosleep(&time, NULL));
	say("clock 99: %s", strerrorname_np(clock_nanosleep(99, 0, &time, NULL)));
}

static void clocks(void)
{
	struct timespec clock_time;
	struct timeval day;
	struct tms tms;
	struct rusage usage;
	volatile unsigned int work = 0;
	long long last = now_us(CLOCK_MONOTONIC);

	for (int i = 0; i < 1000; i++) {
		long long now = now_us(CLOCK_MONOTONIC);

		NEED(now >= last);
		last = now;
	}
	NEED(gettimeofday(&day, NULL) == 0);
	say("after 2020: %d, times agree %d", day.tv_sec > 1577836800,
	    labs((long)(day.tv_sec - time(NULL))) <= 2);
	TRY(clock_getres(CLOCK_MONOTONIC, &clock_time));
	TRY(clock_gettime(99, &clock_time));
	TRY(clock_getres(99, &clock_time));
	while (clock() < CLOCKS_PER_SEC / 10) {
		work++;
	}
	NEED(getrusage(RUSAGE_SELF, &usage) == 0);
	say("used: %d", usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec +
					usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec >=
				90000);
	NEED(times(&tms) != (clock_t)-1);
	say("times: %d", tms.tms_utime + tms.tms_stime < 1000);
	TRY(getrusage(77, &usage));
	if (fork() == 0) {
		NEED(times(&tms) != (clock_t)-1);
		say("a child begins at nothing: %d", tms.tms_utime + tms.tms_stime < 5);
		while (clock() < CLOCKS_PER_SEC / 10) {
			work++;
		}
		_exit(0);
	}
	wait(NULL);
	NEED(getrusage(RUSAGE_CHILDREN, &usage) == 0);
	say("children used: %d", usage.ru_utime.tv_usec + usage.ru_stime.tv_usec >= 90000);
}

int main(void)
{
	alarms();
	sleeps();
	clocks();
	return 0;
}
