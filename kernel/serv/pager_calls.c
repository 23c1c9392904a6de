/* What the kernel says to pagers: memory_object_init, data_request, terminate. The messages are
   built by hand: they are one-way, never wait, and a fault must not depend on a stub's receive. */
#include <serv/pager_calls.h>

#include <ipc/ipc_kmsg.h>
#include <kern/counter.h>
#include <serv/kobject.h>
#include <serv/routines.h>
#include <vm/object.h>
#include <vm/pager.h>

COUNTER(pager_requests);

#define MEMORY_OBJECT_INIT         2200
#define MEMORY_OBJECT_TERMINATE    2201
#define MEMORY_OBJECT_DATA_REQUEST 2203

struct init_message {
	mach_msg_header_t header;
	mach_msg_type_t control_type;
	struct ipc_port *control;
	mach_msg_type_t name_type;
	struct ipc_port *name;
	mach_msg_type_t page_size_type;
	uint32_t page_size;
};

struct data_request_message {
	mach_msg_header_t header;
	mach_msg_type_t control_type;
	struct ipc_port *control;
	mach_msg_type_t offset_type;
	uint32_t offset;
	mach_msg_type_t length_type;
	uint32_t length;
	mach_msg_type_t access_type;
	int32_t access;
};

struct terminate_message {
	mach_msg_header_t header;
	mach_msg_type_t control_type;
	struct ipc_port *control;
	mach_msg_type_t name_type;
	struct ipc_port *name;
};
_Static_assert(sizeof(struct init_message) == 48, "memory_object_init");
_Static_assert(sizeof(struct data_request_message) == 56, "memory_object_data_request");
_Static_assert(sizeof(struct terminate_message) == 40, "memory_object_terminate");

static const mach_msg_type_t type_int = {
	.msgt_name = MACH_MSG_TYPE_INTEGER_32, .msgt_size = 32, .msgt_number = 1, .msgt_inline = 1};

static mach_msg_type_t type_port(uint32_t name)
{
	return (mach_msg_type_t){
		.msgt_name = name, .msgt_size = 32, .msgt_number = 1, .msgt_inline = 1};
}

/* An empty message to the pager. NULL: its port is dead, or no memory. */
static struct ipc_kmsg *message_begin(struct ipc_port *pager, uint32_t bytes, int id)
{
	if (!IP_VALID(pager) || !pager->active) {
		return NULL;
	}
	struct ipc_kmsg *kmsg = ipc_kmsg_alloc(bytes);
	if (kmsg == NULL) {
		return NULL;
	}
	kmsg->header = (mach_msg_header_t){
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND, 0) | MACH_MSGH_BITS_COMPLEX |
			     MACH_MSGH_BITS_COMPLEX_PORTS,
		.msgh_size = bytes,
		.msgh_remote_port = (mach_port_t)ipc_port_copy_send(pager),
		.msgh_id = id,
	};
	return kmsg;
}

/* The kernel's receive right goes with the object's end. */
static void object_port_drop(struct ipc_port **slot)
{
	struct ipc_port *port = *slot;
	if (port != NULL) {
		*slot = NULL;
		port->kobject = NULL;
		ipc_port_dealloc_special(port);
	}
}

kern_return_t pager_call_init(struct ipc_port *pager, struct vm_object *object)
{
	object->control = ipc_port_alloc_special(ipc_space_kernel, IKOT_PAGER_CONTROL, object);
	object->name = ipc_port_alloc_special(ipc_space_kernel, IKOT_PAGER_NAME, object);
	struct ipc_kmsg *kmsg = NULL;
	if (object->control != NULL && object->name != NULL) {
		kmsg = message_begin(pager, sizeof(struct init_message), MEMORY_OBJECT_INIT);
	}
	if (kmsg == NULL) {
		object_port_drop(&object->control);
		object_port_drop(&object->name);
		return KERN_FAILURE;
	}
	struct init_message *message = (struct init_message *)&kmsg->header;
	message->control_type = type_port(MACH_MSG_TYPE_PORT_SEND);
	message->control = ipc_port_make_send(object->control);
	message->name_type = type_port(MACH_MSG_TYPE_PORT_SEND);
	message->name = ipc_port_make_send(object->name);
	message->page_size_type = type_int;
	message->page_size = PAGE_BYTES;
	ipc_mqueue_send_always(kmsg);
	return KERN_SUCCESS;
}

kern_return_t pager_call_data_request(struct vm_object *object, uint32_t offset, uint32_t bytes,
				      int access)
{
	struct ipc_kmsg *kmsg = message_begin(object->pager, sizeof(struct data_request_message),
					      MEMORY_OBJECT_DATA_REQUEST);
	if (kmsg == NULL) {
		return KERN_FAILURE;
	}
	counter_add(pager_requests);
	struct data_request_message *message = (struct data_request_message *)&kmsg->header;
	message->control_type = type_port(MACH_MSG_TYPE_PORT_SEND);
	message->control = kernel_port_make_send(object->control);
	message->offset_type = type_int;
	message->offset = offset;
	message->length_type = type_int;
	message->length = bytes;
	message->access_type = type_int;
	message->access = access;
	ipc_mqueue_send_always(kmsg);
	return KERN_SUCCESS;
}

/* The receive rights go to the pager, which may still hold messages' answers for them. If they
   cannot, they die. */
kern_return_t pager_call_terminate(struct vm_object *object)
{
	struct ipc_kmsg *kmsg = NULL;
	if (object->control != NULL && object->name != NULL) {
		kmsg = message_begin(object->pager, sizeof(struct terminate_message),
				     MEMORY_OBJECT_TERMINATE);
	}
	if (kmsg == NULL) {
		object_port_drop(&object->control);
		object_port_drop(&object->name);
		return KERN_FAILURE;
	}
	struct terminate_message *message = (struct terminate_message *)&kmsg->header;
	struct ipc_port *ports[2] = {object->control, object->name};
	object->control = NULL;
	object->name = NULL;
	for (uint32_t i = 0; i < 2; i++) {
		/* From the kernel's into transit: an ordinary receive right from now on. */
		ports[i]->kobject_type = IKOT_NONE;
		ports[i]->kobject = NULL;
		ports[i]->receiver = NULL;
		ports[i]->receiver_name = MACH_PORT_NULL;
		ports[i]->destination = (struct ipc_port *)kmsg->header.msgh_remote_port;
		ipc_port_reference(ports[i]->destination);
	}
	message->control_type = type_port(MACH_MSG_TYPE_PORT_RECEIVE);
	message->control = ports[0];
	message->name_type = type_port(MACH_MSG_TYPE_PORT_RECEIVE);
	message->name = ports[1];
	ipc_mqueue_send_always(kmsg);
	return KERN_SUCCESS;
}

/* --- the port itself, for vm, which knows nothing of ports --------------------------- */

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
	return IP_VALID((struct ipc_port *)pager) && pager->active;
}
