/* Files in memory, and much data at a time. */
#include <gen/file.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/unix_server.h>
#include "files.h"
#include "kinds.h"

#define O_ACCMODE   03u
#define O_PATH      010000000u
#define PROT_READ   1u
#define PROT_WRITE  2u
#define PROT_EXEC   4u
#define MAP_PRIVATE 2u

/* What a mapping may have at most: a private one is a copy, whose owner may do what he likes. */
static int permitted(const struct open_file *file, natural_t protection, natural_t flags)
{
	if ((file->flags & O_PATH) != 0) {
		return -EBADF;
	}
	if ((file->flags & O_ACCMODE) == 1) {
		return -EACCES;
	}
	if (flags == MAP_PRIVATE) {
		return PROT_READ | PROT_WRITE | PROT_EXEC;
	}
	if ((protection & PROT_WRITE) != 0 && (file->flags & O_ACCMODE) != 2) {
		return -EACCES;
	}
	return (file->flags & O_ACCMODE) == 2 ? PROT_READ | PROT_WRITE : PROT_READ;
}

static int map(struct open_file *file, natural_t protection, natural_t flags, mach_port_t *memory,
	       int64_t *bytes)
{
	int result = permitted(file, protection, flags);
	kern_return_t code = KERN_SUCCESS;

	if (result < 0 || file->kind == &zero_kind) {
		return result; /* /dev/zero: memory of its own */
	}
	if (file->kind != &file_kind) {
		return -ENODEV;
	}
	server_release();
	code = file_map(file->port,
			flags == MAP_PRIVATE ? VM_PROT_READ : (vm_prot_t)(result & ~PROT_EXEC),
			memory, bytes);
	server_lock();
	if (code != KERN_SUCCESS) {
		*memory = MACH_PORT_NULL;
		return code == FILE_ENXIO ? -ENODEV : files_error(code);
	}
	return result;
}

kern_return_t serve_unix_map_file(ipc_call_t call, int descriptor, natural_t protection,
				  natural_t flags, int *result, mach_port_t *memory, int64_t *bytes)
{
	struct thread *thread = *(struct thread **)ipc_call_data(call);
	struct open_file *file = NULL;

	*memory = MACH_PORT_NULL;
	*bytes = 0;
	server_lock();
	if (thread->process == NULL || thread->process->ending) {
		server_unlock();
		return KERN_INVALID_ARGUMENT;
	}
	file = descriptors_get(thread->process, descriptor);
	*result = file == NULL ? -EBADF : map(file, protection, flags, memory, bytes);
	if (file != NULL) {
		open_file_release(file);
	}
	server_unlock();
	return KERN_SUCCESS;
}

kern_return_t serve_unix_read_pages(ipc_call_t call, int descriptor, int64_t offset,
				    natural_t bytes_max, int *result, vm_offset_t *data,
				    mach_msg_type_number_t *bytes)
{
	(void)call;
	(void)descriptor;
	(void)offset;
	(void)bytes_max;
	*result = -ENOSYS;
	*data = 0;
	*bytes = 0;
	return KERN_SUCCESS;
}

kern_return_t serve_unix_write_pages(ipc_call_t call, int descriptor, int64_t offset,
				     vm_offset_t data, mach_msg_type_number_t bytes, int *result)
{
	(void)call;
	(void)descriptor;
	(void)offset;
	(void)vm_deallocate(mach_task_self(), data, bytes);
	*result = -ENOSYS;
	return KERN_SUCCESS;
}
