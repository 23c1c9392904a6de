/* Tasks: birth, inheritance, suspension, death. */
#include <kern/task.h>

#include <kern/emulation.h>
#include <kern/machine.h>
#include <kern/panic.h>
#include <kern/string.h>
#include <kern/symbols.h>
#include <kern/thread.h>
#include <kern/trace.h>
#include <kern/upcall.h>
#include <kern/zone.h>

#define TASKS_MAX 2048u

struct list task_list = {&task_list, &task_list};
struct task *kernel_task;

static struct zone task_zone;
static uint64_t next_number; /* 0 is the kernel's */

/* A task without map, space and ports, with one reference, on no list. NULL: the zone is at its
   cap. */
static struct task *task_alloc(void)
{
	struct task *task = zone_alloc_zero(&task_zone);
	if (task == NULL) {
		return NULL;
	}
	task->magic = TASK_MAGIC;
	task->refs = 1;
	task->active = true;
	task->number = next_number++;
	task->priority = PRIORITY_USER;
	task->max_priority = PRIORITY_USER;
	task->quota.limit = UINT32_MAX;
	list_init(&task->threads);
	list_init(&task->all_link);
	return task;
}

static void task_inherit(struct task *task, const struct task *parent)
{
	task->priority = parent->priority;
	task->max_priority = parent->max_priority;
	task->redirect_handler = parent->redirect_handler;
	task->quota.limit = parent->quota.limit;
	task->ends_with = parent->ends_with;
	memcpy(task->name, parent->name, TASK_NAME_BYTES);
	task_emulation_inherit(task, parent);
}

/* Map, space, ports: all of them or none. */
static kern_return_t task_equip(struct task *task, struct task *parent, bool inherit_memory)
{
	kern_return_t result = upcall_map_create(task, parent, inherit_memory, &task->map);
	if (result != KERN_SUCCESS) {
		return result;
	}
	result = upcall_space_create(task, &task->space);
	if (result == KERN_SUCCESS) {
		result = upcall_task_ports_create(task, parent);
		if (result == KERN_SUCCESS) {
			return KERN_SUCCESS;
		}
		upcall_space_destroy(task->space);
		task->space = NULL;
	}
	upcall_map_destroy(task->map);
	task->map = NULL;
	return result;
}

