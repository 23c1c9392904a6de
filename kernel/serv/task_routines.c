/* task_* of mach.defs and gnumach.defs, and mach_ports_*. */
#include <kern/clock.h>
#include <kern/panic.h>
#include <kern/print_core.h>
#include <kern/thread.h>
#include <kern/zone.h>
#include <mach/task_info.h>
#include <mach/task_special_ports.h>
#include <serv/kobject.h>
#include <serv/routines.h>
#include <serv/task_notify.h>
#include <serv/time.h>

kern_return_t serv_task_create(task_t parent, boolean_t inherit_memory, task_t *child)
{
	if (parent == NULL) {
		return KERN_INVALID_TASK;
	}
	kern_return_t result = task_create(parent, inherit_memory != 0, child);
	if (result == KERN_SUCCESS) {
		task_notify_created(*child, parent);
	}
	return result;
}

kern_return_t serv_task_terminate(task_t task)
{
	return task != NULL ? task_terminate(task) : KERN_INVALID_ARGUMENT;
}

kern_return_t serv_task_suspend(task_t task)
{
	return task != NULL ? task_suspend(task) : KERN_INVALID_ARGUMENT;
}

kern_return_t serv_task_resume(task_t task)
{
	return task != NULL ? task_resume(task) : KERN_INVALID_ARGUMENT;
}

