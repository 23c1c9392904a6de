/* The working directory, and errors as sentences. */
#include <stdio.h>
#include <gen/file.h>
#include <gen/mach_port.h>
#include "prompt.h"

static mach_port_t directory;

mach_port_t here(void)
{
	return directory != MACH_PORT_NULL ? directory : standard_port(STANDARD_PORT_DIRECTORY);
}

mach_port_t start_of(const char *path)
{
	mach_port_t root = standard_port(STANDARD_PORT_ROOT);

	return path[0] == '/' && MACH_PORT_VALID(root) ? root : here();
}

void here_set(mach_port_t port)
{
	if (MACH_PORT_VALID(directory)) {
		(void)mach_port_deallocate(mach_task_self(), directory);
	}
	directory = port;
}

bool succeeded(const char *command, const char *subject, kern_return_t result)
{
	if (result == KERN_SUCCESS) {
		return true;
	}
	const char *name = mach_error_name(result);

	if (name != NULL) {
		say("%s: %s: %s (%s)\n", command, subject, mach_error_string(result), name);
	} else {
		say("%s: %s: error 0x%x\n", command, subject, (unsigned)result);
	}
	return false;
}
