/* acs_network.defs: what the network server gets, beside names. */
#include <string.h>

#include <libmach.h>
#include <gen/acs_network_server.h>
#include <gen/acs_trusted_server.h>
#include <gen/mach.h>
#include <trust/name_core.h>
#include <trust/proof.h>
#include "state.h"

static const char network_server[ACS_NAME_BYTES] = "gns";

bool acs_is_network_server(const struct registry_server *server)
{
	return name_equal(server->name, network_server);
}

kern_return_t serve_acs_open_network(ipc_call_t call, const acs_nonce_t nonce,
				     const acs_proof_t proof, mach_port_t *network)
{
	struct acs_holder *holder = ipc_call_data(call);
	const struct server_name self = {.name = "acs"};
	struct trust_question question;
	struct ipc_object *object = NULL;
	kern_return_t result = KERN_SUCCESS;

	ipc_lock(&acs.lock);
	result = acs_check_question(holder, &self, nonce, proof, &question);
	if (result == KERN_SUCCESS && !acs_is_network_server(holder->server)) {
		result = KERN_NO_ACCESS;
	}
	if (result == KERN_SUCCESS) {
		result = acs_object_create(&network_class, &object);
	}
	if (result == KERN_SUCCESS) {
		acs_network_close();
		ipc_object_reference(object);
		acs.network = object;
		*network = ipc_object_give(object);
	}
	ipc_unlock(&acs.lock);
	if (result == ACS_WRONG_PROOF || result == KERN_NO_ACCESS) {
		acs_log_refusal("the network to", holder->server->name, result);
	}
	return result;
}

void acs_network_close(void)
{
	acs_names_close();
	if (acs.network != NULL) {
		ipc_object_destroy(acs.network);
		ipc_object_release(acs.network);
		acs.network = NULL;
	}
}

/* ---------------------------------------------------------------------------------- the roster */

kern_return_t serve_acs_network_get_node(ipc_call_t call, int64_t *roster_version, natural_t *place)
{
	(void)call;
	ipc_lock(&acs.lock);
	*roster_version = (int64_t)acs.in_force.version;
	ipc_unlock(&acs.lock);
	*place = acs.place;
	return KERN_SUCCESS;
}

kern_return_t serve_acs_network_get_flags(ipc_call_t call, natural_t *flags)
{
	(void)call;
	*flags = roster_has_keylog(&acs.roster) ? ACS_NETWORK_KEYLOG : 0;
	return KERN_SUCCESS;
}

/* Zeroed pages that the reply gives away; none for a count of 0. */
static kern_return_t make_list(unsigned int count, size_t entry_bytes, void **list, pointer_t *out,
			       mach_msg_type_number_t *bytes)
{
	vm_address_t memory = 0;

	*bytes = (mach_msg_type_number_t)(count * entry_bytes);
	if (*bytes != 0 && vm_allocate(mach_task_self(), &memory, *bytes, TRUE) != KERN_SUCCESS) {
		return KERN_RESOURCE_SHORTAGE;
	}
	*list = (void *)memory;
	*out = memory;
	return KERN_SUCCESS;
}

kern_return_t serve_acs_network_get_members(ipc_call_t call, pointer_t *members,
					    mach_msg_type_number_t *bytes)
{
	void *list = NULL;
	kern_return_t result =
		make_list(acs.roster.nodes, sizeof(struct acs_member), &list, members, bytes);

	(void)call;
	for (unsigned int i = 0; result == KERN_SUCCESS && i < acs.roster.nodes; i++) {
		const struct roster_node *node = &acs.members[i];
		struct acs_member *member = (struct acs_member *)list + i;

		memcpy(member->name, node->name, sizeof member->name);
		memcpy(member->id, node->id, sizeof member->id);
		memcpy(member->public_key, node->public_key, sizeof member->public_key);
		member->number = node->number;
		member->roles = node->roles;
		member->gone = acs_is_gone((uint16_t)i);
	}
	return result;
}

kern_return_t serve_acs_network_get_licences(ipc_call_t call, pointer_t *licences,
					     mach_msg_type_number_t *bytes)
{
	void *list = NULL;
	kern_return_t result =
		make_list(acs.roster.licences, sizeof(struct acs_licence), &list, licences, bytes);

	(void)call;
	for (unsigned int i = 0; result == KERN_SUCCESS && i < acs.roster.licences; i++) {
		const struct roster_licence *licence = &acs.licences[i];
		struct acs_licence *entry = (struct acs_licence *)list + i;

		memcpy(entry->name, licence->name, sizeof entry->name);
		for (unsigned int j = 0; j < licence->count; j++) {
			uint16_t place = acs_find_member(licence->nodes[j]);

			if (acs_may_have(licence, place)) {
				entry->members[entry->count++] = place;
			}
		}
	}
	return result;
}

kern_return_t serve_acs_network_get_cluster_key(ipc_call_t call, acs_key_t key)
{
	(void)call;
	ipc_lock(&acs.lock);
	memcpy(key, acs.cluster_key, sizeof acs.cluster_key);
	ipc_unlock(&acs.lock);
	return KERN_SUCCESS;
}
