/* The trap table: what the call gate's negative numbers do. */
#pragma once

#include <stdint.h>

#define TRAP_TABLE_ENTRIES 130u

/* The entry code copies `arguments` words from the user's stack to the kernel's and calls `routine` (cdecl). */
struct trap_entry {
	uint32_t (*routine)();
	uint8_t arguments;
};
extern const struct trap_entry trap_table[TRAP_TABLE_ENTRIES]; /* by -number */
