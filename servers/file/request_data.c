/* The routines of masix/file.defs on open files: data, positions, entries, windows. */
#include <stddef.h>
#include <gen/file_server.h>
#include <gen/mach.h>
#include "file.h"

/* Where a read or write begins: *at.  FILE_EINVAL FILE_ESPIPE */
static kern_return_t offset_of(const struct handle *handle, int64_t offset, uint64_t *at)
{
	if (offset < FILE_CURRENT) {
		return FILE_EINVAL;
	}
	if (handle->node->tree.kind == TREE_FIFO && offset != FILE_CURRENT) {
		return FILE_ESPIPE;
	}
	*at = (uint64_t)(offset == FILE_CURRENT ? handle->position : offset);
	return KERN_SUCCESS;
}

/* May data be moved so, and is there any? */
static kern_return_t may_move(const struct handle *handle, uint32_t flag, uint32_t flags)
{
	if ((handle->flags & flag) == 0) {
		return FILE_EBADF;
	}
	if ((flags & ~FILE_NOW) != 0) {
		return FILE_EINVAL;
	}
	switch (handle->node->tree.kind) {
	case TREE_FILE:
	case TREE_FIFO:
		return KERN_SUCCESS;
	case TREE_DIRECTORY:
		return FILE_EISDIR;
	default:
		return FILE_ENXIO;
	}
}

static void moved(struct handle *handle, int64_t offset, uint64_t at, uint32_t bytes)
{
	if (offset == FILE_CURRENT) {
		handle->position = (int64_t)(at + bytes);
	}
}

kern_return_t serve_file_read(ipc_call_t call, int64_t offset, natural_t bytes_max, natural_t flags,
			      file_data_t data, mach_msg_type_number_t *dataCnt)
{
	struct handle *handle = handle_of(call);
	uint32_t bytes = bytes_max < *dataCnt ? bytes_max : *dataCnt;
	uint64_t at = 0;
	kern_return_t result = may_move(handle, FILE_READ, flags);

	result = result ?: offset_of(handle, offset, &at);
	if (result == KERN_SUCCESS && handle->node->tree.kind == TREE_FIFO) {
		result = fifo_read_call(call, flags, data, &bytes);
	} else if (result == KERN_SUCCESS) {
		result = data_read(handle->node, at, data, &bytes);
	}
	if (result == KERN_SUCCESS) {
		handle->node->tree.access_ns = clock_now_ns();
		share_read(handle->node, true);
		moved(handle, offset, at, bytes);
		*dataCnt = bytes;
	}
	return result;
}

kern_return_t serve_file_read_pages(ipc_call_t call, int64_t offset, natural_t bytes_max,
				    natural_t flags, vm_offset_t *data,
				    mach_msg_type_number_t *dataCnt)
{
	struct handle *handle = handle_of(call);
	uint32_t bytes = bytes_max < FILE_PAGES_BYTES_MAX ? bytes_max : FILE_PAGES_BYTES_MAX;
	uint64_t at = 0;
	kern_return_t result = may_move(handle, FILE_READ, flags);

	result = result ?: offset_of(handle, offset, &at);
	if (result == KERN_SUCCESS && handle->node->tree.kind == TREE_FIFO) {
		result = fifo_read_pages_call(call, flags, data, &bytes);
	} else if (result == KERN_SUCCESS) {
		result = data_copy(handle->node, at, &bytes, data);
	}
	if (result == KERN_SUCCESS) {
		handle->node->tree.access_ns = clock_now_ns();
		moved(handle, offset, at, bytes);
		*dataCnt = bytes;
	}
	return result;
}

static kern_return_t write_data(ipc_call_t call, int64_t offset, uint32_t flags, bool pages,
				const void *data, uint32_t bytes, natural_t *written)
{
	struct handle *handle = handle_of(call);
	struct node *node = handle->node;
	uint64_t at = 0;
	uint32_t done = 0;
	kern_return_t result = may_move(handle, FILE_WRITE, flags);

	result = result ?: offset_of(handle, offset, &at);
	if (result != KERN_SUCCESS || node->tree.kind == TREE_FIFO) {
		return result ?: fifo_write_call(call, flags, pages, data, bytes, written);
	}
	if ((handle->flags & FILE_APPEND) != 0) {
		at = node->tree.size;
	}
	result = data_write(node, at, data, bytes, &done);
	if (result == KERN_SUCCESS) {
		*written = done;
		moved(handle, offset, at, done);
		if (handle->common) {
			node->tree.mode = name_mode_changed(&node->tree, NULL);
		}
		watch_data(node);
	}
	return result;
}

