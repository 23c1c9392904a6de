/* The ports that the kernel keeps for a task (manual, "Task Special Ports"). */
#pragma once

#define TASK_KERNEL_PORT 1	/* what mach_task_self gives */
#define TASK_EXCEPTION_PORT 3	/* tried after the thread's */
#define TASK_BOOTSTRAP_PORT 4	/* for the task's own use */

#define task_get_kernel_port(task, port) \
	(task_get_special_port((task), TASK_KERNEL_PORT, (port)))
#define task_set_kernel_port(task, port) \
	(task_set_special_port((task), TASK_KERNEL_PORT, (port)))

#define task_get_exception_port(task, port) \
	(task_get_special_port((task), TASK_EXCEPTION_PORT, (port)))
#define task_set_exception_port(task, port) \
	(task_set_special_port((task), TASK_EXCEPTION_PORT, (port)))

#define task_get_bootstrap_port(task, port) \
	(task_get_special_port((task), TASK_BOOTSTRAP_PORT, (port)))
#define task_set_bootstrap_port(task, port) \
	(task_set_special_port((task), TASK_BOOTSTRAP_PORT, (port)))
