/* mach_port.defs: ipc/ipc_right.h has the operations; here null spaces are refused and arrays
   become memory in transit. */
#include <kern/task.h>
#include <kern/zone.h>
#include <mach/message.h>
#include <serv/routines.h>

/* Turns a kalloc'd array of `count` words into memory in transit; the array is freed in any case.
 */
static kern_return_t words_to_copy(uint32_t *words, uint32_t count, struct vm_map_copy **copy)
{
	*copy = NULL;
	if (count == 0) {
		return KERN_SUCCESS;
	}
	kern_return_t result = vm_map_copyin_kernel(words, count * 4u, copy);
	kfree(words, count * 4u);
	return result;
}

kern_return_t serv_mach_port_names(ipc_space_t space, mach_port_name_array_t *names,
				   mach_msg_type_number_t *names_count,
				   mach_port_type_array_t *types,
				   mach_msg_type_number_t *types_count)
{
	if (space == NULL) {
		return KERN_INVALID_TASK;
	}
	uint32_t *name_words;
	uint32_t *type_words;
	uint32_t count;
	kern_return_t result = ipc_port_names(space, &name_words, &type_words, &count);
	if (result != KERN_SUCCESS) {
		return result;
	}
	struct vm_map_copy *name_copy;
	struct vm_map_copy *type_copy;
	result = words_to_copy(name_words, count, &name_copy);
	kern_return_t second = words_to_copy(type_words, count, &type_copy);
	if (result != KERN_SUCCESS || second != KERN_SUCCESS) {
		vm_map_copy_discard(result == KERN_SUCCESS ? name_copy : NULL);
		vm_map_copy_discard(second == KERN_SUCCESS ? type_copy : NULL);
		return KERN_RESOURCE_SHORTAGE;
	}
	*names = (mach_port_name_array_t)name_copy;
	*types = (mach_port_type_array_t)type_copy;
	*names_count = count;
	*types_count = count;
	return KERN_SUCCESS;
}

kern_return_t serv_mach_port_type(ipc_space_t space, mach_port_name_t name, mach_port_type_t *type)
{
	return likely(space != NULL) ? ipc_port_type(space, name, type) : KERN_INVALID_TASK;
}

kern_return_t serv_mach_port_rename(ipc_space_t space, mach_port_name_t old_name,
				    mach_port_name_t new_name)
{
	if (space == NULL) {
		return KERN_INVALID_TASK;
	}
	return MACH_PORT_NAME_VALID(new_name) ? ipc_port_rename(space, old_name, new_name)
					      : KERN_INVALID_VALUE;
}

kern_return_t serv_mach_port_allocate_name(ipc_space_t space, mach_port_right_t right,
					   mach_port_name_t name)
{
	if (space == NULL) {
		return KERN_INVALID_TASK;
	}
	return MACH_PORT_NAME_VALID(name) ? ipc_port_allocate_name(space, right, name)
					  : KERN_INVALID_VALUE;
}

kern_return_t serv_mach_port_allocate(ipc_space_t space, mach_port_right_t right,
				      mach_port_name_t *name)
{
	return likely(space != NULL) ? ipc_port_allocate(space, right, name) : KERN_INVALID_TASK;
}

kern_return_t serv_mach_port_destroy(ipc_space_t space, mach_port_name_t name)
{
	return likely(space != NULL) ? ipc_port_destroy_name(space, name) : KERN_INVALID_TASK;
}

kern_return_t serv_mach_port_deallocate(ipc_space_t space, mach_port_name_t name)
{
	return likely(space != NULL) ? ipc_port_deallocate(space, name) : KERN_INVALID_TASK;
}

kern_return_t serv_mach_port_get_refs(ipc_space_t space, mach_port_name_t name,
				      mach_port_right_t right, mach_port_urefs_t *refs)
{
	return space != NULL ? ipc_port_get_refs(space, name, right, refs) : KERN_INVALID_TASK;
}

kern_return_t serv_mach_port_mod_refs(ipc_space_t space, mach_port_name_t name,
				      mach_port_right_t right, mach_port_delta_t delta)
{
	return likely(space != NULL) ? ipc_port_mod_refs(space, name, right, delta)
				     : KERN_INVALID_TASK;
}

kern_return_t serv_mach_port_set_qlimit(ipc_space_t space, mach_port_name_t name,
					mach_port_msgcount_t qlimit)
{
	return space != NULL ? ipc_port_set_qlimit(space, name, qlimit) : KERN_INVALID_TASK;
}

