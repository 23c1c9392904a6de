/* TEST: oracle=no */
/* Traps that work on a task which ends while they wait for a pager. */
#include "lib/msg.h"

#define SELF          mach_task_self()
#define PAGE          0x1000u
#define RW            (VM_PROT_READ | VM_PROT_WRITE)
#define PAGER_INIT    2200
#define PAGER_REQUEST 2203

static mach_port_t object;
static mach_port_t control;
static mach_port_t child;
static vm_address_t window;
static volatile uint32_t requests;
static volatile kern_return_t result;

static void serve(void *argument)
{
	static struct msg msg;

	(void)argument;
	while (msg_receive(&msg, object, 60000) == MACH_MSG_SUCCESS) {
		if (msg.head.msgh_id == PAGER_INIT) {
			control = msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND);
			(void)mach_port_deallocate(SELF,
						   msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND));
			NEED_KR(memory_object_ready(control, FALSE, 0));
		} else if (msg.head.msgh_id == PAGER_REQUEST) {
			(void)mach_port_deallocate(SELF,
						   msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND));
			requests++; /* answered by the test */
		}
	}
}

static void allocate_port(void *argument)
{
	(void)argument;
	result = syscall_mach_port_allocate(child, MACH_PORT_RIGHT_RECEIVE, (mach_port_t *)window);
}

static void allocate_memory(void *argument)
{
	(void)argument;
	result = syscall_vm_allocate(child, (vm_offset_t *)(window + PAGE), PAGE, TRUE);
}

static void check(void (*trap)(void *argument), uint32_t page, kern_return_t expected)
{
	struct test_thread thread;
	uint32_t before = requests;

	NEED_KR(task_create(SELF, FALSE, &child));
	test_thread_start(&thread, trap, NULL);
	CHECK(TEST_WAIT_UNTIL(requests == before + 1));
	CHECK_KR(task_terminate(child), KERN_SUCCESS);
	NEED_KR(memory_object_data_error(control, page * PAGE, PAGE, KERN_FAILURE));
	CHECK(test_thread_join(&thread, 10000));
	CHECK_KR(result, expected);
	NEED_KR(mach_port_deallocate(SELF, child));
}

int main(int argc, char **argv)
{
	struct test_thread server;

	test_begin(argc, argv, "traps_block");
	object = port_new_send();
	test_thread_start(&server, serve, NULL);
	NEED_KR(vm_map(SELF, &window, 2 * PAGE, 0, TRUE, object, 0, FALSE, RW, VM_PROT_ALL,
		       VM_INHERIT_SHARE));
	check(allocate_port, 0, KERN_INVALID_ADDRESS);
	check(allocate_memory, 1, KERN_INVALID_ADDRESS);
	test_thread_kill(&server);
	port_destroy(object);
	NEED_KR(vm_deallocate(SELF, window, 2 * PAGE));
	if (port_type(control) != 0) {
		port_destroy(control);
	}
	test_end();
}
