/* files.h */
#include <gen/file.h>
#include <gen/mach_port.h>
#include "files.h"

uint32_t files_identity(const struct process *process, natural_t *identity, bool real)
{
	const struct identity *from = &process->identity;

	identity[0] = real ? from->uid : from->fsuid;
	identity[1] = real ? from->gid : from->fsgid;
	memcpy(identity + 2, from->groups, from->group_count * sizeof(from->groups[0]));
	return 2 + from->group_count;
}

int files_error(kern_return_t code)
{
	if (FILE_IS_ERROR(code)) {
		return -(int)FILE_ERROR_NUMBER(code);
	}
	switch (code) {
	case KERN_SUCCESS:
		return 0;
	case KERN_RESOURCE_SHORTAGE:
		return -ENFILE;
	case KERN_INVALID_ARGUMENT:
		return -EBADF;
	default:
		return -EIO; /* the file server is gone */
	}
}

void files_below_root(const struct process *process, const char **path, uint32_t *bytes)
{
	if (process->root == file_root) {
		return;
	}
	while (*bytes != 0 && **path == '/') {
		(*path)++;
		(*bytes)--;
	}
	if (*bytes == 0) {
		*path = ".";
		*bytes = 1;
	}
}

int files_open(struct process *process, mach_port_t directory, const char *path, uint32_t flags,
	       uint32_t mode, mach_port_t *file, file_attributes_t *attributes)
{
	natural_t identity[2 + FILE_GROUPS_MAX];
	uint32_t words = files_identity(process, identity, false);
	char copy[FILE_PATH_BYTES_MAX];
	uint32_t bytes = strlen(path);
	mach_port_t from = path[0] == '/' ? process->root : directory;
	kern_return_t code = KERN_SUCCESS;

	if (bytes == 0 && (flags & FILE_HANDLE) == 0) {
		return -ENOENT;
	}
	if (bytes >= sizeof(copy)) {
		return -ENAMETOOLONG;
	}
	if (path[0] == '/') {
		files_below_root(process, &path, &bytes);
	}
	memcpy(copy, path, bytes);
	if (mach_port_mod_refs(mach_task_self(), from, MACH_PORT_RIGHT_SEND, 1) != KERN_SUCCESS) {
		return -ENOENT;
	}
	server_release();
	code = file_open(from, identity, words, copy, bytes, flags, mode,
			 file, attributes);
	server_lock();
	(void)mach_port_deallocate(mach_task_self(), from);
	if (code != KERN_SUCCESS) {
		*file = MACH_PORT_NULL;
	}
	return files_error(code);
}
