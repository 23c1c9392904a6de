/* See host.h. */
#include "host.h"
#include <standard_ports.h>

const struct host *host;

/* The Unix server gives its processes no process port. */
void host_start(void)
{
	host = standard_process_port() != MACH_PORT_NULL ? &host_native : &host_unix;
}
