/* The pager side of memory objects: what vm asks of user pagers, sent by serv/pager_calls.c; and
   what serv/ tells vm when a pager's message arrives (memory_object_* requests on the control
   port). */
#pragma once

#include <kern/types.h>

struct ipc_port;
struct vm_map_copy;
struct vm_object;

/* serv -> vm. `pager` is a naked send right that vm keeps a copy of. Finds or makes the object for
   a memory object port; the first time it sends memory_object_init. Result carries a reference. A
   proxy port resolves to its object (see below). */
kern_return_t vm_object_enter_pager(struct ipc_port *pager, uint32_t bytes,
				    struct vm_object **result) MUST_CHECK;
kern_return_t vm_object_pager_ready(struct vm_object *, bool may_cache, int copy_strategy);
/* Consumes the copy. Pages not asked for are taken as well, pages present are left. */
kern_return_t vm_object_pager_supply(struct vm_object *, uint32_t offset, struct vm_map_copy *data,
				     int lock_value, bool precious);
kern_return_t vm_object_pager_unavailable(struct vm_object *, uint32_t offset, uint32_t bytes);
kern_return_t vm_object_pager_error(struct vm_object *, uint32_t offset, uint32_t bytes,
				    kern_return_t error);
kern_return_t vm_object_pager_destroy(struct vm_object *, kern_return_t reason);

/* vm -> serv, about the port itself (serv/pager_port.c). */
struct ipc_port *pager_port_copy(struct ipc_port *pager); /* one more naked send right */
void pager_port_release(struct ipc_port *pager);
bool pager_port_alive(const struct ipc_port *pager);

/* Inside vm. Asks the pager for a page of a paged object that is not resident, and waits until it
   is, or why not: KERN_SUCCESS (look again) KERN_MEMORY_ERROR KERN_RESOURCE_SHORTAGE KERN_ABORTED.
   The caller holds a reference. */
kern_return_t vm_pager_fetch(struct vm_object *object, uint32_t index, int access) MUST_CHECK;
/* The last reference has gone: the pager is told, the ports go. */
void vm_pager_terminate(struct vm_object *object);
void vm_pager_init(void);

/* vm -> serv (implemented in serv/pager_calls.c; one-way messages that never wait; KERN_FAILURE:
   the port is dead or no memory). */
kern_return_t pager_call_init(struct ipc_port *pager,
			      struct vm_object *object); /* makes control and name ports */
kern_return_t pager_call_data_request(struct vm_object *object, uint32_t offset, uint32_t bytes,
				      int access);
kern_return_t pager_call_terminate(
	struct vm_object *object); /* moves control and name receive rights to the pager */

/* Proxies (memory_object_create_proxy, vm_region_create_proxy): a port whose kernel object is a
   window on an object. */
struct vm_proxy {
	struct vm_object *object; /* a reference */
	uint32_t offset, bytes;
	int max_protection;
	bool control; /* it is the control over the object (masix_memory_create) */
};
