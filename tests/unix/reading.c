/*
 * One reads a file again and again while others write, append to, cut off, share and replace it:
 * what is read is always what was written last, and the offset is everybody's who shares it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include "check.h"

#define PAGE 4096

static char data[5 * PAGE];
static char got[5 * PAGE];

/* A file of so many bytes, and enough reads that the next are the quick ones. */
static int warm(const char *name, int bytes)
{
	int file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (file < 0 || write(file, data, (size_t)bytes) != bytes) {
		exit(98);
	}
	for (int i = 0; i < 6; i++) {
		(void)!pread(file, got, 1, 0);
	}
	lseek(file, 0, SEEK_SET);
	return file;
}

static int same(int offset, int bytes)
{
	return memcmp(got, data + offset, (size_t)bytes) == 0;
}

/* How much comes from an offset, and whether it is what the file has. */
static void at(int file, int bytes, int offset)
{
	int count = 0;

	memset(got, 0x55, sizeof(got));
	count = (int)pread(file, got, (size_t)bytes, offset);
	printf("%d at %d: %d %s, behind it %x\n", bytes, offset, count,
	       count > 0 ? same(offset, count) ? "good" : "BAD" : "", got[count > 0 ? count : 0]);
}

static void plain(void)
{
	int file = warm("plain", 3 * PAGE + 100);

	at(file, 1, 0);
	at(file, PAGE, 0);
	at(file, PAGE, 100);
	at(file, PAGE + 1, PAGE - 1);
	at(file, 100, 3 * PAGE + 50);
	at(file, 100, 3 * PAGE + 100);
	at(file, 100, 3 * PAGE + 101);
	at(file, 0, 0);
	at(file, 3 * PAGE, 7);
	for (int i = 0; i < 4; i++) {
		int count = (int)read(file, got, 3500);

		printf("in turn: %d %s, then at %ld\n", count,
		       same(3500 * i, count) ? "good" : "BAD", (long)lseek(file, 0, SEEK_CUR));
	}
	SHOW(read(file, got, 100));
	lseek(file, -10, SEEK_END);
	SHOW(read(file, got, 100));
	SHOW(lseek(file, 100, SEEK_CUR));
	SHOW(read(file, got, 100));
	close(file);
}

static void changes(void)
{
	int file = warm("changes", 2 * PAGE);
	int other = open("changes", O_RDWR);
	int append = open("changes", O_WRONLY | O_APPEND);

	memset(data + 10, 'n', 20);
	SHOW(pwrite(other, data + 10, 20, 10));
	at(file, 100, 0);
	at(file, 100, 0);
	SHOW(write(append, data + 2 * PAGE, 50));
	at(file, 200, 2 * PAGE);
	at(file, 200, 2 * PAGE - 10);
	SHOW(ftruncate(other, PAGE + 10));
	at(file, 200, PAGE);
	at(file, 200, PAGE + 10);
	at(file, 200, 2 * PAGE);
	SHOW(ftruncate(other, 3 * PAGE));
	memset(data + PAGE + 10, 0, 2 * PAGE - 10);
	at(file, 2 * PAGE, PAGE);
	at(file, PAGE, 2 * PAGE + 100);
	SHOW(truncate("changes", 0));
	at(file, 10, 0);
	SHOW(pwrite(file, data + PAGE, 100, PAGE));
	memset(data, 0, PAGE);
	at(file, PAGE, 0);
	at(file, 200, PAGE);
	SHOW(unlink("changes"));
	at(file, 100, PAGE);
	SHOW(open("changes", O_RDWR | O_CREAT, 0600) >= 0);
	at(file, 100, PAGE);
	close(file), close(other), close(append);
}

static void mapped(void)
{
	int file = warm("mapped", PAGE + 100);
	char *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	char *own = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);

	strcpy(data, "through the mapping");
	strcpy(memory, data);
	strcpy(own, "nobody else's");
	at(file, PAGE, 0);
	/* Into the mapping itself, and into one that may not be written. */
	SHOW(pread(file, memory + 100, 50, 0));
	memcpy(data + 100, data, 50);
	at(file, PAGE, 0);
	SHOW(pread(file, memory, 50, 25));
	memmove(data, data + 25, 50);
	at(file, PAGE, 0);
	mprotect(own, PAGE, PROT_READ);
	SHOW(pread(file, own, 10, 0));
	munmap(own, PAGE);
	SHOW(pread(file, own, 10, 0));
	munmap(memory, PAGE);
	close(file);
}

