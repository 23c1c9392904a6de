/* Message queues: a message meets a thread that waits for it, or waits for a thread.

   A message goes straight to the first waiting receiver with room for it. Whoever waits has
   therefore been overtaken by nobody, and a queue holds messages only while no thread waits on it.
 */
#include <ipc/ipc_kmsg_quick.h>
#include <kern/clock.h>
#include <kern/counter.h>
#include <kern/thread.h>
#include <kern/trace.h>

COUNTER(ipc_queued);
COUNTER(ipc_direct);
COUNTER(ipc_sender_waits);

/* The first waiting thread that takes this message; threads whose buffers are too small on the way
   are told so: one that wants to keep large messages (RCV_LARGE) leaves it to the next, another
   consumes it, as if it had received it. */
static struct thread *find_receiver(struct ipc_mqueue *mqueue, uint32_t bytes)
{
	while (!list_empty(&mqueue->receivers.threads)) {
		struct thread *thread =
			list_first(&mqueue->receivers.threads, struct thread, wait_link);
		if (bytes <= thread->receive.max_bytes ||
		    (thread->receive.option & MACH_RCV_LARGE) == 0) {
			return thread;
		}
		thread->receive.result = MACH_RCV_TOO_LARGE;
		thread->receive.large_bytes = bytes;
		thread_wake(thread, WAIT_AWAKENED);
	}
	return NULL;
}

static void deliver(struct ipc_port *port, struct ipc_kmsg *kmsg)
{
	struct ipc_mqueue *mqueue = ipc_port_mqueue(port);
	struct thread *receiver = find_receiver(mqueue, kmsg->header.msgh_size);
	if (receiver != NULL) {
		counter_add(ipc_direct);
		ipc_receive_give(receiver, kmsg, port);
		thread_wake(receiver, WAIT_AWAKENED);
		if (unlikely(kmsg->marequest_notify != IP_NULL)) {
			ipc_kmsg_accepted(
				kmsg); /* it waited in a port that has just entered this set */
		}
	} else {
		counter_add(ipc_queued);
		port->msgcount++;
		list_add_tail(&mqueue->messages, &kmsg->link);
	}
}

/* Waits until the port has room. MACH_MSG_SUCCESS also when it has died: the caller looks. */
static mach_msg_return_t wait_for_room(struct ipc_port *port, uint64_t deadline_ns)
{
	mach_msg_return_t result = MACH_MSG_SUCCESS;
	ipc_port_reference(port);
	while (result == MACH_MSG_SUCCESS && port->active && port->receiver != ipc_space_kernel &&
	       port->msgcount >= port->qlimit) {
		if (deadline_ns == 0) {
			result = MACH_SEND_TIMED_OUT;
			break;
		}
		counter_add(ipc_sender_waits);
		switch (thread_wait(&port->senders, deadline_ns)) {
		case WAIT_AWAKENED:
			break;
		case WAIT_TIMED_OUT:
			result = MACH_SEND_TIMED_OUT;
			break;
		case WAIT_INTERRUPTED:
			result = MACH_SEND_INTERRUPTED;
			break;
		}
	}
	if (result != MACH_MSG_SUCCESS && port->active) {
		/* This sender may have been the one that was woken for a free place: pass it on. */
		ipc_mqueue_wake_senders(port, false);
	}
	ipc_port_release(port);
	return result;
}

static void send_to_kernel(struct ipc_kmsg *kmsg)
{
	struct ipc_kmsg *reply = ipc_kobject_server(kmsg);
	if (reply != NULL) {
		ipc_mqueue_send_always(reply);
	}
}

void ipc_mqueue_send_always(struct ipc_kmsg *kmsg)
{
	struct ipc_port *port = (struct ipc_port *)kmsg->header.msgh_remote_port;
	if (!IP_VALID(port) || !port->active) {
		ipc_kmsg_destroy(kmsg);
	} else if (port->receiver == ipc_space_kernel) {
		send_to_kernel(kmsg);
	} else {
		deliver(port, kmsg);
	}
}

/* Sends after a wait. A thread that waits on the port may take the message without its having been
   in the queue, and then no receive would tell the other senders that there is room still: so this
   one does. */
