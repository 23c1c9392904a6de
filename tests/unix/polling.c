/* poll, ppoll, select and pselect: what is ready, time limits, what is left of them. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

static void nothing(int number)
{
	(void)number;
}

static long elapsed_ms(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000 + (now.tv_nsec - since->tv_nsec) / 1000000;
}

static void polls(int ends[2])
{
	struct pollfd files[4] = {{.fd = ends[0], .events = POLLIN},
				  {.fd = ends[1], .events = POLLOUT | POLLIN},
				  {.fd = -1, .events = POLLIN},
				  {.fd = 57, .events = POLLIN}};
	struct timespec limit = {.tv_nsec = 50000000};
	struct timespec since;

	SHOW(poll(files, 4, 1000));
	for (int i = 0; i < 4; i++) {
		printf("%#x ", files[i].revents);
	}
	printf("\n");
	clock_gettime(CLOCK_MONOTONIC, &since);
	SHOW(poll(files, 1, 60));
	printf("waited %s\n", elapsed_ms(&since) >= 59 ? "long enough" : "too short");
	SHOW(poll(files, 1, 0));
	SHOW(poll(NULL, 0, 1));
	SHOW(ppoll(files, 1, &limit, NULL));
	if (fork() == 0) {
		usleep(30000);
		write(ends[1], "x", 1);
		_exit(0);
	}
	SHOW(poll(files, 1, -1));
	printf("%#x\n", files[0].revents);
	wait(NULL);
	SHOW(poll(files, 3, -1));
}

/* Of select: Linux looks at no more descriptors than its table has room for, 64 at least; one that
   is not open beyond that is no error there and would be waited for. */
static void selects(int ends[2])
{
	fd_set in, out;
	struct timeval limit = {.tv_usec = 40000};
	struct timespec limit64 = {.tv_nsec = 30000000};
	char byte = 0;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(ends[0], &in);
	FD_SET(ends[1], &out);
	SHOW(select(ends[1] + 1, &in, &out, NULL, NULL));
	printf("%d %d\n", FD_ISSET(ends[0], &in) != 0, FD_ISSET(ends[1], &out) != 0);
	read(ends[0], &byte, 1);
	FD_SET(ends[0], &in);
	SHOW(select(ends[0] + 1, &in, NULL, NULL, &limit));
	printf("%d, left %ld.%06ld\n", FD_ISSET(ends[0], &in) != 0, (long)limit.tv_sec,
	       (long)limit.tv_usec);
	FD_SET(ends[0], &in);
	SHOW(pselect(ends[0] + 1, &in, NULL, NULL, &limit64, NULL));
	FD_ZERO(&in);
	FD_SET(57, &in);
	SHOW(select(58, &in, NULL, NULL, NULL));
	limit.tv_sec = -1;
	SHOW(select(0, NULL, NULL, NULL, &limit));
	limit = (struct timeval){.tv_sec = 30};
	FD_ZERO(&in);
	FD_SET(ends[0], &in);
	if (fork() == 0) {
		usleep(30000);
		write(ends[1], "x", 1);
		_exit(0);
	}
	SHOW(select(ends[0] + 1, &in, NULL, NULL, &limit));
	printf("left %s\n", limit.tv_sec >= 10 && limit.tv_sec < 30 ? "less" : "wrong");
	wait(NULL);
	read(ends[0], &byte, 1);
}

static void interrupted(int ends[2])
{
	struct sigaction action = {.sa_handler = nothing, .sa_flags = SA_RESTART};
	struct pollfd file = {.fd = ends[0], .events = POLLIN};
	struct timespec limit = {.tv_sec = 20};
	sigset_t blocked, empty;

	sigaction(SIGALRM, &action, NULL);
	alarm(1);
	SHOW(poll(&file, 1, 20000)); /* not restarted, whatever SA_RESTART says */
	sigemptyset(&empty);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGALRM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	raise(SIGALRM);
	SHOW(poll(&file, 1, 20));
	SHOW(ppoll(&file, 1, &limit, &empty));
}

int main(void)
{
	int ends[2];

	pipe(ends);
	polls(ends);
	selects(ends);
	interrupted(ends);
	return 0;
}
