/* Attributes of receive rights, and membership of port sets. */
#include <ipc/ipc_kmsg.h>
#include <ipc/ipc_right.h>
#include <kern/zone.h>

/* The entry of a right of that MACH_PORT_TYPE_. KERN_INVALID_TASK, KERN_INVALID_NAME,
   KERN_INVALID_RIGHT: another type. */
static kern_return_t translate(struct ipc_space *space, uint32_t name, uint32_t type,
			       struct ipc_entry **entry)
{
	kern_return_t result = ipc_right_lookup(space, name, entry);
	if (result == KERN_SUCCESS && ((*entry)->bits & type) == 0) {
		return KERN_INVALID_RIGHT;
	}
	return result;
}

kern_return_t ipc_port_translate_receive(struct ipc_space *space, uint32_t name,
					 struct ipc_port **port)
{
	struct ipc_entry *entry;
	kern_return_t result = translate(space, name, MACH_PORT_TYPE_RECEIVE, &entry);
	if (result == KERN_SUCCESS) {
		*port = entry->object;
	}
	return result;
}

/* Raising the limit lets senders that wait try again. KERN_INVALID_VALUE: above
   MACH_PORT_QLIMIT_MAX. */
kern_return_t ipc_port_set_qlimit(struct ipc_space *space, uint32_t name, uint32_t qlimit)
{
	struct ipc_port *port;
	if (space == NULL || !space->active) {
		return KERN_INVALID_TASK;
	}
	if (qlimit > MACH_PORT_QLIMIT_MAX) {
		return KERN_INVALID_VALUE;
	}
	kern_return_t result = ipc_port_translate_receive(space, name, &port);
	if (result != KERN_SUCCESS) {
		return result;
	}
	bool raised = qlimit > port->qlimit;
	port->qlimit = qlimit;
	if (raised && !list_empty(&port->senders.threads)) {
		ipc_mqueue_wake_senders(port, true);
	}
	return KERN_SUCCESS;
}

kern_return_t ipc_port_set_mscount(struct ipc_space *space, uint32_t name, uint32_t mscount)
{
	struct ipc_port *port;
	kern_return_t result = ipc_port_translate_receive(space, name, &port);
	if (result == KERN_SUCCESS) {
		port->rights.mscount = mscount;
	}
	return result;
}

kern_return_t ipc_port_set_seqno(struct ipc_space *space, uint32_t name, uint32_t seqno)
{
	struct ipc_port *port;
	kern_return_t result = ipc_port_translate_receive(space, name, &port);
	if (result == KERN_SUCCESS) {
		port->seqno = seqno;
	}
	return result;
}

kern_return_t ipc_port_set_payload(struct ipc_space *space, uint32_t name, bool set,
				   uint32_t payload)
{
	struct ipc_port *port;
	kern_return_t result = ipc_port_translate_receive(space, name, &port);
	if (result == KERN_SUCCESS) {
		port->payload_set = set;
		port->payload = set ? payload : 0;
	}
	return result;
}

kern_return_t ipc_port_get_srights(struct ipc_space *space, uint32_t name, uint32_t *srights)
{
	struct ipc_port *port;
	kern_return_t result = ipc_port_translate_receive(space, name, &port);
	if (result == KERN_SUCCESS) {
		*srights = port->rights.srights;
	}
	return result;
}

kern_return_t ipc_port_get_receive_status(struct ipc_space *space, uint32_t name,
					  mach_port_status_t *status)
{
	struct ipc_port *port;
	kern_return_t result = ipc_port_translate_receive(space, name, &port);
	if (result != KERN_SUCCESS) {
		return result;
	}
	status->mps_pset = port->pset != NULL ? port->pset->name : MACH_PORT_NAME_NULL;
	status->mps_seqno = port->seqno;
	status->mps_mscount = port->rights.mscount;
	status->mps_qlimit = port->qlimit;
	status->mps_msgcount = port->msgcount;
	status->mps_sorights = port->rights.sorights;
	status->mps_srights = port->rights.srights > 0;
	status->mps_pdrequest = port->pdrequest != IP_NULL;
	status->mps_nsrequest = port->nsrequest != IP_NULL;
	return KERN_SUCCESS;
}

/* --- sets */

/* The names of a set's members; no more than kalloc gives in one block: KERN_RESOURCE_SHORTAGE. */
kern_return_t ipc_port_get_set_status(struct ipc_space *space, uint32_t name, uint32_t **members,
				      uint32_t *count)
{
	struct ipc_entry *entry;
	kern_return_t result = translate(space, name, MACH_PORT_TYPE_PORT_SET, &entry);
	if (result != KERN_SUCCESS) {
		return result;
	}
	struct ipc_pset *pset = entry->object;
	uint32_t total = 0;
	list_for_each(link, &pset->members)
	{
		total++;
	}
	*members = NULL;
	*count = total;
	if (total == 0) {
		return KERN_SUCCESS;
	}
	if (total > 65536u / sizeof(uint32_t)) {
		return KERN_RESOURCE_SHORTAGE;
	}
	uint32_t *names = kalloc(total * (uint32_t)sizeof(uint32_t));
	if (names == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	uint32_t n = 0;
	list_for_each(link, &pset->members)
	{
		names[n++] = list_entry(link, struct ipc_port, pset_link)->receiver_name;
	}
	*members = names;
	return KERN_SUCCESS;
}

/* Moves a port into the set `after`, or (MACH_PORT_NULL) out of the one it is in.
   KERN_INVALID_RIGHT: member is no receive right or after no set; KERN_NOT_IN_SET: out of nothing.
   A move into its own set changes nothing. */
kern_return_t ipc_port_move_member(struct ipc_space *space, uint32_t member, uint32_t after)
{
	struct ipc_port *port;
	struct ipc_pset *to = NULL;
	kern_return_t result = ipc_port_translate_receive(space, member, &port);
	if (result != KERN_SUCCESS) {
		return result;
	}
	if (after != MACH_PORT_NAME_NULL) {
		struct ipc_entry *entry;
		result = translate(space, after, MACH_PORT_TYPE_PORT_SET, &entry);
		if (result != KERN_SUCCESS) {
			return result;
		}
		to = entry->object;
	} else if (port->pset == NULL) {
		return KERN_NOT_IN_SET;
	}
	if (to == port->pset) {
		return KERN_SUCCESS;
	}
	if (port->pset != NULL) {
		ipc_pset_remove(port);
	}
	if (to != NULL) {
		ipc_pset_add(to, port);
	}
	return KERN_SUCCESS;
}
