/* TEST: oracle=yes */
/* The special ports of tasks and threads, and the registered ports that children inherit. */
#include "lib/msg.h"

#define SELF mach_task_self()

static void check_task(void)
{
	mach_port_t port = port_new_send();
	mach_port_t got = MACH_PORT_NULL;
	mach_port_t before = MACH_PORT_NULL;
	int self_refs = port_refs(SELF, MACH_PORT_RIGHT_SEND);

	CHECK_KR(task_get_special_port(SELF, TASK_KERNEL_PORT, &got), KERN_SUCCESS);
	CHECK_EQ(got, SELF);
	CHECK_EQ(port_refs(SELF, MACH_PORT_RIGHT_SEND), self_refs + 1);
	NEED_KR(mach_port_deallocate(SELF, got));
	CHECK_KR(task_get_special_port(SELF, TASK_BOOTSTRAP_PORT, &before), KERN_SUCCESS);
	CHECK_EQ(before, MACH_PORT_NULL);
	CHECK_KR(task_set_special_port(SELF, TASK_BOOTSTRAP_PORT, port), KERN_SUCCESS);
	CHECK_KR(task_get_special_port(SELF, TASK_BOOTSTRAP_PORT, &got), KERN_SUCCESS);
	CHECK_EQ(got, port);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 2);
	CHECK_KR(task_set_special_port(SELF, TASK_BOOTSTRAP_PORT, MACH_PORT_NULL), KERN_SUCCESS);
	CHECK_KR(task_get_special_port(SELF, TASK_BOOTSTRAP_PORT, &got), KERN_SUCCESS);
	CHECK_EQ(got, MACH_PORT_NULL);
	CHECK_KR(task_get_special_port(SELF, 2, &got), KERN_INVALID_ARGUMENT);
	CHECK_KR(task_get_special_port(SELF, 5, &got), KERN_INVALID_ARGUMENT);
	CHECK_KR(task_get_special_port(SELF, -1, &got), KERN_INVALID_ARGUMENT);
	CHECK_KR(task_set_special_port(SELF, 0, port), KERN_INVALID_ARGUMENT);
	CHECK_KR(task_set_special_port(SELF, 77, port), KERN_INVALID_ARGUMENT);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 2);
	port_destroy(port);
}

/* The port that stands for a task may be replaced: a debugger between a task and the kernel. */
static void check_interposition(void)
{
	struct test_task child;
	mach_port_t port = port_new_send();
	mach_port_t got = MACH_PORT_NULL;

	test_task_create(&child, NULL, NULL);
	CHECK_KR(task_set_special_port(child.task, TASK_KERNEL_PORT, port), KERN_SUCCESS);
	CHECK_KR(task_get_special_port(child.task, TASK_KERNEL_PORT, &got), KERN_SUCCESS);
	CHECK_EQ(got, port);
	NEED_KR(mach_port_deallocate(SELF, got));
	test_task_kill(&child);
	port_destroy(port);
}

static void check_thread(void)
{
	struct test_thread thread;
	mach_port_t port = port_new_send();
	mach_port_t got = MACH_PORT_NULL;

	test_thread_create(&thread, NULL, NULL);
	CHECK_KR(thread_get_special_port(thread.port, THREAD_KERNEL_PORT, &got), KERN_SUCCESS);
	CHECK_EQ(got, thread.port);
	NEED_KR(mach_port_deallocate(SELF, got));
	CHECK_KR(thread_get_special_port(thread.port, THREAD_EXCEPTION_PORT, &got), KERN_SUCCESS);
	CHECK_EQ(got, MACH_PORT_NULL);
	CHECK_KR(thread_set_special_port(thread.port, THREAD_EXCEPTION_PORT, port), KERN_SUCCESS);
	CHECK_KR(thread_get_special_port(thread.port, THREAD_EXCEPTION_PORT, &got), KERN_SUCCESS);
	CHECK_EQ(got, port);
	CHECK_KR(thread_get_special_port(thread.port, 4, &got), KERN_INVALID_ARGUMENT);
	CHECK_KR(thread_set_special_port(thread.port, 2, port), KERN_INVALID_ARGUMENT);
	test_thread_kill(&thread);
	/* The thread's reference went with the thread. */
	CHECK_KR(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_SEND, -2), KERN_SUCCESS);
	port_destroy(port);
}

/* A special port is a send right: no senders are left when the task is gone. */
static void check_released(void)
{
	struct test_task child;
	mach_port_t port = port_new_send();
	mach_port_t notify = port_new();
	mach_port_t previous = MACH_PORT_NULL;

	NEED_KR(mach_port_request_notification(SELF, port, MACH_NOTIFY_NO_SENDERS, 0, notify,
					       MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	test_task_create(&child, NULL, NULL);
	CHECK_KR(task_set_special_port(child.task, TASK_BOOTSTRAP_PORT, port), KERN_SUCCESS);
	CHECK_KR(thread_set_special_port(child.thread, THREAD_EXCEPTION_PORT, port), KERN_SUCCESS);
	NEED_KR(mach_port_deallocate(SELF, port));
	CHECK_EQ(msg_receive_id(notify, 0), -1);
	test_task_kill(&child);
	CHECK_EQ(msg_receive_id(notify, 5000), MACH_NOTIFY_NO_SENDERS);
	port_destroy(port);
	port_destroy(notify);
}

/* A child is born with its parent's exception and bootstrap port, and with the registered ones. */
static void check_inheritance(void)
{
	mach_port_t port = port_new_send();
	mach_port_t registered[5] = {port};
	mach_port_t got = MACH_PORT_NULL;
	mach_port_t task = MACH_PORT_NULL;
	mach_port_t exception = MACH_PORT_NULL;
	mach_port_array_t looked_up = NULL;
	mach_msg_type_number_t count = 0;

	NEED_KR(task_get_special_port(SELF, TASK_EXCEPTION_PORT, &exception));
	NEED_KR(task_set_special_port(SELF, TASK_BOOTSTRAP_PORT, port));
	CHECK_KR(mach_ports_register(SELF, registered, 2), KERN_SUCCESS);
	CHECK_KR(mach_ports_register(SELF, registered, 5), KERN_INVALID_ARGUMENT);
	CHECK_KR(task_create(SELF, FALSE, &task), KERN_SUCCESS);
	CHECK_KR(task_get_special_port(task, TASK_BOOTSTRAP_PORT, &got), KERN_SUCCESS);
	CHECK_EQ(got, port);
	CHECK_KR(task_get_special_port(task, TASK_EXCEPTION_PORT, &got), KERN_SUCCESS);
	CHECK_EQ(got, exception);
	CHECK_KR(mach_ports_lookup(task, &looked_up, &count), KERN_SUCCESS);
	CHECK_EQ(count, 4);
	CHECK_EQ(looked_up[0], port);
	CHECK_EQ(looked_up[1], MACH_PORT_NULL);
	CHECK_EQ(looked_up[3], MACH_PORT_NULL);
	NEED_KR(vm_deallocate(SELF, (vm_address_t)looked_up, count * sizeof looked_up[0]));
	NEED_KR(task_terminate(task));
	port_destroy(task);
	NEED_KR(mach_ports_register(SELF, NULL, 0));
	NEED_KR(task_set_special_port(SELF, TASK_BOOTSTRAP_PORT, MACH_PORT_NULL));
	NEED_KR(mach_port_mod_refs(SELF, exception, MACH_PORT_RIGHT_SEND, -2));
	port_destroy(port);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "special_ports");
	check_task();
	check_interposition();
	check_thread();
	check_released();
	check_inheritance();
	test_end();
}
