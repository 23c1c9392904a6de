/* Buckets and their workers: from a message to a routine and back. */
#include "internal.h"
#include <gen/ipc_server.h>
#include <gen/mach.h>
#include <mach/mig_support.h>

#define SELF mach_task_self()
#define NOTICE_QUEUE_MAX 16
#define WORKERS_MAX 8
#define CLIENTS_MAX 1024

/* A worker's two buffers: a request is in one, its reply grows in the other. */
struct worker {
	struct ipc_bucket *bucket;
	struct ipc_call *call; /* spare, or the one that runs */
	mach_msg_header_t *request;
	mach_msg_header_t *reply;
	boolean_t answering; /* "reply" is to be sent */
};

static const struct ipc_limits default_limits = {
	.calls = 8, .queued = 16, .objects = 256, .notifiers = 8, .events = 16,
};

/* ------------------------------------------------------------------------------------ a bucket */

static kern_return_t make_ports(struct ipc_bucket *bucket)
{
	kern_return_t result = syscall_mach_port_allocate(SELF, MACH_PORT_RIGHT_PORT_SET, &bucket->set);

	if (result == KERN_SUCCESS) {
		result = syscall_mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &bucket->notice);
	}
	if (result == KERN_SUCCESS) {
		result = mach_port_set_protected_payload(SELF, bucket->notice, PAYLOAD_NOTICE);
	}
	if (result == KERN_SUCCESS) {
		result = mach_port_set_qlimit(SELF, bucket->notice, NOTICE_QUEUE_MAX);
	}
	if (result == KERN_SUCCESS) {
		result = mach_port_move_member(SELF, bucket->notice, bucket->set);
	}
	return result;
}

kern_return_t ipc_bucket_create(const struct ipc_bucket_options *options,
				struct ipc_bucket **created)
{
	struct ipc_bucket *bucket = ipc_allocate(sizeof *bucket);
	kern_return_t result = KERN_RESOURCE_SHORTAGE;

	if (bucket == NULL) {
		return result;
	}
	if (options != NULL) {
		bucket->limits = options->limits;
		bucket->crew.max = options->workers_max;
		bucket->clients_max = options->clients_max;
	}
	ipc_limits_fill(&bucket->limits, &default_limits);
	bucket->crew.max = bucket->crew.max != 0 ? bucket->crew.max : WORKERS_MAX;
	bucket->clients_max = bucket->clients_max != 0 ? bucket->clients_max : CLIENTS_MAX;
	result = make_ports(bucket);
	if (result == KERN_SUCCESS) {
		result = ipc_client_create(bucket, NULL, &bucket->public);
	}
	if (result != KERN_SUCCESS) {
		(void)mach_port_destroy(SELF, bucket->notice); /* null does nothing */
		(void)mach_port_destroy(SELF, bucket->set);
		ipc_free(bucket, sizeof *bucket);
		return result;
	}
	*created = bucket;
	return KERN_SUCCESS;
}

void ipc_bucket_wake(struct ipc_bucket *bucket)
{
	mach_msg_header_t message = {
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND_ONCE, 0),
		.msgh_remote_port = bucket->notice,
		.msgh_id = IPC_WAKE_ID,
	};

	/* By a send-once right, which no full queue stops: as many as there are ready calls. */
	(void)mach_msg(&message, MACH_SEND_MSG, sizeof message, 0, MACH_PORT_NULL, 0,
		       MACH_PORT_NULL);
}

/* ---------------------------------------------------------------------- what every object knows */

kern_return_t serve_ipc_interrupt(ipc_call_t call)
{
	(void)call;
	return KERN_FAILURE; /* receive() takes it out before it would become a call */
}

kern_return_t serve_ipc_event(mach_port_t port, natural_t kind, natural_t key, natural_t count,
			      natural_t value)
{
	(void)port, (void)kind, (void)key, (void)count, (void)value;
	return KERN_FAILURE; /* not for servers */
}

