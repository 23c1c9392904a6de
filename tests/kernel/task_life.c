/* TEST: oracle=yes */
/* Tasks: suspension, their threads, information, special and registered ports, their end. */
#include "lib/harness.h"
#include <gen/mach_host.h>
#include <mach/task_info.h>

#define SELF mach_task_self()
#define PAGE 0x1000u

static vm_address_t shared;

static int count_up(void *argument)
{
	(void)argument;
	for (;;) {
		(*(volatile uint32_t *)shared)++;
	}
	return 0;
}

static boolean_t runs(void)
{
	uint32_t before = *(volatile uint32_t *)shared;

	test_sleep_ms(50);
	return *(volatile uint32_t *)shared != before;
}

static struct task_basic_info info_of(mach_port_t task)
{
	struct task_basic_info info = {.suspend_count = -1};
	mach_msg_type_number_t count = TASK_BASIC_INFO_COUNT;

	(void)task_info(task, TASK_BASIC_INFO, (task_info_t)&info, &count);
	return info;
}

static void check_suspend(void)
{
	struct test_task task;

	test_task_create(&task, count_up, NULL);
	CHECK_KR(task_suspend(task.task), KERN_SUCCESS);
	test_task_run(&task);
	CHECK(!runs());
	CHECK_EQ(info_of(task.task).suspend_count, 1);
	CHECK_KR(task_suspend(task.task), KERN_SUCCESS);
	CHECK_KR(task_resume(task.task), KERN_SUCCESS);
	CHECK(!runs());
	CHECK_KR(task_resume(task.task), KERN_SUCCESS);
	CHECK(runs());
	CHECK_KR(task_resume(task.task), KERN_FAILURE);
	/* Task and thread counts are two. */
	CHECK_KR(thread_suspend(task.thread), KERN_SUCCESS);
	CHECK_KR(task_suspend(task.task), KERN_SUCCESS);
	CHECK_KR(thread_resume(task.thread), KERN_SUCCESS);
	CHECK(!runs());
	CHECK_KR(task_resume(task.task), KERN_SUCCESS);
	CHECK(runs());
	CHECK_KR(task_terminate(task.task), KERN_SUCCESS);
	CHECK(!runs());
	CHECK_KR(task_suspend(task.task), MACH_SEND_INVALID_DEST);
	CHECK_KR(thread_suspend(task.thread), MACH_SEND_INVALID_DEST);
	test_task_kill(&task);
}

static void check_threads(void)
{
	mach_port_t task = MACH_PORT_NULL;
	mach_port_t made[3];
	thread_array_t threads = NULL;
	mach_msg_type_number_t count = 0;

	NEED_KR(task_create(SELF, FALSE, &task));
	CHECK_KR(task_threads(task, &threads, &count), KERN_SUCCESS);
	CHECK_EQ(count, 0);
	for (int i = 0; i < 3; i++) {
		CHECK_KR(thread_create(task, &made[i]), KERN_SUCCESS);
	}
	CHECK_KR(task_threads(task, &threads, &count), KERN_SUCCESS);
	CHECK_EQ(count, 3);
	test_group_begin("each thread is among the task's");
	for (int i = 0; i < 3; i++) {
		boolean_t found = FALSE;

		for (mach_msg_type_number_t j = 0; j < count; j++) {
			found = found || threads[j] == made[i];
		}
		CHECK(found);
	}
	for (mach_msg_type_number_t j = 0; j < count; j++) {
		CHECK_KR(mach_port_deallocate(SELF, threads[j]), KERN_SUCCESS);
	}
	test_group_end();
	NEED_KR(vm_deallocate(SELF, (vm_address_t)threads, count * sizeof threads[0]));
	NEED_KR(thread_terminate(made[1]));
	CHECK_KR(task_terminate(task), KERN_SUCCESS);
	for (int i = 0; i < 3; i++) {
		NEED_KR(mach_port_deallocate(SELF, made[i]));
	}
	NEED_KR(mach_port_deallocate(SELF, task));
}

static void check_info(void)
{
	struct task_basic_info basic;
	struct task_events_info events;
	struct task_thread_times_info times;
	mach_msg_type_number_t count = TASK_BASIC_INFO_COUNT;

	CHECK_KR(task_info(SELF, TASK_BASIC_INFO, (task_info_t)&basic, &count), KERN_SUCCESS);
	CHECK_EQ(count, TASK_BASIC_INFO_COUNT);
	CHECK_EQ(basic.suspend_count, 0);
	CHECK_EQ(basic.base_priority, 25);
	CHECK(basic.virtual_size >= basic.resident_size);
	CHECK(basic.creation_time.seconds > 0);
	count = TASK_EVENTS_INFO_COUNT;
	CHECK_KR(task_info(SELF, TASK_EVENTS_INFO, (task_info_t)&events, &count), KERN_SUCCESS);
	CHECK(events.faults > 0);
	count = TASK_THREAD_TIMES_INFO_COUNT;
	CHECK_KR(task_info(SELF, TASK_THREAD_TIMES_INFO, (task_info_t)&times, &count),
		 KERN_SUCCESS);
	CHECK_KR(task_info(SELF, 99, (task_info_t)&basic, &count), KERN_INVALID_ARGUMENT);
	CHECK_KR(task_info(SELF, 0, (task_info_t)&basic, &count), KERN_INVALID_ARGUMENT);
}

