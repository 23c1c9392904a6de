/* See name_core.h. */
#include "name_core.h"

#define CHANGE (ACCESS_WRITE | ACCESS_EXECUTE) /* of a directory's names */

enum tree_result name_may_make(const struct tree_walk *walk, const struct access_identity *who,
			       bool directory)
{
	if (walk->node != NULL) {
		return TREE_EXISTS;
	}
	if ((walk->must_be_directory && !directory) || walk->directory->parent == NULL) {
		return TREE_NOT_FOUND;
	}
	return tree_allows(walk->directory, who, CHANGE) ? TREE_OK : TREE_DENIED;
}

/* May a name of the node be taken out of the directory? */
static enum tree_result may_take(const struct tree_node *directory, const struct tree_node *node,
				 const struct access_identity *who)
{
	if (!tree_allows(directory, who, CHANGE)) {
		return TREE_DENIED;
	}
	bool sticky = (directory->mode & ACCESS_STICKY) != 0;
	if (sticky && !access_owns(who, node->uid) && !access_owns(who, directory->uid)) {
		return TREE_NOT_PERMITTED;
	}
	return TREE_OK;
}

enum tree_result name_may_remove(const struct tree_walk *walk, const struct access_identity *who,
				 bool directory)
{
	if (walk->node == NULL) {
		return TREE_NOT_FOUND;
	}
	if (walk->directory == NULL) { /* ".", ".." or the root */
		return directory ? TREE_BUSY : TREE_IS_DIRECTORY;
	}
	return may_take(walk->directory, walk->node, who);
}

/* What can be said before permissions count: are there two names, of which one can take the other's
   place? */
static enum tree_result check_rename(const struct tree_walk *from, const struct tree_walk *to,
				     uint32_t flags)
{
	bool exchange = (flags & NAME_EXCHANGE) != 0;
	if (from->directory == NULL) {
		return TREE_BUSY;
	}
	if (to->directory == NULL) {
		return (flags & NAME_EXCLUSIVE) != 0 ? TREE_EXISTS : TREE_BUSY;
	}
	if (from->node == NULL || (to->node == NULL && exchange)) {
		return TREE_NOT_FOUND;
	}
	if (to->node != NULL && (flags & NAME_EXCLUSIVE) != 0) {
		return TREE_EXISTS;
	}
	if (to->must_be_directory && from->node->kind != TREE_DIRECTORY) {
		return TREE_NOT_DIRECTORY;
	}
	if (tree_is_above(from->node, to->directory)) {
		return TREE_INVALID;
	}
	if (to->node != NULL && tree_is_above(to->node, from->directory)) {
		return exchange ? TREE_INVALID : TREE_NOT_EMPTY;
	}
	return TREE_OK;
}

/* A directory that moves gets another "..": that is a change of it. */
static bool may_move(const struct tree_node *node, const struct access_identity *who)
{
	return node->kind != TREE_DIRECTORY || tree_allows(node, who, ACCESS_WRITE);
}

/* Linux looks at the kinds between these permissions. */
static enum tree_result may_replace(const struct tree_walk *from, const struct tree_walk *to,
				    const struct access_identity *who, bool exchange)
{
	enum tree_result result = may_take(to->directory, to->node, who);
	if (result == TREE_OK && !exchange) {
		bool directory = from->node->kind == TREE_DIRECTORY;
		if (directory && to->node->kind != TREE_DIRECTORY) {
			result = TREE_NOT_DIRECTORY;
		} else if (!directory && to->node->kind == TREE_DIRECTORY) {
			result = TREE_IS_DIRECTORY;
		}
	}
	return result;
}

enum tree_result name_may_rename(const struct tree_walk *from, const struct tree_walk *to,
				 const struct access_identity *who, uint32_t flags)
{
	enum tree_result result = check_rename(from, to, flags);
	if (result != TREE_OK || from->node == to->node) {
		return result;
	}
	bool exchange = (flags & NAME_EXCHANGE) != 0;
	result = may_take(from->directory, from->node, who);
	if (result == TREE_OK && to->node == NULL) {
		result = name_may_make(to, who, true);
	} else if (result == TREE_OK) {
		result = may_replace(from, to, who, exchange);
	}
	if (result == TREE_OK && from->directory != to->directory) {
		bool allowed = may_move(from->node, who) && (!exchange || may_move(to->node, who));
		result = allowed ? TREE_OK : TREE_DENIED;
	}
	return result;
}

enum tree_result name_may_set(const struct tree_node *node, const struct access_identity *who,
			      uint32_t which, uint32_t uid, uint32_t gid)
{
	bool owner = access_owns(who, node->uid);
	if ((which & (NAME_SET_MODE | NAME_SET_TIME)) != 0 && !owner) {
		return TREE_NOT_PERMITTED;
	}
	if ((which & NAME_SET_UID) != 0 && !access_privileged(who) &&
	    (!owner || uid != node->uid)) {
		return TREE_NOT_PERMITTED;
	}
	if ((which & NAME_SET_GID) != 0 && !access_privileged(who) &&
	    (!owner || (gid != node->gid && !access_in_group(who, gid)))) {
		return TREE_NOT_PERMITTED;
	}
	if ((which & NAME_SET_TIME_NOW) != 0 && !owner && !tree_allows(node, who, ACCESS_WRITE)) {
		return TREE_DENIED;
	}
	if ((which & NAME_SET_SIZE) != 0 && !tree_allows(node, who, ACCESS_WRITE)) {
		return TREE_DENIED;
	}
	return TREE_OK;
}

void name_adopt(struct tree_node *node, const struct tree_node *directory,
		const struct access_identity *who)
{
	node->uid = who != NULL ? who->uid : ACCESS_ROOT;
	node->gid = who != NULL ? who->gid : ACCESS_ROOT;
	if ((directory->mode & ACCESS_SETGID) == 0) {
		return;
	}
	node->gid = directory->gid;
	if (node->kind == TREE_DIRECTORY) {
		node->mode |= ACCESS_SETGID;
	} else if ((node->mode & (ACCESS_SETGID | 010u)) == (ACCESS_SETGID | 010u) &&
		   !access_in_group(who, node->gid)) {
		node->mode &= ~ACCESS_SETGID;
	}
}

uint32_t name_mode_allowed(const struct tree_node *node, const struct access_identity *who,
			   uint32_t mode)
{
	return access_in_group(who, node->gid) ? mode & 07777u : mode & 07777u & ~ACCESS_SETGID;
}

uint32_t name_mode_changed(const struct tree_node *node, const struct access_identity *who)
{
	uint32_t mode = node->mode;
	if (node->kind == TREE_DIRECTORY) {
		return mode;
	}
	mode &= ~ACCESS_SETUID;
	/* Without the group's execute permission it means something else. */
	bool drop = (mode & 010u) != 0 || !access_in_group(who, node->gid);
	return drop ? mode & ~ACCESS_SETGID : mode;
}
