/*
 * What the files of this server share.
 *
 * One worker serves everything, and nothing it does waits: who must wait for somebody else is
 * answered later.  So there is no lock, and every structure is whole whenever a routine begins or
 * the framework calls (reclaim, cancelled).  What may call back into this server: every ipc_*
 * function that answers or destroys; loops over waiting calls begin anew after one.
 */
#pragma once

#include <stdlib.h>
#include <string.h>
#include <libmach.h>
#include <ipc/ipc.h>
#include <masix/acs.h>
#include <masix/file.h>
#include "fifo_core.h"
#include "name_core.h"
#include "tree_core.h"
#include "wait_core.h"

#define FILE_BYTES_MAX 0xfffff000ull /* a memory object has no more */
#define PAGE_BYTES     4096u
#define HANDLES_MAX    32768u /* of all clients */

struct handle;
struct session;

/* A file of any kind.  What most do not have is made when it is needed. */
struct node {
	struct tree_node tree; /* first: a tree node is its node */
	/* Regular files (data.c). */
	mach_port_t memory; /* the control over its data; null: it never had any */
	natural_t pages;    /* it has, if pages_known */
	bool pages_known;
	bool shared;          /* windows were given out: pages and data may change without us */
	bool executed;        /* ... to execute it, and perhaps somebody does */
	uint32_t place;       /* in the table of sizes (share.c); 0: none */
	uint32_t writers;     /* open files that may write */
	mach_port_t *windows; /* given out so far, by protection; null: none yet */
	/* FIFOs (fifo.c); null: not open. */
	struct fifo_state *fifo;
	/* Record locks (lock.c), while there are any or somebody waits. */
	struct node_locks *locks;
	struct handle *handles; /* of this node */
	uint32_t watchers;      /* handles with a notifier */
};

/* What a port stands for: an open file, or a hold on one. */
struct handle {
	struct ipc_object *object;
	struct node *node;             /* counted by tree_open; null: not yet */
	struct node *directory;        /* where it was found, counted as well; null: nowhere */
	uint64_t name_cookie;          /* of the entry there */
	struct session *session;       /* null: a public handle */
	struct access_identity *bound; /* in whose name alone it may be used; null: unrestricted */
	uint32_t flags;  /* FILE_READ FILE_WRITE FILE_EXECUTE FILE_APPEND FILE_HANDLE */
	bool common;     /* opened by one without privileges: a write ends set-user-id */
	uint8_t foreign; /* FOREIGN_*: of another node's file server (net.c) */
	int64_t position;
	struct ipc_notifier *notifier;
	uint32_t events; /* that it wants, 1 << FILE_EVENT_* */
	uint32_t key;
	struct handle *previous; /* of the node's */
	struct handle *next;
};

/* In whose name calls from another node are taken; what is opened from such a handle is one, too.
 */
#define FOREIGN_NO     0
#define FOREIGN_NOBODY 1 /* in nobody's, whatever they say */
#define FOREIGN_USERS  2 /* in their users'; root is user UNIX_CLIENT_UID */

/* One client, as far as this server has more to say of it than lib/ipc. */
struct session {
	struct ipc_client *client;
	bool public; /* it began at the public port */
	uint32_t handles;
	struct lock_owner *owners;
	uint32_t ranges; /* of locks */
};

extern struct ipc_bucket *bucket;
extern struct ipc_class file_class;

/* ---- node.c: the tree, and what it may cost */

extern struct tree tree;

/*
 * An empty tree that may use so many bytes: most of it for data, the rest for what the server keeps
 * of files.  KERN_RESOURCE_SHORTAGE.
 */
kern_return_t tree_start(uint64_t bytes_max);

/* Memory for metadata, zeroed; null: no room (FILE_ENOSPC).  metadata_free(null) does nothing. */
void *metadata_allocate(size_t bytes);
void metadata_free(void *memory, size_t bytes);

/* A node without names, not yet in the tree; "mode" with its kind.  Null: no room. */
struct node *node_new(uint32_t mode);
/* Neither names nor holders are left. */
void node_free(struct node *node);
/* Drops a hold; frees the node if that was the last of all. */
void node_close(struct node *node);

struct tree_entry *entry_new(struct tree_name name);
void entry_free(struct tree_entry *entry);
/* What an operation on the tree handed back. */
void removed_free(const struct tree_removed *removed);

/* Enters a new node where a walk ended; on an error the node is freed. */
kern_return_t node_enter(struct node *node, const struct tree_walk *walk);

static inline struct node *node_of(struct tree_node *tree_node)
{
	return (struct node *)(void *)tree_node;
}

/* Kind and permissions. */
uint32_t node_mode(const struct tree_node *node);
void node_attributes(struct node *node, const struct handle *asked,
		     struct file_attributes *attributes);
void system_info(struct file_system_info *info);
/* The task that pays for data. */
extern mach_port_t data_task;

/* FILE_E*, or KERN_SUCCESS. */
kern_return_t error_of(enum tree_result result);

/* ---- clock.c */

/* The time of day, to the clock's tick.  clock_map: by a page of the device "time", if there is
 * one. */
void clock_map(mach_port_t device);
int64_t clock_now_ns(void);

/* ---- data.c: regular files */

/* To "address", from offset on, what the file has of *bytes. */
kern_return_t data_read(struct node *node, uint64_t offset, void *address, uint32_t *bytes);
/* FILE_ENOSPC FILE_EFBIG; *written is at least one if it succeeds (and bytes is not 0). */
kern_return_t data_write(struct node *node, uint64_t offset, const void *address, uint32_t bytes,
			 uint32_t *written);
