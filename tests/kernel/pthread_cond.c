/* TEST: oracle=no libc=yes timeout=90 */
/* Condition variables of lib/thread: signals, broadcasts, time limits, producers and consumers. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include "lib/harness.h"

#define WAITERS   6
#define PRODUCERS 4
#define CONSUMERS 4
#define ITEMS     10000
#define SLOTS     16

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int waiting;
static int tickets;
static int woken;

static struct timespec in_ms(clockid_t clock, long ms)
{
	struct timespec at = {0, 0};

	(void)clock_gettime(clock, &at);
	at.tv_sec += (at.tv_nsec + ms * 1000000) / 1000000000;
	at.tv_nsec = (at.tv_nsec + ms * 1000000) % 1000000000;
	return at;
}

static void *wait_for_ticket(void *argument)
{
	(void)argument;
	(void)pthread_mutex_lock(&mutex);
	waiting++;
	while (tickets == 0) {
		(void)pthread_cond_wait(&condition, &mutex);
	}
	tickets--;
	woken++;
	(void)pthread_mutex_unlock(&mutex);
	return NULL;
}

static int read_locked(const int *value)
{
	int result = 0;

	(void)pthread_mutex_lock(&mutex);
	result = *value;
	(void)pthread_mutex_unlock(&mutex);
	return result;
}

static void start_waiters(pthread_t *threads)
{
	waiting = 0;
	woken = 0;
	tickets = 0;
	for (int i = 0; i < WAITERS; i++) {
		NEED_KR(pthread_create(&threads[i], NULL, wait_for_ticket, NULL));
	}
	CHECK(TEST_WAIT_UNTIL(read_locked(&waiting) == WAITERS));
}

static void check_signal(void)
{
	pthread_t threads[WAITERS];

	test_group_begin("a signal wakes one");
	start_waiters(threads);
	for (int i = 1; i <= WAITERS; i++) {
		(void)pthread_mutex_lock(&mutex);
		tickets++;
		CHECK_EQ(pthread_cond_signal(&condition), 0);
		(void)pthread_mutex_unlock(&mutex);
		CHECK(TEST_WAIT_UNTIL(read_locked(&woken) == i));
	}
	for (int i = 0; i < WAITERS; i++) {
		NEED_KR(pthread_join(threads[i], NULL));
	}
	test_group_end();
}

static void check_broadcast(int held)
{
	pthread_t threads[WAITERS];

	test_group_begin(held ? "a broadcast with the mutex held wakes all"
			      : "a broadcast without the mutex wakes all");
	start_waiters(threads);
	(void)pthread_mutex_lock(&mutex);
	tickets = WAITERS;
	if (!held) {
		(void)pthread_mutex_unlock(&mutex);
	}
	CHECK_EQ(pthread_cond_broadcast(&condition), 0);
	if (held) {
		(void)pthread_mutex_unlock(&mutex);
	}
	for (int i = 0; i < WAITERS; i++) {
		NEED_KR(pthread_join(threads[i], NULL));
	}
	CHECK_EQ(woken, WAITERS);
	CHECK_EQ(tickets, 0);
	test_group_end();
}

static void check_time(void)
{
	pthread_cond_t monotonic;
	pthread_condattr_t attributes;
	struct timespec at = in_ms(CLOCK_REALTIME, 40);
	struct timespec now = {0, 0};
	clockid_t clock = 0;

	(void)pthread_mutex_lock(&mutex);
	CHECK_EQ(pthread_cond_timedwait(&condition, &mutex, &at), ETIMEDOUT);
	(void)clock_gettime(CLOCK_REALTIME, &now);
	CHECK(now.tv_sec > at.tv_sec || (now.tv_sec == at.tv_sec && now.tv_nsec >= at.tv_nsec));
	CHECK_EQ(pthread_cond_timedwait(&condition, &mutex, &at), ETIMEDOUT); /* in the past */
	at.tv_nsec = -1;
	CHECK_EQ(pthread_cond_timedwait(&condition, &mutex, &at), EINVAL);
	CHECK_EQ(pthread_condattr_init(&attributes), 0);
	CHECK_EQ(pthread_condattr_setclock(&attributes, (clockid_t)55), EINVAL);
	CHECK_EQ(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC), 0);
	CHECK_EQ(pthread_condattr_getclock(&attributes, &clock), 0);
	CHECK_EQ(clock, CLOCK_MONOTONIC);
	CHECK_EQ(pthread_cond_init(&monotonic, &attributes), 0);
	at = in_ms(CLOCK_MONOTONIC, 40);
	CHECK_EQ(pthread_cond_timedwait(&monotonic, &mutex, &at), ETIMEDOUT);
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	CHECK(now.tv_sec > at.tv_sec || (now.tv_sec == at.tv_sec && now.tv_nsec >= at.tv_nsec));
	at = in_ms(CLOCK_REALTIME, 20);
	CHECK_EQ(pthread_cond_clockwait(&monotonic, &mutex, CLOCK_REALTIME, &at), ETIMEDOUT);
	(void)pthread_mutex_unlock(&mutex);
	CHECK_EQ(pthread_cond_wait(&monotonic, &mutex), EPERM);
	CHECK_EQ(pthread_cond_destroy(&monotonic), 0);
	CHECK_EQ(pthread_cond_signal(&monotonic), EINVAL);
}

