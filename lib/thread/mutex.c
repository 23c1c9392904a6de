/* Mutexes: the small lock, with an owner and a type. */
#include <errno.h>
#include <stddef.h>
#include "../libc/lock.h"
#include "mutex.h"

#define TYPE_DESTROYED 0xffffu

_Static_assert(sizeof(struct lock) == sizeof(unsigned int), "a lock is the mutex's first word");

static struct lock *lock_of(pthread_mutex_t *mutex)
{
	return (struct lock *)&mutex->word;
}

/* Only the owner itself can find its own number here, so no lock is needed to compare. */
static int is_owner(const pthread_mutex_t *mutex)
{
	return __atomic_load_n(&mutex->owner, __ATOMIC_RELAXED) == pthread_self();
}

static void now_owned(pthread_mutex_t *mutex, unsigned int depth)
{
	__atomic_store_n(&mutex->owner, pthread_self(), __ATOMIC_RELAXED);
	mutex->depth = depth;
}

/*
 * What locking means to a thread that already has it: 0, done; EDEADLK, EBUSY, EAGAIN; -1: it is
 * not its own (or a normal one, which waits for itself).
 */
static int lock_own(pthread_mutex_t *mutex)
{
	if (mutex->type == TYPE_DESTROYED) {
		return EINVAL;
	}
	if (mutex->type == PTHREAD_MUTEX_NORMAL || !is_owner(mutex)) {
		return -1;
	}
	if (mutex->type == PTHREAD_MUTEX_ERRORCHECK) {
		return EDEADLK;
	}
	if (mutex->depth == ~0u) {
		return EAGAIN;
	}
	mutex->depth++;
	return 0;
}

static int lock_until(pthread_mutex_t *mutex, const struct word_deadline *deadline)
{
	int error = lock_own(mutex);

	if (error >= 0) {
		return error;
	}
	error = lock_acquire_until(lock_of(mutex), deadline);
	if (error == 0) {
		now_owned(mutex, 1);
	}
	return error;
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	return lock_until(mutex, NULL);
}

int pthread_mutex_clocklock(pthread_mutex_t *restrict mutex, clockid_t clock,
			    const struct timespec *restrict at)
{
	const struct word_deadline deadline = {.clock = clock, .at = at};

	return lock_until(mutex, &deadline);
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict at)
{
	return pthread_mutex_clocklock(mutex, CLOCK_REALTIME, at);
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
	int error = lock_own(mutex);

	if (error >= 0) {
		return error == EDEADLK ? EBUSY : error;
	}
	error = lock_try(lock_of(mutex));
	if (error == 0) {
		now_owned(mutex, 1);
	}
	return error;
}

int mutex_check_owned(const pthread_mutex_t *mutex)
{
	if (mutex->type == TYPE_DESTROYED) {
		return EINVAL;
	}
	return is_owner(mutex) ? 0 : EPERM;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	int error = mutex_check_owned(mutex);

	if (error == 0 && --mutex->depth == 0) {
		(void)mutex_release_all(mutex);
	}
	return error;
}

unsigned int mutex_release_all(pthread_mutex_t *mutex)
{
	unsigned int depth = mutex->depth;

	__atomic_store_n(&mutex->owner, 0, __ATOMIC_RELAXED);
	lock_release(lock_of(mutex));
	return depth;
}

void mutex_acquire_again(pthread_mutex_t *mutex, unsigned int depth)
{
	lock_acquire_contended(lock_of(mutex));
	now_owned(mutex, depth);
}

int pthread_mutex_init(pthread_mutex_t *restrict mutex,
		       const pthread_mutexattr_t *restrict attributes)
{
	*mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	if (attributes != NULL) {
		mutex->type = attributes->type;
	}
	return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
	if (mutex->type == TYPE_DESTROYED) {
		return EINVAL;
	}
	if (__atomic_load_n(&mutex->word, __ATOMIC_RELAXED) != LOCK_FREE) {
		return EBUSY;
	}
	mutex->type = TYPE_DESTROYED;
	return 0;
}

int pthread_mutexattr_init(pthread_mutexattr_t *attributes)
{
	attributes->type = PTHREAD_MUTEX_DEFAULT;
	return 0;
}

int pthread_mutexattr_destroy(pthread_mutexattr_t *attributes)
{
	(void)attributes;
	return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t *attributes, int type)
{
	if (type != PTHREAD_MUTEX_NORMAL && type != PTHREAD_MUTEX_RECURSIVE &&
	    type != PTHREAD_MUTEX_ERRORCHECK) {
		return EINVAL;
	}
	attributes->type = (unsigned int)type;
	return 0;
}

int pthread_mutexattr_gettype(const pthread_mutexattr_t *restrict attributes, int *restrict type)
{
	*type = (int)attributes->type;
	return 0;
}

/* The words are private to the task. */
int pthread_mutexattr_setpshared(pthread_mutexattr_t *attributes, int shared)
{
	(void)attributes;
	return shared == PTHREAD_PROCESS_PRIVATE ? 0 : ENOSYS;
}
