/* Requests for notifications: dead-name, no-senders, port-destroyed
   (mach_port_request_notification). */
#include <ipc/ipc_right.h>
#include <kern/zone.h>
#include <mach/notify.h>

static struct zone dnrequest_zone;

kern_return_t ipc_right_add_request(struct ipc_entry *entry, struct ipc_port *notify)
{
	struct ipc_port *port = entry->object;
	struct ipc_dnrequest *request = zone_alloc(&dnrequest_zone);
	assert(entry->request == NULL && port->active);
	if (request == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	request->entry = entry;
	request->notify = notify;
	list_add_tail(&port->dnrequests, &request->link);
	entry->request = request;
	return KERN_SUCCESS;
}

struct ipc_port *ipc_right_cancel_request(struct ipc_entry *entry)
{
	struct ipc_dnrequest *request = entry->request;
	if (likely(request == NULL)) {
		return IP_NULL;
	}
	assert(request->entry == entry);
	struct ipc_port *notify = request->notify;
	entry->request = NULL;
	list_remove(&request->link);
	zone_free(&dnrequest_zone, request);
	return notify;
}

/* Registers, replaces or cancels; or notifies at once if the name is dead already and `immediate`
   allows it. */
static kern_return_t request_dead_name(struct ipc_space *space, uint32_t name, bool immediate,
				       struct ipc_port *notify, struct ipc_port **previous)
{
	struct ipc_entry *entry;
	kern_return_t result = ipc_right_lookup(space, name, &entry);
	if (result != KERN_SUCCESS) {
		return result;
	}
	switch (ipc_right_core_dead_name_request(&entry->bits, immediate, notify != IP_NULL,
						 &result)) {
	case IPC_REQUEST_REFUSED:
		return result;
	case IPC_REQUEST_NOTIFY:
		*previous = IP_NULL;
		ipc_notify_dead_name(notify, name);
		return KERN_SUCCESS;
	case IPC_REQUEST_REGISTER:
		break;
	}
	if (notify == IP_NULL) {
		*previous = ipc_right_cancel_request(entry);
		return KERN_SUCCESS;
	}
	if (entry->request != NULL) {
		*previous = entry->request->notify;
		entry->request->notify = notify;
		return KERN_SUCCESS;
	}
	*previous = IP_NULL;
	return ipc_right_add_request(entry, notify);
}

static void request_no_senders(struct ipc_port *port, uint32_t sync, struct ipc_port *notify,
			       struct ipc_port **previous)
{
	*previous = port->nsrequest;
	if (notify != IP_NULL && ipc_right_core_no_senders_due(&port->rights, sync)) {
		port->nsrequest = IP_NULL;
		ipc_notify_no_senders(notify, port->rights.mscount);
	} else {
		port->nsrequest = notify;
	}
}

kern_return_t ipc_port_request_notification(struct ipc_space *space, uint32_t name, int id,
					    uint32_t sync, struct ipc_port *notify,
					    struct ipc_port **previous)
{
	struct ipc_port *port;
	kern_return_t result;

	if (space == NULL || !space->active) {
		return KERN_INVALID_TASK;
	}
	if (notify == IP_DEAD) {
		return KERN_INVALID_CAPABILITY;
	}
	switch (id) {
	case MACH_NOTIFY_DEAD_NAME:
		return request_dead_name(space, name, sync != 0, notify, previous);
	case MACH_NOTIFY_PORT_DESTROYED:
		if (sync != 0) {
			return KERN_INVALID_VALUE;
		}
		result = ipc_port_translate_receive(space, name, &port);
		if (result == KERN_SUCCESS) {
			*previous = port->pdrequest;
			port->pdrequest = notify;
		}
		return result;
	case MACH_NOTIFY_NO_SENDERS:
		result = ipc_port_translate_receive(space, name, &port);
		if (result == KERN_SUCCESS) {
			request_no_senders(port, sync, notify, previous);
		}
		return result;
	default:
		return KERN_INVALID_VALUE;
	}
}

void ipc_request_init(void)
{
	zone_init(&dnrequest_zone, "ipc.dnrequests", sizeof(struct ipc_dnrequest),
		  IPC_DNREQUESTS_MAX);
}
