/* Ends a task when it has made so many message events: so that tests can end a server at each of its
   message boundaries in turn and look at what the others do. */
#pragma once

#include <kern/task.h>

extern struct task *end_after_task; /* NULL: none */

/* From the next on: each send, receive and call of the kernel by the task counts one; the one that
   makes `events` is its last. Replaces what was asked before; NULL asks nothing. */
void end_after_set(struct task *task, uint32_t events);

/* The current thread's task has made an event. Posts only. */
void end_after_count(void);

/* Makes the thread that does it. Boot only. */
void end_after_init(void);
