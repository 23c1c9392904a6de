/* Directories: entries, positions, what is no directory. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "check.h"

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void list(const char *path)
{
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, NULL, by_name);

	printf("%s: %d\n", path, count);
	for (int i = 0; i < count; i++) {
		printf("  %s %d\n", entries[i]->d_name, entries[i]->d_type);
	}
	fflush(stdout);
}

static int count_entries(DIR *directory)
{
	int count = 0;

	while (readdir(directory) != NULL) {
		count++;
	}
	return count;
}

int main(void)
{
	char buffer[4096];
	DIR *directory = NULL;
	long place = 0;

	own_folder("directories");
	umask(022);
	SHOW(mkdir("d", 0755));
	SHOW(mkdir("d/sub", 0700));
	SHOW(symlink("nowhere", "d/link"));
	SHOW(mkfifo("d/fifo", 0600));
	list("d");
	for (int i = 0; i < 300; i++) {
		char name[32];

		snprintf(name, sizeof(name), "d/sub/a-rather-long-%d", i);
		close(open(name, O_CREAT | O_WRONLY, 0600));
	}
	directory = opendir("d/sub");
	SHOW(count_entries(directory));
	SHOW(count_entries(directory));
	rewinddir(directory);
	for (int i = 0; i < 100; i++) {
		readdir(directory);
	}
	place = telldir(directory);
	SHOW(count_entries(directory));
	seekdir(directory, place);
	SHOW(count_entries(directory));
	SHOW(syscall(SYS_getdents64, dirfd(directory), buffer, 4));
	seekdir(directory, place);
	SHOW(syscall(SYS_getdents64, dirfd(directory), buffer, 4));
	WORKS(syscall(SYS_getdents, dirfd(directory), buffer, sizeof(buffer)));
	SHOW(read(dirfd(directory), buffer, 1));
	closedir(directory);
	close(open("file", O_CREAT | O_WRONLY, 0600));
	SHOW(syscall(SYS_getdents64, open("file", O_RDONLY), buffer, sizeof(buffer)));
	SHOW(open("file", O_RDONLY | O_DIRECTORY));
	SHOW(open("d", O_WRONLY));
	SHOW(syscall(SYS_getdents64, 99, buffer, sizeof(buffer)));
	return 0;
}
