/* What a program knows of itself from its first instructions on, and its end. */
#include "libmach.h"

mach_port_t mach_task_self_;
mach_port_t mach_host_self_;
boolean_t mach_kernel_is_masix;
void (*mach_gate)(void) = mach_gate_lcall;

void mach_init(void)
{
	/* By lcall, which every kernel has; another kernel's answer is an error code. */
	mach_gate = mach_gate_lcall;
	mach_kernel_is_masix = masix_gate_probe() == MASIX_GATE_MAGIC;
	if (mach_kernel_is_masix) {
		mach_gate = mach_gate_sysenter;
	}
	mach_thread_block_init_first();
	mach_task_self_ = (mach_task_self)();
	mach_host_self_ = (mach_host_self)();
}

void mach_exit(void)
{
	for (;;) {
		(void)syscall_task_terminate(mach_task_self());
	}
}
