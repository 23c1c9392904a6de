/* A lock and a word to wait on, for threads of one task: gsync when there is somebody to wait for. */
#pragma once

#include <mach/mach_types.h>

struct ipc_lock {
	uint32_t word; /* 0 free, 1 held, 2 held and somebody may wait */
};

void ipc_lock_slow(struct ipc_lock *lock);
void ipc_word_wake(uint32_t *word, boolean_t all);

/* Waits while *word is "value", at most time_ms (0: without limit); returns early now and then. */
void ipc_word_wait(uint32_t *word, uint32_t value, uint32_t time_ms);

static inline void ipc_lock(struct ipc_lock *lock)
{
	uint32_t expected = 0;

	if (!__atomic_compare_exchange_n(&lock->word, &expected, 1, 0, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED)) {
		ipc_lock_slow(lock);
	}
}

static inline void ipc_unlock(struct ipc_lock *lock)
{
	if (__atomic_exchange_n(&lock->word, 0, __ATOMIC_RELEASE) == 2) {
		ipc_word_wake(&lock->word, FALSE);
	}
}
