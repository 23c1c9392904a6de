/* Paths that are not the file server's: /proc, /dev/fd, /dev/pts. */
#pragma once

#include "kinds.h"
#include "proc_core.h"

/* One more opening of what an open file is of, as /proc/self/fd/N has it. */
int reopen_file(struct request *request, struct open_file *from, uint32_t flags,
		struct open_file **file);

/* The path behind an open file, for /proc/N/fd; how many bytes, or negative. */
int path_of_file(struct open_file *file, char *path, uint32_t room);

/* ---- proc_files.c; "place" is what proc_find found. */

int proc_open(struct request *request, const struct proc_place *place, uint32_t flags,
	      struct open_file **file);
int proc_attributes(struct request *request, const struct proc_place *place, bool follow,
		    file_attributes_t *attributes);
int proc_read_link(struct request *request, const struct proc_place *place, char *target,
		   uint32_t room);

/* Of an open directory below /proc: its place; null: it is none. */
const struct proc_place *proc_place_of(const struct open_file *file);
