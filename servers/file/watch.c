/* Telling those who watch a file. */
#include <gen/file_server.h>
#include "file.h"

#define EVENTS_ALL 0x7eu /* 1 << each of FILE_EVENT_* */

void watch_tell(struct node *node, uint32_t kind, uint32_t value)
{
	for (struct handle *handle = node->watchers != 0 ? node->handles : NULL; handle != NULL;
	     handle = handle->next) {
		if (handle->notifier != NULL && (handle->events & 1u << kind) != 0) {
			/* Lost or dead: the client hears of the first, the second is its end. */
			(void)ipc_notify(handle->notifier, kind, handle->key, value);
		}
	}
}

void watch_data(struct node *node)
{
	node->tree.modify_ns = node->tree.change_ns = clock_now_ns();
	node->tree.generation++;
	share_read(node, false);
	watch_tell(node, FILE_EVENT_DATA, node->tree.generation);
}

void watch_attributes(struct node *node)
{
	watch_tell(node, FILE_EVENT_ATTRIBUTES, node->tree.generation);
}

void watch_entries(struct tree_node *directory)
{
	watch_tell(node_of(directory), FILE_EVENT_ENTRIES, directory->generation);
}

void watch_removed(struct tree_node *node)
{
	watch_tell(node_of(node), FILE_EVENT_REMOVED, node->generation);
}

kern_return_t serve_file_watch(ipc_call_t call, natural_t events, mach_port_t notify, natural_t key)
{
	struct handle *handle = handle_of(call);
	kern_return_t result = KERN_SUCCESS;

	if (events == 0 || (events & ~EVENTS_ALL) != 0) {
		return FILE_EINVAL;
	}
	if (handle->notifier != NULL) {
		return KERN_NAME_EXISTS;
	}
	if (handle->session == NULL) {
		return FILE_EBADF; /* the public root is nobody's own */
	}
	result = ipc_notifier_create(ipc_call_client(call), notify, &handle->notifier);
	if (result == KERN_SUCCESS) {
		handle->events = events;
		handle->key = key;
		handle->node->watchers++;
	}
	return result == KERN_INVALID_RIGHT ? FILE_EINVAL : result;
}
