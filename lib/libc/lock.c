/* The small lock. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include "lock.h"

int lock_try(struct lock *lock)
{
	unsigned int expected = LOCK_FREE;

	return __atomic_compare_exchange_n(&lock->word, &expected, LOCK_HELD, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)
		       ? 0
		       : EBUSY;
}

/*
 * Whoever waits marks the lock first, and takes it marked, since it cannot know whether others
 * still wait: so a release that finds the mark wakes one, and the chain never breaks.
 */
static int acquire_slowly(struct lock *lock, const struct word_deadline *deadline)
{
	while (__atomic_exchange_n(&lock->word, LOCK_CONTENDED, __ATOMIC_ACQUIRE) != LOCK_FREE) {
		int error = word_wait(&lock->word, LOCK_CONTENDED, deadline);

		if (error != 0) {
			return error;
		}
	}
	return 0;
}

void lock_acquire(struct lock *lock)
{
	if (lock_try(lock) != 0) {
		(void)acquire_slowly(lock, NULL);
	}
}

void lock_acquire_contended(struct lock *lock)
{
	(void)acquire_slowly(lock, NULL);
}

int lock_acquire_until(struct lock *lock, const struct word_deadline *deadline)
{
	return lock_try(lock) == 0 ? 0 : acquire_slowly(lock, deadline);
}

void lock_release(struct lock *lock)
{
	if (__atomic_exchange_n(&lock->word, LOCK_FREE, __ATOMIC_RELEASE) == LOCK_CONTENDED) {
		word_wake_one(&lock->word);
	}
}
