/* Pipes, FIFOs, pairs of sockets: ends, atomic writes, waiting, EPIPE, what poll says. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

static volatile int signals;

static void count_signal(int number)
{
	(void)number;
	signals++;
}

static void show_poll(const char *what, int file)
{
	struct pollfd poll_file = {.fd = file, .events = POLLIN | POLLOUT | POLLRDHUP};

	poll(&poll_file, 1, 0);
	printf("%s: poll %#x\n", what, poll_file.revents);
	fflush(stdout);
}

static void ends(void)
{
	char text[64] = "";
	int ends[2];
	int queued = 0;

	SHOW(pipe2(ends, O_NONBLOCK));
	show_poll("reader of an empty pipe", ends[0]);
	show_poll("writer of an empty pipe", ends[1]);
	SHOW(read(ends[0], text, 8));
	SHOW(write(ends[1], "hello", 5));
	SHOW(ioctl(ends[0], FIONREAD, &queued));
	printf("%d queued\n", queued);
	show_poll("reader", ends[0]);
	SHOW(read(ends[0], text, 3));
	SHOW(read(ends[0], text, 8));
	SHOW(lseek(ends[0], 0, SEEK_SET));
	SHOW(pread(ends[0], text, 1, 0));
	SHOW(read(ends[1], text, 1));
	SHOW(write(ends[0], text, 1));
	SHOW(write(ends[1], "left", 4));
	SHOW(close(ends[1]));
	show_poll("reader, no writer", ends[0]);
	SHOW(read(ends[0], text, 8));
	SHOW(read(ends[0], text, 8));
	show_poll("reader at the end", ends[0]);
	close(ends[0]);

	SHOW(pipe(ends));
	close(ends[0]);
	show_poll("writer, no reader", ends[1]);
	signal(SIGPIPE, count_signal);
	SHOW(write(ends[1], "x", 1));
	printf("%d signals\n", signals);
	signal(SIGPIPE, SIG_IGN);
	SHOW(write(ends[1], "x", 1));
	close(ends[1]);
	SHOW(pipe2(ends, 12345));
}

static void full(void)
{
	char block[4096];
	int ends[2];
	int written = 0;

	memset(block, 'x', sizeof(block));
	pipe2(ends, O_NONBLOCK);
	while (write(ends[1], block, sizeof(block)) == sizeof(block)) {
		written += sizeof(block);
	}
	printf("%d bytes in a full pipe\n", written);
	show_poll("writer of a full pipe", ends[1]);
	SHOW(write(ends[1], block, 1));
	SHOW(read(ends[0], block, 4096));
	show_poll("writer after a read", ends[1]);
	SHOW(write(ends[1], block, 4096));
	SHOW(write(ends[1], block, 1));
	close(ends[0]);
	close(ends[1]);
}

/* Many writers of whole blocks, and one of a large one that has to wait. */
static void together(void)
{
	enum { WRITERS = 4, BLOCKS = 60, BYTES = 1000 };
	char block[BYTES];
	int ends[2];
	int torn = 0;
	long bytes = 0;
	size_t have = 0;
	ssize_t part = 0;

	pipe(ends);
	for (int i = 0; i < WRITERS; i++) {
		if (fork() == 0) {
			close(ends[0]);
			memset(block, 'a' + i, BYTES);
			for (int j = 0; j < BLOCKS; j++) {
				write(ends[1], block, BYTES);
			}
			_exit(0);
		}
	}
	close(ends[1]);
	while ((part = read(ends[0], block + have, BYTES - have)) > 0) {
		have += (size_t)part;
		bytes += part;
		if (have == BYTES) {
			for (size_t i = 1; i < BYTES; i++) {
				torn += block[i] != block[0];
			}
			have = 0;
		}
	}
	printf("%ld bytes, %d torn\n", bytes, torn);
	for (int i = 0; i < WRITERS; i++) {
		wait(NULL);
	}
	close(ends[0]);
}

