/* A pipeline of three processes, as a shell makes it; prints "DLROW OLLEH". */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char text[256];

/* Reads all of descriptor 0, changes it, writes it. */
static void reverse(void)
{
	ssize_t bytes = read(0, text, sizeof text);

	for (ssize_t i = 0; i < bytes / 2; i++) {
		char byte = text[i];

		text[i] = text[bytes - 1 - i];
		text[bytes - 1 - i] = byte;
	}
	(void)!write(1, text, (size_t)bytes);
}

static void enlarge(void)
{
	ssize_t bytes = read(0, text, sizeof text);

	for (ssize_t i = 0; i < bytes; i++) {
		text[i] = (char)toupper(text[i]);
	}
	(void)!write(1, text, (size_t)bytes);
}

static void say(void)
{
	(void)!write(1, "hello world", 11);
}

static pid_t start(void (*function)(void), int in, int out, int other)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)dup2(in, 0);
		(void)dup2(out, 1);
		(void)close(other);
		function();
		_exit(0);
	}
	return pid;
}

int main(void)
{
	int first[2], second[2];
	int status = 0, wrong = 0;

	if (pipe(first) < 0 || pipe(second) < 0) {
		return 2;
	}
	wrong += start(say, 0, first[1], first[0]) < 0;
	wrong += start(enlarge, first[0], second[1], first[1]) < 0;
	(void)close(first[0]);
	(void)close(first[1]);
	wrong += start(reverse, second[0], 1, second[1]) < 0;
	(void)close(second[0]);
	(void)close(second[1]);
	while (wait(&status) > 0) {
		wrong += status != 0;
	}
	return wrong != 0;
}
