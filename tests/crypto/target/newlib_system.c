/*
 * What newlib's malloc asks of its system, for a program with one thread and without lib/libc: a heap
 * of fixed size and one reentrancy structure.  Its own locks, which do nothing, are good enough.
 */
#include <errno.h>
#include <reent.h>
#include <stddef.h>

#define HEAP_BYTES (256 * 1024)

static struct _reent only_reent; /* malloc uses its errno */
static _Alignas(16) char heap[HEAP_BYTES];
static size_t heap_used;

struct _reent *__getreent(void)
{
	return &only_reent;
}

void *_sbrk(ptrdiff_t bytes);
void *sbrk(ptrdiff_t bytes);

void *_sbrk(ptrdiff_t bytes)
{
	void *start = heap + heap_used;

	if (bytes < 0 || (size_t)bytes > sizeof heap - heap_used) {
		errno = ENOMEM;
		return (void *)-1;
	}
	heap_used += (size_t)bytes;
	return start;
}

void *sbrk(ptrdiff_t bytes)
{
	return _sbrk(bytes);
}
