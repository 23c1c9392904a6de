/* The mach_msg trap: send, receive, or both.

   mach_msg_call is the path of RPC, for clients and servers alike: it sends and then receives, and
   when the receiver already waits and nothing waits for us, it hands the processor over with the
   message. It differs from the general path in order and speed, never in result: what is unusual
   falls through to the same functions. */
#include <ipc/ipc_kmsg_quick.h>
#include <ipc/ipc_right.h>
#include <kern/clock.h>
#include <kern/counter.h>
#include <kern/thread.h>
#include <kern/trace.h>

COUNTER(ipc_handoffs);
COUNTER(ipc_kernel_calls);

#define BITS_REQUEST MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE)
#define BITS_REPLY   MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0)

static inline struct ipc_space *space_of_current(void)
{
	return current->task->space;
}

/* --- receiving ----------------------------------------------------------------------- */

static inline mach_msg_return_t receive_mqueue(struct ipc_space *space, uint32_t name,
					       struct ipc_mqueue **mqueue)
{
	struct ipc_entry *entry = ipc_entry_lookup(space, name);
	if (unlikely(entry == NULL)) {
		return MACH_RCV_INVALID_NAME;
	}
	if (likely((entry->bits & MACH_PORT_TYPE_RECEIVE) != 0)) {
		struct ipc_port *port = entry->object;
		if (unlikely(port->pset != NULL)) {
			return MACH_RCV_IN_SET;
		}
		*mqueue = &port->mqueue;
		return MACH_MSG_SUCCESS;
	}
	if ((entry->bits & MACH_PORT_TYPE_PORT_SET) != 0) {
		*mqueue = &((struct ipc_pset *)entry->object)->mqueue;
		return MACH_MSG_SUCCESS;
	}
	return MACH_RCV_INVALID_NAME;
}

/* The two kinds of message that nearly all are: a request with a send-once reply right, a reply
   without any. */
static inline __attribute__((always_inline)) bool copyout_header_quick(struct ipc_kmsg *kmsg,
								       struct ipc_space *space)
{
	mach_msg_header_t *header = &kmsg->header;
	struct ipc_port *reply = (struct ipc_port *)header->msgh_local_port;
	uint32_t reply_name = MACH_PORT_NULL;
	if (reply != IP_NULL) {
		if (MACH_MSGH_BITS_LOCAL(header->msgh_bits) != MACH_MSG_TYPE_PORT_SEND_ONCE ||
		    reply == IP_DEAD || !reply->active) {
			return false;
		}
		struct ipc_entry *entry = ipc_entry_alloc(space);
		if (unlikely(entry == NULL)) {
			return false;
		}
		entry->object =
			reply; /* the message's reference and send-once count become the entry's */
		entry->bits = MACH_PORT_TYPE_SEND_ONCE | 1u;
		reply_name = entry->name;
	}
	ipc_kmsg_copyout_header_names(kmsg, space, reply_name);
	return true;
}

/* A message that cannot be delivered as it is: its header only. */
static mach_msg_return_t receive_header_only(struct ipc_kmsg *kmsg, struct uaddr message,
					     mach_msg_return_t result)
{
	ipc_kmsg_copyout_dest(kmsg, space_of_current());
	return ipc_kmsg_put(message, kmsg, sizeof(kmsg->header)) == MACH_MSG_SUCCESS
		       ? result
		       : MACH_RCV_INVALID_DATA;
}

