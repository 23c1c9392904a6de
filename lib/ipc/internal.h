/* What the files of the framework share. */
#pragma once

#include <libmach.h>
#include <gen/mach_port.h>
#include <mach/notify.h>
#include <masix/subsystems.h>
#include "ipc.h"
#include "crew_core.h"
#include "handle_core.h"
#include "platform.h"
#include "sync.h"

#define PAYLOAD_NOTICE 0xffffffffu /* the bucket's own port; never a handle */
#define IPC_INTERRUPT_ID (MASIX_BASE_IPC + 0) /* masix/ipc.defs */
#define IPC_WAKE_ID 1		   /* to the bucket's own port: a call is ready */

#define IPC_PORT_CHAINS 256 /* a power of two */

#define IPC_SIGNAL_WOKEN 1u
#define IPC_SIGNAL_CANCELLED 2u

enum { WATCH_CALL = 1, WATCH_NOTIFIER };

#define container_of(pointer, type, member) ((type *)((char *)(pointer) - offsetof(type, member)))

/* The one lock of a bucket is for everything below it: clients, objects, calls, notifiers. */
struct ipc_bucket {
	struct ipc_lock lock;
	struct admit_bucket admit;
	struct crew crew;
	mach_port_t set;
	mach_port_t notice; /* the kernel's notifications come here */
	struct handle_table objects;
	struct ipc_object *ports[IPC_PORT_CHAINS]; /* objects by their ports' names */
	struct handle_table answers;
	struct watch_table watches;
	struct ipc_client *clients;	/* all, the public one last */
	struct ipc_client *public;	/* who calls public ports */
	unsigned int clients_count;
	unsigned int clients_max;
	unsigned int calls;		/* not done */
	unsigned int draining;		/* threads in ipc_inhibit */
	uint32_t drained;		/* changes when they should look again */
	struct ipc_limits limits;
};

static inline struct ipc_bucket *bucket_of(struct ipc_call *call)
{
	return call->object->client->bucket;
}

/* A handle for "pointer" in a table that grows; HANDLE_NONE: no memory.  Lock held. */
uint32_t ipc_handle_add(struct handle_table *table, void *pointer);

/* Members that are 0 get their default. */
void ipc_limits_fill(struct ipc_limits *limits, const struct ipc_limits *defaults);

/* ---- object.c; lock held, unless it says otherwise */

/* Drops a reference; returns the object if it was the last: ipc_object_reclaim follows, unlocked. */
struct ipc_object *ipc_object_drop(struct ipc_object *object);
void ipc_object_reclaim(struct ipc_object *object); /* not locked; null does nothing */

/* A message without senders came (id 70), not locked. */
void ipc_object_no_senders(struct ipc_bucket *bucket, uint32_t handle);

/* ---- call.c */

/* A new call on an object (lock held); it refers to the object afterwards. */
void ipc_call_begin(struct ipc_call *call, struct ipc_object *object, mach_port_t reply);

/*
 * The end of a RUNNING or DEFERRED call, or of one that was dropped (lock held): the quota is free
 * and waiting calls get ready.  Returns what ipc_object_drop returned.
 */
struct ipc_object *ipc_call_end(struct ipc_call *call);

/* Asks to be told when the caller goes away (lock held). */
void ipc_call_watch(struct ipc_call *call);

/* Cancels every call of an object (not locked; the caller has a reference). */
void ipc_object_interrupt(struct ipc_object *object);

/* Cancels those that were deferred with ipc_call_defer_held (not locked; likewise). */
void ipc_object_cancel_held(struct ipc_object *object);

/* The kernel says that a name is dead (not locked). */
void ipc_name_died(struct ipc_bucket *bucket, mach_port_t name);

/* Sends an error reply; the right is gone afterwards. */
void ipc_reply_error(mach_port_t reply, mach_msg_id_t id, kern_return_t code);

/* After something that may have opened the way of this client's calls (lock held). */
void ipc_client_promote(struct ipc_client *client);

/* Tells the threads in ipc_inhibit to look again (lock held). */
static inline void ipc_drain_check(struct ipc_bucket *bucket)
{
	if (bucket->draining != 0) {
		bucket->drained++;
		ipc_word_wake(&bucket->drained, TRUE);
	}
}

/* ---- message.c */

/* Gives back every right and all memory of a received message's body, and a reply's too. */
void ipc_message_destroy_body(mach_msg_header_t *message);

/* ... and its reply right: the caller learns that its request was destroyed. */
void ipc_message_destroy(mach_msg_header_t *message);

/* A reply that could not be sent: what it would have given away is undone. */
void ipc_message_undo_reply(mach_msg_header_t *reply);

/* ---- notify.c, not locked */

void ipc_notifier_accepted(struct ipc_bucket *bucket, mach_port_t name);
void ipc_notifier_died(struct watch *watch); /* lock held */

/* ---- serve.c */

/* Makes a worker come for a ready call (any thread; never blocks). */
void ipc_bucket_wake(struct ipc_bucket *bucket);
