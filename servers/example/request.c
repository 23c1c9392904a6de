/* One function for each routine of masix/example.defs. */
#include <libmach.h>
#include <gen/example_reply.h>
#include <gen/example_server.h>
#include <ipc/sync.h>
#include "example.h"

static struct ipc_lock lock; /* of all sessions */

/* Nobody else has it any more, so it needs no lock. */
void session_reclaim(struct ipc_object *object)
{
	ipc_notifier_destroy(((struct session *)ipc_object_data(object))->notifier);
}

kern_return_t serve_example_open(ipc_call_t call, mach_port_t *port)
{
	struct ipc_client *client = NULL;
	struct ipc_object *object = NULL;
	kern_return_t result = ipc_client_create(bucket, NULL, &client);

	(void)call;
	if (result == KERN_SUCCESS) {
		result = ipc_object_create(client, &session_class, &object);
		ipc_client_release(client); /* it lives as long as its session */
	}
	if (result == KERN_SUCCESS) {
		*port = ipc_object_give(object);
	}
	return result;
}

kern_return_t serve_example_add(ipc_call_t call, natural_t amount, natural_t *total)
{
	struct session *session = ipc_call_data(call);
	mach_port_t reply = MACH_PORT_NULL;

	ipc_lock(&lock);
	session->total += amount;
	*total = session->total;
	if (session->answer != 0 && session->total >= session->least) {
		reply = ipc_answer_take(bucket, session->answer);
	}
	if (reply != MACH_PORT_NULL) {
		session->answer = 0; /* else it was cancelled, and wait_cancelled will do it */
	}
	if (session->notifier != NULL) {
		(void)ipc_notify(session->notifier, 1, session->key, session->total);
	}
	ipc_unlock(&lock);
	if (reply != MACH_PORT_NULL) {
		ipc_answer_sent(reply, example_wait_reply(reply, KERN_SUCCESS, *total));
	}
	return KERN_SUCCESS;
}

static void wait_cancelled(void *argument)
{
	ipc_lock(&lock);
	((struct session *)argument)->answer = 0;
	ipc_unlock(&lock);
}

kern_return_t serve_example_wait(ipc_call_t call, natural_t least, natural_t *total)
{
	struct session *session = ipc_call_data(call);
	kern_return_t result = KERN_SUCCESS;

	ipc_lock(&lock);
	*total = session->total;
	if (session->total < least && session->answer != 0) {
		result = KERN_RESOURCE_SHORTAGE;
	} else if (session->total < least) {
		session->least = least;
		result = ipc_call_defer(call, wait_cancelled, session, &session->answer) ?:
				 MIG_NO_REPLY;
	}
	ipc_unlock(&lock);
	return result;
}

kern_return_t serve_example_watch(ipc_call_t call, mach_port_t notify, natural_t key)
{
	struct session *session = ipc_call_data(call);
	kern_return_t result = KERN_NAME_EXISTS;

	ipc_lock(&lock);
	if (session->notifier == NULL) {
		session->key = key;
		result = ipc_notifier_create(ipc_call_client(call), notify, &session->notifier);
	}
	ipc_unlock(&lock);
	return result;
}
