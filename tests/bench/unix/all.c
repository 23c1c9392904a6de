/*
 * Runs the benchmarks of this folder one after the other: the first process of the Linux guest, or
 * a program like any other on Masix.
 *
 *	all [quick]	quick: as few turns as still give the figure
 */
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *name;
	const char *turns, *turns_quick; /* null: the program's own */
} programs[] = {
	{"cpu", NULL, "20000"},   {"null", NULL, "1000"},  {"pipe", NULL, "300"},
	{"forkexit", NULL, "20"}, {"forkexec", NULL, "8"}, {"fault", NULL, "256"},
	{"sig", NULL, "200"},     {"sock", NULL, "200"},   {"yield", NULL, "300"},
	{"file", "/tmp", "/tmp"},
};

static int run(const char *directory, const char *name, const char *turns)
{
	char path[64];
	char *words[] = {path, (char *)turns, NULL};
	char *none[] = {NULL};
	int status = -1;
	pid_t child = 0;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	child = fork();
	if (child == 0) {
		execve(path, words, none);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
		printf("UB-FAIL %s status=%d\n", name, status);
		return 1;
	}
	return 0;
}

int main(int count, char **words)
{
	int quick = count > 1 && strcmp(words[1], "quick") == 0;
	int failed = 0;

	setvbuf(stdout, NULL, _IONBF, 0);
	(void)mkdir("/tmp", 0777);
	for (unsigned int i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		failed |= run("/bench", programs[i].name,
			      quick ? programs[i].turns_quick : programs[i].turns);
	}
	printf("UB-END %s\n", failed ? "failed" : "ok");
	if (getpid() == 1 && strcmp(words[0], "/init") == 0) {
		(void)reboot(RB_AUTOBOOT); /* QEMU's -no-reboot makes it the end */
	}
	return failed;
}
