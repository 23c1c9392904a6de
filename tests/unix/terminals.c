/* Pseudo-terminals: the line discipline, sizes, sessions, job control, hanging up. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include "check.h"

static int master;
static char slave_name[64];
static volatile int got_signal;

/* Whoever waits for ever here is ended. */
static pid_t fork_child(void)
{
	pid_t pid = fork();

	alarm(10);
	return pid;
}

static void note_signal(int number)
{
	got_signal = number;
}

static void show_bytes(const char *what, const char *bytes, ssize_t count)
{
	printf("%s: %zd:", what, count);
	for (ssize_t i = 0; i < count; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		printf(byte >= ' ' && byte < 127 ? "%c" : "\\%03o", byte);
	}
	printf("\n");
	fflush(stdout);
}

/* What the master gets within a moment: it may come in parts. */
static void show_output(const char *what)
{
	char bytes[512];
	size_t have = 0;
	struct pollfd file = {.fd = master, .events = POLLIN};

	while (have < sizeof(bytes) && poll(&file, 1, 100) == 1 && (file.revents & POLLIN) != 0) {
		ssize_t count = read(master, bytes + have, sizeof(bytes) - have);

		if (count <= 0) {
			break;
		}
		have += (size_t)count;
	}
	show_bytes(what, bytes, (ssize_t)have);
}

static void show_input(const char *what, int slave)
{
	char bytes[256];

	show_bytes(what, bytes, read(slave, bytes, sizeof(bytes)));
}

static void type(const char *text)
{
	write(master, text, strlen(text));
}

static void open_master(void)
{
	int number = -1;

	master = posix_openpt(O_RDWR | O_NOCTTY);
	WORKS(master);
	SHOW(grantpt(master));
	SHOW(unlockpt(master));
	WORKS(ioctl(master, TIOCGPTN, &number));
	snprintf(slave_name, sizeof(slave_name), "/dev/pts/%d", number);
	printf("%s\n", strcmp(slave_name, ptsname(master)) == 0 ? "named" : "another name");
}

static void show_modes(int slave)
{
	struct termios modes;

	SHOW(tcgetattr(slave, &modes));
	printf("%o %o %o %o:", modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag);
	for (int i = 0; i < 17; i++) {
		printf(" %d", modes.c_cc[i]);
	}
	printf("\n");
}

static void lines(int slave)
{
	int queued = 0;

	type("hello\n");
	show_output("echo");
	show_input("line", slave);
	type("mistake\177\177X-Y\025again\n");
	show_output("edited");
	show_input("line", slave);
	type("two words\027one\n");
	show_output("word erased");
	show_input("line", slave);
	type("first\nsecond\npart");
	usleep(20000);
	SHOW(ioctl(slave, FIONREAD, &queued));
	printf("%d queued\n", queued);
	show_output("echo");
	show_input("line", slave);
	show_input("line", slave);
	type("ial\004");
	show_input("ended by ^D", slave);
	type("\004");
	show_input("end of file", slave);
	type("\026\003quoted\r");
	show_output("echo");
	show_input("line", slave);
	write(slave, "a\tb\nc\n", 6);
	show_output("output");
}

static void raw(int slave)
{
	struct termios modes, before;
	char byte = 0;

	tcgetattr(slave, &before);
	modes = before;
	cfmakeraw(&modes);
	SHOW(tcsetattr(slave, TCSANOW, &modes));
	show_modes(slave);
	type("a\r\n\003\004");
	show_output("no echo");
	show_input("raw", slave);
	write(slave, "x\n", 2);
	show_output("as it is");
	modes.c_cc[VMIN] = 0;
	modes.c_cc[VTIME] = 1;
	SHOW(tcsetattr(slave, TCSANOW, &modes));
	SHOW(read(slave, &byte, 1));
	modes.c_cc[VMIN] = 3;
	modes.c_cc[VTIME] = 0;
	SHOW(tcsetattr(slave, TCSADRAIN, &modes));
	type("12");
	if (fork_child() == 0) {
		usleep(50000);
		type("3");
		_exit(0);
	}
	show_input("three at least", slave);
	wait(NULL);
	type("flushed");
	usleep(20000);
	SHOW(tcsetattr(slave, TCSAFLUSH, &before));
	fcntl(slave, F_SETFL, O_NONBLOCK);
	SHOW(read(slave, &byte, 1));
	fcntl(slave, F_SETFL, 0);
	SHOW(tcflow(slave, TCOOFF));
	SHOW(tcflow(slave, TCOON));
	SHOW(tcflush(slave, TCIOFLUSH));
	SHOW(isatty(master));
}

