/* Notifications: messages that the kernel sends to the send-once rights it was given for them. */
#include <ipc/ipc_kmsg.h>
#include <ipc/ipc_right.h>
#include <kern/counter.h>
#include <mach/notify.h>

COUNTER(ipc_notifications_lost);

/* A message to soright, which it takes over: of `bytes` bytes. NULL: no memory; the right is gone,
   quietly, for telling of its end would need a message too. */
static struct ipc_kmsg *notify_alloc(struct ipc_port *soright, int id, uint32_t bytes)
{
	struct ipc_kmsg *kmsg = ipc_kmsg_alloc(bytes);
	if (kmsg == NULL) {
		counter_add(ipc_notifications_lost);
		soright->rights.sorights--;
		ipc_port_release(soright);
		return NULL;
	}
	mach_msg_header_t *header = &kmsg->header;
	header->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND_ONCE, 0);
	header->msgh_size = bytes;
	header->msgh_remote_port = (mach_port_t)(uintptr_t)soright;
	header->msgh_local_port = MACH_PORT_NULL;
	header->msgh_seqno = 0;
	header->msgh_id = id;
	kmsg->marequest_notify = IP_NULL;
	return kmsg;
}

/* Sends a notification with one word of body of that type. */
static void notify_word(struct ipc_port *soright, int id, uint32_t type, uint32_t word)
{
	struct ipc_kmsg *kmsg = notify_alloc(soright, id, sizeof(mach_port_deleted_notification_t));
	if (kmsg == NULL) {
		return;
	}
	mach_port_deleted_notification_t *message =
		(mach_port_deleted_notification_t *)&kmsg->header;
	message->not_type = (mach_msg_type_t){
		.msgt_name = type,
		.msgt_size = 32,
		.msgt_number = 1,
		.msgt_inline = 1,
	};
	message->not_port = word;
	ipc_mqueue_send_always(kmsg);
}

void ipc_notify_port_deleted(struct ipc_port *soright, uint32_t name)
{
	notify_word(soright, MACH_NOTIFY_PORT_DELETED, MACH_MSG_TYPE_PORT_NAME, name);
}

void ipc_notify_msg_accepted(struct ipc_port *soright, uint32_t name)
{
	notify_word(soright, MACH_NOTIFY_MSG_ACCEPTED, MACH_MSG_TYPE_PORT_NAME, name);
}

void ipc_notify_no_senders(struct ipc_port *soright, uint32_t mscount)
{
	notify_word(soright, MACH_NOTIFY_NO_SENDERS, MACH_MSG_TYPE_INTEGER_32, mscount);
}

void ipc_notify_dead_name(struct ipc_port *soright, uint32_t name)
{
	notify_word(soright, MACH_NOTIFY_DEAD_NAME, MACH_MSG_TYPE_PORT_NAME, name);
}

void ipc_notify_send_once(struct ipc_port *soright)
{
	struct ipc_kmsg *kmsg =
		notify_alloc(soright, MACH_NOTIFY_SEND_ONCE, sizeof(mach_msg_header_t));
	if (kmsg != NULL) {
		ipc_mqueue_send_always(kmsg);
	}
}

/* The receive right (in nobody's hands, its reference included) travels in the message. Where it
   cannot, because there is no memory or it would wait in its own queue, the port dies after all. */
void ipc_notify_port_destroyed(struct ipc_port *soright, struct ipc_port *receive_right)
{
	struct ipc_kmsg *kmsg = NULL;
	if (!ipc_port_check_circularity(receive_right, soright)) {
		kmsg = notify_alloc(soright, MACH_NOTIFY_PORT_DESTROYED,
				    sizeof(mach_port_destroyed_notification_t));
	} else {
		ipc_port_release_sonce(soright);
	}
	if (kmsg == NULL) {
		ipc_port_release_receive(receive_right);
		return;
	}
	mach_port_destroyed_notification_t *message =
		(mach_port_destroyed_notification_t *)&kmsg->header;
	message->not_header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	message->not_type = (mach_msg_type_t){
		.msgt_name = MACH_MSG_TYPE_PORT_RECEIVE,
		.msgt_size = 32,
		.msgt_number = 1,
		.msgt_inline = 1,
	};
	message->not_port = (mach_port_t)(uintptr_t)receive_right;
	ipc_mqueue_send_always(kmsg);
}