kern_return_t serv_mach_port_set_mscount(ipc_space_t space, mach_port_name_t name,
					 mach_port_mscount_t mscount)
{
	return space != NULL ? ipc_port_set_mscount(space, name, mscount) : KERN_INVALID_TASK;
}

kern_return_t serv_mach_port_set_seqno(ipc_space_t space, mach_port_name_t name,
				       mach_port_seqno_t seqno)
{
	return space != NULL ? ipc_port_set_seqno(space, name, seqno) : KERN_INVALID_TASK;
}

kern_return_t serv_mach_port_get_set_status(ipc_space_t space, mach_port_name_t name,
					    mach_port_name_array_t *members,
					    mach_msg_type_number_t *count)
{
	if (space == NULL) {
		return KERN_INVALID_TASK;
	}
	uint32_t *words;
	kern_return_t result = ipc_port_get_set_status(space, name, &words, count);
	struct vm_map_copy *copy = NULL;
	if (result == KERN_SUCCESS) {
		result = words_to_copy(words, *count, &copy);
		*members = (mach_port_name_array_t)copy;
	}
	return result;
}

kern_return_t serv_mach_port_move_member(ipc_space_t space, mach_port_name_t member,
					 mach_port_name_t after)
{
	return space != NULL ? ipc_port_move_member(space, member, after) : KERN_INVALID_TASK;
}

kern_return_t serv_mach_port_request_notification(ipc_space_t space, mach_port_name_t name,
						  mach_msg_id_t id, mach_port_mscount_t sync,
						  struct ipc_port *notify,
						  struct ipc_port **previous)
{
	if (space == NULL) {
		return KERN_INVALID_TASK;
	}
	if (notify == IP_DEAD) {
		return KERN_INVALID_CAPABILITY;
	}
	return ipc_port_request_notification(space, name, id, sync, notify, previous);
}

kern_return_t serv_mach_port_insert_right(ipc_space_t space, mach_port_name_t name,
					  struct ipc_port *right, mach_msg_type_name_t type)
{
	if (space == NULL) {
		return KERN_INVALID_TASK;
	}
	if (!MACH_PORT_NAME_VALID(name) || !MACH_MSG_TYPE_PORT_ANY_RIGHT(type)) {
		return KERN_INVALID_VALUE;
	}
	return IP_VALID(right) ? ipc_port_insert_right(space, name, right, type)
			       : KERN_INVALID_CAPABILITY;
}

kern_return_t serv_mach_port_extract_right(ipc_space_t space, mach_port_name_t name,
					   mach_msg_type_name_t disposition,
					   struct ipc_port **right, mach_msg_type_name_t *type)
{
	if (space == NULL) {
		return KERN_INVALID_TASK;
	}
	if (!MACH_MSG_TYPE_PORT_ANY(disposition)) {
		return KERN_INVALID_VALUE;
	}
	uint32_t kind;
	kern_return_t result = ipc_port_extract_right(space, name, disposition, right, &kind);
	if (result == KERN_SUCCESS) {
		*type = kind;
	}
	return result;
}

kern_return_t serv_mach_port_get_receive_status(ipc_space_t space, mach_port_name_t name,
						mach_port_status_t *status)
{
	return space != NULL ? ipc_port_get_receive_status(space, name, status) : KERN_INVALID_TASK;
}

kern_return_t serv_mach_port_set_protected_payload(ipc_space_t space, mach_port_name_t name,
						   rpc_uintptr_t payload)
{
	return space != NULL ? ipc_port_set_payload(space, name, true, payload) : KERN_INVALID_TASK;
}

kern_return_t serv_mach_port_clear_protected_payload(ipc_space_t space, mach_port_name_t name)
{
	return space != NULL ? ipc_port_set_payload(space, name, false, 0) : KERN_INVALID_TASK;
}

/* Marks a receive right as a user's device for debuggers. The kernel itself makes nothing of it:
   only the arguments are checked. */
kern_return_t serv_mach_port_set_ktype(host_t host, ipc_space_t space, mach_port_name_t name,
				       mach_port_right_t right, mach_port_ktype_t ktype)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	if (space == NULL) {
		return KERN_INVALID_TASK;
	}
	if (right != MACH_PORT_RIGHT_RECEIVE ||
	    (ktype != MACH_PORT_KTYPE_NONE && ktype != MACH_PORT_KTYPE_USER_DEVICE)) {
		return KERN_INVALID_VALUE;
	}
	struct ipc_port *port;
	return ipc_port_translate_receive(space, name, &port);
}
