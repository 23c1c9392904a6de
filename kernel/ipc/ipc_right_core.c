/* The rules of port rights. See ipc_right_core.h. */
#include "ipc_right_core.h"

#define SEND      ((uint32_t)MACH_PORT_TYPE_SEND)
#define RECEIVE   ((uint32_t)MACH_PORT_TYPE_RECEIVE)
#define SEND_ONCE ((uint32_t)MACH_PORT_TYPE_SEND_ONCE)
#define PORT_SET  ((uint32_t)MACH_PORT_TYPE_PORT_SET)
#define DEAD_NAME ((uint32_t)MACH_PORT_TYPE_DEAD_NAME)

/* A user reference of a dead name goes, and the name with the last. */
static void drop_dead(uint32_t *bits, uint32_t *effects)
{
	if (IE_BITS_UREFS(*bits) == 1) {
		*bits = 0;
		*effects |= IPC_RIGHT_ENTRY_GONE;
	} else {
		*bits -= 1;
	}
}

/* One of the port's send rights ceases to exist. */
static void drop_send(struct ipc_port_rights *rights, uint32_t *effects)
{
	if (--rights->srights == 0) {
		*effects |= IPC_RIGHT_NO_SENDERS;
	}
}

/* An entry loses its send right, and with it all user references. What it owned (a reference on the
   port, if the receive right does not need it) is the caller's to release or to pass on. True: the
   name is free. */
static bool leave_send(uint32_t *bits, uint32_t *effects)
{
	*bits &= ~(SEND | IE_BITS_UREFS_MASK);
	if (*bits & RECEIVE) {
		return false;
	}
	*bits = 0;
	*effects |= IPC_RIGHT_ENTRY_GONE | IPC_RIGHT_HASH_REMOVE;
	return true;
}

static kern_return_t take_dead(uint32_t *bits, bool move, bool dead_ok, uint32_t *effects)
{
	if ((*bits & DEAD_NAME) == 0 || !dead_ok) {
		return KERN_INVALID_RIGHT;
	}
	*effects = IPC_RIGHT_YIELDS_DEAD;
	if (move) {
		drop_dead(bits, effects);
	}
	return KERN_SUCCESS;
}

static void take_receive(uint32_t *bits, uint32_t *effects)
{
	*effects = IPC_RIGHT_RECEIVE_LEFT;
	if (*bits & SEND) {
		*bits &= ~RECEIVE;
		*effects |= IPC_RIGHT_HASH_INSERT | IPC_RIGHT_REFERENCE;
	} else {
		*bits = 0;
		*effects |= IPC_RIGHT_ENTRY_GONE;
	}
}

/* A moved send right is the entry's own when that was its last user reference, else one more of the
   port's. */
static void take_send(uint32_t *bits, struct ipc_port_rights *rights, uint32_t *effects)
{
	*effects = 0;
	if (IE_BITS_UREFS(*bits) > 1) {
		*bits -= 1;
		rights->srights++;
		*effects = IPC_RIGHT_REFERENCE;
	} else if (!leave_send(bits, effects)) {
		*effects = IPC_RIGHT_REFERENCE;
	}
}

kern_return_t ipc_right_core_copyin(uint32_t *bits, struct ipc_port_rights *rights,
				    uint32_t disposition, bool dead_ok, uint32_t *effects)
{
	if (ipc_right_core_copy(*bits, rights, disposition)) {
		*effects = IPC_RIGHT_REFERENCE;
		return KERN_SUCCESS;
	}
	switch (disposition) {
	case MACH_MSG_TYPE_COPY_SEND:
		return take_dead(bits, false, dead_ok, effects);
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
		if ((*bits & SEND_ONCE) == 0) {
			return take_dead(bits, true, dead_ok, effects);
		}
		*bits = 0;
		*effects = IPC_RIGHT_ENTRY_GONE;
		return KERN_SUCCESS;
	case MACH_MSG_TYPE_MOVE_SEND:
		if ((*bits & SEND) == 0) {
			return take_dead(bits, true, dead_ok, effects);
		}
		take_send(bits, rights, effects);
		return KERN_SUCCESS;
	case MACH_MSG_TYPE_MOVE_RECEIVE:
		if ((*bits & RECEIVE) == 0) {
			return KERN_INVALID_RIGHT;
		}
		take_receive(bits, effects);
		return KERN_SUCCESS;
	default:
		return KERN_INVALID_RIGHT;
	}
}

static void put_back_send(uint32_t *bits, struct ipc_port_rights *rights, uint32_t *effects)
{
	if (*bits & SEND) {
		*bits += 1;
		rights->srights--;
		*effects = IPC_RIGHT_RELEASE;
	} else if (*bits & RECEIVE) {
		*bits |= SEND | 1u;
		*effects = IPC_RIGHT_RELEASE;
	} else {
		*bits = SEND | 1u;
		*effects = IPC_RIGHT_HASH_INSERT;
	}
}

