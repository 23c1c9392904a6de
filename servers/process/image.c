/* A client's memory object becomes memory of ours that nobody else can change or take away. */
#include <libmach.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/mach_host.h>
#include "server.h"

#define SELF        mach_task_self()
#define PAGE_BYTES  0x1000u
#define PAGE_MASK   (PAGE_BYTES - 1)
#define SPARE_PAGES 512u

static struct ipc_lock copy_lock;

static vm_size_t page_round(uint32_t bytes)
{
	return (bytes + PAGE_MASK) & ~(vm_size_t)PAGE_MASK;
}

/*
 * Does a pager serve this region?  Reading it, or copying it, could then take for ever.  What is
 * mapped here nobody else can map otherwise, so the answer stays true.
 */
static bool has_pager(vm_address_t address)
{
	vm_prot_t protection = 0, max_protection = 0;
	vm_inherit_t inheritance = 0;
	boolean_t shared = FALSE;
	mach_port_t name = MACH_PORT_NULL;
	vm_offset_t offset = 0;
	vm_size_t size = 0;

	if (vm_region(SELF, &address, &size, &protection, &max_protection, &inheritance, &shared,
		      &name, &offset) != KERN_SUCCESS) {
		return true;
	}
	if (name != MACH_PORT_NULL) {
		(void)mach_port_deallocate(SELF, name);
	}
	return name != MACH_PORT_NULL;
}

/* Copies [address, size) so that no page of the copy can be missing. */
static kern_return_t copy_private(vm_address_t address, vm_size_t size, vm_address_t *copy)
{
	kern_return_t result = vm_allocate(SELF, copy, size, TRUE);

	if (result != KERN_SUCCESS) {
		return result;
	}
	result = vm_copy(SELF, address, size, *copy);
	if (result == KERN_SUCCESS) {
		/* Every page comes now, or an error instead of a fault of ours later. */
		result = vm_wire(host_privileged, SELF, *copy, size, VM_PROT_READ);
	}
	if (result != KERN_SUCCESS) {
		(void)vm_deallocate(SELF, *copy, size);
	}
	return result;
}

/*
 * Are there pages enough?  Wiring takes ours, down to those that this server, the ACS and the file
 * server need to live.
 */
static bool is_room_for(vm_size_t size)
{
	vm_statistics_data_t statistics = {.free_count = 0};

	return vm_statistics(SELF, &statistics) == KERN_SUCCESS &&
	       (vm_size_t)statistics.free_count >= size / PAGE_BYTES + SPARE_PAGES;
}

kern_return_t image_open(mach_port_t memory, uint32_t bytes, struct image *image)
{
	vm_address_t address = 0, copy = 0;
	vm_size_t size = page_round(bytes);
	kern_return_t result = KERN_SUCCESS;

	if (bytes == 0 || bytes > PROCESS_IMAGE_BYTES_MAX || !MACH_PORT_VALID(memory)) {
		return PROCESS_BAD_IMAGE;
	}
	result = vm_map(SELF, &address, size, 0, TRUE, memory, 0, FALSE, VM_PROT_READ, VM_PROT_READ,
			VM_INHERIT_NONE);
	if (result != KERN_SUCCESS) {
		return result == KERN_RESOURCE_SHORTAGE || result == KERN_NO_SPACE
			       ? KERN_RESOURCE_SHORTAGE
			       : PROCESS_BAD_IMAGE;
	}
	ipc_lock(&copy_lock); /* one at a time: the other's room is not taken twice */
	result = has_pager(address)   ? PROCESS_BAD_IMAGE
		 : !is_room_for(size) ? KERN_RESOURCE_SHORTAGE
				      : copy_private(address, size, &copy);
	ipc_unlock(&copy_lock);
	(void)vm_deallocate(SELF, address, size);
	*image = (struct image){.data = (const uint8_t *)copy, .bytes = bytes, .mapped = true};
	return result == KERN_SUCCESS || result == KERN_RESOURCE_SHORTAGE ? result
									  : PROCESS_BAD_IMAGE;
}

void image_close(struct image *image)
{
	if (image->mapped) {
		(void)vm_deallocate(SELF, (vm_address_t)image->data, page_round(image->bytes));
		image->mapped = false;
	}
}
