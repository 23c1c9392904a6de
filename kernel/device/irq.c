/* Interrupts as messages (device_intr_register, device_intr_ack; message id 100).

   A line is masked when it is taken and stays so until everybody who was told has acknowledged, so
   each listener has at most one message outstanding per line. The device irq registers for any
   line, irq0 ... irq15 only for theirs: what a driver is given is the port of one of these. */
#include <device/device.h>
#include <device/notify.h>
#include <ipc/ipc_kmsg.h>
#include <kern/counter.h>
#include <kern/machine.h>
#include <kern/upcall.h>
#include <kern/zone.h>
#include <serv/routines.h>

COUNTER(irq_messages);
COUNTER(irq_lost);

#define IRQ_LINES     16u
#define IRQ_LISTENERS 64u
#define LINE_TIMER    0u
#define LINE_CASCADE  2u

struct irq_listener {
	struct list link;
	struct ipc_port *port; /* a naked send right */
	bool owes;             /* told, and not acknowledged yet */
};

static struct list listeners[IRQ_LINES];
static struct zone listener_zone;
static uint32_t masked; /* bit n: line n was taken, and has not been unmasked since */

static void irq_init(void)
{
	if (listeners[0].next == NULL) {
		for (uint32_t line = 0; line < IRQ_LINES; line++) {
			list_init(&listeners[line]);
		}
		zone_init(&listener_zone, "irq_listener", sizeof(struct irq_listener),
			  IRQ_LISTENERS);
	}
}

static void listener_drop(struct irq_listener *listener)
{
	list_remove(&listener->link);
	ipc_port_release_send(listener->port);
	zone_free(&listener_zone, listener);
}

static void line_unmask(uint32_t line)
{
	masked &= ~(1u << line);
	machine_interrupt_unmask(line);
}

/* Forgets drivers that have died, and what they owed. Opens the line again if it is masked and
   nobody owes for it. */
static void line_settle(uint32_t line)
{
	bool owes = false;
	list_for_each_safe(link, &listeners[line])
	{
		struct irq_listener *listener = list_entry(link, struct irq_listener, link);
		if (!listener->port->active) {
			listener_drop(listener);
		} else {
			owes |= listener->owes;
		}
	}
	if ((masked & (1u << line)) != 0 && !owes && !list_empty(&listeners[line])) {
		line_unmask(line);
	}
}

/* A driver that dies tells nobody; and one that could not be told for want of memory owes nothing.
 */
void irq_tick(void)
{
	if (listeners[0].next == NULL) {
		return;
	}
	for (uint32_t line = 0; line < IRQ_LINES; line++) {
		if (!list_empty(&listeners[line])) {
			line_settle(line);
		}
	}
}

/* No memory: the next tick opens the line again, and the interrupt comes back. Counted. */
static void listener_tell(struct irq_listener *listener, uint32_t line)
{
	struct ipc_kmsg *kmsg = ipc_kmsg_alloc(sizeof(device_intr_notification_t));
	if (kmsg == NULL) {
		counter_add(irq_lost);
		return;
	}
	device_intr_notification_t *message = (device_intr_notification_t *)&kmsg->header;
	message->intr_header = (mach_msg_header_t){
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND, 0),
		.msgh_size = sizeof *message,
		.msgh_remote_port = (mach_port_t)ipc_port_copy_send(listener->port),
		.msgh_id = DEVICE_INTR_NOTIFY,
	};
	message->intr_type = (mach_msg_type_t){.msgt_name = MACH_MSG_TYPE_INTEGER_32,
					       .msgt_size = 32,
					       .msgt_number = 1,
					       .msgt_inline = 1};
	message->id = (int)line;
	listener->owes = true;
	counter_add(irq_messages);
	ipc_mqueue_send_always(kmsg);
}

/* Runs between user instructions or in idle, where the kernel holds nothing: sending is safe, and
   does not block. */
bool upcall_interrupt(uint32_t line)
{
	irq_init();
	masked |= 1u << line;
	list_for_each(link, &listeners[line])
	{
		struct irq_listener *listener = list_entry(link, struct irq_listener, link);
		if (listener->port->active && !listener->owes) {
			listener_tell(listener, line);
		}
	}
	return !list_empty(&listeners[line]);
}

/* Which line a request means: the device's own, or for the device irq the number it gives. */
static bool line_of(struct device *device, int id, uint32_t *line)
{
	if (device->ops != &irq_ops) {
		return false;
	}
	*line = device->unit != UINT32_MAX ? device->unit : (uint32_t)id;
	return *line < IRQ_LINES && (uint32_t)id == *line && *line != LINE_TIMER &&
	       *line != LINE_CASCADE;
}

/* D_INVALID_OPERATION: no such line, or the kernel's own. D_ALREADY_OPEN: that port listens
   already. The right is consumed on success. */
kern_return_t serv_device_intr_register(device_t device, int id, int flags, struct ipc_port *port)
{
	(void)flags;
	if (device == NULL) {
		return D_NO_SUCH_DEVICE;
	}
	irq_init();
	uint32_t line;
	if (!line_of(device, id, &line) || !IP_VALID(port) || !port->active) {
		return D_INVALID_OPERATION;
	}
	line_settle(line);
	bool first = list_empty(&listeners[line]);
	list_for_each(link, &listeners[line])
	{
		if (list_entry(link, struct irq_listener, link)->port == port) {
			return D_ALREADY_OPEN;
		}
	}
	struct irq_listener *listener = zone_alloc(&listener_zone);
	if (listener == NULL) {
		return D_NO_MEMORY;
	}
	list_init(&listener->link);
	list_add_tail(&listeners[line], &listener->link);
	listener->port = port;
	listener->owes = false;
	if (first) {
		line_unmask(line);
	}
	return D_SUCCESS;
}

/* D_INVALID_OPERATION: the port does not listen, or owes nothing. The right is consumed on success.
 */
kern_return_t serv_device_intr_ack(device_t device, struct ipc_port *port)
{
	if (device == NULL) {
		return D_NO_SUCH_DEVICE;
	}
	irq_init();
	bool found = false;
	for (uint32_t line = 0; line < IRQ_LINES; line++) {
		uint32_t allowed;
		if (!line_of(device, (int)line, &allowed)) {
			continue;
		}
		list_for_each(link, &listeners[line])
		{
			struct irq_listener *listener = list_entry(link, struct irq_listener, link);
			if (listener->port != port || !listener->owes) {
				continue;
			}
			listener->owes = false;
			found = true;
		}
		if (found) {
			line_settle(line);
		}
	}
	if (!found) {
		return D_INVALID_OPERATION;
	}
	ipc_port_release_send(port);
	return D_SUCCESS;
}

struct device_ops irq_ops;
