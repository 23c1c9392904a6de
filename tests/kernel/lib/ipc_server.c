/* A server on lib/ipc for tests, and the calls of its clients. */
#include "ipc_server.h"
#include "server.h"
#include <gen/ipc.h>
#include <ipc/ipc.h>
#include <ipc/sync.h>
#include <mach/mig_support.h>

#define DEFERRED_MAX 64
#define SELF mach_task_self()

struct number_message {
	mach_msg_header_t head;
	mach_msg_type_t type;
	unsigned int value;
};

struct number_reply {
	mig_reply_header_t head;
	mach_msg_type_t type;
	unsigned int value;
};

static const mach_msg_type_t number_type = {
	.msgt_name = MACH_MSG_TYPE_INTEGER_32, .msgt_size = 32, .msgt_number = 1,
	.msgt_inline = TRUE,
};

struct ipc_server_page *ipc_server_page;
static struct test_task server_task;

/* ----------------------------------------------------------------------------------- the server */

static struct ipc_bucket *bucket;
static struct ipc_lock lock;
static struct ipc_notifier *notifiers[8];
static ipc_call_t blocked[16];
static struct deferral {
	ipc_answer_t answer;
	boolean_t used;
} deferrals[DEFERRED_MAX];

struct data {
	struct ipc_notifier *notifier;
};

static mig_routine_t find(const mach_msg_header_t *request);

static void reclaim(struct ipc_object *object)
{
	struct data *data = ipc_object_data(object);

	ipc_lock(&lock);
	for (int i = 0; i < 8; i++) {
		if (notifiers[i] == data->notifier) {
			notifiers[i] = NULL;
		}
	}
	ipc_unlock(&lock);
	ipc_notifier_destroy(data->notifier);
	__atomic_add_fetch(&ipc_server_page->reclaimed, 1, __ATOMIC_SEQ_CST);
}

static const ipc_interface_t interfaces[] = { find, NULL };
static struct ipc_class class = {
	.name = "test", .interfaces = interfaces, .data_bytes = sizeof(struct data),
	.reclaim = reclaim,
};

static kern_return_t serve_port(ipc_call_t call, int id, struct number_reply *reply)
{
	struct ipc_client *client = ipc_call_client(call);
	struct ipc_object *object = NULL;
	kern_return_t result = KERN_SUCCESS;

	if (id == ASK_OPEN) {
		result = ipc_client_create(bucket, NULL, &client);
	}
	if (result == KERN_SUCCESS) {
		result = ipc_object_create(client, &class, &object);
		if (id == ASK_OPEN) {
			ipc_client_release(client);
		}
	}
	if (result == KERN_SUCCESS) {
		reply->head.Head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
		reply->type.msgt_name = MACH_MSG_TYPE_MAKE_SEND;
		reply->value = ipc_object_give(object);
	}
	return result;
}

/* Keeps a worker until it is released or cancelled. */
static kern_return_t serve_block(ipc_call_t call)
{
	kern_return_t result = KERN_SUCCESS;
	int slot = 0;

	ipc_lock(&lock);
	while (blocked[slot] != NULL) {
		slot++;
	}
	blocked[slot] = call;
	ipc_server_page->blocked++;
	if (ipc_server_page->blocked > ipc_server_page->blocked_max) {
		ipc_server_page->blocked_max = ipc_server_page->blocked;
	}
	ipc_unlock(&lock);
	result = ipc_call_wait(call, 0);
	ipc_lock(&lock);
	blocked[slot] = NULL;
	ipc_server_page->blocked--;
	ipc_server_page->cancelled += result == KERN_ABORTED;
	ipc_unlock(&lock);
	return result;
}

static void release(unsigned int times)
{
	ipc_lock(&lock);
	for (int i = 0; i < 16 && times != 0; i++) {
		if (blocked[i] != NULL) {
			ipc_call_wake(blocked[i]);
			times--;
		}
	}
	ipc_unlock(&lock);
}

