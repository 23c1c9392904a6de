/* TEST: oracle=yes */
/* A memory object of our own: init, requests, supply, unavailable, error, and a pager that dies. */
#include "lib/msg.h"

#define SELF            mach_task_self()
#define PAGE            0x1000u
#define RW              (VM_PROT_READ | VM_PROT_WRITE)
#define PAGER_INIT      2200
#define PAGER_TERMINATE 2201
#define PAGER_REQUEST   2203
#define PAGER_RETURN    2208
#define COPY_NONE       0
#define COPY_DELAY      2

static mach_port_t object;
static mach_port_t control;
static volatile uint32_t requests;
static volatile int terminated;

/* Answers the request for one page by where it is: data, zeros, an error, or nothing at all. */
static void answer(vm_offset_t offset, vm_size_t size)
{
	vm_address_t page = 0;

	requests++;
	switch (offset / PAGE) {
	case 2:
		NEED_KR(memory_object_data_unavailable(control, offset, size));
		return;
	case 3:
		NEED_KR(memory_object_data_error(control, offset, size, KERN_FAILURE));
		return;
	case 4:
		return;
	default:
		break;
	}
	NEED_KR(vm_allocate(SELF, &page, PAGE, TRUE));
	memset((void *)page, 0x40 + (int)(offset / PAGE), PAGE);
	NEED_KR(memory_object_data_supply(control, offset, page, PAGE, TRUE, VM_PROT_NONE, FALSE,
					  MACH_PORT_NULL));
}

static void serve_one(struct msg *msg)
{
	vm_offset_t offset = 0;

	switch (msg->head.msgh_id) {
	case PAGER_INIT:
		control = msg_item_port(msg, MACH_MSG_TYPE_PORT_SEND);
		(void)mach_port_deallocate(SELF, msg_item_port(msg, MACH_MSG_TYPE_PORT_SEND));
		NEED_KR(memory_object_ready(control, FALSE, COPY_DELAY));
		break;
	case PAGER_REQUEST:
		(void)mach_port_deallocate(SELF, msg_item_port(msg, MACH_MSG_TYPE_PORT_SEND));
		offset = msg_item_int(msg);
		answer(offset, msg_item_int(msg));
		break;
	case PAGER_TERMINATE:
		/* The kernel gives us the receive rights of its two ports. */
		(void)mach_port_destroy(SELF, msg_item_port(msg, MACH_MSG_TYPE_PORT_RECEIVE));
		(void)mach_port_destroy(SELF, msg_item_port(msg, MACH_MSG_TYPE_PORT_RECEIVE));
		terminated = 1;
		break;
	default:
		break;
	}
}

static void serve(void *argument)
{
	static struct msg msg;

	(void)argument;
	while (msg_receive(&msg, object, 60000) == MACH_MSG_SUCCESS) {
		serve_one(&msg);
	}
}

static void load(void *argument)
{
	(void)*(volatile int *)argument;
}

static vm_address_t map_object(void)
{
	vm_address_t address = 0;

	CHECK_KR(vm_map(SELF, &address, 8 * PAGE, 0, TRUE, object, 0, FALSE, RW, VM_PROT_ALL,
			VM_INHERIT_SHARE),
		 KERN_SUCCESS);
	return address;
}

static void check_requests(vm_address_t address)
{
	struct test_fault fault;

	CHECK_EQ(*(volatile uint32_t *)address, 0x40404040);
	CHECK_EQ(*(volatile uint32_t *)(address + PAGE + 8), 0x41414141);
	CHECK_EQ(requests, 2);
	CHECK_EQ(*(volatile uint32_t *)(address + 4), 0x40404040);
	CHECK_EQ(requests, 2);
	CHECK_EQ(*(volatile uint32_t *)(address + 2 * PAGE), 0);
	*(volatile uint32_t *)(address + PAGE) = 5;
	CHECK_EQ(*(volatile uint32_t *)(address + PAGE), 5);
	CHECK(test_catch(&fault, load, (void *)(address + 3 * PAGE)));
	CHECK_EQ(fault.exception, EXC_BAD_ACCESS);
	CHECK_EQ(fault.code, KERN_MEMORY_ERROR);
	CHECK_EQ(fault.subcode, address + 3 * PAGE);
}

/* The pager dies while a thread waits for its answer. */
static void check_death(vm_address_t address, struct test_thread *server)
{
	struct test_thread thread;
	struct test_exception message;
	mach_port_t port = port_new_send();

	test_thread_create(&thread, load, (void *)(address + 4 * PAGE));
	NEED_KR(thread_set_special_port(thread.port, THREAD_EXCEPTION_PORT, port));
	NEED_KR(thread_resume(thread.port));
	CHECK(TEST_WAIT_UNTIL(requests == 5));
	test_thread_kill(server);
	port_destroy(object);
	CHECK_KR(test_exception_receive(port, &message, 5000), MACH_MSG_SUCCESS);
	CHECK_EQ(message.exception, EXC_BAD_ACCESS);
	CHECK_EQ(message.code, KERN_MEMORY_ERROR);
	CHECK_KR(thread_terminate(thread.port), KERN_SUCCESS);
	test_exception_drop(&message);
	test_thread_kill(&thread);
	port_destroy(port);
}

/* Another pager, whose object ends when the last mapping goes. */
static void check_terminate(void)
{
	struct test_thread server;
	vm_address_t address = 0;

	object = port_new_send();
	terminated = 0;
	test_thread_start(&server, serve, NULL);
	address = map_object();
	CHECK_EQ(*(volatile uint32_t *)address, 0x40404040);
	CHECK_KR(vm_deallocate(SELF, address, 8 * PAGE), KERN_SUCCESS);
	CHECK(TEST_WAIT_UNTIL(terminated));
	test_thread_kill(&server);
	port_destroy(object);
	if (port_type(control) != 0) {
		port_destroy(control);
	}
}

int main(int argc, char **argv)
{
	struct test_thread server;
	vm_address_t address = 0;

	test_begin(argc, argv, "vm_pager");
	object = port_new_send();
	test_thread_start(&server, serve, NULL);
	address = map_object();
	check_requests(address);
	check_death(address, &server);
	NEED_KR(vm_deallocate(SELF, address, 8 * PAGE));
	if (port_type(control) != 0) {
		port_destroy(control);
	}
	check_terminate();
	test_end();
}
