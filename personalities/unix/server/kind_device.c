/* Character devices. */
#include <gen/mach_port.h>
#include "kinds.h"

int device_open_file(struct request *request, mach_port_t port, const file_attributes_t *attributes,
		     uint32_t flags, struct open_file **file)
{
	(void)request;
	(void)attributes;
	(void)flags;
	(void)file;
	(void)mach_port_deallocate(mach_task_self(), port);
	return -ENXIO;
}

void terminal_session_ends(struct process *leader)
{
	leader->terminal = NULL;
}
