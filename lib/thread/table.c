/* The table of threads. */
#include <errno.h>
#include "../libc/lock.h"
#include "table.h"

#define INDEX_BITS 10
#define SERIAL_MAX ((1u << (32 - INDEX_BITS)) - 1)

_Static_assert(PTHREAD_THREADS_MAX == 1 << INDEX_BITS, "a number holds an index and a serial");

/* Everything below is under table_lock, which also keeps a thread that was found from going away.
 */
static struct lock table_lock;
static struct libc_thread *threads[PTHREAD_THREADS_MAX] = {&libc_first_thread};
static unsigned int serials[PTHREAD_THREADS_MAX];
static unsigned int next_index = 1; /* where to look first */
static unsigned int running = 1;    /* threads that have not exited */

/* The first thread is there before anybody could enter it, with place 0 and serial 0. */
_Static_assert(LIBC_FIRST_THREAD_ID == 1, "0 is no thread's number");

static unsigned int id_of(unsigned int index)
{
	return (serials[index] << INDEX_BITS | index) + 1;
}

int thread_table_enter(struct libc_thread *thread)
{
	int error = EAGAIN;

	lock_acquire(&table_lock);
	for (unsigned int i = 0; i < PTHREAD_THREADS_MAX && error != 0; i++) {
		unsigned int index = (next_index + i) % PTHREAD_THREADS_MAX;

		if (threads[index] == NULL) {
			serials[index] = serials[index] < SERIAL_MAX - 1 ? serials[index] + 1 : 1;
			threads[index] = thread;
			thread->id = id_of(index);
			next_index = index + 1;
			running++;
			error = 0;
		}
	}
	lock_release(&table_lock);
	return error;
}

void thread_table_leave(struct libc_thread *thread)
{
	lock_acquire(&table_lock);
	threads[(thread->id - 1) % PTHREAD_THREADS_MAX] = NULL;
	if ((thread->state & THREAD_EXITED) == 0) {
		running--; /* it never ran */
	}
	lock_release(&table_lock);
}

/* Sets "bits", if none of "refused" is set; the thread itself may set THREAD_EXITED meanwhile. */
static int mark(struct libc_thread *thread, unsigned int bits, unsigned int refused,
		unsigned int *before)
{
	*before = __atomic_load_n(&thread->state, __ATOMIC_ACQUIRE);
	do {
		if ((*before & refused) != 0) {
			return EINVAL;
		}
	} while (!__atomic_compare_exchange_n(&thread->state, before, *before | bits, FALSE,
					      __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
	return 0;
}

int thread_table_mark(pthread_t id, unsigned int bits, unsigned int refused,
		      struct libc_thread **thread, unsigned int *before)
{
	unsigned int index = (id - 1) % PTHREAD_THREADS_MAX;
	int error = ESRCH;

	lock_acquire(&table_lock);
	if (threads[index] != NULL && threads[index]->id == id) {
		*thread = threads[index];
		error = mark(*thread, bits, refused, before);
	}
	lock_release(&table_lock);
	return error;
}

boolean_t thread_table_exit(void)
{
	boolean_t last = FALSE;

	lock_acquire(&table_lock);
	running--;
	last = running == 0;
	lock_release(&table_lock);
	return last;
}

pthread_t pthread_self(void)
{
	return libc_thread_self()->id;
}

int pthread_equal(pthread_t left, pthread_t right)
{
	return left == right;
}
