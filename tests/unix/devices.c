/*
 * The devices that every program expects; and that a number which stood for one never answers for
 * it when it stands for something else.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include "check.h"

static unsigned char bytes[64];

/* One byte read: what came, -1 for nothing, or the error. */
static int first(int file)
{
	unsigned char byte = 0xff;
	ssize_t count = read(file, &byte, 1);

	return count < 0 ? -errno : count == 0 ? -1 : byte;
}

/* A pipe with one letter a time in it, to be read instead of a device. */
static int letters(void)
{
	int ends[2];

	if (pipe(ends) < 0 || write(ends[1], "abcdefghijklmnop", 16) != 16) {
		exit(98);
	}
	return ends[0];
}

/* Every way to change what a number stands for. */
static void numbers(void)
{
	int zero = open("/dev/zero", O_RDONLY);
	int null = open("/dev/null", O_RDWR);
	int other = letters();
	int copy = 0;

	printf("zero %d null %d letters %d\n", first(zero), first(null), first(other));
	SHOW(dup2(other, zero) - zero);
	printf("dup2 over: %d\n", first(zero));
	SHOW(dup2(null, zero) - zero);
	printf("dup2 back: %d\n", first(zero));
	SHOW(dup3(other, zero, O_CLOEXEC) - zero);
	printf("dup3 over: %d\n", first(zero));
	SHOW(close(zero));
	printf("closed: %d, written %d\n", first(zero), (int)write(zero, bytes, 1));
	SHOW(open("/dev/zero", O_WRONLY) - zero);
	printf("only to write: %d, written %d\n", first(zero), (int)write(zero, bytes, 5));
	SHOW(close(zero));
	SHOW(open("/dev/zero", O_PATH) - zero);
	printf("only a path: %d, written %d\n", first(zero), (int)write(zero, bytes, 5));
	SHOW(close(zero));
	SHOW(fcntl(null, F_DUPFD, zero) - zero);
	printf("F_DUPFD: %d, written %d\n", first(zero), (int)write(zero, bytes, 5));
	copy = fcntl(other, F_DUPFD, 200);
	SHOW(dup2(null, copy) - copy);
	SHOW(close_range((unsigned)copy, 1000, 0));
	printf("close_range: %d\n", first(copy));
	SHOW(dup2(null, 700));
	printf("a high number: %d, written %d\n", first(700), (int)write(700, bytes, 5));
	SHOW(dup2(other, 700));
	printf("a high number: %d\n", first(700));
	SHOW(open("/dev/full", O_RDWR) - copy);
	close(zero), close(null), close(other), close(700);
}

/* Other processes' tables are theirs, but for CLONE_FILES. */
static int clone_main(void *argument)
{
	int *files = argument;

	_exit(dup2(files[1], files[0]) == files[0] ? first(files[0]) : 99);
}

static void processes(void)
{
	static char stack[65536];
	int files[2] = {open("/dev/zero", O_RDONLY), letters()};
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		printf("child: %d\n", first(files[0]));
		dup2(files[1], files[0]);
		printf("child, after dup2: %d\n", first(files[0]));
		fflush(stdout);
		_exit(0);
	}
	SHOW(waitpid(child, &status, 0) - child);
	printf("parent: %d\n", first(files[0]));
	child = vfork();
	if (child == 0) {
		dup2(files[1], files[0]);
		_exit(first(files[0]));
	}
	SHOW(waitpid(child, &status, 0) - child);
	printf("after vfork: %d, its own %d\n", first(files[0]), WEXITSTATUS(status));
	child = clone(clone_main, stack + sizeof(stack), CLONE_FILES | SIGCHLD, files);
	SHOW(waitpid(child, &status, 0) - child);
	printf("one table: %d, its own %d\n", first(files[0]), WEXITSTATUS(status));
	close(files[0]);
	SHOW(open("/dev/zero", O_RDONLY) - files[0]);
	printf("and again: %d\n", first(files[0]));
	child = fork();
	if (child == 0) {
		dup2(files[1], files[0]);
		printf("child: %d\n", first(files[0]));
		fflush(stdout);
		_exit(0);
	}
	SHOW(waitpid(child, &status, 0) - child);
	printf("parent: %d\n", first(files[0]));
	close(files[0]), close(files[1]);
}

