/*
 * The process server knows this server's processes: who looks for tasks sees them by their pids and
 * names, may end them and bound their memory.  It is told by a thread of its own, a moment after a
 * process began: most of those that fork makes are gone by then, and cost nothing.
 */
#pragma once

#include "process.h"

/* Begins to tell; port: of personality.defs. */
kern_return_t adopt_start(mach_port_t port);

/* A process is new, has another program or another name. */
void adopt_changed(void);

/* A task ends by this server's will. */
void adopt_task_ends(struct process *process);

/* Nobody knows the process any more. */
void adopt_forget(struct process *process);
