/* Entries of directories as getdents and getdents64 of Linux/i386 give them.  Pure. */
#pragma once

#include <stdint.h>

/*
 * Entries (struct file_entry, as the file server has them) to Linux's form, as many as fit; returns
 * the bytes, and behind which the next call goes on.  What does not hang together ends it.
 */
uint32_t dirent64_fill(const char *entries, uint32_t bytes, char *to, uint32_t room,
		       uint64_t *cookie);
uint32_t dirent_fill(const char *entries, uint32_t bytes, char *to, uint32_t room,
		     uint64_t *cookie);

/* For directories of our own: one more entry behind *used; 0: no room. */
uint32_t dirent_append(char *entries, uint32_t used, uint32_t room, uint64_t number,
		       uint64_t cookie, uint32_t kind, const char *name);
