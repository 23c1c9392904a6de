/* Calls on files by name, carried to the file server in the name of the process. */
#include <gen/file.h>
#include <gen/mach_port.h>
#include "descriptors.h"
#include "files.h"
#include "kinds.h"
#include "stat_core.h"

#define SELF mach_task_self()

#define AT_FDCWD          (-100)
#define AT_NO_FOLLOW      0x100u
#define AT_REMOVEDIR      0x200u
#define AT_EACCESS        0x200u
#define AT_SYMLINK_FOLLOW 0x400u
#define AT_EMPTY_PATH     0x1000u
#define AT_IGNORED        0x6800u /* AT_NO_AUTOMOUNT, AT_STATX_* */

#define O_ACCMODE   03u
#define O_CREAT     0100u
#define O_EXCL      0200u
#define O_NOCTTY    0400u
#define O_TRUNC     01000u
#define O_APPEND    02000u
#define O_NONBLOCK  04000u
#define O_DIRECTORY 0200000u
#define O_NOFOLLOW  0400000u
#define O_CLOEXEC   02000000u
#define O_PATH      010000000u
#define O_OPENING   (O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC) /* means nothing later */

/*
 * Where a path begins, and the path.  The right to the directory stays for the time of the call: with
 * the open file, or because nobody but the calling thread could let the process go elsewhere; where
 * there are other threads it is held.
 */
struct place {
	mach_port_t directory;
	struct open_file *file; /* whose port it is, or null */
	bool held;
	const char *path;
	uint32_t bytes;
	natural_t identity[2 + FILE_GROUPS_MAX];
	uint32_t words;
};

static int place_begin(struct request *request, int descriptor, unsigned int n, bool may_be_empty,
		       struct place *place)
{
	struct process *process = request->thread->process;

	place->file = NULL;
	place->held = false;
	place->path = request_in(request, n);
	place->bytes = request_in_bytes(request, n) - 1;
	place->words = files_identity(process, place->identity, false);
	place->directory = process->directory;
	if (place->bytes == 0 && !may_be_empty) {
		return -ENOENT;
	}
	if (place->path[0] == '/') {
		place->directory = process->root;
		files_below_root(process, &place->path, &place->bytes);
	} else if (descriptor != AT_FDCWD) {
		place->file = descriptors_get(process, descriptor);
		if (place->file == NULL) {
			return -EBADF;
		}
		place->directory = place->file->port;
		if (place->directory == MACH_PORT_NULL) {
			open_file_release(place->file);
			return place->bytes == 0 ? -EBADF : -ENOTDIR;
		}
		return 0;
	}
	place->held = process->thread_count != 1;
	if (place->directory == MACH_PORT_NULL ||
	    (place->held && mach_port_mod_refs(SELF, place->directory, MACH_PORT_RIGHT_SEND, 1) !=
				    KERN_SUCCESS)) {
		return -ENOENT;
	}
	return 0;
}

static int place_end(struct place *place, kern_return_t code)
{
	if (place->file != NULL) {
		open_file_release(place->file);
	}
	if (place->held) {
		(void)mach_port_deallocate(SELF, place->directory);
	}
	return files_error(code);
}

/* ----------------------------------------------------------------------------------------- open */

static uint32_t flags_of(uint32_t flags)
{
	uint32_t mode = flags & O_ACCMODE;
	uint32_t result = mode == 0 ? FILE_READ : mode == 1 ? FILE_WRITE : FILE_READ | FILE_WRITE;

	if ((flags & O_PATH) != 0) {
		result = FILE_HANDLE;
		flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW;
	}
	result |= (flags & O_CREAT) != 0 ? FILE_CREATE : 0;
	result |= (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL) ? FILE_EXCLUSIVE : 0;
	result |= (flags & O_TRUNC) != 0 ? FILE_TRUNCATE : 0;
	result |= (flags & O_APPEND) != 0 ? FILE_APPEND : 0;
	result |= (flags & O_DIRECTORY) != 0 ? FILE_DIRECTORY : 0;
	result |= (flags & O_NOFOLLOW) != 0 ? FILE_NO_FOLLOW : 0;
	return result | FILE_NOW; /* a FIFO's other end is waited for here */
}

/* An open file for what the file server opened: by its kind. */
static int make_open_file(struct request *request, mach_port_t port,
			  const file_attributes_t *attributes, uint32_t flags,
			  struct open_file **file)
{
	uint32_t kind = attributes->mode & FILE_MODE_KIND;

