/* Initialisation that happens once. */
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include "../libc/word.h"

enum {
	ONCE_NEW,
	ONCE_RUNNING,
	ONCE_WAITED_FOR, /* running, and somebody waits for the end */
	ONCE_DONE,
};

static void run(pthread_once_t *once, void (*function)(void))
{
	function();
	if (__atomic_exchange_n(&once->state, ONCE_DONE, __ATOMIC_ACQ_REL) == ONCE_WAITED_FOR) {
		word_wake_all(&once->state);
	}
}

int pthread_once(pthread_once_t *once, void (*function)(void))
{
	for (;;) {
		unsigned int state = __atomic_load_n(&once->state, __ATOMIC_ACQUIRE);

		if (state == ONCE_DONE) {
			return 0;
		}
		if (state == ONCE_NEW) {
			if (__atomic_compare_exchange_n(&once->state, &state, ONCE_RUNNING, false,
							__ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
				run(once, function);
				return 0;
			}
			continue;
		}
		if (state == ONCE_WAITED_FOR ||
		    __atomic_compare_exchange_n(&once->state, &state, ONCE_WAITED_FOR, false,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
			(void)word_wait(&once->state, ONCE_WAITED_FOR, NULL);
		}
	}
}