kern_return_t serve_file_write(ipc_call_t call, int64_t offset, natural_t flags,
			       const file_data_t data, mach_msg_type_number_t dataCnt,
			       natural_t *written)
{
	return write_data(call, offset, flags, false, data, dataCnt, written);
}

kern_return_t serve_file_write_pages(ipc_call_t call, int64_t offset, natural_t flags,
				     vm_offset_t data, mach_msg_type_number_t dataCnt,
				     natural_t *written)
{
	kern_return_t result = FILE_EINVAL;

	if (dataCnt <= FILE_PAGES_BYTES_MAX) {
		result =
			write_data(call, offset, flags, true, (const void *)data, dataCnt, written);
	}
	if (dataCnt != 0 && (result == KERN_SUCCESS || result == MIG_NO_REPLY)) {
		(void)vm_deallocate(mach_task_self(), data, dataCnt);
	}
	return result;
}

kern_return_t serve_file_seek(ipc_call_t call, int64_t offset, natural_t whence, int64_t *position)
{
	struct handle *handle = handle_of(call);
	int64_t base = 0;

	if ((handle->flags & FILE_HANDLE) != 0) {
		return FILE_EBADF;
	}
	if (handle->node->tree.kind == TREE_FIFO || handle->node->tree.kind == TREE_SOCKET) {
		return FILE_ESPIPE;
	}
	if (whence == FILE_SEEK_CURRENT) {
		base = handle->position;
	} else if (whence == FILE_SEEK_END) {
		base = (int64_t)handle->node->tree.size;
	} else if (whence != FILE_SEEK_SET) {
		return FILE_EINVAL;
	}
	if (__builtin_add_overflow(base, offset, &base) || base < 0) {
		return FILE_EINVAL;
	}
	handle->position = *position = base;
	return KERN_SUCCESS;
}

/* ------------------------------------------------------------------------------------ directories
 */

#define COOKIE_SELF   1 /* behind "." */
#define COOKIE_PARENT 2 /* behind ".."; those of the tree follow */

bool directory_put(char *to, uint32_t *used, uint32_t room, uint64_t number, uint8_t kind,
		   uint64_t cookie, struct tree_name name)
{
	uint32_t bytes = (offsetof(struct file_entry, name) + name.count + 1 + 7) & ~7u;
	struct file_entry *entry = (struct file_entry *)(void *)(to + *used);

	if (bytes > room - *used) {
		return false;
	}
	memset(entry, 0, bytes);
	entry->number = number;
	entry->cookie = cookie;
	entry->bytes = (uint16_t)bytes;
	entry->kind = kind;
	entry->name_bytes = (uint8_t)name.count;
	memcpy(entry->name, name.bytes, name.count);
	*used += bytes;
	return true;
}

static bool put_entry(char *to, uint32_t *used, uint32_t room, const struct tree_node *node,
		      uint64_t cookie, struct tree_name name)
{
	return directory_put(to, used, room, node->number, (uint8_t)(node_mode(node) >> 12), cookie,
			     name);
}

kern_return_t serve_file_read_directory(ipc_call_t call, int64_t cookie, natural_t bytes_max,
					file_data_t entries, mach_msg_type_number_t *entriesCnt)
{
	struct handle *handle = handle_of(call);
	struct tree_node *node = &handle->node->tree;
	const struct tree_node *parent = node->parent != NULL ? node->parent : node;
	uint32_t room = bytes_max < *entriesCnt ? bytes_max : *entriesCnt;
	uint32_t used = 0;
	bool fits = true;
	struct tree_entry *entry = NULL;

	if (node->kind != TREE_DIRECTORY) {
		return FILE_ENOTDIR;
	}
	if ((handle->flags & FILE_READ) == 0) {
		return FILE_EBADF;
	}
	if (cookie < 0) {
		return FILE_EINVAL;
	}
	if (node == tree.border) {
		return net_read_directory(call, (uint64_t)cookie, entries, room, entriesCnt);
	}
	if (cookie < COOKIE_SELF) {
		fits = put_entry(entries, &used, room, node, COOKIE_SELF,
				 (struct tree_name){.bytes = (const uint8_t *)".", .count = 1});
	}
	if (fits && cookie < COOKIE_PARENT) {
		fits = put_entry(entries, &used, room, parent, COOKIE_PARENT,
				 (struct tree_name){.bytes = (const uint8_t *)"..", .count = 2});
	}
	entry = tree_next(node, cookie > COOKIE_PARENT ? (uint64_t)cookie - COOKIE_PARENT : 0);
	for (; fits && entry != NULL; entry = tree_after(entry)) {
		fits = put_entry(
			entries, &used, room, entry->node, entry->cookie + COOKIE_PARENT,
			(struct tree_name){.bytes = entry->name, .count = entry->name_bytes});
	}
	if (!fits && used == 0) {
		return FILE_EINVAL; /* no room for even one */
	}
	*entriesCnt = used;
	return KERN_SUCCESS;
}

