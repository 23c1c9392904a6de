/*
 * The data of regular files: one memory object each, which this server never maps.  The kernel
 * copies in and out of it (masix_memory_*), so nothing here can fault, and refuses pages above the
 * quota of the task that pays for all of them.  Clients map windows on the same object.
 */
#include <gen/mach.h>
#include <gen/mach4.h>
#include <gen/mach_port.h>
#include <gen/masix_host.h>
#include "file.h"

#define SELF     mach_task_self()
#define PAGE_LOW (PAGE_BYTES - 1)

static uint32_t page_round(uint64_t size)
{
	return (uint32_t)((size + PAGE_LOW) & ~(uint64_t)PAGE_LOW);
}

/* Gives the file its object when it has none. */
static kern_return_t data_have(struct node *node)
{
	kern_return_t result = KERN_SUCCESS;

	if (node->memory == MACH_PORT_NULL) {
		result = masix_memory_create(data_task, &node->memory);
	}
	return result == KERN_SUCCESS ? result : FILE_ENOSPC;
}

kern_return_t data_read(struct node *node, uint64_t offset, void *address, uint32_t *bytes)
{
	uint64_t size = node->tree.size;
	uint64_t left = offset < size ? size - offset : 0;

	*bytes = *bytes < left ? *bytes : (uint32_t)left;
	if (*bytes == 0) {
		return KERN_SUCCESS;
	}
	return masix_memory_read(node->memory, (vm_offset_t)offset, (vm_address_t)address, *bytes);
}

/*
 * What somebody wrote through a mapping behind the end of the file, in its last page, must not be
 * seen when the file grows over it.
 */
static kern_return_t clear_behind_end(struct node *node)
{
	uint32_t end = (uint32_t)node->tree.size;

	if (!node->shared || (end & PAGE_LOW) == 0) {
		return KERN_SUCCESS;
	}
	return masix_memory_discard(node->memory, end, PAGE_BYTES - (end & PAGE_LOW)) ==
			       KERN_SUCCESS
		       ? KERN_SUCCESS
		       : FILE_ENOSPC;
}

kern_return_t data_write(struct node *node, uint64_t offset, const void *address, uint32_t bytes,
			 uint32_t *written)
{
	kern_return_t result = KERN_SUCCESS;

	*written = 0;
	if (bytes == 0) {
		return result;
	}
	if (offset >= FILE_BYTES_MAX) {
		return FILE_EFBIG;
	}
	if (bytes > FILE_BYTES_MAX - offset) {
		bytes = (uint32_t)(FILE_BYTES_MAX - offset);
	}
	result = data_have(node);
	if (result == KERN_SUCCESS && offset > node->tree.size) {
		result = clear_behind_end(node);
	}
	if (result != KERN_SUCCESS) {
		return result;
	}
	result = masix_memory_write(node->memory, (vm_offset_t)offset, (vm_address_t)address, bytes,
				    written);
	if (result != KERN_SUCCESS) {
		return result == KERN_RESOURCE_SHORTAGE ? FILE_ENOSPC : result;
	}
	node->pages_known = false;
	if (offset + *written > node->tree.size) {
		node->tree.size = offset + *written;
		share_size(node);
	}
	return KERN_SUCCESS;
}

static kern_return_t shrink(struct node *node, uint64_t size)
{
	uint32_t end = page_round(size);

	/* The part of the last page first: that alone can fail, and has changed nothing then. */
	if (size < end && masix_memory_discard(node->memory, (vm_offset_t)size,
					       end - (uint32_t)size) != KERN_SUCCESS) {
		return FILE_ENOSPC;
	}
	return masix_memory_set_size(node->memory, end);
}

kern_return_t data_set_size(struct node *node, uint64_t size)
{
	kern_return_t result = KERN_SUCCESS;

	if (size > FILE_BYTES_MAX) {
		return FILE_EFBIG;
	}
	if (size > node->tree.size) {
		result = data_have(node);
		result = result ?: clear_behind_end(node);
		result = result ?: masix_memory_set_size(node->memory, page_round(size));
	} else if (size < node->tree.size) {
		result = shrink(node, size);
	}
	node->pages_known = false;
	if (result == KERN_SUCCESS) {
		node->tree.size = size;
		share_size(node);
	}
	return result;
}

