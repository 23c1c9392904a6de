/* A Unix program on a console of its own, started again when it has ended (README.md). */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <gen/acs.h>
#include <gen/console.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/unix_client.h>
#include <libmach.h>
#include <masix/console.h>
#include <masix/unix.h>
#include <standard_ports.h>

#define WAIT_MS   60000
#define RETRY_US  500000
#define WORDS_MAX 4096

static const char environment[] = "TERM=linux\0PATH=/bin\0HOME=/tmp\0USER=user\0PS1=\\w \\$ ";
static char words[WORDS_MAX]; /* the program's, each ended by a 0 */
static size_t words_bytes;

static mach_port_t server(const char *name)
{
	mach_port_t port = MACH_PORT_NULL;

	while (acs_look_up(standard_port(STANDARD_PORT_ACS), name, WAIT_MS, &port) !=
	       KERN_SUCCESS) {
		(void)usleep(RETRY_US);
	}
	return port;
}

static void __attribute__((format(printf, 2, 3))) say(mach_port_t console, const char *format, ...)
{
	static char text[CONSOLE_DATA_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	(void)console_write(console, text, strlen(text));
}

/* Linux's wait status, said as shells say it; nothing of an ordinary end. */
static void tell_end(mach_port_t console, const char *program, natural_t status)
{
	if ((status & 0x7f) != 0) {
		say(console, "%s: ended by signal %u\n", program, status & 0x7f);
	} else if (status >> 8 != 0) {
		say(console, "%s: ended with status %u\n", program, status >> 8);
	}
}

static kern_return_t run(mach_port_t console, const char *program)
{
	mach_port_t unix_server = server("unix");
	mach_port_t process = MACH_PORT_NULL;
	natural_t status = 0;
	int error = 0;
	static char path[sizeof(unix_path_t)], directory[sizeof(unix_path_t)] = "/tmp";
	kern_return_t result = KERN_SUCCESS;

	(void)snprintf(path, sizeof path, "%s", program);
	result =
		unix_client_start(unix_server, path, strlen(path), directory, 4, (vm_offset_t)words,
				  words_bytes, (vm_offset_t)environment, sizeof environment,
				  console, MACH_MSG_TYPE_COPY_SEND, &error, &process);
	(void)mach_port_deallocate(mach_task_self(), unix_server);
	if (result != KERN_SUCCESS) {
		return result;
	}
	if (error < 0) {
		say(console, "%s: cannot be started: Linux error %d\n", program, -error);
		return KERN_FAILURE;
	}
	result = unix_client_wait(process, &status);
	(void)mach_port_deallocate(mach_task_self(), process);
	if (result == KERN_SUCCESS) {
		tell_end(console, program, status);
	}
	return result;
}

/* Until the console server is gone; the next console is opened by the caller. */
static void serve(natural_t number, const char *program)
{
	mach_port_t consoles = server("console");
	mach_port_t console = MACH_PORT_NULL;
	console_modes_t modes;
	natural_t opened = 0;
	kern_return_t result = console_open(consoles, number, &console, &opened);

	(void)mach_port_deallocate(mach_task_self(), consoles);
	if (result != KERN_SUCCESS || console_get_modes(console, &modes) != KERN_SUCCESS) {
		(void)usleep(RETRY_US);
		return;
	}
	say(console, "Unix programs, on a server of Masix. This is %s.\n", program);
	while (console_set_modes(console, CONSOLE_WHEN_NOW, modes) == KERN_SUCCESS) {
		result = run(console, program);
		if (result != KERN_SUCCESS) {
			say(console, "%s: %s\n", program, mach_error_string(result));
			(void)usleep(4 * RETRY_US);
		}
	}
	(void)mach_port_deallocate(mach_task_self(), console);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		(void)fprintf(stderr, "shell: say the console's number and a program\n");
		return 2;
	}
	for (int i = 2; i < argc && words_bytes + strlen(argv[i]) < sizeof words; i++) {
		(void)strcpy(words + words_bytes, argv[i]);
		words_bytes += strlen(argv[i]) + 1;
	}
	for (;;) {
		serve(strtoul(argv[1], NULL, 10), argv[2]);
	}
}
