/* What vm asks about a memory object's port: vm/pager.h. */
#include <ipc/ipc_port.h>
#include <vm/pager.h>

struct ipc_port *pager_port_copy(struct ipc_port *pager)
{
	return ipc_port_copy_send(pager);
}

void pager_port_release(struct ipc_port *pager)
{
	ipc_port_release_send(pager);
}

bool pager_port_alive(const struct ipc_port *pager)
{
	return IP_VALID(pager) && pager->active;
}
