/* The locks that newlib asks for (its "retargetable locking"): all of them are recursive here. */
#include <stdlib.h>
#include <sys/lock.h>
#include "lock.h"
#include "thread_block.h"

struct __lock {
	struct lock lock;
	struct libc_thread *owner; /* of a thread that looks at it, right or not its own */
	unsigned int depth;
};

/* The ones that newlib names; free from the first instruction on. */
struct __lock __lock___sinit_recursive_mutex;
struct __lock __lock___sfp_recursive_mutex;
struct __lock __lock___atexit_recursive_mutex;
struct __lock __lock___at_quick_exit_mutex;
struct __lock __lock___malloc_recursive_mutex;
struct __lock __lock___env_recursive_mutex;
struct __lock __lock___tz_mutex;
struct __lock __lock___dd_hash_mutex;
struct __lock __lock___arc4random_mutex;

/* Who found no memory for a lock shares this one: it is recursive, so that is slow but safe. */
static struct __lock shared_lock;

void __retarget_lock_init_recursive(_LOCK_T *lock)
{
	*lock = calloc(1, sizeof **lock);
	if (*lock == NULL) {
		*lock = &shared_lock;
	}
}

void __retarget_lock_close_recursive(_LOCK_T lock)
{
	if (lock != &shared_lock) {
		free(lock);
	}
}

static void now_owned(_LOCK_T lock, struct libc_thread *self)
{
	__atomic_store_n(&lock->owner, self, __ATOMIC_RELAXED);
	lock->depth = 1;
}

void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
	struct libc_thread *self = libc_thread_self();

	if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == self) {
		lock->depth++;
		return;
	}
	lock_acquire(&lock->lock);
	now_owned(lock, self);
}

int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
	struct libc_thread *self = libc_thread_self();
	int error = 0;

	if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == self) {
		lock->depth++;
		return 0;
	}
	error = lock_try(&lock->lock);
	if (error == 0) {
		now_owned(lock, self);
	}
	return error;
}

void __retarget_lock_release_recursive(_LOCK_T lock)
{
	if (--lock->depth == 0) {
		__atomic_store_n(&lock->owner, NULL, __ATOMIC_RELAXED);
		lock_release(&lock->lock);
	}
}

void __retarget_lock_init(_LOCK_T *lock)
{
	__retarget_lock_init_recursive(lock);
}

void __retarget_lock_close(_LOCK_T lock)
{
	__retarget_lock_close_recursive(lock);
}

void __retarget_lock_acquire(_LOCK_T lock)
{
	__retarget_lock_acquire_recursive(lock);
}

int __retarget_lock_try_acquire(_LOCK_T lock)
{
	return __retarget_lock_try_acquire_recursive(lock);
}

void __retarget_lock_release(_LOCK_T lock)
{
	__retarget_lock_release_recursive(lock);
}
