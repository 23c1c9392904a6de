/* The slow ways of sync.h. */
#include <libmach.h>
#include <mach/gsync.h>
#include <gen/gnumach.h>
#include "sync.h"

void ipc_word_wait(uint32_t *word, uint32_t value, uint32_t time_ms)
{
	(void)gsync_wait(mach_task_self(), (vm_address_t)word, value, 0, time_ms,
			 time_ms != 0 ? GSYNC_TIMED : 0);
}

void ipc_word_wake(uint32_t *word, boolean_t all)
{
	(void)gsync_wake(mach_task_self(), (vm_address_t)word, 0, all ? GSYNC_BROADCAST : 0);
}

void ipc_lock_slow(struct ipc_lock *lock)
{
	/* Whoever gets it from here says 2: another may wait still. */
	while (__atomic_exchange_n(&lock->word, 2, __ATOMIC_ACQUIRE) != 0) {
		ipc_word_wait(&lock->word, 2, 0);
	}
}
