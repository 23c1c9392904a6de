/* The routines of masix/file.defs that take names, or open files by them. */
#include <gen/file_server.h>
#include <gen/mach_port.h>
#include "file.h"

/* What a path in a request has led to. */
struct lookup {
	struct handle *from;
	struct access_identity space;
	const struct access_identity *who; /* "space", or null */
	struct tree_walk walk;
	uint8_t own[TREE_PATH_BYTES_MAX]; /* a path that led to /net, and to this node again */
};

struct words {
	const natural_t *words;
	mach_msg_type_number_t count;
};

struct path {
	const char *bytes;
	mach_msg_type_number_t count;
};

#define OWN_MAX 8 /* so often a path may lead over /net to this node */

static kern_return_t walk_to(struct lookup *lookup, struct handle *from, struct words identity,
			     struct path path, bool follow)
{
	struct tree_name name = {.bytes = (const uint8_t *)path.bytes, .count = path.count};
	enum tree_result walked = TREE_OK;
	kern_return_t result =
		handle_identity(from, identity.words, identity.count, &lookup->space, &lookup->who);

	lookup->from = from;
	if (result == KERN_SUCCESS && memchr(path.bytes, 0, path.count) != NULL) {
		result = FILE_EINVAL;
	}
	if (result != KERN_SUCCESS) {
		return result;
	}
	walked = tree_walk(&tree, lookup->who, &from->node->tree, name, follow, &lookup->walk);
	for (int i = 0; walked == TREE_BEYOND && net_is_here() && i < OWN_MAX; i++) {
		name = (struct tree_name){.bytes = lookup->own, .count = tree.beyond->path_count};
		memcpy(lookup->own, tree.beyond->path, name.count);
		walked = tree_walk(&tree, lookup->who, tree.root, name, follow, &lookup->walk);
	}
	return error_of(walked);
}

/* The same where an empty path means the handle's own file, and where there must be a file. */
static kern_return_t walk_to_file(struct lookup *lookup, struct handle *from, struct words identity,
				  struct path path, bool follow)
{
	kern_return_t result = KERN_SUCCESS;

	if (path.count != 0) {
		result = walk_to(lookup, from, identity, path, follow);
		return result == KERN_SUCCESS && lookup->walk.node == NULL ? FILE_ENOENT : result;
	}
	lookup->from = from;
	lookup->walk = (struct tree_walk){.node = &from->node->tree};
	return handle_identity(from, identity.words, identity.count, &lookup->space, &lookup->who);
}

#define IDENTITY(name) ((struct words){.words = name, .count = name##Cnt})
#define PATH(name)     ((struct path){.bytes = name, .count = name##Cnt})

/* ------------------------------------------------------------------------------------- opening */

#define OPEN_FLAGS   (FILE_FLAGS_ALL & ~FILE_AS_REAL)
#define REOPEN_FLAGS (OPEN_FLAGS & ~(FILE_CREATE | FILE_EXCLUSIVE))
#define NOT_HANDLE                                                                                 \
	(FILE_READ | FILE_WRITE | FILE_EXECUTE | FILE_APPEND | FILE_CREATE | FILE_EXCLUSIVE |      \
	 FILE_TRUNCATE)

static bool flags_mean_something(uint32_t flags, uint32_t allowed)
{
	return (flags & ~(allowed | FILE_RESTRICTED)) == 0 &&
	       ((flags & FILE_HANDLE) == 0 || (flags & NOT_HANDLE) == 0) &&
	       ((flags & FILE_EXCLUSIVE) == 0 || (flags & FILE_CREATE) != 0) &&
	       ((flags & (FILE_TRUNCATE | FILE_APPEND)) == 0 || (flags & FILE_WRITE) != 0) &&
	       ((flags & FILE_CREATE) == 0 || (flags & FILE_DIRECTORY) == 0);
}

