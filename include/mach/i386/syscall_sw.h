/*
 * How a trap of mach/syscall_sw.h becomes a function: the number in eax, the arguments where the
 * caller put them, above one return address.  A file that wants something else of the list
 * (a table, say) defines kernel_trap first.
 */
#ifndef kernel_trap

#include <mach/machine/asm.h>

#define kernel_trap(trap_name, trap_number, number_args) \
ENTRY(trap_name) \
	movl $ trap_number, %eax; \
	SVC; \
	ret; \
END(trap_name)

#endif
