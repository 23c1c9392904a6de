/* Message-accepted requests (MACH_SEND_NOTIFY): one a name at most. The sender's message went into
   a full queue; when it is taken out, or dies there, the sender's notify port hears of it. */
#include <ipc/ipc_kmsg.h>
#include <ipc/ipc_right.h>

mach_msg_return_t ipc_marequest_create(struct ipc_space *space, struct ipc_kmsg *kmsg,
				       uint32_t dest_name, uint32_t notify)
{
	struct ipc_port *notify_port;
	struct ipc_entry *entry = ipc_entry_lookup(space, dest_name);
	if (ipc_port_translate_receive(space, notify, &notify_port) != KERN_SUCCESS) {
		return MACH_SEND_INVALID_NOTIFY;
	}
	if (entry != NULL && (entry->bits & IE_BITS_MAREQUEST) != 0) {
		return MACH_SEND_NOTIFY_IN_PROGRESS;
	}
	if (entry != NULL) {
		entry->bits |= IE_BITS_MAREQUEST;
	}
	ipc_space_reference(space);
	kmsg->marequest_notify = ipc_port_make_sonce(notify_port);
	kmsg->marequest_name = dest_name;
	kmsg->marequest_space = space;
	return MACH_SEND_WILL_NOTIFY;
}

void ipc_kmsg_accepted(struct ipc_kmsg *kmsg)
{
	struct ipc_space *space = kmsg->marequest_space;
	struct ipc_port *notify = kmsg->marequest_notify;
	uint32_t name = kmsg->marequest_name;
	struct ipc_entry *entry = space->active ? ipc_entry_lookup(space, name) : NULL;
	kmsg->marequest_notify = IP_NULL;
	/* The name may have been freed and given to another right meanwhile: the bit tells. */
	if (entry != NULL && (entry->bits & IE_BITS_MAREQUEST) != 0) {
		entry->bits &= ~IE_BITS_MAREQUEST;
		ipc_notify_msg_accepted(notify, name);
	} else {
		ipc_notify_msg_accepted(notify, MACH_PORT_NULL);
	}
	ipc_space_release(space);
}
