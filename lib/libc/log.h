/* The node's log: where stdout and stderr of a server go. */
#pragma once

#include <stddef.h>

/* Takes text that is not ended by a zero; may be called by several threads at once. */
typedef void (*libc_log_t)(const char *text, size_t size);

/* Writes to the log. */
void libc_log(const char *text, size_t size);

/*
 * From now on "log" takes the text; null: as at the beginning, the log port that the process server
 * gave (STANDARD_PORT_LOG), or the kernel's console if it gave none.
 */
void libc_log_set(libc_log_t log);