/* Threads have one table: one changes it while the other reads. */
static volatile int stop;

static void *change(void *argument)
{
	int *files = argument;

	for (int i = 0; i < 300; i++) {
		dup2(files[1 + i % 2], files[0]);
		if (first(files[0]) != (i % 2 == 0 ? 0 : -1)) {
			printf("turn %d: what was just put there is not read\n", i);
		}
	}
	stop = 1;
	return NULL;
}

static void threads(void)
{
	int files[3] = {open("/dev/null", O_RDONLY), open("/dev/zero", O_RDONLY),
			open("/dev/null", O_RDONLY)};
	pthread_t thread;
	int odd = 0;

	pthread_create(&thread, NULL, change, files);
	while (!stop) {
		int got = first(files[0]);

		odd += got != 0 && got != -1;
	}
	pthread_join(thread, NULL);
	printf("threads: %d odd answers\n", odd);
	close(files[0]), close(files[1]), close(files[2]);
}

/* Memory that is not there, and lengths. */
static void addresses(void)
{
	char *pages =
		mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int zero = open("/dev/zero", O_RDWR);
	int null = open("/dev/null", O_RDWR);
	struct iovec vectors[2] = {{pages, 100}, {pages + 4096, 200}};
	long sum = 0;

	memset(pages, 1, 3 * 4096);
	munmap(pages + 2 * 4096, 4096);
	SHOW(read(zero, pages + 4096 + 100, 4096));
	SHOW(read(zero, pages + 2 * 4096, 10));
	SHOW(read(zero, pages + 2 * 4096, 0));
	SHOW(read(zero, pages + 2 * 4096 + 1, 1));
	SHOW(read(null, pages + 2 * 4096, 1));
	SHOW(syscall(SYS_pread64, zero, pages, 10, 0, 0));
	SHOW(syscall(SYS_pread64, zero, pages, 10, -1, -1));
	SHOW(syscall(SYS_pwrite64, null, pages, 10, -1, -1));
	SHOW(pread(zero, pages, 10, 1000000));
	for (int i = 0; i < 2 * 4096; i++) {
		sum += pages[i];
	}
	printf("left: %ld\n", sum);
	SHOW(readv(zero, vectors, 2));
	SHOW(writev(null, vectors, 2));
	mprotect(pages, 4096, PROT_READ);
	SHOW(read(zero, pages, 10));
	pages = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(pages, 1, 1 << 20);
	SHOW(read(zero, pages, 1 << 20));
	sum = 0;
	for (int i = 0; i < 1 << 20; i++) {
		sum += pages[i];
	}
	printf("left: %ld\n", sum);
	SHOW(write(null, pages, 1 << 20));
	close(zero), close(null);
}

int main(int count, char **words)
{
	unsigned char more[64];
	struct stat stat;
	int file = 0;
	int all = 0;

	if (count == 3) { /* executed by itself: what was closed, and what stayed */
		printf("%s: %d %d\n", words[1], first(atoi(words[2])), first(atoi(words[2]) + 1));
		return 0;
	}
	file = open("/dev/null", O_RDWR);

	SHOW(write(file, bytes, 64));
	SHOW(read(file, bytes, 64));
	SHOW(lseek(file, 5, SEEK_SET));
	SHOW(fstat(file, &stat));
	printf("%o %#x\n", stat.st_mode & S_IFMT, (unsigned)stat.st_rdev);
	file = open("/dev/zero", O_RDWR);
	memset(bytes, 1, sizeof(bytes));
	SHOW(read(file, bytes, 64));
	for (int i = 0; i < 64; i++) {
		all += bytes[i];
	}
	printf("%d\n", all);
	SHOW(write(file, bytes, 64));
	file = open("/dev/urandom", O_RDONLY);
	SHOW(read(file, bytes, 64));
	SHOW(read(file, more, 64));
	printf("%s\n", memcmp(bytes, more, 64) != 0 ? "they differ" : "the same");
	SHOW(isatty(file));
	close(file);
	addresses();
	numbers();
	threads();
	processes();
	file = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	SHOW(open("/dev/zero", O_RDONLY) - file);
	fflush(stdout);
	sprintf((char *)more, "%d", file);
	execl("/proc/self/exe", "devices", "executed", (char *)more, NULL);
	return 97;
}
