/*
 * Names across nodes: between the ACS (gns_names.defs, acs_network.defs) and lib/wire's names_core.
 * What comes from the ACS is taken in by the bucket's threads, the rest is the loop's.
 */
#include "outgoing.h"

#include <gen/acs_network.h>
#include <gen/gns_names_server.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <ipc/ipc.h>
#include <masix/gns.h>
#include <stdlib.h>
#include <wire/names_core.h>

#define PENDING_MAX 16
#define LOG_US      1000000 /* between two lines about claims without a licence */

_Static_assert(WIRE_QUESTIONS_MAX == GNS_QUESTIONS, "the ACS's questions have places");
_Static_assert(WIRE_NAME_BYTES == ACS_NAME_BYTES, "a name is a name");

static struct wire_names names;

/* Who may have a name of the cluster: peers, the best first. */
static struct licence {
	char name[ACS_NAME_BYTES];
	uint32_t peers[ACS_LICENSEES_MAX], count;
} * licences;
static uint32_t licence_count;

/* Answers whose right a third node has yet to give. */
static struct pending_answer {
	bool used, stray;
	uint32_t pickup, number, peer;
} pending[PENDING_MAX];

static struct ipc_class names_class = {
	.name = "names",
	.interfaces = (const ipc_interface_t[]){gns_names_server_routine, NULL},
};

/* --- start */

/* The peer with that place in the list of members; peer_count: it is this node. */
static uint32_t find_place(uint32_t place)
{
	uint32_t peer = 0;

	while (peer < network.peer_count && network.peers[peer].place != place) {
		peer++;
	}
	return peer;
}

static kern_return_t read_licences(void)
{
	pointer_t list = 0;
	mach_msg_type_number_t bytes = 0;
	kern_return_t result = acs_network_get_licences(network.acs, &list, &bytes);
	const struct acs_licence *entries = (const struct acs_licence *)list;

	licence_count = result == KERN_SUCCESS ? bytes / sizeof *entries : 0;
	licences = calloc(licence_count + 1, sizeof *licences);
	if (result == KERN_SUCCESS && licences == NULL) {
		result = KERN_RESOURCE_SHORTAGE;
		licence_count = 0;
	}
	for (uint32_t i = 0; i < licence_count; i++) {
		struct licence *licence = &licences[i];

		memcpy(licence->name, entries[i].name, sizeof licence->name);
		for (uint32_t k = 0; k < entries[i].count; k++) {
			uint32_t peer = find_place(entries[i].members[k]);

			if (peer < network.peer_count) {
				licence->peers[licence->count++] = peer;
			}
		}
	}
	if (bytes != 0) {
		(void)vm_deallocate(SELF, list, bytes);
	}
	return result;
}

kern_return_t names_start(struct ipc_bucket *bucket)
{
	struct ipc_client *client = NULL;
	struct ipc_object *object = NULL;
	kern_return_t result = read_licences();

	network_enter();
	wire_names_start(&names, &network.node, &wire_names_default_settings);
	network_leave();
	result = result ?: ipc_client_create(bucket, NULL, &client);
	if (result == KERN_SUCCESS) {
		result = ipc_object_create(client, &names_class, &object);
		ipc_client_release(client);
	}
	/* The loop runs already: what the ACS sends now is taken in when the bucket is served. */
	return result
		       ?: acs_network_serve_names(network.acs, ipc_object_give(object),
						  MACH_MSG_TYPE_MAKE_SEND);
}

void names_gone(uint32_t peer)
{
	for (uint32_t i = 0; i < licence_count; i++) {
		struct licence *licence = &licences[i];
		uint32_t kept = 0;

		for (uint32_t k = 0; k < licence->count; k++) {
			if (licence->peers[k] != peer) {
				licence->peers[kept++] = licence->peers[k];
			}
		}
		licence->count = kept;
	}
}

/* --- from the ACS */

/* A name as it stands in messages may have anything behind its end. */
static void copy_name(char to[ACS_NAME_BYTES], const char *name)
{
	memset(to, 0, ACS_NAME_BYTES);
	strncpy(to, name, ACS_NAME_BYTES - 1);
}

kern_return_t serve_gns_publish(ipc_call_t call, const_acs_name_t name, natural_t flags,
				mach_port_t port)
{
	char published[ACS_NAME_BYTES];
	mach_port_t former = MACH_PORT_NULL;

	(void)call;
	copy_name(published, name);
	network_enter();
	former = wire_names_publish(&names, published, (flags & GNS_NAME_CLUSTER) != 0, port);
	network_leave();
	right_drop(former);
	return KERN_SUCCESS;
}

