/* execve: the strings are gathered here, the rest is the server's. */
#include "library.h"
#include <gen/unix.h>

#define STRINGS_BYTES_MAX 0x20000u /* arguments or environment, as Linux's ARG_MAX */
#define AT_FDCWD          (-100)

struct strings {
	vm_address_t address;
	uint32_t used;
};

static int gather(struct strings *strings, uint32_t vector)
{
	if (syscall_vm_allocate(process->task_port, &strings->address, STRINGS_BYTES_MAX, TRUE) !=
	    KERN_SUCCESS) {
		strings->address = 0;
		return -ENOMEM;
	}
	while (vector != 0) {
		uint32_t string = 0;
		uint32_t room = STRINGS_BYTES_MAX - strings->used;
		int length = 0;

		if (GET(string, vector) < 0) {
			return -EFAULT;
		}
		if (string == 0) {
			break;
		}
		length = copy_string((char *)strings->address + strings->used, (const char *)string,
				     room);
		if (length < 0) {
			return length;
		}
		if ((uint32_t)length == room) {
			return -E2BIG;
		}
		strings->used += (uint32_t)length + 1;
		vector += 4;
	}
	return 0;
}

static void release(struct strings *strings)
{
	if (strings->address != 0) {
		(void)syscall_vm_deallocate(process->task_port, strings->address,
					    STRINGS_BYTES_MAX);
	}
}

static int execute(struct unix_thread_page *page, int directory, uint32_t path_address,
		   uint32_t arguments_address, uint32_t environment_address, uint32_t flags)
{
	char path[UNIX_PATH_MAX];
	struct strings arguments = {0, 0};
	struct strings environment = {0, 0};
	int length = copy_string(path, (const char *)path_address, sizeof(path));
	int result = length < 0 ? length : length == (int)sizeof(path) ? -ENAMETOOLONG : 0;

	result = result < 0 ? result : gather(&arguments, arguments_address);
	result = result < 0 ? result : gather(&environment, environment_address);
	if (result == 0) {
		page->state = UNIX_STATE_SERVER;
		if (unix_execute(page->server_port, directory, flags, path, (uint32_t)length + 1,
				 arguments.address, arguments.used, environment.address,
				 environment.used, &result) != KERN_SUCCESS) {
			result = -ENOMEM;
		}
		page->state = UNIX_STATE_LIBRARY;
	}
	release(&arguments);
	release(&environment);
	return result;
}

DO(execve)
{
	return execute(page, AT_FDCWD, argument(page, 0), argument(page, 1), argument(page, 2), 0);
}

DO(execveat)
{
	return execute(page, (int)argument(page, 0), argument(page, 1), argument(page, 2),
		       argument(page, 3), argument(page, 4));
}
