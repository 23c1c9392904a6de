/*
 * Files, as far as a program without a file server has them: 0 is at its end, 1 and 2 are the log.
 * Everything else refuses: EBADF for a descriptor that is not open, ENOSYS for what needs a file
 * tree.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "log.h"

/* open.h of newlib declares these only for some systems. */
int open(const char *name, int flags, ...);
int fcntl(int file, int command, ...);
int mkdir(const char *name, mode_t mode);

static int fail(int error)
{
	errno = error;
	return -1;
}

static int is_open(int file)
{
	return file >= STDIN_FILENO && file <= STDERR_FILENO;
}

ssize_t write(int file, const void *data, size_t size)
{
	if (file != STDOUT_FILENO && file != STDERR_FILENO) {
		return fail(EBADF);
	}
	libc_log(data, size);
	return (ssize_t)size;
}

ssize_t read(int file, void *data, size_t size)
{
	(void)data;
	(void)size;
	return file == STDIN_FILENO ? 0 : fail(EBADF);
}

int close(int file)
{
	return is_open(file) ? 0 : fail(EBADF);
}

off_t lseek(int file, off_t offset, int whence)
{
	(void)offset;
	(void)whence;
	return fail(is_open(file) ? ESPIPE : EBADF);
}

int isatty(int file)
{
	errno = is_open(file) ? ENOTTY : EBADF;
	return 0;
}

int fstat(int file, struct stat *status)
{
	if (!is_open(file)) {
		return fail(EBADF);
	}
	memset(status, 0, sizeof *status);
	status->st_mode = S_IFCHR;
	status->st_blksize = 512;
	return 0;
}

int fcntl(int file, int command, ...)
{
	(void)command;
	return fail(is_open(file) ? ENOSYS : EBADF);
}

int open(const char *name, int flags, ...)
{
	(void)name;
	(void)flags;
	return fail(ENOSYS);
}

int stat(const char *restrict name, struct stat *restrict status)
{
	(void)name;
	(void)status;
	return fail(ENOSYS);
}

int link(const char *old_name, const char *new_name)
{
	(void)old_name;
	(void)new_name;
	return fail(ENOSYS);
}

int unlink(const char *name)
{
	(void)name;
	return fail(ENOSYS);
}

int mkdir(const char *name, mode_t mode)
{
	(void)name;
	(void)mode;
	return fail(ENOSYS);
}
