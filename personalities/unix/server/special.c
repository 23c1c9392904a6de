/* special.h: which paths are special, and what all of them share. */
#include <stdio.h>
#include <gen/file.h>
#include <gen/mach_port.h>
#include "files.h"
#include "kind_pipe.h"
#include "special.h"
#include "terminal.h"

#define O_ACCMODE    03u
#define O_CREAT      0100u
#define O_EXCL       0200u
#define O_DIRECTORY  0200000u
#define O_NOFOLLOW   0400000u
#define AT_NO_FOLLOW 0x100u
#define AT_FDCWD     (-100)

static bool proc_path(struct request *request, int descriptor, const char *path,
		      struct proc_place *place)
{
	const struct process *process = request->thread->process;
	uint32_t self = process->pid;
	const struct proc_place *from = NULL;
	struct open_file *file = NULL;
	bool found = false;

	if (path == NULL) {
		return false;
	}
	if (path[0] == '/') {
		return proc_find(path, self, place);
	}
	if (descriptor == AT_FDCWD && process->proc_node != PROC_OUTSIDE) {
		const struct proc_place here = {.node = (enum proc_node)process->proc_node,
						.pid = process->proc_pid};

		return proc_find_from(&here, path, self, place);
	}
	file = descriptor < 0 ? NULL : descriptors_get(request->thread->process, descriptor);
	if (file != NULL) {
		from = proc_place_of(file);
		found = from != NULL && proc_find_from(from, path, self, place);
		open_file_release(file);
	}
	return found;
}

/* /dev/pts/N: the terminal; null: not such a path, *is_pts says whether it was one of that folder.
 */
static struct terminal *pts_path(const char *path, bool *is_pts)
{
	static const char folder[] = "/dev/pts/";
	uint32_t number = 0;

	*is_pts = path != NULL && strncmp(path, folder, sizeof(folder) - 1) == 0 &&
		  path[sizeof(folder) - 1] != '\0';
	if (!*is_pts) {
		return NULL;
	}
	for (path += sizeof(folder) - 1; *path >= '0' && *path <= '9' && number < 100000; path++) {
		number = number * 10 + (uint32_t)(*path - '0');
	}
	return *path == '\0' ? pty_find(number) : NULL;
}

/* ----------------------------------------------------------------------------------- reopening */

static struct open_file *reopen_pipe(struct request *request, const struct pipe_end *from,
				     uint32_t flags)
{
	struct pipe *pipe = from->in != NULL ? from->in : from->out;
	uint32_t access = flags & O_ACCMODE;
	struct pipe_end *end = NULL;
	struct open_file *file = NULL;

	if (pipe == NULL || from->socket) {
		return NULL;
	}
	end = pipe_end_create(request->thread->process, access != 1 ? pipe : NULL,
			      access != 0 ? pipe : NULL);
	if (end == NULL) {
		return NULL;
	}
	end->number = from->number;
	file = open_file_create(&pipe_kind, flags, end);
	if (file == NULL) {
		pipe_end_free(end);
	}
	return file;
}

static uint32_t file_flags(uint32_t flags)
{
	uint32_t access = flags & O_ACCMODE;

	return (access == 0   ? FILE_READ
		: access == 1 ? FILE_WRITE
			      : FILE_READ | FILE_WRITE) |
	       ((flags & 01000u) != 0 ? FILE_TRUNCATE : 0) |
	       ((flags & 02000u) != 0 ? FILE_APPEND : 0) |
	       ((flags & O_DIRECTORY) != 0 ? FILE_DIRECTORY : 0);
}

static int reopen_port(struct request *request, mach_port_t port, uint32_t flags,
		       struct open_file **file)
{
	natural_t identity[2 + FILE_GROUPS_MAX];
	uint32_t words = files_identity(request->thread->process, identity, false);
	file_attributes_t attributes;
	mach_port_t again = MACH_PORT_NULL;
	kern_return_t code = KERN_SUCCESS;

	server_release();
	code = file_reopen(port, identity, words, file_flags(flags), &again, &attributes);
	server_lock();
	if (code != KERN_SUCCESS) {
		return files_error(code);
	}
	*file = open_file_create(&file_kind, flags, NULL);
	if (*file == NULL) {
		(void)mach_port_deallocate(mach_task_self(), again);
		return -ENFILE;
	}
	(*file)->port = again;
	(*file)->number = attributes.number;
	(*file)->appends = (flags & 02000u) != 0;
	return 0;
}

int reopen_file(struct request *request, struct open_file *from, uint32_t flags,
		struct open_file **file)
{
	struct terminal *terminal = terminal_of(from);

	*file = NULL;
	if (from->kind == &file_kind) {
		return reopen_port(request, from->port, flags, file);
	}
	if (from->kind == &pipe_kind || from->kind == &fifo_kind) {
		*file = reopen_pipe(request, from->data, flags);
		return *file != NULL ? 0 : -ENXIO;
	}
	if (terminal != NULL) {
		*file = terminal_file(terminal, flags);
		return *file != NULL ? 0 : -ENFILE;
	}
	/* Others have no state of their own: the same open file serves. */
	open_file_reference(from);
	*file = from;
	return 0;
}

