/* fork, vfork, posix_spawn, exit, and the waits of the parent. */
#define _GNU_SOURCE
#include <spawn.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include "say.h"

static void say_status(const char *what, int status)
{
	if (WIFEXITED(status)) {
		say("%s: exit %d", what, WEXITSTATUS(status));
	} else if (WIFSIGNALED(status)) {
		say("%s: signal %d", what, WTERMSIG(status));
	} else {
		say("%s: status %x", what, status);
	}
}

static pid_t child_that_exits(int code)
{
	pid_t pid = fork();

	NEED(pid >= 0);
	if (pid == 0) {
		_exit(code);
	}
	return pid;
}

static void simple(void)
{
	static int variable = 1;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		variable = 2;
		say("child: variable %d, parent %s", variable, getppid() > 1 ? "there" : "gone");
		_exit(7);
	}
	NEED(waitpid(pid, &status, 0) == pid);
	say_status("fork", status);
	say("parent: variable %d", variable);
	TRY(waitpid(pid, &status, 0));
	TRY(waitpid(-1, &status, 0));
	TRY(waitpid(-1, &status, WNOHANG));
	TRY(waitpid(-1, &status, 0x40));
	pid = child_that_exits(300);
	NEED(wait(&status) == pid);
	say_status("exit 300", status);
	pid = fork();
	if (pid == 0) {
		raise(SIGTERM);
		_exit(0);
	}
	NEED(wait(&status) == pid);
	say_status("SIGTERM", status);
}

static void kinds_of_wait(void)
{
	int status = 0;
	siginfo_t info;
	struct rusage usage;
	pid_t first = 0, second = 0;
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(1);
	}
	say("WNOHANG: %d", waitpid(pid, &status, WNOHANG));
	memset(&info, 1, sizeof info);
	TRY(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG));
	say("pid %d", info.si_pid);
	NEED(kill(pid, SIGKILL) == 0);
	NEED(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	say("waitid: signal %d code %d status %d, %s", info.si_signo, info.si_code, info.si_status,
	    info.si_pid == pid ? "the child's pid" : "another pid");
	NEED(waitid(P_ALL, 0, &info, WEXITED) == 0);
	say("again: code %d status %d", info.si_code, info.si_status);
	TRY(waitid(P_ALL, 0, &info, WEXITED));
	TRY(waitid(P_ALL, 0, &info, 0));
	pid = child_that_exits(5);
	memset(&usage, 0xff, sizeof usage);
	NEED(wait4(pid, &status, 0, &usage) == pid);
	say("wait4: %d, usage %s", WEXITSTATUS(status),
	    usage.ru_utime.tv_sec >= 0 && usage.ru_utime.tv_sec < 5 ? "small" : "large");
	pid = child_that_exits(6);
	NEED(waitpid(0, NULL, 0) == pid);
	pid = child_that_exits(6);
	NEED(waitpid(-getpgrp(), &status, 0) == pid);
	say_status("group", status);
	first = child_that_exits(1);
	second = child_that_exits(2);
	NEED(waitpid(second, &status, 0) == second);
	say_status("second", status);
	NEED(waitpid(first, &status, 0) == first);
	say_status("first", status);
}

static void many(void)
{
	int sum = 0;
	int status = 0;

	for (int i = 0; i < 40; i++) {
		child_that_exits(i);
	}
	while (wait(&status) > 0) {
		sum += WEXITSTATUS(status);
	}
	say("40 children: %d", sum);
	for (int i = 0; i < 100; i++) {
		NEED(waitpid(child_that_exits(i), &status, 0) > 0 && WEXITSTATUS(status) == i);
	}
	say("100 one after the other");
}

static void spawned(char *self)
{
	volatile int variable = 1;
	char *arguments[] = {self, "child", "two words", "", NULL};
	char *environment[] = {"ONE=1", "TWO=2", NULL};
	int status = 0;
	pid_t pid = vfork();

	if (pid == 0) {
		variable = 2;
		_exit(3);
	}
	NEED(waitpid(pid, &status, 0) == pid);
	say("vfork: the variable is %d", variable);
	say_status("vfork", status);
	pid = vfork();
	if (pid == 0) {
		execve(self, arguments, environment);
		_exit(4);
	}
	NEED(waitpid(pid, &status, 0) == pid);
	say_status("vfork and execve", status);
	NEED(posix_spawn(&pid, self, NULL, NULL, arguments, environment) == 0);
	NEED(waitpid(pid, &status, 0) == pid);
	say_status("posix_spawn", status);
	say("posix_spawn of nothing: %s",
	    strerrorname_np(
		    posix_spawn(&pid, "/nothing/there", NULL, NULL, arguments, environment)));
	TRY(waitpid(-1, &status, 0));
}

/* A child whose parent has ended has another. */
static void orphans(void)
{
	int status = 0;
	pid_t self = getpid();
	pid_t pid = fork();

	if (pid == 0) {
		pid_t parent = getpid();

		pid = fork();
		if (pid != 0) {
			_exit(0);
		}
		while (getppid() == parent) {
			usleep(1000);
		}
		say("orphan: another parent, %s",
		    getppid() == self ? "the grandparent" : "the first");
		kill(self, SIGUSR1);
		_exit(0);
	}
	NEED(waitpid(pid, &status, 0) == pid);
	NEED(waitpid(-1, &status, 0) < 0);
}

static volatile sig_atomic_t told;
static void tell(int signal)
{
	told = signal;
}

int main(int argc, char **argv)
{
	sigset_t set, old;

	if (argc > 1) {
		extern char **environ;

		say("child: %d arguments, %s, '%s' '%s'", argc, argv[1], argv[2], argv[3]);
		for (int i = 0; environ[i] != NULL; i++) {
			say("%s", environ[i]);
		}
		return 9;
	}
	simple();
	kinds_of_wait();
	many();
	spawned(argv[0]);
	signal(SIGUSR1, tell);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &old);
	orphans();
	while (told == 0) {
		sigsuspend(&old);
	}
	say("told");
	/* An ignored SIGCHLD: no zombies, and wait returns when all are gone. */
	signal(SIGCHLD, SIG_IGN);
	child_that_exits(0);
	TRY(wait(NULL));
	return 0;
}
