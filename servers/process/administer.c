/* Routines of masix/process.defs that look at other processes and at the node. */
#include <string.h>
#include <libmach.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/masix_host.h>
#include <gen/process_server.h>
#include "server.h"

#define SELF           mach_task_self()
#define LOG_READ_BYTES 0x4000u

static struct process *process_of(ipc_call_t call)
{
	return *(struct process **)ipc_call_data(call);
}

static bool is_administrator(const struct process *process)
{
	return (process->flags & IS_ADMINISTRATOR) != 0;
}

/* Another process that the caller may do something to; locked, and with a reference. */
static kern_return_t find_subject(const struct process *process, uint32_t id,
				  struct process **found)
{
	struct process *subject = process_of_id(id);

	if (subject == NULL || subject->family.ended) {
		return PROCESS_NOT_FOUND;
	}
	if (!is_administrator(process) && subject != process &&
	    !family_descends(&subject->family, &process->family)) {
		return PROCESS_NOT_PERMITTED;
	}
	process_reference(subject);
	*found = subject;
	return KERN_SUCCESS;
}

/* The same for one that shall end: not essential. */
static kern_return_t find_mortal(const struct process *process, uint32_t id, struct process **found)
{
	kern_return_t result = find_subject(process, id, found);

	if (result == KERN_SUCCESS && ((*found)->flags & IS_ESSENTIAL) != 0) {
		process_release_locked(*found);
		result = PROCESS_NOT_PERMITTED;
	}
	return result;
}

kern_return_t serve_process_kill(ipc_call_t call, natural_t id)
{
	struct process *subject = NULL;
	kern_return_t result = KERN_SUCCESS;

	ipc_lock(&state_lock);
	result = find_mortal(process_of(call), id, &subject);
	ipc_unlock(&state_lock);
	if (result == KERN_SUCCESS) {
		process_end(subject, PROCESS_STATUS(PROCESS_REASON_KILLED, 0));
		process_release(subject);
	}
	return result;
}

kern_return_t serve_process_interrupt(ipc_call_t call, natural_t id)
{
	struct process *subject = NULL;
	kern_return_t result = KERN_SUCCESS;
	bool told = false;

	ipc_lock(&state_lock);
	result = find_mortal(process_of(call), id, &subject);
	if (result == KERN_SUCCESS && subject->notifier != NULL) {
		told = ipc_notify(subject->notifier, PROCESS_EVENT_INTERRUPT, subject->notify_key,
				  0) != KERN_TERMINATED;
	}
	ipc_unlock(&state_lock);
	if (result == KERN_SUCCESS) {
		if (!told) {
			process_end(subject, PROCESS_STATUS(PROCESS_REASON_KILLED, 0));
		}
		process_release(subject);
	}
	return result;
}

kern_return_t serve_process_set_quota(ipc_call_t call, natural_t id, natural_t pages)
{
	struct process *process = process_of(call), *subject = NULL;
	kern_return_t result = KERN_SUCCESS;

	ipc_lock(&state_lock);
	result = find_subject(process, id, &subject);
	if (result == KERN_SUCCESS) {
		if (pages == 0) {
			result = KERN_INVALID_VALUE;
		} else if (pages > process->pages ||
			   (subject == process && !is_administrator(process) &&
			    pages > process->pages)) {
			result = PROCESS_NOT_PERMITTED;
		} else {
			result = masix_task_set_page_quota(host_privileged, subject->task, pages);
			subject->pages = result == KERN_SUCCESS ? pages : subject->pages;
		}
		process_release_locked(subject);
	}
	ipc_unlock(&state_lock);
	return result;
}

/* ---------------------------------------------------------------------------------------- lists */

static uint32_t milliseconds_of(time_value_t user, time_value_t system)
{
	return (uint32_t)((user.seconds + system.seconds) * 1000 +
			  (user.microseconds + system.microseconds) / 1000);
}

