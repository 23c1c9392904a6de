/* Process groups and sessions, stop and continue, orphaned groups. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/wait.h>
#include "say.h"

static volatile sig_atomic_t got;
static void note(int signal)
{
	got |= 1 << signal;
}

/* Waits for SIGUSR1, which is blocked elsewhere, so that it cannot come too early. */
static pid_t child(void)
{
	pid_t pid = fork();

	NEED(pid >= 0);
	if (pid == 0) {
		sigset_t none;

		sigemptyset(&none);
		while ((got & 1 << SIGUSR1) == 0) {
			sigsuspend(&none);
		}
		_exit(17);
	}
	return pid;
}

static void say_status(const char *what, int status)
{
	say("%s: %s %d", what,
	    WIFEXITED(status)      ? "exit"
	    : WIFSIGNALED(status)  ? "signal"
	    : WIFSTOPPED(status)   ? "stopped"
	    : WIFCONTINUED(status) ? "continued"
				   : "?",
	    WIFEXITED(status)    ? WEXITSTATUS(status)
	    : WIFSTOPPED(status) ? WSTOPSIG(status)
				 : status & 0x7f);
}

static void stops(void)
{
	int status = 0;
	siginfo_t info;
	pid_t pid = child();

	NEED(kill(pid, SIGSTOP) == 0);
	NEED(waitpid(pid, &status, WUNTRACED) == pid);
	say_status("SIGSTOP", status);
	say("again: %d", waitpid(pid, &status, WUNTRACED | WNOHANG));
	NEED(kill(pid, SIGCONT) == 0);
	NEED(waitpid(pid, &status, WCONTINUED) == pid);
	say_status("SIGCONT", status);
	NEED(kill(pid, SIGSTOP) == 0);
	NEED(waitpid(pid, &status, WUNTRACED) == pid);
	NEED(kill(pid, SIGUSR1) == 0);
	say("a stopped one takes nothing: %d", waitpid(pid, &status, WNOHANG));
	NEED(kill(pid, SIGCONT) == 0);
	NEED(waitpid(pid, &status, 0) == pid);
	say_status("USR1", status);
	pid = child();
	NEED(setpgid(pid, pid) == 0); /* not the group of a session's leader: that is an orphan */
	NEED(kill(pid, SIGTSTP) == 0);
	NEED(waitid(P_PID, (id_t)pid, &info, WSTOPPED) == 0);
	say("waitid: code %d status %d", info.si_code, info.si_status);
	NEED(kill(pid, SIGCONT) == 0);
	NEED(waitid(P_PID, (id_t)pid, &info, WCONTINUED) == 0);
	say("waitid: code %d status %d", info.si_code, info.si_status);
	NEED(kill(pid, SIGSTOP) == 0);
	NEED(waitpid(pid, &status, WUNTRACED) == pid);
	NEED(kill(pid, SIGKILL) == 0);
	NEED(waitpid(pid, &status, 0) == pid);
	say_status("SIGKILL to a stopped one", status);
}

static void groups(void)
{
	int status = 0;
	pid_t first = child();
	pid_t second = child();

	TRY(setpgid(first, first));
	TRY(setpgid(second, first));
	say("in its group: %d", getpgid(second) == first);
	TRY(setpgid(first, 0x7ffffff0));
	TRY(setpgid(0x7ffffff0, first));
	TRY(setpgid(first, -1));
	TRY(getpgid(0x7ffffff0));
	TRY(getsid(0x7ffffff0));
	NEED(kill(-first, SIGUSR1) == 0);
	NEED(waitpid(-first, &status, 0) > 0);
	say_status("one", status);
	NEED(waitpid(-first, &status, 0) > 0);
	say_status("other", status);
	TRY(waitpid(-first, &status, 0));
	TRY(kill(-first, SIGUSR1));
}

static void sessions(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		say("setsid: %d", setsid() == getpid());
		say("leader: %d %d", getsid(0) == getpid(), getpgrp() == getpid());
		TRY(setsid());
		TRY(setpgid(0, 0));
		_exit(0);
	}
	NEED(waitpid(pid, &status, 0) == pid);
	say_status("session", status);
}

/* A stopped group whose last tie to its session goes gets SIGHUP and SIGCONT. */
static void orphaned(void)
{
	int status = 0;
	sigset_t set;
	pid_t pid = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid = fork();
	if (pid == 0) {
		pid_t top = getppid();
		pid_t inner = 0;

		setsid();
		inner = fork();
		if (inner == 0) {
			setpgid(0, 0);
			signal(SIGHUP, note);
			signal(SIGCONT, note);
			kill(getpid(), SIGSTOP);
			while (got == 0) {
				usleep(1000);
			}
			usleep(10000);
			say("orphan: SIGHUP %d SIGCONT %d", (got >> SIGHUP) & 1,
			    (got >> SIGCONT) & 1);
			/* In an orphaned group the terminal's stops are nothing. */
			kill(getpid(), SIGTSTP);
			say("SIGTSTP: nothing");
			kill(top, SIGUSR2);
			_exit(0);
		}
		NEED(waitpid(inner, &status, WUNTRACED) == inner);
		_exit(0);
	}
	NEED(waitpid(pid, &status, 0) == pid);
	sigwaitinfo(&set, NULL);
	say("done");
}

int main(void)
{
	sigset_t set;

	setsid();
	signal(SIGUSR1, note);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	stops();
	groups();
	sessions();
	orphaned();
	return 0;
}
