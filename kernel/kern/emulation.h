/* Emulation vectors: system calls of `lcall $7,$0` that a task handles itself, by number. */
#pragma once

#include <kern/task.h>
#include <kern/types.h>

#define EMULATION_ENTRIES_MAX 4096u

/* Shared by a task and those that inherited it until one of them changes its own. */
struct task_emulation {
	uint32_t refs;
	int32_t min; /* the number that vector[0] is for */
	uint32_t count;
	uint32_t vector[]; /* user addresses; 0 = the kernel's own handling */
};

/* The user address that handles call `number`, or 0. The gate asks it first. */
static inline uint32_t task_emulation_lookup(const struct task *task, int32_t number)
{
	const struct task_emulation *emulation = task->emulation;
	if (emulation == NULL) {
		return 0;
	}
	uint32_t index = (uint32_t)number - (uint32_t)emulation->min;
	return index < emulation->count ? emulation->vector[index] : 0;
}

/* task_set_emulation_vector: the task's vector becomes the union of the old one and `vector`, whose
   entries are for `start` and the following numbers and win. KERN_INVALID_ARGUMENT: the union would
   have more than EMULATION_ENTRIES_MAX entries, or numbers that overflow. KERN_RESOURCE_SHORTAGE.
   Nothing is changed then. task_set_emulation is this with count 1. */
kern_return_t task_emulation_set(struct task *task, int32_t start, const uint32_t *vector,
				 uint32_t count) MUST_CHECK;
/* task_get_emulation_vector: a view, valid until something blocks or changes it. Without one: 0,
   NULL, 0. */
void task_emulation_get(const struct task *task, int32_t *start, const uint32_t **vector,
			uint32_t *count);
/* A child shares its parent's. */
void task_emulation_inherit(struct task *child, const struct task *parent);
void task_emulation_clear(struct task *task);