kern_return_t serve_ipc_statistics(ipc_call_t call, natural_t *clients, natural_t *objects,
				   natural_t *calls, natural_t *workers, natural_t *workers_max)
{
	struct ipc_bucket *bucket = call->object->client->bucket;

	if (!call->object->public) {
		return KERN_NO_ACCESS;
	}
	ipc_lock(&bucket->lock);
	*clients = bucket->clients_count;
	*objects = bucket->objects.in_use;
	*calls = bucket->calls;
	*workers = bucket->crew.count;
	*workers_max = bucket->crew.max;
	ipc_unlock(&bucket->lock);
	return KERN_SUCCESS;
}

/* ------------------------------------------------------------------------------------- running */

static mig_routine_t find_routine(const struct ipc_class *class, const mach_msg_header_t *request)
{
	mig_routine_t routine = NULL;

	for (const ipc_interface_t *find = class->interfaces; *find != NULL; find++) {
		routine = (*find)(request);
		if (routine != NULL) {
			return routine;
		}
	}
	return ipc_server_routine(request);
}

/* Runs the worker's call on a request; afterwards "answering" says whether to send the reply. */
static void run(struct worker *worker, mach_msg_header_t *request)
{
	struct ipc_call *call = worker->call;
	mig_reply_header_t *answer = (mig_reply_header_t *)worker->reply;
	mach_port_t reply = call->reply;

	mig_routine_t routine = find_routine(call->object->class, request);

	mig_reply_setup(request, worker->reply);
	if (routine != NULL) {
		request->msgh_local_port = (mach_port_t)call;
		routine(request, worker->reply);
	} else {
		answer->RetCode = MIG_BAD_ID;
	}
	/* When the call was deferred, another is in its place and its reply is not ours. */
	worker->answering = worker->call == call && reply != MACH_PORT_NULL &&
			    answer->RetCode != MIG_NO_REPLY;
	if (worker->call == call && reply != MACH_PORT_NULL && !worker->answering) {
		(void)syscall_mach_port_deallocate(SELF, reply); /* its caller shall not wait for ever */
	}
	if (worker->call == call && reply == MACH_PORT_NULL && answer->RetCode == KERN_SUCCESS) {
		ipc_message_undo_reply(worker->reply); /* nobody will get what it carries */
	}
	if (answer->RetCode != KERN_SUCCESS && answer->RetCode != MIG_NO_REPLY) {
		ipc_message_destroy_body(request);
	}
}

/* A call that waited: its message is a copy, and the worker's spare call is not needed. */
static void run_waited(struct worker *worker, struct ipc_call *call)
{
	mach_msg_header_t *message = call->message;
	size_t bytes = call->message_bytes;

	ipc_free(worker->call, sizeof *worker->call);
	worker->call = call;
	call->worker = &worker->call;
	call->message = NULL;
	run(worker, message);
	ipc_free(message, bytes);
}

/* Ends what the worker ran; returns a call that waited and can run now. */
static struct ipc_call *finish(struct worker *worker)
{
	struct ipc_bucket *bucket = worker->bucket;
	struct ipc_object *last = NULL;
	struct ipc_call *next = NULL;
	struct admit_call *ready = NULL;

	ipc_lock(&bucket->lock);
	last = ipc_call_end(worker->call);
	ready = admit_begin(&bucket->admit);
	if (ready != NULL) {
		next = container_of(ready, struct ipc_call, admit);
	} else {
		crew_rest(&bucket->crew, FALSE);
	}
	ipc_unlock(&bucket->lock);
	ipc_object_reclaim(last);
	return next;
}

/* Sends the reply alone. */
static void send_reply(struct worker *worker)
{
	if (worker->answering &&
	    mach_msg(worker->reply, MACH_SEND_MSG, worker->reply->msgh_size, 0, MACH_PORT_NULL, 0,
		     MACH_PORT_NULL) != MACH_MSG_SUCCESS) {
		ipc_message_undo_reply(worker->reply);
	}
	worker->answering = FALSE;
}

/* ------------------------------------------------------------------------------------ receiving */

static void worker_main(void *argument);

/* One more worker, as crew_take said. */
static void start_worker(struct ipc_bucket *bucket)
{
	if (ipc_thread_start(worker_main, bucket) != KERN_SUCCESS) {
		ipc_lock(&bucket->lock);
		crew_failed(&bucket->crew);
		ipc_unlock(&bucket->lock);
	}
}

