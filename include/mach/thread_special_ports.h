/* The ports that the kernel keeps for a thread (manual, "Thread Special Ports"). */
#pragma once

#define THREAD_KERNEL_PORT 1	/* what mach_thread_self gives */
#define THREAD_EXCEPTION_PORT 3	/* tried before the task's */

#define thread_get_kernel_port(thread, port) \
	(thread_get_special_port((thread), THREAD_KERNEL_PORT, (port)))
#define thread_set_kernel_port(thread, port) \
	(thread_set_special_port((thread), THREAD_KERNEL_PORT, (port)))

#define thread_get_exception_port(thread, port) \
	(thread_get_special_port((thread), THREAD_EXCEPTION_PORT, (port)))
#define thread_set_exception_port(thread, port) \
	(thread_set_special_port((thread), THREAD_EXCEPTION_PORT, (port)))
