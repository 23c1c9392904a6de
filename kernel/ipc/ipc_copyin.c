/* The way in: names become rights, addresses become regions. */
#include <ipc/ipc_kmsg.h>
#include <ipc/ipc_msg_core.h>
#include <ipc/ipc_right.h>
#include <kern/machine.h>
#include <kern/zone.h>
#include <vm/map.h>

#define BITS_PORTS_MASK 0xffffu

static bool is_send_disposition(uint32_t type)
{
	return type >= MACH_MSG_TYPE_MOVE_SEND && type <= MACH_MSG_TYPE_MAKE_SEND_ONCE;
}

static bool is_move(uint32_t type)
{
	return type == MACH_MSG_TYPE_MOVE_SEND || type == MACH_MSG_TYPE_MOVE_SEND_ONCE;
}

/* A right taken from the header, with what is needed to put it back. */
struct taken {
	uint32_t name, disposition;
	struct ipc_port *port;
	struct ipc_port *soright; /* a dead-name request that ended with the name */
};

static kern_return_t take(struct ipc_space *space, struct taken *t, bool dead_ok)
{
	return ipc_right_copyin(space, t->name, t->disposition, dead_ok, &t->port, &t->soright);
}

static void take_done(const struct taken *t)
{
	if (t->soright != IP_NULL) {
		ipc_notify_port_deleted(t->soright, t->name);
	}
}

/* As take_done, but a request to the port `cancel` ends in silence. */
static void take_done_cancelled(const struct taken *t, struct ipc_port *cancel)
{
	if (t->soright != IP_NULL && t->soright == cancel) {
		cancel->rights.sorights--;
		ipc_port_release(cancel);
	} else {
		take_done(t);
	}
}

/* Both rights or neither. When one name serves for both, a copy is made before the name may move
   away. */
static mach_msg_return_t take_both(struct ipc_space *space, struct taken *dest, struct taken *reply)
{
	bool reply_first = dest->name == reply->name && is_move(dest->disposition) &&
			   !is_move(reply->disposition);
	if (reply_first && take(space, reply, true) != KERN_SUCCESS) {
		return MACH_SEND_INVALID_REPLY;
	}
	if (take(space, dest, false) != KERN_SUCCESS) {
		if (reply_first) {
			ipc_right_copyin_undo(space, reply->name, reply->disposition, reply->port,
					      reply->soright);
		}
		return MACH_SEND_INVALID_DEST;
	}
	if (!reply_first && take(space, reply, true) != KERN_SUCCESS) {
		ipc_right_copyin_undo(space, dest->name, dest->disposition, dest->port,
				      dest->soright);
		/* One name that has a right for one of the two only: Mach calls the destination
		   wrong. */
		bool short_of_one = dest->name == reply->name && is_move(dest->disposition) &&
				    is_move(reply->disposition);
		return short_of_one ? MACH_SEND_INVALID_DEST : MACH_SEND_INVALID_REPLY;
	}
	return MACH_MSG_SUCCESS;
}

/* From here on the header holds rights. */
static mach_msg_return_t copyin_header(struct ipc_kmsg *kmsg, struct ipc_space *space,
				       struct ipc_port *cancel)
{
	mach_msg_header_t *header = &kmsg->header;
	uint32_t bits = header->msgh_bits;
	struct taken dest = {.name = header->msgh_remote_port,
			     .disposition = MACH_MSGH_BITS_REMOTE(bits)};
	struct taken reply = {.name = header->msgh_local_port,
			      .disposition = MACH_MSGH_BITS_LOCAL(bits)};
	bool no_reply = reply.disposition == 0;
	if (!is_send_disposition(dest.disposition) ||
	    (no_reply ? reply.name != MACH_PORT_NULL : !is_send_disposition(reply.disposition))) {
		return MACH_SEND_INVALID_HEADER;
	}
	if (!MACH_PORT_VALID(dest.name)) {
		return MACH_SEND_INVALID_DEST;
	}
	mach_msg_return_t result;
	if (!MACH_PORT_VALID(reply.name)) {
		reply.port = reply.name == MACH_PORT_NULL ? IP_NULL : IP_DEAD;
		result = take(space, &dest, false) == KERN_SUCCESS ? MACH_MSG_SUCCESS
								   : MACH_SEND_INVALID_DEST;
	} else {
		result = take_both(space, &dest, &reply);
	}
	if (result != MACH_MSG_SUCCESS) {
		return result;
	}
	take_done_cancelled(&dest, cancel);
	take_done(&reply);
	header->msgh_remote_port = (mach_port_t)dest.port;
	header->msgh_local_port = (mach_port_t)reply.port;
	header->msgh_bits = (bits & MACH_MSGH_BITS_COMPLEX) |
			    MACH_MSGH_BITS(ipc_copyin_type(dest.disposition),
					   no_reply ? 0 : ipc_copyin_type(reply.disposition));
	return MACH_MSG_SUCCESS;
}

/* The names in ports[] become rights; on failure those done are destroyed, as Mach does with a
   message that it cannot send whole. */
static mach_msg_return_t copyin_rights(struct ipc_kmsg *kmsg, struct ipc_space *space,
				       struct ipc_port **ports, const struct ipc_item *item)
{
	struct ipc_port *dest = (struct ipc_port *)kmsg->header.msgh_remote_port;
	uint32_t type = ipc_copyin_type(item->name);
	for (uint32_t i = 0; i < item->number; i++) {
		struct taken right = {.name = (uint32_t)ports[i], .disposition = item->name};
		if (!MACH_PORT_VALID(right.name)) {
			continue; /* null and dead go as they are: the values of IP_NULL and IP_DEAD
				   */
		}
		if (take(space, &right, true) != KERN_SUCCESS) {
			for (uint32_t done = 0; done < i; done++) {
				ipc_right_release(ports[done], type);
			}
			return MACH_SEND_INVALID_RIGHT;
		}
		take_done(&right);
		ports[i] = right.port;
		if (type == MACH_MSG_TYPE_PORT_RECEIVE && IP_VALID(right.port) &&
		    ipc_port_check_circularity(right.port, dest)) {
			kmsg->header.msgh_bits |= MACH_MSGH_BITS_CIRCULAR;
		}
	}
	return MACH_MSG_SUCCESS;
}

