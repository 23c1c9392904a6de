/* masix_host.defs: what the kernel adds to Mach. */
#include <kern/counter.h>
#include <kern/end_after.h>
#include <kern/machine.h>
#include <kern/task.h>
#include <kern/thread.h>
#include <kern/trace.h>
#include <kern/zone.h>
#include <masix/masix_host.h>
#include <serv/descriptor_routines.h>
#include <serv/routines.h>

#define TRACE_RECORDS_AT_ONCE 1024u

_Static_assert(TASK_DIGEST_BYTES == sizeof(masix_digest_t), "one length of digests");

static void name_copy(char *to, const char *from)
{
	uint32_t i = 0;
	for (; i + 1 < MASIX_NAME_BYTES && from[i] != 0; i++) {
		to[i] = from[i];
	}
	for (; i < MASIX_NAME_BYTES; i++) {
		to[i] = 0;
	}
}

/* The port's send right is consumed on success. */
kern_return_t serv_masix_port_owner(host_t host, struct ipc_port *port, int64_t *number,
				    masix_digest_t digest)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	if (!IP_VALID(port) || !port->active) {
		return KERN_INVALID_RIGHT;
	}
	struct ipc_space *space = port->receiver;
	if (space == NULL || space == ipc_space_kernel || space->task == NULL) {
		return KERN_FAILURE;
	}
	*number = (int64_t)space->task->number;
	__builtin_memcpy(digest, space->task->digest, TASK_DIGEST_BYTES);
	ipc_port_release_send(port);
	return KERN_SUCCESS;
}

kern_return_t serv_masix_port_receiver(ipc_space_t space, mach_port_name_t name,
				       mach_port_name_t *receiver)
{
	return space != NULL ? ipc_port_get_receiver(space, name, receiver) : KERN_INVALID_ARGUMENT;
}

kern_return_t serv_masix_task_set_digest(host_t host, task_t task, const masix_digest_t digest)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	if (task == NULL || !task->active) {
		return KERN_INVALID_ARGUMENT;
	}
	kern_return_t result =
		task_digest_set(task, current->task->number, (const uint8_t *)digest);
	return result == KERN_FAILURE ? KERN_NAME_EXISTS : result;
}

kern_return_t serv_masix_task_get_info(host_t host, task_t task, int64_t *number,
				       masix_digest_t digest, natural_t *pages_used,
				       natural_t *pages_limit)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	if (task == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	*number = (int64_t)task->number;
	__builtin_memcpy(digest, task->digest, TASK_DIGEST_BYTES);
	*pages_used = task->quota.used;
	*pages_limit = task->quota.limit;
	return KERN_SUCCESS;
}

kern_return_t serv_masix_task_set_page_quota(host_t host, task_t task, natural_t pages)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	if (task == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	task->quota.limit = pages;
	return KERN_SUCCESS;
}

kern_return_t serv_masix_task_use_reserve(host_t host, task_t task)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	if (task == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if (task->quota.reserve < RESERVE_SERVER) {
		task->quota.reserve = RESERVE_SERVER;
	}
	return KERN_SUCCESS;
}

kern_return_t serv_masix_task_end_with(task_t task, task_t keeper)
{
	return task != NULL && keeper != NULL ? task_end_with(task, keeper) : KERN_INVALID_ARGUMENT;
}

/* Makes an answer out of a kalloc'd block, which is freed. */
static kern_return_t block_to_copy(void *block, uint32_t used_bytes, uint32_t bytes,
				   struct vm_map_copy **copy)
{
	*copy = NULL;
	kern_return_t result =
		used_bytes > 0 ? vm_map_copyin_kernel(block, used_bytes, copy) : KERN_SUCCESS;
	kfree(block, bytes);
	return result;
}

kern_return_t serv_masix_counters(host_t host, masix_counter_array_t *out,
				  mach_msg_type_number_t *count)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	uint32_t number = (uint32_t)(counters_end - counters_start);
	masix_counter_t *counters = kalloc((number + 1) * sizeof *counters);
	if (counters == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	for (uint32_t i = 0; i < number; i++) {
		name_copy(counters[i].name, counters_start[i].name);
		counters[i].value = (int64_t)counters_start[i].value;
	}
	struct vm_map_copy *copy;
	kern_return_t result = block_to_copy(counters, number * sizeof *counters,
					     (number + 1) * sizeof *counters, &copy);
	*out = (masix_counter_array_t)copy;
	*count = number;
	return result;
}

kern_return_t serv_masix_zones(host_t host, masix_zone_array_t *out, mach_msg_type_number_t *count)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	uint32_t number = 0;
	for (struct zone *zone = zone_next(NULL); zone != NULL; zone = zone_next(zone)) {
		number++;
	}
	/* The answer's own memory must not count among what is in use. */
	masix_zone_t *zones = kalloc((number + 1) * sizeof *zones);
	if (zones == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	uint32_t used = 0;
	for (struct zone *zone = zone_next(NULL); zone != NULL && used < number;
	     zone = zone_next(zone)) {
		name_copy(zones[used].name, zone->name);
		zones[used].element_bytes = zone->element_bytes;
		zones[used].in_use = zone->in_use;
		zones[used].cap = zone->cap;
		zones[used].high_water = zone->high_water;
		used++;
	}
	struct vm_map_copy *copy;
	kern_return_t result =
		block_to_copy(zones, used * sizeof *zones, (number + 1) * sizeof *zones, &copy);
	*out = (masix_zone_array_t)copy;
	*count = used;
	return result;
}

