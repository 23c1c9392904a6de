/* The ports that this process was born with, and the working directory. */
#include <stdio.h>
#include <gen/file.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/process.h>
#include <mach/task_special_ports.h>
#include "prompt.h"

static mach_port_t process;
static mach_port_t directory;

mach_port_t own_process(void)
{
	if (process == MACH_PORT_NULL) {
		(void)task_get_special_port(mach_task_self(), TASK_BOOTSTRAP_PORT, &process);
	}
	return process;
}

/*
 * Asked for each time: the file server may register, or be there again, after this process began.
 */
mach_port_t own_port(unsigned int index)
{
	mach_port_array_t ports = NULL;
	mach_msg_type_number_t count = 0;
	mach_port_t port = MACH_PORT_NULL;

	if (process_get_ports(own_process(), &ports, &count) != KERN_SUCCESS) {
		return MACH_PORT_NULL;
	}
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		if (i == index) {
			port = ports[i];
		} else if (MACH_PORT_VALID(ports[i])) {
			(void)mach_port_deallocate(mach_task_self(), ports[i]);
		}
	}
	(void)vm_deallocate(mach_task_self(), (vm_address_t)ports, count * sizeof *ports);
	return port;
}

mach_port_t here(void)
{
	if (directory == MACH_PORT_NULL) {
		directory = own_port(STANDARD_PORT_DIRECTORY);
	}
	if (directory == MACH_PORT_NULL) {
		directory = own_port(STANDARD_PORT_ROOT);
	}
	return directory;
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
