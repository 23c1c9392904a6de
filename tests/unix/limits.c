/* Resource limits, priorities, what the system tells of itself, random bytes. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include "say.h"

static void limits(void)
{
	struct rlimit limit = {100, 200};
	struct rlimit old;
	int first = 0, count = 0;

	TRY(setrlimit(RLIMIT_NOFILE, &limit));
	TRY(getrlimit(RLIMIT_NOFILE, &old));
	say("files: %lu %lu", (unsigned long)old.rlim_cur, (unsigned long)old.rlim_max);
	while ((first = open("/dev/null", O_RDONLY)) >= 0) {
		count++;
	}
	say("opened %s: %s", count > 90 && count < 100 ? "less than 100" : "?", error(first));
	TRY(dup2(1, 99));
	TRY(dup2(1, 100));
	TRY(fcntl(1, F_DUPFD, 100));
	for (int i = 3; i < 100; i++) {
		close(i);
	}
	limit.rlim_cur = 300;
	TRY(setrlimit(RLIMIT_NOFILE, &limit));
	TRY(getrlimit(99, &limit));
	TRY(prlimit(0, RLIMIT_CORE, NULL, &limit));
	limit = (struct rlimit){RLIM_INFINITY, RLIM_INFINITY};
	TRY(prlimit(0x7ffffff0, RLIMIT_CORE, NULL, &limit));
	limit = (struct rlimit){1000, RLIM_INFINITY};
	if (fork() == 0) {
		TRY(prlimit(0, RLIMIT_CPU, &limit, NULL));
		_exit(getrlimit(RLIMIT_CPU, &old) == 0 && old.rlim_cur == 1000 ? 7 : 8);
	}
	wait(&first);
	say("in the child: %d", WEXITSTATUS(first));
	getrlimit(RLIMIT_CPU, &old);
	say("not here: %d", old.rlim_cur != 1000);
	getrlimit(RLIMIT_STACK, &old);
	say("stack: %lu", (unsigned long)old.rlim_cur);
}

static void system_says(void)
{
	struct utsname names;
	struct sysinfo info;
	char name[17] = "";

	TRY(uname(&names));
	say("%s, %s", names.sysname, strchr(names.release, '.') != NULL ? "a release" : "?");
	TRY(sysinfo(&info));
	say("memory: %d %d", info.totalram > 1000, info.mem_unit >= 1);
	TRY(prctl(PR_SET_NAME, "a long name is cut here"));
	TRY(prctl(PR_GET_NAME, name));
	say("name: %s", name);
	TRY(prctl(99999));
	say("page %ld, files %d", sysconf(_SC_PAGESIZE), sysconf(_SC_OPEN_MAX) > 0);
	say("ticks %ld", sysconf(_SC_CLK_TCK));
}

static void scheduling(void)
{
	struct sched_param param = {0};
	cpu_set_t set;

	errno = 0;
	say("priority: %d", getpriority(PRIO_PROCESS, 0));
	TRY(getpriority(77, 0));
	TRY(getpriority(PRIO_PROCESS, 0x3fffff));
	TRY(setpriority(PRIO_PROCESS, 0, 5));
	say("priority: %d", getpriority(PRIO_PROCESS, 0));
	TRY(setpriority(77, 0, 5));
	TRY(setpriority(PRIO_PROCESS, 0, 100));
	say("priority: %d", getpriority(PRIO_PROCESS, 0));
	TRY(sched_setscheduler(0, SCHED_BATCH, &param));
	say("scheduler: %d", sched_getscheduler(0));
	TRY(sched_setscheduler(0, 99, &param));
	TRY(sched_setscheduler(0, SCHED_FIFO, &param));
	TRY(sched_setscheduler(0, SCHED_OTHER, &param));
	TRY(sched_getscheduler(0x3fffff));
	TRY(sched_yield());
	say("scheduler: %d", sched_getscheduler(0));
	TRY(sched_getparam(0, &param));
	say("highest: %d %d, lowest %d", sched_get_priority_max(SCHED_FIFO),
	    sched_get_priority_max(SCHED_OTHER), sched_get_priority_min(SCHED_RR));
	TRY(sched_get_priority_max(99));
	CPU_ZERO(&set);
	say("affinity: %s, %d", error(sched_getaffinity(0, sizeof set, &set)),
	    CPU_COUNT(&set) >= 1);
}

static void random_bytes(void)
{
	unsigned char bytes[64] = {0};
	int different = 0;

	say("getrandom: %zd", getrandom(bytes, sizeof bytes, 0));
	for (unsigned int i = 1; i < sizeof bytes; i++) {
		different += bytes[i] != bytes[0];
	}
	say("random: %d", different > 40);
	TRY((int)getrandom(bytes, 1, 0x100));
	TRY((int)syscall(SYS_getrandom, 0, 1, 0));
}

int main(void)
{
	limits();
	system_says();
	scheduling();
	random_bytes();
	return 0;
}
