/* What permissions say of names: before something is made, removed or renamed. The tree itself
   (tree_core.h) knows nothing of them but on its walks. Pure; each answers TREE_OK or an error, in
   the order in which Linux finds them. */
#pragma once

#include "tree_core.h"

/* Flags of a rename. */
#define NAME_EXCLUSIVE 1u
#define NAME_EXCHANGE  2u

/* Attributes that are to change. */
#define NAME_SET_MODE     0x1u
#define NAME_SET_UID      0x2u
#define NAME_SET_GID      0x4u
#define NAME_SET_SIZE     0x8u
#define NAME_SET_TIME     0x10u /* to a value */
#define NAME_SET_TIME_NOW 0x20u

/* `walk` has found where a new file, or a directory, shall be. */
enum tree_result name_may_make(const struct tree_walk *walk, const struct access_identity *who,
			       bool directory);
enum tree_result name_may_remove(const struct tree_walk *walk, const struct access_identity *who,
				 bool directory);
/* Neither walk followed a link at its end. */
enum tree_result name_may_rename(const struct tree_walk *from, const struct tree_walk *to,
				 const struct access_identity *who, uint32_t flags);
/* Whether `which` (NAME_SET_*) of the node may be set, to these owners. */
enum tree_result name_may_set(const struct tree_node *node, const struct access_identity *who,
			      uint32_t which, uint32_t uid, uint32_t gid);

/* Whose a node made in the directory is, and with which permissions. */
void name_adopt(struct tree_node *node, const struct tree_node *directory,
		const struct access_identity *who);
/* The permissions that chmod(2) leaves of those asked for. */
uint32_t name_mode_allowed(const struct tree_node *node, const struct access_identity *who,
			   uint32_t mode);
/* The permissions left after a change of owner, or of data by one without privileges. */
uint32_t name_mode_changed(const struct tree_node *node, const struct access_identity *who);
