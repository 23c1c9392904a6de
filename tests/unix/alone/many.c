/* 2,000 open descriptors of several kinds, then 200 processes, at once; says how far it came. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define DESCRIPTORS 2000
#define PROCESSES   200

static int open_some(int count)
{
	int pair[2];
	int opened = 0;

	while (opened < count / 4 && open("/dev/null", O_RDWR) >= 0) {
		opened++;
	}
	while (opened < count / 2 && open("/alone/many", O_RDONLY) >= 0) {
		opened++;
	}
	while (opened < count && pipe(pair) == 0 && write(pair[1], "x", 1) == 1) {
		opened += 2;
	}
	return opened;
}

int main(void)
{
	struct rlimit limit = {4096, 4096};
	pid_t pids[PROCESSES];
	int started = 0, ended = 0;

	(void)setrlimit(RLIMIT_NOFILE, &limit);
	printf("%d descriptors\n", open_some(DESCRIPTORS));
	fflush(stdout);
	while (started < PROCESSES && (pids[started] = fork()) >= 0) {
		if (pids[started] == 0) {
			pause();
			_exit(0);
		}
		started++;
	}
	for (int i = 0; i < started; i++) {
		int status = 0;

		(void)kill(pids[i], SIGKILL);
		ended += waitpid(pids[i], &status, 0) == pids[i] && status == SIGKILL;
	}
	printf("%d processes\n%d ended\n", started, ended);
	return 0;
}