/* The message is this thread's: names, addresses, and out to the buffer. */
static inline __attribute__((always_inline)) mach_msg_return_t
receive_finish(struct ipc_kmsg *kmsg, struct uaddr message, uint32_t max_bytes, uint32_t notify)
{
	struct task *task = current->task;
	struct ipc_space *space = task->space;
	trace(TRACE_RECEIVE, (uint32_t)kmsg->header.msgh_id, kmsg->header.msgh_remote_port);
	task->messages_received++;
	if (unlikely(kmsg->header.msgh_size > max_bytes)) {
		return receive_header_only(kmsg, message, MACH_RCV_TOO_LARGE);
	}
	if (likely((kmsg->header.msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0 &&
		   notify == MACH_PORT_NULL && space->active) &&
	    copyout_header_quick(kmsg, space)) {
		return ipc_kmsg_put(message, kmsg, kmsg->header.msgh_size);
	}
	mach_msg_return_t result = ipc_kmsg_copyout(kmsg, space, task->map, notify);
	if (result == MACH_MSG_SUCCESS || (result & ~MACH_MSG_MASK) == MACH_RCV_BODY_ERROR) {
		mach_msg_return_t put = ipc_kmsg_put(message, kmsg, kmsg->header.msgh_size);
		return put == MACH_MSG_SUCCESS ? result : put;
	}
	return receive_header_only(kmsg, message, result);
}

/* One call for the paths that are not in a hurry. */
static mach_msg_return_t __attribute__((noinline))
receive_finish_slow(struct ipc_kmsg *kmsg, struct uaddr message, uint32_t max_bytes,
		    uint32_t notify)
{
	return receive_finish(kmsg, message, max_bytes, notify);
}

static mach_msg_return_t __attribute__((noinline))
mach_msg_receive(struct uaddr message, uint32_t option, uint32_t max_bytes, uint32_t name,
		 uint32_t timeout_ms, uint32_t notify)
{
	struct ipc_mqueue *mqueue;
	struct ipc_kmsg *kmsg;
	uint32_t large_bytes;
	mach_msg_return_t result = receive_mqueue(space_of_current(), name, &mqueue);
	if (unlikely(result != MACH_MSG_SUCCESS)) {
		return result;
	}
	uint64_t deadline = NO_DEADLINE;
	if ((option & MACH_RCV_TIMEOUT) != 0) {
		deadline = timeout_ms == 0 ? 0 : clock_deadline_ms(timeout_ms);
	}
	result = ipc_mqueue_receive(mqueue, option, max_bytes, deadline, &kmsg, &large_bytes);
	if (result == MACH_RCV_TOO_LARGE) { /* it stays queued; the buffer learns how large it is */
		struct uaddr size = uaddr(message.value + offsetof(mach_msg_header_t, msgh_size));
		return copyout(&large_bytes, size, sizeof(large_bytes)) ? MACH_RCV_TOO_LARGE
									: MACH_RCV_INVALID_DATA;
	}
	if (result != MACH_MSG_SUCCESS) {
		return result;
	}
	return receive_finish_slow(kmsg, message, max_bytes,
				   (option & MACH_RCV_NOTIFY) != 0 ? notify : MACH_PORT_NULL);
}

/* --- sending ------------------------------------------------------------------------- */

/* The header of a plain request or reply, without a call. False: nothing was changed, use the
   general way. */
static inline __attribute__((always_inline)) bool copyin_header_quick(struct ipc_kmsg *kmsg,
								      struct ipc_space *space)
{
	mach_msg_header_t *header = &kmsg->header;
	struct ipc_entry *dest = ipc_entry_lookup(space, header->msgh_remote_port);
	if (unlikely(dest == NULL)) {
		return false;
	}
	struct ipc_port *port = dest->object;
	if (header->msgh_bits == BITS_REQUEST) {
		struct ipc_entry *reply = ipc_entry_lookup(space, header->msgh_local_port);
		if (unlikely(reply == NULL || (reply->bits & MACH_PORT_TYPE_RECEIVE) == 0 ||
			     (dest->bits & MACH_PORT_TYPE_SEND) == 0 || !port->active)) {
			return false;
		}
		struct ipc_port *reply_port = reply->object;
		port->refs++;
		port->rights.srights++;
		reply_port->refs++;
		reply_port->rights.sorights++;
		header->msgh_local_port = (mach_port_t)reply_port;
		header->msgh_bits =
			MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND, MACH_MSG_TYPE_PORT_SEND_ONCE);
	} else if (header->msgh_bits == BITS_REPLY && header->msgh_local_port == MACH_PORT_NULL) {
		if (unlikely((dest->bits & MACH_PORT_TYPE_SEND_ONCE) == 0 ||
			     dest->request != NULL || !port->active)) {
			return false;
		}
		dest->bits = 0; /* the entry's reference and send-once count become the message's */
		dest->object = NULL;
		ipc_entry_free(dest);
		header->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND_ONCE, 0);
	} else {
		return false;
	}
	header->msgh_remote_port = (mach_port_t)port;
	return true;
}

/* The message as a kmsg full of rights. NULL: *result says why. */
static inline __attribute__((always_inline)) struct ipc_kmsg *
send_begin(struct task *task, struct uaddr message, uint32_t bytes, struct ipc_port *cancel,
	   mach_msg_return_t *result)
{
	struct ipc_kmsg *kmsg = ipc_kmsg_get(message, bytes, result);
	if (unlikely(kmsg == NULL)) {
		return NULL;
	}
	if (unlikely(!copyin_header_quick(kmsg, task->space))) {
		*result = ipc_kmsg_copyin(kmsg, task->space, task->map, cancel);
		if (unlikely(*result != MACH_MSG_SUCCESS)) {
			ipc_kmsg_free_quick(kmsg);
			return NULL;
		}
	}
	task->messages_sent++;
	return kmsg;
}

