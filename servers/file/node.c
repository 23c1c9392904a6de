/* The nodes of the tree: their memory, and how much of it there may be. */
#include <gen/mach.h>
#include <gen/masix_host.h>
#include "file.h"

#define BUCKETS        8192u
#define METADATA_SHARE 8u /* one part of so many is for what the server keeps of files */
#define METADATA_LEAST 0x40000u

struct tree tree;
mach_port_t data_task;

static struct tree_entry *buckets[BUCKETS];
static uint64_t next_number = 1;
static uint64_t metadata_bytes, metadata_max;
static uint64_t nodes_count;

kern_return_t tree_start(uint64_t bytes_max)
{
	struct node *root = NULL;
	uint64_t share = bytes_max / METADATA_SHARE;
	uint64_t pages = 0;
	kern_return_t result = task_create(mach_task_self(), FALSE, &data_task);

	metadata_max = share > METADATA_LEAST ? share : METADATA_LEAST;
	pages = bytes_max > metadata_max ? (bytes_max - metadata_max) / PAGE_BYTES : 0;
	if (result == KERN_SUCCESS) {
		/* Where the quota is lower already, that is the limit. */
		kern_return_t lowered = masix_task_lower_page_quota(data_task, (natural_t)pages);

		result = lowered == KERN_INVALID_VALUE ? KERN_SUCCESS : lowered;
	}
	root = result == KERN_SUCCESS ? node_new(FILE_MODE_DIRECTORY | 0755) : NULL;
	if (root == NULL) {
		return result != KERN_SUCCESS ? result : KERN_RESOURCE_SHORTAGE;
	}
	tree_init(&tree, buckets, BUCKETS, &root->tree);
	return KERN_SUCCESS;
}

void *metadata_allocate(size_t bytes)
{
	void *memory = metadata_bytes + bytes <= metadata_max ? calloc(1, bytes) : NULL;

	metadata_bytes += memory != NULL ? bytes : 0;
	return memory;
}

void metadata_free(void *memory, size_t bytes)
{
	metadata_bytes -= memory != NULL ? bytes : 0;
	free(memory);
}

/* ---------------------------------------------------------------------------------------- nodes */

static const uint32_t mode_kinds[] = {
	[TREE_FILE] = FILE_MODE_REGULAR,       [TREE_DIRECTORY] = FILE_MODE_DIRECTORY,
	[TREE_SYMLINK] = FILE_MODE_SYMLINK,    [TREE_CHARACTER_DEVICE] = FILE_MODE_CHARACTER,
	[TREE_BLOCK_DEVICE] = FILE_MODE_BLOCK, [TREE_FIFO] = FILE_MODE_FIFO,
	[TREE_SOCKET] = FILE_MODE_SOCKET,
};
#define KINDS (sizeof mode_kinds / sizeof mode_kinds[0])

static enum tree_kind kind_of(uint32_t mode)
{
	uint32_t kind = 0;

	while (kind < KINDS && mode_kinds[kind] != (mode & FILE_MODE_KIND)) {
		kind++;
	}
	return kind < KINDS ? (enum tree_kind)kind : TREE_FILE;
}

struct node *node_new(uint32_t mode)
{
	struct node *node = metadata_allocate(sizeof *node);

	if (node != NULL) {
		tree_node_init(&node->tree, kind_of(mode), next_number++, mode, clock_now_ns());
		nodes_count++;
	}
	return node;
}

void node_free(struct node *node)
{
	data_free(node);
	locks_free(node);
	metadata_free(node->tree.data, node->tree.data_bytes);
	metadata_free(node, sizeof *node);
	nodes_count--;
}

void node_close(struct node *node)
{
	if (node != NULL && tree_close(&node->tree)) {
		node_free(node);
	}
}

struct tree_entry *entry_new(struct tree_name name)
{
	return metadata_allocate(tree_entry_bytes(name.count));
}

