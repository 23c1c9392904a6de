/*
 * Regular files and directories: the file server's.  Where an open file stands is known here, so
 * that lseek asks nobody; only behind a write that appended is the file server's word needed.
 */
#include <gen/file.h>
#include <gen/mach_port.h>
#include "dirent_core.h"
#include "files.h"
#include "kinds.h"

#define O_APPEND 02000u

#define SEEK_SET_  0u
#define SEEK_CUR_  1u
#define SEEK_END_  2u
#define SEEK_DATA_ 3u
#define SEEK_HOLE_ 4u

int file_attributes_of(struct open_file *file, void *attributes)
{
	kern_return_t code = KERN_SUCCESS;

	server_release();
	code = file_get_attributes(file->port, NULL, 0, "", 0, 0, attributes);
	server_lock();
	return files_error(code);
}

/* ------------------------------------------------------------------------------ read and write */

/* One of those who use the file's offset at a time: the others wait, like Linux's f_pos_lock. */
static int begin_move(struct request *request, struct open_file *file)
{
	request->uninterruptible = file->moving;
	if (file->moving) {
		return request_wait(request, &file->waiters);
	}
	file->moving = true;
	return 0;
}

static void end_move(struct open_file *file)
{
	file->moving = false;
	wait_queue_wake(&file->waiters);
}

/* Lock not held. */
static int ask_offset(struct open_file *file, int64_t *offset)
{
	return *offset != FILE_OFFSET_ASK
		       ? 0
		       : files_error(file_seek(file->port, 0, FILE_SEEK_CURRENT, offset));
}

static int read_at(mach_port_t port, char *data, uint32_t bytes, int64_t offset)
{
	uint32_t done = 0;

	while (done < bytes) {
		uint32_t part = bytes - done < FILE_DATA_MAX ? bytes - done : FILE_DATA_MAX;
		mach_msg_type_number_t count = part;
		int error = files_error(
			file_read(port, offset + done, part, FILE_NOW, data + done, &count));

		if (error < 0) {
			return done != 0 ? (int)done : error;
		}
		done += count;
		if (count < part) {
			break;
		}
	}
	return (int)done;
}

static int file_read_data(struct request *request, struct open_file *file, void *data,
			  uint32_t bytes, int64_t offset)
{
	bool at_own = offset == FILE_CURRENT_OFFSET;
	int result = at_own ? begin_move(request, file) : 0;

	if (result != 0) {
		return result;
	}
	offset = at_own ? file->offset : offset;
	server_release();
	result = at_own ? ask_offset(file, &offset) : 0;
	if (result == 0) {
		result = read_at(file->port, data, bytes, offset);
	}
	server_lock();
	if (at_own) {
		file->offset = result > 0 ? offset + result : offset;
		end_move(file);
	}
	return result;
}

static int write_at(mach_port_t port, const char *data, uint32_t bytes, int64_t offset)
{
	uint32_t done = 0;

	while (done < bytes) {
		uint32_t part = bytes - done < FILE_DATA_MAX ? bytes - done : FILE_DATA_MAX;
		natural_t count = 0;
		int64_t at = offset == FILE_CURRENT ? offset : offset + done;
		int error = files_error(
			file_write(port, at, FILE_NOW, (char *)data + done, part, &count));

		if (error < 0) {
			return done != 0 ? (int)done : error;
		}
		done += count;
		if (count < part) {
			break;
		}
	}
	return (int)done;
}

/* Where a write begins.  Lock not held. */
static int write_offset(struct open_file *file, bool append, int64_t *offset)
{
	file_attributes_t attributes;
	int result = 0;

	if (!append) {
		return ask_offset(file, offset);
	}
	if (file->appends) {
		*offset = FILE_CURRENT; /* the file server puts it at the end */
		return 0;
	}
	/* O_APPEND came later, by F_SETFL: the port does not append by itself. */
	result = files_error(file_get_attributes(file->port, NULL, 0, "", 0, 0, &attributes));
	*offset = (int64_t)attributes.size;
	return result;
}

static int file_write_data(struct request *request, struct open_file *file, const void *data,
			   uint32_t bytes, int64_t offset)
{
	bool append = (file->flags & O_APPEND) != 0;
	bool at_own = offset == FILE_CURRENT_OFFSET;
	int result = at_own ? begin_move(request, file) : 0;

	if (result != 0) {
		return result;
	}
	offset = at_own ? file->offset : offset;
	server_release();
	result = write_offset(file, append, &offset);
	if (result == 0) {
		result = write_at(file->port, data, bytes, offset);
	}
	server_lock();
	if (at_own) {
		file->offset = offset == FILE_CURRENT ? FILE_OFFSET_ASK
			       : result > 0           ? offset + result
						      : offset;
		end_move(file);
	}
	return result;
}

/* ------------------------------------------------------------------------------------- offsets */

static int base_of(struct open_file *file, uint32_t whence, int64_t *base)
{
	file_attributes_t attributes;
	int result = 0;

	switch (whence) {
	case SEEK_SET_:
		*base = 0;
		return 0;
	case SEEK_CUR_:
		*base = file->offset;
		server_release();
		result = ask_offset(file, base);
		server_lock();
		return result;
	case SEEK_END_:
	case SEEK_DATA_:
	case SEEK_HOLE_:
		result = file_attributes_of(file, &attributes);
		*base = (int64_t)attributes.size;
		return result;
	default:
		return -EINVAL;
	}
}

