/*
 * What clients without restrictions may know of files without asking: their sizes, in a table that
 * they map for reading.  A file has a place in it from the first file_share to its end.
 */
#include <gen/file_server.h>
#include <gen/mach.h>
#include <gen/mach4.h>
#include "file.h"

#define SELF mach_task_self()

static struct file_shared *table; /* place 0 is nobody's */
static mach_port_t table_memory;
static uint16_t next_free[FILE_SHARED_MAX]; /* 0: the last */
static uint32_t first_free;
static uint32_t used; /* places that were ever given, with 0 */

static kern_return_t table_have(void)
{
	vm_address_t address = 0;
	kern_return_t result = KERN_SUCCESS;

	if (table != NULL) {
		return KERN_SUCCESS;
	}
	result = vm_allocate(SELF, &address, FILE_SHARED_BYTES, TRUE);
	if (result != KERN_SUCCESS) {
		return result;
	}
	result = vm_region_create_proxy(SELF, address, VM_PROT_READ, FILE_SHARED_BYTES,
					&table_memory);
	if (result != KERN_SUCCESS) {
		(void)vm_deallocate(SELF, address, FILE_SHARED_BYTES);
		return result;
	}
	table = (struct file_shared *)address;
	used = 1;
	return KERN_SUCCESS;
}

/* A place for the file.  KERN_RESOURCE_SHORTAGE: all are taken. */
static kern_return_t place_have(struct node *node)
{
	kern_return_t result = table_have();

	if (result != KERN_SUCCESS || node->place != 0) {
		return result;
	}
	if (first_free != 0) {
		node->place = first_free;
		first_free = next_free[first_free];
	} else if (used < FILE_SHARED_MAX) {
		node->place = used++;
	} else {
		return KERN_RESOURCE_SHORTAGE;
	}
	table[node->place] = (struct file_shared){.size = (uint32_t)node->tree.size};
	return KERN_SUCCESS;
}

void share_free(struct node *node)
{
	if (node->place != 0) {
		next_free[node->place] = (uint16_t)first_free;
		first_free = node->place;
		node->place = 0;
	}
}

void share_size(struct node *node)
{
	if (node->place != 0) {
		table[node->place].size = (uint32_t)node->tree.size;
	}
}

void share_read(struct node *node, bool read)
{
	if (node->place != 0) {
		table[node->place].read = read;
	}
}

kern_return_t serve_file_share(ipc_call_t call, mach_port_t *window, mach_port_t *memory,
			       natural_t *index)
{
	struct handle *handle = handle_of(call);
	kern_return_t result = KERN_SUCCESS;

	if (handle->session == NULL || handle->session->public || handle->bound != NULL) {
		return FILE_EPERM;
	}
	if ((handle->flags & FILE_READ) == 0) {
		return FILE_EBADF;
	}
	if (handle->node->tree.kind != TREE_FILE) {
		return FILE_ENXIO;
	}
	result = place_have(handle->node);
	result = result ?: data_reader(handle->node, window);
	if (result == KERN_SUCCESS) {
		*memory = table_memory;
		*index = handle->node->place;
	}
	return result;
}
