/* Ramdisks rd0, rd1 ...: the bytes of boot modules. */
#include <device/device.h>

#include <kern/panic.h>
#include <kern/upcall.h>
#include <vm/object.h>

#define RAMDISKS_MAX 8u

struct ramdisk {
	struct device device; /* first: the device is the ramdisk */
	char name[8];
	uint32_t start, bytes;
};

static struct ramdisk ramdisks[RAMDISKS_MAX];
static uint32_t ramdisk_count;

static struct ramdisk *ramdisk_of(struct device *device)
{
	return (struct ramdisk *)device;
}

static char *contents(const struct ramdisk *disk)
{
	return (char *)(KERNEL_BASE + disk->start);
}

/* Records are bytes. */
static io_return_t ramdisk_look(struct device *device, uint32_t record, uint32_t bytes,
				const char **data, uint32_t *count)
{
	struct ramdisk *disk = ramdisk_of(device);
	if (record > disk->bytes) {
		return D_INVALID_RECNUM;
	}
	uint32_t left = disk->bytes - record;
	*data = contents(disk) + record;
	*count = bytes < left ? bytes : left;
	return D_SUCCESS;
}

static io_return_t ramdisk_write(struct device *device, uint32_t record, const char *data,
				 uint32_t bytes)
{
	struct ramdisk *disk = ramdisk_of(device);
	if (record > disk->bytes || bytes > disk->bytes - record) {
		return D_INVALID_RECNUM;
	}
	__builtin_memcpy(contents(disk) + record, data, bytes);
	return D_SUCCESS;
}

/* Only a module that begins on a page can be mapped (GRUB and QEMU see to that). */
static io_return_t ramdisk_map(struct device *device, uint32_t offset, uint32_t bytes,
			       vm_prot_t *protection, struct vm_object **object)
{
	struct ramdisk *disk = ramdisk_of(device);
	(void)protection;
	if ((disk->start & PAGE_MASK) != 0) {
		return D_INVALID_OPERATION;
	}
	if (offset > page_round(disk->bytes) || bytes > page_round(disk->bytes) - offset) {
		return D_INVALID_SIZE;
	}
	*object = vm_object_create_device(disk->start + offset, page_round(bytes) / PAGE_BYTES);
	return *object != NULL ? D_SUCCESS : D_NO_MEMORY;
}

static io_return_t ramdisk_get_status(struct device *device, dev_flavor_t flavor, int *status,
				      uint32_t *count)
{
	if ((flavor != DEV_GET_SIZE && flavor != DEV_GET_RECORDS) || *count < DEV_GET_SIZE_COUNT) {
		return D_INVALID_OPERATION;
	}
	/* Size and records are the same: a record is a byte. */
	status[DEV_GET_SIZE_DEVICE_SIZE] = (int)ramdisk_of(device)->bytes;
	status[DEV_GET_SIZE_RECORD_SIZE] = 1;
	*count = DEV_GET_SIZE_COUNT;
	return D_SUCCESS;
}

static const struct device_ops ramdisk_ops = {
	.look = ramdisk_look,
	.write = ramdisk_write,
	.map = ramdisk_map,
	.get_status = ramdisk_get_status,
};

void upcall_ramdisk_add(uint32_t start, uint32_t end)
{
	if (ramdisk_count == RAMDISKS_MAX) {
		kprintf("There are more than %u ramdisks; the others are ignored.\n", RAMDISKS_MAX);
		return;
	}
	struct ramdisk *disk = &ramdisks[ramdisk_count];
	(void)ksnprintf(disk->name, sizeof disk->name, "rd%u", ramdisk_count++);
	disk->start = start;
	disk->bytes = end - start;
	/* What lies behind the end in the last page is shown when it is mapped: let it be zero. */
	__builtin_memset(contents(disk) + disk->bytes, 0, page_round(end) - end);
	disk->device.name = disk->name;
	disk->device.ops = &ramdisk_ops;
	device_add(&disk->device);
}
