/*
 * on NODE PROGRAM [WORD...]: runs a Unix program on another node (README.md).  The same file is a
 * Unix process, which does it, and a native program, which has it done.
 */
#include <stdarg.h>
#include <stdio.h>
#include <standard_ports.h>
#include "on.h"

/* The Unix server gives its processes no process port. */
static bool is_unix(void)
{
	return standard_process_port() == MACH_PORT_NULL;
}

void complain(const char *subject, const char *format, ...)
{
	char text[256], line[384];
	va_list arguments;
	int bytes = 0;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	bytes = snprintf(line, sizeof line, "on: %s: %s\n", subject, text);
	if (bytes >= (int)sizeof line) {
		bytes = sizeof line - 1;
	}
	if (is_unix()) {
		unix_complain(line, (size_t)bytes);
	} else {
		(void)stream_put(STANDARD_PORT_ERROR, line, (size_t)bytes);
	}
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		complain("usage", "on NODE PROGRAM [WORD...]; net lists the nodes");
		return STATUS_FAILED;
	}
	return is_unix() ? on_unix(argv) : on_native(argv);
}
