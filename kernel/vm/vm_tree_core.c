/* AVL tree of ranges with the largest hole of each subtree. See vm_tree_core.h. */
#include <vm/vm_tree_core.h>

void vm_tree_init(struct vm_tree *tree, uint32_t low, uint32_t high)
{
	tree->root = NULL;
	tree->low = low;
	tree->high = high;
}

static inline uint32_t height_of(const struct vm_tree_node *node)
{
	return node != NULL ? node->height : 0;
}

/* Recomputes what a node says about its subtree. False: nothing changed. */
static inline bool node_update(struct vm_tree_node *node)
{
	uint32_t height = 0;
	uint32_t gap_max = node->gap;
	const struct vm_tree_node *child = node->left;
	if (child != NULL) {
		height = child->height;
		gap_max = child->gap_max > gap_max ? child->gap_max : gap_max;
	}
	child = node->right;
	if (child != NULL) {
		height = child->height > height ? child->height : height;
		gap_max = child->gap_max > gap_max ? child->gap_max : gap_max;
	}
	height++;
	if (height == node->height && gap_max == node->gap_max) {
		return false;
	}
	node->height = height;
	node->gap_max = gap_max;
	return true;
}

/* Puts `child` (may be NULL) where `node` hangs. */
static void replace_in_parent(struct vm_tree *tree, struct vm_tree_node *node,
			      struct vm_tree_node *child)
{
	struct vm_tree_node *parent = node->parent;
	if (parent == NULL) {
		tree->root = child;
	} else if (parent->left == node) {
		parent->left = child;
	} else {
		parent->right = child;
	}
	if (child != NULL) {
		child->parent = parent;
	}
}

/* Turns node's right (left) child into its parent. Returns the new top, both updated. */
static struct vm_tree_node *rotate_left(struct vm_tree *tree, struct vm_tree_node *node)
{
	struct vm_tree_node *top = node->right;
	replace_in_parent(tree, node, top);
	node->right = top->left;
	if (node->right != NULL) {
		node->right->parent = node;
	}
	top->left = node;
	node->parent = top;
	node_update(node);
	node_update(top);
	return top;
}

static struct vm_tree_node *rotate_right(struct vm_tree *tree, struct vm_tree_node *node)
{
	struct vm_tree_node *top = node->left;
	replace_in_parent(tree, node, top);
	node->left = top->right;
	if (node->left != NULL) {
		node->left->parent = node;
	}
	top->right = node;
	node->parent = top;
	node_update(node);
	node_update(top);
	return top;
}

/* Restores balance and sums from `node` up. Stops where nothing changes any more, but not below
   `through` (NULL: anywhere), an ancestor whose own gap has changed. */
static void fix_upward(struct vm_tree *tree, struct vm_tree_node *node,
		       const struct vm_tree_node *through)
{
	while (node != NULL) {
		uint32_t left_height = height_of(node->left);
		uint32_t right_height = height_of(node->right);
		if (node == through) {
			through = NULL;
		}
		if (left_height > right_height + 1) {
			if (height_of(node->left->left) < height_of(node->left->right)) {
				rotate_left(tree, node->left);
			}
			node = rotate_right(tree, node);
		} else if (right_height > left_height + 1) {
			if (height_of(node->right->right) < height_of(node->right->left)) {
				rotate_right(tree, node->right);
			}
			node = rotate_left(tree, node);
		} else if (!node_update(node) && through == NULL) {
			return;
		}
		node = node->parent;
	}
}

static void set_gap(struct vm_tree *tree, struct vm_tree_node *node, uint32_t gap)
{
	if (node->gap != gap) {
		node->gap = gap;
		fix_upward(tree, node, NULL);
	}
}

void vm_tree_set_low(struct vm_tree *tree, uint32_t low)
{
	struct vm_tree_node *first = vm_tree_first(tree);
	tree->low = low;
	if (first != NULL) {
		set_gap(tree, first, first->start - low);
	}
}

