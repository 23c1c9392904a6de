/* TEST: oracle=yes */
/* vm_protect: current and maximum protection, what faults tell, and the ranges it takes. */
#include "lib/harness.h"

#define SELF mach_task_self()
#define PAGE 0x1000u
#define RW   (VM_PROT_READ | VM_PROT_WRITE)

static vm_address_t area;

static void load(void *argument)
{
	(void)*(volatile int *)argument;
}

static void store(void *argument)
{
	*(volatile int *)argument = 1;
}

static void jump(void *argument)
{
	((void (*)(void))argument)();
}

/* The function faults at "address" with "code". */
static void check_fault(void (*function)(void *), vm_address_t address, kern_return_t code)
{
	struct test_fault fault;

	CHECK(test_catch(&fault, function, (void *)address));
	CHECK_EQ(fault.exception, EXC_BAD_ACCESS);
	CHECK_EQ(fault.code, code);
	CHECK_EQ(fault.subcode, address);
}

static void check_current(void)
{
	CHECK_KR(vm_protect(SELF, area + PAGE, PAGE, FALSE, VM_PROT_READ), KERN_SUCCESS);
	CHECK_EQ(*(volatile int *)(area + PAGE), 1);
	check_fault(store, area + PAGE + 0x10, KERN_PROTECTION_FAILURE);
	*(volatile int *)area = 5;
	*(volatile int *)(area + 2 * PAGE) = 6;
	CHECK_KR(vm_protect(SELF, area + PAGE, PAGE, FALSE, VM_PROT_NONE), KERN_SUCCESS);
	check_fault(load, area + PAGE, KERN_PROTECTION_FAILURE);
	check_fault(store, area + PAGE + 4, KERN_PROTECTION_FAILURE);
	check_fault(jump, area + PAGE + 8, KERN_PROTECTION_FAILURE);
	CHECK_KR(vm_protect(SELF, area + PAGE, PAGE, FALSE, RW), KERN_SUCCESS);
	CHECK_EQ(*(volatile int *)(area + PAGE), 1);
	*(volatile int *)(area + PAGE) = 2;
	CHECK_EQ(*(volatile int *)(area + PAGE), 2);
}

static void check_maximum(void)
{
	vm_address_t page = area + 3 * PAGE;

	*(volatile int *)page = 33;
	CHECK_KR(vm_protect(SELF, page, PAGE, TRUE, VM_PROT_READ), KERN_SUCCESS);
	/* What is now above the maximum is taken from the current protection too. */
	check_fault(store, page, KERN_PROTECTION_FAILURE);
	CHECK_EQ(*(volatile int *)page, 33);
	CHECK_KR(vm_protect(SELF, page, PAGE, FALSE, RW), KERN_PROTECTION_FAILURE);
	CHECK_KR(vm_protect(SELF, page, PAGE, FALSE, VM_PROT_NONE), KERN_SUCCESS);
	CHECK_KR(vm_protect(SELF, page, PAGE, FALSE, VM_PROT_READ), KERN_SUCCESS);
	CHECK_EQ(*(volatile int *)page, 33);
	/* A range that is partly above its maximum changes nothing. */
	CHECK_KR(vm_protect(SELF, area + 2 * PAGE, 2 * PAGE, FALSE, RW), KERN_PROTECTION_FAILURE);
	CHECK_KR(vm_protect(SELF, page, PAGE, TRUE, VM_PROT_NONE), KERN_SUCCESS);
	check_fault(load, page, KERN_PROTECTION_FAILURE);
}

static void check_ranges(void)
{
	vm_address_t hole = area + 8 * PAGE;

	CHECK_KR(vm_protect(SELF, area, 0, FALSE, VM_PROT_NONE), KERN_SUCCESS);
	CHECK_EQ(*(volatile int *)area, 5);
	/* A hole is skipped, not an error. */
	NEED_KR(vm_deallocate(SELF, hole, PAGE));
	CHECK_KR(vm_protect(SELF, hole, PAGE, FALSE, VM_PROT_READ), KERN_SUCCESS);
	CHECK_KR(vm_protect(SELF, hole - PAGE, 3 * PAGE, FALSE, VM_PROT_READ), KERN_SUCCESS);
	check_fault(load, hole, KERN_INVALID_ADDRESS);
	check_fault(store, hole + PAGE, KERN_PROTECTION_FAILURE);
	CHECK_KR(vm_protect(SELF, area, PAGE, FALSE, 0x40), KERN_INVALID_ARGUMENT);
	CHECK_KR(vm_protect(MACH_PORT_NULL, area, PAGE, FALSE, RW), MACH_SEND_INVALID_DEST);
	/* Part of a page means all of it. */
	CHECK_KR(vm_protect(SELF, area + 4 * PAGE + 100, 8, FALSE, VM_PROT_READ), KERN_SUCCESS);
	check_fault(store, area + 4 * PAGE, KERN_PROTECTION_FAILURE);
	check_fault(store, area + 5 * PAGE - 4, KERN_PROTECTION_FAILURE);
	*(volatile int *)(area + 5 * PAGE) = 1;
}

/* A handler that opens the page lets the faulting thread go on where it was. */
static void check_repair(void)
{
	struct test_thread thread;
	struct test_exception message;
	mach_port_t port = mach_reply_port();
	vm_address_t page = area + 6 * PAGE;

	NEED_KR(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	NEED_KR(vm_protect(SELF, page, PAGE, FALSE, VM_PROT_NONE));
	test_thread_create(&thread, store, (void *)page);
	NEED_KR(thread_set_special_port(thread.port, THREAD_EXCEPTION_PORT, port));
	NEED_KR(thread_resume(thread.port));
	CHECK_KR(test_exception_receive(port, &message, 5000), MACH_MSG_SUCCESS);
	CHECK_EQ(message.code, KERN_PROTECTION_FAILURE);
	NEED_KR(vm_protect(SELF, page, PAGE, FALSE, RW));
	CHECK_KR(test_exception_reply(&message, KERN_SUCCESS), MACH_MSG_SUCCESS);
	CHECK(test_thread_join(&thread, 0));
	CHECK_EQ(*(volatile int *)page, 1);
	NEED_KR(mach_port_destroy(SELF, port));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "vm_protect");
	NEED_KR(vm_allocate(SELF, &area, 16 * PAGE, TRUE));
	*(volatile int *)(area + PAGE) = 1;
	check_current();
	check_maximum();
	check_ranges();
	check_repair();
	NEED_KR(vm_deallocate(SELF, area, 16 * PAGE));
	test_end();
}
