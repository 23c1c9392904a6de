/* Clients and objects: their life and death. */
#include "internal.h"
#include <gen/mach.h>

#define SELF mach_task_self()

uint32_t ipc_handle_add(struct handle_table *table, void *pointer)
{
	uint32_t count = table->count == 0 ? 64 : 2 * table->count;
	uint32_t old_count = table->count;
	struct handle_slot *slots = NULL;

	if (table->free == 0 && count <= HANDLE_SLOTS_MAX) {
		slots = ipc_allocate(count * sizeof *slots);
		if (slots != NULL) {
			ipc_free(handle_grow(table, slots, count), old_count * sizeof *slots);
		}
	}
	return handle_add(table, pointer);
}

/* ------------------------------------------------------------------------------------ clients */

void ipc_limits_fill(struct ipc_limits *limits, const struct ipc_limits *defaults)
{
	limits->calls = limits->calls != 0 ? limits->calls : defaults->calls;
	limits->queued = limits->queued != 0 ? limits->queued : defaults->queued;
	limits->objects = limits->objects != 0 ? limits->objects : defaults->objects;
	limits->notifiers = limits->notifiers != 0 ? limits->notifiers : defaults->notifiers;
	limits->events = limits->events != 0 ? limits->events : defaults->events;
}

kern_return_t ipc_client_create(struct ipc_bucket *bucket, const struct ipc_limits *limits,
				struct ipc_client **client)
{
	struct ipc_client *fresh = ipc_allocate(sizeof *fresh);

	if (fresh == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	if (limits != NULL) {
		fresh->limits = *limits;
	}
	ipc_limits_fill(&fresh->limits, &bucket->limits);
	fresh->bucket = bucket;
	fresh->references = 1;
	fresh->admit.bucket = &bucket->admit;
	fresh->admit.calls_max = fresh->limits.calls;
	fresh->admit.parked_max = fresh->limits.queued;
	ipc_lock(&bucket->lock);
	if (bucket->clients_count >= bucket->clients_max) {
		ipc_unlock(&bucket->lock);
		ipc_free(fresh, sizeof *fresh);
		return KERN_RESOURCE_SHORTAGE;
	}
	bucket->clients_count++;
	fresh->next = bucket->clients;
	if (fresh->next != NULL) {
		fresh->next->previous = fresh;
	}
	bucket->clients = fresh;
	ipc_unlock(&bucket->lock);
	*client = fresh;
	return KERN_SUCCESS;
}

/* Lock held; frees the client with its last reference: nothing of it can be in use then. */
static void client_drop(struct ipc_client *client)
{
	struct ipc_bucket *bucket = client->bucket;

	if (--client->references != 0) {
		return;
	}
	bucket->clients_count--;
	if (client->previous != NULL) {
		client->previous->next = client->next;
	} else {
		bucket->clients = client->next;
	}
	if (client->next != NULL) {
		client->next->previous = client->previous;
	}
	ipc_free(client, sizeof *client);
}

void ipc_client_release(struct ipc_client *client)
{
	struct ipc_bucket *bucket = client->bucket;

	ipc_lock(&bucket->lock);
	client_drop(client);
	ipc_unlock(&bucket->lock);
}

/* ------------------------------------------------------------------------------------ objects */

/* Objects by the names of their ports, for rights that come in requests. */
static struct ipc_object **port_chain(struct ipc_bucket *bucket, mach_port_t port)
{
	return &bucket->ports[(port ^ port >> 8) & (IPC_PORT_CHAINS - 1)];
}

/* Lock held. */
static void port_enter(struct ipc_bucket *bucket, struct ipc_object *object)
{
	struct ipc_object **chain = port_chain(bucket, object->port);

	object->port_next = *chain;
	*chain = object;
}

/* Lock held. */
static void port_leave(struct ipc_bucket *bucket, struct ipc_object *object)
{
	struct ipc_object **at = port_chain(bucket, object->port);

	while (*at != NULL && *at != object) {
		at = &(*at)->port_next;
	}
	if (*at != NULL) {
		*at = object->port_next;
	}
}

struct ipc_object *ipc_object_of_port(struct ipc_bucket *bucket, mach_port_t port,
				      const struct ipc_class *class)
{
	struct ipc_object *object = NULL;

	ipc_lock(&bucket->lock);
	object = *port_chain(bucket, port);
	while (object != NULL && object->port != port) {
		object = object->port_next;
	}
	if (object != NULL && object->class == class) {
		object->references++;
	} else {
		object = NULL;
	}
	ipc_unlock(&bucket->lock);
	return object;
}

static kern_return_t ask_no_senders(struct ipc_object *object, unsigned int made)
{
	mach_port_t previous = MACH_PORT_NULL;
	kern_return_t result =
		mach_port_request_notification(SELF, object->port, MACH_NOTIFY_NO_SENDERS, made,
					       object->port, MACH_MSG_TYPE_MAKE_SEND_ONCE,
					       &previous);

	if (result == KERN_SUCCESS && MACH_PORT_VALID(previous)) {
		(void)syscall_mach_port_deallocate(SELF, previous);
	}
	return result;
}

/* The port of a fresh object: in the set, with its payload. */
static kern_return_t make_port(struct ipc_object *object, struct ipc_bucket *bucket)
{
	kern_return_t result =
		syscall_mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &object->port);

	if (result != KERN_SUCCESS) {
		object->port = MACH_PORT_NULL;
		return result;
	}
	result = mach_port_set_protected_payload(SELF, object->port, object->handle);
	if (result == KERN_SUCCESS && !object->public) {
		result = ask_no_senders(object, 1);
	}
	if (result == KERN_SUCCESS) {
		result = mach_port_move_member(SELF, object->port, bucket->set);
	}
	return result;
}

