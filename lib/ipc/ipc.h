/*
 * The framework of all servers (README.md; docs/write-a-server.md shows a server).
 *
 * A bucket is a port set and the workers that receive from it.  An object is a port that one client
 * holds; its class says which interfaces it has.  A routine of a server gets the call: who calls,
 * on which object, and how to answer later.  All functions may be called from any thread; only
 * ipc_inhibit, ipc_call_wait and ipc_bucket_serve block.  KERN_RESOURCE_SHORTAGE: no memory, in any
 * function that returns a code.
 */
#pragma once

#include <stddef.h>
#include <mach/mach_types.h>
#include <mach/mig_errors.h>
#include "admit_core.h"
#include "watch_core.h"

#define IPC_MESSAGE_BYTES_MAX 8704 /* a longer request is destroyed, and its caller told */

typedef struct ipc_call *ipc_call_t;
typedef uint32_t ipc_answer_t; /* names a call that is answered later; 0 is none */

/* What one client may have at a time.  A member that is 0 gets its default. */
struct ipc_limits {
	unsigned int calls;	/* running or deferred; above it calls wait (8) */
	unsigned int queued;	/* ... here; above it they wait in their port's queue (16) */
	unsigned int objects;	/* above it: KERN_RESOURCE_SHORTAGE (256) */
	unsigned int notifiers; /* above it: KERN_RESOURCE_SHORTAGE (8) */
	unsigned int events;	/* waiting in one notifier; above it they are lost, and told so (16) */
};

struct ipc_bucket_options {
	unsigned int workers_max;	/* threads; 0: 8 */
	unsigned int clients_max;	/* 0: 1024 */
	struct ipc_limits limits;	/* of a client, and of those who call public ports together */
};

struct ipc_object;
struct ipc_bucket;

/* An interface: what MIG calls NAME_server_routine, in <gen/NAME_server.h>. */
typedef mig_routine_t (*ipc_interface_t)(const mach_msg_header_t *request);

/* A kind of objects; of one bucket. */
struct ipc_class {
	const char *name;
	const ipc_interface_t *interfaces; /* ended by a null */
	size_t data_bytes;		   /* of the server's own in every object, zero at first */
	void (*reclaim)(struct ipc_object *object); /* nobody holds it any more; may be null */
	struct admit_gate gate;			    /* the framework's */
};

struct ipc_client {
	struct admit_client admit;
	struct ipc_bucket *bucket;
	struct ipc_limits limits;
	unsigned int references; /* the creator's, and one for each object */
	unsigned int objects;
	unsigned int notifiers;
	struct ipc_client *previous;
	struct ipc_client *next;
};

struct ipc_object {
	struct admit_object admit;
	struct ipc_client *client;
	struct ipc_class *class;
	mach_port_t port;	 /* the receive right; MACH_PORT_NULL: destroyed */
	uint32_t handle;	 /* the port's payload */
	struct ipc_object *port_next; /* of those whose ports are near in the bucket's table */
	unsigned int references; /* the port's, one for each call, the server's */
	unsigned int gives;	 /* how often a send right was or will be made */
	boolean_t public;
	boolean_t whole;	 /* create succeeded: reclaim is told of its end */
	struct ipc_call *calls;	 /* all that are not done */
	uint64_t data[];	 /* class->data_bytes */
};

struct ipc_call {
	struct admit_call admit;
	struct ipc_object *object;
	struct ipc_call *previous; /* of the object's calls */
	struct ipc_call *next;
	struct watch watch;	   /* of the reply right: dead, and the caller is gone */
	struct ipc_call **worker;  /* where the worker that runs it has it; null: none runs it */
	mach_port_t reply;	   /* a send-once right, or MACH_PORT_NULL */
	mach_msg_id_t id;	   /* the request's */
	uint32_t signal;	   /* IPC_SIGNAL_* */
	boolean_t held;		   /* ipc_call_defer_held */
	ipc_answer_t answer;
	mach_msg_header_t *message; /* a copy while it waits */
	size_t message_bytes;
	void (*cancelled)(void *argument);
	void *argument;
};

/* ----------------------------------------------------------------------------------- buckets */

/* "options" null: the defaults. */
kern_return_t ipc_bucket_create(const struct ipc_bucket_options *options,
				struct ipc_bucket **bucket);

/* The running thread becomes the first worker. */
void ipc_bucket_serve(struct ipc_bucket *bucket) __attribute__((noreturn));

/* ----------------------------------------------------------------------- clients and objects */

/*
 * A client, with a reference for the caller; "limits" null: the bucket's.  It ends with its last
 * reference: ipc_client_release, and the end of its objects.
 *	KERN_RESOURCE_SHORTAGE	the bucket has clients_max
 */
kern_return_t ipc_client_create(struct ipc_bucket *bucket, const struct ipc_limits *limits,
				struct ipc_client **client);
void ipc_client_release(struct ipc_client *client);

/*
 * An object of a client.  When no send right is left that was made for ipc_object_give, it ends:
 * its port goes, running calls end, then class->reclaim is told and its memory is freed.
 *	KERN_RESOURCE_SHORTAGE	the client has its quota of objects
 */
kern_return_t ipc_object_create(struct ipc_client *client, struct ipc_class *class,
				struct ipc_object **object);

/* A public object: for whoever gets its port; never ends by itself.  No client holds it. */
kern_return_t ipc_object_create_public(struct ipc_bucket *bucket, struct ipc_class *class,
				       struct ipc_object **object);

/* The port's name for one MAKE_SEND, in a reply (mach_port_make_send_t) or mach_port_insert_right. */
mach_port_t ipc_object_give(struct ipc_object *object);

