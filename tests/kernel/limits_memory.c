/* TEST: oracle=no mem=32 timeout=120 */
/*
 * Memory until there is no more: by allocation it ends with an error, by touching with an exception
 * whose code says so; meanwhile another thread gets answers, and afterwards every page is back.
 */
#include "lib/harness.h"
#include <gen/gnumach.h>
#include <gen/mach_host.h>
#include <gen/masix_host.h>
#include <mach/vm_statistics.h>

#define SELF    mach_task_self()
#define PAGE    0x1000u
#define RESERVE 64u /* pages: half of what is kept for such tasks */
#define SERVER_RESERVE 384u /* and for servers: less the page tables */

static uint32_t free_pages(void)
{
	struct vm_statistics statistics = {.free_count = 0};

	NEED_KR(vm_statistics(SELF, &statistics));
	return statistics.free_count;
}

/* Address space ends before memory does: nothing of this is touched. */
static void check_space(void)
{
	mach_port_t task = MACH_PORT_NULL;
	vm_address_t address = 0;
	kern_return_t result = KERN_SUCCESS;
	uint32_t total_mb = 0;

	NEED_KR(task_create(SELF, FALSE, &task));
	while (result == KERN_SUCCESS) {
		result = vm_allocate(task, &address, 64 << 20, TRUE);
		total_mb += result == KERN_SUCCESS ? 64 : 0;
	}
	CHECK(result == KERN_NO_SPACE || result == KERN_RESOURCE_SHORTAGE);
	test_note("%u MB of address space", total_mb);
	NEED_KR(task_terminate(task));
	NEED_KR(mach_port_deallocate(SELF, task));
}

static vm_address_t eaten;
static volatile uint32_t *touched;

/* Touches page after page until the kernel refuses. */
static int eat(void *argument)
{
	vm_address_t address = 0;

	(void)argument;
	while (vm_allocate(SELF, &address, 1 << 20, TRUE) == KERN_SUCCESS) {
		for (uint32_t page = 0; page < 256; page++) {
			*(volatile uint32_t *)(address + page * PAGE) = 1;
			(*touched)++;
		}
	}
	return 0;
}

/* What the kernel booted has pages of its own: the eater inherited nothing of them. */
static void check_reserve(void)
{
	vm_address_t address = 0;

	NEED_KR(vm_allocate(SELF, &address, RESERVE * PAGE, TRUE));
	for (uint32_t page = 0; page < RESERVE; page++) {
		*(volatile uint32_t *)(address + page * PAGE) = 1;
	}
	CHECK_KR(vm_deallocate(SELF, address, RESERVE * PAGE), KERN_SUCCESS);
}

static void check_touch(void)
{
	struct test_task task;
	struct test_exception message;
	struct vm_statistics statistics;
	mach_port_t port = MACH_PORT_NULL;
	uint32_t before = free_pages();

	NEED_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port));
	NEED_KR(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	NEED_KR(vm_allocate(SELF, &eaten, PAGE, TRUE));
	NEED_KR(vm_inherit(SELF, eaten, PAGE, VM_INHERIT_SHARE));
	touched = (volatile uint32_t *)eaten;
	*touched = 0;
	test_task_create(&task, eat, NULL);
	NEED_KR(task_set_special_port(task.task, TASK_EXCEPTION_PORT, port));
	test_task_run(&task);
	CHECK_KR(test_exception_receive(port, &message, 60000), MACH_MSG_SUCCESS);
	CHECK_EQ(message.exception, EXC_BAD_ACCESS);
	CHECK_EQ(message.code, KERN_RESOURCE_SHORTAGE);
	test_note("%u pages touched of %u free", *touched, before);
	CHECK(*touched > before / 4);
	/* While the eater sits on everything, others are served. */
	test_group_begin("this task is served while another has all the memory");
	for (int i = 0; i < 100; i++) {
		CHECK_KR(vm_statistics(SELF, &statistics), KERN_SUCCESS);
	}
	test_group_end();
	check_reserve();
	test_exception_drop(&message);
	test_task_kill(&task);
	NEED_KR(mach_port_destroy(SELF, port));
	NEED_KR(vm_deallocate(SELF, eaten, PAGE));
	CHECK(TEST_WAIT_UNTIL(free_pages() + 64 >= before));
}

/* A server goes on when a program like the first has taken what it can. */
static void check_server(void)
{
	struct test_task tasks[2];
	struct test_exception message;
	mach_port_t port = MACH_PORT_NULL;
	uint32_t before = free_pages();
	uint32_t programs = 0;

	NEED_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port));
	NEED_KR(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	NEED_KR(vm_allocate(SELF, &eaten, PAGE, TRUE));
	NEED_KR(vm_inherit(SELF, eaten, PAGE, VM_INHERIT_SHARE));
	touched = (volatile uint32_t *)eaten;
	*touched = 0;
	for (int i = 0; i < 2; i++) {
		programs = *touched;
		test_task_create(&tasks[i], eat, NULL);
		NEED_KR(task_set_special_port(tasks[i].task, TASK_EXCEPTION_PORT, port));
		if (i == 1) {
			CHECK_KR(masix_task_use_reserve(host_priv, tasks[i].task),
				 KERN_SUCCESS);
		}
		test_task_run(&tasks[i]);
		CHECK_KR(test_exception_receive(port, &message, 60000), MACH_MSG_SUCCESS);
		CHECK_EQ(message.code, KERN_RESOURCE_SHORTAGE);
		test_exception_drop(&message);
	}
	test_note("%u pages of the server's reserve", *touched - programs);
	CHECK(*touched - programs >= SERVER_RESERVE);
	check_reserve();
	for (int i = 0; i < 2; i++) {
		test_task_kill(&tasks[i]);
	}
	NEED_KR(mach_port_destroy(SELF, port));
	NEED_KR(vm_deallocate(SELF, eaten, PAGE));
	CHECK(TEST_WAIT_UNTIL(free_pages() + 64 >= before));
	CHECK_KR(masix_task_use_reserve(mach_host_self(), SELF), KERN_INVALID_HOST);
}

static int end_essentially(void *argument)
{
	(void)argument;
	return task_set_essential(SELF, TRUE) == KERN_SUCCESS ? 0 : 1;
}

/* A task of no importance cannot end the machine by saying that it is essential. */
static void check_essential(void)
{
	struct test_task task;

	test_task_create(&task, end_essentially, NULL);
	test_task_run(&task);
	CHECK(test_task_join(&task) != -1); /* the task ends here */
}

/* Three times, to see that nothing is lost on the way. */
int main(int argc, char **argv)
{
	test_begin(argc, argv, "limits_memory");
	check_essential();
	check_space();
	for (int i = 0; i < 3; i++) {
		check_touch();
	}
	check_server();
	test_end();
}
