/* TEST: oracle=yes */
/* vm_region, walking a whole map, and vm_statistics, vm_wire and vm_machine_attribute. */
#include "lib/harness.h"
#include <gen/mach_host.h>
#include <gen/gnumach.h>
#include <mach/task_info.h>
#include <mach/vm_attributes.h>
#include <mach/vm_statistics.h>

#define SELF mach_task_self()
#define PAGE 0x1000u
#define BASE 0x50000000u
#define RW   (VM_PROT_READ | VM_PROT_WRITE)

struct region {
	vm_address_t address;
	vm_size_t size;
	vm_prot_t protection;
	vm_prot_t maximum;
	vm_inherit_t inheritance;
	boolean_t is_shared;
	vm_offset_t offset;
};

static kern_return_t region_get(mach_port_t task, vm_address_t address, struct region *region)
{
	mach_port_t name = MACH_PORT_NULL;
	kern_return_t result = KERN_SUCCESS;

	region->address = address;
	result = vm_region(task, &region->address, &region->size, &region->protection,
			   &region->maximum, &region->inheritance, &region->is_shared, &name,
			   &region->offset);
	if (result == KERN_SUCCESS && MACH_PORT_VALID(name)) {
		NEED_KR(mach_port_deallocate(SELF, name));
	}
	return result;
}

static void check_attributes(void)
{
	struct region region;
	vm_address_t address = BASE;

	NEED_KR(vm_allocate(SELF, &address, 8 * PAGE, FALSE));
	CHECK_KR(region_get(SELF, BASE - PAGE, &region), KERN_SUCCESS);
	CHECK_EQ(region.address, BASE);
	CHECK_EQ(region.size, 8 * PAGE);
	CHECK_EQ(region.protection, RW);
	CHECK_EQ(region.maximum, VM_PROT_ALL);
	CHECK_EQ(region.inheritance, VM_INHERIT_COPY);
	CHECK_EQ(region.is_shared, FALSE);
	NEED_KR(vm_protect(SELF, BASE + 2 * PAGE, PAGE, FALSE, VM_PROT_READ));
	NEED_KR(vm_inherit(SELF, BASE + 4 * PAGE, PAGE, VM_INHERIT_NONE));
	NEED_KR(vm_protect(SELF, BASE + 6 * PAGE, PAGE, TRUE, VM_PROT_READ));
	/* An address within a region finds the region. */
	CHECK_KR(region_get(SELF, BASE + PAGE + 5, &region), KERN_SUCCESS);
	CHECK_EQ(region.address, BASE);
	CHECK_EQ(region.size, 2 * PAGE);
	CHECK_KR(region_get(SELF, BASE + 2 * PAGE, &region), KERN_SUCCESS);
	CHECK_EQ(region.address, BASE + 2 * PAGE);
	CHECK_EQ(region.size, PAGE);
	CHECK_EQ(region.protection, VM_PROT_READ);
	CHECK_EQ(region.maximum, VM_PROT_ALL);
	CHECK_KR(region_get(SELF, BASE + 4 * PAGE, &region), KERN_SUCCESS);
	CHECK_EQ(region.inheritance, VM_INHERIT_NONE);
	CHECK_EQ(region.protection, RW);
	CHECK_KR(region_get(SELF, BASE + 6 * PAGE, &region), KERN_SUCCESS);
	CHECK_EQ(region.protection, VM_PROT_READ);
	CHECK_EQ(region.maximum, VM_PROT_READ);
	NEED_KR(vm_deallocate(SELF, BASE, 8 * PAGE));
	CHECK_KR(region_get(SELF, 0xc0000000u, &region), KERN_NO_SPACE);
}