/* Hangs a new leaf on `parent`. */
static void attach(struct vm_tree_node **place, struct vm_tree_node *parent,
		   struct vm_tree_node *node, uint32_t gap)
{
	node->left = NULL;
	node->right = NULL;
	node->parent = parent;
	node->gap = gap;
	node->gap_max = gap;
	node->height = 1;
	*place = node;
}

struct vm_tree_node *vm_tree_insert(struct vm_tree *tree, struct vm_tree_node *node)
{
	struct vm_tree_node *before = NULL;
	struct vm_tree_node *after = NULL;
	struct vm_tree_node *parent = NULL;
	struct vm_tree_node **place = &tree->root;
	while (*place != NULL) {
		parent = *place;
		if (node->start < parent->start) {
			after = parent;
			place = &parent->left;
		} else {
			before = parent;
			place = &parent->right;
		}
	}
	attach(place, parent, node, node->start - (before != NULL ? before->end : tree->low));
	if (after != NULL) {
		after->gap = after->start - node->end; /* it is an ancestor of the new leaf */
	}
	fix_upward(tree, parent, after);
	return before;
}

void vm_tree_split(struct vm_tree *tree, struct vm_tree_node *node, uint32_t address,
		   struct vm_tree_node *upper)
{
	upper->start = address;
	upper->end = node->end;
	node->end = address;
	struct vm_tree_node *parent = node;
	struct vm_tree_node **place = &node->right;
	while (*place != NULL) {
		parent = *place;
		place = &parent->left;
	}
	attach(place, parent, upper, 0);
	fix_upward(tree, parent, NULL);
}

struct vm_tree_node *vm_tree_first(const struct vm_tree *tree)
{
	struct vm_tree_node *node = tree->root;
	while (node != NULL && node->left != NULL) {
		node = node->left;
	}
	return node;
}

struct vm_tree_node *vm_tree_next(const struct vm_tree_node *node)
{
	if (node->right != NULL) {
		struct vm_tree_node *next = node->right;
		while (next->left != NULL) {
			next = next->left;
		}
		return next;
	}
	while (node->parent != NULL && node->parent->right == node) {
		node = node->parent;
	}
	return node->parent;
}

/* Takes a node out and gives the node after it (or NULL) a new gap. */
static void detach(struct vm_tree *tree, struct vm_tree_node *node, struct vm_tree_node *after,
		   uint32_t after_gap)
{
	struct vm_tree_node *fix;
	if (node->right == NULL) {
		/* The next node is an ancestor. */
		fix = node->parent;
		replace_in_parent(tree, node, node->left);
	} else if (node->left == NULL) {
		/* Balance says that the right child is a leaf: it is the next node, and needs no
		   more than its new gap. */
		fix = node->parent;
		replace_in_parent(tree, node, after);
		after->gap = after_gap;
		after->gap_max = after_gap;
		fix_upward(tree, fix, NULL);
		return;
	} else {
		/* The next node, which has no left child, takes this one's place. */
		fix = after->parent != node ? after->parent : after;
		replace_in_parent(tree, after, after->right);
		after->left = node->left;
		after->left->parent = after;
		after->right = node->right;
		if (after->right != NULL) {
			after->right->parent = after;
		}
		replace_in_parent(tree, node, after);
		after->height = node->height;
		after->gap_max = node->gap_max;
	}
	if (after != NULL) {
		after->gap = after_gap;
	}
	fix_upward(tree, fix, after);
}

void vm_tree_remove(struct vm_tree *tree, struct vm_tree_node *node)
{
	struct vm_tree_node *after = vm_tree_next(node);
	detach(tree, node, after, after != NULL ? after->start - node->start + node->gap : 0);
}

void vm_tree_join(struct vm_tree *tree, struct vm_tree_node *node, struct vm_tree_node *next)
{
	struct vm_tree_node *after = vm_tree_next(next);
	node->end = next->end;
	detach(tree, next, after, after != NULL ? after->gap : 0);
}

