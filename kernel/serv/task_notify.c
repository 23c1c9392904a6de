#include <serv/task_notify.h>

#include <ipc/ipc_kmsg.h>
#include <mach/message.h>
#include <serv/kobject.h>
#include <serv/routines.h>

#define NEW_TASK_ID 4400

struct new_task_message {
	mach_msg_header_t header;
	mach_msg_type_t task_type;
	struct ipc_port *task;
	mach_msg_type_t parent_type;
	struct ipc_port *parent;
};
_Static_assert(sizeof(struct new_task_message) == 40, "mach_notify_new_task is 40 bytes");

static struct ipc_port *listener; /* a naked send right, or IP_NULL */

void task_notify_created(struct task *task, struct task *parent)
{
	if (listener == IP_NULL) {
		return;
	}
	if (!listener->active) {
		ipc_port_release_send(listener);
		listener = IP_NULL;
		return;
	}
	struct ipc_kmsg *kmsg = ipc_kmsg_alloc(sizeof(struct new_task_message));
	if (kmsg == NULL) {
		return; /* a listener counts on nothing but what it is told */
	}
	const mach_msg_type_t type = {.msgt_name = MACH_MSG_TYPE_PORT_SEND,
				      .msgt_size = 32,
				      .msgt_number = 1,
				      .msgt_inline = 1};
	struct new_task_message *message = (struct new_task_message *)&kmsg->header;
	message->header = (mach_msg_header_t){
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND, 0) | MACH_MSGH_BITS_COMPLEX |
			     MACH_MSGH_BITS_COMPLEX_PORTS,
		.msgh_size = sizeof *message,
		.msgh_remote_port = (mach_port_t)ipc_port_copy_send(listener),
		.msgh_id = NEW_TASK_ID,
	};
	message->task_type = type;
	message->task = kernel_port_make_send(task->ports.self);
	message->parent_type = type;
	message->parent = kernel_port_make_send(parent->ports.self);
	ipc_mqueue_send_always(kmsg);
}

/* KERN_INVALID_HOST; KERN_NO_ACCESS: somebody listens already. A null port ends it. The right is
   consumed on success. */
kern_return_t serv_register_new_task_notification(host_t host, struct ipc_port *port)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	if (port != IP_NULL && listener != IP_NULL && listener->active) {
		return KERN_NO_ACCESS;
	}
	ipc_port_release_send(listener);
	listener = IP_VALID(port) ? port : IP_NULL;
	return KERN_SUCCESS;
}
