/* host.h for a Unix process: files, by system calls. */
#include <string.h>
#include "host_unix.h"

#define ENTRIES_BYTES 3000 /* Linux's entries; the file server's are a third longer at most */

static void to_attributes(const struct linux_stat *stat, file_attributes_t *attributes)
{
	*attributes = (file_attributes_t){
		.number = stat->number,
		.size = (uint64_t)stat->size,
		.device = stat->of_device,
		.blocks = stat->blocks,
		.access_ns = stat->access * 1000000000ll + stat->access_ns,
		.modify_ns = stat->modify * 1000000000ll + stat->modify_ns,
		.change_ns = stat->change * 1000000000ll + stat->change_ns,
		.mode = stat->mode,
		.uid = stat->uid,
		.gid = stat->gid,
		.links = stat->links,
	};
}

kern_return_t unix_get_attributes(const char *path, file_attributes_t *attributes)
{
	struct linux_stat stat;
	int result = linux_call(LINUX_STAT64, LINUX_POINTER(path), LINUX_POINTER(&stat), 0, 0, 0);

	if (result >= 0) {
		to_attributes(&stat, attributes);
	}
	return unix_code(result);
}

kern_return_t unix_get_file_attributes(uint32_t file, file_attributes_t *attributes)
{
	struct linux_stat stat;
	int result =
		linux_call(LINUX_FSTAT64, unix_descriptor(file), LINUX_POINTER(&stat), 0, 0, 0);

	if (result >= 0) {
		to_attributes(&stat, attributes);
	}
	return unix_code(result);
}

void unix_close(uint32_t file)
{
	(void)linux_call(LINUX_CLOSE, unix_descriptor(file), 0, 0, 0, 0);
}

kern_return_t unix_open(const char *path, uint32_t flags, uint32_t mode, uint32_t *file,
			file_attributes_t *attributes)
{
	uint32_t how = LINUX_O_CLOEXEC | LINUX_O_NOCTTY;
	kern_return_t code = KERN_SUCCESS;
	int result = 0;

	how |= (flags & FILE_WRITE) == 0  ? 0u
	       : (flags & FILE_READ) == 0 ? LINUX_O_WRONLY
					  : LINUX_O_RDWR;
	how |= (flags & FILE_CREATE) != 0 ? LINUX_O_CREAT : 0u;
	how |= (flags & FILE_EXCLUSIVE) != 0 ? LINUX_O_EXCL : 0u;
	how |= (flags & FILE_TRUNCATE) != 0 ? LINUX_O_TRUNC : 0u;
	how |= (flags & FILE_APPEND) != 0 ? LINUX_O_APPEND : 0u;
	how |= (flags & FILE_DIRECTORY) != 0 ? LINUX_O_DIRECTORY : 0u;
	result = linux_call(LINUX_OPEN, LINUX_POINTER(path), how, mode, 0, 0);
	if (result < 0) {
		return unix_code(result);
	}
	*file = unix_file(result);
	code = unix_get_file_attributes(*file, attributes);
	if (code != KERN_SUCCESS) {
		unix_close(*file);
	}
	return code;
}

/* Linux's entries as the file server's. */
static uint32_t convert_entries(const char *from, uint32_t from_bytes, char *entries)
{
	uint32_t used = 0;

	for (uint32_t at = 0; at < from_bytes;) {
		const struct linux_entry *linux_entry = (const struct linux_entry *)(from + at);
		struct file_entry *entry = (struct file_entry *)(entries + used);
		uint32_t name_bytes = (uint32_t)strlen(linux_entry->name);
		uint32_t bytes =
			(__builtin_offsetof(struct file_entry, name) + name_bytes + 1 + 7) & ~7u;

		if (used + bytes > FILE_DATA_MAX) {
			break; /* the next call begins with it: its cookie is the last one's */
		}
		entry->number = linux_entry->number;
		entry->cookie = (uint64_t)linux_entry->offset;
		entry->bytes = (uint16_t)bytes;
		entry->kind = linux_entry->type;
		entry->name_bytes = (uint8_t)name_bytes;
		(void)strcpy(entry->name, linux_entry->name);
		used += bytes;
		at += linux_entry->bytes;
	}
	return used;
}

kern_return_t unix_read_directory(const char *path, int64_t cookie, char *entries, uint32_t *bytes)
{
	static char found[ENTRIES_BYTES] __attribute__((aligned(8)));
	file_attributes_t attributes;
	uint32_t file = 0;
	int64_t position = 0;
	int result = 0;
	kern_return_t code = unix_open(path, FILE_READ | FILE_DIRECTORY, 0, &file, &attributes);

	*bytes = 0;
	if (code != KERN_SUCCESS) {
		return code;
	}
	code = cookie == 0 ? KERN_SUCCESS : unix_seek(file, cookie, FILE_SEEK_SET, &position);
	if (code == KERN_SUCCESS) {
		result = linux_call(LINUX_GETDENTS64, unix_descriptor(file), LINUX_POINTER(found),
				    sizeof found, 0, 0);
		code = unix_code(result);
	}
	if (code == KERN_SUCCESS) {
		*bytes = convert_entries(found, (uint32_t)result, entries);
	}
	unix_close(file);
	return code;
}

