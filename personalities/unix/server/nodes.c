/*
 * Programs of other nodes.  A process that wants to start one asks for a port (masix_node): the
 * Unix servers of both nodes prove to each other who they are, this one says for which user it
 * asks, and the process gets a right that starts programs there as that user, and nothing else.
 * What it does with that is between it and the other node.
 *
 * Finding a node takes until its answer, or until it is known to be dead.  So a thread of its own
 * does it, while the request waits like any other; ATTEMPTS_MAX at a time.
 */
#include <stdio.h>
#include <gen/acs.h>
#include <gen/gns.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/unix_client.h>
#include <gen/unix_client_server.h>
#include <masix/gns.h>
#include <masix/subsystems.h>
#include <standard_ports.h>
#include <trust/name_core.h>
#include <trust/trust.h>
#include "nodes.h"
#include "request.h"

#define SELF         mach_task_self()
#define PEERS_MAX    64 /* nodes of the cluster at a time */
#define ATTEMPTS_MAX 8
#define NAMES_FIRST  256u /* in a task's port space, above those of task.c */
#define NAMES_LAST   (NAMES_FIRST + 64u)
#define ONLY_STATE   1u /* masix_node's flag: is that node there, as far as is known? */

static char own_name[ACS_NAME_BYTES];

/* The Unix servers of other nodes, once found; the server's lock.  A dead one is found anew. */
static struct peer {
	char node[ACS_NAME_BYTES];
	mach_port_t port;
} peers[PEERS_MAX];

/* One process's question; the server's lock, but for what is set before its thread runs. */
struct attempt {
	char node[ACS_NAME_BYTES];
	uint32_t uid, gid;
	bool only_state;
	bool done, abandoned; /* the second: nobody waits for it any more */
	int result;
	mach_port_t starter; /* a send right, if result is 0 */
	struct wait_queue waiters;
};

static unsigned int attempts;

void nodes_begin(const char *name)
{
	name_copy(own_name, name, strnlen(name, sizeof own_name - 1));
}

/* ------------------------------------------------------------------------- those who come here */

static mig_routine_t peer_routine(const mach_msg_header_t *request)
{
	return request->msgh_id == MASIX_BASE_UNIX_CLIENT + 7 ? unix_client_server_routine(request)
							      : NULL;
}

static struct ipc_class peer_class = {
	.name = "peer",
	.interfaces = (const ipc_interface_t[]){peer_routine, NULL},
};

kern_return_t nodes_accept(struct ipc_client *client, struct ipc_object **object)
{
	return ipc_object_create(client, &peer_class, object);
}

kern_return_t serve_unix_client_make_starter(ipc_call_t call, natural_t uid, natural_t gid,
					     mach_port_t *starter)
{
	struct ipc_object *object = NULL;
	kern_return_t code = starter_create(ipc_call_client(call), uid != 0 ? uid : UNIX_CLIENT_UID,
					    gid != 0 ? gid : UNIX_CLIENT_UID, &object);

	if (code == KERN_SUCCESS) {
		*starter = ipc_object_give(object);
	}
	return code;
}

/* -------------------------------------------------------------------- what is known of a node */

static int state_among(const struct gns_peer *list, unsigned int count, const char *node)
{
	for (unsigned int i = 0; i < count; i++) {
		if (strncmp(list[i].name, node, sizeof list[i].name) == 0) {
			return list[i].state == GNS_PEER_UP ? 0 : -EHOSTUNREACH;
		}
	}
	return -ENXIO;
}

/* 0: it is there; -ENXIO: no such node; -ENETDOWN: no network; -EHOSTUNREACH: perhaps. */
static int state_of(const char *node)
{
	mach_port_t gns = MACH_PORT_NULL;
	pointer_t list = 0;
	mach_msg_type_number_t bytes = 0;
	int result = -ENETDOWN;

	if (acs_look_up(standard_port(STANDARD_PORT_ACS), "gns", 0, &gns) != KERN_SUCCESS) {
		return result;
	}
	if (gns_get_peers(gns, &list, &bytes) == KERN_SUCCESS) {
		result = state_among((const struct gns_peer *)list, bytes / sizeof(struct gns_peer),
				     node);
		(void)vm_deallocate(SELF, list, bytes);
	}
	(void)mach_port_deallocate(SELF, gns);
	return result;
}

