/*
 * A server on lib/ipc that does what a test asks, in a task of its own, and the calls of its
 * clients.  What it did stands in memory that all tasks of the test share.
 */
#pragma once

#include "harness.h"

#define IPC_SERVER_WORKERS 4
#define IPC_SERVER_CALLS 2  /* a client's quotas */
#define IPC_SERVER_QUEUED 2
#define IPC_SERVER_OBJECTS 4
#define IPC_SERVER_SEEN (64 * 20000)

enum {
	ASK_OPEN = 7700, /* a new client's object: its port */
	ASK_ANOTHER,	 /* one more object of the same client */
	ASK_COUNT,	 /* seen[value]++ */
	ASK_BLOCK,	 /* until it is cancelled, or released */
	ASK_RELEASE,	 /* wakes who blocks: value times */
	ASK_DEFER,	 /* answered by ASK_ANSWER */
	ASK_ANSWER,	 /* answers what was deferred, twice */
	ASK_WATCH,	 /* the port wants events */
	ASK_FIRE,	 /* value events for whoever watches, with keys 0 to 3 */
	ASK_INHIBIT,	 /* this object; inside is what runs on it then */
	ASK_DROP,	 /* a routine that takes no answer and defers nothing */
	ASK_NULL,	 /* a header alone, which does nothing */
	ASK_LAST,
};

struct ipc_server_page {
	volatile unsigned char seen[IPC_SERVER_SEEN];
	volatile int blocked;
	volatile int blocked_max;
	volatile int cancelled;		/* blocking routines that were told */
	volatile int deferred;
	volatile int deferred_cancelled; /* "cancelled" was called */
	volatile int answered;
	volatile int refused; /* second answers */
	volatile int reclaimed;
	volatile int inside; /* calls beside the one that inhibits */
	volatile int held;   /* not 0: ASK_DEFER by ipc_call_defer_held */
	volatile int lost;   /* events that the server was told are lost */
};

extern struct ipc_server_page *ipc_server_page;

/* Starts it; the public port.  ipc_server_end ends it and gives everything back. */
mach_port_t ipc_server_start(void);
void ipc_server_end(void);

/* Waits until the server has only its public object and no calls but the one that asks. */
boolean_t ipc_server_quiet(mach_port_t public);

/* Its workers; -1: no answer. */
int ipc_server_workers(mach_port_t public);

/* How many names the server's task has. */
int ipc_server_names(void);

/*
 * A call; value and the answer's number.  time_ms 0: no limit.  Beyond the errors of the server:
 * those of mach_msg, MIG_SERVER_DIED when the server dropped the call.
 */
kern_return_t ask(mach_port_t port, int id, unsigned int value, unsigned int *answer,
		  mach_msg_timeout_t time_ms);

/* Sends without waiting for the answer, which comes to "reply". */
mach_msg_return_t ask_later(mach_port_t port, int id, unsigned int value, mach_port_t reply,
			    mach_msg_timeout_t time_ms);

/* ASK_OPEN, ASK_ANOTHER: a port; MACH_PORT_NULL when it was refused, with the code in *result. */
mach_port_t ask_port(mach_port_t port, int id, kern_return_t *result);

/* ASK_WATCH. */
kern_return_t ask_watch(mach_port_t port, mach_port_t notify);