kern_return_t data_copy(struct node *node, uint64_t offset, uint32_t *bytes, vm_address_t *address)
{
	uint64_t size = node->tree.size;
	uint64_t left = offset < size ? size - offset : 0;
	uint32_t low = (uint32_t)offset & PAGE_LOW;
	kern_return_t result = KERN_SUCCESS;

	*address = 0;
	*bytes = *bytes < left ? *bytes : (uint32_t)left;
	if (*bytes == 0) {
		return result;
	}
	/* The copy is an object of its own; the file's pages stay the file's when either changes.
	 */
	result = vm_map(SELF, address, page_round(low + *bytes), 0, TRUE, node->memory,
			(vm_offset_t)offset - low, TRUE, VM_PROT_READ | VM_PROT_WRITE, VM_PROT_ALL,
			VM_INHERIT_NONE);
	*address += low;
	return result;
}

#define PROTECTIONS   (VM_PROT_ALL + 1)
#define WINDOWS_BYTES (PROTECTIONS * sizeof(mach_port_t))

/* One window for each protection, so that nobody makes more than the kernel has room for. */
static kern_return_t window_have(struct node *node, vm_prot_t protection)
{
	vm_offset_t zero = 0;
	vm_size_t all = (vm_size_t)FILE_BYTES_MAX;

	if (node->windows == NULL) {
		node->windows = metadata_allocate(WINDOWS_BYTES);
	}
	if (node->windows == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	if (node->windows[protection] != MACH_PORT_NULL) {
		return KERN_SUCCESS;
	}
	return memory_object_create_proxy(SELF, protection, &node->memory, MACH_MSG_TYPE_COPY_SEND,
					  1, &zero, 1, &zero, 1, &all, 1,
					  &node->windows[protection]);
}

static void window_drop(struct node *node, vm_prot_t protection)
{
	if (node->windows != NULL && node->windows[protection] != MACH_PORT_NULL) {
		(void)mach_port_deallocate(SELF, node->windows[protection]);
		node->windows[protection] = MACH_PORT_NULL;
	}
}

static kern_return_t window_give(struct node *node, vm_prot_t protection, mach_port_t *window)
{
	kern_return_t result = data_have(node) == KERN_SUCCESS ? window_have(node, protection)
							       : KERN_RESOURCE_SHORTAGE;

	if (result == KERN_SUCCESS) {
		*window = node->windows[protection];
		result = mach_port_mod_refs(SELF, *window, MACH_PORT_RIGHT_SEND, 1);
	}
	return result;
}

kern_return_t data_reader(struct node *node, mach_port_t *window)
{
	return window_give(node, VM_PROT_READ, window);
}

kern_return_t data_window(struct node *node, vm_prot_t protection, mach_port_t *window)
{
	kern_return_t result = window_give(node, protection, window);

	if (result == KERN_SUCCESS) {
		/* A reader's fault gives the file a page, too, where it had none. */
		node->pages_known = false;
		node->shared = true;
		node->executed |= (protection & VM_PROT_EXECUTE) != 0;
	}
	return result;
}

bool data_executed(struct node *node)
{
	vm_size_t bytes = 0;
	natural_t pages = 0;
	boolean_t executable = FALSE;

	if (!node->executed) {
		return false;
	}
	/* Those that only this server still has shall not count. */
	for (vm_prot_t protection = 0; protection < PROTECTIONS; protection++) {
		if ((protection & VM_PROT_EXECUTE) != 0) {
			window_drop(node, protection);
		}
	}
	node->executed =
		masix_memory_info(node->memory, &bytes, &pages, &executable) != KERN_SUCCESS ||
		executable;
	return node->executed;
}

uint32_t data_pages(struct node *node)
{
	vm_size_t bytes = 0;
	boolean_t executable = FALSE;

	if (!node->pages_known && node->memory != MACH_PORT_NULL) {
		(void)masix_memory_info(node->memory, &bytes, &node->pages, &executable);
		node->pages_known = !node->shared;
	}
	return node->pages;
}

void data_free(struct node *node)
{
	share_free(node);
	for (vm_prot_t protection = 0; protection < PROTECTIONS; protection++) {
		window_drop(node, protection);
	}
	metadata_free(node->windows, WINDOWS_BYTES);
	if (node->memory != MACH_PORT_NULL) {
		(void)mach_port_deallocate(SELF, node->memory);
		node->memory = MACH_PORT_NULL;
	}
}
