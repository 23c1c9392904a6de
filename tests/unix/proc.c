/* /proc and /dev/fd, as far as two systems can say the same. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include "check.h"

/* Does a file have a line that begins so?  Prints the rest of it, or only that it is there. */
static void show_line(const char *path, const char *beginning, int whole)
{
	char line[4096];
	FILE *file = fopen(path, "r");

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, beginning, strlen(beginning)) == 0) {
			printf("%s: %s", strrchr(path, '/') + 1, whole ? line : beginning);
			printf(whole ? "" : "\n");
			fclose(file);
			return;
		}
	}
	printf("%s: %s\n", strrchr(path, '/') + 1, file == NULL ? "not there" : "no such line");
	if (file != NULL) {
		fclose(file);
	}
}

static int has(const char *folder, const char *name)
{
	DIR *directory = opendir(folder);
	struct dirent *entry = NULL;

	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		if (strcmp(entry->d_name, name) == 0) {
			closedir(directory);
			return 1;
		}
	}
	return 0;
}

static void own(void)
{
	char text[512] = "", path[64], name[16];
	unsigned fields[2] = {0};
	FILE *file = NULL;
	ssize_t bytes = 0;
	char state = 0;

	bytes = readlink("/proc/self", text, sizeof(text));
	text[bytes > 0 ? bytes : 0] = '\0';
	SHOW(atoi(text) == getpid());
	bytes = readlink("/proc/self/exe", text, sizeof(text) - 1);
	text[bytes > 0 ? bytes : 0] = '\0';
	printf("%s\n", strrchr(text, '/') != NULL ? strrchr(text, '/') : "no path");
	bytes = readlink("/proc/self/cwd", text, sizeof(text) - 1);
	text[bytes > 0 ? bytes : 0] = '\0';
	SHOW(strcmp(text, getcwd(path, sizeof(path)) ? path : "") == 0);
	SHOW(readlink("/proc/self/root", text, sizeof(text)));
	prctl(PR_SET_NAME, "another");
	show_line("/proc/self/comm", "", 1);
	show_line("/proc/self/status", "Name:", 1);
	show_line("/proc/self/status", "State:", 1);
	show_line("/proc/self/status", "Uid:", 0);
	show_line("/proc/self/status", "SigCgt:", 1);
	file = fopen("/proc/self/stat", "r");
	SHOW(fscanf(file, "%u (%15[^)]) %c %u", &fields[0], name, &state, &fields[1]));
	SHOW(fields[0] == (unsigned)getpid() && fields[1] == (unsigned)getppid());
	printf("%s %c\n", name, state);
	fclose(file);
	file = fopen("/proc/self/cmdline", "r");
	bytes = (ssize_t)fread(text, 1, sizeof(text), file);
	printf("%d arguments\n", (int)(bytes > 0 && text[bytes - 1] == '\0'));
	fclose(file);
	show_line("/proc/self/maps", "08048000-", 0);
	snprintf(path, sizeof(path), "/proc/%d/statm", getpid());
	SHOW(access(path, R_OK));
	SHOW(access(path, F_OK));
	snprintf(path, sizeof(path), "%d", getpid());
	SHOW(has("/proc", path));
	SHOW(has("/proc", "meminfo"));
	SHOW(has("/proc/self", "status"));
	SHOW(has("/proc/self/fd", "1"));
	SHOW(has("/proc/self/fd", "77"));
}

static int first_line_is(const char *path, const char *expected)
{
	char line[256] = "";
	FILE *file = fopen(path, "r");

	if (file != NULL) {
		(void)!fgets(line, sizeof(line), file);
		fclose(file);
	}
	line[strcspn(line, "\n")] = '\0';
	return strcmp(line, expected) == 0;
}

static void of_system(void)
{
	struct utsname names;

	uname(&names);
	show_line("/proc/meminfo", "MemTotal:", 0);
	show_line("/proc/stat", "cpu ", 0);
	show_line("/proc/cpuinfo", "processor\t: 0", 1);
	show_line("/proc/version", "Linux version ", 0);
	show_line("/proc/sys/kernel/ostype", "", 1);
	SHOW(first_line_is("/proc/sys/kernel/hostname", names.nodename));
	SHOW(first_line_is("/proc/sys/kernel/osrelease", names.release));
	SHOW(open("/proc/nothing", O_RDONLY));
	SHOW(open("/proc/nothing", O_WRONLY | O_CREAT, 0600));
	SHOW(open("/proc/999999999/stat", O_RDONLY));
	SHOW(open("/proc/meminfo/x", O_RDONLY));
}