/* What the kernel knows of a task that lives. */
static void fill_from_task(const struct process *process, struct process_info *info)
{
	task_basic_info_data_t basic;
	task_thread_times_info_data_t times;
	mach_msg_type_number_t count = TASK_BASIC_INFO_COUNT;
	thread_array_t threads = NULL;
	int64_t number = 0;
	natural_t limit = 0;

	if (masix_task_get_info(host_privileged, process->task, &number, info->digest,
				&info->pages_used, &limit) == KERN_SUCCESS) {
		info->pages_limit = limit;
	}
	if (task_info(process->task, TASK_BASIC_INFO, (task_info_t)&basic, &count) ==
	    KERN_SUCCESS) {
		info->milliseconds = milliseconds_of(basic.user_time, basic.system_time);
		info->state = basic.suspend_count > 0 ? PROCESS_STATE_STOPPED : info->state;
	}
	count = TASK_THREAD_TIMES_INFO_COUNT;
	if (task_info(process->task, TASK_THREAD_TIMES_INFO, (task_info_t)&times, &count) ==
	    KERN_SUCCESS) {
		info->milliseconds += milliseconds_of(times.user_time, times.system_time);
	}
	count = 0;
	if (task_threads(process->task, &threads, &count) == KERN_SUCCESS && count > 0) {
		for (uint32_t i = 0; i < count; i++) {
			if (MACH_PORT_VALID(threads[i])) {
				(void)mach_port_deallocate(SELF, threads[i]);
			}
		}
		(void)vm_deallocate(SELF, (vm_address_t)threads, count * sizeof *threads);
		info->threads = count;
	}
}

static void fill_info(const struct process *process, struct process_info *info)
{
	*info = (struct process_info){
		.id = process->family.id,
		.parent = process->family.parent != NULL ? process->family.parent->id : 0,
		.task_number = process->task_number,
		.state = process->family.ended                  ? PROCESS_STATE_ENDED
			 : (process->flags & IS_SUSPENDED) != 0 ? PROCESS_STATE_STOPPED
								: PROCESS_STATE_RUNS,
		.pages_used = process->pages_used,
		.pages_limit = process->pages,
		.milliseconds = process->milliseconds,
		.status = process->status,
	};
	memcpy(info->name, process->name, sizeof info->name);
	memcpy(info->digest, process->digest, sizeof info->digest);
	if (!process->family.ended && process->task != MACH_PORT_NULL) {
		fill_from_task(process, info);
	}
	info->state |= (process->flags & IS_SERVER) != 0 ? PROCESS_STATE_SERVER : 0;
	info->state |= (process->flags & IS_ADOPTED) != 0 ? PROCESS_STATE_ADOPTED : 0;
}

/* Memory for a reply, which the stub gives away. */
static kern_return_t reply_memory(size_t bytes, vm_offset_t *memory)
{
	*memory = 0;
	return bytes == 0                                               ? KERN_SUCCESS
	       : vm_allocate(SELF, memory, bytes, TRUE) == KERN_SUCCESS ? KERN_SUCCESS
									: KERN_RESOURCE_SHORTAGE;
}

/* The rest of the pages goes back: only what is used travels. */
static uint32_t fill_list(const struct process *process, struct process_info *list, uint32_t most)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < FAMILY_BUCKETS; i++) {
		for (struct family_member *member = family.buckets[i];
		     member != NULL && count < most; member = member->next_of_bucket) {
			if (is_administrator(process) || member == &process->family ||
			    family_descends(member, &process->family)) {
				fill_info((struct process *)member, &list[count++]);
			}
		}
	}
	return count;
}

static vm_size_t page_round(size_t bytes)
{
	return (bytes + 0xfffu) & ~(vm_size_t)0xfff;
}

kern_return_t serve_process_list(ipc_call_t call, vm_offset_t *list, mach_msg_type_number_t *bytes)
{
	size_t room = 0, used = 0;
	kern_return_t result = KERN_SUCCESS;

	ipc_lock(&state_lock);
	room = family.count * sizeof(struct process_info);
	result = reply_memory(room, list);
	if (result == KERN_SUCCESS) {
		used = fill_list(process_of(call), (struct process_info *)*list, family.count) *
		       sizeof(struct process_info);
	}
	ipc_unlock(&state_lock);
	if (result == KERN_SUCCESS && page_round(used) < page_round(room)) {
		(void)vm_deallocate(SELF, *list + page_round(used),
				    page_round(room) - page_round(used));
	}
	*bytes = used;
	return result;
}

