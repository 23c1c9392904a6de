/* Calls on names, carried to the file server in the name of the process; directories. */
#include <gen/file.h>
#include <gen/mach_port.h>
#include "descriptors.h"
#include "files.h"
#include "kinds.h"
#include "place.h"

#define SELF mach_task_self()

/* ------------------------------------------------------------------------------- names */

static int make_directory(struct request *request, int descriptor, unsigned int n, uint32_t mode)
{
	struct place place;
	kern_return_t code = KERN_SUCCESS;
	int result = place_begin(request, descriptor, n, false, &place);

	if (result < 0) {
		return result;
	}
	mode &= 01777 & ~request->thread->process->umask;
	server_release();
	code = file_make_directory(place.directory, place.identity, place.words, place.path,
				   place.bytes, mode);
	server_lock();
	return place_end(&place, code);
}

CALL_HANDLER(mkdir)
{
	return make_directory(request, AT_FDCWD, 0, request->arguments[1]);
}

CALL_HANDLER(mkdirat)
{
	return make_directory(request, (int)request->arguments[0], 1, request->arguments[2]);
}

static int make_node(struct request *request, int descriptor, unsigned int n, uint32_t mode,
		     uint32_t device)
{
	struct place place;
	uint32_t kind = mode & FILE_MODE_KIND;
	uint64_t major = device >> 8 & 0xfff;
	uint64_t minor = (device & 0xff) | (device >> 12 & 0xfff00);
	file_attributes_t attributes;
	mach_port_t port = MACH_PORT_NULL;
	kern_return_t code = KERN_SUCCESS;
	int result = 0;

	if ((kind == FILE_MODE_CHARACTER || kind == FILE_MODE_BLOCK) &&
	    request->thread->process->identity.euid != 0) {
		return -EPERM;
	}
	result = place_begin(request, descriptor, n, false, &place);
	if (result < 0) {
		return result;
	}
	mode &= ~request->thread->process->umask;
	server_release();
	if (kind == 0 || kind == FILE_MODE_REGULAR) {
		code = file_open(place.directory, place.identity, place.words, place.path,
				 place.bytes, FILE_HANDLE | FILE_CREATE | FILE_EXCLUSIVE,
				 mode & 07777, &port, &attributes);
		if (code == KERN_SUCCESS) {
			(void)mach_port_deallocate(SELF, port);
		}
	} else {
		code = file_make_node(place.directory, place.identity, place.words, place.path,
				      place.bytes, mode, (int64_t)(major << 32 | minor));
	}
	server_lock();
	return place_end(&place, code);
}

CALL_HANDLER(mknod)
{
	return make_node(request, AT_FDCWD, 0, request->arguments[1], request->arguments[2]);
}

CALL_HANDLER(mknodat)
{
	return make_node(request, (int)request->arguments[0], 1, request->arguments[2],
			 request->arguments[3]);
}

static int remove_name(struct request *request, int descriptor, unsigned int n, bool directory)
{
	struct place place;
	kern_return_t code = KERN_SUCCESS;
	int result = place_begin(request, descriptor, n, false, &place);

	if (result < 0) {
		return result;
	}
	server_release();
	code = file_unlink(place.directory, place.identity, place.words, place.path, place.bytes,
			   directory ? FILE_REMOVE_DIRECTORY : 0);
	server_lock();
	return place_end(&place, code);
}

CALL_HANDLER(unlink)
{
	return remove_name(request, AT_FDCWD, 0, false);
}

CALL_HANDLER(rmdir)
{
	return remove_name(request, AT_FDCWD, 0, true);
}

CALL_HANDLER(unlinkat)
{
	if ((request->arguments[2] & ~AT_REMOVEDIR) != 0) {
		return -EINVAL;
	}
	return remove_name(request, (int)request->arguments[0], 1, request->arguments[2] != 0);
}

/* Two paths: link and rename. */
typedef kern_return_t (*two_paths_t)(const struct place *from, const struct place *to,
				     uint32_t flags);

static int with_two(struct request *request, int from_descriptor, unsigned int from_n,
		    int to_descriptor, unsigned int to_n, bool may_be_empty, uint32_t flags,
		    two_paths_t function)
{
	struct place from, to;
	kern_return_t code = KERN_SUCCESS;
	int result = place_begin(request, from_descriptor, from_n, may_be_empty, &from);

	if (result < 0) {
		return result;
	}
	result = place_begin(request, to_descriptor, to_n, false, &to);
	if (result < 0) {
		(void)place_end(&from, KERN_SUCCESS);
		return result;
	}
	server_release();
	code = function(&from, &to, flags);
	server_lock();
	(void)place_end(&to, KERN_SUCCESS);
	return place_end(&from, code);
}

