/* TEST: oracle=no libc=yes timeout=90 */
/* Mutexes, read-write locks, barriers and once of lib/thread. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include "lib/harness.h"

#define THREADS 8
#define ROUNDS  20000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static volatile long long total; /* two words: an addition is not atomic */
static volatile int inside;
static volatile int overlaps;

/* The time "ms" from now. */
static struct timespec in_ms(clockid_t clock, long ms)
{
	struct timespec at = {0, 0};

	(void)clock_gettime(clock, &at);
	at.tv_sec += (at.tv_nsec + ms * 1000000) / 1000000000;
	at.tv_nsec = (at.tv_nsec + ms * 1000000) % 1000000000;
	return at;
}

static void run_threads(int count, void *(*function)(void *))
{
	pthread_t threads[THREADS];

	for (int i = 0; i < count; i++) {
		NEED_KR(pthread_create(&threads[i], NULL, function, (void *)i));
	}
	for (int i = 0; i < count; i++) {
		NEED_KR(pthread_join(threads[i], NULL));
	}
}

static void *add(void *argument)
{
	int self = (int)argument;

	for (int i = 0; i < ROUNDS; i++) {
		(void)pthread_mutex_lock(&mutex);
		if (inside++ != 0) {
			overlaps++;
		}
		total += 0x100000001ll;
		/* Now and then the processor changes hands while the lock is held. */
		if ((i + self) % 97 == 0) {
			(void)sched_yield();
		}
		inside--;
		(void)pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void check_exclusion(void)
{
	run_threads(THREADS, add);
	CHECK(total == 0x100000001ll * THREADS * ROUNDS);
	CHECK_EQ(overlaps, 0);
	CHECK_EQ(pthread_mutex_destroy(&mutex), 0);
	CHECK_EQ(pthread_mutex_lock(&mutex), EINVAL);
}

static pthread_mutex_t typed;
static int other_results[4];

static void *try_typed(void *argument)
{
	struct timespec soon = in_ms(CLOCK_REALTIME, 30);

	(void)argument;
	other_results[0] = pthread_mutex_trylock(&typed);
	other_results[1] = pthread_mutex_unlock(&typed);
	other_results[2] = pthread_mutex_timedlock(&typed, &soon);
	soon.tv_nsec = 1000000000;
	other_results[3] = pthread_mutex_timedlock(&typed, &soon);
	return NULL;
}

/* Makes "typed" of a type, locks it, and lets another thread try. */
static void lock_typed(int type)
{
	pthread_mutexattr_t attributes;

	CHECK_EQ(pthread_mutexattr_init(&attributes), 0);
	CHECK_EQ(pthread_mutexattr_settype(&attributes, type), 0);
	CHECK_EQ(pthread_mutex_init(&typed, &attributes), 0);
	CHECK_EQ(pthread_mutexattr_settype(&attributes, 9), EINVAL);
	CHECK_EQ(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED), ENOSYS);
	CHECK_EQ(pthread_mutex_unlock(&typed), EPERM);
	CHECK_EQ(pthread_mutex_lock(&typed), 0);
	run_threads(1, try_typed);
	CHECK_EQ(other_results[0], EBUSY);
	CHECK_EQ(other_results[1], EPERM);
	CHECK_EQ(other_results[2], ETIMEDOUT);
	CHECK_EQ(other_results[3], EINVAL);
	CHECK_EQ(pthread_mutex_destroy(&typed), EBUSY);
}

static void check_types(void)
{
	struct timespec soon;

	test_group_begin("normal");
	lock_typed(PTHREAD_MUTEX_NORMAL);
	CHECK_EQ(pthread_mutex_trylock(&typed), EBUSY);
	soon = in_ms(CLOCK_REALTIME, 20);
	CHECK_EQ(pthread_mutex_timedlock(&typed, &soon), ETIMEDOUT);
	soon = in_ms(CLOCK_MONOTONIC, 20);
	CHECK_EQ(pthread_mutex_clocklock(&typed, CLOCK_MONOTONIC, &soon), ETIMEDOUT);
	CHECK_EQ(pthread_mutex_unlock(&typed), 0);
	CHECK_EQ(pthread_mutex_timedlock(&typed, &soon), 0); /* free: the time does not matter */
	CHECK_EQ(pthread_mutex_unlock(&typed), 0);
	test_group_end();

	test_group_begin("recursive");
	lock_typed(PTHREAD_MUTEX_RECURSIVE);
	CHECK_EQ(pthread_mutex_lock(&typed), 0);
	CHECK_EQ(pthread_mutex_trylock(&typed), 0);
	CHECK_EQ(pthread_mutex_unlock(&typed), 0);
	CHECK_EQ(pthread_mutex_unlock(&typed), 0);
	run_threads(1, try_typed);
	CHECK_EQ(other_results[0], EBUSY);
	CHECK_EQ(pthread_mutex_unlock(&typed), 0);
	CHECK_EQ(pthread_mutex_unlock(&typed), EPERM);
	test_group_end();

	test_group_begin("errorcheck");
	lock_typed(PTHREAD_MUTEX_ERRORCHECK);
	CHECK_EQ(pthread_mutex_lock(&typed), EDEADLK);
	CHECK_EQ(pthread_mutex_trylock(&typed), EBUSY);
	CHECK_EQ(pthread_mutex_unlock(&typed), 0);
	CHECK_EQ(pthread_mutex_destroy(&typed), 0);
	test_group_end();
}

static void *hold(void *argument)
{
	const struct timespec nap = {0, 40000000};

	(void)argument;
	(void)pthread_mutex_lock(&typed);
	inside = 1;
	(void)nanosleep(&nap, NULL);
	inside = 0;
	(void)pthread_mutex_unlock(&typed);
	return NULL;
}

/* A timed lock that is freed in time. */
static void check_timed(void)
{
	pthread_t thread = 0;
	struct timespec late = in_ms(CLOCK_REALTIME, 5000);

	NEED_KR(pthread_mutex_init(&typed, NULL));
	NEED_KR(pthread_create(&thread, NULL, hold, NULL));
	CHECK(TEST_WAIT_UNTIL(inside == 1));
	CHECK_EQ(pthread_mutex_timedlock(&typed, &late), 0);
	CHECK_EQ(inside, 0);
	CHECK_EQ(pthread_mutex_unlock(&typed), 0);
	NEED_KR(pthread_join(thread, NULL));
}

static volatile int stage;

/* Takes the lock once the other holds it: that one gets here only by losing the processor. */
static void *come_second(void *argument)
{
	(void)argument;
	while (stage == 0) {
	}
	stage = 2;
	(void)pthread_mutex_lock(&typed);
	stage = stage == 3 ? 4 : 99;
	(void)pthread_mutex_unlock(&typed);
	return NULL;
}

/* The holder of a lock is preempted in the middle: nobody else gets it. */
static void check_preemption(void)
{
	pthread_t thread = 0;

	test_group_begin("preempted while it holds the lock, 5 times");
	for (int i = 0; i < 5; i++) {
		stage = 0;
		NEED_KR(pthread_create(&thread, NULL, come_second, NULL));
		CHECK_EQ(pthread_mutex_lock(&typed), 0);
		stage = 1;
		while (stage != 2) {
		}
		(void)sched_yield();
		stage = 3;
		CHECK_EQ(pthread_mutex_unlock(&typed), 0);
		NEED_KR(pthread_join(thread, NULL));
		CHECK_EQ(stage, 4);
	}
	test_group_end();
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static volatile int once_calls;
static volatile int once_early;

static void initialise(void)
{
	const struct timespec nap = {0, 20000000};

	(void)nanosleep(&nap, NULL);
	once_calls++;
}

static void *call_once(void *argument)
{
	(void)argument;
	(void)pthread_once(&once, initialise);
	if (once_calls != 1) {
		once_early++;
	}
	return NULL;
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static volatile int readers;
static volatile int writers;
static volatile int readers_most;
static volatile int rwlock_wrong;

static void read_section(void)
{
	int now = __atomic_add_fetch(&readers, 1, __ATOMIC_SEQ_CST);

	if (writers != 0) {
		rwlock_wrong++;
	}
	if (now > readers_most) {
		readers_most = now;
	}
	(void)sched_yield();
	(void)__atomic_sub_fetch(&readers, 1, __ATOMIC_SEQ_CST);
}

static void write_section(void)
{
	if (writers++ != 0 || readers != 0) {
		rwlock_wrong++;
	}
	(void)sched_yield();
	total++;
	writers--;
}

static void *read_and_write(void *argument)
{
	int self = (int)argument;

	for (int i = 0; i < 500; i++) {
		if ((i + self) % 4 == 0) {
			(void)pthread_rwlock_wrlock(&rwlock);
			write_section();
		} else {
			(void)pthread_rwlock_rdlock(&rwlock);
			read_section();
		}
		(void)pthread_rwlock_unlock(&rwlock);
	}
	return NULL;
}

static void *try_rwlock(void *argument)
{
	struct timespec soon = in_ms(CLOCK_REALTIME, 20);

	(void)argument;
	other_results[0] = pthread_rwlock_tryrdlock(&rwlock);
	other_results[1] = pthread_rwlock_trywrlock(&rwlock);
	other_results[2] = pthread_rwlock_timedwrlock(&rwlock, &soon);
	soon = in_ms(CLOCK_REALTIME, 20);
	other_results[3] = pthread_rwlock_timedrdlock(&rwlock, &soon);
	if (other_results[3] == 0) {
		(void)pthread_rwlock_unlock(&rwlock);
	}
	if (other_results[0] == 0) {
		(void)pthread_rwlock_unlock(&rwlock);
	}
	return NULL;
}

static void check_rwlock(void)
{
	total = 0;
	run_threads(THREADS, read_and_write);
	CHECK_EQ(rwlock_wrong, 0);
	CHECK_EQ(total, THREADS * 125);
	CHECK(readers_most > 1);
	CHECK_EQ(pthread_rwlock_unlock(&rwlock), EPERM);
	CHECK_EQ(pthread_rwlock_wrlock(&rwlock), 0);
	CHECK_EQ(pthread_rwlock_wrlock(&rwlock), EDEADLK);
	CHECK_EQ(pthread_rwlock_rdlock(&rwlock), EDEADLK);
	run_threads(1, try_rwlock);
	CHECK_EQ(other_results[0], EBUSY);
	CHECK_EQ(other_results[1], EBUSY);
	CHECK_EQ(other_results[2], ETIMEDOUT);
	CHECK_EQ(other_results[3], ETIMEDOUT);
	CHECK_EQ(pthread_rwlock_destroy(&rwlock), EBUSY);
	CHECK_EQ(pthread_rwlock_unlock(&rwlock), 0);
	CHECK_EQ(pthread_rwlock_rdlock(&rwlock), 0);
	run_threads(1, try_rwlock);
	CHECK_EQ(other_results[0], 0);
	CHECK_EQ(other_results[1], EBUSY);
	CHECK_EQ(other_results[2], ETIMEDOUT);
	CHECK_EQ(other_results[3], 0); /* the writer that gave up lets readers in again */
	CHECK_EQ(pthread_rwlock_unlock(&rwlock), 0);
	CHECK_EQ(pthread_rwlock_destroy(&rwlock), 0);
	CHECK_EQ(pthread_rwlock_rdlock(&rwlock), EINVAL);
}

static pthread_barrier_t barrier;
static unsigned int arrivals;
static volatile int serial_threads;
static volatile int barrier_wrong;

static void *meet(void *argument)
{
	(void)argument;
	for (unsigned int round = 1; round <= 50; round++) {
		(void)__atomic_add_fetch(&arrivals, 1, __ATOMIC_SEQ_CST);
		if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) {
			(void)__atomic_add_fetch(&serial_threads, 1, __ATOMIC_SEQ_CST);
		}
		if (__atomic_load_n(&arrivals, __ATOMIC_SEQ_CST) < round * THREADS) {
			barrier_wrong++;
		}
		(void)pthread_barrier_wait(&barrier);
	}
	return NULL;
}

/* Whoever is told to may destroy the barrier at once and use its memory for something else. */
static void *meet_once(void *argument)
{
	(void)argument;
	if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) {
		serial_threads = pthread_barrier_destroy(&barrier);
		memset(&barrier, 0x5a, sizeof barrier);
	}
	return NULL;
}

static void check_barrier(void)
{
	CHECK_EQ(pthread_barrier_init(&barrier, NULL, 0), EINVAL);
	CHECK_EQ(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	run_threads(THREADS, meet);
	CHECK_EQ(barrier_wrong, 0);
	CHECK_EQ(serial_threads, 50);
	CHECK_EQ(pthread_barrier_destroy(&barrier), 0);
	CHECK_EQ(pthread_barrier_wait(&barrier), EINVAL);
	test_group_begin("a barrier destroyed by its serial thread, 50 times");
	for (int i = 0; i < 50; i++) {
		NEED_KR(pthread_barrier_init(&barrier, NULL, THREADS));
		run_threads(THREADS, meet_once);
		CHECK_EQ(serial_threads, 0);
	}
	test_group_end();
}

int main(int argc, char **argv)
{
	run_threads(THREADS, call_once); /* before objects are counted */
	test_begin(argc, argv, "pthread_mutex");
	CHECK_EQ(once_calls, 1);
	CHECK_EQ(once_early, 0);
	check_exclusion();
	check_types();
	check_timed();
	check_preemption();
	check_rwlock();
	check_barrier();
	test_end();
}