static void descriptors(void)
{
	char text[64] = "", link[256] = "";
	int ends[2];
	int file = open("seven", O_RDWR | O_CREAT | O_TRUNC, 0600);
	int again = 0;
	ssize_t bytes = 0;
	struct stat stat;

	write(file, "contents", 8);
	snprintf(text, sizeof(text), "/dev/fd/%d", file);
	again = open(text, O_RDONLY);
	SHOW(read(again, text, 4));
	SHOW(write(again, text, 4));
	close(again);
	snprintf(text, sizeof(text), "/proc/self/fd/%d", file);
	bytes = readlink(text, link, sizeof(link) - 1);
	link[bytes > 0 ? bytes : 0] = '\0';
	printf("%s\n", strrchr(link, '/') != NULL ? strrchr(link, '/') : "no path");
	pipe(ends);
	snprintf(text, sizeof(text), "/proc/self/fd/%d", ends[0]);
	SHOW(fstatat(AT_FDCWD, text, &stat, 0));
	printf("%o\n", stat.st_mode);
	SHOW(fstatat(AT_FDCWD, text, &stat, AT_SYMLINK_NOFOLLOW));
	printf("%o\n", stat.st_mode & S_IFMT);
	snprintf(text, sizeof(text), "/dev/fd/%d", ends[1]);
	again = open(text, O_WRONLY);
	write(again, "through", 7);
	SHOW(read(ends[0], text, sizeof(text)));
	SHOW(open("/dev/fd/77", O_RDONLY));
	close(ends[1]);
	close(again);
	SHOW(read(ends[0], text, sizeof(text)));
	SHOW(dup2(file, 0));
	SHOW(pread(open("/dev/stdin", O_RDONLY), text, 3, 1));
	printf("%.3s\n", text);
}

static void directory(void)
{
	char text[64];
	struct stat stat;
	int here = open(".", O_RDONLY);

	SHOW(chdir("/proc"));
	printf("%s\n", getcwd(text, sizeof(text)));
	SHOW(open("version", O_RDONLY) >= 0);
	SHOW(lstat("self/.", &stat));
	printf("%o\n", stat.st_mode & S_IFMT);
	SHOW(chdir("self/fd"));
	SHOW(access("1", F_OK));
	SHOW(chdir("../.."));
	SHOW(access("uptime", R_OK));
	SHOW(access("../dev/null", R_OK));
	SHOW(chdir("uptime"));
	SHOW(chdir(".."));
	printf("%s\n", getcwd(text, sizeof(text)));
	SHOW(fchdir(here));
	SHOW(access("seven", R_OK));
}

static void zombie(void)
{
	char path[64];
	pid_t pid = fork();
	int file = -1;

	if (pid == 0) {
		_exit(3);
	}
	usleep(50000);
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	show_line(path, "State:", 1);
	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	file = open(path, O_RDONLY);
	SHOW(read(file, path, sizeof(path)));
	close(file);
	wait(NULL);
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	SHOW(open(path, O_RDONLY));
}

/* Itself once more, by the path that shells use for programs that are part of them. */
static void again(const char *how)
{
	char path[64];
	int file = open("/proc/self/exe", O_RDONLY);

	fflush(stdout);
	if (fork() == 0) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
		execl(strcmp(how, "exe") == 0 ? "/proc/self/exe" : path, "again", how, NULL);
		printf("%s: error %d\n", how, errno);
		_exit(1);
	}
	wait(NULL);
	close(file);
}

int main(int argc, char **argv)
{
	if (argc == 2) {
		printf("%s, by %s\n", argv[0], argv[1]);
		return 0;
	}
	own_folder("proc");
	own();
	of_system();
	descriptors();
	directory();
	zombie();
	again("exe");
	again("fd");
	return 0;
}
