/* Handles: what ports stand for, and whose they are. */
#include <gen/mach_port.h>
#include <gen/file_server.h>
#include <masix/unix.h>
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

/* Another node, all its users together. */
static const struct ipc_limits foreign_limits = {
	.calls = 256,
	.queued = 64,
	.objects = 2048,
	.notifiers = 64,
	.events = 16,
};

/*
 * Nobody can tell who comes through the public port, so all who do share one part of what there is:
 * the rest is for those that have proved who they are.
 */
#define CLIENTS_MAX         1024u
#define PUBLIC_SESSIONS_MAX (CLIENTS_MAX / 4 * 3)
#define PUBLIC_HANDLES_MAX  (HANDLES_MAX / 4 * 3)

static uint32_t handles_count;
static uint32_t public_handles;
static uint32_t public_sessions;

static const struct access_identity nobody = {.uid = NOBODY, .gid = NOBODY};

struct ipc_class file_class = {
	.name = "file",
	.interfaces = (const ipc_interface_t[]){net_routine, NULL},
	.data_bytes = sizeof(struct handle),
	.reclaim = handle_reclaim,
};

static bool is_room_for(const struct session *session)
{
	if (!session->public) {
		return handles_count < HANDLES_MAX;
	}
	return handles_count < HANDLES_MAX && public_handles < PUBLIC_HANDLES_MAX &&
	       (session->handles != 0 || public_sessions < PUBLIC_SESSIONS_MAX);
}

/* A handle of a client, which belongs to the session.  A fresh one stays the caller's on failure.
 */
static kern_return_t handle_create(struct ipc_client *client, struct session *session,
				   struct handle **handle)
{
	struct ipc_object *object = NULL;
	kern_return_t result = KERN_RESOURCE_SHORTAGE;

	if (is_room_for(session)) {
		result = ipc_object_create(client, &file_class, &object);
	}
	if (result != KERN_SUCCESS) {
		return result;
	}
	*handle = ipc_object_data(object);
	(*handle)->object = object;
	(*handle)->session = session;
	session->client = client;
	public_sessions += session->public && session->handles == 0;
	public_handles += session->public;
	session->handles++;
	handles_count++;
	return KERN_SUCCESS;
}

/* The same with a client and a session of its own. */
static kern_return_t handle_create_first(bool public, const struct ipc_limits *limits,
					 struct handle **handle)
{
	struct ipc_client *client = NULL;
	struct session *session = calloc(1, sizeof *session);
	kern_return_t result = KERN_RESOURCE_SHORTAGE;

	if (session != NULL) {
		session->public = public;
		result = ipc_client_create(bucket, limits, &client);
	}
	if (result == KERN_SUCCESS) {
		result = handle_create(client, session, handle);
		ipc_client_release(client); /* it lives as long as its handles */
	}
	if (result != KERN_SUCCESS) {
		free(session);
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
				       : handle_create_first(true, &public_limits, handle);
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
		(*handle)->foreign = from->foreign;
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
	if (session == NULL) {
		return;
	}
	handles_count--;
	public_handles -= session->public;
	if (--session->handles == 0) {
		public_sessions -= session->public;
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
	kern_return_t result = handle_create_first(false, &large_limits, &handle);

	if (result == KERN_SUCCESS) {
		handle->flags = FILE_HANDLE;
		handle_open(handle, node_of(tree.root), NULL);
		*object = handle->object;
	}
	return result;
}

kern_return_t root_foreign(uint8_t foreign, struct ipc_object **object)
{
	struct handle *handle = NULL;
	kern_return_t result = handle_create_first(true, &foreign_limits, &handle);

	if (result == KERN_SUCCESS) {
		handle->flags = FILE_HANDLE;
		handle->foreign = foreign;
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

static natural_t not_root(natural_t id)
{
	return id != 0 ? id : UNIX_CLIENT_UID;
}

/* Whose name a call from another node is taken in: never root's, and nobody's if that node may not.
 */
static kern_return_t foreign_identity(const struct handle *handle, const natural_t *words,
				      mach_msg_type_number_t count, struct access_identity *space)
{
	if (count == 1 || count > 2 + ACCESS_GROUPS_MAX) {
		return FILE_EINVAL;
	}
	*space = nobody;
	if (handle->foreign != FOREIGN_USERS) {
		return KERN_SUCCESS;
	}
	space->uid = not_root(count != 0 ? words[0] : 0);
	space->gid = not_root(count != 0 ? words[1] : 0);
	space->group_count = count != 0 ? count - 2 : 0;
	for (uint32_t i = 0; i < space->group_count; i++) {
		space->groups[i] = not_root(words[2 + i]);
	}
	return KERN_SUCCESS;
}

kern_return_t handle_identity(const struct handle *handle, const natural_t *words,
			      mach_msg_type_number_t count, struct access_identity *space,
			      const struct access_identity **who)
{
	*who = NULL;
	if (handle->foreign != FOREIGN_NO) {
		*who = space;
		return foreign_identity(handle, words, count, space);
	}
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
