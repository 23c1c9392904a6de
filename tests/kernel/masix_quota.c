/* TEST: oracle=no */
/* Page quotas: where they bite, that others go on, who is charged, and that all is given back. */
#include "lib/msg.h"
#include <gen/masix_host.h>

#define SELF        mach_task_self()
#define PAGE        0x1000u
#define NO_LIMIT    0xffffffffu
#define QUOTA       64u
#define BLOCK_PAGES 1024u

static natural_t pages_of(mach_port_t task, natural_t *limit)
{
	int64_t number = 0;
	masix_digest_t digest;
	natural_t used = 0;

	NEED_KR(masix_task_get_info(host_priv, task, &number, digest, &used, limit));
	return used;
}

static natural_t used_by(mach_port_t task)
{
	natural_t limit = 0;

	return pages_of(task, &limit);
}

static natural_t limit_of(mach_port_t task)
{
	natural_t limit = 0;

	(void)pages_of(task, &limit);
	return limit;
}

static void write_pages(vm_address_t address, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		*(volatile uint32_t *)(address + i * PAGE) = i + 1;
	}
}

static void check_arguments(void)
{
	mach_port_t task = MACH_PORT_NULL;
	mach_port_t child = MACH_PORT_NULL;

	NEED_KR(task_create(SELF, FALSE, &task));
	CHECK_EQ(used_by(task), 0);
	CHECK_EQ(limit_of(task), NO_LIMIT);
	CHECK_KR(masix_task_set_page_quota(mach_host_self(), task, 5), KERN_INVALID_HOST);
	CHECK_KR(masix_task_set_page_quota(host_priv, host_priv, 5), KERN_INVALID_ARGUMENT);
	CHECK_EQ(limit_of(task), NO_LIMIT);
	CHECK_KR(masix_task_set_page_quota(host_priv, task, 5), KERN_SUCCESS);
	CHECK_EQ(limit_of(task), 5);
	NEED_KR(task_create(task, FALSE, &child));
	CHECK_EQ(limit_of(child), 5);
	NEED_KR(masix_task_set_page_quota(host_priv, task, NO_LIMIT));
	CHECK_EQ(limit_of(child), 5); /* inherited, not shared */
	NEED_KR(task_terminate(child));
	NEED_KR(mach_port_deallocate(SELF, child));
	NEED_KR(task_terminate(task));
	NEED_KR(mach_port_deallocate(SELF, task));
}

/* In the child: touches one page after another; never comes to the end. */
static volatile uint32_t *touched;

static int eat(void *argument)
{
	vm_address_t address = 0;

	(void)argument;
	if (vm_allocate(SELF, &address, BLOCK_PAGES * PAGE, TRUE) != KERN_SUCCESS) {
		return 1;
	}
	for (uint32_t i = 0; i < BLOCK_PAGES; i++) {
		*(volatile uint32_t *)(address + i * PAGE) = 1;
		(*touched)++;
	}
	return 2;
}

static void check_fault(void)
{
	struct test_task task;
	struct test_exception message;
	mach_port_t port = port_new_send();
	vm_address_t memory = 0;
	natural_t before = 0;

	NEED_KR(vm_allocate(SELF, &memory, PAGE, TRUE));
	NEED_KR(vm_inherit(SELF, memory, PAGE, VM_INHERIT_SHARE));
	touched = (volatile uint32_t *)memory;
	*touched = 0;
	test_task_create(&task, eat, NULL);
	before = used_by(task.task);
	NEED_KR(masix_task_set_page_quota(host_priv, task.task, before + QUOTA));
	NEED_KR(task_set_special_port(task.task, TASK_EXCEPTION_PORT, port));
	test_task_run(&task);
	CHECK_KR(test_exception_receive(port, &message, 10000), MACH_MSG_SUCCESS);
	CHECK_EQ(message.exception, EXC_BAD_ACCESS);
	CHECK_EQ(message.code, KERN_RESOURCE_SHORTAGE);
	test_note("%u pages touched under a quota of %u more than %u", *touched, QUOTA, before);
	CHECK(*touched > QUOTA / 2 && *touched <= QUOTA);
	CHECK_EQ(used_by(task.task), before + QUOTA);
	/* This task has all that it wants. */
	test_group_begin("another task is not short of memory");
	memory = 0;
	CHECK_KR(vm_allocate(SELF, &memory, BLOCK_PAGES * PAGE, TRUE), KERN_SUCCESS);
	write_pages(memory, BLOCK_PAGES);
	NEED_KR(vm_deallocate(SELF, memory, BLOCK_PAGES * PAGE));
	test_group_end();
	/* With a larger quota the access is repeated and succeeds. */
	NEED_KR(masix_task_set_page_quota(host_priv, task.task, NO_LIMIT));
	NEED_KR(test_exception_reply(&message, KERN_SUCCESS));
	CHECK_EQ(test_task_join(&task), 2);
	CHECK_EQ(*touched, BLOCK_PAGES);
	NEED_KR(vm_deallocate(SELF, (vm_address_t)touched, PAGE));
	port_destroy(port);
}

