/* Mapped files: private and shared, protections, the end of file. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

static sigjmp_buf back;

static void fault(int number)
{
	siglongjmp(back, number);
}

/* Reads or writes a byte: 0, or the signal. */
static int touch(volatile char *at, int write_it)
{
	int signal_number = sigsetjmp(back, 1);

	if (signal_number == 0) {
		if (write_it) {
			*at = 'w';
		} else {
			(void)*at;
		}
	}
	return signal_number;
}

static char *map(int file, int protection, int flags, size_t bytes, off_t offset)
{
	return mmap(NULL, bytes, protection, flags, file, offset);
}

#define FAILED(pointer) ((pointer) == MAP_FAILED ? -1 : 0)

int main(void)
{
	char text[32] = "";
	int file = 0;
	int reader = 0;
	int writer = 0;
	int zero = open("/dev/zero", O_RDWR);
	int ends[2];
	char *shared = NULL, *private = NULL, *other = NULL;

	own_folder("mapping");
	file = open("map", O_RDWR | O_CREAT | O_TRUNC, 0600);
	reader = open("map", O_RDONLY);
	writer = open("map", O_WRONLY);
	signal(SIGSEGV, fault);
	signal(SIGBUS, fault);
	pipe(ends);
	write(file, "the file's data", 15);
	shared = map(file, PROT_READ | PROT_WRITE, MAP_SHARED, 8192, 0);
	private = map(reader, PROT_READ | PROT_WRITE, MAP_PRIVATE, 4096, 0);
	other = map(reader, PROT_READ, MAP_SHARED, 4096, 0);
	printf("%.15s|%.15s|%.15s\n", shared, private, other);
	memcpy(private, "MY", 2);
	memcpy(shared + 4, "FILE", 4);
	SHOW(pread(file, text, 15, 0));
	printf("%.15s|%.15s|%.15s|%.15s\n", shared, private, other, text);
	SHOW(pwrite(file, "written", 7, 8));
	printf("%.15s|%.15s\n", shared, other);
	SHOW(shared[15] + shared[4000]);
	SHOW(touch(shared + 4096, 0));
	SHOW(touch(shared, 1));
	SHOW(touch(other, 1));
	SHOW(mprotect(other, 4096, PROT_READ | PROT_WRITE));
	SHOW(mprotect(shared, 8192, PROT_READ));
	SHOW(touch(shared, 1));
	SHOW(mprotect(shared, 8192, PROT_READ | PROT_WRITE));
	SHOW(touch(shared, 1));
	SHOW(FAILED(map(reader, PROT_READ | PROT_WRITE, MAP_SHARED, 4096, 0)));
	SHOW(FAILED(map(writer, PROT_READ, MAP_SHARED, 4096, 0)));
	SHOW(FAILED(map(writer, PROT_WRITE, MAP_PRIVATE, 4096, 0)));
	SHOW(FAILED(map(ends[0], PROT_READ, MAP_PRIVATE, 4096, 0)));
	SHOW(FAILED(map(open(".", O_RDONLY), PROT_READ, MAP_PRIVATE, 4096, 0)));
	SHOW(FAILED(map(99, PROT_READ, MAP_PRIVATE, 4096, 0)));
	SHOW(FAILED(map(file, PROT_READ, MAP_PRIVATE, 0, 0)));
	other = map(zero, PROT_READ | PROT_WRITE, MAP_PRIVATE, 4096, 0);
	SHOW(FAILED(other));
	SHOW(touch(other + 100, 1));
	if (fork() == 0) {
		memcpy(shared, "child's", 7);
		memcpy(private, "child's", 7);
		_exit(0);
	}
	wait(NULL);
	printf("%.7s|%.7s\n", shared, private);
	SHOW(ftruncate(file, 5000));
	SHOW(touch(shared + 4096, 1));
	close(file);
	SHOW(shared[0]);
	SHOW(munmap(shared, 8192));
	SHOW(touch(shared, 0));
	return 0;
}
