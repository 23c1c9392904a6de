/* Character devices by their numbers, as Linux gives them. */
#include <gen/mach_port.h>
#include "kinds.h"
#include "random.h"
#include "terminal.h"

#define MAJOR_MEMORY    1u
#define MAJOR_TERMINAL  5u
#define MAJOR_PTY_SLAVE 136u

static int nothing_read(struct request *request, struct open_file *file, void *data, uint32_t bytes,
			int64_t offset)
{
	(void)request, (void)file, (void)data, (void)bytes, (void)offset;
	return 0;
}

static int all_written(struct request *request, struct open_file *file, const void *data,
		       uint32_t bytes, int64_t offset)
{
	(void)request, (void)file, (void)data, (void)offset;
	return (int)bytes;
}

static int zero_read(struct request *request, struct open_file *file, void *data, uint32_t bytes,
		     int64_t offset)
{
	(void)request, (void)file, (void)offset;
	memset(data, 0, bytes);
	return (int)bytes;
}

static int full_write(struct request *request, struct open_file *file, const void *data,
		      uint32_t bytes, int64_t offset)
{
	(void)request, (void)file, (void)data, (void)bytes, (void)offset;
	return -ENOSPC;
}

static int random_read(struct request *request, struct open_file *file, void *data, uint32_t bytes,
		       int64_t offset)
{
	(void)request, (void)file, (void)offset;
	random_bytes(data, bytes);
	return (int)bytes;
}

static int no_seek(struct open_file *file, int64_t offset, uint32_t whence, int64_t *position)
{
	(void)file, (void)offset, (void)whence;
	*position = 0;
	return 0;
}

static const struct open_file_kind null_kind = {
	.read = nothing_read,
	.write = all_written,
	.seek = no_seek,
	.attributes = file_attributes_of,
	.alone = UNIX_READS_NOTHING | UNIX_TAKES_ALL,
};

const struct open_file_kind zero_kind = {
	.read = zero_read,
	.write = all_written,
	.seek = no_seek,
	.attributes = file_attributes_of,
	.alone = UNIX_READS_ZEROS | UNIX_TAKES_ALL,
};

static const struct open_file_kind full_kind = {
	.read = zero_read,
	.write = full_write,
	.seek = no_seek,
	.attributes = file_attributes_of,
	.alone = UNIX_READS_ZEROS,
};

static const struct open_file_kind random_kind = {
	.read = random_read,
	.write = all_written,
	.seek = no_seek,
	.attributes = file_attributes_of,
};

static const struct open_file_kind *memory_kind(uint32_t minor)
{
	switch (minor) {
	case 3:
		return &null_kind;
	case 5:
		return &zero_kind;
	case 7:
		return &full_kind;
	case 8:
	case 9:
		return &random_kind;
	default:
		return NULL;
	}
}

int device_open_file(struct request *request, mach_port_t port, const file_attributes_t *attributes,
		     uint32_t flags, struct open_file **file)
{
	uint32_t major = (uint32_t)(attributes->device >> 32);
	uint32_t minor = (uint32_t)attributes->device;
	const struct open_file_kind *kind = major == MAJOR_MEMORY ? memory_kind(minor) : NULL;
	int result = -ENXIO;

	*file = NULL;
	if (kind != NULL) {
		*file = open_file_create(kind, flags, NULL);
		result = *file != NULL ? 0 : -ENFILE;
	} else if (major == MAJOR_TERMINAL || major == MAJOR_PTY_SLAVE) {
		result = terminal_open(request, major, minor, flags, file);
	}
	if (*file == NULL) {
		(void)mach_port_deallocate(mach_task_self(), port);
		return result;
	}
	(*file)->port = port;
	return 0;
}
