/* Calls on descriptors of any kind. */
#include <masix/file.h>
#include "descriptors.h"
#include "kinds.h"
#include "stat_core.h"

#define O_ACCMODE  03u
#define O_APPEND   02000u
#define O_NONBLOCK 04000u
#define O_CLOEXEC  02000000u
#define O_PATH	   010000000u
#define O_CHANGED  (O_APPEND | O_NONBLOCK | 020000u | 040000u | 01000000u) /* by F_SETFL */

static struct open_file *get(const struct request *request, unsigned int n)
{
	return descriptors_get(request->thread->process, (int)request->arguments[n]);
}

/* ------------------------------------------------------------------------------- read and write */

static int read_file(struct request *request, int64_t offset)
{
	struct open_file *file = get(request, 0);
	int result = -EBADF;

	if (file == NULL) {
		return -EBADF;
	}
	if ((file->flags & O_ACCMODE) == 1 || (file->flags & O_PATH) != 0) {
		result = -EBADF;
	} else if (request_room(request, 1) == NULL) {
		result = request->arguments[2] == 0 ? 0 : -EFAULT;
	} else if (file->kind->read == NULL) {
		result = -EINVAL;
	} else if (file->kind == &file_kind &&
		   (result = file_read_direct(request, file, request->arguments[1],
					      request_room_bytes(request, 1), offset)) >= 0) {
		open_file_release(file);
		return result; /* nothing goes with the answer */
	} else {
		result = file->kind->read(request, file, request_room(request, 1),
					  request_room_bytes(request, 1), offset);
	}
	if (result > 0) {
		request_fill(request, 1, (uint32_t)result);
	}
	open_file_release(file);
	return result;
}

static int write_file(struct request *request, int64_t offset)
{
	struct open_file *file = get(request, 0);
	int result = -EBADF;

	if (file == NULL) {
		return -EBADF;
	}
	if ((file->flags & O_ACCMODE) == 0 || (file->flags & O_PATH) != 0) {
		result = -EBADF;
	} else if (request_in(request, 1) == NULL && request->arguments[2] != 0) {
		result = -EFAULT;
	} else if (file->kind->write == NULL) {
		result = -EINVAL;
	} else {
		result = file->kind->write(request, file, request_in(request, 1),
					   request_in_bytes(request, 1), offset);
	}
	open_file_release(file);
	return result;
}

CALL_HANDLER(read)
{
	return read_file(request, FILE_CURRENT_OFFSET);
}

CALL_HANDLER(write)
{
	return write_file(request, FILE_CURRENT_OFFSET);
}

static int64_t offset_of(const struct request *request)
{
	return (int64_t)((uint64_t)request->arguments[4] << 32 | request->arguments[3]);
}

CALL_HANDLER(pread64)
{
	return offset_of(request) < 0 ? -EINVAL : read_file(request, offset_of(request));
}

CALL_HANDLER(pwrite64)
{
	return offset_of(request) < 0 ? -EINVAL : write_file(request, offset_of(request));
}

/* ------------------------------------------------------------------------------------ positions */

static int seek(struct request *request, int64_t offset, uint32_t whence, int64_t *position)
{
	struct open_file *file = get(request, 0);
	int result = -ESPIPE;

	if (file == NULL) {
		return -EBADF;
	}
	if (file->kind->seek != NULL) {
		result = file->kind->seek(file, offset, whence, position);
	}
	open_file_release(file);
	return result;
}

CALL_HANDLER(lseek)
{
	int64_t position = 0;
	int result = seek(request, (int32_t)request->arguments[1], request->arguments[2],
			  &position);

	if (result == 0 && position > INT32_MAX) {
		return -EOVERFLOW;
	}
	return result < 0 ? result : (int)position;
}

CALL_HANDLER(_llseek)
{
	int64_t position = 0;
	int64_t offset = (int64_t)((uint64_t)request->arguments[1] << 32 | request->arguments[2]);
	int result = seek(request, offset, request->arguments[4], &position);

	if (result == 0) {
		request_put(request, 3, &position, sizeof(position));
	}
	return result;
}

/* ----------------------------------------------------------------------------- the table itself */

CALL_HANDLER(close)
{
	return descriptors_close(request->thread->process, (int)request->arguments[0]);
}

CALL_HANDLER(close_range)
{
	struct process *process = request->thread->process;
	uint32_t first = request->arguments[0];
	uint32_t last = request->arguments[1];

	if (first > last || (request->arguments[2] & ~4u) != 0) {
		return -EINVAL;
	}
	for (uint32_t i = first; i <= last && i < descriptors_last(process); i++) {
		struct open_file *file = descriptors_get(process, (int)i);

		if (file == NULL) {
			continue;
		}
		open_file_release(file);
		if ((request->arguments[2] & 4) != 0) { /* CLOSE_RANGE_CLOEXEC */
			descriptors_set_close_on_exec(process, (int)i, true);
		} else {
			(void)descriptors_close(process, (int)i);
		}
	}
	return 0;
}

static int duplicate(struct request *request, int least, bool close_on_exec)
{
	struct open_file *file = get(request, 0);
	int result = 0;

	if (file == NULL) {
		return -EBADF;
	}
	result = descriptors_add(request->thread->process, file, least, close_on_exec);
	if (result < 0) {
		open_file_release(file);
	}
	return result;
}