/* ----------------------------------------------------------------------------------------- others
 */

/* What can be executed can be read: this processor tells them not apart. */
static bool may_map(const struct handle *handle, vm_prot_t protection)
{
	return ((protection & VM_PROT_READ) == 0 ||
		(handle->flags & (FILE_READ | FILE_EXECUTE)) != 0) &&
	       ((protection & VM_PROT_WRITE) == 0 || (handle->flags & FILE_WRITE) != 0) &&
	       ((protection & VM_PROT_EXECUTE) == 0 || (handle->flags & FILE_EXECUTE) != 0);
}

kern_return_t serve_file_map(ipc_call_t call, natural_t protection, mach_port_t *memory,
			     int64_t *bytes)
{
	struct handle *handle = handle_of(call);
	struct node *node = handle->node;

	if (protection == VM_PROT_NONE || (protection & ~(natural_t)VM_PROT_ALL) != 0) {
		return FILE_EINVAL;
	}
	if (!may_map(handle, (vm_prot_t)protection)) {
		return FILE_EBADF;
	}
	if (node->tree.kind != TREE_FILE || handle->foreign != FOREIGN_NO) {
		return FILE_ENXIO; /* memory objects leave no node */
	}
	*bytes = (int64_t)node->tree.size;
	return data_window(node, (vm_prot_t)protection, memory);
}

kern_return_t serve_file_poll(ipc_call_t call, natural_t *ready)
{
	struct handle *handle = handle_of(call);

	*ready = FILE_POLL_READABLE | FILE_POLL_WRITABLE;
	if (handle->node->tree.kind == TREE_FIFO && (handle->flags & FILE_HANDLE) == 0) {
		*ready = fifo_poll(handle);
	}
	return KERN_SUCCESS;
}

kern_return_t serve_file_sync(ipc_call_t call)
{
	return (handle_of(call)->flags & FILE_HANDLE) != 0 ? FILE_EBADF : KERN_SUCCESS;
}

kern_return_t serve_file_get_system(ipc_call_t call, file_system_info_t *info)
{
	(void)call;
	system_info(info);
	return KERN_SUCCESS;
}

/* The name under which it was opened, if it still has it; else any. */
static const struct tree_entry *entry_of(struct handle *handle)
{
	struct tree_node *node = &handle->node->tree;
	const struct tree_entry *entry = NULL;

	if (node->kind != TREE_DIRECTORY && handle->directory != NULL && handle->name_cookie != 0) {
		entry = tree_next(&handle->directory->tree, handle->name_cookie - 1);
	}
	if (entry == NULL || entry->node != node || entry->cookie != handle->name_cookie) {
		entry = tree_name_of(&tree, node);
	}
	return entry;
}

kern_return_t serve_file_get_path(ipc_call_t call, file_path_t path,
				  mach_msg_type_number_t *pathCnt)
{
	struct tree_node *node = &handle_of(call)->node->tree;
	const struct tree_entry *entry = NULL;
	uint32_t at = FILE_PATH_BYTES_MAX;
	uint32_t prefix_bytes = 0;
	char text[FILE_PATH_BYTES_MAX], prefix[FILE_PATH_BYTES_MAX];

	for (; node != tree.root; node = entry->directory) {
		entry = at == FILE_PATH_BYTES_MAX ? entry_of(handle_of(call))
						  : tree_name_of(&tree, node);
		if (entry == NULL) {
			return FILE_ENOENT;
		}
		if (entry->name_bytes + 1u > at) {
			return FILE_ENAMETOOLONG;
		}
		at -= entry->name_bytes;
		memcpy(text + at, entry->name, entry->name_bytes);
		text[--at] = '/';
	}
	if (at == FILE_PATH_BYTES_MAX) {
		text[--at] = '/';
	}
	if (handle_of(call)->foreign != FOREIGN_NO) {
		prefix_bytes = net_prefix(prefix);
	}
	if (FILE_PATH_BYTES_MAX - at + prefix_bytes > *pathCnt) {
		return FILE_ENAMETOOLONG;
	}
	*pathCnt = FILE_PATH_BYTES_MAX - at + prefix_bytes;
	memcpy(path, prefix, prefix_bytes);
	memcpy(path + prefix_bytes, text + at, FILE_PATH_BYTES_MAX - at);
	return KERN_SUCCESS;
}
