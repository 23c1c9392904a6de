/* The life of a program: from crt0 to main to its end. */
#include "libmach.h"

/* The first thread's stack (thread.h).  Zero-filled data: only touched pages cost memory. */
char mach_main_stack[MACH_STACK_SIZE] __attribute__((aligned(MACH_STACK_SIZE)));

_Static_assert(MACH_STACK_SIZE == 0x10000, "crt0.S has the same number");

int main(int argc, char **argv, char **envp);
void mach_start(uint32_t *kernel_stack) __attribute__((noreturn));

void mach_start(uint32_t *kernel_stack)
{
	int argc = (int)kernel_stack[0];
	char **argv = (char **)(kernel_stack + 1);

	mach_init();
	main(argc, argv, argv + argc + 1);
	mach_exit();
}
