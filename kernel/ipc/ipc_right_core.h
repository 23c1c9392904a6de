/* The rules of port rights: what each operation does to a name's entry and to its port's counts.

   Pure: no allocation, no lists, no globals. Each routine gets the entry's bits and, when the entry
   denotes a live port, the port's counts; it either refuses and changes nothing, or changes both
   and says in `effects` what else has to happen. The routines of ipc_right.c look up, ask here, and
   carry the effects out. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <mach/kern_return.h>
#include <mach/message.h>
#include <mach/port.h>

/* An entry's bits: MACH_PORT_TYPE_* in 16..20, user references in 0..15. 0: the name is free. A
   receive right or a port set counts no user reference: with SEND_RECEIVE they are the send
   right's. IE_BITS_MAREQUEST stays as long as the name does. */
#define IE_BITS_TYPE_MASK  0x001f0000u
#define IE_BITS_UREFS_MASK 0x0000ffffu
#define IE_BITS_MAREQUEST                                                                          \
	0x00200000u /* a message-accepted request is outstanding (ipc_marequest.c) */
#define IE_BITS_UREFS(bits) ((bits)&IE_BITS_UREFS_MASK)
#define IE_BITS_TYPE(bits)  ((bits)&IE_BITS_TYPE_MASK)
#define IE_UREFS_MAX        0xffffu
/* One less for send rights: the death of the port may add the reference of a dead-name
   notification. */
#define IE_UREFS_SEND_MAX (IE_UREFS_MAX - 1u)

/* The counts of a port. */
struct ipc_port_rights {
	uint32_t srights;  /* send rights in spaces (one per name) and naked; 0 arms no-senders */
	uint32_t sorights; /* send-once rights outstanding */
	uint32_t mscount;  /* make-send count */
};

/* What else has to happen. An entry that denotes a port owns one reference on it, a naked right
   owns one. */
enum ipc_right_effect {
	/* The name is free; a dead-name request on it is cancelled (port-deleted). */
	IPC_RIGHT_ENTRY_GONE = 1 << 0,
	IPC_RIGHT_REFERENCE = 1 << 1, /* one more reference on the port */
	IPC_RIGHT_RELEASE = 1 << 2,   /* one reference less */
	/* The name now holds a send right without the receive right; or no longer does. */
	IPC_RIGHT_HASH_INSERT = 1 << 3,
	IPC_RIGHT_HASH_REMOVE = 1 << 4,
	IPC_RIGHT_NO_SENDERS = 1 << 5, /* the last send right went */
	/* A send-once right died unused: the notification takes the reference along. */
	IPC_RIGHT_SONCE_UNUSED = 1 << 6,
	/* The receive right died, with its reference: the port is to be destroyed. */
	IPC_RIGHT_RECEIVE_GONE = 1 << 7,
	IPC_RIGHT_RECEIVE_LEFT = 1 << 8, /* the receive right goes into a message */
	IPC_RIGHT_RECEIVE_CAME = 1 << 9, /* the space is the port's receiver now */
	IPC_RIGHT_SET_GONE = 1 << 10,    /* the port set died */
	IPC_RIGHT_YIELDS_DEAD = 1 << 11, /* the right taken is a dead one (IP_DEAD) */
	/* The send right becomes a dead name even if the port should live on. */
	IPC_RIGHT_NAME_DIES = 1 << 12,
};

/* Copies and makes, the common ways into a message: the entry stays as it is, the port has one more
   right (and needs one more reference). False: refused or another case, nothing is changed;
   ipc_right_core_copyin knows. */
static inline bool ipc_right_core_copy(uint32_t bits, struct ipc_port_rights *rights,
				       uint32_t disposition)
{
	uint32_t needs = disposition == MACH_MSG_TYPE_COPY_SEND ? MACH_PORT_TYPE_SEND
								: MACH_PORT_TYPE_RECEIVE;
	if ((bits & needs) == 0 || disposition < MACH_MSG_TYPE_COPY_SEND ||
	    disposition > MACH_MSG_TYPE_MAKE_SEND_ONCE) {
		return false;
	}
	if (disposition == MACH_MSG_TYPE_MAKE_SEND_ONCE) {
		rights->sorights++;
		return true;
	}
	rights->srights++;
	if (disposition == MACH_MSG_TYPE_MAKE_SEND) {
		rights->mscount++;
	}
	return true;
}

