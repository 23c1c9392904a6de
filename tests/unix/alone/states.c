#define _GNU_SOURCE
/*
 * Processes that wait in every way there is, or run, or are stopped or zombies; says "ready" and
 * waits. Whoever kills the group finds nothing of them afterwards.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int pipe_ends[2];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void wait_reading(void)
{
	char byte;

	(void)!read(pipe_ends[0], &byte, 1);
}

static void wait_writing(void)
{
	static char data[200000];
	int pair[2];

	(void)!pipe(pair);
	(void)!write(pair[1], data, sizeof data);
}

static void wait_polling(void)
{
	struct pollfd entry = {.fd = pipe_ends[0], .events = POLLIN};

	(void)poll(&entry, 1, -1);
}

static void wait_sleeping(void)
{
	struct timespec time = {.tv_sec = 100000};

	(void)nanosleep(&time, NULL);
}

static void wait_for_fifo(void)
{
	(void)mkfifo("/tmp/states.fifo", 0600);
	(void)!open("/tmp/states.fifo", O_RDONLY);
}

static void wait_for_lock(void)
{
	int first = open("/tmp/states.lock", O_RDWR | O_CREAT, 0600);
	int second = open("/tmp/states.lock", O_RDWR);

	(void)flock(first, LOCK_EX);
	(void)flock(second, LOCK_EX);
}

static void *lock_again(void *argument)
{
	(void)argument;
	(void)pthread_mutex_lock(&mutex);
	return NULL;
}

static void wait_with_threads(void)
{
	pthread_t threads[8];

	(void)pthread_mutex_lock(&mutex);
	for (int i = 0; i < 8; i++) {
		(void)pthread_create(&threads[i], NULL, lock_again, NULL);
	}
	(void)pthread_join(threads[0], NULL);
}

static void wait_for_vfork(void)
{
	if (vfork() == 0) {
		(void)pause();
		_exit(0);
	}
}

static void wait_for_signal(void)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	for (int i = 0; i < 100; i++) {
		(void)sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i});
	}
	(void)sigemptyset(&all);
	(void)sigaddset(&all, SIGUSR1);
	(void)sigwaitinfo(&all, NULL);
}

static void stop_oneself(void)
{
	(void)raise(SIGSTOP);
}

static void leave_zombies(void)
{
	for (int i = 0; i < 3; i++) {
		if (fork() == 0) {
			_exit(i);
		}
	}
	(void)pause();
}

static void wait_at_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	char byte;

	(void)grantpt(master);
	(void)unlockpt(master);
	(void)!open(ptsname(master), O_RDWR | O_NOCTTY);
	(void)!read(master, &byte, 1);
}

static void map_much(void)
{
	int file = open("/alone/states", O_RDONLY);
	char *memory =
		mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile char *mapped = mmap(NULL, 65536, PROT_READ, MAP_SHARED, file, 0);
	int pair[2];

	memset(memory, 1, 1 << 20);
	(void)mapped[0];
	(void)socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	(void)alarm(100000);
	(void)pause();
}

static void run_on(void)
{
	for (;;) {
		(void)getppid();
	}
}

int main(void)
{
	static void (*const states[])(void) = {
		wait_reading,      wait_writing,   wait_polling,  wait_sleeping,
		wait_for_fifo,     wait_for_lock,  stop_oneself,  wait_for_signal,
		wait_with_threads, wait_for_vfork, leave_zombies, map_much,
		wait_at_terminal,  run_on,
	};

	(void)!pipe(pipe_ends);
	for (unsigned int i = 0; i < sizeof states / sizeof states[0]; i++) {
		if (fork() == 0) {
			states[i]();
			_exit(0);
		}
	}
	(void)usleep(300000);
	(void)!write(1, "ready\n", 6);
	for (;;) {
		(void)pause();
	}
}
