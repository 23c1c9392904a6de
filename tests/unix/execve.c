/* execve: what is handed down, what is refused, scripts. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "say.h"

static char *self;

static void make(const char *path, const char *text, size_t bytes, mode_t mode)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	NEED(file >= 0 && write(file, text, bytes) == (ssize_t)bytes);
	close(file);
	NEED(chmod(path, mode) == 0);
}

static void run(const char *what, const char *path, char *const arguments[],
		char *const environment[])
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		execve(path, arguments, environment);
		say("%s: %s", what, strerrorname_np(errno));
		_exit(1);
	}
	NEED(waitpid(pid, &status, 0) == pid);
	say("%s: status %x", what, status);
}

static void refused(void)
{
	static char large[300000];
	char *arguments[] = {"x", NULL};
	char *too_large[] = {"x", large, NULL};
	char elf[64] = "\177ELF\1\1\1";

	memset(large, 'a', sizeof(large) - 1);
	run("no such file", "nothing", arguments, NULL);
	run("no such folder", "no/thing", arguments, NULL);
	run("empty", "", arguments, NULL);
	run("a directory", "/tmp", arguments, NULL);
	make("plain", "echo hello\n", 11, 0755);
	run("plain text", "plain", arguments, NULL);
	make("empty", "", 0, 0755);
	run("an empty file", "empty", arguments, NULL);
	make("refused", "#!/bin/sh\n", 10, 0644);
	run("not executable", "refused", arguments, NULL);
	run("through a file", "plain/x", arguments, NULL);
	make("half", elf, sizeof elf, 0755);
	run("half a header", "half", arguments, NULL);
	elf[16] = 2;
	elf[18] = 62; /* x86-64 */
	make("other", elf, sizeof elf, 0755);
	run("another processor", "other", arguments, NULL);
	run("one long string", self, too_large, NULL);
	large[5000] = '\0';
	run("a long name", large, arguments, NULL);
	make("loop", "#!./loop\n", 9, 0755);
	run("a script of itself", "loop", arguments, NULL);
	make("lost", "#!/nothing/here\n", 16, 0755);
	run("no interpreter", "lost", arguments, NULL);
}

static void scripts(void)
{
	char line[600];
	char *arguments[] = {"zero", "one", "two", NULL};
	char *environment[] = {"A=1", NULL};

	snprintf(line, sizeof line, "#! %s  child  and more \nrest\n", self);
	make("script", line, strlen(line), 0755);
	run("script", "./script", arguments, environment);
	snprintf(line, sizeof line, "#!./script\n");
	make("script2", line, strlen(line), 0755);
	run("script of a script", "./script2", arguments, environment);
}

/* In the child: what it has got. */
static int child(int argc, char **argv)
{
	extern char **environ;
	struct sigaction action;
	sigset_t mask;
	int first = -1;

	for (int i = 1; i < argc; i++) {
		const char *slash = strrchr(argv[i], '/');

		say("argument %d: %s", i, slash != NULL ? slash : argv[i]);
	}
	for (int i = 0; environ[i] != NULL; i++) {
		say("environment: %s", environ[i]);
	}
	sigaction(SIGUSR1, NULL, &action);
	say("caught: %s", action.sa_handler == SIG_DFL ? "default" : "?");
	sigaction(SIGUSR2, NULL, &action);
	say("ignored: %s", action.sa_handler == SIG_IGN ? "ignored" : "?");
	sigprocmask(SIG_BLOCK, NULL, &mask);
	say("blocked: %d %d", sigismember(&mask, SIGTERM), sigismember(&mask, SIGHUP));
	sigpending(&mask);
	say("waits: %d", sigismember(&mask, SIGTERM));
	say("descriptor 20: %d, 21: %d", fcntl(20, F_GETFD), fcntl(21, F_GETFD));
	first = open("/dev/null", O_RDONLY);
	say("lowest: %d", first);
	return 11;
}

static void note(int signal)
{
	(void)signal;
}

static void handed_down(void)
{
	char *arguments[] = {"name", "child", "", "x y", NULL};
	char *environment[] = {"A=1", "LONG=longer than it was", NULL};
	sigset_t set;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		dup2(1, 20);
		dup2(1, 21);
		fcntl(21, F_SETFD, FD_CLOEXEC);
		signal(SIGUSR1, note);
		signal(SIGUSR2, SIG_IGN);
		sigemptyset(&set);
		sigaddset(&set, SIGTERM);
		sigprocmask(SIG_BLOCK, &set, NULL);
		raise(SIGTERM);
		execve(self, arguments, environment);
		_exit(1);
	}
	NEED(waitpid(pid, &status, 0) == pid);
	say("status %x", status);
	run("no environment", self, arguments, NULL);
	run("no arguments", self, NULL, (char *[]){"NONE=1", NULL});
}

static void many(void)
{
	static char *arguments[2002] = {"name", "count"};
	int status = 0;
	pid_t pid = 0;

	for (int i = 2; i < 2000; i++) {
		arguments[i] = "0123456789";
	}
	arguments[2000] = NULL;
	pid = fork();
	if (pid == 0) {
		execve(self, arguments, NULL);
		_exit(1);
	}
	NEED(waitpid(pid, &status, 0) == pid);
	say("many: %x", status);
	/* By a descriptor. */
	pid = fork();
	if (pid == 0) {
		int file = open(self, O_RDONLY | O_CLOEXEC);

		arguments[2] = NULL;
		fexecve(file, arguments, arguments + 2);
		say("fexecve: %s", strerrorname_np(errno));
		_exit(1);
	}
	NEED(waitpid(pid, &status, 0) == pid);
	say("fexecve: %x", status);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "count") == 0) {
		say("%d arguments, the last %s", argc, argv[argc - 1]);
		return argc % 100;
	}
	if (argc > 1) {
		return child(argc, argv);
	}
	if (getenv("NONE") != NULL) {
		say("%d argument: '%s'", argc, argv[0]);
		return 12;
	}
	self = argv[0];
	refused();
	scripts();
	handed_down();
	many();
	return 0;
}