/*
 * Ends an object now, whoever holds it; calls in progress are interrupted.  "cancelled" of deferred
 * ones (ipc_call_defer) is called by this very thread before it returns: so the caller must hold no
 * lock that those functions take.
 */
void ipc_object_destroy(struct ipc_object *object);

/*
 * The object of this class behind a send right that came in a request, with a reference for the
 * caller (ipc_object_release); null: the right is not of such an object, or it has ended.
 */
struct ipc_object *ipc_object_of_port(struct ipc_bucket *bucket, mach_port_t port,
				      const struct ipc_class *class);

/* References of the server's own: the object's memory stays, its port may go. */
void ipc_object_reference(struct ipc_object *object);
void ipc_object_release(struct ipc_object *object);

static inline void *ipc_object_data(struct ipc_object *object)
{
	return object->data;
}

/* Makes a public port known to whoever holds this task's port (mach_ports_lookup). */
kern_return_t ipc_publish(struct ipc_object *object);

/* --------------------------------------------------------------------------------- inhibition */

static inline struct admit_gate *ipc_object_gate(struct ipc_object *object)
{
	return &object->admit.gate;
}

static inline struct admit_gate *ipc_client_gate(struct ipc_client *client)
{
	return &client->admit.gate;
}

static inline struct admit_gate *ipc_class_gate(struct ipc_class *class)
{
	return &class->gate;
}

/*
 * Keeps new calls out of a gate, and waits until those inside have ended, "call" (the caller's own,
 * or null) aside.  It nests.  Calls that wait here themselves are in nobody's way, so two of them
 * that want the same gate go one after the other.  Deferred calls are outside.
 */
void ipc_inhibit(struct ipc_bucket *bucket, struct admit_gate *gate, ipc_call_t call);

/* Undoes one ipc_inhibit. */
void ipc_resume(struct ipc_bucket *bucket, struct admit_gate *gate);

/* ------------------------------------------------------------------------------------- calls */

/* For MIG's stubs (masix/ipc_types.defs): a worker has put the call into the header. */
static inline ipc_call_t ipc_call_of_payload(unsigned long payload)
{
	return (ipc_call_t)payload;
}

static inline ipc_call_t ipc_call_of_port(mach_port_t port)
{
	(void)port;
	__builtin_trap(); /* a worker dispatches nothing without a payload */
}

static inline void *ipc_call_data(ipc_call_t call)
{
	return call->object->data;
}

static inline struct ipc_client *ipc_call_client(ipc_call_t call)
{
	return call->object->client;
}

/* Has the caller gone away, or was the call interrupted?  The first question costs a kernel call. */
boolean_t ipc_call_cancelled(ipc_call_t call);

/*
 * Waits for ipc_call_wake, in a routine; it holds a worker, so not for long.  time_ms 0: no limit.
 *	KERN_ABORTED	the call was cancelled: the routine returns that
 *	KERN_TIMEDOUT	time_ms passed
 */
kern_return_t ipc_call_wait(ipc_call_t call, uint32_t time_ms);
void ipc_call_wake(ipc_call_t call);

/*
 * The routine returns MIG_NO_REPLY after this, and some thread answers later.  Exactly one of two
 * things happens: one ipc_answer_take gets the reply right, or "cancelled" (may be null) is called
 * with "argument", after which no take does.  So whoever wins frees what the server keeps of it.
 * "cancelled" may be called before this returns, by another thread, or by one that destroys the
 * object (ipc_object_destroy); the routine must not use the call after it succeeded.
 *	KERN_INVALID_ARGUMENT	a call without a reply, or deferred already
 */
kern_return_t ipc_call_defer(ipc_call_t call, void (*cancelled)(void *argument), void *argument,
			     ipc_answer_t *answer);

/*
 * The same for a caller that holds the object as long as it waits, as a task its only port to a
 * server: nobody looks whether the reply right dies, which would cost more than many a call.  The call
 * is cancelled when the object has no senders any more.
 */
kern_return_t ipc_call_defer_held(ipc_call_t call, void (*cancelled)(void *argument), void *argument,
				  ipc_answer_t *answer);

/* The reply right, for a MIG stub with ipc_reply_t; MACH_PORT_NULL: answered or cancelled before. */
mach_port_t ipc_answer_take(struct ipc_bucket *bucket, ipc_answer_t answer);

/* With what the stub returned: gives up the right when the caller was gone. */
void ipc_answer_sent(mach_port_t reply, kern_return_t result);

/* Answers with an error code alone.  KERN_INVALID_ARGUMENT: answered or cancelled before. */
kern_return_t ipc_answer_error(struct ipc_bucket *bucket, ipc_answer_t answer, kern_return_t code);

/* ----------------------------------------------------------------------------- notifications */

struct ipc_notifier;

/*
 * A client's port that wants events (masix/ipc.defs, ipc_event).  Takes the send right if it
 * succeeds.  The server destroys it (null: nothing), when its object is reclaimed at the latest.
 *	KERN_RESOURCE_SHORTAGE	the client's quota
 *	KERN_NAME_EXISTS	somebody registered this port already, or the server itself asked to be
 *				told of its end
 *	KERN_INVALID_RIGHT	not a send right, or one of a port of this server
 */
kern_return_t ipc_notifier_create(struct ipc_client *client, mach_port_t port,
				  struct ipc_notifier **notifier);
void ipc_notifier_destroy(struct ipc_notifier *notifier);

/*
 * Enters an event; sends it when the client's port has room, now or later.  Kinds begin at 1.
 *	KERN_RESOURCE_SHORTAGE	lost; the client will be told that it lost some
 *	KERN_TERMINATED		the client's port is dead
 */
kern_return_t ipc_notify(struct ipc_notifier *notifier, uint32_t kind, uint32_t key,
			 uint32_t value);
