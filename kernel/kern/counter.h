/* Counters by name. Define one next to the code it counts: COUNTER(ipc_fast_sends); then
   counter_add. They lie in a linker section, so that a reader finds them all without a registry. */
#pragma once

#include <kern/types.h>

struct counter {
	const char *name;
	uint64_t value;
};

#define COUNTER(counter_name)                                                                      \
	static struct counter counter_##counter_name                                               \
		__attribute__((section(".counters"), used)) = {#counter_name, 0}
#define counter_add(counter_name) (counter_##counter_name.value++)

extern struct counter counters_start[], counters_end[]; /* set by the linker script */