kern_return_t serv_masix_trace_read(host_t host, int64_t since, vm_offset_t *records,
				    mach_msg_type_number_t *bytes, int64_t *next)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	const uint32_t block_bytes = TRACE_RECORDS_AT_ONCE * sizeof(struct trace_record);
	struct trace_record *block = kalloc(block_bytes);
	if (block == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	uint64_t position = (uint64_t)since;
	uint32_t read = trace_read(&position, block, TRACE_RECORDS_AT_ONCE);
	if (since < 0 || (read == 0 && position != (uint64_t)since)) {
		kfree(block, block_bytes);
		return KERN_INVALID_VALUE;
	}
	struct vm_map_copy *copy;
	kern_return_t result = block_to_copy(block, read * sizeof *block, block_bytes, &copy);
	*records = (vm_offset_t)copy;
	*bytes = read * sizeof *block;
	*next = (int64_t)position;
	return result;
}

kern_return_t serv_masix_trace_control(host_t host, natural_t mask)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	if ((mask & ~(MASIX_TRACE_MESSAGES | MASIX_TRACE_SWITCHES | MASIX_TRACE_FAULTS)) != 0) {
		return KERN_INVALID_VALUE;
	}
	uint32_t kinds = 0;
	if ((mask & MASIX_TRACE_MESSAGES) != 0) {
		kinds |= 1u << TRACE_SEND | 1u << TRACE_RECEIVE | 1u << TRACE_KERNEL_RPC;
	}
	if ((mask & MASIX_TRACE_SWITCHES) != 0) {
		kinds |= 1u << TRACE_SWITCH;
	}
	if ((mask & MASIX_TRACE_FAULTS) != 0) {
		kinds |= 1u << TRACE_FAULT | 1u << TRACE_EXCEPTION | 1u << TRACE_TASK;
	}
	trace_mask = kinds;
	return KERN_SUCCESS;
}

static struct task *task_by_number(uint64_t number)
{
	list_for_each(link, &task_list)
	{
		struct task *task = list_entry(link, struct task, all_link);
		if (task->number == number && task->active && task != kernel_task) {
			return task;
		}
	}
	return NULL;
}

kern_return_t serv_masix_task_end_after(host_t host, int64_t number, natural_t events)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	struct task *task = events != 0 ? task_by_number((uint64_t)number) : NULL;
	if (events != 0 && task == NULL) {
		return KERN_INVALID_VALUE;
	}
	if (task != NULL) {
		trace_mask |= 1u << TRACE_SEND | 1u << TRACE_RECEIVE | 1u << TRACE_KERNEL_RPC;
	}
	end_after_set(task, events);
	return KERN_SUCCESS;
}

#define TLS_COUNT 3

kern_return_t serv_masix_thread_set_tls(thread_t thread, int index, natural_t low, natural_t high)
{
	if (thread == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if (index < 0 || index >= TLS_COUNT) {
		return KERN_INVALID_VALUE;
	}
	bool is_code =
		(high & 0x800u) != 0; /* bit 3 of the type: these three are data segments alone */
	if (is_code || !thread_set_descriptor(thread, &thread->machine.tls[index], low, high)) {
		return KERN_INVALID_VALUE;
	}
	return KERN_SUCCESS;
}

kern_return_t serv_masix_thread_get_tls(thread_t thread, int index, natural_t *low, natural_t *high)
{
	if (thread == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if (index < 0 || index >= TLS_COUNT) {
		return KERN_INVALID_VALUE;
	}
	*low = thread->machine.tls[index].low;
	*high = thread->machine.tls[index].high;
	return KERN_SUCCESS;
}

kern_return_t serv_masix_thread_get_fault(thread_t thread, natural_t *vector, natural_t *error)
{
	if (thread == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	*vector = thread->machine.frame->trap_number;
	*error = thread->machine.frame->error;
	return KERN_SUCCESS;
}

kern_return_t serv_masix_task_set_redirect(task_t task, vm_address_t handler)
{
	if (task == NULL || !task->active) {
		return KERN_INVALID_ARGUMENT;
	}
	if (handler >= USER_TOP) {
		return KERN_INVALID_ADDRESS;
	}
	task->redirect_handler = handler;
	return KERN_SUCCESS;
}

kern_return_t serv_masix_thread_set_redirect_block(thread_t thread, vm_address_t block)
{
	if (thread == NULL || !thread->active) {
		return KERN_INVALID_ARGUMENT;
	}
	if ((block & 3u) != 0 || block > USER_TOP - sizeof(struct masix_redirect_block)) {
		return KERN_INVALID_ADDRESS;
	}
	thread->machine.redirect_block = block;
	return KERN_SUCCESS;
}

kern_return_t serv_masix_task_map_page_zero(task_t task)
{
	if (task == NULL || !task->active || task == kernel_task) {
		return KERN_INVALID_ARGUMENT;
	}
	vm_map_include_zero(task->map);
	return KERN_SUCCESS;
}

kern_return_t serv_masix_thread_post_v86(thread_t thread, boolean_t at_once)
{
	if (thread == NULL || !thread->active || thread->task == kernel_task) {
		return KERN_INVALID_ARGUMENT;
	}
	return machine_v86_post(thread, at_once != 0);
}