void vm_tree_resize(struct vm_tree *tree, struct vm_tree_node *node, uint32_t start, uint32_t end)
{
	uint32_t old_start = node->start;
	uint32_t old_end = node->end;
	node->start = start;
	node->end = end;
	set_gap(tree, node, node->gap + (start - old_start));
	if (old_end != end) {
		struct vm_tree_node *after = vm_tree_next(node);
		if (after != NULL) {
			set_gap(tree, after, after->start - end);
		}
	}
}

struct vm_tree_node *vm_tree_at_or_after(const struct vm_tree *tree, uint32_t address)
{
	struct vm_tree_node *node = tree->root;
	struct vm_tree_node *best = NULL;
	while (node != NULL) {
		if (address < node->end) {
			best = node;
			if (address >= node->start) {
				break;
			}
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return best;
}

/* The lowest node of a subtree (whose gap_max is large enough) with a large enough hole before it.
 */
static struct vm_tree_node *first_fit(struct vm_tree_node *node, uint32_t bytes)
{
	for (;;) {
		if (node->left != NULL && node->left->gap_max >= bytes) {
			node = node->left;
		} else if (node->gap >= bytes) {
			return node;
		} else {
			node = node->right;
		}
	}
}

/* The next node above `node` with a large enough hole, or NULL. */
static struct vm_tree_node *next_fit(struct vm_tree_node *node, uint32_t bytes)
{
	if (node->right != NULL && node->right->gap_max >= bytes) {
		return first_fit(node->right, bytes);
	}
	while (node->parent != NULL) {
		bool from_left = node->parent->left == node;
		node = node->parent;
		if (from_left && node->gap >= bytes) {
			return node;
		}
		if (from_left && node->right != NULL && node->right->gap_max >= bytes) {
			return first_fit(node->right, bytes);
		}
	}
	return NULL;
}

/* Whether [low, high) has room; *address is where. 64 bits: nothing overflows. */
static bool fits(uint64_t low, uint64_t high, uint32_t bytes, uint32_t mask, uint32_t *address)
{
	low = (low + mask) & ~(uint64_t)mask;
	if (low + bytes > high) {
		return false;
	}
	*address = (uint32_t)low;
	return true;
}

/* The lowest node that begins above an address. */
static struct vm_tree_node *above(const struct vm_tree *tree, uint32_t address)
{
	struct vm_tree_node *node = NULL;
	for (struct vm_tree_node *walk = tree->root; walk != NULL;) {
		if (walk->start > address) {
			node = walk;
			walk = walk->left;
		} else {
			walk = walk->right;
		}
	}
	return node;
}

bool vm_tree_find_gap(const struct vm_tree *tree, uint32_t from, uint32_t bytes, uint32_t mask,
		      uint32_t *address)
{
	if (from < tree->low) {
		from = tree->low;
	}
	struct vm_tree_node *node = NULL;
	uint32_t last_end = tree->low;
	if (from == tree->low) {
		node = tree->root != NULL && tree->root->gap_max >= bytes
			       ? first_fit(tree->root, bytes)
			       : NULL;
	} else {
		node = above(tree, from);
		if (node != NULL && node->gap < bytes) {
			node = next_fit(node, bytes);
		}
	}
	for (; node != NULL; node = next_fit(node, bytes)) {
		uint32_t low = node->start - node->gap;
		if (fits(low > from ? low : from, node->start, bytes, mask, address)) {
			return true;
		}
	}
	for (struct vm_tree_node *walk = tree->root; walk != NULL; walk = walk->right) {
		last_end = walk->end;
	}
	return fits(last_end > from ? last_end : from, tree->high, bytes, mask, address);
}

bool vm_tree_check(const struct vm_tree *tree)
{
	uint32_t end = tree->low;
	for (struct vm_tree_node *node = vm_tree_first(tree); node != NULL;
	     node = vm_tree_next(node)) {
		uint32_t left = height_of(node->left);
		uint32_t right = height_of(node->right);
		struct vm_tree_node copy = *node;
		if (node->start < end || node->start >= node->end ||
		    node->gap != node->start - end) {
			return false;
		}
		if (left > right + 1 || right > left + 1 || node_update(&copy)) {
			return false;
		}
		end = node->end;
	}
	return end <= tree->high;
}
