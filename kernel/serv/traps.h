/* The trap table: what the call gate's negative numbers do. */
#pragma once

#include <stdint.h>

#include <kern/types.h>

#define TRAP_TABLE_ENTRIES 130u

/* The entry code copies `arguments` words from the user's stack to the kernel's and calls `routine`
   (TRAP_ROUTINE). */
struct trap_entry {
	uint32_t(TRAP_ROUTINE *routine)();
	uint8_t arguments;
};
extern const struct trap_entry trap_table[TRAP_TABLE_ENTRIES]; /* by -number */
