/* User and group ids, as root and after; needs root, so ids.out says what a Linux says to root. */
#define _GNU_SOURCE
#include <grp.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/wait.h>
#include "say.h"

static void show(const char *what)
{
	uid_t a, b, c;
	gid_t d, e, f;

	getresuid(&a, &b, &c);
	getresgid(&d, &e, &f);
	say("%s: uid %d %d %d gid %d %d %d", what, (int)a, (int)b, (int)c, (int)d, (int)e, (int)f);
}

static void as_child(void (*function)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		function();
		_exit(0);
	}
	NEED(waitpid(pid, NULL, 0) == pid);
}

static void for_good(void)
{
	TRY(setgid(7));
	TRY(setuid(1000));
	show("after setuid");
	TRY(setuid(0));
	TRY(setuid(1000));
	TRY(seteuid(0));
	TRY(setgroups(0, NULL));
	TRY(setresuid(1000, 1001, 1000));
	TRY(setregid(8, 8));
	TRY(kill(getppid(), 0));
	TRY(sethostname("x", 1));
}

static void for_a_time(void)
{
	TRY(seteuid(1000));
	show("seteuid");
	TRY(setuid(1001));
	TRY(seteuid(0));
	show("back");
	TRY(setreuid(5, 6));
	show("setreuid");
	TRY(setreuid(6, 5));
	show("swapped");
	TRY(setreuid(0, -1));
}

static void three(void)
{
	TRY(setresgid(1, 2, 3));
	TRY(setresuid(1, 2, 3));
	show("setres");
	TRY(setresuid(3, 1, 2));
	show("rotated");
	TRY(setresuid(4, -1, -1));
	TRY(setuid(3));
	show("setuid");
}

static void groups(void)
{
	gid_t list[40];
	gid_t want[3] = {10, 20, 30};

	for (int i = 0; i < 40; i++) {
		list[i] = (gid_t)i;
	}
	TRY(setgroups(3, want));
	say("groups: %d", getgroups(0, NULL));
	say("groups: %d, %d", getgroups(40, list), (int)list[2]);
	TRY(getgroups(2, list));
	TRY(setgroups(3, (gid_t *)1));
	say("fsuid: %d, then %d", setfsuid(9), setfsuid(0));
}

int main(void)
{
	show("root");
	as_child(for_good);
	as_child(for_a_time);
	as_child(three);
	as_child(groups);
	show("still");
	return 0;
}
