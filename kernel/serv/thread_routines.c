/* thread_* of mach.defs and mach_host.defs. */
#include <kern/machine.h>
#include <kern/sched.h>
#include <kern/thread.h>
#include <mach/policy.h>
#include <mach/thread_info.h>
#include <mach/thread_special_ports.h>
#include <serv/kobject.h>
#include <serv/routines.h>
#include <serv/time.h>

kern_return_t serv_thread_create(task_t task, thread_t *child)
{
	return task != NULL ? thread_create(task, child) : KERN_INVALID_ARGUMENT;
}

kern_return_t serv_thread_terminate(thread_t thread)
{
	return thread != NULL ? thread_terminate(thread) : KERN_INVALID_ARGUMENT;
}

kern_return_t serv_thread_suspend(thread_t thread)
{
	return thread != NULL ? thread_suspend(thread) : KERN_INVALID_ARGUMENT;
}

kern_return_t serv_thread_resume(thread_t thread)
{
	return thread != NULL ? thread_resume(thread) : KERN_INVALID_ARGUMENT;
}

kern_return_t serv_thread_abort(thread_t thread)
{
	if (thread == NULL || thread == current) {
		return KERN_INVALID_ARGUMENT;
	}
	return thread_abort(thread);
}

/* Holds a thread at its user boundary, or blocked in the kernel where its user state is complete,
   while its state is looked at. The caller resumes it. */
static kern_return_t thread_hold(thread_t thread)
{
	kern_return_t result = thread_suspend(thread);
	if (result == KERN_SUCCESS) {
		result = thread_wait_stopped(thread);
		if (result != KERN_SUCCESS) {
			(void)thread_resume(thread);
		}
	}
	return result;
}

/* Nothing runs between the look and the use: such a thread needs no holding. */
static inline bool thread_is_still(const struct thread *thread)
{
	return thread->at_boundary || thread->state == THREAD_WAITING;
}

/* KERN_INVALID_ARGUMENT: no thread, the caller itself, an unknown flavour or too little room. */
kern_return_t serv_thread_get_state(thread_t thread, int flavor, thread_state_t state,
				    mach_msg_type_number_t *count)
{
	if (thread == NULL || thread == current) {
		return KERN_INVALID_ARGUMENT;
	}
	if (likely(thread_is_still(thread))) {
		return machine_thread_get_state(thread, flavor, (uint32_t *)state, count);
	}
	kern_return_t result = thread_hold(thread);
	if (result == KERN_SUCCESS) {
		result = machine_thread_get_state(thread, flavor, (uint32_t *)state, count);
		(void)thread_resume(thread);
	}
	return result;
}

kern_return_t serv_thread_set_state(thread_t thread, int flavor, const thread_state_t state,
				    mach_msg_type_number_t count)
{
	if (thread == NULL || thread == current) {
		return KERN_INVALID_ARGUMENT;
	}
	if (likely(thread_is_still(thread))) {
		return machine_thread_set_state(thread, flavor, (const uint32_t *)state, count);
	}
	kern_return_t result = thread_hold(thread);
	if (result == KERN_SUCCESS) {
		result = machine_thread_set_state(thread, flavor, (const uint32_t *)state, count);
		(void)thread_resume(thread);
	}
	return result;
}

static integer_t thread_run_state(const struct thread *thread)
{
	switch (thread->state) {
	case THREAD_RUNNING:
	case THREAD_RUNNABLE:
		return TH_STATE_RUNNING;
	case THREAD_WAITING:
		return TH_STATE_WAITING;
	case THREAD_STOPPED:
		return TH_STATE_STOPPED;
	default:
		return TH_STATE_HALTED;
	}
}

static void thread_basic(const struct thread *thread, struct thread_basic_info *info)
{
	struct clock_time now = clock_wall_time();
	uint64_t uptime = machine_uptime_ns();
	uint64_t age = uptime - thread->created_ns;
	uint64_t used = thread->user_ns + thread->system_ns;
	*info = (struct thread_basic_info){
		.user_time = time_value_of_ns(thread->user_ns),
		.system_time = time_value_of_ns(thread->system_ns),
		.cpu_usage = age >= 1000000u
				     ? (integer_t)(used / 1000u * TH_USAGE_SCALE / (age / 1000u))
				     : 0,
		.base_priority = thread->base_priority,
		.cur_priority = thread->priority,
		.run_state = thread_run_state(thread),
		.flags = thread->idle ? TH_FLAGS_IDLE : 0,
		.suspend_count = (integer_t)thread->suspend_count,
	};
	info->creation_time = time_value_of(now);
	info->creation_time.seconds -= (long_integer_t)(age / 1000000000u);
}

static void thread_sched(const struct thread *thread, struct thread_sched_info *info)
{
	*info = (struct thread_sched_info){
		.policy = POLICY_TIMESHARE,
		.base_priority = thread->base_priority,
		.max_priority = thread->max_priority,
		.cur_priority = thread->priority,
		.depressed = thread->depressed,
		.depress_priority = thread->depressed ? thread->base_priority : -1,
	};
}

