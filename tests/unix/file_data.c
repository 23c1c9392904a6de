/* Regular files: positions, appending, truncation, holes, shared offsets. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

static void show_file(const char *name)
{
	char text[256];
	int file = open(name, O_RDONLY);
	ssize_t bytes = read(file, text, sizeof(text));

	printf("%s: %zd:", name, bytes);
	for (ssize_t i = 0; i < bytes; i++) {
		printf(text[i] >= ' ' && text[i] < 127 ? "%c" : "\\%o", text[i]);
	}
	printf("\n");
	fflush(stdout);
	close(file);
}

static void positions(void)
{
	char text[16] = "";
	int file = open("file", O_RDWR | O_CREAT | O_EXCL, 0640);

	SHOW(write(file, "0123456789", 10));
	SHOW(lseek(file, 3, SEEK_SET));
	SHOW(read(file, text, 4));
	printf("%s\n", text);
	SHOW(lseek(file, 0, SEEK_CUR));
	SHOW(lseek(file, -2, SEEK_END));
	SHOW(read(file, text, 16));
	SHOW(read(file, text, 16));
	SHOW(lseek(file, -1, SEEK_SET));
	SHOW(lseek(file, 0, 77));
	SHOW(pread(file, text, 3, 1));
	SHOW(pwrite(file, "AB", 2, 12));
	SHOW(lseek(file, 0, SEEK_CUR));
	SHOW(lseek(file, 5, SEEK_DATA));
	SHOW(lseek(file, 5, SEEK_HOLE));
	SHOW(lseek(file, 50, SEEK_DATA));
	show_file("file");
	SHOW(ftruncate(file, 5));
	SHOW(ftruncate(file, 8));
	show_file("file");
	SHOW(ftruncate(file, -1));
	SHOW(fallocate(file, 0, 4, 8));
	SHOW(fallocate(file, FALLOC_FL_KEEP_SIZE, 0, 100));
	SHOW(fallocate(file, 0, 0, 0));
	show_file("file");
	SHOW(close(file));
	SHOW(open("file", O_RDWR | O_CREAT | O_EXCL, 0640));
	SHOW(read(file, text, 1));
	file = open("file", O_WRONLY);
	SHOW(read(file, text, 1));
	close(file);
	file = open("file", O_RDONLY);
	SHOW(write(file, text, 1));
	SHOW(ftruncate(file, 1));
	close(file);
}

static void appending(void)
{
	struct iovec parts[2] = {{"one ", 4}, {"two", 3}};
	int file = open("append", O_RDWR | O_CREAT | O_APPEND, 0644);
	int other = open("append", O_WRONLY);
	char text[8] = "";

	SHOW(write(file, "ab", 2));
	SHOW(write(other, "XYZ", 3));
	SHOW(write(file, "cd", 2));
	SHOW(lseek(file, 0, SEEK_CUR));
	SHOW(lseek(file, 1, SEEK_SET));
	SHOW(read(file, text, 2));
	SHOW(writev(file, parts, 2));
	SHOW(fcntl(other, F_SETFL, O_APPEND));
	SHOW(write(other, "!", 1));
	SHOW(fcntl(other, F_GETFL) & (O_ACCMODE | O_APPEND));
	show_file("append");
	close(file);
	close(other);
}

static void shared_offset(void)
{
	int file = open("shared", O_RDWR | O_CREAT | O_TRUNC, 0644);
	int again = dup(file);
	int status = 0;

	write(file, "parent ", 7);
	if (fork() == 0) {
		write(again, "child ", 6);
		_exit(0);
	}
	wait(&status);
	SHOW(lseek(file, 0, SEEK_CUR));
	SHOW(write(file, "parent", 6));
	show_file("shared");
	close(file);
	close(again);
}

static void large(void)
{
	enum { BYTES = 300000 };
	unsigned char *data = malloc(BYTES);
	unsigned char *back = malloc(BYTES);
	int file = open("large", O_RDWR | O_CREAT | O_TRUNC, 0644);
	struct stat stat;

	for (int i = 0; i < BYTES; i++) {
		data[i] = (unsigned char)(i * 7 + i / 251);
	}
	SHOW(write(file, data, BYTES));
	SHOW(fstat(file, &stat));
	printf("%lld %o %d\n", (long long)stat.st_size, stat.st_mode, (int)stat.st_nlink);
	SHOW(pread(file, back, BYTES, 0));
	SHOW(memcmp(data, back, BYTES));
	SHOW(pread(file, back, BYTES, 1234));
	SHOW(memcmp(data + 1234, back, BYTES - 1234));
	SHOW(pread(file, back, BYTES, -1));
	SHOW(lseek(file, 100, SEEK_SET));
	SHOW(read(file, back, 50000));
	SHOW(memcmp(data + 100, back, 50000));
	SHOW(write(file, data + 50100, 40000));
	SHOW(lseek(file, 0, SEEK_CUR));
	SHOW(pread(file, back, BYTES, 0));
	SHOW(memcmp(data, back, BYTES));
	SHOW(pwrite(file, (void *)4096, 50000, 0));
	SHOW(pread(file, (void *)4096, 50000, 0));
	SHOW(write(open("large", O_RDONLY), data, 50000));
	SHOW(read(open("large", O_WRONLY), back, 50000));
	SHOW(lseek64(file, 0x100000000ll, SEEK_SET));
	SHOW(lseek64(file, 0, SEEK_CUR));
	SHOW(lseek(file, 0, SEEK_CUR));
	SHOW(read(file, back, 10));
	close(file);
}

int main(void)
{
	own_folder("file_data");
	umask(022);
	positions();
	appending();
	shared_offset();
	large();
	return 0;
}
