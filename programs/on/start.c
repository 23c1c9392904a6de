/* Starting the program: where, with which environment, found by which path. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <gen/unix_client.h>
#include "on.h"

#define LINUX_ENOENT  2
#define LINUX_EACCES  13
#define LINUX_ENOTDIR 20
#define LINUX_SAME    35 /* below this the C library has the same numbers */

extern char **environ;

struct strings {
	char *text; /* each ended by a 0 */
	size_t bytes;
};

/* Words up to a null as they travel; false: no memory. */
static bool pack(char **words, struct strings *packed)
{
	size_t bytes = 0;

	for (char **word = words; *word != NULL; word++) {
		bytes += strlen(*word) + 1;
	}
	*packed = (struct strings){malloc(bytes + 1), 0};
	for (char **word = words; *word != NULL && packed->text != NULL; word++) {
		(void)strcpy(packed->text + packed->bytes, *word);
		packed->bytes += strlen(*word) + 1;
	}
	return packed->text != NULL;
}

/* One try, by a path and in a directory: 0, or a negative error number of Linux. */
struct attempt {
	const struct order *order;
	struct strings arguments, environment;
	unix_path_t directory, path;
	kern_return_t result;
	mach_port_t run;
};

static int try(struct attempt *attempt)
{
	const struct order *order = attempt->order;
	vm_offset_t arguments = (vm_offset_t)attempt->arguments.text;
	vm_offset_t environment = (vm_offset_t)attempt->environment.text;
	int error = 0;

	attempt->result =
		order->wants_terminal
			? unix_client_start_terminal(
				  order->server, attempt->path, strlen(attempt->path),
				  attempt->directory, strlen(attempt->directory), arguments,
				  attempt->arguments.bytes, environment, attempt->environment.bytes,
				  order->rows, order->columns, &error, &attempt->run)
			: unix_client_start(order->server, attempt->path, strlen(attempt->path),
					    attempt->directory, strlen(attempt->directory),
					    arguments, attempt->arguments.bytes, environment,
					    attempt->environment.bytes, MACH_PORT_NULL,
					    MACH_MSG_TYPE_COPY_SEND, &error, &attempt->run);
	return attempt->result == KERN_SUCCESS ? error : 0;
}

/* By its path, or in the directories of PATH. */
static int try_path(struct attempt *attempt, const char *program)
{
	const char *from = getenv("PATH");
	int error = -LINUX_ENOENT;

	if (strchr(program, '/') != NULL) {
		(void)snprintf(attempt->path, sizeof attempt->path, "%s", program);
		return try(attempt);
	}
	from = from != NULL ? from : "/bin";
	while (error == -LINUX_ENOENT && *from != 0) {
		size_t length = strcspn(from, ":");

		(void)snprintf(attempt->path, sizeof attempt->path, "%.*s/%s", (int)length, from,
			       program);
		error = try(attempt);
		from += length + (from[length] == ':');
	}
	return error;
}

static bool may_be_the_directory(int error)
{
	return error == -LINUX_ENOENT || error == -LINUX_EACCES || error == -LINUX_ENOTDIR;
}

static void complain_error(const char *program, int error)
{
	if (error > -LINUX_SAME) {
		complain(program, "%s", strerror(-error));
	} else {
		complain(program, "cannot be started: Linux error %d", -error);
	}
}

mach_port_t start(const struct order *order, kern_return_t *result)
{
	static struct attempt attempt;
	const char *program = order->words[0];
	int error = 0;

	attempt = (struct attempt){.order = order};
	*result = KERN_SUCCESS;
	if (!pack(order->words, &attempt.arguments) || !pack(environ, &attempt.environment)) {
		complain(program, "no memory for its words");
		return MACH_PORT_NULL;
	}
	(void)snprintf(attempt.directory, sizeof attempt.directory, "%s", order->directory);
	error = try_path(&attempt, program);
	if (may_be_the_directory(error) && strcmp(attempt.directory, "/") != 0) {
		(void)strcpy(attempt.directory, "/");
		error = try_path(&attempt, program);
	}
	*result = attempt.result;
	if (error < 0) {
		complain_error(program, error);
	}
	return attempt.result == KERN_SUCCESS && error == 0 ? attempt.run : MACH_PORT_NULL;
}
