/* Segment descriptors that a thread has of its own. */
#pragma once

#include <kern/machine.h>

/* False, and nothing changed, when the descriptor would give more than ring 3 memory. */
bool thread_set_descriptor(struct thread *thread, struct segment_descriptor *slot, uint32_t low,
			   uint32_t high);
