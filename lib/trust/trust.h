/*
 * What a server does about trust: it registers with the ACS, looks up ports, proves who it is to
 * other servers, and lets those in that prove it to it (README.md).  One server a task.
 */
#pragma once

#include <stdint.h>
#include <ipc/ipc.h>
#include <masix/acs.h>

/* Another server, which has proved that it is the one. */
struct trust_peer {
	char name[ACS_NAME_BYTES];
	acs_digest_t node;    /* where it is */
	uint64_t incarnation; /* ... of that node */
};

struct trust_server {
	const char *name;         /* under which the process server started it */
	mach_port_t acs;          /* STANDARD_PORT_ACS */
	mach_port_t registration; /* STANDARD_PORT_REGISTRATION */
	mach_port_t control; /* the process server alone: its control port of the ACS instead */
	struct ipc_object *client; /* a public object: whoever looks the name up gets its port (but
				      not the process server's) */
	/*
	 * A peer has proved who it is: makes the object that it gets, of that client, or refuses it
	 * with an error of the server's own.  Null: every peer is refused with KERN_NO_ACCESS.
	 */
	kern_return_t (*accept)(const struct trust_peer *peer, struct ipc_client *client,
				struct ipc_object **object);
};

/*
 * Registers the server, and returns when it has its secret.  A thread of the client object's bucket
 * serves from now on, so that main may go on and ask others before it calls ipc_bucket_serve.
 * That thread is one of the bucket's workers: a server that has one worker only ends main with
 * pthread_exit instead.  crypto_start is done here.  The ports stay the caller's.
 *	ACS_NO_RANDOMNESS	no RDRAND
 *	KERN_RESOURCE_SHORTAGE	no memory
 *	KERN_TIMEDOUT		the ACS sent no secret
 *	others			what the ACS says (acs_register.defs)
 */
kern_return_t trust_start(const struct trust_server *server);

/*
 * The same in short, for a server that lets no other one in, with the ports that the process server
 * gave it.  One that was started by something else (a test) becomes known by ipc_publish.
 */
kern_return_t trust_publish(const char *name, struct ipc_object *client);

/* The client port of a server (acs_look_up); a send right for the caller. */
kern_return_t trust_look_up(const char *name, uint32_t wait_ms, mach_port_t *port);

/*
 * Proves to another server who this one is, and that one to us; waits up to wait_ms until it has
 * published its client port.  One that has none (process) is found without a wait alone: it is
 * registered before those who need it are started.  port: the inter-server object that it made for
 * us; a send right for the caller.  It dies with either server.  Blocks for calls of both the ACS
 * and that server.
 *	ACS_NAME_INVALID ACS_NAME_NOT_FOUND ACS_NO_RANDOMNESS
 *	ACS_ROLE_MISSING	it starts tasks on another node, and the roster does not let this
 *one ACS_WRONG_PROOF		one of the two could not prove it KERN_NOT_RECEIVER	this server
 *is not registered KERN_NO_ACCESS		that server lets nobody in; or an error of its own
 *	MACH_SEND_INVALID_DEST, MIG_SERVER_DIED: it is gone; to be tried again
 */
kern_return_t trust_connect(const char *name, uint32_t wait_ms, mach_port_t *port);

/*
 * The network server alone: its port of acs_network.defs; a send right for the caller.
 *	KERN_NOT_RECEIVER	this server is not registered
 *	ACS_NO_RANDOMNESS
 *	others			what the ACS says (acs_open_network)
 */
kern_return_t trust_open_network(mach_port_t *network);