CALL_HANDLER(dup)
{
	return duplicate(request, 0, false);
}

static int duplicate_to(struct request *request, bool close_on_exec)
{
	struct process *process = request->thread->process;
	struct open_file *file = get(request, 0);
	int result = 0;

	if (file == NULL) {
		return -EBADF;
	}
	if (request->arguments[1] > INT32_MAX) {
		open_file_release(file);
		return -EBADF;
	}
	result = descriptors_put(process, file, request->arguments[1], close_on_exec);
	if (result < 0) {
		open_file_release(file);
	}
	return result;
}

CALL_HANDLER(dup2)
{
	struct open_file *file = NULL;

	if (request->arguments[0] == request->arguments[1]) {
		file = get(request, 0);
		if (file == NULL) {
			return -EBADF;
		}
		open_file_release(file);
		return (int)request->arguments[0];
	}
	return duplicate_to(request, false);
}

CALL_HANDLER(dup3)
{
	if ((request->arguments[2] & ~O_CLOEXEC) != 0 ||
	    request->arguments[0] == request->arguments[1]) {
		return -EINVAL;
	}
	return duplicate_to(request, request->arguments[2] != 0);
}

/* ----------------------------------------------------------------------------------------- fcntl */

#define F_DUPFD		0u
#define F_GETFD		1u
#define F_SETFD		2u
#define F_GETFL		3u
#define F_SETFL		4u
#define F_SETOWN	8u
#define F_GETOWN	9u
#define F_DUPFD_CLOEXEC 1030u

static int control(struct request *request, struct open_file *file)
{
	struct process *process = request->thread->process;
	int descriptor = (int)request->arguments[0];
	uint32_t argument = request->arguments[2];

	switch (request->arguments[1]) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		if (argument >= process->limits[7][0]) {
			return -EINVAL;
		}
		return duplicate(request, (int)argument,
				 request->arguments[1] == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return descriptors_close_on_exec(process, descriptor);
	case F_SETFD:
		descriptors_set_close_on_exec(process, descriptor, (argument & 1) != 0);
		return 0;
	case F_GETFL:
		return (int)(file->flags & ~O_CLOEXEC);
	case F_SETFL:
		file->flags = (file->flags & ~O_CHANGED) | (argument & O_CHANGED);
		return 0;
	case F_SETOWN:
		file->owner = argument;
		return 0;
	case F_GETOWN:
		return (int)file->owner;
	default:
		return file_lock_control(request, file);
	}
}

CALL_HANDLER(fcntl64)
{
	struct open_file *file = get(request, 0);
	int result = 0;

	if (file == NULL) {
		return -EBADF;
	}
	result = control(request, file);
	open_file_release(file);
	return result;
}

CALL_HANDLER(fcntl)
{
	return call_fcntl64(request);
}

CALL_HANDLER(ioctl)
{
	struct open_file *file = get(request, 0);
	uint32_t command = request->arguments[1];
	int result = -ENOTTY;

	if (file == NULL) {
		return -EBADF;
	}
	if (command == 0x5451 || command == 0x5450) { /* FIOCLEX FIONCLEX */
		descriptors_set_close_on_exec(request->thread->process,
					      (int)request->arguments[0], command == 0x5451);
		result = 0;
	} else if (command == 0x5421 && request_in(request, 2) != NULL) { /* FIONBIO */
		uint32_t on = *(const uint32_t *)request_in(request, 2);

		file->flags = on != 0 ? file->flags | O_NONBLOCK : file->flags & ~O_NONBLOCK;
		result = 0;
	} else if (file->kind->ioctl != NULL) {
		result = file->kind->ioctl(request, file, command);
	}
	open_file_release(file);
	return result;
}

/* ---------------------------------------------------------------------------------- attributes */

static int attributes_of(struct request *request, file_attributes_t *attributes)
{
	struct open_file *file = get(request, 0);
	int result = 0;

	if (file == NULL) {
		return -EBADF;
	}
	memset(attributes, 0, sizeof(*attributes));
	if (file->kind->attributes != NULL) {
		result = file->kind->attributes(file, attributes);
	}
	open_file_release(file);
	return result;
}

CALL_HANDLER(fstat64)
{
	file_attributes_t attributes;
	struct linux_stat64 stat;
	int result = attributes_of(request, &attributes);

	if (result == 0) {
		stat64_fill(&attributes, &stat);
		request_put(request, 1, &stat, sizeof(stat));
	}
	return result;
}

CALL_HANDLER(fstat)
{
	file_attributes_t attributes;
	struct linux_stat stat;
	int result = attributes_of(request, &attributes);

	if (result == 0) {
		result = stat_fill(&attributes, &stat);
		request_put(request, 1, &stat, sizeof(stat));
	}
	return result;
}

static int need_descriptor(struct request *request)
{
	struct open_file *file = get(request, 0);

	if (file == NULL) {
		return -EBADF;
	}
	open_file_release(file);
	return 0;
}

CALL_HANDLER(fsync)
{
	return need_descriptor(request);
}

CALL_HANDLER(fdatasync)
{
	return need_descriptor(request);
}

CALL_HANDLER(fadvise64)
{
	return need_descriptor(request);
}

CALL_HANDLER(fadvise64_64)
{
	return need_descriptor(request);
}

CALL_HANDLER(readahead)
{
	return need_descriptor(request);
}
