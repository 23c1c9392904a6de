/* Notifications: events for clients that may be slow, or never look. */
#include "internal.h"
#include "event_core.h"

#define SELF mach_task_self()
#define IPC_EVENT_ID (MASIX_BASE_IPC + 2) /* masix/ipc.defs */

struct ipc_notifier {
	struct ipc_client *client;
	struct watch watch; /* of the port's name; out of the table: it is dead */
	mach_port_t port;
	boolean_t waiting;  /* the kernel has one for it, and tells when there is room */
	boolean_t has_held;
	struct event held;  /* taken, and could not be sent */
	struct event_queue queue;
};

/* As MIG would build it; MIG's stubs cannot ask for MACH_SEND_NOTIFY. */
struct event_message {
	mach_msg_header_t head;
	struct {
		mach_msg_type_t type;
		uint32_t value;
	} words[4];
};

/* Sends one, without ever waiting: when the queue is full the kernel takes one more from us. */
static mach_msg_return_t send_event(struct ipc_notifier *notifier, const struct event *event)
{
	const uint32_t values[4] = { event->kind, event->key, event->count, event->value };
	struct event_message message = {
		.head = {
			.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
			.msgh_remote_port = notifier->port,
			.msgh_id = IPC_EVENT_ID,
		},
	};

	for (int i = 0; i < 4; i++) {
		message.words[i].type = (mach_msg_type_t){
			.msgt_name = MACH_MSG_TYPE_INTEGER_32,
			.msgt_size = 32,
			.msgt_number = 1,
			.msgt_inline = TRUE,
		};
		message.words[i].value = values[i];
	}
	mach_msg_return_t result =
		mach_msg(&message.head, MACH_SEND_MSG | MACH_SEND_TIMEOUT | MACH_SEND_NOTIFY,
			 sizeof message, 0, MACH_PORT_NULL, 0, notifier->client->bucket->notice);

	/* A message that came back brought one more reference of the right that it would take. */
	if (MACH_MSGH_BITS_REMOTE(message.head.msgh_bits) == MACH_MSG_TYPE_MOVE_SEND) {
		(void)syscall_mach_port_deallocate(SELF, notifier->port);
	}
	return result;
}

/* Sends what there is, as long as there is room; lock held. */
static void pump(struct ipc_notifier *notifier)
{
	while (!notifier->waiting && notifier->watch.name != 0 &&
	       (notifier->has_held || event_take(&notifier->queue, &notifier->held))) {
		switch (send_event(notifier, &notifier->held)) {
		case MACH_MSG_SUCCESS:
			notifier->has_held = FALSE;
			break;
		case MACH_SEND_WILL_NOTIFY:
			notifier->has_held = FALSE;
			notifier->waiting = TRUE;
			break;
		default: /* the kernel is short of memory, or it just died: with the next event */
			notifier->has_held = TRUE;
			return;
		}
	}
}

/* A send right of somebody else's port? */
static boolean_t is_foreign(mach_port_t port)
{
	mach_port_type_t type = 0;

	return mach_port_type(SELF, port, &type) == KERN_SUCCESS &&
	       (type & MACH_PORT_TYPE_SEND) != 0 && (type & MACH_PORT_TYPE_RECEIVE) == 0;
}

/* Lock held: enters the name in the table and asks to be told of its end. */
static kern_return_t watch_port(struct ipc_notifier *notifier)
{
	struct ipc_bucket *bucket = notifier->client->bucket;
	mach_port_t previous = MACH_PORT_NULL;
	kern_return_t result = KERN_SUCCESS;

	if (watch_find(&bucket->watches, notifier->port) != NULL) {
		return KERN_NAME_EXISTS;
	}
	if (notifier->client->notifiers >= notifier->client->limits.notifiers) {
		return KERN_RESOURCE_SHORTAGE;
	}
	result = mach_port_request_notification(SELF, notifier->port, MACH_NOTIFY_DEAD_NAME, 1,
						bucket->notice, MACH_MSG_TYPE_MAKE_SEND_ONCE,
						&previous);
	if (result == KERN_SUCCESS) {
		watch_add(&bucket->watches, &notifier->watch, notifier->port, WATCH_NOTIFIER);
		notifier->client->notifiers++;
	}
	return result;
}

kern_return_t ipc_notifier_create(struct ipc_client *client, mach_port_t port,
				  struct ipc_notifier **created)
{
	struct ipc_notifier *notifier = NULL;
	kern_return_t result = KERN_INVALID_RIGHT;

	/* A right of our own port would keep our own object alive for ever. */
	if (!is_foreign(port)) {
		return result;
	}
	notifier = ipc_allocate(sizeof *notifier);
	if (notifier == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	notifier->client = client;
	notifier->port = port;
	notifier->queue.max = client->limits.events < EVENT_QUEUE_SLOTS ? client->limits.events :
									  EVENT_QUEUE_SLOTS;
	ipc_lock(&client->bucket->lock);
	result = watch_port(notifier);
	ipc_unlock(&client->bucket->lock);
	if (result != KERN_SUCCESS) {
		ipc_free(notifier, sizeof *notifier);
		return result;
	}
	*created = notifier;
	return KERN_SUCCESS;
}

void ipc_notifier_destroy(struct ipc_notifier *notifier)
{
	struct ipc_bucket *bucket = NULL;

	if (notifier == NULL) {
		return;
	}
	bucket = notifier->client->bucket;
	ipc_lock(&bucket->lock);
	watch_remove(&bucket->watches, &notifier->watch);
	notifier->client->notifiers--;
	ipc_unlock(&bucket->lock);
	(void)syscall_mach_port_deallocate(SELF, notifier->port);
	ipc_free(notifier, sizeof *notifier);
}

kern_return_t ipc_notify(struct ipc_notifier *notifier, uint32_t kind, uint32_t key,
			 uint32_t value)
{
	struct ipc_bucket *bucket = notifier->client->bucket;
	kern_return_t result = KERN_TERMINATED;

	ipc_lock(&bucket->lock);
	if (notifier->watch.name != 0) {
		result = event_add(&notifier->queue, kind, key, value) ? KERN_SUCCESS :
									 KERN_RESOURCE_SHORTAGE;
		pump(notifier);
	}
	ipc_unlock(&bucket->lock);
	return result;
}

void ipc_notifier_accepted(struct ipc_bucket *bucket, mach_port_t name)
{
	struct watch *watch = NULL;

	ipc_lock(&bucket->lock);
	watch = watch_find(&bucket->watches, name);
	if (watch != NULL && watch->kind == WATCH_NOTIFIER) {
		struct ipc_notifier *notifier = container_of(watch, struct ipc_notifier, watch);

		notifier->waiting = FALSE;
		pump(notifier);
	}
	ipc_unlock(&bucket->lock);
}

void ipc_notifier_died(struct watch *watch)
{
	/* It is out of the table: pump sends no more.  The server destroys it with its object. */
	container_of(watch, struct ipc_notifier, watch)->waiting = FALSE;
}
