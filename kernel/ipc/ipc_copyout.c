/* The way out: rights become names in the receiver's space, regions become addresses in its map. */
#include <mach/notify.h>

#include <ipc/ipc_kmsg_quick.h>
#include <ipc/ipc_msg_core.h>
#include <ipc/ipc_right.h>
#include <kern/machine.h>
#include <kern/zone.h>
#include <vm/map.h>

/* Which of the extra bits of MACH_RCV_*_ERROR a failed copyout of a right earns. */
static mach_msg_return_t right_error(kern_return_t result)
{
	return result == KERN_RESOURCE_SHORTAGE ? MACH_MSG_IPC_KERNEL : MACH_MSG_IPC_SPACE;
}

/* Consumes the right, whatever happens; a right that finds no name is destroyed. */
static mach_msg_return_t copyout_right(struct ipc_space *space, struct ipc_port *port,
				       uint32_t type, uint32_t *name)
{
	if (!IP_VALID(port)) {
		*name = (uint32_t)port;
		return MACH_MSG_SUCCESS;
	}
	kern_return_t result = ipc_right_copyout(space, port, type, name);
	if (likely(result == KERN_SUCCESS)) {
		return MACH_MSG_SUCCESS;
	}
	ipc_right_release(port, type);
	*name = result == KERN_INVALID_TASK ? MACH_PORT_DEAD : MACH_PORT_NULL;
	return right_error(result);
}

/* RCV_NOTIFY: the receiver wants to know when the reply right dies. */
static mach_msg_return_t request_reply_death(struct ipc_space *space, uint32_t reply_name,
					     uint32_t notify)
{
	struct ipc_port *port, *previous = IP_NULL;
	if (ipc_port_translate_receive(space, notify, &port) != KERN_SUCCESS) {
		return MACH_RCV_INVALID_NOTIFY;
	}
	struct ipc_port *soright = ipc_port_make_sonce(port);
	if (ipc_port_request_notification(space, reply_name, MACH_NOTIFY_DEAD_NAME, 1, soright,
					  &previous) != KERN_SUCCESS) {
		ipc_port_release_sonce(soright);
	}
	if (previous != IP_NULL) {
		ipc_notify_port_deleted(previous, reply_name);
	}
	return MACH_MSG_SUCCESS;
}

static mach_msg_return_t copyout_header(struct ipc_kmsg *kmsg, struct ipc_space *space,
					uint32_t notify)
{
	mach_msg_header_t *header = &kmsg->header;
	struct ipc_port *reply = (struct ipc_port *)header->msgh_local_port;
	uint32_t reply_type = MACH_MSGH_BITS_LOCAL(header->msgh_bits);
	uint32_t reply_name;
	if (!IP_VALID(reply)) {
		reply_name = (uint32_t)reply;
	} else {
		kern_return_t result = ipc_right_copyout(space, reply, reply_type, &reply_name);
		if (unlikely(result != KERN_SUCCESS)) {
			return MACH_RCV_HEADER_ERROR | right_error(result);
		}
		if (unlikely(notify != MACH_PORT_NULL)) {
			header->msgh_local_port = MACH_PORT_NULL;
			mach_msg_return_t status = request_reply_death(space, reply_name, notify);
			if (status != MACH_MSG_SUCCESS) {
				(void)ipc_port_deallocate(space, reply_name);
				return status;
			}
		}
	}
	ipc_kmsg_copyout_header_names(kmsg, space, reply_name);
	return MACH_MSG_SUCCESS;
}

static mach_msg_return_t copyout_rights(struct ipc_space *space, uint32_t *words, uint32_t type,
					uint32_t number)
{
	mach_msg_return_t result = MACH_MSG_SUCCESS;
	for (uint32_t i = 0; i < number; i++) {
		struct ipc_port *port = (struct ipc_port *)words[i];
		result |= copyout_right(space, port, type, &words[i]);
	}
	return result;
}