static int file_seek_to(struct open_file *file, int64_t offset, uint32_t whence, int64_t *position)
{
	int64_t base = 0;
	int result = base_of(file, whence, &base);

	if (result < 0) {
		return result;
	}
	if (whence == SEEK_DATA_ ||
	    whence == SEEK_HOLE_) { /* a file has no holes, as far as we tell */
		if (offset < 0 || offset >= base) {
			return -ENXIO;
		}
		base = whence == SEEK_DATA_ ? 0 : base - offset;
	}
	if (__builtin_add_overflow(base, offset, &base) || base < 0) {
		return -EINVAL;
	}
	file->offset = *position = base;
	return 0;
}

/* --------------------------------------------------------------------------------- directories */

static int file_entries(struct open_file *file, uint64_t cookie, char *data, uint32_t room)
{
	mach_msg_type_number_t bytes = room < FILE_DATA_MAX ? room : FILE_DATA_MAX;
	kern_return_t code = KERN_SUCCESS;

	server_release();
	code = file_read_directory(file->port, (int64_t)cookie, bytes, data, &bytes);
	server_lock();
	return code == KERN_SUCCESS ? (int)bytes : files_error(code);
}

const struct open_file_kind file_kind = {
	.read = file_read_data,
	.write = file_write_data,
	.seek = file_seek_to,
	.attributes = file_attributes_of,
	.entries = file_entries,
	.close = file_locks_end,
};

/* Entries come in the file server's form, which is never shorter than Linux's. */
static int get_entries(struct request *request, struct open_file *file,
		       uint32_t (*convert)(const char *, uint32_t, char *, uint32_t, uint64_t *))
{
	char *entries = NULL;
	uint64_t cookie = (uint64_t)file->offset;
	uint32_t room = request_room_bytes(request, 1);
	int result = 0;

	if (file->kind->entries == NULL) {
		return -ENOTDIR;
	}
	if (request_room(request, 1) == NULL) {
		return -EFAULT;
	}
	entries = malloc(FILE_DATA_MAX);
	if (entries == NULL) {
		return -ENOMEM;
	}
	result = file->kind->entries(file, cookie, entries,
				     room < FILE_DATA_MAX ? room : FILE_DATA_MAX);
	if (result > 0) {
		result = (int)convert(entries, (uint32_t)result, request_room(request, 1), room,
				      &cookie);
		request_fill(request, 1, (uint32_t)result);
		file->offset = (int64_t)cookie;
		result = result == 0 ? -EINVAL : result;
	}
	free(entries);
	return result;
}

static int get_entries_of(struct request *request,
			  uint32_t (*convert)(const char *, uint32_t, char *, uint32_t, uint64_t *))
{
	struct open_file *file =
		descriptors_get(request->thread->process, (int)request->arguments[0]);
	int result = 0;

	if (file == NULL) {
		return -EBADF;
	}
	result = get_entries(request, file, convert);
	open_file_release(file);
	return result;
}

CALL_HANDLER(getdents)
{
	return get_entries_of(request, dirent_fill);
}

CALL_HANDLER(getdents64)
{
	return get_entries_of(request, dirent64_fill);
}

/* ------------------------------------------------------------------------------------ fallocate */

#define FALLOC_KEEP_SIZE 1u

static int reserve(struct request *request, struct open_file *file, int64_t end)
{
	natural_t identity[2 + FILE_GROUPS_MAX];
	uint32_t words = files_identity(request->thread->process, identity, false);
	file_attributes_t attributes;
	int result = file_attributes_of(file, &attributes);

	if (result < 0) {
		return result;
	}
	if ((attributes.mode & FILE_MODE_KIND) != FILE_MODE_REGULAR) {
		return (attributes.mode & FILE_MODE_KIND) == FILE_MODE_FIFO ? -ESPIPE : -ENODEV;
	}
	if (request->arguments[1] == FALLOC_KEEP_SIZE || attributes.size >= (uint64_t)end) {
		return 0;
	}
	attributes.size = (uint64_t)end;
	server_release();
	result = files_error(file_set_attributes(file->port, identity, words, "", 0, 0,
						 FILE_SET_SIZE, attributes));
	server_lock();
	return result;
}

CALL_HANDLER(fallocate)
{
	struct open_file *file =
		descriptors_get(request->thread->process, (int)request->arguments[0]);
	int64_t offset = (int64_t)((uint64_t)request->arguments[3] << 32 | request->arguments[2]);
	int64_t bytes = (int64_t)((uint64_t)request->arguments[5] << 32 | request->arguments[4]);
	int64_t end = 0;
	int result = -EBADF;

	if (file == NULL) {
		return -EBADF;
	}
	if (offset < 0 || bytes <= 0) {
		result = -EINVAL;
	} else if ((request->arguments[1] & ~FALLOC_KEEP_SIZE) != 0) {
		result = -EOPNOTSUPP;
	} else if (__builtin_add_overflow(offset, bytes, &end)) {
		result = -EFBIG;
	} else if ((file->flags & 3) == 0) {
		result = -EBADF;
	} else {
		result = file->port == MACH_PORT_NULL ? -ESPIPE : reserve(request, file, end);
	}
	open_file_release(file);
	return result;
}
