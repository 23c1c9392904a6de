/* brk, mmap, munmap, mprotect, mremap, madvise, what fork shares and what it copies. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "say.h"

#define PAGE 4096ul

static sigjmp_buf back;
static void fault(int signal)
{
	siglongjmp(back, signal);
}

static const char *try_write(volatile char *address)
{
	if (sigsetjmp(back, 1) != 0) {
		return "fault";
	}
	*address = 1;
	return "written";
}

static const char *try_read(volatile char *address)
{
	if (sigsetjmp(back, 1) != 0) {
		return "fault";
	}
	return *address == 0 ? "zero" : "data";
}

static char *map(size_t bytes, int protection, int flags)
{
	char *address = mmap(NULL, bytes, protection, flags | MAP_ANONYMOUS, -1, 0);

	NEED(address != MAP_FAILED);
	return address;
}

#define MAPPED(call) say("%s: %s", #call, (call) != MAP_FAILED ? "ok" : strerrorname_np(errno))

static void breaks(void)
{
	char *start = sbrk(0);
	char *end = sbrk(100000);

	say("sbrk: %d", start == end);
	say("heap: %s, %s", try_read(end + 99999), try_write(end + 99999));
	say("brk back: %d", brk(start));
	say("gone: %s", try_read(end + 99999 + PAGE));
	sbrk(200000);
	say("again: %s", try_read(end + 99999));
	say("brk to nowhere: %d", brk((void *)0xfffff000ul) < 0);
	brk(start);
}

static void maps(void)
{
	char *address = map(4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	say("fresh: %s", try_read(address + 3 * PAGE));
	memset(address, 1, 4 * PAGE);
	TRY(munmap(address + PAGE, PAGE));
	say("hole: %s %s %s", try_read(address), try_read(address + PAGE),
	    try_read(address + 2 * PAGE));
	TRY(munmap(address + 1, PAGE));
	TRY(munmap(address, 0));
	TRY(munmap(address, 4 * PAGE));
	say("gone: %s", try_read(address + 3 * PAGE));
	MAPPED(mmap(address, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	say("fixed: %s %s", try_read(address), try_write(address));
	MAPPED(mmap(address, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		    0));
	MAPPED(mmap(address + 1, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	MAPPED(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	MAPPED(mmap(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0));
	MAPPED(mmap(NULL, 0xfffff000, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	MAPPED(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 77, 0));
	munmap(address, 2 * PAGE);
}

static void protections(void)
{
	char *address = map(3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	memset(address, 1, 3 * PAGE);
	TRY(mprotect(address + PAGE, PAGE, PROT_READ));
	say("read: %s %s %s", try_write(address), try_write(address + PAGE),
	    try_write(address + 2 * PAGE));
	TRY(mprotect(address + PAGE, PAGE, PROT_NONE));
	say("none: %s", try_read(address + PAGE));
	TRY(mprotect(address, 3 * PAGE, PROT_READ | PROT_WRITE));
	say("all: %s %s", try_read(address + PAGE), try_write(address + PAGE));
	TRY(mprotect(address + 1, PAGE, PROT_READ));
	TRY(mprotect(address, 0, PROT_READ));
	munmap(address + 2 * PAGE, PAGE);
	TRY(mprotect(address, 3 * PAGE, PROT_READ));
	mprotect(address, 2 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
	memcpy(address, "\xb8\x2a\0\0\0\xc3", 6); /* mov $42, %eax; ret */
	say("code: %d", ((int (*)(void))address)());
	munmap(address, 2 * PAGE);
}

