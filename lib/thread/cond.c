/*
 * Condition variables: a sequence number that every signal raises and waiters sleep on.
 *
 * A waiter notes the number while it holds the mutex, so a signal after that changes the number and
 * it does not fall asleep (if 2^32 signals pass in between, it does).  A broadcast wakes one waiter
 * and moves the others to the mutex, where each unlock wakes the next; that is why a waiter takes
 * the mutex as contended.  After it was woken a waiter does not touch the condition variable: it
 * may be gone.
 */
#include <errno.h>
#include <stddef.h>
#include "../libc/word.h"
#include "mutex.h"

#define CLOCK_DESTROYED 0xffffu

static int wait_until(pthread_cond_t *condition, pthread_mutex_t *mutex,
		      const struct word_deadline *deadline)
{
	unsigned int sequence = 0;
	unsigned int depth = 0;
	int error = word_deadline_check(deadline);

	if (error == 0 && condition->clock == CLOCK_DESTROYED) {
		error = EINVAL;
	}
	if (error == 0) {
		error = mutex_check_owned(mutex);
	}
	if (error != 0) {
		return error;
	}
	condition->mutex = mutex;
	/* In this order: a broadcast lowers the flag before it raises the number. */
	sequence = __atomic_load_n(&condition->sequence, __ATOMIC_SEQ_CST);
	__atomic_store_n(&condition->waited_for, 1, __ATOMIC_SEQ_CST);
	depth = mutex_release_all(mutex);
	error = word_wait(&condition->sequence, sequence, deadline);
	mutex_acquire_again(mutex, depth);
	return error;
}

int pthread_cond_wait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex)
{
	return wait_until(condition, mutex, NULL);
}

int pthread_cond_clockwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
			   clockid_t clock, const struct timespec *restrict at)
{
	const struct word_deadline deadline = {.clock = clock, .at = at};

	return wait_until(condition, mutex, &deadline);
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
			   const struct timespec *restrict at)
{
	return pthread_cond_clockwait(condition, mutex, (clockid_t)condition->clock, at);
}

int pthread_cond_signal(pthread_cond_t *condition)
{
	if (condition->clock == CLOCK_DESTROYED) {
		return EINVAL;
	}
	if (__atomic_load_n(&condition->waited_for, __ATOMIC_SEQ_CST) != 0) {
		(void)__atomic_add_fetch(&condition->sequence, 1, __ATOMIC_SEQ_CST);
		word_wake_one(&condition->sequence);
	}
	return 0;
}

int pthread_cond_broadcast(pthread_cond_t *condition)
{
	if (condition->clock == CLOCK_DESTROYED) {
		return EINVAL;
	}
	if (__atomic_exchange_n(&condition->waited_for, 0, __ATOMIC_SEQ_CST) != 0) {
		/* Read first: once the number is raised a waiter may give all of this back. */
		const pthread_mutex_t *mutex = condition->mutex;

		(void)__atomic_add_fetch(&condition->sequence, 1, __ATOMIC_SEQ_CST);
		word_requeue(&condition->sequence, &mutex->word);
	}
	return 0;
}

int pthread_cond_init(pthread_cond_t *restrict condition,
		      const pthread_condattr_t *restrict attributes)
{
	*condition = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	if (attributes != NULL) {
		condition->clock = attributes->clock;
	}
	return 0;
}

int pthread_cond_destroy(pthread_cond_t *condition)
{
	if (condition->clock == CLOCK_DESTROYED) {
		return EINVAL;
	}
	condition->clock = CLOCK_DESTROYED;
	return 0;
}

int pthread_condattr_init(pthread_condattr_t *attributes)
{
	attributes->clock = CLOCK_REALTIME;
	return 0;
}

int pthread_condattr_destroy(pthread_condattr_t *attributes)
{
	(void)attributes;
	return 0;
}

int pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock)
{
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) {
		return EINVAL;
	}
	attributes->clock = (unsigned int)clock;
	return 0;
}

int pthread_condattr_getclock(const pthread_condattr_t *restrict attributes,
			      clockid_t *restrict clock)
{
	*clock = (clockid_t)attributes->clock;
	return 0;
}
