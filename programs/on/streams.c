/* Standard input, output and error: each a console or an open file. */
#include <gen/console.h>
#include <gen/file.h>
#include <mach/mig_errors.h>
#include <masix/console.h>
#include <masix/file.h>
#include <standard_ports.h>
#include "on.h"

static size_t least(size_t one, size_t other)
{
	return one < other ? one : other;
}

/* A console does not know a file's requests, nor a file a console's. */
static bool put_file(mach_port_t file, const char *data, size_t bytes)
{
	for (size_t done = 0; done < bytes;) {
		natural_t written = 0;

		if (file_write(file, FILE_CURRENT, 0, data + done,
			       least(bytes - done, FILE_DATA_MAX), &written) != KERN_SUCCESS ||
		    written == 0) {
			return false;
		}
		done += written;
	}
	return true;
}

bool stream_put(unsigned int standard, const char *data, size_t bytes)
{
	mach_port_t port = standard_port(standard);

	for (size_t done = 0, part = 0; done < bytes; done += part) {
		kern_return_t result = KERN_SUCCESS;

		part = least(bytes - done, CONSOLE_DATA_MAX);
		result = console_write(port, data + done, part);
		if (result == MIG_BAD_ID) {
			return put_file(port, data + done, bytes - done);
		}
		if (result != KERN_SUCCESS) {
			return false;
		}
	}
	return true;
}

_Static_assert(CONSOLE_DATA_MAX <= UNIX_DATA_MAX && FILE_DATA_MAX <= UNIX_DATA_MAX, "a read fits");

size_t stream_get(char *data)
{
	mach_port_t port = standard_port(STANDARD_PORT_INPUT);
	mach_msg_type_number_t bytes = CONSOLE_DATA_MAX;
	kern_return_t result = console_read(port, CONSOLE_DATA_MAX, 0, data, &bytes);

	if (result == MIG_BAD_ID) {
		bytes = FILE_DATA_MAX;
		result = file_read(port, FILE_CURRENT, FILE_DATA_MAX, 0, data, &bytes);
	}
	return result == KERN_SUCCESS ? bytes : 0;
}

bool stream_make_raw(natural_t *rows, natural_t *columns)
{
	static const struct console_modes raw = {.read_bytes = 1};
	mach_port_t input = standard_port(STANDARD_PORT_INPUT);

	return input == standard_port(STANDARD_PORT_OUTPUT) &&
	       console_get_size(input, columns, rows) == KERN_SUCCESS &&
	       console_set_modes(input, CONSOLE_WHEN_NOW, raw) == KERN_SUCCESS;
}
