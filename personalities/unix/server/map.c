/* Files in memory, and much data at a time. */
#include <gen/mach.h>
#include <gen/unix_server.h>
#include "kinds.h"

kern_return_t serve_unix_map_file(ipc_call_t call, int descriptor, natural_t protection,
				  natural_t flags, int *result, mach_port_t *memory, int64_t *bytes)
{
	(void)call;
	(void)descriptor;
	(void)protection;
	(void)flags;
	*result = -ENOSYS;
	*memory = MACH_PORT_NULL;
	*bytes = 0;
	return KERN_SUCCESS;
}

kern_return_t serve_unix_read_pages(ipc_call_t call, int descriptor, int64_t offset,
				    natural_t bytes_max, int *result, vm_offset_t *data,
				    mach_msg_type_number_t *bytes)
{
	(void)call;
	(void)descriptor;
	(void)offset;
	(void)bytes_max;
	*result = -ENOSYS;
	*data = 0;
	*bytes = 0;
	return KERN_SUCCESS;
}

kern_return_t serve_unix_write_pages(ipc_call_t call, int descriptor, int64_t offset,
				     vm_offset_t data, mach_msg_type_number_t bytes, int *result)
{
	(void)call;
	(void)descriptor;
	(void)offset;
	(void)vm_deallocate(mach_task_self(), data, bytes);
	*result = -ENOSYS;
	return KERN_SUCCESS;
}
