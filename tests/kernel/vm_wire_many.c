/* TEST: oracle=no mem=384 timeout=120 */
/* One page in more places than 16 bits count: read, wired, unmapped. */
#include "lib/harness.h"
#include <gen/mach_host.h>

#define SELF   mach_task_self()
#define PAGE   0x1000u
#define PLACES 70000u
#define PLACE  0x40000000u /* away from all that it could be joined with */

/* Untouched memory shows a page of zeros that everybody shares. */
static void check_zeros(void)
{
	mach_port_t host = (mach_host_self)();
	vm_address_t address = PLACE;
	kern_return_t result = KERN_SUCCESS;

	CHECK_KR(vm_allocate(SELF, &address, PLACES * PAGE, FALSE), KERN_SUCCESS);
	CHECK_KR(vm_protect(SELF, address, PLACES * PAGE, FALSE, VM_PROT_READ), KERN_SUCCESS);
	result = vm_wire(host, SELF, address, PLACES * PAGE, VM_PROT_READ);
	CHECK(result == KERN_SUCCESS || result == KERN_RESOURCE_SHORTAGE);
	CHECK_EQ(*(volatile uint32_t *)(address + 65536 * PAGE), 0);
	CHECK_KR(vm_deallocate(SELF, address, PLACES * PAGE), KERN_SUCCESS);
	NEED_KR(mach_port_deallocate(SELF, host));
}

/* A page of data, copied to all other places by doubling. */
static void check_copies(void)
{
	mach_port_t host = (mach_host_self)();
	vm_address_t address = PLACE;
	uint32_t pages = 1;
	kern_return_t result = KERN_SUCCESS;

	CHECK_KR(vm_allocate(SELF, &address, PLACES * PAGE, FALSE), KERN_SUCCESS);
	*(volatile uint32_t *)address = 4711;
	test_group_begin("a page is copied to all places");
	while (pages < PLACES) {
		uint32_t more = pages <= PLACES - pages ? pages : PLACES - pages;

		CHECK_KR(vm_copy(SELF, address, more * PAGE, address + pages * PAGE), KERN_SUCCESS);
		pages += more;
	}
	test_group_end();
	test_group_begin("all places show it");
	for (uint32_t i = 0; i < PLACES; i++) {
		CHECK_EQ(*(volatile uint32_t *)(address + i * PAGE), 4711);
	}
	test_group_end();
	CHECK_KR(vm_protect(SELF, address, PLACES * PAGE, FALSE, VM_PROT_READ), KERN_SUCCESS);
	result = vm_wire(host, SELF, address, PLACES * PAGE, VM_PROT_READ);
	CHECK(result == KERN_SUCCESS || result == KERN_RESOURCE_SHORTAGE);
	CHECK_EQ(*(volatile uint32_t *)(address + 65536 * PAGE), 4711);
	CHECK_KR(vm_deallocate(SELF, address, PLACES * PAGE), KERN_SUCCESS);
	NEED_KR(mach_port_deallocate(SELF, host));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "vm_wire_many");
	check_zeros();
	check_copies();
	test_end();
}
