/*
 * Proves that build/newlib can be linked: uses what pulls in memory, locks, reentrancy and
 * formatted output, and supplies the few routines that newlib leaves to its system. It is linked,
 * not run.
 */
#include <errno.h>
#include <math.h>
#include <reent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/lock.h>
#include <sys/stat.h>

static struct _reent first_reent = _REENT_INIT(first_reent);
static char heap[65536];
static size_t heap_used;

struct __lock {
	int held;
};

struct __lock __lock___sinit_recursive_mutex;
struct __lock __lock___sfp_recursive_mutex;
struct __lock __lock___atexit_recursive_mutex;
struct __lock __lock___at_quick_exit_mutex;
struct __lock __lock___malloc_recursive_mutex;
struct __lock __lock___env_recursive_mutex;
struct __lock __lock___tz_mutex;
struct __lock __lock___dd_hash_mutex;
struct __lock __lock___arc4random_mutex;

struct _reent *__getreent(void)
{
	return &first_reent;
}

#define LOCK_ROUTINE(name) \
	void name(_LOCK_T lock) \
	{ \
		lock->held++; \
	}

LOCK_ROUTINE(__retarget_lock_acquire)
LOCK_ROUTINE(__retarget_lock_acquire_recursive)
LOCK_ROUTINE(__retarget_lock_release)
LOCK_ROUTINE(__retarget_lock_release_recursive)
LOCK_ROUTINE(__retarget_lock_close)
LOCK_ROUTINE(__retarget_lock_close_recursive)

void __retarget_lock_init_recursive(_LOCK_T *lock)
{
	*lock = calloc(1, sizeof(**lock));
}

void __retarget_lock_init(_LOCK_T *lock)
{
	__retarget_lock_init_recursive(lock);
}

void *_sbrk(ptrdiff_t size)
{
	void *start = heap + heap_used;

	if (size < 0 || heap_used + (size_t)size > sizeof(heap)) {
		errno = ENOMEM;
		return (void *)-1;
	}
	heap_used += (size_t)size;
	return start;
}

void *sbrk(ptrdiff_t size)
{
	return _sbrk(size);
}

int write(int file, const void *data, size_t size)
{
	(void)file;
	(void)data;
	return (int)size;
}

int read(int file, void *data, size_t size)
{
	(void)file;
	(void)data;
	(void)size;
	return 0;
}

off_t lseek(int file, off_t offset, int whence)
{
	(void)file;
	(void)whence;
	return offset;
}

int close(int file)
{
	(void)file;
	return 0;
}

int isatty(int file)
{
	(void)file;
	return 1;
}

int fstat(int file, struct stat *status)
{
	(void)file;
	memset(status, 0, sizeof(*status));
	status->st_mode = S_IFCHR;
	return 0;
}

int getpid(void)
{
	return 1;
}

int kill(int process, int number)
{
	(void)process;
	(void)number;
	return -1;
}

void _exit(int status)
{
	(void)status;
	for (;;) {
	}
}

void _start(void)
{
	char text[64];
	char *copy = malloc(32);

	snprintf(text, sizeof(text), "%.3f %lld", sqrt(2.0), 1234567890123ll / 7);
	strncpy(copy, text, 31);
	printf("%s\n", copy);
	free(copy);
	exit(0);
}