static kern_return_t rename_two(const struct place *from, const struct place *to, uint32_t flags)
{
	return file_rename(from->directory, from->identity, from->words, from->path, from->bytes,
			   to->directory, MACH_MSG_TYPE_COPY_SEND, to->path, to->bytes, flags);
}

static kern_return_t link_two(const struct place *from, const struct place *to, uint32_t flags)
{
	return file_link(from->directory, from->identity, from->words, from->path, from->bytes,
			 flags, to->directory, MACH_MSG_TYPE_COPY_SEND, to->path, to->bytes);
}

CALL_HANDLER(rename)
{
	return with_two(request, AT_FDCWD, 0, AT_FDCWD, 1, false, 0, rename_two);
}

CALL_HANDLER(renameat)
{
	return with_two(request, (int)request->arguments[0], 1, (int)request->arguments[2], 3,
			false, 0, rename_two);
}

CALL_HANDLER(renameat2)
{
	uint32_t flags = request->arguments[4];

	if ((flags & ~3u) != 0 || flags == 3) {
		return -EINVAL;
	}
	return with_two(request, (int)request->arguments[0], 1, (int)request->arguments[2], 3,
			false,
			flags == 1   ? FILE_RENAME_EXCLUSIVE
			: flags == 2 ? FILE_RENAME_EXCHANGE
				     : 0,
			rename_two);
}

CALL_HANDLER(link)
{
	return with_two(request, AT_FDCWD, 0, AT_FDCWD, 1, false, FILE_NO_FOLLOW, link_two);
}

CALL_HANDLER(linkat)
{
	uint32_t flags = request->arguments[4];

	if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) != 0) {
		return -EINVAL;
	}
	return with_two(request, (int)request->arguments[0], 1, (int)request->arguments[2], 3,
			(flags & AT_EMPTY_PATH) != 0,
			(flags & AT_SYMLINK_FOLLOW) != 0 ? 0 : FILE_NO_FOLLOW, link_two);
}

static int make_symlink(struct request *request, unsigned int target, int descriptor,
			unsigned int n)
{
	struct place place;
	kern_return_t code = KERN_SUCCESS;
	uint32_t bytes = request_in_bytes(request, target) - 1;
	int result = 0;

	if (bytes == 0) {
		return -ENOENT;
	}
	result = place_begin(request, descriptor, n, false, &place);
	if (result < 0) {
		return result;
	}
	server_release();
	code = file_make_symlink(place.directory, place.identity, place.words, place.path,
				 place.bytes, request_in(request, target), bytes);
	server_lock();
	return place_end(&place, code);
}

CALL_HANDLER(symlink)
{
	return make_symlink(request, 0, AT_FDCWD, 1);
}

CALL_HANDLER(symlinkat)
{
	return make_symlink(request, 0, (int)request->arguments[1], 2);
}

static int read_link(struct request *request, int descriptor, unsigned int n, unsigned int out)
{
	static char target[FILE_PATH_BYTES_MAX];
	mach_msg_type_number_t bytes = sizeof(target);
	struct place place;
	char *text = NULL;
	kern_return_t code = KERN_SUCCESS;
	int result = special_read_link(request, descriptor, request_in(request, n), target,
				       sizeof(target));

	if ((int32_t)request_room_bytes(request, out) <= 0) {
		return -EINVAL;
	}
	if (result >= 0) {
		bytes = (uint32_t)result;
	} else if (result != -ENOSYS) {
		return result;
	} else {
		result = place_begin(request, descriptor, n, true, &place);
		if (result < 0) {
			return result;
		}
		text = malloc(FILE_PATH_BYTES_MAX); /* the lock is given up: not "target" */
		if (text == NULL) {
			return place_end(&place, KERN_RESOURCE_SHORTAGE);
		}
		server_release();
		code = file_read_link(place.directory, place.identity, place.words, place.path,
				      place.bytes, text, &bytes);
		server_lock();
		result = place_end(&place, code);
		if (result == 0) {
			memcpy(target, text, bytes);
		}
		free(text);
		if (result < 0) {
			return result;
		}
	}
	bytes = bytes < request_room_bytes(request, out) ? bytes : request_room_bytes(request, out);
	if (request_room(request, out) == NULL) {
		return -EFAULT;
	}
	memcpy(request_room(request, out), target, bytes);
	request_fill(request, out, bytes);
	return (int)bytes;
}

