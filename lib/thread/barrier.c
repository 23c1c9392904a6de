/* Barriers. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include "../libc/lock.h"

static struct lock *guard_of(pthread_barrier_t *barrier)
{
	return (struct lock *)&barrier->lock;
}

int pthread_barrier_init(pthread_barrier_t *restrict barrier,
			 const pthread_barrierattr_t *restrict attributes, unsigned int needed)
{
	(void)attributes;
	if (needed == 0 || needed > INT_MAX) {
		return EINVAL;
	}
	*barrier = (pthread_barrier_t){.needed = needed};
	return 0;
}

/* Sleeps until the generation is another one than "generation". */
static void wait_for_others(pthread_barrier_t *barrier, unsigned int generation)
{
	while (__atomic_load_n(&barrier->generation, __ATOMIC_ACQUIRE) == generation) {
		(void)word_wait(&barrier->generation, generation, NULL);
	}
}

/* Leaving is the last touch: pthread_barrier_destroy waits for it. */
static void leave(pthread_barrier_t *barrier)
{
	if (__atomic_sub_fetch(&barrier->inside, 1, __ATOMIC_ACQ_REL) == 0) {
		word_wake_all(&barrier->inside);
	}
}

int pthread_barrier_wait(pthread_barrier_t *barrier)
{
	unsigned int generation = 0;
	int is_last = 0;

	lock_acquire(guard_of(barrier));
	if (barrier->needed == 0) {
		lock_release(guard_of(barrier));
		return EINVAL;
	}
	(void)__atomic_add_fetch(&barrier->inside, 1, __ATOMIC_ACQ_REL);
	generation = barrier->generation;
	is_last = ++barrier->arrived == barrier->needed;
	if (is_last) {
		barrier->arrived = 0;
		__atomic_store_n(&barrier->generation, generation + 1, __ATOMIC_RELEASE);
	}
	lock_release(guard_of(barrier));
	if (is_last) {
		word_wake_all(&barrier->generation);
	} else {
		wait_for_others(barrier, generation);
	}
	leave(barrier);
	return is_last ? PTHREAD_BARRIER_SERIAL_THREAD : 0;
}

/* EBUSY: threads wait for more to come.  Waits for those that were let go and have not left yet. */
int pthread_barrier_destroy(pthread_barrier_t *barrier)
{
	unsigned int inside = 0;
	int error = 0;

	lock_acquire(guard_of(barrier));
	if (barrier->needed == 0) {
		error = EINVAL;
	} else if (barrier->arrived != 0) {
		error = EBUSY;
	} else {
		barrier->needed = 0;
	}
	lock_release(guard_of(barrier));
	while (error == 0 && (inside = __atomic_load_n(&barrier->inside, __ATOMIC_ACQUIRE)) != 0) {
		(void)word_wait(&barrier->inside, inside, NULL);
	}
	return error;
}
