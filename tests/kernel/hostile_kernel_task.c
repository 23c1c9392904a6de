/* TEST: oracle=no */
/* What a privileged program can do to the kernel's own task and threads: nothing that harms. The
   kernel has rights, but no names for them. */
#include "lib/msg.h"
#include <gen/gnumach.h>
#include <gen/mach_host.h>

#define SELF mach_task_self()

/* The kernel's task is the first of the processor set's. */
static mach_port_t kernel_task(void)
{
	mach_port_t name = MACH_PORT_NULL;
	mach_port_t set = MACH_PORT_NULL;
	mach_port_t found = MACH_PORT_NULL;
	task_array_t tasks = NULL;
	mach_msg_type_number_t count = 0;

	NEED_KR(processor_set_default(mach_host_self(), &name));
	NEED_KR(host_processor_set_priv(host_priv, name, &set));
	NEED_KR(processor_set_tasks(set, &tasks, &count));
	found = tasks[0];
	for (mach_msg_type_number_t i = 1; i < count; i++) {
		NEED_KR(mach_port_deallocate(SELF, tasks[i]));
	}
	NEED_KR(vm_deallocate(SELF, (vm_address_t)tasks, count * sizeof tasks[0]));
	NEED_KR(mach_port_deallocate(SELF, set));
	NEED_KR(mach_port_deallocate(SELF, name));
	return found;
}

static void check_names(mach_port_t kernel)
{
	mach_port_t port = port_new_send();
	mach_port_t name = MACH_PORT_NULL;
	mach_port_name_array_t names = NULL;
	mach_port_type_array_t types = NULL;
	mach_msg_type_number_t count = 0;
	mach_msg_type_number_t type_count = 0;

	CHECK_KR(mach_port_allocate(kernel, MACH_PORT_RIGHT_RECEIVE, &name), KERN_INVALID_TASK);
	CHECK_KR(mach_port_allocate_name(kernel, MACH_PORT_RIGHT_DEAD_NAME, 0x5000),
		 KERN_INVALID_TASK);
	CHECK_KR(mach_port_insert_right(kernel, 0x5001, port, MACH_MSG_TYPE_COPY_SEND),
		 KERN_INVALID_TASK);
	CHECK_KR(mach_port_deallocate(kernel, 1), KERN_INVALID_TASK);
	CHECK_KR(mach_port_names(kernel, &names, &count, &types, &type_count), KERN_INVALID_TASK);
	CHECK_KR(syscall_mach_port_allocate(kernel, MACH_PORT_RIGHT_RECEIVE, &name),
		 KERN_INVALID_TASK);
	CHECK_KR(syscall_mach_port_allocate_name(kernel, MACH_PORT_RIGHT_DEAD_NAME, 0x5002),
		 KERN_INVALID_TASK);
	CHECK_KR(syscall_mach_port_insert_right(kernel, 0x5003, port, MACH_MSG_TYPE_COPY_SEND),
		 KERN_INVALID_TASK);
	CHECK_KR(syscall_mach_port_deallocate(kernel, 1), KERN_INVALID_TASK);
	port_destroy(port);
}

/* Yields to each of the kernel's threads, which may wait, or run only when nobody else does. */
static void check_threads(mach_port_t kernel)
{
	thread_array_t threads = NULL;
	mach_msg_type_number_t count = 0;
	struct i386_thread_state state;
	mach_msg_type_number_t words = 0;

	CHECK_KR(task_threads(kernel, &threads, &count), KERN_SUCCESS);
	test_group_begin("the kernel's threads stay as they are");
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		for (int n = 0; n < 3; n++) {
			CHECK_KR(thread_switch(threads[i], 0, 0), KERN_SUCCESS);
		}
		CHECK_KR(thread_suspend(threads[i]), KERN_FAILURE);
		CHECK_KR(thread_terminate(threads[i]), KERN_FAILURE);
		(void)thread_abort(threads[i]);
		words = i386_THREAD_STATE_COUNT;
		if (thread_get_state(threads[i], i386_THREAD_STATE, (thread_state_t)&state,
				     &words) == KERN_SUCCESS) {
			(void)thread_set_state(threads[i], i386_THREAD_STATE,
					       (thread_state_t)&state, words);
		}
		test_sleep_ms(20);
		NEED_KR(mach_port_deallocate(SELF, threads[i]));
	}
	test_group_end();
	NEED_KR(vm_deallocate(SELF, (vm_address_t)threads, count * sizeof threads[0]));
	CHECK_KR(task_suspend(kernel), KERN_FAILURE);
	CHECK_KR(task_terminate(kernel), KERN_FAILURE);
}

int main(int argc, char **argv)
{
	mach_port_t kernel = MACH_PORT_NULL;

	test_begin(argc, argv, "hostile_kernel_task");
	kernel = kernel_task();
	check_names(kernel);
	check_threads(kernel);
	NEED_KR(mach_port_deallocate(SELF, kernel));
	test_end();
}