CALL_HANDLER(readlink)
{
	return read_link(request, AT_FDCWD, 0, 1);
}

CALL_HANDLER(readlinkat)
{
	return read_link(request, (int)request->arguments[0], 1, 2);
}

/* ---------------------------------------------------------------------- directories, the system */

static void set_directory(struct process *process, mach_port_t port)
{
	(void)mach_port_deallocate(SELF, process->directory);
	process->directory = port;
	process->proc_node = 0;
}

CALL_HANDLER(chdir)
{
	struct process *process = request->thread->process;
	file_attributes_t attributes;
	mach_port_t port = MACH_PORT_NULL;
	struct place place;
	kern_return_t code = KERN_SUCCESS;
	int result = special_enter(request, request_in(request, 0));

	if (result != 1) {
		return result;
	}
	result = place_begin(request, AT_FDCWD, 0, false, &place);
	if (result < 0) {
		return result;
	}
	server_release();
	/* FILE_EXECUTE: who may not search a directory cannot go there. */
	code = file_check_access(place.directory, place.identity, place.words, place.path,
				 place.bytes, 0, FILE_EXECUTE);
	if (code == KERN_SUCCESS) {
		code = file_open(place.directory, place.identity, place.words, place.path,
				 place.bytes, FILE_HANDLE | FILE_DIRECTORY, 0, &port, &attributes);
	}
	server_lock();
	result = place_end(&place, code);
	if (result == 0) {
		set_directory(process, port);
	}
	return result;
}

/* Where paths from "/" begin.  It keeps nobody in: ".." and absolute links lead out (CAVEATS.md).
 */
CALL_HANDLER(chroot)
{
	struct process *process = request->thread->process;
	file_attributes_t attributes;
	mach_port_t port = MACH_PORT_NULL;
	struct place place;
	kern_return_t code = KERN_SUCCESS;
	int result = place_begin(request, AT_FDCWD, 0, false, &place);

	if (result < 0) {
		return result;
	}
	server_release();
	code = file_open(place.directory, place.identity, place.words, place.path, place.bytes,
			 FILE_HANDLE | FILE_DIRECTORY, 0, &port, &attributes);
	server_lock();
	result = place_end(&place, code);
	if (result < 0) {
		return result;
	}
	if (process->identity.euid != 0) {
		(void)mach_port_deallocate(SELF, port);
		return -EPERM;
	}
	(void)mach_port_deallocate(SELF, process->root);
	process->root = port;
	return 0;
}

CALL_HANDLER(fchdir)
{
	struct process *process = request->thread->process;
	struct open_file *file = descriptors_get(process, (int)request->arguments[0]);
	file_attributes_t attributes = {0};
	int result = -ENOTDIR;

	if (file == NULL) {
		return -EBADF;
	}
	result = special_enter_file(process, file);
	if (result != 1) {
		open_file_release(file);
		return result;
	}
	result = -ENOTDIR;
	if (file->port != MACH_PORT_NULL && file->kind->attributes(file, &attributes) == 0 &&
	    (attributes.mode & FILE_MODE_KIND) == FILE_MODE_DIRECTORY) {
		(void)mach_port_mod_refs(SELF, file->port, MACH_PORT_RIGHT_SEND, 1);
		set_directory(process, file->port);
		result = 0;
	}
	open_file_release(file);
	return result;
}

/* The path as who changed its root sees it; the lock is not held. */
static int cut_root(mach_port_t root, char *path, mach_msg_type_number_t *bytes)
{
	static const char nowhere[] = "(unreachable)";
	char *start = malloc(FILE_PATH_BYTES_MAX);
	mach_msg_type_number_t length = FILE_PATH_BYTES_MAX;
	int result = start == NULL ? -ENOMEM : files_error(file_get_path(root, start, &length));

	if (result == 0 && length > 1) {
		if (*bytes >= length && memcmp(path, start, length) == 0 &&
		    (*bytes == length || path[length] == '/')) {
			*bytes -= length;
			memmove(path, path + length, *bytes);
		} else if (*bytes + sizeof(nowhere) <= FILE_PATH_BYTES_MAX) {
			memmove(path + sizeof(nowhere) - 1, path, *bytes);
			memcpy(path, nowhere, sizeof(nowhere) - 1);
			*bytes += sizeof(nowhere) - 1;
		}
		if (*bytes == 0) {
			path[(*bytes)++] = '/';
		}
	}
	free(start);
	return result;
}