static uint32_t wanted_of(uint32_t flags)
{
	return ((flags & FILE_READ) != 0 ? ACCESS_READ : 0) |
	       ((flags & FILE_WRITE) != 0 ? ACCESS_WRITE : 0) |
	       ((flags & FILE_EXECUTE) != 0 ? ACCESS_EXECUTE : 0);
}

/* May what is there already be opened? */
static kern_return_t may_open(struct node *node, const struct access_identity *who, uint32_t flags)
{
	bool directory = node->tree.kind == TREE_DIRECTORY;

	if ((flags & FILE_DIRECTORY) != 0 && !directory) {
		return FILE_ENOTDIR;
	}
	if ((flags & FILE_HANDLE) != 0) {
		return KERN_SUCCESS;
	}
	if (node->tree.kind == TREE_SYMLINK) {
		return FILE_ELOOP;
	}
	if (directory && (flags & (FILE_WRITE | FILE_EXECUTE | FILE_CREATE)) != 0) {
		return FILE_EISDIR;
	}
	if (!tree_allows(&node->tree, who, wanted_of(flags))) {
		return FILE_EACCES;
	}
	if (node->tree.kind == TREE_SOCKET) {
		return FILE_ENXIO;
	}
	return (flags & FILE_WRITE) != 0 && data_executed(node) ? FILE_ETXTBSY : KERN_SUCCESS;
}

/* Opens a node; what can fail comes before what changes something. */
static kern_return_t open_node(ipc_call_t call, struct node *node, const struct lookup *lookup,
			       uint32_t flags, mach_port_t *port,
			       struct file_attributes *attributes)
{
	struct handle *handle = NULL;
	kern_return_t result = handle_new(lookup->from, lookup->who, flags, &handle);

	if (result != KERN_SUCCESS) {
		return result;
	}
	if ((flags & FILE_TRUNCATE) != 0 && node->tree.kind == TREE_FILE && node->tree.size != 0) {
		result = data_set_size(node, 0);
		if (result == KERN_SUCCESS) {
			watch_data(node);
		}
	}
	if (result == KERN_SUCCESS) {
		handle_open(handle, node, &lookup->walk);
		result = fifo_open(call, handle, flags);
	}
	if (result == KERN_SUCCESS) {
		node_attributes(node, handle, attributes);
		*port = ipc_object_give(handle->object);
	} else if (result != MIG_NO_REPLY) {
		ipc_object_destroy(handle->object);
	}
	return result;
}

/* Makes the regular file that is to be opened, unless another handle would be too many. */
static kern_return_t create_and_open(ipc_call_t call, struct lookup *lookup, uint32_t flags,
				     uint32_t mode, mach_port_t *port,
				     struct file_attributes *attributes)
{
	struct handle *handle = NULL;
	struct node *node = NULL;
	kern_return_t result = KERN_SUCCESS;

	(void)call;
	if (lookup->walk.must_be_directory) {
		return FILE_EISDIR;
	}
	result = error_of(name_may_make(&lookup->walk, lookup->who, false));
	result = result ?: handle_new(lookup->from, lookup->who, flags, &handle);
	if (result != KERN_SUCCESS) {
		return result;
	}
	node = node_new(FILE_MODE_REGULAR | mode);
	result = FILE_ENOSPC;
	if (node != NULL) {
		name_adopt(&node->tree, lookup->walk.directory, lookup->who);
		result = node_enter(node, &lookup->walk);
	}
	if (result != KERN_SUCCESS) {
		ipc_object_destroy(handle->object);
		return result;
	}
	handle_open(handle, node, &lookup->walk);
	watch_entries(lookup->walk.directory);
	node_attributes(node, handle, attributes);
	*port = ipc_object_give(handle->object);
	return KERN_SUCCESS;
}

