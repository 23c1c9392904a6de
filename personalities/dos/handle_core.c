/* See handle_core.h. */
#include "handle_core.h"
#include <stddef.h>

struct open_file *handle_new(struct handle_table *table)
{
	for (uint32_t i = 0; i < HANDLE_FILES; i++) {
		if (table->files[i].references == 0) {
			table->files[i] = (struct open_file){.references = 1};
			return &table->files[i];
		}
	}
	return NULL;
}

int handle_bind(const struct handle_table *table, struct handle_names names,
		const struct open_file *file)
{
	for (uint32_t i = 0; i < names.count && i < 0xffff; i++) {
		if (names.bytes[i] == HANDLE_CLOSED) {
			names.bytes[i] = (uint8_t)(file - table->files);
			return (int)i;
		}
	}
	return -1;
}

struct open_file *handle_find(struct handle_table *table, struct handle_names names,
			      uint32_t handle)
{
	uint32_t index = handle < names.count ? names.bytes[handle] : HANDLE_CLOSED;

	return index < HANDLE_FILES && table->files[index].references > 0 ? &table->files[index]
									  : NULL;
}

bool handle_close(struct handle_table *table, struct handle_names names, uint32_t handle,
		  struct open_file *last)
{
	struct open_file *file = handle_find(table, names, handle);

	if (file == NULL) {
		return false;
	}
	names.bytes[handle] = HANDLE_CLOSED;
	if (--file->references > 0) {
		return false;
	}
	*last = *file;
	return true;
}

int handle_duplicate(struct handle_table *table, struct handle_names names, struct open_file *file)
{
	int handle = file->references < 0xffff ? handle_bind(table, names, file) : -1;

	if (handle >= 0) {
		file->references++;
	}
	return handle;
}
