/* processor_* and processor_set_*: one processor, in one set, for ever. What would need more of
   either is refused with the documented code; what names the one there is, works. */
#include <kern/thread.h>
#include <kern/zone.h>
#include <mach/machine.h>
#include <mach/policy.h>
#include <mach/processor_info.h>
#include <serv/kobject.h>
#include <serv/routines.h>

/* An array of one port. */
static kern_return_t array_of_one(struct ipc_port *port, struct ipc_port ***array,
				  mach_msg_type_number_t *count)
{
	struct ipc_port **ports = kalloc(4);
	if (ports == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	ports[0] = ipc_port_make_send(port);
	*array = ports;
	*count = 1;
	return KERN_SUCCESS;
}

kern_return_t serv_host_processors(host_t host, processor_array_t *list,
				   mach_msg_type_number_t *count)
{
	return host != NULL ? array_of_one(the_processor.self, list, count) : KERN_INVALID_ARGUMENT;
}

kern_return_t serv_processor_set_processors(processor_set_t set, processor_array_t *list,
					    mach_msg_type_number_t *count)
{
	return set != NULL ? array_of_one(the_processor.self, list, count) : KERN_INVALID_ARGUMENT;
}

kern_return_t serv_host_processor_sets(host_t host, processor_set_name_array_t *sets,
				       mach_msg_type_number_t *count)
{
	return host != NULL ? array_of_one(the_processor_set.name, sets, count)
			    : KERN_INVALID_ARGUMENT;
}

kern_return_t serv_host_processor_set_priv(host_t host, processor_set_t name, processor_set_t *set)
{
	if (host == NULL || name == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	*set = name;
	return KERN_SUCCESS;
}

/* It runs already, and the only one cannot be stopped. */
kern_return_t serv_processor_start(processor_t processor)
{
	return processor != NULL ? KERN_FAILURE : KERN_INVALID_ARGUMENT;
}

kern_return_t serv_processor_exit(processor_t processor)
{
	return processor != NULL ? KERN_FAILURE : KERN_INVALID_ARGUMENT;
}

kern_return_t serv_processor_control(processor_t processor, const processor_info_t command,
				     mach_msg_type_number_t count)
{
	(void)command;
	(void)count;
	return processor != NULL ? KERN_FAILURE : KERN_INVALID_ARGUMENT;
}

kern_return_t serv_processor_info(processor_t processor, int flavor, host_t *host,
				  processor_info_t out, mach_msg_type_number_t *count)
{
	if (processor == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if (flavor != PROCESSOR_BASIC_INFO || *count < PROCESSOR_BASIC_INFO_COUNT) {
		return KERN_FAILURE;
	}
	*(struct processor_basic_info *)out =
		(struct processor_basic_info){.cpu_type = CPU_TYPE_I386,
					      .cpu_subtype = CPU_SUBTYPE_AT386,
					      .running = TRUE,
					      .is_master = TRUE};
	*count = PROCESSOR_BASIC_INFO_COUNT;
	*host = &the_host;
	return KERN_SUCCESS;
}

kern_return_t serv_processor_set_default(host_t host, processor_set_t *set)
{
	if (host == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	*set = &the_processor_set;
	return KERN_SUCCESS;
}

/* One processor is one set: as a Mach configured for one processor answers. */
kern_return_t serv_processor_set_create(host_t host, processor_set_t *set, processor_set_t *name)
{
	(void)host;
	(void)set;
	(void)name;
	return KERN_FAILURE;
}

kern_return_t serv_processor_set_destroy(processor_set_t set)
{
	return set != NULL ? KERN_FAILURE : KERN_INVALID_ARGUMENT;
}

kern_return_t serv_processor_assign(processor_t processor, processor_set_t set, boolean_t wait)
{
	(void)wait;
	return processor != NULL && set != NULL ? KERN_FAILURE : KERN_INVALID_ARGUMENT;
}

kern_return_t serv_processor_get_assignment(processor_t processor, processor_set_t *set)
{
	if (processor == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	*set = &the_processor_set;
	return KERN_SUCCESS;
}

kern_return_t serv_thread_assign(thread_t thread, processor_set_t set)
{
	return thread != NULL && set != NULL ? KERN_FAILURE : KERN_INVALID_ARGUMENT;
}

kern_return_t serv_thread_assign_default(thread_t thread)
{
	return thread != NULL ? KERN_FAILURE : KERN_INVALID_ARGUMENT;
}

kern_return_t serv_thread_get_assignment(thread_t thread, processor_set_t *set)
{
	if (thread == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	*set = &the_processor_set;
	return KERN_SUCCESS;
}

kern_return_t serv_task_assign(task_t task, processor_set_t set, boolean_t assign_threads)
{
	(void)assign_threads;
	return task != NULL && set != NULL ? KERN_FAILURE : KERN_INVALID_ARGUMENT;
}

kern_return_t serv_task_assign_default(task_t task, boolean_t assign_threads)
{
	(void)assign_threads;
	return task != NULL ? KERN_FAILURE : KERN_INVALID_ARGUMENT;
}

kern_return_t serv_task_get_assignment(task_t task, processor_set_t *set)
{
	if (task == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	*set = &the_processor_set;
	return KERN_SUCCESS;
}

static void count_tasks(uint32_t *tasks, uint32_t *threads)
{
	*tasks = 0;
	*threads = 0;
	list_for_each(link, &task_list)
	{
		(*tasks)++;
		*threads += list_entry(link, struct task, all_link)->thread_count;
	}
}

kern_return_t serv_processor_set_info(processor_set_t set, int flavor, host_t *host,
				      processor_set_info_t out, mach_msg_type_number_t *count)
{
	if (set == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if (flavor == PROCESSOR_SET_BASIC_INFO) {
		if (*count < PROCESSOR_SET_BASIC_INFO_COUNT) {
			return KERN_FAILURE;
		}
		uint32_t tasks;
		uint32_t threads;
		count_tasks(&tasks, &threads);
		*(struct processor_set_basic_info *)out = (struct processor_set_basic_info){
			.processor_count = 1,
			.task_count = (integer_t)tasks,
			.thread_count = (integer_t)threads,
			.mach_factor = LOAD_SCALE,
		};
		*count = PROCESSOR_SET_BASIC_INFO_COUNT;
	} else if (flavor == PROCESSOR_SET_SCHED_INFO) {
		if (*count < PROCESSOR_SET_SCHED_INFO_COUNT) {
			return KERN_FAILURE;
		}
		*(struct processor_set_sched_info *)out = (struct processor_set_sched_info){
			.policies = (integer_t)set->policies, .max_priority = set->max_priority};
		*count = PROCESSOR_SET_SCHED_INFO_COUNT;
	} else {
		return KERN_INVALID_ARGUMENT;
	}
	*host = &the_host;
	return KERN_SUCCESS;
}

kern_return_t serv_processor_set_max_priority(processor_set_t set, int max_priority,
					      boolean_t change_threads)
{
	if (set == NULL || max_priority < 0 || max_priority >= PRIORITIES) {
		return KERN_INVALID_ARGUMENT;
	}
	set->max_priority = max_priority;
	if (change_threads) {
		list_for_each(link, &task_list)
		{
			struct task *task = list_entry(link, struct task, all_link);
			if (task == kernel_task) {
				continue;
			}
			list_for_each(thread_link, &task->threads)
			{
				(void)serv_thread_max_priority(
					list_entry(thread_link, struct thread, task_link), set,
					max_priority);
			}
		}
	}
	return KERN_SUCCESS;
}

kern_return_t serv_processor_set_policy_enable(processor_set_t set, int policy)
{
	if (set == NULL || invalid_policy(policy)) {
		return KERN_INVALID_ARGUMENT;
	}
	set->policies |= (uint32_t)policy;
	return KERN_SUCCESS;
}

/* Time sharing cannot be disabled. */
kern_return_t serv_processor_set_policy_disable(processor_set_t set, int policy,
						boolean_t change_threads)
{
	(void)change_threads;
	if (set == NULL || invalid_policy(policy) || policy == POLICY_TIMESHARE) {
		return KERN_INVALID_ARGUMENT;
	}
	set->policies &= ~(uint32_t)policy;
	return KERN_SUCCESS;
}

/* The ports of all tasks but the kernel's: for a holder of the set's control port. */
kern_return_t serv_processor_set_tasks(processor_set_t set, task_array_t *list,
				       mach_msg_type_number_t *count)
{
	if (set == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	uint32_t most;
	uint32_t threads;
	count_tasks(&most, &threads);
	struct ipc_port **ports = kalloc(most * 4u);
	if (ports == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	uint32_t used = 0;
	list_for_each(link, &task_list)
	{
		ports[used++] =
			kernel_port_make_send(list_entry(link, struct task, all_link)->ports.self);
	}
	*list = ports;
	*count = used;
	return KERN_SUCCESS;
}

kern_return_t serv_processor_set_threads(processor_set_t set, thread_array_t *list,
					 mach_msg_type_number_t *count)
{
	if (set == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	uint32_t tasks;
	uint32_t most;
	count_tasks(&tasks, &most);
	if (most == 0) {
		*list = NULL;
		*count = 0;
		return KERN_SUCCESS;
	}
	struct ipc_port **ports = kalloc(most * 4u);
	if (ports == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	uint32_t used = 0;
	list_for_each(link, &task_list)
	{
		list_for_each(thread_link, &list_entry(link, struct task, all_link)->threads)
		{
			assert(used < most);
			ports[used++] = kernel_port_make_send(
				list_entry(thread_link, struct thread, task_link)->self_port);
		}
	}
	while (used < most) {
		ports[used++] = IP_NULL;
	}
	*list = ports;
	*count = most;
	return KERN_SUCCESS;
}
