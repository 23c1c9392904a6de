/* The right to a range of I/O ports (i386_io_perm_create, i386_io_perm_modify). */
#pragma once

struct ipc_port;
struct task;

void io_perm_no_senders(struct ipc_port *port);
/* The task's end: its grants and its bitmap go. */
void io_perm_task_destroy(struct task *task);