/* A message of the kernel (or ipc_bucket_wake). */
static void notice(struct ipc_bucket *bucket, mach_msg_header_t *message)
{
	const mach_dead_name_notification_t *dead = (const void *)message;

	switch (message->msgh_id) {
	case MACH_NOTIFY_DEAD_NAME:
		ipc_name_died(bucket, dead->not_port);
		break;
	case MACH_NOTIFY_MSG_ACCEPTED:
		ipc_notifier_accepted(bucket, dead->not_port);
		break;
	default: /* send rights of ours that were not used, requests whose name is gone, a wake */
		break;
	}
}

/* Keeps a call that must wait, with a copy of its message; lock held.  False: no memory. */
static boolean_t keep(struct worker *worker, mach_msg_header_t *message)
{
	struct ipc_call *call = worker->call;
	struct ipc_call *spare = ipc_allocate(sizeof *spare);

	call->message = ipc_allocate(message->msgh_size);
	if (spare == NULL || call->message == NULL) {
		ipc_free(spare, sizeof *spare);
		ipc_free(call->message, message->msgh_size);
		call->message = NULL;
		return FALSE;
	}
	memcpy(call->message, message, message->msgh_size);
	call->message_bytes = message->msgh_size;
	call->worker = NULL;
	worker->call = spare;
	ipc_call_watch(call);
	return TRUE;
}

enum outcome { RUN, KEPT, NO_MEMORY, DESTROY };

/* A request for an object, whose handle it carries; lock held. */
static enum outcome admit(struct worker *worker, mach_msg_header_t *message)
{
	struct ipc_bucket *bucket = worker->bucket;
	struct ipc_object *object =
		handle_find(&bucket->objects, message->msgh_protected_payload);
	struct ipc_call *call = worker->call;
	unsigned int reply_type = MACH_MSGH_BITS_REMOTE(message->msgh_bits);

	/* A reply port with a queue of its own could keep a worker waiting. */
	if (object == NULL || (message->msgh_remote_port != MACH_PORT_NULL &&
			       reply_type != MACH_MSG_TYPE_PORT_SEND_ONCE)) {
		return DESTROY;
	}
	*call = (struct ipc_call){ .id = message->msgh_id, .worker = &worker->call };
	ipc_call_begin(call, object,
		       message->msgh_remote_port != MACH_PORT_DEAD ? message->msgh_remote_port :
								     MACH_PORT_NULL);
	if (admit_arrive(&call->admit)) {
		(void)mach_port_move_member(SELF, object->port, MACH_PORT_NULL);
	}
	if (call->admit.state == ADMIT_RUNNING) {
		return RUN;
	}
	if (keep(worker, message)) {
		return KEPT;
	}
	admit_drop(&call->admit);
	(void)ipc_call_end(call); /* not the last reference: the handle has one */
	return NO_MEMORY;
}

static void interrupt(struct ipc_bucket *bucket, uint32_t handle)
{
	struct ipc_object *object = NULL;

	ipc_lock(&bucket->lock);
	object = handle_find(&bucket->objects, handle);
	if (object != NULL) {
		object->references++;
	}
	ipc_unlock(&bucket->lock);
	if (object != NULL) {
		ipc_object_interrupt(object);
		ipc_object_release(object);
	}
}

/* What is not a call; the worker counts as busy. */
static void handle_other(struct worker *worker, mach_msg_header_t *message)
{
	uint32_t payload = message->msgh_protected_payload;

	if (payload == PAYLOAD_NOTICE) {
		notice(worker->bucket, message);
	} else if (message->msgh_id == MACH_NOTIFY_NO_SENDERS) {
		ipc_object_no_senders(worker->bucket, payload);
	} else if (message->msgh_id == IPC_INTERRUPT_ID) {
		interrupt(worker->bucket, payload);
	}
	ipc_message_destroy(message);
}

static boolean_t is_call(const mach_msg_header_t *message)
{
	return message->msgh_protected_payload != PAYLOAD_NOTICE &&
	       message->msgh_id != IPC_INTERRUPT_ID &&
	       (message->msgh_id < MACH_NOTIFY_FIRST || message->msgh_id > MACH_NOTIFY_LAST);
}

