/*
 * The types of <pthread.h>, in place of newlib's header of this name, which <sys/types.h> includes:
 * newlib's are numbers that somebody would have to look up.
 */
#pragma once

#include <stddef.h>

/* A number that is never used twice while anybody could have it: a stale one is ESRCH, not a fault.
 */
typedef unsigned int pthread_t;
typedef unsigned int pthread_key_t;

typedef struct {
	size_t stack_bytes;
	size_t guard_bytes;
	int detached;
} pthread_attr_t;

/* Only for initialisation: every field belongs to lib/thread.  All zero is an unlocked normal one.
 */
typedef struct {
	unsigned int word;
	unsigned int type;
	unsigned int depth;
	unsigned int owner;
} pthread_mutex_t;

typedef struct {
	unsigned int type;
} pthread_mutexattr_t;

typedef struct {
	unsigned int sequence;
	unsigned int waited_for;
	unsigned int clock;
	pthread_mutex_t *mutex;
} pthread_cond_t;

typedef struct {
	unsigned int clock;
} pthread_condattr_t;

typedef struct {
	unsigned int state;
} pthread_once_t;

typedef struct {
	unsigned int lock;
	unsigned int readers;
	unsigned int writer;
	unsigned int readers_waiting;
	unsigned int writers_waiting;
	unsigned int read_sequence;
	unsigned int write_sequence;
} pthread_rwlock_t;

typedef struct {
	int unused;
} pthread_rwlockattr_t;

typedef struct {
	unsigned int lock;
	unsigned int needed;
	unsigned int arrived;
	unsigned int inside;
	unsigned int generation;
} pthread_barrier_t;

typedef struct {
	int unused;
} pthread_barrierattr_t;
