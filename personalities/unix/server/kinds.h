/* The kinds of open files, and paths that are not the file server's. */
#pragma once

#include <masix/file.h>
#include "descriptors.h"

extern const struct open_file_kind file_kind; /* regular files and directories */
extern const struct open_file_kind fifo_kind;
extern const struct open_file_kind zero_kind; /* mapped, it is memory of its own */

/* What the file server says of file->port; the lock is given up meanwhile. */
int file_attributes_of(struct open_file *file, void *attributes);

/*
 * Reads a regular file straight into the program's memory, with the lock held all the time.  "offset"
 * as a kind's read has it.  -ENOSYS: not this time; then it is read as any other.
 */
int file_read_direct(struct request *request, struct open_file *file, uint32_t address,
		     uint32_t bytes, int64_t offset);

/*
 * A FIFO, whose file the file server let the process open: takes "port".  It may wait for the other
 * end; then request->memory is not 0, and fifo_open_again goes on.
 */
int fifo_open_file(struct request *request, mach_port_t port, const file_attributes_t *attributes,
		   uint32_t flags, struct open_file **file);
int fifo_open_again(struct request *request, struct open_file **file);

/*
 * A character device by its number: an open file, or -ENXIO.  Takes "port", the node's, whatever the
 * result.
 */
int device_open_file(struct request *request, mach_port_t port,
		     const file_attributes_t *attributes, uint32_t flags, struct open_file **file);

/* Paths below /proc, /dev/fd and /dev/pts.  1: it is none of these, the file server has it. */
int special_open(struct request *request, int descriptor, const char *path, uint32_t flags,
		 struct open_file **file);
int special_attributes(struct request *request, int descriptor, const char *path, uint32_t flags,
		       file_attributes_t *attributes);

/*
 * For exec: /proc/N/exe and the files behind descriptors, opened to be executed; *file is a send right
 * of the caller's.  1: it is none of these.
 */
int special_program(struct process *process, const char *path, mach_port_t *file,
		    file_attributes_t *attributes);

/*
 * A process goes to a directory below /proc: 1, it is none; and the path of the one where it is,
 * "path" has room for 32 bytes: 0, it is in none.
 */
int special_enter(struct request *request, const char *path);
int special_enter_file(struct process *process, const struct open_file *file);
uint32_t special_directory(const struct process *process, char *path);

/* -ENOSYS: it is none of these. */
int special_read_link(struct request *request, int descriptor, const char *path, char *target,
		      uint32_t room);

/* Its own locks end with it (flock, F_OFD_SETLK). */
void file_locks_end(struct open_file *file);

/* The rest of fcntl: record locks. */
int file_lock_control(struct request *request, struct open_file *file);