/* Regions come in order, do not overlap, and sum up to the task's virtual size. */
static void check_walk(void)
{
	struct region region;
	vm_address_t address = 0;
	vm_size_t total = 0;
	struct task_basic_info info;
	mach_msg_type_number_t count = TASK_BASIC_INFO_COUNT;
	int regions = 0;

	test_group_begin("the regions of a map come in order");
	while (region_get(SELF, address, &region) == KERN_SUCCESS) {
		CHECK(region.address >= address);
		CHECK(region.size >= PAGE && region.size % PAGE == 0);
		CHECK((region.protection & ~region.maximum) == 0);
		address = region.address + region.size;
		total += region.size;
		regions++;
	}
	CHECK(regions >= 3);
	test_group_end();
	NEED_KR(task_info(SELF, TASK_BASIC_INFO, (task_info_t)&info, &count));
	CHECK_EQ(info.virtual_size, total);
	CHECK(info.resident_size > 0);
	CHECK((vm_size_t)info.resident_size <= total);
}

static void check_statistics(void)
{
	struct vm_statistics before;
	struct vm_statistics after;
	vm_address_t address = 0;

	CHECK_KR(vm_statistics(SELF, &before), KERN_SUCCESS);
	CHECK_EQ(before.pagesize, PAGE);
	CHECK(before.free_count > 1000);
	NEED_KR(vm_allocate(SELF, &address, 64 * PAGE, TRUE));
	for (uint32_t i = 0; i < 64; i++) {
		*(volatile int *)(address + i * PAGE) = 1;
	}
	CHECK_KR(vm_statistics(SELF, &after), KERN_SUCCESS);
	/* GNU Mach gives itself pages back meanwhile, or not. */
	CHECK(!mach_kernel_is_masix || after.free_count <= before.free_count - 64);
	CHECK(after.free_count >= before.free_count - 96);
	CHECK(after.faults >= before.faults + 64);
	CHECK(after.zero_fill_count >= before.zero_fill_count + 64);
	NEED_KR(vm_deallocate(SELF, address, 64 * PAGE));
	CHECK_KR(vm_statistics(SELF, &after), KERN_SUCCESS);
	CHECK(after.free_count >= before.free_count - 16);
}

static void check_wire(void)
{
	struct vm_statistics before;
	struct vm_statistics after;
	vm_address_t address = 0;

	NEED_KR(vm_allocate(SELF, &address, 16 * PAGE, TRUE));
	NEED_KR(vm_statistics(SELF, &before));
	CHECK_KR(vm_wire(host_priv, SELF, address, 8 * PAGE, RW), KERN_SUCCESS);
	NEED_KR(vm_statistics(SELF, &after));
	CHECK_EQ(after.wire_count, before.wire_count + 8);
	CHECK_EQ(*(volatile int *)(address + PAGE), 0);
	*(volatile int *)(address + PAGE) = 5;
	CHECK_KR(vm_wire(host_priv, SELF, address, 8 * PAGE, VM_PROT_NONE), KERN_SUCCESS);
	NEED_KR(vm_statistics(SELF, &after));
	CHECK_EQ(after.wire_count, before.wire_count);
	CHECK_EQ(*(volatile int *)(address + PAGE), 5);
	CHECK_KR(vm_wire(host_priv, SELF, address, PAGE, 0x40), KERN_INVALID_ARGUMENT);
	CHECK_KR(vm_wire(MACH_PORT_NULL, SELF, address, PAGE, RW), MACH_SEND_INVALID_DEST);
	/* Wired memory that goes away is no longer wired. */
	NEED_KR(vm_wire(host_priv, SELF, address, 4 * PAGE, RW));
	NEED_KR(vm_deallocate(SELF, address, 16 * PAGE));
	NEED_KR(vm_statistics(SELF, &after));
	CHECK_EQ(after.wire_count, before.wire_count);
}

static void check_machine_attribute(void)
{
	vm_address_t address = 0;
	vm_machine_attribute_val_t value = MATTR_VAL_OFF;

	NEED_KR(vm_allocate(SELF, &address, PAGE, TRUE));
	CHECK(vm_machine_attribute(SELF, address, PAGE, MATTR_CACHE, &value) != KERN_SUCCESS);
	CHECK_EQ(*(volatile int *)address, 0);
	NEED_KR(vm_deallocate(SELF, address, PAGE));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "vm_region");
	check_attributes();
	check_walk();
	check_statistics();
	check_wire();
	check_machine_attribute();
	test_end();
}
