/* Calls on files by name, carried to the file server in the name of the process: open, attributes.
 */
#include <gen/file.h>
#include <gen/mach_port.h>
#include "descriptors.h"
#include "files.h"
#include "kinds.h"
#include "place.h"
#include "stat_core.h"

#define SELF mach_task_self()

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

static int stat_at(struct request *request, int descriptor, unsigned int n, unsigned int out,
		   uint32_t flags)
{
	file_attributes_t attributes;
	struct linux_stat64 stat;
	int result = place_attributes(request, descriptor, n, flags, &attributes);

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
	int result = place_attributes(request, AT_FDCWD, 0, flags, &attributes);

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
	result = place_attributes(request, (int)request->arguments[0], 1, request->arguments[2],
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