int path_of_file(struct open_file *file, char *path, uint32_t room)
{
	mach_msg_type_number_t bytes = room;
	kern_return_t code = KERN_SUCCESS;
	file_attributes_t attributes;
	int length = (int)terminal_path(file, path);

	if (length != 0) {
		return length;
	}
	if (file->kind == &pipe_kind) {
		memset(&attributes, 0, sizeof(attributes));
		(void)file->kind->attributes(file, &attributes);
		return sprintf(path, "%s:[%u]",
			       (attributes.mode & FILE_MODE_KIND) == FILE_MODE_SOCKET ? "socket"
										      : "pipe",
			       (unsigned)attributes.number);
	}
	if (file->port == MACH_PORT_NULL) {
		return sprintf(path, "anon_inode:[masix]");
	}
	server_release();
	code = file_get_path(file->port, path, &bytes);
	server_lock();
	return code == KERN_SUCCESS ? (int)bytes : files_error(code);
}

/* ------------------------------------------------------------------------------ what calls ask */

int special_open(struct request *request, int descriptor, const char *path, uint32_t flags,
		 struct open_file **file)
{
	struct proc_place place;
	bool is_pts = false;
	struct terminal *terminal = pts_path(path, &is_pts);

	if (is_pts) {
		if (terminal == NULL) {
			return -ENOENT;
		}
		return (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)
			       ? -EEXIST
			       : pty_open_slave(request, terminal->number, flags, file);
	}
	return proc_path(request, descriptor, path, &place)
		       ? proc_open(request, &place, flags, file)
		       : 1;
}

int special_attributes(struct request *request, int descriptor, const char *path, uint32_t flags,
		       file_attributes_t *attributes)
{
	struct proc_place place;
	bool is_pts = false;
	const struct terminal *terminal = pts_path(path, &is_pts);

	memset(attributes, 0, sizeof(*attributes));
	if (is_pts) {
		if (terminal == NULL) {
			return -ENOENT;
		}
		terminal_attributes(terminal, attributes);
		return 0;
	}
	return proc_path(request, descriptor, path, &place)
		       ? proc_attributes(request, &place, (flags & AT_NO_FOLLOW) == 0, attributes)
		       : 1;
}

int special_read_link(struct request *request, int descriptor, const char *path, char *target,
		      uint32_t room)
{
	struct proc_place place;

	return proc_path(request, descriptor, path, &place)
		       ? proc_read_link(request, &place, target, room)
		       : -ENOSYS;
}

int special_program(struct process *process, const char *path, mach_port_t *file,
		    file_attributes_t *attributes)
{
	natural_t identity[2 + FILE_GROUPS_MAX];
	uint32_t words = files_identity(process, identity, false);
	struct proc_place place;
	struct process *owner = NULL;
	struct open_file *open = NULL;
	mach_port_t from = MACH_PORT_NULL;
	kern_return_t code = KERN_SUCCESS;

	if (!proc_find(path, process->pid, &place)) {
		return 1;
	}
	owner = process_find(place.pid);
	if (owner == NULL || !process_may_signal(process, owner)) {
		return owner == NULL ? -ENOENT : -EACCES;
	}
	if (place.node == PROC_EXE) {
		from = owner->program;
	} else if (place.node == PROC_FD_ENTRY && owner->descriptors != NULL) {
		open = descriptors_get(owner, (int)place.number);
		from = open != NULL ? open->port : MACH_PORT_NULL;
	} else {
		return place.node == PROC_NONE ? -ENOENT : -EACCES;
	}
	if (mach_port_mod_refs(mach_task_self(), from, MACH_PORT_RIGHT_SEND, 1) == KERN_SUCCESS) {
		server_release();
		code = file_reopen(from, identity, words, FILE_EXECUTE, file, attributes);
		server_lock();
		(void)mach_port_deallocate(mach_task_self(), from);
	} else {
		code = FILE_ENOENT;
	}
	if (open != NULL) {
		open_file_release(open);
	}
	return files_error(code);
}

/* ---------------------------------------------------------------------------------- directories */

/* To the file server the process is in the root, whose ".." is what /proc's is. */
static int enter(struct process *process, const struct proc_place *place)
{
	if (mach_port_mod_refs(mach_task_self(), process->root, MACH_PORT_RIGHT_SEND, 1) !=
	    KERN_SUCCESS) {
		return -EIO;
	}
	(void)mach_port_deallocate(mach_task_self(), process->directory);
	process->directory = process->root;
	process->proc_node = (uint32_t)place->node;
	process->proc_pid = place->pid;
	return 0;
}

int special_enter(struct request *request, const char *path)
{
	struct process *process = request->thread->process;
	struct proc_place place;
	file_attributes_t attributes = {0};
	int result = 0;

	if (!proc_path(request, AT_FDCWD, path, &place)) {
		return 1;
	}
	if (place.node == PROC_SELF) {
		place = (struct proc_place){.node = PROC_PID, .pid = process->pid};
	}
	result = proc_attributes(request, &place, false, &attributes);
	if (result < 0) {
		return result;
	}
	return (attributes.mode & FILE_MODE_KIND) == FILE_MODE_DIRECTORY ? enter(process, &place)
									 : -ENOTDIR;
}

int special_enter_file(struct process *process, const struct open_file *file)
{
	const struct proc_place *place = proc_place_of(file);

	if (place == NULL) {
		return 1;
	}
	return proc_kind_of(place->node) == PROC_DIRECTORY ? enter(process, place) : -ENOTDIR;
}

uint32_t special_directory(const struct process *process, char *path)
{
	const struct proc_place here = {.node = (enum proc_node)process->proc_node,
					.pid = process->proc_pid};

	return here.node == PROC_OUTSIDE ? 0 : proc_path_of(&here, path);
}
