/*
 * The small lock: one word, no system call unless it is contended.  For short sections; fair only
 * as far as the kernel wakes waiters first come, first served, while a newcomer may go before them.
 */
#pragma once

#include "word.h"

enum {
	LOCK_FREE,
	LOCK_HELD,
	LOCK_CONTENDED, /* held, and somebody may wait */
};

/* All zero is a free lock. */
struct lock {
	unsigned int word;
};

/* May block. */
void lock_acquire(struct lock *lock);

/* Like lock_acquire, for a thread that just waited: leaves the lock marked as contended. */
void lock_acquire_contended(struct lock *lock);

/* 0, ETIMEDOUT, or EINVAL (only looked for when the lock is not free). */
int lock_acquire_until(struct lock *lock, const struct word_deadline *deadline);

/* 0, or EBUSY. */
int lock_try(struct lock *lock);

/* After the store that frees it the lock is not touched: another thread may already destroy it. */
void lock_release(struct lock *lock);
