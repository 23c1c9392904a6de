/* LINK: kernel/vm/vm_tree_core.c */
/* The range tree against an array of flags, one for each page of a small address space. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vm/vm_tree_core.h>

#define LOW   0x1000u
#define PAGES 300u
#define STEPS 60000u

static uint64_t seed = 20260801;

static uint32_t random_below(uint32_t bound)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % bound;
}

static struct vm_tree tree;
static uint32_t low_page = 8; /* the tree begins here, and at 0 from the middle of the test on */
static struct vm_tree_node *owner[PAGES]; /* which node has the page */

static uint32_t address_of(uint32_t page)
{
	return LOW + page * 0x1000u;
}

static uint32_t page_of(uint32_t address)
{
	return (address - LOW) / 0x1000u;
}

static void paint(uint32_t first, uint32_t end, struct vm_tree_node *node)
{
	for (uint32_t i = first; i < end; i++) {
		owner[i] = node;
	}
}

static bool naive_gap(uint32_t from, uint32_t pages, uint32_t mask, uint32_t *address)
{
	for (uint32_t page = low_page; page + pages <= PAGES; page++) {
		uint32_t run = 0;
		while (run < pages && owner[page + run] == NULL) {
			run++;
		}
		if (run == pages && address_of(page) >= from && (address_of(page) & mask) == 0) {
			*address = address_of(page);
			return true;
		}
	}
	return false;
}

static void fail(const char *what, uint32_t step)
{
	printf("not ok 1 - range tree: %s at step %u\n", what, step);
	exit(1);
}

static void step_insert(uint32_t step)
{
	uint32_t pages = 1 + random_below(random_below(8) == 0 ? 40 : 5);
	uint32_t mask = random_below(4) == 0 ? (0x1000u << random_below(6)) - 1 : 0;
	uint32_t from = random_below(3) == 0 ? address_of(random_below(PAGES)) : 0;
	uint32_t expected = 0;
	uint32_t got = 0;
	bool naive = naive_gap(from, pages, mask, &expected);
	bool found = vm_tree_find_gap(&tree, from, pages * 0x1000u, mask, &got);
	if (naive != found || (found && got != expected)) {
		printf("# from %x pages %u mask %x: expected %d %x, got %d %x\n", from, pages, mask,
		       naive, expected, found, got);
		fail("first fit", step);
	}
	if (!found) {
		return;
	}
	struct vm_tree_node *node = calloc(1, sizeof *node);
	node->start = got;
	node->end = got + pages * 0x1000u;
	struct vm_tree_node *before = vm_tree_insert(&tree, node);
	uint32_t page = page_of(got);
	while (page > low_page && owner[page - 1] == NULL) {
		page--;
	}
	if (before != (page > low_page ? owner[page - 1] : NULL)) {
		fail("predecessor", step);
	}
	paint(page_of(got), page_of(got) + pages, node);
}

static void step_remove(void)
{
	struct vm_tree_node *node = owner[random_below(PAGES)];
	if (node != NULL) {
		paint(page_of(node->start), page_of(node->end), NULL);
		vm_tree_remove(&tree, node);
		free(node);
	}
}

static void step_resize(void)
{
	struct vm_tree_node *node = owner[random_below(PAGES)];
	if (node == NULL) {
		return;
	}
	uint32_t first = page_of(node->start);
	uint32_t end = page_of(node->end);
	paint(first, end, NULL);
	uint32_t low = first;
	uint32_t high = end;
	while (low > low_page && owner[low - 1] == NULL) {
		low--;
	}
	while (high < PAGES && owner[high] == NULL) {
		high++;
	}
	first = low + random_below(high - low);
	end = first + 1 + random_below(high - first);
	vm_tree_resize(&tree, node, address_of(first), address_of(end));
	paint(first, end, node);
}

static void step_split(void)
{
	struct vm_tree_node *node = owner[random_below(PAGES)];
	if (node == NULL || page_of(node->end) - page_of(node->start) < 2) {
		return;
	}
	uint32_t first = page_of(node->start);
	uint32_t end = page_of(node->end);
	uint32_t cut = first + 1 + random_below(end - first - 1);
	struct vm_tree_node *upper = calloc(1, sizeof *upper);
	vm_tree_split(&tree, node, address_of(cut), upper);
	paint(cut, end, upper);
}

static void step_join(void)
{
	struct vm_tree_node *node = owner[random_below(PAGES)];
	if (node == NULL || page_of(node->end) == PAGES || owner[page_of(node->end)] == NULL) {
		return;
	}
	struct vm_tree_node *next = owner[page_of(node->end)];
	uint32_t end = page_of(next->end);
	vm_tree_join(&tree, node, next);
	free(next);
	paint(page_of(node->start), end, node);
}

static void check(uint32_t step)
{
	if (!vm_tree_check(&tree)) {
		fail("order, balance or holes", step);
	}
	uint32_t page = random_below(PAGES);
	struct vm_tree_node *expected = NULL;
	for (uint32_t i = page; i < PAGES && expected == NULL; i++) {
		expected = owner[i];
	}
	if (vm_tree_at_or_after(&tree, address_of(page) + random_below(0x1000u)) != expected) {
		fail("lookup", step);
	}
}

int main(void)
{
	printf("1..1\n");
	vm_tree_init(&tree, address_of(low_page), address_of(PAGES));
	for (uint32_t step = 0; step < STEPS; step++) {
		/* Phases that fill and phases that drain. */
		uint32_t filling = step / 500 % 2 == 0 ? 6 : 2;
		uint32_t what = random_below(12);
		if (what < filling) {
			step_insert(step);
		} else if (what < 8) {
			step_remove();
		} else if (what < 10) {
			step_resize();
		} else if (what < 11) {
			step_split();
		} else {
			step_join();
		}
		if (step == STEPS / 2) {
			low_page = 0;
			vm_tree_set_low(&tree, LOW);
		}
		check(step);
	}
	for (uint32_t i = 0; i < PAGES; i++) {
		struct vm_tree_node *node = owner[i];
		if (node != NULL) {
			paint(page_of(node->start), page_of(node->end), NULL);
			vm_tree_remove(&tree, node);
			free(node);
		}
	}
	printf("%s 1 - range tree agrees with the naive model over %u steps\n",
	       tree.root == NULL ? "ok" : "not ok", STEPS);
	return tree.root != NULL;
}
