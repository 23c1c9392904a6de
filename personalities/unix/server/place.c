/* See place.h. */
#include <gen/file.h>
#include <gen/mach_port.h>
#include "descriptors.h"
#include "kinds.h"
#include "place.h"

#define SELF mach_task_self()

int place_begin(struct request *request, int descriptor, unsigned int n, bool may_be_empty,
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
	    (place->held &&
	     mach_port_mod_refs(SELF, place->directory, MACH_PORT_RIGHT_SEND, 1) != KERN_SUCCESS)) {
		return -ENOENT;
	}
	return 0;
}

int place_end(struct place *place, kern_return_t code)
{
	if (place->file != NULL) {
		open_file_release(place->file);
	}
	if (place->held) {
		(void)mach_port_deallocate(SELF, place->directory);
	}
	return files_error(code);
}

int place_attributes(struct request *request, int descriptor, unsigned int n, uint32_t flags,
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
