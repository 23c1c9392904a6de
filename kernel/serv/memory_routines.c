/* masix_memory_*: objects that a server owns without mapping them; and what a task may be charged.
 */
#include <kern/task.h>
#include <serv/kobject.h>
#include <serv/pager_calls.h>
#include <serv/routines.h>
#include <vm/map.h>
#include <vm/object.h>
#include <vm/pager.h>

/* The last page is not used, so that every end of a range is a number of 32 bits. */
#define MEMORY_BYTES_MAX ((VM_OBJECT_PAGES_MAX - 1u) << PAGE_SHIFT)

kern_return_t serv_masix_memory_create(task_t task, struct ipc_port **port)
{
	if (task == NULL || !task->active) {
		return KERN_INVALID_ARGUMENT;
	}
	struct vm_object *object = vm_object_create_anonymous(0, task);
	if (object == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	object->shared = true;
	*port = proxy_create_control(object, MEMORY_BYTES_MAX);
	if (*port == IP_NULL) {
		vm_object_release(object);
		return KERN_RESOURCE_SHORTAGE;
	}
	return KERN_SUCCESS;
}

/* The object that a port controls, or NULL. The request's right keeps port and object alive. */
static struct vm_object *controlled(struct ipc_port *port)
{
	const struct vm_proxy *proxy = IP_VALID(port) ? port_kobject(port, IKOT_PAGER_PROXY) : NULL;
	return proxy != NULL && proxy->control ? proxy->object : NULL;
}

static bool within(uint32_t offset, uint32_t bytes, uint32_t limit)
{
	return offset <= limit && bytes <= limit - offset;
}

kern_return_t serv_masix_memory_set_size(struct ipc_port *port, vm_size_t bytes)
{
	struct vm_object *object = controlled(port);
	if (object == NULL || (bytes & PAGE_MASK) != 0 || bytes > MEMORY_BYTES_MAX) {
		return KERN_INVALID_ARGUMENT;
	}
	vm_object_set_pages(object, bytes >> PAGE_SHIFT);
	return KERN_SUCCESS;
}

kern_return_t serv_masix_memory_discard(struct ipc_port *port, vm_offset_t offset, vm_size_t bytes)
{
	struct vm_object *object = controlled(port);
	if (object == NULL || !within(offset, bytes, object->pages << PAGE_SHIFT)) {
		return KERN_INVALID_ARGUMENT;
	}
	return vm_object_discard(object, offset, offset + bytes);
}

kern_return_t serv_masix_memory_read(struct ipc_port *port, vm_offset_t offset,
				     vm_address_t address, vm_size_t bytes)
{
	struct vm_object *object = controlled(port);
	if (object == NULL || !within(offset, bytes, object->pages << PAGE_SHIFT)) {
		return KERN_INVALID_ARGUMENT;
	}
	if (!within(address, bytes, USER_TOP)) {
		return KERN_INVALID_ADDRESS;
	}
	vm_object_reference(object);
	kern_return_t result = vm_object_read(object, offset, uaddr(address), bytes);
	vm_object_release(object);
	return result;
}

/* What a port shows for reading, and *offset in it; NULL: not so many bytes, or not for reading. */
static struct vm_object *shown(struct ipc_port *port, uint32_t *offset, uint32_t bytes)
{
	const struct vm_proxy *proxy = IP_VALID(port) ? port_kobject(port, IKOT_PAGER_PROXY) : NULL;
	if (proxy == NULL || !proxy->object->anonymous || !within(*offset, bytes, proxy->bytes) ||
	    (!proxy->control && (proxy->max_protection & VM_PROT_READ) == 0)) {
		return NULL;
	}
	uint32_t at = *offset + proxy->offset;
	if (at < *offset || !within(at, bytes, proxy->object->pages << PAGE_SHIFT)) {
		return NULL;
	}
	*offset = at;
	return proxy->object;
}

kern_return_t serv_masix_memory_copy_to_task(struct ipc_port *port, vm_offset_t offset, task_t task,
					     vm_address_t address, vm_size_t bytes)
{
	struct vm_object *object = shown(port, &offset, bytes);
	if (object == NULL || task == NULL || task->map == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if (!within(address, bytes, USER_TOP)) {
		return KERN_INVALID_ADDRESS;
	}
	return vm_object_copy_to_map(object, offset, task->map, address, bytes);
}

kern_return_t serv_masix_memory_write(struct ipc_port *port, vm_offset_t offset,
				      vm_address_t address, vm_size_t bytes, vm_size_t *written)
{
	struct vm_object *object = controlled(port);
	if (object == NULL || !within(offset, bytes, MEMORY_BYTES_MAX)) {
		return KERN_INVALID_ARGUMENT;
	}
	if (!within(address, bytes, USER_TOP)) {
		return KERN_INVALID_ADDRESS;
	}
	uint32_t done = 0;
	vm_object_reference(object);
	kern_return_t result = vm_object_write(object, offset, uaddr(address), bytes, &done);
	vm_object_release(object);
	*written = done;
	return done > 0 ? KERN_SUCCESS : result;
}

kern_return_t serv_masix_memory_info(struct ipc_port *port, vm_size_t *bytes, natural_t *pages,
				     boolean_t *executable)
{
	const struct vm_object *object = controlled(port);
	if (object == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	*bytes = object->pages << PAGE_SHIFT;
	*pages = object->resident;
	*executable = vm_object_executable(object);
	return KERN_SUCCESS;
}

kern_return_t serv_masix_task_lower_page_quota(task_t task, natural_t pages)
{
	if (task == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if (pages > task->quota.limit) {
		return KERN_INVALID_VALUE;
	}
	task->quota.limit = pages;
	return KERN_SUCCESS;
}

kern_return_t serv_masix_task_pages(task_t task, natural_t *used, natural_t *limit)
{
	if (task == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	*used = task->quota.used;
	*limit = task->quota.limit;
	return KERN_SUCCESS;
}
