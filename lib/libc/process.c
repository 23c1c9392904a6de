/* A program's end, and what a task without a process server has of processes. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#include <libmach.h>
#include <standard_ports.h>
#include "log.h"

/* The process server gives numbers; a task that it does not know is its own number 1. */
#define OWN_PID 1

static int fail(int error)
{
	errno = error;
	return -1;
}

/*
 * Ends the task with all of its threads.  The process server takes the status; where there is none,
 * one that tells of a failure is said to the log.
 */
void _exit(int status)
{
	if (standard_process_port() != MACH_PORT_NULL) {
		standard_exit((unsigned int)status & 0xff);
	}
	if (status != 0) {
		char text[48];

		(void)mach_snprintf(text, sizeof text, "libc: the program ended with status %d\n",
				    status);
		libc_log(text, strlen(text));
	}
	mach_exit();
}

pid_t getpid(void)
{
	return OWN_PID;
}

/* What raise and abort come to when nobody catches the signal: the program's end. */
int kill(pid_t process, int number)
{
	char text[48];

	if (process != OWN_PID) {
		return fail(ESRCH);
	}
	if (number == 0) {
		return 0;
	}
	(void)mach_snprintf(text, sizeof text, "libc: signal %d ends the program\n", number);
	libc_log(text, strlen(text));
	_exit(128 + number);
}

pid_t fork(void)
{
	return fail(ENOSYS);
}

int execve(const char *name, char *const arguments[], char *const variables[])
{
	(void)name;
	(void)arguments;
	(void)variables;
	return fail(ENOSYS);
}

pid_t wait(int *status)
{
	(void)status;
	return fail(ECHILD);
}

int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	(void)how;
	(void)set;
	(void)old;
	return fail(ENOSYS);
}

/* Random bytes come from lib/crypto, which knows whether it was seeded; not from here. */
int getentropy(void *buffer, size_t size)
{
	(void)buffer;
	(void)size;
	return fail(ENOSYS);
}
