/*
 * Locks for readers and writers.  A small lock guards the counts and is held for a few
 * instructions; who must wait does so on a sequence number that whoever makes way raises.  A
 * waiting writer keeps new readers out, so a thread that reads must not lock for reading again
 * while it does.
 */
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include "../libc/lock.h"

#define WRITER_DESTROYED ~0u /* no thread has this number */

static struct lock *guard_of(pthread_rwlock_t *lock)
{
	return (struct lock *)&lock->lock;
}

/* Whom to wake once the guard is free: the words may be gone by then, but only their addresses
   count. */
struct wake {
	const unsigned int *one;
	const unsigned int *all;
};

/* Under the guard: nobody holds the lock any more, or a writer gave up. */
static struct wake make_way(pthread_rwlock_t *lock)
{
	struct wake wake = {NULL, NULL};

	if (lock->writers_waiting != 0) {
		lock->write_sequence++;
		wake.one = &lock->write_sequence;
	} else if (lock->readers_waiting != 0) {
		lock->read_sequence++;
		wake.all = &lock->read_sequence;
	}
	return wake;
}

static void release_guard(pthread_rwlock_t *lock, struct wake wake)
{
	lock_release(guard_of(lock));
	if (wake.one != NULL) {
		word_wake_one(wake.one);
	}
	if (wake.all != NULL) {
		word_wake_all(wake.all);
	}
}

/* Leaves the guard, waits, and takes it again. */
static int wait_outside(pthread_rwlock_t *lock, unsigned int *sequence, unsigned int *waiting,
			const struct word_deadline *deadline)
{
	unsigned int seen = *sequence;
	int error = 0;

	(*waiting)++;
	lock_release(guard_of(lock));
	error = word_wait(sequence, seen, deadline);
	lock_acquire(guard_of(lock));
	(*waiting)--;
	return error;
}

/* Under the guard: what keeps a reader from trying at all. */
static int check_usable(const pthread_rwlock_t *lock)
{
	if (lock->writer == WRITER_DESTROYED) {
		return EINVAL;
	}
	return lock->writer == pthread_self() ? EDEADLK : 0;
}

static int read_blocked(const pthread_rwlock_t *lock)
{
	return lock->writer != 0 || lock->writers_waiting != 0;
}

static int write_blocked(const pthread_rwlock_t *lock)
{
	return lock->writer != 0 || lock->readers != 0;
}

static int read_until(pthread_rwlock_t *lock, const struct word_deadline *deadline)
{
	int error = 0;

	lock_acquire(guard_of(lock));
	error = check_usable(lock);
	while (error == 0 && read_blocked(lock)) {
		error = wait_outside(lock, &lock->read_sequence, &lock->readers_waiting, deadline);
		if (error != 0 && !read_blocked(lock)) {
			error = 0; /* late, but there it is */
		}
	}
	if (error == 0) {
		lock->readers++;
	}
	lock_release(guard_of(lock));
	return error;
}

static int write_until(pthread_rwlock_t *lock, const struct word_deadline *deadline)
{
	struct wake wake = {NULL, NULL};
	int error = 0;

	lock_acquire(guard_of(lock));
	error = check_usable(lock);
	while (error == 0 && write_blocked(lock)) {
		error = wait_outside(lock, &lock->write_sequence, &lock->writers_waiting, deadline);
		if (error != 0 && !write_blocked(lock)) {
			error = 0;
		}
	}
	if (error == 0) {
		lock->writer = pthread_self();
	} else if (lock->writer == 0 && lock->writers_waiting == 0) {
		wake = make_way(lock); /* readers waited for this writer only */
	}
	release_guard(lock, wake);
	return error;
}

int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
	return read_until(lock, NULL);
}

int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
	return write_until(lock, NULL);
}

int pthread_rwlock_timedrdlock(pthread_rwlock_t *restrict lock, const struct timespec *restrict at)
{
	const struct word_deadline deadline = {.clock = CLOCK_REALTIME, .at = at};

	return read_until(lock, &deadline);
}

int pthread_rwlock_timedwrlock(pthread_rwlock_t *restrict lock, const struct timespec *restrict at)
{
	const struct word_deadline deadline = {.clock = CLOCK_REALTIME, .at = at};

	return write_until(lock, &deadline);
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
	int error = 0;

	lock_acquire(guard_of(lock));
	error = lock->writer == WRITER_DESTROYED ? EINVAL : read_blocked(lock) ? EBUSY : 0;
	if (error == 0) {
		lock->readers++;
	}
	lock_release(guard_of(lock));
	return error;
}

int pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
	int error = 0;

	lock_acquire(guard_of(lock));
	error = lock->writer == WRITER_DESTROYED ? EINVAL : write_blocked(lock) ? EBUSY : 0;
	if (error == 0) {
		lock->writer = pthread_self();
	}
	lock_release(guard_of(lock));
	return error;
}

/* EPERM: another thread writes, or nobody holds the lock. */
int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
	struct wake wake = {NULL, NULL};
	int error = 0;

	lock_acquire(guard_of(lock));
	if (lock->writer == pthread_self()) {
		lock->writer = 0;
	} else if (lock->writer == 0 && lock->readers != 0) {
		lock->readers--;
	} else {
		error = lock->writer == WRITER_DESTROYED ? EINVAL : EPERM;
	}
	if (error == 0 && lock->readers == 0) {
		wake = make_way(lock);
	}
	release_guard(lock, wake);
	return error;
}

int pthread_rwlock_init(pthread_rwlock_t *restrict lock,
			const pthread_rwlockattr_t *restrict attributes)
{
	(void)attributes;
	*lock = (pthread_rwlock_t)PTHREAD_RWLOCK_INITIALIZER;
	return 0;
}

int pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
	int error = 0;

	lock_acquire(guard_of(lock));
	if (lock->writer == WRITER_DESTROYED) {
		error = EINVAL;
	} else if (write_blocked(lock) || lock->readers_waiting != 0 ||
		   lock->writers_waiting != 0) {
		error = EBUSY;
	} else {
		lock->writer = WRITER_DESTROYED;
	}
	lock_release(guard_of(lock));
	return error;
}
