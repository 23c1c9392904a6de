/* The boot archive: the device rd0, mapped where it lies. */
#include <string.h>
#include <archive/cpio_core.h>
#include <device/device_types.h>
#include <libmach.h>
#include <gen/device.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include "server.h"

#define SELF         mach_task_self()
#define KIND_MASK    0170000u
#define KIND_REGULAR 0100000u

static const uint8_t *archive;
static uint32_t archive_bytes;

static kern_return_t map(mach_port_t device)
{
	mach_port_t memory = MACH_PORT_NULL;
	vm_address_t address = 0;
	kern_return_t result = device_map(device, VM_PROT_READ, 0, archive_bytes, &memory, FALSE);

	if (result != KERN_SUCCESS) {
		return result;
	}
	result = vm_map(SELF, &address, archive_bytes, 0, TRUE, memory, 0, FALSE, VM_PROT_READ,
			VM_PROT_READ, VM_INHERIT_NONE);
	(void)mach_port_deallocate(SELF, memory);
	archive = (const uint8_t *)address;
	return result;
}

/* For a module that does not begin on a page: a copy. */
static kern_return_t read_all(mach_port_t device)
{
	io_buf_ptr_t data = NULL;
	mach_msg_type_number_t count = 0;
	kern_return_t result = device_read(device, 0, 0, (int)archive_bytes, &data, &count);

	archive = (const uint8_t *)data;
	archive_bytes = count;
	return result;
}

kern_return_t archive_open(void)
{
	mach_port_t device = MACH_PORT_NULL;
	int status[DEV_GET_SIZE_COUNT];
	mach_msg_type_number_t count = DEV_GET_SIZE_COUNT;
	kern_return_t result = device_open(device_master, D_READ, "rd0", &device);

	if (result != KERN_SUCCESS) {
		return result;
	}
	result = device_get_status(device, DEV_GET_SIZE, status, &count);
	if (result == KERN_SUCCESS) {
		archive_bytes = (uint32_t)status[DEV_GET_SIZE_DEVICE_SIZE];
		result = map(device);
	}
	if (result != KERN_SUCCESS && archive_bytes != 0) {
		result = read_all(device);
	}
	(void)mach_port_deallocate(SELF, device);
	return result;
}

/* Archives name files with and without ./ or / before them. */
static const char *plain_name(const char *name)
{
	if (name[0] == '.' && name[1] == '/') {
		name += 2;
	}
	return name[0] == '/' ? name + 1 : name;
}

bool archive_find(const char *path, struct image *image)
{
	struct cpio_file file;
	uint32_t at = 0;

	while (archive != NULL && cpio_next(archive, archive_bytes, &at, &file) == CPIO_FILE) {
		if ((file.mode & KIND_MASK) == KIND_REGULAR &&
		    strcmp(plain_name(file.name), path) == 0) {
			*image = (struct image){.data = file.data, .bytes = file.data_bytes};
			return true;
		}
	}
	return false;
}