/* An array of the threads' ports. KERN_RESOURCE_SHORTAGE: no memory for it. */
kern_return_t serv_task_threads(task_t task, thread_array_t *list, mach_msg_type_number_t *count)
{
	if (task == NULL || !task->active) {
		return KERN_INVALID_ARGUMENT;
	}
	uint32_t most = task->thread_count;
	*list = NULL;
	*count = 0;
	if (most == 0) {
		return KERN_SUCCESS;
	}
	struct ipc_port **ports = kalloc(most * 4u);
	if (ports == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	uint32_t used = 0;
	list_for_each(link, &task->threads)
	{
		assert(used < most);
		ports[used++] = kernel_port_make_send(
			list_entry(link, struct thread, task_link)->self_port);
	}
	while (used < most) {
		ports[used++] = IP_NULL; /* the array is freed by its count */
	}
	*list = ports;
	*count = most;
	return KERN_SUCCESS;
}

static kern_return_t task_basic_info(task_t task, struct task_basic_info *info)
{
	info->suspend_count = (integer_t)task->suspend_count;
	info->base_priority = task->priority;
	info->virtual_size = task->map != NULL ? task->map->bytes : 0;
	info->resident_size = task->map != NULL && task->map->pmap != NULL
				      ? task->map->pmap->resident * PAGE_BYTES
				      : 0;
	info->user_time = time_value_of_ns(task->dead_threads_user_ns);
	info->system_time = time_value_of_ns(task->dead_threads_system_ns);
	info->creation_time.seconds = (long_integer_t)task->created.seconds;
	info->creation_time.microseconds = (integer_t)(task->created.nanoseconds / 1000);
	return KERN_SUCCESS;
}

static kern_return_t task_times_info(task_t task, struct task_thread_times_info *info)
{
	uint64_t user = 0;
	uint64_t system = 0;
	list_for_each(link, &task->threads)
	{
		struct thread *thread = list_entry(link, struct thread, task_link);
		user += thread->user_ns;
		system += thread->system_ns;
	}
	info->user_time = time_value_of_ns(user);
	info->system_time = time_value_of_ns(system);
	return KERN_SUCCESS;
}

/* KERN_INVALID_ARGUMENT: no task, unknown flavour, or too little room. */
kern_return_t serv_task_info(task_t task, int flavor, task_info_t out,
			     mach_msg_type_number_t *count)
{
	if (task == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if (flavor == TASK_BASIC_INFO && *count >= TASK_BASIC_INFO_COUNT) {
		*count = TASK_BASIC_INFO_COUNT;
		return task_basic_info(task, (struct task_basic_info *)out);
	}
	if (flavor == TASK_EVENTS_INFO && *count >= TASK_EVENTS_INFO_COUNT) {
		struct task_events_info *info = (struct task_events_info *)out;
		*info = (struct task_events_info){.faults = task->faults,
						  .messages_sent = task->messages_sent,
						  .messages_received = task->messages_received};
		*count = TASK_EVENTS_INFO_COUNT;
		return KERN_SUCCESS;
	}
	if (flavor == TASK_THREAD_TIMES_INFO && *count >= TASK_THREAD_TIMES_INFO_COUNT) {
		*count = TASK_THREAD_TIMES_INFO_COUNT;
		return task_times_info(task, (struct task_thread_times_info *)out);
	}
	return KERN_INVALID_ARGUMENT;
}

/* KERN_FAILURE: the task is ending. */
kern_return_t serv_task_get_special_port(task_t task, int which, struct ipc_port **port)
{
	if (task == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if (task->ports.self == NULL) {
		return KERN_FAILURE;
	}
	switch (which) {
	case TASK_KERNEL_PORT:
		*port = task->ports.self_send != NULL ? ipc_port_copy_send(task->ports.self_send)
						      : ipc_port_make_send(task->ports.self);
		return KERN_SUCCESS;
	case TASK_EXCEPTION_PORT:
		*port = ipc_port_copy_send(task->ports.exception);
		return KERN_SUCCESS;
	case TASK_BOOTSTRAP_PORT:
		*port = ipc_port_copy_send(task->ports.bootstrap);
		return KERN_SUCCESS;
	default:
		return KERN_INVALID_ARGUMENT;
	}
}

/* Consumes the right on success. */
kern_return_t serv_task_set_special_port(task_t task, int which, struct ipc_port *port)
{
	if (task == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	struct ipc_port **slot;
	switch (which) {
	case TASK_KERNEL_PORT:
		slot = &task->ports.self_send;
		break;
	case TASK_EXCEPTION_PORT:
		slot = &task->ports.exception;
		break;
	case TASK_BOOTSTRAP_PORT:
		slot = &task->ports.bootstrap;
		break;
	default:
		return KERN_INVALID_ARGUMENT;
	}
	if (task->ports.self == NULL) {
		return KERN_FAILURE;
	}
	struct ipc_port *old = *slot;
	*slot = port;
	ipc_port_release_send(old);
	return KERN_SUCCESS;
}

/* KERN_INVALID_ARGUMENT: no task, or more ports than it can keep. The array and its rights are
   consumed on success. */
kern_return_t serv_mach_ports_register(task_t task, mach_port_array_t array,
				       mach_msg_type_number_t count)
{
	if (task == NULL || count > TASK_PORTS_REGISTERED) {
		return KERN_INVALID_ARGUMENT;
	}
	if (task->ports.self == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	for (uint32_t i = 0; i < TASK_PORTS_REGISTERED; i++) {
		struct ipc_port *old = task->ports.registered[i];
		task->ports.registered[i] = i < count ? (struct ipc_port *)array[i] : IP_NULL;
		ipc_port_release_send(old);
	}
	if (count > 0) {
		kfree(array, count * 4u);
	}
	return KERN_SUCCESS;
}

kern_return_t serv_mach_ports_lookup(task_t task, mach_port_array_t *array,
				     mach_msg_type_number_t *count)
{
	if (task == NULL || task->ports.self == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	mach_port_t *ports = kalloc(TASK_PORTS_REGISTERED * 4u);
	if (ports == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	for (uint32_t i = 0; i < TASK_PORTS_REGISTERED; i++) {
		ports[i] = (mach_port_t)ipc_port_copy_send(task->ports.registered[i]);
	}
	*array = ports;
	*count = TASK_PORTS_REGISTERED;
	return KERN_SUCCESS;
}

/* Restartable sequences are for machines whose processors lack an atomic exchange. */
kern_return_t serv_task_ras_control(task_t task, vm_address_t start, vm_address_t end, int flavor)
{
	(void)task;
	(void)start;
	(void)end;
	(void)flavor;
	return KERN_FAILURE;
}

static void name_copy(char *to, const char *from, uint32_t bytes)
{
	uint32_t i = 0;
	while (i + 1 < bytes && from[i] != 0) {
		/* Reports print it. */
		to[i] = from[i] != '\n' && from[i] != '\t'
				? print_harmless(from[i], i > 0 ? from[i - 1] : 0)
				: '?';
		i++;
	}
	while (i < bytes) {
		to[i++] = 0; /* what pads it in a reply, too */
	}
}

kern_return_t serv_task_set_name(task_t task, const_kernel_debug_name_t name)
{
	if (task == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	name_copy(task->name, name, TASK_NAME_BYTES);
	return KERN_SUCCESS;
}

kern_return_t serv_thread_set_name(thread_t thread, const_kernel_debug_name_t name)
{
	if (thread == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	name_copy(thread->name, name, THREAD_NAME_BYTES);
	return KERN_SUCCESS;
}

kern_return_t serv_thread_get_name(thread_t thread, kernel_debug_name_t name)
{
	if (thread == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	name_copy(name, thread->name, THREAD_NAME_BYTES);
	return KERN_SUCCESS;
}

/* The machine does not outlive an essential task, so only those say so that could end the machine
   anyway: what the kernel booted, and what is essential already. Such a task gets pages as long as
   there are any. */
kern_return_t serv_task_set_essential(task_t task, boolean_t essential)
{
	if (task == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if (current->task->quota.reserve != RESERVE_ESSENTIAL) {
		return KERN_NO_ACCESS;
	}
	task->essential = essential != 0;
	if (task->essential) {
		task->quota.reserve = RESERVE_ESSENTIAL;
	}
	return KERN_SUCCESS;
}

/* Changes the priority of new threads, and of all there are when asked. */
kern_return_t serv_task_priority(task_t task, int priority, boolean_t change_threads)
{
	if (task == NULL || priority < 0 || priority >= PRIORITIES) {
		return KERN_INVALID_ARGUMENT;
	}
	kern_return_t result = KERN_SUCCESS;
	task->priority = priority;
	if (change_threads) {
		list_for_each(link, &task->threads)
		{
			struct thread *thread = list_entry(link, struct thread, task_link);
			if (serv_thread_priority(thread, priority, FALSE) != KERN_SUCCESS) {
				result = KERN_FAILURE; /* above that thread's limit */
			}
		}
	}
	return result;
}

/* The limit of new threads. */
kern_return_t serv_task_max_priority(host_t host, task_t task, int max_priority)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	if (task == NULL || max_priority < 0 || max_priority >= PRIORITIES) {
		return KERN_INVALID_ARGUMENT;
	}
	task->max_priority = max_priority;
	return KERN_SUCCESS;
}
