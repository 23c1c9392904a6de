/* Handles: what ports stand for, and whose they are. */
#include <gen/mach_port.h>
#include <gen/file_server.h>
#include "file.h"

#define NOBODY 65534u

/* Whoever comes through the public port. */
static const struct ipc_limits public_limits = {
	.calls = 32,
	.queued = 32,
	.objects = 256,
	.notifiers = 16,
	.events = 16,
};

/*
 * Personalities and administrators' programs act for many: waiting calls, above all, must not keep
 * those out that end the waiting.
 */
static const struct ipc_limits large_limits = {
	.calls = 8192,
	.queued = 256,
	.objects = 32768,
	.notifiers = 4096,
	.events = 16,
};

static uint32_t handles_count;

static const struct access_identity nobody = {.uid = NOBODY, .gid = NOBODY};

struct ipc_class file_class = {
	.name = "file",
	.interfaces = (const ipc_interface_t[]){file_server_routine, NULL},
	.data_bytes = sizeof(struct handle),
	.reclaim = handle_reclaim,
};

/* A handle of a client, which belongs to the session (null: a session of its own). */
static kern_return_t handle_create(struct ipc_client *client, struct session *session,
				   struct handle **handle)
{
	struct session *fresh = session == NULL ? calloc(1, sizeof *fresh) : NULL;
	struct ipc_object *object = NULL;
	kern_return_t result = KERN_RESOURCE_SHORTAGE;

	if (handles_count < HANDLES_MAX && (session != NULL || fresh != NULL)) {
		result = ipc_object_create(client, &file_class, &object);
	}
	if (result != KERN_SUCCESS) {
		free(fresh);
		return result;
	}
	*handle = ipc_object_data(object);
	(*handle)->object = object;
	(*handle)->session = session != NULL ? session : fresh;
	(*handle)->session->client = client;
	(*handle)->session->handles++;
	handles_count++;
	return KERN_SUCCESS;
}

/* The same with a client of its own. */
static kern_return_t handle_create_first(const struct ipc_limits *limits, struct handle **handle)
{
	struct ipc_client *client = NULL;
	kern_return_t result = ipc_client_create(bucket, limits, &client);

	if (result == KERN_SUCCESS) {
		result = handle_create(client, NULL, handle);
		ipc_client_release(client); /* it lives as long as its handles */
	}
	return result;
}

static kern_return_t bind(struct handle *handle, const struct access_identity *who)
{
	handle->bound = malloc(sizeof *who);
	if (handle->bound == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	*handle->bound = *who;
	return KERN_SUCCESS;
}

kern_return_t handle_new(struct handle *from, const struct access_identity *who, uint32_t flags,
			 struct handle **handle)
{
	const struct access_identity *bound = from->bound;
	kern_return_t result = KERN_SUCCESS;

	if (bound == NULL && (flags & FILE_RESTRICTED) != 0) {
		bound = who;
		if (bound == NULL) {
			return FILE_EINVAL;
		}
	}
	result = from->session != NULL ? handle_create(from->session->client, from->session, handle)
				       : handle_create_first(&public_limits, handle);
	if (result == KERN_SUCCESS && bound != NULL) {
		result = bind(*handle, bound);
		if (result != KERN_SUCCESS) {
			ipc_object_destroy((*handle)->object);
		}
	}
	if (result == KERN_SUCCESS) {
		(*handle)->flags =
			flags & (FILE_READ | FILE_WRITE | FILE_EXECUTE | FILE_APPEND | FILE_HANDLE);
		(*handle)->common = !access_privileged(who);
	}
	return result;
}

void handle_open(struct handle *handle, struct node *node, const struct tree_walk *walk)
{
	handle->node = node;
	tree_open(&node->tree);
	handle->next = node->handles;
	if (handle->next != NULL) {
		handle->next->previous = handle;
	}
	node->handles = handle;
	node->writers += (handle->flags & FILE_WRITE) != 0;
	if (walk != NULL && walk->directory != NULL) {
		const struct tree_entry *entry = tree_find(&tree, walk->directory, walk->last);

		handle->directory = node_of(walk->directory);
		handle->name_cookie = entry != NULL ? entry->cookie : 0;
		tree_open(walk->directory);
	}
}

static void handle_close(struct handle *handle)
{
	struct node *node = handle->node;

	if (node == NULL) {
		return;
	}
	fifo_close(handle);
	if (handle->previous != NULL) {
		handle->previous->next = handle->next;
	} else {
		node->handles = handle->next;
	}
	if (handle->next != NULL) {
		handle->next->previous = handle->previous;
	}
	node->writers -= (handle->flags & FILE_WRITE) != 0;
	node->watchers -= handle->notifier != NULL;
	handle->node = NULL;
	node_close(node);
	node_close(handle->directory);
}

void handle_reclaim(struct ipc_object *object)
{
	struct handle *handle = ipc_object_data(object);
	struct session *session = handle->session;

	handle_close(handle);
	ipc_notifier_destroy(handle->notifier);
	free(handle->bound);
	handles_count--;
	if (session != NULL && --session->handles == 0) {
		locks_end_session(session);
		free(session);
	}
}

kern_return_t root_public(struct ipc_object **object)
{
	kern_return_t result = ipc_object_create_public(bucket, &file_class, object);
	struct handle *handle = NULL;

	if (result == KERN_SUCCESS) {
		handle = ipc_object_data(*object);
		handle->object = *object;
		handle->flags = FILE_HANDLE;
		handle_open(handle, node_of(tree.root), NULL);
		result = bind(handle, &nobody);
	}
	return result;
}

kern_return_t root_unrestricted(struct ipc_object **object)
{
	struct handle *handle = NULL;
	kern_return_t result = handle_create_first(&large_limits, &handle);

	if (result == KERN_SUCCESS) {
		handle->flags = FILE_HANDLE;
		handle_open(handle, node_of(tree.root), NULL);
		*object = handle->object;
	}
	return result;
}

kern_return_t handle_of_port(mach_port_t port, struct handle **handle)
{
	struct ipc_object *object = ipc_object_of_port(bucket, port, &file_class);

	if (object == NULL) {
		return FILE_EXDEV;
	}
	*handle = ipc_object_data(object);
	return KERN_SUCCESS;
}

kern_return_t handle_identity(const struct handle *handle, const natural_t *words,
			      mach_msg_type_number_t count, struct access_identity *space,
			      const struct access_identity **who)
{
	*who = NULL;
	if (count == 0) {
		return handle->bound == NULL ? KERN_SUCCESS : FILE_EPERM;
	}
	if (count < 2 || count > 2 + ACCESS_GROUPS_MAX) {
		return FILE_EINVAL;
	}
	space->uid = words[0];
	space->gid = words[1];
	space->group_count = count - 2;
	memcpy(space->groups, words + 2, space->group_count * sizeof words[0]);
	if (handle->bound != NULL && !access_same(handle->bound, space)) {
		return FILE_EPERM;
	}
	*who = space;
	return KERN_SUCCESS;
}
