/* Between the streams here and the run there. */
#include <gen/unix_client.h>
#include "on.h"

/* All of it; false: nobody reads it any more, or that was the end. */
static bool feed(mach_port_t run, const char *data, size_t bytes)
{
	size_t done = 0;

	do {
		natural_t taken = 0;

		if (unix_client_write(run, data + done, bytes - done, bytes == 0, &taken) !=
		    KERN_SUCCESS) {
			return false;
		}
		done += taken < bytes - done ? taken : bytes - done;
	} while (done < bytes);
	return bytes != 0;
}

void pump_input(mach_port_t run, size_t (*get)(char *data))
{
	static unix_data_t data;
	bool goes_on = true;

	while (goes_on) {
		goes_on = feed(run, data, (*get)(data));
	}
}

kern_return_t pump_output(mach_port_t run,
			  bool (*put)(natural_t stream, const char *data, size_t bytes),
			  natural_t *end)
{
	static unix_data_t data;

	for (;;) {
		natural_t stream = 0;
		mach_msg_type_number_t bytes = sizeof data;
		kern_return_t result = unix_client_read(run, TRUE, &stream, data, &bytes);

		if (result != KERN_SUCCESS) {
			return result;
		}
		if (stream == 0) {
			return unix_client_wait(run, end);
		}
		if (!(*put)(stream, data, bytes)) {
			return KERN_ABORTED;
		}
	}
}
