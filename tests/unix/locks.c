/* Record locks, locks of open files, flock: conflicts, waiting, deadlock, who loses what when. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

static int file;

static int lock(int descriptor, int command, int type, long start, long bytes)
{
	struct flock what = {.l_type = (short)type, .l_start = start, .l_len = bytes};

	return fcntl(descriptor, command, &what);
}

static void show_lock(int descriptor, int type, long start, long bytes, pid_t expected)
{
	struct flock what = {.l_type = (short)type, .l_start = start, .l_len = bytes};

	SHOW(fcntl(descriptor, F_GETLK, &what));
	if (what.l_type == F_UNLCK) {
		printf("free\n");
	} else {
		printf("type %d, %ld + %ld, %s\n", what.l_type, (long)what.l_start,
		       (long)what.l_len, what.l_pid == expected ? "by who has it" : "by another");
	}
	fflush(stdout);
}

/* Runs a function in a child, and waits for it. */
static void child(void (*function)(void))
{
	fflush(stdout);
	if (fork() == 0) {
		function();
		fflush(stdout);
		_exit(0);
	}
	wait(NULL);
}

static void seen_by_another(void)
{
	show_lock(file, F_WRLCK, 0, 0, getppid());
	show_lock(file, F_RDLCK, 15, 1, getppid());
	show_lock(file, F_RDLCK, 40, 1, getppid());
	SHOW(lock(file, F_SETLK, F_WRLCK, 12, 1));
	SHOW(lock(file, F_SETLK, F_RDLCK, 12, 1));
	SHOW(lock(file, F_SETLK, F_RDLCK, 40, 1));
	SHOW(lock(file, F_SETLK, F_WRLCK, 100, 0));
}

static void records(void)
{
	SHOW(lock(file, F_SETLK, F_RDLCK, 10, 10));
	SHOW(lock(file, F_SETLK, F_WRLCK, 40, 10));
	SHOW(lock(file, F_SETLK, F_UNLCK, 14, 2));
	show_lock(file, F_WRLCK, 0, 0, getpid());
	child(seen_by_another);
	child(seen_by_another); /* the first one's locks went with it */
	SHOW(lock(file, F_SETLK, 7, 0, 0));
	SHOW(lock(file, F_SETLK, F_RDLCK, -5, 1));
	SHOW(lock(99, F_SETLK, F_RDLCK, 0, 1));
	close(dup(file)); /* POSIX: all of them are gone */
	child(seen_by_another);
}

static void waiting(void)
{
	int ends[2];
	char byte = 0;

	pipe(ends);
	SHOW(lock(file, F_SETLK, F_WRLCK, 0, 10));
	if (fork() == 0) {
		write(ends[1], "w", 1);
		lock(file, F_SETLKW, F_WRLCK, 5, 10);
		write(ends[1], "l", 1);
		_exit(0);
	}
	read(ends[0], &byte, 1);
	usleep(50000);
	SHOW(lock(file, F_SETLK, F_UNLCK, 0, 0));
	read(ends[0], &byte, 1);
	printf("%c\n", byte);
	wait(NULL);
}

static void interrupt(int number)
{
	(void)number;
}

static void interrupted_wait(void)
{
	struct sigaction action = {.sa_handler = interrupt};

	sigaction(SIGALRM, &action, NULL);
	alarm(1);
	SHOW(lock(file, F_SETLKW, F_WRLCK, 0, 1));
}

static void wait_and_die(void)
{
	SHOW(lock(file, F_SETLK, F_WRLCK, 0, 10));
	child(interrupted_wait);
	SHOW(lock(file, F_SETLK, F_UNLCK, 0, 0));
}

static void deadlock(void)
{
	int ends[2];
	char byte = 0;
	pid_t pid = 0;

	pipe(ends);
	SHOW(lock(file, F_SETLK, F_WRLCK, 0, 1));
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		lock(file, F_SETLK, F_WRLCK, 1, 1);
		write(ends[1], "x", 1);
		lock(file, F_SETLKW, F_WRLCK, 0, 1);
		_exit(0);
	}
	read(ends[0], &byte, 1);
	usleep(100000);
	SHOW(lock(file, F_SETLKW, F_WRLCK, 1, 1));
	SHOW(lock(file, F_SETLK, F_UNLCK, 0, 0));
	wait(NULL);
}

static void open_files(void)
{
	int other = open("locks", O_RDWR);

	SHOW(lock(file, F_OFD_SETLK, F_WRLCK, 0, 5));
	SHOW(lock(other, F_OFD_SETLK, F_WRLCK, 0, 5));
	SHOW(lock(other, F_OFD_SETLK, F_WRLCK, 5, 5));
	show_lock(file, F_WRLCK, 5, 1, -1);
	close(dup(file));
	SHOW(lock(other, F_OFD_SETLK, F_RDLCK, 0, 1));
	close(other);
	other = open("locks", O_RDWR);
	SHOW(lock(file, F_OFD_SETLK, F_WRLCK, 5, 5));
	close(other);
	SHOW(lock(file, F_OFD_SETLK, F_UNLCK, 0, 0));
}

static void flocks(void)
{
	int other = open("locks", O_RDONLY);

	SHOW(flock(file, LOCK_SH));
	SHOW(flock(other, LOCK_SH | LOCK_NB));
	SHOW(flock(other, LOCK_EX | LOCK_NB));
	SHOW(flock(file, LOCK_UN));
	SHOW(flock(other, LOCK_EX | LOCK_NB));
	SHOW(flock(file, LOCK_SH | LOCK_NB));
	SHOW(lock(file, F_SETLK, F_WRLCK, 0, 0)); /* they do not see each other */
	fflush(stdout);
	if (fork() == 0) {
		usleep(50000);
		flock(other, LOCK_UN);
		_exit(0);
	}
	SHOW(flock(file, LOCK_EX));
	wait(NULL);
	SHOW(flock(file, 77));
	close(other);
}

int main(void)
{
	own_folder("locks");
	file = open("locks", O_RDWR | O_CREAT | O_TRUNC, 0644);
	records();
	waiting();
	wait_and_die();
	deadlock();
	open_files();
	flocks();
	return 0;
}
