/* A balanced tree of address ranges that knows its holes: an AVL tree by address in which every
   node also knows the free bytes just before it and the largest such hole in its subtree, so that
   the first hole that is large enough is found by one descent. Pure: no allocation, no globals. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vm_tree_node {
	struct vm_tree_node *left, *right, *parent;
	uint32_t start, end; /* [start, end), not empty */
	uint32_t gap;     /* free bytes between the node before (or the tree's low end) and start */
	uint32_t gap_max; /* largest gap in this subtree */
	uint32_t height;  /* 1: a leaf */
};

struct vm_tree {
	struct vm_tree_node *root;
	uint32_t low, high; /* all nodes lie in [low, high) */
};

void vm_tree_init(struct vm_tree *tree, uint32_t low, uint32_t high);
/* Moves the low end; no node lies below the new one. */
void vm_tree_set_low(struct vm_tree *tree, uint32_t low);
/* Inserts a node whose range overlaps no other. Returns the node before it, or NULL. */
struct vm_tree_node *vm_tree_insert(struct vm_tree *tree, struct vm_tree_node *node);
void vm_tree_remove(struct vm_tree *tree, struct vm_tree_node *node);
/* Gives a node new bounds that pass over no other node. */
void vm_tree_resize(struct vm_tree *tree, struct vm_tree_node *node, uint32_t start, uint32_t end);
/* Cuts a node at an address inside it; `upper`, new, becomes the upper part. Cheaper than resizing
   and inserting: no hole changes. */
void vm_tree_split(struct vm_tree *tree, struct vm_tree_node *node, uint32_t address,
		   struct vm_tree_node *upper);
/* The reverse: `next`, which begins where `node` ends, is taken out and `node` covers both. */
void vm_tree_join(struct vm_tree *tree, struct vm_tree_node *node, struct vm_tree_node *next);
/* The lowest node with end > address: the one that holds the address, or the next one. NULL: none.
 */
struct vm_tree_node *vm_tree_at_or_after(const struct vm_tree *tree, uint32_t address);
struct vm_tree_node *vm_tree_first(const struct vm_tree *tree);
struct vm_tree_node *vm_tree_next(const struct vm_tree_node *node);
/* The lowest address >= from with (address & mask) == 0 at which `bytes` (not 0) free bytes begin.
   False: there is none. */
bool vm_tree_find_gap(const struct vm_tree *tree, uint32_t from, uint32_t bytes, uint32_t mask,
		      uint32_t *address);
/* Checks order, balance and every hole; for tests. */
bool vm_tree_check(const struct vm_tree *tree);