static void shared(void)
{
	int file = warm("shared", PAGE);
	int copy = dup(file);
	int alone = open("shared", O_RDONLY);
	int write_only = open("shared", O_WRONLY);
	int status = 0;
	pid_t child = 0;

	SHOW(read(file, got, 10));
	SHOW(read(copy, got, 10));
	printf("%s\n", same(10, 10) ? "behind it" : "BAD");
	child = fork();
	if (child == 0) {
		status = read(copy, got, 10) == 10 && same(20, 10);
		_exit(status);
	}
	waitpid(child, &status, 0);
	printf("the child reads on: %d\n", WEXITSTATUS(status));
	SHOW(read(file, got, 10));
	printf("%s\n", same(30, 10) ? "behind that" : "BAD");
	for (int i = 0; i < 6; i++) {
		(void)!read(alone, got, 10);
	}
	printf("%s\n", same(50, 10) ? "its own offset" : "BAD");
	SHOW(read(write_only, got, 10));
	SHOW(write(file, data + 100, 10));
	SHOW(lseek(copy, 0, SEEK_CUR));
	SHOW(fcntl(file, F_SETFL, O_APPEND));
	SHOW(write(file, data + PAGE, 10));
	at(file, 100, PAGE);
	SHOW(lseek(file, 0, SEEK_CUR));
	close(file);
	SHOW(read(file, got, 10));
	lseek(copy, 0, SEEK_SET);
	SHOW(read(copy, got, 10));
	close(copy), close(alone), close(write_only);
}

static void vectors(void)
{
	int file = warm("vectors", 2 * PAGE);
	struct iovec parts[3] = {{got, 100}, {got + 100, 0}, {got + 100, PAGE}};
	int out = open("vectors.out", O_RDWR | O_CREAT | O_TRUNC, 0600);

	SHOW(readv(file, parts, 3));
	printf("%s\n", same(0, 100 + PAGE) ? "good" : "BAD");
	SHOW(preadv(file, parts, 3, 50));
	printf("%s\n", same(50, 100 + PAGE) ? "good" : "BAD");
	lseek(file, 0, SEEK_SET);
	SHOW(sendfile(out, file, NULL, 1000));
	SHOW(read(file, got, 10));
	printf("%s\n", same(1000, 10) ? "good" : "BAD");
	close(file), close(out);
}

/* One writes ever longer records of one letter, the other must never see two letters in one. */
static volatile int stop;

static void *writer(void *argument)
{
	int file = *(int *)argument;
	char record[64];

	for (int i = 0; i < 400; i++) {
		memset(record, 'a' + i % 26, sizeof(record));
		(void)!pwrite(file, record, sizeof(record), 0);
		if (i % 10 == 0) {
			(void)!ftruncate(file, 0);
		}
	}
	stop = 1;
	return NULL;
}

static void threads(void)
{
	int file = warm("threads", 64);
	pthread_t thread;
	int odd = 0;

	pthread_create(&thread, NULL, writer, &file);
	while (!stop) {
		char record[64];
		int count = (int)pread(file, record, sizeof(record), 0);

		odd += count != 0 && count != 64;
	}
	pthread_join(thread, NULL);
	printf("odd records: %d\n", odd);
	close(file);
}

/* The time of access is not before that of a change, once it was read. */
static void times(void)
{
	int file = warm("times", 100);
	struct timespec set[2] = {{1000, 0}, {2000, 0}};
	struct stat stat;

	SHOW(futimens(file, set));
	SHOW(pread(file, got, 10, 0));
	fstat(file, &stat);
	printf("read: %s\n", stat.st_atime > 2000 ? "later" : "BAD");
	SHOW(pwrite(file, data, 10, 0));
	SHOW(pread(file, got, 10, 0));
	fstat(file, &stat);
	printf("read: %s\n", stat.st_atim.tv_sec >= stat.st_mtim.tv_sec ? "later" : "BAD");
	close(file);
}

int main(void)
{
	own_folder("reading");
	for (unsigned int i = 0; i < sizeof(data); i++) {
		data[i] = (char)(i * 7 + i / PAGE + 1);
	}
	plain();
	changes();
	mapped();
	shared();
	vectors();
	threads();
	times();
	return 0;
}