static kern_return_t object_create(struct ipc_client *client, struct ipc_class *class,
				   boolean_t public, struct ipc_object **created)
{
	struct ipc_bucket *bucket = client->bucket;
	struct ipc_object *object = ipc_allocate(sizeof *object + class->data_bytes);
	kern_return_t result = KERN_RESOURCE_SHORTAGE;

	if (object == NULL) {
		return result;
	}
	object->client = client;
	object->class = class;
	object->public = public;
	object->references = 1;
	object->admit.client = &client->admit;
	object->admit.class_gate = &class->gate;
	ipc_lock(&bucket->lock);
	if (client->objects < client->limits.objects) {
		object->handle = ipc_handle_add(&bucket->objects, object);
	}
	if (object->handle == HANDLE_NONE) {
		ipc_unlock(&bucket->lock);
		ipc_free(object, sizeof *object + class->data_bytes);
		return result;
	}
	client->objects++;
	client->references++;
	ipc_unlock(&bucket->lock);
	result = make_port(object, bucket);
	if (result != KERN_SUCCESS) {
		ipc_object_destroy(object);
		return result;
	}
	ipc_lock(&bucket->lock);
	port_enter(bucket, object);
	ipc_unlock(&bucket->lock);
	object->whole = TRUE;
	*created = object;
	return KERN_SUCCESS;
}

kern_return_t ipc_object_create(struct ipc_client *client, struct ipc_class *class,
				struct ipc_object **object)
{
	return object_create(client, class, FALSE, object);
}

kern_return_t ipc_object_create_public(struct ipc_bucket *bucket, struct ipc_class *class,
				       struct ipc_object **object)
{
	return object_create(bucket->public, class, TRUE, object);
}

mach_port_t ipc_object_give(struct ipc_object *object)
{
	struct ipc_bucket *bucket = object->client->bucket;

	ipc_lock(&bucket->lock);
	object->gives++;
	ipc_unlock(&bucket->lock);
	return object->port;
}

void ipc_object_reference(struct ipc_object *object)
{
	struct ipc_bucket *bucket = object->client->bucket;

	ipc_lock(&bucket->lock);
	object->references++;
	ipc_unlock(&bucket->lock);
}

struct ipc_object *ipc_object_drop(struct ipc_object *object)
{
	return --object->references == 0 ? object : NULL;
}

void ipc_object_reclaim(struct ipc_object *object)
{
	struct ipc_client *client = NULL;
	struct ipc_bucket *bucket = NULL;

	if (object == NULL) {
		return;
	}
	client = object->client;
	bucket = client->bucket;
	if (object->whole && object->class->reclaim != NULL) {
		object->class->reclaim(object);
	}
	ipc_lock(&bucket->lock);
	client->objects--;
	client_drop(client);
	ipc_unlock(&bucket->lock);
	ipc_free(object, sizeof *object + object->class->data_bytes);
}

void ipc_object_release(struct ipc_object *object)
{
	struct ipc_bucket *bucket = object->client->bucket;
	struct ipc_object *last = NULL;

	ipc_lock(&bucket->lock);
	last = ipc_object_drop(object);
	ipc_unlock(&bucket->lock);
	ipc_object_reclaim(last);
}

/* Lock held: the port and the handle go, with the reference that was theirs.  Once only. */
static struct ipc_object *object_end(struct ipc_object *object)
{
	struct ipc_bucket *bucket = object->client->bucket;

	if (handle_remove(&bucket->objects, object->handle) == NULL) {
		return NULL;
	}
	admit_forget(&object->admit);
	if (object->port != MACH_PORT_NULL) {
		port_leave(bucket, object);
		(void)mach_port_mod_refs(SELF, object->port, MACH_PORT_RIGHT_RECEIVE, -1);
		object->port = MACH_PORT_NULL;
	}
	return ipc_object_drop(object);
}

void ipc_object_destroy(struct ipc_object *object)
{
	struct ipc_bucket *bucket = object->client->bucket;
	struct ipc_object *last = NULL;

	ipc_lock(&bucket->lock);
	object->references++;
	ipc_unlock(&bucket->lock);
	ipc_object_interrupt(object);
	ipc_lock(&bucket->lock);
	(void)object_end(object); /* our reference is not the last */
	last = ipc_object_drop(object);
	ipc_unlock(&bucket->lock);
	ipc_object_reclaim(last);
}

void ipc_object_no_senders(struct ipc_bucket *bucket, uint32_t handle)
{
	struct ipc_object *object = NULL;
	struct ipc_object *ended = NULL;
	struct mach_port_status status;

	ipc_lock(&bucket->lock);
	object = handle_find(&bucket->objects, handle);
	/* A client can send this id, too; so the kernel is asked, not believed. */
	if (object != NULL && !object->public &&
	    mach_port_get_receive_status(SELF, object->port, &status) == KERN_SUCCESS) {
		if (!status.mps_srights && status.mps_mscount == object->gives) {
			ended = object;
			object->references++;
			(void)object_end(object); /* our reference is not the last */
		} else {
			(void)ask_no_senders(object, object->gives);
		}
	}
	ipc_unlock(&bucket->lock);
	if (ended != NULL) {
		ipc_object_cancel_held(ended);
		ipc_object_release(ended);
	}
}

kern_return_t ipc_publish(struct ipc_object *object)
{
	mach_port_t ports[1] = { object->port };
	kern_return_t result = mach_port_insert_right(SELF, object->port, object->port,
						      MACH_MSG_TYPE_MAKE_SEND);

	if (result == KERN_SUCCESS) {
		result = mach_ports_register(SELF, ports, 1);
		(void)syscall_mach_port_deallocate(SELF, object->port);
	}
	return result;
}