/* ------------------------------------------------------------------------------ those we go to */

static struct peer *find_peer(const char *node)
{
	struct peer *peer = peers;

	while (peer < peers + PEERS_MAX && peer->node[0] != '\0' && !name_equal(peer->node, node)) {
		peer++;
	}
	return peer < peers + PEERS_MAX ? peer : NULL;
}

/* The known port of a node's Unix server, with a right for the caller; or null. */
static mach_port_t known_port(const char *node)
{
	struct peer *peer = NULL;
	mach_port_t port = MACH_PORT_NULL;

	server_lock();
	peer = find_peer(node);
	if (peer != NULL && peer->port != MACH_PORT_NULL &&
	    mach_port_mod_refs(SELF, peer->port, MACH_PORT_RIGHT_SEND, 1) == KERN_SUCCESS) {
		port = peer->port;
	}
	server_unlock();
	return port;
}

/* Another port in its place, of which it takes a right more; or none. */
static void remember_port(const char *node, mach_port_t port)
{
	struct peer *peer = NULL;
	mach_port_t before = MACH_PORT_NULL;

	server_lock();
	peer = find_peer(node);
	if (peer != NULL) {
		before = peer->port;
		memcpy(peer->node, node, sizeof peer->node);
		peer->port = port;
		if (port != MACH_PORT_NULL &&
		    mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_SEND, 1) != KERN_SUCCESS) {
			peer->port = MACH_PORT_NULL;
		}
	}
	server_unlock();
	if (before != MACH_PORT_NULL) {
		(void)mach_port_deallocate(SELF, before);
	}
}

static kern_return_t connect_peer(const char *node, mach_port_t *port)
{
	acs_name_t name;
	kern_return_t code = ACS_NAME_INVALID;

	if (snprintf(name, sizeof name, "unix@%s", node) < (int)sizeof name) {
		code = trust_connect(name, 0, port);
	}
	if (code == KERN_SUCCESS) {
		remember_port(node, *port);
	}
	return code;
}

static kern_return_t ask_peer(const struct attempt *attempt, mach_port_t port, mach_port_t *starter)
{
	kern_return_t code = unix_client_make_starter(port, attempt->uid, attempt->gid, starter);

	if (code == KERN_SUCCESS && !MACH_PORT_VALID(*starter)) {
		code = MIG_SERVER_DIED; /* it died on the way */
	}
	(void)mach_port_deallocate(SELF, port);
	if (code == MACH_SEND_INVALID_DEST || code == MIG_SERVER_DIED) {
		remember_port(attempt->node, MACH_PORT_NULL);
	}
	return code;
}

/* The same for programs of this node. */
static kern_return_t start_here(const struct attempt *attempt, mach_port_t *starter)
{
	struct ipc_client *client = NULL;
	struct ipc_object *object = NULL;
	kern_return_t code = ipc_client_create(bucket, NULL, &client);

	if (code == KERN_SUCCESS) {
		code = starter_create(client, attempt->uid, attempt->gid, &object);
		ipc_client_release(client);
	}
	if (code == KERN_SUCCESS) {
		*starter = ipc_object_give(object);
		code = mach_port_insert_right(SELF, *starter, *starter, MACH_MSG_TYPE_MAKE_SEND);
	}
	return code;
}

static int error_of(const struct attempt *attempt, kern_return_t code)
{
	switch (code) {
	case KERN_SUCCESS:
		return 0;
	case ACS_ROLE_MISSING:
	case KERN_NO_ACCESS:
		return -EACCES;
	case KERN_RESOURCE_SHORTAGE:
		return -EAGAIN;
	default:
		return state_of(attempt->node) == 0 ? -ECONNREFUSED : -EHOSTUNREACH;
	}
}

static int find_starter(struct attempt *attempt, mach_port_t *starter)
{
	mach_port_t port = MACH_PORT_NULL;
	kern_return_t code = KERN_FAILURE;
	int state = 0;

	if (name_equal(attempt->node, own_name)) {
		return attempt->only_state ? 0 : error_of(attempt, start_here(attempt, starter));
	}
	state = state_of(attempt->node);
	if (attempt->only_state || state == -ENXIO || state == -ENETDOWN) {
		return state;
	}
	port = known_port(attempt->node);
	if (port != MACH_PORT_NULL) {
		code = ask_peer(attempt, port, starter);
	}
	if (code != KERN_SUCCESS) { /* not known, or its server or its node was started anew */
		code = connect_peer(attempt->node, &port);
		code = code ?: ask_peer(attempt, port, starter);
	}
	return error_of(attempt, code);
}

