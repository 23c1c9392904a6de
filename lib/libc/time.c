/*
 * Time, asked of the kernel: wall time (host_get_time64) and the time since boot
 * (host_get_uptime64, which nobody can set).  The mapped device "time" would spare the message, but
 * opening it takes the device master port, which servers do not have.
 */
#include <errno.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>
#include <libmach.h>
#include <mach/task_info.h>
#include <gen/mach.h>
#include <gen/mach_host.h>
#include "word.h"

static int fail(int error)
{
	errno = error;
	return -1;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
	struct time_value64 value = {0, 0};
	kern_return_t result = KERN_INVALID_ARGUMENT;

	if (clock == CLOCK_REALTIME) {
		result = host_get_time64(mach_host_self(), &value);
	} else if (clock == CLOCK_MONOTONIC) {
		result = host_get_uptime64(mach_host_self(), &value);
	}
	if (result != KERN_SUCCESS) {
		return fail(EINVAL);
	}
	time->tv_sec = (time_t)value.seconds;
	time->tv_nsec = (long)value.nanoseconds;
	return 0;
}

/* What a wait can tell apart; reading the clock is finer. */
int clock_getres(clockid_t clock, struct timespec *resolution)
{
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) {
		return fail(EINVAL);
	}
	if (resolution != NULL) {
		resolution->tv_sec = 0;
		resolution->tv_nsec = 1000000;
	}
	return 0;
}

/* Setting the node's time takes the privileged host port. */
int clock_settime(clockid_t clock, const struct timespec *time)
{
	(void)time;
	return fail(clock == CLOCK_REALTIME ? EPERM : EINVAL);
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
	struct timespec now = {0, 0};

	(void)zone; /* of no meaning, as POSIX has it */
	if (clock_gettime(CLOCK_REALTIME, &now) != 0) {
		return -1;
	}
	time->tv_sec = now.tv_sec;
	time->tv_usec = now.tv_nsec / 1000;
	return 0;
}

/* Waits on a word that nobody wakes; 0, or EINVAL. */
static int sleep_until(clockid_t clock, const struct timespec *at)
{
	const struct word_deadline deadline = {.clock = clock, .at = at};
	unsigned int nobody = 0;
	int error = 0;

	while (error == 0) {
		error = word_wait(&nobody, 0, &deadline);
	}
	return error == ETIMEDOUT ? 0 : error;
}

/* Nothing interrupts a sleep, so nothing ever remains of it. */
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
		    struct timespec *remaining)
{
	struct timespec at = {0, 0};

	(void)remaining;
	if (time->tv_nsec < 0 || time->tv_nsec >= 1000000000 || time->tv_sec < 0) {
		return EINVAL;
	}
	if ((flags & TIMER_ABSTIME) != 0) {
		return sleep_until(clock, time);
	}
	if (clock_gettime(clock, &at) != 0) {
		return EINVAL;
	}
	at.tv_sec += time->tv_sec;
	at.tv_nsec += time->tv_nsec;
	if (at.tv_nsec >= 1000000000) {
		at.tv_nsec -= 1000000000;
		at.tv_sec++;
	}
	return sleep_until(clock, &at);
}

int nanosleep(const struct timespec *time, struct timespec *remaining)
{
	int error = clock_nanosleep(CLOCK_MONOTONIC, 0, time, remaining);

	return error == 0 ? 0 : fail(error);
}

int usleep(useconds_t time_us)
{
	const struct timespec time = {time_us / 1000000, (long)(time_us % 1000000) * 1000};

	return nanosleep(&time, NULL);
}

unsigned int sleep(unsigned int time_s)
{
	const struct timespec time = {time_s, 0};

	(void)nanosleep(&time, NULL);
	return 0;
}

static clock_t ticks(const time_value_t *ended, const time_value_t *living)
{
	return (clock_t)((ended->seconds + living->seconds) * CLOCKS_PER_SEC +
			 (ended->microseconds + living->microseconds) / (1000000 / CLOCKS_PER_SEC));
}

/* The processor time of this task; the value is the time since boot, in the same ticks. */
clock_t times(struct tms *used)
{
	struct task_basic_info ended = {0};
	struct task_thread_times_info living = {{0, 0}, {0, 0}};
	mach_msg_type_number_t count = TASK_BASIC_INFO_COUNT;
	struct timespec now = {0, 0};

	(void)task_info(mach_task_self(), TASK_BASIC_INFO, (task_info_t)&ended, &count);
	count = TASK_THREAD_TIMES_INFO_COUNT;
	(void)task_info(mach_task_self(), TASK_THREAD_TIMES_INFO, (task_info_t)&living, &count);
	used->tms_utime = ticks(&ended.user_time, &living.user_time);
	used->tms_stime = ticks(&ended.system_time, &living.system_time);
	used->tms_cutime = 0;
	used->tms_cstime = 0;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (clock_t)(now.tv_sec * CLOCKS_PER_SEC + now.tv_nsec / (1000000000 / CLOCKS_PER_SEC));
}
