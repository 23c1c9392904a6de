/* How the server uses the file server: in the name of a process. */
#pragma once

#include "process.h"
#include <masix/file.h>

/* The identity that a call brings; "real": access(2)'s.  Returns how many words. */
uint32_t files_identity(const struct process *process, natural_t *identity, bool real);

/* From the file server's answer to the program's. */
int files_error(kern_return_t code);

/*
 * A path from "/" of who has another root: the file server knows one root alone, so it becomes a path
 * from the process's.
 */
void files_below_root(const struct process *process, const char **path, uint32_t *bytes);

/*
 * Opens a file; the lock is given up meanwhile.  path "" with FILE_HANDLE opens "directory" itself.
 * *file is a send right of the caller's.  Negative: an error.
 */
int files_open(struct process *process, mach_port_t directory, const char *path, uint32_t flags,
	       uint32_t mode, mach_port_t *file, file_attributes_t *attributes);
