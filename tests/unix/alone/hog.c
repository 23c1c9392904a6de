/* Takes all the memory it can get, in as many processes as its argument says. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PART (1 << 20)

int main(int argc, char **argv)
{
	int processes = argc > 1 ? atoi(argv[1]) : 1;

	while (--processes > 0 && fork() != 0) {
	}
	for (;;) {
		char *memory = malloc(PART);

		if (memory == NULL) {
			return 3;
		}
		memset(memory, 1, PART);
	}
}
