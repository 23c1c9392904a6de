/* Emulation vectors. */
#include <kern/emulation.h>

#include <kern/string.h>
#include <kern/zone.h>

static uint32_t emulation_bytes(uint32_t count)
{
	return (uint32_t)sizeof(struct task_emulation) + count * (uint32_t)sizeof(uint32_t);
}

void task_emulation_clear(struct task *task)
{
	struct task_emulation *emulation = task->emulation;
	task->emulation = NULL;
	if (emulation != NULL && --emulation->refs == 0) {
		kfree(emulation, emulation_bytes(emulation->count));
	}
}

kern_return_t task_emulation_set(struct task *task, int32_t start, const uint32_t *vector,
				 uint32_t count)
{
	const struct task_emulation *old = task->emulation;
	int64_t low = start;
	int64_t high = low + count;
	if (count == 0) {
		return KERN_SUCCESS;
	}
	if (old != NULL) {
		low = old->min < low ? old->min : low;
		int64_t old_high = (int64_t)old->min + old->count;
		high = old_high > high ? old_high : high;
	}
	if (high > INT32_MAX || high - low > EMULATION_ENTRIES_MAX) {
		return KERN_INVALID_ARGUMENT;
	}
	struct task_emulation *emulation = kalloc(emulation_bytes((uint32_t)(high - low)));
	if (emulation == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	emulation->refs = 1;
	emulation->min = (int32_t)low;
	emulation->count = (uint32_t)(high - low);
	memset(emulation->vector, 0, emulation->count * sizeof(uint32_t));
	if (old != NULL) {
		memcpy(emulation->vector + (old->min - low), old->vector,
		       old->count * sizeof(uint32_t));
	}
	memcpy(emulation->vector + (start - low), vector, count * sizeof(uint32_t));
	task_emulation_clear(task);
	task->emulation = emulation;
	return KERN_SUCCESS;
}

void task_emulation_get(const struct task *task, int32_t *start, const uint32_t **vector,
			uint32_t *count)
{
	const struct task_emulation *emulation = task->emulation;
	*start = emulation != NULL ? emulation->min : 0;
	*vector = emulation != NULL ? emulation->vector : NULL;
	*count = emulation != NULL ? emulation->count : 0;
}

void task_emulation_inherit(struct task *child, const struct task *parent)
{
	child->emulation = parent->emulation;
	if (child->emulation != NULL) {
		child->emulation->refs++;
	}
}
