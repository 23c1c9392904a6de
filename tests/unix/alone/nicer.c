/* A process of nice value 19 gets nothing while one of 0 wants the processor; says "nicer". */
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static double seconds(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(void)
{
	volatile unsigned *counts =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = fork();
	double end = 0;

	if (pid == 0) {
		(void)setpriority(PRIO_PROCESS, 0, 19);
		counts[2] = 1;
		for (;;) {
			counts[0]++;
		}
	}
	while (counts[2] == 0) {
		(void)usleep(1000);
	}
	counts[3] = counts[0];
	for (end = seconds() + 0.3; seconds() < end;) {
		counts[1]++;
	}
	if (counts[0] != counts[3]) {
		(void)!write(1, "both ran\n", 9);
	}
	/* It runs when nobody else wants to. */
	(void)usleep(100000);
	if (counts[1] > 100 && counts[0] > counts[3] && getpriority(PRIO_PROCESS, pid) == 19) {
		(void)!write(1, "nicer\n", 6);
	}
	(void)kill(pid, SIGKILL);
	return 0;
}
