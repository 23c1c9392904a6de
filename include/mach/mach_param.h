/* Fixed limits of the interface. */
#pragma once

#define TASK_PORT_REGISTER_MAX 4	/* ports of mach_ports_register */