/* In a child: a session with the terminal as its own. */
static int begin_session(void)
{
	int slave = 0;

	setsid();
	slave = open(slave_name, O_RDWR);
	return slave;
}

static void session(void)
{
	struct winsize size = {.ws_row = 30, .ws_col = 100};
	int slave = begin_session();
	int status = 0;
	pid_t child = 0;

	SHOW(tcgetsid(slave) == getpid());
	SHOW(tcgetpgrp(slave) == getpid());
	SHOW(open("/dev/tty", O_RDWR) >= 0);
	signal(SIGWINCH, note_signal);
	SHOW(ioctl(master, TIOCSWINSZ, &size));
	printf("signal %d\n", got_signal);
	memset(&size, 0, sizeof(size));
	SHOW(ioctl(slave, TIOCGWINSZ, &size));
	printf("%d x %d\n", size.ws_row, size.ws_col);
	signal(SIGINT, note_signal);
	type("\003");
	usleep(20000);
	printf("signal %d\n", got_signal);
	show_output("echo");

	/* A child in the background that reads. */
	fflush(stdout);
	child = fork_child();
	if (child == 0) {
		char byte = 0;

		signal(SIGINT, SIG_DFL);
		setpgid(0, 0);
		SHOW(read(slave, &byte, 1));
		_exit(7);
	}
	setpgid(child, child);
	waitpid(child, &status, WUNTRACED);
	printf("stopped: %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status));
	SHOW(tcsetpgrp(slave, child));
	SHOW(tcgetpgrp(slave) == child);
	kill(child, SIGCONT);
	type("z\n");
	waitpid(child, &status, 0);
	printf("status %#x\n", status);
	/* Now this is in the background itself. */
	signal(SIGTTOU, SIG_IGN);
	SHOW(tcsetpgrp(slave, getpid()));
	signal(SIGTTOU, SIG_DFL);
	SHOW(tcsetpgrp(slave, 999999));

	fflush(stdout);
	child = fork_child();
	if (child == 0) {
		signal(SIGINT, SIG_DFL);
		setpgid(0, 0);
		signal(SIGTTOU, SIG_IGN);
		tcsetpgrp(slave, getpid());
		kill(getppid(), SIGUSR1);
		for (;;) {
			pause();
		}
	}
	while (tcgetpgrp(slave) != child) {
		usleep(1000);
	}
	type("\032");
	waitpid(child, &status, WUNTRACED);
	printf("stopped: %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status));
	kill(child, SIGCONT);
	type("\034");
	waitpid(child, &status, 0);
	printf("ended by %d\n", WTERMSIG(status));
	fflush(stdout);
}

static void hang_up(void)
{
	int slave = 0;
	char byte = 0;
	struct pollfd file = {.events = POLLIN};

	signal(SIGHUP, note_signal);
	slave = begin_session();
	close(master);
	usleep(20000);
	printf("signal %d\n", got_signal);
	SHOW(read(slave, &byte, 1));
	SHOW(write(slave, &byte, 1));
	SHOW(tcgetpgrp(slave));
	file.fd = slave;
	poll(&file, 1, 0);
	printf("%#x\n", file.revents & (POLLIN | POLLHUP));
	SHOW(open("/dev/tty", O_RDWR));
	fflush(stdout);
}

static void child(void (*function)(void))
{
	int status = 0;

	fflush(stdout);
	if (fork_child() == 0) {
		function();
		_exit(0);
	}
	wait(&status);
	printf("child: %#x\n", status);
}

int main(void)
{
	int slave = 0;
	char byte = 0;
	struct pollfd file;

	alarm(10);
	signal(SIGUSR1, SIG_IGN);
	SHOW(open("/dev/tty", O_RDWR));
	open_master();
	slave = open(slave_name, O_RDWR | O_NOCTTY);
	WORKS(slave);
	show_modes(slave);
	lines(slave);
	raw(slave);
	SHOW(ttyname(slave) != NULL && strcmp(ttyname(slave), slave_name) == 0);
	close(slave);
	file = (struct pollfd){.fd = master, .events = POLLIN | POLLOUT};
	show_output("what is left");
	poll(&file, 1, 0);
	printf("%#x\n", file.revents & (POLLIN | POLLHUP));
	SHOW(read(master, &byte, 1));
	child(session);
	show_output("of the session");
	close(master);
	open_master();
	slave = open(slave_name, O_RDWR | O_NOCTTY);
	/* The child's copy of the master is the last one. */
	{
		int other = slave;

		fflush(stdout);
		if (fork_child() == 0) {
			close(other);
			hang_up();
			_exit(0);
		}
		close(master);
		wait(NULL);
		SHOW(read(slave, &byte, 1));
	}
	return 0;
}
