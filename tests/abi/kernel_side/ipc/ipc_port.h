/* Of the kernel's ipc/ipc_port.h what MIG's stubs use; every kernel stub includes it. */
#pragma once

#include <mach/boolean.h>

typedef struct ipc_port *ipc_port_t;

#define IP_NULL ((ipc_port_t) 0)
#define IP_DEAD ((ipc_port_t) -1)
#define IP_VALID(port) (((port) != IP_NULL) && ((port) != IP_DEAD))

void ipc_port_release_send(ipc_port_t port);
boolean_t ipc_port_check_circularity(ipc_port_t port, ipc_port_t destination);