/* By vm_write, vm_allocate and vm_deallocate from outside: the task that has the memory pays. */
static void check_who_pays(void)
{
	mach_port_t task = MACH_PORT_NULL;
	vm_address_t address = 0;
	vm_address_t memory = 0;
	natural_t self_before = 0;

	NEED_KR(vm_allocate(SELF, &memory, 8 * PAGE, TRUE));
	write_pages(memory, 8);
	NEED_KR(task_create(SELF, FALSE, &task));
	self_before = used_by(SELF);
	NEED_KR(vm_allocate(task, &address, 8 * PAGE, TRUE));
	CHECK_EQ(used_by(task), 0); /* nothing touched */
	CHECK_KR(vm_write(task, address, memory, 8 * PAGE), KERN_SUCCESS);
	CHECK_EQ(used_by(task), 8);
	CHECK_EQ(used_by(SELF), self_before);
	CHECK_KR(vm_deallocate(task, address, 4 * PAGE), KERN_SUCCESS);
	CHECK_KR(vm_deallocate(task, address + 4 * PAGE, 4 * PAGE), KERN_SUCCESS);
	CHECK_EQ(used_by(task), 0);
	NEED_KR(task_terminate(task));
	NEED_KR(mach_port_deallocate(SELF, task));
	NEED_KR(vm_deallocate(SELF, memory, 8 * PAGE));
}

/* Copied on write, a page counts for both tasks, and it makes no difference when one writes. */
static int write_copy(void *argument)
{
	write_pages((vm_address_t)argument, 16);
	return 0;
}

static void check_copies(void)
{
	struct test_task task;
	vm_address_t memory = 0;
	natural_t self_before = 0;
	natural_t without = 0;

	test_task_create(&task, write_copy, NULL);
	without = used_by(task.task);
	test_task_kill(&task);
	NEED_KR(vm_allocate(SELF, &memory, 16 * PAGE, TRUE));
	write_pages(memory, 16);
	self_before = used_by(SELF);
	test_task_create(&task, write_copy, (void *)memory);
	test_note("a child has %u pages, with 16 more %u", without, used_by(task.task));
	CHECK_EQ(used_by(SELF), self_before);
	CHECK(used_by(task.task) >= without + 16);
	/* So its quota cannot be missed by writing what it has; its stack it touches too. */
	NEED_KR(masix_task_set_page_quota(host_priv, task.task, used_by(task.task) + 16));
	test_task_run(&task);
	CHECK_EQ(test_task_join(&task), 0);
	CHECK_EQ(used_by(SELF), self_before);
	NEED_KR(vm_deallocate(SELF, memory, 16 * PAGE));
}

/* A task too poor for its parent's memory is not made, and nothing of it remains. */
static void check_fork_over_quota(void)
{
	mach_port_t task = MACH_PORT_NULL;
	natural_t before = used_by(SELF);
	kern_return_t result = KERN_SUCCESS;

	NEED_KR(masix_task_set_page_quota(host_priv, SELF, 10));
	result = task_create(SELF, TRUE, &task);
	NEED_KR(masix_task_set_page_quota(host_priv, SELF, NO_LIMIT));
	CHECK_KR(result, KERN_RESOURCE_SHORTAGE);
	if (result == KERN_SUCCESS) {
		test_note("it has %u pages under a limit of %u", used_by(task), limit_of(task));
		NEED_KR(task_terminate(task));
		NEED_KR(mach_port_deallocate(SELF, task));
	}
	CHECK_EQ(used_by(SELF), before);
}

