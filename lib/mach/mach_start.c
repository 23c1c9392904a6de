/* The life of a program: from crt0 to main to its end. */
#include "libmach.h"

mach_port_t mach_task_self_;
mach_port_t mach_host_self_;
boolean_t mach_kernel_is_masix;
void (*mach_gate)(void) = mach_gate_lcall;

/* The first thread's stack (thread.h).  Zero-filled data: only touched pages cost memory. */
char mach_main_stack[MACH_STACK_SIZE] __attribute__((aligned(MACH_STACK_SIZE)));

_Static_assert(MACH_STACK_SIZE == 0x10000, "crt0.S has the same number");

int main(int argc, char **argv, char **envp);
void mach_start(uint32_t *kernel_stack) __attribute__((noreturn));

void mach_init(void)
{
	/* By lcall, which every kernel has; another kernel's answer is an error code. */
	mach_gate = mach_gate_lcall;
	mach_kernel_is_masix = masix_gate_probe() == MASIX_GATE_MAGIC;
	if (mach_kernel_is_masix) {
		mach_gate = mach_gate_sysenter;
	}
	mach_thread_block_init((vm_address_t)__builtin_frame_address(0) &
			       ~(vm_address_t)(MACH_STACK_SIZE - 1));
	mach_task_self_ = (mach_task_self)();
	mach_host_self_ = (mach_host_self)();
}

void mach_exit(void)
{
	for (;;) {
		(void)syscall_task_terminate(mach_task_self());
	}
}

void mach_start(uint32_t *kernel_stack)
{
	int argc = (int)kernel_stack[0];
	char **argv = (char **)(kernel_stack + 1);

	mach_init();
	main(argc, argv, argv + argc + 1);
	mach_exit();
}