void ipc_right_core_copyin_undo(uint32_t *bits, struct ipc_port_rights *rights,
				uint32_t disposition, bool dead, uint32_t *effects)
{
	*effects = 0;
	if (dead) {
		if (disposition != MACH_MSG_TYPE_COPY_SEND) {
			*bits = *bits == 0 ? (DEAD_NAME | 1u) : *bits + 1;
		}
		return;
	}
	switch (disposition) {
	case MACH_MSG_TYPE_MAKE_SEND:
		rights->mscount--;
		rights->srights--;
		*effects = IPC_RIGHT_RELEASE;
		break;
	case MACH_MSG_TYPE_COPY_SEND:
		rights->srights--;
		*effects = IPC_RIGHT_RELEASE;
		break;
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		rights->sorights--;
		*effects = IPC_RIGHT_RELEASE;
		break;
	case MACH_MSG_TYPE_MOVE_SEND:
		put_back_send(bits, rights, effects);
		break;
	default: /* MOVE_SEND_ONCE */
		*bits = SEND_ONCE | 1u;
		break;
	}
}

static kern_return_t put_send(uint32_t *bits, struct ipc_port_rights *rights, bool peg,
			      uint32_t *effects)
{
	if (*bits & SEND) {
		/* The name counts as one send right however many user references it has. */
		if (IE_BITS_UREFS(*bits) < IE_UREFS_SEND_MAX) {
			*bits += 1;
		} else if (!peg) {
			return KERN_UREFS_OVERFLOW;
		}
		rights->srights--;
		*effects = IPC_RIGHT_RELEASE;
	} else if (*bits & RECEIVE) {
		*bits |= SEND | 1u;
		*effects = IPC_RIGHT_RELEASE;
	} else {
		*bits = SEND | 1u;
		*effects = IPC_RIGHT_HASH_INSERT;
	}
	return KERN_SUCCESS;
}

kern_return_t ipc_right_core_copyout(uint32_t *bits, struct ipc_port_rights *rights, uint32_t type,
				     bool peg, uint32_t *effects)
{
	switch (type) {
	case MACH_MSG_TYPE_PORT_SEND_ONCE:
		*bits = SEND_ONCE | 1u;
		*effects = 0;
		return KERN_SUCCESS;
	case MACH_MSG_TYPE_PORT_SEND:
		return put_send(bits, rights, peg, effects);
	default: /* MACH_MSG_TYPE_PORT_RECEIVE */
		*effects = IPC_RIGHT_RECEIVE_CAME;
		if (*bits & SEND) {
			*effects |= IPC_RIGHT_HASH_REMOVE | IPC_RIGHT_RELEASE;
		}
		*bits |= RECEIVE;
		return KERN_SUCCESS;
	}
}

/* The last user reference of a send right goes. */
static void end_send(uint32_t *bits, struct ipc_port_rights *rights, uint32_t *effects)
{
	drop_send(rights, effects);
	if (leave_send(bits, effects)) {
		*effects |= IPC_RIGHT_RELEASE;
	}
}

kern_return_t ipc_right_core_deallocate(uint32_t *bits, struct ipc_port_rights *rights,
					uint32_t *effects)
{
	*effects = 0;
	if (*bits & SEND) {
		if (IE_BITS_UREFS(*bits) > 1) {
			*bits -= 1;
		} else {
			end_send(bits, rights, effects);
		}
		return KERN_SUCCESS;
	}
	if (*bits & SEND_ONCE) {
		*bits = 0;
		*effects = IPC_RIGHT_ENTRY_GONE | IPC_RIGHT_SONCE_UNUSED;
		return KERN_SUCCESS;
	}
	if (*bits & DEAD_NAME) {
		drop_dead(bits, effects);
		return KERN_SUCCESS;
	}
	return KERN_INVALID_RIGHT;
}

void ipc_right_core_destroy(uint32_t *bits, struct ipc_port_rights *rights, uint32_t *effects)
{
	uint32_t type = IE_BITS_TYPE(*bits);
	*bits = 0;
	*effects = IPC_RIGHT_ENTRY_GONE;
	if (type & SEND) {
		drop_send(rights, effects);
	}
	if (type & RECEIVE) {
		*effects |= IPC_RIGHT_RECEIVE_GONE;
	} else if (type & SEND) {
		*effects |= IPC_RIGHT_HASH_REMOVE | IPC_RIGHT_RELEASE;
	} else if (type & SEND_ONCE) {
		*effects |= IPC_RIGHT_SONCE_UNUSED;
	} else if (type & PORT_SET) {
		*effects |= IPC_RIGHT_SET_GONE;
	}
}

/* The receive right alone goes. A send right beside it stays for the moment, and dies with the
   port: the port dies first, so there is nobody to tell of the last sender. (A port-destroyed
   request may save the port, but, on GNU Mach too, not this name.) */
static void end_receive(uint32_t *bits, uint32_t *effects)
{
	*effects = IPC_RIGHT_RECEIVE_GONE;
	if (*bits & SEND) {
		*bits &= ~RECEIVE;
		*effects |= IPC_RIGHT_HASH_INSERT | IPC_RIGHT_REFERENCE | IPC_RIGHT_NAME_DIES;
	} else {
		*bits = 0;
		*effects |= IPC_RIGHT_ENTRY_GONE;
	}
}

