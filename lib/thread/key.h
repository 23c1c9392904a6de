/* Values of threads under keys. */
#pragma once

#include "../libc/thread_block.h"

/* The thread ends: calls the destructors of its values, PTHREAD_DESTRUCTOR_ITERATIONS times at
   most. */
void thread_keys_destroy(struct libc_thread *thread);
