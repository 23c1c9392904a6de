/* The clocks. */
#include "library.h"
#include <mach/thread_info.h>
#include <mach/task_info.h>
#include <gen/mach.h>
#include <gen/mach_host.h>

#define CLOCK_REALTIME         0u
#define CLOCK_MONOTONIC        1u
#define CLOCK_PROCESS          2u
#define CLOCK_THREAD           3u
#define CLOCK_MONOTONIC_RAW    4u
#define CLOCK_REALTIME_COARSE  5u
#define CLOCK_MONOTONIC_COARSE 6u
#define CLOCK_BOOTTIME         7u

static int processor_time(struct unix_thread_page *page, bool whole, struct time_value64 *time)
{
	struct thread_basic_info thread;
	struct task_thread_times_info live;
	struct task_basic_info task;
	mach_msg_type_number_t count = THREAD_BASIC_INFO_COUNT;
	int64_t microseconds = 0;

	time->seconds = 0;
	if (!whole) {
		if (thread_info(page->thread_port, THREAD_BASIC_INFO, (thread_info_t)&thread,
				&count) != KERN_SUCCESS) {
			return -EINVAL;
		}
		time->seconds = thread.user_time.seconds + thread.system_time.seconds;
		microseconds = thread.user_time.microseconds + thread.system_time.microseconds;
	} else {
		count = TASK_THREAD_TIMES_INFO_COUNT;
		if (task_info(process->task_port, TASK_THREAD_TIMES_INFO, (task_info_t)&live,
			      &count) != KERN_SUCCESS) {
			return -EINVAL;
		}
		count = TASK_BASIC_INFO_COUNT;
		if (task_info(process->task_port, TASK_BASIC_INFO, (task_info_t)&task, &count) !=
		    KERN_SUCCESS) {
			return -EINVAL;
		}
		time->seconds = live.user_time.seconds + live.system_time.seconds +
				task.user_time.seconds + task.system_time.seconds;
		microseconds = live.user_time.microseconds + live.system_time.microseconds +
			       task.user_time.microseconds + task.system_time.microseconds;
	}
	while (microseconds >= 1000000) {
		microseconds -= 1000000;
		time->seconds++;
	}
	time->nanoseconds = microseconds * 1000;
	return 0;
}

static int now(struct unix_thread_page *page, uint32_t clock, struct time_value64 *time)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		return host_get_time64(host(), time) == KERN_SUCCESS ? 0 : -EINVAL;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		return host_get_uptime64(host(), time) == KERN_SUCCESS ? 0 : -EINVAL;
	case CLOCK_PROCESS:
	case CLOCK_THREAD:
		return processor_time(page, clock == CLOCK_PROCESS, time);
	default:
		return -EINVAL;
	}
}

DO(clock_gettime64)
{
	struct time_value64 time;

	return now(page, argument(page, 0), &time) ?: PUT(argument(page, 1), time);
}

DO(clock_gettime)
{
	struct time_value64 time;
	int32_t words[2];
	int result = now(page, argument(page, 0), &time);

	words[0] = (int32_t)time.seconds;
	words[1] = (int32_t)time.nanoseconds;
	return result ?: PUT(argument(page, 1), words);
}

/* What a wait can tell apart. */
static int resolution(struct unix_thread_page *page, struct time_value64 *time)
{
	if (argument(page, 0) > CLOCK_BOOTTIME) {
		return -EINVAL;
	}
	*time = (struct time_value64){0, 1000000};
	return 0;
}

DO(clock_getres_time64)
{
	struct time_value64 time;
	int result = resolution(page, &time);

	return result < 0 || argument(page, 1) == 0 ? result : PUT(argument(page, 1), time);
}

DO(clock_getres)
{
	struct time_value64 time;
	int32_t words[2] = {0, 1000000};
	int result = resolution(page, &time);

	return result < 0 || argument(page, 1) == 0 ? result : PUT(argument(page, 1), words);
}

DO(gettimeofday)
{
	struct time_value64 time;
	int32_t words[2];
	int32_t zone[2] = {0, 0};
	int result = now(page, CLOCK_REALTIME, &time);

	words[0] = (int32_t)time.seconds;
	words[1] = (int32_t)time.nanoseconds / 1000;
	if (result == 0 && argument(page, 0) != 0) {
		result = PUT(argument(page, 0), words);
	}
	if (result == 0 && argument(page, 1) != 0) {
		result = PUT(argument(page, 1), zone);
	}
	return result;
}

DO(time)
{
	struct time_value64 time;
	int32_t seconds = 0;
	int result = now(page, CLOCK_REALTIME, &time);

	seconds = (int32_t)time.seconds;
	if (result == 0 && argument(page, 0) != 0) {
		result = PUT(argument(page, 0), seconds);
	}
	return result ?: seconds;
}
