/* Ports: their life and death, and the naked rights that the kernel and messages hold. */
#include <ipc/ipc_kmsg.h>
#include <ipc/ipc_right.h>
#include <kern/zone.h>

static struct zone port_zone;

struct ipc_port *ipc_port_alloc(struct ipc_space *receiver, uint32_t name)
{
	struct ipc_port *port = zone_alloc(&port_zone);
	if (unlikely(port == NULL)) {
		return NULL;
	}
	port->magic = IPC_PORT_MAGIC;
	port->refs = 1;
	port->active = true;
	port->payload_set = false;
	port->kobject_type = IKOT_NONE;
	port->kobject = NULL;
	port->receiver = receiver;
	port->receiver_name = name;
	port->destination = IP_NULL;
	port->rights.srights = 0;
	port->rights.sorights = 0;
	port->rights.mscount = 0;
	port->seqno = 0;
	port->qlimit = MACH_PORT_QLIMIT_DEFAULT;
	port->msgcount = 0;
	port->payload = 0;
	list_init(&port->mqueue.messages);
	wait_queue_init(&port->mqueue.receivers);
	wait_queue_init(&port->senders);
	port->pset = NULL;
	list_init(&port->pset_link);
	list_init(&port->dnrequests);
	port->nsrequest = IP_NULL;
	port->pdrequest = IP_NULL;
	return port;
}

struct ipc_port *ipc_port_alloc_special(struct ipc_space *receiver, enum ipc_kobject_type type,
					void *kobject)
{
	struct ipc_port *port = ipc_port_alloc(receiver, MACH_PORT_NAME_NULL);
	if (port != NULL) {
		port->kobject_type = (uint16_t)type;
		port->kobject = kobject;
	}
	return port;
}

void ipc_port_dealloc_special(struct ipc_port *port)
{
	port->kobject_type = IKOT_NONE;
	port->kobject = NULL;
	ipc_port_destroy(port);
}

void ipc_port_free(struct ipc_port *port)
{
	assert(port->magic == IPC_PORT_MAGIC && !port->active);
	assert(list_empty(&port->mqueue.messages) && port->pset == NULL);
	port->magic = 0;
	zone_free(&port_zone, port);
}

void ipc_port_clear_receiver(struct ipc_port *port)
{
	if (port->pset != NULL) {
		ipc_pset_remove(port);
	} else if (!list_empty(&port->mqueue.receivers.threads)) {
		ipc_mqueue_change(&port->mqueue, MACH_RCV_PORT_DIED);
	}
	port->receiver = NULL;
	port->receiver_name = MACH_PORT_NAME_NULL;
	port->rights.mscount = 0;
	port->seqno = 0;
	port->payload_set = false;
}

/* --- death */

/* Fires the dead-name requests. Those names become dead names at once, so that the user reference
   which the notification stands for is there when it arrives. */
static void port_fire_dnrequests(struct ipc_port *port)
{
	while (!list_empty(&port->dnrequests)) {
		struct ipc_dnrequest *request =
			list_first(&port->dnrequests, struct ipc_dnrequest, link);
		struct ipc_entry *entry = request->entry;
		struct ipc_port *notify = ipc_right_cancel_request(entry);
		uint32_t name = entry->name;
		ipc_right_die(entry, true); /* the receive right's reference still keeps the port */
		ipc_notify_dead_name(notify, name);
	}
}

/* Destroys one port whose receive right is nobody's any more, and drops the right's reference. What
   is destroyed with it may destroy further ports: these come to the list below. */
static void port_end(struct ipc_port *port)
{
	assert(port->magic == IPC_PORT_MAGIC && port->active);
	struct ipc_port *request = port->pdrequest;
	if (request != IP_NULL) {
		port->pdrequest = IP_NULL;
		ipc_notify_port_destroyed(request, port);
		return;
	}
	port->active = false;
	request = port->nsrequest;
	if (request != IP_NULL) {
		port->nsrequest = IP_NULL;
		ipc_port_release_sonce(request);
	}
	/* A dead port's queue does not grow: messages sent to it are destroyed. */
	while (!list_empty(&port->mqueue.messages)) {
		struct ipc_kmsg *kmsg = list_first(&port->mqueue.messages, struct ipc_kmsg, link);
		list_remove(&kmsg->link);
		port->msgcount--;
		ipc_kmsg_destroy(kmsg);
	}
	if (!list_empty(&port->senders.threads)) {
		ipc_mqueue_wake_senders(port, true);
	}
	port_fire_dnrequests(port);
	ipc_port_release(port);
}