/* Receives; the reply, if there is one, goes with the same trap.  Null: nothing usable came. */
static mach_msg_header_t *receive(struct worker *worker)
{
	mach_msg_header_t *buffer = worker->answering ? worker->reply : worker->request;
	mach_msg_return_t result =
		mach_msg(buffer, worker->answering ? MACH_SEND_MSG | MACH_RCV_MSG : MACH_RCV_MSG,
			 worker->answering ? worker->reply->msgh_size : 0, IPC_MESSAGE_BYTES_MAX,
			 worker->bucket->set, 0, MACH_PORT_NULL);

	if (result == MACH_MSG_SUCCESS && worker->answering) {
		worker->reply = worker->request;
		worker->request = buffer;
	}
	/* A send that failed left the reply with us; a receive that failed came after the send. */
	if (worker->answering && result >= MACH_SEND_IN_PROGRESS && result < MACH_RCV_IN_PROGRESS) {
		ipc_message_undo_reply(worker->reply);
	}
	worker->answering = FALSE;
	if ((result & ~MACH_MSG_MASK) == MACH_RCV_BODY_ERROR) {
		ipc_message_destroy(buffer);
	}
	return result == MACH_MSG_SUCCESS &&
	       MACH_MSGH_BITS_LOCAL(buffer->msgh_bits) == MACH_MSG_TYPE_PROTECTED_PAYLOAD ?
		       buffer : NULL;
}

/* One message: to its end, or to the copy that waits.  A call that waited may follow. */
static struct ipc_call *serve_one(struct worker *worker)
{
	struct ipc_bucket *bucket = worker->bucket;
	mach_msg_header_t *message = receive(worker);
	enum outcome outcome = DESTROY;
	struct admit_call *ready = NULL;
	boolean_t start = FALSE;

	if (message == NULL) {
		return NULL; /* idle still */
	}
	ipc_lock(&bucket->lock);
	start = crew_take(&bucket->crew);
	if (is_call(message)) {
		outcome = admit(worker, message);
	}
	ipc_unlock(&bucket->lock);
	if (start) {
		start_worker(bucket);
	}
	if (outcome == RUN) {
		run(worker, message);
		return finish(worker);
	}
	if (outcome == NO_MEMORY) {
		ipc_message_destroy_body(message);
		ipc_reply_error(message->msgh_remote_port, message->msgh_id,
				KERN_RESOURCE_SHORTAGE);
	} else if (outcome == DESTROY) {
		handle_other(worker, message);
	}
	ipc_lock(&bucket->lock);
	ready = admit_begin(&bucket->admit);
	if (ready == NULL) {
		crew_rest(&bucket->crew, FALSE);
	}
	ipc_unlock(&bucket->lock);
	return ready != NULL ? container_of(ready, struct ipc_call, admit) : NULL;
}

static void work(struct ipc_bucket *bucket) __attribute__((noreturn));
static void work(struct ipc_bucket *bucket)
{
	struct worker worker = { .bucket = bucket };

	worker.call = ipc_allocate(sizeof *worker.call);
	worker.request = ipc_allocate(IPC_MESSAGE_BYTES_MAX);
	worker.reply = ipc_allocate(IPC_MESSAGE_BYTES_MAX);
	while (worker.call == NULL || worker.request == NULL || worker.reply == NULL) {
		/* This worker never works; the others do.  One that is alone says so. */
		mach_print("lib/ipc: no memory for a worker\n");
		(void)thread_suspend(mach_thread_self());
	}
	for (;;) {
		struct ipc_call *next = serve_one(&worker);

		while (next != NULL) {
			send_reply(&worker);
			run_waited(&worker, next);
			next = finish(&worker);
		}
	}
}

static void worker_main(void *argument)
{
	struct ipc_bucket *bucket = argument;

	ipc_lock(&bucket->lock);
	crew_rest(&bucket->crew, TRUE);
	ipc_unlock(&bucket->lock);
	work(bucket);
}

void ipc_bucket_serve(struct ipc_bucket *bucket)
{
	ipc_lock(&bucket->lock);
	bucket->crew.count++;
	crew_rest(&bucket->crew, FALSE);
	ipc_unlock(&bucket->lock);
	work(bucket);
}