kern_return_t serve_gns_withdraw(ipc_call_t call, const_acs_name_t name)
{
	char withdrawn[ACS_NAME_BYTES];
	mach_port_t former = MACH_PORT_NULL;

	(void)call;
	copy_name(withdrawn, name);
	network_enter();
	former = wire_names_withdraw(&names, withdrawn);
	network_leave();
	right_drop(former);
	return KERN_SUCCESS;
}

/* Who may answer; WIRE_WHAT_*. */
static uint8_t find_candidates(const char *name, const acs_digest_t node, const uint32_t **peers,
			       uint32_t *count)
{
	static const acs_digest_t anywhere;
	static uint32_t one;

	*count = 0;
	if (memcmp(node, anywhere, sizeof anywhere) != 0) {
		one = 0;
		while (one < network.peer_count &&
		       (network.peers[one].gone ||
			memcmp(network.peers[one].id, node, sizeof(acs_digest_t)) != 0)) {
			one++;
		}
		*peers = &one;
		*count = one < network.peer_count;
		return name[0] != '\0' ? WIRE_WHAT_NODE : WIRE_WHAT_ACS;
	}
	for (uint32_t i = 0; i < licence_count; i++) {
		if (memcmp(licences[i].name, name, ACS_NAME_BYTES) == 0) {
			*peers = licences[i].peers;
			*count = licences[i].count;
		}
	}
	return WIRE_WHAT_CLUSTER;
}

kern_return_t serve_gns_resolve(ipc_call_t call, natural_t question, const_acs_name_t name,
				const acs_digest_t node)
{
	char asked[ACS_NAME_BYTES];
	const uint32_t *peers = NULL;
	uint32_t count = 0;
	uint8_t what = 0;

	(void)call;
	copy_name(asked, name);
	network_enter();
	/* The node's clock may be as old as its last event. */
	wire_take_time(&network.node, network.now_us);
	network_pump();
	what = find_candidates(asked, node, &peers, &count);
	wire_names_ask(&names, question, what, asked, peers, count);
	names_pump();
	network_leave();
	return KERN_SUCCESS;
}

kern_return_t serve_gns_roster_changed(ipc_call_t call)
{
	(void)call;
	roster_take();
	return KERN_SUCCESS;
}

/* --- to the ACS */

/* The binding, or MACH_PORT_NULL: nobody has it.  Uses up the right. */
static void tell_acs(uint32_t number, uint32_t peer, mach_port_t port)
{
	static const acs_digest_t nobody;
	kern_return_t result = KERN_SUCCESS;

	if (port == MACH_PORT_NULL || port == MACH_PORT_DEAD) {
		(void)acs_network_answer(network.acs, number, ACS_NAME_NOT_FOUND, nobody,
					 MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND);
		return;
	}
	/* A down call: the ACS waits for nobody. */
	result = acs_network_answer(network.acs, number, KERN_SUCCESS, network.peers[peer].id, port,
				    MACH_MSG_TYPE_MOVE_SEND);
	if (result == KERN_NO_ACCESS) {
		(void)acs_network_answer(network.acs, number, ACS_NAME_NOT_FOUND, nobody,
					 MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND);
	}
}

static void deliver_right(bool stray, uint32_t number, uint32_t peer, mach_port_t port)
{
	if (stray) {
		right_drop(port);
	} else {
		tell_acs(number, peer, port);
	}
}

/* The right of an answer, wanted or not. */
static void take_right(const struct wire_names_effect *effect)
{
	bool stray =
		effect->kind == WIRE_NAMES_STRAY || effect->descriptor.right != WIRE_RIGHT_SEND;
	mach_port_t port = MACH_PORT_NULL;
	uint32_t pickup = 0, i = 0;

	if (effect->kind == WIRE_NAMES_FOUND && stray) {
		tell_acs(effect->number, effect->peer, MACH_PORT_NULL);
	}
	if (incoming_right(effect->peer, &effect->descriptor, &port, &pickup)) {
		deliver_right(stray, effect->number, effect->peer, port);
		return;
	}
	while (i < PENDING_MAX && pending[i].used) {
		i++;
	}
	if (i < PENDING_MAX) {
		pending[i] =
			(struct pending_answer){true, stray, pickup, effect->number, effect->peer};
	} else if (!stray) { /* nobody remembers it: names_resolved leaves it to be dropped */
		tell_acs(effect->number, effect->peer, MACH_PORT_NULL);
	}
}

bool names_resolved(uint32_t pickup)
{
	mach_port_t port = MACH_PORT_NULL;

	for (uint32_t i = 0; i < PENDING_MAX; i++) {
		if (pending[i].used && pending[i].pickup == pickup) {
			pending[i].used = false;
			incoming_right_resolved(pickup, &port);
			deliver_right(pending[i].stray, pending[i].number, pending[i].peer, port);
			return true;
		}
	}
	return false;
}

