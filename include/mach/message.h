/*
 * Messages: their layout, and the options and results of mach_msg (manual, "Messages").
 *
 * A message is a header followed by items, each a type descriptor and the data that it describes,
 * or the address of the data, padded to a word.
 */
#pragma once

#include <stddef.h>
#include <mach/kern_return.h>
#include <mach/port.h>

typedef natural_t mach_msg_timeout_t;	/* milliseconds */

#define MACH_MSG_TIMEOUT_NONE ((mach_msg_timeout_t) 0)

/* msgh_bits: what becomes of the two ports of the header, and what the body contains. */
#define MACH_MSGH_BITS_ZERO 0x00000000
#define MACH_MSGH_BITS_REMOTE_MASK 0x000000ff
#define MACH_MSGH_BITS_LOCAL_MASK 0x0000ff00
#define MACH_MSGH_BITS_COMPLEX 0x80000000U	/* rights or out-of-line memory in the body */
#define MACH_MSGH_BITS_CIRCULAR 0x40000000	/* kernel: carries its own receive right */
#define MACH_MSGH_BITS_COMPLEX_PORTS 0x20000000	/* kernel: rights in the body */
#define MACH_MSGH_BITS_COMPLEX_DATA 0x10000000	/* kernel: out-of-line memory in the body */
#define MACH_MSGH_BITS_MIGRATED 0x08000000	/* kernel: sent by a migrating thread */
#define MACH_MSGH_BITS_UNUSED 0x07ff0000
#define MACH_MSGH_BITS_PORTS_MASK (MACH_MSGH_BITS_REMOTE_MASK | MACH_MSGH_BITS_LOCAL_MASK)

#define MACH_MSGH_BITS(remote, local) ((remote) | ((local) << 8))
#define MACH_MSGH_BITS_REMOTE(bits) ((bits) & MACH_MSGH_BITS_REMOTE_MASK)
#define MACH_MSGH_BITS_LOCAL(bits) (((bits) & MACH_MSGH_BITS_LOCAL_MASK) >> 8)
#define MACH_MSGH_BITS_PORTS(bits) ((bits) & MACH_MSGH_BITS_PORTS_MASK)
#define MACH_MSGH_BITS_OTHER(bits) ((bits) & ~MACH_MSGH_BITS_PORTS_MASK)

typedef unsigned int mach_msg_bits_t;
typedef unsigned int mach_msg_size_t;	/* bytes */
typedef natural_t mach_msg_seqno_t;
typedef integer_t mach_msg_id_t;

typedef struct mach_msg_header {
	mach_msg_bits_t msgh_bits;
	mach_msg_size_t msgh_size;		/* set by the kernel; a sender's value is ignored */
	mach_port_t msgh_remote_port;		/* destination; on receipt where to reply */
	union {
		mach_port_t msgh_local_port;	/* reply port; on receipt where it arrived */
#ifdef __i386__
		unsigned long msgh_protected_payload;
#else
		natural_t msgh_protected_payload;
#endif
	};
	mach_port_seqno_t msgh_seqno;		/* set on receipt */
	mach_msg_id_t msgh_id;			/* left alone by the kernel */
} mach_msg_header_t;

#define MACH_MSG_SIZE_MAX ((mach_msg_size_t) ~0)

/* The older meaning of the word at msgh_seqno. */
#define MACH_MSGH_KIND_NORMAL 0x00000000
#define msgh_kind msgh_seqno
#define mach_msg_kind_t mach_port_seqno_t

typedef unsigned int mach_msg_type_name_t;
typedef unsigned int mach_msg_type_size_t;	/* bits */
typedef natural_t mach_msg_type_number_t;	/* items */

/* Describes an item of the body.  Mach defines it in bit fields; the assertions below pin them. */
typedef struct {
	unsigned int msgt_name : 8;		/* MACH_MSG_TYPE_* */
	unsigned int msgt_size : 8;		/* bits of one element */
	unsigned int msgt_number : 12;		/* elements */
	unsigned int msgt_inline : 1;		/* the data follow, rather than their address */
	unsigned int msgt_longform : 1;		/* a mach_msg_type_long_t: see there */
	unsigned int msgt_deallocate : 1;	/* the sender loses the out-of-line memory */
	unsigned int msgt_unused : 1;		/* zero */
} mach_msg_type_t;

/* For what does not fit: name, size and number of the header are zero and stand here. */
typedef struct {
	mach_msg_type_t msgtl_header;
	unsigned short msgtl_name;
	unsigned short msgtl_size;
	natural_t msgtl_number;
} mach_msg_type_long_t;

