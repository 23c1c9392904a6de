/*
 * Ports: names, rights and status (manual, "Port Rights" and "Port Manipulation Interface").
 *
 * A mach_port_name_t is always the number by which a task knows a right.  A mach_port_t is the
 * same thing in a user program; in the kernel it is the word in which a message carries the right
 * once it has been translated, that is a struct ipc_port *.
 */
#pragma once

#include <mach/boolean.h>
#include <mach/machine/vm_types.h>

typedef unsigned int mach_port_name_t;
typedef mach_port_name_t *mach_port_name_array_t;
typedef const mach_port_name_t *const_mach_port_name_array_t;

#ifdef KERNEL
typedef vm_offset_t mach_port_t;
#else
typedef mach_port_name_t mach_port_t;
#endif
typedef mach_port_t *mach_port_array_t;
typedef const mach_port_t *const_mach_port_array_t;

typedef int *rpc_signature_info_t;

#define MACH_PORT_NULL 0		/* no port; deliberately without a cast */
#define MACH_PORT_DEAD ((mach_port_t) ~0)	/* a port that has died */
#define MACH_PORT_NAME_NULL ((mach_port_name_t) 0)
#define MACH_PORT_NAME_DEAD ((mach_port_name_t) ~0)

#define MACH_PORT_VALID(name) (((name) != MACH_PORT_NULL) && ((name) != MACH_PORT_DEAD))
#define MACH_PORT_NAME_VALID(name) \
	(((name) != MACH_PORT_NAME_NULL) && ((name) != MACH_PORT_NAME_DEAD))

/* The kinds of right that one name can denote. */
typedef natural_t mach_port_right_t;

#define MACH_PORT_RIGHT_SEND ((mach_port_right_t) 0)
#define MACH_PORT_RIGHT_RECEIVE ((mach_port_right_t) 1)
#define MACH_PORT_RIGHT_SEND_ONCE ((mach_port_right_t) 2)
#define MACH_PORT_RIGHT_PORT_SET ((mach_port_right_t) 3)
#define MACH_PORT_RIGHT_DEAD_NAME ((mach_port_right_t) 4)
#define MACH_PORT_RIGHT_NUMBER ((mach_port_right_t) 5)

/* The same kinds as bits, for mach_port_type: a name may denote send and receive rights at once. */
typedef natural_t mach_port_type_t;
typedef mach_port_type_t *mach_port_type_array_t;

#define MACH_PORT_TYPE(right) ((mach_port_type_t) (1 << ((right) + 16)))

#define MACH_PORT_TYPE_NONE ((mach_port_type_t) 0)
#define MACH_PORT_TYPE_SEND MACH_PORT_TYPE(MACH_PORT_RIGHT_SEND)
#define MACH_PORT_TYPE_RECEIVE MACH_PORT_TYPE(MACH_PORT_RIGHT_RECEIVE)
#define MACH_PORT_TYPE_SEND_ONCE MACH_PORT_TYPE(MACH_PORT_RIGHT_SEND_ONCE)
#define MACH_PORT_TYPE_PORT_SET MACH_PORT_TYPE(MACH_PORT_RIGHT_PORT_SET)
#define MACH_PORT_TYPE_DEAD_NAME MACH_PORT_TYPE(MACH_PORT_RIGHT_DEAD_NAME)

#define MACH_PORT_TYPE_SEND_RECEIVE (MACH_PORT_TYPE_SEND | MACH_PORT_TYPE_RECEIVE)
#define MACH_PORT_TYPE_SEND_RIGHTS (MACH_PORT_TYPE_SEND | MACH_PORT_TYPE_SEND_ONCE)
#define MACH_PORT_TYPE_PORT_RIGHTS (MACH_PORT_TYPE_SEND_RIGHTS | MACH_PORT_TYPE_RECEIVE)
#define MACH_PORT_TYPE_PORT_OR_DEAD (MACH_PORT_TYPE_PORT_RIGHTS | MACH_PORT_TYPE_DEAD_NAME)
#define MACH_PORT_TYPE_ALL_RIGHTS (MACH_PORT_TYPE_PORT_OR_DEAD | MACH_PORT_TYPE_PORT_SET)

/* Further bits that mach_port_type reports. */
#define MACH_PORT_TYPE_DNREQUEST 0x80000000U	/* a dead-name notification is requested */
#define MACH_PORT_TYPE_MAREQUEST 0x40000000	/* a msg-accepted notification is requested */
#define MACH_PORT_TYPE_COMPAT 0x20000000	/* the right is in compatibility mode (never) */

typedef natural_t mach_port_urefs_t;	/* user references of a right */
typedef integer_t mach_port_delta_t;	/* a change of that count */

typedef natural_t mach_port_seqno_t;	/* place of a message among those of its port */
typedef unsigned int mach_port_mscount_t;	/* send rights made */
typedef unsigned int mach_port_msgcount_t;	/* messages queued */
typedef unsigned int mach_port_rights_t;	/* rights that exist */

/* What mach_port_get_receive_status tells. */
typedef struct mach_port_status {
	mach_port_name_t mps_pset;		/* the port set it is a member of, or null */
	mach_port_seqno_t mps_seqno;		/* sequence number of the next message */
	mach_port_mscount_t mps_mscount;	/* make-send count */
	mach_port_msgcount_t mps_qlimit;	/* queue limit */
	mach_port_msgcount_t mps_msgcount;	/* messages in the queue */
	mach_port_rights_t mps_sorights;	/* send-once rights that exist */
	boolean_t mps_srights;			/* do send rights exist? */
	boolean_t mps_pdrequest;		/* is port-destroyed requested? */
	boolean_t mps_nsrequest;		/* is no-senders requested? */
} mach_port_status_t;

#define MACH_PORT_QLIMIT_DEFAULT ((mach_port_msgcount_t) 5)
#define MACH_PORT_QLIMIT_MAX ((mach_port_msgcount_t) 16)

/* What a receive right is marked to stand for (mach_port_set_ktype). */
typedef natural_t mach_port_ktype_t;

#define MACH_PORT_KTYPE_NONE ((mach_port_ktype_t) 0)
#define MACH_PORT_KTYPE_USER_DEVICE ((mach_port_ktype_t) 28)

_Static_assert(sizeof(mach_port_t) == 4, "a port fills one word of a message");
_Static_assert(sizeof(mach_port_status_t) == 36, "mach_port_status_t is nine words");