/* Takes a naked right out of an entry as MACH_MSG_TYPE_ `disposition` (16..21) says. An entry whose
   port has died has become a dead name before (ipc_right_core_die). dead_ok: dead names may be
   copied and moved. KERN_INVALID_RIGHT. */
kern_return_t ipc_right_core_copyin(uint32_t *bits, struct ipc_port_rights *rights,
				    uint32_t disposition, bool dead_ok, uint32_t *effects);
/* Puts back what copyin took; `dead`: it yielded IP_DEAD. Never MOVE_RECEIVE, which empties more
   than the entry. */
void ipc_right_core_copyin_undo(uint32_t *bits, struct ipc_port_rights *rights,
				uint32_t disposition, bool dead, uint32_t *effects);
/* Puts a naked right of MACH_MSG_TYPE_PORT_ `type` (16..18) into an entry: a new one (bits 0), or
   the one by which the space knows the port already. peg: user references stop at their maximum,
   else KERN_UREFS_OVERFLOW. */
kern_return_t ipc_right_core_copyout(uint32_t *bits, struct ipc_port_rights *rights, uint32_t type,
				     bool peg, uint32_t *effects);
/* Gives back one user reference of a send, send-once or dead right. KERN_INVALID_RIGHT: another
   kind. */
kern_return_t ipc_right_core_deallocate(uint32_t *bits, struct ipc_port_rights *rights,
					uint32_t *effects);
/* Everything that the name denotes goes. */
void ipc_right_core_destroy(uint32_t *bits, struct ipc_port_rights *rights, uint32_t *effects);
/* Changes the user references of one MACH_PORT_RIGHT_ kind by delta. KERN_INVALID_RIGHT: the name
   does not denote it; KERN_INVALID_VALUE: no such count can be; KERN_UREFS_OVERFLOW. */
kern_return_t ipc_right_core_mod_refs(uint32_t *bits, struct ipc_port_rights *rights,
				      uint32_t right, int32_t delta, uint32_t *effects);
/* The user references that mach_port_get_refs reports for a kind of right: 0 if the name does not
   denote it. */
uint32_t ipc_right_core_get_refs(uint32_t bits, uint32_t right);
/* The port of a send or send-once entry has died: the entry becomes a dead name, with one user
   reference more if that was asked for by a dead-name request (`requested`). The entry's reference
   is to be released. */
void ipc_right_core_die(uint32_t *bits, struct ipc_port_rights *rights, bool requested,
			uint32_t *effects);

/* What a dead-name request does (request: a notification right was given, immediate: sync != 0). */
enum ipc_right_request {
	IPC_REQUEST_REFUSED,  /* see *result */
	IPC_REQUEST_REGISTER, /* replace what is registered, by nothing if no right was given */
	IPC_REQUEST_NOTIFY,   /* already dead: notify now; the user reference has been added */
};
/* KERN_INVALID_ARGUMENT: dead already; KERN_INVALID_RIGHT: a port set; KERN_UREFS_OVERFLOW. */
enum ipc_right_request ipc_right_core_dead_name_request(uint32_t *bits, bool immediate, bool given,
							kern_return_t *result);
/* A no-senders request is due at once: there are no senders, and at least `sync` were made. */
static inline bool ipc_right_core_no_senders_due(const struct ipc_port_rights *rights,
						 uint32_t sync)
{
	return rights->srights == 0 && sync <= rights->mscount;
}
/* May a right of `type` be inserted under a name? in_use: the name denotes something; held: the
   space knows the port (receive or send) under some name; same: under this one; alive: the port is.
   KERN_RIGHT_EXISTS KERN_NAME_EXISTS KERN_INVALID_CAPABILITY, in Mach's order. */
kern_return_t ipc_right_core_insert_check(uint32_t type, bool in_use, bool held, bool same,
					  bool alive);
