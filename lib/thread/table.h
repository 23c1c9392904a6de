/*
 * All threads of the program by number.  A number is a place in the table and the serial of whoever
 * has that place, so a stale one names nobody.
 */
#pragma once

#include <pthread.h>
#include "../libc/thread_block.h"

/* The bits of a thread's state: only ever set, atomically, so that their order is known. */
#define THREAD_EXITED   0x1u /* its result stands; it runs no more of the program's code */
#define THREAD_DETACHED 0x2u /* it gives itself back */
#define THREAD_CLAIMED  0x4u /* somebody joins it, and will give it back */

/* Takes a place; the block's id is set.  EAGAIN: the table is full. */
int thread_table_enter(struct libc_thread *thread);

/* Gives the place back: the number is nobody's. */
void thread_table_leave(struct libc_thread *thread);

/*
 * Sets "bits" in the state of the thread with this number, if none of "refused" is set, and returns
 * the thread and the state before.  A thread that was claimed stays until its claimer gives it
 * back. ESRCH: there is no such thread; EINVAL: one of "refused" is set.
 */
int thread_table_mark(pthread_t id, unsigned int bits, unsigned int refused,
		      struct libc_thread **thread, unsigned int *before);

/*
 * The thread will run no more of the program's code; true: it was the last one.  The caller sets
 * THREAD_EXITED afterwards, when it holds nothing, as it may be ended at once then.
 */
boolean_t thread_table_exit(void);
