/* Forks for ever, in every process; the first says so when it is refused. */
#include <unistd.h>

int main(void)
{
	pid_t first = getpid();
	int said = 0;

	for (;;) {
		if (fork() < 0 && getpid() == first && !said) {
			said = write(1, "refused\n", 8) == 8;
		}
	}
}
