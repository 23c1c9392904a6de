/* The steps of a message that every call takes, in line. For the message path only: ipc_kmsg.h has
   what others need. */
#pragma once

#include <ipc/ipc_kmsg.h>
#include <kern/machine.h>
#include <kern/thread.h>

/* One small message that was freed last and not given back to its zone, or NULL: most calls need no
   more than this one. Its capacity and marequest_notify are as a new one's. */
extern struct ipc_kmsg *ipc_kmsg_spare;

/* As ipc_kmsg_alloc. */
MUST_CHECK static inline struct ipc_kmsg *ipc_kmsg_alloc_quick(uint32_t bytes)
{
	struct ipc_kmsg *kmsg = ipc_kmsg_spare;
	if (unlikely(bytes > IPC_KMSG_SMALL_BYTES || kmsg == NULL)) {
		return ipc_kmsg_alloc(bytes);
	}
	ipc_kmsg_spare = NULL;
	return kmsg;
}

/* As ipc_kmsg_free. */
static inline void ipc_kmsg_free_quick(struct ipc_kmsg *kmsg)
{
	if (likely(kmsg->capacity == IPC_KMSG_SMALL_BYTES && ipc_kmsg_spare == NULL)) {
		kmsg->marequest_notify = IP_NULL;
		ipc_kmsg_spare = kmsg;
	} else {
		ipc_kmsg_free(kmsg);
	}
}

/* Makes a kmsg of the current task's message at `message`. NULL: *result is MACH_SEND_*, and
   nothing changed or leaked. */
MUST_CHECK static inline struct ipc_kmsg *ipc_kmsg_get(struct uaddr message, uint32_t bytes,
						       mach_msg_return_t *result)
{
	if (unlikely(bytes < sizeof(mach_msg_header_t) || (bytes & 3u) != 0)) {
		*result = MACH_SEND_MSG_TOO_SMALL;
		return NULL;
	}
	struct ipc_kmsg *kmsg = ipc_kmsg_alloc_quick(bytes);
	if (unlikely(kmsg == NULL)) {
		*result = MACH_SEND_NO_BUFFER;
		return NULL;
	}
	if (unlikely(!copyin(message, &kmsg->header, bytes))) {
		ipc_kmsg_free_quick(kmsg);
		*result = MACH_SEND_INVALID_DATA;
		return NULL;
	}
	kmsg->header.msgh_size = bytes;
	return kmsg;
}

/* Copies `bytes` bytes of the message out to the user and frees the kmsg. MACH_RCV_INVALID_DATA:
   the buffer was not writable. */
MUST_CHECK static inline mach_msg_return_t ipc_kmsg_put(struct uaddr message, struct ipc_kmsg *kmsg,
							uint32_t bytes)
{
	bool written = copyout(&kmsg->header, message, bytes);
	ipc_kmsg_free_quick(kmsg);
	return likely(written) ? MACH_MSG_SUCCESS : MACH_RCV_INVALID_DATA;
}

/* The header's last step: the reply's name is known; the destination's right ends and becomes the
   receiver's name for the port (or its payload). Swaps remote and local. A send-once right is not
   "unused" here: no notification. */
static inline void ipc_kmsg_copyout_header_names(struct ipc_kmsg *kmsg,
						 const struct ipc_space *space, uint32_t reply_name)
{
	mach_msg_header_t *header = &kmsg->header;
	struct ipc_port *dest = (struct ipc_port *)header->msgh_remote_port;
	uint32_t bits = header->msgh_bits;
	uint32_t dest_type = MACH_MSGH_BITS_REMOTE(bits);
	uint32_t dest_name = likely(dest->active && dest->receiver == space) ? dest->receiver_name
									     : MACH_PORT_DEAD;
	if (unlikely(dest->payload_set)) {
		dest_name = dest->payload;
		bits = (bits & ~MACH_MSGH_BITS_REMOTE_MASK) | MACH_MSG_TYPE_PROTECTED_PAYLOAD;
	}
	header->msgh_remote_port = reply_name;
	header->msgh_local_port = dest_name;
	header->msgh_bits = (bits & MACH_MSGH_BITS_COMPLEX) |
			    MACH_MSGH_BITS(MACH_MSGH_BITS_LOCAL(bits), MACH_MSGH_BITS_REMOTE(bits));
	if (dest_type == MACH_MSG_TYPE_PORT_SEND_ONCE) {
		dest->rights.sorights--;
		ipc_port_release(dest);
	} else if (likely(dest->rights.srights > 1)) {
		dest->rights.srights--;
		ipc_port_release(dest);
	} else {
		ipc_port_release_send(dest);
	}
}
/* Gives a waiting receiver its message; the caller wakes it. */
static inline void ipc_receive_give(struct thread *receiver, struct ipc_kmsg *kmsg,
				    struct ipc_port *port)
{
	receiver->receive.kmsg = kmsg;
	kmsg->header.msgh_seqno = port->seqno++;
}

/* Before and after a wait for a message, for those who put the thread on the queue themselves
   (mach_msg.c). */
static inline void ipc_receive_begin(struct thread *thread, uint32_t option, uint32_t max_bytes)
{
	thread->receive.max_bytes = max_bytes;
	thread->receive.option = option;
}

static inline mach_msg_return_t ipc_receive_end(struct thread *thread, enum wait_result wait,
						struct ipc_kmsg **kmsg)
{
	*kmsg = thread->receive.kmsg;
	thread->receive.kmsg = NULL;
	if (likely(*kmsg != NULL)) {
		return MACH_MSG_SUCCESS;
	}
	if (wait == WAIT_AWAKENED) {
		return thread->receive.result;
	}
	return wait == WAIT_TIMED_OUT ? MACH_RCV_TIMED_OUT : MACH_RCV_INTERRUPTED;
}