/* The queue was full for too long: the sender gets its rights back (a pseudo-receive). */
static mach_msg_return_t send_return(struct ipc_kmsg *kmsg, struct uaddr message,
				     mach_msg_return_t result)
{
	struct task *task = current->task;
	result |= ipc_kmsg_copyout_pseudo(kmsg, task->space, task->map);
	mach_msg_return_t put = ipc_kmsg_put(message, kmsg, kmsg->header.msgh_size);
	return put == MACH_MSG_SUCCESS ? result : MACH_SEND_INVALID_DATA;
}

/* SEND_NOTIFY on a full queue: the message is taken all the same, once, and the sender told when it
   is received. */
static mach_msg_return_t send_with_notice(struct ipc_kmsg *kmsg, uint32_t dest_name,
					  uint32_t notify, struct uaddr message)
{
	mach_msg_return_t result =
		ipc_marequest_create(space_of_current(), kmsg, dest_name, notify);
	if (result != MACH_SEND_WILL_NOTIFY) {
		return send_return(kmsg, message, result);
	}
	ipc_mqueue_send_always(kmsg);
	return result;
}

/* Only who receives from a port is not bound by its limit. */
static inline bool may_exceed_limit(const struct ipc_kmsg *kmsg, uint32_t option)
{
	const struct ipc_port *port = (const struct ipc_port *)kmsg->header.msgh_remote_port;
	return unlikely((option & MACH_SEND_ALWAYS) != 0) && port->receiver == space_of_current();
}

static mach_msg_return_t __attribute__((noinline))
mach_msg_send(struct uaddr message, uint32_t option, uint32_t bytes, uint32_t timeout_ms,
	      uint32_t notify)
{
	mach_msg_return_t result = MACH_MSG_SUCCESS;
	struct ipc_port *cancel = IP_NULL;
	if ((option & MACH_SEND_CANCEL) != 0 &&
	    ipc_port_translate_receive(space_of_current(), notify, &cancel) != KERN_SUCCESS) {
		return MACH_SEND_INVALID_NOTIFY;
	}
	struct ipc_kmsg *kmsg = send_begin(current->task, message, bytes, cancel, &result);
	if (kmsg == NULL) {
		return result;
	}
	uint64_t deadline = NO_DEADLINE;
	if ((option & MACH_SEND_TIMEOUT) != 0) {
		deadline = timeout_ms == 0 ? 0 : clock_deadline_ms(timeout_ms);
	}
	result = ipc_mqueue_send(kmsg, may_exceed_limit(kmsg, option), deadline);
	if (result == MACH_MSG_SUCCESS) {
		return result;
	}
	if (result == MACH_SEND_TIMED_OUT && (option & MACH_SEND_NOTIFY) != 0) {
		uint32_t dest_name;
		if (!copyin(uaddr(message.value + offsetof(mach_msg_header_t, msgh_remote_port)),
			    &dest_name, sizeof(dest_name))) {
			return send_return(kmsg, message, MACH_SEND_INVALID_DATA);
		}
		return send_with_notice(kmsg, dest_name, notify, message);
	}
	return send_return(kmsg, message, result);
}

/* --- both ---------------------------------------------------------------------------- */

/* A request to the kernel itself. The reply is returned when it is for `mqueue`, where nothing
   waits: it needs no queue. */
static inline struct ipc_kmsg *kernel_call(struct ipc_kmsg *request,
					   const struct ipc_mqueue *mqueue)
{
	counter_add(ipc_kernel_calls);
	struct ipc_kmsg *reply = ipc_kobject_server(request);
	if (unlikely(reply == NULL)) {
		return NULL;
	}
	struct ipc_port *port = (struct ipc_port *)reply->header.msgh_remote_port;
	/* A queue that its port or set still has is alive, whatever the call did; but the port may
	   be another's by now. */
	if (likely(IP_VALID(port) && port->active && port->receiver == space_of_current() &&
		   ipc_port_mqueue(port) == mqueue && list_empty(&mqueue->messages))) {
		reply->header.msgh_seqno = port->seqno++;
		return reply;
	}
	ipc_mqueue_send_always(reply);
	return NULL;
}

/* The thread that waits at `port`, if the message may be handed to it with the processor. */
static inline struct thread *handoff_target(struct ipc_port *port, const struct ipc_kmsg *kmsg)
{
	struct ipc_mqueue *mqueue = ipc_port_mqueue(port);
	if (unlikely(list_empty(&mqueue->receivers.threads))) {
		return NULL;
	}
	struct thread *receiver = list_first(&mqueue->receivers.threads, struct thread, wait_link);
	return likely(kmsg->header.msgh_size <= receiver->receive.max_bytes) ? receiver : NULL;
}

