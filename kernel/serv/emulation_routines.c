/* task_*_emulation_vector: kern/emulation.h keeps the vectors. */
#include <kern/emulation.h>
#include <kern/machine.h>
#include <kern/thread.h>
#include <kern/zone.h>
#include <serv/routines.h>

#define EML_BAD_TASK                                                                               \
	0x8001 /* what these calls say for KERN_INVALID_TASK; the headers do not name it */

static bool emulation_has_any(const struct task_emulation *emulation)
{
	for (uint32_t i = 0; emulation != NULL && i < emulation->count; i++) {
		if (emulation->vector[i] != 0) {
			return true;
		}
	}
	return false;
}

static kern_return_t emulation_set(struct task *task, int start, const uint32_t *vector,
				   uint32_t count)
{
	kern_return_t result = task_emulation_set(task, start, vector, count);
	if (result == KERN_SUCCESS && !emulation_has_any(task->emulation)) {
		task_emulation_clear(task);
	}
	if (task == current->task) {
		trap_emulation =
			task->emulation != NULL; /* the gate looks at this, not at the task */
	}
	return result;
}

/* EML_BAD_TASK. KERN_INVALID_ARGUMENT: a number that has no place in the vector.
   KERN_RESOURCE_SHORTAGE. */
kern_return_t serv_task_set_emulation(task_t task, vm_address_t routine, int number)
{
	uint32_t entry = routine;
	return task != NULL ? emulation_set(task, number, &entry, 1) : EML_BAD_TASK;
}

kern_return_t serv_task_get_emulation_vector(task_t task, int *vector_start,
					     emulation_vector_t *vector,
					     mach_msg_type_number_t *count)
{
	if (task == NULL) {
		return EML_BAD_TASK;
	}
	const uint32_t *entries;
	task_emulation_get(task, vector_start, &entries, count);
	*vector = NULL;
	return *count == 0 ? KERN_SUCCESS : vm_map_copyin_kernel(entries, *count * 4u, vector);
}

/* The vector is consumed on success. */
kern_return_t serv_task_set_emulation_vector(task_t task, int vector_start,
					     emulation_vector_t vector,
					     mach_msg_type_number_t count)
{
	if (task == NULL) {
		return EML_BAD_TASK;
	}
	if (count > EMULATION_ENTRIES_MAX) {
		return KERN_INVALID_ARGUMENT;
	}
	if (count == 0) {
		return KERN_SUCCESS;
	}
	uint32_t *entries = kalloc(count * 4u);
	if (entries == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	kern_return_t result = KERN_INVALID_ARGUMENT;
	if (vm_map_copy_read(vector, 0, entries, count * 4u)) {
		result = emulation_set(task, vector_start, entries, count);
	}
	kfree(entries, count * 4u);
	if (result == KERN_SUCCESS) {
		vm_map_copy_discard(vector);
	}
	return result;
}