	if ((flags & O_PATH) == 0 && kind == FILE_MODE_CHARACTER) {
		return device_open_file(request, port, attributes, flags, file);
	}
	if ((flags & O_PATH) == 0 && kind == FILE_MODE_BLOCK) {
		(void)mach_port_deallocate(SELF, port);
		return -ENXIO;
	}
	if ((flags & O_PATH) == 0 && kind == FILE_MODE_FIFO) {
		return fifo_open_file(request, port, attributes, flags & ~O_OPENING, file);
	}
	*file = open_file_create(&file_kind, flags & ~O_OPENING, NULL);
	if (*file == NULL) {
		(void)mach_port_deallocate(SELF, port);
		return -ENFILE;
	}
	(*file)->port = port;
	(*file)->appends = (flags & O_APPEND) != 0;
	(*file)->number = attributes->number;
	return 0;
}

/*
 * A FIFO that the file server thinks nobody reads, as the readers are all of this server: a hold on
 * it is enough, once the permission is checked.
 */
static kern_return_t open_writer(const struct place *place, mach_port_t *port,
				 file_attributes_t *attributes)
{
	kern_return_t code = file_open(place->directory, place->identity, place->words, place->path,
				       place->bytes, FILE_HANDLE, 0, port, attributes);

	if (code != KERN_SUCCESS) {
		return code;
	}
	code = (attributes->mode & FILE_MODE_KIND) != FILE_MODE_FIFO
		       ? FILE_ENXIO
		       : file_check_access(*port, place->identity, place->words, "", 0, 0,
					   FILE_WRITE);
	if (code != KERN_SUCCESS) {
		(void)mach_port_deallocate(SELF, *port);
	}
	return code;
}

static int open_ordinary(struct request *request, int descriptor, unsigned int n, uint32_t flags,
			 uint32_t mode, struct open_file **file)
{
	struct process *process = request->thread->process;
	struct place place;
	file_attributes_t attributes;
	mach_port_t port = MACH_PORT_NULL;
	kern_return_t code = KERN_SUCCESS;
	int result = place_begin(request, descriptor, n, false, &place);

	if (result < 0) {
		return result;
	}
	server_release();
	code = file_open(place.directory, place.identity, place.words, place.path, place.bytes,
			 flags_of(flags), mode & ~process->umask & 07777, &port, &attributes);
	if (code == FILE_ENXIO && (flags & (O_ACCMODE | O_PATH)) == 1) {
		code = open_writer(&place, &port, &attributes);
	}
	server_lock();
	result = place_end(&place, code);
	return result < 0 ? result : make_open_file(request, port, &attributes, flags, file);
}

int open_path(struct request *request, int descriptor, unsigned int n, uint32_t flags,
	      uint32_t mode)
{
	struct process *process = request->thread->process;
	struct open_file *file = NULL;
	int result = request->memory != 0 ? fifo_open_again(request, &file)
					  : special_open(request, descriptor,
							 request_in(request, n), flags, &file);

	if (result == 1) { /* an ordinary path */
		result = open_ordinary(request, descriptor, n, flags, mode, &file);
	}
	if (result != 0) {
		return result;
	}
	result = descriptors_add(process, file, 0, (flags & O_CLOEXEC) != 0);
	if (result < 0) {
		open_file_release(file);
	}
	return result;
}

CALL_HANDLER(open)
{
	return open_path(request, AT_FDCWD, 0, request->arguments[1], request->arguments[2]);
}

CALL_HANDLER(openat)
{
	return open_path(request, (int)request->arguments[0], 1, request->arguments[2],
			 request->arguments[3]);
}

CALL_HANDLER(creat)
{
	return open_path(request, AT_FDCWD, 0, O_CREAT | O_TRUNC | 1u, request->arguments[1]);
}

/* ----------------------------------------------------------------------------------- attributes */

