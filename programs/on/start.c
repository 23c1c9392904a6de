/* Starting the program: where, with which environment, found by which path. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <gen/file.h>
#include <gen/mach_port.h>
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
	mach_port_t server;
	struct strings arguments, environment;
	unix_path_t directory, path;
	kern_return_t result;
	mach_port_t run;
};

static int try(struct attempt *attempt)
{
	int error = 0;

	attempt->result = unix_client_start(
		attempt->server, attempt->path, strlen(attempt->path), attempt->directory,
		strlen(attempt->directory), (vm_offset_t)attempt->arguments.text,
		attempt->arguments.bytes, (vm_offset_t)attempt->environment.text,
		attempt->environment.bytes, MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND, &error,
		&attempt->run);
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

/* This program's directory, by its path. */
static void find_directory(struct attempt *attempt)
{
	mach_msg_type_number_t bytes = sizeof attempt->directory - 1;

	if (file_get_path(standard_port(STANDARD_PORT_DIRECTORY), attempt->directory, &bytes) !=
		    KERN_SUCCESS ||
	    bytes == 0 || bytes >= sizeof attempt->directory) {
		(void)strcpy(attempt->directory, "/");
	} else {
		attempt->directory[bytes] = 0;
	}
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

mach_port_t start(mach_port_t server, const char *node, char **words)
{
	static struct attempt attempt;
	int error = 0;

	attempt.server = server;
	if (!pack(words, &attempt.arguments) || !pack(environ, &attempt.environment)) {
		complain(words[0], "no memory for its words");
		return MACH_PORT_NULL;
	}
	find_directory(&attempt);
	error = try_path(&attempt, words[0]);
	if (may_be_the_directory(error) && strcmp(attempt.directory, "/") != 0) {
		(void)strcpy(attempt.directory, "/");
		error = try_path(&attempt, words[0]);
	}
	if (attempt.result != KERN_SUCCESS) {
		node_complain(node, attempt.result);
		return MACH_PORT_NULL;
	}
	if (error < 0) {
		complain_error(words[0], error);
		return MACH_PORT_NULL;
	}
	return attempt.run;
}
