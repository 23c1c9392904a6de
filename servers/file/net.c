/*
 * /net: the trees of other nodes, by their names.  A path that enters one is cut there, and the
 * request goes on to that node's file server as it is, with the rest of the path and the caller's
 * own reply right: that server answers the caller, with ports of its own, and this one has nothing
 * more to do with it.  If that node dies, the kernel's send-once notification is the answer.
 *
 * The one worker waits for no other node.  Who waits for a node that was not found yet waits in its
 * list; a thread finds it: both proved who they are (lib/trust), and the other server gave a port
 * for this node's users.  Such threads know nothing of the tree: what they share with the worker is
 * here, under one lock.
 */
#include <pthread.h>
#include <stdio.h>
#include <gen/acs.h>
#include <gen/file_reply.h>
#include <gen/file_server.h>
#include <gen/gns.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <ipc/items_core.h>
#include <mach/mig_support.h>
#include <masix/gns.h>
#include <masix/subsystems.h>
#include <standard_ports.h>
#include <trust/name_core.h>
#include <trust/trust.h>
#include "file.h"

#define SELF         mach_task_self()
#define NODES_MAX    64
#define WAITING_MAX  128 /* requests, of all nodes that are looked for */
#define ASKERS_MAX   8   /* threads that ask nodes, for one reader of /net */
#define LINK_ROUTINE 5   /* of file.defs: these have a right to another directory */
#define RENAME       7
#define PATHS_LAST   11 /* the routines from 0 on have a path */

#define COOKIE_FIRST 2 /* behind "." and ".."; a node's is its place in the list more */

/* A request on its way to another node. */
struct waiting {
	struct waiting *next;
	unsigned int tries;
	mach_port_t reply;      /* the caller's, send-once */
	mach_msg_header_t head; /* the message; more follows */
};

/* A node that somebody looked for; free without a name. */
static struct node_found {
	char name[ACS_NAME_BYTES];
	mach_port_t root; /* a send right, perhaps dead by now; null: not found */
	bool searching;
	struct waiting *first;
} nodes[NODES_MAX];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int waiting_count;

/* The nodes that were up when /net was last read from its beginning. */
static char listed[NODES_MAX][ACS_NAME_BYTES];
static uint32_t listed_count;

/* This node; set at the start. */
static acs_name_t own_name;
static acs_digest_t own_id;
static natural_t own_number;

static struct tree_beyond beyond;

/* --------------------------------------------------------------------------------- who one is */

void net_begin(void)
{
	static const struct tree_name net = {.bytes = (const uint8_t *)"net", .count = 3};
	struct tree_entry *entry = tree_find(&tree, tree.root, net);
	natural_t version = 0;

	if (standard_port(STANDARD_PORT_REGISTRATION) == MACH_PORT_NULL ||
	    acs_get_node(standard_port(STANDARD_PORT_ACS), own_name, &own_number, own_id,
			 &version) != KERN_SUCCESS) {
		return;
	}
	if (entry != NULL && entry->node->kind == TREE_DIRECTORY) {
		tree.beyond = &beyond;
		tree.border = entry->node;
		tree_open(entry->node); /* it stays, whoever removes its name */
	}
}

static bool beyond_name(char name[ACS_NAME_BYTES])
{
	if (!name_check((const char *)beyond.name, beyond.name_count)) {
		return false;
	}
	name_copy(name, (const char *)beyond.name, beyond.name_count);
	return true;
}

bool net_is_here(void)
{
	char name[ACS_NAME_BYTES];

	return beyond_name(name) && name_equal(name, own_name);
}

bool net_is_own(const acs_digest_t node)
{
	return memcmp(node, own_id, sizeof own_id) == 0;
}

kern_return_t net_accept(const acs_digest_t node, struct ipc_object **object)
{
	acs_name_t name = "";
	natural_t roles = 0;
	kern_return_t result =
		acs_get_member(standard_port(STANDARD_PORT_ACS), (uint8_t *)node, name, &roles);

	return result
		       ?: root_foreign((roles & ACS_NODE_START_TASKS) != 0 ? FOREIGN_USERS
									   : FOREIGN_NOBODY,
				       object);
}

uint64_t net_number(uint64_t number)
{
	return number | (uint64_t)own_number << 32;
}

