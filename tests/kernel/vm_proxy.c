/* TEST: oracle=no */
/*
 * vm_region_create_proxy and mapping what it makes: memory shared between tasks with a limited
 * protection.  Not for the oracle, which asks a default pager about anonymous memory and hangs.
 */
#include "lib/harness.h"
#include <gen/mach4.h>

#define SELF mach_task_self()
#define PAGE 0x1000u
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

static vm_address_t source;

static mach_port_t proxy_new(vm_prot_t maximum)
{
	mach_port_t proxy = MACH_PORT_NULL;

	NEED_KR(vm_region_create_proxy(SELF, source, maximum, 4 * PAGE, &proxy));
	return proxy;
}

static void check_proxy(void)
{
	mach_port_t proxy = proxy_new(RW);
	vm_address_t window = 0;

	CHECK_KR(map(&window, 4 * PAGE, 0, TRUE, proxy, 0, FALSE, RW, RW), KERN_SUCCESS);
	CHECK_EQ(*(volatile int *)(window + PAGE), 11);
	*(volatile int *)(window + PAGE) = 12;
	CHECK_EQ(*(volatile int *)(source + PAGE), 12);
	*(volatile int *)(source + 3 * PAGE) = 44;
	CHECK_EQ(*(volatile int *)(window + 3 * PAGE), 44);
	NEED_KR(vm_deallocate(SELF, window, 4 * PAGE));
	/* An offset; only a part. */
	window = 0;
	CHECK_KR(map(&window, PAGE, 0, TRUE, proxy, 3 * PAGE, FALSE, RW, RW), KERN_SUCCESS);
	CHECK_EQ(*(volatile int *)window, 44);
	NEED_KR(vm_deallocate(SELF, window, PAGE));
	/* The memory lives as long as a mapping, the proxy's port may go. */
	window = 0;
	CHECK_KR(map(&window, 4 * PAGE, 0, TRUE, proxy, 0, FALSE, RW, RW), KERN_SUCCESS);
	NEED_KR(mach_port_deallocate(SELF, proxy));
	CHECK_EQ(*(volatile int *)(window + PAGE), 12);
	NEED_KR(vm_deallocate(SELF, window, 4 * PAGE));
}

static void check_proxy_copy(void)
{
	mach_port_t proxy = proxy_new(RW);
	vm_address_t window = 0;

	*(volatile int *)source = 1;
	CHECK_KR(map(&window, 4 * PAGE, 0, TRUE, proxy, 0, TRUE, RW, RW), KERN_SUCCESS);
	CHECK_EQ(*(volatile int *)window, 1);
	*(volatile int *)window = 2;
	CHECK_EQ(*(volatile int *)source, 1);
	*(volatile int *)source = 3;
	CHECK_EQ(*(volatile int *)window, 2);
	NEED_KR(vm_deallocate(SELF, window, 4 * PAGE));
	NEED_KR(mach_port_deallocate(SELF, proxy));
}

static void check_proxy_limit(void)
{
	mach_port_t proxy = proxy_new(VM_PROT_READ);
	mach_port_t other = MACH_PORT_NULL;
	vm_address_t window = 0;
	struct test_fault fault;

	CHECK_KR(map(&window, 4 * PAGE, 0, TRUE, proxy, 0, FALSE, VM_PROT_READ, VM_PROT_READ),
		 KERN_SUCCESS);
	CHECK(test_catch(&fault, store, (void *)window));
	CHECK_EQ(fault.code, KERN_PROTECTION_FAILURE);
	CHECK_KR(vm_protect(SELF, window, PAGE, FALSE, RW), KERN_PROTECTION_FAILURE);
	NEED_KR(vm_deallocate(SELF, window, 4 * PAGE));
	/* Who asks for more gets what there is. */
	window = 0;
	CHECK_KR(map(&window, 4 * PAGE, 0, TRUE, proxy, 0, FALSE, RW, VM_PROT_ALL), KERN_SUCCESS);
	CHECK(test_catch(&fault, store, (void *)window));
	CHECK_EQ(fault.code, KERN_PROTECTION_FAILURE);
	CHECK_KR(vm_protect(SELF, window, PAGE, FALSE, RW), KERN_PROTECTION_FAILURE);
	NEED_KR(vm_deallocate(SELF, window, 4 * PAGE));
	NEED_KR(mach_port_deallocate(SELF, proxy));
	CHECK(vm_region_create_proxy(SELF, 0x70000000, RW, PAGE, &other) != KERN_SUCCESS);
}

static int child(void *argument)
{
	vm_address_t window = 0;

	(void)argument;
	CHECK_KR(map(&window, 4 * PAGE, 0, TRUE, TEST_CHILD_NAME(0), 0, FALSE, RW, RW),
		 KERN_SUCCESS);
	CHECK_EQ(*(volatile int *)(window + PAGE), 500);
	*(volatile int *)(window + 2 * PAGE) = 600;
	/* The child's own inherited copy is another memory. */
	CHECK_EQ(*(volatile int *)(source + 2 * PAGE), 0);
	return test_child_failures();
}

static void check_proxy_child(void)
{
	mach_port_t proxy = proxy_new(RW);
	struct test_task task;

	*(volatile int *)(source + 2 * PAGE) = 0;
	test_task_create(&task, child, NULL);
	test_task_give(&task, TEST_CHILD_NAME(0), proxy, MACH_MSG_TYPE_COPY_SEND);
	*(volatile int *)(source + PAGE) = 500;
	test_task_run(&task);
	CHECK_EQ(test_task_join(&task), 0);
	CHECK_EQ(*(volatile int *)(source + 2 * PAGE), 600);
	NEED_KR(mach_port_deallocate(SELF, proxy));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "vm_proxy");
	NEED_KR(vm_allocate(SELF, &source, 4 * PAGE, TRUE));
	*(volatile int *)(source + PAGE) = 11;
	check_proxy();
	check_proxy_copy();
	check_proxy_limit();
	check_proxy_child();
	NEED_KR(vm_deallocate(SELF, source, 4 * PAGE));
	test_end();
}