static void check_special_ports(void)
{
	mach_port_t task = MACH_PORT_NULL;
	mach_port_t child = MACH_PORT_NULL;
	mach_port_t got = MACH_PORT_NULL;
	mach_port_t port = mach_reply_port();

	NEED_KR(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	NEED_KR(task_create(SELF, FALSE, &task));
	CHECK_KR(task_set_special_port(task, TASK_BOOTSTRAP_PORT, port), KERN_SUCCESS);
	CHECK_KR(task_get_special_port(task, TASK_BOOTSTRAP_PORT, &got), KERN_SUCCESS);
	CHECK_EQ(got, port);
	NEED_KR(mach_port_deallocate(SELF, got));
	CHECK_KR(task_get_special_port(task, TASK_KERNEL_PORT, &got), KERN_SUCCESS);
	CHECK_EQ(got, task);
	NEED_KR(mach_port_deallocate(SELF, got));
	NEED_KR(task_create(task, FALSE, &child));
	CHECK_KR(task_get_special_port(child, TASK_BOOTSTRAP_PORT, &got), KERN_SUCCESS);
	CHECK_EQ(got, port);
	NEED_KR(mach_port_deallocate(SELF, got));
	CHECK_KR(task_get_special_port(task, 99, &got), KERN_INVALID_ARGUMENT);
	CHECK_KR(task_set_special_port(task, 99, port), KERN_INVALID_ARGUMENT);
	CHECK_KR(task_set_special_port(task, TASK_BOOTSTRAP_PORT, MACH_PORT_NULL), KERN_SUCCESS);
	CHECK_KR(task_get_special_port(task, TASK_BOOTSTRAP_PORT, &got), KERN_SUCCESS);
	CHECK_EQ(got, MACH_PORT_NULL);
	NEED_KR(task_terminate(child));
	NEED_KR(task_terminate(task));
	NEED_KR(mach_port_deallocate(SELF, child));
	NEED_KR(mach_port_deallocate(SELF, task));
	NEED_KR(mach_port_destroy(SELF, port));
}

static void check_registered(void)
{
	mach_port_t task = MACH_PORT_NULL;
	mach_port_t child = MACH_PORT_NULL;
	mach_port_t ports[4];
	mach_port_array_t got = NULL;
	mach_msg_type_number_t count = 0;

	NEED_KR(task_create(SELF, FALSE, &task));
	for (int i = 0; i < 4; i++) {
		ports[i] = mach_reply_port();
		NEED_KR(mach_port_insert_right(SELF, ports[i], ports[i], MACH_MSG_TYPE_MAKE_SEND));
	}
	CHECK_KR(mach_ports_register(task, ports, 3), KERN_SUCCESS);
	NEED_KR(task_create(task, FALSE, &child)); /* inherits them */
	CHECK_KR(mach_ports_lookup(child, &got, &count), KERN_SUCCESS);
	CHECK_EQ(count, 4);
	test_group_begin("the registered ports, and null for the rest");
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		CHECK_EQ(got[i], i < 3 ? ports[i] : MACH_PORT_NULL);
		if (got[i] != MACH_PORT_NULL) {
			NEED_KR(mach_port_deallocate(SELF, got[i]));
		}
	}
	test_group_end();
	NEED_KR(vm_deallocate(SELF, (vm_address_t)got, count * sizeof got[0]));
	CHECK_KR(mach_ports_register(task, ports, 4), KERN_SUCCESS);
	CHECK_KR(mach_ports_register(task, NULL, 0), KERN_SUCCESS);
	NEED_KR(task_terminate(child));
	NEED_KR(task_terminate(task));
	NEED_KR(mach_port_deallocate(SELF, child));
	NEED_KR(mach_port_deallocate(SELF, task));
	for (int i = 0; i < 4; i++) {
		NEED_KR(mach_port_destroy(SELF, ports[i]));
	}
}

/* A child that ends itself; one that ends while it waits; tasks made and ended many times. */
static int end_self(void *argument)
{
	(void)argument;
	mach_exit();
}

static int wait_for_ever(void *argument)
{
	(void)argument;
	test_sleep_ms(1000000);
	return 0;
}

static boolean_t is_dead(mach_port_t name)
{
	mach_port_type_t type = 0;

	return mach_port_type(SELF, name, &type) == KERN_SUCCESS &&
	       (type & MACH_PORT_TYPE_DEAD_NAME) != 0;
}

static void check_ends(void)
{
	struct test_task task;

	test_task_create(&task, end_self, NULL);
	test_task_run(&task);
	CHECK(TEST_WAIT_UNTIL(is_dead(task.task)));
	CHECK(is_dead(task.thread));
	test_task_kill(&task);
	test_group_begin("50 tasks in a row end while they wait");
	for (int i = 0; i < 50; i++) {
		test_task_create(&task, wait_for_ever, NULL);
		test_task_run(&task);
		if (i % 2 == 0) {
			CHECK(test_wait_blocked(task.thread));
		}
		CHECK_KR(task_terminate(task.task), KERN_SUCCESS);
		CHECK(is_dead(task.task));
		test_task_kill(&task);
	}
	test_group_end();
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "task_life");
	NEED_KR(vm_allocate(SELF, &shared, PAGE, TRUE));
	NEED_KR(vm_inherit(SELF, shared, PAGE, VM_INHERIT_SHARE));
	check_suspend();
	check_threads();
	check_info();
	check_special_ports();
	check_registered();
	check_ends();
	NEED_KR(vm_deallocate(SELF, shared, PAGE));
	test_end();
}