/* Type names.  Data types are a matter between sender and receiver; the kernel acts on rights. */
#define MACH_MSG_TYPE_UNSTRUCTURED 0
#define MACH_MSG_TYPE_BIT 0
#define MACH_MSG_TYPE_BOOLEAN 0
#define MACH_MSG_TYPE_INTEGER_16 1
#define MACH_MSG_TYPE_INTEGER_32 2
#define MACH_MSG_TYPE_CHAR 8
#define MACH_MSG_TYPE_BYTE 9
#define MACH_MSG_TYPE_INTEGER_8 9
#define MACH_MSG_TYPE_REAL 10
#define MACH_MSG_TYPE_INTEGER_64 11
#define MACH_MSG_TYPE_STRING 12
#define MACH_MSG_TYPE_STRING_C 12
#define MACH_MSG_TYPE_PORT_NAME 15		/* a name as mere data: nothing is translated */
#define MACH_MSG_TYPE_MOVE_RECEIVE 16
#define MACH_MSG_TYPE_MOVE_SEND 17
#define MACH_MSG_TYPE_MOVE_SEND_ONCE 18
#define MACH_MSG_TYPE_COPY_SEND 19		/* from a send right */
#define MACH_MSG_TYPE_MAKE_SEND 20		/* from a receive right */
#define MACH_MSG_TYPE_MAKE_SEND_ONCE 21		/* from a receive right */
#define MACH_MSG_TYPE_PROTECTED_PAYLOAD 23	/* msgh_local_port is a payload, not a name */
#define MACH_MSG_TYPE_LAST 23

/* As a receiver sees them. */
#define MACH_MSG_TYPE_PORT_RECEIVE MACH_MSG_TYPE_MOVE_RECEIVE
#define MACH_MSG_TYPE_PORT_SEND MACH_MSG_TYPE_MOVE_SEND
#define MACH_MSG_TYPE_PORT_SEND_ONCE MACH_MSG_TYPE_MOVE_SEND_ONCE

/* For MIG: the type is chosen by an argument of the call. */
#define MACH_MSG_TYPE_POLYMORPHIC ((mach_msg_type_name_t) -1)

#define MACH_MSG_TYPE_PORT_ANY(x) \
	(((x) >= MACH_MSG_TYPE_MOVE_RECEIVE) && ((x) <= MACH_MSG_TYPE_MAKE_SEND_ONCE))
#define MACH_MSG_TYPE_PORT_ANY_SEND(x) \
	(((x) >= MACH_MSG_TYPE_MOVE_SEND) && ((x) <= MACH_MSG_TYPE_MAKE_SEND_ONCE))
#define MACH_MSG_TYPE_PORT_ANY_RIGHT(x) \
	(((x) >= MACH_MSG_TYPE_MOVE_RECEIVE) && ((x) <= MACH_MSG_TYPE_MOVE_SEND_ONCE))

typedef integer_t mach_msg_option_t;

#define MACH_MSG_OPTION_NONE 0x00000000
#define MACH_SEND_MSG 0x00000001
#define MACH_RCV_MSG 0x00000002
#define MACH_SEND_TIMEOUT 0x00000010
#define MACH_SEND_NOTIFY 0x00000020
#define MACH_SEND_INTERRUPT 0x00000040	/* library: do not restart an interrupted send */
#define MACH_SEND_CANCEL 0x00000080
#define MACH_RCV_TIMEOUT 0x00000100
#define MACH_RCV_NOTIFY 0x00000200
#define MACH_RCV_INTERRUPT 0x00000400	/* library: do not restart an interrupted receive */
#define MACH_RCV_LARGE 0x00000800	/* leave a message that is too large in the queue */
#define MACH_SEND_ALWAYS 0x00010000	/* beyond the limit of a port that the sender receives from */

typedef kern_return_t mach_msg_return_t;

#define MACH_MSG_SUCCESS 0x00000000

/* Added to a result when the body could not be carried over in full: what ran out, and where. */
#define MACH_MSG_MASK 0x00003c00
#define MACH_MSG_IPC_SPACE 0x00002000	/* names in the receiver's space */
#define MACH_MSG_VM_SPACE 0x00001000	/* addresses in the receiver's space */
#define MACH_MSG_IPC_KERNEL 0x00000800	/* the kernel's memory for rights */
#define MACH_MSG_VM_KERNEL 0x00000400	/* the kernel's memory for data */