kern_return_t serve_file_open(ipc_call_t call, const file_identity_t identity,
			      mach_msg_type_number_t identityCnt, const file_path_t path,
			      mach_msg_type_number_t pathCnt, natural_t flags, natural_t mode,
			      mach_port_t *file, file_attributes_t *attributes)
{
	struct lookup lookup;
	bool must_be_new = (flags & FILE_EXCLUSIVE) != 0;
	kern_return_t result = KERN_SUCCESS;

	if (!flags_mean_something(flags, OPEN_FLAGS) || (mode & ~07777u) != 0) {
		return FILE_EINVAL;
	}
	result = walk_to(&lookup, handle_of(call), IDENTITY(identity), PATH(path),
			 (flags & FILE_NO_FOLLOW) == 0 && !must_be_new);
	if (result != KERN_SUCCESS) {
		return result;
	}
	if (lookup.walk.node == NULL) {
		return (flags & FILE_CREATE) != 0
			       ? create_and_open(call, &lookup, flags, mode, file, attributes)
			       : FILE_ENOENT;
	}
	result = must_be_new ? FILE_EEXIST : may_open(node_of(lookup.walk.node), lookup.who, flags);
	return result != KERN_SUCCESS ? result
				      : open_node(call, node_of(lookup.walk.node), &lookup, flags,
						  file, attributes);
}

kern_return_t serve_file_reopen(ipc_call_t call, const file_identity_t identity,
				mach_msg_type_number_t identityCnt, natural_t flags,
				mach_port_t *again, file_attributes_t *attributes)
{
	struct handle *handle = handle_of(call);
	struct lookup lookup;
	kern_return_t result = walk_to_file(&lookup, handle, IDENTITY(identity),
					    (struct path){.bytes = ""}, false);

	if (!flags_mean_something(flags, REOPEN_FLAGS)) {
		return FILE_EINVAL;
	}
	result = result ?: may_open(handle->node, lookup.who, flags);
	result = result ?: open_node(call, handle->node, &lookup, flags, again, attributes);
	if (result == KERN_SUCCESS && handle->directory != NULL) {
		struct handle *fresh = handle->node->handles; /* the newest */

		fresh->directory = handle->directory;
		fresh->name_cookie = handle->name_cookie;
		tree_open(&fresh->directory->tree);
	}
	return result;
}

/* -------------------------------------------------------------------------------------- making */

/* Makes a node of any kind; "text": of a symbolic link. */
static kern_return_t make(ipc_call_t call, struct words identity, struct path path, uint32_t mode,
			  uint64_t device, struct path text)
{
	bool directory = (mode & FILE_MODE_KIND) == FILE_MODE_DIRECTORY;
	bool is_device = (mode & FILE_MODE_KIND) == FILE_MODE_CHARACTER ||
			 (mode & FILE_MODE_KIND) == FILE_MODE_BLOCK;
	struct lookup lookup;
	struct node *node = NULL;
	kern_return_t result = walk_to(&lookup, handle_of(call), identity, path, false);

	result = result ?: error_of(name_may_make(&lookup.walk, lookup.who, directory));
	if (result == KERN_SUCCESS && is_device && !access_privileged(lookup.who)) {
		result = FILE_EPERM;
	}
	if (result != KERN_SUCCESS) {
		return result;
	}
	node = node_new(mode);
	if (node == NULL) {
		return FILE_ENOSPC;
	}
	node->tree.device = is_device ? device : 0;
	if (text.count != 0) {
		node->tree.data = metadata_allocate(text.count);
		node->tree.data_bytes = node->tree.data != NULL ? text.count : 0;
	}
	if (text.count != 0 && node->tree.data == NULL) {
		node_free(node);
		return FILE_ENOSPC;
	}
	if (text.count != 0) {
		memcpy(node->tree.data, text.bytes, text.count);
	}
	name_adopt(&node->tree, lookup.walk.directory, lookup.who);
	result = node_enter(node, &lookup.walk);
	if (result == KERN_SUCCESS) {
		watch_entries(lookup.walk.directory);
	}
	return result;
}