kern_return_t serv_thread_info(thread_t thread, int flavor, thread_info_t out,
			       mach_msg_type_number_t *count)
{
	if (thread == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	/* Older programs do not know the last two words (sleep time is the first of them). */
	if (flavor == THREAD_BASIC_INFO && *count >= THREAD_BASIC_INFO_COUNT) {
		*count = THREAD_BASIC_INFO_COUNT;
		thread_basic(thread, (struct thread_basic_info *)out);
		return KERN_SUCCESS;
	}
	if (flavor == THREAD_SCHED_INFO && *count >= THREAD_SCHED_INFO_COUNT - 1) {
		struct thread_sched_info info;
		thread_sched(thread, &info);
		uint32_t words =
			*count < THREAD_SCHED_INFO_COUNT ? *count : THREAD_SCHED_INFO_COUNT;
		__builtin_memcpy(out, &info, words * 4u);
		*count = words;
		return KERN_SUCCESS;
	}
	return KERN_INVALID_ARGUMENT;
}

kern_return_t serv_thread_get_special_port(thread_t thread, int which, struct ipc_port **port)
{
	if (thread == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if (thread->self_port == NULL) {
		return KERN_FAILURE;
	}
	switch (which) {
	case THREAD_KERNEL_PORT:
		*port = thread->self_send != NULL ? ipc_port_copy_send(thread->self_send)
						  : ipc_port_make_send(thread->self_port);
		return KERN_SUCCESS;
	case THREAD_EXCEPTION_PORT:
		*port = ipc_port_copy_send(thread->exception_port);
		return KERN_SUCCESS;
	default:
		return KERN_INVALID_ARGUMENT;
	}
}

/* Consumes the right on success. */
kern_return_t serv_thread_set_special_port(thread_t thread, int which, struct ipc_port *port)
{
	if (thread == NULL || (which != THREAD_KERNEL_PORT && which != THREAD_EXCEPTION_PORT)) {
		return KERN_INVALID_ARGUMENT;
	}
	if (thread->self_port == NULL) {
		return KERN_FAILURE;
	}
	struct ipc_port **slot =
		which == THREAD_KERNEL_PORT ? &thread->self_send : &thread->exception_port;
	struct ipc_port *old = *slot;
	*slot = port;
	ipc_port_release_send(old);
	return KERN_SUCCESS;
}

/* --- scheduling ---------------------------------------------------------------------- */

/* KERN_FAILURE: above the thread's limit. */
kern_return_t serv_thread_priority(thread_t thread, int priority, boolean_t set_max)
{
	if (thread == NULL || priority < 0 || priority >= PRIORITIES) {
		return KERN_INVALID_ARGUMENT;
	}
	if (priority < thread->max_priority) {
		return KERN_FAILURE;
	}
	if (set_max) {
		thread->max_priority = priority;
	}
	thread->base_priority = priority;
	if (!thread->depressed) {
		sched_set_priority(thread, priority);
	}
	return KERN_SUCCESS;
}

/* The control port of the processor set is the privilege. */
kern_return_t serv_thread_max_priority(thread_t thread, processor_set_t set, int max_priority)
{
	if (thread == NULL || set == NULL || max_priority < 0 || max_priority >= PRIORITIES) {
		return KERN_INVALID_ARGUMENT;
	}
	thread->max_priority = max_priority;
	if (thread->base_priority < max_priority) {
		thread->base_priority = max_priority;
		if (!thread->depressed) {
			sched_set_priority(thread, max_priority);
		}
	}
	return KERN_SUCCESS;
}

/* Time sharing is the only policy that the set allows unless fixed priorities are enabled, and then
   slices are the same length. KERN_FAILURE: not enabled. */
kern_return_t serv_thread_policy(thread_t thread, int policy, int data)
{
	(void)data;
	if (thread == NULL || invalid_policy(policy)) {
		return KERN_INVALID_ARGUMENT;
	}
	return (the_processor_set.policies & (uint32_t)policy) != 0 ? KERN_SUCCESS : KERN_FAILURE;
}

/* Success too when it was not depressed, as on GNU Mach. */
kern_return_t serv_thread_depress_abort(thread_t thread)
{
	if (thread == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	thread_depress_end(thread);
	return KERN_SUCCESS;
}

/* KERN_INVALID_ARGUMENT: no thread or host. A wired thread may use the last pages of the machine.
 */
kern_return_t serv_thread_wire(host_t host, thread_t thread, boolean_t wired)
{
	if (host == NULL || thread == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	thread->wired = wired != 0;
	thread->privileged = wired != 0;
	return KERN_SUCCESS;
}

/* Ends a thread and gives up what it cannot give up itself: its own name, its reply port and its
   stack. */
kern_return_t serv_thread_terminate_release(thread_t thread, task_t task,
					    mach_port_name_t thread_name,
					    mach_port_name_t reply_port, vm_address_t address,
					    vm_size_t size)
{
	if (thread == NULL || task == NULL || task->space == NULL || task->map == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	(void)ipc_port_deallocate(task->space, thread_name);
	if (reply_port != MACH_PORT_NULL) {
		(void)ipc_port_mod_refs(task->space, reply_port, MACH_PORT_RIGHT_RECEIVE, -1);
	}
	/* A stack that is not there any more is no reason not to end. */
	kern_return_t unmapped =
		size != 0 ? vm_map_deallocate_range(task->map, address, size) : KERN_SUCCESS;
	kern_return_t ended = thread_terminate(thread);
	return ended != KERN_SUCCESS ? ended : unmapped;
}
