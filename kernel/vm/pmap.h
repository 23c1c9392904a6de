/* Physical maps: what the machine's page tables hold for one address space. Implemented by
   i386/pmap.c. A pmap is a cache of what the vm_map says, except for wired entries.

   The kernel's half, all of physical memory at KERNEL_BASE in 4 MB pages, is the same in each. */
#pragma once

#include <kern/types.h>
#include <mach/vm_prot.h>

struct vm_page;

struct pmap {
	uint32_t *directory;     /* [I] kernel address of the page directory */
	uint32_t directory_phys; /* [I] what CR3 is loaded with */
	uint32_t resident;       /* pages mapped */
	uint32_t tables[24];     /* bit n: directory entry n has a table (768 of user space) */
};

extern struct pmap kernel_pmap;
extern struct pmap *pmap_loaded; /* whose directory CR3 holds */

/* NULL: no memory. */
struct pmap *pmap_create(void) MUST_CHECK;
/* Unmaps everything, frees tables and directory. If it is loaded, the kernel's is loaded instead.
 */
void pmap_destroy(struct pmap *pmap);
/* Loads CR3 unless it holds this directory already (also the switch path's test). */
void pmap_load(struct pmap *pmap);

/* Maps one page at a page-aligned user address, replacing what was there.
   KERN_RESOURCE_SHORTAGE: no page for a page table or a reverse-map entry; nothing changed then. */
kern_return_t pmap_enter(struct pmap *pmap, uint32_t address, struct vm_page *page,
			 vm_prot_t protection) MUST_CHECK;
/* Maps physical memory that is no vm_page (device memory), uncached. */
kern_return_t pmap_enter_device(struct pmap *pmap, uint32_t address, uint32_t physical,
				vm_prot_t protection) MUST_CHECK;
/* Removes, or lowers the protection of, all mappings in [start, end). */
void pmap_remove(struct pmap *pmap, uint32_t start, uint32_t end);
void pmap_protect(struct pmap *pmap, uint32_t start, uint32_t end, vm_prot_t protection);
/* Lowers the protection of every mapping of the page (VM_PROT_NONE: removes them). */
void pmap_page_protect(struct vm_page *page, vm_prot_t protection);
/* Physical address mapped at `address`, or 0xffffffff. */
uint32_t pmap_extract(struct pmap *pmap, uint32_t address);
/* Where the kernel writes what a task may write at `address`; NULL: no such page of RAM is mapped now.
 * The page counts as dirty. */
void *pmap_writable(struct pmap *pmap, uint32_t address);
/* Frees page tables that map nothing (called when a task's quota or the machine is short). */
void pmap_collect(struct pmap *pmap);
/* As pmap_enter for a page that is likely to be wanted soon, but only when it is free of cost:
   false, with nothing changed, when something is mapped there, a page table is missing or the page
   is mapped elsewhere already and a reverse-map entry would have to be allocated in vain. */
bool pmap_enter_hint(struct pmap *pmap, uint32_t address, struct vm_page *page,
		     vm_prot_t protection);
/* Takes over the directory that the boot code built; the kernel then runs with write protection in
   ring 0. */
void pmap_init(void);
/* The zones; after zone_bootstrap and before the first pmap_create. */
void pmap_zones_init(void);
/* Whole pages, by their kernel addresses. */
void pmap_zero_page(void *page);
void pmap_copy_page(void *to, const void *from);