kern_return_t serve_file_make_directory(ipc_call_t call, const file_identity_t identity,
					mach_msg_type_number_t identityCnt, const file_path_t path,
					mach_msg_type_number_t pathCnt, natural_t mode)
{
	if ((mode & ~07777u) != 0) {
		return FILE_EINVAL;
	}
	return make(call, IDENTITY(identity), PATH(path), FILE_MODE_DIRECTORY | mode, 0,
		    (struct path){.count = 0});
}

kern_return_t serve_file_make_node(ipc_call_t call, const file_identity_t identity,
				   mach_msg_type_number_t identityCnt, const file_path_t path,
				   mach_msg_type_number_t pathCnt, natural_t mode, int64_t device)
{
	uint32_t kind = mode & FILE_MODE_KIND;

	if ((mode & ~(FILE_MODE_KIND | 07777u)) != 0 ||
	    (kind != FILE_MODE_FIFO && kind != FILE_MODE_CHARACTER && kind != FILE_MODE_BLOCK &&
	     kind != FILE_MODE_SOCKET && kind != FILE_MODE_REGULAR)) {
		return FILE_EINVAL;
	}
	return make(call, IDENTITY(identity), PATH(path), mode, (uint64_t)device,
		    (struct path){.count = 0});
}

kern_return_t serve_file_make_symlink(ipc_call_t call, const file_identity_t identity,
				      mach_msg_type_number_t identityCnt, const file_path_t path,
				      mach_msg_type_number_t pathCnt, const file_path_t target,
				      mach_msg_type_number_t targetCnt)
{
	if (targetCnt == 0) {
		return FILE_ENOENT;
	}
	if (memchr(target, 0, targetCnt) != NULL) {
		return FILE_EINVAL;
	}
	return make(call, IDENTITY(identity), PATH(path), FILE_MODE_SYMLINK | 0777, 0,
		    PATH(target));
}

/* ------------------------------------------------------------------------------- several names */

/* Where the second path of a request leads: from the directory behind a right that came with it. */
static kern_return_t walk_second(struct lookup *lookup, mach_port_t directory,
				 struct words identity, struct path path)
{
	struct handle *handle = NULL;
	kern_return_t result = handle_of_port(directory, &handle);

	if (result == KERN_SUCCESS) {
		result = handle->node != NULL ? walk_to(lookup, handle, identity, path, false)
					      : FILE_EBADF;
		/* Nothing ends here: the request has a right of this handle's port, and its node
		   is in the walk only as long as nothing else runs. */
		ipc_object_release(handle->object);
	}
	return result;
}

static kern_return_t link_node(struct node *node, const struct lookup *to)
{
	struct tree_entry *entry = NULL;
	enum tree_result linked = TREE_OK;
	kern_return_t result = error_of(name_may_make(&to->walk, to->who, false));

	if (result == KERN_SUCCESS && node->tree.kind == TREE_DIRECTORY) {
		result = FILE_EPERM;
	}
	if (result == KERN_SUCCESS && node->tree.links == 0) {
		result = FILE_ENOENT; /* it was removed: the dead stay dead */
	}
	if (result == KERN_SUCCESS && to->walk.last.count > TREE_NAME_BYTES_MAX) {
		result = FILE_ENAMETOOLONG;
	}
	if (result != KERN_SUCCESS) {
		return result;
	}
	entry = entry_new(to->walk.last);
	if (entry == NULL) {
		return FILE_ENOSPC;
	}
	linked = tree_link(&tree, to->walk.directory, to->walk.last, &node->tree, entry,
			   clock_now_ns());
	if (linked != TREE_OK) {
		metadata_free(entry, tree_entry_bytes(to->walk.last.count));
		return error_of(linked);
	}
	watch_entries(to->walk.directory);
	watch_attributes(node);
	return KERN_SUCCESS;
}