#define MACH_SEND_IN_PROGRESS 0x10000001	/* kernel: still waiting */
#define MACH_SEND_INVALID_DATA 0x10000002	/* the message is not readable */
#define MACH_SEND_INVALID_DEST 0x10000003	/* no such port, or it is dead */
#define MACH_SEND_TIMED_OUT 0x10000004
#define MACH_SEND_WILL_NOTIFY 0x10000005	/* msg-accepted will follow */
#define MACH_SEND_NOTIFY_IN_PROGRESS 0x10000006	/* msg-accepted is already owed */
#define MACH_SEND_INTERRUPTED 0x10000007
#define MACH_SEND_MSG_TOO_SMALL 0x10000008	/* shorter than header and items */
#define MACH_SEND_INVALID_REPLY 0x10000009
#define MACH_SEND_INVALID_RIGHT 0x1000000a	/* a name in the body is not such a right */
#define MACH_SEND_INVALID_NOTIFY 0x1000000b
#define MACH_SEND_INVALID_MEMORY 0x1000000c	/* out-of-line memory is not readable */
#define MACH_SEND_NO_BUFFER 0x1000000d		/* the kernel has no room for the message */
#define MACH_SEND_NO_NOTIFY 0x1000000e		/* the kernel has no room for the request */
#define MACH_SEND_INVALID_TYPE 0x1000000f	/* a type descriptor makes no sense */
#define MACH_SEND_INVALID_HEADER 0x10000010	/* msgh_bits makes no sense */

#define MACH_RCV_IN_PROGRESS 0x10004001		/* kernel: still waiting */
#define MACH_RCV_INVALID_NAME 0x10004002	/* neither a receive right nor a port set */
#define MACH_RCV_TIMED_OUT 0x10004003
#define MACH_RCV_TOO_LARGE 0x10004004		/* with MACH_RCV_LARGE the size is told */
#define MACH_RCV_INTERRUPTED 0x10004005
#define MACH_RCV_PORT_CHANGED 0x10004006	/* the right moved into a set meanwhile */
#define MACH_RCV_INVALID_NOTIFY 0x10004007
#define MACH_RCV_INVALID_DATA 0x10004008	/* the buffer is not writable */
#define MACH_RCV_PORT_DIED 0x10004009		/* the right went away meanwhile */
#define MACH_RCV_IN_SET 0x1000400a		/* receive from the set, not from its member */
#define MACH_RCV_HEADER_ERROR 0x1000400b	/* no room for the header's rights */
#define MACH_RCV_BODY_ERROR 0x1000400c		/* received, but see MACH_MSG_MASK */

/*
 * Send, receive, or send and then receive.  The trap is the kernel's; mach_msg is the library's,
 * and restarts what a signal interrupts unless an option says otherwise.
 */
extern mach_msg_return_t mach_msg_trap(mach_msg_header_t *msg, mach_msg_option_t option,
	mach_msg_size_t send_size, mach_msg_size_t rcv_size, mach_port_name_t rcv_name,
	mach_msg_timeout_t timeout, mach_port_name_t notify);
extern mach_msg_return_t mach_msg(mach_msg_header_t *msg, mach_msg_option_t option,
	mach_msg_size_t send_size, mach_msg_size_t rcv_size, mach_port_name_t rcv_name,
	mach_msg_timeout_t timeout, mach_port_name_t notify);

extern __typeof(mach_msg) __mach_msg;
extern __typeof(mach_msg_trap) __mach_msg_trap;

_Static_assert(sizeof(mach_msg_header_t) == 24, "the header is six words");
_Static_assert(offsetof(mach_msg_header_t, msgh_remote_port) == 8, "header layout");
_Static_assert(offsetof(mach_msg_header_t, msgh_local_port) == 12, "header layout");
_Static_assert(offsetof(mach_msg_header_t, msgh_protected_payload) == 12, "header layout");
_Static_assert(offsetof(mach_msg_header_t, msgh_seqno) == 16, "header layout");
_Static_assert(offsetof(mach_msg_header_t, msgh_id) == 20, "header layout");
_Static_assert(sizeof(mach_msg_type_t) == 4, "a type descriptor is one word");
_Static_assert(sizeof(mach_msg_type_long_t) == 12, "a long type descriptor is three words");
_Static_assert(offsetof(mach_msg_type_long_t, msgtl_size) == 6, "long descriptor layout");
_Static_assert(offsetof(mach_msg_type_long_t, msgtl_number) == 8, "long descriptor layout");

/* Bit fields fill a word from its low end exactly where bytes do (i386 psABI, 3-6). */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "bit fields of type descriptors");