static void entry_free_of(struct tree_entry *entry, uint32_t name_bytes)
{
	metadata_free(entry, tree_entry_bytes(name_bytes));
}

void entry_free(struct tree_entry *entry)
{
	if (entry != NULL) {
		entry_free_of(entry, entry->name_bytes);
	}
}

void removed_free(const struct tree_removed *removed)
{
	entry_free(removed->entries[0]);
	entry_free(removed->entries[1]);
	if (removed->node != NULL) {
		node_free(node_of(removed->node));
	}
}

kern_return_t node_enter(struct node *node, const struct tree_walk *walk)
{
	struct tree_entry *entry = NULL;
	enum tree_result result = TREE_OK;

	if (walk->last.count > TREE_NAME_BYTES_MAX) {
		node_free(node);
		return FILE_ENAMETOOLONG;
	}
	entry = entry_new(walk->last);
	if (entry == NULL) {
		node_free(node);
		return FILE_ENOSPC;
	}
	result = tree_link(&tree, walk->directory, walk->last, &node->tree, entry, clock_now_ns());
	if (result != TREE_OK) {
		entry_free_of(entry, walk->last.count);
		node_free(node);
	}
	return error_of(result);
}

/* ---------------------------------------------------------------------------------- what is told
 */

uint32_t node_mode(const struct tree_node *node)
{
	return mode_kinds[node->kind] | node->mode;
}

void node_attributes(struct node *node, const struct handle *asked,
		     struct file_attributes *attributes)
{
	const struct tree_node *of = &node->tree;

	*attributes = (struct file_attributes){
		.number = of->number,
		.size = of->kind == TREE_SYMLINK ? of->data_bytes : of->size,
		.device = of->device,
		.blocks = (uint64_t)data_pages(node) * (PAGE_BYTES / 512),
		.access_ns = of->access_ns,
		.modify_ns = of->modify_ns,
		.change_ns = of->change_ns,
		.mode = node_mode(of),
		.uid = of->uid,
		.gid = of->gid,
		.links = of->links,
		.generation = of->generation,
	};
	if (asked->foreign != FOREIGN_NO) {
		attributes->number = net_number(attributes->number);
	}
}

void system_info(struct file_system_info *info)
{
	natural_t used = 0, limit = 0;
	uint64_t left = (metadata_max - metadata_bytes) / (sizeof(struct node) + 64);

	(void)masix_task_pages(data_task, &used, &limit);
	*info = (struct file_system_info){
		.bytes_total = (uint64_t)limit * PAGE_BYTES,
		.bytes_free = used < limit ? (uint64_t)(limit - used) * PAGE_BYTES : 0,
		.files_total = nodes_count + left,
		.files_free = left,
		.block_bytes = PAGE_BYTES,
		.name_bytes_max = TREE_NAME_BYTES_MAX,
	};
}

kern_return_t error_of(enum tree_result result)
{
	static const kern_return_t errors[] = {
		[TREE_OK] = KERN_SUCCESS,
		[TREE_NOT_FOUND] = FILE_ENOENT,
		[TREE_EXISTS] = FILE_EEXIST,
		[TREE_NOT_DIRECTORY] = FILE_ENOTDIR,
		[TREE_IS_DIRECTORY] = FILE_EISDIR,
		[TREE_NOT_EMPTY] = FILE_ENOTEMPTY,
		[TREE_NAME_TOO_LONG] = FILE_ENAMETOOLONG,
		[TREE_INVALID] = FILE_EINVAL,
		[TREE_TOO_MANY_LINKS] = FILE_EMLINK,
		[TREE_BUSY] = FILE_EBUSY,
		[TREE_LOOP] = FILE_ELOOP,
		[TREE_DENIED] = FILE_EACCES,
		[TREE_NOT_PERMITTED] = FILE_EPERM,
		[TREE_BEYOND] = FILE_BEYOND,
	};

	return errors[result];
}
