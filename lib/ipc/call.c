/* Calls: waiting, deferred, answered, cancelled. */
#include "internal.h"
#include <mach/mig_support.h>

#define SELF mach_task_self()

void ipc_call_begin(struct ipc_call *call, struct ipc_object *object, mach_port_t reply)
{
	call->object = object;
	call->admit.object = &object->admit;
	call->reply = reply;
	call->signal = 0;
	object->references++;
	call->previous = NULL;
	call->next = object->calls;
	if (call->next != NULL) {
		call->next->previous = call;
	}
	object->calls = call;
	bucket_of(call)->calls++;
}

/* Puts back the ports whose clients' calls may come again, and wakes workers for ready ones. */
void ipc_client_promote(struct ipc_client *client)
{
	struct admit_object *back = NULL;

	for (unsigned int ready = admit_promote(&client->admit); ready != 0; ready--) {
		ipc_bucket_wake(client->bucket);
	}
	while ((back = admit_return(&client->admit)) != NULL) {
		struct ipc_object *object = container_of(back, struct ipc_object, admit);

		(void)mach_port_move_member(SELF, object->port, client->bucket->set);
	}
}

struct ipc_object *ipc_call_end(struct ipc_call *call)
{
	struct ipc_object *object = call->object;
	struct ipc_client *client = object->client;
	struct ipc_bucket *bucket = client->bucket;

	if (call->admit.state != ADMIT_DONE) {
		admit_finish(&call->admit);
	}
	watch_remove(&bucket->watches, &call->watch);
	if (call->previous != NULL) {
		call->previous->next = call->next;
	} else {
		object->calls = call->next;
	}
	if (call->next != NULL) {
		call->next->previous = call->previous;
	}
	bucket->calls--;
	if (client->admit.parked != 0 || client->admit.out != NULL) {
		ipc_client_promote(client);
	}
	ipc_drain_check(bucket);
	return ipc_object_drop(object);
}

void ipc_call_watch(struct ipc_call *call)
{
	struct ipc_bucket *bucket = bucket_of(call);
	mach_port_t previous = MACH_PORT_NULL;

	if (call->reply == MACH_PORT_NULL || call->watch.name != 0) {
		return;
	}
	watch_add(&bucket->watches, &call->watch, call->reply, WATCH_CALL);
	/* 1: at once, if it is dead already.  Without memory for it the call is not cancelled. */
	if (mach_port_request_notification(SELF, call->reply, MACH_NOTIFY_DEAD_NAME, 1,
					   bucket->notice, MACH_MSG_TYPE_MAKE_SEND_ONCE,
					   &previous) != KERN_SUCCESS) {
		watch_remove(&bucket->watches, &call->watch);
	}
}

