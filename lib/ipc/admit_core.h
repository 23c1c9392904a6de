/*
 * Which call runs, and which waits.
 *
 * A call passes four gates: its object's, its client's, its class's, its bucket's.  Who inhibits a
 * gate keeps new calls out and can see when those inside have ended.  A client has a quota of calls
 * at once, running or deferred; what exceeds it, or meets an inhibited gate, is parked.  A client's
 * parked calls are bounded, too: beyond that its objects' ports leave the port set ("out") and its
 * calls wait in their queues, so that it is this client's threads that block, and no other's.
 *
 * A call is in one state at a time:
 *
 *	arrive -> RUNNING or PARKED		PARKED -> READY (promoted) or DONE (dropped)
 *	READY -> RUNNING (begun) or DONE	RUNNING -> DEFERRED or DONE
 *	DEFERRED -> DONE
 *
 * RUNNING: inside the four gates.  READY, RUNNING, DEFERRED: part of the client's quota.
 * Calls of one object begin in the order in which they arrived.  The structures are parts of the
 * framework's own; the lock is the bucket's.
 */
#pragma once

#include <stdbool.h>

struct admit_gate {
	unsigned int inhibited; /* how many times: it nests */
	unsigned int inside;	/* calls running */
	unsigned int stopped;	/* of these, the ones that wait for an inhibition themselves */
};

enum admit_state { ADMIT_NEW, ADMIT_PARKED, ADMIT_READY, ADMIT_RUNNING, ADMIT_DEFERRED, ADMIT_DONE };

struct admit_call;
struct admit_object;

struct admit_list {
	struct admit_call *first;
	struct admit_call *last;
};

struct admit_bucket {
	struct admit_gate gate;
	struct admit_list ready;
};

struct admit_client {
	struct admit_gate gate;
	struct admit_bucket *bucket;
	unsigned int calls;	 /* ready, running or deferred */
	unsigned int calls_max;	 /* at least 1 */
	unsigned int parked;
	unsigned int parked_max;
	struct admit_list list;	 /* the parked ones, oldest first */
	struct admit_object *out; /* objects whose ports are out, the first to return first */
};

struct admit_object {
	struct admit_gate gate;
	struct admit_client *client;
	struct admit_gate *class_gate;
	unsigned int waiting; /* calls parked or ready */
	bool is_out;
	struct admit_object *next_out;
};

struct admit_call {
	struct admit_object *object;
	enum admit_state state;
	struct admit_call *previous;
	struct admit_call *next;
};

/*
 * A new call: it is RUNNING or PARKED afterwards.  Returns whether the port of its object must leave
 * the port set now.
 */
bool admit_arrive(struct admit_call *call);

/* The oldest READY call that no gate stops, now RUNNING; or null. */
struct admit_call *admit_begin(struct admit_bucket *bucket);

/*
 * A RUNNING call becomes DEFERRED: it stays in the quota.  "rest", a new call of the same object, is
 * RUNNING in its place, inside the gates until the routine has returned; for so long the client is
 * one call above its quota.
 */
void admit_split(struct admit_call *call, struct admit_call *rest);

/* A RUNNING or DEFERRED call is DONE; admit_promote follows. */
void admit_finish(struct admit_call *call);

/* A PARKED or READY call is DONE without having run; admit_promote follows. */
void admit_drop(struct admit_call *call);

/*
 * Makes READY what may run of a client's parked calls; returns how many.  Follows whatever may have
 * opened the way: a finish, a drop, the end of an inhibition.
 */
unsigned int admit_promote(struct admit_client *client);

/* An object whose port may return to the port set now, or null; again until null. */
struct admit_object *admit_return(struct admit_client *client);

/* An object dies while its port is out: it will not return. */
void admit_forget(struct admit_object *object);

/* Does this gate let nobody but stopped calls run? */
static inline bool admit_drained(const struct admit_gate *gate)
{
	return gate->inside == gate->stopped;
}

/* A running call waits for an inhibition (and back): it is in nobody's way meanwhile. */
void admit_stop(struct admit_call *call);
void admit_restart(struct admit_call *call);