kern_return_t serve_file_link(ipc_call_t call, const file_identity_t identity,
			      mach_msg_type_number_t identityCnt, const file_path_t path,
			      mach_msg_type_number_t pathCnt, natural_t flags,
			      mach_port_t to_directory, const file_path_t to_path,
			      mach_msg_type_number_t to_pathCnt)
{
	struct lookup from;
	struct lookup to;
	kern_return_t result = KERN_SUCCESS;

	if ((flags & ~FILE_NO_FOLLOW) != 0) {
		return FILE_EINVAL;
	}
	result = walk_to_file(&from, handle_of(call), IDENTITY(identity), PATH(path),
			      (flags & FILE_NO_FOLLOW) == 0);
	result = result ?: walk_second(&to, to_directory, IDENTITY(identity), PATH(to_path));
	result = result ?: link_node(node_of(from.walk.node), &to);
	if (result == KERN_SUCCESS) {
		(void)mach_port_deallocate(mach_task_self(), to_directory);
	}
	return result == FILE_BEYOND ? FILE_EXDEV : result;
}

kern_return_t serve_file_unlink(ipc_call_t call, const file_identity_t identity,
				mach_msg_type_number_t identityCnt, const file_path_t path,
				mach_msg_type_number_t pathCnt, natural_t flags)
{
	bool directory = (flags & FILE_REMOVE_DIRECTORY) != 0;
	struct tree_removed removed;
	struct lookup lookup;
	kern_return_t result = KERN_SUCCESS;

	if ((flags & ~FILE_REMOVE_DIRECTORY) != 0) {
		return FILE_EINVAL;
	}
	result = walk_to(&lookup, handle_of(call), IDENTITY(identity), PATH(path), false);
	result = result ?: error_of(name_may_remove(&lookup.walk, lookup.who, directory));
	result = result
			 ?: error_of(tree_unlink(&tree, lookup.walk.directory, lookup.walk.last,
						 directory, clock_now_ns(), &removed));
	if (result == KERN_SUCCESS) {
		watch_removed(lookup.walk.node);
		watch_entries(lookup.walk.directory);
		removed_free(&removed);
	}
	return result;
}

static kern_return_t rename_to(const struct lookup *from, const struct lookup *to)
{
	struct tree_removed removed;
	struct tree_entry *entry = NULL;
	kern_return_t result = KERN_SUCCESS;

	if (to->walk.last.count > TREE_NAME_BYTES_MAX) {
		return FILE_ENAMETOOLONG;
	}
	entry = entry_new(to->walk.last);
	if (entry == NULL) {
		return FILE_ENOSPC;
	}
	entry->name_bytes = (uint8_t)to->walk.last.count; /* it may come back as it is */
	result = error_of(tree_rename(&tree, from->walk.directory, from->walk.last,
				      to->walk.directory, to->walk.last, entry, clock_now_ns(),
				      &removed));
	if (result != KERN_SUCCESS) {
		entry_free(entry);
		return result;
	}
	if (to->walk.node != NULL && to->walk.node != from->walk.node) {
		watch_removed(to->walk.node);
	}
	removed_free(&removed);
	return KERN_SUCCESS;
}