static void deferral_cancelled(void *argument)
{
	struct deferral *deferral = argument;

	ipc_lock(&lock);
	ipc_server_page->deferred--;
	ipc_server_page->deferred_cancelled++;
	deferral->used = FALSE;
	ipc_unlock(&lock);
}

static kern_return_t serve_defer(ipc_call_t call)
{
	kern_return_t result = KERN_RESOURCE_SHORTAGE;

	ipc_lock(&lock);
	for (int i = 0; i < DEFERRED_MAX; i++) {
		if (!deferrals[i].used) {
			deferrals[i].used = TRUE;
			result = (ipc_server_page->held ? ipc_call_defer_held : ipc_call_defer)(
				call, deferral_cancelled, &deferrals[i], &deferrals[i].answer);
			deferrals[i].used = result == KERN_SUCCESS;
			ipc_server_page->deferred += result == KERN_SUCCESS;
			break;
		}
	}
	ipc_unlock(&lock);
	return result == KERN_SUCCESS ? MIG_NO_REPLY : result;
}

static void answer_all(void)
{
	ipc_lock(&lock);
	for (int i = 0; i < DEFERRED_MAX; i++) {
		if (deferrals[i].used &&
		    ipc_answer_error(bucket, deferrals[i].answer, KERN_NOT_RECEIVER) ==
			    KERN_SUCCESS) {
			ipc_server_page->answered++;
			ipc_server_page->deferred--;
			deferrals[i].used = FALSE;
			ipc_server_page->refused +=
				ipc_answer_error(bucket, deferrals[i].answer, KERN_SUCCESS) ==
				KERN_INVALID_ARGUMENT;
		}
	}
	ipc_unlock(&lock);
}

static kern_return_t serve_watch(ipc_call_t call, mach_port_t port)
{
	struct data *data = ipc_call_data(call);
	kern_return_t result = data->notifier != NULL ? KERN_NAME_EXISTS :
			       ipc_notifier_create(ipc_call_client(call), port, &data->notifier);

	ipc_lock(&lock);
	for (int i = 0; result == KERN_SUCCESS && i < 8; i++) {
		if (notifiers[i] == NULL) {
			notifiers[i] = data->notifier;
			break;
		}
	}
	ipc_unlock(&lock);
	return result;
}

static void fire(unsigned int events)
{
	ipc_lock(&lock);
	for (unsigned int event = 0; event < events; event++) {
		for (int i = 0; i < 8; i++) {
			ipc_server_page->lost += notifiers[i] != NULL &&
				ipc_notify(notifiers[i], 1, event % 4, event) ==
					KERN_RESOURCE_SHORTAGE;
		}
	}
	ipc_unlock(&lock);
}

static kern_return_t serve_inhibit(ipc_call_t call)
{
	struct admit_gate *gate = ipc_object_gate(call->object);

	ipc_inhibit(bucket, gate, call);
	ipc_inhibit(bucket, gate, call);
	ipc_server_page->inside = gate->inside - 1 + ipc_server_page->blocked;
	ipc_resume(bucket, gate);
	/* A call that comes now waits until the second. */
	for (int i = 0; i < 20; i++) {
		test_sleep_ms(1);
	}
	ipc_server_page->inside += gate->inside - 1;
	ipc_resume(bucket, gate);
	return KERN_SUCCESS;
}