static int attributes_at(struct request *request, int descriptor, unsigned int n, uint32_t flags,
			 file_attributes_t *attributes)
{
	struct place place;
	struct open_file *file = NULL;
	kern_return_t code = KERN_SUCCESS;
	int result = 0;

	if (request_in_bytes(request, n) == 1 && (flags & AT_EMPTY_PATH) != 0 &&
	    descriptor != AT_FDCWD) {
		file = descriptors_get(request->thread->process, descriptor);
		if (file == NULL) {
			return -EBADF;
		}
		memset(attributes, 0, sizeof(*attributes));
		result = file->kind->attributes == NULL ? 0
							: file->kind->attributes(file, attributes);
		open_file_release(file);
		return result;
	}
	result = special_attributes(request, descriptor, request_in(request, n), flags, attributes);
	if (result != 1) {
		return result;
	}
	result = place_begin(request, descriptor, n, (flags & AT_EMPTY_PATH) != 0, &place);
	if (result < 0) {
		return result;
	}
	server_release();
	code = file_get_attributes(place.directory, place.identity, place.words, place.path,
				   place.bytes, (flags & AT_NO_FOLLOW) != 0 ? FILE_NO_FOLLOW : 0,
				   attributes);
	server_lock();
	return place_end(&place, code);
}

static int stat_at(struct request *request, int descriptor, unsigned int n, unsigned int out,
		   uint32_t flags)
{
	file_attributes_t attributes;
	struct linux_stat64 stat;
	int result = attributes_at(request, descriptor, n, flags, &attributes);

	if (result == 0) {
		stat64_fill(&attributes, &stat);
		request_put(request, out, &stat, sizeof(stat));
	}
	return result;
}

CALL_HANDLER(stat64)
{
	return stat_at(request, AT_FDCWD, 0, 1, 0);
}

CALL_HANDLER(lstat64)
{
	return stat_at(request, AT_FDCWD, 0, 1, AT_NO_FOLLOW);
}

CALL_HANDLER(fstatat64)
{
	return stat_at(request, (int)request->arguments[0], 1, 2, request->arguments[3]);
}

static int old_stat(struct request *request, uint32_t flags)
{
	file_attributes_t attributes;
	struct linux_stat stat;
	int result = attributes_at(request, AT_FDCWD, 0, flags, &attributes);

	if (result == 0) {
		result = stat_fill(&attributes, &stat);
		request_put(request, 1, &stat, sizeof(stat));
	}
	return result;
}

CALL_HANDLER(stat)
{
	return old_stat(request, 0);
}

CALL_HANDLER(lstat)
{
	return old_stat(request, AT_NO_FOLLOW);
}

CALL_HANDLER(statx)
{
	file_attributes_t attributes;
	struct linux_statx statx;
	int result = 0;

	if ((request->arguments[2] & ~(AT_NO_FOLLOW | AT_EMPTY_PATH | AT_IGNORED)) != 0) {
		return -EINVAL;
	}
	result = attributes_at(request, (int)request->arguments[0], 1, request->arguments[2],
			       &attributes);
	if (result == 0) {
		statx_fill(&attributes, &statx);
		request_put(request, 4, &statx, sizeof(statx));
	}
	return result;
}

static int access_at(struct request *request, int descriptor, unsigned int n, uint32_t access,
		     uint32_t flags)
{
	file_attributes_t attributes;
	struct place place;
	kern_return_t code = KERN_SUCCESS;
	uint32_t wanted = ((access & 4) != 0 ? FILE_READ : 0) |
			  ((access & 2) != 0 ? FILE_WRITE : 0) |
			  ((access & 1) != 0 ? FILE_EXECUTE : 0);
	int result = 0;

	if ((access & ~7u) != 0 || (flags & ~(AT_EACCESS | AT_NO_FOLLOW | AT_EMPTY_PATH)) != 0) {
		return -EINVAL;
	}
	result =
		special_attributes(request, descriptor, request_in(request, n), flags, &attributes);
	if (result != 1) {
		return result;
	}
	result = place_begin(request, descriptor, n, (flags & AT_EMPTY_PATH) != 0, &place);
	if (result < 0) {
		return result;
	}
	place.words =
		files_identity(request->thread->process, place.identity, (flags & AT_EACCESS) == 0);
	server_release();
	code = file_check_access(place.directory, place.identity, place.words, place.path,
				 place.bytes, (flags & AT_NO_FOLLOW) != 0 ? FILE_NO_FOLLOW : 0,
				 wanted);
	server_lock();
	return place_end(&place, code);
}

CALL_HANDLER(access)
{
	return access_at(request, AT_FDCWD, 0, request->arguments[1], 0);
}

CALL_HANDLER(faccessat)
{
	return access_at(request, (int)request->arguments[0], 1, request->arguments[2], 0);
}

CALL_HANDLER(faccessat2)
{
	return access_at(request, (int)request->arguments[0], 1, request->arguments[2],
			 request->arguments[3]);
}

/* --------------------------------------------------------------------------- setting attributes */

