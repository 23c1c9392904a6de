/* memory_object_* requests on control ports, and proxies (mach4.defs). The control port gives a
   reference that each routine drops. */
#include <kern/zone.h>
#include <serv/kobject.h>
#include <serv/pager_calls.h>
#include <serv/routines.h>
#include <vm/object.h>
#include <vm/pager.h>

static struct zone proxy_zone;
#define PROXIES_MAX 16384u

static vm_object_t object_of(struct ipc_port *port, enum ipc_kobject_type type)
{
	struct vm_object *object = port_kobject(port, type);
	if (object != NULL) {
		vm_object_reference(object);
	}
	return object;
}

vm_object_t vm_object_lookup(struct ipc_port *port)
{
	return object_of(port, IKOT_PAGER_CONTROL);
}

vm_object_t vm_object_lookup_name(struct ipc_port *port)
{
	return object_of(port, IKOT_PAGER_NAME);
}

kern_return_t serv_memory_object_data_unavailable(vm_object_t object, vm_offset_t offset,
						  vm_size_t size)
{
	if (object == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	kern_return_t result = vm_object_pager_unavailable(object, offset, size);
	vm_object_release(object);
	return result;
}

kern_return_t serv_memory_object_get_attributes(vm_object_t object, boolean_t *ready,
						boolean_t *may_cache,
						memory_object_copy_strategy_t *copy_strategy)
{
	if (object == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	*ready = object->pager_ready;
	*may_cache = object->may_cache;
	*copy_strategy = object->copy_strategy;
	vm_object_release(object);
	return KERN_SUCCESS;
}

/* Cleaning, flushing and locking need pages that go back to a pager; that part of the protocol is
   not here yet. KERN_FAILURE, and the reply right stays the message's. */
kern_return_t serv_memory_object_lock_request(vm_object_t object, vm_offset_t offset,
					      vm_size_t size, memory_object_return_t should_return,
					      boolean_t should_flush, vm_prot_t lock_value,
					      struct ipc_port *reply_to,
					      mach_msg_type_name_t reply_type)
{
	(void)offset;
	(void)size;
	(void)should_return;
	(void)should_flush;
	(void)lock_value;
	(void)reply_to;
	(void)reply_type;
	if (object == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	vm_object_release(object);
	return KERN_FAILURE;
}

kern_return_t serv_memory_object_data_error(vm_object_t object, vm_offset_t offset, vm_size_t size,
					    kern_return_t error)
{
	if (object == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	kern_return_t result = vm_object_pager_error(object, offset, size, error);
	vm_object_release(object);
	return result;
}

kern_return_t serv_memory_object_destroy(vm_object_t object, kern_return_t reason)
{
	if (object == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	kern_return_t result = vm_object_pager_destroy(object, reason);
	vm_object_release(object);
	return result;
}

/* The type is the sender's word: a right only if it says so (else the value is a number, which was
   never copied in). */
static bool reply_is_right(struct ipc_port *reply_to, mach_msg_type_name_t reply_type)
{
	return reply_to == IP_NULL || MACH_MSG_TYPE_PORT_ANY_RIGHT(reply_type);
}

/* supply_completed and change_completed are not sent: the right that asks for them is released,
   which tells a send-once right's receiver so. */
kern_return_t serv_memory_object_data_supply(vm_object_t object, vm_offset_t offset,
					     vm_offset_t data, mach_msg_type_number_t bytes,
					     vm_prot_t lock_value, boolean_t precious,
					     struct ipc_port *reply_to,
					     mach_msg_type_name_t reply_type)
{
	(void)bytes;
	if (object == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if (!reply_is_right(reply_to, reply_type)) {
		vm_object_release(object);
		return KERN_INVALID_ARGUMENT;
	}
	kern_return_t result = vm_object_pager_supply(object, offset, (struct vm_map_copy *)data,
						      lock_value, precious != 0);
	if (result == KERN_SUCCESS && IP_VALID(reply_to)) {
		ipc_right_release(reply_to, reply_type);
	}
	vm_object_release(object);
	return result;
}

static bool copy_strategy_is_valid(int strategy)
{
	return strategy == MEMORY_OBJECT_COPY_NONE || strategy == MEMORY_OBJECT_COPY_CALL ||
	       strategy == MEMORY_OBJECT_COPY_DELAY || strategy == MEMORY_OBJECT_COPY_TEMPORARY;
}

kern_return_t serv_memory_object_ready(vm_object_t object, boolean_t may_cache,
				       memory_object_copy_strategy_t strategy)
{
	if (object == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	kern_return_t result = KERN_INVALID_ARGUMENT;
	if (copy_strategy_is_valid(strategy)) {
		result = vm_object_pager_ready(object, may_cache != 0, strategy);
	}
	vm_object_release(object);
	return result;
}

kern_return_t serv_memory_object_change_attributes(vm_object_t object, boolean_t may_cache,
						   memory_object_copy_strategy_t strategy,
						   struct ipc_port *reply_to,
						   mach_msg_type_name_t reply_type)
{
	if (!reply_is_right(reply_to, reply_type)) {
		vm_object_deallocate(object);
		return KERN_INVALID_ARGUMENT;
	}
	kern_return_t result = serv_memory_object_ready(object, may_cache, strategy);
	if (result == KERN_SUCCESS && IP_VALID(reply_to)) {
		ipc_right_release(reply_to, reply_type);
	}
	return result;
}

/* --- proxies ------------------------------------------------------------------------- */

/* What the control allows is its owner's own affair. */
static bool allows_execution(const struct vm_proxy *proxy)
{
	return !proxy->control && (proxy->max_protection & VM_PROT_EXECUTE) != 0;
}

static struct ipc_port *proxy_port(const struct vm_proxy *from)
{
	if (proxy_zone.name == NULL) {
		zone_init(&proxy_zone, "vm_proxy", sizeof(struct vm_proxy), PROXIES_MAX);
	}
	struct vm_proxy *proxy = zone_alloc(&proxy_zone);
	if (proxy == NULL) {
		return NULL;
	}
	*proxy = *from;
	struct ipc_port *port = ipc_port_alloc_special(ipc_space_kernel, IKOT_PAGER_PROXY, proxy);
	if (port == NULL) {
		zone_free(&proxy_zone, proxy);
		return NULL;
	}
	proxy->object->executable += allows_execution(proxy);
	return ipc_port_make_send(port);
}

struct ipc_port *proxy_create(struct vm_object *object, uint32_t offset, uint32_t bytes,
			      int max_protection)
{
	struct vm_proxy proxy = {.object = object,
				 .offset = offset,
				 .bytes = bytes,
				 .max_protection = max_protection};
	return proxy_port(&proxy);
}

struct ipc_port *proxy_create_control(struct vm_object *object, uint32_t bytes)
{
	struct vm_proxy proxy = {.object = object,
				 .bytes = bytes,
				 .max_protection = VM_PROT_ALL,
				 .control = true};
	return proxy_port(&proxy);
}

void proxy_no_senders(struct ipc_port *port)
{
	struct vm_proxy *proxy = port->kobject;
	if (proxy == NULL) {
		return;
	}
	port->kobject = NULL;
	proxy->object->executable -= allows_execution(proxy);
	vm_object_release(proxy->object);
	zone_free(&proxy_zone, proxy);
	ipc_port_dealloc_special(port);
}

/* A window on a pager's object, or on another window. KERN_INVALID_ARGUMENT: not a memory object,
   more than one object, or a window outside it; KERN_PROTECTION_FAILURE: more access than the
   window it is made from allows. */
kern_return_t serv_memory_object_create_proxy(
	ipc_space_t space, vm_prot_t max_protection, const memory_object_array_t objects,
	mach_msg_type_number_t object_count, const rpc_vm_offset_array_t offset,
	mach_msg_type_number_t offset_count, const rpc_vm_offset_array_t start,
	mach_msg_type_number_t start_count, const rpc_vm_size_array_t length,
	mach_msg_type_number_t length_count, struct ipc_port **port)
{
	if (space == NULL) {
		return KERN_INVALID_TASK;
	}
	if (object_count != 1 || offset_count != 1 || start_count != 1 || length_count != 1 ||
	    (max_protection & ~VM_PROT_ALL) != 0) {
		return KERN_INVALID_ARGUMENT;
	}
	struct ipc_port *memory = objects[0];
	uint32_t at = offset[0];
	if (!IP_VALID(memory) || !memory->active || start[0] != 0 || (at & PAGE_MASK) != 0 ||
	    length[0] == 0 || at > UINT32_MAX - PAGE_MASK - length[0]) {
		return KERN_INVALID_ARGUMENT;
	}
	struct vm_proxy proxy = {
		.offset = at, .bytes = length[0], .max_protection = max_protection};
	const struct vm_proxy *from = port_kobject(memory, IKOT_PAGER_PROXY);
	if (from != NULL) {
		if (at > from->bytes || length[0] > from->bytes - at) {
			return KERN_INVALID_ARGUMENT;
		}
		if ((max_protection & ~from->max_protection) != 0) {
			return KERN_PROTECTION_FAILURE;
		}
		proxy.object = from->object;
		proxy.offset += from->offset;
		vm_object_reference(proxy.object);
	} else if (memory->receiver == ipc_space_kernel) {
		return KERN_INVALID_ARGUMENT;
	} else {
		kern_return_t result = vm_object_enter_pager(memory, at + length[0], &proxy.object);
		if (result != KERN_SUCCESS) {
			return result;
		}
	}
	*port = proxy_port(&proxy);
	if (*port == NULL) {
		vm_object_release(proxy.object);
		return KERN_RESOURCE_SHORTAGE;
	}
	ipc_port_release_send(memory); /* the request's right is consumed */
	return KERN_SUCCESS;
}

kern_return_t serv_vm_region_create_proxy(task_t task, vm_address_t address,
					  vm_prot_t max_protection, vm_size_t length,
					  struct ipc_port **port)
{
	if (task == NULL || task->map == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if ((max_protection & ~VM_PROT_ALL) != 0) {
		return KERN_INVALID_ARGUMENT;
	}
	struct vm_proxy proxy;
	kern_return_t result =
		vm_map_make_proxy(task->map, address, length, max_protection, &proxy);
	if (result != KERN_SUCCESS) {
		return result;
	}
	*port = proxy_port(&proxy);
	if (*port == NULL) {
		vm_object_release(proxy.object);
		return KERN_RESOURCE_SHORTAGE;
	}
	return KERN_SUCCESS;
}
