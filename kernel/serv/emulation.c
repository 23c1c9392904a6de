/* Emulation vectors of tasks: lcall traps that enter user code instead of the kernel. */
#include <kern/emulation.h>

#include <kern/task.h>
#include <kern/zone.h>
#include <serv/convert.h>
#include <serv/routines.h>

struct task_emulation *task_emulation_reference(struct task_emulation *emulation)
{
	if (emulation != NULL) {
		emulation->refs++;
	}
	return emulation;
}

void task_emulation_release(struct task_emulation *emulation)
{
	if (emulation != NULL && --emulation->refs == 0) {
		kfree(emulation, sizeof *emulation);
	}
}

/* The task's own vector, to be changed: a copy when it is shared. NULL: no memory. */
static struct task_emulation *emulation_own(struct task *task)
{
	struct task_emulation *old = task->emulation;
	if (old != NULL && old->refs == 1) {
		return old;
	}
	struct task_emulation *own = kalloc(sizeof *own);
	if (own == NULL) {
		return NULL;
	}
	if (old != NULL) {
		*own = *old;
		old->refs--;
	} else {
		__builtin_memset(own, 0, sizeof *own);
	}
	own->refs = 1;
	task->emulation = own;
	return own;
}

/* KERN_INVALID_ARGUMENT: no task, or a number that has no place in the vector. KERN_RESOURCE_SHORTAGE. */
kern_return_t serv_task_set_emulation(task_t task, vm_address_t routine, int number)
{
	uint32_t index = (uint32_t)(number - EMULATION_LOWEST);
	if (task == NULL || index >= EMULATION_ENTRIES) {
		return KERN_INVALID_ARGUMENT;
	}
	struct task_emulation *emulation = emulation_own(task);
	if (emulation == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	emulation->routine[index] = routine;
	return KERN_SUCCESS;
}

/* The whole vector, out of line: entries from the first to the last that is set. */
kern_return_t serv_task_get_emulation_vector(task_t task, int *vector_start, emulation_vector_t *vector,
					     mach_msg_type_number_t *count)
{
	if (task == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	*vector_start = 0;
	*vector = NULL;
	*count = 0;
	const struct task_emulation *emulation = task->emulation;
	if (emulation == NULL) {
		return KERN_SUCCESS;
	}
	uint32_t first = 0;
	uint32_t end = EMULATION_ENTRIES;
	while (first < end && emulation->routine[first] == 0) {
		first++;
	}
	while (end > first && emulation->routine[end - 1] == 0) {
		end--;
	}
	if (first == end) {
		return KERN_SUCCESS;
	}
	*vector_start = (int)first + EMULATION_LOWEST;
	*count = end - first;
	return vm_map_copyin_kernel(&emulation->routine[first], (end - first) * 4u, vector);
}

kern_return_t serv_task_set_emulation_vector(task_t task, int vector_start, emulation_vector_t vector,
					     mach_msg_type_number_t count)
{
	uint32_t first = (uint32_t)(vector_start - EMULATION_LOWEST);
	if (task == NULL || first >= EMULATION_ENTRIES || count > EMULATION_ENTRIES - first) {
		return KERN_INVALID_ARGUMENT;
	}
	struct task_emulation *emulation = emulation_own(task);
	if (emulation == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	if (count > 0 && !vm_map_copy_read(vector, 0, &emulation->routine[first], count * 4u)) {
		return KERN_INVALID_ARGUMENT;
	}
	vm_map_copy_discard(vector);
	return KERN_SUCCESS;
}
