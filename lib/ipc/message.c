/* Messages that nobody takes: their rights and memory are given back. */
#include "internal.h"
#include <gen/mach.h>
#include "items_core.h"

static void drop_right(mach_port_t name, unsigned int type)
{
	if (!MACH_PORT_VALID(name)) {
		return;
	}
	switch (type) {
	case MACH_MSG_TYPE_PORT_SEND:
	case MACH_MSG_TYPE_PORT_SEND_ONCE:
		(void)syscall_mach_port_deallocate(mach_task_self(), name);
		break;
	case MACH_MSG_TYPE_PORT_RECEIVE:
		(void)mach_port_mod_refs(mach_task_self(), name, MACH_PORT_RIGHT_RECEIVE, -1);
		break;
	case MACH_MSG_TYPE_MAKE_SEND:
		/* Made and dropped, so that the object learns that nobody got it. */
		if (mach_port_insert_right(mach_task_self(), name, name,
					   MACH_MSG_TYPE_MAKE_SEND) == KERN_SUCCESS) {
			(void)syscall_mach_port_deallocate(mach_task_self(), name);
		}
		break;
	default:
		break;
	}
}

static void drop_item(const struct item *item, boolean_t received)
{
	vm_address_t address = 0;
	const mach_port_t *names = (const mach_port_t *)(const void *)item->data;

	if (!item->is_inline) {
		memcpy(&address, item->data, sizeof address);
		names = (const mach_port_t *)address;
	}
	if (MACH_MSG_TYPE_PORT_ANY(item->name)) {
		for (unsigned int i = 0; i < item->number && names != NULL; i++) {
			drop_right(names[i], item->name);
		}
	}
	if (!item->is_inline && address != 0 && item->bytes != 0 &&
	    (received || item->deallocate)) {
		(void)vm_deallocate(mach_task_self(), address, item->bytes);
	}
}

static void drop_items(mach_msg_header_t *message, boolean_t received)
{
	struct items items;
	struct item item;

	if (!(message->msgh_bits & MACH_MSGH_BITS_COMPLEX)) {
		return;
	}
	items_begin(&items, message, message->msgh_size);
	while (items_next(&items, &item)) {
		drop_item(&item, received);
	}
}

void ipc_message_destroy_body(mach_msg_header_t *message)
{
	drop_items(message, TRUE);
}

void ipc_message_destroy(mach_msg_header_t *message)
{
	drop_right(message->msgh_remote_port, MACH_MSGH_BITS_REMOTE(message->msgh_bits));
	drop_items(message, TRUE);
}

void ipc_message_undo_reply(mach_msg_header_t *reply)
{
	drop_right(reply->msgh_remote_port, MACH_MSGH_BITS_REMOTE(reply->msgh_bits));
	drop_items(reply, FALSE);
}