/* Ports that wait for their end while another one's is under way. Linked through pset_link: none is
   in a set. */
static struct list dying_ports = {&dying_ports, &dying_ports};
static bool dying_drain; /* somebody up the stack takes them off the list */

void ipc_port_destroy(struct ipc_port *port)
{
	ipc_port_clear_receiver(port);
	if (dying_drain) {
		list_add_tail(&dying_ports, &port->pset_link);
		return;
	}
	dying_drain = true;
	port_end(port);
	while (unlikely(!list_empty(&dying_ports))) {
		struct ipc_port *next = list_first(&dying_ports, struct ipc_port, pset_link);
		list_remove(&next->pset_link);
		port_end(next);
	}
	dying_drain = false;
}

/* --- naked rights */

void ipc_port_no_senders(struct ipc_port *port)
{
	assert(port->rights.srights == 0);
	if (!port->active) {
		return;
	}
	struct ipc_port *request = port->nsrequest;
	if (request != IP_NULL) {
		port->nsrequest = IP_NULL;
		ipc_notify_no_senders(request, port->rights.mscount);
	} else if (port->receiver == ipc_space_kernel) {
		ipc_kobject_no_senders(port);
	}
}

struct ipc_port *ipc_port_make_send(struct ipc_port *port)
{
	assert(port->active);
	port->rights.mscount++;
	port->rights.srights++;
	ipc_port_reference(port);
	return port;
}

struct ipc_port *ipc_port_copy_send(struct ipc_port *port)
{
	if (!IP_VALID(port)) {
		return port;
	}
	if (!port->active) {
		return IP_DEAD;
	}
	assert(port->rights.srights > 0);
	port->rights.srights++;
	ipc_port_reference(port);
	return port;
}

void ipc_port_release_send(struct ipc_port *port)
{
	if (!IP_VALID(port)) {
		return;
	}
	assert(port->rights.srights > 0 && port->refs > 0);
	if (--port->rights.srights == 0 && port->active) {
		/* Not the last reference: an active port has its receive right's. */
		port->refs--;
		ipc_port_no_senders(port);
		return;
	}
	ipc_port_release(port);
}

struct ipc_port *ipc_port_make_sonce(struct ipc_port *port)
{
	assert(port->active);
	port->rights.sorights++;
	ipc_port_reference(port);
	return port;
}

void ipc_port_release_sonce(struct ipc_port *port)
{
	if (!IP_VALID(port)) {
		return;
	}
	assert(port->rights.sorights > 0);
	if (port->active && port->receiver != ipc_space_kernel) {
		ipc_notify_send_once(port); /* the right travels in the notification */
		return;
	}
	if (port->active) {
		ipc_kobject_send_once(port);
		return;
	}
	port->rights.sorights--;
	ipc_port_release(port);
}

void ipc_port_release_receive(struct ipc_port *port)
{
	if (!IP_VALID(port)) {
		return;
	}
	assert(port->receiver == NULL);
	struct ipc_port *destination = port->destination;
	port->destination = IP_NULL;
	ipc_port_destroy(port);
	if (destination != IP_NULL) {
		ipc_port_release(destination);
	}
}

/* Ports in transit form trees (each has one destination), never circles: that is what this routine
   sees to. So the walk from dest to the root ends. */
bool ipc_port_check_circularity(struct ipc_port *port, struct ipc_port *dest)
{
	assert(port->destination == IP_NULL);
	for (struct ipc_port *base = dest; base != IP_NULL; base = base->destination) {
		if (base == port) {
			return true;
		}
	}
	port->destination = dest;
	ipc_port_reference(dest);
	return false;
}

void ipc_port_init(void)
{
	zone_init(&port_zone, "ipc.ports", sizeof(struct ipc_port), IPC_PORTS_MAX);
}
