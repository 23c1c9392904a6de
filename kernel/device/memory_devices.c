/* mem: physical memory that is not RAM, to be mapped by drivers. time: a page with the wall time.
   kmsg: the kernel's log. */
#include <device/device.h>
#include <kern/clock.h>
#include <kern/panic.h>
#include <kern/upcall.h>
#include <mach/time_value.h>
#include <vm/object.h>
#include <vm/page.h>

/* --- mem ----------------------------------------------------------------------------- */

#define LOW_END     0x100000u
#define ADAPTERS_AT 0xa0000u /* up to LOW_END: what cards have there, and their ROMs */

/* RAM is the kernel's to give, page by page: not by its address. Some of it has no struct vm_page
   (the kernel's image, the array of pages itself, holes between ranges), so this asks where RAM is
   and not whose: of the first MB the adapters' part alone, then nothing up to the last page. */
static bool is_no_memory(uint32_t first, uint32_t last)
{
	return last < LOW_END ? first >= ADAPTERS_AT
			      : first >= LOW_END && first >= vm_page_memory_end();
}

static io_return_t mem_map(struct device *device, uint32_t offset, uint32_t bytes,
			   vm_prot_t *protection, struct vm_object **object)
{
	(void)device;
	(void)protection;
	if (bytes == 0 || page_round(bytes) == 0 || page_round(bytes) - 1 > UINT32_MAX - offset) {
		return D_INVALID_SIZE;
	}
	uint32_t pages = page_round(bytes) / PAGE_BYTES;
	if (!is_no_memory(offset, offset + (page_round(bytes) - 1))) {
		return D_INVALID_OPERATION;
	}
	*object = vm_object_create_device(offset, pages);
	return *object != NULL ? D_SUCCESS : D_NO_MEMORY;
}

struct device_ops mem_ops = {.map = mem_map};

/* --- time ---------------------------------------------------------------------------- */

static struct mapped_time_value *time_page;

void time_device_init(void)
{
	time_page = upcall_pages_alloc(1);
	if (time_page == NULL) {
		panic("No memory for the page of the device time.");
	}
	__builtin_memset(time_page, 0, PAGE_BYTES);
	time_tick();
}

#define barrier() __asm__ volatile("" : : : "memory")

/* The order is the interface's (mach/time_value.h): readers compare the first and the last word
   that they read. */
void time_tick(void)
{
	struct clock_time now = clock_wall_time();
	time_page->check_seconds = (integer_t)now.seconds;
	barrier();
	time_page->microseconds = (integer_t)((uint32_t)now.nanoseconds / 1000u);
	barrier();
	time_page->seconds = (integer_t)now.seconds;
	time_page->check_seconds64 = now.seconds;
	barrier();
	time_page->time_value.nanoseconds = now.nanoseconds;
	barrier();
	time_page->time_value.seconds = now.seconds;
}

static io_return_t time_map(struct device *device, uint32_t offset, uint32_t bytes,
			    vm_prot_t *protection, struct vm_object **object)
{
	(void)device;
	if (offset != 0 || bytes > PAGE_BYTES) {
		return D_INVALID_SIZE;
	}
	if ((*protection & VM_PROT_WRITE) != 0) {
		return D_INVALID_OPERATION;
	}
	*protection &= VM_PROT_READ;
	*object = vm_object_create_device((uint32_t)time_page - KERNEL_BASE, 1);
	return *object != NULL ? D_SUCCESS : D_NO_MEMORY;
}

struct device_ops time_ops = {.map = time_map};

/* --- kmsg ---------------------------------------------------------------------------- */

static uint64_t kmsg_position;

/* The reader gets the log from the oldest byte that is kept. There is one at a time: two would
   take each other's text away. */
static io_return_t kmsg_open(struct device *device, dev_mode_t mode)
{
	(void)mode;
	if (device->opens != 0) {
		return D_ALREADY_OPEN;
	}
	kmsg_position = 0;
	return D_SUCCESS;
}

static io_return_t kmsg_read_some(struct device *device, uint32_t record, char *buffer,
				  uint32_t bytes, uint32_t *count)
{
	(void)device;
	(void)record;
	*count = kmsg_read(&kmsg_position, buffer, bytes);
	return *count > 0 ? D_SUCCESS : D_WOULD_BLOCK;
}

struct device_ops kmsg_ops = {.open = kmsg_open, .read = kmsg_read_some};
