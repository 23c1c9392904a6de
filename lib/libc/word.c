/* Waiting on words of memory. */
#include <errno.h>
#include <stdint.h>
#include <libmach.h>
#include <mach/gsync.h>
#include <gen/gnumach.h>
#include "word.h"

/* The longest single wait; a longer one is made of several. */
#define WAIT_MS_MAX 1000000000

int word_deadline_check(const struct word_deadline *deadline)
{
	if (deadline == NULL) {
		return 0;
	}
	if (deadline->clock != CLOCK_REALTIME && deadline->clock != CLOCK_MONOTONIC) {
		return EINVAL;
	}
	if (deadline->at->tv_nsec < 0 || deadline->at->tv_nsec >= 1000000000) {
		return EINVAL;
	}
	return 0;
}

/* Milliseconds until the deadline, rounded up, as nobody may be woken too early; 0: it passed. */
static natural_t remaining_ms(const struct word_deadline *deadline)
{
	struct timespec now = {0, 0};
	int64_t seconds = 0;
	int64_t nanoseconds = 0;

	(void)clock_gettime(deadline->clock, &now);
	if (deadline->at->tv_sec < now.tv_sec) {
		return 0;
	}
	seconds = deadline->at->tv_sec - now.tv_sec;
	if (seconds > WAIT_MS_MAX / 1000) {
		return WAIT_MS_MAX;
	}
	nanoseconds = seconds * 1000000000 + deadline->at->tv_nsec - now.tv_nsec;
	return nanoseconds <= 0 ? 0 : (natural_t)((nanoseconds + 999999) / 1000000);
}

int word_wait(unsigned int *word, unsigned int value, const struct word_deadline *deadline)
{
	natural_t time_ms = 0;
	kern_return_t result = KERN_SUCCESS;
	int error = word_deadline_check(deadline);

	if (error != 0) {
		return error;
	}
	if (deadline != NULL) {
		time_ms = remaining_ms(deadline);
		if (time_ms == 0) {
			return ETIMEDOUT;
		}
	}
	result = gsync_wait(mach_task_self(), (vm_address_t)word, value, 0, time_ms,
			    deadline != NULL ? GSYNC_TIMED : 0);
	if (result == KERN_TIMEDOUT) {
		return remaining_ms(deadline) == 0 ? ETIMEDOUT : 0;
	}
	if (result != KERN_SUCCESS && result != KERN_INVALID_ARGUMENT &&
	    result != KERN_INTERRUPTED) {
		/* The kernel has no memory for the wait: let others run, and look again. */
		(void)swtch_pri(0);
	}
	return 0;
}

void word_wake_one(const unsigned int *word)
{
	(void)gsync_wake(mach_task_self(), (vm_address_t)word, 0, 0);
}

void word_wake_all(const unsigned int *word)
{
	(void)gsync_wake(mach_task_self(), (vm_address_t)word, 0, GSYNC_BROADCAST);
}

void word_requeue(const unsigned int *from, const unsigned int *to)
{
	if (gsync_requeue(mach_task_self(), (vm_address_t)from, (vm_address_t)to, TRUE,
			  GSYNC_BROADCAST) != KERN_SUCCESS) {
		word_wake_all(from);
	}
}