/* Out-of-line memory that is given away: the sender's charge becomes the receiver's. */
static vm_address_t given;

static void send_memory(mach_port_t port, uint32_t pages, boolean_t deallocate)
{
	struct msg msg;

	msg_begin(&msg, port, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 9);
	msg_add_ool_long(&msg, MACH_MSG_TYPE_BYTE, 8, pages * PAGE, (void *)given, deallocate);
	NEED_KR(msg_send(&msg));
}

static int take_and_hold(void *argument)
{
	struct msg msg;
	struct msg_item item;
	mach_msg_return_t result = msg_receive(&msg, TEST_CHILD_NAME(0), 5000);

	(void)argument;
	if (result != MACH_MSG_SUCCESS) {
		return (int)(result & 0xffff);
	}
	if (!msg_item(&msg, &item) || *(const volatile uint32_t *)item.data != 1) {
		return 1;
	}
	return msg_receive_id(TEST_CHILD_NAME(0), 5000) == 8 ? 0 : 2;
}

static void check_out_of_line(boolean_t deallocate)
{
	struct test_task task;
	mach_port_t port = port_new_send();
	natural_t self_before = 0;
	natural_t child_before = 0;

	test_task_create(&task, take_and_hold, NULL);
	test_task_give(&task, TEST_CHILD_NAME(0), port, MACH_MSG_TYPE_MOVE_RECEIVE);
	test_task_run(&task);
	CHECK(test_wait_blocked(task.thread));
	given = 0;
	NEED_KR(vm_allocate(SELF, &given, 32 * PAGE, TRUE));
	write_pages(given, 32);
	self_before = used_by(SELF);
	child_before = used_by(task.task);
	send_memory(port, 32, deallocate);
	/* On its way it is still the sender's: copied, it counts twice. */
	CHECK_EQ(used_by(SELF), self_before + (deallocate ? 0 : 32));
	CHECK(test_wait_blocked(task.thread));
	CHECK_EQ(used_by(SELF), self_before - (deallocate ? 32 : 0));
	test_note("the receiver had %u pages and has %u", child_before, used_by(task.task));
	CHECK(used_by(task.task) >= child_before + 32 && used_by(task.task) < child_before + 40);
	CHECK_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 8), MACH_MSG_SUCCESS);
	CHECK_EQ(test_task_join(&task), 0);
	CHECK_EQ(used_by(SELF), self_before - (deallocate ? 32 : 0));
	if (!deallocate) {
		NEED_KR(vm_deallocate(SELF, given, 32 * PAGE));
	}
	port_destroy(port);
}

/* A receiver that may not have so much gets an error, or the fault when it looks; nothing is lost.
 */
static int take_too_much(void *argument)
{
	struct msg msg;
	mach_msg_return_t result = msg_receive(&msg, TEST_CHILD_NAME(0), 5000);

	(void)argument;
	return result == MACH_MSG_SUCCESS ? 0 : (int)(result & 0x3fff);
}

static void check_receiver_over_quota(void)
{
	struct test_task task;
	mach_port_t port = port_new_send();
	natural_t self_before = 0;
	int result = 0;

	test_task_create(&task, take_too_much, NULL);
	test_task_give(&task, TEST_CHILD_NAME(0), port, MACH_MSG_TYPE_MOVE_RECEIVE);
	test_task_run(&task);
	CHECK(test_wait_blocked(task.thread));
	NEED_KR(masix_task_set_page_quota(host_priv, task.task, used_by(task.task) + 16));
	given = 0;
	NEED_KR(vm_allocate(SELF, &given, 64 * PAGE, TRUE));
	write_pages(given, 64);
	self_before = used_by(SELF);
	send_memory(port, 64, FALSE);
	result = test_task_join(&task);
	test_note("the receive ended with 0x%x", result);
	CHECK(result > 0);
	CHECK_EQ(used_by(SELF), self_before);
	NEED_KR(vm_deallocate(SELF, given, 64 * PAGE));
	port_destroy(port);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "masix_quota");
	check_arguments();
	check_fault();
	check_who_pays();
	check_copies();
	check_fork_over_quota();
	check_out_of_line(TRUE);
	check_out_of_line(FALSE);
	check_receiver_over_quota();
	test_end();
}