kern_return_t serve_process_list_servers(ipc_call_t call, vm_offset_t *list,
					 mach_msg_type_number_t *bytes)
{
	size_t room = server_count * sizeof(struct process_server_info);
	struct process_server_info *info = NULL;
	uint64_t now = milliseconds_now();
	kern_return_t result = reply_memory(room, list);

	(void)call;
	*bytes = room;
	if (result != KERN_SUCCESS) {
		return result;
	}
	info = (struct process_server_info *)*list;
	ipc_lock(&state_lock);
	for (uint32_t i = 0; i < room / sizeof *info; i++, info++) {
		const struct server *server = &servers[i];

		(void)strncpy(info->name, server->entry.name, sizeof info->name - 1);
		info->id = server->process != NULL ? server->process->family.id : 0;
		info->state = server->state;
		info->restarts = server->starts > 0 ? server->starts - 1 : 0;
		info->next_ms = server->state == PROCESS_SERVER_WAITS && server->due_ms > now
					? (uint32_t)(server->due_ms - now)
					: 0;
		info->status = server->status;
	}
	ipc_unlock(&state_lock);
	return KERN_SUCCESS;
}

/* ----------------------------------------------------------------------------------- the node's */

kern_return_t serve_process_read_log(ipc_call_t call, int64_t position, vm_offset_t *text,
				     mach_msg_type_number_t *bytes, int64_t *next)
{
	uint64_t at = position < 0 ? 0 : (uint64_t)position;
	kern_return_t result = PROCESS_NOT_PERMITTED;

	if (is_administrator(process_of(call))) {
		result = reply_memory(LOG_READ_BYTES, text);
	}
	if (result != KERN_SUCCESS) {
		return result;
	}
	*bytes = log_copy(&at, (char *)*text, LOG_READ_BYTES);
	*next = (int64_t)at;
	if (page_round(*bytes) < LOG_READ_BYTES) {
		(void)vm_deallocate(SELF, *text + page_round(*bytes),
				    LOG_READ_BYTES - page_round(*bytes));
	}
	return KERN_SUCCESS;
}

kern_return_t serve_process_get_counters(ipc_call_t call, masix_counter_array_t *counters,
					 mach_msg_type_number_t *count)
{
	masix_counter_array_t kernel = NULL;
	mach_msg_type_number_t kernel_count = 0;
	masix_counter_t own[COUNTERS_OWN];
	vm_offset_t memory = 0;
	kern_return_t result = PROCESS_NOT_PERMITTED;

	if (is_administrator(process_of(call))) {
		result = masix_counters(host_privileged, &kernel, &kernel_count);
	}
	if (result != KERN_SUCCESS) {
		return result;
	}
	counters_read(own);
	result = reply_memory((kernel_count + COUNTERS_OWN) * sizeof own[0], &memory);
	if (result == KERN_SUCCESS) {
		*counters = (masix_counter_array_t)memory;
		*count = kernel_count + COUNTERS_OWN;
		memcpy(*counters, own, sizeof own);
		memcpy(*counters + COUNTERS_OWN, kernel, kernel_count * sizeof own[0]);
	}
	(void)vm_deallocate(SELF, (vm_address_t)kernel, kernel_count * sizeof own[0]);
	return result;
}

kern_return_t serve_process_start_server(ipc_call_t call, const_process_name_t name)
{
	if (!is_administrator(process_of(call))) {
		return PROCESS_NOT_PERMITTED;
	}
	if (strnlen(name, PROCESS_NAME_BYTES) == PROCESS_NAME_BYTES) {
		return PROCESS_NOT_FOUND;
	}
	return servers_start_again(name);
}
