/* Physical pages. A struct vm_page for every page of RAM that the multiboot map gives us; pages of
   the kernel image, modules in use and the page array itself are never free. */
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
	struct list link;    /* on the free list, or unlinked */
	uint32_t refs;       /* memory object slots that hold it; > 1: shared copy-on-write, so
				mapped read-only everywhere */
	uint32_t wire_count; /* entries that wire it, once for each place */
	uint8_t free : 1, dirty : 1, referenced : 1, contiguous : 1;
	uint8_t ram : 1;       /* ours to give (else a hole, or taken at boot) */
	uint8_t writable : 1;  /* a mapping of it may allow writes: set by pmap_enter */
	uint16_t pv_count;     /* mappings in pv */
	uint8_t unmanaged : 1; /* no reverse maps are kept: vm_page_zero alone */
	struct pv_entry pv;
};

extern uint32_t vm_page_count, vm_page_free_count, vm_page_wired_count;

/* The page of zeros that is read where nothing was written yet. The kernel holds one of its refs,
   so every slot that has it is copy-on-write. It may be mapped any number of times, which is why it
   keeps no reverse maps. */
extern struct vm_page *vm_page_zero;

/* What vm_statistics tells besides; counted since boot. */
struct vm_event_counts {
	uint32_t faults, zero_fills, copies, shares, pageins;
};
extern struct vm_event_counts vm_event_counts;

/* The last VM_PAGE_RESERVE pages are for the memory of essential tasks alone, the
   VM_PAGE_SERVER_RESERVE before them for servers' too, and the last VM_PAGE_KERNEL_RESERVE for no
   task's: they are for what the kernel needs to go on serving (messages, page tables, stacks),
   whoever has filled the machine. */
#define VM_PAGE_SERVER_RESERVE 512u
#define VM_PAGE_RESERVE        256u
#define VM_PAGE_KERNEL_RESERVE 128u
/* A page with undefined contents and refs 1, or NULL: none is left for who may go so far
   (RESERVE_*). Never blocks. */
struct vm_page *vm_page_alloc(uint32_t reserve) MUST_CHECK;
/* `count` (a power of two) adjacent pages, naturally aligned in physical memory, each with refs 1,
   leaving at least `floor` free ones; the lowest is returned. `limit`: no page at or above this
   physical address (0: none). NULL: there is no such run. Frees of its pages are single
   (vm_page_free). */
struct vm_page *vm_page_alloc_contiguous(uint32_t count, uint32_t floor, uint32_t limit) MUST_CHECK;
/* Nothing may map the page or hold it in a slot any more. */
void vm_page_free(struct vm_page *page);
uint32_t vm_page_physical(const struct vm_page *page);
/* Where the kernel sees it: linear, valid for ever. */
void *vm_page_kernel_address(const struct vm_page *page);
struct vm_page *vm_page_of_physical(uint32_t physical); /* NULL: not RAM of ours */

/* Where RAM ends, as far as the kernel uses it: all of the boot loader's ranges lie below. */
uint32_t vm_page_memory_end(void);
/* Where the kernel sees any physical address (device memory below the linear limit); NULL: it does
   not. */
void *vm_physical_kernel_address(uint32_t physical);
/* The page behind an address that vm_page_kernel_address gave. */
struct vm_page *vm_page_of_kernel_address(const void *address);
/* All of physical memory that the kernel can use or see lies below this. */
#define VM_PHYSICAL_LIMIT (896u << 20)

/* Boot: the usable ranges of the multiboot map, and what in them is taken already. */
struct vm_boot_range {
	uint32_t start, end; /* physical, [start, end) */
};
void vm_page_bootstrap(const struct vm_boot_range *usable, uint32_t usable_count,
		       const struct vm_boot_range *taken, uint32_t taken_count);
/* Gives a taken range (a boot module that has been loaded) to the free list: whole pages only. */
void vm_page_release_range(uint32_t start, uint32_t end);
