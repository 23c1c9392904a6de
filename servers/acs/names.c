/*
 * Names across nodes: what the network server is told (gns_names.defs), and what it answers.  It is
 * told in messages that never wait, so a network server that does nothing holds nobody up.
 */
#include <string.h>

#include <libmach.h>
#include <gen/acs_network_server.h>
#include <gen/gns_names.h>
#include <gen/mach_port.h>
#include <masix/gns.h>
#include "state.h"

#define SELF mach_task_self()

_Static_assert(REMOTE_NAMES_MAX == GNS_QUESTIONS, "the network server has a place for each");
_Static_assert(REMOTE_ROUND_MS > GNS_RESOLVE_MS, "its answer is waited for");

/* ---------------------------------------------------------------------------- to the network */

/* Whether a message went out; if not, it is tried again soon. */
static bool was_sent(kern_return_t result, uint64_t now_ms)
{
	if (result == KERN_SUCCESS) {
		return true;
	}
	acs.names_retry_ms = now_ms + REMOTE_UNSENT_MS;
	return false;
}

/*
 * A personality: on other nodes it is for servers with proof alone, whose nodes have the role for
 * it (introduce.c), so its client port is not told.
 */
static bool starts_tasks(const struct registry_server *server)
{
	struct roster_server permitted;

	return roster_find_server(&acs.roster, server->name, &permitted) &&
	       (permitted.entry.roles & ACS_ROLE_PERSONALITY) != 0;
}

/* Another port of that server than it knows, or none. */
static bool tell_name(struct registry_server *server, uint64_t now_ms)
{
	struct acs_server *own = acs_server_of(server);
	mach_port_t port = server->state == ACS_STATE_REGISTERED ? server->client : MACH_PORT_NULL;
	const struct roster_licence *licence = acs_find_licence(server->name);
	natural_t flags = 0;
	kern_return_t result = KERN_SUCCESS;

	if (own->told == port || starts_tasks(server)) {
		return true;
	}
	if (port == MACH_PORT_NULL) {
		result = gns_withdraw(acs.names, MACH_SEND_TIMEOUT, server->name);
	} else {
		flags = licence != NULL && acs_may_have(licence, acs.place) ? GNS_NAME_CLUSTER : 0;
		result = gns_publish(acs.names, MACH_SEND_TIMEOUT, server->name, flags, port,
				     MACH_MSG_TYPE_COPY_SEND);
		if (result == MACH_SEND_TIMED_OUT) {
			(void)mach_port_deallocate(SELF, port); /* the copy came back */
		}
	}
	if (!was_sent(result, now_ms)) {
		return false;
	}
	own->told = port;
	return true;
}

static bool tell_question(const struct remote_question *question, uint64_t now_ms)
{
	static const acs_digest_t anywhere;
	const uint8_t *node =
		question->place == REGISTRY_ANYWHERE ? anywhere : acs.members[question->place].id;

	return was_sent(
		gns_resolve(acs.names, MACH_SEND_TIMEOUT, question->number, question->name, node),
		now_ms);
}

/* That there is a newer roster: it asks for what it says. */
static bool tell_roster(uint64_t now_ms)
{
	if (acs.told_version == acs.in_force.version) {
		return true;
	}
	if (!was_sent(gns_roster_changed(acs.names, MACH_SEND_TIMEOUT), now_ms)) {
		return false;
	}
	acs.told_version = acs.in_force.version;
	return true;
}

void acs_names_work(uint64_t now_ms)
{
	struct remote_question question;
	bool sent = acs.names != MACH_PORT_NULL;

	acs.names_retry_ms = UINT64_MAX;
	sent = sent && tell_roster(now_ms);
	for (unsigned int i = 0; sent && i < acs.registry.server_count; i++) {
		sent = tell_name(&acs.registry.servers[i], now_ms);
	}
	while (sent && remote_next_question(&acs.remote, now_ms, &question)) {
		sent = tell_question(&question, now_ms);
		if (!sent) {
			remote_not_sent(&acs.remote, question.number, now_ms);
		}
	}
	acs_watch_deadline();
}

