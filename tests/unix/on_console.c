/* What tests/kernel/unix_console.c types at; without a terminal it says so and ends. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static volatile int last_signal;

static void note(int number)
{
	last_signal = number;
}

static void wait_for(int number)
{
	while (last_signal != number) {
		usleep(1000);
	}
	printf("signal %d\n", number);
	fflush(stdout);
}

int main(void)
{
	struct winsize size;
	char line[256];
	pid_t child = 0;
	int status = 0;

	if (!isatty(0)) {
		printf("no terminal\n");
		return 0;
	}
	signal(SIGINT, note);
	signal(SIGWINCH, note);
	ioctl(0, TIOCGWINSZ, &size);
	printf("%d x %d, in front: %d\n", size.ws_row, size.ws_col, tcgetpgrp(0) == getpgrp());
	printf("name? ");
	fflush(stdout);
	if (fgets(line, sizeof(line), stdin) != NULL) {
		printf("hello, %s", line);
	}
	printf("interrupt me\n");
	fflush(stdout);
	wait_for(SIGINT);
	printf("resize me\n");
	fflush(stdout);
	wait_for(SIGWINCH);
	ioctl(0, TIOCGWINSZ, &size);
	printf("%d x %d\n", size.ws_row, size.ws_col);
	fflush(stdout);
	signal(SIGTTOU, SIG_IGN);
	child = fork();
	if (child == 0) {
		setpgid(0, 0);
		tcsetpgrp(0, getpid());
		printf("stop me\n");
		fflush(stdout);
		for (;;) {
			pause();
		}
	}
	waitpid(child, &status, WUNTRACED);
	printf("stopped by %d\n", WIFSTOPPED(status) ? WSTOPSIG(status) : 0);
	fflush(stdout);
	tcsetpgrp(0, getpgrp());
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	printf("end of file? ");
	fflush(stdout);
	printf("%s\n", fgets(line, sizeof(line), stdin) == NULL ? "yes" : "no");
	return 5;
}