static void serve(mach_msg_header_t *request, mach_msg_header_t *out)
{
	const struct number_message *message = (const void *)request;
	struct number_reply *reply = (void *)out;
	ipc_call_t call = ipc_call_of_payload(request->msgh_protected_payload);
	kern_return_t result = KERN_SUCCESS;

	reply->type = number_type;
	reply->value = message->value;
	switch (request->msgh_id) {
	case ASK_OPEN:
	case ASK_ANOTHER:
		result = serve_port(call, request->msgh_id, reply);
		break;
	case ASK_COUNT:
		__atomic_add_fetch(&ipc_server_page->seen[message->value % IPC_SERVER_SEEN], 1,
				   __ATOMIC_SEQ_CST);
		break;
	case ASK_BLOCK:
		result = serve_block(call);
		break;
	case ASK_RELEASE:
		release(message->value);
		break;
	case ASK_DEFER:
		result = serve_defer(call);
		break;
	case ASK_ANSWER:
		answer_all();
		break;
	case ASK_WATCH:
		result = serve_watch(call, message->value);
		break;
	case ASK_FIRE:
		fire(message->value);
		break;
	case ASK_INHIBIT:
		result = serve_inhibit(call);
		break;
	case ASK_DROP:
		result = MIG_NO_REPLY;
		break;
	default:
		result = MIG_BAD_ID;
		break;
	}
	reply->head.RetCode = result;
	if (result == KERN_SUCCESS) {
		reply->head.Head.msgh_size = sizeof *reply;
	}
}

static void serve_null(mach_msg_header_t *request, mach_msg_header_t *reply)
{
	(void)request;
	((mig_reply_header_t *)reply)->RetCode = KERN_SUCCESS;
}

static mig_routine_t find(const mach_msg_header_t *request)
{
	if (request->msgh_id == ASK_NULL) {
		return serve_null;
	}
	return request->msgh_id >= ASK_OPEN && request->msgh_id < ASK_LAST &&
	       request->msgh_size == sizeof(struct number_message) ? serve : NULL;
}

static int server_main(void *argument)
{
	struct ipc_object *public = NULL;
	const struct ipc_bucket_options options = {
		.workers_max = IPC_SERVER_WORKERS,
		.limits = {
			.calls = IPC_SERVER_CALLS,
			.queued = IPC_SERVER_QUEUED,
			.objects = IPC_SERVER_OBJECTS,
		},
	};

	(void)argument;
	NEED_KR(ipc_bucket_create(&options, &bucket));
	NEED_KR(ipc_object_create_public(bucket, &class, &public));
	NEED_KR(ipc_publish(public));
	ipc_bucket_serve(bucket);
}

mach_port_t ipc_server_start(void)
{
	vm_address_t page = 0;

	NEED_KR(vm_allocate(SELF, &page, sizeof *ipc_server_page, TRUE));
	NEED_KR(vm_inherit(SELF, page, sizeof *ipc_server_page, VM_INHERIT_SHARE));
	ipc_server_page = (struct ipc_server_page *)page;
	memset(ipc_server_page, 0, sizeof *ipc_server_page);
	test_task_create(&server_task, server_main, NULL);
	test_task_run(&server_task);
	return test_server_of(server_task.task);
}

void ipc_server_end(void)
{
	test_task_kill(&server_task);
	NEED_KR(vm_deallocate(SELF, (vm_address_t)ipc_server_page, sizeof *ipc_server_page));
}

boolean_t ipc_server_quiet(mach_port_t public)
{
	natural_t clients = 0, objects = 0, calls = 0, workers = 0, workers_max = 0;

	for (int tries = 0; tries < 2000; tries++) {
		if (ipc_statistics(public, &clients, &objects, &calls, &workers, &workers_max) ==
			    KERN_SUCCESS && clients == 1 && objects == 1 && calls == 1) {
			return TRUE;
		}
		test_sleep_ms(1);
	}
	test_note("server: %u clients, %u objects, %u calls", clients, objects, calls);
	return FALSE;
}

int ipc_server_workers(mach_port_t public)
{
	natural_t clients = 0, objects = 0, calls = 0, workers = 0, workers_max = 0;

	return ipc_statistics(public, &clients, &objects, &calls, &workers, &workers_max) ==
		       KERN_SUCCESS ? (int)workers : -1;
}