kern_return_t serve_file_rename(ipc_call_t call, const file_identity_t identity,
				mach_msg_type_number_t identityCnt, const file_path_t path,
				mach_msg_type_number_t pathCnt, mach_port_t to_directory,
				const file_path_t to_path, mach_msg_type_number_t to_pathCnt,
				natural_t flags)
{
	struct lookup from;
	struct lookup to;
	kern_return_t result = KERN_SUCCESS;

	_Static_assert(FILE_RENAME_EXCLUSIVE == NAME_EXCLUSIVE, "one number");
	_Static_assert(FILE_RENAME_EXCHANGE == NAME_EXCHANGE, "one number");
	if ((flags & ~(NAME_EXCLUSIVE | NAME_EXCHANGE)) != 0 ||
	    flags == (NAME_EXCLUSIVE | NAME_EXCHANGE)) {
		return FILE_EINVAL;
	}
	result = walk_to(&from, handle_of(call), IDENTITY(identity), PATH(path), false);
	result = result ?: walk_second(&to, to_directory, IDENTITY(identity), PATH(to_path));
	result = result ?: error_of(name_may_rename(&from.walk, &to.walk, from.who, flags));
	if (result == KERN_SUCCESS && (flags & NAME_EXCHANGE) != 0) {
		result = error_of(tree_exchange(&tree, from.walk.directory, from.walk.last,
						to.walk.directory, to.walk.last, clock_now_ns()));
	} else if (result == KERN_SUCCESS) {
		result = rename_to(&from, &to);
	}
	if (result == KERN_SUCCESS) {
		watch_entries(from.walk.directory);
		if (to.walk.directory != from.walk.directory) {
			watch_entries(to.walk.directory);
		}
		(void)mach_port_deallocate(mach_task_self(), to_directory);
	}
	return result;
}

kern_return_t serve_file_read_link(ipc_call_t call, const file_identity_t identity,
				   mach_msg_type_number_t identityCnt, const file_path_t path,
				   mach_msg_type_number_t pathCnt, file_path_t target,
				   mach_msg_type_number_t *targetCnt)
{
	struct lookup lookup;
	kern_return_t result =
		walk_to_file(&lookup, handle_of(call), IDENTITY(identity), PATH(path), false);

	if (result == KERN_SUCCESS && lookup.walk.node->kind != TREE_SYMLINK) {
		result = FILE_EINVAL;
	}
	if (result == KERN_SUCCESS) {
		uint32_t bytes = lookup.walk.node->data_bytes;

		*targetCnt = bytes < *targetCnt ? bytes : *targetCnt;
		memcpy(target, lookup.walk.node->data, *targetCnt);
	}
	return result;
}

/* ---------------------------------------------------------------------------------- attributes */

kern_return_t serve_file_get_attributes(ipc_call_t call, const file_identity_t identity,
					mach_msg_type_number_t identityCnt, const file_path_t path,
					mach_msg_type_number_t pathCnt, natural_t flags,
					file_attributes_t *attributes)
{
	struct lookup lookup;
	kern_return_t result = KERN_SUCCESS;

	if ((flags & ~FILE_NO_FOLLOW) != 0) {
		return FILE_EINVAL;
	}
	result = walk_to_file(&lookup, handle_of(call), IDENTITY(identity), PATH(path),
			      (flags & FILE_NO_FOLLOW) == 0);
	if (result == KERN_SUCCESS) {
		node_attributes(node_of(lookup.walk.node), lookup.from, attributes);
	}
	return result;
}

/* What of "which" the permissions have to say something about. */
static uint32_t rules_of(uint32_t which)
{
	uint32_t rules = which & (NAME_SET_MODE | NAME_SET_UID | NAME_SET_GID | NAME_SET_SIZE);

	_Static_assert(FILE_SET_MODE == NAME_SET_MODE && FILE_SET_UID == NAME_SET_UID &&
			       FILE_SET_GID == NAME_SET_GID && FILE_SET_SIZE == NAME_SET_SIZE,
		       "one number");
	rules |= (which & (FILE_SET_ACCESS | FILE_SET_MODIFY)) != 0 ? NAME_SET_TIME : 0;
	rules |= (which & (FILE_SET_ACCESS_NOW | FILE_SET_MODIFY_NOW)) != 0 ? NAME_SET_TIME_NOW : 0;
	return rules;
}

static kern_return_t may_set_size(struct node *node)
{
	if (node->tree.kind != TREE_FILE) {
		return node->tree.kind == TREE_DIRECTORY ? FILE_EISDIR : FILE_EINVAL;
	}
	return data_executed(node) ? FILE_ETXTBSY : KERN_SUCCESS;
}

