/* What the framework needs of the program around it: memory and threads (platform_mach.c). */
#pragma once

#include <stddef.h>
#include <mach/mach_types.h>

/* Zeroed memory, or null.  ipc_free is told the same size. */
void *ipc_allocate(size_t bytes);
void ipc_free(void *memory, size_t bytes);

/* Starts function(argument), which never returns, on a thread that may call MIG's stubs. */
kern_return_t ipc_thread_start(void (*function)(void *), void *argument);