/* FILE_EFBIG FILE_ENOSPC */
kern_return_t data_set_size(struct node *node, uint64_t size);
/* A copy of [offset, offset + *bytes) in this task, as a part of whole pages; *bytes becomes less.
 */
kern_return_t data_copy(struct node *node, uint64_t offset, uint32_t *bytes, vm_address_t *address);
/* A window for others.  KERN_RESOURCE_SHORTAGE */
kern_return_t data_window(struct node *node, vm_prot_t protection, mach_port_t *window);
/* The same for a client that copies from it and never maps it: data changes by this server alone.
 */
kern_return_t data_reader(struct node *node, mach_port_t *window);
/* Is it mapped to be executed, or can it be? */
bool data_executed(struct node *node);
/* How many pages it has, by asking when mappings may have made some. */
uint32_t data_pages(struct node *node);
void data_free(struct node *node);

/* ---- request_data.c */

/* One entry at the end of what is there; false: it does not fit. */
bool directory_put(char *to, uint32_t *used, uint32_t room, uint64_t number, uint8_t kind,
		   uint64_t cookie, struct tree_name name);

/* ---- share.c */

/* The size has changed; the file was read, or it changed; it is no more. */
void share_size(struct node *node);
void share_read(struct node *node, bool read);
void share_free(struct node *node);

/* ---- handle.c */

/*
 * A new handle, in the same hands as "from": its client (one of its own if "from" is public) and
 * what it is bound to.  "who": what a handle with FILE_RESTRICTED is bound to.
 */
kern_return_t handle_new(struct handle *from, const struct access_identity *who, uint32_t flags,
			 struct handle **handle);
/* Makes it stand for the node; it is open then.  "walk" has found the node, or is null. */
void handle_open(struct handle *handle, struct node *node, const struct tree_walk *walk);
void handle_reclaim(struct ipc_object *object);

/* The root directory for everybody: in the name of nobody alone. */
kern_return_t root_public(struct ipc_object **object);
/* The root directory for another node, as a client of its own; foreign is FOREIGN_*. */
kern_return_t root_foreign(uint8_t foreign, struct ipc_object **object);
/* The root directory without restriction, as a client of its own. */
kern_return_t root_unrestricted(struct ipc_object **object);

/*
 * The handle behind a right that came with a request; FILE_EXDEV if it is none of ours.  Give its
 * object back with ipc_object_release.
 */
kern_return_t handle_of_port(mach_port_t port, struct handle **handle);

/* The identity that came with a call on this handle: *who points to "space", or is null. */
kern_return_t handle_identity(const struct handle *handle, const natural_t *words,
			      mach_msg_type_number_t count, struct access_identity *space,
			      const struct access_identity **who);

static inline struct handle *handle_of(ipc_call_t call)
{
	return ipc_call_data(call);
}

/* ---- net.c: /net, the trees of other nodes */

/* A path that leads there; never an answer. */
#define FILE_BEYOND FILE_ERROR(0x3f00)

/* Finds /net in the tree, and who this node is.  Without them there are no others. */
void net_begin(void);

/* Whether what tree_walk left at tree.beyond is this node's own tree. */
bool net_is_here(void);

/* The interface of handles: file.defs, whose paths may lead to other nodes. */
mig_routine_t net_routine(const mach_msg_header_t *request);

/* The entries of /net; MIG_NO_REPLY: later. */
kern_return_t net_read_directory(ipc_call_t call, uint64_t cookie, char *entries, uint32_t room,
				 uint32_t *used);

/* Another node's file server: what it gets here. */
kern_return_t net_accept(const acs_digest_t node, struct ipc_object **object);
bool net_is_own(const acs_digest_t node);

/* Numbers of files, and paths, as other nodes see them. */
uint64_t net_number(uint64_t number);
uint32_t net_prefix(char path[FILE_PATH_BYTES_MAX]);

/* ---- watch.c */

/* Tells those who watch the node; "kind" is FILE_EVENT_*. */
void watch_tell(struct node *node, uint32_t kind, uint32_t value);
void watch_data(struct node *node); /* data changed: times and generation, too */
void watch_attributes(struct node *node);
void watch_entries(struct tree_node *directory);
void watch_removed(struct tree_node *node); /* it lost a name */

/* ---- fifo.c */

kern_return_t fifo_open(ipc_call_t call, struct handle *handle, uint32_t flags);
void fifo_close(struct handle *handle);
/* MIG_NO_REPLY: it waits, and is answered later. */
kern_return_t fifo_read_call(ipc_call_t call, uint32_t flags, void *data, uint32_t *bytes);
kern_return_t fifo_read_pages_call(ipc_call_t call, uint32_t flags, vm_offset_t *data,
				   uint32_t *bytes);
/* MIG_NO_REPLY: it waits, with a copy of (the first FIFO_ATOMIC_BYTES of) the data. */
kern_return_t fifo_write_call(ipc_call_t call, uint32_t flags, bool pages, const void *data,
			      uint32_t bytes, natural_t *written);
uint32_t fifo_poll(const struct handle *handle);

/* ---- lock.c */

/* The client is gone: so are its locks. */
void locks_end_session(struct session *session);
void locks_free(struct node *node);

/* ---- archive.c */

/* Fills the tree from the archive; says on the log what is wrong with it.  False: it is damaged. */
bool archive_load(const uint8_t *archive, uint32_t bytes);