/* What cannot fail. */
static void set_rest(struct node *node, const struct access_identity *who, uint32_t which,
		     const struct file_attributes *to)
{
	struct tree_node *of = &node->tree;
	int64_t now = clock_now_ns();

	if ((which & (FILE_SET_UID | FILE_SET_GID)) != 0) {
		of->mode = name_mode_changed(of, who);
		of->uid = (which & FILE_SET_UID) != 0 ? to->uid : of->uid;
		of->gid = (which & FILE_SET_GID) != 0 ? to->gid : of->gid;
	}
	if ((which & FILE_SET_MODE) != 0) {
		of->mode = name_mode_allowed(of, who, to->mode);
	}
	if ((which & (FILE_SET_ACCESS | FILE_SET_ACCESS_NOW)) != 0) {
		of->access_ns = (which & FILE_SET_ACCESS) != 0 ? to->access_ns : now;
	}
	if ((which & (FILE_SET_MODIFY | FILE_SET_MODIFY_NOW)) != 0) {
		of->modify_ns = (which & FILE_SET_MODIFY) != 0 ? to->modify_ns : now;
	}
	of->change_ns = now;
	share_read(node, false);
	watch_attributes(node);
}

kern_return_t serve_file_set_attributes(ipc_call_t call, const file_identity_t identity,
					mach_msg_type_number_t identityCnt, const file_path_t path,
					mach_msg_type_number_t pathCnt, natural_t flags,
					natural_t which, file_attributes_t attributes)
{
	struct handle *handle = handle_of(call);
	struct lookup lookup;
	struct node *node = NULL;
	uint32_t rules = rules_of(which);
	kern_return_t result = KERN_SUCCESS;

	if ((flags & ~FILE_NO_FOLLOW) != 0 || (which & ~FILE_SET_ALL) != 0) {
		return FILE_EINVAL;
	}
	result = walk_to_file(&lookup, handle, IDENTITY(identity), PATH(path),
			      (flags & FILE_NO_FOLLOW) == 0);
	if (result != KERN_SUCCESS) {
		return result;
	}
	node = node_of(lookup.walk.node);
	if (pathCnt == 0 && (handle->flags & FILE_WRITE) != 0) {
		rules &= ~NAME_SET_SIZE; /* that was decided when it was opened */
	}
	result = (which & FILE_SET_SIZE) != 0 ? may_set_size(node) : KERN_SUCCESS;
	result = result
			 ?: error_of(name_may_set(&node->tree, lookup.who, rules, attributes.uid,
						  attributes.gid));
	if (result == KERN_SUCCESS && (which & FILE_SET_SIZE) != 0) {
		result = data_set_size(node, attributes.size);
		if (result == KERN_SUCCESS && !access_privileged(lookup.who)) {
			node->tree.mode = name_mode_changed(&node->tree, lookup.who);
		}
		if (result == KERN_SUCCESS) {
			watch_data(node);
		}
	}
	if (result == KERN_SUCCESS && (which & ~FILE_SET_SIZE) != 0) {
		set_rest(node, lookup.who, which, &attributes);
	}
	return result;
}

kern_return_t serve_file_check_access(ipc_call_t call, const file_identity_t identity,
				      mach_msg_type_number_t identityCnt, const file_path_t path,
				      mach_msg_type_number_t pathCnt, natural_t flags,
				      natural_t access)
{
	struct lookup lookup;
	kern_return_t result = KERN_SUCCESS;

	if ((flags & ~(FILE_NO_FOLLOW | FILE_AS_REAL)) != 0 ||
	    (access & ~(FILE_READ | FILE_WRITE | FILE_EXECUTE)) != 0) {
		return FILE_EINVAL;
	}
	result = walk_to_file(&lookup, handle_of(call), IDENTITY(identity), PATH(path),
			      (flags & FILE_NO_FOLLOW) == 0);
	if (result == KERN_SUCCESS &&
	    !tree_allows(lookup.walk.node, lookup.who, wanted_of(access))) {
		result = FILE_EACCES;
	}
	return result;
}
