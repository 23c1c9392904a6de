/*
 * What all files of the Unix server share: the bucket, and one lock for everything it knows.  The
 * lock is held by every handler; who asks another server lets go of it for that time and looks
 * again at what may have changed.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <libmach.h>
#include <ipc/ipc.h>
#include <masix/unix.h>
#include "../shared/errors.h"
#include "../shared/layout.h"
#include "../shared/pages.h"

extern struct ipc_bucket *bucket;
extern mach_port_t file_root; /* of file.defs: the tree, for whoever it may concern */

void server_lock(void);

/* Runs the requests that were woken meanwhile (request.h), then lets go. */
void server_unlock(void);

/* Without running them: around calls of other servers, in the middle of a handler. */
void server_release(void);

/* Lets go of the lock until the condition is signalled, or until that time if it is not 0. */
void server_wait(pthread_cond_t *condition, uint64_t until);

/* Nanoseconds since boot. */
uint64_t server_now(void);

/* A line in the node's log. */
void server_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
