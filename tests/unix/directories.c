/* Directories: entries, positions, what is no directory. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
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

/* One thread looks at names while another goes to and fro, and closes what the first begins at. */
static volatile int going = 1;

static void *wander(void *argument)
{
	int *directory = argument;

	for (int i = 0; i < 300; i++) {
		if (chdir(i % 2 == 0 ? "here" : "..") < 0) {
			break;
		}
		close(*directory);
		*directory = open(".", O_RDONLY);
	}
	going = 0;
	return NULL;
}

static void wanderers(void)
{
	static int directory;
	pthread_t thread;
	struct stat stat;
	int wrong = 0;

	SHOW(mkdir("here", 0755));
	SHOW(close(open("name", O_CREAT, 0600)));
	SHOW(close(open("here/name", O_CREAT, 0600)));
	directory = open(".", O_RDONLY);
	pthread_create(&thread, NULL, wander, &directory);
	while (going) {
		wrong += lstat("name", &stat) != 0;
		wrong += fstatat(directory, "name", &stat, 0) != 0 && errno != EBADF;
	}
	pthread_join(thread, NULL);
	printf("wrong: %d\n", wrong);
	close(directory);
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
	wanderers();
	return 0;
}
