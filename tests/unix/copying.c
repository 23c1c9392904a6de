/* sendfile and copy_file_range. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

int main(void)
{
	char text[64] = "";
	int from = 0;
	int to = 0;
	off_t offset = 4;
	off64_t in = 2, out = 20;
	int ends[2];
	long bytes = 0;
	char block[5000] = "";
	ssize_t part = 0;

	own_folder("copying");
	from = open("from", O_RDWR | O_CREAT, 0600);
	to = open("to", O_RDWR | O_CREAT, 0600);
	pipe(ends);
	write(from, "0123456789abcdef", 16);
	SHOW(sendfile(to, from, &offset, 5));
	SHOW(offset);
	SHOW(lseek(from, 0, SEEK_CUR));
	SHOW(sendfile(to, from, NULL, 5));
	lseek(from, 1, SEEK_SET);
	SHOW(sendfile(ends[1], from, NULL, 100));
	SHOW(lseek(from, 0, SEEK_CUR));
	SHOW(read(ends[0], text, 64));
	printf("%.15s\n", text);
	SHOW(sendfile(to, ends[0], NULL, 5));
	SHOW(sendfile(99, from, NULL, 5));
	SHOW(copy_file_range(from, &in, to, &out, 6, 0));
	printf("%lld %lld\n", (long long)in, (long long)out);
	lseek(from, 0, SEEK_SET);
	SHOW(copy_file_range(from, NULL, to, NULL, 3, 0));
	SHOW(lseek(to, 0, SEEK_CUR));
	in = 0;
	out = 2;
	SHOW(copy_file_range(from, &in, from, &out, 6, 0));
	SHOW(copy_file_range(from, &in, to, &out, 6, 1));
	SHOW(copy_file_range(ends[0], NULL, to, &out, 6, 0));
	SHOW(pread(to, text, 64, 0));
	for (int i = 0; i < 26; i++) {
		printf(text[i] != 0 ? "%c" : ".", text[i]);
	}
	printf("\n");
	/* More than a pipe holds. */
	for (int i = 0; i < 40; i++) {
		pwrite(from, block, sizeof(block), i * (off_t)sizeof(block));
	}
	fflush(stdout);
	if (fork() == 0) {
		close(ends[0]);
		lseek(from, 0, SEEK_SET);
		for (bytes = 0; bytes < 200000; bytes += part) {
			part = sendfile(ends[1], from, NULL, 200000 - (size_t)bytes);
			if (part <= 0) {
				_exit(1);
			}
		}
		_exit(0);
	}
	close(ends[1]);
	while ((part = read(ends[0], block, sizeof(block))) > 0) {
		bytes += part;
	}
	wait(&ends[1]);
	printf("%ld through the pipe, status %d\n", bytes, ends[1]);
	return 0;
}