/* An array of names goes into fresh memory of the receiver. */
static mach_msg_return_t copyout_port_array(struct ipc_space *space, struct vm_map *map,
					    uint32_t *ports, const struct ipc_item *item,
					    uint32_t *address)
{
	struct vm_map_copy *copy = NULL;
	uint32_t bytes = item->number * sizeof(uint32_t);
	*address = 0;
	if (bytes == 0) {
		return MACH_MSG_SUCCESS;
	}
	mach_msg_return_t result = copyout_rights(space, ports, item->name, item->number);
	if (vm_map_copyin_kernel(ports, bytes, &copy) != KERN_SUCCESS) {
		result |= MACH_MSG_VM_KERNEL;
	} else if (vm_map_copyout(map, address, copy) != KERN_SUCCESS) {
		vm_map_copy_discard(copy);
		result |= MACH_MSG_VM_SPACE;
	}
	if (*address == 0) { /* nobody will ever learn these names */
		for (uint32_t i = 0; i < item->number; i++) {
			if (MACH_PORT_VALID(ports[i])) {
				(void)ipc_port_undo_copyout(space, ports[i], item->name);
			}
		}
	}
	kfree(ports, bytes);
	return result;
}

static mach_msg_return_t copyout_item(struct ipc_space *space, struct vm_map *map, uint8_t *bytes,
				      const struct ipc_item *item)
{
	uint32_t *data = (uint32_t *)(bytes + item->header_bytes);
	if (item->is_inline) {
		return item->is_port ? copyout_rights(space, data, item->name, item->number)
				     : MACH_MSG_SUCCESS;
	}
	void *pointer = (void *)*data;
	if (item->is_port) {
		return copyout_port_array(space, map, pointer, item, data);
	}
	kern_return_t result = vm_map_copyout(map, data, pointer);
	if (likely(result == KERN_SUCCESS)) {
		return MACH_MSG_SUCCESS;
	}
	vm_map_copy_discard(pointer);
	*data = 0;
	return result == KERN_RESOURCE_SHORTAGE ? MACH_MSG_VM_KERNEL : MACH_MSG_VM_SPACE;
}

static mach_msg_return_t copyout_body(struct ipc_kmsg *kmsg, struct ipc_space *space,
				      struct vm_map *map)
{
	uint8_t *message = (uint8_t *)&kmsg->header;
	uint32_t size = kmsg->header.msgh_size;
	mach_msg_return_t result = MACH_MSG_SUCCESS;
	struct ipc_item item;
	for (uint32_t at = sizeof(mach_msg_header_t); at < size; at += item.item_bytes) {
		enum ipc_item_result parsed = ipc_item_parse(message + at, size - at, &item);
		assert(parsed == IPC_ITEM_OK);
		result |= copyout_item(space, map, message + at, &item);
	}
	return result == MACH_MSG_SUCCESS ? MACH_MSG_SUCCESS : MACH_RCV_BODY_ERROR | result;
}

mach_msg_return_t ipc_kmsg_copyout(struct ipc_kmsg *kmsg, struct ipc_space *space,
				   struct vm_map *map, uint32_t notify)
{
	mach_msg_return_t result = copyout_header(kmsg, space, notify);
	if (result == MACH_MSG_SUCCESS && (kmsg->header.msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0) {
		result = copyout_body(kmsg, space, map);
	}
	return result;
}

void ipc_kmsg_copyout_dest(struct ipc_kmsg *kmsg, struct ipc_space *space)
{
	mach_msg_header_t *header = &kmsg->header;
	struct ipc_port *reply = (struct ipc_port *)header->msgh_local_port;
	uint32_t reply_type = MACH_MSGH_BITS_LOCAL(header->msgh_bits);
	if ((header->msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0) {
		ipc_kmsg_destroy_body(kmsg, header->msgh_size);
	}
	if (IP_VALID(reply)) {
		ipc_right_release(reply, reply_type);
		reply = IP_NULL;
	}
	ipc_kmsg_copyout_header_names(kmsg, space, (uint32_t)reply);
}

mach_msg_return_t ipc_kmsg_copyout_pseudo(struct ipc_kmsg *kmsg, struct ipc_space *space,
					  struct vm_map *map)
{
	mach_msg_header_t *header = &kmsg->header;
	uint32_t bits = header->msgh_bits;
	uint32_t dest_name, reply_name;
	mach_msg_return_t result = copyout_right(space, (struct ipc_port *)header->msgh_remote_port,
						 MACH_MSGH_BITS_REMOTE(bits), &dest_name);
	result |= copyout_right(space, (struct ipc_port *)header->msgh_local_port,
				MACH_MSGH_BITS_LOCAL(bits), &reply_name);
	header->msgh_remote_port = dest_name;
	header->msgh_local_port = reply_name;
	header->msgh_bits = bits & (MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS_PORTS_MASK);
	if ((bits & MACH_MSGH_BITS_COMPLEX) != 0) {
		result |= copyout_body(kmsg, space, map) & ~MACH_RCV_BODY_ERROR;
	}
	return result;
}