static void large_write(void)
{
	enum { BYTES = 500000 };
	char *data = malloc(BYTES);
	char block[3000];
	int ends[2];
	long sum = 0, wanted = 0;
	ssize_t part = 0;

	for (int i = 0; i < BYTES; i++) {
		data[i] = (char)(i % 101);
		wanted += data[i];
	}
	pipe(ends);
	if (fork() == 0) {
		close(ends[0]);
		_exit(write(ends[1], data, BYTES) == BYTES ? 0 : 1);
	}
	close(ends[1]);
	while ((part = read(ends[0], block, sizeof(block))) > 0) {
		for (ssize_t i = 0; i < part; i++) {
			sum += block[i];
		}
	}
	wait(&ends[1]);
	printf("a large write: status %d, sum %s\n", ends[1], sum == wanted ? "right" : "wrong");
	close(ends[0]);
}

static void interrupted(void)
{
	struct sigaction action = {.sa_handler = count_signal};
	char text[8];
	int ends[2];

	signals = 0;
	sigaction(SIGALRM, &action, NULL);
	pipe(ends);
	alarm(1);
	SHOW(read(ends[0], text, 1));
	printf("%d signals\n", signals);
	action.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &action, NULL);
	if (fork() == 0) {
		sleep(2);
		write(ends[1], "y", 1);
		_exit(0);
	}
	alarm(1);
	SHOW(read(ends[0], text, 1));
	printf("%d signals\n", signals);
	wait(NULL);
	close(ends[0]);
	close(ends[1]);
}

static void fifo(void)
{
	char text[16] = "";
	int file = 0;
	struct stat stat;

	SHOW(mkfifo("fifo", 0600));
	SHOW(open("fifo", O_WRONLY | O_NONBLOCK));
	file = open("fifo", O_RDONLY | O_NONBLOCK);
	show_poll("FIFO without a writer", file);
	SHOW(read(file, text, 1));
	SHOW(fstat(file, &stat));
	printf("%o\n", stat.st_mode);
	close(file);
	if (fork() == 0) {
		file = open("fifo", O_WRONLY);
		write(file, "through", 7);
		_exit(0);
	}
	file = open("fifo", O_RDONLY);
	SHOW(read(file, text, sizeof(text)));
	printf("%s\n", text);
	wait(NULL);
	SHOW(read(file, text, sizeof(text)));
	show_poll("FIFO whose writer went", file);
	close(file);
	file = open("fifo", O_RDWR);
	SHOW(write(file, "self", 4));
	SHOW(read(file, text, 16));
	close(file);
}

static void sockets(void)
{
	char text[64] = "";
	int pair[2];
	struct stat stat;

	SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	show_poll("socket", pair[0]);
	SHOW(write(pair[0], "to the other", 12));
	SHOW(read(pair[1], text, 6));
	SHOW(read(pair[1], text, 64));
	SHOW(write(pair[1], "back", 4));
	SHOW(read(pair[0], text, 64));
	SHOW(fstat(pair[0], &stat));
	printf("%o\n", stat.st_mode);
	SHOW(shutdown(pair[0], SHUT_WR));
	SHOW(read(pair[1], text, 64));
	show_poll("socket after a shutdown", pair[1]);
	SHOW(write(pair[1], "still", 5));
	SHOW(read(pair[0], text, 64));
	SHOW(write(pair[0], "x", 1));
	SHOW(shutdown(pair[0], 17));
	close(pair[0]);
	show_poll("socket whose peer went", pair[1]);
	close(pair[1]);
	SHOW(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair));
	SHOW(write(pair[0], "one", 3));
	SHOW(write(pair[0], "second", 6));
	SHOW(read(pair[1], text, 2));
	SHOW(read(pair[1], text, 64));
	SHOW(read(pair[1], text, 64));
	SHOW(socketpair(99, SOCK_STREAM, 0, pair));
	SHOW(shutdown(0, SHUT_RD));
}

int main(void)
{
	own_folder("pipes");
	ends();
	full();
	together();
	large_write();
	interrupted();
	fifo();
	sockets();
	return 0;
}