static int set_at(struct request *request, int descriptor, unsigned int n, uint32_t flags,
		  uint32_t which, const file_attributes_t *attributes)
{
	struct place place;
	kern_return_t code = KERN_SUCCESS;
	int result = place_begin(request, descriptor, n, (flags & AT_EMPTY_PATH) != 0, &place);

	if (result < 0) {
		return result;
	}
	server_release();
	code = file_set_attributes(place.directory, place.identity, place.words, place.path,
				   place.bytes, (flags & AT_NO_FOLLOW) != 0 ? FILE_NO_FOLLOW : 0,
				   which, *attributes);
	server_lock();
	return place_end(&place, code);
}

/* The same for a descriptor: an empty path on its own port. */
static int set_of(struct request *request, uint32_t which, const file_attributes_t *attributes)
{
	struct process *process = request->thread->process;
	struct open_file *file = descriptors_get(process, (int)request->arguments[0]);
	natural_t identity[2 + FILE_GROUPS_MAX];
	uint32_t words = files_identity(process, identity, false);
	kern_return_t code = KERN_SUCCESS;

	if (file == NULL) {
		return -EBADF;
	}
	if (file->port == MACH_PORT_NULL) {
		open_file_release(file);
		return -EINVAL;
	}
	server_release();
	code = file_set_attributes(file->port, identity, words, "", 0, 0, which, *attributes);
	server_lock();
	open_file_release(file);
	return files_error(code);
}

CALL_HANDLER(chmod)
{
	file_attributes_t attributes = {.mode = request->arguments[1] & 07777};

	return set_at(request, AT_FDCWD, 0, 0, FILE_SET_MODE, &attributes);
}

CALL_HANDLER(fchmodat)
{
	file_attributes_t attributes = {.mode = request->arguments[2] & 07777};

	return set_at(request, (int)request->arguments[0], 1, 0, FILE_SET_MODE, &attributes);
}

CALL_HANDLER(fchmod)
{
	file_attributes_t attributes = {.mode = request->arguments[1] & 07777};

	return set_of(request, FILE_SET_MODE, &attributes);
}

static uint32_t owner_of(uint32_t uid, uint32_t gid, file_attributes_t *attributes)
{
	attributes->uid = uid;
	attributes->gid = gid;
	return (uid != 0xffffffff ? FILE_SET_UID : 0) | (gid != 0xffffffff ? FILE_SET_GID : 0);
}

static int own_at(struct request *request, int descriptor, unsigned int n, uint32_t uid,
		  uint32_t gid, uint32_t flags)
{
	file_attributes_t attributes = {0};
	uint32_t which = owner_of(uid, gid, &attributes);

	return set_at(request, descriptor, n, flags, which, &attributes);
}

CALL_HANDLER(chown32)
{
	return own_at(request, AT_FDCWD, 0, request->arguments[1], request->arguments[2], 0);
}

CALL_HANDLER(lchown32)
{
	return own_at(request, AT_FDCWD, 0, request->arguments[1], request->arguments[2],
		      AT_NO_FOLLOW);
}

CALL_HANDLER(fchownat)
{
	return own_at(request, (int)request->arguments[0], 1, request->arguments[2],
		      request->arguments[3], request->arguments[4]);
}

CALL_HANDLER(fchown32)
{
	file_attributes_t attributes = {0};
	uint32_t which = owner_of(request->arguments[1], request->arguments[2], &attributes);

	return set_of(request, which, &attributes);
}

static int truncate_at(struct request *request, int64_t bytes)
{
	file_attributes_t attributes = {.size = (uint64_t)bytes};

	if (bytes < 0) {
		return -EINVAL;
	}
	if (!request->in[0].present) {
		struct open_file *file =
			descriptors_get(request->thread->process, (int)request->arguments[0]);
		bool writable = file != NULL && (file->flags & O_ACCMODE) != 0;

		if (file == NULL) {
			return -EBADF;
		}
		open_file_release(file);
		if (!writable) {
			return -EINVAL;
		}
	}
	return request->in[0].present ? set_at(request, AT_FDCWD, 0, 0, FILE_SET_SIZE, &attributes)
				      : set_of(request, FILE_SET_SIZE, &attributes);
}

CALL_HANDLER(truncate)
{
	return truncate_at(request, (int32_t)request->arguments[1]);
}

CALL_HANDLER(ftruncate)
{
	return truncate_at(request, (int32_t)request->arguments[1]);
}

