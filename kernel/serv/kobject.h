/* The kernel's end of a message: see ipc/ipc_kmsg.h for ipc_kobject_server and
   ipc_kobject_no_senders. */
#pragma once

#include <ipc/ipc_port.h>

/* Makes the ports of host, processor, processor set and device master. Boot only. */
void host_ports_init(void);
/* From now on tasks that have no thread and no send right are ended. Called when the first tasks
   run. */
void kobject_collect_enable(void);

/* Makes a send right to a kernel port that may already be gone: IP_NULL then. */
static inline struct ipc_port *kernel_port_make_send(struct ipc_port *port)
{
	return IP_VALID(port) && port->active ? ipc_port_make_send(port) : IP_NULL;
}
