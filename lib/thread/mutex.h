/* What condition variables need of mutexes. */
#pragma once

#include <pthread.h>

/* Does the running thread hold it?  EPERM: no; EINVAL: it was destroyed. */
int mutex_check_owned(const pthread_mutex_t *mutex);

/* Unlocks it wholly; returns how often it was locked. */
unsigned int mutex_release_all(pthread_mutex_t *mutex);

/* Locks it again as often; for a thread that was waiting, perhaps on the mutex itself. */
void mutex_acquire_again(pthread_mutex_t *mutex, unsigned int depth);