/* ------------------------------------------------------------------------------------ the call */

static void free_attempt(struct attempt *attempt)
{
	if (attempt->starter != MACH_PORT_NULL) {
		(void)mach_port_deallocate(SELF, attempt->starter);
	}
	free(attempt);
}

static void *make_attempt(void *argument)
{
	struct attempt *attempt = argument;
	mach_port_t starter = MACH_PORT_NULL;
	int result = find_starter(attempt, &starter);

	server_lock();
	attempts--;
	attempt->result = result;
	attempt->starter = starter;
	attempt->done = true;
	if (attempt->abandoned) {
		free_attempt(attempt);
	} else {
		wait_queue_wake(&attempt->waiters);
	}
	server_unlock();
	return NULL;
}

static void end_attempt(struct request *request)
{
	struct attempt *attempt = (struct attempt *)(uintptr_t)request->memory;

	if (attempt->done) {
		free_attempt(attempt);
	} else {
		attempt->abandoned = true;
	}
}

static int begin_attempt(struct request *request, const char *node, bool only_state,
			 struct attempt **begun)
{
	const struct identity *identity = &request->thread->process->identity;
	struct attempt *attempt = NULL;
	pthread_attr_t attributes;
	pthread_t thread;
	int error = 0;

	if (attempts >= ATTEMPTS_MAX) {
		return -EAGAIN;
	}
	attempt = calloc(1, sizeof *attempt);
	if (attempt == NULL) {
		return -ENOMEM;
	}
	name_copy(attempt->node, node, strlen(node));
	attempt->uid = identity->euid;
	attempt->gid = identity->egid;
	attempt->only_state = only_state;
	(void)pthread_attr_init(&attributes);
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &attributes, make_attempt, attempt);
	if (error != 0) {
		free(attempt);
		return -EAGAIN;
	}
	attempts++;
	request->memory = (uintptr_t)attempt;
	request->end = end_attempt;
	*begun = attempt;
	return 0;
}

/* Gives the right to the process: its name there, or an error. */
static int give_starter(struct process *process, struct attempt *attempt)
{
	kern_return_t code = KERN_NAME_EXISTS;
	mach_port_t name = NAMES_FIRST;

	for (; name < NAMES_LAST; name++) {
		code = mach_port_insert_right(process->task, name, attempt->starter,
					      MACH_MSG_TYPE_MOVE_SEND);
		if (code != KERN_NAME_EXISTS) {
			break;
		}
	}
	if (code == KERN_SUCCESS) {
		attempt->starter = MACH_PORT_NULL;
	}
	return code == KERN_SUCCESS       ? (int)name
	       : code == KERN_NAME_EXISTS ? -EMFILE
					  : -EHOSTUNREACH;
}

/*
 * masix_node(name, flags): a send right in the caller's task for unix_client_start on that node;
 * with ONLY_STATE 0, if the node is up.  -ENXIO: the cluster has no such node; -ENETDOWN: this one
 * has no network server; -EHOSTUNREACH: it does not answer; -ECONNREFUSED: it does, but has no Unix
 * server; -EACCES: this node lacks the role for it; -EAGAIN: too many ask.
 */
CALL_HANDLER(masix_node)
{
	struct attempt *attempt = (struct attempt *)(uintptr_t)request->memory;
	const char *node = request_in(request, 0);
	int result = 0;

	if (attempt == NULL) {
		if (request->arguments[1] > ONLY_STATE) {
			return -EINVAL;
		}
		if (own_name[0] == '\0') {
			return -ENETDOWN; /* a machine that is no node */
		}
		if (!name_check(node, strlen(node))) {
			return -ENXIO;
		}
		result =
			begin_attempt(request, node, request->arguments[1] == ONLY_STATE, &attempt);
		if (result < 0) {
			return result;
		}
	}
	if (!attempt->done) {
		return request_wait(request, &attempt->waiters);
	}
	if (attempt->result < 0 || attempt->only_state) {
		return attempt->result;
	}
	return give_starter(request->thread->process, attempt);
}