static void moves(void)
{
	char *address = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	char *other = NULL;

	address[0] = 'a';
	address[2 * PAGE - 1] = 'z';
	address = mremap(address, 2 * PAGE, 20 * PAGE, MREMAP_MAYMOVE);
	NEED(address != MAP_FAILED);
	say("larger: %c %c %s", address[0], address[2 * PAGE - 1], try_read(address + 19 * PAGE));
	address[19 * PAGE] = 'q';
	address = mremap(address, 20 * PAGE, PAGE, 0);
	NEED(address != MAP_FAILED);
	say("smaller: %c %s", address[0], try_read(address + PAGE));
	other = map(4 * PAGE, PROT_READ, MAP_PRIVATE);
	say("to a place: %d",
	    mremap(address, PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, other) == other);
	say("there: %c %s, %s", other[0], try_write(other + PAGE), try_read(address));
	MAPPED(mremap(other + 1, PAGE, PAGE, 0));
	MAPPED(mremap(other, PAGE, 0, 0));
	MAPPED(mremap((void *)PAGE, PAGE, PAGE, 0));
	MAPPED(mremap(other, PAGE, PAGE, MREMAP_FIXED, address));
	munmap(other, 4 * PAGE);
}

static void advice(void)
{
	char *address = map(3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	unsigned char there[3] = {0};

	memset(address, 1, 3 * PAGE);
	TRY(madvise(address + PAGE, PAGE, MADV_DONTNEED));
	say("dontneed: %s %s %s", try_read(address), try_read(address + PAGE),
	    try_read(address + 2 * PAGE));
	TRY(madvise(address, 3 * PAGE, MADV_WILLNEED));
	TRY(madvise(address, 3 * PAGE, 9999));
	TRY(madvise(address + 1, PAGE, MADV_WILLNEED));
	memset(address, 1, 3 * PAGE);
	TRY(mincore(address, 3 * PAGE, there));
	say("in core: %d %d %d", there[0] & 1, there[1] & 1, there[2] & 1);
	TRY(mlock(address, PAGE));
	TRY(munlock(address, PAGE));
	TRY(msync(address, 3 * PAGE, MS_SYNC));
	munmap(address, 3 * PAGE);
	TRY(mincore(address, PAGE, there));
	TRY(madvise(address, PAGE, MADV_DONTNEED));
}

static int data = 1;

static void forks(void)
{
	int on_stack = 1;
	char *private = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	volatile char *shared = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);
	char *heap = malloc(10);

	heap[0] = private[0] = shared[0] = 1;
	if (fork() == 0) {
		data = on_stack = heap[0] = private[0] = shared[0] = 2;
		if (fork() == 0) {
			say("grandchild: %d %d %d %d %d", data, on_stack, heap[0], private[0],
			    shared[0]);
			shared[1] = 3;
			_exit(0);
		}
		wait(NULL);
		_exit(0);
	}
	wait(NULL);
	say("parent: %d %d %d %d %d %d", data, on_stack, heap[0], private[0], shared[0], shared[1]);
	free(heap);
}

/* Pointers of calls that lead nowhere. */
static void bad_pointers(void)
{
	TRY((int)syscall(SYS_uname, 1));
	TRY((int)syscall(SYS_write, 1, 1, 5));
	TRY((int)syscall(SYS_read, 0, 0, 0));
	TRY((int)syscall(SYS_rt_sigaction, SIGUSR1, 1, 0, 8));
	TRY((int)syscall(SYS_nanosleep, 3, 0));
	TRY((int)syscall(SYS_clock_gettime, 0, 0xfffffff0));
	TRY((int)syscall(SYS_execve, 1, 0, 0));
	TRY((int)syscall(SYS_open, 0xb8000000 - 4, 0));
	TRY((int)syscall(SYS_access, 0, 0));
}

/* Much memory, a little of it used. */
static void sparse(void)
{
	char *address = map(256ul << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE);

	for (unsigned long i = 0; i < 256ul << 20; i += 16ul << 20) {
		address[i] = 1;
	}
	say("sparse: %s", try_read(address + (100ul << 20)));
	munmap(address, 256ul << 20);
}

int main(void)
{
	signal(SIGSEGV, fault);
	signal(SIGBUS, fault);
	breaks();
	maps();
	protections();
	moves();
	advice();
	forks();
	bad_pointers();
	sparse();
	return 0;
}
