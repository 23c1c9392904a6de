/*
 * Waiting on words of memory, on the kernel's gsync: what all locks of libc and lib/thread are made
 * of.  The words are private to the task.
 */
#pragma once

#include <time.h>

/* When to give up; a null pointer to one means never. */
struct word_deadline {
	clockid_t clock; /* CLOCK_REALTIME or CLOCK_MONOTONIC */
	const struct timespec *at;
};

/*
 * Waits while *word is "value".  0: the word changed, or somebody woke the thread, or nothing at
 * all happened (the caller looks and waits again).  ETIMEDOUT: the deadline passed.  EINVAL: it is
 * not a time, or not a clock that can be waited for; nothing was waited for then.
 */
int word_wait(unsigned int *word, unsigned int value, const struct word_deadline *deadline);

/* Wakes one thread, or all, that wait on the word.  The word itself is not touched: it may be gone.
 */
void word_wake_one(const unsigned int *word);
void word_wake_all(const unsigned int *word);

/*
 * Wakes one waiter of "from" and lets all others wait on "to", so that a broadcast does not let
 * everybody run into the same lock.
 */
void word_requeue(const unsigned int *from, const unsigned int *to);

/* Is it a time that can be waited for?  EINVAL or 0. */
int word_deadline_check(const struct word_deadline *deadline);