/* From a pipe as from the temporary file that DOS would have: all that is asked for, or the end. */
kern_return_t unix_read(uint32_t file, uint8_t *bytes, uint32_t count, uint32_t *got)
{
	bool slow = unix_is_slow(unix_descriptor(file));
	int result = 0;

	*got = 0;
	do {
		if (slow && !unix_wait(unix_descriptor(file), LINUX_POLLIN)) {
			return FILE_ERROR(LINUX_EINTR);
		}
		result = linux_call(LINUX_READ, unix_descriptor(file), LINUX_POINTER(bytes + *got),
				    count - *got, 0, 0);
		*got += result > 0 ? (uint32_t)result : 0;
	} while (slow && result > 0 && *got < count);
	return *got > 0 ? KERN_SUCCESS : unix_code(result);
}

kern_return_t unix_write(uint32_t file, const uint8_t *bytes, uint32_t count, uint32_t *written)
{
	int result = 0;

	*written = 0;
	if (unix_is_slow(unix_descriptor(file)) &&
	    !unix_wait(unix_descriptor(file), LINUX_POLLOUT)) {
		return FILE_ERROR(LINUX_EINTR);
	}
	result = linux_call(LINUX_WRITE, unix_descriptor(file), LINUX_POINTER(bytes), count, 0, 0);
	*written = result > 0 ? (uint32_t)result : 0;
	return unix_code(result);
}

kern_return_t unix_seek(uint32_t file, int64_t offset, uint32_t whence, int64_t *position)
{
	return unix_code(linux_call(LINUX_LLSEEK, unix_descriptor(file), (uint32_t)(offset >> 32),
				    (uint32_t)offset, LINUX_POINTER(position), whence));
}

kern_return_t unix_set_size(uint32_t file, int64_t size)
{
	return unix_code(linux_call(LINUX_FTRUNCATE64, unix_descriptor(file), (uint32_t)size,
				    (uint32_t)(size >> 32), 0, 0));
}

kern_return_t unix_set_modified(uint32_t file, int64_t modify_ns)
{
	const struct linux_timespec times[2] = {
		{0, LINUX_UTIME_OMIT},
		{(int32_t)(modify_ns / 1000000000), (int32_t)(modify_ns % 1000000000)}};

	return unix_code(
		linux_call(LINUX_UTIMENSAT, unix_descriptor(file), 0, LINUX_POINTER(times), 0, 0));
}

bool unix_has_input(uint32_t file)
{
	struct linux_poll poll = {.descriptor = (int32_t)unix_descriptor(file),
				  .wanted = LINUX_POLLIN};
	const struct linux_timespec none = {0, 0};

	return linux_call(LINUX_PPOLL, LINUX_POINTER(&poll), 1, LINUX_POINTER(&none), 0, 0) > 0;
}

kern_return_t unix_make_directory(const char *path)
{
	return unix_code(linux_call(LINUX_MKDIR, LINUX_POINTER(path), 0777, 0, 0, 0));
}

kern_return_t unix_remove(const char *path, bool directory)
{
	return unix_code(linux_call(directory ? LINUX_RMDIR : LINUX_UNLINK, LINUX_POINTER(path), 0,
				    0, 0, 0));
}

kern_return_t unix_rename(const char *from, const char *to)
{
	return unix_code(linux_call(LINUX_RENAMEAT2, (uint32_t)LINUX_AT_FDCWD, LINUX_POINTER(from),
				    (uint32_t)LINUX_AT_FDCWD, LINUX_POINTER(to),
				    LINUX_RENAME_NOREPLACE));
}

kern_return_t unix_set_mode(const char *path, uint32_t mode)
{
	return unix_code(linux_call(LINUX_CHMOD, LINUX_POINTER(path), mode, 0, 0, 0));
}

kern_return_t unix_get_space(uint64_t *bytes_total, uint64_t *bytes_free)
{
	struct linux_statfs info;
	int result = linux_call(LINUX_STATFS64, LINUX_POINTER("/"), sizeof info,
				LINUX_POINTER(&info), 0, 0);

	if (result >= 0) {
		*bytes_total = info.blocks * info.block_bytes;
		*bytes_free = info.blocks_available * info.block_bytes;
	}
	return unix_code(result);
}

void unix_get_directory(char *path, uint32_t bytes_max)
{
	int result = linux_call(LINUX_GETCWD, LINUX_POINTER(path), bytes_max, 0, 0, 0);

	if (result <= 0 || path[0] != '/') {
		path[0] = 0;
	}
}
