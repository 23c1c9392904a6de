/* Rights under names: what user tasks may do to them, and how they enter and leave messages.
   The rules are in ipc_right_core.c (pure); here they are applied to entries and ports. */
#pragma once

#include <ipc/ipc_space.h>

/* If the entry's port has died, turns the entry into a dead name (sending what a dead-name request
   asks for happened when the port died). Returns true when the entry is (now) a dead name. Call
   before trusting entry->object. */
bool ipc_right_check(struct ipc_entry *entry);
/* As the port's death does it: the entry becomes a dead name, with one more user reference if its
   dead-name request fires. */
void ipc_right_die(struct ipc_entry *entry, bool requested);
/* The entry in use under `name`, checked for the death of its port. KERN_INVALID_TASK
   KERN_INVALID_NAME. */
kern_return_t ipc_right_lookup(struct ipc_space *space, uint32_t name,
			       struct ipc_entry **entry) MUST_CHECK;
/* The entry by which the space knows the port as a receive or send right, or NULL. */
struct ipc_entry *ipc_right_reverse(struct ipc_space *space, struct ipc_port *port);
/* Registers a dead-name request on an entry that has none; `notify` is a naked send-once right,
   consumed on success. KERN_RESOURCE_SHORTAGE. */
kern_return_t ipc_right_add_request(struct ipc_entry *entry, struct ipc_port *notify) MUST_CHECK;
/* Takes the entry's dead-name request off, if there is one, and returns its send-once right to the
   caller, or IP_NULL. */
struct ipc_port *ipc_right_cancel_request(struct ipc_entry *entry);
/* Everything under the name goes (mach_port_destroy, death of a space). */
void ipc_right_destroy(struct ipc_entry *entry);

/* Takes a right out of the space as a message would, with MACH_MSG_TYPE_ `disposition` (16..21). On
   success *port is a naked right of the kind that ipc_object_copyin_type(disposition) says (17, 18
   or 16), IP_NULL or IP_DEAD for those names. Undoing: ipc_right_copyin_undo (not MOVE_RECEIVE),
   valid until the space changes or anything is allocated: it takes back the memory that the copyin
   may have freed. dead_ok: a dead name gives IP_DEAD (message bodies) instead of KERN_INVALID_RIGHT
   (destinations). KERN_INVALID_NAME KERN_INVALID_RIGHT. If a dead-name request fires "port deleted"
   because the name goes away, its send-once right is returned in *soright (IP_NULL otherwise): the
   caller sends notify_port_deleted. */
kern_return_t ipc_right_copyin(struct ipc_space *space, uint32_t name, uint32_t disposition,
			       bool dead_ok, struct ipc_port **port,
			       struct ipc_port **soright) MUST_CHECK;
void ipc_right_copyin_undo(struct ipc_space *space, uint32_t name, uint32_t disposition,
			   struct ipc_port *port, struct ipc_port *soright);

/* Puts a naked right (type 16, 17 or 18 = receive, send, send-once) into the space and returns its
   name; consumes the right on success. IP_NULL and IP_DEAD give their names. A dead port gives
   MACH_PORT_DEAD and the right is consumed. User references stop at their maximum, as Mach has it
   for messages. KERN_RESOURCE_SHORTAGE: no entry; KERN_INVALID_TASK; the right is still the
   caller's then. (A receive right in transit has had seqno and mscount 0 since it left its space.)
 */
kern_return_t ipc_right_copyout(struct ipc_space *space, struct ipc_port *port, uint32_t type,
				uint32_t *name) MUST_CHECK;
/* Takes back what a copyout gave (the name will never be known to its holder): one user reference,
   or the receive right. */
kern_return_t ipc_port_undo_copyout(struct ipc_space *space, uint32_t name, uint32_t type);
/* Destroys a naked right of that type. */
void ipc_right_release(struct ipc_port *port, uint32_t type);
static inline uint32_t ipc_copyin_type(uint32_t disposition)
{
	static const uint8_t type[] = {16, 17, 18, 17, 17, 18}; /* MOVE_RECEIVE .. MAKE_SEND_ONCE */
	return type[disposition - 16u];
}

/* --- the operations behind mach_port.defs; each returns exactly the manual's codes and changes
   nothing on failure. */
kern_return_t ipc_port_names(struct ipc_space *, uint32_t **names, uint32_t **types,
			     uint32_t *count); /* kalloc'd arrays of count words each */
kern_return_t ipc_port_type(struct ipc_space *, uint32_t name, uint32_t *type);
kern_return_t ipc_port_get_receiver(struct ipc_space *, uint32_t name, uint32_t *receiver);
kern_return_t ipc_port_rename(struct ipc_space *, uint32_t old_name, uint32_t new_name);
kern_return_t ipc_port_allocate(struct ipc_space *, uint32_t right, uint32_t *name);
kern_return_t ipc_port_allocate_name(struct ipc_space *, uint32_t right, uint32_t name);
kern_return_t ipc_port_destroy_name(struct ipc_space *, uint32_t name);
kern_return_t ipc_port_deallocate(struct ipc_space *, uint32_t name);
kern_return_t ipc_port_get_refs(struct ipc_space *, uint32_t name, uint32_t right, uint32_t *urefs);
kern_return_t ipc_port_mod_refs(struct ipc_space *, uint32_t name, uint32_t right, int32_t delta);
kern_return_t ipc_port_set_qlimit(struct ipc_space *, uint32_t name, uint32_t qlimit);
kern_return_t ipc_port_set_mscount(struct ipc_space *, uint32_t name, uint32_t mscount);
kern_return_t ipc_port_set_seqno(struct ipc_space *, uint32_t name, uint32_t seqno);
kern_return_t ipc_port_get_set_status(struct ipc_space *, uint32_t name, uint32_t **members,
				      uint32_t *count);
kern_return_t ipc_port_move_member(struct ipc_space *, uint32_t member, uint32_t after);
/* notify: a naked send-once right or IP_NULL, consumed on success; *previous likewise given to the
   caller. */
kern_return_t ipc_port_request_notification(struct ipc_space *, uint32_t name, int id,
					    uint32_t sync, struct ipc_port *notify,
					    struct ipc_port **previous);
kern_return_t ipc_port_insert_right(struct ipc_space *, uint32_t name, struct ipc_port *right,
				    uint32_t type); /* consumed on success */
kern_return_t ipc_port_extract_right(struct ipc_space *, uint32_t name, uint32_t disposition,
				     struct ipc_port **right, uint32_t *type);
kern_return_t ipc_port_get_receive_status(struct ipc_space *, uint32_t name,
					  mach_port_status_t *status);
kern_return_t ipc_port_set_payload(struct ipc_space *, uint32_t name, bool set, uint32_t payload);
kern_return_t ipc_port_get_srights(struct ipc_space *, uint32_t name, uint32_t *srights);

/* The port of a receive right under a name; no reference is taken. */
kern_return_t ipc_port_translate_receive(struct ipc_space *, uint32_t name,
					 struct ipc_port **port) MUST_CHECK;

/* --- notifications (ipc_notify.c). Each consumes the send-once right; a message that cannot be
   made (no memory) is lost and counted. */
void ipc_notify_port_deleted(struct ipc_port *soright, uint32_t name);
void ipc_notify_msg_accepted(struct ipc_port *soright, uint32_t name);
void ipc_notify_port_destroyed(struct ipc_port *soright, struct ipc_port *receive_right);
void ipc_notify_no_senders(struct ipc_port *soright, uint32_t mscount);
void ipc_notify_send_once(struct ipc_port *soright);
void ipc_notify_dead_name(struct ipc_port *soright, uint32_t name);