void ipc_reply_error(mach_port_t reply, mach_msg_id_t id, kern_return_t code)
{
	mach_msg_header_t request = {
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0),
		.msgh_remote_port = reply,
		.msgh_id = id,
	};
	mig_reply_header_t message;

	if (reply == MACH_PORT_NULL) {
		return;
	}
	mig_reply_setup(&request, &message.Head);
	message.RetCode = code;
	ipc_answer_sent(reply, mach_msg(&message.Head, MACH_SEND_MSG, sizeof message, 0,
					MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

/* ------------------------------------------------------------------------------- cancellation */

/* What remains to be done for a cancelled call when the lock is free again. */
struct leftover {
	struct ipc_call *call; /* null: it runs, and ends by itself */
	struct ipc_object *object; /* with a reference, so that "cancelled" may use its data */
};

/* Lock held. */
static struct leftover cancel(struct ipc_call *call)
{
	struct ipc_bucket *bucket = bucket_of(call);

	switch (call->admit.state) {
	case ADMIT_PARKED:
	case ADMIT_READY:
		admit_drop(&call->admit);
		break;
	case ADMIT_DEFERRED:
		(void)handle_remove(&bucket->answers, call->answer);
		break;
	default:
		__atomic_or_fetch(&call->signal, IPC_SIGNAL_CANCELLED, __ATOMIC_SEQ_CST);
		ipc_word_wake(&call->signal, TRUE);
		return (struct leftover){ .call = NULL };
	}
	call->object->references++;
	(void)ipc_call_end(call);
	return (struct leftover){ .call = call, .object = call->object };
}

/* Not locked: the caller gets an error (unless it is gone), and the server hears of it. */
static void cancel_finish(struct leftover *left)
{
	struct ipc_call *call = left->call;

	if (call == NULL) {
		return;
	}
	if (call->message != NULL) {
		call->message->msgh_remote_port = MACH_PORT_NULL; /* call->reply is that right */
		ipc_message_destroy(call->message);
		ipc_free(call->message, call->message_bytes);
	}
	ipc_reply_error(call->reply, call->id, KERN_ABORTED);
	if (call->cancelled != NULL) {
		call->cancelled(call->argument);
	}
	ipc_object_release(left->object);
	ipc_free(call, sizeof *call);
}

/* A call to cancel: those that run are told once, so it is one that was not told yet. */
static struct ipc_call *next_to_cancel(struct ipc_object *object)
{
	struct ipc_call *call = object->calls;

	while (call != NULL && (call->signal & IPC_SIGNAL_CANCELLED) != 0) {
		call = call->next;
	}
	return call;
}

void ipc_object_interrupt(struct ipc_object *object)
{
	struct ipc_bucket *bucket = object->client->bucket;
	struct ipc_call *call = NULL;

	ipc_lock(&bucket->lock);
	while ((call = next_to_cancel(object)) != NULL) {
		struct leftover left = cancel(call);

		ipc_unlock(&bucket->lock);
		cancel_finish(&left);
		ipc_lock(&bucket->lock);
	}
	ipc_unlock(&bucket->lock);
}

void ipc_object_cancel_held(struct ipc_object *object)
{
	struct ipc_bucket *bucket = object->client->bucket;
	struct ipc_call *call = NULL;

	ipc_lock(&bucket->lock);
	do {
		for (call = object->calls; call != NULL && !call->held; call = call->next) {
		}
		if (call != NULL) {
			struct leftover left = cancel(call);

			ipc_unlock(&bucket->lock);
			cancel_finish(&left);
			ipc_lock(&bucket->lock);
		}
	} while (call != NULL);
	ipc_unlock(&bucket->lock);
}

void ipc_name_died(struct ipc_bucket *bucket, mach_port_t name)
{
	struct leftover left = { .call = NULL };
	struct watch *watch = NULL;

	ipc_lock(&bucket->lock);
	watch = watch_find(&bucket->watches, name);
	if (watch != NULL && watch->kind == WATCH_NOTIFIER) {
		watch_remove(&bucket->watches, watch);
		ipc_notifier_died(watch);
	} else if (watch != NULL) {
		struct ipc_call *call = container_of(watch, struct ipc_call, watch);

		watch_remove(&bucket->watches, watch);
		left = cancel(call);
	}
	ipc_unlock(&bucket->lock);
	cancel_finish(&left);
	/* The reference that came with the notification; it kept the name from being used again. */
	(void)syscall_mach_port_deallocate(SELF, name);
}

/* --------------------------------------------------------------------- what a routine may ask */

boolean_t ipc_call_cancelled(ipc_call_t call)
{
	struct ipc_bucket *bucket = bucket_of(call);
	mach_port_type_t type = 0;

	if ((__atomic_load_n(&call->signal, __ATOMIC_SEQ_CST) & IPC_SIGNAL_CANCELLED) != 0) {
		return TRUE;
	}
	if (call->watch.name != 0 || call->reply == MACH_PORT_NULL) {
		return FALSE;
	}
	ipc_lock(&bucket->lock);
	ipc_call_watch(call);
	ipc_unlock(&bucket->lock);
	return mach_port_type(SELF, call->reply, &type) == KERN_SUCCESS &&
	       (type & MACH_PORT_TYPE_DEAD_NAME) != 0;
}

kern_return_t ipc_call_wait(ipc_call_t call, uint32_t time_ms)
{
	if (ipc_call_cancelled(call)) {
		return KERN_ABORTED;
	}
	if (__atomic_load_n(&call->signal, __ATOMIC_SEQ_CST) == 0) {
		ipc_word_wait(&call->signal, 0, time_ms);
	}
	if ((call->signal & IPC_SIGNAL_CANCELLED) != 0) {
		return KERN_ABORTED;
	}
	return (__atomic_fetch_and(&call->signal, ~IPC_SIGNAL_WOKEN, __ATOMIC_SEQ_CST) &
		IPC_SIGNAL_WOKEN) != 0 ? KERN_SUCCESS : KERN_TIMEDOUT;
}

void ipc_call_wake(ipc_call_t call)
{
	__atomic_or_fetch(&call->signal, IPC_SIGNAL_WOKEN, __ATOMIC_SEQ_CST);
	ipc_word_wake(&call->signal, TRUE);
}

/* -------------------------------------------------------------------------------- continuations */

/*
 * The call leaves the worker and belongs to the table of answers; what is left of it, inside the
 * gates until the routine returns, is "rest", which the worker has from now on.
 */
static void split(struct ipc_call *call, struct ipc_call *rest)
{
	ipc_call_begin(rest, call->object, MACH_PORT_NULL);
	rest->worker = call->worker;
	*rest->worker = rest;
	call->worker = NULL;
	admit_split(&call->admit, &rest->admit);
	if (!call->held) {
		ipc_call_watch(call);
	}
}

static kern_return_t defer(ipc_call_t call, boolean_t held, void (*cancelled)(void *argument),
			   void *argument, ipc_answer_t *answer)
{
	struct ipc_bucket *bucket = bucket_of(call);
	struct ipc_call *rest = NULL;

	if (call->reply == MACH_PORT_NULL || call->worker == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	rest = ipc_allocate(sizeof *rest);
	if (rest == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	call->cancelled = cancelled;
	call->argument = argument;
	ipc_lock(&bucket->lock);
	call->answer = ipc_handle_add(&bucket->answers, call);
	*answer = call->answer; /* before anybody can cancel it */
	if (call->answer == HANDLE_NONE) {
		ipc_unlock(&bucket->lock);
		ipc_free(rest, sizeof *rest);
		return KERN_RESOURCE_SHORTAGE;
	}
	call->held = held && call->object->port != MACH_PORT_NULL; /* else it has ended already */
	split(call, rest);
	ipc_unlock(&bucket->lock);
	return KERN_SUCCESS;
}

kern_return_t ipc_call_defer(ipc_call_t call, void (*cancelled)(void *argument), void *argument,
			     ipc_answer_t *answer)
{
	return defer(call, FALSE, cancelled, argument, answer);
}

kern_return_t ipc_call_defer_held(ipc_call_t call, void (*cancelled)(void *argument), void *argument,
				  ipc_answer_t *answer)
{
	return defer(call, TRUE, cancelled, argument, answer);
}

/* Takes the right and the id of its request; the call is done. */
static mach_port_t take(struct ipc_bucket *bucket, ipc_answer_t answer, mach_msg_id_t *id)
{
	struct ipc_object *last = NULL;
	struct ipc_call *call = NULL;
	mach_port_t reply = MACH_PORT_NULL;

	ipc_lock(&bucket->lock);
	call = handle_remove(&bucket->answers, answer);
	if (call != NULL) {
		reply = call->reply;
		*id = call->id;
		last = ipc_call_end(call);
	}
	ipc_unlock(&bucket->lock);
	ipc_object_reclaim(last);
	ipc_free(call, sizeof *call);
	return reply;
}

mach_port_t ipc_answer_take(struct ipc_bucket *bucket, ipc_answer_t answer)
{
	mach_msg_id_t id = 0;

	return take(bucket, answer, &id);
}

void ipc_answer_sent(mach_port_t reply, kern_return_t result)
{
	if (result != MACH_MSG_SUCCESS) {
		(void)syscall_mach_port_deallocate(SELF, reply);
	}
}

kern_return_t ipc_answer_error(struct ipc_bucket *bucket, ipc_answer_t answer, kern_return_t code)
{
	mach_msg_id_t id = 0;
	mach_port_t reply = take(bucket, answer, &id);

	if (reply == MACH_PORT_NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	ipc_reply_error(reply, id, code);
	return KERN_SUCCESS;
}

/* ---------------------------------------------------------------------------------- inhibition */

void ipc_inhibit(struct ipc_bucket *bucket, struct admit_gate *gate, ipc_call_t call)
{
	ipc_lock(&bucket->lock);
	gate->inhibited++;
	bucket->draining++;
	if (call != NULL) {
		admit_stop(&call->admit);
		ipc_drain_check(bucket); /* we are in nobody's way now */
	}
	while (!admit_drained(gate)) {
		uint32_t seen = bucket->drained;

		ipc_unlock(&bucket->lock);
		ipc_word_wait(&bucket->drained, seen, 0);
		ipc_lock(&bucket->lock);
	}
	if (call != NULL) {
		admit_restart(&call->admit);
	}
	bucket->draining--;
	ipc_unlock(&bucket->lock);
}

void ipc_resume(struct ipc_bucket *bucket, struct admit_gate *gate)
{
	ipc_lock(&bucket->lock);
	if (--gate->inhibited == 0) {
		for (struct ipc_client *client = bucket->clients; client != NULL;
		     client = client->next) {
			ipc_client_promote(client);
		}
		if (bucket->admit.ready.first != NULL) {
			ipc_bucket_wake(bucket);
		}
	}
	ipc_unlock(&bucket->lock);
}
