/* The tree from the boot archive. */
#include <stdio.h>
#include <archive/cpio_core.h>
#include "file.h"

#define SECOND_NS    1000000000ll
#define LINKED_FILES 256u /* with several names, whose data has not come yet or may come again */

/* Hard links in an archive: entries with one inode number. */
static struct {
	uint32_t inode;
	struct node *node;
} linked[LINKED_FILES];
static uint32_t linked_count;

static struct node *linked_find(uint32_t inode)
{
	for (uint32_t i = 0; i < linked_count; i++) {
		if (linked[i].inode == inode) {
			return linked[i].node;
		}
	}
	return NULL;
}

static struct tree_name name_from(const char *text, uint32_t count)
{
	while (count > 0 && *text == '/') {
		text++;
		count--;
	}
	return (struct tree_name){.bytes = (const uint8_t *)text, .count = count};
}

static void adorn(struct node *node, const struct cpio_file *file)
{
	struct tree_node *of = &node->tree;

	of->mode = file->mode & 07777u;
	of->uid = file->uid;
	of->gid = file->gid;
	of->access_ns = of->modify_ns = of->change_ns = file->modify_seconds * SECOND_NS;
	of->device = (uint64_t)file->device_major << 32 | file->device_minor;
}

/* The directories on the way to a path, where the archive has not named them. */
static kern_return_t make_parents(struct tree_name path)
{
	kern_return_t result = KERN_SUCCESS;

	for (uint32_t i = 1; i < path.count && result == KERN_SUCCESS; i++) {
		struct tree_name part = {.bytes = path.bytes, .count = i};
		struct tree_walk walk = {.node = NULL};

		if (path.bytes[i] != '/') {
			continue;
		}
		result = error_of(tree_walk(&tree, NULL, tree.root, part, true, &walk));
		if (result == KERN_SUCCESS && walk.node == NULL) {
			struct node *node = node_new(FILE_MODE_DIRECTORY | 0755);

			result = node != NULL ? node_enter(node, &walk) : FILE_ENOSPC;
		}
	}
	return result;
}

static kern_return_t fill(struct node *node, const struct cpio_file *file)
{
	uint32_t written = 0;
	kern_return_t result = KERN_SUCCESS;

	if (node->tree.kind == TREE_SYMLINK) {
		node->tree.data = metadata_allocate(file->data_bytes);
		if (node->tree.data == NULL) {
			return FILE_ENOSPC;
		}
		node->tree.data_bytes = file->data_bytes;
		memcpy(node->tree.data, file->data, file->data_bytes);
	}
	if (node->tree.kind == TREE_FILE) {
		result = data_write(node, 0, file->data, file->data_bytes, &written);
		if (result == KERN_SUCCESS && written < file->data_bytes) {
			result = FILE_ENOSPC;
		}
	}
	return result;
}

static kern_return_t add_link(struct node *node, const struct tree_walk *walk)
{
	struct tree_entry *entry = entry_new(walk->last);
	kern_return_t result = FILE_ENOSPC;

	if (entry != NULL) {
		result = error_of(tree_link(&tree, walk->directory, walk->last, &node->tree, entry,
					    clock_now_ns()));
	}
	if (entry != NULL && result != KERN_SUCCESS) {
		metadata_free(entry, tree_entry_bytes(walk->last.count));
	}
	return result;
}

/* A name that is not there yet. */
static kern_return_t add_new(const struct cpio_file *file, const struct tree_walk *walk)
{
	bool several = file->links > 1 && (file->mode & FILE_MODE_KIND) != FILE_MODE_DIRECTORY;
	struct node *node = several ? linked_find(file->inode) : NULL;
	kern_return_t result = KERN_SUCCESS;

	if (node != NULL) {
		result = add_link(node, walk);
		/* Only one of the names comes with the data. */
		return result ?: node->tree.size == 0 ? fill(node, file) : KERN_SUCCESS;
	}
	node = node_new(file->mode);
	if (node == NULL) {
		return FILE_ENOSPC;
	}
	result = node_enter(node, walk);
	if (result != KERN_SUCCESS) {
		return result; /* it is freed */
	}
	if (several && linked_count < LINKED_FILES) {
		linked[linked_count].inode = file->inode;
		linked[linked_count++].node = node;
	}
	result = fill(node, file);
	adorn(node, file);
	return result;
}

static kern_return_t add(const struct cpio_file *file)
{
	struct tree_name path = name_from(file->name, file->name_bytes);
	struct tree_walk walk = {.node = NULL};
	kern_return_t result = KERN_SUCCESS;

	if (path.count == 0) {
		return result;
	}
	result = make_parents(path);
	result = result ?: error_of(tree_walk(&tree, NULL, tree.root, path, false, &walk));
	if (result != KERN_SUCCESS) {
		return result;
	}
	if (walk.node == NULL) {
		return add_new(file, &walk);
	}
	/* A directory that is there already; "." is the root. */
	if (walk.node->kind != TREE_DIRECTORY ||
	    (file->mode & FILE_MODE_KIND) != FILE_MODE_DIRECTORY) {
		return FILE_EEXIST;
	}
	adorn(node_of(walk.node), file);
	return KERN_SUCCESS;
}

bool archive_load(const uint8_t *archive, uint32_t bytes)
{
	struct cpio_file file;
	uint32_t offset = 0;
	enum cpio_result next = CPIO_END;

	while ((next = cpio_next(archive, bytes, &offset, &file)) == CPIO_FILE) {
		kern_return_t result = add(&file);

		if (result != KERN_SUCCESS) {
			printf("file: %s of the boot archive cannot be kept: error %d\n", file.name,
			       (int)FILE_ERROR_NUMBER(result));
		}
	}
	if (next == CPIO_DAMAGED) {
		printf("file: the boot archive is damaged at byte %u\n", (unsigned)offset);
	}
	return next == CPIO_END;
}