kern_return_t task_create(struct task *parent, bool inherit_memory, struct task **result)
{
	if (parent != NULL && !parent->active) {
		return KERN_FAILURE;
	}
	struct task *task = task_alloc();
	if (task == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	if (parent != NULL) {
		task_inherit(task, parent);
	} else {
		task->quota.reserve = RESERVE_ESSENTIAL;
	}
	struct clock_time now = clock_wall_time();
	task->created.seconds = now.seconds;
	task->created.nanoseconds = now.nanoseconds;
	kern_return_t error = task_equip(task, parent, inherit_memory);
	if (error != KERN_SUCCESS) {
		task->active = false;
		task_release(task);
		return error;
	}
	list_add_tail(&task_list, &task->all_link);
	trace(TRACE_TASK, (uint32_t)task->number, 1);
	task->refs++; /* its own, until it ends; the first one is the caller's */
	*result = task;
	return KERN_SUCCESS;
}

/* What a task that has no thread left gives back. May run on a thread of the dying task: the map's
   end loads the kernel's page directory, and nothing of the kernel lies in user memory. */
void task_finish(struct task *task)
{
	assert(!task->active && task->thread_count == 0);
	struct ipc_space *space = task->space;
	struct vm_map *map = task->map;
	task->space = NULL;
	upcall_task_ports_destroy(task);
	upcall_space_destroy(space);
	task->map = NULL;
	upcall_map_destroy(map);
	task_emulation_clear(task);
	symbols_destroy(task->symbols);
	task->symbols = NULL;
	list_remove(&task->all_link);
	task_release(task);
}

/* Such a task keeps no others itself, so this goes one step deep. */
static void end_those_kept(const struct task *task)
{
	list_for_each_safe(link, &task_list)
	{
		struct task *kept = list_entry(link, struct task, all_link);
		if (kept->ends_with == task->number) {
			(void)task_terminate(kept);
		}
	}
}

kern_return_t task_end_with(struct task *task, struct task *keeper)
{
	if (task == keeper || !task->active || !keeper->active || keeper->ends_with != 0 ||
	    task->keeps_others || task == kernel_task) {
		return KERN_INVALID_ARGUMENT;
	}
	task->ends_with = keeper->number;
	keeper->keeps_others = true;
	return KERN_SUCCESS;
}

kern_return_t task_terminate(struct task *task)
{
	assert(task->magic == TASK_MAGIC);
	if (!task->active || task == kernel_task) {
		return KERN_FAILURE;
	}
	task->active = false;
	trace(TRACE_TASK, (uint32_t)task->number, 0);
	if (task->essential) {
		console_set_captured(0);
		kprintf("task %llu \"%s\" has ended and this machine cannot do without it: "
			"restarting\n",
			(unsigned long long)task->number, task->name);
		machine_reboot();
	}
	task_reference(task); /* ending the last thread may release the task's own */
	upcall_task_ports_disable(task);
	bool had_threads = task->thread_count != 0;
	list_for_each_safe(link, &task->threads)
	{
		/* Ends those at the boundary, marks the others; KERN_FAILURE: that one is ending
		   already. */
		(void)thread_terminate(list_entry(link, struct thread, task_link));
	}
	/* Otherwise the last thread to leave did it or will (thread.c, thread_leave_task). */
	if (!had_threads) {
		task_finish(task);
	}
	if (task->keeps_others) {
		end_those_kept(task);
	}
	task_release(task);
	return KERN_SUCCESS;
}

static void task_update_stops(struct task *task)
{
	list_for_each(link, &task->threads)
	{
		thread_update_stop(list_entry(link, struct thread, task_link));
	}
}

kern_return_t task_suspend(struct task *task)
{
	if (!task->active || task == kernel_task || task->suspend_count == UINT32_MAX) {
		return KERN_FAILURE;
	}
	if (task->suspend_count++ == 0) {
		task_update_stops(task);
	}
	return KERN_SUCCESS;
}

kern_return_t task_resume(struct task *task)
{
	if (!task->active || task->suspend_count == 0) {
		return KERN_FAILURE;
	}
	if (--task->suspend_count == 0) {
		task_update_stops(task);
	}
	return KERN_SUCCESS;
}

void task_reference(struct task *task)
{
	assert(task->magic == TASK_MAGIC && task->refs > 0);
	task->refs++;
}

void task_release(struct task *task)
{
	assert(task->magic == TASK_MAGIC && task->refs > 0);
	if (--task->refs > 0) {
		return;
	}
	assert(!task->active && task->map == NULL && task->space == NULL &&
	       list_empty(&task->threads));
	task_emulation_clear(task); /* if it was never equipped */
	machine_task_destroy(task);
	task->magic = 0;
	zone_free(&task_zone, task);
}

kern_return_t task_digest_set(struct task *task, uint64_t writer_number, const uint8_t *digest)
{
	if (!task->active) {
		return KERN_FAILURE;
	}
	if (task->digest_written || task->started) {
		return KERN_FAILURE;
	}
	memcpy(task->digest, digest, TASK_DIGEST_BYTES);
	task->digest_writer = writer_number;
	task->digest_set = true;
	task->digest_written = true;
	return KERN_SUCCESS;
}

void task_control_port_entered(struct task *task, uint64_t space_task_number)
{
	if (likely(!task->digest_set) || space_task_number == task->number ||
	    space_task_number == task->digest_writer) {
		return;
	}
	task->digest_set = false;
	memset(task->digest, 0, TASK_DIGEST_BYTES);
}

void task_init(void)
{
	zone_init(&task_zone, "tasks", sizeof(struct task), TASKS_MAX);
	kernel_task = task_alloc();
	assert(kernel_task != NULL && kernel_task->number == 0);
	kernel_task->quota.reserve = RESERVE_ESSENTIAL;
	memcpy(kernel_task->name, "kernel", sizeof "kernel");
	list_add_tail(&task_list, &kernel_task->all_link);
	kern_return_t error = upcall_task_ports_create(kernel_task, NULL);
	assert(error == KERN_SUCCESS);
}