void acs_names_close(void)
{
	if (acs.names == MACH_PORT_NULL) {
		return;
	}
	(void)mach_port_deallocate(SELF, acs.names);
	acs.names = MACH_PORT_NULL;
	remote_set_network(&acs.remote, &acs.registry, false, acs_now_ms());
	acs_answer_waiters();
}

bool acs_names_drop(mach_port_t port)
{
	unsigned int count = remote_port_died(&acs.remote, port);

	for (unsigned int i = 0; i < count; i++) {
		(void)mach_port_deallocate(SELF, port);
	}
	return count != 0;
}

void acs_names_expire(uint64_t now_ms)
{
	const struct remote_name *settled = NULL;
	uint32_t port = 0;
	enum remote_state state = REMOTE_FREE;

	while ((state = remote_next_due(&acs.remote, &acs.registry, now_ms, &port, &settled)) !=
	       REMOTE_FREE) {
		if (state == REMOTE_FOUND) {
			(void)mach_port_deallocate(SELF, port);
		} else {
			registry_settle(&acs.registry, settled->name, settled->place, 0, now_ms);
		}
	}
	acs_names_work(now_ms);
}

uint64_t acs_names_deadline(void)
{
	uint64_t names_ms = remote_next_deadline(&acs.remote);

	return names_ms < acs.names_retry_ms ? names_ms : acs.names_retry_ms;
}

/* -------------------------------------------------------------------------- from the network */

kern_return_t serve_acs_network_serve_names(ipc_call_t call, mach_port_t names)
{
	kern_return_t result = KERN_INVALID_ARGUMENT;

	ipc_lock(&acs.lock);
	if (call->object == acs.network && MACH_PORT_VALID(names)) {
		result = acs_watch_port(names);
	}
	if (result == KERN_SUCCESS) {
		acs_names_close();
		acs.names = names;
		acs.told_version = acs.roster.version; /* what it asked for may be older */
		for (unsigned int i = 0; i < acs.registry.server_count; i++) {
			acs.servers[i].told = MACH_PORT_NULL;
		}
		remote_set_network(&acs.remote, &acs.registry, true, acs_now_ms());
		acs_names_work(acs_now_ms());
	}
	ipc_unlock(&acs.lock);
	return result;
}

/* Whether that node may answer for that name. */
static bool may_answer(const struct remote_name *name, uint16_t owner)
{
	const struct roster_licence *licence = NULL;

	if (name->place != REGISTRY_ANYWHERE) {
		return owner == name->place;
	}
	licence = acs_find_licence(name->name);
	return licence != NULL && owner != acs.place && acs_may_have(licence, owner);
}

/* The answer to an open question; lock held. */
static kern_return_t take_answer(struct remote_name *name, uint16_t owner, mach_port_t port)
{
	uint64_t now_ms = acs_now_ms();

	if (port != MACH_PORT_NULL && !may_answer(name, owner)) {
		return KERN_NO_ACCESS;
	}
	if (port != MACH_PORT_NULL && acs_watch_port(port) != KERN_SUCCESS) {
		(void)mach_port_deallocate(SELF, port); /* or here */
		port = MACH_PORT_NULL;
	}
	remote_settle(name, port, owner, now_ms);
	registry_settle(&acs.registry, name->name, name->place, port, now_ms);
	acs_answer_waiters();
	acs_watch_deadline();
	return KERN_SUCCESS;
}

kern_return_t serve_acs_network_answer(ipc_call_t call, natural_t question, kern_return_t answer,
				       const acs_digest_t node, mach_port_t port)
{
	struct remote_name *name = NULL;
	kern_return_t result = KERN_INVALID_VALUE;
	char asked[ACS_NAME_BYTES] = "";

	if ((answer == KERN_SUCCESS) != (port != MACH_PORT_NULL)) {
		return KERN_INVALID_VALUE;
	}
	if (port == MACH_PORT_DEAD) { /* it died on the way */
		port = MACH_PORT_NULL;
	}
	ipc_lock(&acs.lock);
	name = call->object == acs.network ? remote_find(&acs.remote, question) : NULL;
	if (name != NULL) {
		memcpy(asked, name->name, sizeof asked);
		result = take_answer(name, acs_find_member(node), port);
	}
	ipc_unlock(&acs.lock);
	if (result == KERN_NO_ACCESS) {
		acs_log_refusal("a node's answer for", asked, result);
	}
	return result;
}
