/* The node's log: where stdout and stderr of a server go. */
#pragma once

#include <stddef.h>

/* Takes text that is not ended by a zero; may be called by several threads at once. */
typedef void (*libc_log_t)(const char *text, size_t size);

/* Writes to the log. */
void libc_log(const char *text, size_t size);

/*
 * From now on "log" takes the text (the process server's log port, say); null: the kernel's console
 * again, where it goes until then.
 */
void libc_log_set(libc_log_t log);
