/* The kernel's end of a message: see ipc/ipc_kmsg.h for ipc_kobject_server and ipc_kobject_no_senders. */
#pragma once

#include <ipc/ipc_port.h>

/* Makes the ports of host, processor, processor set and device master. Boot only. */
void host_ports_init(void);

/* Makes a send right to a kernel port that may already be gone: IP_NULL then. */
static inline struct ipc_port *kernel_port_make_send(struct ipc_port *port)
{
	return IP_VALID(port) && port->active ? ipc_port_make_send(port) : IP_NULL;
}