CALL_HANDLER(getcwd)
{
	char *path = malloc(FILE_PATH_BYTES_MAX);
	mach_msg_type_number_t bytes = FILE_PATH_BYTES_MAX;
	mach_port_t directory = request->thread->process->directory;
	mach_port_t root = request->thread->process->root;
	int result = 0;

	if (path == NULL) {
		return -ENOMEM;
	}
	bytes = special_directory(request->thread->process, path);
	if (bytes == 0) {
		bytes = FILE_PATH_BYTES_MAX;
		(void)mach_port_mod_refs(SELF, directory, MACH_PORT_RIGHT_SEND, 1);
		(void)mach_port_mod_refs(SELF, root, MACH_PORT_RIGHT_SEND, 1);
		server_release();
		result = files_error(file_get_path(directory, path, &bytes));
		if (result == 0 && root != file_root) {
			result = cut_root(root, path, &bytes);
		}
		server_lock();
		(void)mach_port_deallocate(SELF, directory);
		(void)mach_port_deallocate(SELF, root);
	}
	if (result == 0) {
		result = bytes + 1 > request_room_bytes(request, 0) ? -ERANGE
			 : request_room(request, 0) == NULL         ? -EFAULT
								    : (int)bytes + 1;
	}
	if (result > 0) {
		memcpy(request_room(request, 0), path, bytes);
		((char *)request_room(request, 0))[bytes] = '\0';
		request_fill(request, 0, bytes + 1);
	}
	free(path);
	return result;
}

CALL_HANDLER(umask)
{
	struct process *process = request->thread->process;
	uint32_t old = process->umask;

	process->umask = request->arguments[0] & 0777;
	process_show(process);
	return (int)old;
}

CALL_HANDLER(sync)
{
	(void)request;
	return 0;
}

/* struct statfs (64 bytes) and statfs64 (84) of i386. */
static int system_of(struct request *request, unsigned int out, bool words64)
{
	file_system_info_t info;
	uint32_t words[21] = {0x01021994, 4096}; /* tmpfs */
	int result = 0;

	server_release();
	result = files_error(file_get_system(request->thread->process->root, &info));
	server_lock();
	if (result < 0) {
		return result;
	}
	if (words64) {
		uint64_t blocks = info.bytes_total / 4096, free_blocks = info.bytes_free / 4096;
		uint64_t values[5] = {blocks, free_blocks, free_blocks, info.files_total,
				      info.files_free};

		memcpy(words + 2, values, sizeof(values));
		words[14] = FILE_NAME_BYTES_MAX;
		words[15] = 4096;
		request_put(request, out, words, 84);
		return 0;
	}
	words[2] = (uint32_t)(info.bytes_total / 4096);
	words[3] = words[4] = (uint32_t)(info.bytes_free / 4096);
	words[5] = (uint32_t)info.files_total;
	words[6] = (uint32_t)info.files_free;
	words[9] = FILE_NAME_BYTES_MAX;
	words[10] = 4096;
	request_put(request, out, words, 64);
	return 0;
}

static int system_at(struct request *request, unsigned int out, bool words64)
{
	file_attributes_t attributes;
	const uint32_t proc[21] = {0x9fa0, 4096};
	int result = special_attributes(request, AT_FDCWD, request_in(request, 0), 0, &attributes);

	if (result == 0) { /* nothing there takes room */
		request_put(request, out, proc, words64 ? 84 : 64);
		return 0;
	}
	result = place_attributes(request, AT_FDCWD, 0, 0, &attributes);
	return result < 0 ? result : system_of(request, out, words64);
}

CALL_HANDLER(statfs)
{
	return system_at(request, 1, false);
}

CALL_HANDLER(statfs64)
{
	return request->arguments[1] != 84 ? -EINVAL : system_at(request, 2, true);
}

static int system_by(struct request *request, unsigned int out, bool words64)
{
	struct open_file *file =
		descriptors_get(request->thread->process, (int)request->arguments[0]);

	if (file == NULL) {
		return -EBADF;
	}
	open_file_release(file);
	return system_of(request, out, words64);
}

CALL_HANDLER(fstatfs)
{
	return system_by(request, 1, false);
}

CALL_HANDLER(fstatfs64)
{
	return request->arguments[1] != 84 ? -EINVAL : system_by(request, 2, true);
}
