/* Messages inside the kernel, and the queues they wait in.

   In an ipc_kmsg the port fields of the header and of the body hold kernel pointers to naked rights
   (types 16, 17, 18); out-of-line memory is a struct vm_map_copy *, an out-of-line port array a
   kalloc'd array of pointers. */
#pragma once

#include <ipc/ipc_port.h>
#include <ipc/ipc_space.h>
#include <kern/thread.h>
#include <mach/message.h>

struct vm_map;

struct ipc_kmsg {
	struct list link;  /* in an mqueue */
	uint32_t capacity; /* bytes that `header` and what follows may take */
	struct ipc_port
		*marequest_notify; /* send-once right for MSG_ACCEPTED (SEND_NOTIFY), or IP_NULL */
	uint32_t marequest_name;
	struct ipc_space *marequest_space; /* a reference, while marequest_notify is set */
	mach_msg_header_t header;          /* the message: msgh_size bytes from here */
};

#define IPC_KMSG_SMALL_BYTES 256u /* capacity of the messages that come from a zone of their own   \
				   */
#define IPC_KMSG_SMALL_MAX 65536u
#define IPC_KMSG_MAX_BYTES                                                                         \
	(64u * 1024u - sizeof(struct ipc_kmsg)) /* larger ones are refused: MACH_SEND_NO_BUFFER */
#define IPC_KMSG_HEADER_BYTES offsetof(struct ipc_kmsg, header)

/* Room for a message of `bytes` bytes. NULL: no memory. */
struct ipc_kmsg *ipc_kmsg_alloc(uint32_t bytes) MUST_CHECK;
/* Frees the memory alone; rights and regions have been dealt with. */
void ipc_kmsg_free(struct ipc_kmsg *kmsg);
/* Destroys everything the message carries, header rights included, then frees it. May be called for
   a message that carries receive rights whose queues hold more messages: handled by iteration. */
void ipc_kmsg_destroy(struct ipc_kmsg *kmsg);

/* Turns names into rights: header first, then the body, with the undo that Mach promises. cancel: a
   dead-name request to this port that ends because the destination's name goes away does so without
   a notification (SEND_CANCEL); IP_NULL: none. */
mach_msg_return_t ipc_kmsg_copyin(struct ipc_kmsg *kmsg, struct ipc_space *space,
				  struct vm_map *map, struct ipc_port *cancel) MUST_CHECK;
/* Turns rights into names. MACH_MSG_SUCCESS, or MACH_RCV_HEADER_ERROR / MACH_RCV_BODY_ERROR with
   the extra bits. */
mach_msg_return_t ipc_kmsg_copyout(struct ipc_kmsg *kmsg, struct ipc_space *space,
				   struct vm_map *map, uint32_t notify) MUST_CHECK;
/* For a message that cannot be received whole: destroys body and reply right, gives the destination
   its name. */
void ipc_kmsg_copyout_dest(struct ipc_kmsg *kmsg, struct ipc_space *space);
/* For a message that could not be sent: every right goes back to the sender under some name; header
   not swapped. Returns the extra error bits. */
mach_msg_return_t ipc_kmsg_copyout_pseudo(struct ipc_kmsg *kmsg, struct ipc_space *space,
					  struct vm_map *map);
/* Destroys the items of the body before byte `end` of the message. */
void ipc_kmsg_destroy_body(struct ipc_kmsg *kmsg, uint32_t end);
void ipc_kmsg_init(void);

/* --- message-accepted requests (ipc_marequest.c) */
/* Arms kmsg to tell `notify` (a receive right's name) when it is taken from its queue:
   MACH_SEND_WILL_NOTIFY; or MACH_SEND_INVALID_NOTIFY, MACH_SEND_NOTIFY_IN_PROGRESS. */
mach_msg_return_t ipc_marequest_create(struct ipc_space *space, struct ipc_kmsg *kmsg,
				       uint32_t dest_name, uint32_t notify) MUST_CHECK;
/* The armed message was taken, or died. */
void ipc_kmsg_accepted(struct ipc_kmsg *kmsg);

/* --- queues (ipc_mqueue.c) */
/* Sends: consumes the kmsg on success (destroyed if the port is dead: that is success for the
   sender) . always: ignore the queue limit (kernel's own messages, send-once rights). deadline 0:
   do not wait. MACH_SEND_TIMED_OUT MACH_SEND_INTERRUPTED MACH_SEND_INVALID_DEST leave it the
   caller's. */
mach_msg_return_t ipc_mqueue_send(struct ipc_kmsg *kmsg, bool always,
				  uint64_t deadline_ns) MUST_CHECK;
/* Delivers a message that the kernel made itself (a notification, an exception, a pager call):
   never blocks, never fails: a dead destination destroys it. */
void ipc_mqueue_send_always(struct ipc_kmsg *kmsg);
/* The sleepers of a queue get a result instead of a message (port died, set died, port entered a
   set: MACH_RCV_PORT_CHANGED). */
void ipc_mqueue_change(struct ipc_mqueue *mqueue, mach_msg_return_t result);
/* A message was taken from the port's queue, or its limit raised, or it died: lets blocked senders
   try again. */
void ipc_mqueue_wake_senders(struct ipc_port *port, bool all);
/* Takes the first message for the current thread, or waits; header.msgh_seqno is set.
   MACH_RCV_TOO_LARGE: *large_bytes is the size of a message that stays queued. */
mach_msg_return_t ipc_mqueue_receive(struct ipc_mqueue *mqueue, uint32_t option, uint32_t max_bytes,
				     uint64_t deadline_ns, struct ipc_kmsg **kmsg,
				     uint32_t *large_bytes) MUST_CHECK;
/* Takes the first message of a queue that is not empty; its port counts one less and may let a
   sender in. */
struct ipc_kmsg *ipc_mqueue_take(struct ipc_mqueue *mqueue);

/* --- the kernel's own objects (serv/kobject.c): performs the request and returns the reply, or
   NULL (no reply wanted). Consumes the request. The reply's remote port is the request's reply
   right. */
struct ipc_kmsg *ipc_kobject_server(struct ipc_kmsg *request);
/* A send-once right to a kernel port died unused: told without a message, so that want of memory
   cannot silence it. Consumes the right. */
void ipc_kobject_send_once(struct ipc_port *port);
/* The last send right to a kernel port has gone. */
void ipc_kobject_no_senders(struct ipc_port *port);

/* trap_mach_msg's body: arguments already on the kernel stack. */
TRAP_ROUTINE mach_msg_return_t trap_mach_msg(uint32_t message, uint32_t option, uint32_t send_bytes,
					     uint32_t receive_bytes, uint32_t receive_name,
					     uint32_t timeout_ms, uint32_t notify);
