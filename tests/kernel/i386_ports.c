/* TEST: oracle=yes */
/* I/O ports belong to whoever was given them: i386_io_perm_create and i386_io_perm_modify. */
#include "lib/harness.h"
#include <gen/mach_i386.h>

#define SELF mach_task_self()

static void out_80(void *argument)
{
	(void)argument;
	__asm__ volatile("outb %%al, $0x80" : : "a"(1));
}

static void in_71(void *argument)
{
	uint8_t byte = 0;

	(void)argument;
	__asm__ volatile("inb $0x71, %0" : "=a"(byte));
}

static void check_denied(void (*function)(void *))
{
	struct test_fault fault;

	CHECK(test_catch(&fault, function, NULL));
	CHECK_EQ(fault.exception, EXC_BAD_INSTRUCTION);
	CHECK_EQ(fault.code, 13);
}

static void check_granted(void (*function)(void *))
{
	struct test_fault fault;

	CHECK(!test_catch(&fault, function, NULL));
}

static int child(void *argument)
{
	(void)argument;
	out_80(NULL);
	return 0;
}

int main(int argc, char **argv)
{
	mach_port_t permission = MACH_PORT_NULL;
	mach_port_t other = MACH_PORT_NULL;
	struct test_task task;

	test_begin(argc, argv, "i386_ports");
	check_denied(out_80);
	check_denied(in_71);
	CHECK_KR(i386_io_perm_create(host_priv, 0x80, 0x80, &permission), KERN_INVALID_ARGUMENT);
	CHECK_KR(i386_io_perm_create(device_master, 0x81, 0x80, &permission),
		 KERN_INVALID_ARGUMENT);
	CHECK_KR(i386_io_perm_create(device_master, 0x80, 0x80, &permission), KERN_SUCCESS);
	check_denied(out_80); /* to have a permission is not to use it */
	CHECK_KR(i386_io_perm_modify(SELF, permission, TRUE), KERN_SUCCESS);
	check_granted(out_80);
	check_denied(in_71);
	CHECK_KR(i386_io_perm_create(device_master, 0x70, 0x71, &other), KERN_SUCCESS);
	CHECK_KR(i386_io_perm_modify(SELF, other, TRUE), KERN_SUCCESS);
	check_granted(in_71);
	check_granted(out_80);
	/* Another task has none. */
	test_task_create(&task, child, NULL);
	NEED_KR(task_set_special_port(task.task, TASK_EXCEPTION_PORT, MACH_PORT_NULL));
	test_task_run(&task);
	test_sleep_ms(50);
	CHECK_KR(task_suspend(task.task), MACH_SEND_INVALID_DEST);
	test_task_kill(&task);
	CHECK_KR(i386_io_perm_modify(SELF, permission, FALSE), KERN_SUCCESS);
	/* The oracle's processor keeps the old permissions for a while. */
	if (mach_kernel_is_masix) {
		test_group_begin("a permission that is taken back is denied");
		check_denied(out_80);
		test_group_end();
	} else {
		test_skip("a permission that is taken back is denied", "this kernel is late");
	}
	check_granted(in_71);
	CHECK_KR(i386_io_perm_modify(SELF, other, FALSE), KERN_SUCCESS);
	check_denied(in_71);
	NEED_KR(mach_port_deallocate(SELF, permission));
	NEED_KR(mach_port_deallocate(SELF, other));
	test_end();
}