/* Where this thread will wait for its answer: in a call, mostly the port that the request's reply
   right is for. */
static inline struct ipc_mqueue *answer_mqueue(struct ipc_kmsg *kmsg, struct ipc_space *space,
					       uint32_t name)
{
	struct ipc_port *reply = (struct ipc_port *)kmsg->header.msgh_local_port;
	struct ipc_mqueue *mqueue;
	if (likely(IP_VALID(reply) && reply->receiver == space && reply->receiver_name == name &&
		   reply->pset == NULL)) {
		return &reply->mqueue;
	}
	return receive_mqueue(space, name, &mqueue) == MACH_MSG_SUCCESS ? mqueue : NULL;
}

/* The second half when nothing could be handed over. */
static mach_msg_return_t __attribute__((noinline))
send_then_receive(struct ipc_kmsg *kmsg, struct uaddr message, uint32_t receive_bytes,
		  uint32_t name)
{
	mach_msg_return_t result = ipc_mqueue_send(kmsg, false, NO_DEADLINE);
	if (unlikely(result != MACH_MSG_SUCCESS)) {
		return send_return(kmsg, message, result);
	}
	return mach_msg_receive(message, MACH_RCV_MSG, receive_bytes, name, 0, MACH_PORT_NULL);
}

/* Send and receive without time-outs. */
static inline __attribute__((always_inline)) mach_msg_return_t
mach_msg_call(struct uaddr message, uint32_t send_bytes, uint32_t receive_bytes, uint32_t name)
{
	struct thread *self = current;
	mach_msg_return_t result;
	struct ipc_kmsg *kmsg = send_begin(self->task, message, send_bytes, IP_NULL, &result);
	if (unlikely(kmsg == NULL)) {
		return result;
	}
	struct ipc_mqueue *mqueue = answer_mqueue(kmsg, self->task->space, name);
	struct ipc_port *port = (struct ipc_port *)kmsg->header.msgh_remote_port;
	if (unlikely(mqueue == NULL || !port->active || !list_empty(&mqueue->messages) ||
		     (kmsg->header.msgh_bits & MACH_MSGH_BITS_CIRCULAR) != 0)) {
		return send_then_receive(kmsg, message, receive_bytes, name);
	}
	if (port->receiver == ipc_space_kernel) {
		kmsg = kernel_call(kmsg, mqueue);
		if (unlikely(kmsg == NULL)) {
			return mach_msg_receive(message, MACH_RCV_MSG, receive_bytes, name, 0,
						MACH_PORT_NULL);
		}
	} else {
		struct thread *receiver = handoff_target(port, kmsg);
		if (unlikely(receiver == NULL)) {
			return send_then_receive(kmsg, message, receive_bytes, name);
		}
		counter_add(ipc_handoffs);
		trace(TRACE_SEND, (uint32_t)kmsg->header.msgh_id, (uint32_t)port);
		ipc_receive_give(receiver, kmsg, port);
		ipc_receive_begin(self, MACH_RCV_MSG, receive_bytes);
		enum wait_result wait = thread_wait_handoff(&mqueue->receivers, receiver);
		result = ipc_receive_end(self, wait, &kmsg);
		if (unlikely(result != MACH_MSG_SUCCESS)) {
			return result;
		}
	}
	return receive_finish(kmsg, message, receive_bytes, MACH_PORT_NULL);
}

static mach_msg_return_t __attribute__((noinline))
mach_msg_general(struct uaddr message, uint32_t option, uint32_t send_bytes, uint32_t receive_bytes,
		 uint32_t receive_name, uint32_t timeout_ms, uint32_t notify)
{
	if ((option & MACH_SEND_MSG) != 0) {
		mach_msg_return_t result =
			mach_msg_send(message, option, send_bytes, timeout_ms, notify);
		if (result != MACH_MSG_SUCCESS) {
			return result;
		}
	}
	if ((option & MACH_RCV_MSG) != 0) {
		return mach_msg_receive(message, option, receive_bytes, receive_name, timeout_ms,
					notify);
	}
	return MACH_MSG_SUCCESS;
}

TRAP_ROUTINE mach_msg_return_t trap_mach_msg(uint32_t message, uint32_t option, uint32_t send_bytes,
					     uint32_t receive_bytes, uint32_t receive_name,
					     uint32_t timeout_ms, uint32_t notify)
{
	if (likely(option == (MACH_SEND_MSG | MACH_RCV_MSG))) {
		return mach_msg_call(uaddr(message), send_bytes, receive_bytes, receive_name);
	}
	return mach_msg_general(uaddr(message), option, send_bytes, receive_bytes, receive_name,
				timeout_ms, notify);
}