static void send_in_turn(struct ipc_port *port, struct ipc_kmsg *kmsg)
{
	ipc_port_reference(port);
	ipc_mqueue_send_always(kmsg);
	if (port->active) {
		ipc_mqueue_wake_senders(port, false);
	}
	ipc_port_release(port);
}

mach_msg_return_t ipc_mqueue_send(struct ipc_kmsg *kmsg, bool always, uint64_t deadline_ns)
{
	struct ipc_port *port = (struct ipc_port *)kmsg->header.msgh_remote_port;
	trace(TRACE_SEND, (uint32_t)kmsg->header.msgh_id, (uint32_t)port);
	if (!always && port->active && unlikely(port->msgcount >= port->qlimit) &&
	    MACH_MSGH_BITS_REMOTE(kmsg->header.msgh_bits) != MACH_MSG_TYPE_PORT_SEND_ONCE) {
		mach_msg_return_t result = wait_for_room(port, deadline_ns);
		if (result != MACH_MSG_SUCCESS) {
			return result;
		}
		if ((kmsg->header.msgh_bits & MACH_MSGH_BITS_CIRCULAR) == 0) {
			send_in_turn(port, kmsg);
			return MACH_MSG_SUCCESS;
		}
	}
	if (unlikely((kmsg->header.msgh_bits & MACH_MSGH_BITS_CIRCULAR) != 0)) {
		ipc_kmsg_destroy(kmsg); /* nobody could ever receive it */
	} else {
		ipc_mqueue_send_always(kmsg);
	}
	return MACH_MSG_SUCCESS;
}

void ipc_mqueue_change(struct ipc_mqueue *mqueue, mach_msg_return_t result)
{
	while (!list_empty(&mqueue->receivers.threads)) {
		struct thread *thread =
			list_first(&mqueue->receivers.threads, struct thread, wait_link);
		thread->receive.result = result;
		thread_wake(thread, WAIT_AWAKENED);
	}
}

void ipc_mqueue_wake_senders(struct ipc_port *port, bool all)
{
	if (all) {
		wait_queue_wake_all(&port->senders, WAIT_AWAKENED);
	} else if (port->msgcount < port->qlimit) {
		(void)wait_queue_wake_one(&port->senders, WAIT_AWAKENED);
	}
}

struct ipc_kmsg *ipc_mqueue_take(struct ipc_mqueue *mqueue)
{
	struct ipc_kmsg *kmsg = list_first(&mqueue->messages, struct ipc_kmsg, link);
	struct ipc_port *port = (struct ipc_port *)kmsg->header.msgh_remote_port;
	list_remove(&kmsg->link);
	kmsg->header.msgh_seqno = port->seqno++;
	port->msgcount--;
	if (unlikely(!list_empty(&port->senders.threads))) {
		ipc_mqueue_wake_senders(port, false);
	}
	if (unlikely(kmsg->marequest_notify != IP_NULL)) {
		ipc_kmsg_accepted(kmsg);
	}
	return kmsg;
}

mach_msg_return_t ipc_mqueue_receive(struct ipc_mqueue *mqueue, uint32_t option, uint32_t max_bytes,
				     uint64_t deadline_ns, struct ipc_kmsg **kmsg,
				     uint32_t *large_bytes)
{
	if (!list_empty(&mqueue->messages)) {
		struct ipc_kmsg *first = list_first(&mqueue->messages, struct ipc_kmsg, link);
		if (first->header.msgh_size > max_bytes && (option & MACH_RCV_LARGE) != 0) {
			*large_bytes = first->header.msgh_size;
			return MACH_RCV_TOO_LARGE;
		}
		*kmsg = ipc_mqueue_take(mqueue);
		return MACH_MSG_SUCCESS;
	}
	if (deadline_ns == 0) {
		return MACH_RCV_TIMED_OUT;
	}
	struct thread *thread = current;
	ipc_receive_begin(thread, option, max_bytes);
	enum wait_result wait = thread_wait(&mqueue->receivers, deadline_ns);
	mach_msg_return_t result = ipc_receive_end(thread, wait, kmsg);
	*large_bytes = thread->receive.large_bytes;
	return result;
}
