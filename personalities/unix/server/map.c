/* Files in memory, and much data at a time. */
#include <gen/file.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/unix_server.h>
#include "files.h"
#include "kinds.h"

#define O_APPEND    02000u
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

/* ------------------------------------------------------------------------- much data at a time */

/*
 * The file to move pages of, with a reference; null: it is none for that, or somebody else is at
 * its offset: *result is -ENOSYS then, and the library does it in parts.  Lock held.
 */
static struct open_file *file_for_pages(struct thread *thread, int descriptor, uint32_t forbidden,
					int64_t offset, int *result)
{
	struct open_file *file = descriptors_get(thread->process, descriptor);

	*result = -ENOSYS;
	if (file != NULL && (file->kind != &file_kind || (file->flags & (O_PATH | O_APPEND)) != 0 ||
			     (file->flags & O_ACCMODE) == forbidden ||
			     (offset == FILE_CURRENT_OFFSET &&
			      (file->moving || file->offset == FILE_OFFSET_ASK)))) {
		open_file_release(file);
		return NULL;
	}
	return file;
}

/* The move itself is over: with the lock held again. */
static void end_pages(struct open_file *file, int64_t offset, int result)
{
	if (offset == FILE_CURRENT_OFFSET) {
		file->offset += result > 0 ? result : 0;
		file->moving = false;
		wait_queue_wake(&file->waiters);
	}
	open_file_release(file);
	server_unlock();
}

static bool is_gone(const struct thread *thread)
{
	return thread->process == NULL || thread->process->ending;
}

kern_return_t serve_unix_read_pages(ipc_call_t call, int descriptor, int64_t offset,
				    natural_t bytes_max, int *result, vm_offset_t *data,
				    mach_msg_type_number_t *bytes)
{
	struct thread *thread = *(struct thread **)ipc_call_data(call);
	struct open_file *file = NULL;
	int64_t at = offset;

	*data = 0;
	*bytes = 0;
	server_lock();
	if (is_gone(thread)) {
		server_unlock();
		return KERN_INVALID_ARGUMENT;
	}
	file = file_for_pages(thread, descriptor, 1, offset, result);
	if (file == NULL) {
		server_unlock();
		return KERN_SUCCESS;
	}
	if (offset == FILE_CURRENT_OFFSET) {
		file->moving = true;
		at = file->offset;
	}
	server_release();
	*result = files_error(file_read_pages(file->port, at, bytes_max, FILE_NOW, data, bytes));
	server_lock();
	if (*result == 0) {
		*result = (int)*bytes;
	} else {
		*data = 0;
		*bytes = 0;
	}
	end_pages(file, offset, *result);
	return KERN_SUCCESS;
}

kern_return_t serve_unix_write_pages(ipc_call_t call, int descriptor, int64_t offset,
				     vm_offset_t data, mach_msg_type_number_t bytes, int *result)
{
	struct thread *thread = *(struct thread **)ipc_call_data(call);
	struct open_file *file = NULL;
	natural_t written = 0;
	int64_t at = offset;

	server_lock();
	if (is_gone(thread)) {
		server_unlock();
		return KERN_INVALID_ARGUMENT; /* the data is the caller's again */
	}
	file = file_for_pages(thread, descriptor, 0, offset, result);
	if (file == NULL) {
		server_unlock();
	} else {
		if (offset == FILE_CURRENT_OFFSET) {
			file->moving = true;
			at = file->offset;
		}
		server_release();
		*result = files_error(
			file_write_pages(file->port, at, FILE_NOW, data, bytes, &written));
		server_lock();
		*result = *result == 0 ? (int)written : *result;
		end_pages(file, offset, *result);
	}
	(void)vm_deallocate(mach_task_self(), data, bytes);
	return KERN_SUCCESS;
}
