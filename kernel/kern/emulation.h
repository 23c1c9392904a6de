/* Emulation vectors (task_set_emulation): user routines that lcall traps of a task enter instead of the
   kernel. A vector is shared by a task and its children until one of them changes its own. */
#pragma once

#include <kern/types.h>

#define EMULATION_LOWEST  (-144)
#define EMULATION_ENTRIES 1024u

struct task_emulation {
	uint32_t refs;
	uint32_t routine[EMULATION_ENTRIES]; /* by number - EMULATION_LOWEST; 0: the kernel's own */
};

/* The routine for a trap number, or 0. */
static inline uint32_t task_emulation_routine(const struct task_emulation *emulation, int32_t number)
{
	uint32_t index = (uint32_t)(number - EMULATION_LOWEST);
	return emulation != NULL && index < EMULATION_ENTRIES ? emulation->routine[index] : 0;
}

/* serv/emulation.c; NULL is accepted by both. */
struct task_emulation *task_emulation_reference(struct task_emulation *emulation);
void task_emulation_release(struct task_emulation *emulation);