static mach_msg_return_t copyin_port_array(struct ipc_kmsg *kmsg, struct ipc_space *space,
					   struct vm_map *map, uint32_t address,
					   const struct ipc_item *item, struct ipc_port ***result)
{
	uint32_t bytes = (uint32_t)item->data_bytes;
	struct ipc_port **ports = kalloc(bytes);
	if (ports == NULL) {
		return MACH_SEND_NO_BUFFER;
	}
	if (!copyin(uaddr(address), ports, bytes)) {
		kfree(ports, bytes);
		return MACH_SEND_INVALID_MEMORY;
	}
	mach_msg_return_t status = copyin_rights(kmsg, space, ports, item);
	if (status == MACH_MSG_SUCCESS && item->deallocate &&
	    vm_map_deallocate_range(map, address, bytes) != KERN_SUCCESS) {
		for (uint32_t i = 0; i < item->number; i++) {
			ipc_right_release(ports[i], ipc_copyin_type(item->name));
		}
		status = MACH_SEND_INVALID_MEMORY;
	}
	if (status != MACH_MSG_SUCCESS) {
		kfree(ports, bytes);
		return status;
	}
	*result = ports;
	return MACH_MSG_SUCCESS;
}

static mach_msg_return_t copyin_out_of_line(struct ipc_kmsg *kmsg, struct ipc_space *space,
					    struct vm_map *map, uint8_t *data,
					    const struct ipc_item *item)
{
	uint32_t address;
	void *pointer = NULL;
	__builtin_memcpy(&address, data, sizeof(address));
	if (item->data_bytes >= USER_TOP) {
		return MACH_SEND_INVALID_MEMORY;
	}
	if (item->data_bytes != 0 && item->is_port) {
		mach_msg_return_t result = copyin_port_array(kmsg, space, map, address, item,
							     (struct ipc_port ***)&pointer);
		if (result != MACH_MSG_SUCCESS) {
			return result;
		}
	} else if (item->data_bytes != 0) {
		if (vm_map_copyin(map, address, (uint32_t)item->data_bytes, item->deallocate,
				  (struct vm_map_copy **)&pointer) != KERN_SUCCESS) {
			return MACH_SEND_INVALID_MEMORY;
		}
	}
	__builtin_memcpy(data, &pointer, sizeof(pointer));
	return MACH_MSG_SUCCESS;
}

static mach_msg_return_t copyin_item(struct ipc_kmsg *kmsg, struct ipc_space *space,
				     struct vm_map *map, uint8_t *bytes,
				     const struct ipc_item *item)
{
	uint8_t *data = bytes + item->header_bytes;
	mach_msg_return_t result = MACH_MSG_SUCCESS;
	if (!item->is_inline) {
		result = copyin_out_of_line(kmsg, space, map, data, item);
	} else if (item->is_port) {
		result = copyin_rights(kmsg, space, (struct ipc_port **)data, item);
	}
	if (result == MACH_MSG_SUCCESS && item->is_port) {
		ipc_item_set_name(bytes, ipc_copyin_type(item->name));
	}
	return result;
}

static mach_msg_return_t copyin_body(struct ipc_kmsg *kmsg, struct ipc_space *space,
				     struct vm_map *map)
{
	uint8_t *message = (uint8_t *)&kmsg->header;
	uint32_t size = kmsg->header.msgh_size;
	struct ipc_item item;
	bool complex = false;
	for (uint32_t at = sizeof(mach_msg_header_t); at < size; at += item.item_bytes) {
		mach_msg_return_t result = MACH_MSG_SUCCESS;
		switch (ipc_item_parse(message + at, size - at, &item)) {
		case IPC_ITEM_OK:
			result = copyin_item(kmsg, space, map, message + at, &item);
			complex |= item.is_port || !item.is_inline;
			break;
		case IPC_ITEM_TOO_SMALL:
			result = MACH_SEND_MSG_TOO_SMALL;
			break;
		case IPC_ITEM_BAD_TYPE:
			result = MACH_SEND_INVALID_TYPE;
			break;
		}
		if (result != MACH_MSG_SUCCESS) {
			ipc_kmsg_destroy_body(kmsg, at);
			return result;
		}
	}
	if (!complex) { /* the sender said so, but there is nothing to it */
		kmsg->header.msgh_bits &= ~MACH_MSGH_BITS_COMPLEX;
	}
	return MACH_MSG_SUCCESS;
}

mach_msg_return_t ipc_kmsg_copyin(struct ipc_kmsg *kmsg, struct ipc_space *space,
				  struct vm_map *map, struct ipc_port *cancel)
{
	mach_msg_return_t result = copyin_header(kmsg, space, cancel);
	if (result != MACH_MSG_SUCCESS || (kmsg->header.msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0) {
		return result;
	}
	result = copyin_body(kmsg, space, map);
	if (result != MACH_MSG_SUCCESS) {
		mach_msg_header_t *header = &kmsg->header;
		ipc_right_release((struct ipc_port *)header->msgh_remote_port,
				  MACH_MSGH_BITS_REMOTE(header->msgh_bits));
		ipc_right_release((struct ipc_port *)header->msgh_local_port,
				  MACH_MSGH_BITS_LOCAL(header->msgh_bits));
	}
	return result;
}