uint32_t net_prefix(char path[FILE_PATH_BYTES_MAX])
{
	return (uint32_t)snprintf(path, FILE_PATH_BYTES_MAX, "/net/%s", own_name);
}

/* ------------------------------------------------------------------------------------ answers */

static void answer_error(mach_port_t reply, mach_msg_id_t request_id, kern_return_t code)
{
	const mach_msg_header_t request = {
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0),
		.msgh_remote_port = reply,
		.msgh_id = request_id,
	};
	mig_reply_header_t message;

	mig_reply_setup(&request, &message.Head);
	message.RetCode = code;
	ipc_answer_sent(reply, mach_msg(&message.Head, MACH_SEND_MSG, sizeof message, 0,
					MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

static void give_up(struct waiting *waiting, kern_return_t code)
{
	answer_error(waiting->reply, waiting->head.msgh_id, code);
	free(waiting);
}

/* ---------------------------------------------------------------------------- finding a node */

static struct node_found *find_node(const char name[ACS_NAME_BYTES])
{
	struct node_found *free_one = NULL;

	for (unsigned int i = 0; i < NODES_MAX; i++) {
		if (name_equal(nodes[i].name, name)) {
			return &nodes[i];
		}
		if (nodes[i].name[0] == '\0' && free_one == NULL) {
			free_one = &nodes[i];
		}
	}
	return free_one;
}

/* All other nodes of the cluster; the count. */
static unsigned int read_members(char names[NODES_MAX][ACS_NAME_BYTES])
{
	mach_port_t gns = MACH_PORT_NULL;
	pointer_t list = 0;
	mach_msg_type_number_t bytes = 0;
	unsigned int count = 0;

	if (acs_look_up(standard_port(STANDARD_PORT_ACS), "gns", 0, &gns) != KERN_SUCCESS) {
		return 0;
	}
	if (gns_get_peers(gns, &list, &bytes) == KERN_SUCCESS) {
		const struct gns_peer *peers = (const struct gns_peer *)list;

		for (; count < bytes / sizeof *peers && count < NODES_MAX; count++) {
			name_copy(names[count], peers[count].name,
				  strnlen(peers[count].name, ACS_NAME_BYTES - 1));
		}
		(void)vm_deallocate(SELF, list, bytes);
	}
	(void)mach_port_deallocate(SELF, gns);
	return count;
}

static bool is_member(const char name[ACS_NAME_BYTES])
{
	char names[NODES_MAX][ACS_NAME_BYTES];
	unsigned int count = read_members(names);

	while (count > 0 && !name_equal(names[count - 1], name)) {
		count--;
	}
	return count != 0;
}

/* Its file server's port for this node; why not, as an error of files. */
static kern_return_t connect_node(const char name[ACS_NAME_BYTES], mach_port_t *root)
{
	acs_name_t server;
	kern_return_t result = ACS_NAME_INVALID;

	*root = MACH_PORT_NULL;
	if (!is_member(name)) {
		return FILE_ENOENT;
	}
	if (snprintf(server, sizeof server, "file@%s", name) < (int)sizeof server) {
		result = trust_connect(server, 0, root);
	}
	if (result == KERN_SUCCESS && !MACH_PORT_VALID(*root)) {
		*root = MACH_PORT_NULL;
		result = FILE_EIO;
	}
	return result == KERN_SUCCESS || result == KERN_RESOURCE_SHORTAGE ? result
	       : result == KERN_NO_ACCESS                                 ? FILE_EACCES
									  : FILE_EIO;
}

static void send_waiting(struct node_found *node, struct waiting *waiting);

/* What was found: who waits is sent on, or told why not. */
static void found(struct node_found *node, kern_return_t result, mach_port_t root)
{
	struct waiting *first = NULL;

	(void)pthread_mutex_lock(&lock);
	node->searching = false;
	node->root = root;
	first = node->first;
	node->first = NULL;
	if (root == MACH_PORT_NULL) {
		node->name[0] = '\0';
	}
	for (struct waiting *each = first; each != NULL; each = each->next) {
		waiting_count--;
	}
	(void)pthread_mutex_unlock(&lock);
	while (first != NULL) {
		struct waiting *waiting = first;

		first = waiting->next;
		if (result == KERN_SUCCESS) {
			send_waiting(node, waiting);
		} else {
			give_up(waiting, result);
		}
	}
}

static void *search(void *argument)
{
	struct node_found *node = argument;
	mach_port_t root = MACH_PORT_NULL;
	kern_return_t result = connect_node(node->name, &root);

	found(node, result, root);
	return NULL;
}

static bool start_thread(void *(*function)(void *), void *argument)
{
	pthread_attr_t attributes;
	pthread_t thread;

	(void)pthread_attr_init(&attributes);
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	return pthread_create(&thread, &attributes, function, argument) == 0;
}

/* It waits until the node is found; lock held.  An error: it does not. */
static kern_return_t enqueue(struct node_found *node, struct waiting *waiting)
{
	struct waiting **last = &node->first;

	if (waiting_count >= WAITING_MAX) {
		return FILE_EAGAIN;
	}
	if (!node->searching) {
		node->searching = start_thread(search, node);
		if (!node->searching) {
			return KERN_RESOURCE_SHORTAGE;
		}
	}
	while (*last != NULL) {
		last = &(*last)->next;
	}
	waiting->next = NULL;
	*last = waiting;
	waiting_count++;
	return KERN_SUCCESS;
}

/* A port that is dead is looked for again, once. */
static void search_again(struct node_found *node, struct waiting *waiting, mach_port_t dead)
{
	kern_return_t result = FILE_EIO;

	(void)pthread_mutex_lock(&lock);
	if (node->root == dead) {
		node->root = MACH_PORT_NULL;
		(void)mach_port_deallocate(SELF, dead);
	}
	if (waiting->tries++ == 0 && node->root == MACH_PORT_NULL) {
		result = enqueue(node, waiting);
	}
	(void)pthread_mutex_unlock(&lock);
	if (result != KERN_SUCCESS) {
		give_up(waiting, result);
	}
}

/* Sends the request on; never waits. */
static void send_waiting(struct node_found *node, struct waiting *waiting)
{
	mach_port_t root = MACH_PORT_NULL;
	kern_return_t result = MACH_SEND_INVALID_DEST;

	(void)pthread_mutex_lock(&lock);
	root = node->root;
	(void)pthread_mutex_unlock(&lock);
	waiting->head.msgh_bits =
		MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MOVE_SEND_ONCE);
	waiting->head.msgh_remote_port = root;
	waiting->head.msgh_local_port = waiting->reply;
	if (root != MACH_PORT_NULL) {
		result = mach_msg(&waiting->head, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
				  waiting->head.msgh_size, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
	}
	if (result == KERN_SUCCESS) {
		free(waiting);
	} else if (result == MACH_SEND_INVALID_DEST) {
		search_again(node, waiting, root);
	} else {
		if (result == MACH_SEND_TIMED_OUT) { /* both rights came back */
			(void)mach_port_deallocate(SELF, root);
		}
		give_up(waiting, FILE_EAGAIN);
	}
}

/* ------------------------------------------------------------------------------- going beyond */

/* The request with the rest of its path in place of the path; null: no memory, or no such form. */
static struct waiting *make_waiting(const mach_msg_header_t *request)
{
	const uint32_t padded = (beyond.path_count + 3) & ~3u;
	const mach_msg_type_long_t type = {
		.msgtl_header = {.msgt_inline = TRUE, .msgt_longform = TRUE},
		.msgtl_name = MACH_MSG_TYPE_CHAR,
		.msgtl_size = 8,
		.msgtl_number = beyond.path_count,
	};
	struct waiting *waiting = NULL;
	struct items items;
	struct item item;
	uint32_t before = 0, rest = 0;
	char *to = NULL;

	items_begin(&items, request, request->msgh_size);
	if (!items_next(&items, &item)) {
		return NULL;
	}
	before = items.at;
	if (!items_next(&items, &item)) {
		return NULL;
	}
	rest = request->msgh_size - items.at;
	waiting = calloc(1, sizeof *waiting + before + sizeof type + padded + rest);
	if (waiting == NULL) {
		return NULL;
	}
	to = (char *)&waiting->head;
	memcpy(to, request, before);
	memcpy(to + before, &type, sizeof type);
	memcpy(to + before + sizeof type, beyond.path, beyond.path_count);
	memcpy(to + before + sizeof type + padded, (const char *)request + items.at, rest);
	waiting->head.msgh_size = before + sizeof type + padded + rest;
	return waiting;
}

/* The request is on its way, or waits; an error: it is neither. */
static kern_return_t go_beyond(const mach_msg_header_t *request)
{
	ipc_call_t call = ipc_call_of_payload(request->msgh_protected_payload);
	char name[ACS_NAME_BYTES];
	struct node_found *node = NULL;
	struct waiting *waiting = NULL;
	ipc_answer_t answer = 0;
	bool known = false;
	kern_return_t result = KERN_SUCCESS;

	if (handle_of(call)->foreign != FOREIGN_NO) {
		return FILE_ELOOP; /* from node to node there is one step */
	}
	if (!beyond_name(name)) {
		return FILE_ENOENT;
	}
	waiting = make_waiting(request);
	if (waiting == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	result = ipc_call_defer(call, NULL, NULL, &answer);
	if (result != KERN_SUCCESS) {
		free(waiting);
		return result;
	}
	waiting->reply = ipc_answer_take(bucket, answer);
	if (waiting->reply == MACH_PORT_NULL) { /* the caller has gone */
		free(waiting);
		return KERN_SUCCESS;
	}
	(void)pthread_mutex_lock(&lock);
	node = find_node(name);
	result = node == NULL ? KERN_RESOURCE_SHORTAGE : KERN_SUCCESS;
	if (node != NULL) {
		memcpy(node->name, name, sizeof node->name);
		known = node->root != MACH_PORT_NULL;
	}
	if (node != NULL && !known) {
		result = enqueue(node, waiting);
		if (result != KERN_SUCCESS && !node->searching) {
			node->name[0] = '\0';
		}
	}
	(void)pthread_mutex_unlock(&lock);
	if (result != KERN_SUCCESS) {
		give_up(waiting, result);
	} else if (known) {
		send_waiting(node, waiting);
	}
	return KERN_SUCCESS;
}

/* file.defs' own routine first; it says if the path leads to another node. */
static void serve_path(mach_msg_header_t *request, mach_msg_header_t *reply)
{
	mig_reply_header_t *answer = (mig_reply_header_t *)reply;
	mach_msg_id_t number = request->msgh_id - MASIX_BASE_FILE;

	(*file_server_routine(request))(request, reply);
	if (answer->RetCode != FILE_BEYOND) {
		return;
	}
	answer->RetCode =
		number == LINK_ROUTINE || number == RENAME ? FILE_EXDEV : go_beyond(request);
	if (answer->RetCode == KERN_SUCCESS) {
		answer->RetCode = MIG_NO_REPLY;
	}
}

mig_routine_t net_routine(const mach_msg_header_t *request)
{
	mig_routine_t routine = file_server_routine(request);

	return routine != NULL && tree.border != NULL &&
			       request->msgh_id <= MASIX_BASE_FILE + PATHS_LAST
		       ? serve_path
		       : routine;
}

/* ------------------------------------------------------------------------------ what is in /net */

/* Is it there?  Looks for it, if that is not known. */
static bool is_up(const char name[ACS_NAME_BYTES])
{
	struct node_found *node = NULL;
	mach_port_t root = MACH_PORT_NULL, before = MACH_PORT_NULL;
	mach_port_type_t type = 0;
	bool up = false;

	(void)pthread_mutex_lock(&lock);
	node = find_node(name);
	up = node != NULL && node->root != MACH_PORT_NULL &&
	     mach_port_type(SELF, node->root, &type) == KERN_SUCCESS &&
	     (type & MACH_PORT_TYPE_SEND) != 0;
	(void)pthread_mutex_unlock(&lock);
	if (up || connect_node(name, &root) != KERN_SUCCESS) {
		return up;
	}
	(void)pthread_mutex_lock(&lock);
	node = find_node(name);
	before = root;
	if (node != NULL && !node->searching) {
		before = node->root;
		memcpy(node->name, name, sizeof node->name);
		node->root = root;
	}
	(void)pthread_mutex_unlock(&lock);
	if (before != MACH_PORT_NULL) {
		(void)mach_port_deallocate(SELF, before);
	}
	return true;
}

/* The other nodes of the cluster, while they are asked if they are there. */
struct asked {
	char names[NODES_MAX][ACS_NAME_BYTES];
	bool up[NODES_MAX];
	unsigned int count, next; /* next: the first that nobody asks yet; under the lock */
};

static void *ask_some(void *argument)
{
	struct asked *asked = argument;

	for (;;) {
		unsigned int mine = 0;

		(void)pthread_mutex_lock(&lock);
		mine = asked->next;
		asked->next += mine < asked->count;
		(void)pthread_mutex_unlock(&lock);
		if (mine == asked->count) {
			return NULL;
		}
		asked->up[mine] = is_up(asked->names[mine]);
	}
}

/* That a node is dead is known when its time has passed: several are asked at once, so that the
   times do not add up.  This thread asks, too, and alone if there can be no other. */
static void ask_all(struct asked *asked)
{
	pthread_t others[ASKERS_MAX - 1];
	unsigned int count = 0;

	while (count < ASKERS_MAX - 1 && count + 1 < asked->count &&
	       pthread_create(&others[count], NULL, ask_some, asked) == 0) {
		count++;
	}
	(void)ask_some(asked);
	while (count > 0) {
		(void)pthread_join(others[--count], NULL);
	}
}

/* Entries behind the cookie; lock held. */
static bool put_listed(uint64_t cookie, char *entries, uint32_t room, uint32_t *used)
{
	static const struct tree_name dots = {.bytes = (const uint8_t *)"..", .count = 2};
	bool fits = true;

	*used = 0;
	for (uint64_t i = cookie; fits && i < COOKIE_FIRST + listed_count; i++) {
		struct tree_name name = {.bytes = dots.bytes, .count = (uint32_t)i + 1};
		uint64_t number = i == 0 ? tree.border->number : tree.root->number;

		if (i >= COOKIE_FIRST) {
			const char *node = listed[i - COOKIE_FIRST];

			name = (struct tree_name){(const uint8_t *)node, (uint32_t)strlen(node)};
			number = (uint64_t)(i + 1) << 32;
		}
		fits = directory_put(entries, used, room, number, FILE_MODE_DIRECTORY >> 12, i + 1,
				     name);
	}
	return fits || *used != 0;
}

/* Somebody who reads /net from its beginning. */
struct listing {
	mach_port_t reply;
	uint32_t room;
};

static void *list(void *argument)
{
	struct listing *listing = argument;
	struct asked asked = {.count = 0};
	char entries[FILE_DATA_MAX];
	uint32_t used = 0;
	bool fits = false;

	asked.count = read_members(asked.names);
	ask_all(&asked);
	(void)pthread_mutex_lock(&lock);
	memcpy(listed[0], own_name, ACS_NAME_BYTES);
	listed_count = 1;
	for (unsigned int i = 0; i < asked.count && listed_count < NODES_MAX; i++) {
		if (asked.up[i]) {
			memcpy(listed[listed_count++], asked.names[i], ACS_NAME_BYTES);
		}
	}
	fits = put_listed(0, entries, listing->room, &used);
	(void)pthread_mutex_unlock(&lock);
	ipc_answer_sent(listing->reply,
			file_read_directory_reply(listing->reply, fits ? KERN_SUCCESS : FILE_EINVAL,
						  entries, used));
	free(listing);
	return NULL;
}

kern_return_t net_read_directory(ipc_call_t call, uint64_t cookie, char *entries, uint32_t room,
				 uint32_t *used)
{
	struct listing *listing = NULL;
	ipc_answer_t answer = 0;
	bool fits = false;
	kern_return_t result = KERN_SUCCESS;

	if (cookie != 0 || handle_of(call)->foreign != FOREIGN_NO) {
		(void)pthread_mutex_lock(&lock);
		fits = put_listed(cookie, entries, room, used);
		(void)pthread_mutex_unlock(&lock);
		return fits ? KERN_SUCCESS : FILE_EINVAL;
	}
	listing = calloc(1, sizeof *listing);
	if (listing == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	result = ipc_call_defer(call, NULL, NULL, &answer);
	if (result != KERN_SUCCESS) {
		free(listing);
		return result;
	}
	listing->reply = ipc_answer_take(bucket, answer);
	listing->room = room;
	if (listing->reply == MACH_PORT_NULL) {
		free(listing);
	} else if (!start_thread(list, listing)) {
		answer_error(listing->reply, MASIX_BASE_FILE + 17, KERN_RESOURCE_SHORTAGE);
		free(listing);
	}
	return MIG_NO_REPLY;
}