/* The kinds of which a name has no more than one: nothing or -1. */
static kern_return_t mod_single(uint32_t *bits, uint32_t right, int32_t delta, uint32_t *effects)
{
	if (delta == 0) {
		return KERN_SUCCESS;
	}
	if (delta != -1) {
		return KERN_INVALID_VALUE;
	}
	switch (right) {
	case MACH_PORT_RIGHT_RECEIVE:
		end_receive(bits, effects);
		break;
	case MACH_PORT_RIGHT_SEND_ONCE:
		*bits = 0;
		*effects = IPC_RIGHT_ENTRY_GONE | IPC_RIGHT_SONCE_UNUSED;
		break;
	default: /* MACH_PORT_RIGHT_PORT_SET */
		*bits = 0;
		*effects = IPC_RIGHT_ENTRY_GONE | IPC_RIGHT_SET_GONE;
		break;
	}
	return KERN_SUCCESS;
}

kern_return_t ipc_right_core_mod_refs(uint32_t *bits, struct ipc_port_rights *rights,
				      uint32_t right, int32_t delta, uint32_t *effects)
{
	*effects = 0;
	if (right >= MACH_PORT_RIGHT_NUMBER) {
		return KERN_INVALID_VALUE;
	}
	if ((*bits & MACH_PORT_TYPE(right)) == 0) {
		return KERN_INVALID_RIGHT;
	}
	if (right != MACH_PORT_RIGHT_SEND && right != MACH_PORT_RIGHT_DEAD_NAME) {
		return mod_single(bits, right, delta, effects);
	}

	/* 64 bits: INT32_MIN is a legal argument. */
	int64_t urefs = (int64_t)IE_BITS_UREFS(*bits) + delta;
	if (urefs < 0) {
		return KERN_INVALID_VALUE;
	}
	if (urefs > (right == MACH_PORT_RIGHT_SEND ? IE_UREFS_SEND_MAX : IE_UREFS_MAX) &&
	    delta > 0) {
		return KERN_UREFS_OVERFLOW;
	}
	if (urefs > 0) {
		*bits = (*bits & ~IE_BITS_UREFS_MASK) | (uint32_t)urefs;
	} else if (right == MACH_PORT_RIGHT_SEND) {
		end_send(bits, rights, effects);
	} else {
		*bits = 0;
		*effects = IPC_RIGHT_ENTRY_GONE;
	}
	return KERN_SUCCESS;
}

uint32_t ipc_right_core_get_refs(uint32_t bits, uint32_t right)
{
	if ((bits & MACH_PORT_TYPE(right)) == 0) {
		return 0;
	}
	if (right == MACH_PORT_RIGHT_RECEIVE || right == MACH_PORT_RIGHT_PORT_SET) {
		return 1;
	}
	return IE_BITS_UREFS(bits);
}

void ipc_right_core_die(uint32_t *bits, struct ipc_port_rights *rights, bool requested,
			uint32_t *effects)
{
	*effects = IPC_RIGHT_RELEASE;
	if (*bits & SEND) {
		rights->srights--;
		*effects |= IPC_RIGHT_HASH_REMOVE;
	} else {
		rights->sorights--;
	}
	/* Neither kind can have IE_UREFS_MAX references: there is room for the notification's. */
	*bits = (*bits & ~IE_BITS_TYPE_MASK) | DEAD_NAME;
	*bits += requested ? 1u : 0u;
}

enum ipc_right_request ipc_right_core_dead_name_request(uint32_t *bits, bool immediate, bool given,
							kern_return_t *result)
{
	*result = KERN_SUCCESS;
	if (*bits & MACH_PORT_TYPE_PORT_RIGHTS) {
		return IPC_REQUEST_REGISTER;
	}
	if ((*bits & DEAD_NAME) == 0) {
		*result = KERN_INVALID_RIGHT;
		return IPC_REQUEST_REFUSED;
	}
	if (!immediate || !given) {
		*result = KERN_INVALID_ARGUMENT;
		return IPC_REQUEST_REFUSED;
	}
	if (IE_BITS_UREFS(*bits) == IE_UREFS_MAX) {
		*result = KERN_UREFS_OVERFLOW;
		return IPC_REQUEST_REFUSED;
	}
	*bits += 1;
	return IPC_REQUEST_NOTIFY;
}

kern_return_t ipc_right_core_insert_check(uint32_t type, bool in_use, bool held, bool same,
					  bool alive)
{
	if (type != MACH_MSG_TYPE_PORT_SEND_ONCE && held) {
		return same ? KERN_SUCCESS : KERN_RIGHT_EXISTS;
	}
	if (in_use) {
		return KERN_NAME_EXISTS;
	}
	return alive ? KERN_SUCCESS : KERN_INVALID_CAPABILITY;
}