/* --- to the peers */

/* Gives the peer a right, which is used up, as the answer to what it asked. */
static void offer(uint32_t peer, const uint8_t nonce[WIRE_NONCE_BYTES], mach_port_t port)
{
	struct stream *stream = stream_find(peer, WIRE_EXPORT_GNS, 0);
	struct outgoing *outgoing = stream != NULL ? outgoing_make(stream, WIRE_KIND_NAME_ANSWER,
								   WIRE_NAME_ANSWER_BYTES_MAX)
						   : NULL;
	struct carried *carried = malloc(sizeof *carried);
	struct wire_name_answer answer = {.found = port != MACH_PORT_NULL};

	if (outgoing == NULL || carried == NULL) {
		right_drop(port); /* no memory: who asked hears nothing, and asks again */
		free(outgoing);
		free(carried);
		return;
	}
	memcpy(answer.nonce, nonce, sizeof answer.nonce);
	*carried = (struct carried){0};
	if (answer.found) {
		outgoing_give(peer, port, WIRE_RIGHT_SEND, &answer.descriptor, &carried->name);
	}
	if (carried->name != MACH_PORT_NULL) {
		carried->descriptor = answer.descriptor;
		outgoing->carried = carried;
	} else {
		free(carried);
	}
	outgoing->wire.bytes = (uint32_t)wire_encode_name_answer(outgoing->data, &answer);
	outgoing_send(outgoing);
}

/* What this node has under a name: a right more of it goes there. */
static void offer_copy(const struct wire_names_effect *effect)
{
	mach_port_t port = effect->port;

	if (mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_SEND, 1) != KERN_SUCCESS) {
		port = MACH_PORT_NULL; /* it is dead: the ACS will say so */
	}
	offer(effect->peer, effect->nonce, port);
}

static void offer_acs(const struct wire_names_effect *effect)
{
	mach_port_t port = MACH_PORT_NULL;

	if (acs_network_make_peer(network.acs, network.peers[effect->peer].id, &port) !=
	    KERN_SUCCESS) {
		port = MACH_PORT_NULL;
	}
	offer(effect->peer, effect->nonce, port);
}

static void log_claim(const struct wire_names_effect *effect)
{
	static uint64_t last_us;

	if (last_us == 0 || network.now_us - last_us >= LOG_US) {
		last_us = network.now_us;
		mach_printf("gns: %s claims the name %s and has no licence for it\n",
			    network.peers[effect->peer].name, effect->name);
	}
}

static void carry_out(const struct wire_names_effect *effect)
{
	switch (effect->kind) {
	case WIRE_NAMES_SEND:
		card_send(effect->broadcast ? NULL : effect->address.bytes,
			  (uint32_t)effect->bytes);
		break;
	case WIRE_NAMES_SAY:
		stream_say(effect->peer, WIRE_EXPORT_GNS, 0, effect->item, effect->body,
			   (uint32_t)effect->bytes);
		break;
	case WIRE_NAMES_OFFER:
		offer_copy(effect);
		break;
	case WIRE_NAMES_OFFER_ACS:
		offer_acs(effect);
		break;
	case WIRE_NAMES_FOUND:
	case WIRE_NAMES_STRAY:
		take_right(effect);
		break;
	case WIRE_NAMES_MISSING:
		tell_acs(effect->number, 0, MACH_PORT_NULL);
		break;
	case WIRE_NAMES_UNLICENSED:
		log_claim(effect);
		break;
	}
}

void names_pump(void)
{
	struct wire_names_effect effect;

	while (wire_names_effect(&names, card_frame(), &effect)) {
		carry_out(&effect);
	}
}

/* --- events of the loop */

void names_named(const struct wire_effect *effect)
{
	wire_names_named(&names, effect);
	names_pump();
}

bool names_item(uint32_t peer, uint8_t kind, const uint8_t *data, uint32_t bytes)
{
	bool good = wire_names_item(&names, peer, kind, data, bytes);

	names_pump();
	return good;
}

void names_up(uint32_t peer)
{
	wire_names_up(&names, peer);
	names_pump();
}

void names_down(uint32_t peer)
{
	wire_names_down(&names, peer);
	names_pump();
}

void names_unreachable(uint32_t peer)
{
	wire_names_unreachable(&names, peer);
	names_pump();
}

void names_step(void)
{
	if (names_deadline() <= network.now_us) {
		wire_names_time(&names);
		names_pump();
	}
}

const struct wire_names_counters *names_counters(void)
{
	return &names.counters;
}

uint64_t names_deadline(void)
{
	return names.node != NULL ? wire_names_deadline(&names) : WIRE_NEVER;
}
