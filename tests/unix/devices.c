/* The devices that every program expects. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "check.h"

int main(void)
{
	unsigned char bytes[64];
	unsigned char more[64];
	struct stat stat;
	int file = open("/dev/null", O_RDWR);
	int all = 0;

	SHOW(write(file, bytes, 64));
	SHOW(read(file, bytes, 64));
	SHOW(lseek(file, 5, SEEK_SET));
	SHOW(fstat(file, &stat));
	printf("%o %#x\n", stat.st_mode & S_IFMT, (unsigned)stat.st_rdev);
	file = open("/dev/zero", O_RDWR);
	memset(bytes, 1, sizeof(bytes));
	SHOW(read(file, bytes, 64));
	for (int i = 0; i < 64; i++) {
		all += bytes[i];
	}
	printf("%d\n", all);
	SHOW(write(file, bytes, 64));
	file = open("/dev/urandom", O_RDONLY);
	SHOW(read(file, bytes, 64));
	SHOW(read(file, more, 64));
	printf("%s\n", memcmp(bytes, more, 64) != 0 ? "they differ" : "the same");
	SHOW(isatty(file));
	return 0;
}
