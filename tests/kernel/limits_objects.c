/* TEST: oracle=no mem=32 timeout=180 */
/*
 * Ports, threads, tasks, map entries and queued memory until the kernel refuses: with an error,
 * never a panic; the others are served, and everything comes back when the greedy task ends.
 */
#include "lib/msg.h"
#include <mach/vm_statistics.h>

#define SELF mach_task_self()
#define PAGE 0x1000u
#define MANY 2000000

static uint32_t free_pages(void)
{
	struct vm_statistics statistics = {.free_count = 0};

	NEED_KR(vm_statistics(SELF, &statistics));
	return statistics.free_count;
}

static volatile kern_return_t *result;
static volatile uint32_t *made;

static int take_ports(void *argument)
{
	mach_port_t port = MACH_PORT_NULL;

	(void)argument;
	for (*made = 0; *made < MANY; (*made)++) {
		*result = mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port);
		if (*result != KERN_SUCCESS) {
			break;
		}
	}
	return 0;
}

static int take_threads(void *argument)
{
	mach_port_t thread = MACH_PORT_NULL;

	(void)argument;
	for (*made = 0; *made < MANY; (*made)++) {
		*result = thread_create(SELF, &thread);
		if (*result != KERN_SUCCESS) {
			break;
		}
	}
	return 0;
}

/* The tasks outlive their maker: it must end them itself. */
static int take_tasks(void *argument)
{
	static mach_port_t tasks[20000];
	uint32_t count = 0;

	(void)argument;
	for (count = 0; count < 20000; count++) {
		*result = task_create(SELF, FALSE, &tasks[count]);
		if (*result != KERN_SUCCESS) {
			break;
		}
	}
	*made = count;
	while (count-- > 0) {
		(void)task_terminate(tasks[count]);
	}
	return 0;
}

/* One page in two, so that no two regions can be one. */
static int take_entries(void *argument)
{
	(void)argument;
	for (*made = 0; *made < 0x40000; (*made)++) {
		vm_address_t address = 0x20000000 + *made * 2 * PAGE;

		*result = vm_allocate(SELF, &address, PAGE, FALSE);
		if (*result != KERN_SUCCESS) {
			break;
		}
	}
	return 0;
}

/* Messages with a page of memory each, in the queues of ever more ports. */
static int take_messages(void *argument)
{
	static struct msg msg;
	vm_address_t page = 0;

	(void)argument;
	NEED_KR(vm_allocate(SELF, &page, 16 * PAGE, TRUE));
	for (*made = 0; *made < MANY; (*made)++) {
		mach_port_t port = MACH_PORT_NULL;

		*result = mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port);
		for (int i = 0; i < 5 && *result == KERN_SUCCESS; i++) {
			memset((void *)page, (int)*made, 16 * PAGE);
			msg_begin(&msg, port, MACH_MSG_TYPE_MAKE_SEND, MACH_PORT_NULL, 0, 1);
			msg_add_ool_long(&msg, MACH_MSG_TYPE_BYTE, 8, 16 * PAGE, (void *)page,
					 FALSE);
			*result = msg_send(&msg);
		}
		if (*result != KERN_SUCCESS) {
			break;
		}
	}
	return 0;
}

static boolean_t is_dead(mach_port_t name)
{
	return (port_type(name) & MACH_PORT_TYPE_DEAD_NAME) != 0;
}

/* Runs a greedy child to its end; ending by an exception for want of memory is an end as well. */
static void check_greed(const char *name, int (*function)(void *))
{
	struct test_task task;
	mach_msg_header_t done;
	uint32_t before = free_pages();
	uint32_t last = ~0u;
	int idle = 0;

	*result = KERN_SUCCESS;
	*made = 0;
	test_group_begin(name);
	test_task_create(&task, function, NULL);
	NEED_KR(task_set_special_port(task.task, TASK_EXCEPTION_PORT, MACH_PORT_NULL));
	test_task_run(&task);
	while (mach_msg(&done, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof done, task.done, 100,
			MACH_PORT_NULL) == MACH_RCV_TIMED_OUT &&
	       !is_dead(task.task) && idle < 300) {
		idle = *made == last ? idle + 1 : 0;
		last = *made;
		CHECK(free_pages() != ~0u); /* we are served */
	}
	CHECK(idle < 300);
	test_note("%s: %u, then 0x%x (%s)", name, *made, (unsigned int)*result,
		  mach_error_string(*result));
	CHECK(is_dead(task.task) || *result != KERN_SUCCESS);
	test_task_kill(&task);
	CHECK(TEST_WAIT_UNTIL(free_pages() + 64 >= before));
	test_group_end();
}

int main(int argc, char **argv)
{
	vm_address_t page = 0;

	test_begin(argc, argv, "limits_objects");
	NEED_KR(vm_allocate(SELF, &page, PAGE, TRUE));
	NEED_KR(vm_inherit(SELF, page, PAGE, VM_INHERIT_SHARE));
	result = (volatile kern_return_t *)page;
	made = (volatile uint32_t *)(page + 8);
	check_greed("ports", take_ports);
	check_greed("threads", take_threads);
	check_greed("tasks", take_tasks);
	check_greed("map entries", take_entries);
	check_greed("messages with memory", take_messages);
	check_greed("ports again", take_ports);
	NEED_KR(vm_deallocate(SELF, page, PAGE));
	test_end();
}
