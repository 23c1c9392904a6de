/* TEST: oracle=yes */
/* vm_map of anonymous memory, with every argument. */
#include "lib/harness.h"

#define SELF mach_task_self()
#define PAGE 0x1000u
#define BASE 0x58000000u
#define RW   (VM_PROT_READ | VM_PROT_WRITE)

static kern_return_t map(vm_address_t *address, vm_size_t size, vm_address_t mask,
			 boolean_t anywhere, mach_port_t object, vm_offset_t offset, boolean_t copy,
			 vm_prot_t protection, vm_prot_t maximum)
{
	return vm_map(SELF, address, size, mask, anywhere, object, offset, copy, protection,
		      maximum, VM_INHERIT_COPY);
}

static void store(void *argument)
{
	*(volatile int *)argument = 1;
}

static void check_anonymous(void)
{
	vm_address_t address = 0;
	struct test_fault fault;

	CHECK_KR(map(&address, 2 * PAGE, 0, TRUE, MACH_PORT_NULL, 0, FALSE, RW, VM_PROT_ALL),
		 KERN_SUCCESS);
	CHECK_EQ(*(volatile int *)(address + PAGE), 0);
	*(volatile int *)address = 1;
	CHECK_KR(vm_deallocate(SELF, address, 2 * PAGE), KERN_SUCCESS);
	address = BASE;
	CHECK_KR(map(&address, PAGE, 0, FALSE, MACH_PORT_NULL, 0, FALSE, VM_PROT_READ, RW),
		 KERN_SUCCESS);
	CHECK_EQ(address, BASE);
	CHECK_KR(map(&address, PAGE, 0, FALSE, MACH_PORT_NULL, 0, FALSE, RW, RW), KERN_NO_SPACE);
	CHECK(test_catch(&fault, store, (void *)BASE));
	CHECK_EQ(fault.code, KERN_PROTECTION_FAILURE);
	CHECK_KR(vm_protect(SELF, BASE, PAGE, FALSE, VM_PROT_ALL), KERN_PROTECTION_FAILURE);
	CHECK_KR(vm_protect(SELF, BASE, PAGE, FALSE, RW), KERN_SUCCESS);
	CHECK_KR(vm_deallocate(SELF, BASE, PAGE), KERN_SUCCESS);
}

static void check_mask(void)
{
	test_group_begin("a mask aligns");
	for (vm_address_t mask = 0x1fff; mask <= 0xffffff; mask = mask * 2 + 1) {
		vm_address_t address = 0;

		CHECK_KR(map(&address, PAGE, mask, TRUE, MACH_PORT_NULL, 0, FALSE, RW, RW),
			 KERN_SUCCESS);
		CHECK_EQ(address & mask, 0);
		CHECK_KR(vm_deallocate(SELF, address, PAGE), KERN_SUCCESS);
	}
	test_group_end();
}

static void check_refusals(void)
{
	vm_address_t address = 0;
	mach_port_t port = mach_reply_port();

	CHECK_KR(map(&address, PAGE, 0, TRUE, MACH_PORT_NULL, 0, FALSE, 0x40, RW),
		 KERN_INVALID_ARGUMENT);
	CHECK_KR(map(&address, PAGE, 0, TRUE, MACH_PORT_NULL, 0, FALSE, RW, 0x40),
		 KERN_INVALID_ARGUMENT);
	CHECK_KR(vm_map(SELF, &address, PAGE, 0, TRUE, MACH_PORT_NULL, 0, FALSE, RW, RW, 7),
		 KERN_INVALID_ARGUMENT);
	CHECK_KR(map(&address, 0, 0, TRUE, MACH_PORT_NULL, 0, FALSE, RW, RW),
		 KERN_INVALID_ARGUMENT);
	address = 0xc0000000u;
	CHECK(map(&address, PAGE, 0, FALSE, MACH_PORT_NULL, 0, FALSE, RW, RW) != KERN_SUCCESS);
	address = 0xbffff000u;
	CHECK(map(&address, 2 * PAGE, 0, FALSE, MACH_PORT_NULL, 0, FALSE, RW, RW) != KERN_SUCCESS);
	NEED_KR(mach_port_destroy(SELF, port));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "vm_map");
	check_anonymous();
	check_mask();
	check_refusals();
	test_end();
}
