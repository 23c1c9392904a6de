/* TEST: oracle=yes */
/* vm_allocate and vm_deallocate: where, how much, zero fill, and every refusal. */
#include "lib/harness.h"

#define SELF      mach_task_self()
#define PAGE      0x1000u
#define FREE_AREA 0x40000000u

static vm_address_t allocate(vm_size_t size)
{
	vm_address_t address = 0;

	NEED_KR(vm_allocate(SELF, &address, size, TRUE));
	return address;
}

static kern_return_t allocate_at(vm_address_t address, vm_size_t size)
{
	return vm_allocate(SELF, &address, size, FALSE);
}

static void check_anywhere(void)
{
	vm_address_t address = 0x12345;
	vm_address_t other = 0;

	CHECK_KR(vm_allocate(SELF, &address, 3 * PAGE, TRUE), KERN_SUCCESS);
	CHECK_EQ(address % PAGE, 0);
	CHECK(address >= PAGE);
	CHECK_KR(vm_allocate(SELF, &other, 3 * PAGE, TRUE), KERN_SUCCESS);
	CHECK(other >= address + 3 * PAGE || other + 3 * PAGE <= address);
	CHECK_KR(vm_deallocate(SELF, other, 3 * PAGE), KERN_SUCCESS);
	CHECK_KR(vm_deallocate(SELF, address, 3 * PAGE), KERN_SUCCESS);
}

static void check_zero_fill(void)
{
	vm_address_t address = allocate(16 * PAGE);
	volatile uint32_t *words = (volatile uint32_t *)address;
	uint32_t sum = 0;

	for (uint32_t i = 0; i < 16 * PAGE / 4; i++) {
		sum |= words[i];
		words[i] = i | 1;
	}
	CHECK_EQ(sum, 0);
	NEED_KR(vm_deallocate(SELF, address, 16 * PAGE));
	/* Freed pages come back: a new owner must not see what was in them. */
	NEED_KR(allocate_at(address, 16 * PAGE));
	for (uint32_t i = 0; i < 16 * PAGE / 4; i++) {
		sum |= words[i];
	}
	CHECK_EQ(sum, 0);
	NEED_KR(vm_deallocate(SELF, address, 16 * PAGE));
}

static void check_fixed(void)
{
	vm_address_t address = FREE_AREA + 0x123;

	/* A fixed address and size are widened to whole pages. */
	CHECK_KR(vm_allocate(SELF, &address, 5, FALSE), KERN_SUCCESS);
	CHECK_EQ(address, FREE_AREA);
	*(volatile char *)(FREE_AREA + PAGE - 1) = 1;
	CHECK_KR(allocate_at(FREE_AREA, PAGE), KERN_NO_SPACE);
	CHECK_KR(allocate_at(FREE_AREA - PAGE, 2 * PAGE), KERN_NO_SPACE);
	CHECK_KR(allocate_at(FREE_AREA - PAGE, 3 * PAGE), KERN_NO_SPACE);
	CHECK_KR(allocate_at(FREE_AREA + PAGE, PAGE), KERN_SUCCESS);
	CHECK_KR(vm_deallocate(SELF, FREE_AREA, 2 * PAGE), KERN_SUCCESS);
	CHECK_KR(vm_deallocate(SELF, FREE_AREA, 2 * PAGE), KERN_SUCCESS);
}

static void check_sizes(void)
{
	vm_address_t address = 77;

	CHECK_KR(vm_allocate(SELF, &address, 0, TRUE), KERN_SUCCESS);
	CHECK_EQ(address, 0);
	address = FREE_AREA;
	CHECK_KR(vm_allocate(SELF, &address, 0, FALSE), KERN_SUCCESS);
	CHECK_EQ(address, 0);
	CHECK_KR(vm_deallocate(SELF, FREE_AREA, 0), KERN_SUCCESS);
	address = 0;
	CHECK_KR(vm_allocate(SELF, &address, 0xc0000000u, TRUE), KERN_NO_SPACE);
	CHECK(vm_allocate(SELF, &address, 0xffffffffu, TRUE) != KERN_SUCCESS);
	CHECK(vm_allocate(SELF, &address, 0xfffff000u, TRUE) != KERN_SUCCESS);
}

static void check_outside(void)
{
	test_group_begin("addresses of the kernel and beyond the end are refused");
	CHECK(allocate_at(0xc0000000u, PAGE) != KERN_SUCCESS);
	CHECK(allocate_at(0xc0100000u, PAGE) != KERN_SUCCESS);
	CHECK(allocate_at(0xfffff000u, PAGE) != KERN_SUCCESS);
	CHECK(allocate_at(0xfffff000u, 2 * PAGE) != KERN_SUCCESS);
	CHECK(allocate_at(0xbffff000u, 2 * PAGE) != KERN_SUCCESS);
	CHECK(allocate_at(FREE_AREA, 0xc0000000u) != KERN_SUCCESS);
	CHECK(allocate_at(FREE_AREA, 0xfffff000u) != KERN_SUCCESS);
	test_group_end();
}

static void check_partial_deallocate(void)
{
	vm_address_t address = allocate(5 * PAGE);

	for (int i = 0; i < 5; i++) {
		*(volatile int *)(address + i * PAGE) = i + 100;
	}
	CHECK_KR(vm_deallocate(SELF, address + 2 * PAGE + 5, 10), KERN_SUCCESS);
	CHECK_EQ(*(volatile int *)(address + PAGE), 101);
	CHECK_EQ(*(volatile int *)(address + 3 * PAGE), 103);
	CHECK_KR(allocate_at(address + 2 * PAGE, PAGE), KERN_SUCCESS);
	CHECK_EQ(*(volatile int *)(address + 2 * PAGE), 0);
	/* Holes in a range do not matter. */
	CHECK_KR(vm_deallocate(SELF, address + PAGE, PAGE), KERN_SUCCESS);
	CHECK_KR(vm_deallocate(SELF, address, 5 * PAGE), KERN_SUCCESS);
}

static void touch(void *argument)
{
	*(volatile int *)argument = 1;
}

static void check_gone(void)
{
	struct test_fault fault;
	vm_address_t address = allocate(PAGE);

	*(volatile int *)address = 1;
	NEED_KR(vm_deallocate(SELF, address, PAGE));
	CHECK(test_catch(&fault, touch, (void *)(address + 0x44)));
	CHECK_EQ(fault.exception, EXC_BAD_ACCESS);
	CHECK_EQ(fault.code, KERN_INVALID_ADDRESS);
	CHECK_EQ(fault.subcode, address + 0x44);
}

static void check_bad_task(void)
{
	vm_address_t address = 0;
	mach_port_t port = mach_reply_port();

	CHECK_KR(vm_allocate(MACH_PORT_NULL, &address, PAGE, TRUE), MACH_SEND_INVALID_DEST);
	CHECK_KR(syscall_vm_allocate(MACH_PORT_NULL, &address, PAGE, TRUE), MACH_SEND_INTERRUPTED);
	CHECK_KR(syscall_vm_deallocate(port, FREE_AREA, PAGE), MACH_SEND_INTERRUPTED);
	CHECK_KR(syscall_vm_allocate(SELF, &address, PAGE, TRUE), KERN_SUCCESS);
	CHECK_KR(syscall_vm_deallocate(SELF, address, PAGE), KERN_SUCCESS);
	NEED_KR(mach_port_destroy(SELF, port));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "vm_allocate");
	check_anywhere();
	check_zero_fill();
	check_fixed();
	check_sizes();
	check_outside();
	check_partial_deallocate();
	check_gone();
	check_bad_task();
	test_end();
}
