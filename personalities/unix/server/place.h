/* Where the path of a call begins, and how it is carried to the file server. */
#pragma once

#include "files.h"

#define AT_FDCWD          (-100)
#define AT_NO_FOLLOW      0x100u
#define AT_REMOVEDIR      0x200u
#define AT_EACCESS        0x200u
#define AT_SYMLINK_FOLLOW 0x400u
#define AT_EMPTY_PATH     0x1000u
#define AT_IGNORED        0x6800u /* AT_NO_AUTOMOUNT, AT_STATX_* */

/*
 * Where a path begins, and the path.  The right to the directory stays for the time of the call:
 * with the open file, or because nobody but the calling thread could let the process go elsewhere;
 * where there are other threads it is held.
 */
struct place {
	mach_port_t directory;
	struct open_file *file; /* whose port it is, or null */
	bool held;
	const char *path;
	uint32_t bytes;
	natural_t identity[2 + FILE_GROUPS_MAX];
	uint32_t words;
};

/*
 * The place of the path that argument n is; a descriptor stands for where a relative one begins.
 * With 0 it is to be ended; else, an errno: -ENOENT (also: no path, unless it may be empty),
 * -EBADF, -ENOTDIR, and nothing is held.
 */
int place_begin(struct request *request, int descriptor, unsigned int n, bool may_be_empty,
		struct place *place);

/* The call is over; what the file server said, as an errno. */
int place_end(struct place *place, kern_return_t code);

/*
 * The attributes of what the path names (flags: AT_EMPTY_PATH, AT_NO_FOLLOW), or of the descriptor.
 * Gives the server's lock up while the file server is asked.  0, or an errno.
 */
int place_attributes(struct request *request, int descriptor, unsigned int n, uint32_t flags,
		     file_attributes_t *attributes);
