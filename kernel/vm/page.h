/* Physical pages. A struct vm_page for every page of RAM that the multiboot map gives us; pages of the
   kernel image, modules in use and the page array itself are never free. */
#pragma once

#include <kern/list.h>
#include <kern/types.h>

struct pmap;

/* One virtual mapping of a page. The first is in the page itself, the others come from a zone. */
struct pv_entry {
	struct pmap *pmap; /* NULL: none */
	uint32_t address;
	struct pv_entry *next;
};

struct vm_page {
	struct list link;          /* on the free list, or unlinked */
	uint32_t refs;             /* memory object slots that hold it; > 1: shared copy-on-write, so
	                              mapped read-only everywhere */
	uint16_t wire_count;
	uint8_t free : 1, dirty : 1, referenced : 1, contiguous : 1;
	struct pv_entry pv;
};

extern uint32_t vm_page_count, vm_page_free_count, vm_page_wired_count;

/* A page with undefined contents and refs 1, or NULL: none is left (`reserve` may take the last
   VM_PAGE_RESERVE ones). Never blocks. */
#define VM_PAGE_RESERVE 64u
struct vm_page *vm_page_alloc(bool reserve) MUST_CHECK;
void vm_page_free(struct vm_page *page);
uint32_t vm_page_physical(const struct vm_page *page);
/* Where the kernel sees it: linear, valid for ever. */
void *vm_page_kernel_address(const struct vm_page *page);
struct vm_page *vm_page_of_physical(uint32_t physical); /* NULL: not RAM of ours */

/* Boot: the usable ranges of the multiboot map, and what in them is taken already. */
struct vm_boot_range {
	uint32_t start, end; /* physical, [start, end) */
};
void vm_page_bootstrap(const struct vm_boot_range *usable, uint32_t usable_count,
		       const struct vm_boot_range *taken, uint32_t taken_count);
/* Gives a taken range (a boot module that has been loaded) to the free list: whole pages only. */
void vm_page_release_range(uint32_t start, uint32_t end);