static int64_t long_of(const struct request *request)
{
	return (int64_t)((uint64_t)request->arguments[2] << 32 | request->arguments[1]);
}

CALL_HANDLER(truncate64)
{
	return truncate_at(request, long_of(request));
}

CALL_HANDLER(ftruncate64)
{
	return truncate_at(request, long_of(request));
}

/* ---------------------------------------------------------------------------------------- times */

#define NS         1000000000ll
#define UTIME_NOW  0x3fffffff
#define UTIME_OMIT 0x3ffffffe

static int time_of(int64_t seconds, int64_t nanoseconds, uint32_t set, uint32_t now,
		   uint32_t *which, int64_t *time)
{
	if (nanoseconds == UTIME_OMIT) {
		return 0;
	}
	if (nanoseconds == UTIME_NOW) {
		*which |= now;
		return 0;
	}
	if (nanoseconds < 0 || nanoseconds >= NS) {
		return -EINVAL;
	}
	*which |= set;
	*time = seconds * NS + nanoseconds;
	return 0;
}

/* times: access and modification, seconds and nanoseconds each; null: now. */
static int set_times(struct request *request, int descriptor, unsigned int n, uint32_t flags,
		     const int64_t times[4])
{
	file_attributes_t attributes = {0};
	uint32_t which = 0;
	int result = 0;

	if (times == NULL) {
		which = FILE_SET_ACCESS_NOW | FILE_SET_MODIFY_NOW;
	} else {
		result = time_of(times[0], times[1], FILE_SET_ACCESS, FILE_SET_ACCESS_NOW, &which,
				 &attributes.access_ns);
		if (result == 0) {
			result = time_of(times[2], times[3], FILE_SET_MODIFY, FILE_SET_MODIFY_NOW,
					 &which, &attributes.modify_ns);
		}
	}
	if (result < 0 || which == 0) {
		return result;
	}
	return n == ~0u ? set_of(request, which, &attributes)
			: set_at(request, descriptor, n, flags, which, &attributes);
}

static const int64_t *words32(const struct request *request, unsigned int n, int64_t scale,
			      int64_t times[4])
{
	int32_t words[4];

	if (request_in(request, n) == NULL) {
		return NULL;
	}
	memcpy(words, request_in(request, n), sizeof(words));
	for (int i = 0; i < 4; i++) {
		times[i] = (i & 1) != 0 ? words[i] * scale : words[i];
	}
	return times;
}

CALL_HANDLER(utime)
{
	int32_t words[2];
	int64_t times[4] = {0};

	if (request_in(request, 1) == NULL) {
		return set_times(request, AT_FDCWD, 0, 0, NULL);
	}
	memcpy(words, request_in(request, 1), sizeof(words));
	times[0] = words[0];
	times[2] = words[1];
	return set_times(request, AT_FDCWD, 0, 0, times);
}

CALL_HANDLER(utimes)
{
	int64_t times[4];

	return set_times(request, AT_FDCWD, 0, 0, words32(request, 1, 1000, times));
}

CALL_HANDLER(futimesat)
{
	int64_t times[4];
	const int64_t *given = words32(request, 2, 1000, times);

	if (request_in(request, 1) == NULL) { /* the descriptor itself */
		return set_times(request, 0, ~0u, 0, given);
	}
	return set_times(request, (int)request->arguments[0], 1, 0, given);
}

CALL_HANDLER(utimensat)
{
	int64_t times[4];
	const int64_t *given = words32(request, 2, 1, times);

	if (request_in(request, 1) == NULL) { /* futimens: the descriptor itself */
		return set_times(request, 0, ~0u, 0, given);
	}
	return set_times(request, (int)request->arguments[0], 1, request->arguments[3], given);
}

CALL_HANDLER(utimensat_time64)
{
	int64_t times[4];

	if (request_in(request, 2) != NULL) {
		memcpy(times, request_in(request, 2), sizeof(times));
	}
	if (request_in(request, 1) == NULL) {
		return set_times(request, 0, ~0u, 0, request_in(request, 2) != NULL ? times : NULL);
	}
	return set_times(request, (int)request->arguments[0], 1, request->arguments[3],
			 request_in(request, 2) != NULL ? times : NULL);
}

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

/* Where paths from "/" begin.  It keeps nobody in: ".." and absolute links lead out (CAVEATS.md). */
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
	result = attributes_at(request, AT_FDCWD, 0, 0, &attributes);
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