/* The queue of the producers and consumers. */
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER;
static int slots[SLOTS];
static int filled;
static int taken_total;
static unsigned char seen[ITEMS];

static void *produce(void *argument)
{
	int first = (int)argument;

	for (int item = first; item < ITEMS; item += PRODUCERS) {
		(void)pthread_mutex_lock(&mutex);
		while (filled == SLOTS) {
			(void)pthread_cond_wait(&not_full, &mutex);
		}
		slots[filled++] = item;
		(void)pthread_cond_signal(&not_empty);
		(void)pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void *consume(void *argument)
{
	int mine = 0;

	(void)argument;
	for (;;) {
		(void)pthread_mutex_lock(&mutex);
		while (filled == 0 && taken_total < ITEMS) {
			(void)pthread_cond_wait(&not_empty, &mutex);
		}
		if (filled == 0) {
			break;
		}
		seen[slots[--filled]]++;
		mine++;
		if (++taken_total == ITEMS) {
			(void)pthread_cond_broadcast(&not_empty);
		}
		(void)pthread_cond_signal(&not_full);
		(void)pthread_mutex_unlock(&mutex);
	}
	(void)pthread_mutex_unlock(&mutex);
	return (void *)mine;
}

static void check_queue(void)
{
	pthread_t threads[PRODUCERS + CONSUMERS];
	int taken = 0;
	int wrong = 0;

	for (int i = 0; i < CONSUMERS; i++) {
		NEED_KR(pthread_create(&threads[i], NULL, consume, NULL));
	}
	for (int i = 0; i < PRODUCERS; i++) {
		NEED_KR(pthread_create(&threads[CONSUMERS + i], NULL, produce, (void *)i));
	}
	for (int i = 0; i < PRODUCERS + CONSUMERS; i++) {
		void *mine = NULL;

		NEED_KR(pthread_join(threads[i], &mine));
		taken += (int)mine;
	}
	for (int i = 0; i < ITEMS; i++) {
		wrong += seen[i] != 1;
	}
	CHECK_EQ(taken, ITEMS);
	CHECK_EQ(wrong, 0); /* none lost, none doubled */
	CHECK_EQ(filled, 0);
}

/* A condition variable may be destroyed as soon as a broadcast has let everybody go. */
struct meeting {
	pthread_mutex_t mutex;
	pthread_cond_t condition;
	int here;
	int open;
};

static void *attend(void *argument)
{
	struct meeting *meeting = argument;

	(void)pthread_mutex_lock(&meeting->mutex);
	meeting->here++;
	while (!meeting->open) {
		(void)pthread_cond_wait(&meeting->condition, &meeting->mutex);
	}
	meeting->here--;
	(void)pthread_mutex_unlock(&meeting->mutex);
	return NULL;
}

static void check_destroy(void)
{
	static struct meeting meeting = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};
	pthread_t threads[WAITERS];

	test_group_begin("destroyed after a broadcast, 20 times");
	for (int round = 0; round < 20; round++) {
		meeting.open = 0;
		NEED_KR(pthread_cond_init(&meeting.condition, NULL));
		for (int i = 0; i < WAITERS; i++) {
			NEED_KR(pthread_create(&threads[i], NULL, attend, &meeting));
		}
		while (meeting.open == 0) {
			(void)pthread_mutex_lock(&meeting.mutex);
			if (meeting.here == WAITERS) {
				meeting.open = 1;
				CHECK_EQ(pthread_cond_broadcast(&meeting.condition), 0);
				CHECK_EQ(pthread_cond_destroy(&meeting.condition), 0);
				memset(&meeting.condition, 0x5a, sizeof meeting.condition);
			}
			(void)pthread_mutex_unlock(&meeting.mutex);
			(void)sched_yield();
		}
		for (int i = 0; i < WAITERS; i++) {
			NEED_KR(pthread_join(threads[i], NULL));
		}
		CHECK_EQ(meeting.here, 0);
	}
	test_group_end();
}

static void *nothing(void *argument)
{
	return argument;
}

int main(int argc, char **argv)
{
	pthread_t threads[PRODUCERS + CONSUMERS];

	/* What the kernel keeps for a task with so many threads is there before objects are
	 * counted. */
	for (int i = 0; i < PRODUCERS + CONSUMERS; i++) {
		(void)pthread_create(&threads[i], NULL, nothing, NULL);
	}
	for (int i = 0; i < PRODUCERS + CONSUMERS; i++) {
		(void)pthread_join(threads[i], NULL);
	}
	test_begin(argc, argv, "pthread_cond");
	check_signal();
	check_broadcast(1);
	check_broadcast(0);
	check_time();
	check_queue();
	check_destroy();
	test_end();
}
