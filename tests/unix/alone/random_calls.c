/*
 * Random system calls with random arguments, from two processes at a time: random_calls CALLS SEED.
 * A third one watches: who ends is replaced, who hangs is killed.  When so many calls were made it
 * says so and kills the whole group, itself too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS    2
#define NUMBER_MAX 460u

/* Shared by all: how many calls each worker made. */
static volatile uint32_t *counts;
static uint32_t state;

static uint32_t random32(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static char buffer[32768];
static const char *const paths[] = {"/tmp/x",
				    "/tmp/y",
				    "/tmp/d",
				    ".",
				    "/dev/null",
				    "/dev/zero",
				    "/tmp",
				    "nothing",
				    "/tests/hello",
				    "/proc/self/status",
				    "",
				    "/dev/tty"};

static uint32_t random_argument(void)
{
	switch (random32() % 12) {
	case 0:
		return 0;
	case 1:
		return random32();
	case 2:
		return (uint32_t)-1;
	case 3:
	case 4:
		return random32() % 12;
	case 5:
		return random32() % 300;
	case 6:
	case 7:
		return (uint32_t)paths[random32() % (sizeof(paths) / sizeof(paths[0]))];
	case 8:
		return 1u << random32() % 32;
	case 9:
		return 0xb8000000u + (random32() % 3 - 1) * 4096 + random32() % 16 - 8;
	default:
		return (uint32_t)buffer + random32() % 16384;
	}
}

/* Calls that would end the test itself, or reach beyond it. */
static int is_left_out(uint32_t number)
{
	switch (number) {
	case SYS_kill: /* -1 is everybody */
	case SYS_rt_sigqueueinfo:
	case SYS_setsid: /* the watcher finds all in its group */
	case SYS_setpgid:
	case SYS_munmap: /* the counters and the program itself */
	case SYS_mmap:
	case SYS_mmap2:
	case SYS_mremap:
	case SYS_mprotect:
	case SYS_brk:
	case SYS_madvise:
		return random32() % 50 != 0 || number == SYS_kill ||
		       number == SYS_rt_sigqueueinfo || number == SYS_setsid ||
		       number == SYS_setpgid;
	case SYS_exit: /* ends of a worker, for certain, and waits for ever: few of them, for time's
			  sake */
	case SYS_exit_group:
	case SYS_vfork:
	case SYS_sigreturn:
	case SYS_rt_sigreturn:
	case SYS_pause:
	case SYS_sigsuspend:
		return random32() % 20 != 0;
	default:
		return 0;
	}
}

static void work(unsigned int worker, uint32_t seed)
{
	const struct rlimit few = {12, 12};

	state = seed * 2654435761u + 1;
	setrlimit(RLIMIT_NPROC, &few);
	if (setuid(1000 + worker) < 0) {
		_exit(1);
	}
	for (;;) {
		uint32_t number = random32() % NUMBER_MAX;
		uint32_t arguments[6];
		long result = 0;

		if (is_left_out(number)) {
			continue;
		}
		for (int i = 0; i < 6; i++) {
			arguments[i] = random_argument();
		}
		counts[worker]++;
		result = syscall((long)number, arguments[0], arguments[1], arguments[2],
				 arguments[3], arguments[4], arguments[5]);
		if (result == 0 &&
		    (number == SYS_fork || number == SYS_vfork || number == SYS_clone)) {
			syscall(SYS_exit_group, 0);
		}
	}
}

/* What another one left may make everybody wait: a FIFO by that name, say. */
static pid_t start(unsigned int worker, uint32_t seed)
{
	pid_t pid = 0;

	unlink("/tmp/x");
	unlink("/tmp/y");
	rmdir("/tmp/d");
	pid = fork();
	if (pid == 0) {
		work(worker, seed);
	}
	return pid;
}

int main(int argc, char **argv)
{
	uint32_t wanted = argc > 1 ? (uint32_t)atoi(argv[1]) : 1000;
	uint32_t seed = argc > 2 ? (uint32_t)atoi(argv[2]) : 1;
	pid_t workers[WORKERS];
	uint32_t last[WORKERS] = {0};

	counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (unsigned int i = 0; i < WORKERS; i++) {
		workers[i] = start(i, seed++);
	}
	while (counts[0] + counts[1] < wanted) {
		usleep(10000);
		for (unsigned int i = 0; i < WORKERS; i++) {
			pid_t ended = waitpid(workers[i], NULL, WNOHANG);

			if (ended == 0 && counts[i] == last[i]) { /* it waits for ever */
				kill(workers[i], SIGKILL);
				ended = waitpid(workers[i], NULL, 0);
			}
			if (ended != 0) {
				workers[i] = start(i, seed++);
			}
			last[i] = counts[i];
		}
		while (waitpid(-1, NULL, WNOHANG | __WALL) > 0) {
		}
	}
	printf("%u calls, or more\n", wanted);
	fflush(stdout);
	kill(0, SIGKILL);
	return 1;
}
