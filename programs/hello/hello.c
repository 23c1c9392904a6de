/* The smallest program: says hello to its output (a console or a file), or fails as it is told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <libmach.h>
#include <gen/console.h>
#include <gen/file.h>
#include <masix/console.h>
#include <mach/mig_errors.h>
#include <standard_ports.h>

/* The output may be either: a console does not know a file's requests, nor a file a console's. */
static void put(mach_port_t output, const char *text)
{
	natural_t written = 0;

	if (console_write(output, text, strlen(text)) == MIG_BAD_ID) {
		(void)file_write(output, FILE_CURRENT, 0, text, strlen(text), &written);
	}
}

int main(int argc, char **argv)
{
	mach_port_t output = standard_port(STANDARD_PORT_OUTPUT);

	put(output, "Hello from a program.\n");
	for (int i = 1; i < argc; i++) {
		char line[128];

		(void)snprintf(line, sizeof line, "  word %d: %s\n", i, argv[i]);
		put(output, line);
	}
	if (argc > 2 && strcmp(argv[1], "exit") == 0) {
		standard_exit(strtoul(argv[2], NULL, 10));
	}
	if (argc > 1 && strcmp(argv[1], "fault") == 0) {
		volatile int *nothing = NULL;

		__asm__("" : "+r"(nothing)); /* or the compiler sees what we are about to do */
		*nothing = 1;
	}
	if (argc > 1 && strcmp(argv[1], "raw") == 0) {
		/* Neither lines nor echo nor signals, and red on a hidden cursor: and leaves it so.
		 */
		(void)console_set_modes(output, CONSOLE_WHEN_NOW, (console_modes_t){.input = 0});
		put(output, "\033[31m\033[?25l");
	}
	while (argc > 1 && strcmp(argv[1], "stay") == 0) {
		sleep(1);
	}
	return 0;
}