int ipc_server_names(void)
{
	mach_port_array_t names = NULL;
	mach_port_type_array_t types = NULL;
	mach_msg_type_number_t names_count = 0;
	mach_msg_type_number_t types_count = 0;

	NEED_KR(mach_port_names(server_task.task, &names, &names_count, &types, &types_count));
	NEED_KR(vm_deallocate(SELF, (vm_address_t)names, names_count * sizeof *names));
	NEED_KR(vm_deallocate(SELF, (vm_address_t)types, types_count * sizeof *types));
	return (int)names_count;
}

/* ---------------------------------------------------------------------------------- the clients */

mach_msg_return_t ask_later(mach_port_t port, int id, unsigned int value, mach_port_t reply,
			    mach_msg_timeout_t time_ms)
{
	struct number_message message = {
		.head = {
			.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
						    MACH_MSG_TYPE_MAKE_SEND_ONCE),
			.msgh_remote_port = port,
			.msgh_local_port = reply,
			.msgh_id = id,
		},
		.type = number_type,
		.value = value,
	};

	mach_msg_return_t result =
		mach_msg(&message.head, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof message, 0,
			 MACH_PORT_NULL, time_ms, MACH_PORT_NULL);

	if (result == MACH_SEND_TIMED_OUT) {
		/* The message came back, with rights in place of what they were made of. */
		NEED_KR(mach_port_deallocate(SELF, message.head.msgh_remote_port));
		NEED_KR(mach_port_deallocate(SELF, message.head.msgh_local_port));
	}
	return result;
}

/* With a right in place of the number: "type" says which. */
static kern_return_t exchange(mach_port_t port, int id, unsigned int value,
			      mach_msg_type_name_t type, struct number_reply *reply,
			      mach_msg_timeout_t time_ms)
{
	struct number_message *message = (void *)reply;
	mach_msg_return_t result = MACH_MSG_SUCCESS;

	*message = (struct number_message){
		.head = {
			.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
						    MACH_MSG_TYPE_MAKE_SEND_ONCE) |
				     (type != 0 ? MACH_MSGH_BITS_COMPLEX : 0),
			.msgh_remote_port = port,
			.msgh_local_port = mig_get_reply_port(),
			.msgh_id = id,
		},
		.type = number_type,
		.value = value,
	};
	if (type != 0) {
		message->type.msgt_name = type;
	}
	result = mach_msg(&message->head,
			  MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_INTERRUPT |
				  (time_ms != 0 ? MACH_RCV_TIMEOUT : 0),
			  sizeof *message, sizeof *reply, message->head.msgh_local_port, time_ms,
			  MACH_PORT_NULL);
	if (result != MACH_MSG_SUCCESS) {
		mig_dealloc_reply_port(mig_get_reply_port());
		return result;
	}
	if (reply->head.Head.msgh_id == MACH_NOTIFY_SEND_ONCE) {
		return MIG_SERVER_DIED;
	}
	return reply->head.Head.msgh_id == id + 100 ? reply->head.RetCode : MIG_REPLY_MISMATCH;
}

kern_return_t ask(mach_port_t port, int id, unsigned int value, unsigned int *answer,
		  mach_msg_timeout_t time_ms)
{
	struct number_reply reply;
	kern_return_t result = exchange(port, id, value, 0, &reply, time_ms);

	if (answer != NULL && result == KERN_SUCCESS) {
		*answer = reply.value;
	}
	return result;
}

mach_port_t ask_port(mach_port_t port, int id, kern_return_t *result)
{
	struct number_reply reply;
	kern_return_t code = exchange(port, id, 0, 0, &reply, 0);

	if (result != NULL) {
		*result = code;
	}
	return code == KERN_SUCCESS ? reply.value : MACH_PORT_NULL;
}

kern_return_t ask_watch(mach_port_t port, mach_port_t notify)
{
	struct number_reply reply;

	return exchange(port, ASK_WATCH, notify, MACH_MSG_TYPE_MAKE_SEND, &reply, 0);
}
